//! Windows and OS/2 bitmaps, plain or run-length encoded.

use super::{Raster, Samples, fits, whole};
use zune_bmp::BmpDecoder;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;

pub(super) fn decode(bytes: &[u8], room: &mut usize) -> Option<Raster> {
    let mut decoder = BmpDecoder::new(ZCursor::new(bytes));
    decoder.decode_headers().ok()?;
    let (width, height) = decoder.dimensions()?;
    let samples = match decoder.colorspace()? {
        ColorSpace::RGB => Samples::Rgb,
        ColorSpace::RGBA => Samples::Rgba,
        ColorSpace::Luma => Samples::Grey,
        _ => return None,
    };
    if !fits(width, height, samples.channels(), room) {
        return None;
    }
    whole(width, height, samples, &decoder.decode().ok()?)
}
