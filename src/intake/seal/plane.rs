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

    /// The value at a place and those round it, line by line.
    #[inline]
    pub(super) fn around(&self, x: i32, y: i32) -> [u8; 9] {
        let at = |dy: i32| (y + dy) as usize * self.width + x as usize - 1;
        let inside = x > 0 && (x as usize + 1) < self.width && y > 0 && (y as usize + 1) < self.height;
        let line = |dy: i32| self.values.get(at(dy)..).and_then(|line| line.first_chunk::<3>()).copied();
        if inside && let (Some([a, b, c]), Some([d, e, f]), Some([g, h, i])) = (line(-1), line(0), line(1)) {
            return [a, b, c, d, e, f, g, h, i];
        }
        self.around_edge(x, y)
    }

    #[cold]
    fn around_edge(&self, x: i32, y: i32) -> [u8; 9] {
        std::array::from_fn(|at| self.at(x + at as i32 % 3 - 1, y + at as i32 / 3 - 1))
    }

    /// Whether the place lies inside.
    #[inline]
    pub(super) fn holds(&self, x: i32, y: i32) -> bool {
        (x as usize) < self.width && (y as usize) < self.height
    }

    /// The mean of each pixel and its eight neighbours; the edge repeats.
    pub(super) fn smoothed(&self) -> Plane {
        let mut out = Plane::new(self.width, self.height);
        let mut sums = vec![0; self.width];
        for (y, line) in out.values.chunks_exact_mut(self.width.max(1)).enumerate() {
            self.smooth_row(y, &mut sums, line);
        }
        out
    }

    /// The same of one row; `sums` and `out` have as many columns.
    pub(super) fn smooth_row(&self, y: usize, sums: &mut [u16], out: &mut [u8]) {
        let row = |y: usize| self.values.get(y * self.width..(y + 1) * self.width).unwrap_or_default();
        let last = self.height.saturating_sub(1);
        let (above, here, below) = (row(y.saturating_sub(1)), row(y), row((y + 1).min(last)));
        for (((sum, a), b), c) in sums.iter_mut().zip(above).zip(here).zip(below) {
            *sum = u16::from(*a) + u16::from(*b) + u16::from(*c);
        }
        // A ninth, by multiplication.
        let ninth = |sum: u16| ((u32::from(sum) * 7_282) >> 16) as u8;
        if let ([first, second, ..], [.., before, end]) = (&*sums, &*sums) {
            let (left, right) = (ninth(2 * first + second), ninth(before + 2 * end));
            for (value, three) in out.iter_mut().skip(1).zip(sums.array_windows::<3>()) {
                *value = ninth(three.iter().sum());
            }
            if let [first, .., last] = out {
                (*first, *last) = (left, right);
            }
        } else {
            out.iter_mut().zip(&*sums).for_each(|(value, sum)| *value = ninth(3 * sum));
        }
    }
}
