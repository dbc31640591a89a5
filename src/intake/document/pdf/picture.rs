//! An image XObject becomes a picture that other programs can decode.
//!
//! JPEG and JPEG 2000 stand in a PDF as they are. Plain samples of 8 bits get the header of a PNM file (Netpbm's
//! PGM or PPM), which costs nothing; what else there is (fax, JBIG2, palettes) is kept packed.

use super::stream::Budget;
use crate::model::document::Picture;
use hayro_syntax::Filter;
use hayro_syntax::object::{Array, Dict, Number, Object, Stream};

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
    let plain = dict.get::<Number>("BitsPerComponent").is_some_and(|bits| bits.as_i64() == 8);
    let channels = colours(dict).filter(|channels| {
        plain && width.checked_mul(height).and_then(|pixels| pixels.checked_mul(*channels)).is_some_and(|wanted| wanted <= bytes.len())
    });
    let header = |magic: &str| format!("{magic} {width} {height} 255\n").into_bytes();
    Some(match channels {
        Some(1) => ("pgm", [header("P5"), bytes].concat()),
        Some(3) => ("ppm", [header("P6"), bytes].concat()),
        _ => ("raw", bytes),
    })
}

/// The number of channels of a grey or RGB picture.
fn colours(dict: &Dict<'_>) -> Option<usize> {
    let by_name = |name: &[u8]| match name {
        b"DeviceGray" | b"CalGray" | b"G" => Some(1),
        b"DeviceRGB" | b"CalRGB" | b"RGB" => Some(3),
        _ => None,
    };
    match dict.get::<Object<'_>>("ColorSpace")? {
        Object::Name(name) => by_name(name.as_ref()),
        Object::Array(array) => colours_of(&array, by_name),
        _ => None,
    }
}

fn colours_of(array: &Array<'_>, by_name: impl Fn(&[u8]) -> Option<usize>) -> Option<usize> {
    let mut items = array.iter::<Object<'_>>();
    let (Some(Object::Name(family)), Some(next)) = (items.next(), items.next()) else { return None };
    match next {
        Object::Stream(profile) if family.as_ref() == b"ICCBased" => {
            profile.dict().get::<Number>("N").and_then(|channels| usize::try_from(channels.as_i64()).ok())
        }
        _ => by_name(family.as_ref()),
    }
}
