//! Characters, symbols, fields and pictures become inlines of the open paragraph.
//!
//! ISO/IEC 29500-1, 17.3.3. Characters of symbol fonts are told by the symbols module; hidden text,
//! placeholders and fields' instructions are left out.

use quick_xml::events::BytesStart;

use super::content::Opened;
use super::form_field::FormField;
use super::instruction::{self, Shown};
use super::names::Ns;
use super::symbols::{Glyph, SymbolFont};
use super::walker::{Frame, Walker};
use super::xml::attribute;
use crate::model::document::{Block, Inline, Paragraph, Text, Tick, TickSource};

impl Walker<'_, '_> {
    /// Whether what stands here is shown and the unit's own.
    pub(super) fn visible(&self) -> bool {
        !self.placeholder && self.stories.last().is_some_and(|story| !story.run.hidden && !story.fields.hide())
    }

    /// `w:t` or `m:t` begins.
    pub(super) fn open_text(&mut self, element: &BytesStart<'_>) -> Opened {
        self.text.clear();
        Opened::Frame(Frame::Text { preserve: self.preserve || attribute(element, "space").is_some_and(|space| space == "preserve") })
    }

    /// `w:instrText` begins.
    pub(super) fn open_instruction(&mut self) -> Frame {
        self.text.clear();
        Frame::Instruction
    }

    /// A text ends: without `xml:space="preserve"` its outer blanks are layout, as in Word.
    pub(super) fn close_text(&mut self, preserve: bool) {
        let text = std::mem::take(&mut self.text);
        let blank = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
        let shown = if preserve { text.as_str() } else { text.trim_matches(blank) };
        // A line break inside w:t is a blank; real ones are w:br.
        if shown.contains('\n') {
            self.characters(&shown.replace('\n', " "));
        } else {
            self.characters(shown);
        }
        self.text = text;
    }

    /// An instruction's text ends.
    pub(super) fn close_instruction(&mut self) {
        let text = std::mem::take(&mut self.text);
        self.instruct(&text);
        self.text = text;
    }

    /// A single character that stands as an element.
    pub(super) fn insert(&mut self, character: &str) -> Opened {
        if self.visible() {
            self.push_text(character);
        }
        Opened::Skip
    }

    /// `w:sym`.
    pub(super) fn symbol(&mut self, element: &BytesStart<'_>) -> Opened {
        let font = attribute(element, "font").and_then(|font| SymbolFont::named(&font));
        let code = attribute(element, "char").and_then(|code| u32::from_str_radix(code.trim(), 16).ok());
        let glyph = match (font, code) {
            // The code may or may not be moved to the private use area.
            (Some(font), Some(code)) if code & !0xF0FF == 0 => font.glyph(u8::try_from(code & 0xFF).unwrap_or_default()),
            (_, Some(code)) => self.stories.last().zip(char::from_u32(code)).map_or(Glyph::Nothing, |(story, c)| story.run.glyph(c)),
            (_, None) => Glyph::Nothing,
        };
        if self.visible() {
            self.push_glyph(glyph);
        } else {
            self.instruct(as_character(glyph).encode_utf8(&mut [0; 4]));
        }
        Opened::Skip
    }

    /// Characters of the open run.
    fn characters(&mut self, text: &str) {
        if !self.visible() || text.is_empty() {
            return;
        }
        let rest = self.replace_by_checkbox(text);
        let Some(run) = self.stories.last().map(|story| story.run) else { return };
        if !run.needs_glyphs(rest) {
            self.push_text(rest);
            return;
        }
        for c in rest.chars() {
            self.push_glyph(run.glyph(c));
            if self.exhausted() {
                break;
            }
        }
    }

