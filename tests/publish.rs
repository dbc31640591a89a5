//! From selected cases to what society reads, by the program itself: consent, site, compilation and copy. Nothing that was
//! not confirmed is written, nothing personal is in anything that is.

#![expect(clippy::expect_used, reason = "a helper that fails has failed the test")]

#[path = "support/forms.rs"]
mod forms;
#[path = "support/office.rs"]
#[expect(dead_code, reason = "a part of the harness")]
mod office;
#[path = "support/selected.rs"]
mod selected;

use mail_parser::{MessageParser, MessagePart, MimeHeaders};
use selected::{files, folder, run, select, selected, zhihui, zhihui_by};
use std::fs;
use std::io::{Cursor, Read};
use zhihui::model::outcome::Outcome;

/// Names and numbers that nobody may find in anything public.
const PERSONAL: [&str; 8] = ["陈楚江", "林江夏", "周襄樊", "19900000011", "19900000012", "0710-3456789", "3456789", "zhou@unit.example"];

/// What a file holds, archives opened as far as they go.
fn parts(name: &str, bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut parts = vec![(name.to_owned(), bytes.to_vec())];
    if let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) {
        for at in 0..archive.len() {
            let mut part = archive.by_index(at).expect("a part");
            let inner = format!("{name}!{}", part.name().expect("a name"));
            let mut bytes = Vec::new();
            part.read_to_end(&mut bytes).expect("its bytes");
            drop(part);
            parts.extend(self::parts(&inner, &bytes));
        }
    }
    parts
}

/// Nothing personal, however deep.
fn assert_public(name: &str, bytes: &[u8]) {
    for (name, bytes) in parts(name, bytes) {
        let text = String::from_utf8_lossy(&bytes);
        for personal in PERSONAL {
            assert!(!text.contains(personal) && !name.contains(personal), "{name} names {personal}");
        }
        for hidden in ["Exif", "GPS", "Photoshop", "ICC_PROFILE"] {
            let is_picture = name.ends_with(".jpg") || name.ends_with(".jpeg");
            assert!(!is_picture || !bytes.windows(hidden.len()).any(|window| window == hidden.as_bytes()), "{name} bears {hidden}");
        }
    }
}

const CONSENT: [&str; 3] = ["--reason", "单位来函同意公开", "--yes"];

#[tokio::test]
async fn only_what_was_selected_and_consented_to_is_published_and_nothing_personal_with_it() {
    let (office, app) = selected().await;
    let place = folder(&office).join("公布");
    let build = || run(&office, &["publish", "build", "--to", &place.display().to_string()]);
    let said = build();
    assert!(said.contains("公布案例0件") && said.matches("未登记同意").count() == 2, "{said}");

    let shown = zhihui(&office, &["publish", "consent", "JCZH-2023-0001", "--reason", "单位来函同意公开"]);
    let said = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert_eq!(shown.status.code(), Some(2), "nobody was there to say yes");
    assert!(said.contains("公开的照片：现场检测.jpg") && said.contains("文字中的联系人姓名、电话等2处将隐去"), "{said}");
    assert!(build().contains("公布案例0件"), "it was only shown");

    run(&office, &[&["publish", "consent", "JCZH-2023-0001"][..], &CONSENT].concat());
    run(&office, &[&["publish", "consent", "JCZH-2023-0002", "--picture", "获奖证书.jpg"][..], &CONSENT].concat());
    // Consent alone makes nothing public.
    run(&office, &[&["publish", "consent", "JCZH-2023-0003"][..], &CONSENT].concat());
    let said = build();
    assert!(said.contains("公布案例2件") && !said.contains("JCZH-2023-0003"), "{said}");
    let first = files(&place);
    let paths: Vec<String> =
        first.keys().filter_map(|path| path.strip_prefix(&place).ok()).map(|path| path.display().to_string()).collect();
    for wanted in [
        "index.html",
        "batches/2023-H1.html",
        "categories/metrology.html",
        "regions/wuhan.html",
        "regions/xiangyang.html",
        "cases/JCZH-2023-0001.html",
        "pictures/JCZH-2023-0001-1.jpg",
        "pictures/JCZH-2023-0002-2.jpg",
        "compilation.docx",
        "copy/JCZH-2023-0001/portal.docx",
        "copy/JCZH-2023-0002/wechat.html",
    ] {
        assert!(paths.iter().any(|path| path == wanted), "{wanted}: {paths:?}");
    }
    assert!(!paths.iter().any(|path| path.contains("0003")) && !paths.iter().any(|path| path.contains("0001-2")), "{paths:?}");
    for (path, bytes) in &first {
        assert_public(&path.display().to_string(), bytes);
        assert!(!String::from_utf8_lossy(bytes).contains("十堰市产品质量检验检测所"), "what is not confirmed is in {}", path.display());
    }
    build();
    assert!(first == files(&place), "twice gives the same bytes");
    let acts: Vec<String> = app.store.list_audit(&Default::default()).await.expect("the log").into_iter().map(|row| row.act).collect();
    assert_eq!(acts.iter().filter(|act| *act == "site.published").count(), 4, "{acts:?}");
    assert_eq!(acts.iter().filter(|act| *act == "consent.noted").count(), 3, "{acts:?}");
}

