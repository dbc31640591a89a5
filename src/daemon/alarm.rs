//! What is wrong and wants a person: told once in the log when it begins and once when it is over, and kept in
//! the record meanwhile, so that another process neither tells it again nor forgets it.

use crate::clock::{Clock, Stopwatch};
use crate::store::Store;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What an alarm is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alarm {
    /// The disk takes nothing: nothing is received.
    Storage,
    /// `limits.replies_per_hour` is reached: replies wait.
    RepliesPerHour,
    /// The SMTP server can't be used: replies wait.
    Smtp,
}

impl Alarm {
    fn as_str(self) -> &'static str {
        match self {
            Alarm::Storage => "storage",
            Alarm::RepliesPerHour => "replies_per_hour",
            Alarm::Smtp => "smtp",
        }
    }
}

/// The alarms as this process knows them. What it has not met yet may stand from an earlier one.
#[derive(Debug)]
pub struct Alarms {
    store: Store,
    clock: Clock,
    known: Mutex<BTreeMap<Alarm, State>>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// With the last time that it was raised.
    Raised(Stopwatch),
    Clear,
}

impl Alarms {
    /// Nothing is known yet.
    pub fn new(store: Store, clock: Clock) -> Alarms {
        Alarms { store, clock, known: Mutex::default() }
    }

    /// Raises one. A record that can't be written doesn't keep it from being told.
    pub async fn raise(&self, alarm: Alarm, sentence: &str) {
        if let Some(State::Raised(_)) = self.set(alarm, State::Raised(Stopwatch::start())) {
            return;
        }
        let now = self.clock.now().as_millisecond();
        if !matches!(self.store.raise_alarm(alarm.as_str(), "", sentence, now).await, Ok(false)) {
            tracing::error!(alarm = alarm.as_str(), because = sentence, "alarm");
        }
    }

    /// Clears one.
    pub async fn clear(&self, alarm: Alarm) {
        let before = self.set(alarm, State::Clear);
        if let Some(State::Clear) = before {
            return;
        }
        match self.store.clear_alarm(alarm.as_str(), "", self.clock.now().as_millisecond()).await {
            Ok(stood) if stood || before.is_some() => tracing::info!(alarm = alarm.as_str(), "alarm is over"),
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(alarm = alarm.as_str(), error = %error, "an alarm can't be cleared");
                self.forget(alarm);
            }
        }
    }

    /// Whether it stands, and for how long nothing has raised it anew.
    pub fn quiet_for(&self, alarm: Alarm) -> Option<Duration> {
        match self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&alarm) {
            Some(State::Raised(last)) => Some(last.elapsed()),
            Some(State::Clear) | None => None,
        }
    }

    fn set(&self, alarm: Alarm, state: State) -> Option<State> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(alarm, state)
    }

    fn forget(&self, alarm: Alarm) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(&alarm);
    }
}
