//! What a worker may use, set by itself before it reads a byte of mail (setrlimit(2)).
//!
//! The wall-clock limit of each mail is the parent's. This is not a sandbox against code that a mail
//! smuggles in: it keeps honest parsers from taking the machine with them.

use rustix::process::{Resource, Rlimit, setrlimit};
use std::io;

/// A worker's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of address space. An allocation beyond it aborts the worker.
    pub memory: u64,
    /// Seconds of processor time over its whole life. A parent retires a worker long before; this ends one whose parent was killed.
    pub cpu_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory: 1 << 30, cpu_seconds: 600 }
    }
}

/// Limits this process for good. Descriptors that are open stay usable; no new one can be opened.
pub fn apply(limits: &Limits) -> io::Result<()> {
    let both = |most: u64| Rlimit { current: Some(most), maximum: Some(most) };
    setrlimit(Resource::As, both(limits.memory))?;
    setrlimit(Resource::Cpu, both(limits.cpu_seconds))?;
    setrlimit(Resource::Core, both(0))?;
    setrlimit(Resource::Fsize, both(0))?;
    setrlimit(Resource::Nofile, both(0))?;
    Ok(())
}
