//! The shipped files in `config/` against the types that read them: that they parse, and that what they
//! say is sound (unique labels, unambiguous regions, contiguous windows). How they are applied is tested
//! where that is done.

#![expect(clippy::unwrap_used, reason = "a test whose data does not parse has failed")]

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};
use std::collections::{BTreeMap, BTreeSet};
use zhihui::{
    config::Config,
    model::{
        campaign::{Basis, Campaign, Category},
        region::Regions,
        workdays::Workdays,
    },
};

fn campaign() -> Campaign {
    toml::from_str(include_str!("../config/campaign-2023.toml")).unwrap()
}

fn regions() -> Regions {
    toml::from_str(include_str!("../config/regions-hubei.toml")).unwrap()
}

/// As the campaign file describes it: no blanks, half-width, lower-case.
fn folded(text: &str) -> String {
    let half = |c: char| match u32::from(c) {
        code @ 0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).unwrap_or(c),
        _ => c,
    };
    text.chars().filter(|c| !c.is_whitespace()).map(half).flat_map(char::to_lowercase).collect()
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Asserts that every word stands under one name only; gives the words with their names.
fn owners<'a>(lists: &[(&'a str, &[String])]) -> BTreeMap<String, &'a str> {
    let mut owners = BTreeMap::new();
    for (name, words) in lists {
        for word in *words {
            let earlier = owners.insert(folded(word), *name);
            assert_eq!(earlier, None, "{word:?} stands under {name} too");
        }
    }
    owners
}

#[test]
fn the_campaign_is_that_of_the_notice() {
    let campaign = campaign();
    assert_eq!((campaign.id.as_str(), campaign.number_prefix.as_str()), ("2023", "JCZH-2023"));
    assert_eq!(campaign.brand.slogan, "筑基赋能 聚力先行——湖北质量基础设施");
    assert_eq!((campaign.form.introduction_words.limit, campaign.form.introduction_words.tolerance), (1500, 0));
    assert_eq!(campaign.form.introduction_words.basis, Basis::Notice);
    assert_eq!(campaign.form.labels.title[0], "案例题目");
    assert_eq!(campaign.form.labels.unit[0], "报送单位");
    assert_eq!(campaign.form.labels.category[0], "案例分类");
    assert_eq!(campaign.form.labels.contact[0], "联系人及电话");
    assert_eq!(campaign.form.labels.opinion[0], "报送单位意见");
}

#[test]
fn the_form_prints_its_five_categories_in_order() {
    let campaign = campaign();
    let printed: Vec<_> = campaign.categories.iter().filter(|rule| rule.on_form).map(|rule| rule.label.as_str()).collect();
    assert_eq!(printed, ["计量", "标准", "检验检测", "认证", "其它"]);
    let unprinted: Vec<_> = campaign.categories.iter().filter(|rule| !rule.on_form).map(|rule| rule.id).collect();
    assert_eq!(unprinted, [Category::IntellectualProperty]);
}

#[test]
fn a_wording_of_a_category_means_one_category() {
    let campaign = campaign();
    let lists: Vec<_> = campaign.categories.iter().map(|rule| (rule.id.as_str(), rule.aliases.as_slice())).collect();
    let owners = owners(&lists);
    for rule in &campaign.categories {
        assert!(!owners.contains_key(&rule.label), "{} is a label already", rule.label);
    }
}

#[test]
fn a_label_or_heading_means_one_field() {
    let form = campaign().form;
    let (labels, headings) = (&form.labels, &form.headings);
    let owners = owners(&[
        ("title", &labels.title),
        ("unit", &labels.unit),
        ("category", &labels.category),
        ("contact", &labels.contact),
        ("contact_name", &labels.contact_name),
        ("contact_phone", &labels.contact_phone),
        ("introduction", &labels.introduction),
        ("materials", &labels.materials),
        ("opinion", &labels.opinion),
        ("other", &form.other_labels),
        ("background", &headings.background),
        ("practices", &headings.practices),
        ("results", &headings.results),
    ]);
    for guidance in &form.guidance {
        assert!(!owners.contains_key(&folded(guidance)), "{guidance:?} is a label already");
    }
}

