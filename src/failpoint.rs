//! Points between two durable steps, at which a test has the program die. They are compiled out unless the
//! feature `failpoints` is on.
//!
//! A point is named where it stands, `failpoint!("blob.renamed")`, and nowhere else: the crash tests look
//! for the names in the source, and fail where one is never reached. `ZHIHUI_FAILPOINT=NAME:N` aborts the
//! process when it comes to this point for the N-th time; `ZHIHUI_FAILPOINT_LOG=FILE` writes a line for
//! each point that was passed.

/// A point at which a test may have the program die.
macro_rules! failpoint {
    ($name:literal) => {
        #[cfg(feature = "failpoints")]
        crate::failpoint::reached($name);
    };
}

/// Dies here, if that was asked for.
#[cfg(feature = "failpoints")]
pub fn reached(name: &'static str) {
    use std::collections::BTreeMap;
    use std::io::Write;
    use std::sync::{Mutex, PoisonError};
    static PASSED: Mutex<BTreeMap<&'static str, u32>> = Mutex::new(BTreeMap::new());

    let mut passed = PASSED.lock().unwrap_or_else(PoisonError::into_inner);
    let count = passed.entry(name).or_default();
    *count += 1;
    if let Ok(path) = std::env::var("ZHIHUI_FAILPOINT_LOG") {
        let file = std::fs::File::options().append(true).create(true).open(path);
        let _ = file.and_then(|mut file| file.write_all(format!("{name}\n").as_bytes()));
    }
    if std::env::var("ZHIHUI_FAILPOINT").is_ok_and(|asked| asked == format!("{name}:{count}")) {
        std::process::abort();
    }
}
