//! Who can't judge which case (利益冲突), as far as names tell it: the own unit under any of its names, the bureau above it
//! or the units below it, the own city or prefecture where the rules say so, and the case's own contact.
//!
//! A bureau stands above the units of its region, a county's above those that name the county. What names don't tell, a
//! reviewer tells by withdrawing.

use crate::intake::region;
use crate::model::decision::matching_key;
use crate::model::reading::CaseReading;
use crate::model::region::Regions;
use crate::model::review::{Bar, Reviewer};
use crate::model::roster::Roster;

/// Names of fewer characters are no part of another's.
const PART: usize = 4;
/// What a bureau is called.
const BUREAUS: &[&str] = &["市场监督管理局", "市场监管局", "药品监督管理局", "药监局", "知识产权局"];

/// What is known about units and regions.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Former names.
    pub roster: &'a Roster,
    /// Cities and counties.
    pub regions: &'a Regions,
    /// Whether nobody judges cases of the own city or prefecture.
    pub exclude_region: bool,
}

/// Why this reviewer can't judge this case; none where names tell nothing.
pub fn between(case: &CaseReading, reviewer: &Reviewer, known: &Known<'_>) -> Option<Bar> {
    let contacts = std::iter::once(&case.contact).chain(&case.more_contacts).filter_map(|contact| contact.name.as_deref());
    let own = matching_key(&reviewer.name);
    if contacts.map(matching_key).any(|name| !name.is_empty() && name == own) {
        return Some(Bar::Person);
    }
    let region = case.region.as_deref();
    // Who lives elsewhere still works where the unit sits.
    let seat = region_of(&reviewer.unit, known.roster, known.regions);
    let is_same_region = region.is_some() && (region == reviewer.region.as_deref() || region == seat.as_deref());
    let units = || case.unit.iter().chain(&case.joint_units).map(String::as_str);
    if units().any(|unit| is_same(unit, &reviewer.unit, known)) {
        return Some(Bar::Unit);
    }
    let is_above = |bureau: &str, unit: &str| is_same_region && is_bureau_of(bureau, unit, known.regions);
    if units().any(|unit| is_part(unit, &reviewer.unit, known.regions) || is_above(&reviewer.unit, unit) || is_above(unit, &reviewer.unit))
    {
        return Some(Bar::Superior);
    }
    (known.exclude_region && is_same_region && region != Some("province")).then_some(Bar::Region)
}

/// The region in which a reviewer works: as the roster says, else as the unit's name says.
pub fn region_of(unit: &str, roster: &Roster, regions: &Regions) -> Option<String> {
    roster.unit(unit).and_then(|unit| unit.region.clone()).or_else(|| region::by_name(unit, regions))
}

fn is_same(one: &str, other: &str, known: &Known<'_>) -> bool {
    let keys = |unit: &str| -> Vec<String> { known.roster.keys(unit).iter().map(|key| core(key, known.regions).to_owned()).collect() };
    let others = keys(other);
    keys(one).iter().any(|key| !key.is_empty() && others.contains(key))
}

/// A unit's name as it is compared, without the province before it: 湖北省标准化院 is 省标准化院. A short rest names no unit.
fn core<'a>(key: &'a str, regions: &Regions) -> &'a str {
    let rest = key.strip_prefix(regions.province.as_str()).unwrap_or(key);
    let rest = rest.strip_prefix('省').unwrap_or(rest);
    if rest.chars().count() >= PART { rest } else { key }
}

/// One is a department of the other: its name begins with the other's.
fn is_part(one: &str, other: &str, regions: &Regions) -> bool {
    let (one, other) = (matching_key(one), matching_key(other));
    let (one, other) = (core(&one, regions), core(&other, regions));
    let begins = |long: &str, short: &str| short.chars().count() >= PART && long.starts_with(short);
    begins(one, other) || begins(other, one)
}