#[test]
fn what_is_compared_folded_is_written_folded() {
    let Campaign { form, words, .. } = campaign();
    let (labels, headings) = (form.labels, form.headings);
    let lists = [
        labels.title,
        labels.unit,
        labels.category,
        labels.contact,
        labels.contact_name,
        labels.contact_phone,
        labels.introduction,
        labels.materials,
        labels.opinion,
        form.other_labels,
        headings.background,
        headings.practices,
        headings.results,
    ];
    for label in lists.iter().flatten() {
        assert_eq!(*label, folded(label));
        assert!(!label.ends_with([')', ':', '*']), "{label:?} would be cut before it is compared");
    }
    let lists = [
        words.submission,
        words.inquiry,
        words.form_names,
        words.scan_names,
        words.letter_names,
        words.summary_names,
        words.evidence_names,
        words.auto_reply,
        words.bounce,
        words.read_receipt,
        words.large_attachment,
        words.forwarded,
        words.classified,
    ];
    for list in &lists {
        let distinct: BTreeSet<_> = list.iter().map(|word| folded(word)).collect();
        assert_eq!(distinct.len(), list.len(), "a word stands twice in {list:?}");
        assert!(!distinct.contains(""));
    }
}

#[test]
fn a_file_name_word_means_one_kind_of_file() {
    let words = campaign().words;
    owners(&[
        ("form", &words.form_names),
        ("scan", &words.scan_names),
        ("letter", &words.letter_names),
        ("summary", &words.summary_names),
        ("evidence", &words.evidence_names),
    ]);
}

/// One that is nothing but marks would equal every such line, or stand in every text.
#[test]
fn every_guidance_sentence_has_words_and_stands_once() {
    let guidance = campaign().form.guidance;
    let distinct: BTreeSet<_> = guidance.iter().map(|sentence| letters(&folded(sentence))).collect();
    assert_eq!(distinct.len(), guidance.len());
    assert!(!distinct.contains(""));
}

#[test]
fn a_focus_area_has_words_of_its_own() {
    let campaign = campaign();
    let ids: Vec<_> = campaign.focus_areas.iter().map(|area| area.id.as_str()).collect();
    let expected = ["technical_innovation", "national_strategy", "industry_development", "quality_improvement", "small_business", "trade"];
    assert_eq!(ids, expected);
    let lists: Vec<_> = campaign.focus_areas.iter().map(|area| (area.id.as_str(), area.words.as_slice())).collect();
    owners(&lists);
    assert!(campaign.focus_areas.iter().all(|area| (8..=20).contains(&area.words.len())));
}

#[test]
fn our_own_subjects_are_no_machines() {
    let words = campaign().words;
    for subject in ["Re: 【荆楚质汇】收件回执 JCZH-2023-0001", "【荆楚质汇】补正通知", "关于报送典型案例的函"]
    {
        let subject = folded(subject);
        for word in words.auto_reply.iter().chain(&words.bounce).chain(&words.read_receipt) {
            assert!(!subject.contains(&folded(word)), "{subject} contains {word}");
        }
    }
}

#[test]
fn only_the_marking_itself_is_a_marking() {
    assert_eq!(campaign().words.classified, ["秘密★", "机密★", "绝密★", "工作秘密", "内部资料"]);
}

#[test]
fn batches_are_contiguous_from_the_opening_to_the_end_of_november() {
    let calendar = campaign().calendar;
    assert_eq!(calendar.batches[0].from, calendar.opens);
    assert!(calendar.batches.windows(2).all(|pair| pair[0].until == pair[1].from));
    assert!(calendar.batches.iter().all(|batch| batch.from < batch.until && batch.until <= calendar.closes));
    let ends: Vec<_> = calendar.batches.iter().map(|batch| (batch.id.as_str(), batch.until.to_string())).collect();
    assert_eq!(ends, [("2023-H1", "2023-07-01".into()), ("2023-H2", "2023-12-01".into())]);
    assert_eq!((calendar.opens.to_string(), calendar.closes.to_string()), ("2023-05-23".into(), "2024-01-01".into()));
}

#[test]
fn the_plan_has_its_seventeen_activities_in_half_open_months() {
    let activities = campaign().activities;
    assert_eq!(activities.len(), 17);
    for activity in &activities {
        assert!(activity.from < activity.until, "{}", activity.item);
        assert_eq!((activity.from.day(), activity.until.day()), (1, 1), "{}", activity.item);
        assert!(!activity.hosts.is_empty(), "{}", activity.item);
        assert!(activity.time.starts_with(&format!("{}年", activity.from.year())), "{}", activity.time);
    }
    let recurring: Vec<_> = activities.iter().filter_map(|activity| activity.weekday.as_deref()).collect();
    assert_eq!(recurring, ["thursday"]);
    assert_eq!(activities.iter().map(|activity| activity.hosts.len()).max(), Some(7));
}

