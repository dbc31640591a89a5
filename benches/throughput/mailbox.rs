//! The mails: each its own unit, number, sender and bytes, so that none is known already.

use data_encoding::BASE64_MIME;
use mail_parser::{MessageParser, MimeHeaders};
use std::io::{Cursor, Read, Write};
use std::path::Path;
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// What lies beside the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// A PDF of text.
    Pdf,
    /// A JPEG of more than a megapixel without anything red.
    Photograph,
    /// A JPEG of a page of one megapixel with a stamp.
    Scan,
    /// Nothing, and no fonts in the form: a mail of a few kilobytes.
    Form,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Kind::Pdf => "pdf",
            Kind::Photograph => "photograph",
            Kind::Scan => "scan",
            Kind::Form => "form",
        })
    }
}

/// What every form is made from, and what is attached.
pub struct Template {
    parts: Vec<(String, Vec<u8>)>,
    name: &'static str,
    media_type: &'static str,
    attachment: Vec<u8>,
}

/// Fonts that Word embeds, which nobody compresses: with them a form has its 40 kB.
const FONTS: usize = 36 << 10;
const ATTACHMENT: usize = 110_000;

impl Template {
    pub fn new(kind: Kind) -> Template {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let read = |name: &str| std::fs::read(root.join(name)).expect("a file of the project");
        let mail = read("fixtures/mail/001-plain-word.eml");
        let mail = MessageParser::new().parse(&mail).expect("it is a mail");
        let form = mail.attachments().find(|part| part.attachment_name().is_some()).expect("its form");
        let mut form = ZipArchive::new(Cursor::new(form.contents())).expect("a DOCX");
        let mut parts = Vec::new();
        for index in 0..form.len() {
            let mut part = form.by_index(index).expect("a part");
            let mut bytes = Vec::new();
            part.read_to_end(&mut bytes).expect("it can be read");
            parts.push((part.name().expect("a name").into_owned(), bytes));
        }
        if kind != Kind::Form {
            parts.push(("word/fonts/font1.odttf".to_owned(), noise(7, FONTS)));
        }
        let (name, media_type, attachment) = match kind {
            Kind::Pdf => ("report.pdf", "application/pdf", pdf()),
            Kind::Photograph => ("site.jpg", "image/jpeg", read("benches/throughput/photograph.jpg")),
            Kind::Scan => ("scan.jpg", "image/jpeg", read("benches/throughput/scan.jpg")),
            Kind::Form => ("", "", Vec::new()),
        };
        Template { parts, name, media_type, attachment }
    }

    /// The n-th mail, with CRLF.
    pub fn mail(&self, n: usize, date: &str) -> Vec<u8> {
        let mut attachment = self.attachment.clone();
        attachment.extend_from_slice(format!("\n{n}\n").as_bytes());
        let has_attachment = !self.name.is_empty();
        let part = |media_type: &str, name: &str, bytes: &[u8]| {
            let content = BASE64_MIME.encode(bytes);
            format!(
                "--edge\r\nContent-Type: {media_type}\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\
                 Content-Transfer-Encoding: base64\r\n\r\n{content}\r\n"
            )
        };
        format!(
            "Date: {date}\r\nFrom: <office@unit{n}.example>\r\nTo: <cases@hubei.example>\r\nSubject: application {n}\r\n\
             Message-ID: <{n}@unit{n}.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=edge\r\n\r\n{}{}--edge--\r\n",
            part("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "form.docx", &self.form(n)),
            if has_attachment { part(self.media_type, self.name, &attachment) } else { String::new() },
        )
        .into_bytes()
    }

    fn form(&self, n: usize) -> Vec<u8> {
        let mut form = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in &self.parts {
            let method = if name.ends_with("odttf") { CompressionMethod::Stored } else { CompressionMethod::Deflated };
            form.start_file(name.as_str(), SimpleFileOptions::default().compression_method(method)).expect("a part");
            if name == "word/document.xml" {
                let text = std::str::from_utf8(bytes).expect("UTF-8");
                let text = text.replace("术服务助力化工", &format!("术服务助力{n}号化工"));
                let text = text.replace("计量检定测试所", &format!("第{n}计量检定测试所"));
                form.write_all(text.replace("19900001001", &format!("199{n:08}")).as_bytes()).expect("memory");
            } else {
                form.write_all(bytes).expect("memory");
            }
        }
        form.finish().expect("memory").into_inner()
    }
}

/// A page of text, and a font that is embedded for it.
fn pdf() -> Vec<u8> {
    let page = "BT /F1 12 Tf 60 700 Td (A report of measurements, page 1) Tj ET";
    let font = noise(11, ATTACHMENT - 900);
    let objects: [Vec<u8>; 6] = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>".to_vec(),
        format!("<</Length {}>>stream\n{page}\nendstream", page.len()).into_bytes(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_vec(),
        [format!("<</Length {}>>stream\n", font.len()).into_bytes(), font, b"\nendstream".to_vec()].concat(),
    ];
    let (mut file, mut table) = (b"%PDF-1.4\n".to_vec(), String::new());
    for (index, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.extend_from_slice(format!("{} 0 obj\n", index + 1).as_bytes());
        file.extend_from_slice(object);
        file.extend_from_slice(b"\nendobj\n");
    }
    let start = file.len();
    let size = objects.len() + 1;
    let end = format!("xref\n0 {size}\n0000000000 65535 f \n{table}trailer<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n");
    file.extend_from_slice(end.as_bytes());
    file
}

/// Bytes that don't compress: the high ones of a linear congruential sequence.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}
