//! The ten questions that an auditor asks of a case, answered at the head of the page.

use super::Account;
use crate::cli::case::tell;
use crate::cli::words;
use crate::report::explain::{Chapter, Fact, rules};

impl Account {
    /// Each question with its answer.
    pub(super) fn answers(&self) -> Chapter {
        let facts = [
            ("何时收到？", self.received()),
            ("以哪个时钟为准？", self.clock()),
            ("申报表上写了什么？", self.said()),
            ("内容改过吗？谁改的，为什么？", self.changed()),
            ("各批次以哪一版为准？", self.counts()),
            ("答复送到了吗？", self.answered()),
            ("缺什么？何时通知补正？", self.lacking()),
            ("逾期的由谁准予列入？", self.admitted()),
            ("登记之后有没有被改动？", self.altered()),
            ("依据哪条规则？", self.ruled_by()),
        ];
        let facts = facts.into_iter().map(|(question, answer)| Fact::of(question, answer));
        Account::chapter("answers", "十问", "详情见以下各节。", [Account::facts(facts)])
    }

    fn received(&self) -> Vec<String> {
        let one = |revision: &crate::store::RevisionRow| {
            let mail = self.detail.messages.iter().find(|mail| mail.id == revision.message);
            let from = mail.map(|mail| format!("，发自 {}", mail.from.address)).unwrap_or_default();
            format!("第{}版：{}{from}", revision.revision, tell::second(&revision.received_at))
        };
        self.detail.revisions.iter().map(one).collect()
    }

    fn clock(&self) -> Vec<String> {
        let Some(mail) = self.detail.revisions.first().and_then(|first| self.detail.messages.iter().find(|mail| mail.id == first.message))
        else {
            return vec!["未记录".into()];
        };
        let origin = self.detail.origins.iter().find(|origin| origin.message == mail.id);
        let date = origin.and_then(|origin| origin.clocks.as_ref()).and_then(|clocks| clocks.date);
        let date = date.map(|date| format!("；发件人所写为 {}，不作依据", tell::at(date))).unwrap_or_default();
        vec![format!("{}：{}{date}", words::clock(&mail.received_source), tell::second(&mail.received_at))]
    }

    fn said(&self) -> Vec<String> {
        let Some(standing) = self.standing() else { return vec!["没有读出申报表".into()] };
        let reading = &standing.reading;
        let categories: Vec<&str> = reading.categories.iter().map(|category| words::category(category.as_str())).collect();
        let unit = reading.unit.as_deref().unwrap_or("（单位未填）");
        vec![
            format!(
                "{}，{unit}，分类：{}，介绍{}字",
                tell::title(reading.title.as_deref()),
                categories.join("、"),
                reading.introduction.words
            ),
            format!("出自第{}版申报表“{}”，各项位置见“申报表内容”", standing.revision, reading.form.file),
        ]
    }

    fn changed(&self) -> Vec<String> {
        let by_mail = self.detail.revisions.iter().filter(|revision| !revision.changes.is_empty()).map(|revision| {
            let mail = self.detail.messages.iter().find(|mail| mail.id == revision.message);
            let who = mail.map(|mail| mail.from.address.clone()).unwrap_or_default();
            let changes: Vec<String> = revision
                .changes
                .iter()
                .filter(|change| OF_THE_UNIT.contains(&change.field))
                .map(|change| tell::change(change, self.contacts))
                .collect();
            let what = if changes.is_empty() { "只换了文件".to_owned() } else { changes.join("；") };
            format!("报送单位 {who} 于 {} 报来第{}版：{what}", tell::second(&revision.received_at), revision.revision)
        });
        let by_people = self.detail.rulings.iter().map(|ruling| tell::ruling(ruling, self.contacts));
        let reread =
            self.detail.rereadings.iter().map(|before| {
                format!("{} 按新规则重读第{}版：{}项不同", tell::second(&before.until), before.revision, before.changes.len())
            });
        or(by_mail.chain(reread).chain(by_people).collect(), "没有改过")
    }

    fn counts(&self) -> Vec<String> {
        let standing = self.standing().map(|standing| format!("目前以第{}版为准；没有已冻结的批次计入本案例", standing.revision));
        or(self.detail.counted.iter().map(tell::counted).collect(), &standing.unwrap_or_default())
    }

    fn answered(&self) -> Vec<String> {
        let one = |mail: &crate::store::OutboxRow| format!("{}，给 {}：{}", words::reply(&mail.kind), mail.to, tell::delivery(mail));
        or(self.detail.outbox.iter().map(one).collect(), "没有就本案例发过邮件")
    }

    fn lacking(&self) -> Vec<String> {
        let requests = self.detail.outbox.iter().filter(|mail| self.asks(mail)).map(|mail| {
            let sent = mail
                .sent_at
                .as_deref()
                .map_or_else(|| format!("通知未发出（{}）", words::state(&mail.state)), |sent| format!("{} 发出通知", tell::second(sent)));
            format!("{sent}，要求补正：{}", self.asked(mail).join("；"))
        });
        let periods = self.detail.revisions.iter().filter_map(|revision| {
            let placement = revision.placement.as_ref()?;
            Some(format!(
                "期限至 {}；第{}版 {} 收到：{}",
                tell::at(placement.deadline?),
                revision.revision,
                tell::at(placement.received),
                placement.rule.label()
            ))
        });
        let due = self.deadline.map(|deadline| format!("单位应在 {} 前补正", tell::at(deadline)));
        let now = self
            .detail
            .case
            .defects
            .iter()
            .filter(|defect| defect.severity == "correct")
            .map(|defect| format!("现仍缺：{}", defect.message));
        or(requests.chain(periods).chain(now).chain(due).collect(), "不缺，没有通知补正")
    }

    fn admitted(&self) -> Vec<String> {
        let windows: Vec<String> =
            self.standing_rulings().filter(|ruling| ruling.field == "window").map(|ruling| tell::ruling(ruling, self.contacts)).collect();
        let none = if self.detail.case.late { "逾期，尚未准予列入任何窗口" } else { "没有逾期，不需要准予" };
        or(windows, none)
    }

    fn ruled_by(&self) -> Vec<String> {
        let Some(standing) = self.standing() else { return Vec::new() };
        let window = standing.placement.as_ref().map(|placement| format!("窗口：{}", tell::placement(placement)));
        let file = self.rules_of(standing).map(|file| {
            let outcomes = rules::outcomes(&standing.reading, &file.campaign);
            let kept = outcomes.iter().filter(|outcome| outcome.state == rules::State::Kept).count();
            format!("内容：按征集活动文件 {} 的{}条规则核对，{kept}条符合，逐条见“核对规则”", file.campaign.id, outcomes.len())
        });
        let hash = format!("征集活动文件 SHA-256：{}", standing.campaign_sha256);
        window.into_iter().chain(file).chain([hash]).collect()
    }
}

/// What a unit writes, and no consequence of it.
const OF_THE_UNIT: [&str; 14] = [
    "title",
    "unit",
    "joint_units",
    "categories",
    "category_other",
    "contact",
    "introduction.background",
    "introduction.practices",
    "introduction.results",
    "materials",
    "opinion.text",
    "opinion.date",
    "seal",
    "evidence",
];

pub(super) fn or(lines: Vec<String>, none: &str) -> Vec<String> {
    if lines.is_empty() { vec![none.to_owned()] } else { lines }
}
