//! Figures in Prometheus' text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).

use std::fmt::{Display, Write};

/// What a figure is.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// It goes up and down.
    Gauge,
    /// It only goes up, until the process begins anew.
    Counter,
    /// Counts by size.
    Histogram,
}

/// The text, family by family.
#[derive(Debug, Default)]
pub struct Exposition {
    text: String,
    family: &'static str,
}

impl Exposition {
    /// Begins a family: its samples follow.
    pub fn family(&mut self, name: &'static str, kind: Kind, help: &str) {
        let kind = match kind {
            Kind::Gauge => "gauge",
            Kind::Counter => "counter",
            Kind::Histogram => "histogram",
        };
        self.family = name;
        self.write(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }

    /// A sample of the family.
    pub fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) {
        self.sample_of("", labels, value);
    }

    /// A sample of a part of the family: `_bucket`, `_sum` or `_count` of a histogram.
    pub fn sample_of(&mut self, part: &str, labels: &[(&str, &str)], value: impl Display) {
        let family = self.family;
        self.write(format_args!("{family}{part}"));
        for (at, (name, label)) in labels.iter().enumerate() {
            let before = if at == 0 { '{' } else { ',' };
            self.write(format_args!("{before}{name}=\"{}\"", escaped(label)));
        }
        self.write(format_args!("{} {value}\n", if labels.is_empty() { "" } else { "}" }));
    }

    /// The whole text.
    pub fn into_text(self) -> String {
        self.text
    }

    fn write(&mut self, words: std::fmt::Arguments<'_>) {
        let _never_fails = self.text.write_fmt(words);
    }
}

fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_can_hold_anything() {
        let mut exposition = Exposition::default();
        exposition.family("zhihui_up", Kind::Gauge, "Whether it is up.");
        exposition.sample(&[], 1);
        exposition.sample(&[("mailbox", "省局\"\\\n"), ("loop", "judge")], 1.5);
        let text = "# HELP zhihui_up Whether it is up.\n# TYPE zhihui_up gauge\nzhihui_up 1\n\
                    zhihui_up{mailbox=\"省局\\\"\\\\\\n\",loop=\"judge\"} 1.5\n";
        assert_eq!(exposition.into_text(), text);
    }
}
