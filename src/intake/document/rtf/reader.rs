//! Tokens become paragraphs, cells and pictures, by the state of the group that they stand in.

use std::collections::HashMap;

use encoding_rs::{Encoding, GB18030, WINDOWS_1252};

use super::table::{Definition, Rows};
use super::token::{Token, Tokens};
use crate::intake::document::docx::instruction::{Shown, shown_without_result};
use crate::intake::document::inlines::{self, Look};
use crate::intake::document::{Limits, ReadError};
use crate::model::document::{Block, Inline, Paragraph, Picture, Style, Text, Tick, TickSource};

/// Tables within tables.
const MOST_NESTED: usize = 16;
/// Longer instructions are cut: what is read from one stands at its beginning.
const LONGEST_INSTRUCTION: usize = 4_096;
const MOST_COLOURS: usize = 10_000;
/// A font's name is short.
const MOST_NAME: usize = 100;

/// What a group holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Body,
    /// Nothing of its own, but groups within it may.
    Quiet,
    Fonts,
    /// What a field does: some show themselves, without a result.
    Instruction,
    Colours,
    /// Properties of a form field.
    FormField,
    Picture,
    Skip,
}

#[derive(Debug, Clone, Copy)]
struct State {
    target: Target,
    /// Bytes that stand for a Unicode character where it isn't known.
    fallback: usize,
    font: i32,
    bold: bool,
    underline: bool,
    strike: bool,
    hidden: bool,
    marked: bool,
    /// Whether the properties that follow are those of East Asian characters.
    east_asian: bool,
    floating: bool,
    /// The group began with `\*`.
    starred: bool,
    /// Whether the row's definition of the group outside comes back.
    nested_row: bool,
}

#[derive(Debug, Clone, Default)]
struct Font {
    name: Vec<u8>,
    charset: i32,
}

struct Reader {
    nodes: usize,
    state: State,
    groups: Vec<State>,
    most_groups: usize,
    fonts: HashMap<i32, Font>,
    code_page: &'static Encoding,
    bytes: Vec<u8>,
    /// Bytes of text still to be skipped after `\u`.
    skip: usize,
    surrogate: Option<u16>,
    inlines: Vec<Inline>,
    blocks: Vec<Block>,
    tables: Vec<Rows>,
    depth: usize,
    definition: Definition,
    outer: Vec<Definition>,
    field: FormField,
    instruction: String,
    /// Whether each colour of the table is one, and no black; and whether the next one is.
    colours: Vec<bool>,
    colour: bool,
    hex: Vec<u8>,
    media: Option<&'static str>,
    pictures: Vec<Picture>,
}

/// A check box of a form (`\formfield`).
#[derive(Default)]
struct FormField {
    is_box: bool,
    result: Option<bool>,
    default: bool,
}

/// Reads a file.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<(Vec<Block>, Vec<Picture>), ReadError> {
    let body = State {
        target: Target::Body,
        fallback: 1,
        font: 0,
        bold: false,
        underline: false,
        strike: false,
        hidden: false,
        marked: false,
        east_asian: false,
        floating: false,
        starred: false,
        nested_row: false,
    };
    let mut reader = Reader {
        nodes: limits.nodes,
        state: body,
        groups: Vec::new(),
        most_groups: limits.xml_depth,
        fonts: HashMap::new(),
        code_page: GB18030,
        bytes: Vec::new(),
        skip: 0,
        surrogate: None,
        inlines: Vec::new(),
        blocks: Vec::new(),
        tables: Vec::new(),
        depth: 0,
        definition: Definition::default(),
        outer: Vec::new(),
        field: FormField::default(),
        instruction: String::new(),
        colours: Vec::new(),
        colour: false,
        hex: Vec::new(),
        media: None,
        pictures: Vec::new(),
    };
    for token in Tokens::new(bytes) {
        reader.token(token)?;
    }
    reader.finish()
}

impl Reader {
    fn spend(&mut self) -> Result<(), ReadError> {
        self.nodes = self.nodes.checked_sub(1).ok_or(ReadError::TooLarge("nodes"))?;
        Ok(())
    }

    fn token(&mut self, token: Token<'_>) -> Result<(), ReadError> {
        match token {
            Token::Open => self.open(),
            Token::Close => self.close(),
            Token::Byte(byte) => {
                self.byte(byte);
                Ok(())
            }
            Token::Binary(bytes) => {
                if self.state.target == Target::Picture {
                    self.hex.clear();
                    self.picture(bytes.to_vec())?;
                }
                Ok(())
            }
            Token::Symbol(mark) => self.symbol(mark),
            Token::Word(word, number) => self.word(word, number),
        }
    }

