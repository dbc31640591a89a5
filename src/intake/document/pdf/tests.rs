use super::{read, signatures};
use crate::intake::document::layout::sketch::outline;
use crate::intake::document::{Limits, ReadError};
use std::io::Write;

const TABLE: &[u8] = include_bytes!("../../../../fixtures/documents/form-table.pdf");
const OPEN: &[u8] = include_bytes!("../../../../fixtures/documents/form-open.pdf");
const SCAN: &[u8] = include_bytes!("../../../../fixtures/documents/scan.pdf");
const TITLE: &str = "计量服务进企业——让小微企业在家门口享受优质高效便捷的一站式检测服务";

/// A file of numbered objects; the first five are catalogue, page tree, page, content and font `F1`.
fn file(content: &[u8], font: &str, more: &[Vec<u8>], trailer: &str) -> Vec<u8> {
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Annots[9 0 R]/Resources<</Font<</F1 5 0 R>>>>>>".to_vec(),
        stream("", content),
        font.as_bytes().to_vec(),
    ];
    objects.extend(more.iter().cloned());
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.extend(format!("{} 0 obj\n", index + 1).into_bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let start = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).into_bytes());
    places.iter().for_each(|place| out.extend(format!("{place:010} 00000 n \n").into_bytes()));
    out.extend(format!("trailer<</Size {}/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1).into_bytes());
    out
}

fn stream(entries: &str, bytes: &[u8]) -> Vec<u8> {
    [format!("<</Length {}{entries}>>stream\n", bytes.len()).as_bytes(), bytes, b"\nendstream"].concat()
}

fn composite(encoding: &str, more: &str) -> String {
    format!("<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/{encoding}/DescendantFonts[6 0 R]{more}>>")
}

fn descendant(ordering: &str) -> Vec<u8> {
    format!("<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering({ordering})/Supplement 4>>>>")
        .into_bytes()
}

fn latin() -> &'static str {
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
}

fn show(hex: &str) -> Vec<u8> {
    format!("BT /F1 12 Tf 60 700 Td <{hex}> Tj ET").into_bytes()
}

fn hex(bytes: impl IntoIterator<Item = u8>) -> String {
    bytes.into_iter().map(|byte| format!("{byte:02X}")).collect()
}

fn lines(bytes: &[u8]) -> Vec<String> {
    outline(&read(bytes, &Limits::default()).expect("a readable file").blocks)
}

#[test]
fn a_form_with_rulings_is_a_table_and_its_prose_is_whole_over_pages() {
    let found = lines(TABLE);
    assert_eq!(found[1], format!("案例题目 | {TITLE} |"));
    assert_eq!(found[2], "报送单位 | 十堰市计量检定测试所 |");
    assert_eq!(found[4], "联系人及电话 | 王小明 0719-5526248转801/19900009037 |");
    let prose: Vec<&str> = found[5].split('/').collect();
    assert_eq!(prose[2], "一、背景和意义");
    assert!(
        prose[5].starts_with("（一）送检上门。") && prose[5].ends_with("一次办好。") && prose[5].contains("采用 ISO 9001 质量管理体系")
    );
    assert_eq!(prose.len(), 9, "{prose:?}");
}

#[test]
fn a_form_without_rulings_is_a_table_by_its_columns() {
    let found = lines(OPEN);
    assert_eq!(found[1], format!("案例题目 | {TITLE} |"));
    assert_eq!(found[4], "联系人及电话 | 王小明 0719-5526248转801/19900009037 |");
    assert_eq!(found[5], "一、案例介绍");
}

#[test]
fn a_scan_is_a_picture_without_text() {
    let found = read(SCAN, &Limits::default()).expect("a readable file");
    assert_eq!(found.text().trim(), "");
    assert!(found.pictures[0].bytes.starts_with(&[0xFF, 0xD8]) && found.pictures[0].name == "image1.jpg");
}

#[test]
fn the_predefined_chinese_encodings_are_read() {
    let utf16 = hex("某局ab☑".encode_utf16().flat_map(u16::to_be_bytes));
    let gbk = hex(encoding_rs::GB18030.encode("某局ab√").0.iter().copied());
    assert_eq!(lines(&file(&show(&utf16), &composite("UniGB-UCS2-H", ""), &[descendant("GB1")], "")), ["某局ab☑"]);
    assert_eq!(lines(&file(&show(&gbk), &composite("GBK-EUC-H", ""), &[descendant("GB1")], "")), ["某局ab√"]);
}

