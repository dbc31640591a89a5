//! Affine maps of the plane, as ISO 32000-1, 8.3.3 and GB/T 33190 write them.

/// `[a b c d e f]`: x' = ax + cy + e, y' = bx + dy + f.
#[derive(Debug, Clone, Copy)]
pub(in crate::intake::document) struct Matrix(pub(in crate::intake::document) [f64; 6]);

impl Matrix {
    /// The map that changes nothing.
    pub(in crate::intake::document) const IDENTITY: Matrix = Matrix([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    /// This map, and then another.
    pub(in crate::intake::document) fn then(self, next: Matrix) -> Matrix {
        let (Matrix([a, b, c, d, e, f]), Matrix([na, nb, nc, nd, ne, nf])) = (self, next);
        Matrix([a * na + b * nc, a * nb + b * nd, c * na + d * nc, c * nb + d * nd, e * na + f * nc + ne, e * nb + f * nd + nf])
    }

    /// The map that moves by `x`, `y`.
    pub(in crate::intake::document) fn moving(x: f64, y: f64) -> Matrix {
        Matrix([1.0, 0.0, 0.0, 1.0, x, y])
    }

    /// Where a point goes.
    pub(in crate::intake::document) fn at(self, (x, y): (f64, f64)) -> (f64, f64) {
        let Matrix([a, b, c, d, e, f]) = self;
        (a * x + c * y + e, b * x + d * y + f)
    }

    /// How long an upright unit gets.
    pub(in crate::intake::document) fn height(self) -> f64 {
        let Matrix([_, _, c, d, _, _]) = self;
        c.hypot(d)
    }

    /// The upright rectangle around where the rectangle of two corners goes: left, top, right, bottom.
    pub(in crate::intake::document) fn around(self, (x0, y0): (f64, f64), (x1, y1): (f64, f64)) -> [f64; 4] {
        let corners = [(x0, y0), (x1, y0), (x0, y1), (x1, y1)].map(|corner| self.at(corner));
        let least = |of: fn(&(f64, f64)) -> f64| corners.iter().map(of).fold(f64::INFINITY, f64::min);
        let most = |of: fn(&(f64, f64)) -> f64| corners.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        [least(|corner| corner.0), least(|corner| corner.1), most(|corner| corner.0), most(|corner| corner.1)]
    }
}
