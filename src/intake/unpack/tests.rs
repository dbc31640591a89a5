//! What no packer writes: limits, litter, volumes that don't fit, archives that lie. Archives of other programs
//! are golden pairs.

use super::*;
use crate::model::document::Format;
use std::io::{Cursor, Write};

fn attachment(name: &str, bytes: &[u8]) -> Attachment {
    Attachment { name: name.into(), within: Vec::new(), media_type: String::new(), inline: false, bytes: bytes.to_vec() }
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, ::zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn unpacked(name: &str, bytes: &[u8], limits: &Limits) -> Unpacked {
    unpack(&mut [attachment(name, bytes)], &[], limits)
}

#[test]
fn depth_is_limited() {
    let mut bytes = zip_of(&[("a.txt", b"x")]);
    for _ in 0..4 {
        bytes = zip_of(&[("a.zip", &bytes)]);
    }
    let paths = |limits: &Limits| unpacked("a.zip", &bytes, limits).files.into_iter().map(|file| file.path).collect::<Vec<_>>();
    assert_eq!(paths(&Limits::default()), ["a.zip/a.zip/a.zip/a.zip/a.zip/a.txt"]);
    let limits = Limits { depth: 4, ..Limits::default() };
    assert_eq!(unpacked("a.zip", &bytes, &limits).exceeded, Some("压缩包层数"));
}

#[test]
fn files_are_limited_over_all_archives() {
    let names: Vec<String> = (0..30).map(|number| format!("{number}.txt")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
    let bytes = zip_of(&files);
    let limits = Limits { files: 50, ..Limits::default() };
    let found = unpack(&mut [attachment("a.zip", &bytes), attachment("b.zip", &bytes)], &[], &limits);
    assert_eq!((found.exceeded, found.files.len()), (Some("附件数量"), 50));
}

#[test]
fn bytes_are_limited() {
    let bytes = zip_of(&[("a.txt", &[1; 1000]), ("b.txt", &[2; 1000])]);
    let limits = Limits { bytes: 1500, ..Limits::default() };
    let found = unpacked("a.zip", &bytes, &limits);
    assert_eq!((found.exceeded, found.files.len()), (Some("解压后大小"), 1));
}

#[test]
fn an_archive_that_is_none_is_kept_and_told() {
    for name in ["a.zip", "a.7z", "a.rar", "a.tgz", "a.bz2", "a.xz"] {
        let found = unpacked(name, b"no archive at all", &Limits::default());
        assert_eq!((found.unreadable.len(), found.files.len()), (1, 1), "{name}");
    }
}

#[test]
fn a_file_that_only_looks_like_a_volume_stays() {
    let found = unpacked("照片.part1.jpg", b"\xff\xd8\xff", &Limits::default());
    assert_eq!((found.files.len(), found.unreadable.len()), (1, 0));
}

#[test]
fn documents_in_containers_of_zip_stay_whole() {
    for (kind, name, expected) in [
        ("text", "申报表.odt", FileType::Document(Format::Text)),
        ("spreadsheet", "申报表.ods", FileType::Document(Format::Text)),
        ("presentation", "汇报.odp", FileType::Archive("application/vnd.oasis.opendocument")),
    ] {
        let media = format!("application/vnd.oasis.opendocument.{kind}");
        let package = zip_of(&[("mimetype", media.as_bytes()), ("content.xml", b"<x/>")]);
        let found = unpacked(name, &package, &Limits::default());
        assert_eq!(found.files.iter().map(|file| file.file_type).collect::<Vec<_>>(), [expected], "{name}");
    }
    let program = zip_of(&[("META-INF/MANIFEST.MF", b""), ("a.class", b"x")]);
    assert_eq!(unpacked("a.jar", &program, &Limits::default()).files.len(), 1);
}

#[test]
fn hostile_bytes_end() {
    let heads: [&[u8]; 8] = [
        b"PK\x03\x04",
        b"7z\xbc\xaf\x27\x1c\0\x04",
        b"Rar!\x1a\x07\0",
        b"Rar!\x1a\x07\x01\0",
        b"\x1f\x8b\x08\0",
        b"BZh91AY&SY",
        b"\xfd7zXZ\0",
        b"\x78\x9f\x3e\x22",
    ];
    for head in heads {
        for filler in [0_u8, 0xff, 0x41] {
            let bytes = [head, &[filler; 4096]].concat();
            let found = unpack(&mut [attachment("a", &bytes)], &["123456".into()], &Limits::default());
            assert!(found.files.len() <= 1);
        }
    }
}
