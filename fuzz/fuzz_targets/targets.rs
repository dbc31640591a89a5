//! All targets in one program, which is linked once: `FUZZ_TARGET` names the one to feed; without it the names are
//! told. With `FUZZ_SEEDS`, the target's seeds are written into that folder, and that is all.

#![no_main]

use std::path::Path;
use std::sync::LazyLock;
use std::{env, fs, process};
use zhihui_fuzz::{Seeds, TARGETS, Target};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let Ok(name) = env::var("FUZZ_TARGET") else {
        TARGETS.iter().for_each(|target| println!("{}", target.name));
        process::exit(0);
    };
    TARGETS.iter().find(|target| target.name == name).expect("FUZZ_TARGET names a target")
});

fn write_seeds(folder: &Path) {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the project");
    fs::create_dir_all(folder).expect("a folder");
    for (number, bytes) in (TARGET.seeds)(&Seeds::load(project)).iter().enumerate() {
        fs::write(folder.join(format!("seed-{number:03}")), bytes).expect("a file");
    }
}

libfuzzer_sys::fuzz_target!(
    init: {
        LazyLock::force(&TARGET);
        if let Some(folder) = env::var_os("FUZZ_SEEDS") {
            write_seeds(Path::new(&folder));
            process::exit(0);
        }
        // A panic of a library's that the program catches is no failure; one that comes out of a target ends the run all the same.
        drop(std::panic::take_hook());
        // What is made once isn't to count as the first input's time.
        (TARGET.run)(b"");
    },
    |bytes: &[u8]| (TARGET.run)(bytes)
);
