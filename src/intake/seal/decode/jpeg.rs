//! JPEG (ITU-T T.81): baseline and progressive, grey, YCbCr, RGB, and the CMYK and YCCK of Adobe.

use super::{LEAST_GLANCED, LONG_SIDE, MOST_BYTES, Raster, Samples, fits, reduced, shrink, take_more, whole};
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
        ColorSpace::YCbCr => (ColorSpace::RGB, Samples::YCbCr),
        ColorSpace::Luma => (ColorSpace::Luma, Samples::Grey),
        _ => (ColorSpace::RGB, Samples::Rgb),
    };
    // A progressive picture's coefficients, of two bytes each, are held beside what comes out.
    let progressive = decoder.info()?.sof.is_progressive();
    let held = if progressive { samples.channels() * 3 } else { samples.channels() };
    let points = points(width, height).filter(|_| !progressive && samples != Samples::Rgb);
    if !fits(width, height, if points.is_some() { 0 } else { held }, room) {
        return None;
    }
    // Its data takes time as its pixels do; coefficients that are gone over again, and inks, take more.
    let more = match (progressive, samples) {
        (true, _) => width * height / 2 * 3,
        (false, Samples::Rgb) => width * height / 2,
        (false, _) => 0,
    };
    take_more(more + 3 * bytes.len(), room);
    if let Some(raster) = points.and_then(|points| small(bytes, points, samples)) {
        // Half of the work wasn't done.
        *room = room.saturating_add((width * height + 3 * bytes.len()) / 2);
        return Some(raster);
    }
    if width.saturating_mul(height).saturating_mul(held) > MOST_BYTES {
        return None;
    }
    decoder.set_options(decoder.options().jpeg_set_out_colorspace(space));
    let samples = if samples == Samples::YCbCr { Samples::Rgb } else { samples };
    whole(width, height, samples, &decoder.decode().ok()?)
}

/// Of a colour that has half as many blocks all eight are made then.
const MOST_POINTS: usize = 4;

/// How many samples of each eight are enough: what is more would be averaged away. None where all are.
fn points(width: usize, height: usize) -> Option<usize> {
    let points = (8 * LONG_SIDE).div_ceil(width.max(height).max(1));
    (points <= MOST_POINTS).then_some(points)
}

/// The mean of each block; of pictures only that are decoded whole otherwise, and in which it leaves something to be seen.
pub(super) fn glance(bytes: &[u8], room: &mut usize) -> Option<Raster> {
    let mut decoder = JpegDecoder::new(ZCursor::new(bytes));
    decoder.decode_headers().ok()?;
    let (width, height) = decoder.dimensions()?;
    let is_plain = decoder.input_colorspace()? == ColorSpace::YCbCr && !decoder.info()?.sof.is_progressive();
    let mut left = *room;
    if !is_plain || width.max(height) < LEAST_GLANCED || points(width, height).is_some() || !fits(width / 4, height, 0, &mut left) {
        return None;
    }
    take_more(bytes.len(), &mut left);
    let glance = small(bytes, 1, Samples::YCbCr)?;
    *room = left;
    Some(glance)
}

