//! Receiving as a whole, with a clock that the test moves: what is owed, and what waits after a refused login.

use super::*;
use std::path::Path;
use tempfile::TempDir;
use zhihui::app::App;
use zhihui::clock::Clock;
use zhihui::config::Config;
use zhihui::daemon::{DaemonError, Kind, Mend, Outcome, Reconciled};
use zhihui::store::Filter;

pub(super) const MAIL: &str = "From: a@unit.example\r\nSubject: x\r\n\r\ntext\r\n";

/// A deployment on the scripted server, whose clock stands still.
pub(super) struct Office {
    folder: TempDir,
    clock: Clock,
}

impl Office {
    pub(super) fn new(fake: &Fake) -> Self {
        let office = Self { folder: TempDir::new().unwrap(), clock: Clock::fixed("2023-06-01T01:00:00Z".parse().unwrap()) };
        let campaign = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/campaign-2023.toml");
        office.write("secret", "p");
        let access = format!("host = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nusername = \"u\"\npassword_file = \"secret\"\n", fake.port);
        let config = format!(
            "[database]\nurl = \"sqlite:z.db\"\n[blobs]\nurl = \"file:blobs\"\n[[mailbox]]\n{access}campaign = {campaign:?}\n\
             [smtp]\ntransport = \"file\"\npath = \"out\"\nfrom = \"cases@hubei.example\"\n"
        );
        office.write("zhihui.toml", &config);
        office
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    pub(super) async fn app(&self) -> App {
        let loaded = Config::load(Some(&self.folder.path().join("zhihui.toml")), Vec::new()).unwrap();
        App::open(loaded, self.clock.clone()).await.unwrap()
    }

    /// One pass of everything; what went wrong.
    pub(super) async fn poll(&self) -> Vec<DaemonError> {
        let app = self.app().await;
        let daemon = app.daemon(env!("CARGO_BIN_EXE_zhihui").into()).await.unwrap();
        let faults = daemon.poll().await.faults;
        app.store.close().await;
        faults
    }

    async fn reconcile(&self, mend: Mend) -> Reconciled {
        let app = self.app().await;
        let daemon = app.daemon(env!("CARGO_BIN_EXE_zhihui").into()).await.unwrap();
        let source = daemon.sources().first().unwrap();
        let reconciled = source.reconcile(daemon.judge(), mend, zhihui::daemon::Depth::Names).await.unwrap();
        app.store.close().await;
        reconciled
    }

    /// UID and disposition of each mail.
    async fn ledger(&self) -> Vec<(Option<u32>, String)> {
        let app = self.app().await;
        let rows = app.store.list_messages(&Filter::default()).await.unwrap();
        app.store.close().await;
        rows.into_iter().map(|row| (row.uid.and_then(|uid| u32::try_from(uid).ok()), row.disposition.unwrap_or_default())).collect()
    }

    fn later(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

fn given(uid: u32) -> Step {
    ("UID FETCH ", body(uid, MAIL) + "{tag} OK done\r\n")
}

fn damaged() -> Step {
    ("UID FETCH ", "{tag} NO damaged\r\n".into())
}

fn size() -> usize {
    MAIL.len()
}

/// The connection on which UID 1 is given and UID 2 isn't.
fn first() -> (&'static str, Vec<Step>) {
    let refused = ("UID FETCH 1,2 ", body(1, MAIL) + "{tag} NO damaged\r\n");
    connection(2, vec![list("1:*", &[(1, size()), (2, size())]), refused, list("UID FETCH 2 ", &[(2, size())]), damaged(), ok("LOGOUT")])
}

/// A later pass: nothing is new, and these steps ask for what is owed.
fn later(steps: Vec<Step>) -> (&'static str, Vec<Step>) {
    connection(2, std::iter::once(list("3:*", &[(2, size())])).chain(steps).chain([ok("LOGOUT")]).collect())
}

fn asked(step: Step) -> Vec<Step> {
    vec![list("UID FETCH 2 ", &[(2, size())]), step]
}

/// Asked for by UID and refused: the server is asked whether it still lists it.
fn asked_in_vain() -> Vec<Step> {
    let mut steps = asked(damaged());
    steps.push(list("UID FETCH 2 ", &[(2, size())]));
    steps
}

fn dispositions(ledger: &[(Option<u32>, String)]) -> Vec<(u32, &str)> {
    ledger.iter().map(|(uid, disposition)| (uid.unwrap_or_default(), disposition.as_str())).collect()
}

#[tokio::test]
async fn what_is_not_given_is_owed_and_asked_for_after_a_while() {
    let fake = Fake::start(vec![first(), later(vec![]), later(asked(given(2)))]).await;
    let office = Office::new(&fake);
    assert!(office.poll().await.is_empty());
    assert_eq!(dispositions(&office.ledger().await), [(1, "inquiry")], "the rest goes on");
    office.later(30);
    assert!(office.poll().await.is_empty());
    assert_eq!(fake.count("UID FETCH 2 (UID BODY"), 1, "not yet");
    office.later(31);
    assert!(office.poll().await.is_empty());
    assert_eq!(dispositions(&office.ledger().await), [(1, "inquiry"), (2, "duplicate")]);
}

#[tokio::test]
async fn after_three_strikes_it_is_quarantined_and_can_still_be_fetched() {
    let survey = connection(
        2,
        [examine(2, 7, ""), list("1:*", &[(1, size()), (2, size())])].into_iter().chain(asked(given(2))).chain([ok("LOGOUT")]).collect(),
    );
    let looked = connection(2, vec![examine(2, 7, ""), list("1:*", &[(1, size()), (2, size())]), ok("LOGOUT")]);
    let scripts = vec![first(), later(asked_in_vain()), later(asked_in_vain()), later(vec![]), looked, survey, later(vec![])];
    let fake = Fake::start(scripts).await;
    let office = Office::new(&fake);
    for wait in [0, 61, 601, 601] {
        office.later(wait);
        assert!(office.poll().await.is_empty());
    }
    assert_eq!(dispositions(&office.ledger().await), [(1, "inquiry"), (2, "quarantined")]);
    assert_eq!(fake.count("UID FETCH 2 (UID BODY"), 3, "three tries and no fourth");
    let found = office.reconcile(Mend::No).await;
    assert_eq!((found.listed, found.recorded, found.differences.len()), (2, 2, 1));
    assert!(found.differences[0].because.contains("3次未能给出") && found.differences[0].outcome == Outcome::Left, "{found:?}");
    let found = office.reconcile(Mend::Yes).await;
    assert_eq!(found.differences[0].outcome, Outcome::Mended, "{found:?}");
    assert!(office.poll().await.is_empty());
    assert_eq!(dispositions(&office.ledger().await), [(1, "inquiry"), (2, "duplicate")]);
}

#[tokio::test]
async fn a_uid_that_was_given_away_again_is_found_out() {
    let only = "From: b@unit.example\r\nSubject: y\r\n\r\nanother mail\r\n";
    let other = format!("* 1 FETCH (UID 1 RFC822.SIZE {} INTERNALDATE \"02-Jun-2023 08:00:00 +0800\")\r\n{{tag}} OK done\r\n", only.len());
    let first = connection(1, vec![list("1:*", &[(1, size())]), given(1), ok("LOGOUT")]);
    let survey = || vec![examine(1, 7, ""), ("1:*", other.clone())];
    let looked = connection(1, survey().into_iter().chain([ok("LOGOUT")]).collect());
    let fetch = [("UID FETCH 1 ", other.clone()), ("UID FETCH 1 ", body(1, only) + "{tag} OK done\r\n"), ok("LOGOUT")];
    let mended = connection(1, survey().into_iter().chain(fetch).collect());
    let quiet = connection(1, vec![("UID FETCH 2:* ", other.clone()), ok("LOGOUT")]);
    let fake = Fake::start(vec![first, looked, mended, quiet]).await;
    let office = Office::new(&fake);
    assert!(office.poll().await.is_empty());
    let found = office.reconcile(Mend::No).await;
    assert!(matches!(&found.differences[..], [one] if one.kind == Kind::Reused && one.outcome == Outcome::Left), "{found:?}");
    let found = office.reconcile(Mend::Yes).await;
    assert_eq!(found.differences[0].outcome, Outcome::Mended, "{found:?}");
    office.later(86_400);
    assert!(office.poll().await.is_empty());
    assert_eq!(office.ledger().await.into_iter().map(|(_, end)| end).collect::<Vec<_>>(), ["inquiry", "inquiry"]);
}

#[tokio::test]
async fn a_server_that_is_away_is_nobodys_strike() {
    let away = || later(vec![("UID FETCH 2 ", "* BYE shutting down\r\n\0".into())]);
    let scripts = vec![first(), away(), away(), away(), later(asked(given(2)))];
    let fake = Fake::start(scripts).await;
    let office = Office::new(&fake);
    office.poll().await;
    for _ in 0..3 {
        office.later(700);
        assert_eq!(office.poll().await.len(), 1, "the fault is told");
    }
    office.later(700);
    assert!(office.poll().await.is_empty());
    assert_eq!(dispositions(&office.ledger().await), [(1, "inquiry"), (2, "duplicate")]);
}

#[tokio::test]
async fn after_a_refused_login_nobody_knocks_for_five_minutes() {
    let refused = || (GREETING, vec![("LOGIN", "{tag} NO login fail\r\n".to_owned())]);
    let open = || connection(0, vec![list("1:*", &[]), ok("LOGOUT")]);
    let fake = Fake::start(vec![refused(), refused(), refused(), open(), open()]).await;
    let office = Office::new(&fake);
    let poll = async || format!("{:?}", office.poll().await);
    assert!(poll().await.contains("LoginRefused"));
    for _ in 0..4 {
        office.later(60);
        assert!(poll().await.contains("Paused"));
    }
    assert_eq!(fake.count("LOGIN"), 1, "a poll by cron waits as well");
    office.later(61);
    assert!(poll().await.contains("LoginRefused"));
    assert_eq!(fake.count("LOGIN"), 2);
    // A corrected password is tried at once, and waits in its turn where it is wrong, too.
    office.write("secret", "other");
    assert!(poll().await.contains("LoginRefused"));
    assert!(poll().await.contains("Paused"));
    office.write("secret", "p");
    assert_eq!(poll().await, "[]");
    assert_eq!(poll().await, "[]");
    assert_eq!(fake.count("LOGIN"), 5);
}

#[tokio::test]
async fn a_clock_that_was_a_year_ahead_locks_nobody_out() {
    let refused = (GREETING, vec![("LOGIN", "{tag} NO login fail\r\n".to_owned())]);
    let fake = Fake::start(vec![refused, connection(0, vec![list("1:*", &[]), ok("LOGOUT")])]).await;
    let office = Office::new(&fake);
    let now = office.clock.now();
    office.later(366 * 86_400);
    assert_eq!(office.poll().await.len(), 1);
    office.clock.set(now);
    assert!(office.poll().await.is_empty());
}
