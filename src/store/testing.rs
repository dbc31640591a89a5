//! Fixtures of the store's own tests: an empty database in a folder of its own, and small mails and forms.

use super::*;
use crate::model::{
    address::Address,
    audit::{Actor, By},
    campaign::Category,
    decision::Disposition,
    defect::{Defect, DefectCode, Severity},
    document::Format,
    message::Kind,
    outbox::{OutboxState, Rendered},
    reading::*,
};
use sqlx::{AnyConnection, Connection};

/// The address of a PostgreSQL server on which these tests run instead, `tests/run` sets it.
const SERVER: &str = "ZHIHUI_TEST_POSTGRES";

/// An empty database of the engine that is tested; what is in the folder goes when the guard does.
pub async fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&url(&dir).await).await.unwrap();
    (dir, store)
}

/// An empty database that is a file, for what only those have.
pub async fn file() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&format!("sqlite:{}/test.db", dir.path().display())).await.unwrap();
    (dir, store)
}

/// On a server a schema of its own, which a second call gives again.
pub async fn url(dir: &tempfile::TempDir) -> String {
    let Ok(server) = std::env::var(SERVER) else { return format!("sqlite:{}/test.db", dir.path().display()) };
    let schema = format!("test_{}", hash(&dir.path().display().to_string()).split_at(20).0);
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(&server).await.unwrap();
    connection.execute(sqlx::AssertSqlSafe(format!("CREATE SCHEMA IF NOT EXISTS {schema}"))).await.unwrap();
    connection.close().await.unwrap();
    format!("{server}?options[search_path]={schema}")
}

/// A person at this instant.
pub fn by(at_ms: i64) -> By {
    By { actor: Actor::Person("zhang".into()), at_ms, reason: String::new() }
}

/// A hash that belongs to a name.
pub fn hash(name: &str) -> String {
    blob::hash(name.as_bytes())
}

/// A mail of this name.
pub fn whole(uid: u32, name: &str) -> Received {
    Received {
        place: Place::Uid(uid),
        sha256: Some(hash(name)),
        bytes: 10,
        received_ms: i64::from(uid) * 1000,
        received_is_server_time: true,
        state: ReceivedState::Whole,
    }
}

/// Receives one mail.
pub async fn receive(store: &Store, uid: u32, name: &str) -> i64 {
    store.record_received("main", "2023", Some(1), uid, &[whole(uid, name)]).await.unwrap()[0]
}

/// Quarantines a mail.
pub async fn quarantine(store: &Store, message: i64) {
    let mut tx = store.begin().await.unwrap();
    assert!(tx.quarantine(message, "三次未能读取").await.unwrap());
    tx.commit().await.unwrap();
}

/// A form, how it was read, and where it is placed.
pub fn parts(unit: &str, title: &str, phone: &str) -> (CaseReading, CaseTrace, WindowPlace) {
    let place = WindowPlace { month: Some("2023-06".into()), batch: Some("2023-H1".into()), late: false };
    let reading = CaseReading {
        form: FormFile { file: "申报表.docx".into(), format: Format::Docx },
        title: Some(title.into()),
        unit: Some(unit.into()),
        joint_units: vec![],
        region: Some("十堰市".into()),
        channel: Channel::Direct,
        categories: vec![Category::Metrology],
        category_other: None,
        contact: Contact { name: None, phones: if phone.is_empty() { vec![] } else { vec![phone.into()] } },
        more_contacts: vec![],
        introduction: Introduction::default(),
        materials: None,
        opinion: Opinion::default(),
        seal: Seal::Unverified,
        focus_areas: vec![FocusArea { id: "small_business".into(), because: vec!["中小微企业".into()] }],
        window: place.clone(),
        status: CaseStatus::Accepted,
        defects: vec![Defect {
            code: DefectCode::SealUnverified, field: None, severity: Severity::Check, message: "公章无法辨认".into()
        }],
        evidence: vec![Evidence {
            name: "台账.xlsx".into(),
            media_type: "application/zip".into(),
            bytes: 5,
            sha256: hash("evidence"),
            role: Role::Evidence,
            kind: None,
        }],
        order: None,
    };
    (reading, CaseTrace { form_sha256: hash("form"), fields: vec![], annotated: vec![], opened: None }, place)
}

/// The entry of a form.
pub fn entry<'a>(message: i64, reading: &'a CaseReading, trace: &'a CaseTrace, place: &'a WindowPlace) -> CaseEntry<'a> {
    CaseEntry {
        campaign: "2023",
        campaign_sha256: "rules",
        message,
        form_index: 0,
        sender: "a@unit.example",
        received_ms: message * 1000,
        reading,
        trace,
        place,
        placement: None,
        status: CaseStatus::Accepted,
    }
}

/// What a worker hands back for a mail of this name.
pub fn intake(name: &str, from: &str, cases: Vec<CaseReading>) -> Intake {
    Intake {
        reading: Reading {
            message: MessageSummary {
                message_id: Some(format!("<{name}@example.com>")),
                from: Address { name: None, address: from.into() },
                subject: cases.first().and_then(|case| case.title.clone()).unwrap_or_default(),
                received_at: String::new(),
                bytes: 10,
                sha256: hash(name),
            },
            kind: Kind::Submission,
            cases,
            evidence: vec![],
            defects: vec![],
        },
        thread: Thread { stable_sha256: hash(&format!("stable {name}")), ..Thread::default() },
        traces: vec![],
        files: vec![],
        texts: vec![],
        said: String::new(),
        quarantine: None,
        stamp: None,
        clocks: Clocks::default(),
    }
}

/// A mail of ours.
pub fn rendered(name: &str, to: &str) -> Rendered {
    Rendered { message_id: format!("<reply-{name}@zhihui>"), to: to.into(), subject: format!("回执 {name}"), bytes: name.into() }
}

/// That mail, to be queued.
pub fn outgoing(mail: &Rendered) -> Outgoing<'_> {
    Outgoing {
        kind: "acknowledgement",
        campaign: "2023",
        mail,
        in_reply_to: None,
        source_message: None,
        cases: &[],
        state: OutboxState::Queued,
        not_before_ms: 0,
        now_ms: 1000,
    }
}

/// A delivery that the server took at this instant.
pub fn accepted(at_ms: i64) -> Outcome {
    Outcome::Sent { at_ms, answer: "250 queued".into() }
}

/// A mail that opens a case and is answered; the case's row and number.
pub async fn open(store: &Store, uid: u32, name: &str, unit: &str, title: &str, phone: &str) -> (i64, String) {
    let message = receive(store, uid, name).await;
    let (reading, trace, place) = parts(unit, title, phone);
    let intake = intake(name, "a@unit.example", vec![reading.clone()]);
    let mut mail = rendered(name, "a@unit.example");
    mail.subject = format!("回执 {title}");
    let mut tx = store.begin().await.unwrap();
    let number = tx.next_number("2023", "JCZH-2023").await.unwrap();
    let case = tx.open_case(&entry(message, &reading, &trace, &place), &number).await.unwrap();
    let verdict = Verdict { message, disposition: Disposition::Case, because: "", duplicate_of: None, intake: Some(&intake) };
    assert!(tx.set_disposition(&verdict).await.unwrap());
    let reply = Outgoing { source_message: Some(message), cases: &[case], now_ms: 2000, ..outgoing(&mail) };
    assert!(tx.enqueue(&reply).await.unwrap().is_some());
    tx.commit().await.unwrap();
    (case, number)
}