#[tokio::test]
async fn what_changes_after_the_consent_or_is_taken_back_is_published_no_more() {
    let (office, app) = selected().await;
    let place = folder(&office).join("site");
    let build = || run(&office, &["publish", "build", "--to", &place.display().to_string(), "--batch", "上半年"]);
    run(&office, &[&["publish", "consent", "JCZH-2023-0001", "JCZH-2023-0002"][..], &CONSENT].concat());
    assert!(build().contains("公布案例2件"));
    run(&office, &["case", "edit", "JCZH-2023-0001", "--field", "案例题目=另一个题目", "--reason", "更正", "--yes"]);
    let said = build();
    assert!(
        said.contains("公布案例1件") && said.contains("同意后内容有变动") && !place.join("cases/JCZH-2023-0001.html").exists(),
        "{said}"
    );
    let list = run(&office, &["publish", "list", "--json", "number,consent"]);
    assert!(list.contains("changed") && list.contains("given"), "{list}");
    run(&office, &[&["publish", "consent", "JCZH-2023-0001"][..], &CONSENT].concat());
    run(&office, &["publish", "consent", "JCZH-2023-0002", "--withdraw", "--reason", "单位来电要求撤下", "--yes"]);
    let said = build();
    assert!(said.contains("公布案例1件") && said.contains("已撤回同意") && !place.join("cases/JCZH-2023-0002.html").exists(), "{said}");
    // Who is taken out of the selection after all is taken out here.
    select(&app, "JCZH-2023-0001", Outcome::NotSelected).await;
    // Nothing is put in the place of a full one without a word.
    let refused = zhihui(&office, &["publish", "build", "--to", &place.display().to_string(), "--batch", "上半年"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(1) && said.contains("没有改动") && place.join("cases").exists(), "{said}");
    fs::remove_dir_all(&place).expect("it is removed");
    let said = build();
    assert!(said.contains("公布案例0件") && !place.join("cases").exists() && !place.join("compilation.docx").exists(), "{said}");
}

#[tokio::test]
async fn a_picture_with_a_seal_is_never_published_and_a_wrong_name_is_told() {
    let (office, _app) = selected().await;
    let consent = |picture: &str| {
        let output = zhihui(&office, &[&["publish", "consent", "JCZH-2023-0001", "--picture", picture][..], &CONSENT].concat());
        assert!(!output.status.success(), "{picture}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(consent("没有.jpg").contains("现场检测.jpg"), "what can be written is told");
    let said = zhihui(&office, &[&["publish", "consent", "JCZH-2023-0002", "--no-pictures"][..], &CONSENT].concat());
    assert!(String::from_utf8_lossy(&said.stdout).contains("公开的照片：无"));
    for number in ["JCZH-2023-0009", "../x"] {
        let output = zhihui(&office, &[&["publish", "consent", number][..], &CONSENT].concat());
        assert!(output.status.code() == Some(1) && String::from_utf8_lossy(&output.stderr).contains("没有案例"), "{number}");
    }
    let other = folder(&office).join("mail");
    let output = zhihui(&office, &["publish", "build", "--to", &other.display().to_string()]);
    assert!(!output.status.success() && files(&other).len() == 3, "a folder of other things stays as it is");
}

/// The parts of a mail that are attached: names and bytes.
fn attached(mime: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mail = MessageParser::default().parse(mime).expect("a mail");
    let file = |part: &MessagePart<'_>| (part.attachment_name().unwrap_or_default().to_owned(), part.contents().to_vec());
    mail.attachments().map(file).collect()
}

const SAMR: [&str; 7] = ["refer", "--to", "samr", "--address", "office@samr.example", "--reason", "择优报送"];

#[tokio::test]
async fn selected_cases_are_sent_on_when_released_and_tracked_and_those_to_the_national_administration_are_referred() {
    let (office, app) = selected().await;
    let waits = zhihui(&office, &[&SAMR[..], &["JCZH-2023-0003", "--yes"]].concat());
    let said = String::from_utf8_lossy(&waits.stderr).into_owned();
    assert!(waits.status.code() == Some(1) && said.contains("拟入选"), "only what is selected for good: {said}");
    let shown = zhihui(&office, &[&SAMR[..], &["JCZH-2023-0001"]].concat());
    assert!(shown.status.code() == Some(2) && String::from_utf8_lossy(&shown.stdout).contains("现择优报送典型案例1件"));
    assert_eq!(app.store.list_referrals(None).await.expect("the record"), [], "it was only shown");
    run(&office, &[&SAMR[..], &["JCZH-2023-0002", "JCZH-2023-0001", "--yes"]].concat());
    let local = ["refer", "--to", "local", "--recipient", "襄阳市人民政府", "--address", "gov@xiangyang.example", "--reason", "供推广"];
    run(&office, &[&local[..], &["JCZH-2023-0002", "--yes"]].concat());
    let rows = app.store.list_referrals(Some("2023")).await.expect("the record");
    let told: Vec<(&str, &str, usize)> = rows.iter().map(|row| (row.target.as_str(), row.state.as_str(), row.case_numbers.len())).collect();
    assert_eq!(told, [("local", "held", 1), ("samr", "held", 2)]);
    for row in &rows {
        let mime = app.store.outbox_mime(row.outbox).await.expect("the record").expect("a mail");
        let text = MessageParser::default().parse(&mime).expect("a mail").body_text(0).expect("a text").into_owned();
        assert_public("text", text.as_bytes());
        let files = attached(&mime);
        assert_eq!(files.len(), 2, "letter and package");
        files.iter().for_each(|(name, bytes)| assert_public(name, bytes));
        assert!(files[1].0 == "典型案例材料.zip" && parts("zip", &files[1].1).iter().any(|(name, _)| name.ends_with("证明材料清单.txt")));
    }
    let samr = rows[1].outbox.to_string();
    assert_eq!(app.store.outcome("JCZH-2023-0001").await.expect("the record"), Some(Outcome::Selected));
    app.store.close().await;
    run(&office, &["outbox", "release", &samr, "--reason", "已阅"]);
    run(&office, &["poll"]);
    let app = office.open().await;
    for number in ["JCZH-2023-0001", "JCZH-2023-0002"] {
        assert_eq!(app.store.outcome(number).await.expect("the record"), Some(Outcome::Referred));
    }
    let list = run(&office, &["refer", "list", "--json", "target,state,case_numbers"]);
    assert!(list.contains("\"sent\"") && list.contains("\"held\""), "{list}");
    // What was referred is still public, and what is sent there twice is told.
    run(&office, &[&["publish", "consent", "JCZH-2023-0001", "--no-pictures"][..], &CONSENT].concat());
    let place = folder(&office).join("公布").display().to_string();
    assert!(run(&office, &["publish", "build", "--to", &place]).contains("公布案例1件"));
    let again = zhihui(&office, &[&SAMR[..], &["JCZH-2023-0001"]].concat());
    assert!(String::from_utf8_lossy(&again.stdout).contains("此前已向该邮箱推送过 JCZH-2023-0001"));
    assert_eq!(app.store.verify_audit(None).await.expect("the log").faults, []);
}

#[tokio::test]
async fn whom_to_call_is_sent_on_only_when_two_persons_want_it() {
    let (office, app) = selected().await;
    let wanted = [&SAMR[..], &["JCZH-2023-0001", "--with-contacts", "--yes"]].concat();
    assert!(run(&office, &wanted).contains("请另一位协调员"));
    assert_eq!(app.store.list_referrals(None).await.expect("the record"), []);
    let same = zhihui(&office, &wanted);
    assert!(String::from_utf8_lossy(&same.stderr).contains("须由另一人确认"), "the same person twice");
    let waits = run(&office, &["approval", "list"]);
    let typed = "zhihui refer --to samr --address office@samr.example --recipient 市场监管总局 --with-contacts";
    assert!(waits.contains(typed), "{waits}");
    // Another recipient at the same address is another wish.
    let other = zhihui_by("li", &office, &[&wanted[..], &["--recipient", "另一单位"]].concat());
    assert!(String::from_utf8_lossy(&other.stderr).contains("请另一位协调员"), "{other:?}");
    assert_eq!(app.store.list_referrals(None).await.expect("the record"), []);
    let wanted = [&SAMR[..], &["jczh-2023-0001", "--with-contacts", "--yes"]].concat();
    let second = zhihui_by("li", &office, &wanted);
    assert!(second.status.success(), "{}", String::from_utf8_lossy(&second.stderr));
    let rows = app.store.list_referrals(None).await.expect("the record");
    let mime = app.store.outbox_mime(rows[0].outbox).await.expect("the record").expect("a mail");
    let package = attached(&mime).remove(1).1;
    assert!(
        parts("zip", &package)
            .iter()
            .any(|(name, bytes)| name.ends_with("案例记录.json") && String::from_utf8_lossy(bytes).contains("19900000011"))
    );
    assert!(parts("zip", &package).iter().any(|(name, _)| name.contains("申报表（原件）")));
}

#[tokio::test]
async fn what_was_released_to_be_sent_on_stays_where_its_case_is_classified_or_withdrawn_before_it_goes() {
    let (office, app) = selected().await;
    run(&office, &[&SAMR[..], &["JCZH-2023-0001", "--yes"]].concat());
    let local = ["refer", "--to", "local", "--address", "gov@xiangyang.example", "--reason", "供推广", "--yes", "JCZH-2023-0002"];
    run(&office, &local);
    let rows = app.store.list_referrals(None).await.expect("the record");
    for row in &rows {
        run(&office, &["outbox", "release", &row.outbox.to_string(), "--reason", "已阅"]);
    }
    let messages = app.store.list_messages(&Default::default()).await.expect("the ledger");
    let brought = messages.iter().find(|row| row.case_numbers == ["JCZH-2023-0001"]).expect("a mail");
    let mut tx = app.store.begin().await.expect("the record");
    tx.classify(brought.sha256.as_deref().expect("its hash")).await.expect("the record");
    tx.commit().await.expect("the record");
    let said = run(&office, &["case", "withdraw", "JCZH-2023-0002", "--reason", "单位撤回", "--yes"]);
    assert!(said.contains("一并取消"), "{said}");
    app.store.close().await;
    let before = files(&folder(&office).join("replies")).len();
    run(&office, &["poll"]);
    assert_eq!(files(&folder(&office).join("replies")).len(), before, "nothing went");
    let app = office.open().await;
    let states: Vec<String> = app.store.list_referrals(None).await.expect("the record").into_iter().map(|row| row.state).collect();
    assert_eq!(states, ["cancelled", "cancelled"]);
    assert_eq!(app.store.outcome("JCZH-2023-0001").await.expect("the record"), Some(Outcome::Selected), "not 已报送");
    let again = zhihui(&office, &[&SAMR[..], &["JCZH-2023-0001", "--yes"]].concat());
    assert!(again.status.code() == Some(1) && String::from_utf8_lossy(&again.stderr).contains("疑似涉密"));
}
