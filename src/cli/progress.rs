//! A sign that something goes on, on a terminal only: a bar where the amount is known, a wheel where it is not.

use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// Between two turns of the wheel.
const TURN: Duration = Duration::from_millis(120);

/// How long nothing is said.
const PATIENCE: Duration = Duration::from_millis(800);

/// A wheel with these words and the time that has passed. It goes when it is dropped.
pub fn wheel(words: impl Into<String>) -> Progress {
    let wheel = ProgressBar::new_spinner().with_message(words.into());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        wheel.set_style(style);
    }
    wheel.enable_steady_tick(TURN);
    Progress(wheel)
}

/// Waits for something; where it takes longer than people wait without asking, a wheel with these words tells that it goes on.
pub async fn patiently<T>(words: &str, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    match tokio::time::timeout(PATIENCE, &mut work).await {
        Ok(done) => done,
        Err(_) => {
            let _wheel = wheel(words);
            work.await
        }
    }
}

/// A bar of so many. It goes when it is dropped.
pub fn bar(words: impl Into<String>, length: usize) -> Progress {
    let bar = ProgressBar::new(u64::try_from(length).unwrap_or(u64::MAX)).with_message(words.into());
    if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len} 还需{eta}") {
        bar.set_style(style.progress_chars("=> "));
    }
    Progress(bar)
}

/// The sign; what is printed meanwhile goes through [`Progress::aside`].
pub struct Progress(ProgressBar);

impl Progress {
    /// One more is done.
    pub fn step(&self) {
        self.0.inc(1);
    }

    /// Takes it off the screen while something else is printed.
    pub fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.0.suspend(print)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
