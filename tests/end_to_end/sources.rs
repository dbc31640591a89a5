//! Folders instead of a server: the same outcome, and the files are left alone.

use crate::{
    mails::{Mail, golden_mails},
    site::{AT_ONCE, Site, text},
};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::Path,
    time::SystemTime,
};

const SECTIONS: &str = "
[[mailbox]]
source = \"SOURCE\"
path = \"mail\"
campaign = \"campaign-2023.toml\"
[smtp]
transport = \"file\"
path = \"replies\"
from = \"cases@hubei.example\"
";

/// Every file below a folder with its bytes and its time.
fn files(folder: &Path) -> BTreeMap<String, (Vec<u8>, SystemTime)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
        if entry.file_type().expect("a type").is_dir() {
            found.extend(files(&entry.path()));
        } else {
            let time = entry.metadata().and_then(|metadata| metadata.modified()).expect("a time");
            found.insert(entry.path().display().to_string(), (fs::read(entry.path()).expect("a file"), time));
        }
    }
    found
}

/// Number n gets the n-th second, so that the order is certain.
fn put(path: &Path, mail: &Mail, seconds: u64) {
    fs::write(path, &mail.raw).expect("it can be written");
    let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000 + seconds);
    File::open(path).and_then(|file| file.set_modified(time)).expect("a time can be set");
}

/// What became of the mails: disposition, cases and reply of each.
fn outcome(site: &Site) -> [Vec<String>; 3] {
    let of = |noun: &str, keys: &[&str]| {
        site.list(noun).iter().map(|row| keys.iter().map(|key| text(row, key)).collect::<Vec<_>>().join(" ")).collect()
    };
    [
        of("message", &["sha256", "received_at", "disposition", "case_numbers"]),
        of("case", &["number", "status", "month", "batch", "revision", "received_at"]),
        of("outbox", &["kind", "to", "state", "in_reply_to", "case_numbers"]),
    ]
}

#[test]
fn a_maildir_and_a_folder_of_files_have_the_same_outcome() {
    let mails: Vec<Mail> = golden_mails().into_iter().step_by(3).collect();
    let outcomes = ["maildir", "eml"].map(|source| {
        let site = Site::new(&[&SECTIONS.replace("SOURCE", source), AT_ONCE]);
        for folder in ["mail/cur", "mail/new", "mail/tmp", "replies"] {
            fs::create_dir_all(site.path(folder)).expect("it can be made");
        }
        for (seconds, mail) in (0..).zip(&mails) {
            let name = match (source, seconds % 2) {
                ("eml", _) => format!("{}.eml", mail.name),
                (_, 0) => format!("new/{}", mail.name),
                _ => format!("cur/{}:2,S", mail.name),
            };
            put(&site.path("mail").join(name), mail, seconds);
        }
        let before = files(&site.path("mail"));
        site.poll();
        let first = outcome(&site);
        site.poll();
        assert!(files(&site.path("mail")) == before, "the files are left alone");
        assert_eq!(outcome(&site), first, "a second pass finds nothing to do");
        let sent = first[2].iter().filter(|reply| reply.contains(" sent ")).count();
        assert_eq!(files(&site.path("replies")).len(), sent);
        first
    });
    assert_eq!(outcomes[0], outcomes[1]);
    let received: Vec<&str> = outcomes[0][0].iter().filter_map(|row| row.split(' ').nth(1)).collect();
    let wanted: Vec<&str> = mails.iter().map(|mail| mail.inspected["message"]["received_at"].as_str().expect("an instant")).collect();
    assert!(received.iter().zip(&wanted).filter(|(a, b)| a == b).count() > mails.len() - 4, "the header tells: {received:?}");
}

#[test]
fn what_is_not_there_is_told() {
    let site = Site::new(&[&SECTIONS.replace("SOURCE", "maildir"), AT_ONCE]);
    site.run(&["poll"]).assert(78, &["邮箱 main", "mail", "请核对"]);
}
