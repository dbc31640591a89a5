//! What each element means: which frame it opens, and what it leaves behind when it ends.
//!
//! Tracked changes are read as accepted (ISO/IEC 29500-1, 17.13.5): insertions and moves to a place are
//! transparent, deletions and moves away are skipped. Comments live in a part of their own.

use quick_xml::events::BytesStart;

use super::form_field::FormField;
use super::names::Ns;
use super::run::{RunState, is_on};
use super::story::Story;
use super::table::{OpenCell, OpenTable};
use super::walker::{Control, Frame, Walker};
use super::xml::attribute;
use crate::model::document::Block;

/// What becomes of an element.
pub(super) enum Opened {
    /// It is read, with this frame.
    Frame(Frame),
    /// It and all inside it are left out.
    Skip,
}

impl Walker<'_, '_> {
    /// An element begins.
    pub(super) fn open(&mut self, element: &BytesStart<'_>) -> Opened {
        let qualified = element.name();
        let (ns, name) = self.names.resolve(qualified.into_inner());
        match self.open_property(ns, name, element) {
            Some(opened) => opened,
            None => match ns {
                Ns::Word => self.open_word(name, element),
                Ns::Math => self.open_math(name, element),
                Ns::Compatibility => self.open_compatibility(name),
                Ns::Drawing | Ns::Anchor | Ns::Vml => self.open_drawing(ns, name, element),
                // Word 2003 wraps tracked changes and comments in `aml:annotation`.
                Ns::Other if name == "annotation" && is_left_out(element) => Opened::Skip,
                Ns::Word2010 if name == "contentPart" => {
                    self.stroke();
                    Opened::Skip
                }
                Ns::Word2010 | Ns::Relationship | Ns::Other => Opened::Frame(Frame::Pass),
            },
        }
    }

    /// Inside properties every child is taken up and left out; elsewhere there is nothing to do.
    fn open_property(&mut self, ns: Ns, name: &str, element: &BytesStart<'_>) -> Option<Opened> {
        let story = self.stories.last_mut()?;
        let (below, top) = match self.stack.as_mut_slice() {
            [.., below, top] => (Some(below), top),
            [top] => (None, top),
            [] => return None,
        };
        match (top, below) {
            (Frame::RunProperties, _) if name == "rStyle" => story.run.styled(self.styles.of(self.package, element)),
            (Frame::RunProperties, _) => story.run.property(name, element),
            (Frame::ParagraphProperties, _) if name == "pStyle" => {
                if let Some(paragraph) = &mut story.paragraph {
                    paragraph.emphasis = self.styles.of(self.package, element);
                }
            }
            (Frame::ParagraphProperties, _) if name == "rPr" => return Some(Opened::Frame(Frame::MarkProperties)),
            (Frame::MarkProperties, _) => {
                if let (Some(paragraph), "del" | "moveFrom") = (&mut story.paragraph, name) {
                    paragraph.mark_deleted = true;
                }
            }
            (Frame::RowProperties, _) => {
                if let Some(table) = story.tables.last_mut() {
                    table.row_property(name, element);
                }
            }
            (Frame::CellProperties, Some(Frame::Cell(cell))) => cell.property(name, element),
            (Frame::ControlProperties, Some(Frame::Control(control))) => match (ns, name) {
                (Ns::Word2010 | Ns::Other, "checkbox") => {
                    control.checkbox = Some(false);
                    return Some(Opened::Frame(Frame::ControlCheckBox));
                }
                (_, "showingPlcHdr") => control.placeholder = is_on(element),
                (_, _) => {}
            },
            (Frame::ControlCheckBox, _) => self.check_control(name, element),
            (Frame::FieldBegin(_), _) if name == "ffData" => return Some(Opened::Frame(Frame::FormData)),
            (Frame::FormData, Some(Frame::FieldBegin(field))) => match name {
                "checkBox" => {
                    field.check_box();
                    return Some(Opened::Frame(Frame::FormWidget));
                }
                "ddList" => {
                    field.list();
                    return Some(Opened::Frame(Frame::FormWidget));
                }
                _ => {}
            },
            (Frame::FormWidget, _) => {
                if let Some(Frame::FieldBegin(field)) = self.stack.iter_mut().rev().nth(2) {
                    field.property(name, element);
                }
            }
            (
                Frame::ParagraphProperties
                | Frame::CellProperties
                | Frame::ControlProperties
                | Frame::FieldBegin(_)
                | Frame::FormData
                | Frame::Text { .. }
                | Frame::Data
                | Frame::Instruction,
                _,
            ) => {}
            (_, _) => return None,
        }
        Some(Opened::Skip)
    }

