//! A picture's colours become maps of redness, its mirror and colourfulness, after the paper under them was made white.
//!
//! Lamps, shadows, old paper and wrong white balance thus tell nothing. Paper is the bright colour of the neighbourhood.

use super::decode::Raster;
use super::plane::Plane;

/// Tiles along each side.
const TILES: usize = 32;
/// Paper is no darker than this: a black picture stays black.
const DARKEST: u32 = 50;
/// A pixel that is as bright as paper.
const BRIGHT: i32 = 190;
/// The span of the channels in a picture without colour: JPEG rounds.
const COLOURLESS: u8 = 6;

/// What is looked at from here on.
#[derive(Debug, Clone)]
pub(super) struct Maps {
    /// How much redder than green and blue.
    pub(super) red: Plane,
    /// How much greener than red and blue. No ink is green, so this is noise.
    pub(super) green: Plane,
    /// The span of the channels.
    pub(super) chroma: Plane,
    /// Whether most of the picture is as bright as its paper: a page, and not a photograph.
    pub(super) is_page: bool,
}

/// A pixel's channels to white, in 65536ths.
type Scale = [u32; 3];

/// Whether the picture has no colour at all.
pub(super) fn is_grey(raster: &Raster) -> bool {
    let span = |pixel: &[u8]| pixel.iter().max().zip(pixel.iter().min()).map_or(0, |(most, least)| most - least);
    let coloured = raster.rgb.chunks_exact(3).filter(|pixel| span(pixel) > COLOURLESS).count();
    coloured * 10_000 <= raster.width * raster.height
}

/// Makes the maps.
pub(super) fn maps(raster: &Raster) -> Maps {
    let scales = scales(raster);
    let (width, height) = (raster.width, raster.height);
    let mut red = Plane::new(width, height);
    let mut green = Plane::new(width, height);
    let mut chroma = Plane::new(width, height);
    let mut bright = 0usize;
    let lines = red.values.chunks_exact_mut(width).zip(green.values.chunks_exact_mut(width)).zip(chroma.values.chunks_exact_mut(width));
    for ((y, row), ((red, green), chroma)) in raster.rgb.chunks_exact(width * 3).enumerate().zip(lines) {
        let scales = scales.chunks_exact(TILES).nth(y * TILES / height).unwrap_or_default();
        for (tile, scale) in scales.iter().enumerate() {
            let (from, to) = ((tile * width).div_ceil(TILES), ((tile + 1) * width).div_ceil(TILES));
            let part = |line: usize| line.min(width);
            let (Some(pixels), Some(red), Some(green), Some(chroma)) = (
                row.get(part(from) * 3..part(to) * 3),
                red.get_mut(part(from)..part(to)),
                green.get_mut(part(from)..part(to)),
                chroma.get_mut(part(from)..part(to)),
            ) else {
                continue;
            };
            bright += tile_line(pixels, *scale, red, green, chroma);
        }
    }
    Maps { red, green, chroma, is_page: bright * 2 > width * height }
}

/// One row of a tile; gives the number of bright pixels.
fn tile_line(pixels: &[u8], scale: Scale, red: &mut [u8], green: &mut [u8], chroma: &mut [u8]) -> usize {
    let [by_r, by_g, by_b] = scale;
    let mut bright = 0;
    for (((pixel, red), green), chroma) in pixels.chunks_exact(3).zip(red).zip(green).zip(chroma) {
        let [r, g, b] = *pixel else { continue };
        let white = |value: u8, scale: u32| ((u32::from(value) * scale) >> 16).min(255) as i32;
        let (r, g, b) = (white(r, by_r), white(g, by_g), white(b, by_b));
        let least = r.min(g).min(b);
        let span = r.max(g).max(b) - least;
        // Orange and purple aren't ink: green and blue lie together beside the red.
        let even = (g - b).abs() * 5 <= 3 * (r - least);
        *red = if even { (r - g.max(b)).max(0) as u8 } else { 0 };
        *green = (g - r.max(b)).max(0) as u8;
        *chroma = span as u8;
        bright += usize::from(least >= BRIGHT);
    }
    bright
}

/// For each tile, what makes its paper white.
fn scales(raster: &Raster) -> Vec<Scale> {
    let tiles: Vec<[u32; 3]> = bright_colours(raster);
    let at = |x: usize, y: usize| tiles.get(y * TILES + x).copied().unwrap_or_default();
    let around = |at: usize, reach: usize| at.saturating_sub(reach)..=(at + reach).min(TILES - 1);
    let paper: Vec<[u32; 3]> = (0..TILES * TILES)
        .map(|index| {
            let (x, y) = (index % TILES, index / TILES);
            let near = around(y, 2).flat_map(|y| around(x, 2).map(move |x| (x, y))).map(|(x, y)| at(x, y));
            near.max_by_key(|colour| colour.iter().min().copied()).unwrap_or_default()
        })
        .collect();
    let paper_at = |x: usize, y: usize| paper.get(y * TILES + x).copied().unwrap_or_default();
    (0..TILES * TILES)
        .map(|index| {
            let (x, y) = (index % TILES, index / TILES);
            let (mut sum, mut count) = ([0u32; 3], 0u32);
            for (x, y) in around(y, 1).flat_map(|y| around(x, 1).map(move |x| (x, y))) {
                for (sum, value) in sum.iter_mut().zip(paper_at(x, y)) {
                    *sum += value;
                }
                count += 1;
            }
            sum.map(|sum| (255 << 16) / (sum / count.max(1)).max(DARKEST))
        })
        .collect()
}

/// The 80th percentile of each channel in each tile, from every second pixel.
fn bright_colours(raster: &Raster) -> Vec<[u32; 3]> {
    let (width, height) = (raster.width, raster.height);
    let mut out = Vec::with_capacity(TILES * TILES);
    for tile_row in 0..TILES {
        let mut histograms = vec![[[0u32; 64]; 3]; TILES];
        let (top, bottom) = (tile_row * height / TILES, ((tile_row + 1) * height / TILES).max(tile_row * height / TILES + 1));
        for row in raster.rgb.chunks_exact(width * 3).take(bottom).skip(top).step_by(2) {
            for (x, pixel) in row.chunks_exact(3).enumerate().step_by(2) {
                let Some(histogram) = histograms.get_mut(x * TILES / width) else { continue };
                for (bins, value) in histogram.iter_mut().zip(pixel) {
                    if let Some(bin) = bins.get_mut(usize::from(*value >> 2)) {
                        *bin += 1;
                    }
                }
            }
        }
        out.extend(histograms.iter().map(|histogram| histogram.map(|bins| percentile(&bins, 80) * 4 + 2)));
    }
    out
}

/// The first bin below which the share lies.
pub(super) fn percentile(bins: &[u32], percent: u32) -> u32 {
    let wanted = u64::from(bins.iter().sum::<u32>()) * u64::from(percent);
    let mut seen = 0u64;
    let below = bins.iter().take_while(|bin| {
        seen += u64::from(**bin);
        seen * 100 < wanted
    });
    below.count() as u32
}
