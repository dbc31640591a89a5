//! Rows of a large picture become a small one: the mean of each area, row by row, so that it is never held whole.

use super::{LONG_SIDE, Raster, Samples};

/// Rows of a block, whose sums have to fit into sixteen bits.
const TALLEST: usize = 256;

/// A picture being made smaller.
pub(super) struct Shrink {
    /// Source pixels that are averaged first, each way.
    block: usize,
    /// Rows and columns after that.
    across: Fractions,
    down: Fractions,
    colours: Vec<u8>,
    /// The sum down each column of the open blocks: so most of the additions run along a row, many at a time.
    tall: Vec<u16>,
    blocks: Vec<u32>,
    rows_in_block: usize,
    line: Vec<f32>,
    sums: Vec<f32>,
    next: Vec<f32>,
    rgb: Vec<u8>,
    at: usize,
}

/// Which cell each pixel of a line falls into, and how much of it stays before the cell's end.
struct Fractions {
    cells: usize,
    of: Vec<(usize, f32)>,
    scale: f32,
}

impl Fractions {
    fn new(pixels: usize, cells: usize) -> Self {
        let ratio = cells as f32 / pixels.max(1) as f32;
        let of = (0..pixels).map(|at| {
            let (from, to) = (at as f32 * ratio, (at + 1) as f32 * ratio);
            let cell = (from as usize).min(cells.saturating_sub(1));
            let end = (cell + 1) as f32;
            (cell, if to <= end || cell + 1 == cells { 1.0 } else { (end - from) / (to - from) })
        });
        Fractions { cells, of: of.collect(), scale: ratio }
    }
}

impl Shrink {
    /// A picture of this size will come.
    pub(super) fn new(width: usize, height: usize) -> Self {
        let long = width.max(height);
        let block = (long / LONG_SIDE).min(width).min(height).clamp(1, TALLEST);
        let (columns, rows) = ((width / block).max(1), (height / block).max(1));
        let long = columns.max(rows);
        let part = |side: usize| if long > LONG_SIDE { (side * LONG_SIDE / long).max(1) } else { side };
        let (across, down) = (Fractions::new(columns, part(columns)), Fractions::new(rows, part(rows)));
        let cells = across.cells * 3;
        Shrink {
            block,
            colours: Vec::new(),
            tall: vec![0; columns * block * 3],
            blocks: vec![0; columns * 3],
            rows_in_block: 0,
            line: vec![0.0; cells],
            sums: vec![0.0; cells],
            next: vec![0.0; cells],
            rgb: Vec::with_capacity(cells * down.cells),
            across,
            down,
            at: 0,
        }
    }

    /// The next row.
    pub(super) fn row(&mut self, samples: Samples, row: &[u8]) {
        let mut colours = std::mem::take(&mut self.colours);
        // Averages commute with the linear YCbCr; converting what is left costs less.
        match samples {
            Samples::Rgb | Samples::YCbCr => self.add(row),
            Samples::Grey | Samples::GreyAlpha | Samples::Rgba | Samples::Cmyk => {
                samples.convert(row, &mut colours);
                self.add(&colours);
            }
        }
        self.colours = colours;
    }

    fn add(&mut self, row: &[u8]) {
        for (sum, value) in self.tall.iter_mut().zip(row) {
            *sum += u16::from(*value);
        }
        self.rows_in_block += 1;
        if self.rows_in_block == self.block {
            self.end_block();
        }
    }

    fn end_block(&mut self) {
        self.rows_in_block = 0;
        for (block, columns) in self.blocks.chunks_exact_mut(3).zip(self.tall.chunks_exact(self.block * 3)) {
            let mut rgb = [0u32; 3];
            for column in columns.chunks_exact(3) {
                for (sum, value) in rgb.iter_mut().zip(column) {
                    *sum += u32::from(*value);
                }
            }
            block.copy_from_slice(&rgb);
        }
        self.tall.fill(0);
        if self.across.cells * 3 == self.blocks.len() && self.down.cells == self.down.of.len() {
            let area = (self.block * self.block) as u32;
            if self.at < self.down.cells {
                self.rgb.extend(self.blocks.iter().map(|sum| ((sum + area / 2) / area) as u8));
            }
            self.at += 1;
        } else {
            self.squeeze();
        }
    }

