//! What became of a mail that was handed over, and when it is tried again.

use super::Post;
use super::line::Line;
use crate::smtp::{Accepted, Refusal};
use crate::store::{Delivery, Outcome};

/// The most characters of a server's words that are kept.
const MOST_ANSWER: usize = 500;
/// How long a mail that is refused for now is tried (RFC 5321 section 4.5.4.1: four to five days) …
const DEADLINE_MS: i64 = 5 * 24 * HOUR_MS;
/// … and how often at least: a clock that leaps ahead doesn't end it.
pub(super) const LEAST_ATTEMPTS: u32 = 12;
/// The longest wait before another attempt, without its jitter.
pub(super) const LONGEST_WAIT_MS: i64 = 4 * HOUR_MS;
const HOUR_MS: i64 = 3600 * 1000;
pub(super) const MINUTE_MS: i64 = 60 * 1000;

impl Post {
    /// What is to be noted of a delivery. A fault of the server or the account is the line's, not the mail's.
    pub(super) fn outcome(&self, tried: Tried, outcome: Result<Accepted, Refusal>, line: &mut Line) -> Outcome {
        let Tried { outbox: id, message, attempt, created_ms } = tried;
        let now = self.clock.now();
        let now_ms = now.as_millisecond();
        let refusal = match outcome {
            Ok(accepted) => {
                line.faults = 0;
                self.meters.line_is_well();
                tracing::info!(message.id = message, outbox.id = id, attempt, "sent");
                return Outcome::Sent { at_ms: now_ms, answer: accepted.text.chars().take(MOST_ANSWER).collect() };
            }
            Err(refusal) => refusal,
        };
        tracing::warn!(message.id = message, outbox.id = id, attempt, error = %refusal, "not sent");
        let error = format!("{refusal}。{}", refusal.advice());
        let next_ms = now_ms.saturating_add(back_off(id, attempt));
        let is_overdue = now_ms.saturating_sub(created_ms) > DEADLINE_MS && attempt >= LEAST_ATTEMPTS;
        match refusal {
            Refusal::Permanent { .. } => Outcome::Dead { error },
            Refusal::Transient { .. } if is_overdue => {
                Outcome::Dead { error: format!("{error}已反复重试五天以上，不再重试。") }
            }
            Refusal::Transient { .. } => Outcome::Deferred { next_ms, error },
            Refusal::Uncertain(_) => Outcome::Lost { next_ms, error },
            Refusal::Account { .. } | Refusal::Unreachable(_) => {
                line.close(now, error);
                self.meters.line_is_broken();
                // It stays due: the line is closed for this process, and another pass may find it open again.
                Outcome::Postponed { next_ms: now_ms }
            }
        }
    }
}

/// A mail of ours that is handed over, as the log and its outcome need it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tried {
    pub(super) outbox: i64,
    /// The mail that it answers.
    pub(super) message: Option<i64>,
    pub(super) attempt: u32,
    pub(super) created_ms: i64,
}

impl Tried {
    pub(super) fn of(delivery: &Delivery) -> Tried {
        Tried { outbox: delivery.id, message: delivery.source_message, attempt: delivery.attempts, created_ms: delivery.created_ms }
    }
}

/// As the figures name it.
pub(super) fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Sent { .. } => "sent",
        Outcome::Deferred { .. } => "deferred",
        Outcome::Postponed { .. } => "postponed",
        Outcome::Dead { .. } => "dead",
        Outcome::Lost { .. } => "lost",
    }
}

/// 5, 10, 20, 40 … minutes, at most 4 hours, and up to a quarter more: what failed together doesn't come back
/// together. The quarter is spread by the item's number, so that it needs no chance.
pub(super) fn back_off(id: i64, attempt: u32) -> i64 {
    let wait = (5 * MINUTE_MS).saturating_mul(1_i64 << attempt.saturating_sub(1).min(6)).min(LONGEST_WAIT_MS);
    let spread = id.wrapping_mul(2_654_435_761).wrapping_add(i64::from(attempt).wrapping_mul(40_503)).rem_euclid(1000);
    wait.saturating_add(wait / 4 * spread / 1000)
}