/// Decodes no more than is needed, row by row.
fn small(bytes: &[u8], points: usize, samples: Samples) -> Option<Raster> {
    let begin = |size: reduced::Size| shrink::Shrink::new(size.width, size.height);
    let shrink = reduced::decode(bytes, points, begin, |shrink, row| shrink.row(samples, row))?;
    let raster = shrink.finish()?;
    Some(if samples == Samples::YCbCr { shrink::to_rgb(raster) } else { raster })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

    /// A page with a red ring and many small things, larger than is looked at.
    fn page(width: u16, height: u16) -> Vec<u8> {
        let pixel = |x: u16, y: u16| {
            let (x, y) = (f32::from(x), f32::from(y));
            match (x - 700.0).hypot(y - 50.0) {
                far if (280.0..310.0).contains(&far) => [205, 30, 40],
                _ if y as usize % 40 < 8 && x as usize % 24 < 15 => [(x as usize * 7 % 90) as u8, 30, 60],
                _ => [(200.0 + x / 40.0) as u8, (245.0 - y / 60.0) as u8, 240],
            }
        };
        (0..height).flat_map(|y| (0..width).flat_map(move |x| pixel(x, y))).collect()
    }

    fn encoded(pixels: &[u8], (width, height): (u16, u16), set: impl Fn(&mut Encoder<&mut Vec<u8>>), colour: ColorType) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = Encoder::new(&mut out, 85);
        set(&mut encoder);
        let grey: Vec<u8> = pixels.chunks_exact(3).map(|pixel| pixel[1]).collect();
        encoder.encode(if colour == ColorType::Luma { &grey } else { pixels }, width, height, colour).unwrap();
        out
    }

    fn full(bytes: &[u8]) -> Raster {
        let mut decoder = JpegDecoder::new(ZCursor::new(bytes));
        decoder.decode_headers().unwrap();
        let (width, height) = decoder.dimensions().unwrap();
        decoder.set_options(decoder.options().jpeg_set_out_colorspace(ColorSpace::RGB));
        whole(width, height, Samples::Rgb, &decoder.decode().unwrap()).unwrap()
    }

    /// Of the pixels of both, how far they lie apart, and the greatest distance.
    fn apart(one: &Raster, other: &Raster) -> (f32, u8) {
        let (width, height) = (one.width.min(other.width), one.height.min(other.height));
        let rows = |raster: &Raster| {
            raster.rgb.chunks_exact(raster.width * 3).take(height).flat_map(|row| row[..width * 3].to_vec()).collect::<Vec<u8>>()
        };
        let differences: Vec<u8> = rows(one).iter().zip(rows(other)).map(|(one, other)| one.abs_diff(other)).collect();
        let sum: u32 = differences.iter().map(|difference| u32::from(*difference)).sum();
        (sum as f32 / differences.len() as f32, differences.into_iter().max().unwrap_or(0))
    }

    #[test]
    fn no_more_is_decoded_than_is_kept_and_it_looks_the_same() {
        type Way = (&'static str, fn(&mut Encoder<&mut Vec<u8>>), ColorType);
        let ways: [Way; 6] = [
            ("4:4:4", |encoder| encoder.set_sampling_factor(SamplingFactor::F_1_1), ColorType::Rgb),
            ("4:2:2", |encoder| encoder.set_sampling_factor(SamplingFactor::F_2_1), ColorType::Rgb),
            ("4:4:0", |encoder| encoder.set_sampling_factor(SamplingFactor::F_1_2), ColorType::Rgb),
            ("4:2:0", |encoder| encoder.set_sampling_factor(SamplingFactor::F_2_2), ColorType::Rgb),
            ("restarts", |encoder| encoder.set_restart_interval(5), ColorType::Rgb),
            ("grey", |_| (), ColorType::Luma),
        ];
        for (width, wanted) in [(2048, 4), (2720, 3), (4096, 2), (8192, 1)] {
            let pixels = page(width, 112);
            assert_eq!(points(width.into(), 112), Some(wanted));
            for (what, set, colour) in ways {
                let samples = if colour == ColorType::Luma { Samples::Grey } else { Samples::YCbCr };
                let bytes = encoded(&pixels, (width, 112), set, colour);
                let small = small(&bytes, wanted, samples).unwrap_or_else(|| panic!("{what}, {width}"));
                let (mean, most) = apart(&small, &full(&bytes));
                assert!(mean < 1.5 && most < 60, "{what}, {width}: {mean} in the mean, {most} at most");
            }
        }
    }

    #[test]
    fn what_is_written_otherwise_or_cut_is_left_to_the_other_decoder() {
        let (pixels, size) = (page(2003, 301), (2003, 301));
        let plain = encoded(&pixels, size, |_| (), ColorType::Rgb);
        for part in 0..20 {
            assert!(small(&plain[..plain.len() * part / 20], 4, Samples::YCbCr).is_none(), "{part} of 20");
        }
        let others: [fn(&mut Encoder<&mut Vec<u8>>); 2] =
            [|encoder| encoder.set_progressive(true), |encoder| encoder.set_optimized_huffman_tables(true)];
        for set in others {
            let other = encoded(&pixels, size, set, ColorType::Rgb);
            assert!(small(&other, 4, Samples::YCbCr).is_none());
            let mut room = usize::MAX;
            assert!(decode(&other, &mut room).is_some());
        }
    }
}
