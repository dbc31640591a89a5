//! The command line as people and scripts meet it: exit codes, formats, sentences.

#![expect(clippy::expect_used, reason = "a helper that fails has failed the test")]

#[path = "../support/office.rs"]
mod office;

mod acts;
mod audit;
mod cases;
mod configuration;
mod filters;
mod goldens;
mod help;
mod lists;
mod masks;
mod papers;
mod usage;
mod windows;

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};
use tempfile::TempDir;

/// A configuration that reads an empty folder and sends into another.
const CONFIG: &str = "
[database]
url = \"sqlite:zhihui.db\"
[blobs]
url = \"file:blobs\"
[[mailbox]]
source = \"eml\"
path = \"mail\"
campaign = \"campaign-2023.toml\"
[smtp]
transport = \"file\"
path = \"replies\"
from = \"cases@hubei.example\"
";

fn zhihui(folder: &TempDir, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zhihui"));
    command.args(arguments).current_dir(folder.path()).env_remove("ZHIHUI_CONFIG").output().expect("the program runs")
}

/// What a command that succeeds prints.
fn done(folder: &TempDir, arguments: &[&str]) -> String {
    let output = zhihui(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Asserts a failure's exit code and words, and that nothing was printed as a result.
fn fails(folder: &TempDir, arguments: &[&str], code: i32, words: &[&str]) {
    let output = zhihui(folder, arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(code), 0), "{arguments:?}: {said}");
    words.iter().for_each(|word| assert!(said.contains(word), "{arguments:?} does not say {word:?}: {said}"));
}

/// A folder with this configuration.
fn with_config(config: &str) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let write = |name: &str, text: &[u8]| fs::write(folder.path().join(name), text).expect("it can be written");
    fs::create_dir(folder.path().join("mail")).expect("it can be made");
    write("zhihui.toml", config.as_bytes());
    write("campaign-2023.toml", &fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/campaign-2023.toml")).expect("it is there"));
    folder
}

/// A folder in which `demo` has run.
fn demo() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    done(&folder, &["demo", "--dir", "."]);
    folder
}
