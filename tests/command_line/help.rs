//! The help of every command, completions and manual pages.

use super::done;
use tempfile::TempDir;

/// Every command, by what is typed for it.
fn commands(help: &str) -> Vec<String> {
    let list = help.split("\n命令：\n").nth(1).or_else(|| help.split("\n命令:\n").nth(1)).unwrap_or_default();
    let lines = list.lines().take_while(|line| !line.is_empty()).filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    lines.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn the_help_of_every_command_has_an_example_of_it() {
    let folder = TempDir::new().expect("a folder");
    let help = |words: &[String]| {
        let arguments: Vec<&str> = words.iter().map(String::as_str).chain(["--help"]).collect();
        done(&folder, &arguments)
    };
    let mut waiting = vec![Vec::new()];
    let mut seen = Vec::new();
    while let Some(words) = waiting.pop() {
        let text = help(&words);
        let example = format!("zhihui {}", words.join(" "));
        let examples = text.split("示例：").nth(1).unwrap_or_default();
        assert!(examples.contains(example.trim_end()), "{example} --help has no example of it:\n{text}");
        for name in commands(&text) {
            waiting.push([&words[..], &[name]].concat());
        }
        seen.push(words.join(" "));
    }
    for name in ["review select", "publish build", "refer list", "node list", "database copy", "approval list", "message show"] {
        assert!(seen.iter().any(|words| words == name), "{name} is not among {seen:?}");
    }
    assert!(seen.len() > 70, "{}", seen.len());
}

#[test]
fn completions_and_manual_pages_are_made() {
    let folder = TempDir::new().expect("a folder");
    for (shell, word) in [("bash", "complete -F"), ("zsh", "#compdef zhihui"), ("fish", "complete -c zhihui")] {
        assert!(done(&folder, &["completion", shell]).contains(word), "{shell}");
    }
    assert!(done(&folder, &["man"]).contains(".SH 名称"));
    done(&folder, &["man", "--dir", "pages"]);
    assert!(folder.path().join("pages/zhihui-case-search.1").exists());
}
