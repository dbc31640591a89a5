//! Ten more questions that an auditor asks: who saw what, by which rules and days, what was told and to whom, and who had
//! a hand in it.

use super::Account;
use super::answers::or;
use crate::cli::case::tell;
use crate::cli::words;
use crate::model::audit::Act;
use crate::model::time;
use crate::model::workdays::is_weekend;
use crate::report::explain::{Chapter, Fact};
use crate::report::words::month_day;
use crate::store::{AuditRow, MessageRow, OriginRow, OutboxRow, RevisionRow};
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// The most days of a period that are looked at one by one.
const DAYS: usize = 120;

impl Account {
    /// Each question with its answer.
    pub(super) fn more_answers(&self) -> Chapter {
        let facts = [
            ("谁看过或导出过完整的联系方式？", self.seen_by()),
            ("判定所依的规则后来变过吗？", self.rules_then()),
            ("何时告诉了单位什么？单位收到了吗？", self.told()),
            ("补正期限怎样算的？节假日计入吗？", self.periods()),
            ("依据哪个原件？还是原样吗？", self.originals()),
            ("几封来信谁先谁后？", self.in_order()),
            ("来信确是该单位发的吗？", self.senders()),
            ("批次冻结之后又改过什么？", self.since_frozen()),
            ("审计日志完整吗？", self.chain()),
            ("谁经手过？", self.people()),
        ];
        let facts = facts.into_iter().map(|(question, answer)| Fact::of(question, answer));
        Account::chapter("more", "又十问", "", [Account::facts(facts)])
    }

    fn seen_by(&self) -> Vec<String> {
        if self.checks.is_empty() {
            return vec!["不随案例导出；用 zhihui case explain 查看".to_owned()];
        }
        let of = |act: Act| self.detail.history.iter().filter(move |row| row.act == act.as_str());
        let mut looks: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        of(Act::ContactsShown).for_each(|row| looks.entry(tell::actor(row)).or_default().push(&row.at));
        let looked = looks.into_iter().filter_map(|(who, at)| {
            let (first, last) = (tell::second(at.first()?), tell::second(at.last()?));
            let until = if at.len() > 1 { format!("起，最近一次 {last}") } else { String::new() };
            Some(format!("{who} 查看{}次（zhihui case show）：{first}{until}", at.len()))
        });
        let exported = of(Act::ContactsExported).map(|row| {
            let first = row.detail.get("proposed_by").and_then(serde_json::Value::as_str).unwrap_or_default();
            let what = words::subject(row.subject.split_once('/').map_or(row.subject.as_str(), |(kind, _)| kind));
            format!("{}  {first} 提出、{} 确认，写全导出（{what}），原因：{}", tell::second(&row.at), tell::actor(row), row.reason)
        });
        let files =
            of(Act::CaseExported).map(|row| format!("{}  {} 导出案例文件，其中有申报表原件", tell::second(&row.at), tell::actor(row)));
        let mails = [Act::MessageShown, Act::MessageExported].into_iter().flat_map(of);
        let mails = mails
            .map(|row| format!("{}  {} {}（{}）", tell::second(&row.at), tell::actor(row), tell::done(row), words::subject(&row.subject)));
        or(looked.chain(exported).chain(files).chain(mails).collect(), "没有人查看或导出过")
    }

    fn rules_then(&self) -> Vec<String> {
        let then = |sha256: &str| {
            let kept = if self.rules.contains_key(sha256) {
                "当时的文件已保存，逐条见“核对规则”"
            } else {
                "当时的文件没有保存"
            };
            let is_same = self.current_rules.as_deref() == Some(sha256);
            format!("征集活动文件 {}…（{}）", short(sha256), if is_same { "与现行的相同" } else { kept })
        };
        let each =
            self.detail.revisions.iter().map(|revision| format!("第{}版按{}判定", revision.revision, then(&revision.campaign_sha256)));
        let reread = self.detail.rereadings.iter().map(|before| {
            format!("{} 按新规则重读第{}版，此前按{}", tell::second(&before.until), before.revision, then(&before.campaign_sha256))
        });
        each.chain(reread).collect()
    }

    fn told(&self) -> Vec<String> {
        let mails = self.detail.outbox.iter().filter(|mail| !matches!(mail.kind.as_str(), "digest" | "referral"));
        let lines: Vec<String> = mails.map(|mail| self.told_by(mail)).collect();
        let proof = "发信服务器接收而没有退信，说明已交给对方邮箱；单位回复了它的，说明已经看到";
        let proof = (!lines.is_empty()).then(|| proof.to_owned());
        or(lines.into_iter().chain(proof).collect(), "没有就本案例发过邮件")
    }

