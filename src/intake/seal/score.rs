//! A candidate's numbers become the likelihood that it is a stamp: boosted trees, learnt by `benches/seal/train.py`.

use super::features::Features;
use super::trees::{DEPTH, FIRST, TREES, Tree};

/// From here on it is called a stamp.
pub(super) const STAMP: f32 = 0.68;
/// From here on a person looks.
pub(super) const DOUBT: f32 = 0.3;

/// Between 0 and 1.
pub(super) fn score(features: &Features) -> f32 {
    let sum: f32 = FIRST + TREES.iter().map(|tree| tree.leaf(features)).sum::<f32>();
    1.0 / (1.0 + (-sum).exp())
}

impl Tree {
    /// The leaf that the numbers lead to: left where the number is at most the threshold.
    fn leaf(&self, features: &Features) -> f32 {
        let mut node = 0;
        for _ in 0..DEPTH {
            let Some((feature, threshold)) = self.asks.get(node) else { return 0.0 };
            let right = features.get(usize::from(*feature)).is_some_and(|value| value > threshold);
            node = 2 * node + 1 + usize::from(right);
        }
        self.leaves.get(node - self.asks.len()).copied().unwrap_or(0.0)
    }
}
