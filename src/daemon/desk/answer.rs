//! The answer to a mail that a person answers: what was written, in the office's frame, in the thread of the question,
//! through the outbox.

use super::letter::{Posted, posted};
use super::{DaemonError, Desk};
use crate::config::ReplyMode;
use crate::daemon::mint;
use crate::daemon::process::of_worker;
use crate::daemon::reply::from_field;
use crate::intake::compose::{self, ComposeError, Disclosure, Letter, LetterKind};
use crate::intake::{Arrival, Extent, Received};
use crate::model::audit::{Act, By};
use crate::model::outbox::OutboxState;
use crate::model::reading::{Authentication, Intake};
use crate::model::time;
use crate::store::{Asking, Blobs, Outgoing};
use crate::worker::Pool;
use jiff::Timestamp;
use serde_json::json;

/// The kind of an answer in the outbox.
const ANSWER: &str = "answer";

/// A mail that is about to be answered.
#[derive(Debug)]
pub struct Answering {
    asking: Asking,
    intake: Intake,
}

impl Answering {
    /// Reads the mail once more, for whom to answer and in which thread.
    pub async fn read(
        asking: Asking,
        blobs: &Blobs,
        pool: &Pool,
        authserv_id: Option<&str>,
    ) -> Result<Result<Answering, String>, DaemonError> {
        let Some(sha256) = &asking.sha256 else { return Ok(Err("原始邮件没有完整保存，不能答复".into())) };
        let raw = blobs.get(sha256).await?;
        let at = Timestamp::from_millisecond(asking.received_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        let received = if asking.is_server_time { Received::At(at) } else { Received::File(at) };
        let arrival = Arrival { received, extent: Extent::Whole, authserv_id: authserv_id.map(str::to_owned), passwords: Vec::new() };
        let intake = pool.read(&arrival, &raw).await.map_err(of_worker)?;
        Ok(Ok(Answering { asking, intake }))
    }

    /// Its subject.
    pub fn subject(&self) -> &str {
        &self.intake.reading.message.subject
    }

    /// What it says.
    pub fn said(&self) -> &str {
        &self.intake.said
    }

    /// Why it must not be answered from here, if so.
    fn hindrance(&self, own: &str) -> Option<&'static str> {
        let (from, to) = (&self.intake.reading.message.from, self.intake.thread.reply_to.as_ref());
        match to {
            None => Some("这封邮件没有可以答复的地址"),
            Some(_) if self.intake.thread.authentication == Authentication::Fail => {
                Some("发件人身份验证未通过，地址可能是冒用的；请用其他方式联系")
            }
            Some(to) if [to, from].iter().any(|one| one.address.eq_ignore_ascii_case(own)) => Some("这是本邮箱自己的邮件"),
            Some(_) => None,
        }
    }
}

impl Desk {
    /// Queues the answer; only shown, nothing of it stays.
    pub async fn answer(
        &self,
        answering: &Answering,
        text: &str,
        unit: Option<&str>,
        by: &By,
        is_meant: bool,
    ) -> Result<Result<Posted, String>, DaemonError> {
        let Answering { asking, intake } = answering;
        let from = self.config.smtp.from();
        if let Some(why) = answering.hindrance(&from.address) {
            return Ok(Err(why.into()));
        }
        let (Some(to), Some(file)) = (&intake.thread.reply_to, self.campaign(&asking.campaign)) else {
            return Ok(Err("配置中没有这封邮件所属的征集活动".into()));
        };
        let (now, summary) = (self.clock.now(), &intake.reading.message);
        let message_id = mint::message_id(&self.key, &[ANSWER, &asking.id.to_string(), &by.at_ms.to_string()], &from.domain());
        let mail = compose::compose(&Letter {
            kind: LetterKind::Answer,
            campaign: &file.campaign,
            salutation: unit,
            received: summary.received_at.parse().unwrap_or(now),
            cases: &[],
            defects: &[],
            files: &[],
            mails: &[],
            deadline: None,
            reminding: None,
            said: text,
            to,
            from: &from_field(from),
            message_id: &message_id,
            date: now,
            in_reply_to: summary.message_id.as_deref(),
            references: &intake.thread.answers,
            original_subject: &summary.subject,
            disclosure: Disclosure::Full,
            annotated: &[],
            personal: &[],
        });
        let mail = match mail {
            Err(ComposeError::Recipient) => return Ok(Err("答复的地址有误".into())),
            mail => mail?,
        };
        let state = if self.config.replies.mode == ReplyMode::Hold { OutboxState::Held } else { OutboxState::Queued };
        let mut tx = self.store.begin().await?;
        let outgoing = Outgoing {
            kind: ANSWER,
            campaign: &asking.campaign,
            mail: &mail,
            in_reply_to: summary.message_id.as_deref(),
            source_message: tx.unanswered(asking.id).await?,
            cases: &[],
            state,
            not_before_ms: now.as_millisecond(),
            now_ms: now.as_millisecond(),
        };
        let Some(id) = tx.enqueue(&outgoing).await? else { return Ok(Err("同样的一封已在发件箱中".into())) };
        tx.note_answer(asking.id, id, &format!("{}由{}答复", time::chinese_minute(now), by.actor.as_str())).await?;
        tx.audit(by.entry(Act::InquiryAnswered, format!("message/{}", asking.id), json!({"outbox": id})));
        if is_meant {
            tx.commit().await?
        } else {
            tx.rollback().await?
        }
        Ok(Ok(posted(id, ANSWER, &mail, state, now)))
    }
}
