//! A round of review in an office: who applies and what they mail, who judges, sheets as they are filled in, and the program
//! as people type it.

use crate::office::Office;
use calamine::{Data, Reader, Xlsx};
use docx_rs::{Docx, Paragraph, Run, Table, TableCell, TableRow};
use lettre::message::{Attachment, Message, MultiPart, header::ContentType};
use rust_xlsxwriter::Workbook;
use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;
use std::process::{Command, Output};
use zhihui::app::App;
use zhihui::store::{Filter, Round};

pub const BATCH: &str = "2023-H1";
pub const SEED: &str = "2023年7月3日公开抽取03071219";
const SURNAMES: [&str; 8] = ["赵", "钱", "孙", "周", "吴", "郑", "冯", "陈"];
const CITIES: [&str; 8] = ["襄阳", "荆门", "孝感", "荆州", "黄冈", "咸宁", "随州", "鄂州"];

/// A unit with the one who writes for it.
pub struct Applicant {
    pub number: String,
    pub city: &'static str,
    pub unit: String,
    pub person: String,
    pub phone: String,
    pub title: String,
    pub address: String,
    /// What stands in the introduction beside the usual.
    pub further: String,
}

/// So many of them; the first two are known to reviewers.
pub fn applicants(count: usize) -> Vec<Applicant> {
    let each = (1..=count).map(|n| {
        let city = match n {
            1 => "宜昌",
            2 => "十堰",
            n => CITIES[n % CITIES.len()],
        };
        let unit = match n {
            1 => "宜昌市计量检定测试所".to_owned(),
            2 => "十堰市产品质量监督检验所".to_owned(),
            n => format!("{city}市第{n}产品质量检验所"),
        };
        Applicant {
            number: format!("JCZH-2023-{n:04}"),
            city,
            person: format!("{}楚{}", SURNAMES[n % SURNAMES.len()], ["江", "南", "北", "东", "西"][n % 5]),
            phone: format!("1990000{:04}", 7000 + n),
            title: format!("{unit}以质量技术服务助力第{n}产业集群发展"),
            unit,
            address: format!("office{n}@unit{n}.example"),
            further: String::new(),
        }
    });
    each.collect()
}

fn cell(text: &str) -> TableCell {
    let paragraphs = text.lines().map(|line| Paragraph::new().add_run(Run::new().add_text(line)));
    paragraphs.fold(TableCell::new(), TableCell::add_paragraph)
}

fn form(one: &Applicant) -> Vec<u8> {
    let Applicant { city, unit, person, phone, title, further, .. } = one;
    let introduction = format!(
        "一、背景和意义\n{city}市产业集群中小微企业多，质量基础薄弱。{unit}（以下简称“集质所”）立足本地需求开展服务。\n\
         二、主要做法和创新点\n集质所由{person}牵头，{person}主任带队走访企业86家，热线{phone}全天接听，上门校准设备1200台次。\n\
         三、工作成效\n帮助企业降低成本350万元，获{city}市市场监督管理局肯定，联系邮箱 office@{phone}.example。{further}"
    );
    let materials = format!("{unit}服务台账、{city}日报报道");
    let pair = |label: &str, value: &str| TableRow::new(vec![cell(label), cell(value)]);
    let whole = |text: &str| TableRow::new(vec![cell(text).grid_span(2)]);
    let rows = vec![
        pair("案例题目", title),
        pair("报送单位", unit),
        pair("案例分类", "□计量  □标准  ☑检验检测  □认证   其它________"),
        pair("联系人及电话", &format!("{person} {phone}")),
        whole("一、案例介绍"),
        whole(&introduction),
        whole("二、相关证明材料"),
        whole(&materials),
        whole("报送单位意见：\n情况属实，同意报送。\n盖　章：\n2023年6月20日"),
    ];
    let mut bytes = Cursor::new(Vec::new());
    Docx::new().add_table(Table::new(rows)).pack(&mut bytes).expect("it is packed");
    bytes.into_inner()
}

pub fn mail(n: usize, one: &Applicant) -> Vec<u8> {
    let docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    let attached = Attachment::new("申报表.docx".to_owned()).body(form(one), ContentType::parse(docx).expect("a type"));
    let scan = include_bytes!("../../src/simulate/scan.png").to_vec();
    let scan = Attachment::new("申报表盖章扫描件.png".to_owned()).body(scan, ContentType::parse("image/png").expect("a type"));
    let mail = Message::builder()
        .from(format!("{} <{}>", one.person, one.address).parse().expect("an address"))
        .to("cases@hubei.example".parse().expect("an address"))
        .subject("典型案例申报材料")
        .message_id(Some(format!("<case{n}@unit{n}.example>")))
        .multipart(MultiPart::mixed().singlepart(attached).singlepart(scan))
        .expect("a mail");
    let received = format!("Received: from mail.unit{n}.example by mx.hubei.example; Tue, 20 Jun 2023 09:{n:02}:00 +0800\r\n");
    [received.into_bytes(), mail.formatted()].concat()
}

