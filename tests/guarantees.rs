//! Every test that `docs/guarantees.md` names is there.

use std::{fs, path::Path};

/// `crash::kills::what` → the files that may hold it, and its name.
fn places(name: &str) -> (Vec<String>, String) {
    let mut parts: Vec<&str> = name.split("::").filter(|part| *part != "tests").collect();
    let function = parts.pop().unwrap_or_default().to_owned();
    let path = parts.join("/");
    let tests = [format!("tests/{path}.rs"), format!("tests/{path}/main.rs")];
    let source = [format!("src/{path}.rs"), format!("src/{path}/mod.rs"), format!("src/{path}/tests.rs")];
    (tests.into_iter().chain(source).collect(), function)
}

#[test]
fn every_named_test_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/guarantees.md")).expect("the page");
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| promise"));
    let mut missing = Vec::new();
    for row in rows {
        let column = row.trim_end_matches(" |").rsplit(" | ").next().unwrap_or_default();
        let names: Vec<&str> = column.split('`').skip(1).step_by(2).collect();
        if names.is_empty() {
            missing.push(format!("no test: {row}"));
        }
        for name in names {
            let (files, function) = places(name);
            let declared = format!("fn {function}(");
            let is_there = files.iter().filter_map(|file| fs::read_to_string(root.join(file)).ok()).any(|text| text.contains(&declared));
            if !is_there {
                missing.push(name.to_owned());
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
