//! A digest as HTML for mailers: tables, styles written inline, no scripts, nothing loaded from anywhere.
//!
//! QQ Mail and 163 drop `<style>`, Outlook draws with Word: so widths stand as attributes too, colours are
//! plain, and nothing floats. Values are escaped by minijinja, since the template's name ends in `.html`.

use super::page::Page;
use minijinja::{Environment, Value, context, value::Serde};

/// Where the chart's picture is.
#[derive(Debug, Clone, Copy)]
pub enum Picture<'a> {
    /// A part of the same mail (RFC 2392).
    Cid(&'a str),
    /// In the page itself, for a browser.
    Data(&'a [u8]),
}

/// Lays a page out.
pub fn html(page: &Page, picture: Picture<'_>) -> Result<String, minijinja::Error> {
    let source = match picture {
        Picture::Cid(id) => format!("cid:{id}"),
        Picture::Data(bytes) => format!("data:image/png;base64,{}", data_encoding::BASE64.encode(bytes)),
    };
    Environment::new().render_named_str("digest.html", include_str!("digest.html"), context! { page => Value::from(Serde(page)), source })
}

#[cfg(test)]
mod tests {
    use super::super::{Digest, Scope, sample};
    use super::*;
    use crate::intake::compose::mailable::faults;

    #[test]
    fn every_mail_program_shows_it() {
        for figures in [sample::figures(), sample::nothing()] {
            let digest = sample::digest(&figures);
            for scope in [Scope::Province, Scope::Region("十堰市")] {
                let page = Page::of(&Digest { scope, ..digest });
                let html = html(&page, Picture::Cid("chart@zhihui")).unwrap();
                assert_eq!(faults(&html), Vec::<String>::new());
                assert!(html.len() < 64 << 10, "what is long is cut off by some: {}", html.len());
            }
        }
    }

    #[test]
    fn nothing_is_loaded_or_run_and_what_mail_says_is_escaped() {
        let mut figures = sample::figures();
        figures.overdue[0].unit = Some("<script>alert(1)</script>\" onclick=\"x".into());
        let html = html(&Page::of(&sample::digest(&figures)), Picture::Cid("chart@zhihui")).unwrap();
        assert!(html.contains("&lt;script&gt;alert(1)&lt;&#x2f;script&gt;") && html.contains("src=\"cid:chart@zhihui\""), "{html}");
        for banned in ["<script", "http", "<link", "<style", "url(", "javascript", "zhihui ", "19900009037", "seal.", "2023-H1"] {
            assert!(!html.contains(banned), "{banned}");
        }
        // Half-open tags would eat what follows.
        for tag in ["table", "tr", "td", "th", "div", "p"] {
            let opened = html.matches(&format!("<{tag} ")).count() + html.matches(&format!("<{tag}>")).count();
            assert_eq!(opened, html.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }
}
