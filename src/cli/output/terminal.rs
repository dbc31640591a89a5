//! What is known about the terminal: its width, whether it has colours, and the pager for what is longer than it.

use super::table::Paint;
use std::{
    io::{self, IsTerminal, Write},
    process::{Command, Stdio},
};

/// How wide a table may be; none where nobody looks at it and nothing need be shortened. `COLUMNS` counts first.
pub fn width() -> Option<usize> {
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|columns| *columns > 0);
    told.or_else(|| size().map(|(columns, _)| columns))
}

/// Colours stand on a terminal only, and not where they aren't wanted (`NO_COLOR`, see no-color.org).
pub fn paint() -> Paint {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    if io::stdout().is_terminal() && !unwanted && !dumb { Paint::Colour } else { Paint::None }
}

/// Columns and lines of the terminal that is written to.
fn size() -> Option<(usize, usize)> {
    let out = io::stdout();
    let size = out.is_terminal().then(|| rustix::termios::tcgetwinsize(&out).ok())??;
    (size.ws_col > 0).then_some((usize::from(size.ws_col), usize::from(size.ws_row)))
}

/// Shows a text page by page where it is longer than the terminal; false where it is not, or no pager would start.
pub fn paged(text: &str) -> bool {
    let Some((_, lines)) = size() else { return false };
    if text.lines().count() < lines {
        return false;
    }
    let wanted = ["ZHIHUI_PAGER", "PAGER"].into_iter().find_map(|name| std::env::var(name).ok());
    let command = wanted.unwrap_or_else(|| "less -FRX".into());
    if matches!(command.trim(), "" | "cat") {
        return false;
    }
    // As git does: by the shell, with what less needs for colours and Chinese where nothing else is set.
    let mut pager = Command::new("sh");
    pager.args(["-c", &command]).stdin(Stdio::piped());
    for (name, value) in [("LESS", "FRX"), ("LESSCHARSET", "utf-8")] {
        if std::env::var_os(name).is_none() {
            pager.env(name, value);
        }
    }
    let Ok(mut child) = pager.spawn() else { return false };
    if let Some(mut input) = child.stdin.take() {
        // Who leaves the pager early has seen enough.
        let _ = input.write_all(text.as_bytes());
    }
    // A shell that finds no pager says 127, and has shown nothing.
    child.wait().is_ok_and(|status| status.code() != Some(127))
}
