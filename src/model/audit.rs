//! What is written down of every act, of people and of the program: who did what to what, when and why.
//!
//! An entry names things and carries no personal data beyond the login name: no addresses, phones or words of
//! mails. What it names is looked up in the record by those who may see it.

use serde_json::Value;

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The program by itself, by its rules.
    Program,
    /// A person, by login name.
    Person(String),
}

impl Actor {
    /// The value in the database: empty for the program.
    pub fn as_str(&self) -> &str {
        match self {
            Actor::Program => "",
            Actor::Person(name) => name,
        }
    }
}

/// Who acts, when, and why: what every act of a person comes with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// Who.
    pub actor: Actor,
    /// When, in unix milliseconds.
    pub at_ms: i64,
    /// Why; empty where nobody asked.
    pub reason: String,
}

impl By {
    /// An act of the program.
    pub fn program(at_ms: i64) -> By {
        By { actor: Actor::Program, at_ms, reason: String::new() }
    }

    /// The same with a reason.
    pub fn because(self, reason: impl Into<String>) -> By {
        By { reason: reason.into(), ..self }
    }

    /// The entry of one act. The log is for good, so telephone numbers that a person wrote into the reason are masked in it.
    pub fn entry(&self, act: Act, subject: impl Into<String>, detail: Value) -> Entry {
        let reason = if self.actor == Actor::Program { self.reason.clone() } else { without_numbers(&self.reason) };
        Entry { by: By { reason, ..self.clone() }, act, subject: subject.into(), detail }
    }
}

/// One act, as it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Who, when, why.
    pub by: By,
    /// What was done.
    pub act: Act,
    /// To what: `case/JCZH-2023-0001`, `message/12`, `outbox/3` …
    pub subject: String,
    /// What else is worth knowing, as a JSON object.
    pub detail: Value,
}

/// A text in which nobody's number can be called: `199****0037`, `071****248`.
pub fn without_numbers(text: &str) -> String {
    let mut told = String::with_capacity(text.len());
    let mut run = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        // Numbers are written with blanks and hyphens, and in full width.
        let goes_on = !run.is_empty() && matches!(c, ' ' | '-' | '－' | '—') && rest.peek().is_some_and(|next| digit(*next).is_some());
        if digit(c).is_some() || goes_on {
            run.push(c);
            continue;
        }
        told.push_str(&masked(&run));
        run.clear();
        told.push(c);
    }
    told.push_str(&masked(&run));
    told
}

fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10),
        _ => None,
    }
}

/// A mobile number, or one with its area code; dates and document numbers stay.
fn masked(run: &str) -> String {
    let digits: String = run.chars().filter_map(digit).collect();
    let is_mobile = digits.len() == 11 && ["13", "14", "15", "16", "17", "18", "19"].iter().any(|head| digits.starts_with(head));
    let is_landline = digits.starts_with('0') && (10..=12).contains(&digits.len());
    match (is_mobile || is_landline, digits.get(..3), digits.get(digits.len().saturating_sub(3)..)) {
        (true, Some(head), Some(tail)) => format!("{head}****{tail}"),
        _ => run.to_owned(),
    }
}

macro_rules! acts {
    ($($act:ident $value:literal $label:literal,)*) => {
        /// What can be done. The values stay for good: a chain of hashes is made of them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each is told by its label")]
        pub enum Act { $($act,)* }

        impl Act {
            /// Every act.
            pub const ALL: &[Act] = &[$(Act::$act,)*];

            /// The value in JSON and in the database.
            pub fn as_str(self) -> &'static str {
                match self { $(Act::$act => $value,)* }
            }

            /// What a table shows.
            pub fn label(self) -> &'static str {
                match self { $(Act::$act => $label,)* }
            }
        }
    };
}

