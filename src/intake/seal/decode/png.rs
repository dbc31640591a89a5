//! PNG (ISO 15948) of any depth, row by row unless it is interlaced.

use super::shrink::Shrink;
use super::{Raster, Samples, fits, take_more, whole};
use png::{ColorType, Decoder, Limits, Transformations};
use std::io::Cursor;

pub(super) fn decode(bytes: &[u8], room: &mut usize) -> Option<Raster> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: super::MOST_BYTES });
    decoder.set_transformations(Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let head = decoder.read_header_info().ok()?;
    let (width, height, interlaced) = (head.width as usize, head.height as usize, head.interlaced);
    if !fits(width, height, if interlaced { 8 } else { 1 }, room) {
        return None;
    }
    take_more(3 * bytes.len(), room);
    let mut reader = decoder.read_info().ok()?;
    let samples = match reader.output_color_type().0 {
        ColorType::Grayscale => Samples::Grey,
        ColorType::GrayscaleAlpha => Samples::GreyAlpha,
        ColorType::Rgb => Samples::Rgb,
        ColorType::Rgba => Samples::Rgba,
        ColorType::Indexed => return None,
    };
    if interlaced {
        let mut pixels = vec![0; reader.output_buffer_size()?];
        reader.next_frame(&mut pixels).ok()?;
        return whole(width, height, samples, &pixels);
    }
    let mut shrink = Shrink::new(width, height);
    while let Some(row) = reader.next_row().ok()? {
        shrink.row(samples, row.data());
    }
    shrink.finish()
}
