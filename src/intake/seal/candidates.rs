//! Everything in a picture that may be a stamp, with its ellipse, its numbers and its score.

use super::components::Component;
use super::conic::Ellipse;
use super::ellipse::{self, Guess};
use super::features::{self, Features};
use super::hough;
use super::mask::Mask;
use super::score::score;

/// Pixels that could be decoded in the time that one candidate takes.
const WORK: usize = 200_000;

/// Where a stamp may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Candidate {
    pub(super) ellipse: Ellipse,
    pub(super) features: Features,
    pub(super) score: f32,
}

impl Candidate {
    /// Whether there is ink on nearly all of the ellipse, and its edge runs along it: no square does that.
    pub(super) fn is_ring(&self) -> bool {
        features::on_ring(&self.features) > 0.85
    }
}

/// Ink that lies together, seen through several grids; as far as there is room.
pub(super) fn of_components(mask: &Mask<'_>, room: &mut usize) -> Vec<Candidate> {
    let mut boxes: Vec<&Component> = Vec::new();
    for component in mask.components.iter().flatten() {
        if !boxes.iter().any(|known| is_alike(known, component)) {
            boxes.push(component);
        }
    }
    let guess = |found: &Component| Guess {
        x: (found.left + found.right) as f32 / 2.0,
        y: (found.top + found.bottom) as f32 / 2.0,
        half_width: found.width() as f32 / 2.0,
        half_height: found.height() as f32 / 2.0,
        window: (0.35, 1.15),
    };
    boxes.into_iter().filter_map(|found| candidate(mask, guess(found), room)).collect()
}

/// Edges that look at one point; as far as there is room.
pub(super) fn of_circles(mask: &Mask<'_>, room: &mut usize) -> Vec<Candidate> {
    let guess = |circle: hough::Circle| Guess {
        x: circle.x,
        y: circle.y,
        half_width: circle.radius,
        half_height: circle.radius,
        window: (0.6, 1.4),
    };
    hough::find(mask).into_iter().filter_map(|circle| candidate(mask, guess(circle), room)).collect()
}

fn candidate(mask: &Mask<'_>, guess: Guess, room: &mut usize) -> Option<Candidate> {
    if *room == 0 || !mask.is_on_paper((guess.x, guess.y), (guess.half_width, guess.half_height)) {
        return None;
    }
    *room = room.saturating_sub(WORK);
    let ellipse = ellipse::find(mask, guess)?;
    let features = features::of(mask, &ellipse)?;
    Some(Candidate { ellipse, features, score: score(&features) })
}

fn is_alike(one: &Component, other: &Component) -> bool {
    let near = |one: i32, other: i32| (one - other).abs() <= 2;
    near(one.left, other.left) && near(one.top, other.top) && near(one.right, other.right) && near(one.bottom, other.bottom)
}
