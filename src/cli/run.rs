//! `run` and `poll`.

use super::Failure;
use crate::app::App;
use crate::clock::Clock;
use crate::config::Loaded;
use crate::daemon::{Daemon, DaemonError};
use crate::store::DaemonLock;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// How long SIGTERM waits for what is in hand.
const SHUTDOWN: Duration = Duration::from_secs(9);

/// The daemon.
pub async fn run(loaded: Loaded) -> Result<(), Failure> {
    let app = App::open(loaded, Clock::System).await?;
    let (daemon, _lock) = start(&app).await?;
    let (stop, stopping) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::failed)?;
    tracing::info!("started");
    let life = daemon.run(stopping);
    tokio::pin!(life);
    tokio::select! {
        () = &mut life => {}
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    let _ = stop.send(true);
    tracing::info!("stopping");
    if tokio::time::timeout(SHUTDOWN, life).await.is_err() {
        tracing::warn!("stopped before everything in hand was finished; it is taken up at the next start");
    }
    app.store.close().await;
    Ok(())
}

/// One pass.
pub async fn poll(loaded: Loaded) -> Result<(), Failure> {
    let app = App::open(loaded, Clock::System).await?;
    let outcome = pass(&app).await;
    app.store.close().await;
    outcome
}

/// One pass over an open app: receive, judge, deliver; what went wrong is told at the end.
pub async fn pass(app: &App) -> Result<(), Failure> {
    let (daemon, _lock) = start(app).await?;
    let faults = daemon.poll().await.faults;
    let Some(worst) = faults.iter().max_by_key(|fault| gravity(fault)).map(gravity) else { return Ok(()) };
    let message = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    Err(Failure { code: [75, 1, 78].get(worst).copied().unwrap_or(1), message })
}

fn gravity(fault: &DaemonError) -> usize {
    match (fault.is_transient(), fault.is_configuration()) {
        (true, _) => 0,
        (false, false) => 1,
        (false, true) => 2,
    }
}

async fn start(app: &App) -> Result<(Daemon, DaemonLock), Failure> {
    let lock = app.store.daemon_lock().map_err(|error| Failure::later(error.to_string()))?;
    let program = std::env::current_exe().map_err(Failure::failed)?;
    let daemon = app.daemon(program)?;
    daemon.take_over(&lock).await?;
    Ok((daemon, lock))
}
