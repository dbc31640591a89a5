//! What mail programs can show, for tests of every page that we send.
//!
//! QQ Mail, 163 and Outlook between them drop `<style>`, classes, positions, floats, flexible boxes and pictures behind text;
//! Outlook draws with Word, which goes by attributes (width, bgcolor, cellpadding) where it knows no style; and none of them
//! loads anything from elsewhere without asking.

/// What no page may have.
const BANNED: [&str; 29] = [
    "<style",
    "<script",
    "<link",
    "<iframe",
    "<form",
    "<input",
    "<svg",
    "<video",
    "<object",
    "<base",
    " class=",
    " id=",
    "position:",
    "float:",
    "flex",
    "grid",
    "url(",
    "@media",
    "@import",
    "calc(",
    "var(",
    "expression(",
    "background-image",
    "javascript:",
    "http:",
    "https:",
    "vw;",
    "rem;",
    "opacity",
];

/// A sentence for each thing that some mail program would not show, or would not show as it is meant.
pub fn faults(html: &str) -> Vec<String> {
    let mut faults: Vec<String> = BANNED.iter().filter(|word| html.contains(*word)).map(|word| format!("has {word}")).collect();
    for tag in html.split('<').skip(1).filter_map(|rest| rest.split_once('>').map(|(tag, _)| tag)) {
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let has = |attribute: &str| format!(" {attributes}").contains(&format!(" {attribute}=\""));
        let wanted: &[&str] = match name {
            "table" => &["width", "cellpadding", "cellspacing", "border"],
            "img" => &["src", "width", "alt"],
            _ => &[],
        };
        let lacking = wanted.iter().filter(|attribute| !has(attribute));
        faults.extend(lacking.map(|attribute| format!("<{tag}> lacks {attribute}")));
        if name == "img" && !(attributes.contains("src=\"cid:") || attributes.contains("src=\"data:image/png;base64,")) {
            faults.push(format!("<{tag}> loads something"));
        }
        if name == "img" && attributes.contains("alt=\"\"") {
            faults.push(format!("<{tag}> says nothing where pictures are not shown"));
        }
        if ["table", "td", "th", "body"].contains(&name) && attributes.contains("background:") && !has("bgcolor") {
            faults.push(format!("<{tag}> lacks bgcolor"));
        }
        if attributes.split([' ', '"']).any(|word| word.starts_with("on") && word.ends_with('=')) {
            faults.push(format!("<{tag}> runs something"));
        }
    }
    faults
}

#[test]
fn what_some_mail_program_drops_is_found() {
    for page in [
        "<style>p{}</style>",
        "<div style=\"display:flex\">",
        "<table width=\"100%\">",
        "<img src=\"cid:a\" width=\"1\" alt=\"\">",
        "<img src=\"http://a\" width=\"1\" alt=\"b\">",
        "<td style=\"background:#fff\">",
        "<p onclick=\"x\">",
    ] {
        assert!(!faults(page).is_empty(), "{page}");
    }
    assert_eq!(faults("<td bgcolor=\"#fff\" style=\"background:#fff\"><img src=\"cid:a\" width=\"1\" alt=\"b\">"), Vec::<String>::new());
}