#[test]
fn identity_codes_are_read_by_to_unicode_or_by_their_collection() {
    let map = b"1 begincodespacerange <0000> <FFFF> endcodespacerange 2 beginbfchar <0001> <67D0> <0002> <5C40> endbfchar";
    let mapped = file(&show("00010002"), &composite("Identity-H", "/ToUnicode 7 0 R"), &[descendant("Identity"), stream("", map)], "");
    assert_eq!(lines(&mapped), ["某局"]);
    // In Adobe-GB1, 1 is the space, 34 is A, and 4559 is 啊's neighbourhood: the first Han of GB 2312 is 1000 or so.
    assert_eq!(lines(&file(&show("002200230024"), &composite("Identity-H", ""), &[descendant("GB1")], "")), ["ABC"]);
}

#[test]
fn text_that_is_not_shown_or_runs_upwards_is_not_read() {
    let content = b"BT /F1 12 Tf 3 Tr 60 700 Td (ocr) Tj ET BT 0 Tr 0 12 -12 0 300 300 Tm /F1 1 Tf (mark) Tj ET BT /F1 12 Tf 1 0 0 1 60 650 Tm (seen) Tj ET";
    assert_eq!(lines(&file(content, latin(), &[], "")), ["seen"]);
}

#[test]
fn gaps_in_a_line_are_blanks_and_overlapping_copies_are_not() {
    let content = b"BT /F1 12 Tf 60 700 Td [(ab) -600 (cd)] TJ ET BT /F1 12 Tf 60.2 700 Td [(ab) -600 (cd)] TJ ET";
    assert_eq!(lines(&file(content, latin(), &[], "")), ["ab cd"]);
}

#[test]
fn marked_content_says_what_its_actual_text_says() {
    let content = b"BT /F1 12 Tf 60 700 Td /Span<</ActualText<FEFFF0FE>>>BDC (x) Tj EMC (ok) Tj ET";
    assert_eq!(lines(&file(content, latin(), &[], "")), ["☑ok"]);
}

#[test]
fn a_check_box_is_a_tick() {
    let annotation = b"<</Type/Annot/Subtype/Widget/FT/Btn/AS/Yes/Rect[40 698 52 710]>>".to_vec();
    let others = [b"null".to_vec(), b"null".to_vec(), b"null".to_vec(), annotation];
    assert_eq!(lines(&file(b"BT /F1 12 Tf 54 700 Td (A) Tj ET", latin(), &others, "")), ["☑A"]);
}

#[test]
fn symbol_fonts_show_ticks() {
    let font = "<</Type/Font/Subtype/TrueType/BaseFont/ABCDEF+Wingdings2/FirstChar 0/Widths[]>>";
    assert_eq!(lines(&file(b"BT /F1 12 Tf 60 700 Td (R) Tj 40 0 Td (\xA3) Tj ET", font, &[], "")), ["☑\t□"]);
    // The font is another's, and the text says which code it was of.
    let content = b"BT /F1 12 Tf 60 700 Td /Span<</ActualText<FEFFF0FDF06FF054>>>BDC (xyz) Tj EMC (ok) Tj ET";
    assert_eq!(lines(&file(content, latin(), &[], "")), ["☒□☒ok"]);
}

#[test]
fn a_password_is_encrypted_and_damage_is_corrupt() {
    let key =
        "/Encrypt<</Filter/Standard/V 1/R 2/O(01234567890123456789012345678901)/U(01234567890123456789012345678901)/P -4>>/ID[(a)(a)]";
    assert_eq!(read(&file(&show("41"), latin(), &[], key), &Limits::default()), Err(ReadError::Encrypted));
    for damaged in [&b"%PDF-1.7\n"[..], b"", b"hello", TABLE.get(..300).expect("a head")] {
        assert!(matches!(read(damaged, &Limits::default()), Err(ReadError::Corrupt(_))));
    }
}

#[test]
fn every_prefix_and_every_flipped_byte_is_survived() {
    for end in (0..SCAN.len()).step_by(97).chain((0..TABLE.len()).step_by(211)) {
        let _ = read(&TABLE[..end.min(TABLE.len())], &Limits::default());
        let mut flipped = TABLE.to_vec();
        flipped[end.min(TABLE.len() - 1)] ^= 0x15;
        let _ = read(&flipped, &Limits::default());
    }
}

#[test]
fn what_unpacks_beyond_the_limit_is_too_large() {
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(&vec![b' '; 1 << 20]).expect("memory takes all");
    let packed = packed.finish().expect("memory takes all");
    let limits = Limits { bytes_unpacked: 1 << 19, ..Limits::default() };
    let mut bomb = file(b"", latin(), &[], "");
    let content = String::from_utf8_lossy(&bomb).find("4 0 obj\n").expect("the content") + 8;
    let end = content + bomb[content..].windows(6).position(|window| window == b"endobj").expect("its end");
    bomb.splice(content..end, stream("/Filter/FlateDecode", &packed));
    assert_eq!(read(&bomb, &limits), Err(ReadError::TooLarge("bytes unpacked")));
    let objects = [b"%PDF-1.5\n9 0 obj\n".to_vec(), stream("/Type/ObjStm/N 1/First 4/Filter/FlateDecode", &packed)].concat();
    assert_eq!(read(&objects, &limits), Err(ReadError::TooLarge("bytes unpacked")));
    let disguised = [b"%PDF-1.5\n9 0 obj\n".to_vec(), stream("/Type/Obj#53tm/Filter/FlateDecode", &packed)].concat();
    assert_eq!(read(&disguised, &limits), Err(ReadError::TooLarge("bytes unpacked")));
}

