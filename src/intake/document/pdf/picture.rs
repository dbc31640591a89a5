//! An image XObject becomes a picture that other programs can decode.
//!
//! JPEG and JPEG 2000 stand in a PDF as they are. Plain samples of 8 bits get the header of a PNM file (Netpbm's
//! PGM or PPM), which costs nothing; those of a palette or of CMYK become RGB before. What a soft mask lets through (a stamp
//! on a transparent ground) is laid on white (ISO 32000-1, 11.6.5.3). What else there is (fax, JBIG2, one bit, sixteen bits)
//! is kept packed.

use super::stream::Budget;
use crate::model::document::Picture;
use hayro_syntax::Filter;
use hayro_syntax::object::{Dict, Number, Object, Stream};

/// Reads a picture; none where it is a mask, or larger than what is left.
pub(super) fn read(stream: &Stream<'_>, number: usize, budget: &mut Budget) -> Option<Picture> {
    let dict = stream.dict();
    if dict.get::<bool>("ImageMask") == Some(true) {
        return None;
    }
    let named = |extension: &str, bytes: Vec<u8>| Some(Picture { name: format!("image{number}.{extension}"), bytes, floating: false });
    let filters = stream.filters();
    let extension = match filters.as_slice() {
        [Filter::DctDecode] => "jpg",
        [Filter::JpxDecode] => "jp2",
        [Filter::CcittFaxDecode] => "fax",
        [Filter::Jbig2Decode] => "jb2",
        _ => return samples(stream, budget).and_then(|(extension, bytes)| named(extension, bytes)),
    };
    let bytes = stream.raw_data().into_owned();
    budget.spend(bytes.len()).ok()?;
    named(extension, bytes)
}

/// Uncompressed samples with a header; as they are where they are no plain grey or colour.
fn samples(stream: &Stream<'_>, budget: &mut Budget) -> Option<(&'static str, Vec<u8>)> {
    let dict = stream.dict();
    let bytes = budget.unpack(stream).ok().flatten()?;
    let size = |key: &str| dict.get::<Number>(key).and_then(|number| usize::try_from(number.as_i64()).ok());
    let (width, height) = (size("Width")?, size("Height")?);
    let bits = size("BitsPerComponent").unwrap_or(8);
    let colours = colours(dict, budget);
    let enough = |channels: usize| {
        let row = width.checked_mul(channels)?.checked_mul(bits).map(|bits| bits.div_ceil(8))?;
        row.checked_mul(height).filter(|wanted| (1..=bytes.len()).contains(wanted)).map(|_| row)
    };
    let header = |magic: &str| format!("{magic} {width} {height} 255\n").into_bytes();
    let mut coloured = |rgb: &mut dyn Iterator<Item = [u8; 3]>| {
        budget.spend(width.checked_mul(height)?.checked_mul(3)?).ok()?;
        Some((3, rgb.take(width * height).flatten().collect()))
    };
    let (channels, shown): (usize, Vec<u8>) = match (colours, bits) {
        (Some(Colours::Channels(1)), 8) if enough(1).is_some() => (1, bytes),
        (Some(Colours::Channels(3)), 8) if enough(3).is_some() => (3, bytes),
        (Some(Colours::Channels(4)), 8) if enough(4).is_some() => coloured(&mut bytes.as_chunks::<4>().0.iter().map(of_ink))?,
        (Some(Colours::Palette(palette)), 1 | 2 | 4 | 8) if let Some(row) = enough(1) => {
            let colour = |index: u8| palette.get(usize::from(index)).copied().unwrap_or([255; 3]);
            coloured(&mut bytes.chunks_exact(row).flat_map(|row| indexes(row, bits, width)).map(colour))?
        }
        _ => return Some(("raw", bytes)),
    };
    let shown = match Mask::of(dict, budget) {
        Some(mask) => mask.on_white(shown, channels, (width, height)),
        None => shown,
    };
    let (magic, extension) = if channels == 1 { ("P5", "pgm") } else { ("P6", "ppm") };
    Some((extension, [header(magic), shown].concat()))
}

/// A soft mask: how much of each pixel shows.
struct Mask {
    width: usize,
    height: usize,
    alpha: Vec<u8>,
}

impl Mask {
    /// A picture's, where it has one of 8 bits.
    fn of(dict: &Dict<'_>, budget: &mut Budget) -> Option<Mask> {
        let stream = dict.get::<Stream<'_>>("SMask")?;
        let size = |key: &str| stream.dict().get::<Number>(key).and_then(|number| usize::try_from(number.as_i64()).ok());
        let (width, height) = (size("Width")?, size("Height")?);
        let alpha = budget.unpack(&stream).ok().flatten()?;
        let whole = width.checked_mul(height).is_some_and(|pixels| (1..=alpha.len()).contains(&pixels));
        (size("BitsPerComponent") == Some(8) && whole).then_some(Mask { width, height, alpha })
    }

