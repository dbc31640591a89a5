//! How fast a full mailbox is received: a real Dovecot and a real SMTP sink on 127.0.0.1, the program between them.
//!
//! `cargo bench --bench throughput` fills the mailbox itself with mails of 200 kB (a form of 40 kB and an attachment of
//! 110 kB), plays each kind of mail through `zhihui poll`, and prints, a line each: mails and replies a second by the
//! clock, the CPU's time and the peak memory of the program and of its largest worker. `--counts` counts fsyncs and IMAP
//! round trips in a run of its own. `--python` and `--mbsync` do the same mailbox with a script and with isync, in turn with the program.

#![expect(clippy::expect_used, reason = "a bench that can't make its input has failed")]

#[expect(dead_code, reason = "a part of the tests' servers")]
#[path = "../../tests/support/mod.rs"]
mod support;

mod mailbox;
mod measure;
mod nodes;
mod office;
mod proxy;

use clap::Parser;
use mailbox::Kind;
use measure::Figures;
use office::Office;
use std::time::Duration;

#[derive(Parser)]
struct Arguments {
    /// How many mails of each kind.
    #[arg(long, default_value_t = 1000)]
    mails: usize,
    /// What is attached: pdf, photograph, scan.
    #[arg(long, value_delimiter = ',', default_value = "pdf,photograph,scan")]
    kinds: Vec<Kind>,
    /// Milliseconds to the IMAP server and back, beside the loopback's own; measured in a second run.
    #[arg(long)]
    latency: Option<u64>,
    /// Counts fsyncs, under strace, and IMAP round trips in a run of its own.
    #[arg(long)]
    counts: bool,
    /// Plays the mailbox through `baseline.py` too (python3-docx).
    #[arg(long)]
    python: bool,
    /// Copies the mailbox with mbsync and fsync too (isync).
    #[arg(long)]
    mbsync: bool,
    /// Instead of that, so many processes on a PostgreSQL server of its own, one number after the other.
    #[arg(long, value_delimiter = ',')]
    processes: Vec<usize>,
    /// The mailboxes that these share.
    #[arg(long, default_value_t = 12)]
    mailboxes: usize,
    /// Cargo says so.
    #[arg(long, hide = true)]
    bench: bool,
}

/// Several processes, and how much faster they are than the first number of them.
fn share(arguments: &Arguments) {
    println!("attached     processes      a second  ratio   CPU ms   with servers   mailboxes of each");
    for kind in &arguments.kinds {
        let mut first = None;
        for processes in &arguments.processes {
            let nodes::Shared { rate, cpu: (ours, all), shares } = nodes::share(*kind, arguments.mails, arguments.mailboxes, *processes);
            let ratio = rate / *first.get_or_insert(rate);
            println!("{kind:<12} {processes:>9} {rate:>13.1} {ratio:>6.2} {ours:>8.2} {all:>14.2}   {shares:?}");
        }
    }
}

fn main() {
    let arguments = Arguments::parse();
    if !arguments.processes.is_empty() {
        return share(&arguments);
    }
    println!("{}", Figures::HEADER);
    for kind in &arguments.kinds {
        let office = Office::filled(*kind, arguments.mails);
        let ours = office.receive();
        println!("{kind:<12} zhihui        {ours}");
        println!("{kind:<12} replies       {}", office.drain());
        if arguments.python {
            let theirs = office.python();
            println!("{kind:<12} python        {theirs}");
            println!("{kind:<12} ratio         {:.1}", ours.rate() / theirs.rate());
        }
        if arguments.mbsync {
            let theirs = office.mbsync();
            println!("{kind:<12} mbsync        {theirs}");
            println!("{kind:<12} ratio         {:.2}", ours.rate() / theirs.rate());
        }
        if let Some(milliseconds) = arguments.latency {
            let far = office.receive_from_afar(Duration::from_millis(milliseconds));
            println!("{kind:<12} {milliseconds:>3} ms away   {far}");
            println!("{kind:<12} ratio         {:.2}", far.rate() / ours.rate());
        }
        if arguments.counts {
            let (fsyncs, round_trips) = office.counts();
            println!("{kind:<12} a mail        {fsyncs:.3} fsyncs, {round_trips:.3} IMAP round trips");
        }
    }
}
