//! Cases as the program itself would have recorded them, in whatever number: each with its mail, a file beside the form, its
//! reading and a reply.

use zhihui::model::address::Address;
use zhihui::model::campaign::Category;
use zhihui::model::decision::Disposition;
use zhihui::model::defect::{Defect, DefectCode, Severity};
use zhihui::model::document::Format;
use zhihui::model::message::Kind;
use zhihui::model::outbox::{OutboxState, Rendered};
use zhihui::model::reading::*;
use zhihui::store::{CaseEntry, Outcome, Outgoing, Place, Received, ReceivedState, Settled, Store, Verdict};

/// How many cases are made in one transaction.
const BATCH: usize = 500;

/// How much is written in each.
#[derive(Debug, Clone, Copy)]
pub struct Lengths {
    /// Characters of an introduction.
    pub introduction: usize,
    /// Characters of what a file beside the form says.
    pub file: usize,
    /// Bytes of a reply.
    pub reply: usize,
}

/// Fills an empty record of campaign 2023 with them.
pub async fn fill(store: &Store, count: usize, lengths: Lengths) {
    for from in (0..count).step_by(BATCH) {
        let batch = from..batch_end(from, count);
        let received: Vec<Received> = batch.clone().map(received).collect();
        let messages = store.record_received("main", "2023", Some(1), uid(batch.end), &received).await.expect("recorded");
        let mut tx = store.begin().await.expect("a transaction");
        let mut sent = Vec::new();
        for (index, message) in batch.zip(messages) {
            let reading = reading(index, lengths);
            let intake = intake(index, &reading, lengths);
            let disposition = Disposition::Case;
            let verdict = Verdict { message, disposition, because: "", duplicate_of: None, intake: Some(&intake) };
            tx.set_disposition(&verdict).await.expect("judged");
            tx.add_texts(&intake.texts).await.expect("kept");
            let number = tx.next_number("2023", "JCZH-2023").await.expect("a number");
            let trace = CaseTrace { form_sha256: hash(index, "form"), ..CaseTrace::default() };
            let entry = CaseEntry {
                campaign: "2023",
                campaign_sha256: "rules",
                message,
                form_index: 0,
                sender: "a@unit.example",
                received_ms: ms(index),
                reading: &reading,
                trace: &trace,
                place: &reading.window,
                placement: None,
                status: reading.status,
            };
            let case = tx.open_case(&entry, &number).await.expect("opened");
            let mail = Rendered {
                message_id: format!("<r{index}@x>"),
                to: "a@unit.example".into(),
                subject: format!("回执 {number}"),
                bytes: vec![b'x'; lengths.reply],
            };
            let is_asked = reading.status == CaseStatus::NeedsCorrection;
            let outgoing = Outgoing {
                kind: if is_asked { "correction" } else { "acknowledgement" },
                campaign: "2023",
                mail: &mail,
                in_reply_to: None,
                source_message: Some(message),
                cases: &[case],
                state: OutboxState::Queued,
                not_before_ms: ms(index),
                now_ms: ms(index),
            };
            let id = tx.enqueue(&outgoing).await.expect("queued").expect("it is new");
            if is_asked {
                tx.note_asked(id, case, ms(index)).await.expect("noted");
                let at_ms = ms(index) + 7_200_000;
                sent.push(Settled { id, outcome: Outcome::Sent { at_ms, answer: "250 queued".into() } });
            }
        }
        tx.commit().await.expect("committed");
        store.settle(&sent, ms(batch_end(from, count))).await.expect("sent");
        eprint!("\r{}", from + BATCH);
    }
    eprintln!();
}

fn batch_end(from: usize, count: usize) -> usize {
    count.min(from + BATCH)
}

fn uid(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX)
}

/// From the end of May to the end of December 2023.
fn ms(index: usize) -> i64 {
    1_684_800_000_000 + i64::try_from(index).unwrap_or(0).wrapping_mul(7_919_000) % 19_000_000_000
}

fn hash(index: usize, what: &str) -> String {
    zhihui::intake::identity::sha256_hex(format!("{what} {index}").as_bytes())
}

fn received(index: usize) -> Received {
    Received {
        place: Place::Uid(uid(index)),
        sha256: Some(hash(index, "mail")),
        bytes: 50_000,
        received_ms: ms(index),
        received_is_server_time: true,
        state: ReceivedState::Whole,
    }
}

const REGIONS: &[&str] =
    &["武汉市", "黄石市", "十堰市", "宜昌市", "襄阳市", "鄂州市", "荆门市", "孝感市", "荆州市", "黄冈市", "咸宁市", "随州市"];
