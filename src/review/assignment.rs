//! Who judges what, and in which order: worked out from a seed that is published when the round is over, so that anybody can
//! work it out again.
//!
//! Every choice goes by the SHA-256 of `seed|word|case number|reviewer's code` (UTF-8, `|` between), the smaller first.
//! Cases with the fewest reviewers to choose from come first, then by hash of `case`; each takes its reviewers by fewest
//! cases so far, then by hash of `pair`. Then, as long as a reviewer has two cases more than another, one is handed down
//! along the shortest way. Where somebody withdraws, the one who may judge the case and has the fewest, then by hash of
//! `pair`, takes it over; nothing else moves. `docs/review.md` says it for whoever works it out again.

use crate::intake::identity::sha256_hex;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A case's or reviewer's place in the list.
type At = usize;

/// Case and reviewer, as many as there are.
pub type Pairs = BTreeSet<(At, At)>;

/// The cases for which there are too few reviewers, with how many there are.
pub type Short = Vec<(At, usize)>;

/// What is to be assigned.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// The seed.
    pub seed: &'a str,
    /// The cases' numbers.
    pub cases: &'a [String],
    /// The reviewers' codes.
    pub reviewers: &'a [String],
    /// Who can't judge what: case, reviewer.
    pub barred: &'a Pairs,
    /// What is assigned already and stays: case, reviewer.
    pub kept: &'a Pairs,
    /// How many judge a case.
    pub per_case: usize,
}

/// Who judges what.
pub fn assign(task: &Task<'_>) -> Result<Pairs, Short> {
    let eligible = |case: At| (0..task.reviewers.len()).filter(move |reviewer| !task.barred.contains(&(case, *reviewer)));
    let short: Short =
        (0..task.cases.len()).map(|case| (case, eligible(case).count())).filter(|(_, count)| *count < task.per_case).collect();
    if !short.is_empty() {
        return Err(short);
    }
    let mut order: Vec<At> = (0..task.cases.len()).collect();
    order.sort_by_cached_key(|case| (eligible(*case).count(), task.hash("case", *case, None)));
    let mut plan = Plan { task: *task, pairs: task.kept.clone(), load: vec![0; task.reviewers.len()] };
    task.kept.iter().for_each(|(_, reviewer)| plan.add_load(*reviewer, 1));
    for case in order {
        let mut choice: Vec<At> = eligible(case).filter(|reviewer| !plan.pairs.contains(&(case, *reviewer))).collect();
        choice.sort_by_cached_key(|reviewer| (plan.load_of(*reviewer), task.hash("pair", case, Some(*reviewer))));
        let has = plan.pairs.range((case, 0)..=(case, At::MAX)).count();
        for reviewer in choice.into_iter().take(task.per_case.saturating_sub(has)) {
            plan.pairs.insert((case, reviewer));
            plan.add_load(reviewer, 1);
        }
    }
    while plan.even_out() {}
    Ok(plan.pairs)
}

/// Who judges a case in the place of somebody who withdrew: of those who may and don't yet, whoever has the fewest. `task.kept`
/// is all that is assigned without that one; `task.per_case` says nothing here.
pub fn instead(task: &Task<'_>, case: At) -> Option<At> {
    let load = |reviewer: At| task.kept.iter().filter(|(_, own)| *own == reviewer).count();
    let may = |reviewer: &At| !task.barred.contains(&(case, *reviewer)) && !task.kept.contains(&(case, *reviewer));
    (0..task.reviewers.len()).filter(may).min_by_key(|reviewer| (load(*reviewer), task.hash("pair", case, Some(*reviewer))))
}

/// The order in which these are shown, by the hash of `word`: for the codes of the cases, and for each reviewer's pack.
pub fn shuffled(seed: &str, word: &str, names: &[String]) -> Vec<At> {
    let mut order: Vec<At> = (0..names.len()).collect();
    order.sort_by_cached_key(|at| sha256_hex(format!("{seed}|{word}|{}", name(names, *at)).as_bytes()));
    order
}