    /// The picture on white paper.
    fn on_white(&self, mut samples: Vec<u8>, channels: usize, (width, height): (usize, usize)) -> Vec<u8> {
        for (at, pixel) in samples.chunks_mut(channels).take(width * height).enumerate() {
            let (x, y) = ((at % width) * self.width / width, (at / width) * self.height / height);
            let alpha = u32::from(self.alpha.get(y * self.width + x).copied().unwrap_or(255));
            for sample in pixel {
                let over = u32::from(*sample) * alpha + 255 * (255 - alpha);
                *sample = u8::try_from(over / 255).unwrap_or(255);
            }
        }
        samples
    }
}

/// Cyan, magenta, yellow and black: 255 is full.
fn of_ink(&[c, m, y, k]: &[u8; 4]) -> [u8; 3] {
    [c, m, y].map(|ink| u8::try_from(u32::from(255 - ink) * u32::from(255 - k) / 255).unwrap_or(255))
}

/// The numbers of a row, so many bits each, the highest first.
fn indexes(row: &[u8], bits: usize, width: usize) -> impl Iterator<Item = u8> {
    let each = 8 / bits;
    let mask = u8::MAX >> (8 - bits);
    row.iter().flat_map(move |byte| (1..=each).map(move |at| (byte >> (8 - at * bits)) & mask)).take(width)
}

/// How samples stand for colours.
enum Colours {
    /// So many for each pixel: grey, RGB or CMYK.
    Channels(usize),
    /// One, the number of a colour.
    Palette(Vec<[u8; 3]>),
}

fn by_name(name: &[u8]) -> Option<usize> {
    match name {
        b"DeviceGray" | b"CalGray" | b"G" => Some(1),
        b"DeviceRGB" | b"CalRGB" | b"RGB" => Some(3),
        b"DeviceCMYK" | b"CMYK" => Some(4),
        _ => None,
    }
}

fn colours(dict: &Dict<'_>, budget: &mut Budget) -> Option<Colours> {
    let space = dict.get::<Object<'_>>("ColorSpace")?;
    if let Object::Array(array) = &space {
        let mut items = array.iter::<Object<'_>>();
        if let Some(Object::Name(family)) = items.next()
            && matches!(family.as_ref(), b"Indexed" | b"I")
        {
            let (base, table) = (items.next()?, items.nth(1)?);
            return palette(channels(&base)?, &table, budget).map(Colours::Palette);
        }
    }
    channels(&space).map(Colours::Channels)
}

/// The channels of a colour space that is no palette.
fn channels(space: &Object<'_>) -> Option<usize> {
    let array = match space {
        Object::Name(name) => return by_name(name.as_ref()),
        Object::Array(array) => array,
        _ => return None,
    };
    let mut items = array.iter::<Object<'_>>();
    let (Some(Object::Name(family)), Some(next)) = (items.next(), items.next()) else { return None };
    match next {
        Object::Stream(profile) if family.as_ref() == b"ICCBased" => {
            profile.dict().get::<Number>("N").and_then(|channels| usize::try_from(channels.as_i64()).ok())
        }
        _ => by_name(family.as_ref()),
    }
}

/// The colours of a palette (ISO 32000-1, 8.6.6.3), which lie in a string or a stream.
fn palette(channels: usize, table: &Object<'_>, budget: &mut Budget) -> Option<Vec<[u8; 3]>> {
    let bytes = match table {
        Object::String(string) => string.as_bytes().to_vec(),
        Object::Stream(stream) => budget.unpack(stream).ok().flatten()?,
        _ => return None,
    };
    Some(match channels {
        1 => bytes.iter().map(|grey| [*grey; 3]).take(256).collect(),
        3 => bytes.as_chunks::<3>().0.iter().copied().take(256).collect(),
        4 => bytes.as_chunks::<4>().0.iter().map(of_ink).take(256).collect(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_mask_hides_is_paper() {
        let mask = Mask { width: 2, height: 1, alpha: vec![0, 255] };
        assert_eq!(mask.on_white(vec![0, 0, 0, 200, 10, 10], 3, (2, 1)), [255, 255, 255, 200, 10, 10]);
        // A coarser mask, and samples that end too early.
        assert_eq!(mask.on_white(vec![0, 0, 0, 0, 9], 1, (4, 1)), [255, 255, 0, 0, 9]);
        let half = Mask { width: 1, height: 1, alpha: vec![128] };
        assert_eq!(half.on_white(vec![0], 1, (1, 1)), [127]);
    }
}
