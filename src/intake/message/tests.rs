//! Whole mails, each read with both line endings.

use super::*;
use crate::intake::identity::sha256_hex;
use data_encoding::BASE64;
use encoding_rs::GB18030;

fn gbk(text: &str) -> Vec<u8> {
    GB18030.encode(text).0.into_owned()
}

/// Reads a mail with LF and with CRLF; both must give the same.
fn both(raw: impl AsRef<[u8]>) -> Parsed {
    let raw = raw.as_ref();
    let mut crlf = Vec::new();
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(content) => crlf.extend([content, b"\r\n"].concat()),
            None => crlf.extend(line),
        }
    }
    let parsed = read(raw, &Limits::default());
    assert_eq!(parsed, read(&crlf, &Limits::default()));
    parsed
}

fn message(raw: impl AsRef<[u8]>) -> Message {
    let parsed = both(raw);
    assert_eq!(parsed.exceeded, None);
    parsed.message
}

fn names(message: &Message) -> Vec<&str> {
    message.attachments.iter().map(|file| file.name.as_str()).collect()
}

fn file(header: &str, bytes: &[u8]) -> String {
    format!("--b\n{header}\nContent-Transfer-Encoding: base64\n\n{}\n", BASE64.encode(bytes))
}

fn mixed(parts: &str) -> String {
    format!("From: a@unit.example\nContent-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n")
}

#[test]
fn a_usual_mail() {
    let raw = "Received: from a by mx (Coremail) with SMTP id x;\n\tFri, 30 Jun 2023 16:00:00 +0800 (CST)\nReceived: by a; Fri, 30 Jun 2023 15:00:00 +0800\n\
        From: =?GBK?B?19u6z7/G?= <a@unit.example>\nReply-To: b@unit.example\nSubject: =?utf-8?B?5YWz5LqO5oql6YCB?=\n =?utf-8?B?5qGI5L6L?=\n\
        Date: Fri, 30 Jun 2023 15:59:59 +0800\nMessage-ID: <1@unit.example>\nIn-Reply-To: <0@x>\nReferences: <00@x>\n\t<0@x>\n\
        Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=gb2312\nContent-Transfer-Encoding: base64\n\nxPq6w6O6\n";
    let message = message(format!("{raw}{}--b--\n", file("Content-Type: application/pdf; name=\"a.pdf\"", b"%PDF")));
    assert_eq!((message.from.name.as_deref(), message.from.address.as_str()), (Some("综合科"), "a@unit.example"));
    assert_eq!(message.reply_to.map(|found| found.address).as_deref(), Some("b@unit.example"));
    assert_eq!(message.subject, "关于报送案例");
    assert_eq!(message.message_id.as_deref(), Some("<1@unit.example>"));
    assert_eq!((message.in_reply_to, message.references), (vec!["<0@x>".into()], vec!["<00@x>".into(), "<0@x>".into()]));
    assert_eq!(message.received.map(|at| at.as_second()), Some(1_688_112_000));
    assert_eq!(message.date.map(|at| at.as_second()), Some(1_688_111_999));
    assert_eq!((message.content_type.as_str(), message.text.as_str()), ("multipart/mixed", "您好："));
    let file = &message.attachments[0];
    assert_eq!(
        (file.name.as_str(), file.media_type.as_str(), file.bytes.as_slice(), file.inline),
        ("a.pdf", "application/pdf", &b"%PDF"[..], false)
    );
    assert_eq!(message.header[3].value, "b@unit.example");
}

#[test]
fn raw_eight_bit_headers() {
    for text in [gbk("关于报送典型案例的函"), "关于报送典型案例的函".as_bytes().to_vec()] {
        let raw = [
            b"Subject: ",
            text.as_slice(),
            b"\nFrom: ",
            &text,
            b" <a@unit.example>\nContent-Disposition: attachment; filename=",
            &text,
            b".pdf\n\n%PDF",
        ]
        .concat();
        let message = message(raw);
        assert_eq!(message.subject, "关于报送典型案例的函");
        assert_eq!(message.from.name.as_deref(), Some("关于报送典型案例的函"));
        assert_eq!(names(&message), ["关于报送典型案例的函.pdf"]);
    }
}

