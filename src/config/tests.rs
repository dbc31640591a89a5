//! Whole configuration files, right and wrong.

use super::*;
use std::{path::Path, time::Duration};
use tempfile::TempDir;

const CAMPAIGN: &str = r#"
id = "2023"
number_prefix = "JCZH-2023"
title = "t"
category = []
focus_area = []
[brand]
name = "n"
slogan = "s"
basis = "notice"
[office]
signature = "s"
foot = "f"
[calendar]
opens = "2023-05-23"
closes = 2024-01-01
basis = "notice"
[[calendar.batch]]
id = "2023-H1"
name = "上半年阶段性征集"
from = "2023-05-23"
until = "2023-07-01"
basis = "notice"
[form]
title = "t"
file_name = "f"
other_labels = []
guidance = []
empty_values = []
elsewhere = []
[form.labels]
title = []
unit = []
category = []
contact = []
contact_name = []
contact_phone = []
introduction = []
materials = []
opinion = []
joint_unit = []
[form.headings]
background = []
practices = []
results = []
beside = []
[form.introduction_words]
limit = 1500
tolerance = 0
basis = "notice"
[words]
submission = []
inquiry = []
form_names = []
scan_names = []
letter_names = []
summary_names = []
evidence_names = []
auto_reply = []
auto_reply_text = []
bounce_text = []
notice = []
recall = []
bounce = []
read_receipt = []
large_attachment = []
forwarded = []
classified = []
[replies]
acknowledgement = { subject = "", body = "" }
correction = { subject = "", body = "" }
guidance = { subject = "", body = "" }
late = { subject = "", body = "" }
possible_revision = { subject = "", body = "" }
"#;

const CONFIG: &str = r#"[[mailbox]]
host = "imap.example.com"
username = "cases@example.com"
password_file = "secret/imap"
campaign = "campaign-2023.toml"
[smtp]
host = "smtp.example.com"
username = "cases@example.com"
password_env = "SMTP_PASSWORD"
from = "荆楚质汇案例征集 <cases@example.com>"
"#;

/// The outcome for a file `zhihui.toml`, its folder's name taken out of sentences.
fn load(text: &str, variables: &[(&str, &str)]) -> (TempDir, Result<Loaded, Vec<String>>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("zhihui.toml"), text).unwrap();
    std::fs::write(folder.path().join("campaign-2023.toml"), CAMPAIGN).unwrap();
    let variables = variables.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    let plain =
        |error: ConfigError| error.problems().iter().map(|problem| problem.replace(&format!("{}/", folder.path().display()), "")).collect();
    let loaded = Config::load(Some(&folder.path().join("zhihui.toml")), variables).map_err(plain);
    (folder, loaded)
}

fn problems(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
    load(text, variables).1.map(|loaded| loaded.config).unwrap_err()
}

fn loaded(text: &str, variables: &[(&str, &str)]) -> Loaded {
    load(text, variables).1.unwrap()
}

#[test]
fn the_least_configuration_has_all_defaults() {
    let (folder, loaded) = load(CONFIG, &[]);
    let Loaded { config, campaigns, .. } = loaded.unwrap();
    let mailbox = &config.mailboxes[0];
    assert_eq!((mailbox.name.as_str(), mailbox.port(), mailbox.tls, mailbox.folder.as_str()), ("main", 993, Tls::Implicit, "INBOX"));
    assert_eq!(mailbox.campaign, folder.path().join("campaign-2023.toml"));
    assert_eq!(mailbox.password_file, Some(folder.path().join("secret/imap")));
    let campaign = &campaigns[&mailbox.campaign];
    assert_eq!(mailbox.since(&campaign.campaign), jiff::civil::date(2023, 4, 23));
    assert_eq!((campaign.text.as_str(), campaign.sha256.len()), (CAMPAIGN, 64));
    assert_eq!((config.smtp.port(), config.smtp.from().name.as_deref()), (465, Some("荆楚质汇案例征集")));
    assert_eq!(config.database.url.to_string(), format!("sqlite:{}", folder.path().join("var/zhihui.db").display()));
    assert_eq!(config.blobs.url.to_string(), format!("file:{}", folder.path().join("var/blobs").display()));
    assert_eq!((config.correction.wait(), config.correction.until().to_string()), (Duration::from_secs(7200), "17:30:00".into()));
    assert!(config.replies.quiet().is_some() && config.http.is_none());
    assert_eq!(config.limits.message_bytes, 104_857_600);
}

