//! What other servers tell of our mails after they took them: a bounce, tied to the mail that came back.

use super::{Result, Transaction, text};
use crate::model::audit::{Act, By};
use crate::model::reading::{DeliveryReport, Thread};
use serde_json::json;
use sqlx::Any;

impl Transaction {
    /// Notes a report on the mail of ours that it is about; the result is that mail's row, if it is found.
    ///
    /// Who knows our Message-ID, which can't be guessed, has had our mail: then a final failure ends it as
    /// `dead`. A letter that only names an address and a case is noted and changes nothing, since anybody can
    /// write one. Repeating it changes nothing.
    pub async fn note_delivery_report(
        &mut self,
        (message, now_ms): (i64, i64),
        report: &DeliveryReport,
        thread: &Thread,
    ) -> Result<Option<i64>> {
        for message_id in report.message_id.iter().chain(&thread.answers) {
            if let Some(outbox) = self.outbox_of(message_id).await? {
                self.note(outbox, (message, now_ms), report, report.is_final).await?;
                return Ok(Some(outbox));
            }
        }
        let Some(outbox) = self.outbox_named(report, thread).await? else { return Ok(None) };
        self.note(outbox, (message, now_ms), report, false).await?;
        Ok(Some(outbox))
    }

    async fn outbox_of(&mut self, message_id: &str) -> Result<Option<i64>> {
        let message_id = format!("<{}>", text(message_id.trim().trim_matches(['<', '>'])));
        let query = sqlx::query_scalar("SELECT id FROM outbox WHERE message_id = $1").bind(message_id);
        Ok(query.fetch_optional(self.connection()).await?)
    }

    /// The newest mail about one of the cases that it names, to one of the addresses that it names.
    async fn outbox_named(&mut self, report: &DeliveryReport, thread: &Thread) -> Result<Option<i64>> {
        for number in &thread.mentions {
            for recipient in &report.recipients {
                let query = sqlx::query_scalar::<Any, i64>(
                    "SELECT o.id FROM outbox o JOIN outbox_case oc ON oc.outbox = o.id JOIN case_record c ON c.id = oc.case_id
                     WHERE c.number = $1 AND lower(o.to_address) = $2 AND o.sent_ms IS NOT NULL
                     ORDER BY o.id DESC LIMIT 1",
                );
                let found = query.bind(text(number)).bind(text(recipient)).fetch_optional(self.connection()).await?;
                if found.is_some() {
                    return Ok(found);
                }
            }
        }
        Ok(None)
    }

    async fn note(&mut self, outbox: i64, (message, now_ms): (i64, i64), report: &DeliveryReport, dead: bool) -> Result<()> {
        let status = report.status.as_ref().map(|status| format!("，代码 {status}")).unwrap_or_default();
        let said = match (dead, report.is_final) {
            (true, _) => format!("对方邮箱退信，未能送达（邮件序号 {message}{status}），请电话联系"),
            (false, true) => format!("可能被退回（邮件序号 {message}{status}），请核对"),
            (false, false) => format!("对方服务器暂未收下，仍在尝试（邮件序号 {message}{status}）"),
        };
        let query = sqlx::query(
            "UPDATE outbox SET last_error = $2, state = CASE WHEN $3 = 1 AND state IN ('sent', 'uncertain') THEN 'dead' ELSE state END
             WHERE id = $1",
        );
        let was_alive = "SELECT COUNT(*) FROM outbox WHERE id = $1 AND state IN ('sent', 'uncertain')";
        let ends = dead && sqlx::query_scalar::<Any, i64>(was_alive).bind(outbox).fetch_one(self.connection()).await? == 1;
        query.bind(outbox).bind(text(&said)).bind(i64::from(dead)).execute(self.connection()).await?;
        if ends {
            let by = By::program(now_ms).because("对方邮箱退信");
            self.audit(by.entry(Act::ReplyDead, format!("outbox/{outbox}"), json!({"message": message})));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, *};
    use crate::store::{Filter, Settled, Store};

    async fn sent(store: &Store) -> (i64, String) {
        let (_, number) = open(store, 1, "a", "某市计量院", "题目", "19900000001").await;
        let due = store.claim_outbox(1, 3000, "me", 9).await.unwrap().remove(0);
        store.settle(&[Settled { id: due.id, outcome: accepted(3000) }], 3000).await.unwrap();
        (due.id, number)
    }

    async fn noted(store: &Store, report: &DeliveryReport, thread: &Thread) -> (Option<i64>, String, String) {
        let mut tx = store.begin().await.unwrap();
        let found = tx.note_delivery_report((7, 4000), report, thread).await.unwrap();
        tx.commit().await.unwrap();
        let row = store.list_outbox(&Filter::default()).await.unwrap().remove(0);
        (found, row.state, row.last_error.unwrap_or_default())
    }

    #[tokio::test]
    async fn a_bounce_with_our_message_id_ends_the_mail() {
        let (_dir, store) = store().await;
        let (id, _) = sent(&store).await;
        let delayed = DeliveryReport { message_id: Some("<reply-a@zhihui>".into()), ..Default::default() };
        let (found, state, said) = noted(&store, &delayed, &Thread::default()).await;
        assert_eq!((found, state.as_str()), (Some(id), "sent"));
        assert!(said.contains("仍在尝试"), "{said}");
        let failed = DeliveryReport { is_final: true, status: Some("5.1.1".into()), ..delayed };
        let (_, state, said) = noted(&store, &failed, &Thread::default()).await;
        assert_eq!(state, "dead");
        assert!(said.contains("5.1.1") && said.contains("序号 7"), "{said}");
        assert_eq!(store.list_outbox(&Filter::default()).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_letter_without_it_is_noted_and_believed_by_nobody() {
        let (_dir, store) = store().await;
        let (id, number) = sent(&store).await;
        let report = DeliveryReport { recipients: vec!["a@unit.example".into()], is_final: true, ..Default::default() };
        assert_eq!(noted(&store, &report, &Thread::default()).await.0, None);
        let thread = Thread { mentions: vec![number], ..Default::default() };
        let (found, state, said) = noted(&store, &report, &thread).await;
        assert_eq!((found, state.as_str()), (Some(id), "sent"));
        assert!(said.contains("可能被退回"), "{said}");
    }

    #[tokio::test]
    async fn a_mail_that_bears_our_message_id_is_ours() {
        let (_dir, store) = store().await;
        sent(&store).await;
        let mut back = intake("back", "a@unit.example", vec![]);
        back.reading.message.message_id = Some("<reply-a@zhihui>".into());
        assert!(store.begin().await.unwrap().context(&back, "2023", 0).await.unwrap().is_ours);
        back.reading.message.message_id = Some("<reply-b@zhihui>".into());
        assert!(!store.begin().await.unwrap().context(&back, "2023", 0).await.unwrap().is_ours);
    }
}
