//! A candidate's outermost ink becomes the ellipse that most of it lies on (RANSAC), or none.

use super::conic::{Ellipse, fit};
use super::mask::Mask;
use super::plane::length;
use std::sync::LazyLock;

/// Rays from the middle.
pub(super) const RAYS: usize = 96;
/// Marks of ink on each ray, from outside.
const MARKS: usize = 3;
/// Ellipses tried.
const TRIALS: usize = 70;
/// Of which so many tell whether there is one at all: if none of them has ink on a third of the rays, there is none.
const ENOUGH: usize = 24;
const LEAST_SUPPORT: f32 = RAYS as f32 * 0.35;

/// Steps from the middle to the guess: one a pixel, but of a large ellipse, whose ring is wide.
const MOST_STEPS: f32 = 150.0;

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

/// Cosine and sine of the angles that share a turn evenly among the rays.
pub(super) fn turn() -> &'static [(f32, f32); RAYS] {
    static TURN: LazyLock<[(f32, f32); RAYS]> = LazyLock::new(|| {
        std::array::from_fn(|ray| {
            let (sin, cos) = (ray as f32 / RAYS as f32 * std::f32::consts::TAU).sin_cos();
            (cos, sin)
        })
    });
    &TURN
}

/// The first ink on a ray, from outside inwards.
#[derive(Debug, Clone, Copy, Default)]
struct Marks {
    all: [(f32, f32); MARKS],
    count: usize,
}

impl Marks {
    fn get(&self) -> &[(f32, f32)] {
        self.all.get(..self.count).unwrap_or_default()
    }
}

/// Finds the ellipse; the guess itself is one of those tried.
pub(super) fn find(mask: &Mask<'_>, guess: Guess) -> Option<Ellipse> {
    let rays: Vec<Marks> = turn().iter().map(|ray| marks(mask, guess, *ray)).filter(|marks| marks.count > 0).collect();
    if rays.len() < RAYS / 3 {
        return None;
    }
    let size = guess.half_width.max(guess.half_height);
    let mut best = Ellipse::upright(guess.x, guess.y, guess.half_width, guess.half_height)
        .and_then(|ellipse| Some((1.15 * support(&ellipse, &rays, size, 0.0)?, ellipse)));
    let mut chance = Chance(0x9E37_79B9_7F4A_7C15);
    let share = rays.len() / 5;
    for trial in 0..TRIALS {
        if trial == ENOUGH && best.as_ref().is_none_or(|(known, _)| *known < LEAST_SUPPORT) {
            return None;
        }
        // One ray of each fifth, so that the points lie round the ring.
        let mut points = [(0.0, 0.0); 5];
        for (fifth, point) in points.iter_mut().enumerate() {
            let marks = rays.get(fifth * share + chance.below(share)).map_or(&[][..], Marks::get);
            *point = marks.get(chance.below(marks.len())).copied().unwrap_or_default();
        }
        let Some(ellipse) = fit(&points, guess.x, guess.y, size).filter(|ellipse| is_near(ellipse, guess, size)) else { continue };
        let known = best.as_ref().map_or(0.0, |(known, _)| *known);
        if let Some(score) = support(&ellipse, &rays, size, known) {
            best = Some((score, ellipse));
        }
    }
    let (_, mut ellipse) = best?;
    for _ in 0..2 {
        let band = tolerance(&ellipse);
        let near: Vec<(f32, f32)> = rays.iter().filter_map(|marks| inlier(&ellipse, &band, marks)).collect();
        match fit(&near, ellipse.x, ellipse.y, ellipse.long).filter(|better| is_near(better, guess, size)) {
            Some(better) if near.len() >= RAYS / 3 && better.short > 0.8 * ellipse.short => ellipse = better,
            _ => break,
        }
    }
    let (half_width, half_height) = ellipse.half_box();
    (ellipse.short >= 7.0 && half_width.max(half_height) >= 11.0).then_some(ellipse)
}

fn marks(mask: &Mask<'_>, guess: Guess, (cos, sin): (f32, f32)) -> Marks {
    let steps = guess.half_width.max(guess.half_height).clamp(1.0, MOST_STEPS);
    let (dx, dy) = (guess.half_width * cos / steps, guess.half_height * sin / steps);
    let (from, to) = ((guess.window.1 * steps) as i32, (guess.window.0 * steps) as i32);
    let fixed = |pixels: f32| (pixels * 65_536.0) as i32;
    let (mut x, mut y) = (fixed(guess.x + from as f32 * dx + 0.5), fixed(guess.y + from as f32 * dy + 0.5));
    let (step_x, step_y) = (fixed(dx), fixed(dy));
    let mut marks = Marks::default();
    let mut was_ink = false;
    for step in (to + 1..=from).rev() {
        let is_ink = mask.ink.at(x >> 16, y >> 16) > 0;
        if is_ink && !was_ink {
            let Some(mark) = marks.all.get_mut(marks.count) else { break };
            *mark = (guess.x + step as f32 * dx, guess.y + step as f32 * dy);
            marks.count += 1;
        }
        was_ink = is_ink;
        (x, y) = (x - step_x, y - step_y);
    }
    marks
}

fn is_near(ellipse: &Ellipse, guess: Guess, size: f32) -> bool {
    ellipse.short >= 0.5 * ellipse.long
        && ellipse.long <= 1.6 * size
        && ellipse.long >= 0.3 * size
        && length(ellipse.x - guess.x, ellipse.y - guess.y) < 0.7 * size
}

/// The squares of the distances that count as on the ellipse.
fn tolerance(ellipse: &Ellipse) -> std::ops::Range<f32> {
    let most = (1.5 / ellipse.short.max(1.0)).max(0.035);
    (1.0 - most).powi(2)..(1.0 + most).powi(2)
}

/// The rays that have ink on the ellipse; large and round ones count a little more. None where that is no more than `least`.
fn support(ellipse: &Ellipse, rays: &[Marks], size: f32, least: f32) -> Option<f32> {
    let weight = (1.0 + 0.15 * ellipse.short / size) * (0.8 + 0.2 * ellipse.short / ellipse.long);
    let band = tolerance(ellipse);
    let mut on = rays.len();
    for marks in rays {
        if inlier(ellipse, &band, marks).is_none() {
            on -= 1;
            if on as f32 * weight <= least {
                return None;
            }
        }
    }
    Some(on as f32 * weight)
}

fn inlier(ellipse: &Ellipse, band: &std::ops::Range<f32>, marks: &Marks) -> Option<(f32, f32)> {
    marks.get().iter().find(|(x, y)| band.contains(&ellipse.square(*x, *y))).copied()
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