    fn open(&mut self) -> Result<(), ReadError> {
        self.flush()?;
        if self.groups.len() >= self.most_groups {
            return Err(ReadError::TooLarge("depth"));
        }
        self.groups.push(self.state);
        self.state.starred = false;
        self.state.nested_row = false;
        Ok(())
    }

    fn close(&mut self) -> Result<(), ReadError> {
        self.flush()?;
        self.skip = 0;
        let Some(outside) = self.groups.pop() else { return Ok(()) };
        let inside = std::mem::replace(&mut self.state, outside);
        if inside.nested_row
            && let Some(outer) = self.outer.pop()
        {
            self.definition = outer;
        }
        match inside.target {
            Target::Picture if outside.target != Target::Picture => {
                let bytes = from_hex(&std::mem::take(&mut self.hex));
                self.picture(bytes)
            }
            Target::FormField if outside.target != Target::FormField => self.tick(),
            Target::Instruction if outside.target != Target::Instruction => self.field_without_result(),
            _ => Ok(()),
        }
    }

    fn byte(&mut self, byte: u8) {
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        match self.state.target {
            Target::Body if !self.state.hidden => self.bytes.push(byte),
            Target::Picture => self.hex.push(byte),
            Target::Instruction => self.bytes.push(byte),
            Target::Colours if byte == b';' => {
                if self.colours.len() < MOST_COLOURS {
                    self.colours.push(std::mem::take(&mut self.colour));
                }
            }
            Target::Fonts => {
                let font = self.fonts.entry(self.state.font).or_default();
                if byte != b';' && font.name.len() < MOST_NAME {
                    font.name.push(byte);
                }
            }
            Target::Body | Target::Quiet | Target::FormField | Target::Colours | Target::Skip => {}
        }
    }

    fn symbol(&mut self, mark: u8) -> Result<(), ReadError> {
        match mark {
            b'*' => self.state.starred = true,
            b'~' => self.character('\u{a0}')?,
            b'_' => self.character('-')?,
            b'\\' | b'{' | b'}' => self.byte(mark),
            b'\r' | b'\n' => self.end_paragraph()?,
            _ => {}
        }
        Ok(())
    }

    fn word(&mut self, word: &str, number: Option<i32>) -> Result<(), ReadError> {
        if word == "u" {
            return self.unicode(number.unwrap_or_default());
        }
        self.flush()?;
        self.skip = 0;
        if let Some(target) = destination(word, std::mem::take(&mut self.state.starred)) {
            if self.state.target != Target::Skip {
                self.state.target = target;
            }
            self.state.floating |= word == "shpinst";
            if word == "formfield" {
                self.field = FormField::default();
            }
            if word == "nesttableprops" {
                self.state.nested_row = true;
                self.outer.push(std::mem::take(&mut self.definition));
            }
            return Ok(());
        }
        match self.state.target {
            Target::Body => self.body_word(word, number),
            Target::Fonts => {
                match word {
                    "f" => self.state.font = number.unwrap_or_default(),
                    "fcharset" => self.fonts.entry(self.state.font).or_default().charset = number.unwrap_or_default(),
                    _ => {}
                }
                Ok(())
            }
            Target::FormField => {
                match word {
                    "fftype" => self.field.is_box = number == Some(1),
                    "ffres" => self.field.result = number.filter(|result| matches!(result, 0 | 1)).map(|result| result == 1),
                    "ffdefres" => self.field.default = number == Some(1),
                    _ => {}
                }
                Ok(())
            }
            Target::Picture => {
                match word {
                    "pngblip" => self.media = Some("png"),
                    "jpegblip" => self.media = Some("jpg"),
                    _ => {}
                }
                Ok(())
            }
            Target::Colours => {
                self.colour |= matches!(word, "red" | "green" | "blue") && number.is_some_and(|value| value != 0);
                Ok(())
            }
            Target::Quiet | Target::Instruction | Target::Skip => Ok(()),
        }
    }

