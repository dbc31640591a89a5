//! The envelope of a transaction: MAIL, RCPT and DATA, in one go where the server takes that (RFC 2920), which
//! leaves two round trips to a mail on a kept connection: the envelope and the content.

use super::session::Connection;
use super::{Refusal, Times};
use lettre::Address;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::MailParameter;
use std::sync::atomic::Ordering;

impl Connection {
    /// Until the server asks for the content; on a refusal no transaction is open for content.
    pub(super) async fn envelope(
        &mut self,
        from: Option<&Address>,
        to: &Address,
        options: Vec<MailParameter>,
        times: &Times,
    ) -> Result<(), Refusal> {
        let (mail, rcpt) = (Mail::new(from.cloned(), options), Rcpt::new(to.clone(), Vec::new()));
        // Our own address is refused: that is no recipient's fault.
        let of_sender = |refusal| match refusal {
            Refusal::Permanent { code, text } if from.is_some() => Refusal::Account { code, text },
            other => other,
        };
        if !self.offers_pipelining() {
            self.command(mail, times).await.map_err(of_sender)?;
            self.command(rcpt, times).await?;
            self.command(Data, times).await?;
            return Ok(());
        }
        let mail = self.command(format!("{mail}{rcpt}{Data}"), times).await.map_err(of_sender);
        if matches!(mail, Err(Refusal::Unreachable(_) | Refusal::Transient { code: 421, .. })) {
            return mail.map(|_| ());
        }
        // Each command has its answer, whatever the others were.
        let rcpt = self.answer(times).await;
        let data = self.answer(times).await;
        let refusal = mail.and(rcpt).err();
        match (refusal, data) {
            (None, data) => data.map(|_| ()),
            // RFC 2920 section 3.1: it asks for content all the same, and gets none.
            (Some(refusal), Ok(_)) => {
                self.nothing(times).await?;
                Err(refusal)
            }
            (Some(refusal), Err(_)) => Err(refusal),
        }
    }

    /// An end without a content, to nobody.
    async fn nothing(&mut self, times: &Times) -> Result<(), Refusal> {
        let outcome = self.bounded(times, async |connection| connection.message(b"").await).await;
        self.ended.store(false, Ordering::SeqCst);
        match outcome {
            Err(Refusal::Unreachable(text)) => Err(Refusal::Unreachable(text)),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}
