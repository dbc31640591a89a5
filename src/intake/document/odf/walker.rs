//! The XML events of one part become blocks, in a single pass over an explicit stack.

use std::collections::HashMap;

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::controls::Controls;
use super::looks::{Emphasis, Looks};
use super::sheet::{OpenCell, OpenTable};
use super::story::Story;
use crate::intake::document::docx::instruction::state;
use crate::intake::document::docx::package::Package;
use crate::intake::document::docx::xml;
use crate::intake::document::{Limits, ReadError, inlines};
use crate::model::document::{Block, Inline, Picture, Tick, TickSource};

/// Bytes of text in one file.
const MOST_TEXT: usize = 16 << 20;
/// What the parts of one file may spend together.
pub(super) struct Budget {
    pub(super) nodes: usize,
    text: usize,
    events: usize,
    depth: usize,
}

impl Budget {
    /// The whole of it.
    pub(super) fn of(limits: &Limits) -> Self {
        Self { nodes: limits.nodes, text: MOST_TEXT, events: limits.xml_events, depth: limits.xml_depth }
    }
}

/// What an open element is, with what ends with it.
pub(super) enum Frame {
    /// Transparent.
    Pass,
    /// It and all inside it are left out.
    Skip,
    /// `text:p` or `text:h`; whether a story of its own ends with it.
    Paragraph { within: bool },
    /// `text:span`, with the look around it.
    Span(Emphasis),
    /// `table:table`.
    Table,
    /// `table:table-cell`.
    Cell(OpenCell),
    /// A text box.
    TextBox,
    /// A header, a footer or a note, with the pictures before it.
    Side(usize),
    /// What lies over a sheet, nobody says where.
    Shapes,
    /// `draw:frame`: what floats, and whether its picture was read; its others are the same in other formats.
    Drawing { floating: bool, shown: bool },
    /// A form's check box in the text (`field:fieldmark`).
    FieldMark { checked: bool },
    /// A content control, with the box around it.
    Control(Option<bool>),
}

/// Reads the parts of a package.
pub(super) struct Walker<'w, 'p> {
    pub(super) package: &'w mut Package<'p>,
    pub(super) budget: &'w mut Budget,
    pub(super) looks: Looks,
    pub(super) controls: Controls,
    pub(super) stack: Vec<Frame>,
    pub(super) stories: Vec<Story>,
    pub(super) tables: Vec<OpenTable>,
    pub(super) sides: Vec<Block>,
    /// What lies over the open sheet.
    pub(super) over: Vec<Inline>,
    pub(super) pictures: Vec<Picture>,
    pub(super) known: HashMap<String, usize>,
    /// A control's tick that waits for the character that it replaces.
    pub(super) checkbox: Option<bool>,
    pub(super) sheets: bool,
    skipped: usize,
}

impl<'w, 'p> Walker<'w, 'p> {
    /// Begins.
    pub(super) fn new(package: &'w mut Package<'p>, budget: &'w mut Budget) -> Self {
        Self {
            package,
            budget,
            looks: Looks::default(),
            controls: Controls::default(),
            stack: Vec::new(),
            stories: vec![Story::default()],
            tables: Vec::new(),
            sides: Vec::new(),
            over: Vec::new(),
            pictures: Vec::new(),
            known: HashMap::new(),
            checkbox: None,
            sheets: false,
            skipped: 0,
        }
    }

