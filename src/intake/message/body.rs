//! The readable content of parts, put together (RFC 2046 section 5.1).

/// The readable content of a part.
#[derive(Debug, Default)]
pub struct Body {
    /// Plain text, or the text of HTML.
    pub text: String,
    /// HTML as it stood.
    pub html: String,
    /// Whether the text is a sender's own plain text.
    pub plain: bool,
}

/// The first plain text that says something, else the first text that does; the HTML of all.
pub(super) fn alternative(bodies: Vec<Body>) -> Body {
    let html: String = bodies.iter().map(|body| body.html.as_str()).collect();
    let mut bodies: Vec<Body> = bodies.into_iter().filter(|body| !body.text.trim().is_empty()).collect();
    let chosen = bodies.iter().position(|body| body.plain).unwrap_or(0);
    let body = if chosen < bodies.len() { bodies.swap_remove(chosen) } else { Body::default() };
    Body { html, ..body }
}

/// All texts in their order.
pub(super) fn mixed(bodies: Vec<Body>, limit: usize) -> Body {
    let mut whole = Body { plain: true, ..Body::default() };
    for body in bodies {
        if !body.text.trim().is_empty() {
            whole.plain &= body.plain;
            if !whole.text.is_empty() && !whole.text.ends_with('\n') {
                whole.text.push('\n');
            }
            whole.text.push_str(&body.text);
        }
        whole.html.push_str(&body.html);
    }
    Body { text: cut(whole.text, limit), html: cut(whole.html, limit), plain: whole.plain }
}

/// A text up to a limit.
pub(super) fn cut(mut text: String, limit: usize) -> String {
    text.truncate(text.floor_char_boundary(limit));
    text
}

/// A text whose lines end with LF, without NUL; changed where it lies, since a page can be large.
pub(super) fn with_line_feeds(text: String) -> String {
    if memchr::memchr2(b'\r', b'\0', text.as_bytes()).is_none() {
        return text;
    }
    let mut bytes = text.into_bytes();
    let mut after_return = false;
    bytes.retain_mut(|byte| {
        let kept = *byte != 0 && !(*byte == b'\n' && after_return);
        after_return = *byte == b'\r';
        if after_return {
            *byte = b'\n';
        }
        kept
    });
    // One-byte characters were changed or left out, so that it is UTF-8 still.
    String::from_utf8(bytes).unwrap_or_default()
}

/// HTML without pictures in `data:` links (RFC 2397), which would push the text past the limit.
pub(super) fn without_data(html: &str) -> String {
    let mut pieces = html.split("data:image/");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        out.push_str("data:");
        out.push_str(piece.trim_start_matches(|character: char| character.is_ascii_alphanumeric() || "+/=;,-.\n\r%".contains(character)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_line_feeds() {
        for (text, wanted) in [("a\r\nb\rc\nd", "a\nb\nc\nd"), ("\r\r\n\r", "\n\n\n"), ("案\0例\r\0\n题", "案例\n\n题"), ("目", "目")]
        {
            assert_eq!(with_line_feeds(text.into()), wanted, "{text:?}");
            let before = text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "");
            assert_eq!(wanted, before, "{text:?}");
        }
    }
}
