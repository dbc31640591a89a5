//! What a worker may use, set by itself before it reads a byte of mail (setrlimit(2)).
//!
//! How long each mail may take is for the parent to say. These limits keep honest parsers from taking the
//! machine with them; what a parser may do at all is the [`sandbox`](super::sandbox)'s.

use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};
use std::io;

/// A worker's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of address space. An allocation beyond it aborts the worker.
    pub memory: u64,
    /// Bytes of stack. Recursion beyond it aborts the worker.
    pub stack: u64,
    /// Seconds of processor time over its whole life. A parent retires a worker long before; this ends one whose parent was killed.
    pub cpu_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory: 1 << 30, stack: 8 << 20, cpu_seconds: 600 }
    }
}

/// What a worker needs none of: files written, descriptors, locked memory, core files, queues. Processes are not here:
/// their limit counts threads too, of all that its user runs, and one library parses on a thread of its own.
const NONE: [Resource; 5] = [Resource::Fsize, Resource::Nofile, Resource::Memlock, Resource::Core, Resource::Msgqueue];

/// Limits this process for good. Descriptors that are open stay usable; no new one can be opened.
pub fn apply(limits: &Limits) -> io::Result<()> {
    // A core file would hold a mail, and RLIMIT_CORE does not hold where cores go to a program (core(5)).
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    lower(Resource::As, limits.memory)?;
    lower(Resource::Stack, limits.stack)?;
    lower(Resource::Cpu, limits.cpu_seconds)?;
    NONE.into_iter().try_for_each(|resource| lower(resource, 0))
}

/// Where somebody has set a lower limit already, it stays: raising one takes privileges.
fn lower(resource: Resource, most: u64) -> io::Result<()> {
    let now = getrlimit(resource);
    let maximum = now.maximum.map_or(most, |limit| limit.min(most));
    let current = now.current.map_or(maximum, |limit| limit.min(maximum));
    Ok(setrlimit(resource, Rlimit { current: Some(current), maximum: Some(maximum) })?)
}
