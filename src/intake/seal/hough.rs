//! Edges of ink that look at one point become circles: candidates for a stamp that touches other red ink.
//!
//! A gradient Hough transform: each edge votes along its gradient, to both sides, for the middles of circles.

use super::mask::Mask;
use super::plane::length;

/// Borders of the radii that are voted for apart.
const BANDS: [f32; 8] = [9.0, 15.0, 25.0, 40.0, 65.0, 105.0, 170.0, 280.0];
/// Pixels of a cell of the accumulator.
const CELL: f32 = 4.0;
/// Edges that vote.
const MOST_EDGES: usize = 6_000;
/// Circles kept for each band.
const MOST: usize = 3;

/// A circle that many edges agree on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Circle {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) radius: f32,
}

struct Edge {
    x: f32,
    y: f32,
    dx: f32,
    dy: f32,
}

/// The circles of a mask.
pub(super) fn find(mask: &Mask) -> Vec<Circle> {
    let (edges, share) = edges(mask);
    let mut found = Vec::new();
    for band in BANDS.windows(2) {
        let [from, to] = *band else { continue };
        if from < mask.ink.width.min(mask.ink.height) as f32 {
            found.extend(circles(mask, &edges, share, from, to));
        }
    }
    found
}

/// Strong edges at the borders of the ink, at most so many, and the share of all that they are.
fn edges(mask: &Mask) -> (Vec<Edge>, f32) {
    let strong = 2.0 * f32::from(mask.threshold);
    let mut all = Vec::new();
    let width = mask.ink.width.max(1);
    for (y, line) in mask.ink.values.chunks_exact(width).enumerate() {
        for (x, _) in line.iter().enumerate().filter(|(_, ink)| **ink > 0) {
            let (x, y) = (x as i32, y as i32);
            let inside = mask.ink.at(x - 1, y) & mask.ink.at(x + 1, y) & mask.ink.at(x, y - 1) & mask.ink.at(x, y + 1);
            if inside == 0 {
                all.push((x, y));
            }
        }
    }
    let step = all.len().div_ceil(MOST_EDGES).max(1);
    let total = all.len().max(1);
    let edges: Vec<Edge> = all
        .into_iter()
        .step_by(step)
        .filter_map(|(x, y)| {
            let (dx, dy, size) = gradient(mask, x, y);
            (size >= strong).then_some(Edge { x: x as f32, y: y as f32, dx: dx / size, dy: dy / size })
        })
        .collect();
    (edges, total.div_ceil(step) as f32 / total as f32)
}

/// Sobel's gradient of the redness, a quarter of its usual size, and its length.
pub(super) fn gradient(mask: &Mask, x: i32, y: i32) -> (f32, f32, f32) {
    let at = |dx: i32, dy: i32| f32::from(mask.red.at(x + dx, y + dy));
    let dx = at(1, -1) + 2.0 * at(1, 0) + at(1, 1) - at(-1, -1) - 2.0 * at(-1, 0) - at(-1, 1);
    let dy = at(-1, 1) + 2.0 * at(0, 1) + at(1, 1) - at(-1, -1) - 2.0 * at(0, -1) - at(1, -1);
    (dx, dy, length(dx, dy).max(f32::MIN_POSITIVE))
}

fn circles(mask: &Mask, edges: &[Edge], share: f32, from: f32, to: f32) -> Vec<Circle> {
    let columns = mask.ink.width.div_ceil(CELL as usize) + 1;
    let rows = mask.ink.height.div_ceil(CELL as usize) + 1;
    let mut votes = vec![0u16; columns * rows];
    for edge in edges {
        for side in [1.0, -1.0] {
            let mut radius = from;
            while radius < to {
                let (x, y) = (edge.x + side * radius * edge.dx, edge.y + side * radius * edge.dy);
                if x >= 0.0 && y >= 0.0 {
                    let (column, row) = ((x / CELL) as usize, (y / CELL) as usize);
                    if column < columns
                        && let Some(cell) = votes.get_mut(row * columns + column)
                    {
                        *cell = cell.saturating_add(1);
                    }
                }
                radius += CELL;
            }
        }
    }
    let middle = (from * to).sqrt();
    let reach = ((0.1 * middle / CELL).round() as usize).min(5);
    let sums = box_sums(&votes, columns, reach);
    let least = 0.9 * std::f32::consts::TAU * middle * share;
    let mut best: Vec<(u32, usize)> =
        sums.iter().enumerate().filter(|(_, votes)| **votes as f32 > least).map(|(at, votes)| (*votes, at)).collect();
    best.sort_unstable_by(|one, other| other.cmp(one));
    let mut found: Vec<Circle> = Vec::new();
    for (_, at) in best {
        let (x, y) = ((at % columns) as f32 * CELL + CELL / 2.0, (at / columns) as f32 * CELL + CELL / 2.0);
        if found.iter().all(|known| length(known.x - x, known.y - y) > 0.6 * middle) {
            found.push(Circle { x, y, radius: radius(edges, x, y, from, to) });
            if found.len() == MOST {
                break;
            }
        }
    }
    found
}

/// Votes of a cell and those round it.
fn box_sums(votes: &[u16], columns: usize, reach: usize) -> Vec<u32> {
    // Sums of all before, so that those between two are one difference.
    let along = |line: Vec<u32>, stride: usize| -> Vec<u32> {
        let mut before = Vec::with_capacity(line.len() + stride);
        before.resize(stride, 0u32);
        for (at, value) in line.iter().enumerate() {
            before.push(value.wrapping_add(before.get(at).copied().unwrap_or(0)));
        }
        let sum = |upto: usize| before.get(upto).copied().unwrap_or(0);
        (0..line.len())
            .map(|at| {
                let first = at.checked_sub(reach * stride).unwrap_or(at % stride);
                let last =
                    if at + reach * stride < line.len() { at + reach * stride } else { line.len() - 1 - (line.len() - 1 - at) % stride };
                sum(last + stride).wrapping_sub(sum(first))
            })
            .collect()
    };
    along(along(votes.iter().map(|votes| u32::from(*votes)).collect(), 1), columns)
}

/// The radius that most edges have whose gradient looks at the middle, near ones counting more.
fn radius(edges: &[Edge], x: f32, y: f32, from: f32, to: f32) -> f32 {
    let mut weights = vec![0.0f32; (1.2 * to) as usize + 2];
    for edge in edges {
        let (dx, dy) = (edge.x - x, edge.y - y);
        let distance = length(dx, dy);
        if distance < 0.8 * from || distance > 1.2 * to || (dx * edge.dx + dy * edge.dy).abs() < 0.93 * distance {
            continue;
        }
        for step in 0..3 {
            if let Some(weight) = weights.get_mut((distance as usize + step).saturating_sub(1)) {
                *weight += 1.0 / distance;
            }
        }
    }
    weights.iter().enumerate().max_by(|(_, one), (_, other)| one.total_cmp(other)).map_or(from, |(radius, _)| radius as f32)
}
