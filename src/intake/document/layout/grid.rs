//! Rulings become grids of cells, merged cells resolved.
//!
//! Lines that touch belong to one grid; where no line stands between two fields of it, they are one cell.
//! A grid open at its sides is closed where its lines end; so is one that a page's end cuts open.

use super::Rule;

/// How far ends may miss each other and still touch.
const TOUCH: f64 = 3.0;
/// How far lines must stand out over the last ruling, so that a cell is open there.
const OPEN: f64 = 10.0;
/// Fields of a grid before it is taken for a drawing.
const MOST_FIELDS: usize = 20_000;

/// A table's rulings, resolved.
#[derive(Debug, Clone)]
pub(super) struct Grid {
    /// The edges of the columns, left to right.
    pub(super) xs: Vec<f64>,
    /// The edges of the rows, top to bottom.
    pub(super) ys: Vec<f64>,
    /// The cells, by row and column.
    pub(super) cells: Vec<Area>,
    /// The cell of every field, row by row.
    owner: Vec<usize>,
}

/// The fields that a cell covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    /// The first row.
    pub(super) row: usize,
    /// The first column.
    pub(super) column: usize,
    /// Rows covered.
    pub(super) rows: usize,
    /// Columns covered.
    pub(super) columns: usize,
}

impl Grid {
    /// The cell at a point.
    pub(super) fn cell_at(&self, x: f64, y: f64) -> Option<usize> {
        let column = between(&self.xs, x)?;
        let row = between(&self.ys, y)?;
        self.owner.get(row * (self.xs.len() - 1) + column).copied()
    }

    /// The cell that another grid stands in, if it is one cell.
    pub(super) fn cell_around(&self, inner: &Grid) -> Option<usize> {
        let ((left, right), top, foot) = (inner.width(), inner.top(), inner.ys.last().copied()?);
        let cell = self.cell_at(left, top)?;
        [(right, top), (left, foot), (right, foot)].into_iter().all(|(x, y)| self.cell_at(x, y) == Some(cell)).then_some(cell)
    }

    /// The left and right edges of a cell.
    pub(super) fn sides(&self, area: &Area) -> (f64, f64) {
        let edge = |index: usize| self.xs.get(index).copied().unwrap_or_default();
        (edge(area.column), edge(area.column + area.columns))
    }

    /// The lesser of a cell's width and height.
    pub(super) fn narrowest(&self, area: &Area) -> f64 {
        let edge = |index: usize| self.ys.get(index).copied().unwrap_or_default();
        let (left, right) = self.sides(area);
        (right - left).min(edge(area.row + area.rows) - edge(area.row))
    }

    /// The top edge.
    pub(super) fn top(&self) -> f64 {
        self.ys.first().copied().unwrap_or_default()
    }

    /// The left and right edges.
    pub(super) fn width(&self) -> (f64, f64) {
        (self.xs.first().copied().unwrap_or_default(), self.xs.last().copied().unwrap_or_default())
    }

    fn new(across: &[Rule], down: &[Rule]) -> Option<Grid> {
        let mut xs: Vec<f64> = down.iter().map(|rule| rule.at).collect();
        let (left, right) = (lowest(across.iter().map(|rule| rule.from)), -lowest(across.iter().map(|rule| -rule.to)));
        let inside = |x: f64| xs.iter().any(|known| (known - x).abs() <= 10.0);
        let open: Vec<f64> = [left, right].into_iter().filter(|x| x.is_finite() && !inside(*x)).collect();
        xs.extend(open);
        let mut ys: Vec<f64> = across.iter().map(|rule| rule.at).collect();
        let (top, foot) = (lowest(ys.iter().copied()), -lowest(ys.iter().map(|y| -y)));
        ys.extend(open_end(down.iter().map(|rule| -rule.to)).map(|end| -end).filter(|end| end - foot > OPEN));
        ys.extend(open_end(down.iter().map(|rule| rule.from)).filter(|end| top - end > OPEN));
        let (xs, ys) = (clustered(xs), clustered(ys));
        let (columns, rows) = (xs.len().checked_sub(1)?, ys.len().checked_sub(1)?);
        if columns == 0 || rows == 0 || columns.saturating_mul(rows) > MOST_FIELDS {
            return None;
        }
        let mut grid = Grid { xs, ys, cells: Vec::new(), owner: vec![usize::MAX; columns * rows] };
        let walls = Walls::new(&grid, across, down);
        for row in 0..rows {
            for column in 0..columns {
                if grid.is_free(row, column) {
                    grid.claim(row, column, &walls);
                }
            }
        }
        Some(grid)
    }

