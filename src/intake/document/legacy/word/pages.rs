//! Pages of character formatting that hold more runs than the parser takes are split in two.
//!
//! A page of 512 bytes ([MS-DOC] 2.9.33, `ChpxFkp`) may hold up to 101 runs; the parser passes over those with 64 and more,
//! and bold, struck, deleted and hidden text would be read as plain. Such pages are common where every other word of a
//! form is set in another font. What a run says stays where it is in its page: only the lists at the page's head are
//! shortened, and the second half's page is a copy at the stream's end.

use super::header::{Header, part};
use super::u32_at;
use std::collections::BTreeSet;

/// Bytes of a page.
pub(super) const PAGE: usize = 512;
/// Runs that the parser takes of a page, and one more.
const TOO_MANY: usize = 64;
/// Runs that a page can hold.
const MOST: usize = 101;
/// Bits of a page's number.
const NUMBER: u32 = 0x3F_FFFF;

/// What is written for pages that were split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Split {
    /// Pages of the text stream, by their places; the last ones follow its end.
    pub(super) pages: Vec<(usize, Vec<u8>)>,
    /// The list of all pages (`PlcBteChpx`) that goes behind the table stream's end.
    pub(super) list: Vec<u8>,
}

/// The pages that must be split, if any.
pub(super) fn split(text: &[u8], table: &[u8], header: &Header) -> Option<Split> {
    let list = part(table, header.formatting)?;
    let count = list.len().checked_sub(4)? / 8;
    // Each page of the text is named once; a list that goes on is none that a word processor wrote.
    if count > 2 * text.len().div_ceil(PAGE) {
        return None;
    }
    let mut known = BTreeSet::new();
    let mut free = u32::try_from(text.len().div_ceil(PAGE)).ok()?;
    let (mut starts, mut numbers, mut pages) = (Vec::new(), Vec::new(), Vec::new());
    for index in 0..count {
        let number = u32_at(list, (count + 1 + index) * 4)?;
        starts.push(u32_at(list, index * 4)?);
        numbers.push(number);
        let at = usize::try_from(number & NUMBER).ok()?.checked_mul(PAGE)?;
        let Some((first, middle, second)) = text.get(at..at + PAGE).filter(|_| known.insert(at)).and_then(halves) else { continue };
        starts.push(middle);
        numbers.push(free);
        pages.extend([(at, first), (usize::try_from(free).ok()? * PAGE, second)]);
        free = free.checked_add(1).filter(|free| *free <= NUMBER)?;
    }
    starts.push(u32_at(list, count * 4)?);
    pages.sort_by_key(|(at, _)| *at);
    let list = starts.into_iter().chain(numbers).flat_map(u32::to_le_bytes).collect();
    (!pages.is_empty()).then_some(Split { pages, list })
}

/// Two pages for one that holds too many runs, and where the second begins.
fn halves(page: &[u8]) -> Option<(Vec<u8>, u32, Vec<u8>)> {
    let count = usize::from(*page.last()?);
    if !(TOO_MANY..=MOST).contains(&count) {
        return None;
    }
    let middle = count / 2;
    Some((with_runs(page, 0, middle)?, u32_at(page, middle * 4)?, with_runs(page, middle, count)?))
}

/// The page with some of its runs.
fn with_runs(page: &[u8], from: usize, to: usize) -> Option<Vec<u8>> {
    let count = usize::from(*page.last()?);
    let ends = page.get(from * 4..(to + 1) * 4)?;
    let offsets = (count + 1) * 4;
    let offsets = page.get(offsets + from..offsets + to)?;
    let head = [ends, offsets].concat();
    let rest = page.get(head.len()..PAGE - 1)?;
    Some([&head, rest, &[u8::try_from(to - from).ok()?]].concat())
}
