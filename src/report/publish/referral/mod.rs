//! Selected cases sent on: to a department or a local government as good practice, to the national administration as the best.
//! A [`Referral`] in; the letter as DOCX and as mail ([`mail`]), the package of the cases as ZIP ([`package`]) out. Pure: the
//! same referral gives the same bytes.

pub mod mail;
pub mod package;

use super::docx::{self, FANG_SONG, RED, SONG, TITLE, line, run};
use super::{Case, Figure};
use crate::model::campaign::Campaign;
use crate::report::words;
use docx_rs::{AlignmentType, Docx};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// To whom cases are sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// 行政主管部门.
    Department,
    /// 地方政府.
    Local,
    /// 市场监管总局.
    Samr,
}

impl Target {
    /// The key in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Target::Department => "department",
            Target::Local => "local",
            Target::Samr => "samr",
        }
    }

    /// Parses the stored key.
    pub fn parse(key: &str) -> Option<Target> {
        [Target::Department, Target::Local, Target::Samr].into_iter().find(|target| target.as_str() == key)
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Target::Department => "主管部门",
            Target::Local => "地方政府",
            Target::Samr => "市场监管总局",
        }
    }

    /// Whom the letter addresses where nobody is named.
    pub fn recipient(self) -> &'static str {
        match self {
            Target::Department => "省直有关部门",
            Target::Local => "有关市（州）人民政府",
            Target::Samr => "市场监管总局",
        }
    }
}

/// What is sent on.
#[derive(Debug, Clone)]
pub struct Referral<'a> {
    /// To whom.
    pub target: Target,
    /// Whom the letter addresses.
    pub recipient: &'a str,
    /// Their campaign.
    pub campaign: &'a Campaign,
    /// The letter's day.
    pub date: Date,
    /// The cases.
    pub cases: &'a [Referred],
}

/// A case that is sent on.
#[derive(Debug, Clone, PartialEq)]
pub struct Referred {
    /// What it says, without anything personal.
    pub case: Case,
    /// Its revision.
    pub revision: u32,
    /// SHA-256 of the form's file.
    pub form_sha256: String,
    /// 二、相关证明材料, as text.
    pub materials: String,
    /// Whether the seal was seen, and the date beside it.
    pub opinion: String,
    /// Names of evidence, what they are, their sizes and hashes.
    pub evidence: Vec<Listed>,
    /// Whom to call; none unless two persons let that out.
    pub contact: Option<String>,
    /// The form as the unit sent it: its name and bytes; none unless two persons let that out.
    pub original: Option<(String, Vec<u8>)>,
}

/// A piece of evidence, by what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its name, without anything personal.
    pub name: String,
    /// What it is taken for.
    pub what: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its hash.
    pub sha256: String,
}

impl Referral<'_> {
    /// What letter and mail are called.
    pub fn title(&self) -> String {
        let brand = &self.campaign.brand.name;
        match self.target {
            Target::Department | Target::Local => format!("关于推送“{brand}”质量基础设施服务产业发展典型案例的函"),
            Target::Samr => format!("关于报送“{brand}”质量基础设施服务产业发展典型案例的报告"),
        }
    }

    /// The paragraphs of the letter, without salutation and signature.
    fn paragraphs(&self) -> Vec<String> {
        let (notice, count) = (&self.campaign.title, self.cases.len());
        let opening = match self.target {
            Target::Department | Target::Local => format!(
                "按照《{notice}》安排，我局组织开展了典型案例征集和综合评审。现将入选的{count}件典型案例推送贵单位，供在工作中参考借鉴、推广应用。"
            ),
            Target::Samr => {
                format!("按照《{notice}》安排，我局组织开展了典型案例征集和综合评审。现择优报送典型案例{count}件，请审阅。")
            }
        };
        let listed = self.cases.iter().enumerate().map(|(at, referred)| {
            let case = &referred.case;
            format!("{}. {}（{}）", at + 1, case.title, case.units.join("、"))
        });
        let contact = self.campaign.office.contact.trim();
        let asked = match contact.is_empty() {
            true => "需要进一步了解案例情况的，请与我局联系。".to_owned(),
            false => format!("需要进一步了解案例情况的，请与我局联系（{contact}）。"),
        };
        let closing = match self.target {
            Target::Department | Target::Local => "特此函告。",
            Target::Samr => "特此报告。",
        };
        std::iter::once(opening).chain(listed).chain([asked, closing.to_owned()]).collect()
    }

    /// The letter as the bytes of a `.docx` file.
    pub fn letter(&self) -> Result<Vec<u8>, String> {
        let brand = run(&format!("{}　{}", self.campaign.brand.name, self.campaign.brand.slogan), FANG_SONG, 26).color(RED);
        let title = self.title();
        let mut docx = docx::sheet()
            .footer(docx::footer())
            .add_paragraph(line(brand, AlignmentType::Center, 0, 480))
            .add_paragraph(line(run(&title, SONG, TITLE - 4).bold(), AlignmentType::Center, 0, 480))
            .add_paragraph(docx::flush(&format!("{}：", self.recipient)));
        docx = self.paragraphs().iter().map(|text| docx::body(text)).fold(docx, Docx::add_paragraph);
        docx = docx.add_paragraph(docx::body("附件：典型案例材料"));
        for text in [self.campaign.office.signature.clone(), words::day(self.date)] {
            docx = docx.add_paragraph(line(run(&text, FANG_SONG, docx::BODY), AlignmentType::Right, 320, 0));
        }
        docx::packed(docx, &title, &self.campaign.office.signature)
    }
}

/// A case without its pictures: what is public of it is settled elsewhere.
pub fn without_figures(case: Case) -> Case {
    Case { figures: Vec::<Figure>::new(), ..case }
}

#[cfg(test)]
pub mod tests {
    //! Each target's words, and a referral for the other tests.

    use super::super::sample;
    use super::*;
    use jiff::civil::date;

    /// Two cases, the second with whom to call.
    pub fn cases() -> Vec<Referred> {
        let referred = |case: Case| Referred {
            case: without_figures(case),
            revision: 1,
            form_sha256: "f".repeat(64),
            materials: "服务台账".into(),
            opinion: "同意报送。2023年6月28日，疑似有章".into(),
            evidence: vec![Listed { name: "服务台账.xlsx".into(), what: "证明材料".into(), bytes: 5216, sha256: "e".repeat(64) }],
            contact: None,
            original: None,
        };
        sample::publication().cases.into_iter().take(2).map(referred).collect()
    }

    /// A referral of them.
    pub fn referral<'a>(target: Target, campaign: &'a Campaign, cases: &'a [Referred]) -> Referral<'a> {
        Referral { target, recipient: target.recipient(), campaign, date: date(2023, 9, 1), cases }
    }

    #[test]
    fn each_target_is_written_to_in_its_own_words() {
        let campaign: Campaign = toml::from_str(crate::config::builtin::CAMPAIGN).unwrap();
        let cases = cases();
        for (target, title, said) in [
            (Target::Department, "的函", "推送贵单位"),
            (Target::Local, "的函", "推送贵单位"),
            (Target::Samr, "的报告", "现择优报送典型案例2件"),
        ] {
            let referral = referral(target, &campaign, &cases);
            assert!(referral.title().ends_with(title) && referral.paragraphs()[0].contains(said));
            assert_eq!(Target::parse(target.as_str()), Some(target));
            let bytes = referral.letter().unwrap();
            assert_eq!(bytes, referral.letter().unwrap());
        }
    }
}
