//! Where everything came from: the mails, the files, and what was answered.

use super::Account;
use crate::cli::case::tell;
use crate::cli::words;
use crate::report::explain::{Cell, Chapter, Mark, Part};
use crate::store::{MessageRow, OutboxRow, RevisionRow};

impl Account {
    /// The mails, with the place and the hash of each, and what every clock said.
    pub(super) fn mails(&self) -> Chapter {
        let rows = self.detail.messages.iter().map(|message| self.mail(message)).collect();
        let heads = ["邮件", "收到", "邮箱中的位置", "发件人和主题", "如何处理", "SHA-256 和 Message-ID"];
        let lead = "收到时刻以收件邮箱的服务器为准，不以发件人所写的时刻为准。SHA-256 是邮件原文的摘要，位置和摘要可在邮箱中核对。";
        Account::chapter("mails", "收到的邮件", lead, [Part::table("组成本案例的邮件", &heads, rows)])
    }

    fn mail(&self, message: &MessageRow) -> Vec<Cell> {
        let origin = self.detail.origins.iter().find(|origin| origin.message == message.id);
        let clocks = origin.and_then(|origin| origin.clocks.as_ref());
        let named = clocks.into_iter().flat_map(|clocks| {
            let named = [("邮箱服务器", clocks.internaldate), ("Received", clocks.received), ("发件人所写", clocks.date)];
            named.into_iter().filter_map(|(name, at)| Some(format!("{name}：{}", tell::at(at?))))
        });
        let received = format!("{}\n以{}为准", tell::second(&message.received_at), words::clock(&message.received_source));
        let places: Vec<String> = origin.into_iter().flat_map(|origin| &origin.positions).map(tell::position).collect();
        let because = if message.because.is_empty() { String::new() } else { format!("：{}", message.because) };
        let names = [message.sha256.as_deref(), message.message_id.as_deref()];
        vec![
            format!("序号 {}", message.id).into(),
            std::iter::once(received).chain(named).collect::<Vec<_>>().join("\n").into(),
            places.join("\n").into(),
            format!("{}\n{}", message.from.address, message.subject).into(),
            format!("{}{because}", words::disposition(message.disposition.as_deref())).into(),
            Cell::code(names.into_iter().flatten().collect::<Vec<_>>().join("\n")),
        ]
    }

    /// The form's files and everything that came beside them.
    pub(super) fn files(&self) -> Chapter {
        let forms = self.detail.revisions.iter().filter(|revision| !revision.form_sha256.is_empty());
        let form = |revision: &RevisionRow| -> Vec<Cell> {
            let message = format!("邮件序号 {}", revision.message);
            let came = format!("第{}版", revision.revision);
            let file = &revision.reading.form.file;
            vec![file.clone().into(), "申报表".into(), came.into(), message.into(), String::new().into(), Cell::code(&revision.form_sha256)]
        };
        let evidence = self.detail.evidence.iter().map(|file| -> Vec<Cell> {
            let came = file.revision.map_or("补充".to_owned(), |revision| format!("第{revision}版"));
            let message = format!("邮件序号 {}", file.message);
            let size = words::size(file.bytes);
            vec![
                file.name.clone().into(),
                words::role(&file.role).into(),
                came.into(),
                message.into(),
                size.into(),
                Cell::code(&file.sha256),
            ]
        });
        let rows = forms.map(form).chain(evidence).collect();
        let heads = ["文件", "作为", "版本", "来自", "大小", "SHA-256"];
        Account::chapter("files", "申报表和材料", "", [Part::table("收到并保存的文件", &heads, rows)])
    }

    /// Our mails about the case, and what the server said of each.
    pub(super) fn replies(&self) -> Chapter {
        let rows = self.detail.outbox.iter().map(|mail| self.reply(mail)).collect();
        let heads = ["答复", "收件人和主题", "所答邮件", "告知的问题", "送出情况", "Message-ID"];
        let lead = "“已发”指发信服务器已接收，并附它的答复（写入文件夹的，附文件）；对方服务器此后退信的，写为“未能送达”。";
        Account::chapter("replies", "补正和答复", lead, [Part::table("我方就本案例发出的邮件", &heads, rows)])
    }

    fn reply(&self, mail: &OutboxRow) -> Vec<Cell> {
        let mark = match mail.state.as_str() {
            "sent" => Mark::Good,
            "dead" | "uncertain" => Mark::Bad,
            _ => Mark::Open,
        };
        let asked: Vec<String> = if self.asks(mail) { self.asked(mail) } else { Vec::new() };
        vec![
            format!("{}（序号 {}）\n{} 写成", words::reply(&mail.kind), mail.id, tell::second(&mail.created_at)).into(),
            format!("{}\n{}", mail.to, mail.subject).into(),
            mail.source_message.map(|message| format!("邮件序号 {message}")).unwrap_or_default().into(),
            asked.join("\n").into(),
            Cell::marked(tell::delivery(mail), mark),
            Cell::code(&mail.message_id),
        ]
    }

    /// Whether a mail of ours asked for a correction, by itself or in a summary.
    pub(super) fn asks(&self, mail: &OutboxRow) -> bool {
        self.detail.requests.contains(&mail.id)
    }

    /// What a request asks for: what the revision lacked that came with the mail it answers.
    pub(super) fn asked(&self, mail: &OutboxRow) -> Vec<String> {
        tell::asked(&self.detail, mail)
    }
}
