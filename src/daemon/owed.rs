//! What a mailbox lists and doesn't give is asked for again after a while: each try is counted before it is
//! made, and after the third the mail goes to quarantine with the reason. The others don't wait for it.

use super::receive::{Source, place};
use super::{DaemonError, Judge};
use crate::mailbox::{Body, Fetched, Key, Mailbox};
use crate::store::{MAX_ATTEMPTS, Owed, Place, Received, ReceivedState};
use jiff::Timestamp;

/// How long is waited after the first try, and after the second.
const WAITS_MS: [i64; 2] = [60_000, 600_000];

impl Source {
    /// Asks again for what is due. A server that is away altogether is nobody's strike.
    pub(super) async fn collect(&self, mailbox: &mut Mailbox, validity: Option<u32>, judge: &Judge) -> Result<(), DaemonError> {
        let now = judge.clock.now().as_millisecond();
        for owed in judge.store.owed(&self.mailbox.name, validity).await?.into_iter().filter(|owed| is_due(owed, now)) {
            // Counted and not settled: the process ended within the last try.
            if owed.attempts >= MAX_ATTEMPTS {
                self.give_up(&owed, validity, judge).await?;
                continue;
            }
            if !judge.store.count_owed(&self.mailbox.name, validity, &owed, next_ms(owed.attempts, now)).await? {
                continue;
            }
            match mailbox.again(&key(&owed.place, validity)).await {
                Ok(fetched) => self.settle(owed, fetched, validity, judge).await?,
                Err(source) => {
                    judge.store.uncount_owed(&self.mailbox.name, validity, &owed).await?;
                    return Err(self.fault(source));
                }
            }
        }
        Ok(())
    }

    async fn settle(&self, owed: Owed, fetched: Option<Fetched>, validity: Option<u32>, judge: &Judge) -> Result<(), DaemonError> {
        let last_error = match fetched {
            None => "曾在邮箱中列出，取信时已不在".to_owned(),
            Some(Fetched { body: Body::Failed(reason), .. }) => reason,
            Some(fetched) => {
                self.keep(vec![fetched], validity, 0, judge).await?;
                self.received.notify_one();
                return Ok(judge.store.settle_owed(&self.mailbox.name, validity, &owed.place).await?);
            }
        };
        let owed = Owed { last_error, attempts: owed.attempts.saturating_add(1), ..owed };
        if owed.attempts >= MAX_ATTEMPTS {
            return self.give_up(&owed, validity, judge).await;
        }
        Ok(judge.store.owe(&self.mailbox.name, validity, &[owed]).await?)
    }

    /// Its row says why it is in quarantine. Repeating it changes nothing, since its place is unique.
    async fn give_up(&self, owed: &Owed, validity: Option<u32>, judge: &Judge) -> Result<(), DaemonError> {
        let reason = format!("邮箱服务器{MAX_ATTEMPTS}次未能给出这封邮件：{}", owed.last_error);
        let row = Received {
            place: owed.place.clone(),
            sha256: None,
            bytes: owed.bytes,
            received_ms: owed.received_ms,
            received_is_server_time: owed.received_is_server_time,
            state: ReceivedState::Failed { reason, now_ms: judge.clock.now().as_millisecond() },
        };
        let (name, campaign) = (&self.mailbox.name, &self.campaign.campaign.id);
        let rows = judge.store.record_received(name, campaign, validity, 0, &[row]).await?;
        tracing::warn!(message.id = rows.first(), mailbox.name = %name, attempt = owed.attempts, "quarantined: it was never given");
        Ok(judge.store.settle_owed(name, validity, &owed.place).await?)
    }
}

/// What is owed after the first try.
pub(super) fn owed(fetched: Fetched, now: Timestamp) -> Option<Owed> {
    let Body::Failed(last_error) = fetched.body else { return None };
    let place = place(fetched.key);
    Some(Owed {
        received_is_server_time: matches!(place, Place::Uid(_)) && fetched.time.is_some(),
        place,
        bytes: fetched.size,
        received_ms: fetched.time.unwrap_or(now).as_millisecond(),
        attempts: 1,
        next_ms: next_ms(0, now.as_millisecond()),
        last_error,
    })
}

fn next_ms(attempts: u32, now: i64) -> i64 {
    let wait = usize::try_from(attempts).ok().and_then(|at| WAITS_MS.get(at)).or(WAITS_MS.last());
    now.saturating_add(wait.copied().unwrap_or_default())
}

/// A time further away than any wait was noted by a clock that was wrong.
fn is_due(owed: &Owed, now: i64) -> bool {
    owed.next_ms <= now || owed.next_ms > next_ms(1, now)
}

/// Where to ask for it.
pub(super) fn key(place: &Place, validity: Option<u32>) -> Key {
    match place {
        Place::Uid(uid) => Key::Uid { validity: validity.unwrap_or_default(), uid: *uid },
        Place::Name(name) => Key::Name(name.clone()),
    }
}