#[test]
fn the_regions_stand_in_administrative_order() {
    let shorts: Vec<_> = regions().regions.into_iter().map(|region| region.short).collect();
    let expected = [
        "武汉",
        "黄石",
        "十堰",
        "宜昌",
        "襄阳",
        "鄂州",
        "荆门",
        "孝感",
        "荆州",
        "黄冈",
        "咸宁",
        "随州",
        "恩施",
        "仙桃",
        "潜江",
        "天门",
        "神农架",
    ];
    assert_eq!(shorts, expected);
}

#[test]
fn codes_are_hubeis_and_ascend() {
    let codes: Vec<_> = regions().regions.into_iter().map(|region| region.code).collect();
    assert!(codes.iter().all(|code| code.len() == 6 && code.starts_with("42")));
    assert!(codes.is_sorted());
}

#[test]
fn an_area_code_decides_only_where_it_is_not_shared() {
    let regions = regions();
    assert_eq!(regions.by_area_code("027").map(|region| region.short.as_str()), Some("武汉"));
    for shared in ["0728", "0719", "010"] {
        assert!(regions.by_area_code(shared).is_none(), "{shared}");
    }
    let deciding = regions.regions.iter().filter(|region| region.area_codes.iter().any(|code| regions.by_area_code(code).is_some()));
    assert_eq!(deciding.count(), 12);
}

/// Within one name two regions must not be found, so no region's name may contain another's.
#[test]
fn a_name_decides_one_region() {
    let regions = regions().regions;
    let names: Vec<(&str, &str)> = regions
        .iter()
        .flat_map(|region| {
            let fixed = [region.name.as_str(), region.short.as_str()];
            let more = region.aliases.iter().chain(&region.counties).map(String::as_str);
            fixed.into_iter().chain(more).map(|name| (region.short.as_str(), name))
        })
        .collect();
    for (owner, name) in &names {
        for (other, inner) in &names {
            assert!(owner == other || !name.contains(inner), "{name} of {owner} contains {inner} of {other}");
        }
    }
    let distinct: BTreeSet<_> = names.iter().map(|(_, name)| name).collect();
    assert_eq!(distinct.len(), names.len(), "a name stands twice");
}

/// Names of units that other regions' short names would have claimed.
#[test]
fn names_that_only_look_like_a_county_decide_nothing() {
    let regions = regions().regions;
    let found = |unit: &str| -> Vec<String> {
        let names = |region: &zhihui::model::region::Region| {
            let all = region.aliases.iter().chain(&region.counties).chain([&region.short, &region.name]);
            all.filter(|name| unit.contains(name.as_str())).count()
        };
        regions.iter().filter(|region| names(region) > 0).map(|region| region.short.clone()).collect()
    };
    let nothing: [&str; 0] = [];
    for unit in
        ["长沙市计量检测院", "湖北江汉计量科技有限公司", "湖北隆中认证服务有限公司", "湖北推广水质检测有限公司", "湖北省计量测试技术研究院"]
    {
        assert_eq!(found(unit), nothing, "{unit}");
    }
    assert_eq!(found("襄阳新能源汽车检测有限公司"), ["襄阳"]);
    assert_eq!(found("武汉川谷检测有限公司"), ["武汉"]);
    assert_eq!(found("大冶市公共检验检测中心"), ["黄石"]);
    assert_eq!(found("湖北江汉计量科技有限公司（咸宁分公司）"), ["咸宁"]);
}

#[test]
fn the_provinces_own_are_told_from_companies() {
    let regions = regions();
    let provincial = |unit: &str| {
        regions.provincial_names.iter().any(|name| unit.starts_with(name.as_str()))
            && !regions.provincial_exceptions.iter().any(|word| unit.contains(word.as_str()))
    };
    assert!(provincial("湖北省计量测试技术研究院"));
    assert!(provincial("湖北特检院"));
    assert!(!provincial("湖北楚天计量科技有限公司"));
    assert!(!provincial("湖北省建筑材料检测有限公司"));
    assert!(!provincial("湖北省电力公司计量中心"));
}