acts! {
    CaseOpened "case.opened" "登记案例",
    CaseRevised "case.revised" "案例更新版本",
    CaseSupplemented "case.supplemented" "案例补充材料",
    CasePossibleRevision "case.possible_revision" "列为待并案",
    CaseMerged "case.merged" "并案",
    CaseSeparated "case.separated" "分立案例",
    CaseAdmissionProposed "case.admission_proposed" "提出准予列入窗口",
    CaseAdmitted "case.admitted" "准予列入窗口",
    CaseReread "case.reread" "按新规则重读",
    CaseEdited "case.edited" "人工确定内容",
    CaseReverted "case.reverted" "撤销人工确定",
    CaseReturned "case.returned" "退回案例",
    CaseWithdrawn "case.withdrawn" "撤回案例",
    CaseNoted "case.noted" "备注案例",
    CaseAssigned "case.assigned" "指定承办人",
    CaseAdded "case.added" "人工登记",
    CaseExported "case.exported" "导出案例文件",
    ContactsShown "case.contacts_shown" "查看联系方式",
    InquiryAnswered "inquiry.answered" "答复来信",
    RosterImported "roster.imported" "导入名册",
    ApprovalAsked "approval.asked" "提出须两人确认的操作",
    CaseHeld "case.held" "案例列为依法保留",
    CaseUnheld "case.unheld" "案例取消依法保留",
    CasePurged "case.purged" "清除案例的材料和个人信息",
    MessagePurged "message.purged" "清除邮件",
    PurgeDone "privacy.purged" "到期清除",
    ConsentNoted "consent.noted" "登记同意公开",
    ConsentWithdrawn "consent.withdrawn" "撤回同意公开",
    CaseReferred "case.referred" "推送案例",
    NoticePublished "notice.published" "写出公示",
    SitePublished "site.published" "生成公布网站和汇编",
    WindowFrozen "window.frozen" "冻结批次",
    CampaignChanged "campaign.changed" "征集活动文件变动",
    MessageQuarantined "message.quarantined" "邮件列入隔离区",
    MessageShown "message.shown" "查看邮件正文",
    MessageExported "message.exported" "取出邮件原文",
    MessageReplayed "message.replayed" "重新处理邮件",
    MessageDismissed "message.dismissed" "隔离的邮件另行处置",
    ReplyQueued "reply.queued" "回复待发",
    ReplyHeld "reply.held" "回复暂缓",
    ReplyReleased "reply.released" "放行回复",
    ReplyRetried "reply.retried" "重发回复",
    ReplyCancelled "reply.cancelled" "取消回复",
    ReplySent "reply.sent" "回复已发出",
    ReplyDead "reply.dead" "回复未能送达",
    ReplyUncertain "reply.uncertain" "回复送达不明",
    DigestQueued "digest.queued" "周报待发",
    LedgerFilled "ledger.filled" "填写台账",
    ContactsExported "ledger.contacts_exported" "导出完整的联系方式",
    ReviewOpened "review.opened" "启动评审",
    ReviewAssigned "review.assigned" "分配评审",
    ReviewRecused "review.recused" "评审回避",
    ReviewExported "review.exported" "导出评审材料",
    ReviewMasked "review.masked" "评审材料另外隐去的词",
    ReviewScored "review.scored" "导入评分",
    ReviewClosed "review.closed" "评审结束",
    SelectionProposed "selection.proposed" "提出评审结果",
    SelectionConfirmed "selection.confirmed" "确认评审结果",
    SelectionObjected "selection.objected" "记下异议",
    AlarmRaised "alarm.raised" "警报",
    AlarmCleared "alarm.cleared" "警报解除",
    BackupMade "backup.made" "备份",
    DatabaseCopied "database.copied" "数据库搬迁",
    BackupRestored "backup.restored" "自备份恢复",
}

impl Act {
    /// Parses the stored value.
    pub fn parse(value: &str) -> Option<Act> {
        Act::ALL.iter().copied().find(|act| act.as_str() == value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_goes_into_the_log_and_dates_stay() {
        for (said, kept) in [
            ("来电19900000037更正", "来电199****037更正"),
            ("李某 199 0000 0037、0719-5526248", "李某 199****037、071****248"),
            ("１９９００００００３７", "199****037"),
            ("2023-06-05 收到鄂市监〔2023〕20230605号，第3版", "2023-06-05 收到鄂市监〔2023〕20230605号，第3版"),
        ] {
            let by = By { actor: Actor::Person("zhang".into()), at_ms: 0, reason: said.into() };
            assert_eq!(by.entry(Act::CaseEdited, "case/1", Value::Null).by.reason, kept);
            assert_eq!(by.reason, said);
        }
    }

    #[test]
    fn values_are_distinct_and_are_read_back() {
        for act in Act::ALL {
            assert_eq!(Act::parse(act.as_str()), Some(*act));
        }
    }
}
