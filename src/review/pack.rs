//! What a reviewer reads (评审材料): one DOCX, a cover with the criteria, then each case on a page of its own under its code.
//! It holds text only, in one fixed form; nothing of a unit's files is in it, nor who wrote it or when.

use super::blind::Blinded;
use super::docx::{BODY, FANG_SONG, HEI, SONG, WIDTH, body, centred, clean, heading, page, run, spaced, table, title};
use crate::intake::blank_form::packed;
use crate::model::campaign::Campaign;
use crate::model::review::{FULL, ReviewRules};
use docx_rs::{AlignmentType, Paragraph};

/// A reviewer's pack.
#[derive(Debug, Clone, Copy)]
pub struct Pack<'a> {
    /// Brand and slogan.
    pub campaign: &'a Campaign,
    /// By what is judged.
    pub rules: &'a ReviewRules,
    /// 上半年阶段性征集.
    pub batch: &'a str,
    /// The reviewer's code.
    pub reviewer: &'a str,
    /// Codes and cases, in the order in which they are shown.
    pub cases: &'a [(&'a str, &'a Blinded)],
}

impl Pack<'_> {
    /// The bytes of a `.docx` file; the same pack gives the same.
    pub fn docx(&self) -> Result<Vec<u8>, String> {
        let (brand, rules) = (&self.campaign.brand, self.rules);
        let mut docx = page(&format!("{}典型案例评审材料　{}", brand.name, self.reviewer));
        for paragraph in [
            centred(&brand.slogan),
            title(&format!("{}典型案例评审材料", brand.name)),
            centred(&format!("{}　评审专家{}　共{}件", self.batch, self.reviewer, self.cases.len())),
            heading("一、评审办法"),
            body(&format!(
                "本次评审为{}。请对每件案例按下表各项分别评分，每项0至{FULL}分，可保留一位小数，填入随附的评分表；总分由评分表按权重计算。",
                rules.mode.label()
            )),
        ] {
            docx = docx.add_paragraph(paragraph);
        }
        let rows: Vec<Vec<String>> = rules
            .criteria
            .iter()
            .map(|criterion| vec![criterion.name.clone(), format!("{}%", criterion.weight), criterion.note.clone()])
            .collect();
        docx = docx.add_table(table(&[1700, 1100, WIDTH - 2800], &["评分项", "权重", "评分要点"], &rows));
        for paragraph in [
            heading("二、请注意"),
            body("如认出案例出自本人所在单位或与本人有利害关系，请不要评分，在评分表该行的“申请回避”栏写明。"),
            body("材料中的〔单位〕〔某地〕〔姓名〕等为隐去的内容，请勿追查。材料仅供评审，请勿外传，评审结束后删除。"),
        ] {
            docx = docx.add_paragraph(paragraph);
        }
        for (code, case) in self.cases {
            for paragraph in self.case(code, case) {
                docx = docx.add_paragraph(paragraph);
            }
        }
        packed(docx)
    }

    fn case(&self, code: &str, case: &Blinded) -> Vec<Paragraph> {
        let code = spaced(Paragraph::new().add_run(run(code, HEI, BODY)), 460).page_break_before(true);
        let name = spaced(Paragraph::new().add_run(run(&clean(&case.title), SONG, 34).bold()), 560).align(AlignmentType::Center);
        let line = |label: &str, value: &str| {
            let paragraph = Paragraph::new().add_run(run(label, HEI, BODY)).add_run(run(&clean(value), FANG_SONG, BODY));
            spaced(paragraph, 460)
        };
        let mut all = vec![code, name, line("案例分类：", &case.categories)];
        all.extend(case.units.as_deref().map(|units| line("报送单位：", units)));
        all.push(heading("案例介绍"));
        for (name, part) in &case.introduction {
            if !name.is_empty() {
                all.push(heading(name));
            }
            all.extend(paragraphs(part));
        }
        if let Some(materials) = &case.materials {
            all.push(heading("相关证明材料"));
            all.extend(paragraphs(materials));
        }
        all
    }
}

fn paragraphs(text: &str) -> impl Iterator<Item = Paragraph> + '_ {
    text.lines().map(|line| clean(line.trim())).filter(|line| !line.is_empty()).map(|line| body(&line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::digest::sample::CAMPAIGN;
    use std::io::{Cursor, Read};

    #[test]
    fn whatever_a_case_says_the_pack_is_a_document_of_text() {
        let case = Blinded {
            title: "题\u{202e}目\u{0}<w:p>&amp;\u{fffe}".into(),
            categories: "计量".into(),
            units: None,
            introduction: vec![(String::new(), "检测\u{b}一次。\n".repeat(2_000)), ("一、".into(), "]]><!--".into())],
            materials: Some("\u{1b}[2J".into()),
            doubtful: Vec::new(),
            people: Vec::new(),
        };
        let rules = ReviewRules::default();
        let pack =
            Pack {
                campaign: &CAMPAIGN, rules: &rules, batch: "上半年", reviewer: "P01", cases: &[("案例01", &case), ("案例02", &case)]
            };
        let bytes = pack.docx().unwrap();
        assert_eq!(bytes, pack.docx().unwrap());
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        for at in 0..archive.len() {
            let mut part = archive.by_index(at).unwrap();
            let mut xml = String::new();
            part.read_to_string(&mut xml).unwrap();
            let mut reader = quick_xml::Reader::from_str(&xml);
            while !matches!(reader.read_event().unwrap(), quick_xml::events::Event::Eof) {}
            assert!(!xml.contains(['\u{202e}', '\u{0}', '\u{b}', '\u{1b}', '\u{fffe}']));
        }
    }
}
