//! The proof that no other daemon works on a SQLite database: an OS lock (`flock(2)`) on `<database>.lock`.
//!
//! The kernel lets go of it when the process ends, however it ends. So whoever holds it knows that every
//! lease in the database belongs to a dead process, and a restart waits for nothing.

use super::{Dialect, Result, Store, StoreError};
use std::{fs::File, path::PathBuf};

/// Held as long as the daemon runs.
#[derive(Debug)]
pub struct DaemonLock {
    file: Option<File>,
}

impl DaemonLock {
    /// Whether no other process can hold a lease.
    pub(super) fn is_exclusive(&self) -> bool {
        self.file.is_some()
    }
}

impl Store {
    /// Takes the lock, or says at once that another holds it ([`StoreError::Locked`]). On PostgreSQL many
    /// daemons may run, and the guard proves nothing.
    pub fn daemon_lock(&self) -> Result<DaemonLock> {
        let Dialect::Sqlite(database) = &self.dialect else { return Ok(DaemonLock { file: None }) };
        let mut path = database.clone().into_os_string();
        path.push(".lock");
        let path = PathBuf::from(path);
        let failed = |source| StoreError::Folder { path: path.clone(), source };
        let file = File::options().write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(DaemonLock { file: Some(file) }),
            Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::Locked(path)),
            Err(std::fs::TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, *};

    #[tokio::test]
    async fn only_one_holds_it_and_it_can_be_taken_again() {
        let (_dir, store) = file().await;
        let held = store.daemon_lock().unwrap();
        let second = store.daemon_lock();
        assert!(matches!(second, Err(StoreError::Locked(_))), "{second:?}");
        drop(held);
        assert!(store.daemon_lock().unwrap().is_exclusive());
    }
}
