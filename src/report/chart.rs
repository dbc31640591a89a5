//! The digest's chart: new cases of each week as columns, painted into a PNG.
//!
//! Counts stand above the columns and the weeks' first days below, in digits from a strip of pictures
//! (`digits.png`, drawn from DejaVu Sans): a font renderer would cost more than everything else here. It is
//! larger than it is shown, so that it is sharp and its digits can be read on a phone.

use jiff::civil::Date;
use std::io::Cursor;
use std::sync::LazyLock;

const WIDTH: usize = 960;
const HEIGHT: usize = 330;
/// The strip's characters, each so many pixels wide and high.
const CHARACTERS: &str = "0123456789/";
const GLYPH: (usize, usize) = (16, 26);
/// Where columns stand, from the top.
const BASE: usize = 282;
const TOP: usize = 46;

const PAPER: [u8; 3] = [255, 255, 255];
const INK: [u8; 3] = [0x5a, 0x53, 0x4a];
const LINE: [u8; 3] = [0xdc, 0xd9, 0xd2];
const EARLIER: [u8; 3] = [0xd9, 0xa4, 0x9f];
const LATEST: [u8; 3] = [0xa4, 0x20, 0x1d];

/// One byte of darkness for each pixel of the strip.
static STRIP: LazyLock<Vec<u8>> = LazyLock::new(|| strip().unwrap_or_default());

/// Paints weeks, oldest first; the last of them is the one that the digest is about.
pub fn weeks(weeks: &[(Date, u64)]) -> Vec<u8> {
    let mut canvas = Canvas { pixels: PAPER.repeat(WIDTH * HEIGHT) };
    let slot = WIDTH / weeks.len().max(6);
    let most = weeks.iter().map(|(_, count)| *count).max().unwrap_or_default().max(1);
    for quarter in 0..4 {
        canvas.fill(0, TOP + quarter * (BASE - TOP) / 4, WIDTH, 1, LINE);
    }
    for (at, (from, count)) in weeks.iter().enumerate() {
        let height = usize::try_from(u128::from(*count) * (BASE - TOP) as u128 / u128::from(most)).unwrap_or_default();
        let colour = if at + 1 == weeks.len() { LATEST } else { EARLIER };
        let width = slot * 11 / 20;
        let left = at * slot + (slot - width) / 2;
        canvas.fill(left, BASE - height, width, height, colour);
        let middle = at * slot + slot / 2;
        canvas.write(&count.to_string(), middle, BASE - height - GLYPH.1 - 8, INK);
        canvas.write(&format!("{}/{}", from.month(), from.day()), middle, BASE + 14, INK);
    }
    canvas.fill(0, BASE, WIDTH, 2, INK);
    encode(&canvas.pixels).unwrap_or_default()
}

struct Canvas {
    pixels: Vec<u8>,
}

impl Canvas {
    fn fill(&mut self, left: usize, top: usize, width: usize, height: usize, colour: [u8; 3]) {
        for y in top..top + height {
            for x in left..left + width {
                self.blend(x, y, colour, 255);
            }
        }
    }

    /// Centred about `middle`.
    fn write(&mut self, text: &str, middle: usize, top: usize, colour: [u8; 3]) {
        let left = middle.saturating_sub(text.len() * GLYPH.0 / 2);
        for (at, character) in text.chars().enumerate() {
            let Some(index) = CHARACTERS.find(character) else { continue };
            for y in 0..GLYPH.1 {
                for x in 0..GLYPH.0 {
                    let darkness = STRIP.get(y * GLYPH.0 * CHARACTERS.len() + index * GLYPH.0 + x).copied().unwrap_or_default();
                    self.blend(left + at * GLYPH.0 + x, top + y, colour, darkness);
                }
            }
        }
    }

    fn blend(&mut self, x: usize, y: usize, colour: [u8; 3], strength: u8) {
        if x >= WIDTH || y >= HEIGHT {
            return;
        }
        let at = (y * WIDTH + x) * 3;
        for (below, above) in self.pixels.iter_mut().skip(at).zip(colour) {
            let mixed = u32::from(*below) * (255 - u32::from(strength)) + u32::from(above) * u32::from(strength);
            *below = u8::try_from(mixed / 255).unwrap_or(u8::MAX);
        }
    }
}

fn strip() -> Option<Vec<u8>> {
    let mut reader = png::Decoder::new(Cursor::new(include_bytes!("digits.png"))).read_info().ok()?;
    let mut pixels = vec![0; reader.output_buffer_size()?];
    reader.next_frame(&mut pixels).ok()?;
    Some(pixels)
}

fn encode(pixels: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, WIDTH as u32, HEIGHT as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn pixels(bytes: &[u8]) -> Vec<u8> {
        let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        pixels
    }

    #[test]
    fn columns_are_as_high_as_their_counts() {
        let picture = pixels(&weeks(&[(date(2023, 6, 12), 5), (date(2023, 6, 19), 10)]));
        let slot = WIDTH / 6;
        let height = |at: usize, colour: [u8; 3]| {
            let column = |y: usize| picture[(y * WIDTH + at * slot + slot / 2) * 3..][..3] == colour;
            (0..BASE).filter(|y| column(*y)).count()
        };
        assert_eq!((height(0, EARLIER), height(1, LATEST)), ((BASE - TOP) / 2, BASE - TOP));
    }

    #[test]
    fn nothing_and_very_much_can_be_painted() {
        for count in [0, 1, u64::MAX] {
            assert!(weeks(&[(date(2023, 12, 25), count); 12]).len() > 500);
        }
        assert!(!weeks(&[]).is_empty());
        assert_eq!(STRIP.len(), GLYPH.0 * GLYPH.1 * CHARACTERS.len());
    }
}
