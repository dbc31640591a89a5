//! The golden mails on their way: what becomes of them, and that it becomes once.

use crate::{
    golden::pairs,
    site::{AT_ONCE, Site, imap, smtp, text},
    support::{
        dovecot::Dovecot,
        smtp_sink::{Arrived, SmtpSink},
    },
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::OnceLock,
};
use zhihui::model::time;

/// A golden mail with what `inspect` says of it.
#[derive(Clone)]
pub struct Mail {
    /// `NNN-what`.
    pub name: String,
    /// Its bytes.
    pub raw: Vec<u8>,
    /// What `inspect` says.
    pub inspected: Value,
}

/// Every golden mail that isn't empty: a server takes no empty message.
pub fn golden_mails() -> Vec<Mail> {
    static MAILS: OnceLock<Vec<Mail>> = OnceLock::new();
    MAILS.get_or_init(inspect_all).clone()
}

fn inspect_all() -> Vec<Mail> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mail");
    let site = Site::new(&[]);
    let lines = site.done(&["inspect", "--campaign", "campaign-2023.toml", "--format", "jsonl", folder.to_str().expect("UTF-8")]);
    let of_line = |line: &str| serde_json::from_str(line).map(|value: Value| (text(&value, "file"), value)).expect("JSON");
    let mut inspected: BTreeMap<String, Value> = lines.lines().map(of_line).collect();
    let pairs = pairs().into_iter().filter(|pair| !pair.mail.is_empty());
    pairs
        .map(|pair| Mail {
            inspected: inspected.remove(&format!("{}.eml", pair.name)).expect("inspected"),
            name: pair.name,
            raw: pair.mail,
        })
        .collect()
}

/// Those whose number begins with one of these.
pub fn some_mails(numbers: &[&str]) -> Vec<Mail> {
    golden_mails().into_iter().filter(|mail| numbers.iter().any(|number| mail.name.starts_with(number))).collect()
}

impl Mail {
    /// The `Message-ID` that a reply answers.
    pub fn message_id(&self) -> String {
        text(&self.inspected["message"], "message_id")
    }

    /// How many forms it brings.
    pub fn cases(&self) -> usize {
        self.inspected["cases"].as_array().expect("a list").len()
    }

    /// When `inspect` believes that it was received, as IMAP writes it; the summer of 2023 where only the file's time is known.
    fn internal_date(&self) -> String {
        let received = text(&self.inspected["message"], "received_at").parse().expect("an instant");
        let local = time::local(received);
        if local.year() > 2024 { "15-Aug-2023 09:30:00 +0800".into() } else { local.strftime("%d-%b-%Y %H:%M:%S %z").to_string() }
    }
}

/// Puts mails into the inbox of `cases`.
pub fn append(dovecot: &Dovecot, mails: &[Mail]) {
    let mut imap = dovecot.login("cases");
    for mail in mails {
        imap.command_with_literal(&format!("APPEND INBOX \"{}\"", mail.internal_date()), &mail.raw);
    }
}

/// A header field of a mail of ours, unfolded.
pub fn field(mail: &Arrived, name: &str) -> Option<String> {
    let header = mail.message.split("\n\n").next().unwrap_or_default().replace("\n ", " ").replace("\n\t", " ");
    let mut values = header.lines().filter_map(|line| line.split_once(": ")).filter(|(key, _)| key.eq_ignore_ascii_case(name));
    values.next().map(|(_, value)| value.to_owned())
}

/// What has to hold of a site and its sink whatever happened: one disposition each, every form kept once,
/// every reply at the sink once and as automatic mail has to be.
pub fn assert_whole(site: &Site, sink: &SmtpSink, mails: &[Mail]) {
    let messages = site.list("message");
    // By UID: a server may give a message other line ends than it was given.
    let uids: Vec<String> = messages.iter().map(|row| text(row, "uid")).collect();
    assert_eq!(uids, (1..=mails.len()).map(|uid| uid.to_string()).collect::<Vec<_>>(), "each mail stands in the ledger once");
    let mut forms = 0;
    for (mail, row) in mails.iter().zip(&messages) {
        assert_ne!(text(row, "disposition"), "", "{}: {row}", mail.name);
        let is_kept = ["case", "revision", "possible_revision"].contains(&text(row, "disposition").as_str());
        assert!(is_kept || mail.cases() == 0 || text(row, "disposition") == "quarantined", "{}: {row}", mail.name);
        forms += match (is_kept, mail.cases()) {
            (false, _) => 0,
            // A password has opened what came before.
            (true, 0) => row["case_numbers"].as_array().expect("a list").len(),
            (true, cases) => cases,
        };
    }
    let kept: u64 = site.list("case").iter().map(|row| row["revision"].as_u64().expect("a number")).sum();
    assert_eq!(usize::try_from(kept), Ok(forms), "each form is kept once");
    assert_sent_once(site, sink);
}