    /// Reads a part to its end.
    pub(super) fn walk(&mut self, text: &str) -> Result<(), ReadError> {
        let malformed = || ReadError::Corrupt("malformed XML".into());
        let mut reader = Reader::from_str(text);
        loop {
            self.budget.events = self.budget.events.checked_sub(1).ok_or(ReadError::TooLarge("XML events"))?;
            match reader.read_event().map_err(|_| malformed())? {
                Event::Start(element) => self.start(&element)?,
                Event::Empty(element) => {
                    self.start(&element)?;
                    self.end()?;
                }
                Event::End(_) => self.end()?,
                Event::Text(text) => self.characters(&text.xml10_content())?,
                Event::CData(text) => self.characters(&text.xml10_content())?,
                Event::GeneralRef(entity) => self.characters(&xml::reference(&entity).ok_or_else(malformed)?)?,
                Event::Eof => break,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
        if self.stack.is_empty() { Ok(()) } else { Err(malformed()) }
    }

    /// What the part of styles left open or put into the body is forgotten: headers and footers are kept.
    pub(super) fn forget(&mut self) {
        self.stack.clear();
        self.tables.clear();
        self.stories = vec![Story::default()];
        (self.skipped, self.checkbox) = (0, None);
    }

    /// What was read.
    pub(super) fn finish(mut self) -> (Vec<Block>, Vec<Picture>) {
        let mut blocks = self.stories.pop().map(Story::into_blocks).unwrap_or_default();
        blocks.append(&mut self.sides);
        (blocks, self.pictures)
    }

    pub(super) fn spend(&mut self) -> Result<(), ReadError> {
        self.budget.nodes = self.budget.nodes.checked_sub(1).ok_or(ReadError::TooLarge("nodes"))?;
        Ok(())
    }

    fn start(&mut self, element: &BytesStart<'_>) -> Result<(), ReadError> {
        if self.stack.len() >= self.budget.depth {
            return Err(ReadError::TooLarge("XML depth"));
        }
        let frame = if self.skipped > 0 { Frame::Skip } else { self.open(element)? };
        self.skipped += usize::from(matches!(frame, Frame::Skip));
        self.stack.push(frame);
        Ok(())
    }

    fn end(&mut self) -> Result<(), ReadError> {
        match self.stack.pop() {
            Some(Frame::Skip) => {
                self.skipped = self.skipped.saturating_sub(1);
                Ok(())
            }
            Some(frame) => self.close(frame),
            None => Ok(()),
        }
    }

    pub(super) fn story(&mut self) -> Result<&mut Story, ReadError> {
        self.stories.last_mut().ok_or_else(|| ReadError::Corrupt("no story".into()))
    }

    pub(super) fn push(&mut self, inline: Inline) -> Result<(), ReadError> {
        if self.story()?.push(inline) { self.spend() } else { Ok(()) }
    }

    pub(super) fn insert(&mut self, text: &str) -> Result<Frame, ReadError> {
        self.show(text)?;
        Ok(Frame::Pass)
    }

    /// Characters of the part: blanks collapse, and count within paragraphs only.
    fn characters(&mut self, text: &str) -> Result<(), ReadError> {
        if self.skipped > 0 || !self.story()?.is_open() {
            return Ok(());
        }
        self.budget.text = self.budget.text.checked_sub(text.len()).ok_or(ReadError::TooLarge("text"))?;
        let story = self.story()?;
        let mut shown = String::with_capacity(text.len());
        for c in text.chars() {
            let blank = matches!(c, ' ' | '\t' | '\r' | '\n');
            if !(blank && story.after_blank) {
                shown.push(if blank { ' ' } else { c });
            }
            story.after_blank = blank;
        }
        self.show(&shown)
    }

    /// Characters as they are shown.
    fn show(&mut self, text: &str) -> Result<(), ReadError> {
        let emphasis = &self.story()?.emphasis;
        if text.is_empty() || emphasis.is_hidden() {
            return Ok(());
        }
        let look = emphasis.look();
        let mut rest = text;
        if let Some(first) = text.trim_start().chars().next().filter(|_| self.checkbox.is_some()) {
            self.put_checkbox(state(first))?;
            rest = text.trim_start().get(first.len_utf8()..).unwrap_or_default();
        }
        inlines::of(rest, look).into_iter().try_for_each(|inline| self.push(inline))
    }

    /// The waiting tick, beside what is shown for it.
    pub(super) fn put_checkbox(&mut self, shown: Option<bool>) -> Result<(), ReadError> {
        let Some(checked) = self.checkbox.take() else { return Ok(()) };
        let agrees = shown.is_none_or(|shown| shown == checked);
        let source = if agrees { TickSource::ContentControl } else { TickSource::Contradicted };
        self.push(Inline::Tick(Tick { checked, source }))
    }
}

/// The value of an attribute by its customary name.
pub(super) fn value(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    let found = attributes.with_checks(false).flatten().find(|attribute| attribute.key.into_inner() == name)?;
    Some(xml::unescape(found.value).into_owned())
}
