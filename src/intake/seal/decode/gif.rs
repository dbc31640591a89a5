//! The first frame of a GIF (89a).

use super::shrink::Shrink;
use super::{Raster, Samples, fits, take_more};
use gif::{ColorOutput, DecodeOptions};

pub(super) fn decode(bytes: &[u8], room: &mut usize) -> Option<Raster> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    let mut decoder = options.read_info(bytes).ok()?;
    let global: Vec<u8> = decoder.global_palette().unwrap_or_default().to_vec();
    let frame = decoder.next_frame_info().ok()??;
    let (width, height, transparent) = (usize::from(frame.width), usize::from(frame.height), frame.transparent);
    let palette = frame.palette.as_deref().map_or(global, <[u8]>::to_vec);
    if !fits(width, height, 1, room) {
        return None;
    }
    take_more(width * height + 3 * bytes.len(), room);
    let mut pixels = vec![0; decoder.buffer_size()];
    decoder.read_into_buffer(&mut pixels).ok()?;
    let colours: Vec<[u8; 3]> = palette.chunks_exact(3).filter_map(|rgb| rgb.try_into().ok()).collect();
    let mut shrink = Shrink::new(width, height);
    for row in pixels.chunks_exact(width) {
        let colour = |index: &u8| match transparent {
            Some(transparent) if transparent == *index => [255; 3],
            _ => colours.get(usize::from(*index)).copied().unwrap_or([255; 3]),
        };
        shrink.row(Samples::Rgb, &row.iter().flat_map(colour).collect::<Vec<u8>>());
    }
    shrink.finish()
}
