//! `/healthz`, `/readyz` and `/metrics` of a daemon whose servers go away and come back.

use crate::{
    arrive,
    site::{AT_ONCE, Site, eventually, imap, smtp},
    support::{
        dovecot::Dovecot,
        process::{free_port, program},
        smtp_sink::SmtpSink,
    },
};
use rustix::process::Signal;
use std::{collections::BTreeMap, process::Command, time::Duration};

const PATIENCE: Duration = Duration::from_secs(60);
const TO_END: Duration = Duration::from_secs(10);

/// The section of the configuration, and where it listens.
fn http() -> (String, Watch) {
    let port = free_port();
    (format!("[http]\nlisten = \"127.0.0.1:{port}\"\n"), Watch { port })
}

/// Who watches.
struct Watch {
    port: u16,
}

impl Watch {
    /// The status of a page, 0 where nobody answers, and what it says.
    fn ask(&self, page: &str) -> (u16, String) {
        self.ask_by("GET", page)
    }

    fn ask_by(&self, method: &str, page: &str) -> (u16, String) {
        let url = format!("http://127.0.0.1:{}{page}", self.port);
        let mut curl = Command::new(program("curl", "curl"));
        curl.args(["--silent", "--noproxy", "*", "--max-time", "20", "--request", method, "--write-out", "\n%{http_code}", &url]);
        let output = curl.output().expect("curl runs");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let (page, status) = text.rsplit_once('\n').expect("the status is the last line");
        (status.parse().expect("a number"), page.to_owned())
    }

    fn is(&self, page: &str, status: u16) -> bool {
        self.ask(page).0 == status
    }

    /// The figures by name and labels.
    fn figures(&self) -> BTreeMap<String, f64> {
        let (status, text) = self.ask("/metrics");
        assert_eq!(status, 200);
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        samples
            .map(|line| {
                let (name, value) = line.rsplit_once(' ').expect("a name and a value");
                (name.to_owned(), value.parse().expect("a number"))
            })
            .collect()
    }
}

/// Neither who wrote, nor to whom, nor about what, nor with which password.
fn assert_impersonal(text: &str) {
    for word in ["19900001001", "secret", "计量技术服务", "@", "unit.example", "127.0.0.1", "陈楚江"] {
        assert!(!text.contains(word), "{word} stands in {text}");
    }
}

#[test]
fn a_mailbox_that_goes_away_and_comes_back_is_told_by_ages_and_by_reasons() {
    let (mut dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let (section, watch) = http();
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE, &section]);
    arrive(&dovecot, &["001-plain-word", "806-prefecture"]);
    assert_eq!(watch.ask("/healthz").0, 0, "nobody listens yet");
    let daemon = site.start(&["run"]);
    assert!(eventually(PATIENCE, || sink.arrived().len() == 2), "both are answered");
    assert!(eventually(PATIENCE, || watch.ask("/readyz") == (200, "ready\n".into())), "{:?}", watch.ask("/readyz"));
    assert_eq!(watch.ask("/healthz"), (200, "alive\n".into()));
    assert_eq!(watch.ask_by("HEAD", "/nothing").0, 404);
    assert_eq!(watch.ask_by("POST", "/readyz").0, 405);

    let figures = watch.figures();
    let figure = |name: &str| *figures.get(name).unwrap_or_else(|| panic!("{name} is missing in {figures:?}"));
    for (name, least) in [("parse", 2.0), ("store", 1.0), ("send", 2.0), ("fetch", 1.0), ("keep", 1.0)] {
        assert!(figure(&format!("zhihui_stage_duration_seconds_count{{stage=\"{name}\"}}")) >= least, "{name}: {figures:?}");
        assert!(figure(&format!("zhihui_stage_duration_seconds_sum{{stage=\"{name}\"}}")) > 0.0, "{name}: {figures:?}");
    }
    assert_eq!(figure("zhihui_delivery_total{outcome=\"sent\"}"), 2.0);
    assert_eq!((figure("zhihui_database_up"), figure("zhihui_smtp_breaker_open"), figure("zhihui_unsent")), (1.0, 0.0, 0.0));
    assert_eq!((figure("zhihui_unprocessed{mailbox=\"main\"}"), figure("zhihui_quarantine")), (0.0, 0.0));
    assert!(figure("zhihui_mailbox_last_good_poll_age_seconds{mailbox=\"main\"}") < 90.0);
    assert_impersonal(&watch.ask("/metrics").1);

    dovecot.stop();
    assert!(eventually(PATIENCE, || watch.is("/readyz", 503)), "a mailbox that is away is told");
    let (_, reasons) = watch.ask("/readyz");
    assert!(reasons.contains("邮箱 main 已有") && reasons.contains("mailbox main was not read for"), "{reasons}");
    assert_impersonal(&reasons);
    assert!(watch.is("/healthz", 200), "the process is not to blame, and to begin it anew would mend nothing");
    assert!(watch.figures()["zhihui_mailbox_failures_in_a_row{mailbox=\"main\"}"] >= 2.0);

    dovecot.start_again();
    assert!(eventually(PATIENCE, || watch.is("/readyz", 200)), "{:?}", watch.ask("/readyz"));
    assert_eq!(watch.figures()["zhihui_mailbox_failures_in_a_row{mailbox=\"main\"}"], 0.0);
    daemon.terminate(TO_END).assert(0, &[]);
    assert_eq!(watch.ask("/healthz").0, 0, "it has ended");
}

