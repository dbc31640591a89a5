//! Weekly digests over restarts and after being down, on a clock that the test moves: each week's once, queued and
//! sent by the pass in which it is due.

#![expect(clippy::expect_used, reason = "a helper that fails has failed the test")]

use jiff::Timestamp;
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;
use zhihui::{
    app::App,
    clock::Clock,
    config::Config,
    daemon::{Queued, Wanted},
    model::audit::By,
    store::{Filter, OutboxRow},
};

struct Office {
    folder: TempDir,
    clock: Clock,
}

impl Office {
    /// With the mails of the demonstration, and these digests.
    fn new(digests: &str) -> Office {
        let folder = TempDir::new().expect("a folder");
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        for name in ["cur", "new", "tmp"] {
            let to = folder.path().join("Maildir").join(name);
            fs::create_dir_all(&to).expect("it can be made");
            for entry in fs::read_dir(manifest.join("fixtures/demo/Maildir").join(name)).expect("the mails") {
                let from = entry.expect("an entry").path();
                fs::copy(&from, to.join(from.file_name().expect("a name"))).expect("a mail");
            }
        }
        fs::create_dir(folder.path().join("replies")).expect("it can be made");
        fs::copy(manifest.join("config/campaign-2023.toml"), folder.path().join("campaign-2023.toml")).expect("the campaign");
        let config = format!(
            "[database]\nurl = \"sqlite:zhihui.db\"\n[blobs]\nurl = \"file:blobs\"\n\
             [[mailbox]]\nsource = \"maildir\"\npath = \"Maildir\"\ncampaign = \"campaign-2023.toml\"\n\
             [smtp]\ntransport = \"file\"\npath = \"replies\"\nfrom = \"案例征集 <cases@office.example>\"\n\
             [limits]\nreplies_per_hour = 1000\n{digests}"
        );
        fs::write(folder.path().join("zhihui.toml"), config).expect("the configuration");
        Office { folder, clock: Clock::fixed(Timestamp::UNIX_EPOCH) }
    }

    /// Starts the program anew at this instant, makes one pass, and lists every digest there is.
    async fn pass(&self, at: &str) -> Vec<OutboxRow> {
        self.clock.set(at.parse().expect("an instant"));
        let loaded = Config::load(Some(&self.folder.path().join("zhihui.toml")), []).expect("it is right");
        let app = App::open(loaded, self.clock.clone()).await.expect("it opens");
        let _lock = app.store.daemon_lock().expect("nobody else");
        let daemon = app.daemon(PathBuf::from(env!("CARGO_BIN_EXE_zhihui"))).await.expect("a daemon");
        let faults = daemon.poll().await.faults;
        assert!(faults.is_empty(), "{faults:?}");
        let rows = app.store.list_outbox(&Filter::default()).await.expect("the outbox");
        app.store.close().await;
        rows.into_iter().filter(|row| row.kind == "digest").collect()
    }
}

fn weeks(rows: &[OutboxRow]) -> Vec<&str> {
    rows.iter().filter_map(|row| row.subject.split_once('（')?.1.strip_suffix('）')).collect()
}

