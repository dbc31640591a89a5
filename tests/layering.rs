//! Keeps the order of imports that `src/lib.rs` describes, by reading the source itself.
//!
//! Every file becomes tokens, so that comments and strings say nothing and the inside of macros does; the
//! tokens become paths; each path is held against the tables below. `#[cfg(test)]` items are left out. What
//! a module does with what it may import is not looked at.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a helper that fails has failed the test")]

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// What each module may import from this crate, in reading order. What is not here may not be imported.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("failpoint", &[]),
    ("model", &[]),
    ("config", &["model"]),
    ("clock", &[]),
    ("telemetry", &["model", "config", "clock"]),
    ("intake", &["model", "config"]),
    ("report", &["model", "config", "intake"]),
    ("review", &["model", "config", "intake", "report"]),
    ("net", &["config"]),
    ("mailbox", &["model", "config", "clock", "net"]),
    ("smtp", &["model", "config", "clock", "net"]),
    ("sender", &["model", "config", "clock"]),
    ("http", &[]),
    ("store", &["model", "config", "clock"]),
    ("worker", &["model", "config", "clock", "intake"]),
    ("daemon", &["model", "config", "clock", "intake", "report", "mailbox", "smtp", "sender", "http", "store", "worker"]),
    ("app", &["model", "config", "clock", "intake", "report", "mailbox", "smtp", "sender", "store", "worker", "daemon"]),
    ("simulate", &["model", "config", "clock", "intake", "report", "store", "daemon", "app"]),
    (
        "cli",
        &[
            "model",
            "config",
            "clock",
            "telemetry",
            "intake",
            "report",
            "review",
            "mailbox",
            "smtp",
            "sender",
            "http",
            "store",
            "worker",
            "daemon",
            "app",
            "simulate",
        ],
    ),
    ("main", &["cli"]),
];

/// Where a path may stand that begins so; nowhere else.
const ONLY_IN: &[(&str, &[&str])] = &[("sqlx", &["store"]), ("anyhow", &["app", "cli", "main"])];

/// The pure core: no clock, file, network, log, process or waiting.
const PURE: &[&str] = &["model", "intake", "report", "review"];
const IMPURE: &[&str] = &[
    "async",
    "tokio",
    "futures",
    "tracing",
    "println",
    "eprintln",
    "std::env",
    "std::fs",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
];

/// A path as it is written out in a file, `use` groups taken apart: `["std", "fs", "read"]`.
type Segments = Vec<String>;

/// One file of `src`, without its tests.
struct Source {
    file: PathBuf,
    /// `intake::form::ticks` → `["intake", "form", "ticks"]`.
    module: Segments,
    paths: BTreeSet<Segments>,
}

impl Source {
    fn top(&self) -> &str {
        self.module.first().map_or("lib", String::as_str)
    }

    /// The crate's own modules that it names.
    fn imports(&self) -> BTreeSet<&str> {
        let own = |path: &'_ &Segments| matches!(path[0].as_str(), "crate" | "zhihui");
        self.paths.iter().filter(own).filter_map(|path| path.get(1)).map(String::as_str).filter(|name| *name != self.top()).collect()
    }
}

