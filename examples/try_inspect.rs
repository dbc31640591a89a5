//! throw-away
use zhihui::intake::{self, Extent, Received, Setup};
fn main() {
    let campaign = toml::from_str(&std::fs::read_to_string("config/campaign-2023.toml").unwrap()).unwrap();
    let regions = toml::from_str(&std::fs::read_to_string("config/regions-hubei.toml").unwrap()).unwrap();
    let setup = Setup::new(campaign, regions, None);
    for path in std::env::args().skip(1) {
        let raw = std::fs::read(&path).unwrap();
        let t = std::time::Instant::now();
        let i = intake::read(&raw, Received::File("2023-08-01T00:00:00Z".parse().unwrap()), Extent::Whole, &setup);
        if t.elapsed().as_millis() > 1000 {
            eprintln!("SLOW {path} {:?}", t.elapsed());
        }
        let mut v = serde_json::to_value(&i.reading).unwrap();
        v["file"] = path.rsplit('/').next().unwrap().into();
        v["quarantine"] = serde_json::to_value(&i.quarantine).unwrap();
        v["thread"] = serde_json::to_value(&i.thread).unwrap();
        println!("{v}");
    }
}
