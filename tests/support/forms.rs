//! Application forms with what units write, as the mails that bring them, and photographs as telephones make them. Every
//! person and number is invented.

use data_encoding::{BASE64, BASE64_MIME};
use docx_rs::{Docx, Paragraph, Run, Table, TableCell, TableRow};
use std::io::Cursor;
use std::path::Path;

/// What stands in a form, and what comes beside it.
pub struct Form {
    pub title: &'static str,
    pub unit: &'static str,
    pub category: &'static str,
    pub contact: &'static str,
    pub background: &'static str,
    pub practices: &'static str,
    pub results: &'static str,
    pub files: Vec<(&'static str, Vec<u8>)>,
}

impl Form {
    /// The mail that brings it.
    pub fn mail(&self, at: usize) -> String {
        let mut mail = format!(
            "Received: from mail.unit{at}.example by mx.hubei.example; Thu, 29 Jun 2023 09:0{at}:00 +0800\r\n\
             From: <office@unit{at}.example>\r\nTo: cases@hubei.example\r\nSubject: {}\r\nDate: Thu, 29 Jun 2023 09:0{at}:00 +0800\r\n\
             Message-ID: <{at}@unit{at}.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"part\"\r\n",
            word(&format!("报送典型案例{at}"))
        );
        let mut file = |name: &str, bytes: &[u8]| {
            let head =
                format!("Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"{}\"\r\n", word(name));
            mail.push_str(&format!("\r\n--part\r\n{head}Content-Transfer-Encoding: base64\r\n\r\n{}", BASE64_MIME.encode(bytes)));
        };
        file("申报表.docx", &self.document());
        file("申报表盖章扫描件.png", &stamped());
        self.files.iter().for_each(|(name, bytes)| file(name, bytes));
        mail + "\r\n--part--\r\n"
    }

    fn document(&self) -> Vec<u8> {
        let boxes: Vec<String> = ["计量", "标准", "检验检测", "认证"]
            .iter()
            .map(|label| format!("{}{label}", if *label == self.category { '☑' } else { '□' }))
            .collect();
        let introduction =
            format!("一、背景和意义\n{}\n二、主要做法和创新点\n{}\n三、工作成效\n{}", self.background, self.practices, self.results);
        let rows = vec![
            pair("案例题目", self.title),
            pair("报送单位", self.unit),
            pair("案例分类", &format!("{}  其它________", boxes.join("  "))),
            pair("联系人及电话", self.contact),
            whole("一、案例介绍"),
            whole(&introduction),
            whole("二、相关证明材料"),
            whole("现场照片"),
            whole("报送单位意见：\n同意报送。\n盖　章：\n2023年6月28日"),
        ];
        let mut bytes = Cursor::new(Vec::new());
        let docx = Docx::new().add_paragraph(line("2023年湖北省质量基础设施服务产业发展典型案例")).add_table(Table::new(rows));
        docx.pack(&mut bytes).expect("a document");
        bytes.into_inner()
    }
}

/// A scan of a page with a seal.
pub fn stamped() -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/seal/stamp-rgb.jpg")).expect("a fixture")
}

/// A scene of its own for each number, on its side as telephones store it, with where and by whom it was taken.
pub fn photograph(number: u16) -> Vec<u8> {
    let (width, height) = (400_u16, 300_u16);
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let (sky, hill) = (y / 3, 175 + (i32::from(x) - 200 + i32::from(number) * 22).abs() / 5);
            let rgb = match i32::from(y) {
                y if y < hill => [90 + sky / 2, 140 + sky / 3, 190],
                y if y < hill + 30 => [60 + number * 9, 105, 62],
                _ => [120 + (x / 10 % 2) * 14, 118, 104],
            };
            pixels.extend(rgb.map(|value| u8::try_from(value.min(255)).unwrap_or(255)));
        }
    }
    let mut jpeg = Vec::new();
    jpeg_encoder::Encoder::new(&mut jpeg, 85).encode(&pixels, width, height, jpeg_encoder::ColorType::Rgb).expect("a picture");
    let (start, rest) = jpeg.split_at(2);
    // Little-endian, one entry: orientation 1; behind it what a telephone tells of itself.
    let exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x01\0\0\0\0\0\0\0GPS 30.59N 114.30E 19900000011";
    let length = u16::try_from(exif.len() + 2).expect("it fits").to_be_bytes();
    [start, &[0xFF, 0xE1], &length, exif, rest].concat()
}

fn word(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let words = letters.chunks(12).map(|chunk| format!("=?utf-8?B?{}?=", BASE64.encode(chunk.iter().collect::<String>().as_bytes())));
    words.collect::<Vec<_>>().join("\r\n ")
}

fn line(text: &str) -> Paragraph {
    Paragraph::new().add_run(Run::new().add_text(text))
}

fn cell(text: &str) -> TableCell {
    text.lines().fold(TableCell::new(), |cell, text| cell.add_paragraph(line(text)))
}

fn pair(label: &str, value: &str) -> TableRow {
    TableRow::new(vec![cell(label), cell(value)])
}

fn whole(text: &str) -> TableRow {
    TableRow::new(vec![cell(text).grid_span(2)])
}
