//! A batch of mails one of which is slow: what came before it is recorded meanwhile, what came behind it waits.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use jiff::Timestamp;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;
use tokio::sync::{Notify, watch};
use zhihui::{
    app,
    clock::{Clock, Stopwatch},
    config::{Config, builtin, parse_campaign, parse_document},
    daemon::{self, Judge, Meters, Source, Stop},
    model::reading::StoredFile,
    store::{Blobs, Filter, Place, Received, ReceivedState, Store, blob},
};

const SETTINGS: &str = "
[database]
url = \"sqlite:test.db\"
[blobs]
url = \"file:blobs\"
[[mailbox]]
name = \"main\"
source = \"eml\"
path = \"mail\"
campaign = \"campaign-2023.toml\"
[smtp]
transport = \"file\"
path = \"out\"
from = \"cases@hubei.example\"
";

/// Mails that were received, and who judges them.
struct Desk {
    folder: TempDir,
    store: Store,
    judge: Judge,
    source: Source,
}

impl Desk {
    async fn open(mails: &[Vec<u8>]) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("campaign-2023.toml"), builtin::CAMPAIGN).unwrap();
        let path = folder.path().join("zhihui.toml");
        fs::write(&path, SETTINGS).unwrap();
        let config = Config::load(Some(&path), []).unwrap().config;
        let store = Store::open(&format!("sqlite:{}", folder.path().join("test.db").display())).await.unwrap();
        let blobs = Blobs::open(&format!("file:{}", folder.path().join("blobs").display())).unwrap();
        let campaign = Arc::new(parse_campaign("campaign", builtin::CAMPAIGN.to_owned()).unwrap());
        let pool = Arc::new(app::pool(PathBuf::from(env!("CARGO_BIN_EXE_zhihui")), &campaign));
        let rows: Vec<Received> = (1..).zip(mails).map(|(uid, mail)| received(uid, mail)).collect();
        blobs
            .put_all(mails.iter().map(|mail| StoredFile { sha256: blob::hash(mail), bytes: mail.clone().into() }).collect())
            .await
            .unwrap();
        store.record_received("main", &campaign.campaign.id, Some(1), 9, &rows).await.unwrap();
        let judge = Judge {
            store: store.clone(),
            blobs,
            clock: Clock::fixed("2023-06-15T03:00:00Z".parse().unwrap()),
            workdays: Arc::new(parse_document("workdays", builtin::WORKDAYS).unwrap()),
            owner: "me".into(),
            key: store.hmac_key().await.unwrap(),
            unsettled: Default::default(),
            senders: None,
            restored_ms: None,
            config: Arc::new(config.clone()),
            meters: Arc::new(Meters::new(Duration::ZERO)),
        };
        let source = Source {
            mailbox: config.mailboxes.first().unwrap().clone(),
            campaign,
            pool,
            since: None,
            received: Notify::new(),
            finished: Notify::new(),
            drained_ms: Default::default(),
            weighed_ms: Default::default(),
        };
        Desk { folder, store, judge, source }
    }

    fn blob(&self, mail: &[u8]) -> PathBuf {
        let hash = blob::hash(mail);
        let (start, rest) = hash.split_at(2);
        self.folder.path().join("blobs").join(start).join(rest)
    }

    async fn dispositions(&self) -> Vec<Option<String>> {
        self.store.list_messages(&Filter::default()).await.unwrap().into_iter().map(|row| row.disposition).collect()
    }
}

fn received(uid: u32, mail: &[u8]) -> Received {
    let at: Timestamp = "2023-06-15T02:00:00Z".parse().unwrap();
    Received {
        place: Place::Uid(uid),
        sha256: Some(blob::hash(mail)),
        bytes: mail.len() as u64,
        received_ms: at.as_millisecond(),
        received_is_server_time: true,
        state: ReceivedState::Whole,
    }
}

/// Its bytes come when they are written: reading them takes as long as that.
fn make_slow(blob: &Path) {
    fs::remove_file(blob).unwrap();
    mknodat(CWD, blob, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
}

fn mail(number: u32) -> Vec<u8> {
    format!("From: u{number}@unit.example\r\nSubject: hello\r\nMessage-ID: <{number}@unit.example>\r\n\r\nhello {number}\r\n").into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_before_a_slow_mail_is_recorded_while_it_is_read_and_what_came_behind_it_waits() {
    let mails: Vec<Vec<u8>> = (1..=4).map(mail).collect();
    let desk = Desk::open(&mails).await;
    let slow = desk.blob(&mails[2]);
    make_slow(&slow);
    let judging = async { desk.judge.step(&desk.source, &Stop::never()).await.unwrap() };
    let looking = async {
        let watch = Stopwatch::start();
        while desk.dispositions().await[1].is_none() {
            assert!(watch.elapsed() < Duration::from_secs(60), "what came before it is recorded");
        }
        let meanwhile = desk.dispositions().await;
        fs::write(&slow, &mails[2]).unwrap();
        meanwhile
    };
    let (step, meanwhile) = tokio::join!(judging, looking);
    let inquiry = Some("inquiry".to_owned());
    assert_eq!(meanwhile, [inquiry.clone(), inquiry.clone(), None, None]);
    assert_eq!((step, desk.dispositions().await), (daemon::Step::Worked, vec![inquiry; 4]));
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_stop_what_was_read_is_recorded_and_the_rest_is_given_back_uncounted() {
    let mails: Vec<Vec<u8>> = (1..=3).map(mail).collect();
    let desk = Desk::open(&mails).await;
    let slow = desk.blob(&mails[1]);
    make_slow(&slow);
    let (tell, stop) = watch::channel(false);
    let stop = Stop::new(stop);
    let judging = async { desk.judge.step(&desk.source, &stop).await.unwrap() };
    let stopping = async {
        while desk.dispositions().await[0].is_none() {}
        tell.send(true).unwrap();
    };
    tokio::join!(judging, stopping);
    let rows = desk.store.list_messages(&Filter::default()).await.unwrap();
    assert_eq!(rows.iter().map(|row| (row.disposition.is_some(), row.attempts)).collect::<Vec<_>>(), [(true, 1), (false, 0), (false, 0)]);
    // Lets the reader of the pipe go.
    fs::write(&slow, &mails[1]).unwrap();
}
