//! What lies round an ellipse becomes numbers that tell a stamp from what is red otherwise.
//!
//! The picture is read in polar coordinates of the ellipse: rays from its middle, distances with the ellipse at 1.
//! What lies outside the picture is left out, so that a stamp cut by the edge is judged by what is there.

use super::conic::Ellipse;
use super::ellipse::{RAYS, turn};
use super::hough::gradient;
use super::mask::Mask;
use super::plane::nearest;

/// Distances: 0, 0.05 … 1.7.
const DISTANCES: usize = 35;
const STEP: f32 = 0.05;

/// How many numbers there are.
pub(super) const COUNT: usize = 27;

/// The numbers, in the order of [`NAMES`].
pub(super) type Features = [f32; COUNT];

/// What the numbers are called.
pub(super) const NAMES: [&str; COUNT] = [
    "cov", "vis", "out", "inner", "gap", "runs", "sect", "asp", "rad", "h4", "ringpk", "maxgap", "core", "fillmax", "align", "bg", "out2",
    "thick", "wobble", "uneven", "patchy", "stroke", "spokes", "changes", "arc", "five", "same",
];

/// The lesser of the shares of rays that have ink on the ellipse, and whose ink runs along it.
pub(super) fn on_ring(features: &Features) -> f32 {
    let [cover, ..] = features;
    let [_, _, _, _, _, _, _, _, _, _, _, _, _, _, aligned, ..] = features;
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

/// Of a picture round the ellipse, whether there is ink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sample {
    Bare,
    Ink,
    /// Not in the picture.
    Outside,
}

/// The picture round the ellipse.
struct Polar(Vec<[Sample; DISTANCES]>);

impl Polar {
    fn new(mask: &Mask<'_>, ellipse: &Ellipse, least: u8) -> Self {
        let sample = |ray: (f32, f32), at: usize| match pixel(ellipse, ray, at as f32 * STEP) {
            (x, y) if !mask.ink.holds(x, y) => Sample::Outside,
            (x, y) if is_ink(mask, x, y, least) => Sample::Ink,
            _ => Sample::Bare,
        };
        Polar(turn().iter().map(|ray| std::array::from_fn(|at| sample(*ray, at))).collect())
    }

    /// The samples whose distance lies in the range, both ends included, ray by ray.
    fn rays(&self, from: f32, to: f32) -> impl Iterator<Item = &[Sample]> {
        let (from, to) = ((from / STEP).round() as usize, (to / STEP).round() as usize);
        self.0.iter().map(move |ray| ray.get(from..=to).unwrap_or_default())
    }

    /// The share of ink.
    fn density(&self, from: f32, to: f32) -> f32 {
        let (mut ink, mut all) = (0, 0);
        for sample in self.rays(from, to).flatten() {
            ink += usize::from(*sample == Sample::Ink);
            all += usize::from(*sample != Sample::Outside);
        }
        share(ink, all)
    }

    /// The share of ink, each sample counting for its area.
    fn area_density(&self, to: f32) -> f32 {
        let (mut ink, mut all) = (0, 0);
        for ray in self.rays(0.0, to) {
            for (at, sample) in ray.iter().enumerate() {
                all += if *sample == Sample::Outside { 0 } else { at };
                ink += if *sample == Sample::Ink { at } else { 0 };
            }
        }
        share(ink, all)
    }

    /// Whether there is ink along a circle.
    fn circle(&self, distance: f32) -> Vec<bool> {
        self.rays(distance, distance).map(|ray| ray.contains(&Sample::Ink)).collect()
    }

    /// Runs of ink along a circle.
    fn runs(&self, distance: f32) -> usize {
        let circle = self.circle(distance);
        let before = circle.iter().cycle().skip(circle.len().saturating_sub(1));
        circle.iter().zip(before).filter(|(here, before)| **here && !**before).count()
    }

    /// The longest run of ink along any circle between the ring and the middle, as a share: letters have none.
    fn longest_arc(&self) -> f32 {
        (6..=17).map(|at| longest_run(&self.circle(at as f32 * STEP))).fold(0.0, f32::max)
    }

    /// How unevenly ink is shared out among 24 sectors where a stamp has its letters: the deviation in parts of the mean.
    fn patchiness(&self) -> f32 {
        let ink: Vec<f32> = self.rays(0.55, 0.85).map(|ray| ray.iter().filter(|sample| **sample == Sample::Ink).count() as f32).collect();
        deviation(&ink.chunks(RAYS / 24).map(|sector| sector.iter().sum()).collect::<Vec<f32>>())
    }

