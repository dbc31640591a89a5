//! WebP, lossy or not; of an animation the first frame.

use super::{Raster, Samples, fits, take_more, whole};
use image_webp::WebPDecoder;
use std::io::Cursor;

pub(super) fn decode(bytes: &[u8], room: &mut usize) -> Option<Raster> {
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).ok()?;
    decoder.set_memory_limit(super::MOST_BYTES);
    let (width, height) = decoder.dimensions();
    let (width, height) = (width as usize, height as usize);
    // Beside its output the decoder holds the planes.
    if !fits(width, height, 6, room) {
        return None;
    }
    // Its data takes ten times as long as JPEG's.
    take_more(width * height + 30 * bytes.len(), room);
    let mut pixels = vec![0; decoder.output_buffer_size()?];
    decoder.read_image(&mut pixels).ok()?;
    whole(width, height, if decoder.has_alpha() { Samples::Rgba } else { Samples::Rgb }, &pixels)
}