    fn check_control(&mut self, name: &str, element: &BytesStart<'_>) {
        if let (Some(Frame::Control(control)), "checked") = (self.stack.iter_mut().rev().nth(2), name) {
            control.checkbox = Some(is_on(element));
        }
    }

    fn open_word(&mut self, name: &str, element: &BytesStart<'_>) -> Opened {
        Opened::Frame(match name {
            "r" => return self.open_run(),
            "t" => return self.open_text(element),
            "rPr" if matches!(self.stack.last(), Some(Frame::Run(_))) => Frame::RunProperties,
            "p" => return self.open_paragraph(),
            "pPr" => Frame::ParagraphProperties,
            "tab" | "ptab" => return self.insert("\t"),
            "br" | "cr" => return self.insert("\n"),
            "noBreakHyphen" => return self.insert("-"),
            "sym" => return self.symbol(element),
            "fldChar" => return self.open_field_char(element),
            "instrText" => self.open_instruction(),
            "fldSimple" => return self.open_simple_field(element),
            "tbl" => {
                self.with_story(|story| story.tables.push(OpenTable::default()));
                Frame::Table
            }
            "tr" => return self.open_row(),
            "trPr" if matches!(self.stack.last(), Some(Frame::Row)) => Frame::RowProperties,
            "tc" => return self.open_cell(),
            "tcPr" if matches!(self.stack.last(), Some(Frame::Cell(_))) => Frame::CellProperties,
            "txbxContent" => return self.open_text_box(),
            "sdt" => Frame::Control(Control::default()),
            "sdtPr" if matches!(self.stack.last(), Some(Frame::Control(_))) => Frame::ControlProperties,
            "sdtContent" => self.open_control_content(),
            "altChunk" => return self.embed(element),
            "binData" => {
                self.text.clear();
                Frame::Data
            }
            "footnote" | "endnote" if attribute(element, "type").is_some_and(|kind| kind != "normal") => return Opened::Skip,
            // Deleted, moved away, or about the text rather than of it.
            "del" | "moveFrom" | "delText" | "delInstrText" | "rt" | "rPr" | "tblPr" | "tblPrEx" | "tblGrid" | "sectPr" | "trPr"
            | "tcPr" | "sdtPr" | "sdtEndPr" | "rubyPr" | "customXmlPr" | "smartTagPr" | "background" | "fldData" | "softHyphen" => {
                return Opened::Skip;
            }
            _ => Frame::Pass,
        })
    }

    fn open_math(&mut self, name: &str, element: &BytesStart<'_>) -> Opened {
        match name {
            "r" => self.open_run(),
            "t" => self.open_text(element),
            "rPr" => Opened::Skip,
            _ => Opened::Frame(Frame::Pass),
        }
    }

    fn open_compatibility(&mut self, name: &str) -> Opened {
        match (name, self.stack.last()) {
            ("AlternateContent", _) => Opened::Frame(Frame::Alternate { settled: false }),
            ("Choice" | "Fallback", Some(Frame::Alternate { settled: true })) => Opened::Skip,
            ("Choice" | "Fallback", Some(Frame::Alternate { settled: false })) => Opened::Frame(Frame::Branch { before: self.read }),
            (_, _) => Opened::Frame(Frame::Pass),
        }
    }

    fn open_paragraph(&mut self) -> Opened {
        if !self.spend() {
            return Opened::Skip;
        }
        let source = self.source();
        let outer = self.story().and_then(|story| story.open_paragraph(source));
        Opened::Frame(Frame::Paragraph(outer))
    }

    fn open_run(&mut self) -> Opened {
        let outer = self.story().map(|story| {
            let emphasis = story.paragraph.as_ref().map(|paragraph| paragraph.emphasis).unwrap_or_default();
            std::mem::replace(&mut story.run, RunState::within(emphasis))
        });
        let outer = outer.unwrap_or_default();
        Opened::Frame(Frame::Run(outer))
    }

