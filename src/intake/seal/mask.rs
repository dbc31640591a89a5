//! The redness map becomes a mask of what is red ink, above the noise that the mirror map shows.

use super::components::{Component, components};
use super::paper::{Maps, TILES, columns, percentile};
use super::plane::Plane;
use std::borrow::Cow;

/// Noise of this and more raises no threshold further.
const LOUDEST: usize = 31;
/// Of so many rows one is enough to tell the noise.
const NOISE_ROWS: usize = 2;
/// Pixels that are passed over at once where none is red.
const PIECE: usize = 32;

/// How hard to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// Plain ink.
    Plain,
    /// Faded ink: the maps are smoothed, which lowers the noise.
    Faint,
}

/// What is red in a picture.
#[derive(Debug, Clone)]
pub(super) struct Mask<'a> {
    /// 1 where there is red ink.
    pub(super) ink: Plane,
    /// Where that is, line by line: column and row.
    pub(super) inked: Vec<(i32, i32)>,
    /// What of it lies together, through three grids from the finest on.
    pub(super) components: [Vec<Component>; 3],
    /// The redness that it was made from.
    pub(super) red: Cow<'a, Plane>,
    /// The colourfulness.
    pub(super) chroma: &'a Plane,
    /// The redness from which on it is ink.
    pub(super) threshold: u8,
    /// For each tile, whether there is paper in it or beside it.
    has_paper: &'a [bool],
}

impl Mask<'_> {
    /// Whether there is paper in most of the tiles round a place, or beside them: a stamp is on some.
    pub(super) fn is_on_paper(&self, (x, y): (f32, f32), (half_width, half_height): (f32, f32)) -> bool {
        let tiles = |middle: f32, half: f32, side: usize| {
            let tile = |at: f32| (at.max(0.0) as usize * TILES / side.max(1)).min(TILES - 1);
            tile(middle - half)..=tile(middle + half)
        };
        let rows = tiles(y, half_height, self.ink.height);
        let columns = tiles(x, half_width, self.ink.width);
        let (mut all, mut paper) = (0, 0);
        for tile in rows.flat_map(|row| columns.clone().map(move |column| row * TILES + column)) {
            all += 1;
            paper += usize::from(self.has_paper.get(tile) == Some(&true));
        }
        paper * 2 > all
    }
}

/// Makes the mask; none where there is nothing red.
pub(super) fn mask(maps: &Maps, pass: Pass) -> Option<Mask<'_>> {
    if !maps.has_paper.contains(&true) {
        return None;
    }
    let (red, offset, least, most) = match pass {
        Pass::Plain => (Cow::Borrowed(&maps.red), 6.0, 11.0, 34.0),
        Pass::Faint => (Cow::Owned(maps.red.smoothed()), 4.0, 5.0, 24.0),
    };
    let threshold = (1.25 * noise(&maps.green, pass) + offset).clamp(least, most) as u8;
    let (ink, inked) = ink(&red, threshold);
    (inked.len() * 25_000 >= ink.values.len() && inked.len() >= 24).then(|| Mask {
        components: components(&inked, ink.width, ink.height),
        ink,
        inked,
        red,
        chroma: &maps.chroma,
        threshold,
        has_paper: &maps.has_paper,
    })
}

/// The green that nearly all paper stays under: the value that 99.5 % of a tile stay under, in 85 % of the tiles. A strip
/// of a green desk beside the page thus tells nothing.
fn noise(green: &Plane, pass: Pass) -> f32 {
    let (width, height) = (green.width.max(1), green.height.max(1));
    let mut tiles = vec![[0u32; LOUDEST + 1]; TILES * TILES];
    let (mut sums, mut smoothed) = (vec![0; width], vec![0; width]);
    for (y, row) in green.values.chunks_exact(width).enumerate().step_by(NOISE_ROWS) {
        let row = match pass {
            Pass::Plain => row,
            Pass::Faint => {
                green.smooth_row(y, &mut sums, &mut smoothed);
                &smoothed
            }
        };
        for (tile, bins) in tiles.iter_mut().skip(y * TILES / height * TILES).take(TILES).enumerate() {
            let (from, to) = columns(tile, width);
            for value in row.get(from..to).unwrap_or_default() {
                if let Some(bin) = bins.get_mut(usize::from(*value).min(LOUDEST)) {
                    *bin += 1;
                }
            }
        }
    }
    let mut noises: Vec<u32> = tiles.iter().filter(|bins| bins.iter().any(|bin| *bin > 0)).map(|bins| percentile(bins, 995)).collect();
    noises.sort_unstable();
    noises.get(noises.len() * 85 / 100).map_or(0.0, |noise| *noise as f32)
}

/// A pixel counts if it is red, and very red or not alone. Beside the map, where they are.
fn ink(red: &Plane, threshold: u8) -> (Plane, Vec<(i32, i32)>) {
    let mut out = Plane::new(red.width, red.height);
    let mut inked = Vec::new();
    let strong = threshold.saturating_mul(2);
    for (y, (line, out)) in (0..).zip(red.values.chunks_exact(red.width.max(1)).zip(out.values.chunks_exact_mut(red.width.max(1)))) {
        for (first, (values, out)) in (0..).step_by(PIECE).zip(line.chunks(PIECE).zip(out.chunks_mut(PIECE))) {
            if values.iter().fold(0, |most, value| most.max(*value)) < threshold {
                continue;
            }
            for (x, (value, out)) in (first..).zip(values.iter().zip(out)) {
                let beside = || {
                    let [_, above, _, left, _, right, _, below, _] = red.around(x, y);
                    u16::from(above) + u16::from(left) + u16::from(right) + u16::from(below)
                };
                if *value >= threshold && (*value >= strong || beside() >= u16::from(threshold)) {
                    *out = 1;
                    inked.push((x, y));
                }
            }
        }
    }
    (out, inked)
}
