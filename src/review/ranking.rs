//! The ranking: each reviewer's total is the sum of points by weight; a case stands by the mean of its totals, with the
//! median beside it. All in whole numbers, so that no order hangs on how a machine rounds.
//!
//! An *outlier* is a total that is further from the median of its case than the rules say, where at least three judged it.
//! A case is *disagreed on* where its highest and lowest total are further apart than the rules say. Both are shown; neither
//! changes the ranking.

use crate::model::review::{ReviewRules, Score};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// What one reviewer gave a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The reviewer's code.
    pub reviewer: String,
    /// The points.
    pub score: Score,
}

/// A case with all that it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub number: String,
    /// What reviewers saw instead.
    pub code: String,
    /// What it was given.
    pub judged: Vec<Judged>,
}

/// A case in the ranking. Points are in hundredths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranked {
    /// From 1; those with the same mean and median share one. None where nobody judged it.
    pub rank: Option<usize>,
    /// Its number.
    pub number: String,
    /// What reviewers saw instead.
    pub code: String,
    /// Mean of the totals.
    pub mean: Option<u64>,
    /// Median of the totals.
    pub median: Option<u64>,
    /// Highest less lowest total.
    pub spread: u64,
    /// Whether the reviewers disagree.
    pub disagreed: bool,
    /// Each reviewer's total.
    pub totals: Vec<Total>,
    /// The mean of each criterion, in the order of the rules.
    pub criteria: Vec<u64>,
}

/// One reviewer's total.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// The reviewer's code.
    pub reviewer: String,
    /// In hundredths of points.
    pub points: u64,
    /// Whether it is far from the others.
    pub outlier: bool,
    /// What the reviewer wrote.
    pub remark: String,
}

/// A total, exactly: thousandths of points, since weights are percents and points are tenths.
fn exact(score: &Score, rules: &ReviewRules) -> u64 {
    score.tenths.iter().zip(&rules.criteria).map(|(tenths, criterion)| u64::from(*tenths) * u64::from(criterion.weight)).sum()
}

/// A number of which only the sum over so many is known.
#[derive(Debug, Clone, Copy)]
struct Part {
    sum: u64,
    of: u64,
}

impl Part {
    /// Thousandths into hundredths, half up.
    fn hundredths(self) -> u64 {
        let of = self.of * 10;
        (2 * self.sum + of).checked_div(2 * of).unwrap_or_default()
    }

    fn cmp(self, other: Part) -> Ordering {
        (u128::from(self.sum) * u128::from(other.of)).cmp(&(u128::from(other.sum) * u128::from(self.of)))
    }
}

/// The median of sorted numbers.
fn median(sorted: &[u64]) -> Option<Part> {
    let half = sorted.len() / 2;
    let upper = *sorted.get(half)?;
    Some(match sorted.len().is_multiple_of(2) {
        true => Part { sum: upper + sorted.get(half.wrapping_sub(1)).copied().unwrap_or(upper), of: 2 },
        false => Part { sum: upper, of: 1 },
    })
}

/// The best first; by number where nothing else tells them apart. What nobody judged comes last.
pub fn ranking(entries: &[Entry], rules: &ReviewRules) -> Vec<Ranked> {
    let mut ranked: Vec<(Option<(Part, Part)>, Ranked)> = entries.iter().map(|entry| judge(entry, rules)).collect();
    ranked.sort_by(|(one, a), (other, b)| match (one, other) {
        (Some(one), Some(other)) => better(*other, *one).then_with(|| a.number.cmp(&b.number)),
        (one, other) => other.is_some().cmp(&one.is_some()).then_with(|| a.number.cmp(&b.number)),
    });
    let mut before: Option<((Part, Part), usize)> = None;
    for (at, (key, row)) in (1..).zip(&mut ranked) {
        let Some(key) = *key else { continue };
        let rank = before.filter(|(known, _)| better(*known, key) == Ordering::Equal).map_or(at, |(_, rank)| rank);
        row.rank = Some(rank);
        before = Some((key, rank));
    }
    ranked.into_iter().map(|(_, row)| row).collect()
}

fn better(one: (Part, Part), other: (Part, Part)) -> Ordering {
    one.0.cmp(other.0).then_with(|| one.1.cmp(other.1))
}

