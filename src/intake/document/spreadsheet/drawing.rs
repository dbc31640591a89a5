//! The drawings of an XLSX package become pictures, controls and texts, each with the cell that its middle lies over.
//!
//! SpreadsheetDrawingML (ECMA-376, part 1, 20.5): one- and two-cell anchors. An absolute anchor has no cell;
//! its picture, like one that no drawing shows, goes to the first sheet, outside its table. What doesn't fit
//! into the limits is left out.

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::events::Event;
use quick_xml::reader::Reader;

use super::control::{self, Control};
use crate::intake::document::docx::package::Package;
use crate::intake::document::docx::rels::{self, Rels};
use crate::intake::document::docx::xml::{attribute, elements, reference};
use crate::intake::document::inlines::{self, Look};
use crate::model::document::{Picture, Tick, TickSource};

/// The pictures of one sheet.
#[derive(Default)]
pub(super) struct Drawing {
    /// In the order of the drawing.
    pub(super) pictures: Vec<Anchored>,
    /// Check boxes and buttons.
    pub(super) controls: Vec<Control>,
}

/// A picture and where it lies.
pub(super) struct Anchored {
    /// The row, from 0.
    pub(super) row: u32,
    /// The column, from 0.
    pub(super) column: u32,
    /// The picture.
    pub(super) picture: Picture,
}

/// Outside every sheet.
const NOWHERE: (u32, u32) = (u32::MAX, u32::MAX);

/// The drawings by the name of their sheet.
pub(super) fn read(package: &mut Package<'_>) -> BTreeMap<String, Drawing> {
    let mut drawings = BTreeMap::new();
    let mut shown = BTreeSet::new();
    let sheets = sheets(package);
    for (name, part) in &sheets {
        let mut drawing = Drawing::default();
        let mut shapes = Vec::new();
        for target in related(package, part, "drawing") {
            let rels = Rels::of(package, &target);
            let Ok(xml) = package.xml(&target) else { continue };
            shapes.extend(texts(&xml));
            for (row, column, id) in anchors(&xml) {
                let Some(media) = rels.target(&id).map(str::to_owned) else { continue };
                if let Some(picture) = picture(package, &media) {
                    drawing.pictures.push(Anchored { row, column, picture });
                    shown.insert(media);
                }
            }
        }
        for target in related(package, part, "vmldrawing") {
            drawing.controls.extend(package.xml(&target).map(|xml| control::read(&xml)).unwrap_or_default());
        }
        let stateless = drawing.controls.is_empty();
        drawing.controls.extend(shapes.into_iter().filter_map(|shape| shape.shown(stateless)));
        drawings.insert(name.clone(), drawing);
    }
    let media: Vec<String> =
        package.names().into_iter().filter(|name| name.contains("/media/") && !shown.contains(*name)).map(str::to_owned).collect();
    if let Some(drawing) = sheets.first().and_then(|(name, _)| drawings.get_mut(name)) {
        let (row, column) = NOWHERE;
        drawing.pictures.extend(media.iter().filter_map(|name| Some(Anchored { row, column, picture: picture(package, name)? })));
    }
    drawings
}

fn picture(package: &mut Package<'_>, part: &str) -> Option<Picture> {
    let bytes = if package.fits(part) { package.bytes(part).ok()? } else { return None };
    Some(Picture { name: part.rsplit('/').next().unwrap_or(part).to_owned(), bytes, floating: true })
}

/// The names of the sheets with their parts, in order.
fn sheets(package: &mut Package<'_>) -> Vec<(String, String)> {
    let workbook = package
        .xml("_rels/.rels")
        .ok()
        .and_then(|text| rels::parse(&text, "").into_values().find(|rel| rel.kind == "officedocument").map(|rel| rel.target));
    let workbook = workbook.unwrap_or_else(|| "xl/workbook.xml".into());
    let rels = Rels::of(package, &workbook);
    let mut sheets = Vec::new();
    if let Ok(text) = package.xml(&workbook) {
        elements(&text, |name, element| {
            if let ("sheet", Some(title), Some(id)) = (name, attribute(element, "name"), attribute(element, "id")) {
                sheets.extend(rels.target(&id).map(|part| (title.into_owned(), part.to_owned())));
            }
        });
    }
    sheets
}

/// The targets of a part's relationships of one kind.
fn related(package: &mut Package<'_>, part: &str, kind: &str) -> Vec<String> {
    let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
    let Ok(text) = package.xml(&format!("{folder}/_rels/{file}.rels")) else { return Vec::new() };
    rels::parse(&text, folder).into_values().filter(|rel| rel.kind == kind).map(|rel| rel.target).collect()
}

/// Row, column and relationship of every picture of a drawing.
fn anchors(xml: &str) -> Vec<(u32, u32, String)> {
    let mut found = Vec::new();
    let mut corners: Vec<u32> = Vec::new();
    let mut reader = Reader::from_str(xml);
    let mut number = false;
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => match element.local_name().into_inner() {
                "oneCellAnchor" | "twoCellAnchor" | "absoluteAnchor" => corners.clear(),
                "col" | "row" => number = true,
                "blip" => {
                    if let Some(id) = attribute(&element, "embed") {
                        let (row, column) = middle(&corners);
                        found.push((row, column, id.into_owned()));
                    }
                }
                _ => {}
            },
            Ok(Event::Text(text)) if std::mem::take(&mut number) => corners.extend(text.trim().parse::<u32>()),
            Ok(Event::Eof) | Err(_) => return found,
            Ok(_) => {}
        }
    }
}

