//! 联合申报: the units that one cell of 报送单位 names, by line, by mark or by a word that joins them.
//!
//! A word joins only where a unit's name stands on either side: 标准化与质量研究院 is one name.

use super::units::is_unit_name;

/// What may stand before a unit that takes part.
const PARTS: [&str; 16] = [
    "牵头申报单位",
    "牵头单位",
    "主报单位",
    "主要单位",
    "第一申报单位",
    "第二申报单位",
    "第三申报单位",
    "第一单位",
    "第二单位",
    "第三单位",
    "联合申报单位",
    "联合报送单位",
    "联合单位",
    "参与单位",
    "合作单位",
    "协作单位",
];
/// What may stand behind the last.
const ENDS: [&str; 7] = ["联合申报", "联合报送", "共同申报", "共同报送", "（联合申报）", "(联合申报)", "联合"];
/// Words between two units. 联合 first, since 和 may stand within a name.
const WORDS: [&str; 5] = ["联合", "以及", "与", "和", "及"];
/// A name that speaks of several makers is one name: 某局与某省共建某中心.
const BUILT: [&str; 4] = ["共建", "合办", "合作", "联办"];

/// The pieces of some lines, each perhaps a unit.
pub(super) fn pieces(lines: &[String]) -> Vec<String> {
    let marked = lines.iter().flat_map(|line| at_marks(line));
    let parted = marked.flat_map(|piece| at_blank(&piece));
    parted.map(|piece| bare(&piece).to_owned()).flat_map(|piece| at_words(&piece)).filter(|piece| !piece.is_empty()).collect()
}

/// Without what says only how the unit takes part.
fn bare(piece: &str) -> &str {
    let piece = piece.trim();
    let named = PARTS.iter().find_map(|part| piece.strip_prefix(part)?.trim_start().strip_prefix([':', '：']));
    let rest = named.unwrap_or(piece).trim();
    ENDS.iter().find_map(|end| rest.strip_suffix(end)).unwrap_or(rest).trim()
}

/// Split at marks outside of brackets.
fn at_marks(line: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let mut pieces = vec![String::new()];
    for c in line.chars() {
        match c {
            '(' | '（' => depth += 1,
            ')' | '）' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && matches!(c, '、' | '；' | ';' | '，' | ',' | '/' | '／' | '+' | '＋' | '\n') {
            pieces.push(String::new());
        } else if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces
}

/// `某市检验所 某县检测中心`: a blank parts names that each begin with a place, and no branch from what it belongs to.
fn at_blank(piece: &str) -> Vec<String> {
    const BRANCHES: [&str; 5] = ["分院", "分局", "分公司", "分所", "分中心"];
    let names: Vec<&str> = piece.split_whitespace().collect();
    let is_branch = |name: &str| BRANCHES.iter().any(|branch| name.ends_with(branch));
    let parts = names.len() > 1 && names.iter().all(|name| begins_with_place(name) && is_unit_name(name) && !is_branch(name));
    if parts { names.into_iter().map(str::to_owned).collect() } else { vec![piece.to_owned()] }
}

/// `某市计量所`: what makes a place one stands right behind its name; 市场 and 城市 name none.
fn begins_with_place(name: &str) -> bool {
    let place = name.char_indices().skip(2).take(6).find(|(_, c)| matches!(c, '省' | '市' | '州' | '县' | '区'));
    let parted = place.and_then(|(at, _)| name.split_at_checked(at));
    parted.is_some_and(|(place, behind)| !place.ends_with('城') && !behind.starts_with("市场"))
}

fn at_words(piece: &str) -> Vec<String> {
    let mut left = Vec::new();
    let mut rest = piece;
    while let Some((one, other)) = WORDS.iter().find_map(|word| joined_by(rest, word)) {
        left.push(one.to_owned());
        rest = other;
    }
    left.push(rest.to_owned());
    left
}

/// The first two names that a word joins.
fn joined_by<'a>(piece: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    piece.match_indices(word).find_map(|(at, found)| {
        let (one, other) = (piece.get(..at)?.trim(), piece.get(at + found.len()..)?.trim());
        let first = WORDS.iter().filter_map(|word| other.split(word).next()).any(is_unit_name);
        let built = BUILT.iter().any(|built| other.contains(built));
        (is_unit_name(one) && (is_unit_name(other) || first) && !built).then_some((one, other))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_parted_where_each_is_one() {
        for (line, expected) in [
            ("随州市计量所、随州市标准化院", vec!["随州市计量所", "随州市标准化院"]),
            ("随州市计量所与随州市标准化院联合申报", vec!["随州市计量所", "随州市标准化院"]),
            ("随州市计量所联合随州市标准化院", vec!["随州市计量所", "随州市标准化院"]),
            ("牵头单位：随州市计量所", vec!["随州市计量所"]),
            ("随州市计量所 随州市标准化院", vec!["随州市计量所", "随州市标准化院"]),
            ("湖北省特检院 随州分院", vec!["湖北省特检院 随州分院"]),
            ("湖北省特检院 恩施土家族苗族自治州分院", vec!["湖北省特检院 恩施土家族苗族自治州分院"]),
            ("某集团湖北有限公司 宜昌市夷陵分公司", vec!["某集团湖北有限公司 宜昌市夷陵分公司"]),
            ("随州市市场监督管理局 计量检定测试所", vec!["随州市市场监督管理局 计量检定测试所"]),
            ("武汉市市场监督管理局 东湖开发区分局", vec!["武汉市市场监督管理局 东湖开发区分局"]),
            ("湖北省计量院 国家光电产品检测中心", vec!["湖北省计量院 国家光电产品检测中心"]),
            ("湖北省计量院 国家城市能源计量中心", vec!["湖北省计量院 国家城市能源计量中心"]),
            ("随州市检验所 国家市场监管重点实验室", vec!["随州市检验所 国家市场监管重点实验室"]),
            ("华中科技大学 机械科学与工程学院", vec!["华中科技大学 机械科学与工程学院"]),
            ("湖北省标准化与质量研究院", vec!["湖北省标准化与质量研究院"]),
            ("某某总局与湖北省共建计量中心", vec!["某某总局与湖北省共建计量中心"]),
            ("随州市计量所（原随州市衡器所、随州市质检所）", vec!["随州市计量所（原随州市衡器所、随州市质检所）"]),
        ] {
            assert_eq!(pieces(&[line.to_owned()]), expected, "{line}");
        }
    }
}
