//! The published site in a browser: nobody is kept out of it (axe-core), its search works from a folder, and it fits a phone.
//!
//! It drives headless Chromium, so it runs only where it is named: `tests/run --site` brings all that it takes. axe-core is no
//! part of this repository (MPL-2.0): `ZHIHUI_AXE` says where its `axe.min.js` lies.

#![expect(clippy::expect_used, reason = "a helper that fails has failed the test")]

#[path = "support/forms.rs"]
mod forms;
#[path = "support/office.rs"]
#[expect(dead_code, reason = "a part of the harness")]
mod office;
#[path = "support/selected.rs"]
mod selected;

use office::Office;
use selected::{files, folder, run, selected};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every page that the site has one of its kind of.
const PAGES: [&str; 5] =
    ["index.html", "cases/JCZH-2023-0001.html", "cases/JCZH-2023-0002.html", "batches/2023-H1.html", "regions/wuhan.html"];

async fn published() -> (Office, PathBuf) {
    let (office, app) = selected().await;
    app.store.close().await;
    for number in ["JCZH-2023-0001", "JCZH-2023-0002"] {
        run(&office, &["publish", "consent", number, "--reason", "单位来函同意公开", "--yes"]);
    }
    let place = folder(&office).join("公布");
    run(&office, &["publish", "build", "--to", &place.display().to_string()]);
    (office, place)
}

/// What stands in a page once its scripts have run.
fn shown(place: &Path, page: &str, width: u32) -> String {
    let profile = tempfile::TempDir::new().expect("a folder");
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"])
        .args(["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--allow-file-access-from-files"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--window-size={width},900"))
        .args(["--virtual-time-budget=20000", "--dump-dom"])
        .arg(format!("file://{}/{page}", place.display()))
        .output()
        .expect("chromium is there: tests/run --site brings it");
    assert!(output.status.success(), "{page}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// A copy of a page that a script of ours may look at.
fn looked_at(place: &Path, page: &str, script: &str) -> String {
    let html = fs::read_to_string(place.join(page)).expect("a page");
    let policy = html.split("<meta http-equiv=\"Content-Security-Policy\"").nth(1).and_then(|rest| rest.split('>').next());
    let html = html.replace(&format!("<meta http-equiv=\"Content-Security-Policy\"{}>", policy.expect("a policy")), "");
    let copy = format!("{}.look.html", page.trim_end_matches(".html"));
    fs::write(place.join(&copy), html.replace("</body>", &format!("<script>{script}</script></body>"))).expect("it is written");
    copy
}

/// What a script of ours found.
fn found(dom: &str) -> Value {
    let json = dom.split("<pre id=\"found\">").nth(1).and_then(|rest| rest.split("</pre>").next()).expect("it ran to its end");
    serde_json::from_str(&json.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")).expect("JSON")
}

const TELL: &str = "function tell(value) { var found = document.createElement('pre'); found.id = 'found'; \
                    found.textContent = JSON.stringify(value); document.body.replaceChildren(found); }";

#[tokio::test]
async fn what_is_looked_for_is_found_without_a_server_and_nothing_of_it_is_run() {
    let (_office, place) = published().await;
    for (query, hit, count) in [
        ("%E8%AE%A1%E9%87%8F", "JCZH-2023-0001", "1件"),
        // Full width, and two words that stand apart.
        ("%EF%BC%91%EF%BC%93%EF%BC%90%EF%BC%90%20%E5%85%89%E7%94%B5", "JCZH-2023-0001", "1件"),
        ("%E5%87%BA%E5%8F%A3", "JCZH-2023-0002", "1件"),
    ] {
        let dom = shown(&place, &format!("index.html#q={query}"), 1200);
        let results = dom.split("id=\"found\"").nth(1).and_then(|rest| rest.split("</section>").next()).expect("the results");
        assert!(results.contains(&format!("cases/{hit}.html")) && results.contains("<mark>"), "{query}: {results}");
        assert!(dom.contains(&format!(">{count}<")) && results.matches("<li").count() == 1, "{query}: {results}");
    }
    let dom = shown(&place, "index.html#q=%3Cscript%3Ealert(1)%3C%2Fscript%3E", 1200);
    assert!(dom.contains("没有找到") && !dom.contains("<script>alert(1)"), "{dom}");
    for broken in ["%", "%E8%AE", "%00", ""] {
        assert!(shown(&place, &format!("index.html#q={broken}"), 390).contains("典型案例"), "{broken}");
    }
}

#[tokio::test]
async fn a_phone_shows_every_page_without_scrolling_to_the_side() {
    let (_office, place) = published().await;
    let script = format!(
        "{TELL} tell({{wide: document.documentElement.scrollWidth, inner: window.innerWidth, \
         remote: performance.getEntriesByType('resource').filter(function (one) {{ return !/^(file|data):/.test(one.name); }}).length}});"
    );
    for page in PAGES {
        // Chromium makes no window narrower than 500; a frame of 390 within it is one.
        let copy = looked_at(&place, page, &script);
        let frame = format!("{}.frame.html", page.trim_end_matches(".html"));
        let inner = copy.rsplit('/').next().expect("a name");
        let outer = format!(
            "<!DOCTYPE html><body><iframe src=\"{inner}\" width=\"390\" height=\"800\"></iframe><script>{TELL} window.onload = function () {{ \
             tell(JSON.parse(document.querySelector('iframe').contentDocument.getElementById('found').textContent)); }};</script></body>"
        );
        fs::write(place.join(&frame), outer).expect("it is written");
        let told = found(&shown(&place, &frame, 800));
        assert!(files(&place).len() > PAGES.len());
        assert!(told["inner"] == 390 && told["wide"].as_u64().is_some_and(|wide| wide <= 390) && told["remote"] == 0, "{page}: {told}");
    }
}

#[tokio::test]
async fn nobody_is_kept_out() {
    let axe = std::env::var("ZHIHUI_AXE").expect("ZHIHUI_AXE says where axe.min.js lies: tests/run --site brings it");
    let axe = fs::read_to_string(axe).expect("axe.min.js").replace("</script", "<\\/script");
    let (_office, place) = published().await;
    let script =
        format!("{axe};{TELL} axe.run(document, {{iframes: false}}).then(tell, function (error) {{ tell({{error: String(error)}}); }});");
    for page in PAGES {
        let copy = looked_at(&place, page, &script);
        for (width, hash) in [(1200, ""), (500, ""), (1200, "#q=%E8%AE%A1%E9%87%8F")] {
            let told = found(&shown(&place, &format!("{copy}{hash}"), width));
            let violations = told["violations"].as_array().unwrap_or_else(|| panic!("{page}: {told}"));
            let serious: Vec<&Value> = violations.iter().filter(|one| one["impact"] == "serious" || one["impact"] == "critical").collect();
            assert!(serious.is_empty(), "{page} at {width}: {serious:#?}");
            assert!(told["passes"].as_array().is_some_and(|passes| passes.len() > 10), "{page}: axe looked at something");
        }
    }
}
