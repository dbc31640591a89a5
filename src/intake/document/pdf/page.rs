//! A page's operators become a [`Sheet`].
//!
//! ISO 32000-1, 8 and 9. Form XObjects and appearances are entered to a bounded depth, and operators are
//! counted over the whole file: a page that draws without end is stopped.

mod drawing;

use super::annotation;
use super::font::Font;
use super::picture;
use super::stream::Budget;
use super::text::{self, TextState};
use super::{Limits, ReadError};
use crate::intake::document::layout::matrix::Matrix;
use crate::intake::document::layout::path::Path;
use crate::intake::document::layout::{Placed, Sheet};
use crate::model::document::Picture;
use encoding_rs::UTF_16BE;
use hayro_syntax::content::TypedIter;
use hayro_syntax::content::ops::TypedInstruction as Op;
use hayro_syntax::object::{Array, Dict, Name, Number, Object, Stream, String as PdfString};
use hayro_syntax::page::{Page, Resources};
use std::collections::HashMap;
use std::rc::Rc;

/// Operators interpreted over all pages: a second's work at most.
const MOST_OPERATORS: usize = 3_000_000;
/// What an object to be looked up counts for.
const OBJECT_COST: usize = 100;
/// Graphics states saved at the same time.
const MOST_STATES: usize = 512;
/// Form XObjects inside each other.
const DEEPEST: usize = 12;

/// A resource: where its dictionary lies, and its name.
type Named = (usize, Vec<u8>);

/// What is kept from page to page.
pub(super) struct Reading {
    pub(super) budget: Budget,
    operators: usize,
    marks: usize,
    fonts: HashMap<Named, Option<Rc<Font>>>,
    pictures: Vec<Picture>,
    known_pictures: HashMap<usize, Option<usize>>,
}

/// The graphics state, as far as it matters here.
#[derive(Clone)]
struct State {
    ctm: Matrix,
    text: TextState,
    /// Where what is drawn shows.
    clip: Option<[f64; 4]>,
}

/// One content stream being interpreted.
struct Scope<'r, 's, 'a> {
    reading: &'r mut Reading,
    sheet: &'s mut Sheet,
    resources: &'s Resources<'a>,
    state: State,
    saved: Vec<State>,
    path: Path,
    /// Whether the path is to clip what comes after it.
    clips: bool,
    depth: usize,
    marked: Vec<Option<Replaced>>,
}

/// Marked content with a text of its own (14.9.4): what the marks from here on say.
struct Replaced {
    from: usize,
    text: String,
}

impl Reading {
    /// Begins with what the limits grant.
    pub(super) fn new(limits: &Limits) -> Reading {
        Reading {
            budget: Budget::new(limits.bytes_unpacked),
            operators: MOST_OPERATORS,
            marks: limits.nodes,
            fonts: HashMap::new(),
            pictures: Vec::new(),
            known_pictures: HashMap::new(),
        }
    }

    /// The pictures met.
    pub(super) fn pictures(self) -> Vec<Picture> {
        self.pictures
    }

    /// Interprets a page with its annotations.
    pub(super) fn page(&mut self, page: &Page<'_>) -> Result<Sheet, ReadError> {
        let (width, height) = page.render_dimensions();
        let sheet = Sheet { width: f64::from(width), height: f64::from(height), ..Sheet::default() };
        let base = Matrix(page.initial_transform(true).as_coeffs());
        let content = self.content(page.raw())?;
        let sheet = self.drawn(page, &content, base, sheet)?;
        match sheet.upright() {
            Some(turn) => self.drawn(page, &content, base.then(turn), sheet.turned_by(turn)),
            None => Ok(sheet),
        }
    }

    /// The page's content and annotations on an empty sheet.
    fn drawn(&mut self, page: &Page<'_>, content: &[u8], base: Matrix, mut sheet: Sheet) -> Result<Sheet, ReadError> {
        self.run(content, page.resources(), base, &mut sheet, 0)?;
        sheet.clip = None;
        for shown in annotation::shown(page.raw()) {
            shown.marks(base, &mut sheet);
            if let Some((stream, matrix)) = shown.appearance {
                self.form(&stream, page.resources(), matrix.then(base), &mut sheet, 0)?;
            }
        }
        Ok(sheet)
    }

