//! Writes a target's seeds into a folder: `seeds TARGET FOLDER`; without arguments, names the targets.

use std::{env, fs, path::Path};
use zhihui_fuzz::{Seeds, TARGETS};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [name, folder] = arguments.as_slice() else {
        TARGETS.iter().for_each(|target| println!("{}", target.name));
        return;
    };
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target's name");
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the project");
    fs::create_dir_all(folder).expect("a folder");
    for (number, bytes) in (target.seeds)(&Seeds::load(project)).iter().enumerate() {
        fs::write(Path::new(folder).join(format!("seed-{number:03}")), bytes).expect("a file");
    }
}