const WORDS: &[&str] = &[
    "光电子",
    "汽车",
    "化工",
    "生物医药",
    "纺织",
    "食品",
    "粮油",
    "磷化工",
    "船舶",
    "航空航天",
    "新能源",
    "集成电路",
    "建材",
    "水泥",
    "茶叶",
    "柑橘",
    "计量",
    "标准化",
    "检验检测",
    "认证认可",
    "知识产权",
    "质量提升",
    "中小企业",
    "实验室",
    "校准装置",
    "技术攻关",
    "国家标准",
    "产业集群",
    "一站式服务",
    "降低成本",
    "提高效率",
    "填补空白",
    "进口替代",
    "专利导航",
    "技术培训",
    "在线监测",
    "远程检定",
    "绿色通道",
    "服务平台",
    "协同创新",
];

/// Words in a sequence of its own for each case.
fn text(index: usize, length: usize) -> String {
    let mut state = u64::try_from(index).unwrap_or(0).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut out = String::new();
    while out.chars().count() < length {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from(state >> 40).unwrap_or(0) % WORDS.len();
        out.push_str(WORDS.get(at).copied().unwrap_or_default());
        out.push_str(match state >> 60 {
            0 | 1 => "，为企业",
            2 => "。我单位",
            3 => "的",
            4 => "与",
            _ => "",
        });
    }
    out
}

fn reading(index: usize, lengths: Lengths) -> CaseReading {
    let region = REGIONS.get(index % REGIONS.len()).copied().unwrap_or_default();
    let asks = index.is_multiple_of(5);
    let month = jiff::Timestamp::from_millisecond(ms(index)).map(|at| zhihui::model::time::local(at).strftime("%Y-%m").to_string());
    let defect = |code, severity, message: &str| Defect { code, field: None, severity, message: message.into() };
    let mut defects = vec![defect(DefectCode::SealUnverified, Severity::Check, "公章无法辨认，请核查")];
    if asks {
        defects.push(defect(DefectCode::PhoneMissing, Severity::Correct, "“联系人及电话”栏未填写电话"));
    }
    CaseReading {
        form: FormFile { file: "申报表.docx".into(), format: Format::Docx },
        title: Some(format!("第{index}号：{}", text(index + 7, 14))),
        unit: Some(format!("{region}计量院{index}")),
        joint_units: vec![],
        region: Some(region.into()),
        channel: if index.is_multiple_of(3) { Channel::Local } else { Channel::Direct },
        categories: vec![if index.is_multiple_of(2) { Category::Metrology } else { Category::Standards }],
        category_other: None,
        contact: Contact { name: Some("张三".into()), phones: vec![format!("199{index:08}")] },
        more_contacts: vec![],
        introduction: Introduction { text: Some(text(index, lengths.introduction)), words: 600, ..Introduction::default() },
        materials: None,
        opinion: Opinion { text: Some("同意推荐。".into()), date: None },
        seal: Seal::Unverified,
        focus_areas: vec![FocusArea { id: "small_business".into(), because: vec!["中小企业".into()] }],
        window: WindowPlace { month: month.ok(), batch: Some("2023-H1".into()), late: false },
        status: if asks { CaseStatus::NeedsCorrection } else { CaseStatus::Accepted },
        defects,
        evidence: vec![Evidence {
            name: "检测报告.pdf".into(),
            media_type: "application/pdf".into(),
            bytes: 5000,
            sha256: hash(index, "evidence"),
            role: Role::Evidence,
            kind: None,
        }],
        order: None,
    }
}

fn intake(index: usize, reading: &CaseReading, lengths: Lengths) -> Intake {
    Intake {
        reading: Reading {
            message: MessageSummary {
                message_id: Some(format!("<{index}@unit.example>")),
                from: Address { name: None, address: format!("a{index}@unit.example") },
                subject: format!("报送典型案例 {}", reading.title.as_deref().unwrap_or_default()),
                received_at: String::new(),
                bytes: 50_000,
                sha256: hash(index, "mail"),
            },
            kind: Kind::Submission,
            cases: vec![reading.clone()],
            evidence: vec![],
            defects: vec![],
        },
        thread: Thread { stable_sha256: hash(index, "stable"), ..Thread::default() },
        traces: vec![],
        files: vec![],
        texts: vec![FileText { sha256: hash(index, "evidence"), text: format!("检测报告{index} {}", text(index + 3, lengths.file)) }],
        said: String::new(),
        clocks: Clocks::default(),
        stamp: None,
        quarantine: None,
    }
}
