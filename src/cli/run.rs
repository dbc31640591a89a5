//! `run` and `poll`.

use super::Failure;
use crate::app::App;
use crate::clock::Clock;
use crate::config::{ConfigError, Loaded};
use crate::daemon::{Daemon, DaemonError};
use crate::store::DaemonLock;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// What ended the daemon's loops.
enum Ended {
    Stop,
    Reload(Box<Loaded>),
}

/// The daemon: until SIGTERM or SIGINT. SIGHUP reads the configuration again; a wrong one is told and the
/// old one stays.
pub async fn run(mut loaded: Loaded, load: impl Fn() -> Result<Loaded, ConfigError>) -> Result<(), Failure> {
    loop {
        let app = App::open(loaded, Clock::System).await?;
        let (daemon, lock) = start(&app).await?;
        tracing::info!("started");
        let ended = live(&daemon, &load).await?;
        drop(lock);
        app.store.close().await;
        match ended {
            Ended::Stop => return Ok(()),
            Ended::Reload(new) => loaded = *new,
        }
    }
}

async fn live(daemon: &Daemon, load: impl Fn() -> Result<Loaded, ConfigError>) -> Result<Ended, Failure> {
    let (stop, stopping) = watch::channel(false);
    let told = async {
        let ended = told_to_end(load).await;
        tracing::info!("stopping");
        let _ = stop.send(true);
        ended
    };
    // The loops end when they are told to, each after what it has in hand.
    let both = async { tokio::join!(told, daemon.run(stopping)).0 };
    both.await
}

async fn told_to_end(load: impl Fn() -> Result<Loaded, ConfigError>) -> Result<Ended, Failure> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::failed)?;
    let mut hang_up = signal(SignalKind::hangup()).map_err(Failure::failed)?;
    loop {
        tokio::select! {
            _ = terminate.recv() => return Ok(Ended::Stop),
            _ = interrupt.recv() => return Ok(Ended::Stop),
            _ = hang_up.recv() => match load() {
                Ok(new) => return Ok(Ended::Reload(Box::new(new))),
                Err(error) => tracing::error!(error = %error, "the new configuration is wrong; the old one stays"),
            },
        }
    }
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
    let daemon = app.daemon(program).await?;
    daemon.take_over(&lock).await?;
    Ok((daemon, lock))
}
