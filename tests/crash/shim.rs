//! `shim.c`, compiled once for all tests of this file.

use crate::{
    site::Site,
    support::process::{program, run},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The shared object.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("shim-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let library = folder.join("shim.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crash/shim.c");
        let arguments = ["-shared", "-fPIC", "-O1", "-Wall", "-Wno-nonnull-compare", "-o"];
        run(Command::new(program("cc", "gcc")).args(arguments).arg(&library).arg(source).arg("-ldl"));
        library
    })
}

/// The variables that put the shim in front of the program, with these of its own.
pub fn variables(more: &[(&str, String)]) -> Vec<(String, String)> {
    let own = more.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    own.chain([("LD_PRELOAD".to_owned(), library().display().to_string())]).collect()
}

/// What the program synced, renamed, and was refused: a word and a path each.
pub fn noted(site: &Site) -> Vec<(String, String)> {
    let text = fs::read_to_string(site.path("shim.log")).unwrap_or_default();
    text.lines().filter_map(|line| line.split_once(' ')).map(|(what, path)| (what.to_owned(), path.to_owned())).collect()
}

/// The variable for the log that [`noted`] reads.
pub fn log(site: &Site) -> (&'static str, String) {
    ("SHIM_LOG", site.path("shim.log").display().to_string())
}