    fn is_free(&self, row: usize, column: usize) -> bool {
        column + 1 < self.xs.len() && self.owner.get(row * (self.xs.len() - 1) + column) == Some(&usize::MAX)
    }

    /// The largest free rectangle without a line in it that begins at a field: first to the right, then down.
    fn claim(&mut self, row: usize, column: usize, walls: &Walls) {
        let mut area = Area { row, column, rows: 1, columns: 1 };
        while self.is_free(row, column + area.columns) && !walls.right(row, column + area.columns - 1) {
            area.columns += 1;
        }
        let covered = column..column + area.columns;
        let goes_down = |below: usize| {
            covered.clone().all(|at| self.is_free(below, at) && !walls.below(below - 1, at))
                && covered.clone().skip(1).all(|at| !walls.right(below, at - 1))
        };
        while goes_down(row + area.rows) {
            area.rows += 1;
        }
        for row in row..row + area.rows {
            for column in covered.clone() {
                if let Some(owner) = self.owner.get_mut(row * (self.xs.len() - 1) + column) {
                    *owner = self.cells.len();
                }
            }
        }
        self.cells.push(area);
    }
}

/// Which fields have a line at their right side, and beneath.
struct Walls {
    columns: usize,
    right: Vec<bool>,
    below: Vec<bool>,
}

impl Walls {
    fn new(grid: &Grid, across: &[Rule], down: &[Rule]) -> Walls {
        let columns = grid.xs.len().saturating_sub(1);
        let fields = grid.owner.len();
        let mut walls = Walls { columns, right: vec![false; fields], below: vec![false; fields] };
        for rule in down {
            let Some(edge) = nearest(&grid.xs, rule.at).and_then(|edge| edge.checked_sub(1)) else { continue };
            for (row, _) in middles(&grid.ys).enumerate().filter(|(_, middle)| rule.covers(*middle)) {
                raise(&mut walls.right, row * columns + edge);
            }
        }
        for rule in across {
            let Some(edge) = nearest(&grid.ys, rule.at).and_then(|edge| edge.checked_sub(1)) else { continue };
            for (column, _) in middles(&grid.xs).enumerate().filter(|(_, middle)| rule.covers(*middle)) {
                raise(&mut walls.below, edge * columns + column);
            }
        }
        walls
    }

    fn right(&self, row: usize, column: usize) -> bool {
        self.right.get(row * self.columns + column).copied().unwrap_or(true)
    }

    fn below(&self, row: usize, column: usize) -> bool {
        self.below.get(row * self.columns + column).copied().unwrap_or(true)
    }
}

fn raise(walls: &mut [bool], at: usize) {
    if let Some(wall) = walls.get_mut(at) {
        *wall = true;
    }
}

impl Rule {
    fn covers(&self, place: f64) -> bool {
        self.from - 0.5 <= place && place <= self.to + 0.5
    }
}

/// The grids of a page, top to bottom, and the horizontal rulings that belong to none.
pub(super) fn grids(across: Vec<Rule>, down: Vec<Rule>) -> (Vec<Grid>, Vec<Rule>) {
    let (across, down) = (joined(across), joined(down));
    if across.len().saturating_mul(down.len()) > 4_000_000 || across.len() + down.len() > super::MOST_RULES {
        return (Vec::new(), Vec::new());
    }
    let mut sets = Sets::new(across.len() + down.len());
    for (i, one) in across.iter().enumerate() {
        for (j, other) in down.iter().enumerate() {
            if touches(one, other) {
                sets.unite(i, across.len() + j);
            }
        }
    }
    for (one, other) in beside_each_other(&across, &down) {
        sets.unite(across.len() + one, across.len() + other);
    }
    let mut groups: std::collections::BTreeMap<usize, (Vec<Rule>, Vec<Rule>)> = std::collections::BTreeMap::new();
    for (i, rule) in across.iter().enumerate() {
        groups.entry(sets.root(i)).or_default().0.push(*rule);
    }
    for (j, rule) in down.iter().enumerate() {
        groups.entry(sets.root(across.len() + j)).or_default().1.push(*rule);
    }
    let (mut found, mut loose) = (Vec::new(), Vec::new());
    for (across, down) in groups.into_values() {
        match Grid::new(&across, &down).filter(|_| down.len() >= 2) {
            Some(grid) => found.push(grid),
            None => loose.extend(across),
        }
    }
    found.sort_by(|one, other| one.top().total_cmp(&other.top()));
    (found, loose)
}