    /// The share of rays that are ink all the way between the middle and the letters.
    fn spokes(&self) -> f32 {
        let ray = |ray: &&[Sample]| ray.iter().filter(|sample| **sample == Sample::Ink).count() * 5 >= ray.len() * 4;
        share(self.rays(0.3, 0.8).filter(ray).count(), RAYS)
    }

    /// How often a ray passes into ink or out of it inside the ring.
    fn changes(&self) -> f32 {
        let changes = |ray: &[Sample]| ray.array_windows().filter(|[one, other]| (*one == Sample::Ink) != (*other == Sample::Ink)).count();
        share(self.rays(0.15, 0.9).map(changes).sum(), RAYS)
    }

    /// How much the ink of the middle has five points: its fifth harmonic.
    fn five_points(&self) -> f32 {
        let ink = self.rays(0.1, 0.4).map(|ray| ray.iter().filter(|sample| **sample == Sample::Ink).count() as f32);
        let ink: Vec<f32> = ink.collect();
        harmonic(&ink, 5.0) / ink.iter().sum::<f32>().max(1.0)
    }
}

fn pixel(ellipse: &Ellipse, ray: (f32, f32), distance: f32) -> (i32, i32) {
    let (x, y) = ellipse.point(ray, distance);
    (nearest(x), nearest(y))
}

fn is_ink(mask: &Mask<'_>, x: i32, y: i32, least: u8) -> bool {
    mask.ink.at(x, y) > 0 && mask.red.at(x, y) >= least
}

fn share(part: usize, whole: usize) -> f32 {
    if whole == 0 { 0.0 } else { part as f32 / whole as f32 }
}

/// The edge of a stamp's ring runs along the ellipse on more rays than this: no candidate that was measured with less ever scored
/// as one, and they are half of all.
const LEAST_ALIGNED: f32 = 0.4;

/// The numbers; none where too little of the ring is there to speak of one.
pub(super) fn of(mask: &Mask<'_>, ellipse: &Ellipse) -> Option<Features> {
    let radius = (ellipse.long * ellipse.short).sqrt();
    let band = (1.3 / radius).max(0.045);
    let least = local_threshold(mask, ellipse, band, radius);
    let crossings = |step: usize| -> Vec<Crossing> {
        turn().iter().step_by(step).map(|ray| crossing(mask, ellipse, *ray, (band, radius, least))).collect()
    };
    if aligned(&crossings(3)) < LEAST_ALIGNED / 2.0 {
        return None;
    }
    let crossings = crossings(1);
    let aligned = aligned(&crossings);
    let visible: Vec<&Crossing> = crossings.iter().filter(|crossing| crossing.visible).collect();
    let cover = share(visible.iter().filter(|crossing| crossing.ink).count(), visible.len());
    if cover <= 0.35 || aligned < LEAST_ALIGNED || visible.len() < RAYS / 4 {
        return None;
    }
    let seen = share(visible.len(), RAYS);
    let polar = Polar::new(mask, ellipse, least);
    let gaps = polar.rays(0.8, 0.95).filter(|ray| ray.contains(&Sample::Bare)).count();
    let runs: usize = [0.6, 0.65, 0.7, 0.75, 0.8].map(|distance| polar.runs(distance)).iter().sum();
    let circles = (8..=18).map(|at| polar.density(at as f32 * STEP, at as f32 * STEP));
    let thick: f32 = visible.iter().map(|crossing| crossing.thick).sum();
    let ring: Vec<f32> = visible.iter().filter(|crossing| crossing.ink).map(|crossing| crossing.thick).collect();
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
        aligned,
        background(mask, ellipse),
        polar.density(1.2, 1.7),
        thick / visible.len() as f32,
        wobble(&crossings),
        deviation(&ring),
        polar.patchiness(),
        polar.density(0.6, 0.8) * RAYS as f32 * 5.0 / runs.max(1) as f32,
        polar.spokes(),
        polar.changes(),
        polar.longest_arc(),
        polar.five_points(),
        sameness(mask, ellipse, least),
    ])
}