    /// The page's content streams as one, parted by blanks.
    fn content(&mut self, page: &Dict<'_>) -> Result<Vec<u8>, ReadError> {
        let streams: Vec<Stream<'_>> = match page.get::<Object<'_>>("Contents") {
            Some(Object::Stream(stream)) => vec![stream],
            Some(Object::Array(array)) => array.iter::<Stream<'_>>().take(10_000).collect(),
            _ => Vec::new(),
        };
        let mut out = Vec::new();
        for stream in streams {
            out.extend(self.budget.unpack(&stream)?.unwrap_or_default());
            out.push(b'\n');
        }
        Ok(out)
    }

    /// Enters a form XObject.
    fn form(&mut self, stream: &Stream<'_>, outer: &Resources<'_>, ctm: Matrix, sheet: &mut Sheet, depth: usize) -> Result<(), ReadError> {
        if depth >= DEEPEST {
            return Ok(());
        }
        let Some(content) = self.budget.unpack(stream)? else { return Ok(()) };
        let matrix = matrix_of(stream.dict().get("Matrix"));
        match stream.dict().get::<Dict<'_>>("Resources") {
            Some(own) => self.run(&content, &Resources::new(own), matrix.then(ctm), sheet, depth + 1),
            None => self.run(&content, outer, matrix.then(ctm), sheet, depth + 1),
        }
    }

    fn run(&mut self, content: &[u8], resources: &Resources<'_>, ctm: Matrix, sheet: &mut Sheet, depth: usize) -> Result<(), ReadError> {
        let state = State { ctm, text: TextState::default(), clip: sheet.clip };
        let mut scope = Scope {
            reading: self,
            sheet,
            resources,
            state,
            saved: Vec::new(),
            path: Path::default(),
            clips: false,
            depth,
            marked: Vec::new(),
        };
        let mut operations = TypedIter::new(tame(content));
        while let Some(operation) = operations.next() {
            scope.reading.spend(1)?;
            scope.interpret(&operation)?;
        }
        Ok(())
    }

    /// The font of a name. Where the dictionary of fonts lies in the file tells it from others.
    fn font(&mut self, fonts: &Dict<'_>, name: &Name<'_>) -> Result<Option<Rc<Font>>, ReadError> {
        let key = (fonts.data().as_ptr().addr(), name.as_ref().to_vec());
        if let Some(font) = self.fonts.get(&key) {
            return Ok(font.clone());
        }
        let font = fonts.get::<Dict<'_>>(name.as_ref()).map(|dict| Font::read(&dict, &mut self.budget)).transpose()?.map(Rc::new);
        self.fonts.insert(key, font.clone());
        Ok(font)
    }

    fn spend(&mut self, operators: usize) -> Result<(), ReadError> {
        self.operators = self.operators.checked_sub(operators).ok_or(ReadError::TooLarge("operators"))?;
        Ok(())
    }

    fn picture(&mut self, stream: &Stream<'_>) -> Option<usize> {
        let key = stream.dict().data().as_ptr().addr();
        if let Some(known) = self.known_pictures.get(&key) {
            return *known;
        }
        let number = self.pictures.len() + 1;
        let index = picture::read(stream, number, &mut self.budget).map(|picture| {
            self.pictures.push(picture);
            number - 1
        });
        self.known_pictures.insert(key, index);
        index
    }
}

