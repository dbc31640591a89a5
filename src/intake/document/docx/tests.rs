//! Features of real forms, each in the smallest package that shows it.

use super::fixture::*;
use crate::intake::document::{Limits, ReadError};
use crate::model::document::{Block, Inline, Style, TickSource};

const SOURCE: TickSource = TickSource::SymbolFont;

fn lines(xml: &str) -> String {
    body(xml).text()
}

#[test]
fn split_runs_are_one_text() {
    let read = paragraph("<w:r><w:t>案例</w:t></w:r><w:proofErr w:type=\"spellStart\"/><w:r><w:t>题</w:t></w:r><w:r><w:t>目</w:t></w:r>");
    assert_eq!(read.text(), "案例题目");
    assert_eq!(read.inlines.len(), 1);
}

#[test]
fn tabs_breaks_and_hyphens() {
    let runs = "<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:cr/><w:t>0719</w:t><w:noBreakHyphen/><w:t>55</w:t><w:softHyphen/><w:t>26</w:t></w:r>";
    assert_eq!(text(runs), "a\tb\nc\n0719-5526");
}

#[test]
fn tab_stops_are_not_tabs() {
    assert_eq!(text("<w:pPr><w:tabs><w:tab w:val=\"left\" w:pos=\"1\"/></w:tabs></w:pPr><w:r><w:t>a</w:t></w:r>"), "a");
}

#[test]
fn blanks_count_only_when_preserved() {
    assert_eq!(text("<w:r><w:t>\n  a \n</w:t></w:r><w:r><w:t xml:space=\"preserve\"> b </w:t></w:r>"), "a b ");
}

#[test]
fn references_and_cdata_are_characters() {
    assert_eq!(text("<w:r><w:t>A&amp;B&#x25A1;&lt;<![CDATA[<c>]]></w:t></w:r>"), "A&B□<<c>");
}

#[test]
fn any_prefix_and_strict_namespaces() {
    for uri in ["http://schemas.openxmlformats.org/wordprocessingml/2006/main", "http://purl.oclc.org/ooxml/wordprocessingml/main"] {
        for prefix in ["w", "ns0", ""] {
            let (colon, declaration) = if prefix.is_empty() { ("", "xmlns") } else { (":", &*format!("xmlns:{prefix}")) };
            let tag = |name: &str| format!("{prefix}{colon}{name}");
            let (doc, b, p, r, t) = (tag("document"), tag("body"), tag("p"), tag("r"), tag("t"));
            let xml = format!("<{doc} {declaration}=\"{uri}\"><{b}><{p}><{r}><{t}>是</{t}></{r}></{p}></{b}></{doc}>");
            assert_eq!(try_read(&[("word/document.xml", &xml)]).unwrap().text(), "是\n", "{uri} {prefix}");
        }
    }
}

#[test]
fn an_undeclared_prefix_has_its_customary_meaning() {
    let xml = "<w:document><w:body><w:p><w:r><w:t>是</w:t></w:r></w:p></w:body></w:document>";
    assert_eq!(try_read(&[("word/document.xml", xml)]).unwrap().text(), "是\n");
}

#[test]
fn encodings_of_the_main_part() {
    let xml = document("<w:p><w:r><w:t>汉字</w:t></w:r></w:p>");
    let utf16 = xml.replace("UTF-8", "UTF-16");
    let le: Vec<u8> = utf16.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let be: Vec<u8> = utf16.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let variants = [
        xml.clone().into_bytes(),
        [b"\xEF\xBB\xBF".as_slice(), xml.as_bytes()].concat(),
        [b"\xFF\xFE".as_slice(), &le].concat(),
        [b"\xFE\xFF".as_slice(), &be].concat(),
        le,
        be,
        utf16.into_bytes(),
        encoding_rs::GBK.encode(&xml.replace("UTF-8", "GB2312")).0.into_owned(),
    ];
    for bytes in variants {
        let read = super::read(&package(&[("word/document.xml", bytes)]), &Limits::default());
        assert_eq!(read.unwrap().text(), "汉字\n");
    }
}

#[test]
fn the_main_part_is_found() {
    let xml = document("<w:p><w:r><w:t>正文</w:t></w:r></w:p>");
    let other = document("<w:p><w:r><w:t>别的</w:t></w:r></w:p>");
    let types =
        r#"<Types><Override PartName="/word/document2.xml" ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>"#;
    let packages: [&[(&str, &str)]; 7] = [
        &[
            ("_rels/.rels", &RELS.replace("word/document.xml", "/word/document2.xml")),
            ("word/document.xml", &other),
            ("word/document2.xml", &xml),
        ],
        &[("_rels/.rels", RELS), ("Word\\Document.xml", &xml)],
        &[("_rels/.rels", "<Relationships><broken"), ("word/document.xml", &xml)],
        &[("[Content_Types].xml", types), ("word/document.xml", &other), ("word/document2.xml", &xml)],
        &[("word/document.xml", &xml)],
        &[("word/styles.xml", "<w:styles/>"), ("doc/main.xml", &xml)],
        &[("_rels/.rels", &RELS.replace("word/document.xml", "word/missing.xml")), ("word/document.xml", &xml)],
    ];
    for parts in packages {
        assert_eq!(try_read(parts).unwrap().text(), "正文\n", "{:?}", parts.iter().map(|part| part.0).collect::<Vec<_>>());
    }
}

