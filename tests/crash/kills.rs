//! SIGKILL at times of chance, against a real Dovecot and a real sink.

use crate::{
    record::Engine,
    scene::{Scene, field, golden},
    site::{AT_ONCE, Site, eventually, imap, smtp},
    support::{dovecot::Dovecot, smtp_sink::SmtpSink},
};
use std::{collections::BTreeMap, time::Duration};
use zhihui::store::{Filter, MAX_ATTEMPTS};

const PATIENCE: Duration = Duration::from_secs(60);

pub fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

/// Marsaglia's xorshift: the same seed gives the same times.
pub fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

/// The mail that waits first, and how often it was tried.
fn head(scene: &Scene) -> Option<(i64, u32)> {
    let waiting = Filter { status: Some("received".into()), limit: Some(1), ..Filter::default() };
    scene.store(async |store| store.list_messages(&waiting).await.expect("mails").first().map(|row| (row.id, row.attempts)))
}

/// How often each mail of ours has arrived.
pub fn copies(scene: &Scene) -> BTreeMap<String, usize> {
    let mut copies: BTreeMap<String, usize> = BTreeMap::new();
    scene.sink.arrived().iter().for_each(|mail| *copies.entry(field(&mail.message, "Message-ID")).or_default() += 1);
    copies
}

#[test]
fn kills_at_any_time_lose_and_double_nothing() {
    let (rounds, seed) = (number("ZHIHUI_CRASH_ROUNDS", 60), number("ZHIHUI_CRASH_SEED", 20_230_523));
    println!("{rounds} rounds, seed {seed}");
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
    let scene = Scene::of(site, sink, &Engine::File);
    let mut chance = seed.max(1);
    let mut put = 0;
    for _ in 0..rounds {
        for _ in 0..next(&mut chance) % 3 {
            // Each is a unit and a mail of its own, so that each form opens a case.
            let number = ["001", "601", "603"][usize::try_from(next(&mut chance) % 3).expect("small")];
            let raw = String::from_utf8_lossy(&golden(number)).replace(&format!("<{number}@"), &format!("<{number}-{put}@"));
            dovecot.append("cases", "INBOX", "15-Jun-2023 10:00:00 +0800", raw.as_bytes());
            put += 1;
        }
        let before = head(&scene);
        let daemon = scene.site.start(&["run"]);
        // Deaths are forgiven a mail several times; the third that is not would be that mail's to answer for.
        if let Some((id, attempts)) = before
            && attempts + 1 >= MAX_ATTEMPTS
        {
            assert!(eventually(PATIENCE, || head(&scene).is_none_or(|(now, _)| now != id)), "the daemon gets on");
        }
        daemon.kill_after(Duration::from_millis(20 + next(&mut chance) % 1000));
    }
    scene.site.poll();
    scene.assert_whole(&format!("seed {seed}"));
    let rows = scene.store(async |store| store.list_messages(&Filter::default()).await.expect("mails"));
    assert_eq!(rows.len(), put, "each mail stands in the ledger once");
    assert!(rows.iter().all(|row| row.disposition.as_deref() != Some("quarantined")), "no innocent mail is put away: {rows:?}");
    let copies = copies(&scene);
    let repeated = copies.values().filter(|count| **count > 1).count();
    println!("{put} mails, {} replies, {repeated} of them repeated", copies.len());
}
