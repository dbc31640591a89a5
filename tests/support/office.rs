//! An office in a folder, its mails and replies as files, on a clock that the test moves.

use jiff::Timestamp;
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;
use zhihui::{app::App, clock::Clock, config::Config, daemon::Daemon, store::DaemonLock};

/// It is there whether the program runs or not.
pub struct Office {
    folder: TempDir,
    /// What time it is.
    pub clock: Clock,
}

/// The program at work.
pub struct Running {
    /// What is open.
    pub app: App,
    daemon: Daemon,
    _lock: DaemonLock,
}

impl Office {
    /// Whose `[replies]` are these.
    pub fn new(replies: &str) -> Office {
        let folder = TempDir::new().expect("a folder");
        for name in ["mail", "replies"] {
            fs::create_dir(folder.path().join(name)).expect("it can be made");
        }
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::copy(manifest.join("config/campaign-2023.toml"), folder.path().join("campaign-2023.toml")).expect("the campaign");
        let config = format!(
            "[database]\nurl = \"sqlite:zhihui.db\"\n[blobs]\nurl = \"file:blobs\"\n\
             [[mailbox]]\nsource = \"eml\"\npath = \"mail\"\ncampaign = \"campaign-2023.toml\"\n\
             [smtp]\ntransport = \"file\"\npath = \"replies\"\nfrom = \"cases@hubei.example\"\n\
             [correction]\nwait = \"0h\"\n[replies]\n{replies}"
        );
        fs::write(folder.path().join("zhihui.toml"), config).expect("the configuration");
        Office { folder, clock: Clock::fixed(Timestamp::UNIX_EPOCH) }
    }

    /// A mail arrives, by its topmost `Received`.
    pub fn receives(&self, fixture: &str, received: &str, id: &str, answers: &str) {
        let raw =
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(fixture)).expect("the fixture is ASCII").replace("\r\n", "\n");
        let (head, body) = raw.split_once("\n\n").expect("a body");
        let start = head.find("MIME-Version").expect("its structure comes last");
        let mail = format!(
            "Received: from mail.unit.example by mx.hubei.example; {received}\nFrom: <office@unit.example>\nTo: cases@hubei.example\n\
             Subject: =?utf-8?B?5YW45Z6L5qGI5L6L55Sz5oql5p2Q5paZ?=\nDate: {received}\nMessage-ID: <{id}@unit.example>\n\
             In-Reply-To: <{answers}@unit.example>\n{}\n\n{body}",
            head.get(start..).unwrap_or_default()
        );
        fs::write(self.folder.path().join("mail").join(format!("{id}.eml")), mail).expect("it arrives");
    }

    /// Where its configuration lies.
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("zhihui.toml")
    }

    /// Opens the record.
    pub async fn open(&self) -> App {
        let loaded = Config::load(Some(&self.config()), []).expect("it is right");
        App::open(loaded, self.clock.clone()).await.expect("it opens")
    }

    /// Starts the program.
    pub async fn start(&self) -> Running {
        let app = self.open().await;
        let lock = app.store.daemon_lock().expect("nobody else");
        let daemon = app.daemon(PathBuf::from(env!("CARGO_BIN_EXE_zhihui"))).await.expect("a daemon");
        Running { app, daemon, _lock: lock }
    }
}

impl Running {
    /// Does everything that is due.
    pub async fn pass(&self) {
        let faults = self.daemon.poll().await.faults;
        assert!(faults.is_empty(), "{faults:?}");
    }
}
