//! The body of a multipart → the bytes of its parts (RFC 2046 section 5.1).
//!
//! Delimiters are whole lines, so that one boundary may begin another. A closing delimiter may be
//! missing, and parts after it are parts too. A boundary that is not declared, or not used, is guessed.

use super::transfer::lines;

/// How many lines are searched for a guess.
const GUESS_LINES: usize = 1000;

/// The boundary by which a body can be taken apart, if there is one.
pub fn boundary(body: &[u8], declared: Option<&str>) -> Option<Vec<u8>> {
    let declared = declared.map(|boundary| boundary.trim_end().as_bytes().to_vec());
    declared
        .filter(|boundary| !boundary.is_empty() && lines(body).any(|line| is_delimiter(line, boundary).is_some()))
        .or_else(|| guess(body))
}

/// The parts of a body, one by one.
pub fn parts<'a>(body: &'a [u8], boundary: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = body;
    let mut inside = false;
    std::iter::from_fn(move || {
        loop {
            if rest.is_empty() {
                return None;
            }
            let (content, closes, tail) = up_to_delimiter(rest, boundary);
            rest = tail;
            let found = std::mem::replace(&mut inside, !closes);
            if found {
                return Some(content);
            }
        }
    })
}

/// What stands before the next delimiter without the line end that belongs to it, whether the
/// delimiter closes, and what follows it.
fn up_to_delimiter<'a>(body: &'a [u8], boundary: &[u8]) -> (&'a [u8], bool, &'a [u8]) {
    let mut offset = 0;
    for line in lines(body) {
        if let Some(closes) = is_delimiter(line, boundary) {
            let content = body.get(..offset).unwrap_or_default();
            let content = content.strip_suffix(b"\n").unwrap_or(content);
            let content = content.strip_suffix(b"\r").unwrap_or(content);
            return (content, closes, body.get(offset + line.len()..).unwrap_or_default());
        }
        offset += line.len();
    }
    (body, true, b"")
}

/// Whether a line is the delimiter, and then whether it closes.
fn is_delimiter(line: &[u8], boundary: &[u8]) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?.trim_ascii_end();
    match rest {
        b"" => Some(false),
        b"--" => Some(true),
        _ => None,
    }
}

/// The first line that opens like a delimiter and has a header after it.
fn guess(body: &[u8]) -> Option<Vec<u8>> {
    let mut candidate: Option<&[u8]> = None;
    for line in lines(body).take(GUESS_LINES) {
        if candidate.is_some() && line.get(..8).is_some_and(|start| start.eq_ignore_ascii_case(b"content-")) {
            return candidate.map(<[u8]>::to_vec);
        }
        let text = line.trim_ascii_end();
        candidate = text.strip_prefix(b"--").filter(|boundary| boundary.len() >= 3 && boundary.len() <= 200 && !boundary.contains(&b' '));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(body: &str, boundary: &str) -> Vec<String> {
        parts(body.as_bytes(), boundary.as_bytes()).map(|part| String::from_utf8_lossy(part).into_owned()).collect()
    }

    #[test]
    fn parts_stand_between_delimiters() {
        assert_eq!(split("preamble\n--b\none\n\n--b \r\ntwo\r\n--b--\nepilogue", "b"), ["one\n", "two"]);
        assert_eq!(split("--b\n--b\none\n--b--", "b"), ["", "one"]);
    }

    #[test]
    fn a_boundary_may_begin_another_or_stand_within_a_line() {
        assert_eq!(split("--b\n--bb\nx --b\n--b--more\n--b--\n", "b"), ["--bb\nx --b\n--b--more"]);
    }

    #[test]
    fn a_missing_end_and_parts_after_the_end() {
        assert_eq!(split("--b\none\n--b\ntwo", "b"), ["one", "two"]);
        assert_eq!(split("--b\none\n--b--\njunk\n--b\ntwo\n", "b"), ["one", "two\n"]);
        assert!(split("nothing", "b").is_empty());
    }

    #[test]
    fn a_wrong_boundary_is_guessed() {
        let body = b"text -- x\n--real\nContent-Type: text/plain\n\nx\n--real--\n";
        assert_eq!(boundary(body, Some("other")).as_deref(), Some(&b"real"[..]));
        assert_eq!(boundary(body, Some("real ")).as_deref(), Some(&b"real"[..]));
        assert_eq!(boundary(b"no parts\n-- \nsignature\n", None), None);
    }
}