#[test]
fn every_key_of_the_contract_is_read() {
    let text = r#"
            [database]
            url = "sqlite:var/zhihui.db"
            [blobs]
            url = "file:var/blobs"
            [[mailbox]]
            name = "main"
            source = "imap"
            host = "imap.example.com"
            port = 993
            tls = "implicit"
            username = "cases@example.com"
            password_file = "secret/imap"
            auth = "password"
            folder = "INBOX"
            since = "2023-04-23"
            campaign = "campaign-2023.toml"
            profile = "auto"
            after = "keep"
            [smtp]
            transport = "smtp"
            host = "smtp.example.com"
            port = 465
            tls = "implicit"
            username = "cases@example.com"
            password_file = "secret/smtp"
            from = "荆楚质汇案例征集 <cases@example.com>"
            authserv_id = "mx.example.com"
            [limits]
            replies_per_sender_per_day = 5
            replies_per_hour = 60
            reply_within_days = 30
            message_bytes = 104857600
            [correction]
            working_days = 5
            until = "17:30"
            wait = "2h"
            [replies]
            mode = "all"
            quiet = "17:30-08:30"
            never = ["*@samr.example"]
            [digest]
            to = ["office@example.com"]
            day = "monday"
            time = "08:30"
            [http]
            listen = "127.0.0.1:9310"
        "#;
    let config = loaded(text, &[]).config;
    assert_eq!(config.digests[0].to().map(|to| to.address.as_str()).collect::<Vec<_>>(), ["office@example.com"]);
    assert_eq!(check(&config), []);
    let shown = show(&config).unwrap();
    let again: toml::Table = shown.parse().unwrap();
    assert_eq!(again["smtp"]["from"].as_str(), Some("荆楚质汇案例征集 <cases@example.com>"));
    assert_eq!(again["replies"]["quiet"].as_str(), Some("17:30-08:30"));
}

#[test]
fn an_offices_own_table_of_working_days_is_read_with_the_configuration() {
    let text = format!("{CONFIG}[correction]\nworkdays = \"days/own.toml\"\n");
    let (folder, missing) = load(&text, &[]);
    assert_eq!(missing.unwrap_err(), ["days/own.toml：没有这个文件，请改正 [correction] 的 “workdays”，或把工作日表放到该处。"]);
    let reads = |table: &str| {
        std::fs::create_dir_all(folder.path().join("days")).unwrap();
        std::fs::write(folder.path().join("days/own.toml"), table).unwrap();
        Config::load(Some(&folder.path().join("zhihui.toml")), [])
    };
    let table = "[[year]]\nyear = 2027\nsource = \"x\"\ndays_off = [\"2027-01-01\"]\nworking_weekends = []\n";
    let loaded = reads(table).unwrap();
    assert_eq!(loaded.workdays.is_working_day(jiff::civil::date(2027, 1, 1)), Some(false));
    assert_eq!(loaded.workdays.is_working_day(jiff::civil::date(2026, 10, 1)), Some(false), "what is built in stays");
    assert_eq!(show(&loaded.config).unwrap().matches("own.toml").count(), 1);
    let faults = reads(&table.replace("2027-01-01", "2027-01-02")).unwrap_err();
    assert!(faults.problems()[0].contains("own.toml：days_off 中的 2027-01-02 是周末"), "{:?}", faults.problems());
    let faults = reads(&table.replace("days_off", "day_off")).unwrap_err();
    assert!(faults.problems()[0].contains("own.toml 第 4 行"), "{:?}", faults.problems());
}

#[test]
fn who_watches_is_let_in_from_this_machine_unless_written_otherwise() {
    assert!(loaded(CONFIG, &[]).config.http.is_none());
    let config = loaded(&format!("{CONFIG}[http]\n"), &[]).config;
    assert_eq!(config.http.as_ref().map(|http| http.listen.to_string()).as_deref(), Some("127.0.0.1:9310"));
    assert_eq!(check(&config), []);
    let config = loaded(&format!("{CONFIG}[http]\nlisten = \"0.0.0.0:9310\"\n"), &[]).config;
    assert!(matches!(&*check(&config), [advice] if advice.0.contains("0.0.0.0:9310") && advice.0.contains("防火墙")));
}

