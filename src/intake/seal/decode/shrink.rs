//! Rows of a large picture become a small one: the mean of each area, row by row, so that it is never held whole.

use super::{LONG_SIDE, MOST_KEPT, Raster, Samples};

/// Half of a 256th of each packed channel.
const HALF: u64 = 0x0080_0080_0080;
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
    rows_in_block: usize,
    /// The means of a row of blocks.
    means: Vec<u8>,
    /// The cells of the row that is being filled, and of the next, which may begin in the same row of blocks, in 256ths.
    sums: Vec<u16>,
    next: Vec<u16>,
    /// The former's pixels, and two of nothing, so that each cell has three.
    packed: Vec<u64>,
    rgb: Vec<u8>,
    at: usize,
    rows: usize,
}

/// What a cell takes of three columns, or rows: where they begin, and the share of each in 256ths.
struct Cell {
    from: usize,
    shares: [u16; 3],
}

impl Cell {
    /// Whether it takes nothing of what follows a row.
    fn ends(&self, row: usize) -> bool {
        row.checked_sub(self.from).is_some_and(|at| self.shares.iter().skip(at + 1).all(|share| *share == 0))
    }
}

/// So many columns or rows become so many cells.
fn cells(pixels: usize, cells: usize) -> Vec<Cell> {
    let wide = pixels as f32 / cells.max(1) as f32;
    let cell = |at: usize| {
        let begin = at as f32 * wide;
        let from = (begin as usize).min(pixels.saturating_sub(1));
        let upto =
            |pixel: usize| if pixel < pixels { ((pixel as f32 - begin) / wide * 256.0).clamp(0.0, 256.0).round() as u16 } else { 256 };
        let (first, second) = (upto(from + 1), upto(from + 2));
        Cell { from, shares: [first, second - first, 256 - second] }
    };
    (0..cells).map(cell).collect()
}

impl Shrink {
    /// A picture of this size will come, and is to have a long side of [`LONG_SIDE`] and [`MOST_KEPT`] pixels at most.
    pub(super) fn new(width: usize, height: usize) -> Self {
        let long_side = (MOST_KEPT * width.max(height) / width.min(height).max(1)).isqrt();
        Shrink::to(long_side.min(LONG_SIDE), width, height)
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
            rows_in_block: 0,
            means: vec![0; columns * 3],
            sums: vec![0; columns * 3],
            next: vec![0; columns * 3],
            packed: vec![0; columns + 2],
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
        if self.block == (1, 1) {
            return self.take(row);
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
        let mut means = std::mem::take(&mut self.means);
        let share = 1.0 / (self.block.0 * self.block.1) as f32;
        let mean = |sum: u32| (sum as f32 * share + 0.5) as u8;
        for (block, columns) in means.as_chunks_mut::<3>().0.iter_mut().zip(self.tall.chunks_exact(self.block.0 * 3)) {
            let mut rgb = [0u32; 3];
            for column in columns.as_chunks::<3>().0 {
                rgb.iter_mut().zip(column).for_each(|(sum, value)| *sum += u32::from(*value));
            }
            *block = rgb.map(mean);
        }
        self.tall.fill(0);
        self.take(&means);
        self.means = means;
    }

    /// A row of blocks into the cells that it falls into: down first, where many are added at a time.
    fn take(&mut self, row: &[u8]) {
        let at = self.at;
        self.at += 1;
        let share = |cell: Option<&Cell>| cell.and_then(|cell| cell.shares.get(at.checked_sub(cell.from)?)).map_or(0, |share| *share);
        let (own, others) = (share(self.down.get(self.rows)), share(self.down.get(self.rows + 1)));
        self.sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += u16::from(*value) * own);
        if others > 0 {
            self.next.iter_mut().zip(row).for_each(|(sum, value)| *sum += u16::from(*value) * others);
        }
        if self.down.get(self.rows).is_some_and(|cell| cell.ends(at)) {
            self.end_row();
        }
    }

    fn end_row(&mut self) {
        let from = self.rgb.len();
        self.rgb.resize(from + 3 * self.across.len(), 0);
        // A pixel's three channels in one number, so that one multiplication does for all: none grows beyond 16 bits.
        let pack = |[r, g, b]: &[u16; 3]| (u64::from(r + 128) >> 8) | (u64::from(g + 128) >> 8) << 16 | (u64::from(b + 128) >> 8) << 32;
        self.packed.iter_mut().zip(self.sums.as_chunks().0).for_each(|(packed, sums)| *packed = pack(sums));
        let pixels = self.rgb.get_mut(from..).unwrap_or_default();
        for (pixel, cell) in pixels.as_chunks_mut::<3>().0.iter_mut().zip(&self.across) {
            let columns = self.packed.get(cell.from..).and_then(|columns| columns.first_chunk::<3>()).unwrap_or(&[0; 3]);
            let [one, two, three] = cell.shares.map(u64::from);
            let [a, b, c] = columns;
            let [_, r, _, g, _, b, ..] = (a * one + b * two + c * three + HALF).to_le_bytes();
            *pixel = [r, g, b];
        }
        self.rows += 1;
        std::mem::swap(&mut self.sums, &mut self.next);
        self.next.fill(0);
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
        let sizes =
            [(1300, 650, (1000, 500)), (4000, 3000, (1000, 750)), (999, 4990, (200, 1000)), (1, 9000, (1, 1000)), (1000, 1000, (866, 866))];
        for (width, height, wanted) in sizes {
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