    /// A row of blocks into the cells that it falls into.
    fn squeeze(&mut self) {
        let scale = self.across.scale / (self.block * self.block) as f32;
        self.line.fill(0.0);
        for ((cell, share), block) in self.across.of.iter().zip(self.blocks.chunks_exact(3)) {
            let mut parts = self.line.chunks_exact_mut(3).skip(*cell);
            for (part, share) in [(parts.next(), *share), (parts.next(), 1.0 - share)] {
                for (value, sum) in part.into_iter().flatten().zip(block) {
                    *value += *sum as f32 * share * scale;
                }
            }
        }
        let Some((cell, share)) = self.down.of.get(self.at).copied() else { return };
        let scale = self.down.scale;
        for ((sum, next), value) in self.sums.iter_mut().zip(&mut self.next).zip(&self.line) {
            *sum += value * share * scale;
            *next += value * (1.0 - share) * scale;
        }
        self.at += 1;
        let ends = self.down.of.get(self.at).is_none_or(|(next, _)| *next > cell);
        if ends {
            self.rgb.extend(self.sums.iter().map(|value| (value + 0.5).clamp(0.0, 255.0) as u8));
            std::mem::swap(&mut self.sums, &mut self.next);
            self.next.fill(0.0);
        }
    }

    /// The small picture; none where rows are missing.
    pub(super) fn finish(self) -> Option<Raster> {
        let (width, height) = (self.across.cells, self.down.cells);
        (self.rgb.len() == width * height * 3).then_some(Raster { width, height, rgb: self.rgb })
    }
}

/// Turns what was averaged as YCbCr into colours.
pub(super) fn to_rgb(mut raster: Raster) -> Raster {
    for pixel in raster.rgb.chunks_exact_mut(3) {
        if let [y, cb, cr] = *pixel {
            pixel.copy_from_slice(&super::from_ycbcr(y, cb, cr));
        }
    }
    raster
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shrunk(width: usize, height: usize, pixel: impl Fn(usize, usize) -> u8) -> Raster {
        let mut shrink = Shrink::new(width, height);
        for y in 0..height {
            shrink.row(Samples::Grey, &(0..width).map(|x| pixel(x, y)).collect::<Vec<u8>>());
        }
        shrink.finish().unwrap()
    }

    #[test]
    fn what_is_small_stays_as_it_is() {
        let raster = shrunk(30, 20, |x, y| (x * y) as u8);
        assert_eq!((raster.width, raster.height), (30, 20));
        assert_eq!(raster.rgb[(7 * 30 + 9) * 3], 63);
    }

    #[test]
    fn what_is_large_keeps_its_means_and_its_proportions() {
        for (width, height, wanted) in [(1300, 650, (1000, 500)), (4000, 3000, (1000, 750)), (999, 4990, (200, 1000)), (1, 9000, (1, 1000))]
        {
            let raster = shrunk(width, height, |x, _| if x < width / 2 { 40 } else { 200 });
            assert!(
                raster.width.abs_diff(wanted.0) <= 2 && raster.height.abs_diff(wanted.1) <= 2,
                "{width}×{height}: {}×{}",
                raster.width,
                raster.height
            );
            let last = raster.rgb.len() - 3;
            assert!(raster.rgb[last].abs_diff(200) <= 1, "{width}×{height}: {}", raster.rgb[last]);
            assert!(width < 2 || raster.rgb[0].abs_diff(40) <= 1, "{width}×{height}: {}", raster.rgb[0]);
        }
    }
}