/// Both stand in one region. A county's bureau is above what names the county, a city's or the province's above all.
fn is_bureau_of(bureau: &str, unit: &str, regions: &Regions) -> bool {
    if !BUREAUS.iter().any(|word| bureau.contains(word)) {
        return false;
    }
    let counties: Vec<&String> =
        regions.regions.iter().flat_map(|region| &region.counties).filter(|county| bureau.contains(county.as_str())).collect();
    counties.is_empty() || counties.iter().any(|county| unit.contains(county.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::roster::RosterUnit;
    use crate::report::digest::sample::REGIONS;
    use crate::review::blind::tests::reading;

    fn bar(unit: &str, of: &str, exclude_region: bool) -> Option<Bar> {
        let regions: &Regions = &REGIONS;
        let former = RosterUnit {
            name: "十堰市质量检验中心".into(), former: vec!["十堰市纤维检验所".into()], ..RosterUnit::default()
        };
        let roster = Roster { units: vec![former], ..Roster::default() };
        let mut case = reading();
        case.region = region_of(unit, &roster, regions);
        case.unit = Some(unit.into());
        case.contact.name = Some("陈楚江".into());
        let region = region_of(of, &roster, regions);
        let reviewer = Reviewer { code: "P01".into(), name: "李某".into(), unit: of.into(), region, login: None };
        between(&case, &reviewer, &Known { roster: &roster, regions, exclude_region })
    }

    #[test]
    fn names_tell_who_can_not_judge() {
        for (unit, of, exclude, is) in [
            ("十堰市计量检定测试所", "十堰市 计量检定测试所", false, Some(Bar::Unit)),
            ("十堰市纤维检验所", "十堰市质量检验中心", false, Some(Bar::Unit)),
            ("十堰市计量检定测试所", "十堰市市场监督管理局", false, Some(Bar::Superior)),
            ("十堰市市场监督管理局", "十堰市计量检定测试所", false, Some(Bar::Superior)),
            ("十堰市市场监督管理局", "十堰市市场监督管理局标准化科", false, Some(Bar::Superior)),
            ("十堰市计量检定测试所", "十堰市郧西县市场监督管理局", false, None),
            ("湖北省计量测试技术研究院", "湖北省市场监督管理局", true, Some(Bar::Superior)),
            ("湖北省计量测试技术研究院", "湖北省纤维检验局", true, None),
            ("十堰市计量检定测试所", "十堰职业技术学院", true, Some(Bar::Region)),
            ("十堰市计量检定测试所", "十堰职业技术学院", false, None),
            ("十堰市计量检定测试所", "襄阳市市场监督管理局", true, None),
            ("某计量所", "某大学", true, None),
            ("湖北省标准化与质量研究院", "省标准化与质量研究院", false, Some(Bar::Unit)),
            ("湖北省标准化与质量研究院", "湖北标准化与质量研究院食品所", false, Some(Bar::Superior)),
            ("武汉大学", "武汉大学测试中心", false, Some(Bar::Superior)),
            ("湖北省纤检所", "省纤检局", false, None),
        ] {
            assert_eq!(bar(unit, of, exclude), is, "{unit} {of}");
        }
    }

    #[test]
    fn the_seat_of_the_unit_counts_beside_where_the_reviewer_lives() {
        let mut case = reading();
        case.region = Some("十堰市".into());
        case.unit = Some("十堰市计量检定测试所".into());
        let reviewer = |unit: &str| Reviewer {
            code: "P01".into(),
            name: "李某".into(),
            unit: unit.into(),
            region: Some("武汉市".into()),
            login: None,
        };
        let known = Known { roster: &Roster::default(), regions: &REGIONS, exclude_region: true };
        assert_eq!(between(&case, &reviewer("十堰市市场监督管理局"), &known), Some(Bar::Superior));
        assert_eq!(between(&case, &reviewer("十堰职业技术学院"), &known), Some(Bar::Region));
        assert_eq!(between(&case, &reviewer("某大学"), &known), None);
    }

    #[test]
    fn nobody_judges_the_own_case() {
        let regions: &Regions = &REGIONS;
        let mut case = reading();
        case.contact.name = Some("陈 楚江".into());
        let reviewer = Reviewer { code: "P01".into(), name: "陈楚江".into(), unit: "某大学".into(), region: None, login: None };
        let known = Known { roster: &Roster::default(), regions, exclude_region: false };
        assert_eq!(between(&case, &reviewer, &known), Some(Bar::Person));
    }
}