#[test]
fn nobody_imports_what_stands_behind() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_IMPORT.iter().copied().collect();
    let mut wrong = Vec::new();
    for source in SOURCES.iter().filter(|source| !source.module.is_empty()) {
        let Some(may) = allowed.get(source.top()) else {
            wrong.push(format!("{}: module {} has no row in MAY_IMPORT", source.file.display(), source.top()));
            continue;
        };
        let bad = source.imports().into_iter().filter(|name| !may.contains(name));
        wrong.extend(bad.map(|name| format!("{}: {} must not import {name}", source.file.display(), source.top())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_names_the_modules_in_reading_order_and_forbids_circles() {
    let lib = std::fs::read_to_string(root().join("lib.rs")).unwrap();
    let declared: Vec<&str> = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let named: Vec<&str> = MAY_IMPORT.iter().map(|(name, _)| *name).filter(|name| *name != "main").collect();
    assert_eq!(named, declared, "MAY_IMPORT and the `pub mod` lines of src/lib.rs");
    for (at, (name, may)) in MAY_IMPORT.iter().enumerate() {
        let behind = may.iter().filter(|other| !MAY_IMPORT[..at].iter().any(|(earlier, _)| earlier == *other));
        assert_eq!(behind.collect::<Vec<_>>(), Vec::<&&str>::new(), "{name} may import only what stands before it");
    }
}

#[test]
fn sql_and_unnamed_errors_stay_where_they_belong() {
    let mut wrong = Vec::new();
    for source in SOURCES.iter() {
        for (name, places) in ONLY_IN.iter().filter(|(_, places)| !places.contains(&source.top())) {
            let used = source.paths.iter().any(|path| path[0] == *name);
            wrong.extend(used.then(|| format!("{}: {name} is for {}", source.file.display(), places.join(", "))));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_core_is_pure() {
    let mut wrong = Vec::new();
    for source in SOURCES.iter().filter(|source| PURE.contains(&source.top())) {
        for banned in IMPURE {
            let prefix: Vec<&str> = banned.split("::").collect();
            let used = source.paths.iter().any(|path| path.len() >= prefix.len() && prefix.iter().eq(&path[..prefix.len()]));
            wrong.extend(used.then(|| format!("{}: {banned} in {}", source.file.display(), source.top())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Scripts (`\p{Han}`) and kinds of letters (`\pL`) are known to patterns in tests alone, where a dev-dependency asks for their
/// tables: in the program such a pattern can't be compiled.
#[test]
fn no_pattern_names_a_script() {
    let mut files = Vec::new();
    collect(&root(), &mut files);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let begins =
            |rest: &str| rest.strip_prefix(['p', 'P']).is_some_and(|kind| kind.starts_with(|c: char| c == '{' || c.is_ascii_uppercase()));
        assert!(!text.split('\\').skip(1).any(begins), "{} names a script", file.display());
    }
}

/// `fuzz/core` builds the first modules by themselves: it names the crates that these use, in the project's versions.
#[test]
fn the_fuzzed_half_names_the_crates_that_it_uses() {
    let read = |file: &str| -> BTreeMap<String, toml::Value> {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        let table: toml::Table = text.parse().unwrap();
        let crates = table["dependencies"].as_table().unwrap().clone().into_iter();
        crates.map(|(name, wanted)| (name, wanted.get("version").cloned().unwrap_or(wanted))).collect()
    };
    let half = || SOURCES.iter().filter(|source| ["model", "config", "intake"].contains(&source.top()));
    let is_used = |name: &str| half().any(|source| source.paths.iter().any(|path| path.len() > 1 && path[0] == name.replace('-', "_")));
    let mut used = read("Cargo.toml");
    used.retain(|name, _| is_used(name));
    assert_eq!(used, read("fuzz/core/Cargo.toml"));
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every file of `src` but those that are modules for tests only.
static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(sources);

fn sources() -> Vec<Source> {
    let mut files = Vec::new();
    collect(&root(), &mut files);
    let mut for_tests = BTreeSet::new();
    let mut sources: Vec<Source> = files.iter().map(|file| read(file, &mut for_tests)).collect();
    sources.retain(|source| !for_tests.iter().any(|test: &Segments| source.module.starts_with(test)));
    assert!(sources.len() > 50, "{} holds too few files", root().display());
    sources
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn read(file: &Path, for_tests: &mut BTreeSet<Segments>) -> Source {
    let within = file.strip_prefix(root()).unwrap().with_extension("");
    let mut module: Segments = within.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
        module.pop();
    }
    let text = std::fs::read_to_string(file).unwrap();
    let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut walk = Walk { module: module.clone(), paths: BTreeSet::new(), for_tests };
    walk.tokens(&tokens.into_iter().collect::<Vec<_>>());
    Source { file: Path::new("src").join(file.strip_prefix(root()).unwrap()), module, paths: walk.paths }
}

/// A walk over the tokens of one file.
struct Walk<'a> {
    /// Where it stands: `mod x { … }` leads deeper.
    module: Segments,
    paths: BTreeSet<Segments>,
    for_tests: &'a mut BTreeSet<Segments>,
}

impl Walk<'_> {
    fn tokens(&mut self, tokens: &[TokenTree]) {
        let mut at = 0;
        while at < tokens.len() {
            at += match &tokens[at] {
                TokenTree::Punct(mark) if mark.as_char() == '#' && is_for_tests(tokens.get(at + 1)) => self.skip_item(&tokens[at..]),
                TokenTree::Ident(word) if word == "mod" => self.inline_module(&tokens[at..]),
                TokenTree::Ident(_) => self.path(&tokens[at..], &[]),
                TokenTree::Group(group) => {
                    self.tokens(&group.stream().into_iter().collect::<Vec<_>>());
                    1
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => 1,
            };
        }
    }

    /// `#[cfg(test)]` with the item behind it, which ends with braces or a semicolon. A module of a file of
    /// its own is noted.
    fn skip_item(&mut self, tokens: &[TokenTree]) -> usize {
        let ends = |token: &TokenTree| match token {
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            TokenTree::Punct(mark) => mark.as_char() == ';',
            TokenTree::Ident(_) | TokenTree::Literal(_) => false,
        };
        let end = tokens.iter().position(ends).unwrap_or(tokens.len() - 1);
        let name = tokens[..end].iter().position(|token| matches!(token, TokenTree::Ident(word) if word == "mod"));
        if let Some(name) = name.and_then(|at| tokens.get(at + 1)) {
            let module = self.module.iter().cloned().chain([name.to_string()]).collect();
            self.for_tests.insert(module);
        }
        end + 1
    }

    fn inline_module(&mut self, tokens: &[TokenTree]) -> usize {
        let [_, TokenTree::Ident(name), TokenTree::Group(body), ..] = tokens else { return 1 };
        self.module.push(name.to_string());
        self.tokens(&body.stream().into_iter().collect::<Vec<_>>());
        self.module.pop();
        3
    }

    /// A path from its first word on, with what a group at its end makes of it. The result is how many
    /// tokens it took.
    fn path(&mut self, tokens: &[TokenTree], before: &[String]) -> usize {
        let mut path = before.to_vec();
        let mut at = 0;
        while let Some(TokenTree::Ident(word)) = tokens.get(at) {
            path.push(word.to_string());
            at += 1;
            if !is_separator(&tokens[at..]) {
                break;
            }
            at += 2;
            if let Some(TokenTree::Group(group)) = tokens.get(at) {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ',');
                for one in inner.split(is_comma).filter(|one| !one.is_empty()) {
                    self.path(one, &path);
                }
                return at + 1;
            }
            if matches!(tokens.get(at), Some(TokenTree::Punct(mark)) if mark.as_char() == '*') {
                path.push("*".into());
            }
        }
        let path = self.rooted(path);
        if !path.is_empty() {
            self.paths.insert(path);
        }
        at.max(1)
    }

    /// `super::…` that leads out of the top-level module is a path of the crate.
    fn rooted(&self, path: Segments) -> Segments {
        let up = path.iter().take_while(|word| *word == "super").count();
        if up == 0 || up < self.module.len() {
            return path;
        }
        std::iter::once("crate".to_owned()).chain(path.into_iter().skip(up)).collect()
    }
}

fn is_for_tests(attribute: Option<&TokenTree>) -> bool {
    matches!(attribute, Some(TokenTree::Group(group)) if group.stream().to_string().replace(' ', "") == "cfg(test)")
}

fn is_separator(tokens: &[TokenTree]) -> bool {
    let colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(mark)) if mark.as_char() == ':');
    colon(0) && colon(1)
}

/// The reader itself, on what could slip through it.
#[test]
fn paths_are_found_wherever_they_hide() {
    let text = r##"
        //! crate::cli in a comment
        use crate::{model::{self, time}, config::*};
        use super::super::daemon as loops;
        fn f() { println!("{}", "crate::store"); let _ = r#"std::fs"#; tokio::select! { _ = crate::app::x() => {} } }
        mod inner { use super::super::super::smtp; use super::sibling; }
        #[cfg(test)]
        mod tests { use crate::cli::Cli; }
        #[cfg(test)]
        mod fixture;
        #[cfg(test)]
        use crate::store::Store;
    "##;
    let mut for_tests = BTreeSet::new();
    let mut walk = Walk { module: vec!["intake".into(), "form".into()], paths: BTreeSet::new(), for_tests: &mut for_tests };
    walk.tokens(&text.parse::<TokenStream>().unwrap().into_iter().collect::<Vec<_>>());
    let source = Source { file: PathBuf::new(), module: walk.module.clone(), paths: walk.paths };
    assert_eq!(source.imports(), ["app", "config", "daemon", "model", "smtp"].into());
    assert!(source.paths.contains(&vec!["crate".to_owned(), "config".into(), "*".into()]));
    assert!(source.paths.iter().any(|path| path[0] == "tokio") && !source.paths.iter().any(|path| path[0] == "std"));
    assert!(for_tests.contains(&vec!["intake".to_owned(), "form".into(), "fixture".into()]));
}
