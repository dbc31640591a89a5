//! The redness map becomes a mask of what is red ink, above the noise that the mirror map shows.

use super::components::Grid;
use super::paper::{Maps, TILES, columns, percentile};
use super::plane::Plane;

/// Noise of this and more raises no threshold further.
const LOUDEST: usize = 31;

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
pub(super) struct Mask {
    /// 1 where there is red ink.
    pub(super) ink: Plane,
    /// The same by the finest cells.
    pub(super) cells: Grid,
    /// The redness that it was made from.
    pub(super) red: Plane,
    /// The colourfulness.
    pub(super) chroma: Plane,
    /// The redness from which on it is ink.
    pub(super) threshold: u8,
    /// For each tile, whether there is paper in it or beside it.
    has_paper: Vec<bool>,
}

impl Mask {
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
pub(super) fn mask(maps: &Maps, pass: Pass) -> Option<Mask> {
    if !maps.has_paper.contains(&true) {
        return None;
    }
    let (red, noise, offset, least, most) = match pass {
        Pass::Plain => (maps.red.clone(), noise(&maps.green), 6.0, 11.0, 34.0),
        Pass::Faint => (maps.red.smoothed(), noise(&maps.green.smoothed()), 4.0, 5.0, 24.0),
    };
    let threshold = (1.25 * noise + offset).clamp(least, most) as u8;
    let ink = ink(&red, threshold);
    let pixels = ink.values.iter().filter(|value| **value > 0).count();
    (pixels * 25_000 >= ink.values.len() && pixels >= 24).then(|| Mask {
        cells: Grid::finest(&ink),
        ink,
        red,
        chroma: maps.chroma.clone(),
        threshold,
        has_paper: maps.has_paper.clone(),
    })
}

/// The green that nearly all paper stays under: the value that 99.5 % of a tile stay under, in 85 % of the tiles. A strip
/// of a green desk beside the page thus tells nothing.
fn noise(green: &Plane) -> f32 {
    let (width, height) = (green.width.max(1), green.height.max(1));
    let mut tiles = vec![[0u32; LOUDEST + 1]; TILES * TILES];
    for (y, row) in green.values.chunks_exact(width).enumerate() {
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

/// A pixel counts if it is red, and very red or not alone.
fn ink(red: &Plane, threshold: u8) -> Plane {
    let mut out = Plane::new(red.width, red.height);
    let width = red.width.max(1);
    let strong = threshold.saturating_mul(2);
    let values = &red.values;
    for (at, (out, value)) in out.values.iter_mut().zip(values).enumerate() {
        if *value < threshold {
            continue;
        }
        let near = |from: usize| values.get(from).copied().map_or(0, u32::from);
        let (x, left, above) = (at % width, at.wrapping_sub(1), at.wrapping_sub(width));
        let beside = if x > 0 { near(left) } else { 0 } + if x + 1 < width { near(at + 1) } else { 0 };
        *out = u8::from(*value >= strong || beside + near(above) + near(at + width) >= u32::from(threshold));
    }
    out
}
