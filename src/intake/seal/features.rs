//! What lies round an ellipse becomes numbers that tell a stamp from what is red otherwise.
//!
//! The picture is read in polar coordinates of the ellipse: rays from its middle, distances with the ellipse at 1.
//! What lies outside the picture is left out, so that a stamp cut by the edge is judged by what is there.

use super::conic::Ellipse;
use super::ellipse::turn;
use super::hough::gradient;
use super::mask::Mask;
use super::plane::nearest;

/// Rays.
const RAYS: usize = 96;
/// Distances: 0, 0.05 … 1.7.
const DISTANCES: usize = 35;
const STEP: f32 = 0.05;

/// How many numbers there are.
pub(super) const COUNT: usize = 19;

/// The numbers, in the order of [`NAMES`].
pub(super) type Features = [f32; COUNT];

/// What the numbers are called.
pub(super) const NAMES: [&str; COUNT] = [
    "cov", "vis", "out", "inner", "gap", "runs", "sect", "asp", "rad", "h4", "ringpk", "maxgap", "core", "fillmax", "align", "bg", "out2",
    "thick", "wobble",
];

/// The lesser of the shares of rays that have ink on the ellipse, and whose ink runs along it.
pub(super) fn on_ring(features: &Features) -> f32 {
    let [cover, .., aligned, _, _, _, _] = features;
    cover.min(*aligned)
}

/// One ray where it meets the ellipse.
#[derive(Debug, Clone, Copy, Default)]
struct Crossing {
    /// Whether it does so inside the picture.
    visible: bool,
    /// Whether there is ink.
    ink: bool,
    /// Ink along the ray round it, in parts of the ellipse.
    thick: f32,
    /// Where the ink ends outside.
    outermost: Option<f32>,
    /// Whether the ink's edge runs along the ellipse.
    aligned: bool,
}

/// The picture round the ellipse: none outside, else whether there is ink.
struct Polar(Vec<Option<bool>>);

impl Polar {
    fn new(mask: &Mask, ellipse: &Ellipse, least: u8) -> Self {
        let samples = turn(RAYS).flat_map(|ray| {
            (0..DISTANCES).map(move |at| {
                let (x, y) = pixel(ellipse, ray, at as f32 * STEP);
                mask.ink.holds(x, y).then(|| is_ink(mask, x, y, least))
            })
        });
        Polar(samples.collect())
    }

    /// The samples whose distance lies in the range, both ends included, ray by ray.
    fn rays(&self, from: f32, to: f32) -> impl Iterator<Item = &[Option<bool>]> {
        let (from, to) = ((from / STEP).round() as usize, (to / STEP).round() as usize);
        self.0.chunks_exact(DISTANCES).map(move |ray| ray.get(from..=to).unwrap_or_default())
    }

    /// The share of ink.
    fn density(&self, from: f32, to: f32) -> f32 {
        let samples: Vec<bool> = self.rays(from, to).flatten().flatten().copied().collect();
        share(samples.iter().filter(|ink| **ink).count(), samples.len())
    }

    /// The share of ink, each sample counting for its area.
    fn area_density(&self, to: f32) -> f32 {
        let (mut ink, mut all) = (0.0, 0.0);
        for ray in self.rays(0.0, to) {
            for (at, sample) in ray.iter().enumerate() {
                if let Some(is_ink) = sample {
                    all += at as f32;
                    ink += if *is_ink { at as f32 } else { 0.0 };
                }
            }
        }
        if all > 0.0 { ink / all } else { 0.0 }
    }

    /// Runs of ink along a circle.
    fn runs(&self, distance: f32) -> usize {
        let circle: Vec<bool> = self.rays(distance, distance).map(|ray| ray.first().copied().flatten().unwrap_or(false)).collect();
        let before = circle.iter().cycle().skip(circle.len().saturating_sub(1));
        circle.iter().zip(before).filter(|(here, before)| **here && !**before).count()
    }
}

fn pixel(ellipse: &Ellipse, ray: (f32, f32), distance: f32) -> (i32, i32) {
    let (x, y) = ellipse.point(ray, distance);
    (nearest(x), nearest(y))
}

fn is_ink(mask: &Mask, x: i32, y: i32, least: u8) -> bool {
    mask.ink.at(x, y) > 0 && mask.red.at(x, y) >= least
}

fn share(part: usize, whole: usize) -> f32 {
    if whole == 0 { 0.0 } else { part as f32 / whole as f32 }
}