#[test]
fn unknown_keys_name_the_nearest() {
    let text = CONFIG.replace("host = \"imap", "hots = \"imap").replace("from =", "form =") + "[limts]\n";
    assert_eq!(
        problems(&text, &[]),
        [
            "zhihui.toml 第 2 行：[[mailbox]] 中没有 “hots” 这个键，是否想写 “host”？",
            "zhihui.toml 第 10 行：[smtp] 中没有 “form” 这个键，是否想写 “from”？",
            "zhihui.toml 第 11 行：没有 [limts] 这一节，是否想写 [limits]？",
        ]
    );
}

#[test]
fn what_is_misspelt_or_mistyped_is_not_missing_too() {
    let misspelt = CONFIG.replace("host = \"imap", "hots = \"imap").replace("password_env", "pasword_env");
    assert_eq!(
        problems(&misspelt, &[]),
        [
            "zhihui.toml 第 2 行：[[mailbox]] 中没有 “hots” 这个键，是否想写 “host”？",
            "zhihui.toml 第 9 行：[smtp] 中没有 “pasword_env” 这个键，是否想写 “password_env”？",
        ]
    );
    let mistyped = CONFIG.replace("host = \"imap.example.com\"", "host = 1");
    assert_eq!(problems(&mistyped, &[]), ["zhihui.toml 第 2 行：[[mailbox]] 的 “host” 应写成带引号的文字，请改正。"]);
}

#[test]
fn rules_are_told_with_their_lines() {
    let text = r#"[[mailbox]]
name = "a"
host = "imap.example.com"
tls = "none"
password_file = "x"
password_env = "Y"
campaign = "campaign-2023.toml"
[[mailbox]]
name = "a"
source = "maildir"
campaign = "elsewhere.toml"
[smtp]
transport = "file"
from = "cases@example.com"
[correction]
until = "25:00"
working_days = 0
"#;
    assert_eq!(
        problems(text, &[]),
        [
            "zhihui.toml 第 1 行：[[mailbox]] 的 “username” 没有写，source 为 imap 时要有用户名，请补上。",
            "zhihui.toml 第 1 行：[[mailbox]] 的密码来源多于一个，请只留 “password_file”、“password_env”、“password_command” 之一。",
            "zhihui.toml 第 4 行：[[mailbox]] 的 “tls” 写 none 只限本机（localhost、127.0.0.1、::1），请改为 implicit 或 starttls。",
            "zhihui.toml 第 8 行：[[mailbox]] 的 “path” 没有写，source 为 maildir 或 eml 时要有文件夹，请补上。",
            "zhihui.toml 第 9 行：[[mailbox]] 的 “name” 与前面的 [[mailbox]] 相同，请改用不同的名称。",
            "zhihui.toml 第 11 行：[[mailbox]] 的 “campaign” 指向的文件 elsewhere.toml 不存在，请改正路径或把征集活动文件放到该处，再用 zhihui config check 核对。",
            "zhihui.toml 第 12 行：[smtp] 的 “path” 没有写，transport 为 file 时要有文件夹，请补上。",
            "zhihui.toml 第 16 行：[correction] 的 “until” 不对，时间应写成 “17:30” 这样。",
            "zhihui.toml 第 17 行：[correction] 的 “working_days” 不能为 0，请至少写 1 个工作日。",
        ]
    );
}

#[test]
fn plaintext_stays_on_this_machine() {
    let text = CONFIG.replace("host = \"imap.example.com\"", "host = \"127.0.0.1\"\ntls = \"none\"");
    assert_eq!(loaded(&text, &[]).config.mailboxes[0].port(), 143);
    assert!(problems(&text, &[("ZHIHUI__MAILBOX__HOST", "imap.example.com")])[0].contains("只限本机"));
}

#[test]
fn variables_override_by_the_keys_own_type() {
    let variables = [
        ("ZHIHUI__MAILBOX__PORT", "1993"),
        ("ZHIHUI__MAILBOX__USERNAME", "12345"),
        ("ZHIHUI__MAILBOX__1__AFTER", "flag"),
        ("ZHIHUI__MAILBOX__MAIN__SINCE", "2023-05-01"),
        ("ZHIHUI__REPLIES__NEVER", "[\"*@samr.example\"]"),
        ("ZHIHUI__REPLIES__QUIET", ""),
        ("ZHIHUI__DIGEST__TO", "[\"a@example.com\"]"),
        ("ZHIHUI__SMTP__AUTHSERV_ID", "\"mx.example.com\""),
        ("ZHIHUI_LOG", "debug"),
    ];
    let config = loaded(CONFIG, &variables).config;
    let mailbox = &config.mailboxes[0];
    assert_eq!((mailbox.port, mailbox.username.as_str(), mailbox.after), (Some(1993), "12345", After::Flag));
    assert_eq!(mailbox.since, Some(jiff::civil::date(2023, 5, 1)));
    assert!(config.replies.quiet().is_none() && config.replies.never.len() == 1 && config.digests.len() == 1);
    assert_eq!(config.smtp.authserv_id.as_deref(), Some("mx.example.com"));
}

