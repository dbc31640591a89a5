//! Tokens become stories and pictures, by the state of the group that they stand in.

use super::characters::Characters;
use super::colours::Colours;
use super::field::{FormField, Instruction};
use super::state::{State, Target, destination};
use super::story::{Nodes, Story};
use super::token::{Token, Tokens};
use crate::intake::document::inlines::{self, Look};
use crate::intake::document::{Limits, ReadError, holds_text};
use crate::model::document::{Block, Inline, Picture};

struct Reader {
    nodes: Nodes,
    state: State,
    groups: Vec<State>,
    most_groups: usize,
    characters: Characters,
    story: Story,
    /// The body, while a header or a note interrupts it: these hold no others.
    interrupted: Option<Story>,
    /// What stands beside the body.
    sides: Vec<Block>,
    field: FormField,
    instruction: Instruction,
    colours: Colours,
    hex: Vec<u8>,
    media: Option<&'static str>,
    pictures: Vec<Picture>,
}

/// Reads a file.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<(Vec<Block>, Vec<Picture>), ReadError> {
    let mut reader = Reader {
        nodes: Nodes::of(limits),
        state: State::OUTSIDE,
        groups: Vec::new(),
        most_groups: limits.xml_depth,
        characters: Characters::new(),
        story: Story::default(),
        interrupted: None,
        sides: Vec::new(),
        field: FormField::default(),
        instruction: Instruction::default(),
        colours: Colours::default(),
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
            Token::Word("u", number) => self.unicode(number.unwrap_or_default()),
            Token::Word(word, number) => self.word(word, number),
        }
    }

    fn open(&mut self) -> Result<(), ReadError> {
        self.flush()?;
        if self.groups.len() >= self.most_groups {
            return Err(ReadError::TooLarge("depth"));
        }
        self.groups.push(self.state);
        (self.state.starred, self.state.nested_row, self.state.story) = (false, false, false);
        Ok(())
    }

    fn close(&mut self) -> Result<(), ReadError> {
        self.flush()?;
        self.characters.no_fallback();
        let Some(outside) = self.groups.pop() else { return Ok(()) };
        let inside = std::mem::replace(&mut self.state, outside);
        if inside.nested_row {
            self.story.leave_definition();
        }
        if inside.story {
            self.end_story()?;
        }
        match inside.target {
            Target::Picture if outside.target != Target::Picture => {
                let bytes = from_hex(&std::mem::take(&mut self.hex));
                self.picture(bytes)
            }
            Target::FormField if outside.target != Target::FormField => {
                let tick = std::mem::take(&mut self.field).tick();
                self.push(tick)
            }
            Target::Instruction if outside.target != Target::Instruction => {
                let shown = std::mem::take(&mut self.instruction).shown();
                self.push(shown.filter(|_| !self.state.hidden))
            }
            _ => Ok(()),
        }
    }

    fn byte(&mut self, byte: u8) {
        if self.characters.is_fallback() {
            return;
        }
        match self.state.target {
            Target::Body if !self.state.hidden => self.characters.byte(byte),
            Target::Picture => self.hex.push(byte),
            Target::Instruction => self.characters.byte(byte),
            Target::Colours => self.colours.byte(byte),
            Target::Fonts => self.characters.name_byte(self.state.font, byte),
            Target::Body | Target::Side | Target::Quiet | Target::FormField | Target::Skip => {}
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
        self.flush()?;
        self.characters.no_fallback();
        if let Some(target) = destination(word, std::mem::take(&mut self.state.starred)) {
            self.enter(word, target);
            return Ok(());
        }
        let value = number.unwrap_or_default();
        match (self.state.target, word) {
            (Target::Body, _) => self.body_word(word, number)?,
            (Target::Fonts, "f") => self.state.font = value,
            (Target::Fonts, "fcharset") => self.characters.set_charset(self.state.font, value),
            (Target::FormField, _) => self.field.word(word, number),
            (Target::Picture, "pngblip") => self.media = Some("png"),
            (Target::Picture, "jpegblip") => self.media = Some("jpg"),
            (Target::Colours, _) => self.colours.word(word, value),
            (Target::Side | Target::Quiet | Target::Instruction | Target::Skip | Target::Fonts | Target::Picture, _) => {}
        }
        Ok(())
    }

    /// The group turns out to hold something of its own.
    fn enter(&mut self, word: &str, target: Target) {
        match (self.state.target, target) {
            (Target::Skip, _) => {}
            (Target::Body, Target::Side) if self.interrupted.is_none() => {
                let story = Story::after(self.pictures.len());
                self.interrupted = Some(std::mem::replace(&mut self.story, story));
                self.state.story = true;
            }
            (_, Target::Side) => self.state.target = Target::Skip,
            (_, target) => self.state.target = target,
        }
        self.state.floating |= word == "shpinst";
        if word == "formfield" {
            self.field = FormField::default();
        }
        if word == "nesttableprops" {
            self.state.nested_row = true;
            self.story.enter_definition();
        }
    }

    fn body_word(&mut self, word: &str, number: Option<i32>) -> Result<(), ReadError> {
        let on = number != Some(0);
        match word {
            "par" | "sect" | "page" => self.end_paragraph()?,
            "line" => self.character('\n')?,
            "tab" => self.character('\t')?,
            "cell" | "nestcell" => self.story.cell(word == "nestcell", &mut self.nodes)?,
            "row" | "nestrow" => self.story.row(word == "nestrow", &mut self.nodes)?,
            "plain" => self.state.plain(),
            "b" => self.state.bold = on,
            // LibreOffice makes East Asian characters bold by the associated property.
            "dbch" => self.state.east_asian = true,
            "loch" | "hich" => self.state.east_asian = false,
            "ab" if self.state.east_asian => self.state.bold = on,
            "highlight" | "chcbpat" | "cb" | "chbrdr" => self.state.marked |= number != Some(0),
            "cf" => self.state.marked |= self.colours.sets_off(number),
            "strike" | "striked" => self.state.strike = on,
            "ulnone" => self.state.underline = false,
            "v" | "deleted" => self.state.hidden = on,
            "f" => self.state.font = number.unwrap_or_default(),
            "uc" => self.state.fallback = usize::try_from(number.unwrap_or(1)).unwrap_or_default(),
            "ansicpg" => self.characters.set_code_page(number.unwrap_or_default()),
            "emdash" => self.character('—')?,
            "endash" => self.character('–')?,
            "lquote" => self.character('‘')?,
            "rquote" => self.character('’')?,
            "ldblquote" => self.character('“')?,
            "rdblquote" => self.character('”')?,
            "bullet" => self.character('•')?,
            _ if word.starts_with("ul") && word != "ulc" => self.state.underline = on,
            _ => self.story.word(word, number),
        }
        Ok(())
    }

    fn unicode(&mut self, number: i32) -> Result<(), ReadError> {
        self.flush()?;
        match self.characters.unicode(number, self.state.fallback) {
            Some(text) => self.text(&text),
            None => Ok(()),
        }
    }

    fn character(&mut self, c: char) -> Result<(), ReadError> {
        self.flush()?;
        self.text(c.encode_utf8(&mut [0; 4]))
    }

    /// Bytes that were gathered become characters.
    fn flush(&mut self) -> Result<(), ReadError> {
        match self.characters.gathered(self.state.font) {
            Some(text) => self.text(&text),
            None => Ok(()),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), ReadError> {
        if self.state.target == Target::Instruction {
            self.instruction.push(text);
        }
        if self.state.target != Target::Body || self.state.hidden {
            return Ok(());
        }
        let name = self.characters.name(self.state.font);
        let look = Look::new(name.as_deref(), self.state.bold, self.state.underline, self.state.strike).and_marked(self.state.marked);
        inlines::of(text, look).into_iter().try_for_each(|inline| self.story.push(inline, &mut self.nodes))
    }

    fn push(&mut self, inline: Option<Inline>) -> Result<(), ReadError> {
        inline.map_or(Ok(()), |inline| self.story.push(inline, &mut self.nodes))
    }

    fn picture(&mut self, bytes: Vec<u8>) -> Result<(), ReadError> {
        let Some(media) = self.media.take().filter(|_| !bytes.is_empty()) else { return Ok(()) };
        let index = self.pictures.len();
        self.pictures.push(Picture { name: format!("image{}.{media}", index + 1), bytes, floating: self.state.floating });
        self.push(Some(Inline::Picture(index)))
    }

    fn end_paragraph(&mut self) -> Result<(), ReadError> {
        self.flush()?;
        self.story.end_paragraph(&mut self.nodes)
    }

    /// A header or a note ends: it is kept where it says something. A letterhead's logo alone is nothing to read.
    fn end_story(&mut self) -> Result<(), ReadError> {
        let Some(interrupted) = self.interrupted.take() else { return Ok(()) };
        let story = std::mem::replace(&mut self.story, interrupted);
        let before = story.pictures;
        let blocks = story.finish(&mut self.nodes)?;
        if holds_text(&blocks) {
            self.sides.extend(blocks);
        } else {
            self.pictures.truncate(before);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(Vec<Block>, Vec<Picture>), ReadError> {
        self.flush()?;
        self.end_story()?;
        let mut blocks = self.story.finish(&mut self.nodes)?;
        blocks.append(&mut self.sides);
        Ok((blocks, self.pictures))
    }
}

/// Hexadecimal digits, whatever stands between them.
fn from_hex(digits: &[u8]) -> Vec<u8> {
    let values: Vec<u8> =
        digits.iter().filter_map(|digit| char::from(*digit).to_digit(16)).filter_map(|value| u8::try_from(value).ok()).collect();
    values.as_chunks::<2>().0.iter().map(|[high, low]| high << 4 | low).collect()
}