fn judge(entry: &Entry, rules: &ReviewRules) -> (Option<(Part, Part)>, Ranked) {
    let exacts: Vec<u64> = entry.judged.iter().map(|judged| exact(&judged.score, rules)).collect();
    let mut sorted = exacts.clone();
    sorted.sort_unstable();
    let count = u64::try_from(sorted.len()).unwrap_or(u64::MAX);
    let middle = median(&sorted);
    let key = middle.map(|middle| (Part { sum: sorted.iter().sum(), of: count }, middle));
    let spread = sorted.last().zip(sorted.first()).map_or(0, |(high, low)| high - low);
    let total = |(judged, points): (&Judged, &u64)| Total {
        reviewer: judged.reviewer.clone(),
        points: Part { sum: *points, of: 1 }.hundredths(),
        outlier: count >= 3 && middle.is_some_and(|middle| is_far(*points, middle, rules.outlier)),
        remark: judged.score.remark.clone(),
    };
    let criterion = |at: usize| {
        let tenths = entry.judged.iter().filter_map(|judged| judged.score.tenths.get(at)).map(|tenths| u64::from(*tenths) * 100);
        Part { sum: tenths.sum(), of: count.max(1) }.hundredths()
    };
    let row = Ranked {
        rank: None,
        number: entry.number.clone(),
        code: entry.code.clone(),
        mean: key.map(|(mean, _)| mean.hundredths()),
        median: middle.map(Part::hundredths),
        spread: Part { sum: spread, of: 1 }.hundredths(),
        disagreed: spread > u64::from(rules.disagreement) * 1000,
        totals: entry.judged.iter().zip(&exacts).map(total).collect(),
        criteria: (0..rules.criteria.len()).map(criterion).collect(),
    };
    (key, row)
}

fn is_far(points: u64, middle: Part, limit: u32) -> bool {
    (points * middle.of).abs_diff(middle.sum) > u64::from(limit) * 1000 * middle.of
}

/// `87.35`.
pub fn points(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: &str, given: &[[u32; 4]]) -> Entry {
        let judged = (1..).zip(given).map(|(n, points)| Judged {
            reviewer: format!("P{n:02}"),
            score: Score { tenths: points.map(|point| point * 10).to_vec(), remark: String::new() },
        });
        Entry { number: number.into(), code: String::new(), judged: judged.collect() }
    }

    #[test]
    fn figures_worked_out_by_hand() {
        let rules = ReviewRules::default();
        let ranked = ranking(
            &[
                // 0.3·90 + 0.3·80 + 0.2·70 + 0.2·60 = 77; 80; 50: mean 69, median 77.
                entry("a", &[[90, 80, 70, 60], [80, 80, 80, 80], [50, 50, 50, 50]]),
                // 75; 30 + 7.5 + 20 + 5 = 62.5; 20.7 + 20.7 + 14 + 14.2 = 69.6: mean 69.03, median 69.6.
                entry("b", &[[75, 75, 75, 75], [100, 25, 100, 25], [69, 69, 70, 71]]),
                entry("c", &[]),
                entry("d", &[[81, 81, 81, 81], [82, 82, 82, 82]]),
            ],
            &rules,
        );
        let shown: Vec<_> = ranked.iter().map(|row| (row.number.as_str(), row.rank, row.mean, row.median, row.spread)).collect();
        assert_eq!(
            shown,
            [
                ("d", Some(1), Some(8150), Some(8150), 100),
                ("b", Some(2), Some(6903), Some(6960), 1250),
                ("a", Some(3), Some(6900), Some(7700), 3000),
                ("c", None, None, None, 0),
            ]
        );
        let a = &ranked[2];
        assert_eq!(
            a.totals.iter().map(|total| (total.points, total.outlier)).collect::<Vec<_>>(),
            [(7700, false), (8000, false), (5000, true)]
        );
        assert!(a.disagreed && !ranked[1].disagreed);
        assert_eq!(a.criteria, [7333, 7000, 6667, 6333]);
        assert_eq!(points(6905), "69.05");
    }

    #[test]
    fn the_median_decides_between_equal_means_and_equal_cases_share_a_rank() {
        let rules = ReviewRules::default();
        let flat = |number: &str, points: &[u32]| entry(number, &points.iter().map(|point| [*point; 4]).collect::<Vec<_>>());
        let ranked = ranking(&[flat("c", &[60, 70, 80]), flat("a", &[55, 75, 80]), flat("b", &[60, 70, 80]), flat("d", &[1])], &rules);
        let shown: Vec<_> = ranked.iter().map(|row| (row.number.as_str(), row.rank)).collect();
        assert_eq!(shown, [("a", Some(1)), ("b", Some(2)), ("c", Some(2)), ("d", Some(4))]);
    }

    #[test]
    fn a_difference_of_just_the_limit_is_none() {
        let rules = ReviewRules::default();
        let of = |points: &[u32]| ranking(&[entry("a", &points.iter().map(|point| [*point; 4]).collect::<Vec<_>>())], &rules).remove(0);
        assert!(!of(&[60, 75, 80]).totals[0].outlier && of(&[59, 75, 80]).totals[0].outlier);
        assert!(!of(&[60, 80]).disagreed && of(&[59, 80]).disagreed && !of(&[10, 80]).totals[0].outlier, "two can't tell who is right");
    }
}