    /// A checkbox's tick takes the place of the first character in its control.
    fn replace_by_checkbox<'t>(&mut self, text: &'t str) -> &'t str {
        let mut characters = text.trim_start().chars();
        let Some(first) = characters.next().filter(|_| self.checkbox.is_some()) else { return text };
        self.push_checkbox(instruction::state(first));
        characters.as_str().trim_start_matches('\u{fe0f}')
    }

    /// The control's tick. Who types √ into an empty box changes what it shows, not what it stores.
    fn push_checkbox(&mut self, shown: Option<bool>) {
        if let Some(checked) = self.checkbox.take() {
            let agrees = shown.is_none_or(|shown| shown == checked);
            let source = if agrees { TickSource::ContentControl } else { TickSource::Contradicted };
            self.push_tick(Tick { checked, source });
        }
    }

    /// `w:sdtContent` ends; an empty checkbox still has its state.
    pub(super) fn close_control_content(&mut self, placeholder: bool, checkbox: Option<bool>) {
        self.placeholder = placeholder;
        if matches!(self.stack.last(), Some(Frame::Control(control)) if control.checkbox.is_some()) {
            self.push_checkbox(None);
        }
        self.checkbox = checkbox;
    }

    fn push_glyph(&mut self, glyph: Glyph) {
        match glyph {
            Glyph::Tick(shown) if self.checkbox.is_some() => self.push_checkbox(Some(shown)),
            Glyph::Char(c) if self.checkbox.is_some() => self.push_checkbox(instruction::state(c)),
            Glyph::Tick(checked) => self.push_tick(Tick { checked, source: TickSource::SymbolFont }),
            Glyph::Char(c) => self.push_text(c.encode_utf8(&mut [0; 4])),
            Glyph::Nothing => {}
        }
    }

    fn push_tick(&mut self, tick: Tick) {
        self.read += 1;
        if self.spend()
            && let Some(story) = self.story()
        {
            story.push(Inline::Tick(tick));
        }
    }

    fn push_text(&mut self, text: &str) {
        self.read += usize::from(!text.trim().is_empty());
        if self.story().is_some_and(|story| story.push_text(text)) {
            self.spend();
        }
    }

    /// Sets whether the run is set off, and tells whether it was.
    fn with_mark(&mut self, marked: bool) -> bool {
        self.story().is_some_and(|story| std::mem::replace(&mut story.run.style.marked, marked))
    }

    fn push_shown(&mut self, shown: Option<Shown>) {
        match shown {
            Some(Shown::Tick(tick)) => self.push_tick(tick),
            Some(Shown::Text(text)) => self.push_text(&text),
            Some(Shown::Enclosed(text)) => {
                let marked = self.with_mark(true);
                self.push_text(&text);
                self.with_mark(marked);
            }
            None => {}
        }
    }

    /// More of the open field's instruction. A check mark in it may itself be of a symbol font.
    fn instruct(&mut self, text: &str) {
        let Some(story) = self.story() else { return };
        if story.run.needs_glyphs(text) {
            let text: String = text.chars().map(|c| as_character(story.run.glyph(c))).collect();
            story.fields.instruct(&text);
        } else {
            story.fields.instruct(text);
        }
    }

    /// `w:fldChar` that begins a field has ended, and its form data are complete.
    pub(super) fn begin_field(&mut self, field: FormField) {
        let shown = field.shown();
        let settled = shown.is_some();
        if self.visible() {
            self.push_shown(shown);
        }
        if let Some(story) = self.story() {
            story.fields.begin(settled);
        }
    }

    /// A field's result begins.
    pub(super) fn separate_field(&mut self) {
        let read = self.read;
        let shown = self.story().and_then(|story| story.fields.separate(read));
        self.push_field(shown);
    }

    /// A field ends.
    pub(super) fn end_field(&mut self) {
        let read = self.read;
        let shown = self.story().and_then(|story| story.fields.end(read));
        self.push_field(shown);
    }

    fn push_field(&mut self, shown: Option<Shown>) {
        if !self.placeholder && self.stories.last().is_some_and(|story| !story.run.hidden) {
            self.push_shown(shown);
        }
    }

    /// `w:fldSimple` keeps its instruction in an attribute and its result inside.
    pub(super) fn open_simple_field(&mut self, element: &BytesStart<'_>) -> Opened {
        match attribute(element, "instr").and_then(|code| instruction::shown(&code)) {
            Some(shown) => {
                if self.visible() {
                    self.push_shown(Some(shown));
                }
                Opened::Skip
            }
            None => Opened::Frame(Frame::Pass),
        }
    }

    /// An element of DrawingML or VML begins.
    pub(super) fn open_drawing(&mut self, ns: Ns, name: &str, element: &BytesStart<'_>) -> Opened {
        let outer = self.floating;
        match (ns, name) {
            (Ns::Anchor, "anchor") => self.floating = true,
            (Ns::Anchor, "inline") => self.floating = false,
            (Ns::Vml, "shape" | "rect" | "group" | "roundrect" | "oval") => self.floating |= is_absolute(element),
            (Ns::Drawing, "blip") => self.picture(element, "embed"),
            (Ns::Vml, "imagedata") => self.picture(element, "id"),
            (Ns::Vml, "textpath") => self.word_art(element),
            (Ns::Drawing, "prstGeom") if attribute(element, "prst").is_some_and(|shape| is_stroke(&shape)) => self.stroke(),
            (Ns::Drawing, "custGeom") | (Ns::Vml, "line" | "polyline" | "curve" | "arc") => self.stroke(),
            (_, _) => return Opened::Frame(Frame::Pass),
        }
        if (ns, name) == (Ns::Vml, "oval") {
            self.stroke();
        }
        Opened::Frame(Frame::Drawing { floating: outer })
    }

    /// A line or a ring drawn over the words, or handwriting: it may be somebody's tick. U+FFFC stands for it.
    pub(super) fn stroke(&mut self) {
        if self.visible()
            && self.spend()
            && let Some(story) = self.story()
        {
            story.push(Inline::Text(Text { text: "\u{fffc}".to_owned(), ..Text::default() }));
        }
    }

    fn picture(&mut self, element: &BytesStart<'_>, attribute: &str) {
        if !self.visible() {
            return;
        }
        let Some(id) = self.names.attribute(element, Ns::Relationship, attribute) else { return };
        let found = self.pictures.find(self.package, self.rels, &id, self.floating);
        if let Some(index) = found
            && self.spend()
            && let Some(story) = self.story()
        {
            story.push(Inline::Picture(index));
            self.read += 1;
        }
    }

    /// VML's WordArt keeps its words in an attribute. Titles and watermarks are made of it.
    fn word_art(&mut self, element: &BytesStart<'_>) {
        let words = attribute(element, "string").filter(|words| !words.trim().is_empty());
        if let Some(words) = words
            && self.visible()
            && self.spend()
            && let Some(story) = self.story()
        {
            let inline = Inline::Text(Text { text: words.into_owned(), ..Text::default() });
            story.anchor(vec![Block::Paragraph(Paragraph { inlines: vec![inline], source: None })]);
            self.read += 1;
        }
    }
}

/// A glyph as one character, for instructions.
fn as_character(glyph: Glyph) -> char {
    match glyph {
        Glyph::Tick(true) => '☑',
        Glyph::Tick(false) => '☐',
        Glyph::Char(c) => c,
        Glyph::Nothing => ' ',
    }
}

/// Shapes that people draw around, over or beside a word.
fn is_stroke(shape: &str) -> bool {
    const STROKES: [&str; 8] = ["ellipse", "line", "donut", "mathMultiply", "bentConnector2", "bentConnector3", "halfFrame", "frame"];
    STROKES.contains(&shape) || shape.starts_with("straightConnector") || shape.starts_with("curvedConnector")
}

fn is_absolute(element: &BytesStart<'_>) -> bool {
    attribute(element, "style").is_some_and(|style| style.replace(' ', "").to_ascii_lowercase().contains("position:absolute"))
}