/// What the outbox calls sent is what is at the sink.
fn assert_sent_once(site: &Site, sink: &SmtpSink) {
    let outbox = site.list("outbox");
    let arrived = sink.arrived();
    let ids: BTreeSet<String> = arrived.iter().filter_map(|mail| field(mail, "Message-ID")).collect();
    let sent: BTreeSet<String> = outbox.iter().filter(|row| row["state"] == "sent").map(|row| text(row, "message_id")).collect();
    assert_eq!(ids, sent);
    assert!(outbox.iter().all(|row| row["state"] == "sent" || row["state"] == "cancelled"), "{outbox:?}");
    for mail in &arrived {
        assert_eq!(field(mail, "Auto-Submitted").as_deref(), Some("auto-replied"));
        assert_eq!((mail.from.as_str(), mail.to.len()), ("<>", 1));
    }
}

#[test]
fn every_mail_is_judged_once_and_answered_once() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let mails = golden_mails();
    append(&dovecot, &mails);
    let before = dovecot.messages("cases", "INBOX");
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
    site.poll();

    assert_whole(&site, &sink, &mails);
    assert_eq!(sink.arrived().len(), site.column("outbox", "state").iter().filter(|state| *state == "sent").count(), "none twice");
    assert_replies_are_due(&site, &mails);
    assert_eq!(dovecot.messages("cases", "INBOX"), before, "the mailbox is left alone");

    let lists = || ["message", "case", "outbox"].map(|noun| site.list(noun));
    let (first, arrived) = (lists(), sink.arrived());
    site.poll();
    assert_eq!((lists(), sink.arrived()), (first, arrived), "a second pass finds nothing to do");
}

/// Of the mails that stand alone, each has the reply that `inspect` foretells, and its cases the windows.
fn assert_replies_are_due(site: &Site, mails: &[Mail]) {
    let (messages, outbox, cases) = (site.list("message"), site.list("outbox"), site.list("case"));
    let mut alone = 0;
    for (mail, row) in mails.iter().zip(&messages) {
        let numbers = row["case_numbers"].as_array().expect("a list");
        let revised = cases.iter().any(|case| numbers.contains(&case["number"]) && case["revision"] != 1);
        if revised || ["revision", "possible_revision"].contains(&row["disposition"].as_str().expect("text")) {
            continue;
        }
        alone += 1;
        let is_reply = |reply: &&Value| text(reply, "in_reply_to") == mail.message_id() && !mail.message_id().is_empty();
        let kinds: Vec<&Value> = outbox.iter().filter(is_reply).map(|reply| &reply["kind"]).collect();
        match mail.inspected["reply"]["kind"].as_str() {
            Some("none") => assert!(kinds.is_empty(), "{}: {kinds:?}", mail.name),
            Some(kind) if !mail.message_id().is_empty() => assert_eq!(kinds, [kind], "{}", mail.name),
            _ => {}
        }
        for (number, read) in
            row["case_numbers"].as_array().expect("a list").iter().zip(mail.inspected["cases"].as_array().expect("a list"))
        {
            let case = cases.iter().find(|case| case["number"] == *number).expect("in the backlog");
            assert_eq!(
                (&case["month"], &case["batch"], &case["late"]),
                (&read["window"]["month"], &read["window"]["batch"], &read["window"]["late"]),
                "{}",
                mail.name
            );
        }
    }
    assert!(alone > 30, "{alone} mails stand alone");
}

#[test]
fn the_window_is_that_of_internaldate() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    // Their `Date` and `Received` are of other months.
    for (mail, date) in some_mails(&["001", "002", "806", "804"]).iter().zip([
        "30-Jun-2023 15:59:59 +0000",
        "30-Jun-2023 16:00:00 +0000",
        "30-Nov-2023 23:59:59 +0800",
        "01-Jan-2024 00:00:00 +0800",
    ]) {
        dovecot.append("cases", "INBOX", date, &mail.raw);
    }
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
    site.poll();
    let windows: Vec<_> =
        site.list("case").iter().map(|row| format!("{} {} {}", text(row, "month"), text(row, "batch"), row["late"])).collect();
    assert_eq!(windows, ["2023-06 2023-H1 false", "2023-07 2023-H2 false", "2023-11 2023-H2 false", "  true"]);
    let received = site.column("message", "received_at");
    assert_eq!(received[1], "2023-07-01T00:00:00+08:00");
}
