//! JPEG (ITU-T T.81): baseline and progressive, grey, YCbCr, RGB, and the CMYK and YCCK of Adobe.

use super::{Raster, Samples, fits, shrink, take_more, whole};
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
    let progressive = decoder.info()?.sof.is_progressive();
    let held = if progressive { samples.channels() * 3 } else { samples.channels() };
    if !fits(width, height, held, room) {
        return None;
    }
    // Its data takes time as its pixels do; coefficients that are gone over again, and inks, take more.
    let more = match (progressive, samples) {
        (true, _) => width * height / 2 * 3,
        (false, Samples::Rgb) => width * height / 2,
        (false, _) => 0,
    };
    take_more(more + 3 * bytes.len(), room);
    decoder.set_options(decoder.options().jpeg_set_out_colorspace(space));
    let raster = whole(width, height, samples, &decoder.decode().ok()?)?;
    Some(if samples == Samples::YCbCr { shrink::to_rgb(raster) } else { raster })
}
