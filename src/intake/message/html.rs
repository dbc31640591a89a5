//! HTML of a mail body → the text that a person reads, in lines; tables keep a tab between cells.
//!
//! No browser: tags, comments, styles and scripts are taken off, blocks and rows end lines, entities are
//! decoded. Hidden elements are shown.

use mail_parser::decoders::html::add_html_token;

/// The longest tag in which quotes are respected.
const TAG_BYTES: usize = 8 << 10;
/// Elements whose content is not read.
const SILENT: [&str; 5] = ["style", "script", "title", "template", "noframes"];
/// Elements that begin and end a line.
const BLOCKS: [&str; 34] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "br",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "html",
    "legend",
    "li",
    "ol",
    "option",
    "p",
    "pre",
    "section",
    "table",
    "tr",
    "ul",
    "caption",
];

/// The text of some HTML.
pub fn to_text(html: &str) -> String {
    let mut text = Lines::default();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        text.push(before);
        rest = match markup(after) {
            Some((name, closing, tail)) => {
                text.mark(&name);
                if !closing && SILENT.contains(&name.as_str()) { skip_element(tail, &name) } else { tail }
            }
            None => {
                text.push("&lt;");
                after
            }
        };
    }
    text.push(rest);
    text.finish()
}

/// The tag, comment or declaration that follows `<`: its name in lower case, whether it closes, what follows.
fn markup(after: &str) -> Option<(String, bool, &str)> {
    if let Some(comment) = after.strip_prefix("!--") {
        return Some((String::new(), false, comment.split_once("-->").map_or("", |(_, tail)| tail)));
    }
    let (closing, inner) = after.strip_prefix('/').map_or((false, after), |inner| (true, inner));
    if !inner.starts_with(|first: char| first.is_ascii_alphabetic() || "!?".contains(first)) {
        return None;
    }
    let name: String = inner.chars().take_while(|character| character.is_ascii_alphanumeric()).take(20).collect();
    let end = tag_end(inner).or_else(|| inner.find('>'));
    let tail = end.map_or("", |end| inner.get(end + 1..).unwrap_or_default());
    Some((name.to_ascii_lowercase(), closing, tail))
}

/// Where the tag ends, a `>` within an attribute's quotes aside.
fn tag_end(inner: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in inner.bytes().enumerate().take(TAG_BYTES) {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// Where an element that is not read ends.
fn skip_element<'a>(tail: &'a str, name: &str) -> &'a str {
    for (at, _) in tail.match_indices('<') {
        let here = tail.get(at + 1..).unwrap_or_default();
        let own = here.strip_prefix('/').and_then(|closing| closing.get(..name.len()));
        if own.is_some_and(|own| own.eq_ignore_ascii_case(name)) {
            return tail.get(at..).unwrap_or_default();
        }
    }
    ""
}

/// Text gathered with its white space collapsed.
#[derive(Default)]
struct Lines {
    text: String,
    blank: bool,
}

impl Lines {
    fn push(&mut self, text: &str) {
        let mut decoded = String::with_capacity(text.len());
        decode_entities(text, &mut decoded);
        for character in decoded.chars() {
            // A no-break space holds a place in forms: it is a blank like others here.
            if character.is_whitespace() {
                self.blank = true;
                continue;
            }
            if self.blank && !self.text.is_empty() && !self.text.ends_with(['\n', '\t']) {
                self.text.push(' ');
            }
            self.blank = false;
            self.text.push(character);
        }
    }

    fn mark(&mut self, name: &str) {
        let mark = match name {
            "td" | "th" => '\t',
            _ if BLOCKS.contains(&name) => '\n',
            _ => return,
        };
        self.blank = false;
        if self.text.ends_with('\n') || self.text.is_empty() || (mark == '\t' && self.text.ends_with('\t')) {
            return;
        }
        if mark == '\n' {
            self.text.truncate(self.text.trim_end().len());
        }
        self.text.push(mark);
    }

    fn finish(self) -> String {
        self.text.trim().to_owned()
    }
}

/// `&name;`, `&#1;` and `&#x1;`; anything else stays.
fn decode_entities(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let name: String = after.chars().take(32).take_while(|character| character.is_ascii_alphanumeric() || *character == '#').collect();
        match after.get(name.len()..).and_then(|tail| tail.strip_prefix(';')) {
            Some(tail) if !name.is_empty() => {
                add_html_token(out, format!("&{name};").as_bytes(), false);
                rest = tail;
            }
            _ => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_lines_and_cells_are_tabs() {
        let html = "<html><head><title>x</title><style>p{}</style></head><body><div>您好：<br/>\n附件<b>申报</b>表</div><p>一&nbsp;&amp; 二&#x4E09;&bogus;</p>\
            <table><tr><td>案例题目</td><td>甲</td></tr><tr><td>报送单位</td><td>乙</td></tr></table></body></html>";
        assert_eq!(to_text(html), "您好：\n附件申报表\n一 & 二三&bogus;\n案例题目\t甲\n报送单位\t乙");
    }

    #[test]
    fn scripts_and_comments_are_not_read() {
        assert_eq!(to_text("a<script>if (1<2) {'</p>'}</SCRIPT>b<!-- <p>c</p> -->d<style>e"), "abd");
        assert_eq!(to_text("<head><meta charset=gbk><body>报送</body>"), "报送");
    }

    #[test]
    fn broken_markup_is_text_or_dropped() {
        assert_eq!(to_text("1 < 2 & 3 > 2"), "1 < 2 & 3 > 2");
        assert_eq!(to_text("<a title=\"x>y\">z</a>"), "z");
        assert_eq!(to_text("a<b"), "a");
        assert_eq!(to_text("甲<p title=\"未闭合>乙</p>丙"), "甲\n乙\n丙");
        assert_eq!(to_text("<"), "<");
    }

    #[test]
    fn hostile_markup_ends() {
        for piece in ["<", "<a \"", "<!--", "<style>", "&#", "<a '>\"", "&amp"] {
            to_text(&piece.repeat(100_000));
        }
    }
}