#[test]
fn data_before_the_archive() {
    let mut bytes = b"junk before the archive".to_vec();
    bytes.extend(package(&[("word/document.xml", document("<w:p><w:r><w:t>是</w:t></w:r></w:p>"))]));
    assert_eq!(super::read(&bytes, &Limits::default()).unwrap().text(), "是\n");
}

#[test]
fn symbols_of_symbol_fonts_are_ticks() {
    let sym = |font: &str, code: &str| format!("<w:r><w:sym w:font=\"{font}\" w:char=\"{code}\"/></w:r>");
    for (font, code, checked) in [
        ("Wingdings", "F0FE", true),
        ("Wingdings", "F0FC", true),
        ("Wingdings", "00FE", true),
        ("Wingdings", "F0A8", false),
        ("Wingdings", "F06F", false),
        ("Wingdings", "F071", false),
        ("Wingdings", "F072", false),
        ("Wingdings 2", "F052", true),
        ("Wingdings 2", "0052", true),
        ("Wingdings 2", "F050", true),
        ("Wingdings 2", "00A3", false),
        ("Wingdings 2", "F02A", false),
        ("Webdings", "F061", true),
        ("Webdings", "F063", false),
    ] {
        assert_eq!(ticks(&sym(font, code)), [(checked, SOURCE)], "{font} {code}");
    }
    assert_eq!(text(&sym("宋体", "25A1")), "□");
    // A cross may choose or rule out: it stays one.
    assert_eq!(text(&[sym("Wingdings", "F0FD"), sym("Wingdings", "F0FB"), sym("Wingdings 2", "F053")].concat()), "☒✗☒");
    assert_eq!(text(&sym("Wingdings", "F06C")), "●");
    assert_eq!(text(&sym("Wingdings", "F04E")), "");
    assert_eq!(text("<w:r><w:sym/><w:sym w:font=\"Wingdings\" w:char=\"zz\"/></w:r>"), "");
}

#[test]
fn characters_in_a_symbol_font_are_ticks() {
    let run =
        |font: &str, text: &str| format!("<w:r><w:rPr><w:rFonts w:ascii=\"{font}\" w:hAnsi=\"{font}\"/></w:rPr><w:t>{text}</w:t></w:r>");
    assert_eq!(ticks(&run("Wingdings", "þ¨ýüûo")), [(true, SOURCE), (false, SOURCE), (true, SOURCE), (false, SOURCE)]);
    assert_eq!(text(&run("Wingdings", "þ¨ýüûo")), "☑☐☒☑✗☐");
    assert_eq!(ticks(&run("Wingdings 2", "R£P")), [(true, SOURCE), (false, SOURCE), (true, SOURCE)]);
    assert_eq!(ticks(&run("Wingdings", "\u{f0fe}\u{f0a8}")), [(true, SOURCE), (false, SOURCE)]);
    assert_eq!(text(&run("Wingdings 2", "R计量")), "☑计量");
    assert_eq!(text(&run("Times New Roman", "R£þ")), "R£þ");
    // The font may be named by a style; the private code points still tell.
    assert_eq!(
        ticks("<w:r><w:t>\u{f0fe}\u{f0a8}\u{f052}\u{f0a3}</w:t></w:r>"),
        [(true, SOURCE), (false, SOURCE), (true, SOURCE), (false, SOURCE)]
    );
}

#[test]
fn a_checkbox_control_replaces_its_character() {
    let control = |checked: &str, content: &str| {
        format!(
            "<w:sdt><w:sdtPr><w14:checkbox>{checked}<w14:checkedState w14:val=\"2612\"/></w14:checkbox></w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt><w:r><w:t>计量</w:t></w:r>"
        )
    };
    let shown = |c: char| format!("<w:r><w:rPr><w:rFonts w:ascii=\"MS Gothic\"/></w:rPr><w:t>{c}</w:t></w:r>");
    for (xml, state) in [
        ("<w14:checked w14:val=\"1\"/>", true),
        ("<w14:checked w14:val=\"true\"/>", true),
        ("<w14:checked w14:val=\"on\"/>", true),
        ("<w14:checked/>", true),
        ("<w14:checked w14:val=\"0\"/>", false),
        ("<w14:checked w14:val=\"false\"/>", false),
        ("<w14:checked w14:val=\"off\"/>", false),
        ("", false),
    ] {
        let runs = control(xml, &shown(if state { '☒' } else { '☐' }));
        assert_eq!(ticks(&runs), [(state, TickSource::ContentControl)], "{xml}");
        assert_eq!(text(&runs), if state { "☑计量" } else { "☐计量" });
    }
    let checked = "<w14:checked w14:val=\"1\"/>";
    assert_eq!(text(&control(checked, "<w:r><w:sym w:font=\"Wingdings 2\" w:char=\"F052\"/></w:r>")), "☑计量");
    assert_eq!(text(&control(checked, "")), "☑计量");
    assert_eq!(text(&control(checked, "<w:r><w:t>☑标准</w:t></w:r>")), "☑标准计量");
}

#[test]
fn a_checkbox_control_may_say_one_thing_and_show_another() {
    let control = |checked: &str, content: &str| {
        format!(
            "<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val=\"{checked}\"/></w14:checkbox></w:sdtPr><w:sdtContent><w:r>{content}</w:r></w:sdtContent></w:sdt>"
        )
    };
    for (checked, content) in [("0", "<w:t>√</w:t>"), ("1", "<w:t>□</w:t>"), ("0", "<w:sym w:font=\"Wingdings\" w:char=\"F0FE\"/>")] {
        assert_eq!(ticks(&control(checked, content)), [(checked == "1", TickSource::Contradicted)], "{content}");
    }
}