    fn told_by(&self, mail: &OutboxRow) -> String {
        let asked = if self.asks(mail) { format!("，要求补正：{}", self.asked(mail).join("；")) } else { String::new() };
        let became = match (mail.state.as_str(), &mail.sent_at, &mail.last_error) {
            ("sent", Some(_), None) => "发信服务器已接收，没有退信".to_owned(),
            _ => tell::delivery(mail),
        };
        let answers = self.detail.origins.iter().filter(|origin| origin.answers.contains(&mail.id));
        let answers = answers.filter_map(|origin| self.detail.messages.iter().find(|message| message.id == origin.message));
        let answers: String =
            answers.map(|message| format!("；{} 的来信（邮件序号 {}）回复了它", tell::second(&message.received_at), message.id)).collect();
        let sent = mail.sent_at.as_deref().map_or_else(|| "未发出".to_owned(), tell::second);
        format!("{sent}  {}，给 {}{asked}：{became}{answers}", words::reply(&mail.kind), mail.to)
    }

    fn periods(&self) -> Vec<String> {
        let mut periods: Vec<(Timestamp, Timestamp)> = Vec::new();
        let placed = self.detail.revisions.iter().filter_map(|revision| revision.placement.as_ref());
        let placed = placed.filter_map(|placement| Some((placement.request_sent?, placement.deadline?)));
        let open = self.detail.asked.first().and_then(|first| Some((first.sent, self.deadline?)));
        for period in placed.chain(open) {
            if !periods.contains(&period) {
                periods.push(period);
            }
        }
        or(periods.into_iter().flat_map(|(sent, end)| self.counted(sent, end)).collect(), "没有起算过补正期限")
    }

    /// Which days of a period counted, and which didn't.
    fn counted(&self, sent: Timestamp, end: Timestamp) -> Vec<String> {
        let (from, until) = (time::local(sent).date(), time::local(end).date());
        let days = from.tomorrow().into_iter().flat_map(|first| first.series(jiff::Span::new().days(1)));
        let (counted, skipped): (Vec<Date>, Vec<Date>) =
            days.take(DAYS).take_while(|day| *day <= until).partition(|day| self.workdays.works(*day));
        let days_off: Vec<Date> = skipped.iter().copied().filter(|day| !is_weekend(*day)).collect();
        let weekend: Vec<Date> = skipped.iter().copied().filter(|day| is_weekend(*day)).collect();
        let made_up: Vec<Date> = counted.iter().copied().filter(|day| is_weekend(*day)).collect();
        let head =
            format!("补正通知 {} 发出，次日起算，至 {}，共{}个工作日：{}", tell::at(sent), tell::at(end), counted.len(), list(&counted));
        let parts = [("不计周末", weekend), ("不计放假", days_off), ("调休上班计入", made_up)];
        let parts: Vec<String> =
            parts.iter().filter(|(_, days)| !days.is_empty()).map(|(what, days)| format!("{what}：{}", list(days))).collect();
        let years: BTreeSet<i16> = [from.year(), until.year()].into();
        let sources =
            self.workdays.years.iter().filter(|year| years.contains(&year.year)).map(|year| format!("放假和调休按{}", year.source));
        std::iter::once(head).chain((!parts.is_empty()).then(|| parts.join("；"))).chain(sources).collect()
    }

    fn originals(&self) -> Vec<String> {
        let form = |revision: &RevisionRow| {
            let file =
                if revision.form_sha256.is_empty() { "没有文件".to_owned() } else { format!("SHA-256 {}", revision.form_sha256) };
            format!("第{}版申报表 {}，{file}{}", revision.revision, revision.reading.form.file, self.found(&revision.form_sha256))
        };
        let forms = self.detail.revisions.iter().map(form);
        let mails = self.detail.messages.iter().filter_map(|mail| {
            let sha256 = mail.sha256.as_deref()?;
            Some(format!("邮件原文（序号 {}），SHA-256 {sha256}{}", mail.id, self.found(sha256)))
        });
        forms.chain(mails).collect()
    }

