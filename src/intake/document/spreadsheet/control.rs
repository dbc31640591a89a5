//! The check boxes and buttons that a sheet's legacy drawing (`vmlDrawing1.vml`) lays over its cells.
//!
//! Form controls keep their caption, their state and their anchor there (ISO/IEC 29500-4, 19.4). A drawing that is
//! no sound XML gives the controls before the fault.

use quick_xml::events::Event;
use quick_xml::reader::Reader;

use crate::intake::document::docx::xml::{attribute, reference};
use crate::intake::document::inlines::{self, Look};
use crate::model::document::{Inline, Tick, TickSource};

/// Controls of a sheet beyond which no more are read.
const MOST: usize = 1_000;

/// A control and the cell that its middle lies over.
pub(super) struct Control {
    /// The row, from 0.
    pub(super) row: u32,
    /// The column, from 0.
    pub(super) column: u32,
    /// Its box and its caption.
    pub(super) inlines: Vec<Inline>,
}

/// A shape being read.
#[derive(Default)]
struct Shape {
    caption: String,
    is_control: bool,
    checked: bool,
    mixed: bool,
    anchor: String,
}

/// The controls of a drawing, from left to right in each row.
pub(super) fn read(xml: &str) -> Vec<Control> {
    let mut found: Vec<(u32, u32, Shape)> = Vec::new();
    let mut shape = Shape::default();
    // Which element's characters are being read.
    let mut within = Within::Nothing;
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event() {
            Ok(Event::Start(element)) => match element.local_name().into_inner() {
                "shape" => shape = Shape::default(),
                "textbox" => within = Within::Caption,
                "ClientData" => {
                    within = Within::Nothing;
                    shape.is_control = attribute(&element, "ObjectType").is_some_and(|kind| matches!(kind.as_ref(), "Checkbox" | "Radio"));
                }
                "Anchor" => within = Within::Anchor,
                "Checked" => within = Within::Checked,
                _ => {}
            },
            Ok(Event::Empty(element)) if element.local_name().into_inner() == "Checked" => shape.checked = true,
            Ok(Event::Text(text)) => shape.take(within, &text),
            Ok(Event::GeneralRef(entity)) => shape.take(within, &reference(&entity).unwrap_or_default()),
            Ok(Event::End(element)) => match element.local_name().into_inner() {
                "textbox" | "Anchor" | "Checked" => within = Within::Nothing,
                "shape" if shape.is_control && found.len() < MOST => {
                    let shape = std::mem::take(&mut shape);
                    found.extend(shape.middle().map(|(row, column)| (row, column, shape)));
                }
                _ => {}
            },
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    found.sort_by_key(|(row, column, shape)| (*row, *column, shape.left()));
    found.into_iter().map(|(row, column, shape)| Control { row, column, inlines: shape.inlines() }).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    Nothing,
    Caption,
    Anchor,
    Checked,
}

impl Shape {
    fn take(&mut self, within: Within, text: &str) {
        match within {
            Within::Caption if !text.trim().is_empty() => self.caption.push_str(text.trim()),
            Within::Anchor => self.anchor.push_str(text),
            Within::Checked => (self.checked, self.mixed) = (text.trim() == "1", text.trim() == "2"),
            Within::Caption | Within::Nothing => {}
        }
    }

    /// Column, offset, row, offset of both corners.
    fn corners(&self) -> Vec<u32> {
        self.anchor.split(',').filter_map(|number| number.trim().parse().ok()).collect()
    }

    fn middle(&self) -> Option<(u32, u32)> {
        match self.corners().as_slice() {
            [left, _, top, _, right, _, bottom, _] => Some((top.midpoint(*bottom), left.midpoint(*right))),
            _ => None,
        }
    }

    fn left(&self) -> (u32, u32) {
        let corners = self.corners();
        (corners.first().copied().unwrap_or_default(), corners.get(1).copied().unwrap_or_default())
    }

    fn inlines(self) -> Vec<Inline> {
        let source = if self.mixed { TickSource::Contradicted } else { TickSource::FormField };
        captioned(Tick { checked: self.checked, source }, &self.caption)
    }
}

/// A box and its caption.
pub(super) fn captioned(tick: Tick, caption: &str) -> Vec<Inline> {
    let mut out = vec![Inline::Tick(tick)];
    out.extend(inlines::of(&format!("{caption} "), Look::default()));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::document::Paragraph;

    #[test]
    fn controls_are_read_from_left_to_right() {
        let shape = |kind: &str, caption: &str, anchor: &str, checked: &str| {
            format!(
                "<v:shape id=\"s\"><v:textbox><div style=\"x\"><font face=\"y\">{caption}</font></div></v:textbox><x:ClientData ObjectType=\"{kind}\"><x:Anchor>\n {anchor}</x:Anchor>{checked}</x:ClientData></v:shape>"
            )
        };
        let xml = [
            "<xml xmlns:v=\"v\">".to_owned(),
            shape("Checkbox", "标准", "2, 5, 3, 1, 2, 60, 3, 20", "<x:Checked>1</x:Checked>"),
            shape("Checkbox", "计量 &amp; 测试", "1, 5, 3, 1, 1, 60, 3, 20", "<x:Checked>0</x:Checked>"),
            shape("Note", "批注", "1, 5, 9, 1, 1, 60, 9, 20", ""),
            shape("Radio", "认证", "1, 5, 4, 1, 1, 60, 4, 20", "<x:Checked/>"),
            shape("Checkbox", "无处", "1, 5", ""),
            shape("Checkbox", "半", "1, 5, 5, 1, 1, 60, 5, 20", "<x:Checked>2</x:Checked>"),
        ]
        .concat();
        let mixed = Inline::Tick(Tick { checked: false, source: TickSource::Contradicted });
        assert_eq!(read(&xml).pop().and_then(|control| control.inlines.first().cloned()), Some(mixed));
        let seen: Vec<(u32, u32, String)> = read(&xml)
            .into_iter()
            .filter(|control| control.row < 5)
            .map(|control| (control.row, control.column, Paragraph { inlines: control.inlines, source: None }.text()))
            .collect();
        assert_eq!(seen, [(3, 1, "☐计量&测试 ".into()), (3, 2, "☑标准 ".into()), (4, 1, "☑认证 ".into())]);
    }
}
