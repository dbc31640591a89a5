//! The system calls that reading a mail takes, all others being the end of the process (SIGSYS).
//!
//! The list is what std and a libc call on behalf of pure code: reading and writing what is open, memory,
//! threads, time, randomness, locks, and dying with a message. What isn't on it: anything with a path, a
//! socket or another process. A kernel filters by number and arguments only, never by what a pointer points to.

use libc::{CLONE_THREAD, EACCES, ENOSYS, EPERM, PR_SET_NAME, PROT_EXEC, c_int, c_long};
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, apply_filter,
};
use std::collections::BTreeMap;

/// System calls, each with the conditions under which a rule holds for it; without any it always does.
type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Allowed whatever the arguments.
const FREE: [c_long; 27] = [
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_close,
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_getrandom,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// Refused without an end. std looks into /proc for the number of cores, and glibc's allocator for how memory may be
/// overcommitted; both do well without.
const WITHOUT_FILES: (c_int, &[c_long]) = (
    EACCES,
    &[
        libc::SYS_openat,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_open,
    ],
);

/// Its flags stand in memory, where no filter looks. A libc that is told so takes clone(2).
const WITHOUT_CLONE3: (c_int, &[c_long]) = (ENOSYS, &[libc::SYS_clone3]);

/// Allows this thread, and those that it will start, nothing but the list.
pub fn restrict() -> Result<(), seccompiler::Error> {
    let process = std::process::id();
    // Of several filters the strictest answer counts. The last one forbids further ones.
    for (error, calls) in [WITHOUT_FILES, WITHOUT_CLONE3] {
        apply_filter(&refusing(error, always(calls))?)?;
    }
    apply_filter(&refusing(EPERM, signals_to_others(process)?)?)?;
    apply_filter(&allowing(process)?)
}

fn refusing(error: c_int, rules: Rules) -> Result<BpfProgram, BackendError> {
    program(rules, SeccompAction::Allow, SeccompAction::Errno(error.unsigned_abs()))
}

fn always<'a>(calls: impl IntoIterator<Item = &'a c_long>) -> Rules {
    calls.into_iter().map(|call| (*call, Vec::new())).collect()
}

/// musl's abort(3) signals its thread by tkill(2), which names no process: only the first thread can be told from those of
/// others. Another thread that may not goes on to a trap, and dies of that.
fn signals_to_others(process: u32) -> Result<Rules, BackendError> {
    Ok(Rules::from([(libc::SYS_tkill, vec![only(0, (SeccompCmpOp::Ne, process.into()))?])]))
}

/// The filter of the process with this id.
fn allowing(process: u32) -> Result<BpfProgram, BackendError> {
    let refused = WITHOUT_FILES.1.iter().chain(WITHOUT_CLONE3.1).chain(&[libc::SYS_tkill]);
    let mut rules = always(FREE.iter().chain(refused));
    let conditional = [
        // Memory that can be executed is for code, and all code is there.
        (libc::SYS_mmap, 2, without(PROT_EXEC)),
        (libc::SYS_mprotect, 2, without(PROT_EXEC)),
        // A thread, and no process.
        (libc::SYS_clone, 0, with(CLONE_THREAD)),
        // A thread's name.
        (libc::SYS_prctl, 0, exactly(PR_SET_NAME.unsigned_abs())),
        // abort(3) sends its signal to its own thread.
        (libc::SYS_tgkill, 0, exactly(process)),
    ];
    for (call, argument, condition) in conditional {
        rules.insert(call, vec![only(argument, condition)?]);
    }
    program(rules, SeccompAction::KillProcess, SeccompAction::Allow)
}

fn only(argument: u8, (operator, value): (SeccompCmpOp, u64)) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(vec![SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)?])
}

fn program(rules: Rules, otherwise: SeccompAction, listed: SeccompAction) -> Result<BpfProgram, BackendError> {
    SeccompFilter::new(rules, otherwise, listed, std::env::consts::ARCH.try_into()?)?.try_into()
}

fn without(flag: c_int) -> (SeccompCmpOp, u64) {
    (SeccompCmpOp::MaskedEq(flag.unsigned_abs().into()), 0)
}

fn with(flag: c_int) -> (SeccompCmpOp, u64) {
    (SeccompCmpOp::MaskedEq(flag.unsigned_abs().into()), flag.unsigned_abs().into())
}

fn exactly(value: u32) -> (SeccompCmpOp, u64) {
    (SeccompCmpOp::Eq, value.into())
}
