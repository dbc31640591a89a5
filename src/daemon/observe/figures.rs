//! The figures: ages rather than counts, since what stands still doesn't count on.

use super::Seen;
use super::exposition::{Exposition, Kind};
use crate::store::{Gauges, Queue};
use std::time::Duration;

/// Mails of ours that are not done with, by their state.
const STATES: [&str; 4] = ["queued", "held", "dead", "uncertain"];

impl Seen {
    /// All of them. Without `gauges` the record could not be asked, and what it would tell is left out.
    pub(super) fn figures(&self, gauges: Option<&Gauges>) -> String {
        let mut out = Exposition::default();
        self.of_process(gauges.is_some(), &mut out);
        self.of_mailboxes(&mut out);
        self.of_line_figures(&mut out);
        if let Some(gauges) = gauges {
            self.of_record(gauges, &mut out);
        }
        self.of_stages(&mut out);
        out.into_text()
    }

    fn of_process(&self, is_up: bool, out: &mut Exposition) {
        out.family("zhihui_info", Kind::Gauge, "The program's version.");
        out.sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
        out.family("zhihui_uptime_seconds", Kind::Gauge, "Since the loops began; a reload begins anew.");
        out.sample(&[], seconds(self.meters.started.elapsed()));
        out.family("zhihui_database_up", Kind::Gauge, "Whether the database answers.");
        out.sample(&[], u8::from(is_up));
        out.family("zhihui_loop_age_seconds", Kind::Gauge, "Since a loop last made a turn.");
        for (which, mailbox, age) in self.meters.pulses.ages() {
            out.sample(&[("loop", which.as_str()), ("mailbox", &mailbox)], seconds(age));
        }
        if let Some(age) = self.meters.last_sign() {
            out.family("zhihui_lease_age_seconds", Kind::Gauge, "Since this process last renewed its leases; after 30 others take over.");
            out.sample(&[], seconds(age));
        }
    }

    fn of_mailboxes(&self, out: &mut Exposition) {
        let contacts = self.meters.mailboxes();
        out.family("zhihui_mailbox_own", Kind::Gauge, "Whether this process looks after the mailbox.");
        for name in &self.mailboxes {
            out.sample(&[("mailbox", name)], u8::from(self.kept.borrow().contains(name)));
        }
        let help = "Since the mailbox was last read well; until the first time, since this process began to look after it.";
        out.family("zhihui_mailbox_last_good_poll_age_seconds", Kind::Gauge, help);
        for (name, contact) in &contacts {
            out.sample(&[("mailbox", name)], seconds(contact.since.elapsed()));
        }
        out.family(
            "zhihui_mailbox_failures_in_a_row",
            Kind::Gauge,
            "Tries to read the mailbox that came to nothing since the last good one.",
        );
        for (name, contact) in &contacts {
            out.sample(&[("mailbox", name)], contact.faults);
        }
    }

    fn of_line_figures(&self, out: &mut Exposition) {
        let line = self.meters.line();
        out.family("zhihui_smtp_breaker_open", Kind::Gauge, "Whether the SMTP server can't be used, so that replies wait.");
        out.sample(&[], u8::from(line.broken.is_some()));
        out.family("zhihui_smtp_breaker_age_seconds", Kind::Gauge, "Since the SMTP server can't be used; 0 while it can.");
        out.sample(&[], seconds(line.broken.map(|watch| watch.elapsed()).unwrap_or_default()));
        if let Some(last_sent) = line.last_sent {
            out.family("zhihui_smtp_last_sent_age_seconds", Kind::Gauge, "Since the SMTP server last took a mail of this process.");
            out.sample(&[], seconds(last_sent.elapsed()));
        }
    }

    fn of_record(&self, gauges: &Gauges, out: &mut Exposition) {
        let unjudged = |name: &String| gauges.unjudged.get(name).copied().unwrap_or_default();
        out.family("zhihui_unprocessed", Kind::Gauge, "Mails that were received and are not judged yet.");
        for name in &self.mailboxes {
            out.sample(&[("mailbox", name)], unjudged(name).count);
        }
        out.family(
            "zhihui_oldest_unprocessed_age_seconds",
            Kind::Gauge,
            "Since the oldest of them came to the mailbox; 0 where there is none.",
        );
        for name in &self.mailboxes {
            out.sample(&[("mailbox", name)], self.age(unjudged(name)));
        }
        out.family("zhihui_owed", Kind::Gauge, "Mails that the mailbox lists and doesn't give.");
        for name in &self.mailboxes {
            out.sample(&[("mailbox", name)], gauges.owed.get(name).copied().unwrap_or_default());
        }
        out.family("zhihui_unsent", Kind::Gauge, "Replies that should have gone by now.");
        out.sample(&[], gauges.unsent.count);
        out.family("zhihui_oldest_unsent_age_seconds", Kind::Gauge, "Since the oldest of them was written; 0 where there is none.");
        out.sample(&[], self.age(gauges.unsent));
        out.family("zhihui_outbox", Kind::Gauge, "Mails of ours by their state; held, dead and uncertain ones wait for a person.");
        for state in STATES {
            out.sample(&[("state", state)], gauges.outbox.get(state).copied().unwrap_or_default());
        }
        out.family("zhihui_quarantine", Kind::Gauge, "Mails that are held for a person.");
        out.sample(&[], gauges.quarantined.count);
        out.family("zhihui_oldest_quarantined_age_seconds", Kind::Gauge, "Since the oldest of them came; 0 where there is none.");
        out.sample(&[], self.age(gauges.quarantined));
        out.family("zhihui_alarm_age_seconds", Kind::Gauge, "Since an alarm stands; none while it doesn't.");
        for (kind, subject, since_ms) in &gauges.alarms {
            out.sample(&[("kind", kind), ("mailbox", subject)], self.since(*since_ms));
        }
    }

