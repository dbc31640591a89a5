//! JPEG (ITU-T T.81): baseline and progressive, grey, YCbCr, RGB, and the CMYK and YCCK of Adobe.

use super::{Raster, Samples, fits, shrink, whole};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

/// Scans of a progressive picture. A bomb repeats them.
const MOST_SCANS: usize = 100;

pub(super) fn decode(bytes: &[u8], room: &mut usize) -> Option<Raster> {
    let options = DecoderOptions::default().jpeg_set_max_scans(MOST_SCANS).set_strict_mode(true);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options.set_max_width(65_535).set_max_height(65_535));
    decoder.decode_headers().ok()?;
    let (width, height) = decoder.dimensions()?;
    let (space, samples) = match decoder.input_colorspace()? {
        ColorSpace::YCbCr => (ColorSpace::YCbCr, Samples::YCbCr),
        ColorSpace::Luma => (ColorSpace::Luma, Samples::Grey),
        _ => (ColorSpace::RGB, Samples::Rgb),
    };
    // A progressive picture's coefficients, of two bytes each, are held beside what comes out.
    let held = if decoder.info()?.sof.is_progressive() { samples.channels() * 3 } else { samples.channels() };
    if !fits(width, height, held, room) {
        return None;
    }
    decoder.set_options(decoder.options().jpeg_set_out_colorspace(space));
    let raster = whole(width, height, samples, &decoder.decode().ok()?)?;
    Some(if samples == Samples::YCbCr { shrink::to_rgb(raster) } else { raster })
}
