//! A publication to test with. Every person and number is invented.

use super::{Case, Figure, Publication, Source};
use crate::model::campaign::{Campaign, Category};
use crate::model::reading::{CaseReading, CaseStatus, Channel, Contact, FocusArea, FormFile, Introduction, Opinion, Seal, WindowPlace};
use crate::model::region::Regions;
use jiff::civil::date;

/// What a form says.
pub fn reading(title: &str, unit: &str, region: Option<&str>, categories: &[Category]) -> CaseReading {
    CaseReading {
        form: FormFile { file: "申报表.docx".into(), format: crate::model::document::Format::Docx },
        title: Some(title.into()),
        unit: Some(unit.into()),
        joint_units: vec![],
        region: region.map(str::to_owned),
        channel: Channel::Direct,
        categories: categories.to_vec(),
        category_other: None,
        contact: Contact { name: Some("陈楚江".into()), phones: vec!["19900009037".into(), "0719-5526248".into()] },
        more_contacts: vec![],
        introduction: Introduction {
            background: Some("光电子产业需要计量。陈楚江同志牵头调研。\n（一）产业需求\n企业量大面广。".into()),
            practices: Some("（一）建平台\n建成计量测试平台，咨询电话5526248，或19900009037。\n<script>alert(1)</script>".into()),
            results: Some("服务企业120家，节约成本1300万元。".into()),
            text: None,
            words: 60,
        },
        materials: None,
        opinion: Opinion::default(),
        seal: Seal::Present,
        focus_areas: vec![FocusArea { id: "small_business".into(), because: vec![] }],
        window: WindowPlace::default(),
        status: CaseStatus::Accepted,
        defects: vec![],
        evidence: vec![],
        order: None,
    }
}

/// Three cases of two batches.
pub fn publication() -> Publication {
    let campaign: Campaign = toml::from_str(crate::config::builtin::CAMPAIGN).unwrap();
    let regions: Regions = toml::from_str(crate::config::builtin::REGIONS).unwrap();
    let picture = crate::intake::picture::shown(&std::fs::read("fixtures/seal/grey.jpg").unwrap()).unwrap();
    let figures = [Figure { caption: "现场检测.jpg".into(), width: picture.width, height: picture.height, jpeg: picture.jpeg }];
    let case = |number: &str, title: &str, region: Option<&str>, categories: &[Category], batch: &str, figures: &[Figure]| {
        let reading = reading(title, "十堰市计量检定测试所", region, categories);
        Case::new(Source { number, reading: &reading, batch: Some(batch), figures }, &campaign, &regions)
    };
    let (metrology, standards) = (Category::Metrology, Category::Standards);
    Publication {
        cases: vec![
            case("JCZH-2023-0001", "以计量测试服务光电子产业", Some("十堰市"), &[metrology], "2023-H1", &figures),
            case("JCZH-2023-0002", "“标准”<b>领跑</b>&助力出口", Some("province"), &[metrology, standards], "2023-H1", &[]),
            case("JCZH-2023-0010", "检验检测一站式服务", None, &[Category::Inspection], "2023-H2", &[]),
        ],
        ..Publication::new(&campaign, Some(date(2023, 9, 1)))
    }
}
