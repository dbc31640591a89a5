//! A page of a TIFF 6.0 file in strips, strip by strip. One bit a pixel isn't decoded: it has no colour.
//! Not read: tiles, palettes, planes apart.

use super::shrink::Shrink;
use super::{Decoded, Pages, Raster, Samples, fits, take_more};
use std::io::Cursor;
use tiff::ColorType;
use tiff::decoder::{ChunkType, Decoder, DecodingResult, Limits};
use tiff::tags::Tag;

/// The bytes of one strip: most files have several, some only one.
const MOST_STRIP: usize = 64 << 20;
/// A form's scan has fewer pages.
const MOST_PAGES: usize = 30;

type Source<'a> = Decoder<Cursor<&'a [u8]>>;

/// How many pages there are.
pub(super) fn pages(bytes: &[u8]) -> Pages {
    let mut looked_at = 1;
    let Some(mut decoder) = open(bytes) else { return Pages { looked_at, are_all: false } };
    while decoder.more_images() {
        if looked_at == MOST_PAGES || decoder.next_image().is_err() {
            return Pages { looked_at, are_all: false };
        }
        looked_at += 1;
    }
    Pages { looked_at, are_all: true }
}

fn open(bytes: &[u8]) -> Option<Source<'_>> {
    let mut limits = Limits::default();
    limits.decoding_buffer_size = MOST_STRIP;
    limits.intermediate_buffer_size = MOST_STRIP;
    Some(Decoder::new(Cursor::new(bytes)).ok()?.with_limits(limits))
}

/// The page of this number, from 0.
pub(super) fn decode(bytes: &[u8], page: usize, room: &mut usize) -> Option<Decoded> {
    let mut decoder = open(bytes)?;
    if page > 0 {
        decoder.seek_to_image(page).ok()?;
    }
    let colour = decoder.colortype().ok()?;
    if colour == ColorType::Gray(1) {
        return Some(Decoded::BlackAndWhite);
    }
    let before = *room;
    let raster = pixels(&mut decoder, colour, room);
    if *room < before {
        let packed = decoder.get_tag_u64_vec(Tag::StripByteCounts).ok();
        let packed = packed.and_then(|strips| usize::try_from(strips.into_iter().fold(0, u64::saturating_add)).ok());
        take_more(3 * packed.map_or(bytes.len(), |packed| packed.min(bytes.len())), room);
    }
    raster.map(Decoded::Pixels)
}

fn pixels(decoder: &mut Source<'_>, colour: ColorType, room: &mut usize) -> Option<Raster> {
    let (width, height) = decoder.dimensions().ok()?;
    let (width, height) = (width as usize, height as usize);
    let planar = decoder.find_tag_unsigned::<u16>(Tag::PlanarConfiguration).ok()?.unwrap_or(1);
    if planar != 1 || decoder.get_chunk_type() != ChunkType::Strip || !fits(width, height, 1, room) {
        return None;
    }
    let samples = match colour {
        ColorType::Gray(8 | 16) => Samples::Grey,
        ColorType::RGB(8 | 16) => Samples::Rgb,
        ColorType::RGBA(8 | 16) => Samples::Rgba,
        ColorType::CMYK(8) => Samples::Cmyk,
        ColorType::YCbCr(8) => Samples::YCbCr,
        _ => return None,
    };
    let mut shrink = Shrink::new(width, height);
    for strip in 0..decoder.strip_count().ok()? {
        let bytes = bytes(decoder.read_chunk(strip).ok()?)?;
        let mut rgb = Vec::new();
        for row in bytes.chunks_exact(width * samples.channels()) {
            match samples {
                Samples::YCbCr => {
                    samples.convert(row, &mut rgb);
                    shrink.row(Samples::Rgb, &rgb);
                }
                _ => shrink.row(samples, row),
            }
        }
    }
    shrink.finish()
}

/// Eight bits of each sample.
fn bytes(result: DecodingResult) -> Option<Vec<u8>> {
    match result {
        DecodingResult::U8(bytes) => Some(bytes),
        DecodingResult::U16(words) => Some(words.iter().map(|word| word.to_be_bytes()[0]).collect()),
        _ => None,
    }
}