#[test]
fn a_word_with_a_ring_around_it_is_set_off() {
    let ringed = paragraph(&complex("eq \\o\\ac(○,计量)", ""));
    let [Inline::Text(run)] = &ringed.inlines[..] else { panic!("{ringed:?}") };
    assert_eq!((run.text.as_str(), run.style.marked), ("计量", true));
    for property in
        ["<w:highlight w:val=\"yellow\"/>", "<w:color w:val=\"FF0000\"/>", "<w:shd w:fill=\"FFFF00\"/>", "<w:bdr w:val=\"single\"/>"]
    {
        let marked = paragraph(&format!("<w:r><w:rPr>{property}</w:rPr><w:t>字</w:t></w:r>"));
        assert!(matches!(&marked.inlines[..], [Inline::Text(run)] if run.style.marked), "{property}");
    }
    let plain = paragraph(
        "<w:r><w:rPr><w:color w:val=\"auto\"/><w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"auto\"/><w:highlight w:val=\"none\"/></w:rPr><w:t>字</w:t></w:r>",
    );
    assert!(matches!(&plain.inlines[..], [Inline::Text(run)] if !run.style.marked));
}

#[test]
fn a_package_in_one_file_and_word_2003() {
    let package = format!(
        "<?xml version=\"1.0\"?><?mso-application progid=\"Word.Document\"?><pkg:package xmlns:pkg=\"http://schemas.microsoft.com/office/2006/xmlPackage\"><pkg:part pkg:name=\"/_rels/.rels\"><pkg:xmlData>{RELS}</pkg:xmlData></pkg:part><pkg:part pkg:name=\"/word/document.xml\"><pkg:xmlData>{}</pkg:xmlData></pkg:part></pkg:package>",
        document("<w:p><w:r><w:t>正文</w:t></w:r></w:p>").replace("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "")
    );
    assert_eq!(super::read(package.as_bytes(), &Limits::default()).unwrap().text(), "正文\n");
    let old = "<w:wordDocument xmlns:w=\"http://schemas.microsoft.com/office/word/2003/wordml\" xmlns:aml=\"http://schemas.microsoft.com/aml/2001/core\" xmlns:wx=\"http://schemas.microsoft.com/office/word/2003/auxHint\" xmlns:v=\"urn:schemas-microsoft-com:vml\" xml:space=\"preserve\"><w:styles><w:style><w:name w:val=\"x\"/></w:style></w:styles><w:body><wx:sect><w:tbl><w:tr><w:tc><w:tcPr><w:vmerge w:val=\"restart\"/></w:tcPr><w:p><w:r><w:t>案例 </w:t></w:r><w:r><w:sym w:font=\"Wingdings\" w:char=\"F0FE\"/></w:r></w:p></w:tc><w:tc><w:p><w:r><w:pict><w:binData w:name=\"wordml://1.png\">UE5H</w:binData><v:shape><v:imagedata src=\"wordml://1.png\"/></v:shape></w:pict></w:r></w:p></w:tc></w:tr><w:tr><w:tc><w:tcPr><w:vmerge/></w:tcPr><w:p/></w:tc><w:tc><w:p><aml:annotation w:type=\"Word.Deletion\"><aml:content><w:r><w:delText>删</w:delText></w:r></aml:content></aml:annotation><aml:annotation w:type=\"Word.Insertion\"><aml:content><w:r><w:t>增</w:t></w:r></aml:content></aml:annotation></w:p></w:tc></w:tr></w:tbl></wx:sect></w:body></w:wordDocument>";
    let read = super::read(old.as_bytes(), &Limits::default()).unwrap();
    assert_eq!((read.text().as_str(), read.pictures[0].bytes.as_slice()), ("案例 ☑\n\n增\n", b"PNG".as_slice()));
    let Block::Table(table) = &read.blocks[0] else { panic!() };
    assert_eq!(table.rows[0].cells[0].row_span, 2);
}

#[test]
fn documents_within_the_document_are_read_once() {
    let inner = super::fixture::package(&[
        ("_rels/.rels", RELS.to_owned()),
        ("word/document.xml", document("<w:p><w:r><w:t>内</w:t></w:r></w:p><w:altChunk r:id=\"a\"/>")),
    ]);
    let list = rels(&[("a", "aFChunk", "chunk.htm"), ("b", "aFChunk", "chunk.docx"), ("c", "aFChunk", "chunk.bin")]);
    let main = document(
        "<w:p><w:r><w:t>前</w:t></w:r></w:p><w:altChunk r:id=\"a\"/><w:altChunk r:id=\"b\"/><w:altChunk r:id=\"c\"/><w:altChunk/>",
    );
    let bytes = super::fixture::package(&[
        ("word/document.xml", main.as_bytes()),
        ("word/_rels/document.xml.rels", list.as_bytes()),
        ("word/chunk.htm", "<html><table><tr><td>甲<td>乙</table>".as_bytes()),
        ("word/chunk.docx", &inner),
        ("word/chunk.bin", b"?"),
    ]);
    assert_eq!(super::read(&bytes, &Limits::default()).unwrap().text(), "前\n甲\n乙\n内\n");
}

#[test]
fn a_checkbox_control_around_a_paragraph_or_a_cell() {
    let control = |content: &str| {
        format!(
            "<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val=\"1\"/></w14:checkbox></w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>"
        )
    };
    assert_eq!(lines(&control("<w:p><w:r><w:t>☒</w:t></w:r></w:p>")), "☑\n");
    let read = table(&format!("<w:tbl><w:tr>{}</w:tr></w:tbl>", control("<w:tc><w:p><w:r><w:t>☒</w:t></w:r></w:p></w:tc>")));
    assert_eq!(cells(&read), [[(0, 1, 1, "☑".into())]]);
}

fn form_field(data: &str, result: &str) -> String {
    format!(
        "<w:r><w:fldChar w:fldCharType=\"begin\"><w:ffData><w:name w:val=\"x\"/>{data}</w:ffData></w:fldChar></w:r><w:r><w:instrText> FORMCHECKBOX </w:instrText></w:r><w:r><w:fldChar w:fldCharType=\"separate\"/></w:r><w:r><w:t>{result}</w:t></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r><w:r><w:t>后</w:t></w:r>"
    )
}

#[test]
fn legacy_form_fields() {
    for (data, checked) in [
        ("<w:checkBox><w:sizeAuto/><w:default w:val=\"0\"/><w:checked/></w:checkBox>", true),
        ("<w:checkBox><w:default w:val=\"1\"/></w:checkBox>", true),
        ("<w:checkBox><w:default w:val=\"1\"/><w:checked w:val=\"0\"/></w:checkBox>", false),
        ("<w:checkBox/>", false),
    ] {
        assert_eq!(ticks(&form_field(data, "☐")), [(checked, TickSource::FormField)], "{data}");
        assert_eq!(text(&form_field(data, "☐")).chars().count(), 2);
    }
    assert_eq!(
        text(&form_field("<w:ddList><w:result w:val=\"1\"/><w:listEntry w:val=\"甲\"/><w:listEntry w:val=\"乙\"/></w:ddList>", "")),
        "乙后"
    );
    assert_eq!(text(&form_field("<w:textInput/>", "填写")), "填写后");
}

fn complex(instruction: &str, result: &str) -> String {
    format!(
        "<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText>{instruction}</w:instrText></w:r>{result}<w:r><w:fldChar w:fldCharType=\"end\"/></w:r>"
    )
}

#[test]
fn equation_fields_that_overstrike_are_ticks() {
    let split = "<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText xml:space=\"preserve\"> eq \\o\\ac(</w:instrText></w:r><w:r><w:instrText>□</w:instrText></w:r><w:r><w:instrText>,√)</w:instrText></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r>";
    assert_eq!(ticks(split), [(true, TickSource::Character)]);
    let symbol = complex("eq \\o\\ac(□,</w:instrText><w:sym w:font=\"Wingdings\" w:char=\"F0FC\"/><w:instrText>)", "");
    assert_eq!(ticks(&symbol), [(true, TickSource::Character)]);
    let with_result = complex("eq \\o\\ac(□,√)", "<w:r><w:fldChar w:fldCharType=\"separate\"/></w:r><w:r><w:t>□</w:t></w:r>");
    assert_eq!(text(&with_result), "☑");
    assert_eq!(text("<w:fldSimple w:instr=\"eq \\o\\ac(□,√)\"><w:r><w:t>□</w:t></w:r></w:fldSimple>"), "☑");
}

#[test]
fn fields_show_their_results() {
    let separate = "<w:r><w:fldChar w:fldCharType=\"separate\"/></w:r>";
    assert_eq!(text(&complex("HYPERLINK \"mailto:a@b.c\"", &format!("{separate}<w:r><w:t>邮箱</w:t></w:r>"))), "邮箱");
    assert_eq!(text("<w:fldSimple w:instr=\"DATE\"><w:r><w:t>5月</w:t></w:r></w:fldSimple>"), "5月");
    let inner = complex("MERGEFIELD x", &format!("{separate}<w:r><w:t>内</w:t></w:r>"));
    assert_eq!(
        text(&complex(&format!("IF </w:instrText></w:r>{inner}<w:r><w:instrText>= 1"), &format!("{separate}<w:r><w:t>外</w:t></w:r>"))),
        "外"
    );
    assert_eq!(text(&complex("IF", &format!("{separate}<w:r><w:t>外</w:t></w:r>{inner}"))), "外内");
}

#[test]
fn a_symbol_field_shows_what_is_stored_and_else_its_symbol() {
    let field =
        |result: &str| complex(r#"SYMBOL 168 \f "Wingdings""#, &format!("<w:r><w:fldChar w:fldCharType=\"separate\"/></w:r>{result}"));
    let stored = |result: &str| format!("<w:r><w:t>{result}</w:t></w:r>");
    assert_eq!(ticks(&complex(r#"SYMBOL 254 \f "Wingdings""#, "")), [(true, TickSource::SymbolFont)]);
    assert_eq!(ticks(&field("")), [(false, TickSource::SymbolFont)]);
    assert_eq!(ticks(&field(&stored(" "))), [(false, TickSource::SymbolFont)]);
    assert_eq!(text(&field(&stored("☑"))), "☑");
    assert_eq!(text(&format!(r#"<w:fldSimple w:instr='SYMBOL 168 \f "Wingdings"'>{}</w:fldSimple>"#, stored("☑"))), "☑");
}

#[test]
fn an_endless_field_hides_no_more_than_its_paragraph() {
    let open = "<w:p><w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText>X</w:instrText></w:r></w:p>";
    assert_eq!(lines(&format!("{open}<w:p><w:r><w:t>后</w:t></w:r></w:p>")), "\n后\n");
}

#[test]
fn wrappers_are_transparent() {
    let run = "<w:r><w:t>字</w:t></w:r>";
    for wrapper in ["w:hyperlink", "w:smartTag", "w:ins", "w:moveTo", "w:customXml", "w:bdo", "w:dir", "m:oMath", "w:unknown"] {
        assert_eq!(text(&format!("<{wrapper}>{run}</{wrapper}>")), "字", "{wrapper}");
    }
    assert_eq!(text("<m:oMathPara><m:oMath><m:r><m:t>x</m:t></m:r></m:oMath></m:oMathPara>"), "x");
}

#[test]
fn controls_at_every_level() {
    let sdt = |content: &str| format!("<w:sdt><w:sdtPr><w:rPr><w:b/></w:rPr></w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>");
    let p = "<w:p><w:r><w:t>字</w:t></w:r></w:p>";
    let tc = format!("<w:tc>{p}</w:tc>");
    assert_eq!(text(&sdt("<w:r><w:t>字</w:t></w:r>")), "字");
    assert_eq!(lines(&sdt(p)), "字\n");
    let expected = [[(0, 1, 1, "字".to_owned()), (1, 1, 1, "字".to_owned())]];
    assert_eq!(cells(&table(&format!("<w:tbl><w:tr>{tc}{}</w:tr></w:tbl>", sdt(&tc)))), expected);
    assert_eq!(cells(&table(&format!("<w:tbl>{}</w:tbl>", sdt(&format!("<w:tr>{tc}{tc}</w:tr>"))))), expected);
}

#[test]
fn placeholders_are_not_content() {
    let control = |value: &str| {
        format!(
            "<w:sdt><w:sdtPr><w:showingPlcHdr{value}/></w:sdtPr><w:sdtContent><w:r><w:t>单击此处</w:t></w:r></w:sdtContent></w:sdt><w:r><w:t>后</w:t></w:r>"
        )
    };
    assert_eq!(text(&control("")), "后");
    assert_eq!(text(&control(" w:val=\"0\"")), "单击此处后");
}

#[test]
fn tracked_changes_are_read_as_accepted() {
    let runs = "<w:ins><w:r><w:t>新</w:t></w:r></w:ins><w:del><w:r><w:delText>旧</w:delText></w:r></w:del><w:moveFrom><w:r><w:t>从</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>到</w:t></w:r></w:moveTo><w:r><w:delText>残</w:delText></w:r>";
    assert_eq!(text(runs), "新到");
}

#[test]
fn a_deleted_paragraph_mark_joins_paragraphs() {
    let deleted = "<w:pPr><w:rPr><w:del w:id=\"1\"/></w:rPr></w:pPr>";
    assert_eq!(lines(&format!("<w:p>{deleted}<w:r><w:t>甲</w:t></w:r></w:p><w:p><w:r><w:t>乙</w:t></w:r></w:p>")), "甲乙\n");
    assert_eq!(
        lines(&format!("<w:p>{deleted}<w:del><w:r><w:delText>甲</w:delText></w:r></w:del></w:p><w:p><w:r><w:t>乙</w:t></w:r></w:p>")),
        "乙\n"
    );
    assert_eq!(lines(&format!("<w:p>{deleted}<w:r><w:t>甲</w:t></w:r></w:p>")), "甲\n");
}

#[test]
fn hidden_and_ruby_text() {
    assert_eq!(
        text("<w:r><w:rPr><w:vanish/></w:rPr><w:t>藏</w:t></w:r><w:r><w:rPr><w:vanish w:val=\"0\"/></w:rPr><w:t>见</w:t></w:r>"),
        "见"
    );
    let ruby = "<w:r><w:rPr><w:b/></w:rPr><w:ruby><w:rt><w:r><w:t>hàn</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>汉</w:t></w:r></w:rubyBase></w:ruby><w:t>字</w:t></w:r>";
    let read = paragraph(ruby);
    assert_eq!(read.text(), "汉字");
    assert!(matches!(read.inlines.last(), Some(Inline::Text(run)) if run.style.bold));
}

#[test]
fn emphasis() {
    let style = |properties: &str| match paragraph(&format!("<w:r><w:rPr>{properties}</w:rPr><w:t>x</w:t></w:r>")).inlines.as_slice() {
        [Inline::Text(run)] => run.style,
        other => panic!("{other:?}"),
    };
    let plain = Style::default();
    assert_eq!(style("<w:b/><w:u w:val=\"single\"/><w:dstrike/>"), Style { bold: true, underline: true, strike: true, marked: false });
    assert_eq!(style("<w:b w:val=\"false\"/><w:u w:val=\"none\"/><w:strike w:val=\"0\"/>"), plain);
    assert_eq!(style("<w:strike/>"), Style { strike: true, ..plain });
    assert_eq!(style("<w:rPrChange><w:rPr><w:b/></w:rPr></w:rPrChange>"), plain);
    // The paragraph mark's properties are not the run's.
    assert_eq!(
        paragraph("<w:pPr><w:rPr><w:b/></w:rPr></w:pPr><w:r><w:t>x</w:t></w:r>").inlines,
        paragraph("<w:r><w:t>x</w:t></w:r>").inlines
    );
}

fn cell(properties: &str, text: &str) -> String {
    format!("<w:tc><w:tcPr>{properties}</w:tcPr><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>")
}

#[test]
fn merged_cells_are_resolved() {
    let xml = format!(
        "<w:tbl><w:tblPr/><w:tblGrid/><w:tr>{}{}</w:tr><w:tr>{}{}{}</w:tr><w:tr>{}{}</w:tr></w:tbl>",
        cell("<w:vMerge w:val=\"restart\"/>", "a"),
        cell("<w:gridSpan w:val=\"2\"/>", "b"),
        cell("<w:vMerge/>", ""),
        cell("<w:vMerge w:val=\"restart\"/>", "c"),
        cell("", "d"),
        cell("<w:vMerge w:val=\"continue\"/>", ""),
        cell("<w:gridSpan w:val=\"2\"/>", "e"),
    );
    let read = cells(&table(&xml));
    assert_eq!(
        read,
        [
            vec![(0, 1, 3, "a".into()), (1, 2, 1, "b".into())],
            vec![(1, 1, 1, "c".into()), (2, 1, 1, "d".into())],
            vec![(1, 2, 1, "e".into())]
        ]
    );
}

#[test]
fn a_continuing_cell_without_an_origin_stands_by_itself() {
    let xml = format!(
        "<w:tbl><w:tr>{}</w:tr><w:tr>{}</w:tr><w:tr>{}</w:tr></w:tbl>",
        cell("", "a"),
        cell("<w:vMerge/>", "b"),
        cell("<w:vMerge/>", "c")
    );
    assert_eq!(cells(&table(&xml)), [vec![(0, 1, 1, "a".into())], vec![(0, 1, 2, "b".into())], vec![]]);
}

#[test]
fn grid_offsets_and_horizontal_merges() {
    let xml = format!(
        "<w:tbl><w:tr><w:trPr><w:gridBefore w:val=\"2\"/><w:gridAfter w:val=\"1\"/></w:trPr>{}{}{}</w:tr></w:tbl>",
        cell("<w:hMerge w:val=\"restart\"/>", "a"),
        cell("<w:hMerge/>", ""),
        cell("<w:gridSpan w:val=\"99999999999999999999\"/>", "b"),
    );
    assert_eq!(cells(&table(&xml)), [[(2, 2, 1, "a".into()), (4, 1, 1, "b".into())]]);
}

#[test]
fn nested_and_adjacent_tables() {
    let inner = format!("<w:tbl><w:tr>{}</w:tr></w:tbl>", cell("", "内"));
    let xml = format!("<w:tbl><w:tr><w:tc>{inner}<w:p/></w:tc></w:tr></w:tbl>{inner}");
    let document = body(&xml);
    assert_eq!(document.text(), "内\n\n内\n");
    assert_eq!(document.blocks.len(), 2);
    assert_eq!(cells(&table(&xml)), [[(0, 1, 1, "[table]|".into())]]);
}

#[test]
fn deleted_rows_and_cells() {
    let row = |properties: &str, text: &str| format!("<w:tr><w:trPr>{properties}</w:trPr>{}</w:tr>", cell("", text));
    let xml =
        format!("<w:tbl>{}{}<w:ins>{}</w:ins></w:tbl>", row("<w:del w:id=\"1\"/>", "旧"), row("<w:ins w:id=\"2\"/>", "新"), row("", "裹"));
    assert_eq!(cells(&table(&xml)), [[(0, 1, 1, "新".into())], [(0, 1, 1, "裹".into())]]);
    let xml = format!("<w:tbl><w:tr>{}<w:customXml>{}</w:customXml></w:tr></w:tbl>", cell("<w:cellDel w:id=\"1\"/>", "旧"), cell("", "新"));
    assert_eq!(cells(&table(&xml)), [[(0, 1, 1, "新".into())]]);
}

const BOX: &str = "<w:txbxContent><w:p><w:r><w:t>框</w:t></w:r></w:p></w:txbxContent>";

#[test]
fn text_boxes_follow_their_paragraph() {
    let drawing = format!(
        "<w:drawing><wp:anchor><a:graphic><a:graphicData><wps:wsp><wps:txbx>{BOX}</wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing>"
    );
    let vml = format!("<w:pict><v:shape><v:textbox>{BOX}</v:textbox></v:shape></w:pict>");
    for shape in [&drawing, &vml] {
        assert_eq!(lines(&format!("<w:p><w:r><w:t>前</w:t>{shape}<w:t>后</w:t></w:r></w:p><w:p/>")), "前后\n框\n\n");
    }
    let both = format!(
        "<mc:AlternateContent><mc:Choice Requires=\"wps\">{drawing}</mc:Choice><mc:Fallback>{vml}</mc:Fallback></mc:AlternateContent>"
    );
    assert_eq!(lines(&format!("<w:p><w:r>{both}</w:r></w:p>")), "\n框\n");
}

#[test]
fn the_fallback_is_read_where_the_choice_tells_nothing() {
    let alternate = |choice: &str| {
        format!(
            "<w:p><w:r><mc:AlternateContent><mc:Choice Requires=\"x\">{choice}</mc:Choice><mc:Fallback><w:t>退</w:t></mc:Fallback></mc:AlternateContent></w:r></w:p>"
        )
    };
    assert_eq!(lines(&alternate("<x:ink/>")), "退\n");
    assert_eq!(lines(&alternate("<w:t>选</w:t>")), "选\n");
}

#[test]
fn a_table_in_a_text_box_in_a_cell() {
    let inner = format!("<w:tbl><w:tr>{}</w:tr></w:tbl>", cell("", "内"));
    let shape = format!("<w:pict><v:shape><v:textbox><w:txbxContent>{inner}</w:txbxContent></v:textbox></v:shape></w:pict>");
    let read = table(&format!("<w:tbl><w:tr><w:tc><w:p><w:r>{shape}<w:t>外</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"));
    assert_eq!(cells(&read), [[(0, 1, 1, "外|[table]".into())]]);
}

#[test]
fn word_art_is_read_from_its_attribute() {
    assert_eq!(lines("<w:p><w:r><w:pict><v:shape><v:textpath string=\"典型案例\"/></v:shape></w:pict></w:r></w:p>"), "\n典型案例\n");
}

fn side(text: &str) -> String {
    document(&format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"))
}

#[test]
fn headers_footers_and_notes_follow_the_body() {
    let list = rels(&[
        ("r1", "footnotes", "footnotes.xml"),
        ("r2", "header", "header2.xml"),
        ("r3", "footer", "footer1.xml"),
        ("r4", "header", "header1.xml"),
        ("r5", "comments", "comments.xml"),
        ("r6", "endnotes", "endnotes.xml"),
    ]);
    let notes = "<w:footnotes><w:footnote w:type=\"separator\"><w:p><w:r><w:t>线</w:t></w:r></w:p></w:footnote><w:footnote><w:p><w:r><w:t>脚注</w:t></w:r></w:p></w:footnote></w:footnotes>";
    let (main, header, blank, footer, end, comment) = (side("正文"), side("页眉"), side(" "), side("页脚"), side("尾注"), side("批注"));
    let parts = [
        ("word/document.xml", main.as_str()),
        ("word/header1.xml", &header),
        ("word/header2.xml", &blank),
        ("word/footer1.xml", &footer),
        ("word/footnotes.xml", notes),
        ("word/endnotes.xml", &end),
        ("word/comments.xml", &comment),
    ];
    let with_rels = [parts.as_slice(), &[("word/_rels/document.xml.rels", &list)]].concat();
    assert_eq!(try_read(&with_rels).unwrap().text(), "正文\n页眉\n页脚\n脚注\n尾注\n");
    assert_eq!(try_read(&parts).unwrap().text(), "正文\n页眉\n页脚\n脚注\n尾注\n");
    let damaged = [("word/document.xml", main.as_str()), ("word/header1.xml", "<w:hdr><w:p>"), ("word/footer1.xml", &footer)];
    assert_eq!(try_read(&damaged).unwrap().text(), "正文\n页脚\n");
}

#[test]
fn pictures_come_with_their_bytes() {
    let list = rels(&[("rId7", "image", "media/image1.png"), ("rId8", "image", "/word/media/missing.png")]);
    let blip = |wrapper: &str, id: &str| {
        format!(
            "<w:p><w:r><w:drawing><wp:{wrapper}><a:graphic><a:blip r:embed=\"{id}\"/></a:graphic></wp:{wrapper}></w:drawing></w:r></w:p>"
        )
    };
    let vml = |style: &str| {
        format!("<w:p><w:r><w:pict><v:shape style=\"{style}\"><v:imagedata id=\"no\" r:id=\"rId7\"/></v:shape></w:pict></w:r></w:p>")
    };
    let xml = [
        blip("anchor", "rId7"),
        blip("inline", "rId7"),
        blip("inline", "rId8"),
        blip("inline", "rId9"),
        vml("position: absolute;left:0"),
        vml("width:10pt"),
    ]
    .concat();
    let read =
        try_read(&[("word/document.xml", &document(&xml)), ("word/_rels/document.xml.rels", &list), ("word/media/image1.png", "PNG")])
            .unwrap();
    let shown: Vec<Option<usize>> = read
        .blocks
        .iter()
        .map(|block| match block {
            Block::Paragraph(p) => {
                p.inlines.iter().find_map(|inline| if let Inline::Picture(index) = inline { Some(*index) } else { None })
            }
            Block::Table(_) => None,
        })
        .collect();
    assert_eq!(shown, [Some(0), Some(1), None, None, Some(0), Some(1)]);
    assert_eq!(
        read.pictures.iter().map(|p| (p.name.as_str(), p.bytes.as_slice(), p.floating)).collect::<Vec<_>>(),
        [("image1.png", b"PNG".as_slice(), true), ("image1.png", b"PNG", false)]
    );
}

#[test]
fn a_picture_over_the_limit_is_left_out() {
    let list = rels(&[("rId7", "image", "media/image1.png")]);
    let xml = document("<w:p><w:r><w:t>字</w:t><w:drawing><wp:inline><a:blip r:embed=\"rId7\"/></wp:inline></w:drawing></w:r></w:p>");
    let bytes = package(&[
        ("word/document.xml", xml.as_bytes()),
        ("word/_rels/document.xml.rels", list.as_bytes()),
        ("word/media/image1.png", &[0; 100_000]),
    ]);
    let limits = Limits { bytes_unpacked: 50_000, ..Limits::default() };
    let read = super::read(&bytes, &limits).unwrap();
    assert_eq!((read.text().as_str(), read.pictures.len()), ("字\n", 0));
}

#[test]
fn a_truncated_package_is_corrupt() {
    let bytes = package(&[("word/document.xml", document("<w:p/>"))]);
    for length in [0, 4, 30, bytes.len() / 2, bytes.len() - 23] {
        assert!(matches!(super::read(&bytes[..length], &Limits::default()), Err(ReadError::Corrupt(_))), "{length}");
    }
}

#[test]
fn the_archive_embedded_in_a_truncated_package_is_not_read() {
    let inner = package(&[("word/document.xml", document("<w:p><w:r><w:t>内</w:t></w:r></w:p>"))]);
    let outer = package(&[("word/document.xml", document("<w:p/>"))]);
    let cut = [&outer[..outer.len() / 2], &inner].concat();
    assert!(matches!(super::read(&cut, &Limits::default()), Err(ReadError::Corrupt(_))));
}

#[test]
fn malformed_main_parts_are_corrupt() {
    let whole = document("<w:p><w:r><w:t>字</w:t></w:r></w:p>");
    let (cut, _) = whole.split_once("</w:t>").unwrap();
    for xml in [cut, "", "no xml", "<w:document><w:body></w:document>", "<w:document><w:p><w:r><w:t>a & b</w:t></w:r></w:p></w:document>"] {
        assert!(matches!(try_read(&[("word/document.xml", xml)]), Err(ReadError::Corrupt(_))), "{xml}");
    }
    assert!(matches!(try_read(&[("xl/workbook.xml", "<workbook/>")]), Err(ReadError::Corrupt(_))));
    let workbook = RELS.replace("word/document.xml", "xl/workbook.xml");
    assert!(matches!(try_read(&[("_rels/.rels", &workbook), ("xl/workbook.xml", "<workbook/>")]), Err(ReadError::Corrupt(_))));
    let not_utf8 = package(&[("word/document.xml", b"<w:document>\xFF\xFF</w:document>")]);
    assert!(matches!(super::read(&not_utf8, &Limits::default()), Err(ReadError::Corrupt(_))));
}

#[test]
fn encrypted_packages() {
    let mut ole = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    ole.resize(1024, 0);
    assert!(matches!(super::read(&ole, &Limits::default()), Err(ReadError::Corrupt(_))));
    ole.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(super::read(&ole, &Limits::default()), Err(ReadError::Encrypted));

    let mut zip = package(&[("word/document.xml", document("<w:p/>"))]);
    let directory = zip.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    zip[6] |= 1;
    zip[directory + 8] |= 1;
    assert_eq!(super::read(&zip, &Limits::default()), Err(ReadError::Encrypted));
}

#[test]
fn limits_stop_the_reading() {
    let xml = document(&"<w:p><w:r><w:t>字</w:t></w:r></w:p>".repeat(1_000));
    let bytes = package(&[("word/document.xml", &xml)]);
    let read = |limits| super::read(&bytes, &limits).map(|document| document.blocks.len());
    let whole = Limits::default();
    assert_eq!(read(whole), Ok(1_000));
    assert_eq!(read(Limits { bytes_unpacked: 1_000, ..whole }), Err(ReadError::TooLarge("bytes unpacked")));
    assert_eq!(read(Limits { entries: 0, ..whole }), Err(ReadError::TooLarge("entries")));
    assert_eq!(read(Limits { xml_depth: 4, ..whole }), Err(ReadError::TooLarge("XML depth")));
    assert_eq!(read(Limits { xml_events: 5_000, ..whole }), Err(ReadError::TooLarge("XML events")));
    assert!(matches!(read(Limits { nodes: 1_999, ..whole }), Err(ReadError::TooLarge(_))));
    assert_eq!(read(Limits { nodes: 2_000, ..whole }), Ok(1_000));
}

#[test]
fn deep_nesting_is_refused_also_where_it_is_skipped() {
    for (open, close) in [("<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>"), ("<w:del>", "</w:del>"), ("<x>", "</x>")] {
        let xml = format!("{}{}", open.repeat(100_000), close.repeat(100_000));
        assert_eq!(try_body(&xml), Err(ReadError::TooLarge("XML depth")));
    }
}

#[test]
fn ticks_of_one_long_run_are_counted() {
    let run = format!("<w:r><w:rPr><w:rFonts w:hAnsi=\"Wingdings\"/></w:rPr><w:t>{}</w:t></w:r>", "þ".repeat(600_000));
    assert!(matches!(try_body(&format!("<w:p>{run}</w:p>")), Err(ReadError::TooLarge(_))));
}

#[test]
fn text_is_counted_and_pictures_are_no_text() {
    let text = "字".repeat(3 << 20);
    assert!(try_body(&format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")).is_ok());
    assert_eq!(try_body(&format!("<w:p><w:r><w:t>{text}</w:t><w:t>{text}</w:t></w:r></w:p>")), Err(ReadError::TooLarge("text")));
}

#[test]
fn entities_are_never_expanded() {
    let types = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY f SYSTEM \"file:///etc/passwd\">]>";
    let with = |text: &str| document(&format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")).replacen("?>", &format!("?>{types}"), 1);
    for entity in ["&b;", "&f;"] {
        assert!(matches!(try_read(&[("word/document.xml", &with(entity))]), Err(ReadError::Corrupt(_))));
    }
    assert_eq!(try_read(&[("word/document.xml", &with("字"))]).unwrap().text(), "字\n");
}

#[test]
fn malformed_structure_loses_nothing_and_never_panics() {
    assert_eq!(lines("<w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc>"), "a\n");
    assert_eq!(lines("<w:tbl><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc></w:tbl>"), "a\n");
    assert_eq!(lines("<w:p><w:r><w:t>a</w:t></w:r><w:p><w:r><w:t>b</w:t></w:r></w:p></w:p>"), "b\na\n");
    assert_eq!(lines("<w:tbl><w:tr/></w:tbl><w:tr/><w:r><w:t>a</w:t></w:r><w:rPr/><w:sdtContent/><mc:Choice/><w:fldChar/>"), "");
    assert_eq!(lines("<w:p><w:r><w:fldChar w:fldCharType=\"end\"/><w:fldChar w:fldCharType=\"separate\"/><w:t>a</w:t></w:r></w:p>"), "a\n");
}