#[test]
fn names_in_several_ways_at_once() {
    for (header, name) in [
        (
            "Content-Type: application/pdf; name=\"b.pdf\"\nContent-Disposition: attachment; filename=\"a.pdf\"; filename*=utf-8''%E7%94%B3.pdf",
            "申.pdf",
        ),
        ("Content-Type: application/pdf; name=\"b.pdf\"\nContent-Disposition: attachment; filename=\"a.pdf\"", "a.pdf"),
        (
            "Content-Type: application/pdf; name=\"=?gbk?B?yeqxqA==?=.pdf\"\nContent-Disposition: attachment; filename=\"????.pdf\"",
            "申报.pdf",
        ),
        ("Content-Type: application/pdf; name=b.pdf\nContent-Disposition: attachment", "b.pdf"),
        ("Content-Type: application/pdf;\n\tname*0*=gbk''%C9%EA;\n\tname*1*=%B1%A8.pdf", "申报.pdf"),
        ("Content-Type: application/pdf; name=\"..\\..\\a\u{202e}.pdf\"", "a.pdf"),
        ("Content-Type: application/pdf", ""),
    ] {
        assert_eq!(names(&message(mixed(&file(header, b"%PDF")))), [name], "{header}");
    }
}

#[test]
fn plain_text_is_preferred_and_html_is_kept() {
    let alternative = |plain: &str| {
        format!(
            "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n{plain}\n--b\nContent-Type: text/html\n\n<p>超文本<br>乙 <a href=\"http://x/\">链</a></p>\n--b--\n"
        )
    };
    let found = message(alternative("纯文本"));
    assert_eq!((found.text.as_str(), found.html.as_str()), ("纯文本", "<p>超文本<br>乙 <a href=\"http://x/\">链</a></p>"));
    assert_eq!(message(alternative(" ")).text, "超文本\n乙 链");
    assert!(found.attachments.is_empty());
}

#[test]
fn text_with_wrong_and_missing_charsets() {
    for header in [
        "",
        "Content-Type: text/plain\n",
        "Content-Type: text/plain; charset=utf-8\n",
        "Content-Type: text/plain; charset=us-ascii\n",
        "Content-Type: text\n",
    ] {
        for text in [gbk("附件是我单位的申报表"), "附件是我单位的申报表".as_bytes().to_vec()] {
            assert_eq!(message([b"Subject: x\n", header.as_bytes(), b"\n", &text].concat()).text, "附件是我单位的申报表", "{header}");
        }
    }
}

#[test]
fn pictures_that_html_shows_are_inline() {
    let html = "--b\nContent-Type: text/html\n\n<img src=\"cid:logo@x\">\n";
    let logo = file("Content-Type: image/png; name=logo.png\nContent-ID: <logo@x>", b"1");
    let scan = file("Content-Type: image/jpeg; name=scan.jpg\nContent-Disposition: inline\nContent-ID: <scan@x>", b"2");
    let found = message(mixed(&format!("{html}{logo}{scan}")));
    assert_eq!(found.attachments.iter().map(|file| file.inline).collect::<Vec<_>>(), [true, false]);
}

const NESTED: &str = "From: c@d.example\nSubject: 申报/甲\nContent-Type: multipart/mixed; boundary=n\n\n--n\n\n内层正文\n--n\nContent-Type: application/pdf; name=a.pdf\n\n%PDF\n--n--\n";

#[test]
fn nested_messages_are_opened() {
    let attached = |header: &str| message(mixed(&format!("--b\n\n外层\n--b\n{header}\n\n{NESTED}")));
    for header in [
        "Content-Type: message/rfc822",
        "Content-Type: message/rfc822; name=原邮件.eml",
        "Content-Type: application/octet-stream; name=原邮件.eml",
    ] {
        let found = attached(header);
        let within = if header.contains("name") { "原邮件.eml" } else { "申报_甲.eml" };
        assert_eq!(names(&found), ["a.pdf"], "{header}");
        assert_eq!((found.attachments[0].within.as_slice(), found.text.as_str()), (&[within.to_owned()][..], "外层"));
    }
    let encoded = message(mixed(&file("Content-Type: message/rfc822", NESTED.as_bytes())));
    assert_eq!((names(&encoded), encoded.text.as_str()), (vec!["a.pdf"], "内层正文"));
    let no_message = message(mixed(&file("Content-Type: application/octet-stream; name=a.eml", b"PK\x03\x04")));
    assert_eq!(names(&no_message), ["a.eml"]);
}

#[test]
fn a_named_text_is_a_file_and_stands_in_for_a_missing_text() {
    let named = "--b\nContent-Type: text/plain; name=a.txt\n\n正文\n";
    let found = message(mixed(named));
    assert_eq!((names(&found), found.text.as_str()), (vec!["a.txt"], "正文"));
    assert_eq!(message(mixed(&format!("{named}--b\n\n另文\n"))).text, "另文");
}

#[test]
fn uuencoded_files_in_a_text() {
    let found = message("Subject: x\n\n正文\nbegin 644 cat.txt\n#0V%T\n`\nend\n");
    assert_eq!((names(&found), found.text.as_str()), (vec!["cat.txt"], "正文\n"));
    assert_eq!(found.attachments[0].bytes, b"Cat");
}