/// The numbers; none where too little of the ring is there to speak of one.
pub(super) fn of(mask: &Mask, ellipse: &Ellipse) -> Option<Features> {
    let radius = (ellipse.long * ellipse.short).sqrt();
    let band = (1.3 / radius).max(0.045);
    let least = local_threshold(mask, ellipse, band, radius);
    let crossings: Vec<Crossing> = turn(RAYS).map(|ray| crossing(mask, ellipse, ray, (band, radius, least))).collect();
    let visible: Vec<&Crossing> = crossings.iter().filter(|crossing| crossing.visible).collect();
    let cover = share(visible.iter().filter(|crossing| crossing.ink).count(), visible.len());
    if cover <= 0.35 || visible.len() < RAYS / 4 {
        return None;
    }
    let seen = share(visible.len(), RAYS);
    let polar = Polar::new(mask, ellipse, least);
    let gaps = polar.rays(0.8, 0.95).filter(|ray| ray.contains(&Some(false))).count();
    let runs: usize = [0.6, 0.65, 0.7, 0.75, 0.8].map(|distance| polar.runs(distance)).iter().sum();
    let circles = (8..=18).map(|at| polar.density(at as f32 * STEP, at as f32 * STEP));
    let thick: f32 = visible.iter().map(|crossing| crossing.thick).sum();
    let long_side = mask.ink.width.max(mask.ink.height) as f32;
    Some([
        cover,
        seen,
        polar.density(1.15, 1.35),
        polar.area_density(0.8),
        share(gaps, RAYS),
        runs as f32 / 5.0 / seen,
        share(sectors(&polar), 16),
        ellipse.short / ellipse.long,
        radius / long_side,
        fourth_harmonic(&crossings),
        cover - polar.density(1.1, 1.2),
        longest_gap(&crossings),
        polar.density(0.0, 0.35),
        circles.fold(0.0, f32::max),
        share(visible.iter().filter(|crossing| crossing.aligned).count(), visible.len()),
        background(mask, ellipse),
        polar.density(1.2, 1.7),
        thick / visible.len() as f32,
        wobble(&crossings),
    ])
}

/// Half of what the ring's ink is like: this parts ring and letters where ink is thick or blurred.
fn local_threshold(mask: &Mask, ellipse: &Ellipse, band: f32, radius: f32) -> u8 {
    let steps = (2.0 * band * radius).ceil().max(2.0) as usize;
    let mut most: Vec<u8> = turn(RAYS)
        .filter_map(|ray| {
            let along = (0..=steps).map(|step| pixel(ellipse, ray, 1.0 - band + 2.0 * band * step as f32 / steps as f32));
            along.filter(|(x, y)| mask.ink.at(*x, *y) > 0).map(|(x, y)| mask.red.at(x, y)).max()
        })
        .collect();
    most.sort_unstable();
    mask.threshold.max(most.get(most.len() / 2).copied().unwrap_or(0) / 2)
}

fn crossing(mask: &Mask, ellipse: &Ellipse, ray: (f32, f32), (band, radius, least): (f32, f32, u8)) -> Crossing {
    let (x, y) = pixel(ellipse, ray, 1.0);
    if !mask.ink.holds(x, y) {
        return Crossing::default();
    }
    let step = (1.0 / radius).min(0.02);
    let reach = (0.2 / step) as i32;
    let mut out = Crossing { visible: true, ..Crossing::default() };
    let mut strongest = 0.0;
    for at in -reach..=reach {
        let distance = 1.0 + at as f32 * step;
        let (x, y) = pixel(ellipse, ray, distance);
        let near = (distance - 1.0).abs();
        if is_ink(mask, x, y, least) {
            out.ink |= near <= band;
            out.thick += step;
            if near <= 0.12 {
                out.outermost = Some(distance);
            }
        }
        if near <= band + 1.5 / radius {
            let (dx, dy, size) = gradient(mask, x, y);
            if size > strongest {
                strongest = size;
                let (nx, ny) = ellipse.normal(x as f32, y as f32);
                out.aligned = size >= 2.0 * f32::from(mask.threshold) && (dx * nx + dy * ny).abs() > 0.88 * size;
            }
        }
    }
    out
}

/// Of 16 sectors, those with ink where a stamp has its letters.
fn sectors(polar: &Polar) -> usize {
    let inked: Vec<bool> = polar.rays(0.55, 0.85).map(|ray| ray.contains(&Some(true))).collect();
    inked.chunks(RAYS / 16).filter(|sector| sector.contains(&true)).count()
}

/// How square the outline is: the size of its fourth harmonic.
fn fourth_harmonic(crossings: &[Crossing]) -> f32 {
    let (mut re, mut im) = (0.0, 0.0);
    for (crossing, at) in crossings.iter().zip(0..) {
        let turned = at as f32 / RAYS as f32 * std::f32::consts::TAU * 4.0;
        let radius = crossing.outermost.unwrap_or(1.0) - 1.0;
        re += radius * turned.cos();
        im += radius * turned.sin();
    }
    re.hypot(im) * 2.0 / RAYS as f32
}

/// How far the outline strays from the ellipse: a hand wobbles, a stamp doesn't.
fn wobble(crossings: &[Crossing]) -> f32 {
    let outline: Vec<f32> = crossings.iter().filter_map(|crossing| crossing.outermost).collect();
    let count = outline.len().max(1) as f32;
    let mean = outline.iter().sum::<f32>() / count;
    (outline.iter().map(|radius| (radius - mean).powi(2)).sum::<f32>() / count).sqrt()
}

/// The longest run of rays without ink on the ellipse, as a share.
fn longest_gap(crossings: &[Crossing]) -> f32 {
    let (mut longest, mut here) = (0usize, 0usize);
    for crossing in crossings.iter().chain(crossings) {
        here = if crossing.visible && !crossing.ink { here + 1 } else { 0 };
        longest = longest.max(here);
    }
    share(longest.min(RAYS), RAYS)
}

/// How colourful it is round the ink: paper is not.
fn background(mask: &Mask, ellipse: &Ellipse) -> f32 {
    let (mut sum, mut count) = (0u32, 0u32);
    for ray in turn(RAYS / 2) {
        for at in 12..=30 {
            let (x, y) = pixel(ellipse, ray, at as f32 * STEP);
            if mask.ink.holds(x, y) && mask.ink.at(x, y) == 0 {
                sum += u32::from(mask.chroma.at(x, y));
                count += 1;
            }
        }
    }
    sum as f32 / count.max(1) as f32
}
