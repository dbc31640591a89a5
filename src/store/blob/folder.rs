//! Reading in the folder of blobs: a blob with its hash checked, which are not there, and what the kernel needn't keep.

use super::write::Disk;
use super::{BlobError, hash};
use rustix::fs::{Advice, fadvise};
use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read},
    path::PathBuf,
};

impl Disk {
    /// The bytes of a blob, checked against its name.
    pub fn get(&self, sha256: &str) -> Result<Vec<u8>, BlobError> {
        let bytes = self.read(sha256)?;
        if hash(&bytes) == sha256 { Ok(bytes) } else { Err(BlobError::Changed(sha256.into())) }
    }

    /// The bytes as they lie there, which nobody asks for again soon.
    pub fn read_once(&self, sha256: &str) -> Result<Vec<u8>, BlobError> {
        let (file, bytes) = self.open_and_read(sha256)?;
        forget(&file);
        Ok(bytes)
    }

    fn read(&self, sha256: &str) -> Result<Vec<u8>, BlobError> {
        self.open_and_read(sha256).map(|(_, bytes)| bytes)
    }

    fn open_and_read(&self, sha256: &str) -> Result<(File, Vec<u8>), BlobError> {
        let path = self.path_of(sha256)?;
        let read = |mut file: File| {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).map(|_| (file, bytes))
        };
        File::open(&path).and_then(read).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => BlobError::Missing(sha256.into()),
            _ => BlobError::Io { path, source },
        })
    }

    /// Which of these are not there.
    pub fn absent(&self, hashes: BTreeSet<String>) -> Result<BTreeSet<String>, BlobError> {
        let mut absent = BTreeSet::new();
        for sha256 in hashes {
            let path = self.path_of(&sha256)?;
            if !path.try_exists().map_err(|source| BlobError::Io { path, source })? {
                absent.insert(sha256);
            }
        }
        Ok(absent)
    }
}

/// Has the kernel keep nothing of them in memory. In a backlog each mail would take new pages for its files, which
/// costs as much as copying them several times over, and would push out what others need.
pub(super) fn let_go(paths: &[PathBuf]) {
    paths.iter().filter_map(|path| File::open(path).ok()).for_each(|file| forget(&file));
}

/// Advice: what isn't followed changes nothing. It concerns only what is on the disk already (posix_fadvise(2)).
fn forget(file: &File) {
    let _ = fadvise(file, 0, None, Advice::DontNeed);
}
