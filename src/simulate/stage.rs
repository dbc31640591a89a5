//! Plays a script: each mail is put into a Maildir when its time has come, and the daemon makes a pass whenever something
//! happens: a mail, an office's morning, a midnight, a reply that is due.

use super::check;
use super::mail::Mail;
use super::script::Script;
use super::{SimulateError, Year, year};
use crate::app::{self, App};
use crate::clock::Clock;
use crate::config::{Config, builtin};
use crate::daemon::Daemon;
use crate::model::time;
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

/// The mails of so many seconds are met by one look at the mailbox.
const LOOK: i64 = 30 * 60;
/// When the office's day begins.
const MORNING: Time = Time::constant(8, 30, 0, 0);
/// How long is waited where a cap keeps replies back.
const CAPPED: SignedDuration = SignedDuration::from_mins(10);

/// Usual settings, folders beside them, and digests for the office and one region.
const CONFIG: &str = r#"# 模拟用的配置：邮件由程序生成，回复写成 replies 文件夹中的 .eml 文件，不向外发送任何邮件。
[database]
url = "sqlite:zhihui.db"
[blobs]
url = "file:blobs"
[[mailbox]]
name = "simulate"
source = "maildir"
path = "Maildir"
campaign = "campaign-2023.toml"
[smtp]
transport = "file"
path = "replies"
from = "荆楚质汇案例征集 <cases@zhihui.example>"
[limits]
replies_per_hour = 1000
[[digest]]
to = ["专班 <office@zhihui.example>"]
[[digest]]
to = ["十堰协调员 <shiyan@zhihui.example>"]
region = "十堰"
"#;

/// Which year.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// What chance begins with.
    pub seed: u64,
    /// How many mails.
    pub mails: usize,
    /// The first day.
    pub from: Date,
    /// The first day after.
    pub until: Date,
}

/// Plays a year in this folder, which is empty or not there. `program` is this program, for its workers; `told` hears of
/// each month that begins.
pub async fn play(options: &Options, folder: &Path, program: PathBuf, told: impl Fn(Date)) -> Result<Year, SimulateError> {
    let mails = written(options)?;
    lay_out(folder).map_err(|source| fault(folder, source))?;
    let clock = Clock::fixed(time::start_of(options.from).unwrap_or_default());
    let loaded = Config::load(Some(&folder.join("zhihui.toml")), [])?;
    let app = App::open(loaded, clock).await?;
    let lock = app.store.daemon_lock()?;
    let daemon = app.daemon(program).await?;
    daemon.take_over(&lock, false).await?;
    let played = run(options, folder, mails, &app, &daemon, told).await;
    let counted = match played {
        Ok(()) => count(options, &app).await,
        Err(error) => Err(error),
    };
    drop(daemon);
    drop(lock);
    app.store.close().await;
    counted
}

fn written(options: &Options) -> Result<Vec<Mail>, SimulateError> {
    let campaign = crate::config::CampaignFile::builtin()?.campaign;
    let regions = app::regions()?;
    let script = Script { campaign: &campaign, regions: &regions, from: options.from, until: options.until };
    script.mails(options.seed, options.mails).map_err(SimulateError::Form)
}

async fn run(
    options: &Options,
    folder: &Path,
    mails: Vec<Mail>,
    app: &App,
    daemon: &Daemon,
    told: impl Fn(Date),
) -> Result<(), SimulateError> {
    let end = time::start_of(options.until).unwrap_or(Timestamp::MAX);
    // The last look, whatever came in since the one before.
    let last = end.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(end);
    let mut mails = mails.into_iter().enumerate().peekable();
    let mut now = app.clock.now();
    let mut month = None;
    while now < end {
        app.clock.set(now);
        let first = time::local(now).date().first_of_month();
        if month.replace(first) != Some(first) {
            told(first);
        }
        while let Some((at, mail)) = mails.next_if(|(_, mail)| mail.at <= now) {
            put(folder, at, &mail).map_err(|source| fault(folder, source))?;
        }
        if let Some(fault) = daemon.poll().await.faults.into_iter().next() {
            return Err(fault.into());
        }
        let mail = mails.peek().map(|(_, mail)| looked_at(mail.at).min(last));
        let reply = app.store.next_due_ms().await?.and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let reply = reply.map(|due| if due > now { due } else { now.saturating_add(CAPPED).unwrap_or(end) });
        now = [mail, reply, Some(next_of_day(now))].into_iter().flatten().filter(|at| *at > now).min().unwrap_or(end);
    }
    Ok(())
}

