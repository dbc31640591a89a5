//! Fields without a result get one, and symbols become what they show.

use super::characters::{Character, Characters};
use super::properties::Properties;
use super::{StandIn, form_field};
use crate::intake::document::docx::instruction::{Shown, shown_without_result};
use crate::intake::document::docx::symbols::Glyph;
use crate::model::document::{Tick, TickSource};

const BEGIN: u16 = 0x13;
const SEPARATOR: u16 = 0x14;
const END: u16 = 0x15;
/// What a field's data is attached to.
const DATA: u16 = 0x01;
/// What a symbol is attached to.
const SYMBOL: u16 = 0x28;
/// Longer fields are none of those that show themselves.
const LONGEST: usize = 1_000;
/// Boxes of one document.
const MOST_BOXES: usize = 1_000;

/// Gives results to the fields that show themselves. If one box can't be read none is, so that a person looks.
pub(super) fn put_results(characters: &mut Characters, properties: &Properties<'_>, mut record: impl FnMut(usize) -> Option<Vec<u8>>) {
    let (boxes, others): (Vec<Field>, Vec<Field>) = fields(characters.all()).into_iter().partition(Field::is_box);
    let state = |field: &Field| {
        let place = field.places.iter().find(|place| place.unit == DATA)?;
        form_field::state(&record(properties.location(place.at)?)?)
    };
    let states: Option<Vec<bool>> = if boxes.len() > MOST_BOXES { None } else { boxes.iter().map(state).collect() };
    for (field, checked) in boxes.iter().zip(states.unwrap_or_default()) {
        field.put(characters, StandIn::Tick(checked, TickSource::FormField).character().into_iter().collect());
    }
    for field in others {
        if let Some(shown) = field.shown() {
            field.put(characters, shown);
        }
    }
}

/// Puts ticks where symbols are.
pub(super) fn put_symbols(characters: &mut Characters, properties: &Properties<'_>) {
    let ticks = properties.has_ticks();
    let glyph = |place: &Character| match place.unit {
        SYMBOL => properties.symbol(place.at),
        // A code that was moved to the private use area: without its font it could be of any.
        0xF021..=0xF0FF if ticks => {
            let code = u8::try_from(place.unit & 0xFF).ok()?;
            // What shows nothing known stays, so that a person looks.
            properties.in_symbol_font(place.at, code).filter(|glyph| *glyph != Glyph::Nothing)
        }
        0x21..=0xFF if ticks => properties.as_symbol(place.at, u8::try_from(place.unit).ok()?).filter(|glyph| *glyph != Glyph::Nothing),
        _ => None,
    };
    let symbol = |place: &Character| {
        let shown = match glyph(place)? {
            Glyph::Tick(checked) => StandIn::Tick(checked, TickSource::SymbolFont).character()?,
            Glyph::Char(c) => c,
            Glyph::Nothing => ' ',
        };
        Some((*place, shown))
    };
    let found: Vec<(Character, char)> = characters.all().iter().filter_map(symbol).collect();
    for (place, shown) in found {
        let mut buffer = [0; 4];
        characters.put(&[place], shown.encode_utf8(&mut buffer));
    }
}

/// A field without a result, and with no field within.
struct Field {
    /// What stands between its marks.
    places: Vec<Character>,
    instruction: String,
}

impl Field {
    fn is_box(&self) -> bool {
        self.instruction.trim_start().starts_with("FORMCHECKBOX")
    }

    fn shown(&self) -> Option<String> {
        let shown = match shown_without_result(&self.instruction)? {
            Shown::Tick(Tick { checked, source }) => StandIn::Tick(checked, source).character()?.into(),
            Shown::Text(text) => text,
            Shown::Enclosed(text) => {
                format!("{}{text}{}", StandIn::Enclosed(true).character()?, StandIn::Enclosed(false).character()?)
            }
        };
        Some(shown)
    }

    /// The result goes before the end mark, and takes the places of what was there.
    fn put(&self, characters: &mut Characters, result: String) {
        let count = result.encode_utf16().count() + 1;
        if let Some(places) = self.places.len().checked_sub(count).and_then(|from| self.places.get(from..)) {
            characters.put(places, &format!("\u{14}{result}"));
        }
    }
}

/// The fields that hold no other field and have no result, or a blank one.
fn fields(all: &[Character]) -> Vec<Field> {
    let mut out = Vec::new();
    let mut rest = all;
    while let Some(begin) = rest.iter().position(|place| place.unit == BEGIN) {
        rest = rest.get(begin + 1..).unwrap_or_default();
        let end = rest.iter().take(LONGEST).position(|place| matches!(place.unit, BEGIN | END));
        let Some(places) = end.filter(|end| rest.get(*end).is_some_and(|place| place.unit == END)).and_then(|end| rest.get(..end)) else {
            continue;
        };
        let separator = places.iter().position(|place| place.unit == SEPARATOR);
        let (instruction, result) = places.split_at(separator.unwrap_or(places.len()));
        // Blanks and marks that only hold data are no result.
        if result.iter().all(|place| matches!(place.unit, SEPARATOR | DATA | 0x20)) {
            let units = instruction.iter().map(|place| place.unit).filter(|unit| *unit != DATA);
            let instruction = char::decode_utf16(units).filter_map(Result::ok).collect();
            out.push(Field { places: places.to_vec(), instruction });
        }
    }
    out
}
