//! What a Word document keeps outside of its characters is put among them, before the parser reads it.
//!
//! [MS-DOC] keeps a form's check box as a field without a result, its state in another stream (2.9.78); a symbol
//! as `(` with its code in the formatting (`sprmCSymbol`); what `EQ` and `SYMBOL` show nowhere, since Word draws it.
//! The parser drops all of them. Here the text stream is changed in place, character by character, so that they
//! have results: control characters that no text holds stand for ticks. What isn't understood stays as it was. Formatting
//! that the parser would pass over is laid out so that it reads it: see `pages`.

mod characters;
mod field;
mod form_field;
mod header;
mod pages;
mod pictures;
mod properties;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use cfb::CompoundFile;

use self::characters::{Bytes, Characters};
use self::header::Header;
use self::properties::Properties;
use super::Limits;
use crate::model::document::TickSource;

type Compound<'a> = CompoundFile<Cursor<&'a [u8]>>;

/// A character that stands for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StandIn {
    /// A tick box.
    Tick(bool, TickSource),
    /// What follows is enclosed, or no longer.
    Enclosed(bool),
}

impl StandIn {
    const ALL: [(char, Self); 8] = [
        ('\u{10}', Self::Tick(true, TickSource::FormField)),
        ('\u{11}', Self::Tick(false, TickSource::FormField)),
        ('\u{12}', Self::Tick(true, TickSource::SymbolFont)),
        ('\u{16}', Self::Tick(false, TickSource::SymbolFont)),
        ('\u{17}', Self::Tick(true, TickSource::Character)),
        ('\u{18}', Self::Tick(false, TickSource::Character)),
        ('\u{19}', Self::Enclosed(true)),
        ('\u{1a}', Self::Enclosed(false)),
    ];

    /// What a character stands for.
    pub(super) fn of(c: char) -> Option<Self> {
        Self::ALL.iter().find(|(character, _)| *character == c).map(|(_, stand_in)| *stand_in)
    }

    /// Its character.
    fn character(self) -> Option<char> {
        Self::ALL.iter().find(|(_, stand_in)| *stand_in == self).map(|(character, _)| *character)
    }
}

/// What the parser would leave out of a document.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    /// The file with stand-ins, where it holds any; none where there is nothing to be changed.
    pub(super) changed: Option<Vec<u8>>,
    /// The pictures that float over the text, and how their names end.
    pub(super) floating: Vec<(Vec<u8>, &'static str)>,
}

/// Looks through a file for it.
pub(super) fn prepare(bytes: &[u8], limits: &Limits) -> Prepared {
    let Ok(mut compound) = CompoundFile::open(Cursor::new(bytes)) else { return Prepared::default() };
    let Some(text) = stream(&mut compound, "/WordDocument", limits) else { return Prepared::default() };
    // Lengthening a stream whose table of sectors is damaged, cfb 0.16 leaves that table and panics.
    let changed = catch_unwind(AssertUnwindSafe(|| with_stand_ins(bytes, &mut compound, &text, limits))).ok().flatten();
    Prepared { changed, floating: pictures::floating(&text) }
}

fn with_stand_ins(bytes: &[u8], compound: &mut Compound<'_>, text: &[u8], limits: &Limits) -> Option<Vec<u8>> {
    let header = Header::of(text)?;
    let table = stream(compound, header.table(), limits)?;
    let record = |at| record(compound, at);
    let changed = changes(text, &table, &header, record)?;
    let split = pages::split(text, &table, &header);
    if changed.is_empty() && split.is_none() {
        return None;
    }
    let mut compound = CompoundFile::open(Cursor::new(bytes.to_vec())).ok()?;
    let mut stream = compound.open_stream("/WordDocument").ok()?;
    for (at, bytes) in changed {
        stream.seek(SeekFrom::Start(at)).ok()?;
        stream.write_all(bytes.get()).ok()?;
    }
    if let Some(split) = &split {
        put_pages(&mut stream, split, text.len(), table.len())?;
    }
    stream.flush().ok()?;
    drop(stream);
    if let Some(split) = &split {
        let mut stream = compound.open_stream(header.table()).ok()?;
        stream.seek(SeekFrom::End(0)).ok()?;
        stream.write_all(&split.list).ok()?;
        stream.flush().ok()?;
    }
    Some(compound.into_inner().into_inner())
}

/// The pages of formatting that were split, and where the list of all pages stands now.
fn put_pages(stream: &mut cfb::Stream<Cursor<Vec<u8>>>, split: &pages::Split, text: usize, table: usize) -> Option<()> {
    // No stream is written past its end.
    stream.seek(SeekFrom::End(0)).ok()?;
    stream.write_all(&vec![0; text.next_multiple_of(pages::PAGE) - text]).ok()?;
    for (at, page) in &split.pages {
        stream.seek(SeekFrom::Start(u64::try_from(*at).ok()?)).ok()?;
        stream.write_all(page).ok()?;
    }
    let [place, size] = [table, split.list.len()].map(u32::try_from);
    stream.seek(SeekFrom::Start(Header::FORMATTING)).ok()?;
    stream.write_all(&[place.ok()?.to_le_bytes(), size.ok()?.to_le_bytes()].concat()).ok()
}

/// The characters that become others, by their places.
fn changes(text: &[u8], table: &[u8], header: &Header, record: impl FnMut(usize) -> Option<Vec<u8>>) -> Option<BTreeMap<u64, Bytes>> {
    let mut characters = Characters::of(text, table, header)?;
    let properties = Properties::new(text, table, header);
    field::put_results(&mut characters, &properties, record);
    field::put_symbols(&mut characters, &properties);
    Some(characters.changed())
}

/// The beginning of what stands at a place in the data stream.
fn record(compound: &mut Compound<'_>, at: usize) -> Option<Vec<u8>> {
    let mut stream = compound.open_stream("/Data").ok()?;
    stream.seek(SeekFrom::Start(u64::try_from(at).ok()?)).ok()?;
    let mut out = Vec::new();
    stream.take(form_field::RECORD).read_to_end(&mut out).ok()?;
    Some(out)
}

fn stream(compound: &mut Compound<'_>, name: &str, limits: &Limits) -> Option<Vec<u8>> {
    let stream = compound.open_stream(name).ok()?;
    let mut out = Vec::new();
    stream.take(limits.bytes_unpacked).read_to_end(&mut out).ok()?;
    Some(out)
}

/// A number at a place, in the order of bytes of all of [MS-DOC].
fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|chunk| u16::from_le_bytes(*chunk))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|chunk| u32::from_le_bytes(*chunk))
}

fn place(bytes: &[u8], at: usize) -> Option<usize> {
    u32_at(bytes, at).and_then(|place| usize::try_from(place).ok())
}
