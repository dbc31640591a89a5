//! The courtesy afterwards (`after`): mails whose disposition is committed are flagged or moved in the
//! mailbox, for the people who look into it. It is never a memory, and its failure is only told.

use super::receive::Source;
use super::{DaemonError, Judge};
use crate::config::After;
use crate::mailbox::{Courtesy, Mailbox};

/// How many at once.
const BATCH: u32 = 100;

impl Source {
    /// Over a connection of its own, if anything is due.
    pub(super) async fn show_all(&self, judge: &Judge) {
        let outcome = async {
            let validity = judge.store.progress(&self.mailbox.name).await?.uidvalidity;
            let (Some(_), Some(validity)) = (self.courtesy(), validity) else { return Ok(()) };
            if judge.store.has_courtesies(&self.mailbox.name, validity).await? {
                let mut mailbox = self.open(judge).await?;
                self.show(&mut mailbox, Some(validity), judge).await;
                mailbox.close().await;
            }
            Ok::<(), DaemonError>(())
        };
        self.warn(outcome.await);
    }

    /// Over this connection.
    pub(super) async fn show(&self, mailbox: &mut Mailbox, validity: Option<u32>, judge: &Judge) {
        let (Some(courtesy), Some(validity)) = (self.courtesy(), validity) else { return };
        self.warn(self.show_due(mailbox, courtesy, validity, judge).await);
    }

    async fn show_due(&self, mailbox: &mut Mailbox, courtesy: Courtesy, validity: u32, judge: &Judge) -> Result<(), DaemonError> {
        let name = &self.mailbox.name;
        loop {
            let uids = judge.store.claim_courtesies(name, validity, BATCH).await?;
            if uids.is_empty() || !mailbox.show(courtesy, validity, &uids).await.map_err(|source| self.fault(source))? {
                return Ok(());
            }
            judge.store.courtesies_shown(name, validity, &uids).await?;
            tracing::info!(mailbox.name = %name, messages = uids.len(), "shown in the mailbox");
        }
    }

    fn courtesy(&self) -> Option<Courtesy> {
        match self.mailbox.after {
            After::Keep => None,
            After::Flag => Some(Courtesy::Flag),
            After::Move => Some(Courtesy::Move),
        }
    }

    fn warn(&self, outcome: Result<(), DaemonError>) {
        if let Err(error) = outcome {
            tracing::warn!(mailbox.name = %self.mailbox.name, error = %error, "recorded mails can't be shown in the mailbox");
        }
    }
}
