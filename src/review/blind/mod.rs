//! Takes out of a unit's words whose they are: 〔单位〕, 〔某地〕, 〔姓名〕, 〔电话〕 and the like stand instead.
//!
//! What the record knows is looked for whatever blanks, widths or unseen characters stand in between: the names of the unit,
//! of those it applies with and what they call themselves, the places of the province, contacts and who mailed it, numbers
//! of telephones. What looks like an address, a number or a unit of a place goes as well, and a person whom the text names
//! beside a post (`names`). What is left and only looks like a unit or a person is told and stays, so that somebody looks
//! before a pack goes out, and has left out what must be by naming it.

mod folded;
mod hider;
mod names;
mod numbers;
mod patterns;
mod whose;

use crate::intake::compose::plain;
use crate::model::campaign::Campaign;
use crate::model::reading::CaseReading;
use crate::model::region::Regions;
use crate::model::roster::Roster;
use hider::Hider;

/// What stands instead.
const UNIT: &str = "〔单位〕";
const PLACE: &str = "〔某地〕";
const PERSON: &str = "〔姓名〕";
const PHONE: &str = "〔电话〕";
const NUMBER: &str = "〔号码〕";
const MAIL: &str = "〔邮箱〕";
const SITE: &str = "〔网址〕";
/// What somebody named to be left out.
const LEFT_OUT: &str = "〔略〕";

/// How much of a case a pack hides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hiding {
    /// Units, places, people and numbers.
    Blind,
    /// People and numbers.
    PeopleOnly,
}

/// What is left of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blinded {
    /// 案例题目.
    pub title: String,
    /// 案例分类, in words.
    pub categories: String,
    /// 报送单位 and those beside it; none where they are hidden.
    pub units: Option<String>,
    /// The parts of 案例介绍 with their headings; one without a heading where it has no parts.
    pub introduction: Vec<(String, String)>,
    /// 相关证明材料.
    pub materials: Option<String>,
    /// What still looks like a unit's name.
    pub doubtful: Vec<String>,
    /// What may still be somebody's name.
    pub people: Vec<String>,
}

/// By what a case is hidden.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// Its headings and categories.
    pub campaign: &'a Campaign,
    /// Former names.
    pub roster: &'a Roster,
    /// Cities and counties.
    pub regions: &'a Regions,
    /// How much of it.
    pub hiding: Hiding,
    /// What else somebody wants left out.
    pub masks: &'a [String],
}

