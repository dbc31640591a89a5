//! Red ink that lies together becomes boxes: candidates for a stamp.
//!
//! Instead of widening the mask, it is seen through grids of several cell sizes: what lies in neighbouring cells lies
//! together. A coarse grid joins a broken ring, a fine one parts it from what stands beside.

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

/// The cells that hold ink.
struct Grid {
    /// Pixels along each side of a cell.
    side: usize,
    columns: usize,
    rows: usize,
    /// For each cell, the place of its ink among all that is inked, from 1; 0 where there is none.
    places: Vec<u32>,
    /// The ink of each cell that has any.
    inked: Vec<Component>,
}

/// The largest boxes of ink that lies together, seen through cells of three sizes from the finest on; `ink` is where there is
/// any.
pub(super) fn components(ink: &[(i32, i32)], width: usize, height: usize) -> [Vec<Component>; 3] {
    let pixels = ink.iter().map(|(x, y)| Component { left: *x, right: *x, top: *y, bottom: *y, ink: 1 });
    let fine = Grid::new(2, (width, height), pixels);
    let coarser = |times: usize| Grid::new(2 * times, (width, height), fine.inked.iter().copied());
    let (four, coarse) = (coarser(2), coarser((width.max(height) / 220).max(3)));
    [fine.components(), four.components(), coarse.components()]
}

impl Grid {
    fn new(side: usize, (width, height): (usize, usize), ink: impl Iterator<Item = Component>) -> Grid {
        let (columns, rows) = (width.div_ceil(side), height.div_ceil(side));
        let mut grid = Grid { side, columns, rows, places: vec![0; columns * rows], inked: Vec::new() };
        ink.for_each(|ink| grid.add(&ink));
        grid
    }

    fn cell(&self, ink: &Component) -> (usize, usize) {
        (ink.left as usize / self.side, ink.top as usize / self.side)
    }

    fn add(&mut self, ink: &Component) {
        let (x, y) = self.cell(ink);
        let Some(place) = self.places.get_mut(y * self.columns + x) else { return };
        match self.inked.get_mut((*place as usize).wrapping_sub(1)) {
            Some(known) => known.join(ink),
            None => {
                self.inked.push(*ink);
                *place = self.inked.len() as u32;
            }
        }
    }

    /// The place of a cell's ink among all that is inked.
    fn place(&self, x: usize, y: usize) -> Option<usize> {
        let place = if x < self.columns && y < self.rows { *self.places.get(y * self.columns + x)? } else { 0 };
        (place as usize).checked_sub(1)
    }

    /// The largest boxes of ink in cells that touch.
    fn components(&self) -> Vec<Component> {
        let mut sets = Sets((0..self.inked.len() as u32).collect());
        for (at, ink) in self.inked.iter().enumerate() {
            let (x, y) = self.cell(ink);
            let (before, above) = (x.wrapping_sub(1), y.wrapping_sub(1));
            for other in [(before, y), (before, above), (x, above), (x + 1, above)] {
                if let Some(other) = self.place(other.0, other.1) {
                    sets.unite(at, other);
                }
            }
        }
        let mut boxes = self.inked.clone();
        for (at, ink) in self.inked.iter().enumerate() {
            let first = sets.first(at);
            if let Some(whole) = boxes.get_mut(first).filter(|_| first != at) {
                whole.join(ink);
            }
        }
        let mut found: Vec<Component> =
            (0..).zip(boxes).filter(|(at, whole)| sets.first(*at) == *at && is_of_size(whole)).map(|(_, whole)| whole).collect();
        found.sort_by_key(|component| std::cmp::Reverse(component.width() * component.height()));
        found.truncate(MOST);
        found
    }
}

/// What hangs together: each leads on towards the first of its set (union-find).
struct Sets(Vec<u32>);

impl Sets {
    fn next(&self, at: usize) -> usize {
        self.0.get(at).map_or(at, |next| *next as usize)
    }

    fn first(&mut self, mut at: usize) -> usize {
        loop {
            let (next, beyond) = (self.next(at), self.next(self.next(at)));
            if next == at {
                return at;
            }
            if let Some(way) = self.0.get_mut(at) {
                *way = beyond as u32;
            }
            at = beyond;
        }
    }

    fn unite(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first(one), self.first(other));
        if let Some(way) = self.0.get_mut(one.max(other)) {
            *way = one.min(other) as u32;
        }
    }
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
