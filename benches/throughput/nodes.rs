//! Several processes on one PostgreSQL server, each with its share of the mailboxes: how fast they judge what comes in at one
//! moment. The mails are renamed into the mailboxes once the processes have shared these among themselves.

use crate::mailbox::{Kind, Template};
use crate::measure::{below, cpu_of};
use crate::office::zhihui;
use crate::support::{dovecot::Dovecot, postgres::Postgres};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::Instant;
use zhihui::clock::Clock;

/// Three signs of life: by then mailboxes have been let go and taken.
const SETTLING: Duration = Duration::from_secs(25);
const STEP: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(1800);

/// What so many processes did.
pub struct Shared {
    pub rate: f64,
    /// CPU of the processes and their workers, and of everything (with the servers), in milliseconds a mail.
    pub cpu: (f64, f64),
    /// How many mailboxes each had.
    pub shares: Vec<usize>,
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = (self.0.kill(), self.0.wait());
    }
}

/// Judges so many mails in so many mailboxes with so many processes, from an empty database.
pub fn share(kind: Kind, mails: usize, mailboxes: usize, processes: usize) -> Shared {
    let names: Vec<String> = (0..mailboxes).map(|n| format!("m{n}")).collect();
    let users: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "secret")).collect();
    let (dovecot, postgres, folder) = (Dovecot::start(&users), Postgres::start_synced(), TempDir::new().expect("a folder"));
    let address = postgres.database();
    let config = deployment(folder.path(), &address, &dovecot, &names);
    let ask = |question: &str| postgres.sql(address.rsplit('/').next().unwrap_or_default(), question);
    let count = |question: &str| ask(question).trim().parse::<usize>().expect("a number");
    let start = || {
        let mut command = Command::new(zhihui());
        command.args(["--config", &config, "run"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Running(command.spawn().expect("it starts"))
    };
    // The first makes the tables.
    let first = start();
    wait("tables", || ask("SELECT to_regclass('node_mailbox') IS NOT NULL").trim() == "t");
    let others: Vec<Running> = (1..processes).map(|_| start()).collect();
    wait("every process", || count("SELECT COUNT(*) FROM node") == processes);
    std::thread::sleep(SETTLING);
    let waiting = written(&dovecot, kind, mails, &names);
    let roots: Vec<u32> = std::iter::once(&first).chain(&others).map(|running| running.0.id()).collect();
    let ours = || roots.iter().map(|root| cpu_of(*root) + below(*root).into_iter().map(cpu_of).sum::<Duration>()).sum::<Duration>();
    let all = || below(std::process::id()).into_iter().map(cpu_of).sum::<Duration>();
    let (ours_before, all_before) = (ours(), all());
    let started = Instant::now();
    for (from, to) in &waiting {
        std::fs::rename(from, to).expect("it arrives");
    }
    wait("every mail", || count("SELECT COUNT(*) FROM message WHERE state = 'done'") == mails);
    let took = started.elapsed();
    let each = |cpu: Duration| cpu.as_secs_f64() * 1000.0 / mails as f64;
    let cpu = (each(ours().saturating_sub(ours_before)), each(all().saturating_sub(all_before)));
    assert_eq!(count("SELECT COUNT(*) FROM case_record"), mails, "each mail is a case");
    let mut shares: BTreeMap<String, usize> = BTreeMap::new();
    ask("SELECT owner FROM node_mailbox").lines().for_each(|owner| *shares.entry(owner.to_owned()).or_default() += 1);
    Shared { rate: mails as f64 / took.as_secs_f64(), cpu, shares: shares.into_values().collect() }
}

fn wait(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "never: {what}");
        std::thread::sleep(STEP);
    }
}

/// The mails beside their mailboxes, and where they arrive: each mailbox in turn.
fn written(dovecot: &Dovecot, kind: Kind, mails: usize, names: &[String]) -> Vec<(PathBuf, PathBuf)> {
    let (template, now) = (Template::new(kind), Clock::System.now());
    let date = now.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    let write = |(n, name): (usize, &String)| {
        let (folder, file) = (dovecot.maildir(name), format!("{}.M{n}.bench", now.as_second()));
        let (from, to) = (folder.join("tmp").join(&file), folder.join("new").join(&file));
        // As mail systems store them.
        let mail: Vec<u8> = template.mail(n, &date).into_iter().filter(|byte| *byte != b'\r').collect();
        std::fs::write(&from, mail).expect("a mail");
        (from, to)
    };
    (0..mails).zip(names.iter().cycle()).map(write).collect()
}

fn deployment(folder: &Path, address: &str, dovecot: &Dovecot, names: &[String]) -> String {
    let campaign = zhihui::config::builtin::CAMPAIGN.replace("2023", &Clock::System.now().strftime("%Y").to_string());
    std::fs::write(folder.join("campaign.toml"), campaign).expect("a file");
    std::fs::write(folder.join("password"), "secret").expect("a file");
    let mailbox = |name: &String| {
        format!(
            "[[mailbox]]\nname = \"{name}\"\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nusername = \"{name}\"\n\
             password_file = \"password\"\ncampaign = \"campaign.toml\"\n",
            dovecot.port
        )
    };
    let text = format!(
        "[database]\nurl = \"{address}\"\n[blobs]\nurl = \"file:blobs\"\n{}\
         [smtp]\ntransport = \"file\"\npath = \"replies\"\nfrom = \"cases@hubei.example\"\n\
         [limits]\nreplies_per_hour = 1000000\n[correction]\nwait = \"0h\"\n[replies]\nmode = \"hold\"\nquiet = \"\"\n",
        names.iter().map(mailbox).collect::<String>()
    );
    std::fs::write(folder.join("zhihui.toml"), text).expect("a file");
    folder.join("zhihui.toml").to_str().expect("UTF-8").to_owned()
}
