//! What a service manager is told over its socket (sd_notify(3)).

use crate::{
    arrive,
    site::{AT_ONCE, Site, eventually, imap, smtp},
    support::{dovecot::Dovecot, smtp_sink::SmtpSink},
};
use rustix::process::Signal;
use sd_notify::NotifyState;
use std::{fs, os::unix::net::UnixDatagram, time::Duration};
use zhihui::clock::Stopwatch;

const PATIENCE: Duration = Duration::from_secs(60);
const TO_END: Duration = Duration::from_secs(10);

/// A service manager's end of the socket.
struct Manager {
    socket: UnixDatagram,
}

impl Manager {
    /// Listens in the site's folder; the variables tell the program where.
    fn listen(site: &Site, watchdog: Option<Duration>) -> (Manager, Vec<(String, String)>) {
        let path = site.path("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket can be made");
        let mut variables = vec![("NOTIFY_SOCKET".to_owned(), path.to_str().expect("UTF-8").to_owned())];
        variables.extend(watchdog.map(|within| ("WATCHDOG_USEC".to_owned(), within.as_micros().to_string())));
        (Manager { socket }, variables)
    }

    /// The next message that isn't a watchdog's, line by line.
    fn told(&self) -> Vec<String> {
        let watch = Stopwatch::start();
        loop {
            let left = PATIENCE.checked_sub(watch.elapsed()).expect("it is told in time");
            let message = self.next(left).expect("it is told in time");
            if message != ["WATCHDOG=1"] {
                return message;
            }
        }
    }

    fn next(&self, within: Duration) -> Option<Vec<String>> {
        self.socket.set_read_timeout(Some(within)).expect("it can be set");
        let mut buffer = [0; 4096];
        let length = self.socket.recv(&mut buffer).ok()?;
        Some(std::str::from_utf8(&buffer[..length]).expect("UTF-8").lines().map(str::to_owned).collect())
    }
}

fn monotonic_usec() -> i128 {
    match NotifyState::monotonic_usec_now().expect("the kernel tells it") {
        NotifyState::MonotonicUsec(now) => now,
        other => panic!("{other:?} is no instant"),
    }
}

#[test]
fn it_is_ready_reloads_and_stops_in_words_that_systemd_knows() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
    let (manager, variables) = Manager::listen(&site, None);
    let right = fs::read_to_string(site.path("zhihui.toml")).expect("the configuration");
    let daemon = site.start_with(&variables, &["run"]);
    let ready = manager.told();
    assert_eq!(ready, ["READY=1", "STATUS=运行中，邮箱1个"]);

    // A configuration that is wrong: the old one stays, and the reload is over.
    for (configuration, status) in [(right.replace("[limits]", "[limit]"), "新配置有误，仍按原配置运行"), (right, "运行中，邮箱1个")]
    {
        site.write("zhihui.toml", configuration);
        let before = monotonic_usec();
        daemon.signal(Signal::HUP);
        let reloading = manager.told();
        assert_eq!(reloading[0], "RELOADING=1");
        let at = reloading.iter().find_map(|line| line.strip_prefix("MONOTONIC_USEC=")).expect("its instant is told");
        assert!((before..=monotonic_usec()).contains(&at.parse().expect("a number")), "{reloading:?}");
        assert_eq!(manager.told(), ["READY=1".to_owned(), format!("STATUS={status}")]);
    }
    arrive(&dovecot, &["001-plain-word"]);
    assert!(eventually(PATIENCE, || sink.arrived().len() == 1), "it works on");
    daemon.terminate(TO_END).assert(0, &[]);
    assert_eq!(manager.told()[0], "STOPPING=1");
    assert_eq!(manager.next(Duration::from_millis(200)), None, "neither does a worker say anything");
}

#[test]
fn a_start_that_fails_is_never_ready() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
    // `secret` is a file, and no folder.
    site.change("sqlite:zhihui.db", "sqlite:secret/zhihui.db");
    let (manager, variables) = Manager::listen(&site, Some(Duration::from_millis(600)));
    let ended = site.start_with(&variables, &["run"]).wait(PATIENCE);
    assert_ne!(ended.code, Some(0), "{ended:?}");
    assert_eq!(manager.next(Duration::from_millis(200)), None);
}

#[test]
fn the_watchdog_is_told_while_the_process_goes_on_and_not_while_it_stands_still() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
    let within = Duration::from_millis(1500);
    let (manager, variables) = Manager::listen(&site, Some(within));
    let daemon = site.start_with(&variables, &["run"]);
    assert_eq!(manager.told()[0], "READY=1");
    for _ in 0..3 {
        assert_eq!(manager.next(PATIENCE).expect("a sign"), ["WATCHDOG=1"]);
    }
    daemon.signal(Signal::STOP);
    // What was on its way.
    while manager.next(within / 3).is_some() {}
    assert_eq!(manager.next(within), None, "who stands still says nothing");
    daemon.signal(Signal::CONT);
    assert!(manager.next(PATIENCE).is_some(), "it goes on");
    daemon.terminate(TO_END).assert(0, &[]);
}

/// Another process's watchdog is none of ours: systemd names the process that it means.
#[test]
fn a_watchdog_that_means_another_process_is_told_nothing() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE]);
    let (manager, mut variables) = Manager::listen(&site, Some(Duration::from_millis(300)));
    variables.push(("WATCHDOG_PID".into(), "1".into()));
    let daemon = site.start_with(&variables, &["run"]);
    assert_eq!(manager.told()[0], "READY=1");
    assert_eq!(manager.next(Duration::from_secs(1)), None);
    daemon.terminate(TO_END).assert(0, &[]);
}
