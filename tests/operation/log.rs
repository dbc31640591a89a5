//! One mail's way through the log: each stage has its line, all bear the same number, and none says whose mail it is.

use crate::{
    arrive,
    site::{AT_ONCE, Site, eventually, imap, smtp},
    support::{dovecot::Dovecot, smtp_sink::SmtpSink},
};
use serde_json::Value;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);
const TO_END: Duration = Duration::from_secs(10);

#[test]
fn one_number_leads_through_the_log_from_receipt_to_delivery() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    arrive(&dovecot, &["001-plain-word", "407-two-forms", "806-prefecture"]);
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
    let daemon = site.start(&["run"]);
    assert!(eventually(PATIENCE, || sink.arrived().len() == 3), "all are answered");
    let ended = daemon.terminate(TO_END);
    ended.assert(0, &[]);
    let lines: Vec<Value> = ended.log.lines().map(|line| serde_json::from_str(line).expect("a line is an object")).collect();
    let messages = site.list("message");
    let outbox = site.list("outbox");
    assert_eq!(messages.len(), 3);
    for message in &messages {
        let own: Vec<&Value> = lines.iter().filter(|line| line["message.id"] == message["id"]).collect();
        let stages: Vec<&str> = own.iter().map(|line| line["message"].as_str().expect("words")).collect();
        assert_eq!(stages, ["received", "read", "judged", "queued", "sent"], "{own:?}");
        assert_eq!((&own[0]["mailbox.uid"], &own[2]["disposition"]), (&message["uid"], &message["disposition"]));
        assert!(own[1]["duration_ms"].is_u64() && own[1]["attempt"] == 1, "{}", own[1]);
        let reply = outbox.iter().find(|row| row["in_reply_to"] == message["message_id"]).expect("its reply");
        assert_eq!((&own[3]["outbox.id"], &own[3]["kind"], &own[4]["outbox.id"]), (&reply["id"], &reply["kind"], &reply["id"]));
        // Who wrote, about what, and what was answered: the record tells that to who may ask.
        let words = [&message["from"]["name"], &message["from"]["address"], &message["subject"], &message["message_id"], &reply["subject"]];
        for word in words.into_iter().filter_map(Value::as_str).filter(|word| !word.is_empty()) {
            assert!(!ended.log.contains(word), "{word} stands in the log");
        }
    }
    for word in ["secret", "19900001001", "计量技术服务", "陈楚江", "@"] {
        assert!(!ended.log.contains(word), "{word} stands in the log:\n{}", ended.log);
    }
}
