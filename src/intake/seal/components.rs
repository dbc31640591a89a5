//! Red ink that lies together becomes boxes: candidates for a stamp.
//!
//! Instead of widening the mask, it is seen through grids of several cell sizes: what lies in neighbouring cells lies
//! together. A coarse grid joins a broken ring, a fine one parts it from what stands beside.

use super::plane::Plane;

/// Boxes kept for each cell size.
const MOST: usize = 16;
/// Ink in a box.
const LEAST_INK: u32 = 24;

/// Ink that lies together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Component {
    /// The outermost pixels.
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) right: i32,
    pub(super) bottom: i32,
    /// Pixels of ink.
    pub(super) ink: u32,
}

impl Component {
    pub(super) fn width(&self) -> i32 {
        self.right - self.left + 1
    }

    pub(super) fn height(&self) -> i32 {
        self.bottom - self.top + 1
    }

    fn join(&mut self, other: &Component) {
        self.left = self.left.min(other.left);
        self.top = self.top.min(other.top);
        self.right = self.right.max(other.right);
        self.bottom = self.bottom.max(other.bottom);
        self.ink += other.ink;
    }
}

/// The ink of each cell.
#[derive(Debug, Clone)]
pub(super) struct Grid {
    cells: Vec<Option<Component>>,
    columns: usize,
}

impl Grid {
    /// Cells of two pixels.
    pub(super) fn finest(ink: &Plane) -> Grid {
        let mut grid = Grid::empty(ink.width.div_ceil(2), ink.height.div_ceil(2));
        for (y, line) in ink.values.chunks_exact(ink.width.max(1)).enumerate() {
            for (x, _) in line.iter().enumerate().filter(|(_, ink)| **ink > 0) {
                let here = Component { left: x as i32, right: x as i32, top: y as i32, bottom: y as i32, ink: 1 };
                grid.add(x / 2, y / 2, &here);
            }
        }
        grid
    }

    /// The same with cells that are so many times as wide.
    pub(super) fn coarser(&self, times: usize) -> Grid {
        let mut grid = Grid::empty(self.columns.div_ceil(times), self.rows().div_ceil(times));
        for (y, line) in self.cells.chunks_exact(self.columns.max(1)).enumerate() {
            for (x, ink) in line.iter().enumerate() {
                if let Some(ink) = ink {
                    grid.add(x / times, y / times, ink);
                }
            }
        }
        grid
    }

    fn empty(columns: usize, rows: usize) -> Grid {
        Grid { cells: vec![None; columns * rows], columns }
    }

    fn rows(&self) -> usize {
        self.cells.len() / self.columns.max(1)
    }

    fn add(&mut self, x: usize, y: usize, ink: &Component) {
        if let Some(cell) = self.cells.get_mut(y * self.columns + x) {
            match cell {
                Some(known) => known.join(ink),
                None => *cell = Some(*ink),
            }
        }
    }

    /// The largest boxes of ink in cells that touch.
    pub(super) fn components(mut self) -> Vec<Component> {
        let mut found = Vec::new();
        for start in 0..self.cells.len() {
            if let Some(component) = gather(&mut self.cells, self.columns, start)
                && is_of_size(&component)
            {
                found.push(component);
            }
        }
        found.sort_by_key(|component| std::cmp::Reverse(component.width() * component.height()));
        found.truncate(MOST);
        found
    }
}

/// Takes the cells that hang together out of the grid.
fn gather(cells: &mut [Option<Component>], columns: usize, start: usize) -> Option<Component> {
    let mut whole = cells.get_mut(start)?.take()?;
    let mut open = vec![start];
    while let Some(at) = open.pop() {
        let (x, y) = (at % columns, at / columns);
        for y in y.saturating_sub(1)..=y + 1 {
            for x in x.saturating_sub(1)..=(x + 1).min(columns - 1) {
                let at = y * columns + x;
                if let Some(cell) = cells.get_mut(at).and_then(Option::take) {
                    whole.join(&cell);
                    open.push(at);
                }
            }
        }
    }
    Some(whole)
}

fn is_of_size(component: &Component) -> bool {
    let (width, height) = (component.width(), component.height());
    let (long, short) = (width.max(height), width.min(height));
    long >= 18 && short >= 9 && long * 5 < short * 16 && component.ink >= LEAST_INK
}

impl Component {
    /// Whether an ellipse lies in it, all but a little.
    pub(super) fn holds(&self, ellipse: &super::conic::Ellipse) -> bool {
        let (half_width, half_height) = ellipse.half_box();
        let within = |from: f32, to: f32, first: i32, last: i32| {
            let inside = to.min(last as f32 + 4.0) - from.max(first as f32 - 4.0);
            inside / (to - from).max(1.0)
        };
        let across = within(ellipse.x - half_width, ellipse.x + half_width, self.left, self.right);
        let down = within(ellipse.y - half_height, ellipse.y + half_height, self.top, self.bottom);
        across > 0.0 && down > 0.0 && across * down > 0.8
    }
}
