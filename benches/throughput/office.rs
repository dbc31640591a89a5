//! The mailbox with its mails, the sink for the replies, and the program's configuration between them.

use crate::mailbox::{Kind, Template};
use crate::measure::{Figures, run};
use crate::proxy::Proxy;
use crate::support::{dovecot::Dovecot, process::program, smtp_sink::SmtpSink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;
use zhihui::clock::Clock;

const USER: &str = "cases";
const PASSWORD: &str = "secret";

pub struct Office {
    mails: usize,
    dovecot: Dovecot,
    sink: SmtpSink,
    folder: TempDir,
}

impl Office {
    /// A mailbox with so many mails of today.
    pub fn filled(kind: Kind, mails: usize) -> Office {
        let dovecot = Dovecot::start(&[(USER, PASSWORD)]);
        let (template, now) = (Template::new(kind), Clock::System.now());
        let internal_date = now.strftime("%d-%b-%Y %H:%M:%S +0000").to_string();
        let date = now.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
        let mut imap = dovecot.login(USER);
        for n in 0..mails {
            imap.command_with_literal(&format!("APPEND INBOX \"{internal_date}\""), &template.mail(n, &date));
        }
        Office { mails, dovecot, sink: SmtpSink::start(), folder: TempDir::new().expect("a folder") }
    }

    /// Everything received, judged, recorded and answered, from an empty database; replies wait for their release.
    pub fn receive(&self) -> Figures {
        self.receive_from(self.dovecot.port)
    }

    /// The same from a server that is so far away.
    pub fn receive_from_afar(&self, latency: Duration) -> Figures {
        self.receive_from(Proxy::start(self.dovecot.port, latency).port)
    }

    fn receive_from(&self, port: u16) -> Figures {
        // What was written by others before is not to be flushed on our account (`syncfs`).
        rustix::fs::sync();
        let config = self.deployment(port);
        let figures = run(self.mails, &zhihui(), &["--config", &config, "poll"]);
        assert_eq!(self.waiting(&config).len(), self.mails, "a reply for each mail");
        figures
    }

    /// The replies that the last run left, over one connection.
    pub fn drain(&self) -> Figures {
        let config = self.config();
        let waiting = self.waiting(&config);
        for some in waiting.chunks(500) {
            let released = Command::new(zhihui()).args(["--config", &config, "outbox", "release"]).args(some).output();
            assert!(released.expect("it can be started").status.success(), "the replies are released");
        }
        let figures = run(self.mails, &zhihui(), &["--config", &config, "poll"]);
        assert_eq!(self.sink.arrived().len(), self.mails, "each reply arrives");
        figures
    }

    /// fsyncs of a run from an empty database, as strace counts them, and IMAP round trips, a mail.
    pub fn counts(&self) -> (f64, f64) {
        let proxy = Proxy::start(self.dovecot.port, Duration::ZERO);
        let (config, counts) = (self.deployment(proxy.port), self.folder.path().join("fsyncs"));
        let counted = "trace=fsync,fdatasync,syncfs,sync,msync,sync_file_range";
        let counts = counts.to_str().expect("UTF-8");
        let zhihui = zhihui();
        let arguments =
            ["-f", "--seccomp-bpf", "-c", "-o", counts, "-e", counted, zhihui.to_str().expect("UTF-8"), "--config", &config, "poll"];
        run(self.mails, &program("strace", "strace"), &arguments);
        let table = std::fs::read_to_string(counts).expect("strace has counted");
        let total = table.lines().find(|line| line.ends_with("total")).and_then(|line| line.split_whitespace().nth(3));
        let fsyncs = total.and_then(|calls| calls.parse::<f64>().ok()).expect("a sum");
        (fsyncs / self.mails as f64, proxy.round_trips() as f64 / self.mails as f64)
    }

    /// The same with a script as an office might have it.
    pub fn python(&self) -> Figures {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/throughput/baseline.py");
        let folder = self.folder.path().join("python");
        let (imap, smtp) = (self.dovecot.port.to_string(), self.sink.port.to_string());
        let arguments = [script.to_str().expect("UTF-8"), &imap, USER, PASSWORD, &smtp, folder.to_str().expect("UTF-8")];
        run(self.mails, &program("python3", "python3-docx"), &arguments)
    }

    /// The mailbox copied into a Maildir, each mail synced.
    pub fn mbsync(&self) -> Figures {
        let folder = self.folder.path().join("copy");
        std::fs::create_dir_all(&folder).expect("a folder");
        let (here, port) = (folder.display(), self.dovecot.port);
        let settings = format!(
            "FSync yes\nIMAPStore far\nHost 127.0.0.1\nPort {port}\nUser {USER}\nPass {PASSWORD}\nSSLType None\nAuthMechs LOGIN\n\n\
             MaildirStore near\nPath {here}/\nInbox {here}/inbox\n\nChannel all\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\nSync Pull\nSyncState *\n"
        );
        let file = self.folder.path().join("mbsyncrc");
        std::fs::write(&file, settings).expect("a file");
        let figures = run(self.mails, &program("mbsync", "isync"), &["-q", "-c", file.to_str().expect("UTF-8"), "all"]);
        let copied = ["new", "cur"].iter().filter_map(|name| std::fs::read_dir(folder.join("inbox").join(name)).ok()).flatten().count();
        assert_eq!(copied, self.mails, "each mail is copied");
        figures
    }

    fn config(&self) -> String {
        self.folder.path().join("zhihui.toml").to_str().expect("UTF-8").to_owned()
    }

    /// An empty database and folder, and a campaign of this year.
    fn deployment(&self, port: u16) -> String {
        let folder = self.folder.path();
        for left in std::fs::read_dir(folder).expect("the folder").flatten().map(|entry| entry.path()) {
            if left.is_dir() { std::fs::remove_dir_all(left) } else { std::fs::remove_file(left) }.expect("it can be removed");
        }
        let campaign = zhihui::config::builtin::CAMPAIGN.replace("2023", &Clock::System.now().strftime("%Y").to_string());
        std::fs::write(folder.join("campaign.toml"), campaign).expect("a file");
        std::fs::write(folder.join("password"), PASSWORD).expect("a file");
        let text = format!(
            "[database]\nurl = \"sqlite:zhihui.db\"\n[blobs]\nurl = \"file:blobs\"\n\
             [[mailbox]]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nusername = \"{USER}\"\npassword_file = \"password\"\ncampaign = \"campaign.toml\"\n\
             [smtp]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nusername = \"cases@hubei.example\"\npassword_file = \"password\"\n\
             from = \"cases@hubei.example\"\n\
             [limits]\nreplies_per_hour = 1000000\n[correction]\nwait = \"0h\"\n[replies]\nmode = \"hold\"\nquiet = \"\"\n",
            self.sink.port
        );
        std::fs::write(folder.join("zhihui.toml"), text).expect("a file");
        self.config()
    }

    /// The replies in the outbox that wait for a person.
    fn waiting(&self, config: &str) -> Vec<String> {
        let list = Command::new(zhihui()).args(["--config", config, "outbox", "list", "--format", "jsonl", "--limit", "1000000"]).output();
        let list = list.expect("it can be started");
        assert!(list.status.success(), "{}", String::from_utf8_lossy(&list.stderr));
        let rows = list.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let rows = rows.map(|line| serde_json::from_slice::<serde_json::Value>(line).expect("JSON"));
        rows.filter(|row| row.get("state").is_some_and(|state| state == "held"))
            .filter_map(|row| Some(row.get("id")?.to_string()))
            .collect()
    }
}

pub fn zhihui() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_zhihui"))
}