    /// Mails of one mailbox are judged in the order of their UIDs, whatever they or their servers say of the time.
    fn in_order(&self) -> Vec<String> {
        let mut mails: Vec<(&MessageRow, Option<&OriginRow>)> =
            self.detail.messages.iter().map(|mail| (mail, self.detail.origins.iter().find(|origin| origin.message == mail.id))).collect();
        mails.sort_by_key(|(mail, _)| mail.id);
        let line = |(at, (mail, origin)): (usize, (&MessageRow, Option<&OriginRow>))| {
            let place = origin.and_then(|origin| origin.positions.first()).map(|place| format!("（{}）", tell::position(place)));
            let end = words::disposition(mail.disposition.as_deref());
            format!("{}. 收到 {}，邮件序号 {}{}：{end}", at + 1, tell::second(&mail.received_at), mail.id, place.unwrap_or_default())
        };
        let lines: Vec<String> = mails.into_iter().enumerate().map(line).collect();
        let rule = (lines.len() > 1).then(|| "同一邮箱逐封判定，按 UID（没有 UID 的按文件名）的次序，时刻相同的也是".to_owned());
        lines.into_iter().chain(rule).collect()
    }

    fn senders(&self) -> Vec<String> {
        let opener = &self.detail.case.opener;
        let line = |mail: &MessageRow| {
            let origin = self.detail.origins.iter().find(|origin| origin.message == mail.id);
            let found = match origin.and_then(|origin| origin.authentication.as_deref()) {
                _ if mail.received_source == "person" => "人工登记，来源由登记人核实",
                Some("pass") => "发信域通过 SPF、DKIM 或 DMARC 核验",
                Some("fail") => "发信域核验没有通过，不据此改动案例",
                Some("unknown") => "没有可以采信的发信域核验结果",
                Some(_) => "没有设置发信域核验（smtp.authserv_id、smtp.verify）",
                None => "当时没有记下发信域核验结果",
            };
            let same = if mail.from.address.eq_ignore_ascii_case(opener) { "，与立案时的报送邮箱相同" } else { "" };
            format!("邮件序号 {}，发自 {}{same}：{found}", mail.id, mail.from.address)
        };
        self.detail.messages.iter().map(line).collect()
    }

    fn since_frozen(&self) -> Vec<String> {
        let lines = self.detail.counted.iter().flat_map(|counted| {
            let after = |at_ms: i64| at_ms > counted.frozen_ms;
            let revisions = self.detail.revisions.iter().filter(|revision| revision.revision > counted.revision);
            let revisions = revisions.map(|revision| format!("第{}版 {}", revision.revision, tell::second(&revision.received_at)));
            let rulings = self.detail.rulings.iter().filter(|ruling| after(ruling.at_ms));
            let rulings =
                rulings.map(|ruling| format!("{} {} {}", tell::second(&ruling.at), ruling.actor, tell::ruled(ruling, self.contacts)));
            let reread = self.detail.rereadings.iter().filter(|before| after(before.until_ms));
            let reread = reread.map(|before| format!("{} 按新规则重读第{}版", tell::second(&before.until), before.revision));
            let changes: Vec<String> = revisions.chain(rulings).chain(reread).collect();
            let head =
                format!("{} 冻结于 {}，计入第{}版", words::batch(&counted.window), tell::second(&counted.frozen_at), counted.revision);
            let whole = self.found(&counted.manifest_sha256);
            if changes.is_empty() {
                vec![format!("{head}；此后没有改动，清单{}", whole.trim_start_matches('，'))]
            } else {
                let kept = format!("{head}；此后的改动不计入这一批，清单{}：", whole.trim_start_matches('，'));
                std::iter::once(kept).chain(changes.into_iter().map(|change| format!("· {change}"))).collect()
            }
        });
        or(lines.collect(), "没有计入已冻结的批次")
    }

    fn people(&self) -> Vec<String> {
        let handler = &self.detail.desk.handler;
        let handler = if handler.is_empty() { "没有指定承办人".to_owned() } else { format!("承办人：{handler}") };
        let mut acts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in self.detail.history.iter().filter(|row| row.actor.is_some()) {
            let done = acts.entry(tell::actor(row)).or_default();
            let label = tell::done(row);
            if !done.contains(&label) {
                done.push(label);
            }
        }
        let people = acts.into_iter().map(|(who, done)| format!("{who}：{}", done.join("、")));
        let nobody =
            (!self.detail.history.iter().any(|row: &AuditRow| row.actor.is_some())).then(|| "其余由程序办理，没有人工操作".to_owned());
        std::iter::once(handler).chain(people).chain(nobody).collect()
    }
}

fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}

fn list(days: &[Date]) -> String {
    days.iter().map(|day| month_day(*day)).collect::<Vec<_>>().join("、")
}