#[test]
fn what_is_packed_to_pass_as_text_is_unpacked_within_the_limit() {
    let written = b"BT /F1 12 Tf 60 700 Td (ok) Tj ET".repeat(40);
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(&written).expect("memory takes all");
    let packed = packer.finish().expect("memory takes all");
    let as_text: String = packed
        .chunks(4)
        .map(|group| {
            let value = group.iter().chain(&[0; 3]).take(4).fold(0_u32, |value, byte| value << 8 | u32::from(*byte));
            let digits = (0..5_u32).rev().map(|power| char::from(b'!' + (value / 85_u32.pow(power) % 85) as u8));
            digits.take(group.len() + 1).collect::<String>()
        })
        .collect();
    let mut bytes = file(b"", latin(), &[], "");
    let content = String::from_utf8_lossy(&bytes).find("4 0 obj\n").expect("the content") + 8;
    let end = content + bytes[content..].windows(6).position(|window| window == b"endobj").expect("its end");
    bytes.splice(content..end, stream("/Filter[/ASCII85Decode/FlateDecode]", format!("{as_text}~>").as_bytes()));
    let limits = |bytes_unpacked: u64| Limits { bytes_unpacked, ..Limits::default() };
    assert!(!read(&bytes, &limits(10_000)).expect("readable").blocks.is_empty());
    assert_eq!(read(&bytes, &limits(1_000)), Err(ReadError::TooLarge("bytes unpacked")));
}

#[test]
fn a_row_without_end_is_too_large() {
    let wide = |columns: &str| {
        let objects = [b"null".to_vec(), b"null".to_vec(), b"null".to_vec(), b"null".to_vec(), b"2000000000".to_vec()];
        let bytes = file(b"", latin(), &objects, "");
        let text = String::from_utf8(bytes).expect("text");
        let parameters = format!("<</Length 0/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns {columns}>>");
        text.replacen("<</Length 0", &parameters, 1).into_bytes()
    };
    for columns in ["2000000000", "10 0 R"] {
        assert_eq!(read(&wide(columns), &Limits::default()), Err(ReadError::TooLarge("bytes of a row")), "{columns}");
    }
}

#[test]
fn too_many_characters_are_too_large() {
    let limits = Limits { nodes: 3, ..Limits::default() };
    assert_eq!(read(&file(b"BT /F1 12 Tf 60 700 Td (abcd) Tj ET", latin(), &[], ""), &limits), Err(ReadError::TooLarge("characters")));
}

#[test]
fn inline_pictures_without_end_are_cut_off() {
    let content = [b"BT /F1 12 Tf 60 700 Td (ok) Tj ET BI ID ".to_vec(), b"EI m ".repeat(20_000)].concat();
    assert_eq!(super::page::tame(&content), b"BT /F1 12 Tf 60 700 Td (ok) Tj ET ");
    assert_eq!(lines(&file(&content, latin(), &[], "")), ["ok"]);
}

#[test]
fn signers_are_named_by_the_signature_or_its_certificate() {
    let named = b"<</Type/Sig/Filter/Adobe.PPKLite/Name<FEFF67D05C40>/ByteRange[0 1 2 3]/Contents<00>>>".to_vec();
    let name = |text: &str| [&[0x06, 0x03, 0x55, 0x04, 0x03, 0x0C, text.len() as u8], text.as_bytes()].concat();
    let der = hex([name("CA"), name("某所"), name("CA")].concat());
    let certified = format!("<</Type/Sig/ByteRange[0 1 2 3]/Contents<{der}>>>").into_bytes();
    let blank = b"<</Type/Sig/Contents<00>>>".to_vec();
    assert_eq!(signatures(&file(b"", latin(), &[named, certified, blank], "")), ["某局", "某所"]);
    assert_eq!(signatures(TABLE), Vec::<String>::new());
    assert_eq!(signatures(b"hello"), Vec::<String>::new());
}

#[test]
fn dictionaries_within_each_other_are_counted() {
    let nested = |depth: usize| format!("%PDF-1.4\n1 0 obj\n{}{}\nendobj\n", "<</A ".repeat(depth), ">>".repeat(depth));
    assert_eq!(super::stream::check_structure(nested(50).as_bytes(), 1 << 20), Ok(()));
    let deep = super::stream::check_structure(nested(80).as_bytes(), 1 << 20);
    assert_eq!(deep, Err(ReadError::TooLarge("dictionaries within each other")));
    assert_eq!(super::stream::check_structure(nested(50).repeat(3).as_bytes(), 1 << 20), Ok(()), "each object by itself");
}

