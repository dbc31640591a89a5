//! Reading in the folder of blobs: a blob with its hash checked, and which are not there.

use super::write::Disk;
use super::{BlobError, hash};
use std::{collections::BTreeSet, fs, io};

impl Disk {
    /// The bytes of a blob, checked against its name.
    pub fn get(&self, sha256: &str) -> Result<Vec<u8>, BlobError> {
        let bytes = self.read(sha256)?;
        if hash(&bytes) == sha256 { Ok(bytes) } else { Err(BlobError::Changed(sha256.into())) }
    }

    /// The bytes as they lie there.
    pub fn read(&self, sha256: &str) -> Result<Vec<u8>, BlobError> {
        let path = self.path_of(sha256)?;
        match fs::read(&path) {
            Ok(bytes) => Ok(bytes),
            Err(source) if source.kind() == io::ErrorKind::NotFound => Err(BlobError::Missing(sha256.into())),
            Err(source) => Err(BlobError::Io { path, source }),
        }
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
