//! A picture's colours become maps of redness, its mirror and colourfulness, after the paper under them was made white.
//!
//! Lamps, shadows, old paper and wrong white balance thus tell nothing. Paper is the bright colour of the neighbourhood.

use super::decode::Raster;
use super::plane::Plane;

/// Tiles along each side.
pub(super) const TILES: usize = 32;
/// Paper is no darker than this: a black picture stays black.
const DARKEST: u32 = 50;
/// A pixel that is as bright as paper.
const BRIGHT: i16 = 190;
/// The span of the channels in a picture without colour: JPEG rounds.
const COLOURLESS: u8 = 6;
/// The span of the channels of paper, after it was made white: the mean round a stamp is 3 to 14, in photographs 40 to 190.
const PALE: i16 = 16;
/// One of so many tiles of a picture with a stamp is of paper at least; it was 5 of 6 where it was measured, and one of
/// eight in photographs.
const LEAST_PAPER: usize = 16;
/// The redness that a stamp has in so many pixels, however small the picture is made. Of 1,673 that were measured none had it
/// in fewer; half of the pages without red had a redness of 4 somewhere, by the rounding of their paper's colour.
const LEAST_RED: u8 = 5;
const LEAST_REDS: usize = 3;

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
    /// Tiles of paper.
    paper: usize,
    /// For each tile, whether there is paper in it or beside it: without paper no stamp.
    pub(super) has_paper: Vec<bool>,
}

impl Maps {
    /// Whether nothing in a very small picture can be ink on paper: there is no red, or paper on less than a sixteenth of it.
    pub(super) fn is_without_ink(&self) -> bool {
        let reds = self.red.values.iter().filter(|red| **red >= LEAST_RED).take(LEAST_REDS).count();
        self.paper * LEAST_PAPER < TILES * TILES || reds < LEAST_REDS
    }
}

/// A pixel's channels to white, in 8192ths.
type Scale = [u16; 3];
/// Of what is darker than paper is.
const MOST_SCALED: u16 = ((255 << 13) / DARKEST) as u16;

/// Whether the picture has no colour at all.
pub(super) fn is_grey(raster: &Raster) -> bool {
    let span = |pixel: &[u8]| pixel.iter().max().zip(pixel.iter().min()).map_or(0, |(most, least)| most - least);
    let most = raster.width * raster.height / 10_000;
    raster.rgb.chunks_exact(3).filter(|pixel| span(pixel) > COLOURLESS).take(most + 1).count() <= most
}

/// Makes the maps.
pub(super) fn maps(raster: &Raster) -> Maps {
    let scales = scales(raster);
    let (width, height) = (raster.width, raster.height);
    let mut red = Plane::new(width, height);
    let mut green = Plane::new(width, height);
    let mut chroma = Plane::new(width, height);
    let mut counts = vec![Count::default(); TILES * TILES];
    let (mut line, mut channels) = (Line::new(width), [0, 1, 2].map(|_| vec![0; width]));
    let lines = red.values.chunks_exact_mut(width).zip(green.values.chunks_exact_mut(width)).zip(chroma.values.chunks_exact_mut(width));
    for ((y, row), ((red, green), chroma)) in raster.rgb.chunks_exact(width * 3).enumerate().zip(lines) {
        let first = y * TILES / height * TILES;
        let (Some(scales), Some(counts)) = (scales.get(first..first + TILES), counts.get_mut(first..first + TILES)) else { continue };
        if y == 0 || (y - 1) * TILES / height * TILES != first {
            for (tile, scale) in scales.iter().enumerate() {
                let (from, to) = columns(tile, width);
                for (channel, scale) in channels.iter_mut().zip(scale) {
                    channel.get_mut(from..to).unwrap_or_default().fill(*scale);
                }
            }
        }
        line.whiten(row, &channels);
        line.tell(red, green, chroma);
        for (tile, count) in counts.iter_mut().enumerate() {
            let (from, to) = columns(tile, width);
            count.add(line.looks.get(from..to).unwrap_or_default());
        }
    }
    let bright: usize = counts.iter().map(|count| count.bright).sum();
    // What is too dark to be made white may be paper as well.
    let is_dark = |scale: &Scale| scale.contains(&MOST_SCALED);
    let is_paper: Vec<bool> = counts.iter().zip(&scales).map(|(count, scale)| count.is_paper() || is_dark(scale)).collect();
    let has_paper = (0..TILES * TILES).map(|tile| near(tile, 1).any(|tile| is_paper.get(tile) == Some(&true))).collect();
    let paper = is_paper.iter().filter(|paper| **paper).count();
    Maps { red, green, chroma, is_page: bright * 2 > width * height, paper, has_paper }
}

/// Where a tile begins and ends in a row.
pub(super) fn columns(tile: usize, width: usize) -> (usize, usize) {
    ((tile * width).div_ceil(TILES).min(width), ((tile + 1) * width).div_ceil(TILES).min(width))
}

/// The pixels of a tile.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    all: usize,
    bright: usize,
    /// Bright, and without colour.
    white: usize,
}

