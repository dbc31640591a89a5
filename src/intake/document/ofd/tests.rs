use super::{has_signature, read};
use crate::intake::document::layout::sketch::outline;
use crate::intake::document::{Limits, ReadError};
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;

const FORM: &[u8] = include_bytes!("../../../../fixtures/documents/form.ofd");
const ROOT: &str = "<OFD><DocBody><DocRoot>Doc_0/Document.xml</DocRoot><Signatures>Doc_0/Signs/Signatures.xml</Signatures></DocBody></OFD>";
const DOCUMENT: &str = "<Document><CommonData/><Pages><Page ID='1' BaseLoc='Pages/P/Content.xml'/><Page ID='2' BaseLoc='Gone.xml'/></Pages>\
                        <Annotations>Annots/Annotations.xml</Annotations></Document>";

fn package(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        archive.start_file(*name, SimpleFileOptions::default()).expect("memory takes all");
        archive.write_all(content.as_bytes()).expect("memory takes all");
    }
    archive.finish().expect("memory takes all").into_inner()
}

fn page(objects: &str) -> Vec<u8> {
    let content = format!("<Page><Content><Layer>{objects}</Layer></Content></Page>");
    package(&[("OFD.xml", ROOT), ("Doc_0/Document.xml", DOCUMENT), ("Doc_0/Pages/P/Content.xml", &content)])
}

fn lines(bytes: &[u8]) -> Vec<String> {
    outline(&read(bytes, &Limits::default()).expect("a readable file").blocks)
}

#[test]
fn a_form_is_a_table_under_its_template() {
    let found = lines(FORM);
    assert_eq!(found[0], "2023年湖北省质量基础设施服务产业发展典型案例");
    assert!(found[1].starts_with("案例题目 | 计量服务进企业——"), "{found:?}");
    assert_eq!(found[2], "报送单位 | 十堰市计量检定测试所 |");
    assert_eq!(found[3], "案例分类 | ☑计量  □标准  □检验检测  □认证   其它________ |");
    assert_eq!(found[4], "联系人及电话 | 王小明 0719-5526248转801/19900009037 |");
    assert_eq!(found[5].split('/').count(), 8, "{found:?}");
    assert_eq!(found[6], "报送单位意见：同意报送。 |");
}

#[test]
fn steps_repeat_and_jumps_begin_lines() {
    let repeated = "<TextObject Boundary='20 20 100 5' Size='4'><TextCode X='0' Y='4' DeltaX='g 3 4 16'>某某某某局</TextCode></TextObject>";
    assert_eq!(lines(&page(repeated)), ["某某某某\t局"]);
    let jump = "<TextObject Boundary='20 20 100 5' Size='4'><TextCode X='0' Y='4' DeltaX='4 -4 g 5 4' DeltaY='0 8 0'>上行下面的长行</TextCode></TextObject>";
    assert_eq!(lines(&page(jump)), ["上行", "下面的长行"]);
}

#[test]
fn blocks_transforms_and_entities_are_followed() {
    let object = "<PageBlock><TextObject Boundary='20 20 100 5' CTM='0.5 0 0 0.5 0 0' Size='8'><TextCode X='0' Y='8' DeltaX='4 4'>A&amp;&#23616;</TextCode></TextObject></PageBlock>";
    assert_eq!(lines(&page(object)), ["A&局"]);
}

#[test]
fn annotations_are_read_but_for_watermarks() {
    let note = |kind: &str, text: &str| {
        format!(
            "<Annot Type='{kind}'><Appearance Boundary='20 50 100 5'><TextObject Boundary='0 0 50 5' Size='4'><TextCode X='0' Y='4'>{text}</TextCode></TextObject></Appearance></Annot>"
        )
    };
    let parts = [
        ("OFD.xml", ROOT.to_owned()),
        ("Doc_0/Document.xml", DOCUMENT.to_owned()),
        ("Doc_0/Pages/P/Content.xml", "<Page><Content/></Page>".to_owned()),
        ("Doc_0/Annots/Annotations.xml", "<Annotations><Page PageID='1'><FileLoc>A.xml</FileLoc></Page></Annotations>".to_owned()),
        ("Doc_0/Annots/A.xml", format!("<PageAnnot>{}{}</PageAnnot>", note("Watermark", "水印"), note("Stamp", "已收"))),
    ];
    let parts: Vec<(&str, &str)> = parts.iter().map(|(name, content)| (*name, content.as_str())).collect();
    assert_eq!(lines(&package(&parts)), ["已收"]);
}

#[test]
fn a_signature_is_one_that_is_listed_and_has_its_value() {
    let listed = ("Doc_0/Signs/Signatures.xml", "<Signatures/>");
    assert!(has_signature(FORM));
    assert!(has_signature(&package(&[("OFD.xml", ROOT), listed, ("Doc_0/Signs/Sign_0/SignedValue.dat", "x")])));
    assert!(!has_signature(&package(&[("OFD.xml", ROOT), listed])));
    assert!(!has_signature(&page("")));
    assert!(!has_signature(b"hello"));
}

#[test]
fn encryption_damage_and_limits_are_told_apart() {
    let encrypted = package(&[("OFD.xml", ROOT), ("Encryptions.xml", "<Encryptions/>")]);
    assert_eq!(read(&encrypted, &Limits::default()), Err(ReadError::Encrypted));
    for damaged in [b"PK".to_vec(), package(&[("a.txt", "")]), package(&[("OFD.xml", ROOT)]), package(&[("OFD.xml", "<OFD><DocBody>")])] {
        assert!(matches!(read(&damaged, &Limits::default()), Err(ReadError::Corrupt(_))));
    }
    let deep = page(&"<PageBlock>".repeat(400));
    assert_eq!(read(&deep, &Limits::default()), Err(ReadError::TooLarge("depth")));
    let text = page(
        "<TextObject Boundary='0 0 9 9' Size='4'><TextCode X='0' Y='4'>很多很多很多很多很多很多很多很多很多很多</TextCode></TextObject>",
    );
    assert_eq!(read(&text, &Limits { nodes: 18, ..Limits::default() }), Err(ReadError::TooLarge("characters")));
    assert_eq!(read(&text, &Limits { bytes_unpacked: 300, ..Limits::default() }), Err(ReadError::TooLarge("bytes unpacked")));
}

#[test]
fn every_prefix_is_survived() {
    for end in (0..FORM.len()).step_by(53) {
        let _ = read(&FORM[..end], &Limits::default());
    }
}
