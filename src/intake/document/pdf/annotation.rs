//! Annotations that show something on the page: filled-in fields, notes typed onto it, stamps.
//!
//! ISO 32000-1, 12.5 and 12.7. An appearance is interpreted like a form XObject; a check box becomes the
//! character that it looks like, since its appearance is usually a drawing.

use super::page::matrix_of;
use crate::intake::document::layout::matrix::Matrix;
use crate::intake::document::layout::{Mark, Sheet};
use crate::model::document::Style;
use hayro_syntax::object::{Array, Dict, Name, Number, Object, Stream};

/// Annotations of a page beyond which no more are read.
const MOST_ANNOTATIONS: usize = 2_000;
/// Flags that keep an annotation off the page: invisible, hidden, no view.
const HIDDEN: i64 = 1 | 2 | 32;

/// An annotation as it is shown.
pub(super) struct Shown<'a> {
    /// Its appearance and where it goes.
    pub(super) appearance: Option<(Stream<'a>, Matrix)>,
    /// Or the check box that it is.
    check: Option<CheckBox>,
}

/// A check box: its state and two corners.
struct CheckBox {
    checked: bool,
    corners: (Point, Point),
}

type Point = (f64, f64);

impl Shown<'_> {
    /// Notes the check box.
    pub(super) fn marks(&self, base: Matrix, sheet: &mut Sheet) {
        let Some(CheckBox { checked, corners: (from, to) }) = &self.check else { return };
        let [x0, top, x1, bottom] = base.around(*from, *to);
        let size = bottom - top;
        sheet.marks.push(Mark { c: if *checked { '☑' } else { '☐' }, x0, x1, y: bottom - 0.15 * size, size, style: Style::default() });
    }
}

/// The annotations that a page shows.
pub(super) fn shown<'a>(page: &Dict<'a>) -> impl Iterator<Item = Shown<'a>> + use<'a> {
    let all = page.get::<Array<'_>>("Annots").into_iter().flat_map(|array| array.iter::<Dict<'_>>());
    all.take(MOST_ANNOTATIONS).filter_map(|annotation| one(&annotation))
}

fn one<'a>(annotation: &Dict<'a>) -> Option<Shown<'a>> {
    let flags = annotation.get::<Number>("F").map_or(0, |flags| flags.as_i64());
    let kind = annotation.get::<Name<'_>>("Subtype")?;
    if flags & HIDDEN != 0 || matches!(kind.as_ref(), b"Link" | b"Popup") {
        return None;
    }
    let (from, to) = rectangle(annotation.get::<Array<'_>>("Rect")?)?;
    if is_check_box(annotation) {
        let state = annotation.get::<Name<'_>>("AS");
        let checked = state.is_some_and(|state| state.as_ref() != b"Off");
        return Some(Shown { appearance: None, check: Some(CheckBox { checked, corners: (from, to) }) });
    }
    let appearance = normal_appearance(annotation)?;
    let placed = placed(&appearance, from, to);
    Some(Shown { appearance: Some((appearance, placed)), check: None })
}

/// A button that is neither a push button nor drawn as one (12.7.4.2).
fn is_check_box(annotation: &Dict<'_>) -> bool {
    let parent = annotation.get::<Dict<'_>>("Parent");
    let kind = annotation.get::<Name<'_>>("FT").or_else(|| parent.as_ref()?.get::<Name<'_>>("FT"));
    let flags = annotation.get::<Number>("Ff").or_else(|| parent.as_ref()?.get::<Number>("Ff")).map_or(0, |flags| flags.as_i64());
    kind.is_some_and(|kind| kind.as_ref() == b"Btn") && flags & (1 << 16) == 0
}

fn normal_appearance<'a>(annotation: &Dict<'a>) -> Option<Stream<'a>> {
    match annotation.get::<Dict<'a>>("AP")?.get::<Object<'a>>("N")? {
        Object::Stream(stream) => Some(stream),
        Object::Dict(states) => states.get::<Stream<'a>>(annotation.get::<Name<'_>>("AS")?.as_ref()),
        _ => None,
    }
}

/// Fits the appearance's box into the annotation's rectangle (12.5.5, algorithm 8.1).
fn placed(appearance: &Stream<'_>, from: Point, to: Point) -> Matrix {
    let Some((box_from, box_to)) = appearance.dict().get::<Array<'_>>("BBox").and_then(rectangle) else {
        return Matrix::moving(from.0, from.1);
    };
    let [left, top, right, bottom] = matrix_of(appearance.dict().get("Matrix")).around(box_from, box_to);
    let scale = |wanted: f64, own: f64| if own.abs() < 0.001 { 1.0 } else { wanted / own };
    let (x, y) = (scale(to.0 - from.0, right - left), scale(to.1 - from.1, bottom - top));
    Matrix([x, 0.0, 0.0, y, from.0 - x * left, from.1 - y * top])
}

/// Two corners, the lower first.
fn rectangle(array: Array<'_>) -> Option<(Point, Point)> {
    let numbers: Vec<f64> = array.iter::<Number>().take(5).map(|number| number.as_f64()).collect();
    let [x0, y0, x1, y1] = <[f64; 4]>::try_from(numbers).ok()?;
    Some(((x0.min(x1), y0.min(y1)), (x0.max(x1), y0.max(y1))))
}
