//! The selected cases as a static site: an index with a search that needs no server, a page for each case, and lists by
//! batch, category and region. It works from a folder as from a server, loads nothing from elsewhere, and runs one script,
//! which its own policy names by its hash (Content Security Policy Level 3).
//!
//! Without that script everything but the search is there. Values are escaped by minijinja, since the templates' names end
//! in `.html`; what the search looks through is JSON in which no `<` stands.

use super::{Case, Publication, Tag};
use crate::report::dossier::Entry;
use crate::report::words;
use data_encoding::BASE64;
use minijinja::{Environment, Value, context, value::Serde};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

const STYLE: &str = include_str!("site_pages/style.css");
const SCRIPT: &str = include_str!("site_pages/search.js");

/// Cases of one kind of groups, such as all batches.
#[derive(Debug, Serialize)]
struct Kind<'a> {
    folder: &'static str,
    label: &'static str,
    groups: Vec<Group<'a>>,
}

/// Cases that have a batch, a category or a region in common.
#[derive(Debug, Serialize)]
struct Group<'a> {
    tag: &'a Tag,
    cases: Vec<&'a Case>,
}

/// Every file of the site.
pub fn site(publication: &Publication) -> Result<Vec<Entry>, minijinja::Error> {
    let pages = Pages::new(publication)?;
    let mut files = vec![pages.index()?];
    for kind in &pages.kinds {
        for group in &kind.groups {
            files.push(pages.group(kind, group)?);
        }
    }
    let cases = &publication.cases;
    for (at, case) in cases.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| cases.get(at));
        files.push(pages.case(case, before, cases.get(at + 1))?);
        let pictures = case.figures.iter().enumerate();
        files.extend(pictures.map(|(at, figure)| entry(format!("pictures/{}-{}.jpg", case.number, at + 1), figure.jpeg.clone())));
    }
    Ok(files)
}

fn entry(path: String, bytes: Vec<u8>) -> Entry {
    Entry { path, bytes }
}

struct Pages<'a> {
    templates: Environment<'static>,
    publication: &'a Publication,
    site: Value,
    kinds: Vec<Kind<'a>>,
}

impl<'a> Pages<'a> {
    fn new(publication: &'a Publication) -> Result<Pages<'a>, minijinja::Error> {
        let mut templates = Environment::new();
        for (name, source) in [
            ("base.html", include_str!("site_pages/base.html")),
            ("cards.html", include_str!("site_pages/cards.html")),
            ("index.html", include_str!("site_pages/index.html")),
            ("group.html", include_str!("site_pages/group.html")),
            ("case.html", include_str!("site_pages/case.html")),
        ] {
            templates.add_template(name, source)?;
        }
        templates.add_global("style", Value::from_safe_string(STYLE.to_owned()));
        templates.add_global("as_of", publication.as_of.map(words::day));
        Ok(Pages { templates, publication, site: Value::from(Serde(publication)), kinds: kinds(&publication.cases) })
    }

    fn page(&self, path: String, template: &str, root: &str, values: Value) -> Result<Entry, minijinja::Error> {
        let script =
            if template == "index.html" { format!("'sha256-{}'", BASE64.encode(&Sha256::digest(SCRIPT))) } else { "'none'".into() };
        let policy = format!(
            "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; script-src {script}; base-uri 'none'; form-action 'self'"
        );
        let page = context! { site => self.site.clone(), root => Value::from_safe_string(root.to_owned()), policy => Value::from_safe_string(policy), ..values };
        Ok(entry(path, self.templates.get_template(template)?.render(page)?.into_bytes()))
    }

    fn index(&self) -> Result<Entry, minijinja::Error> {
        let units: BTreeSet<&String> = self.publication.cases.iter().flat_map(|case| &case.units).collect();
        let values = context! {
            kinds => Value::from(Serde(&self.kinds)),
            units => units.len(),
            index => Value::from_safe_string(searched(&self.publication.cases)),
            script => Value::from_safe_string(SCRIPT.to_owned()),
        };
        self.page("index.html".into(), "index.html", "", values)
    }

    fn group(&self, kind: &Kind<'_>, group: &Group<'_>) -> Result<Entry, minijinja::Error> {
        let values = context! { kind => Value::from(Serde(kind)), group => Value::from(Serde(group)) };
        self.page(format!("{}/{}.html", kind.folder, group.tag.id), "group.html", "../", values)
    }

    fn case(&self, case: &Case, before: Option<&Case>, after: Option<&Case>) -> Result<Entry, minijinja::Error> {
        let values =
            context! { case => Value::from(Serde(case)), before => Value::from(Serde(&before)), after => Value::from(Serde(&after)) };
        self.page(format!("cases/{}.html", case.number), "case.html", "../", values)
    }
}

fn kinds(cases: &[Case]) -> Vec<Kind<'_>> {
    let kind = |folder, label, tags: fn(&Case) -> Vec<&Tag>| {
        let mut groups: Vec<Group> = Vec::new();
        for case in cases {
            for tag in tags(case) {
                match groups.iter_mut().find(|group| group.tag.id == tag.id) {
                    Some(group) => group.cases.push(case),
                    None => groups.push(Group { tag, cases: vec![case] }),
                }
            }
        }
        groups.sort_by_key(|group| group.tag.rank);
        Kind { folder, label, groups }
    };
    vec![
        kind("batches", "按批次", |case| vec![&case.batch]),
        kind("categories", "按分类", |case| case.categories.iter().collect()),
        kind("regions", "按地区", |case| vec![&case.region]),
    ]
}

