//! A document as every reader of a file gives it: blocks of inlines, whatever the format was.
//!
//! Finding fields, checking them and explaining them know only this shape. A reader never fails on
//! content: it gives the document and what it found odd.

use serde::{Deserialize, Serialize};

/// The format that a document was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Office Open XML (ECMA-376), transitional or strict.
    Docx,
    /// Word 97 to 2003.
    Doc,
    /// WPS Writer.
    Wps,
    /// Rich Text Format.
    Rtf,
    /// HTML, also under a `.doc` name.
    Html,
    /// Office Open XML spreadsheet.
    Xlsx,
    /// Excel 97 to 2003, and WPS `.et`.
    Xls,
    /// PDF.
    Pdf,
    /// OFD (GB/T 33190).
    Ofd,
    /// A picture of a form.
    Image,
    /// Plain text, such as the mail's own body.
    Text,
}

/// What a reader makes of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Where it came from.
    pub format: Format,
    /// The content in reading order.
    pub blocks: Vec<Block>,
    /// The embedded pictures that [`Inline::Picture`] points to, by index.
    pub pictures: Vec<Picture>,
    /// The words of each page without blanks, for formats that have pages: they tell where a value stood.
    pub pages: Vec<String>,
    /// Whether its tables were worked out from where words stand, since neither the format nor rulings tell them.
    pub guessed: bool,
}

/// A paragraph or a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A run of inlines up to a paragraph mark.
    Paragraph(Paragraph),
    /// Rows of cells, merged cells resolved.
    Table(Table),
}

/// One paragraph.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Paragraph {
    /// Its content in order.
    pub inlines: Vec<Inline>,
    /// Which paragraph of the file's main text it is, where the reader counts them: what is to be noted beside it
    /// is noted there. Of a spreadsheet, its row.
    pub source: Option<usize>,
}

/// A piece of a paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    /// Characters of one style. A line break within the paragraph is `\n`, a tab is `\t`.
    Text(Text),
    /// A tick box whose state the format itself tells (a content control, a symbol font).
    Tick(Tick),
    /// A picture: an index into [`Document::pictures`].
    Picture(usize),
}

/// Characters of one style.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// The characters.
    pub text: String,
    /// Their emphasis.
    pub style: Style,
}

/// The emphasis that can turn a word into a choice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// Bold.
    pub bold: bool,
    /// Underlined.
    pub underline: bool,
    /// Struck through: the word no longer counts.
    pub strike: bool,
    /// Set off in another way: highlighted, shaded, framed, dotted or coloured.
    pub marked: bool,
}

/// A tick box and why it was read so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    /// Whether it is ticked.
    pub checked: bool,
    /// What it was.
    pub source: TickSource,
}

/// What a tick was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TickSource {
    /// A content control with `w14:checkbox`.
    ContentControl,
    /// A legacy form field (`FORMCHECKBOX`).
    FormField,
    /// A character of Wingdings or Wingdings 2.
    SymbolFont,
    /// A character such as ☑, √ or □.
    Character,
    /// A content control whose stored state says the opposite of the character that it shows.
    Contradicted,
}

/// A table whose rows hold only the cells that begin in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Top to bottom.
    pub rows: Vec<Row>,
}

/// One row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Left to right. A cell merged down from a row above stands only in that row.
    pub cells: Vec<Cell>,
}

/// One cell with the grid area that it covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The first grid column, from 0.
    pub column: usize,
    /// Grid columns covered, at least 1.
    pub column_span: usize,
    /// Rows covered, at least 1.
    pub row_span: usize,
    /// Paragraphs and nested tables.
    pub blocks: Vec<Block>,
}

/// An embedded picture, undecoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The part's name inside the file, as data.
    pub name: String,
    /// Its bytes as they stood in the file.
    pub bytes: Vec<u8>,
    /// Whether it floats over the text (`wp:anchor`), as a pasted seal does.
    pub floating: bool,
}

impl Paragraph {
    /// The paragraph's characters; ticks show as ☑ or ☐, pictures not at all.
    pub fn text(&self) -> String {
        Inline::text(&self.inlines)
    }

    /// Whether nothing stands there, not even a tick or a picture.
    pub fn is_blank(&self) -> bool {
        self.inlines.iter().all(Inline::is_blank)
    }
}

impl Inline {
    /// The characters of some inlines; ticks show as ☑ or ☐, pictures not at all.
    pub fn text(inlines: &[Inline]) -> String {
        let mut out = String::with_capacity(inlines.iter().map(Inline::text_len).sum());
        for inline in inlines {
            match inline {
                Inline::Text(run) => out.push_str(&run.text),
                Inline::Tick(tick) => out.push(tick.shown()),
                Inline::Picture(_) => {}
            }
        }
        out
    }

    /// The bytes of its characters.
    pub fn text_len(&self) -> usize {
        match self {
            Inline::Text(run) => run.text.len(),
            Inline::Tick(tick) => tick.shown().len_utf8(),
            Inline::Picture(_) => 0,
        }
    }

    /// Whether it is blanks only.
    pub fn is_blank(&self) -> bool {
        match self {
            Inline::Text(run) => run.text.trim().is_empty(),
            Inline::Tick(_) | Inline::Picture(_) => false,
        }
    }
}

impl Tick {
    fn shown(self) -> char {
        if self.checked { '☑' } else { '☐' }
    }
}

impl Document {
    /// How much of a text is looked for on a page: the rest may stand on the next one.
    const SOUGHT: usize = 24;

    /// The first page, from 1, on which a text stands; none for formats without pages.
    pub fn page_of(&self, text: &str) -> Option<usize> {
        let sought: String = text.chars().filter(|c| !c.is_whitespace()).take(Self::SOUGHT).collect();
        let on = |page: &String| !sought.is_empty() && page.contains(&sought);
        self.pages.iter().position(on).map(|page| page + 1)
    }

    /// Every paragraph's text in reading order, a line each: for search, and for seeing what a reader saw.
    pub fn text(&self) -> String {
        fn walk(blocks: &[Block], out: &mut String) {
            for block in blocks {
                match block {
                    Block::Paragraph(paragraph) => {
                        out.push_str(&paragraph.text());
                        out.push('\n');
                    }
                    Block::Table(table) => table.rows.iter().flat_map(|row| &row.cells).for_each(|cell| walk(&cell.blocks, out)),
                }
            }
        }
        let mut out = String::new();
        walk(&self.blocks, &mut out);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_on_its_page() {
        let pages = vec!["案例题目茶".to_owned(), "报送单位某市计量院".to_owned()];
        let document = Document { format: Format::Pdf, blocks: Vec::new(), pictures: Vec::new(), pages, guessed: false };
        assert_eq!((document.page_of("某市 计量院"), document.page_of("茶"), document.page_of("无")), (Some(2), Some(1), None));
        assert_eq!(document.page_of(" "), None);
    }
}
