//! What the seal finder sees in pictures, a line of JSON each: for teaching it and for measuring it.
//!
//!     cargo run --release --example seal -- FILE…

use serde_json::{Map, Value, json};
use zhihui::intake::seal;

fn main() {
    for file in std::env::args().skip(1) {
        let Ok(bytes) = std::fs::read(&file) else { continue };
        let sight = seal::look(&bytes);
        let candidates: Vec<Value> = seal::survey(&bytes)
            .unwrap_or_default()
            .into_iter()
            .map(|found| {
                let features: Map<String, Value> = found.features.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
                json!({ "area": found.area, "score": found.score, "features": features })
            })
            .collect();
        println!("{}", json!({ "file": file, "sight": format!("{sight:?}"), "candidates": candidates }));
    }
}
