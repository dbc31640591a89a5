//! How the case went: its windows and by which rule, its revisions, what people settled, and every act.

use super::Account;
use crate::cli::case::tell;
use crate::cli::words;
use crate::report::explain::{Cell, Chapter, Fact, Part, rules};
use crate::store::{AuditRow, RulingRow};

impl Account {
    /// Where each revision left the case and why, and which counts in a frozen batch.
    pub(super) fn placing(&self) -> Chapter {
        let placed = self.detail.revisions.iter().filter_map(|revision| {
            let placement = revision.placement.as_ref()?;
            let at = |instant: Option<jiff::Timestamp>| instant.map(tell::at).unwrap_or_default();
            Some(vec![
                format!("第{}版", revision.revision).into(),
                tell::place(&placement.place).into(),
                placement.rule.label().into(),
                rules::basis(placement.rule.basis()).into(),
                tell::at(placement.received).into(),
                at(placement.request_sent).into(),
                at(placement.deadline).into(),
            ])
        });
        let heads = ["版本", "征集窗口", "规则", "出处", "收到", "补正通知发出", "补正期限"];
        let frozen = self.detail.counted.iter().map(|counted| -> Vec<Cell> {
            let batch = format!("{}（{}）", words::batch(&counted.window), counted.window);
            let revision = format!("第{}版", counted.revision);
            let manifest = Cell::code(&counted.manifest_sha256);
            vec![batch.into(), revision.into(), tell::second(&counted.frozen_at).into(), counted.frozen_by.clone().into(), manifest]
        });
        let lead = "窗口前闭后开，按北京时间。一般按首次收到申报表的时刻；材料不齐而在补正期限内补齐的保留原窗口，这是专班规定。";
        Account::chapter(
            "window",
            "征集窗口",
            lead,
            [
                Part::table("各版如何确定窗口", &heads, placed.collect()),
                Part::table("已冻结的批次", &["批次", "计入的版本", "冻结时刻", "冻结人", "清单 SHA-256"], frozen.collect()),
            ],
        )
    }

    /// The revisions, and what each changed.
    pub(super) fn revisions(&self) -> Chapter {
        let revisions = self.detail.revisions.iter().map(|revision| -> Vec<Cell> {
            let changes: Vec<String> = tell::changes(&revision.changes, self.contacts).collect();
            let file = format!("{}\n{}", revision.reading.form.file, revision.form_sha256);
            vec![tell::revision(revision).into(), words::status(&revision.status).into(), changes.join("\n").into(), Cell::code(file)]
        });
        let reread = self.detail.rereadings.iter().map(|before| -> Vec<Cell> {
            let changes: Vec<String> = before.changes.iter().map(|change| tell::change(change, self.contacts)).collect();
            vec![
                format!("第{}版", before.revision).into(),
                tell::second(&before.until).into(),
                words::status(&before.status).into(),
                changes.join("\n").into(),
                Cell::code(&before.campaign_sha256),
            ]
        });
        let heads = ["版本", "当时状态", "与前一版不同之处", "申报表文件"];
        let again = ["版本", "重读时刻", "此前状态", "重读后的不同", "此前的征集活动文件"];
        Account::chapter(
            "revisions",
            "各版及差异",
            "报送单位每报一次申报表为一版，各版原件都保存。",
            [Part::table("各版", &heads, revisions.collect()), Part::table("按新规则重读", &again, reread.collect())],
        )
    }

    /// What people settled.
    pub(super) fn decisions(&self) -> Chapter {
        let rows = self.detail.rulings.iter().map(|ruling| -> Vec<Cell> {
            let people = [Some(ruling.actor.as_str()), ruling.second.as_deref()].into_iter().flatten().collect::<Vec<_>>().join("、");
            vec![
                tell::ruled(ruling, self.contacts).into(),
                state(ruling).into(),
                people.into(),
                tell::second(&ruling.at).into(),
                ruling.reason.clone().into(),
            ]
        });
        let heads = ["决定", "效力", "何人", "何时", "原因"];
        Account::chapter(
            "decisions",
            "人工决定",
            "人工决定优先于程序读出的内容，重读和新版本都不改变它。",
            [Part::table("人工决定", &heads, rows.collect())],
        )
    }

    /// Every act, as the audit log has it.
    pub(super) fn acts(&self) -> Chapter {
        let rows = self.detail.history.iter().map(|row| -> Vec<Cell> {
            vec![
                row.number.to_string().into(),
                tell::second(&row.at).into(),
                tell::actor(row).into(),
                format!("{}{}", tell::done(row), in_detail(row)).into(),
                words::subject(&row.subject).into(),
                row.reason.clone().into(),
                Cell::code(&row.hash),
            ]
        });
        let heads = ["序号", "时刻", "何人", "何事", "对象", "原因", "摘要"];
        let lead = "审计日志中与本案例、它的邮件和答复有关的全部记录。每条的摘要由前一条算出，改动、删除或插入任何一条都能查出。";
        Account::chapter("acts", "经过", lead, [Part::table("审计日志", &heads, rows.collect())])
    }

    /// The case's decisions that still count.
    pub(super) fn standing_rulings(&self) -> impl Iterator<Item = &RulingRow> {
        self.detail.rulings.iter().filter(|ruling| ruling.state == "standing")
    }

    /// Facts of a chapter as one part.
    pub(super) fn facts(facts: impl IntoIterator<Item = Option<Fact>>) -> Option<Part> {
        let facts: Vec<Fact> = facts.into_iter().flatten().collect();
        (!facts.is_empty()).then_some(Part::Facts { facts })
    }
}

fn state(ruling: &RulingRow) -> &'static str {
    match ruling.state.as_str() {
        "proposed" => "待另一人确认",
        "replaced" => "已被取代",
        _ => "有效",
    }
}

/// Which revision an act made.
fn in_detail(row: &AuditRow) -> String {
    let revision = row.detail.get("revision").and_then(serde_json::Value::as_u64);
    revision.map(|revision| format!("（第{revision}版）")).unwrap_or_default()
}
