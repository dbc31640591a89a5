//! Edges of ink that look at one point become circles: candidates for a stamp that touches other red ink.
//!
//! A gradient Hough transform: each edge votes along its gradient, to both sides, for the middles of circles.

use super::mask::Mask;
use super::plane::length;

/// Borders of the radii that are voted for apart.
const BANDS: [f32; 8] = [9.0, 15.0, 25.0, 40.0, 65.0, 105.0, 170.0, 280.0];
/// Pixels of a cell of the accumulator, for radii below so many pixels, and above.
const CELL: f32 = 4.0;
const SMALL: f32 = 60.0;
/// Edges that vote.
const MOST_EDGES: usize = 4_000;
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
pub(super) fn find(mask: &Mask<'_>) -> Vec<Circle> {
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
fn edges(mask: &Mask<'_>) -> (Vec<Edge>, f32) {
    let strong = 2.0 * f32::from(mask.threshold);
    let is_border = |(x, y): &&(i32, i32)| {
        let [_, above, _, left, _, right, _, below, _] = mask.ink.around(*x, *y);
        above & left & right & below == 0
    };
    let all: Vec<&(i32, i32)> = mask.inked.iter().filter(is_border).collect();
    let step = all.len().div_ceil(MOST_EDGES).max(1);
    let total = all.len().max(1);
    let edges: Vec<Edge> = all
        .into_iter()
        .step_by(step)
        .filter_map(|(x, y)| {
            let (dx, dy, size) = gradient(mask, *x, *y);
            (size >= strong).then_some(Edge { x: *x as f32, y: *y as f32, dx: dx / size, dy: dy / size })
        })
        .collect();
    (edges, total.div_ceil(step) as f32 / total as f32)
}

/// Sobel's gradient of the redness, a quarter of its usual size, and its length.
pub(super) fn gradient(mask: &Mask<'_>, x: i32, y: i32) -> (f32, f32, f32) {
    let [a, b, c, d, _, f, g, h, i] = mask.red.around(x, y);
    let three = |one: u8, two: u8, three: u8| i16::from(one) + 2 * i16::from(two) + i16::from(three);
    let (dx, dy) = (f32::from(three(c, f, i) - three(a, d, g)), f32::from(three(g, h, i) - three(a, b, c)));
    (dx, dy, length(dx, dy).max(f32::MIN_POSITIVE))
}

fn circles(mask: &Mask<'_>, edges: &[Edge], share: f32, from: f32, to: f32) -> Vec<Circle> {
    let cell = if from < SMALL { CELL } else { 2.0 * CELL };
    let columns = mask.ink.width.div_ceil(cell as usize) + 1;
    let rows = mask.ink.height.div_ceil(cell as usize) + 1;
    let mut votes = vec![0u16; columns * rows];
    let steps = ((to - from) / cell).ceil() as usize;
    // Cells in 65536ths.
    let fixed = |cells: f32| (cells * 65_536.0) as i32;
    for edge in edges {
        for side in [1.0, -1.0] {
            let (dx, dy) = (side * edge.dx, side * edge.dy);
            let (mut x, mut y) = (fixed((edge.x + from * dx) / cell), fixed((edge.y + from * dy) / cell));
            for _ in 0..steps {
                let (column, row) = ((x >> 16) as usize, (y >> 16) as usize);
                if column < columns
                    && let Some(votes) = votes.get_mut(row.wrapping_mul(columns).wrapping_add(column))
                {
                    *votes = votes.saturating_add(1);
                }
                (x, y) = (x + fixed(dx), y + fixed(dy));
            }
        }
    }
    let middle = (from * to).sqrt();
    let sums = box_sums(votes, columns, (0.1 * middle / cell).round() as usize);
    let least = 1.2 * std::f32::consts::TAU * middle * share;
    let mut best: Vec<(u16, usize)> = sums.into_iter().zip(0..).filter(|(votes, _)| f32::from(*votes) > least).collect();
    best.sort_unstable_by(|one, other| other.cmp(one));
    let mut found: Vec<Circle> = Vec::new();
    for (_, at) in best {
        let (x, y) = ((at % columns) as f32 * cell + cell / 2.0, (at / columns) as f32 * cell + cell / 2.0);
        if found.iter().all(|known| length(known.x - x, known.y - y) > 0.6 * middle) {
            found.push(Circle { x, y, radius: radius(edges, x, y, from, to) });
            if found.len() == MOST {
                break;
            }
        }
    }
    found
}

/// Votes of each cell and of those as far as `reach` round it.
fn box_sums(votes: Vec<u16>, columns: usize, reach: usize) -> Vec<u16> {
    let mut across = votes.clone();
    for (line, sums) in votes.chunks_exact(columns).zip(across.chunks_exact_mut(columns)) {
        (1..=reach).for_each(|by| add_shifted(sums, line, by));
    }
    let mut sums = across.clone();
    (1..=reach).for_each(|by| add_shifted(&mut sums, &across, by * columns));
    sums
}

/// Adds to each what stands so many places before and behind it.
fn add_shifted(sums: &mut [u16], values: &[u16], by: usize) {
    let add = |(sum, value): (&mut u16, &u16)| *sum = sum.saturating_add(*value);
    sums.iter_mut().skip(by).zip(values).for_each(add);
    sums.iter_mut().zip(values.iter().skip(by)).for_each(add);
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