#[test]
fn variables_without_a_place_are_told() {
    let two = CONFIG.to_owned() + "[[mailbox]]\nname = \"b-2\"\nsource = \"eml\"\npath = \"m\"\ncampaign = \"campaign-2023.toml\"\n";
    let variables = [
        ("ZHIHUI__SMTP__HOTS", "x"),
        ("ZHIHUI__MAILBOX__HOST", "x"),
        ("ZHIHUI__MAILBOX__3__HOST", "x"),
        ("ZHIHUI__SMTP__PORT", "many"),
        ("ZHIHUI__SMTP__PASSWORD", "hunter2"),
        ("ZHIHUI__LIMTS__X", "1"),
        ("ZHIHUI__HTTP", "1"),
    ];
    assert_eq!(
        problems(&two, &variables),
        [
            "环境变量 ZHIHUI__HTTP：应写成 ZHIHUI__SECTION__KEY，例如 ZHIHUI__SMTP__HOST，请改名。",
            "环境变量 ZHIHUI__LIMTS__X：没有 [limts] 这一节，是否想写 [limits]？",
            "环境变量 ZHIHUI__MAILBOX__3__HOST：没有编号或名称为 “3” 的 [[mailbox]]，请改名。",
            "环境变量 ZHIHUI__MAILBOX__HOST：[[mailbox]] 有 2 节，请写明编号或名称，例如 ZHIHUI__MAILBOX__1__KEY。",
            "环境变量 ZHIHUI__SMTP__HOTS：[smtp] 中没有 “hots” 这个键，是否想写 “host”？",
            "环境变量 ZHIHUI__SMTP__PASSWORD：[smtp] 不写密码本身，请改用 “password_file”、“password_env” 或 “password_command”。",
            "环境变量 ZHIHUI__SMTP__PORT：[smtp] 的 “port” 应写成不带引号的整数，请改正。",
        ]
    );
    assert_eq!(loaded(&two, &[("ZHIHUI__MAILBOX__B_2__SOURCE", "maildir")]).config.mailboxes[1].source, Source::Maildir);
}

#[test]
fn a_campaigns_mistakes_are_told_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.toml");
    std::fs::write(
        &path,
        CAMPAIGN.replace("2024-01-01", "\"2024-13-01\"").replace("limit =", "limits =").replace("name = \"上", "mane = \"上"),
    )
    .unwrap();
    let error = load_campaign(&path).unwrap_err().to_string().replace(&format!("{}/", folder.path().display()), "");
    assert_eq!(
        error.lines().collect::<Vec<_>>(),
        [
            "c.toml 第 16 行：[calendar] 的 “closes” 不对，日期应写成 “2023-06-30” 这样。",
            "c.toml 第 20 行：[[calendar.batch]] 中没有 “mane” 这个键，是否想写 “name”？",
            "c.toml 第 48 行：[form.introduction_words] 中没有 “limits” 这个键，是否想写 “limit”？",
        ]
    );
}

#[test]
fn secrets_are_never_shown() {
    let text = CONFIG.replace("password_env = \"SMTP_PASSWORD\"", "password_command = \"echo hunter2\"")
        + "[database]\nurl = \"postgres://zhihui:hunter2@db/zhihui\"\n";
    let config = loaded(&text, &[]).config;
    let shown = show(&config).unwrap();
    assert!(shown.contains("secret/imap") && shown.contains("postgres://***@db/zhihui"), "{shown}");
    assert!(!shown.contains("hunter2") && !format!("{config:?}").contains("hunter2"));
}

#[test]
fn the_file_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.toml");
    let variables = || [("ZHIHUI_CONFIG".to_owned(), path.display().to_string())];
    let missing = Config::load(None, variables()).unwrap_err().to_string();
    assert!(missing.contains("other.toml：没有这个文件"), "{missing}");
    assert!(
        Config::load(Some(Path::new("/nonexistent/z.toml")), variables()).unwrap_err().to_string().starts_with("/nonexistent/z.toml：")
    );
}
