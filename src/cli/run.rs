//! `run` and `poll`.

use super::{Failure, service};
use crate::app::App;
use crate::clock::Clock;
use crate::config::{ConfigError, Http, Loaded};
use crate::daemon::{Daemon, DaemonError, Observer};
use crate::http;
use crate::store::DaemonLock;
use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// How long closing the database may take: a statement that waits for a lock is not waited for.
const CLOSING: Duration = Duration::from_secs(1);

/// What ended the daemon's loops.
enum Ended {
    Stop,
    Reload(Box<Loaded>),
}

/// The signals that a daemon heeds, listened to from its start to its end: none is lost in between.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits to be told to end.
    async fn stop(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// The daemon: until SIGTERM or SIGINT. SIGHUP reads the configuration again; one that is wrong, or that
/// can't be worked with, is told and the old one stays.
pub async fn run(mut loaded: Loaded, load: impl Fn() -> Result<Loaded, ConfigError>) -> Result<(), Failure> {
    let mut signals = Signals::listen().map_err(Failure::failed)?;
    let mut old: Option<Loaded> = None;
    let mut port: Option<TcpListener> = None;
    loop {
        let opened = tokio::select! {
            opened = open(loaded.clone(), port.take()) => opened,
            () = signals.stop() => return Ok(()),
        };
        let (app, daemon, lock, listener) = match (opened, old.take()) {
            (Ok(opened), _) => opened,
            (Err(failure), Some(old)) => {
                tracing::error!(error = %failure.message, "the new configuration can't be worked with; the old one stays");
                loaded = old;
                continue;
            }
            (Err(failure), None) => return Err(failure),
        };
        tracing::info!("started");
        service::ready(daemon.sources().len());
        let ended = live(&daemon, &mut signals, &load, listener.as_ref()).await;
        port = listener;
        if ended.as_ref().is_err_and(DaemonError::is_fatal) {
            app.store.abandon();
        }
        drop(lock);
        let _ = tokio::time::timeout(CLOSING, app.store.close()).await;
        match ended? {
            Ended::Stop => return Ok(()),
            Ended::Reload(new) => old = Some(std::mem::replace(&mut loaded, *new)),
        }
    }
}

type Opened = (App, Daemon, DaemonLock, Option<TcpListener>);

async fn open(loaded: Loaded, port: Option<TcpListener>) -> Result<Opened, Failure> {
    let listener = listen(loaded.config.http.as_ref(), port).await?;
    let app = App::open(loaded, Clock::System).await?;
    let (daemon, lock) = start(&app, true).await?;
    Ok((app, daemon, lock, listener))
}

/// The port for who watches. One that stays the same is kept over a reload: who asks meanwhile waits, and is not refused.
async fn listen(http: Option<&Http>, before: Option<TcpListener>) -> Result<Option<TcpListener>, Failure> {
    let Some(Http { listen }) = http else { return Ok(None) };
    if let Some(listener) = before.filter(|listener| listener.local_addr().is_ok_and(|address| address == *listen)) {
        return Ok(Some(listener));
    }
    TcpListener::bind(listen).await.map(Some).map_err(|error| {
        let message = format!("[http] 的 listen：不能监听 {listen}（{error}），请核对地址，或停掉占用这个端口的程序");
        // Another program may go away; an address that isn't this machine's doesn't come.
        if error.kind() == std::io::ErrorKind::AddrInUse { Failure::later(message) } else { Failure { code: 78, message } }
    })
}

/// Until a signal, or a fault that ends everything. The loops end when they are told to, each after what it
/// has in hand.
async fn live(
    daemon: &Daemon,
    signals: &mut Signals,
    load: impl Fn() -> Result<Loaded, ConfigError>,
    listener: Option<&TcpListener>,
) -> Result<Ended, DaemonError> {
    let (stop, stopping) = watch::channel(false);
    let observer = daemon.observer();
    let watched = async { tokio::join!(serve(listener, &observer), service::watchdog(&observer)).0 };
    let running = async {
        tokio::select! {
            outcome = daemon.run(stopping) => outcome,
            never = watched => match never {},
        }
    };
    tokio::pin!(running);
    let ended = tokio::select! {
        outcome = &mut running => return outcome.map(|()| Ended::Stop),
        ended = told_to_end(signals, load) => ended,
    };
    tracing::info!("stopping");
    if let Ended::Stop = ended {
        service::stopping();
    }
    let _ = stop.send(true);
    running.await?;
    Ok(ended)
}

/// The pages for who watches, for as long as it is polled.
async fn serve(listener: Option<&TcpListener>, observer: &Observer) -> Infallible {
    if let Some(listener) = listener {
        let observer = observer.clone();
        http::serve(listener, move |page| observer.clone().answer(page)).await;
    }
    pending().await
}

async fn told_to_end(signals: &mut Signals, load: impl Fn() -> Result<Loaded, ConfigError>) -> Ended {
    loop {
        tokio::select! {
            _ = signals.terminate.recv() => return Ended::Stop,
            _ = signals.interrupt.recv() => return Ended::Stop,
            _ = signals.hang_up.recv() => {
                service::reloading();
                match load() {
                    Ok(new) => return Ended::Reload(Box::new(new)),
                    Err(error) => tracing::error!(error = %error, "the new configuration is wrong; the old one stays"),
                }
                service::stays();
            }
        }
    }
}

/// One pass.
pub async fn poll(loaded: Loaded) -> Result<(), Failure> {
    let app = App::open(loaded, Clock::System).await?;
    let outcome = pass(&app).await;
    let _ = tokio::time::timeout(CLOSING, app.store.close()).await;
    outcome
}

/// One pass over an open app: receive, judge, deliver; what went wrong is told at the end.
pub async fn pass(app: &App) -> Result<(), Failure> {
    let (daemon, _lock) = start(app, false).await?;
    let others = daemon.sources().len() - daemon.own_sources().count();
    if others > 0 {
        eprintln!("{others}个邮箱此刻由其他节点处理，这次没有收取");
    }
    let has_none = others > 0 && others == daemon.sources().len();
    let faults = daemon.poll().await.faults;
    daemon.leave().await;
    if faults.iter().any(DaemonError::is_fatal) {
        app.store.abandon();
    }
    let Some(worst) = faults.iter().max_by_key(|fault| gravity(fault)).map(gravity) else {
        return if has_none {
            Err(Failure::later("没有一个邮箱由这次处理；要看由谁处理：zhihui node list"))
        } else {
            Ok(())
        };
    };
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

/// `stays`: not for one pass only.
async fn start(app: &App, stays: bool) -> Result<(Daemon, DaemonLock), Failure> {
    let lock = app.store.daemon_lock().map_err(|error| Failure::later(error.to_string()))?;
    let program = std::env::current_exe().map_err(Failure::failed)?;
    let daemon = app.daemon(program).await?;
    let taken = daemon.take_over(&lock, stays).await;
    if taken.as_ref().is_err_and(DaemonError::is_fatal) {
        app.store.abandon();
    }
    taken?;
    Ok((daemon, lock))
}
