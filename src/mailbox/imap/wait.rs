//! Waiting for news: IDLE (RFC 2177), or sleep where the server doesn't offer it.

use super::session::{Answer, Link, answer_to, bounded};
use crate::mailbox::MailboxError;
use async_imap::imap_proto::Response;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout_at};

/// Waits until the server tells of more messages, or for `at_most`.
pub(super) async fn wait(link: &mut Link, at_most: Duration) -> Result<(), MailboxError> {
    let end = Instant::now() + at_most;
    while !link.news && Instant::now() < end {
        if link.idle {
            idle(link, end).await?;
        } else {
            sleep_until(end).await;
        }
    }
    Ok(())
}

/// One IDLE, ended by news, by `end`, or by its own longest time.
async fn idle(link: &mut Link, end: Instant) -> Result<(), MailboxError> {
    let tag = link.start("IDLE").await?;
    let until = end.min(Instant::now() + link.times.idle);
    if !bounded(link.times.command, accepted(link, &tag)).await? {
        // Offered and yet refused: sleep from now on.
        link.idle = false;
        return Ok(());
    }
    // A wait that ends in the midst of a response keeps what was read of it in the session's buffer.
    while let Some(next) = news_or(link, until).await {
        next?;
        if link.news {
            break;
        }
    }
    link.say("DONE").await?;
    bounded(link.times.command, finished(link, &tag)).await
}

/// The next response, or none at the time.
async fn news_or(link: &mut Link, until: Instant) -> Option<Result<(), MailboxError>> {
    let left = until.saturating_duration_since(Instant::now());
    // The outer time is the one that ends the wait; the inner only guards against a broken parser.
    let guarded = bounded(left + link.times.command, link.respond(|_| ()));
    timeout_at(until, guarded).await.ok()
}

/// Whether the server begins to idle.
async fn accepted(link: &mut Link, tag: &str) -> Result<bool, MailboxError> {
    loop {
        let begun = link.respond(|response| match response {
            Response::Continue(_) => Some(true),
            other => answer_to(tag, other).map(|_| false),
        });
        if let Some(begun) = begun.await? {
            return Ok(begun);
        }
    }
}

async fn finished(link: &mut Link, tag: &str) -> Result<(), MailboxError> {
    loop {
        match link.respond(|response| answer_to(tag, response)).await? {
            Some(Answer::Done) => return Ok(()),
            Some(Answer::Refused(_)) => {
                link.idle = false;
                return Ok(());
            }
            None => {}
        }
    }
}