/// A case as a pack shows it. `senders` are the names of those who mailed it.
pub fn blinded(case: &CaseReading, senders: &[String], rules: &Rules<'_>) -> Result<Blinded, String> {
    let (hider, campaign, hiding) = (Hider::new(case, senders, rules)?, rules.campaign, rules.hiding);
    let text = |value: &str| hider.hide(value);
    let introduction = &case.introduction;
    let headings = &campaign.form.headings;
    let heading = |ordinal: &str, names: &[String]| {
        let name = names.first().map(String::as_str).unwrap_or_default();
        format!("{ordinal}{}", name.strip_prefix(ordinal).unwrap_or(name))
    };
    let parts = [
        (heading("一、", &headings.background), &introduction.background),
        (heading("二、", &headings.practices), &introduction.practices),
        (heading("三、", &headings.results), &introduction.results),
    ];
    let whole = introduction.text.as_deref().unwrap_or_default();
    let in_parts: usize = parts.iter().filter_map(|(_, part)| part.as_deref()).map(|part| part.chars().count()).sum();
    // What stands before the first heading belongs to no part.
    let introduction = if in_parts > 0 && in_parts * 10 >= whole.chars().count() * 9 {
        parts.into_iter().filter_map(|(name, part)| part.as_deref().map(|part| (name, text(part)))).collect()
    } else {
        vec![(String::new(), text(whole))]
    };
    let title = text(case.title.as_deref().unwrap_or("（未填写）"));
    let categories: Vec<String> = case
        .categories
        .iter()
        .map(|id| campaign.categories.iter().find(|rule| rule.id == *id).map_or_else(String::new, |rule| rule.label.clone()))
        .chain(case.category_other.as_deref().map(text))
        .filter(|label| !label.is_empty())
        .collect();
    let materials = case.materials.as_deref().map(text).filter(|materials| !materials.trim().is_empty());
    let units: Vec<&str> = case.unit.iter().chain(&case.joint_units).map(String::as_str).collect();
    let said: Vec<&str> =
        std::iter::once(title.as_str()).chain(introduction.iter().map(|(_, part)| part.as_str())).chain(materials.as_deref()).collect();
    let said = said.join("\n");
    let doubtful = if hiding == Hiding::Blind { hider.doubtful(&said) } else { Vec::new() };
    Ok(Blinded {
        title,
        categories: categories.join("、"),
        units: (hiding == Hiding::PeopleOnly).then(|| plain(&units.join("、"), 400)),
        introduction,
        materials,
        doubtful,
        people: hider.perhaps_people(&said),
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::reading::CaseReading;
    use crate::report::digest::sample::{CAMPAIGN, REGIONS};

    /// A case of a city's institute.
    pub fn reading() -> CaseReading {
        serde_json::from_value(serde_json::json!({
            "form": {"file": "申报表.docx", "format": "docx"}, "title": "十堰市质检所服务汽车零部件产业", "unit": "十堰市产品质量监督检验所",
            "joint_units": ["湖北东风检测有限公司"], "region": "十堰市", "channel": "direct", "categories": ["inspection"],
            "category_other": null, "contact": {"name": "陈楚江", "phones": ["19900009037", "0719-5526248转801"]}, "more_contacts": [],
            "introduction": {"background": null, "practices": null, "results": null, "text": "", "words": 0},
            "materials": null, "opinion": {"text": null, "date": null}, "seal": "present", "focus_areas": [],
            "window": {"month": "2023-06", "batch": "2023-H1", "late": false}, "status": "accepted", "defects": [], "evidence": []
        }))
        .unwrap()
    }

    fn rules(hiding: Hiding, masks: &[String]) -> Rules<'_> {
        static ROSTER: std::sync::LazyLock<Roster> = std::sync::LazyLock::new(Roster::default);
        Rules { campaign: &CAMPAIGN, roster: &ROSTER, regions: &REGIONS, hiding, masks }
    }

    fn hidden(text: &str, hiding: Hiding) -> Blinded {
        let mut case = reading();
        case.introduction.text = Some(text.into());
        blinded(&case, &["王小明".into()], &rules(hiding, &[])).unwrap()
    }

    fn hide(text: &str) -> String {
        hidden(text, Hiding::Blind).introduction[0].1.clone()
    }

    #[test]
    fn whose_words_they_are_is_gone() {
        for (said, left) in [
            ("十堰市产品质量监督检验所服务企业12家。", "〔单位〕服务企业12家。"),
            ("十堰市 产品质量\n监督检验所\u{200b}与湖北东风检测有限公司", "〔单位〕\u{200b}与〔单位〕"),
            ("我所（市产品质量监督检验所）", "我所（〔单位〕）"),
            (
                "十堰市产品质量监督检验所（以下简称“车城质检”）成立。车城质检走访企业",
                "〔单位〕（以下简称“〔单位〕”）成立。〔单位〕走访企业",
            ),
            ("在十堰、丹江口等地推广，湖北省内领先", "在〔某地〕、〔某地〕等地推广，湖北省内领先"),
            ("十堰市计量检定测试所协助，襄阳市市场监管局支持", "〔单位〕协助，〔单位〕支持"),
            ("联系人：张三丰，电话 199-0000-9037、０７１９－５５２６２４８", "〔姓名〕，电话 〔电话〕、〔电话〕"),
            ("陈楚江、陈主任和王小明带队，陈 楚 江负责", "〔姓名〕、〔姓名〕和〔姓名〕带队，〔姓名〕负责"),
            (
                "拨打5526248咨询，或 13800000000，邮箱 A.b@unit.example，网站 www.unit.example/x",
                "拨打〔电话〕咨询，或 〔电话〕，邮箱 〔邮箱〕，网站 〔网址〕",
            ),
            ("office@19900009037.example、市州网址www.7.example", "〔邮箱〕、市州网址〔网址〕"),
            ("拨打138.1234.5678、027.87654321，QQ：12345678，微信号：oyn_2023", "拨打〔电话〕、〔电话〕，〔号码〕，〔号码〕"),
            ("陈副主任、楚江同志", "〔姓名〕、〔姓名〕"),
            ("总工程师王某某与张三教授带领团队，高级工程师12人参与", "总工程师〔姓名〕与〔姓名〕教授带领团队，高级工程师12人参与"),
            // What stands for a unit and for anything else is left where it stands for the unit alone.
            ("十堰市产品质量监督检验所（以下简称“中心”）以企业为中心", "〔单位〕（以下简称“中心”）以企业为中心"),
            ("证书编号171701060153，统一社会信用代码12420300MB1234567X", "证书编号〔号码〕，统一社会信用代码〔号码〕"),
        ] {
            assert_eq!(hide(said), left, "{said}");
        }
    }

    #[test]
    fn whoever_mailed_it_is_hidden_however_the_name_is_written() {
        let hide = |sender: &str, text: &str| {
            let mut case = reading();
            case.introduction.text = Some(text.into());
            blinded(&case, &[sender.into()], &rules(Hiding::Blind, &[])).unwrap().introduction[0].1.clone()
        };
        for (sender, said, left) in [
            ("王 小明", "王小明牵头", "〔姓名〕牵头"),
            ("王小明（某标准所）", "王小明牵头，某标准所参加", "〔姓名〕牵头，〔单位〕参加"),
            ("某某质量标准所-王小明", "王主任牵头，某某质量标准所参加", "〔姓名〕牵头，〔单位〕参加"),
            ("欧阳娜娜", "欧阳主任、娜娜同志牵头", "〔姓名〕、〔姓名〕牵头"),
        ] {
            assert_eq!(hide(sender, said), left, "{sender}");
        }
    }

    #[test]
    fn figures_and_plain_words_stay() {
        for said in [
            "2021年投入1200万元，2022-2023年新增产值3.5亿元，检测12000批次。",
            "研究院所、检测机构与高校合作，提升质量。",
            "依据GB/T 19001-2016，误差0.0125mm",
        ] {
            assert_eq!(hide(said), said);
        }
    }

    #[test]
    fn a_unit_that_is_called_by_a_plain_word_garbles_no_sentence() {
        let mut case = reading();
        (case.unit, case.joint_units) = (Some("质量中心".into()), vec!["某检验检测研究院".into(), "某检验检测研究院食品所".into()]);
        case.introduction.text = Some("以质量中心城市为目标，某检验检测研究院食品所和某检验检测研究院联合攻关。".into());
        let blind = blinded(&case, &[], &rules(Hiding::Blind, &[])).unwrap();
        assert_eq!(blind.introduction[0].1, "以质量中心城市为目标，〔单位〕和〔单位〕联合攻关。");
        assert!(blind.doubtful.contains(&"以质量中心".to_owned()), "{:?}", blind.doubtful);
    }

    #[test]
    fn what_somebody_names_is_left_out_and_what_is_doubtful_is_told() {
        let mut case = reading();
        case.introduction.text = Some("由高明教授授课，车 城实验室协助。".into());
        let hidden = |masks: &[String]| blinded(&case, &[], &rules(Hiding::Blind, masks)).unwrap();
        assert_eq!(hidden(&[]).people, ["高明教授"]);
        let masked = hidden(&["高明".into(), "车城实验室".into()]);
        assert_eq!((masked.introduction[0].1.as_str(), masked.people.len()), ("由〔略〕教授授课，〔略〕协助。", 0));
        let open = blinded(&case, &[], &rules(Hiding::PeopleOnly, &[])).unwrap();
        assert_eq!((open.people.len(), open.doubtful.len()), (1, 0));
    }

    #[test]
    fn an_open_review_names_the_unit_and_no_person() {
        let open = hidden("十堰市产品质量监督检验所陈楚江 19900009037", Hiding::PeopleOnly);
        assert_eq!(open.introduction[0].1, "十堰市产品质量监督检验所〔姓名〕 〔电话〕");
        assert_eq!(
            (open.units.as_deref(), open.title.as_str()),
            (Some("十堰市产品质量监督检验所、湖北东风检测有限公司"), "十堰市质检所服务汽车零部件产业")
        );
        let blind = hidden("省标准院牵头", Hiding::Blind);
        assert_eq!((blind.units, blind.title.as_str(), blind.doubtful), (None, "〔单位〕服务汽车零部件产业", vec!["省标准院".to_owned()]));
    }
}