/// Half of what the ring's ink is like: this parts ring and letters where ink is thick or blurred.
fn local_threshold(mask: &Mask<'_>, ellipse: &Ellipse, band: f32, radius: f32) -> u8 {
    let steps = (2.0 * band * radius).ceil().max(2.0) as usize;
    let mut most: Vec<u8> = turn()
        .iter()
        .filter_map(|ray| {
            let along = (0..=steps).map(|step| pixel(ellipse, *ray, 1.0 - band + 2.0 * band * step as f32 / steps as f32));
            along.filter(|(x, y)| mask.ink.at(*x, *y) > 0).map(|(x, y)| mask.red.at(x, y)).max()
        })
        .collect();
    most.sort_unstable();
    mask.threshold.max(most.get(most.len() / 2).copied().unwrap_or(0) / 2)
}

fn crossing(mask: &Mask<'_>, ellipse: &Ellipse, ray: (f32, f32), (band, radius, least): (f32, f32, u8)) -> Crossing {
    let (x, y) = pixel(ellipse, ray, 1.0);
    if !mask.ink.holds(x, y) {
        return Crossing::default();
    }
    let step = (1.0 / radius).clamp(0.008, 0.02);
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

/// The share of what can be seen that runs along the ellipse.
fn aligned(crossings: &[Crossing]) -> f32 {
    let count = |is: fn(&Crossing) -> bool| crossings.iter().filter(|crossing| is(crossing)).count();
    share(count(|crossing| crossing.aligned), count(|crossing| crossing.visible))
}

/// Of 16 sectors, those with ink where a stamp has its letters.
fn sectors(polar: &Polar) -> usize {
    let inked: Vec<bool> = polar.rays(0.55, 0.85).map(|ray| ray.contains(&Sample::Ink)).collect();
    inked.chunks(RAYS / 16).filter(|sector| sector.contains(&true)).count()
}

/// How square the outline is.
fn fourth_harmonic(crossings: &[Crossing]) -> f32 {
    let outline: Vec<f32> = crossings.iter().map(|crossing| crossing.outermost.unwrap_or(1.0) - 1.0).collect();
    harmonic(&outline, 4.0) * 2.0 / RAYS as f32
}

/// The size of a harmonic of what is given for each ray.
fn harmonic(values: &[f32], times: f32) -> f32 {
    let (mut re, mut im) = (0.0, 0.0);
    for (value, at) in values.iter().zip(0u16..) {
        let (sin, cos) = (f32::from(at) / RAYS as f32 * std::f32::consts::TAU * times).sin_cos();
        re += value * cos;
        im += value * sin;
    }
    re.hypot(im)
}

/// The standard deviation in parts of the mean.
fn deviation(values: &[f32]) -> f32 {
    let count = values.len().max(1) as f32;
    let mean = values.iter().sum::<f32>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / count;
    if mean > 0.0 { variance.sqrt() / mean } else { 0.0 }
}

/// The longest run along a circle, as a share of it.
fn longest_run(circle: &[bool]) -> f32 {
    let (mut longest, mut here) = (0, 0);
    for is in circle.iter().chain(circle) {
        here = if *is { here + 1 } else { 0 };
        longest = longest.max(here);
    }
    share(longest.min(circle.len()), circle.len())
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
    longest_run(&crossings.iter().map(|crossing| crossing.visible && !crossing.ink).collect::<Vec<bool>>())
}

/// How red the ink inside is, the ring's being 1: a stamp is of one ink.
fn sameness(mask: &Mask<'_>, ellipse: &Ellipse, least: u8) -> f32 {
    let mean = |places: std::ops::RangeInclusive<u8>| {
        let (mut sum, mut count) = (0u32, 0u32);
        for ray in turn() {
            for at in places.clone() {
                let (x, y) = pixel(ellipse, *ray, f32::from(at) * STEP);
                if is_ink(mask, x, y, least) {
                    sum += u32::from(mask.red.at(x, y));
                    count += 1;
                }
            }
        }
        sum as f32 / count.max(1) as f32
    };
    mean(4..=17) / mean(19..=21).max(1.0)
}

/// How colourful it is round the ink: paper is not.
fn background(mask: &Mask<'_>, ellipse: &Ellipse) -> f32 {
    let (mut sum, mut count) = (0u32, 0u32);
    for ray in turn().iter().step_by(2) {
        for at in 12..=30 {
            let (x, y) = pixel(ellipse, *ray, at as f32 * STEP);
            if mask.ink.holds(x, y) && mask.ink.at(x, y) == 0 {
                sum += u32::from(mask.chroma.at(x, y));
                count += 1;
            }
        }
    }
    sum as f32 / count.max(1) as f32
}
