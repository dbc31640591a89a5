//! The blank form, the plan of activities, and the backup.

use super::{demo, done, fails};
use serde_json::Value;
use std::{fs, path::Path};
use tempfile::TempDir;

#[test]
fn the_blank_form_is_written_once() {
    let folder = TempDir::new().expect("a folder");
    assert_eq!(done(&folder, &["form", "表.docx"]), "");
    let form = folder.path().join("表.docx");
    let bytes = fs::read(&form).expect("it is there");
    assert!(bytes.starts_with(b"PK"));
    fs::write(&form, "mine").expect("it can be written");
    fails(&folder, &["form", "表.docx"], 1, &["表.docx", "已存在"]);
    assert_eq!(fs::read(&form).expect("it is there"), b"mine");
    done(&folder, &["form"]);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2);
}

#[test]
fn the_plan_of_activities_is_listed_exported_and_read_back() {
    let folder = TempDir::new().expect("a folder");
    let listed = |arguments: &[&str]| -> Vec<Value> {
        let list = done(&folder, &[&["activity", "list", "--format", "json"], arguments].concat());
        serde_json::from_str(&list).expect("JSON")
    };
    assert_eq!(listed(&[]).len(), 17);
    let of_host = listed(&["--month", "2023-09", "--host", "省纤检局"]);
    assert_eq!(
        of_host.iter().map(|row| row["item"].as_str().expect("text")).collect::<Vec<_>>(),
        ["省纤检系统“百名专家进百企”质量技术帮扶活动", "省纤检系统质量月系列活动", "宣传推广质量月"]
    );
    assert_eq!(listed(&["--month", "2023-06", "--text", "开放日"])[0]["days"][4], "2023-06-29");
    assert_eq!(listed(&["--host", "无"]), Vec::<Value>::new());
    fails(&folder, &["activity", "list", "--month", "2023-13"], 2, &["“2023-13”不是月份", "2023-09"]);
    let calendar = done(&folder, &["activity", "export", "--host", "省器械院"]);
    assert_eq!((calendar.matches("BEGIN:VEVENT").count(), calendar.matches("RRULE:FREQ=WEEKLY").count()), (4, 1));
    done(&folder, &["activity", "export", "--to", "plan.ics"]);
    fails(&folder, &["activity", "export", "--to", "plan.ics"], 1, &["已存在"]);
    for name in ["activities.xlsx", "activities.docx"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/documents").join(name);
        let path = path.to_str().expect("UTF-8");
        let preview = done(&folder, &["activity", "import", path]);
        assert!(preview.contains("有机产品认证专家行活动") && preview.contains("2023-11-01") && preview.contains("每周四"), "{preview}");
        let section: toml::Value = toml::from_str(&done(&folder, &["activity", "import", path, "--to", "-"])).expect("TOML");
        let campaign = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/campaign-2023.toml")).expect("it is there");
        let shipped: toml::Value = toml::from_str(&campaign).expect("TOML");
        assert_eq!(section["activity"], shipped["activity"], "{name}");
        // Its own plan changes nothing; an empty one is filled, and everything else stays as it was.
        fs::write(folder.path().join("same.toml"), &campaign).expect("it is written");
        let into = |file: &str| done(&folder, &["activity", "import", path, "--campaign", file, "--yes"]);
        assert!(into("same.toml").contains("不变"));
        assert_eq!(fs::read_to_string(folder.path().join("same.toml")).expect("it is there"), campaign);
        let (first, last) = (campaign.find("[[activity]]").expect("a plan"), campaign.rfind("[[activity]]").expect("a plan"));
        let rest = last + campaign.get(last..).and_then(|rest| rest.find("\n\n")).expect("it ends");
        let without = format!("{}{}", campaign.get(..first).expect("a head"), campaign.get(rest..).expect("a foot"));
        fs::write(folder.path().join("bare.toml"), &without).expect("it is written");
        assert!(done(&folder, &["activity", "import", path, "--campaign", "bare.toml"]).contains("新增"));
        assert_eq!(fs::read_to_string(folder.path().join("bare.toml")).expect("it is there"), without, "it was only shown");
        assert!(into("bare.toml").contains("新增"));
        let listed = |file: &str| done(&folder, &["activity", "list", "--format", "json", "--campaign", file]);
        assert_eq!(listed("bare.toml"), listed("same.toml"));
        let kept = fs::read_to_string(folder.path().join("bare.toml.bak")).expect("it is kept");
        assert_eq!(kept, without);
        for name in ["same.toml", "bare.toml", "bare.toml.bak"] {
            fs::remove_file(folder.path().join(name)).expect("it is there");
        }
    }
    fails(&folder, &["activity", "import", "x.docx", "--yes"], 1, &["无法读取"]);
    fails(&folder, &["activity", "import", "plan.ics"], 1, &["不是 Word 或 Excel 文件"]);
}

#[test]
fn a_backup_is_checked_and_put_back_and_the_mailbox_goes_on_from_there() {
    let folder = demo();
    let before = done(&folder, &["--config", "zhihui.toml", "case", "list", "--format", "json"]);
    assert!(done(&folder, &["--config", "zhihui.toml", "backup", "--to", "copy"]).contains("邮件15封"));
    fails(&folder, &["--config", "zhihui.toml", "backup", "--to", "copy"], 1, &["copy", "--to"]);
    assert!(done(&folder, &["backup", "verify", "copy"]).contains("备份完好"));
    fails(&folder, &["--config", "zhihui.toml", "restore", "copy"], 1, &["已经存在"]);

    let empty = TempDir::new().expect("a folder");
    let copy = folder.path().join("copy").to_str().expect("UTF-8").to_owned();
    for name in ["zhihui.toml", "campaign-2023.toml"] {
        fs::copy(folder.path().join("copy/config").join(name), empty.path().join(name)).expect("the configuration comes along");
    }
    fs::rename(folder.path().join("Maildir"), empty.path().join("Maildir")).expect("the mailbox is still there");
    assert!(done(&empty, &["--config", "zhihui.toml", "restore", &copy]).contains("已恢复"));
    done(&empty, &["--config", "zhihui.toml", "poll"]);
    assert_eq!(done(&empty, &["--config", "zhihui.toml", "case", "list", "--format", "json"]), before);

    fs::write(folder.path().join("copy/zhihui.db"), b"no database").expect("it can be damaged");
    fails(&folder, &["backup", "verify", "copy"], 3, &["zhihui.db"]);
    let third = TempDir::new().expect("a folder");
    fs::copy(empty.path().join("zhihui.toml"), third.path().join("zhihui.toml")).expect("a file");
    fs::copy(empty.path().join("campaign-2023.toml"), third.path().join("campaign-2023.toml")).expect("a file");
    fails(&third, &["--config", "zhihui.toml", "restore", &copy], 1, &["backup verify"]);
    assert!(!third.path().join("zhihui.db").exists());
}
