//! Rows of a large picture become a small one: the mean of each area, row by row, so that it is never held whole.

use super::{LONG_SIDE, Raster, Samples};

/// Rows of a block, whose sums have to fit into sixteen bits.
const TALLEST: usize = 256;

/// A picture being made smaller.
pub(super) struct Shrink {
    /// Source pixels that are averaged first, across and down.
    block: (usize, usize),
    /// What becomes of the columns and rows after that: at least half of them stay.
    across: Vec<Cell>,
    down: Vec<Cell>,
    colours: Vec<u8>,
    /// The sum down each column of the open blocks: so most of the additions run along a row, many at a time.
    tall: Vec<u16>,
    blocks: Vec<f32>,
    rows_in_block: usize,
    /// The cells of the row that is being filled, and of the next, which may begin in the same row of blocks; and two columns
    /// of nothing, so that each cell has three.
    sums: Vec<f32>,
    next: Vec<f32>,
    rgb: Vec<u8>,
    at: usize,
    rows: usize,
}

/// What a cell takes of three columns, or rows: where they begin, and the share of each.
struct Cell {
    from: usize,
    shares: [f32; 3],
}

impl Cell {
    /// Whether it takes nothing of what follows a row.
    fn ends(&self, row: usize) -> bool {
        row.checked_sub(self.from).is_some_and(|at| self.shares.iter().skip(at + 1).all(|share| *share < 1e-3))
    }
}

/// So many columns or rows become so many cells.
fn cells(pixels: usize, cells: usize) -> Vec<Cell> {
    let wide = pixels as f32 / cells.max(1) as f32;
    let cell = |at: usize| {
        let (begin, end) = (at as f32 * wide, (at + 1) as f32 * wide);
        let from = (begin as usize).min(pixels.saturating_sub(1));
        let covered = |pixel: usize| {
            let (left, right) = (pixel as f32, if pixel < pixels { (pixel + 1) as f32 } else { pixel as f32 });
            (right.min(end) - left.max(begin)).max(0.0) / wide
        };
        Cell { from, shares: [0, 1, 2].map(|next| covered(from + next)) }
    };
    (0..cells).map(cell).collect()
}

impl Shrink {
    /// A picture of this size will come, and is to have a long side of [`LONG_SIDE`] at most.
    pub(super) fn new(width: usize, height: usize) -> Self {
        Shrink::to(LONG_SIDE, width, height)
    }

    /// The same with another long side.
    pub(super) fn to(long_side: usize, width: usize, height: usize) -> Self {
        let long = width.max(height);
        let block = |side: usize| (long / long_side.max(1)).min(side).clamp(1, TALLEST);
        let block = (block(width), block(height));
        let (columns, rows) = ((width / block.0).max(1), (height / block.1).max(1));
        let long = columns.max(rows);
        let part = |side: usize| if long > long_side { (side * long_side / long).max(1) } else { side };
        Shrink {
            block,
            colours: Vec::new(),
            tall: vec![0; columns * block.0 * 3],
            blocks: vec![0.0; columns * 3],
            rows_in_block: 0,
            sums: vec![0.0; (columns + 2) * 3],
            next: vec![0.0; (columns + 2) * 3],
            rgb: Vec::with_capacity(part(columns) * part(rows) * 3),
            across: cells(columns, part(columns)),
            down: cells(rows, part(rows)),
            at: 0,
            rows: 0,
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
        if self.area() == 1 {
            self.blocks.iter_mut().zip(row).for_each(|(block, value)| *block = f32::from(*value));
            return self.take_blocks();
        }
        for (sum, value) in self.tall.iter_mut().zip(row) {
            *sum += u16::from(*value);
        }
        self.rows_in_block += 1;
        if self.rows_in_block == self.block.1 {
            self.end_block();
        }
    }

    fn end_block(&mut self) {
        self.rows_in_block = 0;
        if self.block.0 == 1 {
            self.blocks.iter_mut().zip(&self.tall).for_each(|(block, column)| *block = f32::from(*column));
        } else {
            for (block, columns) in self.blocks.chunks_exact_mut(3).zip(self.tall.chunks_exact(self.block.0 * 3)) {
                let mut rgb = [0u32; 3];
                for column in columns.chunks_exact(3) {
                    for (sum, value) in rgb.iter_mut().zip(column) {
                        *sum += u32::from(*value);
                    }
                }
                block.iter_mut().zip(rgb).for_each(|(block, sum)| *block = sum as f32);
            }
        }
        self.tall.fill(0);
        self.take_blocks();
    }

    /// A row of blocks is whole.
    fn take_blocks(&mut self) {
        if self.across.len() * 3 == self.blocks.len() {
            let share = 1.0 / self.area() as f32;
            if self.rows < self.down.len() {
                self.rgb.extend(self.blocks.iter().map(|sum| (sum * share + 0.5) as u8));
            }
            self.rows += 1;
        } else {
            self.squeeze();
        }
    }

    fn area(&self) -> usize {
        self.block.0 * self.block.1
    }

    /// A row of blocks into the cells that it falls into: down first, where many are added at a time.
    fn squeeze(&mut self) {
        let row = self.at;
        self.at += 1;
        let share = |cell: Option<&Cell>| {
            let share = cell.and_then(|cell| cell.shares.get(row.checked_sub(cell.from)?));
            share.map_or(0.0, |share| share / self.area() as f32)
        };
        let (own, others) = (share(self.down.get(self.rows)), share(self.down.get(self.rows + 1)));
        self.sums.iter_mut().zip(&self.blocks).for_each(|(sum, block)| *sum += block * own);
        if others > 0.0 {
            self.next.iter_mut().zip(&self.blocks).for_each(|(sum, block)| *sum += block * others);
        }
        let ends = self.down.get(self.rows).is_some_and(|cell| cell.ends(row));
        if ends {
            for cell in &self.across {
                let three = self.sums.get(cell.from * 3..).and_then(|columns| columns.first_chunk::<9>());
                let ([r, g, b, r1, g1, b1, r2, g2, b2], [one, two, three]) = (three.copied().unwrap_or_default(), cell.shares);
                let rgb = [r * one + r1 * two + r2 * three, g * one + g1 * two + g2 * three, b * one + b1 * two + b2 * three];
                self.rgb.extend_from_slice(&rgb.map(|value| (value + 0.5) as u8));
            }
            self.rows += 1;
            std::mem::swap(&mut self.sums, &mut self.next);
            self.next.fill(0.0);
        }
    }

    /// The small picture; none where rows are missing.
    pub(super) fn finish(self) -> Option<Raster> {
        let (width, height) = (self.across.len(), self.down.len());
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