/// Upright lines from one height to another that touch no ruling, the one beside the other: between them a cell goes on
/// that neither begins nor ends on this page.
fn beside_each_other(across: &[Rule], down: &[Rule]) -> Vec<(usize, usize)> {
    let alone = |rule: &Rule| rule.to - rule.from > 10.0 * OPEN && !across.iter().any(|other| touches(other, rule));
    let mut found: Vec<(usize, &Rule)> = down.iter().enumerate().filter(|(_, rule)| alone(rule)).collect();
    found.sort_by(|(_, one), (_, other)| one.from.total_cmp(&other.from).then(one.to.total_cmp(&other.to)));
    let alike = |one: &Rule, other: &Rule| (one.from - other.from).abs() <= TOUCH && (one.to - other.to).abs() <= TOUCH;
    let pairs = found.iter().zip(found.iter().skip(1)).filter(|((_, one), (_, other))| alike(one, other));
    pairs.map(|((one, _), (other, _))| (*one, *other)).collect()
}

/// The first place where two lines end together.
fn open_end(ends: impl Iterator<Item = f64>) -> Option<f64> {
    let mut ends: Vec<f64> = ends.collect();
    ends.sort_by(f64::total_cmp);
    ends.iter().zip(ends.iter().skip(1)).find(|(one, other)| *other - *one <= TOUCH).map(|(one, _)| *one)
}

fn touches(across: &Rule, down: &Rule) -> bool {
    across.from - TOUCH <= down.at && down.at <= across.to + TOUCH && down.from - TOUCH <= across.at && across.at <= down.to + TOUCH
}

/// Pieces of one line are one line: borders are drawn cell by cell.
fn joined(mut rules: Vec<Rule>) -> Vec<Rule> {
    rules.sort_by(|one, other| one.at.total_cmp(&other.at).then(one.from.total_cmp(&other.from)));
    let mut bands: Vec<Vec<Rule>> = Vec::new();
    for rule in rules {
        match bands.last_mut().filter(|band| band.first().is_some_and(|first| rule.at - first.at <= 1.5)) {
            Some(band) => band.push(rule),
            None => bands.push(vec![rule]),
        }
    }
    let mut out: Vec<Rule> = Vec::new();
    for mut band in bands {
        band.sort_by(|one, other| one.from.total_cmp(&other.from));
        let start = out.len();
        for rule in band {
            match out.get_mut(start..).and_then(|own| own.last_mut()).filter(|last| rule.from <= last.to + TOUCH) {
                Some(last) => last.to = last.to.max(rule.to),
                None => out.push(rule),
            }
        }
    }
    // What is left shorter than a character is a dot of a pattern or a drawn tick box.
    out.retain(|rule| rule.to - rule.from >= 6.0);
    out
}

/// Places that are the same but for the pen's width, each once.
fn clustered(mut places: Vec<f64>) -> Vec<f64> {
    places.sort_by(f64::total_cmp);
    places.dedup_by(|next, kept| *next - *kept <= TOUCH);
    places
}

fn nearest(edges: &[f64], place: f64) -> Option<usize> {
    edges.iter().position(|edge| (edge - place).abs() <= TOUCH + 0.01)
}

fn middles(edges: &[f64]) -> impl Iterator<Item = f64> {
    edges.iter().zip(edges.iter().skip(1)).map(|(one, other)| (one + other) / 2.0)
}

fn between(edges: &[f64], place: f64) -> Option<usize> {
    let after = edges.partition_point(|edge| *edge <= place);
    (after > 0 && after < edges.len()).then(|| after - 1)
}

fn lowest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::INFINITY, f64::min)
}

/// Disjoint sets with path halving.
struct Sets(Vec<usize>);

impl Sets {
    fn new(len: usize) -> Sets {
        Sets((0..len).collect())
    }

    fn root(&mut self, mut at: usize) -> usize {
        while let Some(&parent) = self.0.get(at).filter(|parent| **parent != at) {
            let grand = self.0.get(parent).copied().unwrap_or(parent);
            if let Some(own) = self.0.get_mut(at) {
                *own = grand;
            }
            at = grand;
        }
        at
    }

    fn unite(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        if let Some(own) = self.0.get_mut(one.max(other)) {
            *own = one.min(other);
        }
    }
}