#[test]
fn reports_tell_what_they_are_about() {
    let raw = "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\n退信\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n\
        Final-Recipient: rfc822; a@b\nAction: failed\nStatus: 5.1.1\n\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <own@x>\nContent-Type: application/pdf; name=x.pdf\n\n%PDF\n--b--\n";
    let parsed = both(raw);
    let report = parsed.report.unwrap_or_default();
    assert_eq!(
        (report.action.as_deref(), report.status.as_deref(), report.final_recipient.as_deref()),
        (Some("failed"), Some("5.1.1"), Some("a@b"))
    );
    assert_eq!(report.original_message_id.as_deref(), Some("<own@x>"));
    assert_eq!((parsed.message.report_type.as_deref(), parsed.message.attachments.len()), (Some("delivery-status"), 0));
    assert_eq!(parsed.message.text, "退信");
    let headers = both(raw.replace("message/rfc822", "text/rfc822-headers"));
    assert_eq!(headers.report.and_then(|report| report.original_message_id).as_deref(), Some("<own@x>"));
    assert!(headers.message.attachments.is_empty());
}

#[test]
fn a_mail_that_was_cut_off_gives_what_arrived() {
    let raw = mixed(&file("Content-Type: application/pdf; name=a.pdf", b"%PDF-1.7 x"));
    let cut = raw.split("--b--").next().unwrap_or_default().trim_end().trim_end_matches('=');
    assert_eq!(message(cut).attachments[0].bytes, b"%PDF-1.7 x");
}

#[test]
fn quoted_printable_files_have_one_hash() {
    let found = message(mixed("--b\nContent-Type: text/csv; name=a.csv\nContent-Transfer-Encoding: quoted-printable\n\na,=\nb\nc\n"));
    assert_eq!(sha256_hex(&found.attachments[0].bytes), sha256_hex("a,b\r\nc"));
}

#[test]
fn bytes_that_are_hardly_a_mail() {
    for raw in [
        "",
        "\n",
        "\r",
        "\r\n",
        ":",
        "text only",
        "\0\0\0",
        "From:",
        "Content-Type: multipart/mixed\n\n",
        "Content-Type: multipart/mixed; boundary=\"\"\n\n----\n",
        "Content-Type: ;;;=\n\nx",
    ] {
        assert!(message(raw).attachments.is_empty(), "{raw:?}");
    }
    assert_eq!(message("Subject: a\rFrom: b@c\r\rtext\rmore").text, "text\nmore");
    assert_eq!(message("no header here").text, "no header here");
    assert_eq!(message("From: \nFrom: a@b\nSubject: a\0b\n\n").from.address, "a@b");
}

#[test]
fn limits_hold_and_are_told() {
    let limits = Limits { depth: 3, parts: 10, header_bytes: 1000, header_fields: 100, text_bytes: 10 };
    let exceeded = |raw: &str| read(raw.as_bytes(), &limits).exceeded;
    assert_eq!(exceeded(&mixed(&"--b\nContent-Type: image/png\n\nx\n".repeat(11))), Some("parts"));
    assert_eq!(exceeded(&format!("{}text", "Content-Type: message/rfc822\n\n".repeat(5))), Some("depth"));
    let multiparts: String = (0..5).map(|level| format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n")).collect();
    assert_eq!(exceeded(&multiparts), Some("depth"));
    assert_eq!(exceeded(&format!("Subject: {}\n\n", "x".repeat(2000))), Some("header"));
    assert_eq!(exceeded(&mixed(&"--b\n\nx\n".repeat(5))), None);
    assert_eq!(read("\n湖北省计量院".as_bytes(), &limits).message.text, "湖北省");
}

#[test]
fn hostile_mails_take_no_time_by_their_square() {
    let limits = Limits::default();
    let unclosed: String = (0..50_000).map(|part| format!("--b\nContent-Type: multipart/mixed; boundary=x{part}\n\n\n")).collect();
    assert_eq!(read(mixed(&unclosed).as_bytes(), &limits).exceeded, Some("parts"));
    assert_eq!(read("Content-Type: message/rfc822\n\n".repeat(200_000).as_bytes(), &limits).exceeded, Some("depth"));
    for field in ["=?a?b?", "\"", "a@b,", "<", "a=\"x; ", "(", "\u{3000}"] {
        for name in ["From", "Subject", "Content-Type", "References", "Date"] {
            read(format!("{name}: {}\n\n", field.repeat(150_000)).as_bytes(), &limits);
        }
    }
}
