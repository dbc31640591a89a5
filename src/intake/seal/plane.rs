//! A map of one byte a pixel.

/// The pixel that a place lies in. Rounding by the library takes several times as long on processors without SSE 4.1.
#[inline]
pub(super) fn nearest(place: f32) -> i32 {
    let moved = place + 0.5;
    let towards_zero = moved as i32;
    towards_zero - i32::from(towards_zero as f32 > moved)
}

/// The length of a vector: of pixels, so that nothing can overflow on the way, against which `hypot` guards.
#[inline]
pub(super) fn length(x: f32, y: f32) -> f32 {
    (x * x + y * y).sqrt()
}

/// One byte a pixel; what lies outside is 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Plane {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) values: Vec<u8>,
}

impl Plane {
    /// All zero.
    pub(super) fn new(width: usize, height: usize) -> Self {
        Plane { width, height, values: vec![0; width * height] }
    }

    /// The value at a place.
    #[inline]
    pub(super) fn at(&self, x: i32, y: i32) -> u8 {
        let (x, y) = (x as usize, y as usize);
        if x < self.width { self.values.get(y.wrapping_mul(self.width).wrapping_add(x)).copied().unwrap_or(0) } else { 0 }
    }

    /// Whether the place lies inside.
    #[inline]
    pub(super) fn holds(&self, x: i32, y: i32) -> bool {
        (x as usize) < self.width && (y as usize) < self.height
    }

    /// The mean of each pixel and its eight neighbours; the edge repeats.
    pub(super) fn smoothed(&self) -> Plane {
        let mut out = Plane::new(self.width, self.height);
        let mut sums = vec![0u16; self.width];
        let rows: Vec<&[u8]> = self.values.chunks_exact(self.width.max(1)).collect();
        let last = rows.len().saturating_sub(1);
        for (y, line) in out.values.chunks_exact_mut(self.width.max(1)).enumerate() {
            let three = [rows.get(y.saturating_sub(1)), rows.get(y), rows.get((y + 1).min(last))];
            if let [Some(above), Some(here), Some(below)] = three {
                for (((sum, a), b), c) in sums.iter_mut().zip(*above).zip(*here).zip(*below) {
                    *sum = u16::from(*a) + u16::from(*b) + u16::from(*c);
                }
            }
            let (first, end) = (sums.first().copied().unwrap_or(0), sums.last().copied().unwrap_or(0));
            let left = std::iter::once(&first).chain(&sums);
            let right = sums.iter().skip(1).chain(std::iter::once(&end));
            for (((value, a), b), c) in line.iter_mut().zip(left).zip(&sums).zip(right) {
                // A ninth, by multiplication.
                *value = ((u32::from(a + b + c) * 7_282) >> 16) as u8;
            }
        }
        out
    }
}
