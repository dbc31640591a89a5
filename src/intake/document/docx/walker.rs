//! The XML events of one part become blocks, in a single pass.
//!
//! Each open element has a frame on an explicit stack, so that depth is counted and never recursed. What an
//! element means depends on the frame around it; what it leaves behind is done when its frame is popped.
//! Elements that are not known are transparent: producers wrap content in many ways.

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::content::Opened;
use super::form_field::FormField;
use super::names::{Names, local};
use super::package::Package;
use super::picture::Pictures;
use super::rels::Rels;
use super::run::RunState;
use super::story::{OpenParagraph, Story};
use super::styles::Styles;
use super::table::OpenCell;
use super::{Chunks, Limits, ReadError, xml};
use crate::model::document::Block;

/// What an open element is, with what must be restored or finished when it ends.
pub(super) enum Frame {
    /// Transparent.
    Pass,
    /// `w:p`, with the paragraph that it interrupted.
    Paragraph(Option<OpenParagraph>),
    /// `w:pPr`.
    ParagraphProperties,
    /// `w:rPr` of a paragraph mark.
    MarkProperties,
    /// `w:r`, with the run around it.
    Run(RunState),
    /// `w:rPr`.
    RunProperties,
    /// `w:t`; whether its outer blanks count.
    Text { preserve: bool },
    /// `w:instrText`.
    Instruction,
    /// `w:binData`: a picture of Word 2003's XML.
    Data,
    /// `w:fldChar` that begins a field.
    FieldBegin(FormField),
    /// `w:ffData`.
    FormData,
    /// `w:checkBox` or `w:ddList`.
    FormWidget,
    /// `w:tbl`.
    Table,
    /// `w:tr`.
    Row,
    /// `w:trPr`.
    RowProperties,
    /// `w:tc`.
    Cell(OpenCell),
    /// `w:tcPr`.
    CellProperties,
    /// `w:txbxContent`, with what had been read before it.
    TextBox { before: usize },
    /// `w:sdt`.
    Control(Control),
    /// `w:sdtPr`.
    ControlProperties,
    /// `w14:checkbox`.
    ControlCheckBox,
    /// `w:sdtContent`, with the state of the control around it.
    ControlContent { placeholder: bool, checkbox: Option<bool> },
    /// `mc:AlternateContent`; whether a branch of it was understood.
    Alternate { settled: bool },
    /// A branch, with what had been read before it.
    Branch { before: usize },
    /// A drawing or a VML shape, with whether what is around it floats.
    Drawing { floating: bool },
}

/// What a content control's properties say (ISO/IEC 29500-1, 17.5.2; [MS-DOCX] 2.6.1).
#[derive(Default)]
pub(super) struct Control {
    /// The state of a checkbox.
    pub(super) checkbox: Option<bool>,
    /// Whether it shows its placeholder: words of the form, not the unit's.
    pub(super) placeholder: bool,
}

/// Bytes of text in one file: nobody's application has millions of characters.
const MOST_TEXT: usize = 16 << 20;

/// What the parts of one file may spend together.
pub(super) struct Budget {
    nodes: usize,
    text: usize,
    events: usize,
    depth: usize,
    /// More nodes were asked for than there were: the walk ends at the next tag.
    exhausted: bool,
}

impl Budget {
    /// The whole of it.
    pub(super) fn of(limits: &Limits) -> Self {
        Self { nodes: limits.nodes, text: MOST_TEXT, events: limits.xml_events, depth: limits.xml_depth, exhausted: false }
    }
}

/// Reads one part.
pub(super) struct Walker<'w, 'p> {
    pub(super) package: &'w mut Package<'p>,
    pub(super) pictures: &'w mut Pictures,
    pub(super) rels: &'w Rels,
    pub(super) styles: &'w mut Styles,
    pub(super) names: Names,
    pub(super) stack: Vec<Frame>,
    /// The open stories, innermost last; the first is the part itself.
    pub(super) stories: Vec<Story>,
    /// The characters of the open `w:t` or `w:instrText`.
    pub(super) text: String,
    /// A control's tick that waits for the character it replaces.
    pub(super) checkbox: Option<bool>,
    /// Whether a placeholder is being read.
    pub(super) placeholder: bool,
    /// Whether the open drawing floats over the text.
    pub(super) floating: bool,
    /// Counts what was read: texts, ticks, pictures.
    pub(super) read: usize,
    /// How many more documents within this one are read.
    pub(super) chunks: usize,
    /// Whether outer blanks of texts count all over the part, as in Word 2003's XML.
    pub(super) preserve: bool,
    budget: &'w mut Budget,
    skipped: usize,
    /// Elements called `p` so far, of whatever namespace and read or not, where this part's paragraphs are numbered.
    numbered: Option<usize>,
}

