//! The package of a referral as a ZIP: for each case the form as a copy from the record, the record itself, and the list of
//! its evidence with sizes and hashes. Fixed times, so that the same cases give the same bytes.

use super::{Referral, Referred};
use crate::report::dossier::{Dossier, folder};
use crate::report::publish::docx::{self, BODY, FANG_SONG, HEI, SMALL, SONG, TITLE, line, run};
use docx_rs::{AlignmentType, Paragraph, Table, TableCell, TableCellMargins, TableLayoutType, TableRow, VAlignType, WidthType};
use serde_json::{Value, json};
use std::io::{Cursor, Write};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

/// Widths in twentieths of a point: label, value.
const LABEL: usize = 2100;
const VALUE: usize = 6744;

/// The bytes of the `.zip` file.
pub fn package(referral: &Referral<'_>) -> Result<Vec<u8>, String> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    for referred in referral.cases {
        let name = folder(&referred.case.number, Some(&referred.case.title));
        let mut dossier = Dossier::default();
        dossier.add("申报表（副本）.docx", form(referred, referral)?);
        if let Some((file, bytes)) = &referred.original {
            dossier.add(&format!("申报表（原件）_{}", crate::report::dossier::safe(file)), bytes.clone());
        }
        let record = serde_json::to_string_pretty(&record(referred)).map_err(|error| error.to_string())? + "\n";
        dossier.add("案例记录.json", record.into_bytes());
        dossier.add("证明材料清单.txt", listed(referred).into_bytes());
        for entry in dossier.into_entries() {
            archive.start_file(format!("{name}/{}", entry.path), options).map_err(|error| error.to_string())?;
            archive.write_all(&entry.bytes).map_err(|error| error.to_string())?;
        }
    }
    Ok(archive.finish().map_err(|error| error.to_string())?.into_inner())
}

/// What the record says, in stable keys.
fn record(referred: &Referred) -> Value {
    let case = &referred.case;
    let parts: Vec<Value> = case
        .parts
        .iter()
        .map(|part| json!({"heading": part.heading, "paragraphs": part.paragraphs.iter().map(|one| &one.text).collect::<Vec<_>>()}))
        .collect();
    json!({
        "number": case.number, "title": case.title, "units": case.units, "region": case.region.label,
        "categories": case.categories.iter().map(|category| &category.label).collect::<Vec<_>>(), "focus_areas": case.focus,
        "batch": case.batch.label, "revision": referred.revision, "introduction": parts, "materials": referred.materials,
        "opinion": referred.opinion, "form_sha256": referred.form_sha256, "evidence": referred.evidence, "contact": referred.contact,
    })
}

/// For editors of any age on Windows.
fn listed(referred: &Referred) -> String {
    let mut out = format!("{}《{}》证明材料清单\n\n", referred.case.number, referred.case.title);
    if referred.evidence.is_empty() {
        out.push_str("没有证明材料。\n");
    }
    for (at, file) in referred.evidence.iter().enumerate() {
        out.push_str(&format!("{}. {}\n   {}，{}字节\n   SHA-256 {}\n", at + 1, file.name, file.what, file.bytes, file.sha256));
    }
    out.push_str("\n原件由省局保存，需要时可调阅。\n");
    format!("\u{feff}{out}").replace('\n', "\r\n")
}

/// The form as the record has it.
fn form(referred: &Referred, referral: &Referral<'_>) -> Result<Vec<u8>, String> {
    let case = &referred.case;
    let labels = &referral.campaign.form.labels;
    let first = |names: &[String]| names.first().cloned().unwrap_or_default();
    let categories: Vec<&str> = case.categories.iter().map(|category| category.label.as_str()).collect();
    let contact = referred.contact.clone().unwrap_or_else(|| "（从略，需要时请与省局联系）".into());
    let mut introduction = Vec::new();
    for (at, part) in case.parts.iter().enumerate() {
        if !part.heading.is_empty() {
            introduction.push(line(
                run(&format!("{}、{}", crate::report::publish::numeral(at + 1), part.heading), HEI, SMALL + 4),
                AlignmentType::Left,
                60,
                0,
            ));
        }
        introduction.extend(part.paragraphs.iter().map(|paragraph| text(&paragraph.text)));
    }
    let rows = vec![
        pair(&first(&labels.title), &case.title),
        pair(&first(&labels.unit), &case.units.join("、")),
        pair(&first(&labels.category), &categories.join("、")),
        pair(&first(&labels.contact), &contact),
        whole(vec![heading(&format!("一、{}", first(&labels.introduction)))]),
        whole(introduction),
        whole(vec![heading(&format!("二、{}", first(&labels.materials)))]),
        whole(referred.materials.lines().map(text).collect()),
        whole(vec![heading(&format!("{}：", first(&labels.opinion))), text(&referred.opinion)]),
    ];
    let margins = TableCellMargins::new().margin(60, 113, 60, 113);
    let table =
        Table::new(rows).set_grid(vec![LABEL, VALUE]).width(LABEL + VALUE, WidthType::Dxa).layout(TableLayoutType::Fixed).margins(margins);
    let note = format!("{}　第{}版　按案例记录生成的副本", case.number, referred.revision);
    let mut docx = docx::sheet().footer(docx::footer());
    for title in referral.campaign.form.title.lines() {
        docx = docx.add_paragraph(line(run(title.trim(), SONG, TITLE - 4).bold(), AlignmentType::Center, 0, 0));
    }
    docx = docx.add_paragraph(line(run(&note, FANG_SONG, SMALL), AlignmentType::Center, 80, 160)).add_table(table);
    docx::packed(docx, &case.title, &referral.campaign.office.signature)
}

