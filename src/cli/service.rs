//! What the service manager is told (sd_notify(3)): that the daemon is ready, that it reads its configuration anew, that it
//! ends, and, where it asks for it, that the loops still turn. Where there is none, nothing is told to anybody.

use crate::daemon::Observer;
use sd_notify::NotifyState;
use std::convert::Infallible;
use std::future::pending;

/// A sign is given so many times within the time in which one is expected.
const SIGNS: u32 = 3;

/// Everything is open, and the loops begin.
pub fn ready(mailboxes: usize) {
    tell(&[NotifyState::Ready, NotifyState::Status(&format!("运行中，邮箱{mailboxes}个"))]);
}

/// The configuration is read anew, until [`ready`] or [`stays`].
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now, NotifyState::Status("正在重新读取配置")]),
        // systemd takes a reload without its instant for a fault.
        Err(error) => tracing::warn!(error = %error, "the service manager isn't told of the reload"),
    }
}

/// The configuration that was read is wrong, and the old one stays.
pub fn stays() {
    tell(&[NotifyState::Ready, NotifyState::Status("新配置有误，仍按原配置运行")]);
}

/// What is in hand is finished, then the process ends.
pub fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("正在结束")]);
}

/// Says, as often as it is asked for, that the loops turn; and nothing while one is stuck, so that the service manager begins
/// the process anew.
pub async fn watchdog(observer: &Observer) -> Infallible {
    let Some(within) = sd_notify::watchdog_enabled() else { return pending().await };
    let mut is_told = false;
    loop {
        if observer.is_turning() {
            tell(&[NotifyState::Watchdog]);
            is_told = false;
        } else if !is_told && !observer.stuck().is_empty() {
            tracing::error!(stuck = ?observer.stuck(), "a loop doesn't turn any more; the watchdog is not told that all is well");
            is_told = true;
        }
        tokio::time::sleep(within / SIGNS).await;
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(error = %error, "the service manager can't be told");
    }
}