#[test]
fn working_days_are_known_for_the_whole_campaign_and_the_corrections_after_it() {
    let workdays: Workdays = toml::from_str(include_str!("../config/workdays.toml")).unwrap();
    let calendar = campaign().calendar;
    assert!(workdays.is_working_day(calendar.opens).is_some());
    assert!(workdays.add_working_days(calendar.closes, 60).is_some());
}

/// What a holiday notice says: from and until, both free; and the weekend days on which offices work.
type Notice = (i16, &'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

/// The four notices, as they word it: 放假调休 from … to …, … 上班.
const NOTICES: [Notice; 4] = [
    (
        2023,
        "国办发明电〔2022〕16号",
        &[
            ("2022-12-31", "2023-01-02"),
            ("2023-01-21", "2023-01-27"),
            ("2023-04-05", "2023-04-05"),
            ("2023-04-29", "2023-05-03"),
            ("2023-06-22", "2023-06-24"),
            ("2023-09-29", "2023-10-06"),
        ],
        &["2023-01-28", "2023-01-29", "2023-04-23", "2023-05-06", "2023-06-25", "2023-10-07", "2023-10-08"],
    ),
    (
        2024,
        "国办发明电〔2023〕7号",
        &[
            ("2024-01-01", "2024-01-01"),
            ("2024-02-10", "2024-02-17"),
            ("2024-04-04", "2024-04-06"),
            ("2024-05-01", "2024-05-05"),
            ("2024-06-10", "2024-06-10"),
            ("2024-09-15", "2024-09-17"),
            ("2024-10-01", "2024-10-07"),
        ],
        &["2024-02-04", "2024-02-18", "2024-04-07", "2024-04-28", "2024-05-11", "2024-09-14", "2024-09-29", "2024-10-12"],
    ),
    (
        2025,
        "国办发明电〔2024〕12号",
        &[
            ("2025-01-01", "2025-01-01"),
            ("2025-01-28", "2025-02-04"),
            ("2025-04-04", "2025-04-06"),
            ("2025-05-01", "2025-05-05"),
            ("2025-05-31", "2025-06-02"),
            ("2025-10-01", "2025-10-08"),
        ],
        &["2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"],
    ),
    (
        2026,
        "国办发明电〔2025〕7号",
        &[
            ("2026-01-01", "2026-01-03"),
            ("2026-02-15", "2026-02-23"),
            ("2026-04-04", "2026-04-06"),
            ("2026-05-01", "2026-05-05"),
            ("2026-06-19", "2026-06-21"),
            ("2026-09-25", "2026-09-27"),
            ("2026-10-01", "2026-10-07"),
        ],
        &["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"],
    ),
];

#[test]
fn working_days_are_day_by_day_those_of_the_notices() {
    let workdays: Workdays = toml::from_str(include_str!("../config/workdays.toml")).unwrap();
    assert_eq!(workdays.years.len(), NOTICES.len());
    for (year, number, free, worked) in NOTICES {
        let of_year = workdays.years.iter().find(|of| of.year == year).unwrap();
        assert!(of_year.source.contains(number), "{}", of_year.source);
        let first: Date = Date::new(year, 1, 1).unwrap();
        for day in first.series(1.day()).take_while(|day| day.year() == year) {
            let is_free = free.iter().any(|(from, until)| (from.parse().unwrap()..=until.parse().unwrap()).contains(&day));
            let is_worked = worked.iter().any(|worked| worked.parse::<Date>().unwrap() == day);
            let weekday = !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
            assert_eq!(workdays.is_working_day(day), Some(is_worked || (weekday && !is_free)), "{day}");
        }
    }
}

#[test]
fn the_shipped_configuration_shows_the_defaults() {
    let text = include_str!("../config/zhihui.toml");
    let shipped: Config = toml::from_str(text).unwrap();
    let least = "[[mailbox]]\ncampaign = \"campaign-2023.toml\"\n[smtp]\nfrom = \"a@example.com\"\n[[digest]]\n";
    let least: Config = toml::from_str(least).unwrap();
    let shown = |config: &Config| {
        let Config { database, blobs, limits, correction, replies, digests, http, .. } = config;
        format!("{database:?}{blobs:?}{limits:?}{correction:?}{replies:?}{digests:?}{http:?}")
    };
    assert_eq!(shown(&shipped), shown(&least));
    let unedited = text.lines().filter(|line| line.contains("example.com") && !line.trim_start().starts_with('#'));
    assert!(unedited.clone().count() > 0 && unedited.clone().all(|line| line.contains("【必改】")));
}
