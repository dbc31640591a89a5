//! A mailbox that is nearly full is told in good time: what is full sends new mail back to the units.

use super::{DaemonError, Judge, Source};
use crate::mailbox::{Mailbox, Usage};
use std::sync::atomic::Ordering;

/// Hundredths of its storage from which a mailbox is nearly full, and below which it is no longer.
const FULL: (u64, u64) = (90, 85);
/// How often is looked, in milliseconds.
const EVERY_MS: i64 = 60 * 60 * 1000;
/// The alarm while it is.
const QUOTA: &str = "quota";

impl Source {
    /// Looks how full the mailbox is, once an hour, and raises or clears the alarm.
    pub(super) async fn weigh(&self, mailbox: &mut Mailbox, judge: &Judge) -> Result<(), DaemonError> {
        let now_ms = judge.clock.now().as_millisecond();
        let waited = now_ms.saturating_sub(self.weighed_ms.load(Ordering::Relaxed));
        if (0..EVERY_MS).contains(&waited) {
            return Ok(());
        }
        let usage = mailbox.usage().await.map_err(|source| self.fault(source))?;
        self.weighed_ms.store(now_ms, Ordering::Relaxed);
        let (Some(usage), name) = (usage, &self.mailbox.name) else { return Ok(()) };
        if usage.share() >= FULL.0 {
            if judge.store.raise_alarm(QUOTA, name, &sentence(name, usage), now_ms).await? {
                tracing::error!(alarm = QUOTA, mailbox.name = %name, used = usage.used, limit = usage.limit, "the mailbox is nearly full");
            }
        } else if usage.share() < FULL.1 && judge.store.clear_alarm(QUOTA, name, now_ms).await? {
            tracing::info!(alarm = QUOTA, mailbox.name = %name, "the mailbox has room again");
        }
        Ok(())
    }
}

fn sentence(name: &str, usage: Usage) -> String {
    let gigabytes = |bytes: u64| format!("{:.1} GB", bytes as f64 / 1e9);
    format!(
        "邮箱 {name} 已用{}%（{}，共{}），满了以后各单位的来信会被退回；请扩容，或先用 zhihui reconcile 核对已收到的，再清理旧信",
        usage.share(),
        gigabytes(usage.used),
        gigabytes(usage.limit)
    )
}
