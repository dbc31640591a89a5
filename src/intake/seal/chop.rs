//! A square red stamp (a chop): a person's or an artist's, and no unit's official seal.

use super::components::Component;
use super::mask::Mask;

/// Bins along each side.
const BINS: usize = 24;
/// Components looked at.
const MOST: usize = 8;

/// The boxes of the square stamps.
pub(super) fn find(mask: &Mask<'_>) -> Vec<Component> {
    let [fine, _, coarse] = &mask.components;
    let mut found: Vec<Component> = [fine, coarse].into_iter().flat_map(|all| all.iter().take(MOST)).copied().collect();
    found.retain(|component| component.width().min(component.height()) >= 20 && is_square(mask, component));
    found
}

/// Whether the ink fills a rectangle's border.
fn is_square(mask: &Mask<'_>, component: &Component) -> bool {
    let points = points(mask, component);
    // What lies outermost in its line: no box's side touches anything else.
    let lines = points.chunk_by(|(_, one), (_, other)| one == other);
    let outline: Vec<(f32, f32)> = lines.flat_map(|line| line.first().into_iter().chain(line.last())).copied().collect();
    let angles = (0..30).map(|step| (step as f32 * 3.0).to_radians().sin_cos());
    let smallest = angles.map(|(sin, cos)| Box::round(&outline, sin, cos)).min_by(|one, other| one.area().total_cmp(&other.area()));
    let Some(frame) = smallest else { return false };
    let (long, short) = (frame.width().max(frame.height()), frame.width().min(frame.height()));
    let density = component.ink as f32 / frame.area().max(1.0);
    if short < 20.0 || long > 2.0 * short || !(0.2..=0.97).contains(&density) {
        return false;
    }
    let sides = frame.sides(&points, 0.06 * short + 1.0);
    sides.iter().all(|side| *side >= 0.7) && sides.iter().sum::<f32>() >= 4.0 * 0.85
}

/// The ink of a component, thinned out.
fn points(mask: &Mask<'_>, component: &Component) -> Vec<(f32, f32)> {
    let step = (component.width().max(component.height()) / 80).max(1) as usize;
    let rows = (component.top..=component.bottom).step_by(step);
    rows.flat_map(|y| (component.left..=component.right).step_by(step).map(move |x| (x, y)))
        .filter(|(x, y)| mask.ink.at(*x, *y) > 0)
        .map(|(x, y)| (x as f32, y as f32))
        .collect()
}

/// A turned rectangle round points.
struct Box {
    sin: f32,
    cos: f32,
    x: (f32, f32),
    y: (f32, f32),
}

impl Box {
    fn round(points: &[(f32, f32)], sin: f32, cos: f32) -> Self {
        let mut frame = Box { sin, cos, x: (f32::MAX, f32::MIN), y: (f32::MAX, f32::MIN) };
        for point in points {
            let (x, y) = frame.turned(*point);
            frame.x = (frame.x.0.min(x), frame.x.1.max(x));
            frame.y = (frame.y.0.min(y), frame.y.1.max(y));
        }
        frame
    }

    fn turned(&self, (x, y): (f32, f32)) -> (f32, f32) {
        (x * self.cos + y * self.sin, y * self.cos - x * self.sin)
    }

    fn width(&self) -> f32 {
        self.x.1 - self.x.0
    }

    fn height(&self) -> f32 {
        self.y.1 - self.y.0
    }

    fn area(&self) -> f32 {
        self.width() * self.height()
    }

    /// For each side, the share of its length that ink touches.
    fn sides(&self, points: &[(f32, f32)], near: f32) -> [f32; 4] {
        let mut touched = [[false; BINS]; 4];
        let bin = |value: f32, (from, to): (f32, f32)| (((value - from) / (to - from).max(1.0) * BINS as f32) as usize).min(BINS - 1);
        for point in points {
            let (x, y) = self.turned(*point);
            let (across, down) = (bin(x, self.x), bin(y, self.y));
            let sides = [(x - self.x.0, down), (self.x.1 - x, down), (y - self.y.0, across), (self.y.1 - y, across)];
            for (bins, (distance, at)) in touched.iter_mut().zip(sides) {
                if distance <= near
                    && let Some(bin) = bins.get_mut(at)
                {
                    *bin = true;
                }
            }
        }
        touched.map(|bins| bins.iter().filter(|touched| **touched).count() as f32 / BINS as f32)
    }
}
