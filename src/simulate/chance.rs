//! Chance that is the same for the same seed on every machine: SplitMix64 (Steele, Lea, Flood 2014).

/// Where the next number comes from.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// The sequence of a seed.
    pub fn new(seed: u64) -> Chance {
        Chance(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below this one; 0 below 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or_default()
    }

    /// A number from one to the other, both included.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        let width = u64::try_from(most.saturating_sub(least).saturating_add(1)).unwrap_or_default();
        least.saturating_add(i64::try_from(self.below(width)).unwrap_or_default())
    }

    /// One of these; none of none.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let at = self.below(of.len() as u64);
        of.get(usize::try_from(at).unwrap_or_default())
    }

    /// One of these, each as likely as its weight says.
    pub fn weighted<T: Copy>(&mut self, of: &[(T, u64)]) -> Option<T> {
        let mut left = self.below(of.iter().map(|(_, weight)| weight).sum());
        of.iter().find_map(|(value, weight)| match left.checked_sub(*weight) {
            None => Some(*value),
            Some(rest) => {
                left = rest;
                None
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_and_weights_count() {
        let draw = |seed| {
            let mut chance = Chance::new(seed);
            (0..1000).filter_map(|_| chance.weighted(&[('a', 9), ('b', 1), ('c', 0)])).collect::<String>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let rare = draw(3).chars().filter(|letter| *letter == 'b').count();
        assert!((50..200).contains(&rare) && !draw(3).contains('c'), "{rare}");
        assert_eq!(Chance::new(1).pick::<u8>(&[]), None);
    }
}