/// What reviewers see instead of numbers, in the order of `names`.
pub fn codes(seed: &str, names: &[String]) -> Vec<String> {
    let width = names.len().to_string().len().max(2);
    let mut codes = vec![String::new(); names.len()];
    for (nth, at) in (1_usize..).zip(shuffled(seed, "code", names)) {
        if let Some(code) = codes.get_mut(at) {
            *code = format!("案例{nth:0width$}");
        }
    }
    codes
}

/// What tells the sheets of one assignment from those of another, whose codes mean other cases.
pub fn edition(seed: &str) -> String {
    sha256_hex(seed.as_bytes()).chars().take(8).collect()
}

fn name(names: &[String], at: At) -> &str {
    names.get(at).map(String::as_str).unwrap_or_default()
}

impl Task<'_> {
    fn hash(&self, word: &str, case: At, reviewer: Option<At>) -> String {
        let reviewer = reviewer.map(|at| name(self.reviewers, at)).unwrap_or_default();
        sha256_hex(format!("{}|{word}|{}|{reviewer}", self.seed, name(self.cases, case)).as_bytes())
    }
}

struct Plan<'a> {
    task: Task<'a>,
    pairs: Pairs,
    load: Vec<usize>,
}

impl Plan<'_> {
    fn load_of(&self, reviewer: At) -> usize {
        self.load.get(reviewer).copied().unwrap_or_default()
    }

    fn add_load(&mut self, reviewer: At, by: isize) {
        if let Some(load) = self.load.get_mut(reviewer) {
            *load = load.saturating_add_signed(by);
        }
    }

    /// Hands one case down from who has the most to who has at least two less. Each time the loads come closer, so it ends.
    fn even_out(&mut self) -> bool {
        let mut busiest: Vec<At> = (0..self.load.len()).collect();
        busiest.sort_by_key(|reviewer| (Reverse(self.load_of(*reviewer)), *reviewer));
        busiest.into_iter().any(|from| match self.way_down(from) {
            None => false,
            Some(way) => {
                for (case, giver, taker) in way {
                    self.pairs.remove(&(case, giver));
                    self.pairs.insert((case, taker));
                    self.add_load(giver, -1);
                    self.add_load(taker, 1);
                }
                true
            }
        })
    }

    /// The shortest chain of cases that are handed on, from its first giver to somebody with two cases less.
    fn way_down(&self, from: At) -> Option<Vec<(At, At, At)>> {
        let mut came: BTreeMap<At, (At, At)> = BTreeMap::new();
        let mut waiting = VecDeque::from([from]);
        while let Some(giver) = waiting.pop_front() {
            if self.load_of(giver).saturating_add(2) <= self.load_of(from) {
                return Some(Self::way(&came, from, giver));
            }
            for taker in (0..self.load.len()).filter(|taker| *taker != from) {
                if came.contains_key(&taker) {
                    continue;
                }
                if let Some(case) = self.to_hand_on(giver, taker) {
                    came.insert(taker, (giver, case));
                    waiting.push_back(taker);
                }
            }
        }
        None
    }

    fn to_hand_on(&self, giver: At, taker: At) -> Option<At> {
        let own = self.pairs.iter().filter(|(_, reviewer)| *reviewer == giver).map(|(case, _)| *case);
        let free = own.filter(|case| {
            let pair = (*case, taker);
            !self.task.kept.contains(&(*case, giver)) && !self.pairs.contains(&pair) && !self.task.barred.contains(&pair)
        });
        free.min_by_key(|case| self.task.hash("pair", *case, Some(taker)))
    }

    fn way(came: &BTreeMap<At, (At, At)>, from: At, last: At) -> Vec<(At, At, At)> {
        let mut way = Vec::new();
        let mut taker = last;
        while taker != from
            && let Some((giver, case)) = came.get(&taker)
        {
            way.push((*case, *giver, taker));
            taker = *giver;
        }
        way
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(head: &str, count: usize) -> Vec<String> {
        (1..=count).map(|n| format!("{head}{n:03}")).collect()
    }

    fn loads(pairs: &BTreeSet<(At, At)>, reviewers: usize) -> Vec<usize> {
        (0..reviewers).map(|reviewer| pairs.iter().filter(|(_, own)| *own == reviewer).count()).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_and_another_another() {
        let (cases, reviewers, none) = (names("c", 40), names("p", 5), BTreeSet::new());
        let task = Task { seed: "2023年7月3日双色球", cases: &cases, reviewers: &reviewers, barred: &none, kept: &none, per_case: 3 };
        let pairs = assign(&task).unwrap();
        assert_eq!(pairs, assign(&task).unwrap());
        assert_ne!(pairs, assign(&Task { seed: "别的", ..task }).unwrap());
        assert_eq!(loads(&pairs, 5), [24; 5]);
        assert!((0..40).all(|case| pairs.range((case, 0)..=(case, At::MAX)).count() == 3));
        assert_eq!(codes("甲", &cases), codes("甲", &cases));
        assert_ne!(codes("甲", &cases), codes("乙", &cases));
    }

    #[test]
    fn nobody_judges_what_is_barred_and_loads_stay_even() {
        let (cases, reviewers) = (names("c", 30), names("p", 6));
        // The first two may judge only a few.
        let barred: BTreeSet<(At, At)> = (0..30).flat_map(|case| [(case, 0), (case, 1)]).filter(|(case, _)| *case > 9).collect();
        let task = Task { seed: "s", cases: &cases, reviewers: &reviewers, barred: &barred, kept: &BTreeSet::new(), per_case: 2 };
        let pairs = assign(&task).unwrap();
        assert!(pairs.is_disjoint(&barred));
        let loads = loads(&pairs, 6);
        assert!(loads.iter().max().unwrap() - loads.iter().min().unwrap() <= 1, "{loads:?}");
        assert_eq!(pairs.len(), 60);
    }

    #[test]
    fn a_load_is_handed_down_over_others_where_it_can_not_go_at_once() {
        let (cases, reviewers) = (names("c", 4), names("p", 3));
        // p1 alone judges c1; p3 judges c2 only, which p2 could give up if p1's go to p2.
        let barred = BTreeSet::from([(0, 2), (1, 2), (2, 2), (0, 1)]);
        let task = Task { seed: "s", cases: &cases, reviewers: &reviewers, barred: &barred, kept: &BTreeSet::new(), per_case: 1 };
        let loads = loads(&assign(&task).unwrap(), 3);
        assert!(loads.iter().max().unwrap() - loads.iter().min().unwrap() <= 1, "{loads:?}");
    }

    #[test]
    fn what_is_kept_stays_and_only_the_gap_is_filled() {
        let (cases, reviewers, none) = (names("c", 12), names("p", 4), BTreeSet::new());
        let task = Task { seed: "s", cases: &cases, reviewers: &reviewers, barred: &none, kept: &none, per_case: 2 };
        let first = assign(&task).unwrap();
        let gone = *first.iter().next().unwrap();
        let kept: BTreeSet<(At, At)> = first.iter().copied().filter(|pair| *pair != gone).collect();
        let then = assign(&Task { barred: &BTreeSet::from([gone]), kept: &kept, ..task }).unwrap();
        assert!(then.is_superset(&kept) && !then.contains(&gone) && then.len() == first.len());
        // One gap is filled as the whole would be.
        let (case, _) = gone;
        let task = Task { barred: &BTreeSet::from([gone]), kept: &kept, ..task };
        assert_eq!(then.difference(&kept).copied().collect::<Vec<_>>(), [(case, instead(&task, case).unwrap())]);
        // Where another case has a gap, too, it stays open.
        let (other, _) = *kept.iter().find(|(other, _)| *other != case).unwrap();
        let fewer: Pairs = kept.iter().copied().filter(|(kept, _)| *kept != other).collect();
        assert!(!task.barred.contains(&(case, instead(&Task { kept: &fewer, ..task }, case).unwrap())));
        let all: Pairs = (0..4).map(|reviewer| (case, reviewer)).collect();
        assert_eq!(instead(&Task { barred: &all, ..task }, case), None);
    }

    #[test]
    fn too_few_reviewers_are_told_by_case() {
        let (cases, reviewers) = (names("c", 2), names("p", 2));
        let barred = BTreeSet::from([(1, 0)]);
        let task = Task { seed: "s", cases: &cases, reviewers: &reviewers, barred: &barred, kept: &BTreeSet::new(), per_case: 2 };
        assert_eq!(assign(&task), Err(vec![(1, 1)]));
    }
}
