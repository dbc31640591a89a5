use super::*;
use crate::model::document::{Block, Inline, TickSource};
use std::io::Write;
use zip::write::SimpleFileOptions;

fn package(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored)).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn content(styles: &str, body: &str) -> String {
    format!(
        "<office:document-content><office:automatic-styles>{styles}</office:automatic-styles><office:body>{body}</office:body></office:document-content>"
    )
}

fn text(styles: &str, body: &str) -> Document {
    let content = content(styles, &format!("<office:text>{body}</office:text>"));
    let media = "application/vnd.oasis.opendocument.text";
    read(&package(&[("mimetype", media), ("content.xml", &content)]), &Limits::default()).unwrap()
}

fn shown(styles: &str, body: &str) -> String {
    text(styles, body).text()
}

#[test]
fn blanks_collapse_and_elements_stand_for_others() {
    let body = "<text:p>\n  甲  乙<text:s text:c=\"3\"/>丙<text:tab/>丁<text:line-break/> 戊&amp;</text:p>\n<text:h>己</text:h>";
    assert_eq!(shown("", body), "甲 乙   丙\t丁\n戊&\n己\n".replace("\n戊", "\n 戊"));
}

#[test]
fn what_is_no_text_of_the_unit_is_left_out() {
    let body = "<text:tracked-changes><text:deletion><text:p>删</text:p></text:deletion></text:tracked-changes>\
        <text:p>甲<office:annotation><text:p>注</text:p></office:annotation><text:change-start/>乙<text:change-end/>\
        <text:placeholder>点击</text:placeholder><text:ruby><text:ruby-base>丙</text:ruby-base><text:ruby-text>b</text:ruby-text></text:ruby>\
        <text:span text:style-name=\"h\">隐</text:span></text:p>";
    let styles = "<style:style style:family=\"text\" style:name=\"h\"><style:text-properties text:display=\"none\"/></style:style>";
    assert_eq!(shown(styles, body), "甲乙丙\n");
}

#[test]
fn styles_follow_their_parents() {
    let styles = "<style:style style:family=\"paragraph\" style:name=\"P\" style:parent-style-name=\"Q\"/>\
        <style:style style:family=\"paragraph\" style:name=\"Q\"><style:text-properties fo:font-weight=\"bold\" fo:color=\"#ff0000\"/></style:style>\
        <style:style style:family=\"text\" style:name=\"T\"><style:text-properties fo:font-weight=\"normal\" style:text-line-through-style=\"solid\"/></style:style>\
        <style:style style:family=\"text\" style:name=\"W\"><style:text-properties style:font-name=\"wd\"/></style:style>\
        <style:font-face style:name=\"wd\" svg:font-family=\"'Wingdings 2'\"/>";
    // The fonts come before the styles in a real file.
    let (styles, faces) = styles.split_at(styles.find("<style:font-face").unwrap());
    let body = "<text:p text:style-name=\"P\">甲<text:span text:style-name=\"T\">乙</text:span><text:span text:style-name=\"W\">R£</text:span></text:p>";
    let document = text(&format!("{faces}{styles}"), body);
    let [Block::Paragraph(paragraph)] = document.blocks.as_slice() else { panic!("{document:?}") };
    let styles = paragraph.inlines.iter().map(|inline| match inline {
        Inline::Text(run) => (run.text.clone(), run.style.bold, run.style.strike, run.style.marked),
        Inline::Tick(tick) => (tick.checked.to_string(), false, false, false),
        Inline::Picture(_) => panic!(),
    });
    let styles: Vec<_> = styles.collect();
    let expected = [("甲", true, false, false), ("乙", false, true, false), ("true", false, false, false), ("false", false, false, false)];
    assert_eq!(styles, expected.map(|(text, bold, strike, marked)| (text.to_owned(), bold, strike, marked)));
}

