//! Netpbm's PGM and PPM with one space between the numbers, as the PDF reader hands plain samples out.

use super::{Raster, Samples, fits, whole};

pub(super) fn decode(bytes: &[u8], room: &mut usize) -> Option<Raster> {
    let end = bytes.iter().take(64).position(|byte| *byte == b'\n')?;
    let (head, pixels) = bytes.split_at_checked(end + 1)?;
    let mut words = std::str::from_utf8(head).ok()?.split_whitespace();
    let samples = if words.next()? == "P5" { Samples::Grey } else { Samples::Rgb };
    let (width, height) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    if words.next()? != "255" || !fits(width, height, 1, room) {
        return None;
    }
    whole(width, height, samples, pixels)
}