#[tokio::test]
async fn each_week_has_one_digest_over_restarts_and_after_being_down() {
    let office = Office::new("[[digest]]\nto = [\"办公室 <office@office.example>\"]\n");
    // The first start tells the latest week that is due, and no older one.
    assert_eq!(weeks(&office.pass("2023-06-26T08:29:59+08:00").await), ["6月12日—18日"]);
    let rows = office.pass("2023-06-26T08:30:00+08:00").await;
    assert_eq!(weeks(&rows), ["6月12日—18日", "6月19日—25日"]);
    assert!(rows.iter().all(|row| row.state == "sent"), "{rows:?}");
    for again in ["2023-06-26T08:30:01+08:00", "2023-06-26T23:00:00+08:00", "2023-07-03T08:29:59+08:00"] {
        assert_eq!(office.pass(again).await.len(), 2, "{again}");
    }
    // Down over two Mondays.
    let rows = office.pass("2023-07-12T10:00:00+08:00").await;
    assert_eq!(weeks(&rows), ["6月12日—18日", "6月19日—25日", "6月26日—7月2日", "7月3日—9日"]);
    // The clock leaps back, and on again.
    assert_eq!(office.pass("2023-06-26T12:00:00+08:00").await.len(), 4);
    assert_eq!(office.pass("2023-07-12T11:00:00+08:00").await.len(), 4);
    // Monday 2 October is a holiday; offices work again on Saturday the 7th.
    office.pass("2023-09-25T09:00:00+08:00").await;
    let before = office.pass("2023-10-06T12:00:00+08:00").await.len();
    let rows = office.pass("2023-10-07T08:30:00+08:00").await;
    assert_eq!((rows.len(), weeks(&rows).last().copied()), (before + 1, Some("9月25日—10月1日")));
}

#[tokio::test]
async fn two_that_find_a_digest_due_at_the_same_time_queue_it_once() {
    const TO: &str = "office@office.example";
    let office = Office::new(&format!("[[digest]]\nto = [\"{TO}\"]\n"));
    office.clock.set("2023-06-26T09:00:00+08:00".parse().expect("an instant"));
    let loaded = Config::load(Some(&office.folder.path().join("zhihui.toml")), []).expect("it is right");
    let one = App::open(loaded.clone(), office.clock.clone()).await.expect("it opens");
    let other = App::open(loaded, office.clock.clone()).await.expect("it opens");
    let (a, b) = (one.editor().await.expect("an editor"), other.editor().await.expect("an editor"));
    let period = a.period(a.config.digests.first().expect("settings"), None).expect("a week");
    let wanted = Wanted { campaign: a.campaigns.first().expect("a campaign").clone(), scope: String::new(), period };
    // Each has looked, and found none yet.
    let (of_a, of_b) = (a.draft(&wanted).await.expect("it is worded"), b.draft(&wanted).await.expect("it is worded"));
    let by = By::program(office.clock.now().as_millisecond());
    let (a, b) = tokio::join!(a.queue(&wanted, &of_a, TO, 0, &by), b.queue(&wanted, &of_b, TO, 0, &by));
    let queued = [a.expect("it answers"), b.expect("it answers")];
    assert_eq!(queued.iter().filter(|queued| **queued == Queued::Already).count(), 1, "{queued:?}");
    assert_eq!(one.store.list_outbox(&Filter::default()).await.expect("the outbox").len(), 1);
}

#[tokio::test]
async fn every_recipient_has_its_own_part_at_its_own_time() {
    let office = Office::new(
        "[[digest]]\nto = [\"office@office.example\", \"second@office.example\"]\n\
         [[digest]]\nto = [\"shiyan@office.example\"]\nregion = \"十堰\"\nday = \"friday\"\ntime = \"16:00\"\n[[digest]]\nto = []\n",
    );
    let rows = office.pass("2023-06-30T15:59:59+08:00").await;
    let told = |rows: &[OutboxRow]| rows.iter().map(|row| format!("{} {}", row.to, row.subject)).collect::<Vec<_>>();
    assert_eq!(
        told(&rows),
        [
            "office@office.example 【荆楚质汇】案例征集周报（6月19日—25日）",
            "second@office.example 【荆楚质汇】案例征集周报（6月19日—25日）",
            // Friday the 23rd was a holiday, and so was the Saturday; the digest came on Sunday the 25th.
            "shiyan@office.example 【荆楚质汇】十堰市案例征集周报（6月16日—22日）",
        ]
    );
    let rows = office.pass("2023-06-30T16:00:00+08:00").await;
    assert_eq!(told(&rows)[3..], ["shiyan@office.example 【荆楚质汇】十堰市案例征集周报（6月23日—29日）"]);
}
