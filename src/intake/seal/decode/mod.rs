//! A picture's bytes become a small raster: decoded, composited on white, its long side at most [`LONG_SIDE`].
//!
//! Size is checked before anything is decoded, and formats that come row by row are never held whole. What the
//! bytes are is told by the bytes. JPEG 2000, HEIC, metafiles and fax data aren't decoded. Turned photographs stay
//! turned: a seal is round.

mod bmp;
mod gif;
mod huffman;
mod jpeg;
mod png;
mod pnm;
mod reduced;
mod shrink;
mod tiff;
mod webp;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// The long side that is looked at. A seal of a tenth of a page's width has 70 pixels here.
pub(super) const LONG_SIDE: usize = 1000;
/// Pixels that are looked at: of a square picture the sides are shorter.
const MOST_KEPT: usize = 750_000;
/// Pixels of a picture that comes row by row.
const MOST_PIXELS: usize = 120_000_000;
/// Bytes of a picture that is decoded whole.
const MOST_BYTES: usize = 128 << 20;

/// A small picture, three bytes a pixel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raster {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) rgb: Vec<u8>,
}

/// The long side from which on an eighth shows something.
const LEAST_GLANCED: usize = 480;

impl Raster {
    /// The mean of each block of 8 by 8; none of a picture in which that leaves nothing to be seen.
    pub(super) fn eighth(&self) -> Option<Raster> {
        let long = self.width.max(self.height);
        if long < LEAST_GLANCED {
            return None;
        }
        let mut shrink = shrink::Shrink::to(long / 8, self.width, self.height);
        self.rgb.chunks_exact(self.width * 3).for_each(|row| shrink.row(Samples::Rgb, row));
        shrink.finish()
    }
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decoded {
    /// Pixels.
    Pixels(Raster),
    /// Black and white (a fax, a scan of one bit): no colour, and always a page.
    BlackAndWhite,
}

/// Decodes a picture, and takes its pixels from the room there is; none where it is no picture, of a format that isn't
/// read, damaged, or too large.
///
/// `page` counts from 0; only a TIFF has several.
pub(super) fn decode(bytes: &[u8], page: usize, room: &mut usize) -> Option<Decoded> {
    // The decoders are fuzzed and yet young: where one panics, the picture is damaged.
    catch_unwind(AssertUnwindSafe(|| by_magic(bytes, page, room))).ok().flatten()
}

/// The pages of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pages {
    /// As many are looked at.
    pub(super) looked_at: usize,
    /// Whether there are no more: those beyond a number, and behind a damaged one, aren't looked at.
    pub(super) are_all: bool,
}

/// How many pages a picture has.
pub(super) fn pages(bytes: &[u8]) -> Pages {
    let count = || if is_tiff(bytes) { tiff::pages(bytes) } else { Pages { looked_at: 1, are_all: true } };
    catch_unwind(AssertUnwindSafe(count)).unwrap_or(Pages { looked_at: 1, are_all: false })
}

fn is_tiff(bytes: &[u8]) -> bool {
    matches!(bytes, [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..])
}

/// An eighth of a JPEG of middling size, which takes little of the time that all of it does; none of any other picture, nor
/// of one whose colours aren't stored as usual.
pub(super) fn glance(bytes: &[u8], room: &mut usize) -> Option<Raster> {
    catch_unwind(AssertUnwindSafe(|| jpeg::glance(bytes, room))).ok().flatten()
}

fn by_magic(bytes: &[u8], page: usize, room: &mut usize) -> Option<Decoded> {
    let pixels = match bytes {
        [0xFF, 0xD8, 0xFF, ..] => jpeg::decode(bytes, room),
        [0x89, b'P', b'N', b'G', ..] => png::decode(bytes, room),
        [b'G', b'I', b'F', b'8', ..] => gif::decode(bytes, room),
        [b'B', b'M', ..] => bmp::decode(bytes, room),
        _ if is_tiff(bytes) => return tiff::decode(bytes, page, room),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => webp::decode(bytes, room),
        [b'P', b'5' | b'6', b' ', ..] => pnm::decode(bytes, room),
        _ => None,
    };
    pixels.map(Decoded::Pixels)
}

/// How the samples of a row stand for colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Samples {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
    /// Ink, as TIFF has it: 255 is full.
    Cmyk,
    YCbCr,
}

impl Samples {
    fn channels(self) -> usize {
        match self {
            Samples::Grey => 1,
            Samples::GreyAlpha => 2,
            Samples::Rgb | Samples::YCbCr => 3,
            Samples::Rgba | Samples::Cmyk => 4,
        }
    }

    /// Appends a row's pixels as RGB on white.
    fn convert(self, row: &[u8], out: &mut Vec<u8>) {
        out.clear();
        let on_white = |value: u8, alpha: u8| 255 - mul(255 - value, alpha);
        for pixel in row.chunks_exact(self.channels()) {
            out.extend_from_slice(&match *pixel {
                [grey] => [grey; 3],
                [grey, alpha] => [on_white(grey, alpha); 3],
                [y, cb, cr] if self == Samples::YCbCr => from_ycbcr(y, cb, cr),
                [r, g, b] => [r, g, b],
                [c, m, y, k] if self == Samples::Cmyk => [mul(255 - c, 255 - k), mul(255 - m, 255 - k), mul(255 - y, 255 - k)],
                [r, g, b, alpha] => [on_white(r, alpha), on_white(g, alpha), on_white(b, alpha)],
                _ => [255; 3],
            });
        }
    }
}

fn mul(one: u8, other: u8) -> u8 {
    u8::try_from((u32::from(one) * u32::from(other) + 127) / 255).unwrap_or(255)
}

/// ITU-T T.871.
fn from_ycbcr(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (i32::from(y) << 16, i32::from(cb) - 128, i32::from(cr) - 128);
    let channel = |value: i32| u8::try_from(((value + 32_768) >> 16).clamp(0, 255)).unwrap_or(255);
    [channel(y + 91_881 * cr), channel(y - 22_554 * cb - 46_802 * cr), channel(y + 116_130 * cb)]
}

/// Whether a picture of this size may be decoded, so many bytes a pixel being held at a time: its room is taken.
fn fits(width: usize, height: usize, held: usize, room: &mut usize) -> bool {
    let pixels = width.saturating_mul(height);
    let fits = width > 0 && height > 0 && pixels <= MOST_PIXELS.min(*room) && pixels.saturating_mul(held) <= MOST_BYTES;
    if fits {
        *room = room.saturating_sub(pixels);
    }
    fits
}

/// Takes more room, for what takes as long as so many pixels of a plain JPEG do.
fn take_more(pixels: usize, room: &mut usize) {
    *room = room.saturating_sub(pixels);
}

/// A picture that was decoded whole.
fn whole(width: usize, height: usize, samples: Samples, bytes: &[u8]) -> Option<Raster> {
    let mut shrink = shrink::Shrink::new(width, height);
    for row in bytes.chunks_exact(width.checked_mul(samples.channels())?).take(height) {
        shrink.row(samples, row);
    }
    shrink.finish()
}