/// What the search looks through. A `<` would end the element that holds it, and two of Unicode's line ends a script's line.
fn searched(cases: &[Case]) -> String {
    let one = |case: &Case| {
        let text = case.parts.iter().flat_map(|part| &part.paragraphs).map(|paragraph| paragraph.text.as_str());
        let labels = |tags: &[Tag]| tags.iter().map(|tag| tag.label.clone()).collect::<Vec<_>>();
        let tags = [vec![case.region.label.clone()], labels(&case.categories), case.focus.clone(), vec![case.batch.label.clone()]];
        json!({
            "number": case.number, "title": case.title, "units": case.units.join("、"), "tags": tags.concat().join(" "),
            "text": text.collect::<Vec<_>>().join(" "),
        })
    };
    let json = serde_json::Value::from_iter(cases.iter().map(one)).to_string();
    json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn text(files: &[Entry], path: &str) -> String {
        let file = files.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("no {path}"));
        String::from_utf8(file.bytes.clone()).unwrap()
    }

    #[test]
    fn every_page_is_there_and_the_same_each_time() {
        let files = site(&sample::publication()).unwrap();
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "index.html",
                "batches/2023-H1.html",
                "batches/2023-H2.html",
                "categories/metrology.html",
                "categories/standards.html",
                "categories/inspection.html",
                "regions/shiyan.html",
                "regions/province.html",
                "regions/other.html",
                "cases/JCZH-2023-0001.html",
                "pictures/JCZH-2023-0001-1.jpg",
                "cases/JCZH-2023-0002.html",
                "cases/JCZH-2023-0010.html",
            ]
        );
        assert_eq!(files, site(&sample::publication()).unwrap());
        let index = text(&files, "index.html");
        assert!(index.contains("荆楚质汇") && index.contains("筑基赋能 聚力先行——湖北质量基础设施") && index.contains("共公布典型案例3件"));
        assert!(text(&site(&Publication::default()).unwrap(), "index.html").contains("尚未公布"));
    }

    #[test]
    fn every_link_leads_somewhere_and_to_no_other_place() {
        let files = site(&sample::publication()).unwrap();
        for file in files.iter().filter(|file| file.path.ends_with(".html")) {
            let page = text(&files, &file.path);
            for part in page.split("href=\"").chain(page.split("src=\"")).skip(1) {
                let (link, _) = part.split_once('"').unwrap();
                let target = link.split('#').next().unwrap();
                if link.starts_with("<!DOCTYPE") || target.is_empty() || target == "compilation.docx" {
                    continue;
                }
                let path = match target.strip_prefix("../") {
                    Some(path) => path.to_owned(),
                    None if file.path.starts_with("cases/") => format!("cases/{target}"),
                    None => target.to_owned(),
                };
                assert!(files.iter().any(|file| file.path == path), "{}: {link}", file.path);
            }
            for banned in ["http:", "https:", "//cdn", "url(", "@import", "javascript:", "<link", "<iframe"] {
                assert!(!page.contains(banned), "{}: {banned}", file.path);
            }
        }
    }

    #[test]
    fn what_units_write_is_shown_and_never_run() {
        let files = site(&sample::publication()).unwrap();
        let page = text(&files, "cases/JCZH-2023-0001.html");
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;alert(1)"), "{page}");
        assert!(text(&files, "cases/JCZH-2023-0002.html").contains("“标准”&lt;b&gt;领跑"));
        let index = text(&files, "index.html");
        assert_eq!(index.matches("<script").count(), 2, "the words and the search");
        assert!(index.contains("\\u003cscript>alert(1)\\u003c/script>"));
        let hash = BASE64.encode(&Sha256::digest(SCRIPT));
        assert!(index.contains(&format!("script-src 'sha256-{hash}'")) && index.contains(&format!("<script>{SCRIPT}</script>")));
        for file in files.iter().filter(|file| file.path.ends_with(".html")) {
            let page = text(&files, &file.path);
            for tag in [
                "html", "body", "main", "nav", "header", "footer", "section", "article", "ul", "ol", "li", "dl", "div", "p", "a", "h1",
                "h2", "h3",
            ] {
                let opened = page.matches(&format!("<{tag} ")).count() + page.matches(&format!("<{tag}>")).count();
                assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{}: {tag}", file.path);
            }
        }
    }

    #[test]
    fn two_of_one_title_stay_apart_and_what_turns_lines_round_or_goes_on_for_pages_harms_nothing() {
        use super::super::{Case, Source};
        use crate::model::campaign::{Campaign, Category};
        use crate::model::region::Regions;
        let campaign: Campaign = toml::from_str(crate::config::builtin::CAMPAIGN).unwrap();
        let regions: Regions = toml::from_str(crate::config::builtin::REGIONS).unwrap();
        let title = "题目\u{202e}\u{7}</title><script>alert(1)</script>]]>{{ site }}\u{2028}";
        let mut reading = sample::reading(title, "某\" onload=\"所", Some("十堰市"), &[Category::Metrology]);
        reading.introduction.practices = Some("检测<img src=x onerror=alert(1)>".repeat(400));
        let case = |number| Case::new(Source { number, reading: &reading, batch: Some("2023-H1"), figures: &[] }, &campaign, &regions);
        let publication = Publication { cases: vec![case("JCZH-2023-0001"), case("JCZH-2023-0002")], ..Publication::new(&campaign, None) };
        let files = site(&publication).unwrap();
        for file in files.iter().filter(|file| file.path.ends_with(".html")) {
            let page = text(&files, &file.path);
            for raw in ["\u{202e}", "\u{7}", "\u{2028}", "<script>alert", "<img src=x", "onload=\"所", "</title><"] {
                assert!(!page.contains(raw), "{}: {raw:?}", file.path);
            }
            let scripts = if file.path == "index.html" { 2 } else { 0 };
            assert_eq!(page.matches("<script").count(), scripts, "{}", file.path);
        }
        assert!(text(&files, "cases/JCZH-2023-0001.html").contains("{{ site }}"), "words of units are no template");
        assert!(files.iter().any(|file| file.path == "cases/JCZH-2023-0002.html"));
        for case in &publication.cases {
            assert!(case.summary.chars().count() < 120);
            let copies = super::super::copy::copy(&publication, case).unwrap();
            for copy in copies.iter().filter(|file| file.path.ends_with(".html")) {
                let page = String::from_utf8(copy.bytes.clone()).unwrap();
                assert!(!page.contains("<script") && !page.contains("<img src=x") && !page.contains('\u{202e}'), "{}", copy.path);
            }
        }
        let bytes = super::super::compilation::compilation(&publication).unwrap();
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let mut xml = String::new();
        std::io::Read::read_to_string(&mut archive.by_name("word/document.xml").unwrap(), &mut xml).unwrap();
        let mut reader = quick_xml::Reader::from_str(&xml);
        while !matches!(reader.read_event().unwrap(), quick_xml::events::Event::Eof) {}
        assert!(!xml.contains('\u{7}') && !xml.contains('\u{202e}'));
    }
}
