//! What a worker can reach, given up by itself before it reads a byte of mail: no privileges
//! (`PR_SET_NO_NEW_PRIVS`), no file and no network (landlock(7)), no system call but those that reading
//! takes (seccomp(2), `syscalls`).
//!
//! A kernel that lacks one of the last two still reads mail, and the parent is told what is missing.

use super::limits::{self, Limits};
use super::syscalls;
use landlock::{ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetError, RulesetStatus, Scope};
use serde::{Deserialize, Serialize};
use std::{fmt, io};

/// How much of a barrier stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Barrier {
    /// All of it.
    Whole,
    /// What this kernel knows of it.
    Partial,
    /// Nothing, for this reason.
    Missing(String),
}

/// What confines a worker beside its limits, which always hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    /// Files, TCP, and signals and abstract sockets of others.
    pub landlock: Barrier,
    /// System calls.
    pub seccomp: Barrier,
}

impl Confinement {
    /// Whether nothing is missing.
    pub fn is_whole(&self) -> bool {
        self.landlock == Barrier::Whole && self.seccomp == Barrier::Whole
    }
}

impl fmt::Display for Barrier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Barrier::Whole => formatter.write_str("whole"),
            Barrier::Partial => formatter.write_str("partial"),
            Barrier::Missing(reason) => write!(formatter, "missing: {reason}"),
        }
    }
}

/// Confines this process, which has one thread, for good. Fails where a limit can't be set.
///
/// The order matters: each step takes system calls that a later one forbids.
pub fn enter(limits: &Limits) -> io::Result<Confinement> {
    rustix::thread::set_no_new_privs(true)?;
    let landlock = close_files_and_network().unwrap_or_else(|error| Barrier::Missing(error.to_string()));
    limits::apply(limits)?;
    let seccomp = match syscalls::restrict() {
        Ok(()) => Barrier::Whole,
        Err(error) => Barrier::Missing(error.to_string()),
    };
    Ok(Confinement { landlock, seccomp })
}

/// Landlock with every right handled and none granted.
pub fn close_files_and_network() -> Result<Barrier, RulesetError> {
    let abi = ABI::V6;
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))?
        .handle_access(AccessNet::from_all(abi))?
        .scope(Scope::from_all(abi))?
        .create()?
        .restrict_self()?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced => Barrier::Whole,
        RulesetStatus::PartiallyEnforced => Barrier::Partial,
        RulesetStatus::NotEnforced => Barrier::Missing("not supported by this kernel".into()),
    })
}