#[test]
fn an_smtp_server_that_is_gone_opens_the_breaker_until_a_mail_goes() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let (section, watch) = http();
    let gone = free_port();
    let site = Site::new(&[&imap(&dovecot), &smtp(gone), AT_ONCE, &section]);
    arrive(&dovecot, &["001-plain-word"]);
    let daemon = site.start(&["run"]);
    let breaker = || watch.ask("/metrics").1.lines().any(|line| line == "zhihui_smtp_breaker_open 1");
    assert!(eventually(PATIENCE, breaker), "{}", watch.ask("/metrics").1);
    let (status, reasons) = watch.ask("/readyz");
    assert!(status == 503 && reasons.contains("发信服务器无法使用") && reasons.contains("the SMTP server can't be used"), "{reasons}");
    let figures = watch.figures();
    assert_eq!((figures["zhihui_unsent"], figures["zhihui_outbox{state=\"queued\"}"]), (1.0, 1.0));
    assert!(figures["zhihui_oldest_unsent_age_seconds"] > 0.0 && figures["zhihui_smtp_breaker_age_seconds"] > 0.0);
    assert!(figures.contains_key("zhihui_alarm_age_seconds{kind=\"smtp\",mailbox=\"\"}"), "{figures:?}");

    // The port is kept over the reload: whoever asks meanwhile gets an answer.
    site.change(&format!("port = {gone}"), &format!("port = {}", sink.port));
    daemon.signal(Signal::HUP);
    assert!(eventually(PATIENCE, || sink.arrived().len() == 1), "the reply goes after all");
    assert!(eventually(PATIENCE, || watch.is("/readyz", 200)), "{:?}", watch.ask("/readyz"));
    let figures = watch.figures();
    assert_eq!((figures["zhihui_smtp_breaker_open"], figures["zhihui_unsent"]), (0.0, 0.0));
    daemon.terminate(TO_END).assert(0, &[]);
}

#[test]
fn a_refused_login_is_a_reason_at_once() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "another")]), SmtpSink::start());
    let (section, watch) = http();
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE, &section]);
    let daemon = site.start(&["run"]);
    let is_told = || watch.ask("/readyz").1.contains("邮箱 main 拒绝登录，请核对授权码 / mailbox main refuses the login");
    assert!(eventually(PATIENCE, is_told), "{:?}", watch.ask("/readyz"));
    assert!(watch.figures().contains_key("zhihui_alarm_age_seconds{kind=\"login\",mailbox=\"main\"}"));
    daemon.terminate(TO_END).assert(0, &[]);
}

#[test]
fn a_port_that_is_taken_is_said_and_tried_again_later() {
    let (dovecot, sink) = (Dovecot::start(&[("cases", "secret")]), SmtpSink::start());
    let section = format!("[http]\nlisten = \"127.0.0.1:{}\"\n", sink.port);
    let site = Site::new(&[&imap(&dovecot), &smtp(sink.port), AT_ONCE, &section]);
    site.run(&["run"]).assert(75, &["不能监听 127.0.0.1", "停掉占用这个端口的程序"]);
    site.change(&format!("[http]\nlisten = \"127.0.0.1:{}\"", sink.port), "[http]\nlisten = \"192.0.2.1:9310\"");
    site.run(&["run"]).assert(78, &["不能监听 192.0.2.1:9310"]);
}