/// The program, as somebody types it without a terminal.
pub fn typed(office: &Office, actor: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zhihui"));
    command.arg("--config").arg(office.config()).args(arguments).env("ZHIHUI_ACTOR", actor).env_remove("SUDO_USER");
    command.output().expect("it runs")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
pub fn ends(office: &Office, actor: &str, arguments: &[&str], code: i32, words: &[&str]) -> String {
    let output = typed(office, actor, arguments);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    words.iter().for_each(|word| assert!(said.contains(word), "{arguments:?} does not say {word:?}: {said}"));
    said
}

pub fn book(path: &Path, name: &str, rows: &[Vec<Data>]) {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name(name).expect("a name");
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Data::Float(number) => sheet.write_number(row, column, *number).expect("a cell"),
                Data::Int(number) => sheet.write_number(row, column, *number as f64).expect("a cell"),
                Data::String(text) => sheet.write_string(row, column, text).expect("a cell"),
                _ => continue,
            };
        }
    }
    book.save(path).expect("it can be written");
}

pub fn reviewers(path: &Path) {
    let rows = [
        ["姓名", "单位", "市州"],
        ["张评一", "宜昌市计量检定测试所", ""],
        ["李评二", "十堰市市场监督管理局", ""],
        ["王评三", "外省某大学", ""],
        ["刘评四", "外省某研究院", ""],
        ["何评五", "国家某研究中心", ""],
    ];
    let rows: Vec<Vec<Data>> = rows.iter().map(|row| row.iter().map(|text| Data::String((*text).to_owned())).collect()).collect();
    book(path, "专家", &rows);
}

/// Every part of every archive under a folder, unpacked: its path and its bytes.
pub fn unpacked(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let bytes = fs::read(&path).expect("a file");
            let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
            for at in 0..archive.len() {
                let mut part = archive.by_index(at).expect("a part");
                let name = format!("{}!{}", path.display(), part.name().expect("a name"));
                let mut bytes = Vec::new();
                part.read_to_end(&mut bytes).expect("it is unpacked");
                all.push((name, bytes));
            }
        }
    }
    all
}

/// The text between the tags: words may be apart in runs.
pub fn text_of(bytes: &[u8]) -> String {
    let xml = String::from_utf8_lossy(bytes);
    let mut text = String::new();
    let mut inside = false;
    for c in xml.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text
}

/// An exported sheet as its reviewer fills it in.
pub fn filled(sheet: &Path, to: &Path, points: &dyn Fn(&str, usize) -> Option<f64>) {
    let mut read: Xlsx<_> = Xlsx::new(Cursor::new(fs::read(sheet).expect("a sheet"))).expect("a workbook");
    let range = read.worksheet_range("评分").expect("its sheet");
    let (height, width) = range.get_size();
    let at = |row: usize, column: usize| range.get((row, column)).cloned().unwrap_or(Data::Empty);
    let mut rows: Vec<Vec<Data>> = (0..height).map(|row| (0..width).map(|column| at(row, column)).collect()).collect();
    for row in &mut rows {
        let Data::String(code) = row[0].clone() else { continue };
        for (criterion, cell) in row.iter_mut().skip(2).take(4).enumerate().filter(|_| code.starts_with("案例") && code != "案例") {
            *cell = points(&code, criterion).map_or(Data::Empty, Data::Float);
        }
    }
    book(to, "评分", &rows);
}

pub fn unpacked_file(path: &Path) -> String {
    let mut archive = zip::ZipArchive::new(fs::File::open(path).expect("a file")).expect("an archive");
    let mut xml = Vec::new();
    archive.by_name("word/document.xml").expect("its text").read_to_end(&mut xml).expect("it is unpacked");
    text_of(&xml)
}

/// The round as it is.
pub async fn round(app: &App) -> Round {
    app.store.review("2023", BATCH).await.expect("the record").expect("a round")
}

/// They mail, and every one is a case that lacks nothing.
pub async fn received(office: &Office, applicants: &[Applicant]) {
    for (n, one) in (1..).zip(applicants) {
        fs::write(office.config().with_file_name("mail").join(format!("{n:02}.eml")), mail(n, one)).expect("it arrives");
    }
    office.clock.set("2023-06-20T11:00:00+08:00".parse().expect("an instant"));
    let running = office.start().await;
    running.pass().await;
    let cases = running.app.store.list_cases(&Filter::default()).await.expect("the record");
    for (case, one) in cases.iter().zip(applicants) {
        assert_eq!((case.number.as_ref(), case.unit.as_ref(), case.status.as_str()), (Some(&one.number), Some(&one.unit), "accepted"));
    }
    assert_eq!(cases.len(), applicants.len());
    running.app.store.close().await;
}