    fn open_row(&mut self) -> Opened {
        let table = self.story().and_then(|story| story.tables.last_mut());
        match table {
            Some(table) => table.open_row(),
            None => return Opened::Frame(Frame::Pass),
        }
        if self.spend() { Opened::Frame(Frame::Row) } else { Opened::Skip }
    }

    fn open_cell(&mut self) -> Opened {
        if self.stories.last().is_none_or(|story| story.tables.is_empty()) {
            return Opened::Frame(Frame::Pass);
        }
        if !self.spend() {
            return Opened::Skip;
        }
        self.stories.push(Story::default());
        Opened::Frame(Frame::Cell(OpenCell::default()))
    }

    fn open_text_box(&mut self) -> Opened {
        if !self.visible() {
            return Opened::Skip;
        }
        self.stories.push(Story::default());
        Opened::Frame(Frame::TextBox { before: self.read })
    }

    fn open_control_content(&mut self) -> Frame {
        let outer = Frame::ControlContent { placeholder: self.placeholder, checkbox: self.checkbox };
        if let Some(Frame::Control(control)) = self.stack.last() {
            self.placeholder |= control.placeholder;
            self.checkbox = control.checkbox.or(self.checkbox);
        }
        outer
    }

    fn open_field_char(&mut self, element: &BytesStart<'_>) -> Opened {
        match attribute(element, "fldCharType").as_deref() {
            Some("begin") => return Opened::Frame(Frame::FieldBegin(FormField::default())),
            Some("separate") => self.separate_field(),
            Some("end") => self.end_field(),
            _ => {}
        }
        Opened::Skip
    }

    /// An element ends.
    pub(super) fn close(&mut self, frame: Frame) {
        match frame {
            Frame::Paragraph(outer) => self.with_story(|story| story.close_paragraph(outer)),
            Frame::Run(outer) => self.with_story(|story| story.run = outer),
            Frame::Text { preserve } => self.close_text(preserve),
            Frame::Instruction => self.close_instruction(),
            Frame::Data => self.close_data(),
            Frame::FieldBegin(field) => self.begin_field(field),
            Frame::Row => {
                if let Some(table) = self.story().and_then(|story| story.tables.last_mut()) {
                    table.close_row();
                }
            }
            Frame::Table => self.with_story(|story| {
                if let Some(table) = story.tables.pop().and_then(OpenTable::close) {
                    story.push_block(Block::Table(table));
                }
            }),
            Frame::Cell(mut cell) => {
                cell.blocks = self.stories.pop().map(Story::into_blocks).unwrap_or_default();
                if let Some(table) = self.story().and_then(|story| story.tables.last_mut()) {
                    table.push(cell);
                }
            }
            Frame::TextBox { before } => {
                let blocks = self.stories.pop().map(Story::into_blocks).unwrap_or_default();
                // An empty box is no content: a branch with one isn't yet understood.
                if self.read > before {
                    self.with_story(|story| story.anchor(blocks));
                }
            }
            Frame::ControlContent { placeholder, checkbox } => self.close_control_content(placeholder, checkbox),
            Frame::Branch { before } => {
                let understood = self.read > before;
                if let Some(Frame::Alternate { settled }) = self.stack.last_mut() {
                    *settled |= understood;
                }
            }
            Frame::Drawing { floating } => self.floating = floating,
            Frame::Pass
            | Frame::ParagraphProperties
            | Frame::MarkProperties
            | Frame::RunProperties
            | Frame::FormData
            | Frame::FormWidget
            | Frame::RowProperties
            | Frame::CellProperties
            | Frame::Control(_)
            | Frame::ControlProperties
            | Frame::ControlCheckBox
            | Frame::Alternate { .. } => {}
        }
    }

    fn with_story(&mut self, change: impl FnOnce(&mut Story)) {
        if let Some(story) = self.story() {
            change(story);
        }
    }
}

/// Whether an annotation of Word 2003 is a deletion or a comment.
fn is_left_out(element: &BytesStart<'_>) -> bool {
    attribute(element, "type").is_some_and(|kind| matches!(kind.as_ref(), "Word.Deletion" | "Word.Comment"))
}