    fn body_word(&mut self, word: &str, number: Option<i32>) -> Result<(), ReadError> {
        let on = number != Some(0);
        match word {
            "par" | "sect" | "page" => self.end_paragraph()?,
            "line" => self.character('\n')?,
            "tab" => self.character('\t')?,
            "cell" => self.cell(1)?,
            "nestcell" => self.cell(self.depth.max(1))?,
            "row" => self.row(1)?,
            "nestrow" => self.row(self.depth.max(1))?,
            "intbl" => self.depth = self.depth.max(1),
            "itap" => self.depth = usize::try_from(number.unwrap_or_default()).unwrap_or_default().min(MOST_NESTED),
            "pard" => self.depth = 0,
            "plain" => {
                (self.state.bold, self.state.underline, self.state.strike) = (false, false, false);
                (self.state.hidden, self.state.marked) = (false, false);
            }
            "b" => self.state.bold = on,
            // LibreOffice makes East Asian characters bold by the associated property.
            "dbch" => self.state.east_asian = true,
            "loch" | "hich" => self.state.east_asian = false,
            "ab" if self.state.east_asian => self.state.bold = on,
            "highlight" | "chcbpat" | "cb" | "chbrdr" => self.state.marked |= number != Some(0),
            "cf" => self.state.marked |= self.is_coloured(number),
            "strike" | "striked" => self.state.strike = on,
            "ulnone" => self.state.underline = false,
            "v" | "deleted" => self.state.hidden = on,
            "f" => self.state.font = number.unwrap_or_default(),
            "uc" => self.state.fallback = usize::try_from(number.unwrap_or(1)).unwrap_or_default(),
            "ansicpg" => self.code_page = code_page(number.unwrap_or_default()).unwrap_or(GB18030),
            "emdash" => self.character('—')?,
            "endash" => self.character('–')?,
            "lquote" => self.character('‘')?,
            "rquote" => self.character('’')?,
            "ldblquote" => self.character('“')?,
            "rdblquote" => self.character('”')?,
            "bullet" => self.character('•')?,
            _ if word.starts_with("ul") && word != "ulc" => self.state.underline = on,
            _ => self.definition.word(word, number.unwrap_or_default()),
        }
        Ok(())
    }

    /// `\u`: a UTF-16 unit as a signed number.
    fn unicode(&mut self, number: i32) -> Result<(), ReadError> {
        self.flush_bytes()?;
        self.skip = self.state.fallback;
        let Ok(unit) = u16::try_from(number & 0xFFFF) else { return Ok(()) };
        let units = self.surrogate.take().into_iter().chain([unit]);
        if (0xD800..0xDC00).contains(&unit) {
            self.surrogate = Some(unit);
            return Ok(());
        }
        let text: String = char::decode_utf16(units).filter_map(Result::ok).collect();
        self.text(&text)
    }

    fn character(&mut self, c: char) -> Result<(), ReadError> {
        self.flush()?;
        self.text(c.encode_utf8(&mut [0; 4]))
    }

    /// Bytes that were gathered become characters.
    fn flush(&mut self) -> Result<(), ReadError> {
        self.surrogate = None;
        self.flush_bytes()
    }

