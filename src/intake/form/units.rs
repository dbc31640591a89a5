//! 报送单位: one unit, or several of a joint application (联合申报).

use super::joint;
use super::locate::{Line, Located};
use super::{own_lines, says_nothing, short};
use crate::intake::labels::{Field, LabelForm, Labels};
use crate::intake::text;
use regex::Regex;
use std::sync::LazyLock;

/// The unit that applies, then those that join it.
pub(super) fn read(located: &Located, labels: &Labels) -> Vec<String> {
    let wording = labels.wording();
    let mut units = in_cell(located.lines(Field::Unit), labels);
    let joint = located.lines(Field::JointUnit).iter().flat_map(|line| own_lines(line, wording));
    let joint = joint.flat_map(|line| joint::pieces(&[line])).map(|unit| named(&unit, labels));
    // A row of its own holds nothing else; without the unit that leads nobody is joined.
    for unit in joint.filter(|unit| !says_nothing(unit, wording)) {
        if !units.is_empty() && !units.contains(&unit) {
            units.push(unit);
        }
    }
    units
}

/// One, or several where lines or marks part names that are each a unit's.
fn in_cell(lines: &[Line], labels: &Labels) -> Vec<String> {
    let wording = labels.wording();
    let Some(whole) = short(lines, wording) else { return Vec::new() };
    let by_line = with_torn_ends(lines.iter().flat_map(|line| own_lines(line, wording)));
    let by_mark = |line: &String| -> Vec<String> {
        let parts: Vec<String> =
            joint::pieces(&[closed_up(line)]).iter().map(|part| named(part, labels)).filter(|part| !part.is_empty()).collect();
        if parts.len() > 1 && parts.iter().all(|part| is_unit_name(part)) { parts } else { vec![named(line, labels)] }
    };
    let units: Vec<String> = by_line.iter().flat_map(by_mark).filter(|unit| !unit.is_empty()).collect();
    let several = |units: &[String]| units.len() > 1 && units.iter().all(|unit| is_unit_name(unit));
    // Names that a narrow cell tears are whole only once its lines are joined.
    if several(&units) { units } else { by_mark(&whole) }
}

/// Lines of which none is but the end of a name that a narrow cell broke: 某某检验认证集团⏎有限公司.
fn with_torn_ends(lines: impl Iterator<Item = String>) -> Vec<String> {
    const ENDS: [&str; 8] = ["有限公司", "有限责任公司", "股份有限公司", "集团有限公司", "分公司", "公司", "中心", "研究院"];
    let mut whole: Vec<String> = Vec::new();
    for line in lines {
        match whole.last_mut().filter(|_| ENDS.contains(&without_stamp_hint(&line).as_str())) {
            Some(last) => last.push_str(line.trim()),
            None => whole.push(line),
        }
    }
    whole
}

/// `牵头单位：某局（盖章）` is 某局.
fn named(unit: &str, labels: &Labels) -> String {
    let label = labels.announced(unit).filter(|found| found.form == LabelForm::Colon);
    let label = label.filter(|found| matches!(found.field, Field::Unit | Field::JointUnit));
    // “单位：某局” beside 报送单位 is 某局: the word is too short for a label elsewhere.
    let unit = label.map_or(unit, |found| found.rest);
    let unit = ["单位：", "单位:"]
        .iter()
        .find_map(|head| unit.trim_start().strip_prefix(head))
        .filter(|rest| !rest.trim().is_empty())
        .unwrap_or(unit);
    let bare = without_stamp_hint(unit.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '。' | '；' | ';' | '，' | ',' | '、')));
    closed_up(without_role(&bare))
}

/// `宜 昌 市 某 所`, spaced out to fill its cell, is 宜昌市某所, and what a wider gap parts are names each. Where one may end
/// within another, they stay.
fn closed_up(name: &str) -> String {
    let closed = |name: &str| name.split_whitespace().collect::<String>();
    let spaced_out = name.split_whitespace().count() > 3 && name.split_whitespace().all(|word| word.chars().count() == 1);
    let names: Vec<String> = name.split("  ").map(closed).filter(|name| !name.is_empty()).collect();
    let whole = closed(name);
    let ends_within = || whole.char_indices().skip(1).any(|(at, _)| whole.get(..at).is_some_and(is_unit_name));
    match () {
        () if spaced_out && names.len() > 1 && names.iter().all(|name| is_unit_name(name)) => names.join(" "),
        () if spaced_out && !ends_within() => whole,
        () => name.to_owned(),
    }
}

