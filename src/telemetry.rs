//! `tracing` events into lines on standard error: for people on a terminal, as JSON lines otherwise.
//!
//! `ZHIHUI_LOG`, else `RUST_LOG`, says what is logged (`info`, `zhihui=debug,sqlx=warn`). Whatever it says,
//! the libraries that would log a mail's or a login's words are held at warnings. What a server answered may name
//! people: see `mask`.

mod mask;

use crate::{clock::Clock, config::ConfigError, model::time};
use std::io::IsTerminal;
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::Targets,
    fmt::{MakeWriter, format::Writer, time::FormatTime},
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

/// What is logged when nobody says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usual {
    /// By what runs by itself: everything that it does.
    Work,
    /// By a command that talks to a person: only what goes wrong, since lines of a log in the midst of it are read by nobody.
    Faults,
}

impl Usual {
    fn filter(self) -> &'static str {
        match self {
            Usual::Work => "info,sqlx=warn,rustls=warn",
            Usual::Faults => "error",
        }
    }
}

/// Libraries that log what goes over the wire.
const WIRETAPS: [&str; 4] = ["async_imap", "imap_proto", "lettre", "mail_parser"];

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum LogFormat {
    /// `human` on a terminal, `json` otherwise.
    #[default]
    Auto,
    /// For people.
    Human,
    /// A JSON object a line.
    Json,
}

/// Starts logging to standard error; once per process.
pub fn start(format: LogFormat, usual: Usual) -> Result<(), ConfigError> {
    let terminal = std::io::stderr().is_terminal();
    let is_json = match format {
        LogFormat::Auto => !terminal,
        LogFormat::Human => false,
        LogFormat::Json => true,
    };
    let written = ["ZHIHUI_LOG", "RUST_LOG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()).map(|value| (name, value)));
    let filter = match &written {
        Some((name, value)) => filter(value)
            .map_err(|_| ConfigError::one(format!("环境变量 {name}：写法不对，应写成 “info” 或 “info,zhihui=debug” 这样。")))?,
        None => filter(usual.filter()).map_err(|error| ConfigError::one(error.to_string()))?,
    };
    let registry = tracing_subscriber::registry().with(filter).with(quiet_wiretaps());
    let registry = registry.with(lines(if is_json { Lines::Json } else { Lines::Human { colour: terminal } }, std::io::stderr));
    registry.try_init().map_err(|_| ConfigError::one("日志已经启动过，请勿重复启动。"))
}

fn filter(written: &str) -> Result<EnvFilter, tracing_subscriber::filter::ParseError> {
    EnvFilter::builder().parse(written)
}

/// Applies on top of the filter, so that no wording of it lets more through.
fn quiet_wiretaps() -> Targets {
    Targets::new().with_default(LevelFilter::TRACE).with_targets(WIRETAPS.map(|target| (target, LevelFilter::WARN)))
}

enum Lines {
    Human { colour: bool },
    Json,
}

fn lines<S, W>(lines: Lines, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(mask::Masking(writer)).with_timer(OfficeTime);
    match lines {
        Lines::Human { colour } => layer.with_ansi(colour).with_target(false).boxed(),
        Lines::Json => layer.json().flatten_event(true).with_current_span(false).with_span_list(true).boxed(),
    }
}

/// The time as the office counts it, `2023-06-30T23:59:59+08:00`.
struct OfficeTime;

impl FormatTime for OfficeTime {
    fn format_time(&self, writer: &mut Writer<'_>) -> std::fmt::Result {
        writer.write_str(&time::rfc3339(Clock::System.now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: Lines, written: &str, events: impl FnOnce()) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let registry = tracing_subscriber::registry().with(filter(written).unwrap()).with(quiet_wiretaps());
        tracing::subscriber::with_default(registry.with(lines(format, move || writer.clone())), events);
        let bytes = kept.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn json_is_an_object_a_line_with_its_spans() {
        let text = logged(Lines::Json, "info", || {
            let _span = tracing::info_span!("message", message.id = 7).entered();
            tracing::info!(attempt = 1, "第一行\n第二行");
            tracing::debug!("unheard");
        });
        let line: serde_json::Value = serde_json::from_str(text.trim_end()).unwrap();
        assert_eq!((&line["level"], &line["message"], &line["attempt"]), (&"INFO".into(), &"第一行\n第二行".into(), &1.into()));
        assert_eq!(line["spans"][0]["message.id"], 7);
        assert!(line["timestamp"].as_str().unwrap().ends_with("+08:00"));
    }

    #[test]
    fn no_filter_lets_the_wire_through() {
        let text = logged(Lines::Human { colour: false }, "trace,async_imap::client=trace", || {
            tracing::trace!(target: "async_imap::client", "LOGIN user hunter2");
            tracing::debug!(target: "lettre::transport", "a body");
            tracing::warn!(target: "async_imap::client", "lost");
            tracing::trace!("ours");
        });
        assert!(!text.contains("hunter2") && !text.contains("body"), "{text}");
        assert!(text.contains("lost") && text.contains("ours"), "{text}");
    }

    #[test]
    fn nobody_can_be_called_or_written_to_from_the_log() {
        for format in [Lines::Json, Lines::Human { colour: false }] {
            let text = logged(format, "info", || {
                let error = "550 <zhang.san@unit.example>: unknown\n139 0001 2345，0719-5526248";
                tracing::warn!(error, "not sent");
            });
            assert!(!["zhang", "san@", "0001 2345", "5526248"].iter().any(|word| text.contains(word)), "{text}");
            assert!(text.contains("z***@unit.example"), "{text}");
        }
    }

    #[test]
    fn a_wrong_filter_is_an_error() {
        assert!(filter("zhihui=loud").is_err());
    }
}
