//! The first frame of a GIF (89a).

use super::shrink::Shrink;
use super::{Raster, Samples, fits};
use gif::{ColorOutput, DecodeOptions};

pub(super) fn decode(bytes: &[u8], room: &mut usize) -> Option<Raster> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    let mut decoder = options.read_info(bytes).ok()?;
    let global: Vec<u8> = decoder.global_palette().unwrap_or_default().to_vec();
    let frame = decoder.read_next_frame().ok()??;
    let (width, height) = (usize::from(frame.width), usize::from(frame.height));
    if !fits(width, height, 1, room) {
        return None;
    }
    let palette = frame.palette.as_deref().unwrap_or(&global);
    let colours: Vec<[u8; 3]> = palette.chunks_exact(3).filter_map(|rgb| rgb.try_into().ok()).collect();
    let mut shrink = Shrink::new(width, height);
    for row in frame.buffer.chunks_exact(width) {
        let colour = |index: &u8| match frame.transparent {
            Some(transparent) if transparent == *index => [255; 3],
            _ => colours.get(usize::from(*index)).copied().unwrap_or([255; 3]),
        };
        shrink.row(Samples::Rgb, &row.iter().flat_map(colour).collect::<Vec<u8>>());
    }
    shrink.finish()
}
