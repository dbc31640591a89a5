//! A page as one HTML file that loads and runs nothing: styles stand in it, and its own policy forbids the rest.
//!
//! For readers of every kind: landmarks, one heading after the other, tables with captions and with headings that say
//! what they head (WCAG 2.2 AA). On a narrow screen a row becomes a card, its cells under their headings. Values are
//! escaped by minijinja, since the template's name ends in `.html`.

use super::Page;
use minijinja::{Environment, Value, context, value::Serde};

/// Lays a page out.
pub fn html(page: &Page) -> Result<String, minijinja::Error> {
    let page = page.inert();
    Environment::new().render_named_str("explain.html", include_str!("explain.html"), context! { page => Value::from(Serde(&page)) })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn nothing_is_loaded_or_run_and_what_mail_says_is_escaped() {
        let html = html(&sample::hostile()).unwrap();
        for banned in ["<script", "<img", "http:", "https:", "<link", "url(", "javascript:", "\u{202e}", "\u{1b}", "onload=\"", "\u{2028}"]
        {
            assert!(!html.contains(banned), "{banned}");
        }
        assert!(html.contains("&lt;script&gt;") && html.contains("\\u{202e}gpj.exe") && html.contains("{{ 1 }}&amp;amp;"));
        assert!(html.contains("default-src 'none'") && html.contains("lang=\"zh-CN\""));
    }

    #[test]
    fn every_tag_is_closed_and_every_heading_of_a_table_says_what_it_heads() {
        let html = html(&sample::hostile()).unwrap();
        for tag in [
            "html", "head", "body", "header", "nav", "main", "section", "footer", "table", "caption", "thead", "tbody", "tr", "td", "th",
            "dl", "dt", "dd", "ol", "li", "p", "h1", "h2", "h3", "div", "span",
        ] {
            let opened = html.matches(&format!("<{tag} ")).count() + html.matches(&format!("<{tag}>")).count();
            assert_eq!(opened, html.matches(&format!("</{tag}>")).count(), "{tag}");
        }
        assert_eq!(html.matches("<th ").count(), html.matches("scope=\"").count());
    }
}