fn text(text: &str) -> Paragraph {
    line(run(text, FANG_SONG, SMALL + 4), AlignmentType::Both, 0, 0)
}

fn heading(text: &str) -> Paragraph {
    line(run(text, HEI, BODY - 4), AlignmentType::Left, 0, 0)
}

fn pair(label: &str, value: &str) -> TableRow {
    let label = line(run(label, HEI, BODY - 4), AlignmentType::Center, 0, 0);
    let label = TableCell::new().width(LABEL, WidthType::Dxa).vertical_align(VAlignType::Center).add_paragraph(label);
    let value = TableCell::new().width(VALUE, WidthType::Dxa).vertical_align(VAlignType::Center).add_paragraph(text(value));
    TableRow::new(vec![label, value]).row_height(560.0)
}

fn whole(paragraphs: Vec<Paragraph>) -> TableRow {
    let cell = TableCell::new().width(LABEL + VALUE, WidthType::Dxa).grid_span(2);
    let paragraphs = if paragraphs.is_empty() { vec![Paragraph::new()] } else { paragraphs };
    TableRow::new(vec![paragraphs.into_iter().fold(cell, TableCell::add_paragraph)])
}

#[cfg(test)]
mod tests {
    use super::super::Target;
    use super::super::tests::{cases, referral};
    use super::*;
    use std::io::Read;

    fn names_and_texts(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let read = |at: usize, archive: &mut zip::ZipArchive<Cursor<&[u8]>>| {
            let mut part = archive.by_index(at).unwrap();
            let (name, mut bytes) = (part.name().unwrap().into_owned(), Vec::new());
            part.read_to_end(&mut bytes).unwrap();
            (name, bytes)
        };
        (0..archive.len()).map(|at| read(at, &mut archive)).collect()
    }

    #[test]
    fn each_case_has_its_folder_and_only_what_two_persons_let_out_names_somebody() {
        let campaign = toml::from_str(crate::config::builtin::CAMPAIGN).unwrap();
        let mut cases = cases();
        let bytes = package(&referral(Target::Samr, &campaign, &cases)).unwrap();
        assert_eq!(bytes, package(&referral(Target::Samr, &campaign, &cases)).unwrap());
        let files = names_and_texts(&bytes);
        let names: Vec<&str> = files.iter().map(|(name, _)| name.rsplit('/').next().unwrap()).collect();
        assert_eq!(names.iter().filter(|name| **name == "SHA256SUMS").count(), 2);
        assert_eq!(&names[..3], ["申报表（副本）.docx", "案例记录.json", "证明材料清单.txt"]);
        for (name, bytes) in &files {
            for (inner, bytes) in if name.ends_with(".docx") { names_and_texts(bytes) } else { vec![(name.clone(), bytes.clone())] } {
                let text = String::from_utf8_lossy(&bytes);
                assert!(!text.contains("陈楚江") && !text.contains("19900009037") && !text.contains("5526248"), "{name} {inner}");
            }
        }
        let record: Value = serde_json::from_slice(&files[1].1).unwrap();
        assert_eq!(
            (record["number"].as_str(), record["contact"].is_null(), record["evidence"][0]["bytes"].as_u64()),
            (Some("JCZH-2023-0001"), true, Some(5216))
        );
        cases[0].contact = Some("陈楚江 19900009037".into());
        cases[0].original = Some(("../申报表.docx".into(), b"PK".to_vec()));
        let files = names_and_texts(&package(&referral(Target::Samr, &campaign, &cases)).unwrap());
        assert!(files[1].0.ends_with("/申报表（原件）_申报表.docx"), "{}", files[1].0);
        assert!(String::from_utf8_lossy(&files[2].1).contains("陈楚江"));
    }
}
