//! Every statement of the program over a record of a million cases of 31 campaigns: how it is looked up, and how long it takes.
//!
//! `cargo bench --bench million -- [--cases N] [--server]` makes a few cases through the program's own code and multiplies them by
//! SQL, in a file or on a private PostgreSQL server; plays the commands with their statements in the log; and prints, for each
//! statement that reads a whole large table or index, what that is, its time, and the command. `--all` prints the others too. 5 GB,
//! which go in the end.

#![expect(clippy::expect_used, clippy::panic, reason = "a bench that can't make its input has failed")]

#[path = "../filler/mod.rs"]
mod filler;
mod multiply;
mod plans;
mod play;
#[expect(dead_code, reason = "a part of the tests' servers")]
#[path = "../../tests/support/mod.rs"]
mod support;

use clap::Parser;
use filler::Lengths;
use play::Deployment;
use support::postgres::Postgres;
use zhihui::clock::Stopwatch;
use zhihui::store::Store;

/// So many are made one by one.
const BASE: usize = 1000;

#[derive(Parser)]
struct Arguments {
    #[arg(long, default_value_t = 1_000_000)]
    cases: usize,
    /// On PostgreSQL, and not in a file.
    #[arg(long)]
    server: bool,
    /// Prints what is found by an index, too.
    #[arg(long)]
    all: bool,
    /// Cargo says so.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let arguments = Arguments::parse();
    let postgres = arguments.server.then(Postgres::start);
    let deployment = Deployment::new(postgres.as_ref().map(Postgres::database), arguments.cases);
    let url = deployment.url();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let watch = Stopwatch::start();
    runtime.block_on(async {
        let store = Store::open(&url).await.expect("a database");
        filler::fill(&store, BASE, Lengths { introduction: 60, file: 40, reply: 300 }).await;
        store.close().await;
        multiply::multiply(&url, BASE, arguments.cases / BASE).await;
    });
    println!("filled with {} cases in {:.0?}", arguments.cases, watch.elapsed());
    if let Some(postgres) = &postgres {
        plans::ask_server_for_plans(postgres, &url);
        println!("{}", postgres.sql("d0", "SELECT pg_size_pretty(pg_database_size('d0'))").trim());
    }
    let statements = deployment.play();
    let mut rows = match &postgres {
        Some(postgres) => plans::of_server(&postgres.log(), &statements, BASE),
        None => runtime.block_on(plans::of_file(&url, &statements)),
    };
    rows.sort_by(|a, b| b.longest_ms.total_cmp(&a.longest_ms));
    println!("{} statements; over a whole table or index:", rows.len());
    for row in rows.iter().filter(|row| arguments.all || !row.scans.is_empty()) {
        println!("{:>9.1} ms | {} | {} | {}", row.longest_ms, row.command, row.scans.join("; "), row.statement);
    }
}