#[test]
fn merged_and_nested_cells() {
    let body = "<table:table><table:table-column/><table:table-row><table:table-cell table:number-rows-spanned=\"2\"><text:p>类</text:p></table:table-cell>\
        <table:table-cell table:number-columns-spanned=\"2\"><text:p>一</text:p></table:table-cell><table:covered-table-cell/></table:table-row>\
        <table:table-row><table:covered-table-cell/><table:table-cell><text:p>二</text:p><table:table><table:table-row><table:table-cell>\
        <text:p>内</text:p></table:table-cell></table:table-row></table:table></table:table-cell><table:table-cell/></table:table-row></table:table>";
    let document = text("", body);
    let [Block::Table(table)] = document.blocks.as_slice() else { panic!("{document:?}") };
    let shape: Vec<Vec<_>> =
        table.rows.iter().map(|row| row.cells.iter().map(|cell| (cell.column, cell.column_span, cell.row_span)).collect()).collect();
    assert_eq!(shape, [vec![(0, 1, 2), (1, 2, 1)], vec![(1, 1, 1), (2, 1, 1)]]);
    assert_eq!(document.text(), "类\n一\n二\n内\n");
    assert!(matches!(table.rows[1].cells[0].blocks.as_slice(), [Block::Paragraph(_), Block::Table(_)]));
}

#[test]
fn boxes_of_every_kind() {
    let body = "<office:forms><form:form><form:checkbox form:id=\"c1\" form:label=\"计量\" form:current-state=\"checked\"><form:properties/></form:checkbox>\
        <form:checkbox xml:id=\"c2\" form:label=\"标准\"/><form:checkbox form:id=\"c3\" form:state=\"unknown\"/>\
        <form:text form:id=\"c4\" form:current-value=\"张三\"/></form:form></office:forms>\
        <text:p><draw:control draw:control=\"c1\"/><draw:control draw:control=\"c2\"/><draw:control draw:control=\"c3\"/><draw:control draw:control=\"c4\"/>\
        <field:fieldmark field:type=\"vnd.oasis.opendocument.field.FORMCHECKBOX\"><field:param field:name=\"Checkbox_Checked\" field:value=\"true\"/></field:fieldmark>甲\
        <loext:content-control loext:checkbox=\"true\" loext:checked=\"true\">☒</loext:content-control>乙\
        <loext:content-control loext:checkbox=\"true\" loext:checked=\"false\">☑</loext:content-control>丙</text:p>";
    let document = text("", body);
    assert_eq!(document.text(), "☑计量 ☐标准 ☐ 张三☑甲☑乙☐丙\n");
    let [Block::Paragraph(paragraph)] = document.blocks.as_slice() else { panic!("{document:?}") };
    let doubtful = |inline: &&Inline| matches!(inline, Inline::Tick(tick) if tick.source == TickSource::Contradicted);
    assert_eq!(paragraph.inlines.iter().filter(doubtful).count(), 2);
}

#[test]
fn text_boxes_notes_and_headers_follow() {
    let styles = "<office:document-styles><office:master-styles><style:master-page><style:header><text:p>眉</text:p></style:header>\
        <style:footer><text:p><draw:frame><draw:image xlink:href=\"Pictures/logo.png\"/></draw:frame></text:p></style:footer>\
        </style:master-page></office:master-styles></office:document-styles>";
    let body = "<office:text><text:p>甲<draw:frame><draw:text-box><text:p>框</text:p></draw:text-box></draw:frame>\
        <draw:custom-shape><text:p>形</text:p></draw:custom-shape><text:note><text:note-citation>1</text:note-citation>\
        <text:note-body><text:p>注</text:p></text:note-body></text:note>乙\
        <draw:frame text:anchor-type=\"as-char\"><draw:image xlink:href=\"./Pictures/A.png\"/><draw:image xlink:href=\"Pictures/B.png\"/></draw:frame></text:p></office:text>";
    let parts = [
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        ("content.xml", &content("", body)),
        ("styles.xml", styles),
        ("Pictures/logo.png", "logo"),
        ("Pictures/A.png", "a"),
        ("Pictures/B.png", "b"),
    ];
    let document = read(&package(&parts), &Limits::default()).unwrap();
    assert_eq!(document.text(), "甲乙\n框\n形\n眉\n注\n");
    let [picture] = document.pictures.as_slice() else { panic!("{:?}", document.pictures) };
    assert!(picture.bytes == b"a" && !picture.floating);
}

