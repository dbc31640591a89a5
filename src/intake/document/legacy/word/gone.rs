//! What was deleted while changes were tracked, and what is hidden, becomes nothing.
//!
//! Both stand among the characters, and only their formatting tells. Marks of paragraphs, cells and fields stay.

use super::StandIn;
use super::characters::{Character, Characters};
use super::properties::Properties;

/// Puts nothing where characters are deleted or hidden.
pub(super) fn put_nothing(characters: &mut Characters, properties: &Properties<'_>) {
    let Some(nothing) = StandIn::Nothing.character().filter(|_| properties.may_hide()) else { return };
    let gone: Vec<Character> =
        characters.all().iter().filter(|place| place.unit >= 0x20 && properties.is_gone(place.at)).copied().collect();
    let mut buffer = [0; 4];
    let nothing = nothing.encode_utf8(&mut buffer);
    for place in gone {
        characters.put(&[place], nothing);
    }
}
