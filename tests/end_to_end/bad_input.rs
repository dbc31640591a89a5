//! Mails that are wrong in every way: each has its end, and the next one is judged all the same.

use crate::{
    mails::{golden_mails, some_mails},
    site::{AT_ONCE, Site, imap, smtp, text},
    support::{dovecot::Dovecot, smtp_sink::SmtpSink},
};

const DATE: &str = "15-Jun-2023 10:00:00 +0800";
/// The configuration's `message_bytes` here.
const LIMIT: usize = 40_000_000;

/// A golden mail's form with a large attachment beside it.
fn large(number: &str, bytes: usize) -> Vec<u8> {
    let raw = some_mails(&[number]).remove(0).raw;
    let text = String::from_utf8(raw).expect("this mail is ASCII");
    let boundary = text.split("boundary=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a multipart mail");
    let end = format!("--{boundary}--");
    let line = format!("{}\r\n", "QUJD".repeat(18));
    let part = "Content-Type: video/mp4; name=\"video.mp4\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n";
    let more = format!("--{boundary}\r\n{part}\r\n{}{end}", line.repeat(bytes / line.len()));
    text.replace("Message-ID: <", "Message-ID: <large-").replace(&end, &more).into_bytes()
}

#[test]
fn every_bad_mail_has_its_end_and_the_next_one_is_judged() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let bytes: Vec<(&[u8], &[&str])> = vec![
        (b"From: a@unit.example\r\n\r\n", &["inquiry"]),
        (b"\r\n", &["inquiry"]),
        (b"no header at all", &["inquiry"]),
        (b"From: \xc0\xee\xcb\xc4 <li@unit.example>\r\nSubject: \xb0\xb8\xc0\xfd\r\n\r\n\xb0\xb8\xc0\xfd\r\n", &["inquiry", "guidance"]),
        (b"From: a@unit.example\r\nContent-Type: multipart/mixed\r\n\r\nx\r\n", &["inquiry"]),
        (b"From: a@unit.example\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\n", &["inquiry"]),
        (
            b"Content-Type: application/zip; name=\"a.zip\"\r\nContent-Transfer-Encoding: base64\r\n\r\nUEsDBBQAAAAIAAAA\r\n",
            &["inquiry", "guidance", "quarantined", "case"],
        ),
    ];
    for (raw, _) in &bytes {
        dovecot.append("cases", "INBOX", DATE, raw);
    }
    let golden = some_mails(&["401", "403", "404", "405", "501", "502", "503", "601"]);
    golden.iter().for_each(|mail| dovecot.append("cases", "INBOX", DATE, &mail.raw));
    let [fits, exceeds] = [30_000_000, LIMIT + 1_000].map(|bytes| large("407", bytes));
    dovecot.append("cases", "INBOX", DATE, &fits);
    dovecot.append("cases", "INBOX", DATE, &exceeds);
    dovecot.append("cases", "INBOX", DATE, &some_mails(&["806"])[0].raw);

    let settings = AT_ONCE.replace("[limits]", &format!("[limits]\nmessage_bytes = {LIMIT}"));
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), &settings]);
    site.poll();
    let rows = site.list("message");
    assert_eq!(rows.len(), bytes.len() + golden.len() + 3);
    for (row, (raw, wanted)) in rows.iter().zip(&bytes) {
        let disposition = text(row, "disposition");
        assert!(wanted.contains(&disposition.as_str()), "{disposition}: {}", String::from_utf8_lossy(raw));
    }
    let dispositions: Vec<String> = rows[bytes.len()..].iter().map(|row| text(row, "disposition")).collect();
    let wanted = ["guidance", "case", "case", "case", "case", "possible_revision", "revision", "guidance", "case", "quarantined", "case"];
    assert_eq!(dispositions, wanted);
    let over = &rows[rows.len() - 2];
    assert!(text(over, "because").contains("只读取了邮件头") && text(over, "from").contains("office@unit.example"), "{over}");
    assert_eq!(text(over, "bytes"), exceeds.len().to_string());
}

#[test]
fn mails_older_than_since_are_told_as_skipped() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let raw = golden_mails().remove(0).raw;
    dovecot.append("cases", "INBOX", "22-Apr-2023 23:59:59 +0800", &raw);
    dovecot.append("cases", "INBOX", "23-Apr-2023 00:00:00 +0800", &raw);
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
    site.poll();
    assert_eq!(site.column("message", "disposition"), ["skipped", "case"]);
    assert_eq!(sink.arrived().len(), 1);
}
