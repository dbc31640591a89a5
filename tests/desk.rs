//! The papers of the desk by the command line: the digest goes once unless somebody says why, the ledger goes out
//! and comes back.

#![expect(clippy::expect_used, reason = "a helper that fails has failed the test")]

use rust_xlsxwriter::Workbook;
use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};
use tempfile::TempDir;

struct Desk(TempDir);

impl Desk {
    /// The demonstration, with somebody who receives the digest.
    fn new() -> Desk {
        let desk = Desk(TempDir::new().expect("a folder"));
        let made = desk.run(&["demo", "--dir", "."]);
        assert!(made.status.success(), "{}", err(&made));
        let config = desk.path("zhihui.toml");
        let text = fs::read_to_string(&config).expect("the configuration");
        fs::write(&config, text + "[[digest]]\nto = [\"office@office.example\"]\n").expect("it can be written");
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zhihui"));
        command.current_dir(self.0.path()).args(arguments).env_remove("ZHIHUI_CONFIG");
        command.output().expect("it runs")
    }

    fn ask(&self, arguments: &[&str]) -> Output {
        self.run(&[&["--config", "zhihui.toml"], arguments].concat())
    }

    /// A workbook of two columns and one row.
    fn fill(&self, number: &str, opinion: &str) {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet().set_name("台账").expect("a name");
        for (column, (head, cell)) in [("编号", number), ("处理意见", opinion)].into_iter().enumerate() {
            let column = column as u16;
            sheet.write_string(0, column, head).expect("a cell").write_string(1, column, cell).expect("a cell");
        }
        book.save(self.path("filled.xlsx")).expect("it can be written");
    }
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_ledger_goes_out_and_comes_back() {
    let desk = Desk::new();
    let exported = desk.ask(&["ledger", "export", "--to", "ledger.xlsx"]);
    assert!(exported.status.success() && fs::read(desk.path("ledger.xlsx")).expect("the ledger").starts_with(b"PK"), "{}", err(&exported));
    assert_eq!(desk.ask(&["ledger", "export", "--to", "ledger.xlsx"]).status.code(), Some(1), "nothing is overwritten");
    // What went out and was not filled in changes nothing.
    assert!(err(&desk.ask(&["ledger", "import", "ledger.xlsx", "--yes"])).contains("没有需要导入的改动"));
    desk.fill("JCZH-2023-0001", "同意推荐");
    let shown = desk.ask(&["ledger", "import", "filled.xlsx"]);
    assert!(out(&shown).contains("同意推荐") && err(&shown).contains("还没有导入"), "{}", err(&shown));
    assert!(err(&desk.ask(&["ledger", "import", "filled.xlsx", "--yes"])).contains("已导入1处改动"));
    assert!(err(&desk.ask(&["ledger", "import", "filled.xlsx", "--yes"])).contains("没有需要导入的改动"));
    desk.fill("JCZH-2023-9999", "同意推荐");
    let refused = desk.ask(&["ledger", "import", "filled.xlsx", "--yes"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(err(&refused).contains("台账!A2：没有编号为 JCZH-2023-9999 的案例"), "{}", err(&refused));
    let log = out(&desk.ask(&["audit", "list", "--format", "jsonl"]));
    assert_eq!(log.lines().filter(|line| line.contains("ledger.filled") && line.contains("JCZH-2023-0001")).count(), 1, "{log}");
}

#[test]
fn a_digest_goes_again_only_for_a_reason() {
    let desk = Desk::new();
    let digests = || {
        let list = out(&desk.ask(&["outbox", "list", "--format", "jsonl"]));
        list.lines().filter(|line| line.contains("\"kind\":\"digest\"")).count()
    };
    let send = |more: &[&str]| desk.ask(&[&["digest", "send", "--week", "2023-W25"], more].concat());
    assert!(send(&[]).status.success() && digests() == 0);
    assert!(send(&["--yes"]).status.success() && digests() == 1);
    assert_eq!(send(&["--yes"]).status.code(), Some(1));
    assert_eq!(digests(), 1);
    assert!(send(&["--yes", "--reason", "更正件数"]).status.success() && digests() == 2);
    let text = out(&desk.ask(&["digest", "preview", "--week", "2023-W25"]));
    assert!(text.contains("6月19日—25日，新收案例") && text.contains("登记存证："), "{text}");
    assert_eq!(desk.ask(&["digest", "preview", "--week", "2023-26"]).status.code(), Some(2));
    let unsent = out(&desk.ask(&["digest", "unsent", "--window", "2023-H1", "--format", "jsonl"]));
    assert!(unsent.contains("神农架") && !unsent.contains("襄阳"), "{unsent}");
}
