//! The region of a unit: from its name, else from a telephone area code that only one region has
//! (design rule 10). Doubt gives nothing; a coordinator settles.

use memchr::memmem;

use crate::intake::check::defect;
use crate::intake::text;
use crate::model::defect::{DefectCode, Severity};
use crate::model::reading::CaseReading;
use crate::model::region::{Region, Regions};
use crate::model::roster::Roster;

/// The region's full name, or `province`; none where nothing decides.
pub fn of(unit: Option<&str>, phones: &[String], regions: &Regions) -> Option<String> {
    unit.and_then(|unit| by_name(unit, regions)).or_else(|| by_phones(phones, regions))
}

/// What the roster says of a unit decides; what it leaves open stays as it was worked out.
pub fn by_roster(reading: &mut CaseReading, roster: &Roster) {
    let Some(unit) = reading.unit.as_deref().and_then(|name| roster.unit(name)) else { return };
    if unit.region.is_some() {
        reading.region.clone_from(&unit.region);
        reading.defects.retain(|defect| defect.code != DefectCode::RegionUnknown);
    }
    if let Some(in_scope) = unit.in_scope {
        reading.defects.retain(|defect| defect.code != DefectCode::UnitOutOfScope);
        if !in_scope {
            reading.defects.push(defect(DefectCode::UnitOutOfScope, Some("unit"), Severity::Check, "名册写明该单位不在征集范围"));
        }
    }
}

/// By the unit's name alone.
pub fn by_name(unit: &str, regions: &Regions) -> Option<String> {
    let unit: String = unit.chars().filter(|c| !c.is_whitespace()).map(text::simplified).collect();
    let unit = unit.as_str();
    let mut hits: Vec<(usize, &Region)> =
        regions.regions.iter().filter_map(|region| earliest(unit, region).map(|at| (at, region))).collect();
    hits.sort_by_key(|(at, _)| *at);
    match hits.as_slice() {
        [] => provincial(unit, regions),
        [(_, only)] => Some(only.name.clone()),
        // “黄石市…（武汉分中心）”: the name begins with where the unit sits.
        [(at, first), ..] => leads(unit, *at, regions).then(|| first.name.clone()),
    }
}

fn earliest(unit: &str, region: &Region) -> Option<usize> {
    let names = [&region.name, &region.short].into_iter().chain(&region.aliases).chain(&region.counties);
    names.filter(|name| !name.is_empty()).filter_map(|name| memmem::find(unit.as_bytes(), name.as_bytes())).min()
}

/// Whether what stands before a place name is nothing, or the province.
fn leads(unit: &str, at: usize, regions: &Regions) -> bool {
    let before = unit.get(..at).unwrap_or(unit);
    before.is_empty() || before == regions.province || before == format!("{}省", regions.province)
}

fn provincial(unit: &str, regions: &Regions) -> Option<String> {
    let own = regions.provincial_names.iter().any(|name| unit.starts_with(name.as_str()));
    let exception = regions.provincial_exceptions.iter().any(|word| unit.contains(word.as_str()));
    (own && !exception).then(|| "province".to_owned())
}

fn by_phones(phones: &[String], regions: &Regions) -> Option<String> {
    let mut found = phones.iter().filter_map(|phone| phone.split_once('-')).filter_map(|(area, _)| regions.by_area_code(area));
    let first = found.next()?;
    found.all(|other| other.name == first.name).then(|| first.name.clone())
}
