//! What is fuzzed, by name, and the seeds of each, from the project's fixtures.
//!
//! Used by the libFuzzer program beside it, and by `tests/mutations.rs`, which feeds the same targets a fixed
//! number of damaged seeds at every run of the tests. A target must neither panic nor take long, and says
//! nothing of whether what it read is right.

mod parts;
mod seeds;

pub use seeds::Seeds;

use jiff::Timestamp;
use std::sync::LazyLock;
use zhihui::{
    config::{builtin, parse_campaign, parse_document},
    intake::{
        self, Arrival, Extent, Received, Setup, document, message, seal,
        unpack::{self, Archive},
    },
    model::document::Format,
};

/// One thing to feed bytes to.
pub struct Target {
    /// What it is called.
    pub name: &'static str,
    /// Reads some bytes.
    pub run: fn(&[u8]),
    /// What its inputs look like.
    pub seeds: fn(&Seeds) -> Vec<Vec<u8>>,
}

/// Every target.
pub const TARGETS: [Target; 20] = [
    Target { name: "mail", run: mail, seeds: |seeds| seeds.mails.clone() },
    Target { name: "headers", run: headers, seeds: Seeds::headers },
    Target { name: "mime", run: mime, seeds: |seeds| seeds.mails.clone() },
    Target { name: "docx", run: |bytes| read(Format::Docx, bytes), seeds: |seeds| seeds.documents(Format::Docx) },
    Target {
        name: "docx_xml",
        run: |bytes| packed(Format::Docx, "word/document.xml", bytes),
        seeds: |seeds| seeds.parts("word/document.xml"),
    },
    Target { name: "doc", run: |bytes| read(Format::Doc, bytes), seeds: |seeds| seeds.documents(Format::Doc) },
    Target { name: "xls", run: |bytes| read(Format::Xls, bytes), seeds: |seeds| seeds.documents(Format::Xls) },
    Target { name: "xlsx", run: |bytes| read(Format::Xlsx, bytes), seeds: |seeds| seeds.documents(Format::Xlsx) },
    Target {
        name: "xlsx_xml",
        run: |bytes| packed(Format::Xlsx, "xl/worksheets/sheet1.xml", bytes),
        seeds: |seeds| seeds.parts("xl/worksheets/sheet1.xml"),
    },
    Target { name: "pdf", run: |bytes| read(Format::Pdf, bytes), seeds: |seeds| seeds.documents(Format::Pdf) },
    Target { name: "ofd", run: |bytes| read(Format::Ofd, bytes), seeds: |seeds| seeds.documents(Format::Ofd) },
    Target { name: "ofd_xml", run: |bytes| packed(Format::Ofd, parts::OFD_PAGE, bytes), seeds: |seeds| seeds.parts(parts::OFD_PAGE) },
    Target { name: "odt", run: |bytes| read(Format::Text, bytes), seeds: |seeds| seeds.documents(Format::Text) },
    Target { name: "odt_xml", run: |bytes| packed(Format::Text, "content.xml", bytes), seeds: |seeds| seeds.parts("content.xml") },
    Target { name: "rtf", run: |bytes| read(Format::Rtf, bytes), seeds: |seeds| seeds.documents(Format::Rtf) },
    Target { name: "html", run: |bytes| read(Format::Html, bytes), seeds: Seeds::pages },
    Target { name: "archive", run: archive, seeds: |seeds| seeds.files(|bytes| Archive::by_bytes(bytes).is_some()) },
    Target { name: "picture", run: picture, seeds: Seeds::pictures },
    Target { name: "tnef", run: tnef, seeds: Seeds::tnef },
    Target { name: "msg", run: msg, seeds: |seeds| seeds.files(|bytes| message::is_packed_mail(bytes, MSG)) },
];

static SETUP: LazyLock<Setup> = LazyLock::new(|| {
    let campaign = parse_campaign(builtin::CAMPAIGN_NAME, builtin::CAMPAIGN.to_owned()).expect("the built-in campaign").campaign;
    Setup::new(campaign, parse_document(builtin::REGIONS_NAME, builtin::REGIONS).expect("the built-in regions"))
});

fn mail(bytes: &[u8]) {
    let arrival = Arrival {
        received: Received::File(Timestamp::UNIX_EPOCH),
        extent: Extent::Whole,
        authserv_id: Some("mx.example".into()),
        passwords: Vec::new(),
    };
    intake::read(bytes, &arrival, &SETUP);
}

fn mime(bytes: &[u8]) {
    message::read(bytes, &SETUP.message_limits);
}

/// Header fields of a mail that has nothing else.
fn headers(bytes: &[u8]) {
    mail(&[bytes, b"\r\n\r\n"].concat());
}

fn read(format: Format, bytes: &[u8]) {
    let _ = document::read(format, bytes, &SETUP.document_limits);
}

/// A package in which one part is these bytes: past the checksums that would stop a fuzzer.
fn packed(format: Format, part: &str, bytes: &[u8]) {
    read(format, &parts::package(format, part, bytes));
}

fn archive(bytes: &[u8]) {
    attached("材料.zip", "application/octet-stream", bytes, |mut message| {
        unpack::unpack(&mut message.attachments, &[], &SETUP.unpack_limits);
    });
}

/// As of a mail that has more pictures: one may not take longer than its room is worth.
fn picture(bytes: &[u8]) {
    let mut room = 20_000_000;
    seal::look_within(bytes, &mut room);
}

fn tnef(bytes: &[u8]) {
    let head = "From: a@unit.example\r\nMIME-Version: 1.0\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: binary\r\n\r\n";
    mail(&[head.as_bytes(), bytes].concat());
}

const MSG: &str = "转发.msg";

fn msg(bytes: &[u8]) {
    message::files_of(bytes, MSG);
}

fn attached(name: &str, media_type: &str, bytes: &[u8], run: impl Fn(zhihui::model::message::Message)) {
    let attachment = zhihui::model::message::Attachment {
        name: name.into(),
        within: Vec::new(),
        media_type: media_type.into(),
        inline: false,
        bytes: bytes.to_vec(),
    };
    run(zhihui::model::message::Message { attachments: vec![attachment], ..Default::default() });
}
