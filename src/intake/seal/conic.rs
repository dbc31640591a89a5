//! Points become an ellipse: through five of them, or the nearest to many (least squares).

/// An ellipse as its middle and the matrix whose quadratic form is 1 on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ellipse {
    pub(super) x: f32,
    pub(super) y: f32,
    xx: f32,
    xy: f32,
    yy: f32,
    /// Half its long axis.
    pub(super) long: f32,
    /// Half its short axis.
    pub(super) short: f32,
    /// Where the long axis points.
    along: (f32, f32),
}

impl Ellipse {
    /// An upright one.
    pub(super) fn upright(x: f32, y: f32, half_width: f32, half_height: f32) -> Option<Ellipse> {
        Ellipse::new(x, y, half_width.powi(-2), 0.0, half_height.powi(-2))
    }

    fn new(x: f32, y: f32, xx: f32, xy: f32, yy: f32) -> Option<Ellipse> {
        let (half, spread) = ((xx + yy) / 2.0, ((xx - yy) / 2.0).hypot(xy));
        let (flat, steep) = (half - spread, half + spread);
        if !(flat > 0.0 && steep.is_finite() && x.is_finite() && y.is_finite()) {
            return None;
        }
        let angle = 0.5 * (2.0 * xy).atan2(xx - yy) + std::f32::consts::FRAC_PI_2;
        Some(Ellipse { x, y, xx, xy, yy, long: flat.sqrt().recip(), short: steep.sqrt().recip(), along: (angle.cos(), angle.sin()) })
    }

    /// The square of how far a point is from the middle, the ellipse being 1.
    #[inline]
    pub(super) fn square(&self, x: f32, y: f32) -> f32 {
        let (x, y) = (x - self.x, y - self.y);
        self.xx * x * x + 2.0 * self.xy * x * y + self.yy * y * y
    }

    /// The point at an angle and a distance, the ellipse being at 1.
    pub(super) fn point(&self, (cos, sin): (f32, f32), distance: f32) -> (f32, f32) {
        let (long, short) = (distance * self.long * cos, distance * self.short * sin);
        (self.x + long * self.along.0 - short * self.along.1, self.y + long * self.along.1 + short * self.along.0)
    }

    /// The direction across the ellipse at a point.
    pub(super) fn normal(&self, x: f32, y: f32) -> (f32, f32) {
        let (x, y) = (x - self.x, y - self.y);
        let (dx, dy) = (self.xx * x + self.xy * y, self.xy * x + self.yy * y);
        let size = dx.hypot(dy).max(f32::MIN_POSITIVE);
        (dx / size, dy / size)
    }

    /// Half the width and height of the upright box round it.
    pub(super) fn half_box(&self) -> (f32, f32) {
        let (cos, sin) = self.along;
        ((self.long * cos).hypot(self.short * sin), (self.long * sin).hypot(self.short * cos))
    }
}

/// The conic nearest to points round (`x`, `y`) at about `size`; none where it is no ellipse.
///
/// With the middle as origin, `a x² + b xy + c y² + d x + e y = 1` fits every conic that doesn't pass it.
pub(super) fn fit(points: &[(f32, f32)], x: f32, y: f32, size: f32) -> Option<Ellipse> {
    let mut equations = [[0.0f64; 6]; 5];
    for (px, py) in points {
        let (u, v) = (f64::from((px - x) / size), f64::from((py - y) / size));
        let terms = [u * u, u * v, v * v, u, v, 1.0];
        for (row, factor) in equations.iter_mut().zip(terms) {
            for (sum, term) in row.iter_mut().zip(terms) {
                *sum += factor * term;
            }
        }
    }
    let [a, b, c, d, e] = solve(equations)?;
    let determinant = 4.0 * a * c - b * b;
    if determinant <= 1e-9 || a <= 0.0 {
        return None;
    }
    let (u, v) = ((b * e - 2.0 * c * d) / determinant, (b * d - 2.0 * a * e) / determinant);
    let level = 1.0 + a * u * u + b * u * v + c * v * v;
    let scale = level * f64::from(size) * f64::from(size);
    if scale <= 0.0 {
        return None;
    }
    Ellipse::new(x + size * u as f32, y + size * v as f32, (a / scale) as f32, (b / 2.0 / scale) as f32, (c / scale) as f32)
}

/// Gauss' elimination with the largest pivot.
fn solve(mut rows: [[f64; 6]; 5]) -> Option<[f64; 5]> {
    for column in 0..5 {
        let size = |row: &[f64; 6]| row.get(column).map_or(0.0, |value| value.abs());
        let (best, _) = rows.iter().enumerate().skip(column).max_by(|(_, one), (_, other)| size(one).total_cmp(&size(other)))?;
        rows.swap(column, best);
        let pivot_row = *rows.get(column)?;
        let pivot = *pivot_row.get(column)?;
        if pivot.abs() < 1e-10 {
            return None;
        }
        for (at, row) in rows.iter_mut().enumerate() {
            let factor = if at == column { 1.0 - 1.0 / pivot } else { row.get(column).copied()? / pivot };
            for (value, from) in row.iter_mut().zip(pivot_row) {
                *value -= factor * from;
            }
        }
    }
    Some(rows.map(|[.., value]| value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_points_give_their_ellipse_back() {
        let (cos, sin) = (0.8, 0.6);
        let point = |angle: f32| {
            let (u, v) = (50.0 * angle.cos(), 30.0 * angle.sin());
            (200.0 + u * cos - v * sin, 100.0 + u * sin + v * cos)
        };
        let points: Vec<(f32, f32)> = [0.1, 1.3, 2.9, 4.0, 5.5].map(point).to_vec();
        let ellipse = fit(&points, 195.0, 104.0, 40.0).unwrap();
        assert!((ellipse.x - 200.0).abs() < 0.1 && (ellipse.y - 100.0).abs() < 0.1, "{ellipse:?}");
        assert!((ellipse.long - 50.0).abs() < 0.1 && (ellipse.short - 30.0).abs() < 0.1, "{ellipse:?}");
        let (x, y) = ellipse.point((1.0, 0.0), 1.0);
        assert!(((x - 200.0).abs() - 40.0).abs() < 0.1 && ((y - 100.0).abs() - 30.0).abs() < 0.1, "{x} {y}");
        assert!((ellipse.square(point(2.0).0, point(2.0).1) - 1.0).abs() < 1e-3);
        let half = ellipse.half_box();
        assert!((half.0 - (40.0f32.hypot(18.0))).abs() < 0.1 && (half.1 - (30.0f32.hypot(24.0))).abs() < 0.1, "{half:?}");
    }

    #[test]
    fn what_is_no_ellipse_gives_none() {
        assert_eq!(fit(&[(0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (3.0, 3.0), (4.0, 4.0)], 2.0, 2.0, 2.0), None);
        assert_eq!(fit(&[], 0.0, 0.0, 1.0), None);
        let hyperbola: Vec<(f32, f32)> = [(2.0, 0.5), (1.0, 1.0), (0.5, 2.0), (-1.0, -1.0), (-2.0, -0.5)].to_vec();
        assert_eq!(fit(&hyperbola, 0.0, 0.0, 1.0), None);
    }
}