    fn flush_bytes(&mut self) -> Result<(), ReadError> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.bytes);
        let text = self.encoding().decode_without_bom_handling(&bytes).0.into_owned();
        self.text(&text)
    }

    fn encoding(&self) -> &'static Encoding {
        match self.fonts.get(&self.state.font).map_or(0, |font| font.charset) {
            2 => WINDOWS_1252,
            128 => encoding_rs::SHIFT_JIS,
            129 => encoding_rs::EUC_KR,
            134 => GB18030,
            136 => encoding_rs::BIG5,
            _ => self.code_page,
        }
    }

    fn text(&mut self, text: &str) -> Result<(), ReadError> {
        if self.state.target == Target::Instruction && self.instruction.len() + text.len() <= LONGEST_INSTRUCTION {
            self.instruction.push_str(text);
        }
        if self.state.target != Target::Body || self.state.hidden {
            return Ok(());
        }
        let name = self.fonts.get(&self.state.font).map(|font| String::from_utf8_lossy(&font.name).into_owned());
        let look = Look::new(name.as_deref(), self.state.bold, self.state.underline, self.state.strike).and_marked(self.state.marked);
        for inline in inlines::of(text, look) {
            match (self.inlines.last_mut(), &inline) {
                (Some(Inline::Text(last)), Inline::Text(next)) if last.style == next.style => last.text.push_str(&next.text),
                _ => {
                    self.spend()?;
                    self.inlines.push(inline);
                }
            }
        }
        Ok(())
    }

    fn tick(&mut self) -> Result<(), ReadError> {
        let field = std::mem::take(&mut self.field);
        if field.is_box {
            self.spend()?;
            let checked = field.result.unwrap_or(field.default);
            self.inlines.push(Inline::Tick(Tick { checked, source: TickSource::FormField }));
        }
        Ok(())
    }

    /// `EQ`, `SYMBOL` and their like show what they say: Word keeps no result of them.
    fn field_without_result(&mut self) -> Result<(), ReadError> {
        let instruction = std::mem::take(&mut self.instruction);
        if self.state.hidden {
            return Ok(());
        }
        let inline = match shown_without_result(&instruction) {
            Some(Shown::Tick(tick)) => Inline::Tick(tick),
            Some(Shown::Text(text)) => Inline::Text(Text { text, ..Text::default() }),
            Some(Shown::Enclosed(text)) => Inline::Text(Text { text, style: Style { marked: true, ..Style::default() } }),
            None => return Ok(()),
        };
        self.spend()?;
        self.inlines.push(inline);
        Ok(())
    }

    fn is_coloured(&self, number: Option<i32>) -> bool {
        usize::try_from(number.unwrap_or_default()).ok().and_then(|at| self.colours.get(at)).copied().unwrap_or_default()
    }

    fn picture(&mut self, bytes: Vec<u8>) -> Result<(), ReadError> {
        let Some(media) = self.media.take().filter(|_| !bytes.is_empty()) else { return Ok(()) };
        self.spend()?;
        let index = self.pictures.len();
        self.pictures.push(Picture { name: format!("image{}.{media}", index + 1), bytes, floating: self.state.floating });
        self.inlines.push(Inline::Picture(index));
        Ok(())
    }

    fn end_paragraph(&mut self) -> Result<(), ReadError> {
        self.flush()?;
        self.level(self.depth)?;
        self.take_paragraph()
    }

    fn take_paragraph(&mut self) -> Result<(), ReadError> {
        self.spend()?;
        let paragraph = Block::Paragraph(Paragraph { inlines: std::mem::take(&mut self.inlines), source: None });
        self.target().push(paragraph);
        Ok(())
    }

    fn target(&mut self) -> &mut Vec<Block> {
        self.tables.last_mut().map_or(&mut self.blocks, |table| &mut table.blocks)
    }

    /// Tables open or close until this many are open.
    fn level(&mut self, depth: usize) -> Result<(), ReadError> {
        while self.tables.len() > depth {
            let Some(table) = self.tables.pop() else { break };
            let table = table.close(&self.definition);
            self.target().extend(table.map(Block::Table));
        }
        while self.tables.len() < depth {
            self.spend()?;
            self.tables.push(Rows::default());
        }
        Ok(())
    }

    fn cell(&mut self, depth: usize) -> Result<(), ReadError> {
        self.flush()?;
        self.level(depth)?;
        self.take_paragraph()?;
        if let Some(table) = self.tables.last_mut() {
            table.cell();
        }
        Ok(())
    }

    fn row(&mut self, depth: usize) -> Result<(), ReadError> {
        self.flush()?;
        self.level(depth)?;
        self.spend()?;
        if let Some(table) = self.tables.last_mut() {
            table.row(&self.definition);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(Vec<Block>, Vec<Picture>), ReadError> {
        self.flush()?;
        if !self.inlines.is_empty() {
            self.end_paragraph()?;
        }
        self.level(0)?;
        Ok((self.blocks, self.pictures))
    }
}

/// Where the text of a group goes that begins with this word; none where the word is no destination.
fn destination(word: &str, starred: bool) -> Option<Target> {
    match word {
        "shptxt" | "fldrslt" | "nesttableprops" | "result" => Some(Target::Body),
        "fonttbl" => Some(Target::Fonts),
        "pict" => Some(Target::Picture),
        "shpinst" | "sp" | "sv" | "shppict" => Some(Target::Quiet),
        "fldinst" => Some(Target::Instruction),
        "colortbl" => Some(Target::Colours),
        "formfield" => Some(Target::FormField),
        "stylesheet" | "info" | "header" | "headerl" | "headerr" | "headerf" | "footer" | "footerl" | "footerr" | "footerf"
        | "footnote" | "nonshppict" | "shprslt" | "object" | "listtext" | "pntext" | "nonesttables" | "sn" | "annotation" | "xe" | "tc"
        | "bkmkstart" | "bkmkend" | "falt" | "panose" | "fname" | "ffname" | "ffdeftext" => Some(Target::Skip),
        _ if starred => Some(Target::Skip),
        _ => None,
    }
}

fn code_page(number: i32) -> Option<&'static Encoding> {
    Some(match number {
        932 => encoding_rs::SHIFT_JIS,
        949 => encoding_rs::EUC_KR,
        950 => encoding_rs::BIG5,
        1250 => encoding_rs::WINDOWS_1250,
        1251 => encoding_rs::WINDOWS_1251,
        65001 => encoding_rs::UTF_8,
        936 | 54936 | 1252 => GB18030,
        _ => return None,
    })
}

/// Hexadecimal digits, whatever stands between them.
fn from_hex(digits: &[u8]) -> Vec<u8> {
    let values: Vec<u8> =
        digits.iter().filter_map(|digit| char::from(*digit).to_digit(16)).filter_map(|value| u8::try_from(value).ok()).collect();
    values.as_chunks::<2>().0.iter().map(|[high, low]| high << 4 | low).collect()
}
