//! `zhihui`: reads the arguments, runs the command, and turns its end into an exit code.

use std::process::ExitCode;
use zhihui::cli::Cli;

fn main() -> ExitCode {
    match Cli::read().and_then(Cli::run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{}", failure.message);
            ExitCode::from(failure.code)
        }
    }
}