/// The text of a shape and where it lies.
struct Shape {
    row: u32,
    column: u32,
    text: String,
    /// Whether it stands for a control, whose state is kept in the legacy drawing.
    is_control: bool,
}

impl Shape {
    /// Its text; of a control only where the legacy drawing is lost, as a box that nobody can tell.
    fn shown(self, stateless: bool) -> Option<Control> {
        let Self { row, column, text, is_control } = self;
        let inlines = match (is_control, stateless) {
            (true, false) => return None,
            (true, true) => control::captioned(Tick { checked: false, source: TickSource::Contradicted }, &text),
            (false, _) => inlines::of(&text, Look::default()),
        };
        Some(Control { row, column, inlines })
    }
}

/// The texts of shapes, each where its shape lies.
fn texts(xml: &str) -> Vec<Shape> {
    let mut found = Vec::new();
    let mut corners: Vec<u32> = Vec::new();
    let (mut number, mut characters) = (false, false);
    let mut text = String::new();
    let mut is_control = false;
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) if element.local_name().into_inner() == "compatExt" => is_control = true,
            Ok(Event::Start(element)) => match element.local_name().into_inner() {
                "oneCellAnchor" | "twoCellAnchor" | "absoluteAnchor" => (is_control, _) = (false, corners.clear()),
                "col" | "row" => number = true,
                "t" => characters = true,
                _ => {}
            },
            Ok(Event::End(element)) => match element.local_name().into_inner() {
                "t" => characters = false,
                "p" if !text.is_empty() => text.push('\n'),
                "oneCellAnchor" | "twoCellAnchor" | "absoluteAnchor" if !text.trim().is_empty() => {
                    let (row, column) = middle(&corners);
                    let shown = std::mem::take(&mut text);
                    found.push(Shape { row, column, text: shown.trim_end().to_owned(), is_control });
                }
                _ => {}
            },
            Ok(Event::Text(content)) if characters => text.push_str(&content),
            Ok(Event::GeneralRef(entity)) if characters => text.push_str(&reference(&entity).unwrap_or_default()),
            Ok(Event::Text(content)) if std::mem::take(&mut number) => corners.extend(content.trim().parse::<u32>()),
            Ok(Event::Eof) | Err(_) => return found,
            Ok(_) => {}
        }
    }
}

/// The cell in the middle of the corners, which come as column, row, column, row.
fn middle(corners: &[u32]) -> (u32, u32) {
    match corners {
        [left, top, right, bottom, ..] => (top.midpoint(*bottom), left.midpoint(*right)),
        [left, top, ..] => (*top, *left),
        _ => NOWHERE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_lie_where_their_middle_is() {
        let xml = r#"<xdr:wsDr><xdr:twoCellAnchor><xdr:from><xdr:col>1</xdr:col><xdr:colOff>5</xdr:colOff><xdr:row>7</xdr:row></xdr:from>
            <xdr:to><xdr:col>3</xdr:col><xdr:row>9</xdr:row></xdr:to><xdr:pic><a:blip r:embed="rId1"/></xdr:pic></xdr:twoCellAnchor>
            <xdr:oneCellAnchor><xdr:from><xdr:col>2</xdr:col><xdr:row>4</xdr:row></xdr:from><a:blip r:embed="rId2"/></xdr:oneCellAnchor>
            <xdr:absoluteAnchor><a:blip r:embed="rId3"/></xdr:absoluteAnchor></xdr:wsDr>"#;
        let text = r#"<xdr:wsDr><xdr:twoCellAnchor><xdr:from><xdr:col>1</xdr:col><xdr:row>7</xdr:row></xdr:from><xdr:to><xdr:col>1</xdr:col>
            <xdr:row>7</xdr:row></xdr:to><xdr:sp><xdr:txBody><a:p><a:r><a:t>框&amp;</a:t></a:r></a:p><a:p><a:r><a:t>中</a:t></a:r></a:p></xdr:txBody>
            </xdr:sp></xdr:twoCellAnchor></xdr:wsDr>"#;
        let shown = |text: &str, stateless| -> Vec<_> {
            texts(text)
                .into_iter()
                .filter_map(|shape| shape.shown(stateless))
                .map(|shape| (shape.row, shape.column, shape.inlines))
                .collect()
        };
        assert_eq!(shown(text, false), [(7, 1, inlines::of("框&\n中", Look::default()))]);
        // Excel draws its controls a second time, without their state.
        let control =
            text.replace("<xdr:sp>", "<xdr:sp><xdr:cNvPr hidden=\"1\"><a:ext><a14:compatExt spid=\"_x0000_s1025\"/></a:ext></xdr:cNvPr>");
        assert_eq!(shown(&control, false), []);
        let doubt = control::captioned(Tick { checked: false, source: TickSource::Contradicted }, "框&\n中");
        assert_eq!(shown(&control, true), [(7, 1, doubt)]);
        assert_eq!(anchors(xml), [(8, 2, "rId1".into()), (4, 2, "rId2".into()), (u32::MAX, u32::MAX, "rId3".into())]);
    }
}
