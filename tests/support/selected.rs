//! An office with selected cases: what their units sent, and the program as people type it.

use crate::forms::{self, Form, photograph};
use crate::office::Office;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use zhihui::app::App;
use zhihui::model::audit::{Actor, By};
use zhihui::model::outcome::Outcome;

fn cases() -> Vec<Form> {
    vec![
        Form {
            title: "以计量测试服务光电子产业集群高质量发展",
            unit: "武汉市计量测试检定（研究）所",
            category: "计量",
            contact: "陈楚江 19900000011",
            background: "光电子信息产业是武汉市的支柱产业，芯片、光器件和激光装备企业对高频微波、光功率等参数的量值溯源需求迫切。",
            practices: "（一）建设产业计量测试平台\n由陈楚江牵头，建成光电子产业计量测试中心，新建社会公用计量标准27项，开放共享仪器设备320台套。\n（二）创新服务模式\n推行“计量管家”服务，咨询电话19900000011，为120家中小微企业提供一站式计量服务。",
            results: "累计为企业节约检测成本1300万元，校准周期由15天缩短为5天，3项技术成果填补国内空白。",
            files: vec![("现场检测.jpg", photograph(1)), ("盖章页.png", forms::stamped())],
        },
        Form {
            title: "“标准+认证”助力襄阳汽车零部件出口",
            unit: "襄阳市产品质量检验检测所",
            category: "标准",
            contact: "周襄樊 0710-3456789",
            background: "襄阳汽车零部件企业面临国际市场技术性贸易措施。",
            practices: "制定团体标准12项，开展认证培训。联系邮箱zhou@unit.example，电话3456789。",
            results: "帮助46家企业取得国际认证，出口额增长21%。",
            files: vec![("培训照片.jpg", photograph(2)), ("获奖证书.jpg", photograph(3))],
        },
        Form {
            title: "检验检测“一站式”服务破解小微企业送检难",
            unit: "十堰市产品质量检验检测所",
            category: "检验检测",
            contact: "林江夏 19900000012",
            background: "山区小微企业送检路途远、周期长。",
            practices: "设立流动检测车，上门取样。",
            results: "服务小微企业260家。",
            files: vec![],
        },
    ]
}

/// An office with three selected cases, the third of which waits for a second person.
pub async fn selected() -> (Office, App) {
    let office = Office::new("");
    for (at, form) in cases().iter().enumerate() {
        fs::write(folder(&office).join("mail").join(format!("{at}.eml")), form.mail(at)).expect("it arrives");
    }
    office.clock.set("2023-06-29T10:00:00+08:00".parse().expect("an instant"));
    let running = office.start().await;
    running.pass().await;
    running.app.store.close().await;
    let app = office.open().await;
    app.store.freeze("2023", "2023-H1", &by("zhang", "上半年")).await.expect("it is frozen");
    for number in ["JCZH-2023-0001", "JCZH-2023-0002"] {
        select(&app, number, Outcome::Proposed).await;
        select(&app, number, Outcome::Selected).await;
    }
    select(&app, "JCZH-2023-0003", Outcome::Proposed).await;
    (office, app)
}

pub fn folder(office: &Office) -> PathBuf {
    office.config().parent().expect("a folder").to_owned()
}

fn by(login: &str, reason: &str) -> By {
    let at = "2023-08-01T10:00:00+08:00".parse::<jiff::Timestamp>().expect("an instant");
    By { actor: Actor::Person(login.into()), at_ms: at.as_millisecond(), reason: reason.into() }
}

pub async fn select(app: &App, number: &str, outcome: Outcome) {
    let mut tx = app.store.begin().await.expect("the record");
    let case = tx.act_case(number).await.expect("the record").expect("it is there");
    tx.propose_outcome(&case, "2023-H1", outcome, &by("zhang", "得分居前")).await.expect("the record");
    tx.confirm_outcome(&case, None, &by("li", "复核无误")).await.expect("the record");
    tx.commit().await.expect("the record");
}

pub fn zhihui(office: &Office, arguments: &[&str]) -> Output {
    zhihui_by("zhang", office, arguments)
}

pub fn zhihui_by(login: &str, office: &Office, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zhihui"));
    command.arg("--config").arg(office.config()).args(arguments).env("ZHIHUI_ACTOR", login).env_remove("SUDO_USER");
    command.output().expect("it runs")
}

pub fn run(office: &Office, arguments: &[&str]) -> String {
    let output = zhihui(office, arguments);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

/// Every file below a folder.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => drop(found.insert(path.clone(), fs::read(&path).expect("a file"))),
        }
    }
    found
}
