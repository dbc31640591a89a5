//! A week of a made-up campaign, for tests: 19 to 25 June 2023, as the office words it.

use super::{Digest, Scope};
use crate::config::builtin;
use crate::intake::schedule::Office;
use crate::model::{
    campaign::Campaign,
    placement::Request,
    reading::{CaseStatus, Contact},
    region::Regions,
    report::{CaseFacts, DeskEntry, DeskFacts, Undelivered},
    workdays::Workdays,
};
use crate::report::{figures::Figures, week::Schedule};
use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Weekday, date, time},
};
use std::sync::LazyLock;

/// The built-in campaign.
pub static CAMPAIGN: LazyLock<Campaign> = LazyLock::new(|| toml::from_str(builtin::CAMPAIGN).unwrap());
/// Hubei's.
pub static REGIONS: LazyLock<Regions> = LazyLock::new(|| toml::from_str(builtin::REGIONS).unwrap());
/// Those of 2023.
pub static WORKDAYS: LazyLock<Workdays> = LazyLock::new(|| toml::from_str(builtin::WORKDAYS).unwrap());

/// 46 cases: 12 of the week, 9 of the week before; 13 to be corrected, 2 to be looked at.
pub fn cases() -> Vec<CaseFacts> {
    (0..46).map(case).collect()
}

fn case(n: usize) -> CaseFacts {
    let silent = ["鄂州市", "天门市", "神农架林区"];
    let names: Vec<&str> =
        REGIONS.regions.iter().map(|one| one.name.as_str()).filter(|name| !silent.contains(name)).chain(["province"]).collect();
    let week: Timestamp = if n < 25 {
        "2023-06-01T09:00:00+08:00"
    } else if n < 34 {
        "2023-06-13T09:00:00+08:00"
    } else {
        "2023-06-20T09:00:00+08:00"
    }
    .parse()
    .unwrap();
    let opened = week + i64::try_from(n % 5).unwrap().hours() * 7;
    let correcting = n % 3 == 2 && n < 39;
    let asked = if n < 6 { "2023-06-14T10:00:00+08:00" } else { "2023-06-21T10:00:00+08:00" };
    let keys: Vec<&str> = CAMPAIGN.categories.iter().map(|rule| rule.id.as_str()).collect();
    CaseFacts {
        id: n as i64 + 1,
        number: Some(format!("JCZH-2023-{:04}", n + 1)),
        status: if correcting { CaseStatus::NeedsCorrection } else { CaseStatus::Accepted },
        title: Some(format!("第{n}件案例：质量基础设施服务产业发展")),
        unit: Some(format!("第{n}检验检测中心")),
        region: Some(names[n % names.len()].to_owned()),
        channel: if n.is_multiple_of(4) { "local" } else { "direct" }.into(),
        categories: vec![keys[n % keys.len()].to_owned()],
        focus_areas: vec![CAMPAIGN.focus_areas[n % 6].id.clone()],
        month: Some("2023-06".into()),
        batch: Some("2023-H1".into()),
        opened,
        revised: opened,
        revision: 1,
        corrections: if correcting { vec!["“联系人及电话”栏未填写电话".into()] } else { vec![] },
        checks: if n == 40 || n == 43 { vec!["公章无法辨认".into()] } else { vec![] },
        requests: correcting.then(|| Request { asked: opened, sent: asked.parse().unwrap(), until: None }).into_iter().collect(),
        contact: Contact { name: Some("张某某".into()), phones: vec!["19900009037".into()] },
        possibly_of: None,
        desk: DeskEntry::default(),
    }
}

/// With the correction period of the default configuration.
pub fn office() -> Office<'static> {
    Office { wait: SignedDuration::ZERO, quiet: None, working_days: 5, until: time(17, 30, 0, 0), workdays: &WORKDAYS }
}

/// The week's figures.
pub fn figures() -> Figures {
    let desk = DeskFacts {
        last_received: Some("2023-06-25T15:20:00+08:00".parse().unwrap()),
        quarantined: 1,
        undelivered: vec![Undelivered {
            kind: "correction".into(),
            number: Some("JCZH-2023-0003".into()),
            unit: Some("第2检验检测中心".into()),
            region: Some("十堰市".into()),
        }],
        held: 2,
        inquiries: 3,
    };
    let cases = cases();
    let before: Vec<CaseFacts> = cases.iter().take(34).cloned().collect();
    count(&cases, &before, desk)
}

/// A week in which nothing came.
pub fn nothing() -> Figures {
    count(&[], &[], DeskFacts::default())
}

fn count(cases: &[CaseFacts], before: &[CaseFacts], desk: DeskFacts) -> Figures {
    let schedule = Schedule { day: Weekday::Monday, time: time(8, 30, 0, 0), workdays: &WORKDAYS };
    let period = schedule.period("2023-W25".parse().unwrap()).unwrap();
    Figures::count(period, cases, before, desk, &CAMPAIGN, &REGIONS, &office())
}

/// The week's digest.
pub fn digest(figures: &Figures) -> Digest<'_> {
    Digest {
        figures,
        campaign: &CAMPAIGN,
        regions: &REGIONS,
        scope: Scope::Province,
        dated: date(2023, 6, 26),
        anchor: Some("412-6c1f8a0e52d4b7c96c1f8a0e52d4b7c9"),
    }
}