    fn of_stages(&self, out: &mut Exposition) {
        let (judged, delivered) = self.meters.counts();
        out.family("zhihui_judged_total", Kind::Counter, "Mails by what became of them.");
        for (disposition, count) in judged {
            out.sample(&[("disposition", disposition)], count);
        }
        out.family("zhihui_delivery_total", Kind::Counter, "Attempts to hand a mail over, by what came of them.");
        for (outcome, count) in delivered {
            out.sample(&[("outcome", outcome)], count);
        }
        let help = "How long each stage took: fetch and keep for a page of mails, parse for a mail, store for a group, send for a reply.";
        out.family("zhihui_stage_duration_seconds", Kind::Histogram, help);
        for (stage, histogram) in self.meters.stages() {
            let stage = ("stage", stage.as_str());
            for (end_ms, below) in histogram.cumulative() {
                let end = seconds(Duration::from_millis(end_ms));
                out.sample_of("_bucket", &[stage, ("le", &end.to_string())], below);
            }
            // Read after the buckets, so that it is never below them.
            let (count, sum) = histogram.total();
            out.sample_of("_bucket", &[stage, ("le", "+Inf")], count);
            out.sample_of("_sum", &[stage], seconds(sum));
            out.sample_of("_count", &[stage], count);
        }
    }

    fn age(&self, queue: Queue) -> f64 {
        queue.oldest_ms.map_or(0.0, |oldest| self.since(oldest))
    }

    /// A clock that was ahead may have left instants in the future.
    fn since(&self, ms: i64) -> f64 {
        let past = self.clock.now().as_millisecond().saturating_sub(ms);
        seconds(Duration::from_millis(u64::try_from(past).unwrap_or_default()))
    }
}

fn seconds(length: Duration) -> f64 {
    length.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen;
    use super::*;
    use crate::clock::Stopwatch;
    use crate::daemon::meter::Stage;

    #[tokio::test]
    async fn a_stage_is_a_whole_histogram_and_what_waits_has_an_age() {
        let folder = tempfile::tempdir().unwrap();
        let seen = seen(&folder).await;
        seen.meters.took(Stage::Parse, Stopwatch::started(Duration::from_millis(30)));
        seen.meters.judged("case");
        seen.clock.set("1970-01-01T01:00:00Z".parse().unwrap());
        let gauges = Gauges { unsent: Queue { count: 2, oldest_ms: Some(60_000) }, ..Gauges::default() };
        let text = seen.figures(Some(&gauges));
        for line in [
            "zhihui_stage_duration_seconds_bucket{stage=\"parse\",le=\"0.025\"} 0",
            "zhihui_stage_duration_seconds_bucket{stage=\"parse\",le=\"0.25\"} 1",
            "zhihui_stage_duration_seconds_bucket{stage=\"parse\",le=\"+Inf\"} 1",
            "zhihui_stage_duration_seconds_count{stage=\"parse\"} 1",
            "zhihui_stage_duration_seconds_count{stage=\"send\"} 0",
            "zhihui_judged_total{disposition=\"case\"} 1",
            "zhihui_oldest_unsent_age_seconds 3540",
            "zhihui_oldest_unprocessed_age_seconds{mailbox=\"main\"} 0",
            "zhihui_database_up 1",
        ] {
            assert!(text.lines().any(|said| said == line), "{line} is missing in\n{text}");
        }
    }

    #[tokio::test]
    async fn each_family_stands_once_and_each_sample_below_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let seen = seen(&folder).await;
        let text = seen.figures(seen.gauges().await.as_ref());
        let mut families = std::collections::BTreeSet::new();
        let mut family = "";
        for line in text.lines() {
            match line.strip_prefix("# HELP ").and_then(|rest| rest.split(' ').next()) {
                Some(name) => {
                    family = name;
                    assert!(families.insert(name), "{name} stands twice");
                }
                None => assert!(line.trim_start_matches("# TYPE ").starts_with(family), "{line} stands below {family}"),
            }
        }
        assert!(families.len() > 15);
    }

    #[tokio::test]
    async fn a_record_that_can_not_be_asked_leaves_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let text = seen(&folder).await.figures(None);
        assert!(text.contains("zhihui_database_up 0") && text.contains("zhihui_mailbox_own{mailbox=\"main\"} 1"), "{text}");
        assert!(!text.contains("zhihui_quarantine"), "{text}");
    }
}