impl<'w, 'p> Walker<'w, 'p> {
    /// A walker over a part with these relationships.
    pub(super) fn new(
        package: &'w mut Package<'p>,
        pictures: &'w mut Pictures,
        rels: &'w Rels,
        styles: &'w mut Styles,
        budget: &'w mut Budget,
        chunks: Chunks,
    ) -> Self {
        Self {
            package,
            pictures,
            rels,
            styles,
            names: Names::default(),
            stack: Vec::new(),
            stories: vec![Story::default()],
            text: String::new(),
            checkbox: None,
            placeholder: false,
            floating: false,
            read: 0,
            budget,
            chunks: chunks.count(),
            preserve: false,
            skipped: 0,
            numbered: None,
        }
    }

    /// Paragraphs tell which of the part's they are.
    pub(super) fn numbering(self) -> Self {
        Self { numbered: Some(0), ..self }
    }

    /// Which paragraph of the part the open one is, from 1.
    pub(super) fn source(&self) -> Option<usize> {
        self.numbered
    }

    /// Reads the part to its end.
    pub(super) fn walk(mut self, text: &str) -> Result<Vec<Block>, ReadError> {
        let malformed = |error: &dyn std::fmt::Display| ReadError::Corrupt(format!("malformed XML: {error}"));
        let mut reader = Reader::from_str(text);
        loop {
            self.budget.events = self.budget.events.checked_sub(1).ok_or(ReadError::TooLarge("XML events"))?;
            match reader.read_event().map_err(|error| malformed(&error))? {
                Event::Start(element) => self.start(&element)?,
                Event::Empty(element) => {
                    self.start(&element)?;
                    self.end()?;
                }
                Event::End(_) => self.end()?,
                Event::Text(text) if self.takes_text() => self.characters_of(&text.xml10_content())?,
                Event::CData(text) if self.takes_text() => self.characters_of(&text.xml10_content())?,
                Event::GeneralRef(entity) => {
                    let character = xml::reference(&entity).ok_or_else(|| malformed(&"an undeclared entity"))?;
                    if self.takes_text() {
                        self.text.push_str(&character);
                    }
                }
                Event::Eof => break,
                Event::Text(_) | Event::CData(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
        if !self.stack.is_empty() || self.skipped > 0 {
            return Err(malformed(&"the part is cut short"));
        }
        Ok(self.stories.pop().map(Story::into_blocks).unwrap_or_default())
    }

    /// Takes up characters. Data of a picture in base64 is no text.
    fn characters_of(&mut self, text: &str) -> Result<(), ReadError> {
        if !matches!(self.stack.last(), Some(Frame::Data)) {
            self.budget.text = self.budget.text.checked_sub(text.len()).ok_or(ReadError::TooLarge("text"))?;
        }
        self.text.push_str(text);
        Ok(())
    }

    /// Spends one node of the limit; false when there is none left, and the walk is about to end.
    pub(super) fn spend(&mut self) -> bool {
        self.budget.exhausted |= self.budget.nodes == 0;
        self.budget.nodes = self.budget.nodes.saturating_sub(1);
        !self.budget.exhausted
    }

    /// What a document within this one may spend.
    pub(super) fn share(&self) -> Limits {
        let Budget { nodes, events, depth, .. } = &*self.budget;
        let (nodes, xml_events) = (nodes / Chunks::MOST, events / Chunks::MOST);
        Limits { bytes_unpacked: 8 << 20, entries: 500, xml_depth: *depth, xml_events, nodes }
    }

    /// Whether a node was asked for that the limit didn't allow.
    pub(super) fn exhausted(&self) -> bool {
        self.budget.exhausted
    }

    /// The innermost story.
    pub(super) fn story(&mut self) -> Option<&mut Story> {
        self.stories.last_mut()
    }

    fn takes_text(&self) -> bool {
        self.skipped == 0 && matches!(self.stack.last(), Some(Frame::Text { .. } | Frame::Instruction | Frame::Data))
    }

    fn start(&mut self, element: &BytesStart<'_>) -> Result<(), ReadError> {
        if self.stack.len() + self.skipped >= self.budget.depth {
            return Err(ReadError::TooLarge("XML depth"));
        }
        if let Some(count) = &mut self.numbered
            && local(element.name().into_inner()) == "p"
        {
            *count += 1;
        }
        if self.skipped > 0 {
            self.skipped += 1;
            return Ok(());
        }
        self.names.enter(element, self.stack.len());
        if self.stack.is_empty() {
            self.preserve = xml::attribute(element, "space").is_some_and(|space| space == "preserve");
        }
        match self.open(element) {
            Opened::Frame(frame) => self.stack.push(frame),
            Opened::Skip => self.skipped = 1,
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), ReadError> {
        if self.skipped > 0 {
            self.skipped -= 1;
        } else if let Some(frame) = self.stack.pop() {
            self.close(frame);
        }
        if self.skipped == 0 {
            self.names.leave(self.stack.len());
        }
        if self.exhausted() { Err(ReadError::TooLarge("paragraphs, cells and runs")) } else { Ok(()) }
    }
}
