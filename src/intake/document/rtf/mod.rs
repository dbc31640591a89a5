//! An RTF file becomes a [`Document`]: the body with its tables, ticks, emphasis and pictures, then headers,
//! footers and notes that carry text.
//!
//! Follows the Rich Text Format Specification 1.9.1. Characters come as Unicode (`\u`) or in the code page of
//! their font. Numbering and styles are not read, and of embedded objects only what they show.

mod characters;
mod colours;
mod field;
mod reader;
mod state;
mod story;
mod table;
mod token;

use super::{Limits, ReadError};
use crate::model::document::{Document, Format};

/// Reads a file into a document.
///
/// # Errors
/// [`ReadError::Corrupt`] where it doesn't begin as RTF, [`ReadError::TooLarge`] where a limit was met.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Document, ReadError> {
    let bytes = bytes.trim_ascii_start();
    if !bytes.starts_with(b"{\\rtf") {
        return Err(ReadError::Corrupt("no RTF header".into()));
    }
    if bytes.len() as u64 > limits.bytes_unpacked {
        return Err(ReadError::TooLarge("bytes unpacked"));
    }
    let (blocks, pictures) = reader::read(bytes, limits)?;
    Ok(Document { format: Format::Rtf, blocks, pictures, pages: Vec::new(), guessed: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::document::{Block, Inline, Table};

    const FORM: &[u8] = include_bytes!("../../../../fixtures/documents/form.rtf");

    fn table(document: &Document) -> &Table {
        let table = document.blocks.iter().find_map(|block| match block {
            Block::Table(table) => Some(table),
            Block::Paragraph(_) => None,
        });
        table.unwrap()
    }

    fn parsed(rtf: &str) -> Document {
        read(&encoding_rs::GB18030.encode(rtf).0, &Limits::default()).unwrap()
    }

    fn spans(table: &Table) -> Vec<Vec<(usize, usize, usize)>> {
        table.rows.iter().map(|row| row.cells.iter().map(|cell| (cell.column, cell.column_span, cell.row_span)).collect()).collect()
    }

    #[test]
    fn a_form_keeps_its_merged_cells_ticks_and_nested_table() {
        let document = read(FORM, &Limits::default()).unwrap();
        let table = table(&document);
        let expected = [
            vec![(0, 1, 1), (1, 2, 1)],
            vec![(0, 1, 1), (1, 2, 1)],
            vec![(0, 1, 2), (1, 1, 1), (2, 1, 1)],
            vec![(1, 1, 1), (2, 1, 1)],
            vec![(0, 1, 1), (1, 2, 1)],
            vec![(0, 3, 1)],
        ];
        assert_eq!(spans(table), expected);
        let text = document.text();
        for line in [
            "附件2",
            "计量强基作废助企",
            "湖北省计量院\n第二段",
            "☑计量 ☐标准 ☑检验检测 ☐认证",
            "张三 19900000001\n内1\n内2\n表后",
            "尾段\n换行\t制表",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        assert!(table.rows[4].cells[1].blocks.iter().any(|block| matches!(block, Block::Table(nested) if nested.rows[0].cells.len() == 2)));
        let pictures = table.rows[5].cells[0].blocks.iter().filter_map(|block| match block {
            Block::Paragraph(paragraph) => Some(paragraph.inlines.iter().filter(|inline| matches!(inline, Inline::Picture(_))).count()),
            Block::Table(_) => None,
        });
        assert_eq!((pictures.sum::<usize>(), document.pictures.len()), (2, 2));
        assert!(document.pictures.iter().all(|picture| picture.bytes.starts_with(b"\x89PNG")));
        assert_eq!(document.pictures.iter().map(|picture| picture.floating).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn characters_of_code_pages_and_unicode() {
        let head = r"{\rtf1\ansi\ansicpg936{\fonttbl{\f0\fcharset0 Times;}{\f1\fcharset134 \'cb\'ce\'cc\'e5;}{\f2\fcharset2 Wingdings 2;}{\f3\fcharset136 x;}}";
        let text = |body: &str| parsed(&format!("{head}{body}}}")).text();
        assert_eq!(text(r"\f1 \'b0\'b8\'c0\'fd\f0 A\'b1\'ea"), "案例A标\n");
        assert_eq!(text(r"\uc1\u26696?\u-26981 ?{\uc2\u20363 ??}\u55357?\u56825?"), "案際例🗹\n".replace('🗹', "☑"));
        // LibreOffice sets the count of fallback bytes between the halves of a character.
        assert_eq!(text(r"\uc0\u55357\uc1 \u56825\'3f{\u-10179\'3f}{\f1\u-8711\'3f}\uc1\u-10179 ?甲\u-8711 ?"), "☑☑甲\n");
        assert_eq!(text(r"{\f2 R}\f1 \'bc\'c6"), "☑计\n");
        assert_eq!(text(r"{\f3 \'b4\'fa}"), "測\n");
        assert_eq!(text("案例"), "案例\n");
        assert_eq!(text(r"\{a\}\~b\\\tab c\line d\par e\emdash"), "{a} b\\\tc\nd\ne—\n".replace("} b", "}\u{a0}b"));
    }

    #[test]
    fn form_fields_are_ticks() {
        let field = |state: &str| {
            format!(r"{{\field{{\*\fldinst FORMCHECKBOX {{\*\formfield{{\fftype1{state}{{\*\ffname a}}}}}}}}{{\fldrslt }}}}甲")
        };
        let text = |state: &str| parsed(&format!(r"{{\rtf1{}}}", field(state))).text();
        assert_eq!(text(r"\ffres1"), "☑甲\n");
        assert_eq!(text(r"\ffres0\ffdefres1"), "☐甲\n");
        assert_eq!(text(r"\ffres25\ffdefres1"), "☑甲\n");
    }

    #[test]
    fn what_is_not_body_is_left_out() {
        let text = |body: &str| parsed(&format!(r"{{\rtf1{body}}}")).text();
        assert_eq!(text(r"{\info{\title x}}{\stylesheet{\s0 Normal;}}{\*\unknown y}a{\v hidden}b"), "ab\n");
        assert_eq!(text(r#"{\field{\*\fldinst HYPERLINK "x"}{\fldrslt shown}}"#), "shown\n");
        // Word writes a symbol, or a mark over a box, as a field without a result.
        assert_eq!(text(r#"{\field{\*\fldinst SYMBOL 254 \\f "Wingdings" \\s 12}{\fldrslt\f2}}甲"#), "☑甲\n");
        assert_eq!(text(r"{\field{\*\fldinst {eq \\o\\ac(□,√)}}{\fldrslt }}甲"), "☑甲\n");
        assert_eq!(text(r"{\pict\wmetafile8 0102}a\bin3 }}}b"), "ab\n");
    }

    #[test]
    fn headers_footers_and_notes_follow_the_body() {
        let text = |body: &str| parsed(&format!(r"{{\rtf1{body}}}")).text();
        assert_eq!(text(r"{\header 眉\par}\trowd\cellx9\intbl 甲{\footnote 注}\cell\row\pard 乙{\footerf 脚}\par"), "甲\n乙\n眉\n注\n脚\n");
        assert_eq!(text(r"a{\footnote{\footnote x}y\header z}b"), "ab\ny\n");
        assert_eq!(text(r"{\stylesheet{\header x}}a{\header y"), "a\ny\n");
        let logo = parsed(r"{\rtf1{\header{\pict\pngblip 0102}}a{\pict\pngblip 03}}");
        assert_eq!((logo.text().as_str(), logo.pictures.len()), ("a\n", 1));
    }

    #[test]
    fn an_embedded_object_shows_its_result() {
        let object = r"{\rtf1{\object\objemb{\*\objclass Excel.Sheet.8}{\*\objdata 0102}{\result 甲}}乙}";
        assert_eq!(parsed(object).text(), "甲乙\n");
    }

    #[test]
    fn hostile_input_ends() {
        for piece in [
            "{",
            "}",
            "{\\pict",
            "\\cell",
            "\\row",
            "\\intbl\\itap9999\\par",
            "\\trowd\\cellx1",
            "\\bin9999999999 ",
            "\\u",
            "\\'",
            "\\nestcell",
            "{\\*",
            "{\\header",
            "{\\footnote x}",
            "\\u-10179",
        ] {
            let _ = read(format!("{{\\rtf1{}", piece.repeat(50_000)).as_bytes(), &Limits::default());
        }
        for at in 0..FORM.len().min(3000) {
            let _ = read(&FORM[..at], &Limits::default());
        }
        assert_eq!(read(format!("{{\\rtf1{}", "{".repeat(300)).as_bytes(), &Limits::default()), Err(ReadError::TooLarge("depth")));
    }
}
