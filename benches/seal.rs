//! What it costs to look for a seal: pages with one, and of what is red otherwise, as JPEG would come.
//!
//! Pictures of a scanner's size are too large to be kept: `benches/seal/large.py FOLDER` writes them, and
//! `SEAL_PICTURES=FOLDER cargo bench --bench seal` measures each beside the small ones of `fixtures/seal`.

#[path = "cpu/mod.rs"]
mod cpu;

use cpu::CpuTime;
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use zhihui::intake::seal;

fn files() -> Vec<PathBuf> {
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/seal");
    let folders = [Some(small), std::env::var_os("SEAL_PICTURES").map(PathBuf::from)];
    let entries = folders.into_iter().flatten().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end != "py")).collect();
    files.sort();
    files
}

fn look(criterion: &mut Criterion<CpuTime>) {
    for file in files() {
        let Ok(bytes) = std::fs::read(&file) else { continue };
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        criterion.bench_function(&format!("seal/{name}"), |bencher| bencher.iter(|| seal::look(black_box(&bytes))));
    }
}

criterion_group! {
    name = seals;
    config = Criterion::default().with_measurement(CpuTime).sample_size(20);
    targets = look
}
criterion_main!(seals);
