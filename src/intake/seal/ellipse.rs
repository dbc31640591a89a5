//! A candidate's outermost ink becomes the ellipse that most of it lies on (RANSAC), or none.

use super::conic::{Ellipse, fit};
use super::mask::Mask;
use super::plane::{length, nearest};

/// Rays from the middle.
const RAYS: usize = 96;
/// Marks of ink on each ray, from outside.
const MARKS: usize = 3;
/// Ellipses tried.
const TRIALS: usize = 70;

/// Where a stamp may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Guess {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) half_width: f32,
    pub(super) half_height: f32,
    /// How far inside and outside the ring is looked for, in parts of the guess.
    pub(super) window: (f32, f32),
}

/// Angles that share a turn evenly.
pub(super) fn turn(rays: usize) -> impl Iterator<Item = (f32, f32)> {
    (0..rays).map(move |ray| {
        let (sin, cos) = (ray as f32 / rays as f32 * std::f32::consts::TAU).sin_cos();
        (cos, sin)
    })
}

/// Finds the ellipse; the guess itself is one of those tried.
pub(super) fn find(mask: &Mask, guess: Guess) -> Option<Ellipse> {
    let rays = marks(mask, guess);
    let filled: Vec<&Vec<(f32, f32)>> = rays.iter().filter(|marks| !marks.is_empty()).collect();
    if filled.len() < RAYS / 3 {
        return None;
    }
    let size = guess.half_width.max(guess.half_height);
    let mut best = Ellipse::upright(guess.x, guess.y, guess.half_width, guess.half_height)
        .map(|ellipse| (1.15 * support(&ellipse, &rays, size), ellipse));
    let mut chance = Chance(0x9E37_79B9_7F4A_7C15);
    for _ in 0..TRIALS {
        // One ray of each fifth, so that the points lie round the ring.
        let points: Vec<(f32, f32)> = (0..5)
            .filter_map(|fifth| {
                let share = filled.len() / 5;
                let marks = filled.get(fifth * share + chance.below(share.max(1)))?;
                marks.get(chance.below(marks.len())).copied()
            })
            .collect();
        let Some(ellipse) = fit(&points, guess.x, guess.y, size).filter(|ellipse| is_near(ellipse, guess, size)) else { continue };
        let score = support(&ellipse, &rays, size);
        if best.as_ref().is_none_or(|(known, _)| score > *known) {
            best = Some((score, ellipse));
        }
    }
    let (_, mut ellipse) = best?;
    for _ in 0..2 {
        let near: Vec<(f32, f32)> = rays.iter().filter_map(|marks| inlier(&ellipse, marks)).collect();
        match fit(&near, ellipse.x, ellipse.y, ellipse.long).filter(|better| is_near(better, guess, size)) {
            Some(better) if near.len() >= RAYS / 3 && better.short > 0.8 * ellipse.short => ellipse = better,
            _ => break,
        }
    }
    let (half_width, half_height) = ellipse.half_box();
    (ellipse.short >= 7.0 && half_width.max(half_height) >= 11.0).then_some(ellipse)
}

/// The first ink on each ray, from outside inwards.
fn marks(mask: &Mask, guess: Guess) -> Vec<Vec<(f32, f32)>> {
    let size = guess.half_width.max(guess.half_height).max(1.0);
    let steps = ((guess.window.1 - guess.window.0) * size) as usize;
    turn(RAYS)
        .map(|(cos, sin)| {
            let mut marks = Vec::new();
            let mut was_ink = false;
            for step in 0..steps {
                let part = guess.window.1 - step as f32 / size;
                let (x, y) = (guess.x + part * guess.half_width * cos, guess.y + part * guess.half_height * sin);
                let is_ink = mask.ink.at(nearest(x), nearest(y)) > 0;
                if is_ink && !was_ink {
                    marks.push((x, y));
                    if marks.len() == MARKS {
                        break;
                    }
                }
                was_ink = is_ink;
            }
            marks
        })
        .collect()
}

fn is_near(ellipse: &Ellipse, guess: Guess, size: f32) -> bool {
    ellipse.short >= 0.5 * ellipse.long
        && ellipse.long <= 1.6 * size
        && ellipse.long >= 0.3 * size
        && length(ellipse.x - guess.x, ellipse.y - guess.y) < 0.7 * size
}

fn tolerance(ellipse: &Ellipse) -> f32 {
    (1.5 / ellipse.short.max(1.0)).max(0.035)
}

/// The rays that have ink on the ellipse; large and round ones count a little more.
fn support(ellipse: &Ellipse, rays: &[Vec<(f32, f32)>], size: f32) -> f32 {
    let on = rays.iter().filter(|marks| inlier(ellipse, marks).is_some()).count() as f32;
    on * (1.0 + 0.15 * ellipse.short / size) * (0.8 + 0.2 * ellipse.short / ellipse.long)
}

fn inlier(ellipse: &Ellipse, marks: &[(f32, f32)]) -> Option<(f32, f32)> {
    let most = tolerance(ellipse);
    marks.iter().find(|(x, y)| (ellipse.distance(*x, *y) - 1.0).abs() < most).copied()
}

/// Numbers that look like chance and are always the same (xorshift64*).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        (high as usize) % end.max(1)
    }
}