/// `某局（牵头）`, `某局（联合申报）`: what it does here is no part of its name, nor is its number (统一社会信用代码).
fn without_role(unit: &str) -> &str {
    const ROLES: [&str; 6] = ["牵头", "牵头单位", "联合申报", "联合", "参与", "协作"];
    let open = unit.rfind(['(', '（']).filter(|_| unit.ends_with([')', '）']));
    let role = open.and_then(|at| Some((unit.get(..at)?, unit.get(at..)?.trim_matches(['(', '（', ')', '）']).trim())));
    role.filter(|(_, role)| ROLES.contains(role) || role.contains("信用代码")).map_or(unit, |(name, _)| name.trim_end())
}

/// `某局（盖章）` is 某局.
pub(super) fn without_stamp_hint(unit: &str) -> String {
    let bare = text::tidy(unit);
    STAMP_HINT.as_ref().map_or(bare.clone(), |hint| text::tidy(&hint.replace(&bare, "")))
}

static STAMP_HINT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:[(（]\s*(?:需?加?\s*盖?\s*(?:单\s*位)?\s*公\s*章|加?\s*盖\s*章|签\s*章|章)\s*[)）]|盖\s*章)$").ok());

/// Whether a name ends as a unit's does.
pub(super) fn is_unit_name(name: &str) -> bool {
    const ENDS: [&str; 37] = [
        "局",
        "院",
        "所",
        "中心",
        "公司",
        "学会",
        "协会",
        "集团",
        "大学",
        "学院",
        "站",
        "处",
        "委员会",
        "厅",
        "馆",
        "联盟",
        "厂",
        "平台",
        "学校",
        "基地",
        "实验室",
        "合作社",
        "政府",
        "管委会",
        "办公室",
        "支队",
        "大队",
        "商会",
        "促进会",
        "联合会",
        "总会",
        "研究会",
        "社",
        "园区",
        "开发区",
        "机构",
        "工作站",
    ];
    let bare = without_last_brackets(name.trim());
    bare.chars().count() >= 4 && ENDS.iter().any(|end| bare.ends_with(end) || is_department_of(bare, end))
}

/// `某某检验所综合业务科`: a unit's department, which is named behind it.
fn is_department_of(name: &str, unit: &str) -> bool {
    const LONGEST: usize = 8;
    let department = name.strip_suffix(['科', '室', '部', '股']).and_then(|name| name.rsplit_once(unit));
    department.is_some_and(|(before, own)| before.chars().count() >= 3 && (1..=LONGEST).contains(&own.chars().count()))
}

/// An opinion without the unit's own name, which signs what stands above it; none where nothing does.
pub(super) fn without_signature(opinion: &str, unit: Option<&str>) -> Option<String> {
    // 某所（原某局检验站） signs as 某所.
    let named = |unit: &str, line: &str| [unit, without_last_brackets(unit)].iter().any(|name| text::key(name) == text::key(line));
    let signs = |line: &str| unit.is_some_and(|unit| named(unit, &without_stamp_hint(line)));
    let (above, last) = opinion.rsplit_once('\n').unwrap_or(("", opinion));
    let own = if signs(last) { above } else { opinion };
    (!own.is_empty()).then(|| own.to_owned())
}

/// `国家某中心（湖北）` ends as 国家某中心 does.
fn without_last_brackets(name: &str) -> &str {
    let closed = name.ends_with([')', '）']);
    closed.then(|| name.rfind(['(', '（'])).flatten().and_then(|at| name.get(..at)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_a_line_break_tears_is_one() {
        let lines = |text: &str| with_torn_ends(text.split('|').map(str::to_owned));
        assert_eq!(lines("某某检验认证集团|有限公司（盖章）"), ["某某检验认证集团有限公司（盖章）"]);
        assert_eq!(lines("某某公司|某某学会"), ["某某公司", "某某学会"]);
    }

    #[test]
    fn names_of_units_are_told_from_other_words() {
        for name in
            ["随州海关技术中心", "国家石材产品质量检验检测中心（湖北·随州）", "某市质量基础设施“一站式”服务平台", "某某公司（原某厂）"]
        {
            assert!(is_unit_name(name), "{name}");
        }
        assert!(!is_unit_name("标准、计量"));
        assert_eq!(without_role("某某局（牵头）"), "某某局");
        assert_eq!(without_stamp_hint("某某所  （章）"), "某某所");
        assert_eq!(closed_up("宜 昌 市 某 所"), "宜昌市某所");
        assert_eq!(closed_up("某某局 某某所"), "某某局 某某所");
        assert_eq!(closed_up("宜 昌 市 某 所  宜 昌 市 某 局"), "宜昌市某所 宜昌市某局");
        assert_eq!(closed_up("宜  昌  市  某  所"), "宜昌市某所");
        assert_eq!(closed_up("宜 昌 市 某 局 某 所"), "宜 昌 市 某 局 某 所", "they may be two");
        assert_eq!(without_role("某某所（统一社会信用代码：12420000MB00000000）"), "某某所");
    }
}
