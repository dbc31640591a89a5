//! The wish that the daemon should end, as every loop and step sees it.

use std::future::Future;
use tokio::sync::watch;

/// Set once, for all its clones.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Set when the channel says true.
    pub fn new(told: watch::Receiver<bool>) -> Stop {
        Stop(told)
    }

    /// One that is never set.
    pub fn never() -> Stop {
        Stop(watch::channel(false).1)
    }

    /// Whether it is set.
    pub fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is set.
    pub async fn wait(&self) {
        if self.0.clone().wait_for(|stop| *stop).await.is_err() {
            // Nobody can set it any more.
            std::future::pending::<()>().await;
        }
    }

    /// Waits for a future or for the stop; none at the stop.
    pub async fn or<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.wait() => None,
            output = future => Some(output),
        }
    }
}