impl Count {
    fn add(&mut self, looks: &[u8]) {
        self.all += looks.len();
        self.bright += looks.iter().map(|look| usize::from(look & 1)).sum::<usize>();
        self.white += looks.iter().map(|look| usize::from(look >> 1)).sum::<usize>();
    }

    fn is_paper(&self) -> bool {
        self.white > 0 && self.white * 4 >= self.all
    }
}

/// A row of pixels, its channels apart: so many are worked on at a time.
struct Line {
    channels: [Vec<i16>; 3],
    /// 1 where it is bright, 3 where it is white.
    looks: Vec<u8>,
}

impl Line {
    fn new(width: usize) -> Self {
        Line { channels: [0, 1, 2].map(|_| vec![0; width]), looks: vec![0; width] }
    }

    /// Makes the paper white.
    fn whiten(&mut self, row: &[u8], scales: &[Vec<u16>; 3]) {
        for (channel, (values, scales)) in self.channels.iter_mut().zip(scales).enumerate() {
            values.iter_mut().zip(row.iter().skip(channel).step_by(3)).for_each(|(value, given)| *value = i16::from(*given) << 3);
            for (value, scale) in values.iter_mut().zip(scales) {
                let white = (u32::from(*value as u16) * u32::from(*scale)) >> 16;
                *value = (white as u16).min(255) as i16;
            }
        }
    }

    fn tell(&mut self, red: &mut [u8], green: &mut [u8], chroma: &mut [u8]) {
        let [r, g, b] = &self.channels;
        let out = red.iter_mut().zip(green).zip(chroma).zip(&mut self.looks);
        for ((r, (g, b)), (((red, green), chroma), look)) in r.iter().zip(g.iter().zip(b)).zip(out) {
            let (least, most) = (*r.min(g).min(b), *r.max(g).max(b));
            // Orange and purple aren't ink: green and blue lie together beside the red.
            let even = (g - b).abs() * 5 <= 3 * (r - least);
            *red = if even { (r - g.max(b)).max(0) as u8 } else { 0 };
            *green = (g - r.max(b)).max(0) as u8;
            *chroma = (most - least) as u8;
            let (bright, pale) = (u8::from(least >= BRIGHT), u8::from(most - least <= PALE));
            *look = bright | (bright & pale) << 1;
        }
    }
}

/// The tiles as far as `reach` away, and the tile itself.
fn near(tile: usize, reach: usize) -> impl Iterator<Item = usize> {
    let around = move |at: usize| at.saturating_sub(reach)..=(at + reach).min(TILES - 1);
    around(tile / TILES).flat_map(move |y| around(tile % TILES).map(move |x| y * TILES + x))
}

/// For each tile, what makes its paper white.
fn scales(raster: &Raster) -> Vec<Scale> {
    let tiles: Vec<[u32; 3]> = bright_colours(raster);
    let around = |colours: &[[u32; 3]], tile: usize, reach: usize| -> Vec<[u32; 3]> {
        near(tile, reach).filter_map(|tile| colours.get(tile).copied()).collect()
    };
    let brightest = |tile: usize| around(&tiles, tile, 2).into_iter().max_by_key(|colour| colour.iter().min().copied()).unwrap_or_default();
    let paper: Vec<[u32; 3]> = (0..TILES * TILES).map(brightest).collect();
    let scale = |tile: usize| {
        let colours = around(&paper, tile, 1);
        let mean = |channel: usize| colours.iter().filter_map(|colour| colour.get(channel)).sum::<u32>() / colours.len().max(1) as u32;
        [0, 1, 2].map(|channel| ((255 << 13) / mean(channel).max(DARKEST)) as u16)
    };
    (0..TILES * TILES).map(scale).collect()
}

/// The 80th percentile of each channel in each tile, from one of eight pixels.
fn bright_colours(raster: &Raster) -> Vec<[u32; 3]> {
    let (width, height) = (raster.width, raster.height);
    let mut out = Vec::with_capacity(TILES * TILES);
    for tile_row in 0..TILES {
        let mut histograms = vec![[[0u32; 64]; 3]; TILES];
        let (top, bottom) = (tile_row * height / TILES, ((tile_row + 1) * height / TILES).max(tile_row * height / TILES + 1));
        for row in raster.rgb.chunks_exact(width * 3).take(bottom).skip(top).step_by(4) {
            for (tile, histogram) in histograms.iter_mut().enumerate() {
                let (from, to) = columns(tile, width);
                for pixel in row.get(from * 3..to * 3).unwrap_or_default().chunks_exact(3).step_by(2) {
                    for (bins, value) in histogram.iter_mut().zip(pixel) {
                        if let Some(bin) = bins.get_mut(usize::from(*value >> 2)) {
                            *bin += 1;
                        }
                    }
                }
            }
        }
        out.extend(histograms.iter().map(|histogram| histogram.map(|bins| percentile(&bins, 800) * 4 + 2)));
    }
    out
}

/// The first bin below which the share lies.
pub(super) fn percentile(bins: &[u32], per_mille: u32) -> u32 {
    let wanted = u64::from(bins.iter().sum::<u32>()) * u64::from(per_mille);
    let mut seen = 0u64;
    let below = bins.iter().take_while(|bin| {
        seen += u64::from(**bin);
        seen * 1000 < wanted
    });
    below.count() as u32
}