impl Scope<'_, '_, '_> {
    /// One operator. Those of colour, clipping, shading and marked content change nothing here.
    fn interpret(&mut self, operation: &Op<'_, '_>) -> Result<(), ReadError> {
        match operation {
            Op::SaveState(_) if self.saved.len() < MOST_STATES => self.saved.push(self.state.clone()),
            Op::RestoreState(_) => {
                if let Some(state) = self.saved.pop() {
                    self.state = state;
                }
            }
            Op::Transform(op) => self.state.ctm = matrix([op.0, op.1, op.2, op.3, op.4, op.5]).then(self.state.ctm),
            Op::XObject(op) => return self.x_object(op.0),
            Op::TextFont(op) => {
                self.state.text.font = self.reading.font(&self.resources.fonts, op.0)?;
                self.state.text.size = op.1.as_f64();
            }
            Op::ShowText(op) => return self.show(op.0.as_bytes()),
            Op::NextLineAndShowText(op) => {
                self.state.text.next_line();
                return self.show(op.0.as_bytes());
            }
            Op::ShowTextWithParameters(op) => {
                self.state.text.word_spacing = op.0.as_f64();
                self.state.text.character_spacing = op.1.as_f64();
                self.state.text.next_line();
                return self.show(op.2.as_bytes());
            }
            Op::ShowTexts(op) => return self.show_all(op.0),
            Op::BeginMarkedContent(_) => self.begin(None),
            Op::BeginMarkedContentWithProperties(op) => {
                self.reading.spend(OBJECT_COST / 10)?;
                self.begin(self.actual_text(op.1));
            }
            Op::EndMarkedContent(_) => {
                if let Some(Some(replaced)) = self.marked.pop() {
                    text::replace(&mut self.sheet.marks, replaced.from, &replaced.text);
                }
            }
            other => {
                if !self.state.text.interpret(other) {
                    self.draw(other);
                }
            }
        }
        Ok(())
    }

    fn show_all(&mut self, array: &Array<'_>) -> Result<(), ReadError> {
        for item in array.iter::<Object<'_>>() {
            match item {
                Object::String(text) => self.show(text.as_bytes())?,
                Object::Number(number) => self.state.text.adjust(number.as_f64()),
                _ => {}
            }
        }
        Ok(())
    }

    fn show(&mut self, bytes: &[u8]) -> Result<(), ReadError> {
        let before = self.sheet.marks.len();
        self.state.text.show(bytes, self.state.ctm, self.sheet);
        let added = self.sheet.marks.len().saturating_sub(before);
        self.reading.marks = self.reading.marks.checked_sub(added).ok_or(ReadError::TooLarge("characters"))?;
        // Codes without a character cost time as well.
        self.reading.spend(bytes.len() / 8)
    }

    fn begin(&mut self, text: Option<String>) {
        if self.marked.len() < MOST_STATES {
            let from = self.sheet.marks.len();
            self.marked.push(text.map(|text| Replaced { from, text }));
        }
    }

    fn actual_text(&self, properties: &Object<'_>) -> Option<String> {
        let text = match properties {
            Object::Dict(own) => own.get::<PdfString<'_>>("ActualText")?,
            Object::Name(name) => self.resources.properties.get::<Dict<'_>>(name.as_ref())?.get::<PdfString<'_>>("ActualText")?,
            _ => return None,
        };
        text.as_bytes().strip_prefix(&[0xFE, 0xFF]).map(|utf16| UTF_16BE.decode_without_bom_handling(utf16).0.into_owned())
    }

    fn x_object(&mut self, name: &Name<'_>) -> Result<(), ReadError> {
        self.reading.spend(OBJECT_COST)?;
        let Some(stream) = self.resources.get_x_object(name) else { return Ok(()) };
        self.sheet.clip = self.state.clip;
        match stream.dict().get::<Name<'_>>("Subtype").as_deref() {
            Some(b"Form") => self.reading.form(&stream, self.resources, self.state.ctm, self.sheet, self.depth),
            Some(b"Image") => {
                if let Some(picture) = self.reading.picture(&stream) {
                    let edges = self.state.ctm.around((0.0, 0.0), (1.0, 1.0));
                    self.sheet.pictures.push(Placed { picture, edges });
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// A matrix of operands.
fn matrix(numbers: [Number; 6]) -> Matrix {
    Matrix(numbers.map(|number| number.as_f64()))
}

/// A matrix of a dictionary; the identity where it isn't one.
pub(super) fn matrix_of(array: Option<Array<'_>>) -> Matrix {
    let numbers: Option<Vec<f64>> = array.map(|array| array.iter::<Number>().take(7).map(|number| number.as_f64()).collect());
    numbers.and_then(|numbers| <[f64; 6]>::try_from(numbers).ok()).map_or(Matrix::IDENTITY, Matrix)
}

/// Cuts off what looks for the end of inline pictures without end: the search is quadratic in the number of `EI`.
pub(super) fn tame(content: &[u8]) -> &[u8] {
    let begins = content.windows(2).position(|pair| pair == b"BI");
    let Some(rest) = begins.and_then(|at| content.get(at..)) else { return content };
    let ends = rest.windows(2).filter(|pair| pair == b"EI").count();
    let cost = ends.saturating_mul(rest.len());
    if cost > 200_000_000 { content.get(..begins.unwrap_or_default()).unwrap_or_default() } else { content }
}