#[test]
fn sheets_keep_what_is_seen() {
    let styles = "<style:style style:family=\"table\" style:name=\"h\"><style:table-properties table:display=\"false\"/></style:style>";
    let body = "<office:spreadsheet><table:table table:style-name=\"h\"><table:table-row><table:table-cell><text:p>隐</text:p></table:table-cell></table:table-row></table:table>\
        <table:table><table:shapes><draw:frame><draw:image xlink:href=\"Pictures/A.png\"/></draw:frame></table:shapes>\
        <table:table-row table:number-rows-repeated=\"3\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>\
        <table:table-row><table:table-cell table:number-columns-repeated=\"5\"/><table:table-cell table:number-columns-spanned=\"2\"><text:p>题</text:p><text:p>二</text:p></table:table-cell>\
        <table:covered-table-cell/><table:table-cell office:value=\"19900000074\"><text:p>1.99E+10</text:p></table:table-cell></table:table-row>\
        <table:table-row table:number-rows-repeated=\"1048000\"><table:table-cell/></table:table-row></table:table></office:spreadsheet>";
    let parts = [("content.xml", content(styles, body)), ("Pictures/A.png", "a".to_owned())];
    let parts: Vec<(&str, &str)> = parts.iter().map(|(name, content)| (*name, content.as_str())).collect();
    let document = read(&package(&parts), &Limits::default()).unwrap();
    assert_eq!(document.text(), "题\n二\n19900000074\n\n");
    assert_eq!(document.pictures.len(), 1);
}

#[test]
fn limits_and_damage_are_told() {
    let read = |content: &str, limits| read(&package(&[("content.xml", content)]), &limits);
    let nested = format!("{}{}", "<text:span>".repeat(300), "</text:span>".repeat(300));
    assert_eq!(read(&nested, Limits::default()), Err(ReadError::TooLarge("XML depth")));
    let rows = content("", &format!("<office:text>{}</office:text>", "<text:p>甲</text:p>".repeat(100)));
    assert_eq!(read(&rows, Limits { nodes: 50, ..Limits::default() }), Err(ReadError::TooLarge("nodes")));
    let repeated = "<office:spreadsheet><table:table><table:table-row table:number-rows-repeated=\"1000000\"><table:table-cell table:number-columns-repeated=\"16384\"><text:p>x</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet>";
    assert_eq!(read(&content("", repeated), Limits { nodes: 1000, ..Limits::default() }), Err(ReadError::TooLarge("nodes")));
    assert!(matches!(read("<text:p>cut", Limits::default()), Err(ReadError::Corrupt(_))));
    assert!(matches!(read("<a>&unknown;</a>", Limits::default()), Ok(_) | Err(ReadError::Corrupt(_))));
    let locked = package(&[("content.xml", "x"), ("META-INF/manifest.xml", "<manifest:encryption-data/>")]);
    assert_eq!(super::read(&locked, &Limits::default()), Err(ReadError::Encrypted));
}

#[test]
fn what_is_read_is_told_by_its_first_entry() {
    let of = |media: &str, name: &str| is_read(&package(&[("mimetype", media), ("content.xml", "<x/>")]), name);
    assert!(of("application/vnd.oasis.opendocument.text", "") && of("application/vnd.oasis.opendocument.spreadsheet-template", "zip"));
    assert!(!of("application/vnd.oasis.opendocument.presentation", "odt") && !of("application/epub+zip", "epub"));
    assert!(is_read(&package(&[("content.xml", "<x/>"), ("mimetype", "")]), "odt"));
}
