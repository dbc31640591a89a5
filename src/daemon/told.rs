//! What the log tells of one mail once it is recorded. Every line on a mail's way bears its row's number as `message.id`, from
//! its receipt to the delivery of its reply.

use super::Meters;
use crate::model::decision::Disposition;

/// What became of one mail.
#[derive(Debug)]
pub(super) struct Told {
    /// Its row.
    pub message: i64,
    /// Where it came in.
    pub mailbox: String,
    /// What it was taken for.
    pub disposition: Disposition,
    /// The reply that was queued, and its kind.
    pub reply: Option<(i64, &'static str)>,
}

impl Told {
    /// Tells it; to be called when it is committed.
    pub fn tell(&self, meters: &Meters) {
        let disposition = self.disposition.as_str();
        meters.judged(disposition);
        tracing::info!(message.id = self.message, mailbox.name = %self.mailbox, disposition, "judged");
        if let Some((outbox, kind)) = self.reply {
            tracing::info!(message.id = self.message, outbox.id = outbox, kind, "queued");
        }
    }
}
