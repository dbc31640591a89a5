//! Raw mails and files in a bucket of a real S3 server on loopback, and on a way to it on which much goes wrong: nothing counts
//! as kept that is not, nothing that was kept is lost for a fault, and what is not as it was kept is named.

#![expect(clippy::expect_used, reason = "a helper that fails has failed the test")]

#[expect(dead_code, reason = "a part of the harness")]
mod support;

use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::Arc,
    time::Duration,
};
use support::s3::{ACCESS_KEY, Fault, S3, SECRET_KEY, Way};
use tempfile::TempDir;
use zhihui::{
    app::App,
    clock::Clock,
    config::{self, Config},
    model::reading::StoredFile,
    store::{BlobError, Blobs, Patience, Trouble, blob::hash},
};

fn settings(endpoint: &str, url: &str, key: &str, secret: &Path) -> config::Blobs {
    let text = format!("url = \"{url}\"\nendpoint = \"{endpoint}\"\naccess_key = \"{key}\"\nsecret_key_file = {secret:?}");
    toml::from_str(&text).expect("it is right")
}

fn secret(folder: &TempDir, words: &str) -> PathBuf {
    let path = folder.path().join("secret");
    fs::write(&path, words).expect("it can be written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("its mode");
    path
}

fn blobs(settings: &config::Blobs) -> Blobs {
    let patience = Patience { connect: Duration::from_secs(5), answer: Duration::from_secs(2), retries: 1 };
    Blobs::with(settings, &patience).expect("it opens")
}

fn file(bytes: &[u8]) -> StoredFile {
    StoredFile { sha256: hash(bytes), bytes: bytes.to_vec().into() }
}

fn trouble(error: &BlobError) -> Option<Trouble> {
    assert!(error.is_transient() && error.is_storage() && !error.is_fatal(), "{error}");
    match error {
        BlobError::Bucket { trouble, .. } => Some(*trouble),
        _ => None,
    }
}

#[tokio::test]
async fn a_bucket_keeps_what_a_folder_keeps() {
    let (s3, folder) = (S3::start(), TempDir::new().expect("a folder"));
    let way = Way::to(s3.port());
    let secret = secret(&folder, SECRET_KEY);
    let own = blobs(&settings(&way.endpoint(), "s3://cases/2023/hubei", ACCESS_KEY, &secret));
    let (one, two, none) = (b"one".as_slice(), vec![7; 300_000], b"".as_slice());
    own.put_all(vec![file(one), file(&two), file(none), file(one)]).await.expect("it is kept");
    let name = hash(one);
    let (start, rest) = name.split_at(2);
    let puts = way.seen();
    assert!(puts.contains(&format!("PUT /cases/2023/hubei/{start}/{rest}")) && puts.len() == 3, "each once, by its hash: {puts:?}");
    for bytes in [one, &two, none] {
        assert_eq!(own.get(&hash(bytes)).await.expect("it is there"), bytes);
    }
    // What is there is not put again, and not twice by two at once.
    own.put_all(vec![file(one)]).await.expect("it is kept");
    let other = own.clone();
    let (a, b) = tokio::join!(own.put_all(vec![file(b"three")]), other.put_all(vec![file(b"three")]));
    a.and(b).expect("it is kept");
    assert_eq!(own.get(&hash(b"three")).await.expect("it is there"), b"three");
    let asked: BTreeSet<String> = [one, b"three", b"four", b"five"].map(hash).into();
    assert_eq!(own.absent(asked).await.expect("it answers"), [hash(b"four"), hash(b"five")].into());
    assert!(matches!(own.get(&hash(b"four")).await, Err(BlobError::Missing(_))));
    assert!(matches!(own.get("../x").await, Err(BlobError::Name(_))));
    let wrong = StoredFile { sha256: hash(b"other"), bytes: b"one".to_vec().into() };
    assert!(matches!(own.put_all(vec![file(b"six"), wrong]).await, Err(BlobError::Changed(_))));
    // Another prefix is another place.
    let elsewhere = blobs(&settings(&way.endpoint(), "s3://cases", ACCESS_KEY, &secret));
    assert!(matches!(elsewhere.get(&name).await, Err(BlobError::Missing(_))));
    // What was changed behind our back is found, and written again.
    replace(&way, &secret, &format!("cases/2023/hubei/{start}/{rest}"), b"onE").await;
    assert!(matches!(own.get(&name).await, Err(BlobError::Changed(_))));
    own.put_all(vec![file(one)]).await.expect("it is kept");
    assert_eq!(own.get(&name).await.expect("it is there"), one);
    own.remove_all(vec![name.clone(), hash(b"four")]).await.expect("it is gone");
    assert!(matches!(own.get(&name).await, Err(BlobError::Missing(_))));
    way.seen();
    assert!(!own.probe().await.expect("it answers").keeps_versions);
    assert_eq!(way.seen().iter().filter(|request| request.starts_with("DELETE")).count(), 1, "a probe leaves nothing");
    let versions = blobs(&settings(&way.endpoint(), "s3://cases-versions", ACCESS_KEY, &secret));
    assert!(versions.keeps_versions().await.expect("it answers"));
}

#[tokio::test]
async fn a_server_that_knows_no_condition_keeps_the_same() {
    let (s3, folder) = (S3::without_conditions(), TempDir::new().expect("a folder"));
    let way = Way::to(s3.port());
    let own = blobs(&settings(&way.endpoint(), "s3://cases", ACCESS_KEY, &secret(&folder, SECRET_KEY)));
    for _ in 0..2 {
        own.put_all(vec![file(b"one"), file(b"two")]).await.expect("it is kept");
    }
    assert_eq!(own.get(&hash(b"one")).await.expect("it is there"), b"one");
    way.seen();
    own.put_all(vec![file(b"two"), file(b"three")]).await.expect("it is kept");
    let puts = way.seen().iter().filter(|request| request.starts_with("PUT")).count();
    assert_eq!(puts, 1, "it is asked for no condition again, and what is there is not put again");
}

/// As somebody else with the key would.
async fn replace(way: &Way, secret: &Path, path: &str, bytes: &[u8]) {
    use object_store::{ObjectStoreExt, aws::AmazonS3Builder, path::Path};
    let (bucket, key) = path.split_once('/').expect("a path");
    let client = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_endpoint(way.endpoint())
        .with_allow_http(true)
        .with_access_key_id(ACCESS_KEY)
        .with_secret_access_key(fs::read_to_string(secret).expect("the secret"));
    let client = client.build().expect("a client");
    client.put(&Path::from(key), bytes.to_vec().into()).await.expect("it is put");
}

#[tokio::test]
async fn whatever_goes_wrong_on_the_way_costs_a_retry_and_no_blob() {
    let (s3, folder) = (Arc::new(S3::start()), TempDir::new().expect("a folder"));
    let way = Way::to(s3.port());
    let own = blobs(&settings(&way.endpoint(), "s3://cases/x", ACCESS_KEY, &secret(&folder, SECRET_KEY)));
    let unavailable = Fault::Status("503 Service Unavailable");
    let bytes = |n: u8| vec![n; 50_000];
    // Once is no error. Of an answer that is lost it stays open whether the server did it: the next look tells.
    for (n, fault) in (0..).zip([unavailable, Fault::Status("500 Internal Server Error"), Fault::Cut, Fault::LostAnswer]) {
        way.fails("PUT", fault, 1);
        let first = own.put_all(vec![file(&bytes(n))]).await;
        if let Err(error) = &first {
            assert!(matches!(fault, Fault::Cut | Fault::LostAnswer), "{fault:?}: {error}");
            assert_eq!(trouble(error), Some(Trouble::Silent));
        }
        assert_eq!(way.is_mended(), 0);
        own.put_all(vec![file(&bytes(n))]).await.expect("it is kept");
        assert_eq!(own.get(&hash(&bytes(n))).await.expect("it is there"), bytes(n), "{fault:?}");
    }
    for (fault, expected) in
        [(unavailable, Trouble::Busy), (Fault::Status("507 Insufficient Storage"), Trouble::Busy), (Fault::Silence, Trouble::Silent)]
    {
        way.fails("PUT", fault, 9);
        let error = own.put_all(vec![file(b"new")]).await.expect_err("it fails");
        assert_eq!(trouble(&error), Some(expected), "{error}");
        assert!(way.is_mended() > 0);
        assert!(matches!(own.get(&hash(b"new")).await, Err(BlobError::Missing(_))), "{fault:?}");
    }
    // What comes garbled or halved is not taken for changed.
    let name = hash(&bytes(1));
    for fault in [Fault::Garbled, Fault::Half, unavailable] {
        way.fails("GET", fault, 1);
        match own.get(&name).await {
            Ok(got) => assert_eq!(got, bytes(1)),
            Err(error) => assert_eq!(trouble(&error), Some(Trouble::Silent), "{fault:?}"),
        }
        assert_eq!(way.is_mended(), 0);
    }
    way.fails("GET", Fault::Half, 99);
    let error = own.get(&name).await.expect_err("it never comes whole");
    assert_eq!(trouble(&error), Some(Trouble::Silent), "{error}");
    way.is_mended();
    assert_eq!(own.get(&name).await.expect("it is there"), bytes(1));
    // The server goes, with requests under way, and comes back.
    let all: Vec<StoredFile> = (10..40).map(|n| file(&bytes(n))).collect();
    let stopping = s3.clone();
    let (error, stopped) = tokio::join!(own.put_all(all.clone()), tokio::task::spawn_blocking(move || stopping.stop()));
    stopped.expect("it is stopped");
    if let Err(error) = error {
        assert!(trouble(&error).is_some(), "{error}");
    }
    let error = own.get(&name).await.expect_err("nobody is there");
    assert!(matches!(trouble(&error), Some(Trouble::Silent | Trouble::Unreachable)), "{error}");
    s3.again();
    own.put_all(all.clone()).await.expect("it is kept");
    for one in &all {
        assert_eq!(own.get(&one.sha256).await.expect("it is there"), one.bytes);
    }
}

#[tokio::test]
async fn a_wrong_key_and_a_wrong_bucket_are_told_apart_from_what_is_missing() {
    let (s3, folder) = (S3::start(), TempDir::new().expect("a folder"));
    let way = Way::to(s3.port());
    let right = secret(&folder, SECRET_KEY);
    let wrong = folder.path().join("wrong");
    fs::write(&wrong, "guessed").expect("it can be written");
    let gone = folder.path().join("gone");
    for (url, key, secret, expected) in [
        ("s3://cases", ACCESS_KEY, &wrong, Trouble::Key),
        ("s3://cases", "nobody:else", &right, Trouble::Key),
        ("s3://cases", ACCESS_KEY, &gone, Trouble::Secret),
        ("s3://other", ACCESS_KEY, &right, Trouble::NoBucket),
    ] {
        let own = blobs(&settings(&way.endpoint(), url, key, secret));
        let (put, got) = (own.put_all(vec![file(b"one")]).await, own.get(&hash(b"one")).await);
        let absent = own.absent([hash(b"one")].into()).await;
        for error in [put.expect_err("refused"), got.expect_err("refused"), absent.expect_err("refused")] {
            assert_eq!(trouble(&error), Some(expected), "{url} {key}: {error}");
            assert!(!error.to_string().contains("guessed") && !error.to_string().contains(SECRET_KEY), "{error}");
        }
    }
    let nobody = blobs(&settings("http://127.0.0.1:1", "s3://cases", ACCESS_KEY, &right));
    let error = nobody.get(&hash(b"one")).await.expect_err("nobody is there");
    assert_eq!(trouble(&error), Some(Trouble::Unreachable), "{error}");
}

/// An office whose mails and files are kept in a bucket.
struct Office {
    folder: TempDir,
    s3: S3,
    way: Way,
}

impl Office {
    fn new() -> Self {
        let (folder, s3) = (TempDir::new().expect("a folder"), S3::start());
        let way = Way::to(s3.port());
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::copy(root.join("config/campaign-2023.toml"), folder.path().join("campaign-2023.toml")).expect("the campaign");
        fs::create_dir(folder.path().join("mail")).expect("a folder");
        secret(&folder, SECRET_KEY);
        let office = Self { folder, s3, way };
        office.is_kept_in("s3://cases/hubei");
        office
    }

    fn is_kept_in(&self, url: &str) {
        let config = format!(
            "[database]\nurl = \"sqlite:zhihui.db\"\n\
             [blobs]\nurl = \"{url}\"\nendpoint = \"{}\"\naccess_key = \"{ACCESS_KEY}\"\nsecret_key_file = \"secret\"\n\
             [[mailbox]]\nsource = \"eml\"\npath = \"mail\"\ncampaign = \"campaign-2023.toml\"\n\
             [smtp]\ntransport = \"file\"\npath = \"replies\"\nfrom = \"cases@hubei.example\"\n\
             [limits]\nreply_within_days = 36500\n[correction]\nwait = \"0h\"\n[replies]\nquiet = \"\"\n[privacy]\nretain_years = 1\n",
            self.way.endpoint()
        );
        fs::write(self.folder.path().join("zhihui.toml"), config).expect("the configuration");
    }

    fn receives(&self, names: &[&str]) {
        for name in names {
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mail").join(name);
            fs::copy(from, self.folder.path().join("mail").join(name)).expect("it arrives");
        }
    }

    fn typed(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zhihui"));
        command.arg("--config").arg(self.folder.path().join("zhihui.toml")).args(arguments);
        command.env("ZHIHUI_ACTOR", "zhang").env_remove("SUDO_USER").env_remove("COLUMNS").output().expect("it runs")
    }

    async fn pass(&self, at: &str) {
        let loaded = Config::load(Some(&self.folder.path().join("zhihui.toml")), []).expect("it is right");
        let app = App::open(loaded, Clock::fixed(at.parse().expect("an instant"))).await.expect("it opens");
        let _lock = app.store.daemon_lock().expect("nobody else");
        let daemon = app.daemon(PathBuf::from(env!("CARGO_BIN_EXE_zhihui"))).await.expect("a daemon");
        let faults = daemon.poll().await.faults;
        assert!(faults.is_empty(), "{faults:?}");
        app.store.close().await;
    }

    fn ends(&self, arguments: &[&str], code: i32) -> String {
        let output = self.typed(arguments);
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        said
    }

    fn rows(&self, arguments: &[&str]) -> Vec<Value> {
        let output = self.typed(&[arguments, &["--format", "jsonl"]].concat());
        String::from_utf8(output.stdout).expect("UTF-8").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// As somebody else with the key would.
    fn blobs(&self) -> Blobs {
        Blobs::of(&settings(&self.way.endpoint(), "s3://cases/hubei", ACCESS_KEY, &self.folder.path().join("secret"))).expect("it opens")
    }
}

const MAILS: &[&str] = &["001-plain-word.eml", "002-plain-wps.eml"];

#[tokio::test]
async fn no_mail_counts_as_received_that_is_not_in_the_bucket() {
    let office = Office::new();
    office.receives(MAILS);
    let check = |name: &str| office.rows(&["doctor"]).into_iter().find(|row| row["name"] == name).expect("it is looked at");
    assert_eq!(check("blobs")["health"], "ok");
    office.s3.stop();
    let said = office.ends(&["poll"], 75);
    assert!(said.contains("对象存储") && said.contains("恢复后自动继续"), "{said}");
    assert!(office.rows(&["message", "list"]).is_empty(), "nothing is received");
    assert_eq!((&check("blobs")["health"], &check("alarm")["health"]), (&"failed".into(), &"warning".into()));
    office.s3.again();
    // The bytes are there, and the answer that says so is lost.
    office.way.fails("PUT", Fault::LostAnswer, 1);
    let first = office.typed(&["poll"]);
    assert!(matches!(first.status.code(), Some(0 | 75)), "{}", String::from_utf8_lossy(&first.stderr));
    office.ends(&["poll"], 0);
    let mails = office.rows(&["message", "list"]);
    assert_eq!(mails.len(), MAILS.len());
    assert!(mails.iter().all(|mail| mail["attempts"] == 1 && mail["disposition"] == "case"), "no attempt was held against one: {mails:#?}");
    let replies = fs::read_dir(office.folder.path().join("replies")).map_or(0, Iterator::count);
    assert_eq!(replies, MAILS.len(), "each is answered once");
    office.ends(&["reconcile", "--files"], 0);
    // A key that no longer holds.
    fs::write(office.folder.path().join("secret"), "guessed").expect("it can be written");
    let said = office.ends(&["doctor"], 3);
    assert!(said.contains("不认这个密钥") && said.contains("access_key"), "{said}");
    assert!(!said.contains("guessed"), "{said}");
}

#[tokio::test]
async fn what_is_missing_or_changed_is_named_and_what_can_be_is_fetched_again() {
    let office = Office::new();
    office.receives(MAILS);
    office.ends(&["poll"], 0);
    let mails = office.rows(&["message", "list"]);
    let original = mails[0]["sha256"].as_str().expect("its name").to_owned();
    let record = office.typed(&["case", "show", "JCZH-2023-0001", "--format", "json"]).stdout;
    let record: Value = serde_json::from_slice(&record).expect("JSON");
    let form = find(&record, "form_sha256").expect("the form's name");
    let (start, rest) = form.split_at(2);
    replace(&office.way, &office.folder.path().join("secret"), &format!("cases/hubei/{start}/{rest}"), b"another").await;
    office.blobs().remove_all(vec![original.clone()]).await.expect("it is gone");
    let said = office.ends(&["reconcile", "--files", "--format", "jsonl"], 3);
    assert!(said.contains("original_missing") && said.contains("file_changed") && said.contains(&form), "{said}");
    let said = office.ends(&["case", "export", "JCZH-2023-0001", "--to", office.folder.path().join("导出").to_str().expect("UTF-8")], 3);
    assert!(said.contains("没有写出") && said.contains(&form), "{said}");
    let said = office.ends(&["case", "explain", "JCZH-2023-0001"], 0);
    assert!(said.contains("文件缺失") && said.contains("被改动"), "{said}");
    let said = office.ends(&["reconcile", "--files", "--fix"], 3);
    assert!(said.contains("重新取回") && said.contains("从备份恢复"), "{said}");
    assert!(!office.ends(&["reconcile", "--files", "--format", "jsonl"], 3).contains("original_missing"));
}

fn find(value: &Value, key: &str) -> Option<String> {
    match value {
        Value::Object(map) => {
            map.get(key).and_then(Value::as_str).map(str::to_owned).or_else(|| map.values().find_map(|value| find(value, key)))
        }
        Value::Array(list) => list.iter().find_map(|value| find(value, key)),
        _ => None,
    }
}

#[tokio::test]
async fn backup_restore_and_purge_work_with_a_bucket() {
    let office = Office::new();
    office.receives(MAILS);
    // Three years ago.
    office.pass("2023-06-13T09:00:00+08:00").await;
    let names: BTreeSet<String> =
        office.rows(&["message", "list"]).iter().map(|mail| mail["sha256"].as_str().expect("its name").to_owned()).collect();
    let to = office.folder.path().join("backup");
    let to = to.to_str().expect("UTF-8");
    office.ends(&["backup", "--to", to], 0);
    office.ends(&["backup", "verify", to], 0);
    // Onto another place, from which it goes on.
    fs::rename(office.folder.path().join("zhihui.db"), office.folder.path().join("before.db")).expect("it can be moved");
    for left in ["zhihui.db-wal", "zhihui.db-shm"] {
        let _gone = fs::remove_file(office.folder.path().join(left));
    }
    office.is_kept_in("s3://cases/restored");
    office.ends(&["restore", to], 0);
    office.ends(&["reconcile", "--files"], 0);
    office.pass("2023-06-13T10:00:00+08:00").await;
    assert_eq!(office.rows(&["message", "list"]).len(), MAILS.len());
    let restored = Blobs::of(&settings(&office.way.endpoint(), "s3://cases/restored", ACCESS_KEY, &office.folder.path().join("secret")))
        .expect("it opens");
    assert!(restored.absent(names.clone()).await.expect("it answers").is_empty());
    // What had its time goes from the bucket.
    office.ends(&["privacy", "purge", "--reason", "保存期满", "--yes"], 0);
    assert_eq!(restored.absent(names.clone()).await.expect("it answers"), names);
    assert!(office.blobs().absent(names).await.expect("it answers").is_empty(), "another place is left alone");
}

#[tokio::test]
async fn what_looks_classified_is_held_in_a_bucket_left_out_of_backups_judged_again_and_goes_with_its_time() {
    const MARKINGS: &str = "classified = [\"秘密★\"";
    let office = Office::new();
    office.receives(&["001-plain-word.eml", "961-marking-on-evidence.eml"]);
    let campaign = office.folder.path().join("campaign-2023.toml");
    let right = fs::read_to_string(&campaign).expect("the campaign");
    assert!(right.contains(MARKINGS));
    // Every form is taken for classified, by mistake.
    fs::write(&campaign, right.replace(MARKINGS, &format!("{MARKINGS}, \"申报表\""))).expect("it can be written");
    office.pass("2023-06-13T09:00:00+08:00").await;
    let mails = office.rows(&["message", "list"]);
    assert!(mails.len() == 2 && mails.iter().all(|mail| mail["disposition"] == "quarantined"), "{mails:#?}");
    let names: Vec<String> = mails.iter().map(|mail| mail["sha256"].as_str().expect("its name").to_owned()).collect();
    let original = fs::read(office.folder.path().join("mail/961-marking-on-evidence.eml")).expect("it arrived");
    assert_eq!(office.blobs().get(&names[1]).await.expect("it is kept"), original);
    assert!(office.ends(&["quarantine", "show", "2"], 0).contains("疑似涉密"));
    office.ends(&["quarantine", "export", "2", "-"], 1);
    assert_eq!(office.typed(&["quarantine", "export", "2", "-", "--with-content"]).stdout, original);
    office.ends(&["reconcile", "--files"], 0);
    // A backup has no byte of either.
    let to = office.folder.path().join("backup");
    office.ends(&["backup", "--to", to.to_str().expect("UTF-8")], 0);
    office.ends(&["backup", "verify", to.to_str().expect("UTF-8")], 0);
    let copied: String = walk(&to).iter().map(|path| format!("{}\n", path.display())).collect();
    assert!(names.iter().all(|name| !copied.contains(name.split_at(2).1)), "{copied}");
    // What was a mistake is read from the bucket once more.
    fs::write(&campaign, right).expect("it can be written");
    office.ends(&["quarantine", "replay", "1"], 0);
    office.ends(&["quarantine", "replay", "2"], 0);
    office.pass("2023-06-13T10:00:00+08:00").await;
    let ends: Vec<Value> = office.rows(&["message", "list"]).iter().map(|mail| mail["disposition"].clone()).collect();
    assert_eq!(ends, ["case", "quarantined"]);
    assert_eq!(office.rows(&["case", "list"]).len(), 1);
    // What nobody has settled stays, however old it is.
    let gone = async || office.blobs().absent(names.iter().cloned().collect()).await.expect("it answers");
    office.ends(&["privacy", "purge", "--reason", "保存期满", "--yes"], 0);
    assert_eq!(gone().await, BTreeSet::from([names[0].clone()]));
    office.ends(&["quarantine", "dismiss", "2", "--reason", "已按保密规定处置"], 0);
    office.ends(&["privacy", "purge", "--reason", "保存期满", "--yes"], 0);
    assert_eq!(gone().await.len(), 2);
    assert_eq!(office.typed(&["quarantine", "export", "2", "-", "--with-content"]).status.code(), Some(1));
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