/// What the one picture of a page becomes; its samples are packed behind a PNG's predictor, rows of so many bytes.
fn picture(entries: &str, samples: &[u8], row: usize) -> Vec<u8> {
    let rows: Vec<u8> = samples.chunks(row).flat_map(|row| [&[0], row].concat()).collect();
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::none());
    packer.write_all(&rows).unwrap();
    let parameters = format!("/Filter/FlateDecode/DecodeParms<</Predictor 15/Colors 1/BitsPerComponent 8/Columns {row}>>");
    let image = stream(&format!("/Type/XObject/Subtype/Image{parameters}{entries}"), &packer.finish().unwrap());
    let bytes = file(b"90 0 0 40 0 0 cm /I Do", "null", &[image], "");
    // Of the same length, so that every object stays where it is listed.
    let place = |wanted: &[u8]| bytes.windows(wanted.len()).position(|window| window == wanted).unwrap();
    let (at, end) = (place(b"595 842]"), place(b"\nendobj\n4 0 obj"));
    let page = format!("{:<1$}", "95 42]/Contents 4 0 R/Resources<</XObject<</I 6 0 R>>>>>>", end - at);
    let bytes = [&bytes[..at], page.as_bytes(), &bytes[end..]].concat();
    read(&bytes, &Limits::default()).unwrap().pictures.remove(0).bytes
}

#[test]
fn pictures_of_palettes_and_inks_become_colours() {
    let size = "/Width 2/Height 2/BitsPerComponent";
    let four = [255, 0, 0, 9, 9, 9, 255, 0, 0, 9, 9, 9];
    let red_and_dark = [&b"P6 2 2 255\n"[..], &four].concat();
    assert_eq!(picture(&format!("{size} 8/ColorSpace[/Indexed/DeviceRGB 1<FF0000090909>]"), &[0, 1, 0, 1], 2), red_and_dark);
    assert_eq!(picture(&format!("{size} 1/ColorSpace[/Indexed/DeviceRGB 1<FF0000090909>]"), &[0x40, 0x40], 1), red_and_dark);
    let inks = [0, 255, 255, 0, 0, 0, 0, 246, 0, 255, 255, 0, 0, 0, 0, 246];
    assert_eq!(picture(&format!("{size} 8/ColorSpace/DeviceCMYK"), &inks, 8), red_and_dark);
    assert_eq!(picture(&format!("{size} 16/ColorSpace/DeviceGray"), &[0; 8], 4), [0; 8]);
    // A scan that a PNG's samples make up is far larger than what the worst ratio would allow to unpack blindly.
    let scan = vec![7; 1000 * 300];
    let shown = picture("/Width 1000/Height 300/BitsPerComponent 8/ColorSpace/DeviceGray", &scan, 1000);
    assert_eq!(shown, [&b"P5 1000 300 255\n"[..], &scan].concat());
}

#[test]
fn a_page_that_lies_on_its_side_is_read_upright() {
    for (turn, place) in [("0 1 -1 0", "300 60"), ("0 -1 1 0", "300 780"), ("-1 0 0 -1", "500 400"), ("1 0 0 1", "60 700")] {
        let content = format!("BT /F1 12 Tf {turn} {place} Tm (first) Tj 0 -30 Td (second) Tj ET");
        assert_eq!(lines(&file(content.as_bytes(), latin(), &[], "")), ["first second"], "{turn}");
    }
}

#[test]
fn a_note_along_the_edge_turns_no_page() {
    let content = b"BT /F1 12 Tf 1 0 0 1 60 700 Tm (what the page says) Tj 0 1 -1 0 30 60 Tm (a margin) Tj ET";
    assert_eq!(lines(&file(content, latin(), &[], "")), ["what the page says"]);
}

#[test]
fn rulings_that_are_clipped_away_fence_nothing_in() {
    let rules =
        "50 500 m 50 800 l S 300 500 m 300 800 l S 550 500 m 550 800 l S 50 800 m 550 800 l S 50 700 m 550 700 l S 50 500 m 550 500 l S";
    let text = "BT /F1 12 Tf 60 720 Td (one) Tj 260 0 Td (two) Tj -260 -180 Td (below) Tj ET";
    let clipped = format!("q 0 690 595 152 re W n {rules} Q {text}");
    assert_eq!(lines(&file(clipped.as_bytes(), latin(), &[], "")), ["one | two |", "below"]);
    let whole = format!("{rules} {text}");
    assert_eq!(lines(&file(whole.as_bytes(), latin(), &[], "")), ["one | two |", "below |  |"]);
}
