//! A page's objects become a [`Sheet`]. GB/T 33190, 7.7 and 8 to 11.

use super::path_data;
use super::text;
use super::xml::{Node, numbers};
use crate::intake::document::layout::Sheet;
use crate::intake::document::layout::matrix::Matrix;

/// Millimetres to points: what the layout's measures are in.
const POINTS: f64 = 72.0 / 25.4;

/// A sheet being painted, and the pictures on it by their resources.
pub(super) struct Painter {
    sheet: Sheet,
    pictures: Vec<(String, [f64; 4])>,
    base: Matrix,
    most_marks: usize,
}

impl Painter {
    /// An empty page of an area; A4 where none is given.
    pub(super) fn new(area: Option<&str>, most_marks: usize) -> Painter {
        let area = area.map(numbers).and_then(|numbers| <[f64; 4]>::try_from(numbers).ok()).unwrap_or([0.0, 0.0, 210.0, 297.0]);
        let [left, top, width, height] = area;
        let sheet = Sheet { width: width * POINTS, height: height * POINTS, ..Sheet::default() };
        Painter { sheet, pictures: Vec::new(), base: Matrix([POINTS, 0.0, 0.0, POINTS, -left * POINTS, -top * POINTS]), most_marks }
    }

    /// What was painted.
    pub(super) fn finish(self) -> (Sheet, Vec<(String, [f64; 4])>) {
        (self.sheet, self.pictures)
    }

    /// The layers of a page or a template.
    pub(super) fn layers(&mut self, page: &Node) {
        for layer in page.all("Content").flat_map(|content| content.all("Layer")) {
            self.block(layer, self.base);
        }
    }

    /// What an annotation shows, unless it is a watermark.
    pub(super) fn annotation(&mut self, annotation: &Node) {
        let hidden = annotation.attribute("Visible") == Some("false") || annotation.attribute("Type") == Some("Watermark");
        for appearance in annotation.all("Appearance").filter(|_| !hidden) {
            self.block(appearance, placed(appearance).then(self.base));
        }
    }

    /// Objects of a block. Blocks in blocks are no deeper than the part's elements may be.
    fn block(&mut self, block: &Node, base: Matrix) {
        for object in &block.children {
            let own = transform(object).then(placed(object)).then(base);
            match object.name.as_str() {
                // One more than may be, so that the page's reader knows.
                "TextObject" if self.sheet.marks.len() > self.most_marks => return,
                "TextObject" => text::marks(object, own, self.most_marks, &mut self.sheet.marks),
                "PathObject" => self.path(object, own),
                "ImageObject" => self.image(object, base),
                "PageBlock" => self.block(object, base),
                _ => {}
            }
        }
    }

    fn path(&mut self, object: &Node, own: Matrix) {
        let Some(data) = object.child("AbbreviatedData") else { return };
        let path = path_data::path(&data.text, own);
        if object.attribute("Stroke") != Some("false") {
            path.stroke(&mut self.sheet);
        }
        if object.attribute("Fill") == Some("true") {
            path.fill(&mut self.sheet);
        }
    }

    fn image(&mut self, object: &Node, base: Matrix) {
        let resource = object.attribute("ResourceID");
        let boundary = object.numbers("Boundary").and_then(|numbers| <[f64; 4]>::try_from(numbers).ok());
        if let (Some(resource), Some([x, y, width, height])) = (resource, boundary) {
            self.pictures.push((resource.to_owned(), base.around((x, y), (x + width, y + height))));
        }
    }
}

/// Where an object's own space begins: its boundary's corner.
fn placed(object: &Node) -> Matrix {
    match object.numbers("Boundary").as_deref() {
        Some([x, y, ..]) => Matrix::moving(*x, *y),
        _ => Matrix::IDENTITY,
    }
}

fn transform(object: &Node) -> Matrix {
    object.numbers("CTM").and_then(|numbers| <[f64; 6]>::try_from(numbers).ok()).map_or(Matrix::IDENTITY, Matrix)
}
