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
fn what_an_office_program_keeps_beside_an_open_file_is_left_out() {
    let names = |files: &[(&str, &[u8])]| {
        let mut attachments: Vec<Attachment> = files.iter().map(|(name, bytes)| attachment(name, bytes)).collect();
        unpack(&mut attachments, &[], &Limits::default()).files.into_iter().map(|file| file.name).collect::<Vec<_>>()
    };
    let owner = [5_u8; 162];
    let beside = |owner_file: &str| names(&[(owner_file, &owner), ("a.txt", b"x")]);
    assert_eq!((beside("~$申报表.docx"), beside("~$表.XLSX")), (vec!["a.txt".to_owned()], vec!["a.txt".to_owned()]));
    assert_eq!(names(&[("a.zip", &zip_of(&[("~$申报表.docx", &owner), ("a.txt", b"x")]))]), ["a.txt"]);
    assert_eq!(names(&[("~$申报表.docx", &owner)]), ["~$申报表.docx"], "alone");
    let document = zip_of(&[("word/document.xml", b"x")]);
    for (name, bytes) in [("~$重要说明.txt", &b"x"[..]), ("~$说明.docx", &document), ("~$说明.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")]
    {
        assert_eq!(names(&[(name, bytes), ("a.txt", b"x")]), [name, "a.txt"]);
        assert_eq!(names(&[("a.zip", &zip_of(&[(name, bytes)]))]), [name]);
    }
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
fn a_directory_of_a_hundred_thousand_files_is_not_read() {
    let mut bytes = zip_of(&[("word/document.xml", b"x")]);
    // Whatever the end of the directory says of their number.
    let end = bytes.windows(4).position(|window| window == b"PK\x05\x06").unwrap();
    bytes.splice(end..end, b"PK\x01\x02".iter().copied().cycle().take(4 * 100_000));
    for name in ["申报表.docx", "材料.zip"] {
        let found = unpacked(name, &bytes, &Limits::default());
        let kept: Vec<FileType> = found.files.iter().map(|file| file.file_type).collect();
        assert_eq!((found.exceeded, kept), (Some("附件数量"), vec![FileType::Packed(Archive::Zip)]), "{name}");
    }
}

#[test]
fn what_a_decoder_may_hold_is_limited() {
    // In the data of an entry: LZMA's dictionary of 4 GB, and PPMd's model of 256 MB.
    let lzma: &[u8] = b"\x09\x14\x05\0\x5d\xff\xff\xff\xff rest";
    for (method, data) in [(14_u8, lzma), (98, b"\xff\x0f rest")] {
        let mut bytes = zip_of(&[("a.docx", b"")]);
        for (head, at) in [(b"PK\x03\x04", 8), (b"PK\x01\x02", 10)] {
            let found = bytes.windows(4).position(|window| window == head).unwrap();
            bytes[found + at] = method;
            bytes[found + at + 10] = data.len() as u8;
        }
        let after_name = 30 + "a.docx".len() + usize::from(bytes[28]);
        bytes.splice(after_name..after_name, data.iter().copied());
        let end = bytes.len() - 6;
        bytes[end] += data.len() as u8;
        assert_eq!(unpacked("a.zip", &bytes, &Limits::default()).exceeded, Some("解压所需内存"), "{method}");
    }
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