/// When a mail is met.
fn looked_at(at: Timestamp) -> Timestamp {
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(LOOK) + LOOK).unwrap_or(at)
}

/// The next midnight or morning.
fn next_of_day(now: Timestamp) -> Timestamp {
    let today = time::local(now).date();
    let tomorrow = today.tomorrow().unwrap_or(today);
    let morning = |day: Date| time::shanghai().to_timestamp(day.to_datetime(MORNING)).ok();
    [morning(today), time::start_of(tomorrow), morning(tomorrow)].into_iter().flatten().find(|at| *at > now).unwrap_or(Timestamp::MAX)
}

async fn count(options: &Options, app: &App) -> Result<Year, SimulateError> {
    let campaign = crate::config::CampaignFile::builtin()?.campaign;
    let differences = check::differences(options, app, &campaign, &app.loaded.workdays).await?;
    year::count(options, app, &campaign, differences).await
}

/// The folder is new: a year is never played into another's record.
fn lay_out(folder: &Path) -> std::io::Result<()> {
    if folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(std::io::Error::other("文件夹不是空的，请换一个，或先删除其中的内容"));
    }
    for name in ["cur", "new", "tmp"] {
        fs::create_dir_all(folder.join("Maildir").join(name))?;
    }
    fs::create_dir_all(folder.join("replies"))?;
    fs::write(folder.join("campaign-2023.toml"), builtin::CAMPAIGN)?;
    fs::write(folder.join("zhihui.toml"), CONFIG)
}

fn put(folder: &Path, number: usize, mail: &Mail) -> std::io::Result<()> {
    let path = folder.join("Maildir/new").join(format!("{}.M{number:06}P1.simulate", mail.at.as_second()));
    fs::write(&path, mail.bytes())?;
    // The server's time of a Maildir is its file's.
    File::options()
        .write(true)
        .open(&path)?
        .set_modified(UNIX_EPOCH + Duration::from_secs(mail.at.as_second().try_into().unwrap_or_default()))
}

fn fault(folder: &Path, source: std::io::Error) -> SimulateError {
    SimulateError::Folder { path: folder.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_writes_the_same_year() {
        let options = Options { seed: 7, mails: 60, from: Date::constant(2023, 5, 23), until: Date::constant(2024, 1, 10) };
        let bytes = |options: &Options| written(options).unwrap().iter().map(Mail::bytes).collect::<Vec<_>>();
        let year = bytes(&options);
        assert_eq!(year.len(), 60);
        assert!(year == bytes(&options) && year != bytes(&Options { seed: 8, ..options }));
    }

    #[test]
    fn the_day_has_its_midnight_and_its_morning() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for (now, next) in [
            ("2023-06-01T00:00:00+08:00", "2023-06-01T08:30:00+08:00"),
            ("2023-06-01T08:30:00+08:00", "2023-06-02T00:00:00+08:00"),
            ("2023-06-01T23:59:59+08:00", "2023-06-02T00:00:00+08:00"),
        ] {
            assert_eq!(next_of_day(at(now)), at(next), "{now}");
        }
        assert_eq!(looked_at(at("2023-06-01T08:29:59+08:00")), at("2023-06-01T08:30:00+08:00"));
    }
}
