//! Which replies go and which wait for a person.

use crate::{
    mails::{append, field, some_mails},
    site::{AT_ONCE, Site, imap, smtp, text},
    support::{dovecot::Dovecot, smtp_sink::SmtpSink},
};

/// Forms without a seal, one that has everything, a submission without a form: of three units.
const NUMBERS: [&str; 3] = ["407", "408", "601"];

struct Office {
    site: Site,
    sink: SmtpSink,
    _dovecot: Dovecot,
}

/// A pass over three mails that are answered, under these settings.
fn office(settings: &str) -> Office {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    append(&dovecot, &some_mails(&NUMBERS));
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), settings]);
    site.poll();
    Office { site, sink, _dovecot: dovecot }
}

impl Office {
    /// Kinds and states in the outbox.
    fn outbox(&self) -> Vec<String> {
        let mut rows: Vec<String> =
            self.site.list("outbox").iter().map(|row| format!("{} {}", text(row, "kind"), text(row, "state"))).collect();
        rows.sort();
        rows
    }

    fn ids(&self) -> Vec<String> {
        self.site.column("outbox", "id")
    }
}

#[test]
fn old_mails_are_answered_only_when_a_person_says_so() {
    let office = office("");
    assert_eq!(office.outbox(), ["acknowledgement held", "correction held", "guidance held"]);
    office.site.run(&["quarantine", "list"]).assert(0, &["有3封回复暂缓", "zhihui outbox list --status held"]);
    office.site.poll();
    assert_eq!(office.sink.arrived().len(), 0);

    let ids = office.ids();
    office.site.run(&["outbox", "release", &ids[0], &ids[1]]).assert(0, &["准予发出"]);
    office.site.run(&["outbox", "cancel", &ids[2]]).assert(0, &["已取消"]);
    office.site.poll();
    let states = || office.site.column("outbox", "state");
    assert_eq!((office.sink.arrived().len(), states()), (2, ["sent", "sent", "cancelled"].map(str::to_owned).to_vec()));
    office.site.run(&["outbox", "release", &ids[0]]).assert(0, &["此前已准予发出"]);
    office.site.run(&["outbox", "cancel", &ids[0], "99"]).assert(1, &["已经发出的不能取消", "没有第99号", "zhihui outbox list"]);
    office.site.run(&["outbox", "cancel", &ids[2]]).assert(0, &["此前已取消"]);
    office.site.run(&["outbox", "release", &ids[2]]).assert(1, &["已取消", "只有暂缓的可以放行"]);
    let shown = office.site.done(&["outbox", "show", &ids[0]]);
    assert!(office.sink.arrived().iter().any(|mail| shown.contains(&field(mail, "Message-ID").expect("an id"))), "{shown}");
}

#[test]
fn in_receipts_mode_only_acknowledgements_go() {
    let office = office(&AT_ONCE.replace("[replies]", "[replies]\nmode = \"receipts\""));
    assert_eq!(office.outbox(), ["acknowledgement sent", "correction held", "guidance held"]);
    assert_eq!(office.sink.arrived().len(), 1);
}

#[test]
fn in_hold_mode_nothing_goes() {
    let office = office(&AT_ONCE.replace("[replies]", "[replies]\nmode = \"hold\""));
    assert_eq!(office.outbox(), ["acknowledgement held", "correction held", "guidance held"]);
    assert_eq!(office.sink.arrived().len(), 0);
}

#[test]
fn addresses_that_only_people_answer_get_nothing() {
    let office = office(&AT_ONCE.replace("[replies]", "[replies]\nnever = [\"*@unit.example\"]"));
    assert_eq!((office.outbox().len(), office.sink.arrived().len()), (0, 0));
    assert_eq!(office.site.list("case").len(), 3, "the cases are kept all the same");
}

#[test]
fn a_sender_gets_only_so_many_a_day() {
    let office = office(&AT_ONCE.replace("day = 1000", "day = 2"));
    assert_eq!(office.outbox().iter().filter(|row| row.ends_with(" sent")).count(), 2);
    assert_eq!(office.outbox().len(), 2, "the third is told in the summary of the day");
}

#[test]
fn past_the_cap_of_the_hour_replies_wait() {
    let office = office(&AT_ONCE.replace("hour = 1000", "hour = 1"));
    let again = office.site.run(&["poll"]);
    again.assert(0, &[]);
    // It is told wherever a person looks.
    office.site.run(&["outbox", "list"]).assert(0, &["告警", "replies_per_hour"]);
    let looked_at = office.site.run(&["doctor", "--format", "json"]);
    let alarm =
        serde_json::from_str::<Vec<serde_json::Value>>(&looked_at.out).expect("JSON").into_iter().find(|check| check["name"] == "alarm");
    let told = text(&alarm.expect("the alarm stands"), "detail");
    assert!(looked_at.code == Some(3) && told.contains("replies_per_hour = 1") && told.contains("zhihui outbox list"), "{told}");
    assert!(!again.log.contains("\"alarm\""), "the alarm has gone, and goes once: {}", again.log);
    assert_eq!(office.sink.arrived().len(), 1);
    assert_eq!(office.outbox().iter().filter(|row| row.ends_with(" queued")).count(), 2);
}

#[test]
fn a_correction_request_waits_for_a_second_mail() {
    let office = office(&AT_ONCE.replace("0h", "2h"));
    assert_eq!(office.outbox(), ["acknowledgement sent", "correction queued", "guidance sent"]);
    assert_eq!(office.sink.arrived().len(), 2);
}
