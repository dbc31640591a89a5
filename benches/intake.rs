//! How long reading takes: a form of 40 kB, at most 0.3 ms; a whole mail of 200 kB without pictures, at most 1 ms.
//!
//! `cargo bench --bench intake`. Both are made here from the fixtures, since fixtures are small: a form is swollen
//! to what Word writes, with a run for every few characters and the parts that a form never needs.

#![expect(clippy::expect_used, reason = "a bench that can't make its input has failed")]

#[path = "cpu/mod.rs"]
mod cpu;

use cpu::CpuTime;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use data_encoding::BASE64_MIME;
use jiff::Timestamp;
use std::hint::black_box;
use std::io::{Cursor, Read, Write};
use zhihui::config::{builtin, parse_campaign, parse_document};
use zhihui::intake::{self, Arrival, Extent, Received, Setup, document, message};
use zhihui::model::document::Format;

const MAIL: &[u8] = include_bytes!("../fixtures/mail/013-merged-cells.eml");
const SHEET: &[u8] = include_bytes!("../fixtures/documents/form.xlsx");
const PAGES: &[u8] = include_bytes!("../fixtures/documents/form-table.pdf");

fn benches(criterion: &mut Criterion<CpuTime>) {
    let setup = setup();
    let form = form(40 << 10);
    let usual = mail(&[("申报表.docx", &form)], 200 << 10);
    let several = mail(&[("申报表.docx", &form), ("申报表.xlsx", SHEET), ("申报表.pdf", PAGES)], 200 << 10);
    let arrival =
        Arrival { received: Received::At(Timestamp::UNIX_EPOCH), extent: Extent::Whole, authserv_id: None, passwords: Vec::new() };
    let mut group = criterion.benchmark_group("intake");
    group.throughput(Throughput::Bytes(form.len() as u64));
    group.bench_function("form of 40 kB", |bencher| {
        bencher.iter(|| document::read(Format::Docx, black_box(&form), &setup.document_limits));
    });
    for (name, mail) in [("mail of 200 kB", &*usual), ("mail of 200 kB, three forms", &*several), ("mail of 15 kB", MAIL)] {
        group.throughput(Throughput::Bytes(mail.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| intake::read(black_box(mail), &arrival, &setup)));
    }
    group.finish();
}

fn setup() -> Setup {
    let campaign = parse_campaign(builtin::CAMPAIGN_NAME, builtin::CAMPAIGN.to_owned()).expect("the built-in campaign").campaign;
    Setup::new(campaign, parse_document(builtin::REGIONS_NAME, builtin::REGIONS).expect("the built-in regions"))
}

/// The fixture's form, of this size.
fn form(size: usize) -> Vec<u8> {
    let parsed = message::read(MAIL, &message::Limits::default());
    let slim = &parsed.message.attachments.first().expect("a form").bytes;
    let mut archive = zip::ZipArchive::new(Cursor::new(slim)).expect("a package");
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).expect("a part");
        let (name, mut bytes) = (part.name().expect("a name").to_string(), Vec::new());
        part.read_to_end(&mut bytes).expect("the part");
        parts.push((name, bytes));
    }
    for (_, document) in parts.iter_mut().filter(|(name, _)| name == "word/document.xml") {
        *document = split_runs(&String::from_utf8_lossy(document)).into_bytes();
    }
    let slim = package(&parts, 0);
    package(&parts, size.saturating_sub(slim.len()))
}

/// A run for every six characters, with the properties that Word gives each.
fn split_runs(xml: &str) -> String {
    let mut out = String::new();
    for (at, piece) in xml.split("<w:t>").enumerate() {
        let Some((text, rest)) = piece.split_once("</w:t>").filter(|_| at > 0) else {
            out.push_str(piece);
            continue;
        };
        let runs: Vec<String> = text.chars().collect::<Vec<_>>().chunks(6).map(|run| run.iter().collect()).collect();
        let next = "</w:t></w:r><w:r w:rsidR=\"00A77B3E\" w:rsidRPr=\"00F12C11\"><w:rPr><w:rFonts w:ascii=\"仿宋\" w:eastAsia=\"仿宋\" w:hAnsi=\"仿宋\" w:hint=\"eastAsia\"/><w:sz w:val=\"24\"/></w:rPr><w:t>";
        out.push_str(&format!("<w:t>{}</w:t>{rest}", if text.contains('&') { text.to_owned() } else { runs.join(next) }));
    }
    out
}

/// The parts, with one more that nothing can pack and nobody reads.
fn package(parts: &[(String, Vec<u8>)], padding: usize) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let unread = ("customXml/item1.bin".to_owned(), noise(padding));
    for (name, bytes) in parts.iter().chain(std::iter::once(&unread)) {
        writer.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).expect("memory");
        writer.write_all(bytes).expect("memory");
    }
    writer.finish().expect("memory").into_inner()
}

fn noise(length: usize) -> Vec<u8> {
    (0..length as u64).map(|at| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 29).to_le_bytes()[0]).collect()
}

/// A mail with these forms, and an archive of evidence of what is left of the size.
fn mail(forms: &[(&str, &[u8])], size: usize) -> Vec<u8> {
    let mut mail = "From: 张三 <zhang@unit.example>\r\nSubject: 典型案例申报\r\nMessage-ID: <1@unit.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n附件为我单位的申报表及证明材料。\r\n".as_bytes().to_vec();
    for (name, bytes) in forms {
        attach(&mut mail, name, bytes);
    }
    let left = (size.saturating_sub(mail.len())) * 57 / 78;
    attach(&mut mail, "证明材料.zip", &package(&[("研究报告.txt".into(), "研究成果。".repeat(500).into_bytes())], left));
    mail.extend(b"--b--\r\n");
    mail
}

fn attach(mail: &mut Vec<u8>, name: &str, bytes: &[u8]) {
    let head = format!(
        "--b\r\nContent-Type: application/octet-stream; name=\"{name}\"\r\nContent-Disposition: attachment; filename=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    );
    mail.extend(head.as_bytes());
    mail.extend(BASE64_MIME.encode(bytes).as_bytes());
    mail.extend(b"\r\n");
}

criterion_group! {
    name = all;
    config = Criterion::default().with_measurement(CpuTime);
    targets = benches
}
criterion_main!(all);
