//! The program's commands over the record, with their statements in the log.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A statement that a command made.
pub struct Played {
    pub command: String,
    pub statement: String,
    pub took_ms: f64,
}

/// What people ask, what they do, and what runs by itself. What writes everything out (ledger, audit verify, backup) reads everything,
/// whatever the record is like. `{half}` is half of the number of cases.
const COMMANDS: &[&[&str]] = &[
    &["poll"],
    &["case", "list", "--limit", "50"],
    &["case", "list", "--limit", "50", "--sort", "-received_at"],
    &["case", "list", "--limit", "50", "--sort", "unit,-number"],
    &["case", "list", "--limit", "50", "--sort", "-defects"],
    &["case", "list", "--view", "待补正", "--limit", "50"],
    &["case", "list", "--view", "待核章", "--limit", "50"],
    &["case", "list", "--status", "待补正", "--region", "十堰", "--limit", "50"],
    &["case", "list", "--window", "2023-06", "--category", "计量", "--limit", "50"],
    &["case", "list", "--unit", "计量院77", "--limit", "50"],
    &["case", "list", "--text", "光电子", "--limit", "50"],
    &["case", "list", "--since", "2023-06-30", "--until", "2023-07-01", "--limit", "50"],
    &["case", "list", "--overdue", "--limit", "50"],
    &["case", "overdue", "--limit", "50"],
    &["case", "search", "光电子", "计量"],
    &["case", "show", "JCZH-2023-{half}"],
    &["case", "explain", "JCZH-2023-{half}"],
    &["case", "note", "JCZH-2023-{half}", "--text", "已电话联系", "--yes"],
    &["case", "assign", "JCZH-2023-{half}", "李四", "--reason", "按地区", "--yes"],
    &["case", "edit", "JCZH-2023-{half}", "--field", "案例分类=标准", "--reason", "单位来电更正", "--yes"],
    &["message", "list", "--limit", "50"],
    &["message", "list", "--limit", "50", "--sort", "-subject"],
    &["message", "list", "--status", "立案", "--region", "十堰", "--limit", "50"],
    &["message", "list", "--text", "第777号", "--limit", "50"],
    &["message", "show", "{half}"],
    &["quarantine", "list"],
    &["outbox", "list", "--limit", "50"],
    &["outbox", "list", "--status", "待发", "--limit", "50"],
    &["outbox", "list", "--region", "十堰", "--limit", "50"],
    &["outbox", "list", "--limit", "50", "--sort", "to"],
    &["outbox", "show", "{half}"],
    &["window", "list"],
    &["digest", "preview", "--week", "2023-W26"],
    &["digest", "unsent"],
    &["audit", "list", "--limit", "50"],
    &["audit", "list", "--case", "JCZH-2023-{half}"],
    &["approval", "list"],
    &["review", "list"],
    &["publish", "list"],
    &["refer", "list"],
    &["roster", "list"],
    &["node", "list"],
    &["doctor"],
    &["privacy", "purge", "--reason", "保存期满"],
];

/// A folder with a configuration.
pub struct Deployment {
    folder: TempDir,
    server: Option<String>,
    cases: usize,
}

impl Deployment {
    /// In a file, or at this address.
    pub fn new(server: Option<String>, cases: usize) -> Deployment {
        // Beside what is built: /tmp may be memory.
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let deployment = Deployment { folder, server, cases };
        let root = deployment.folder.path();
        std::fs::create_dir(root.join("mail")).expect("a folder");
        let config = format!(
            "[database]\nurl = \"{}\"\n[blobs]\nurl = \"file:blobs\"\n\
             [[mailbox]]\nsource = \"eml\"\npath = \"mail\"\ncampaign = \"campaign.toml\"\n\
             [smtp]\ntransport = \"file\"\npath = \"replies\"\nfrom = \"cases@hubei.example\"\n\
             [limits]\nreply_within_days = 36500\nreplies_per_hour = 100000\n[correction]\nwait = \"0h\"\n[replies]\nquiet = \"\"\n\
             [privacy]\nretain_years = 10\n[[digest]]\nto = [\"office@hubei.example\"]\n",
            deployment.url()
        );
        std::fs::write(root.join("zhihui.toml"), config).expect("a file");
        std::fs::write(root.join("campaign.toml"), zhihui::config::builtin::CAMPAIGN).expect("a file");
        for mail in ["001-plain-word", "408-", "601-", "603-", "806-"] {
            std::fs::copy(golden(mail), root.join("mail").join(format!("{mail}.eml"))).expect("a mail");
        }
        deployment
    }

    pub fn url(&self) -> String {
        self.server.clone().unwrap_or_else(|| format!("sqlite:{}", self.folder.path().join("zhihui.db").display()))
    }

    /// Every statement of every command.
    pub fn play(&self) -> Vec<Played> {
        COMMANDS.iter().flat_map(|arguments| self.command(arguments)).collect()
    }

    fn command(&self, arguments: &[&str]) -> Vec<Played> {
        let half = (self.cases / 2).to_string();
        let arguments: Vec<String> = arguments.iter().map(|argument| argument.replace("{half}", &half)).collect();
        let command = arguments.join(" ");
        let mut program = Command::new(env!("CARGO_BIN_EXE_zhihui"));
        program.args(["--config", "zhihui.toml", "--log-format", "json"]).args(&arguments).current_dir(self.folder.path());
        program.env("ZHIHUI_LOG", "sqlx::query=debug").env("ZHIHUI_ACTOR", "wang").env("COLUMNS", "120");
        let output = program.output().expect("the program runs");
        let said = String::from_utf8_lossy(&output.stderr);
        let lines = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let played: Vec<Played> = lines.filter_map(|line| statement(&command, &line)).collect();
        if !output.status.success() {
            let words = said.lines().filter(|line| !line.starts_with('{')).collect::<Vec<_>>().join(" ");
            println!("{command} ended with {:?}: {words}", output.status.code());
        }
        let all: f64 = played.iter().map(|played| played.took_ms).sum();
        println!("{all:>9.0} ms in {:>3} statements: {command}", played.len());
        played
    }
}

/// A line of sqlx: a short statement is its own summary.
fn statement(command: &str, line: &Value) -> Option<Played> {
    let (whole, summary) = (line.get("db.statement")?.as_str()?, line.get("summary")?.as_str()?);
    let text = if whole.trim().is_empty() { summary } else { whole };
    let statement = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(Played { command: command.to_owned(), statement, took_ms: line.get("elapsed_secs")?.as_f64()? * 1000.0 })
}

fn golden(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mail");
    let mut files = std::fs::read_dir(folder).expect("the fixtures").flatten().map(|entry| entry.path());
    let is_it = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extension == "eml")
            && path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(name))
    };
    files.find(is_it).expect("a golden mail")
}
