//! Raw mails and files, content-addressed by SHA-256 (FIPS 180-4) in a folder: `ab/cdef…`.
//!
//! A file is written under a temporary name in its folder, synced, renamed, and its folder synced, so that
//! it is there as a whole or not at all, and stays after a power cut (`write`). Reading checks the hash, so a
//! file that was changed on disk is found. Nothing is ever overwritten that is as it should be.

mod error;
mod write;

pub use error::BlobError;
pub(super) use error::takes_nothing;

use crate::model::reading::StoredFile;
use sha2::{Digest, Sha256};
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};
use write::{Disk, create_folder};

/// The folder of blobs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Blobs {
    root: Arc<Path>,
    disk: Arc<Disk>,
}

impl Blobs {
    /// Opens `file:PATH`, which is created where missing, readable by its owner only.
    pub fn open(url: &str) -> Result<Blobs, BlobError> {
        let error = |hint| BlobError::Url { url: url.into(), hint };
        if url.starts_with("s3://") {
            return Err(error("对象存储由后续版本支持，请用 file:路径"));
        }
        let path = url.strip_prefix("file:").ok_or_else(|| error("请写 file:路径"))?;
        let root = Path::new(path.strip_prefix("//").unwrap_or(path));
        if root.as_os_str().is_empty() {
            return Err(error("请写 file:路径"));
        }
        create_folder(root)?;
        Ok(Blobs { root: root.into(), disk: Arc::new(Disk::open(root)?) })
    }

    /// Makes a whole batch durable before it returns. Repeating it changes nothing: the name is the hash.
    pub async fn put_all(&self, files: Vec<StoredFile>) -> Result<(), BlobError> {
        let disk = self.disk.clone();
        blocking(move || match files.iter().find(|file| hash(&file.bytes) != file.sha256) {
            Some(wrong) => Err(BlobError::Changed(wrong.sha256.clone())),
            None => disk.put_all(&files),
        })
        .await
    }

    /// The same with bytes that nobody has named yet; their names, in order.
    pub async fn add_all(&self, contents: Vec<Vec<u8>>) -> Result<Vec<String>, BlobError> {
        let disk = self.disk.clone();
        blocking(move || {
            let files: Vec<_> = contents.into_iter().map(|bytes| StoredFile { sha256: hash(&bytes), bytes }).collect();
            disk.put_all(&files)?;
            Ok(files.into_iter().map(|file| file.sha256).collect())
        })
        .await
    }

    /// Whether there is room for a page of mails: a try, which leaves nothing.
    pub async fn probe(&self) -> Result<(), BlobError> {
        let disk = self.disk.clone();
        blocking(move || disk.probe()).await
    }

    /// Removes what dead processes left half-written, which nothing refers to. To be called on start.
    pub async fn sweep(&self) -> Result<(), BlobError> {
        let disk = self.disk.clone();
        blocking(move || disk.sweep()).await
    }

    /// Removes blobs for good, and makes that durable. What is not there is gone already. Nobody may be about to refer to one.
    pub async fn remove_all(&self, hashes: Vec<String>) -> Result<(), BlobError> {
        let disk = self.disk.clone();
        blocking(move || disk.remove_all(&hashes)).await
    }

    /// The bytes of a blob, checked against its name.
    pub async fn get(&self, sha256: &str) -> Result<Vec<u8>, BlobError> {
        self.read(sha256, |name, bytes| if hash(&bytes) == name { Ok(bytes) } else { Err(BlobError::Changed(name)) }).await
    }

    /// The bytes as they lie there: for somebody who hashes them anyway, and compares.
    pub async fn get_unchecked(&self, sha256: &str) -> Result<Vec<u8>, BlobError> {
        self.read(sha256, |_, bytes| Ok(bytes)).await
    }

    async fn read(
        &self,
        sha256: &str,
        check: impl FnOnce(String, Vec<u8>) -> Result<Vec<u8>, BlobError> + Send + 'static,
    ) -> Result<Vec<u8>, BlobError> {
        let (path, name) = (self.path_of(sha256)?, sha256.to_owned());
        blocking(move || match std::fs::read(&path) {
            Ok(bytes) => check(name, bytes),
            Err(source) if source.kind() == io::ErrorKind::NotFound => Err(BlobError::Missing(name)),
            Err(source) => Err(BlobError::Io { path, source }),
        })
        .await
    }

    /// Whether a blob is there; its bytes are not looked at.
    pub async fn contains(&self, sha256: &str) -> Result<bool, BlobError> {
        let path = self.path_of(sha256)?;
        blocking(move || path.try_exists().map_err(|source| BlobError::Io { path, source })).await
    }

    fn path_of(&self, sha256: &str) -> Result<PathBuf, BlobError> {
        path_of(&self.root, sha256)
    }
}

/// SHA-256 in lower-case hexadecimal.
pub fn hash(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, BlobError> + Send + 'static) -> Result<T, BlobError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(BlobError::Interrupted))
}

/// Only a hash becomes a path.
fn path_of(root: &Path, sha256: &str) -> Result<PathBuf, BlobError> {
    let valid = sha256.len() == 64 && sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    match sha256.split_at_checked(2) {
        Some((folder, name)) if valid => Ok(root.join(folder).join(name)),
        _ => Err(BlobError::Name(sha256.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blobs() -> (tempfile::TempDir, Blobs) {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(&format!("file:{}/文件", dir.path().display())).unwrap();
        (dir, blobs)
    }

    fn file(bytes: &[u8]) -> StoredFile {
        StoredFile { sha256: hash(bytes), bytes: bytes.into() }
    }

    #[tokio::test]
    async fn a_batch_is_kept_by_its_hashes() {
        let (_dir, blobs) = blobs();
        blobs.put_all(vec![file(b"one"), file(b""), file(b"one")]).await.unwrap();
        blobs.put_all(vec![file(b"one")]).await.unwrap();
        assert_eq!(blobs.get(&hash(b"one")).await.unwrap(), b"one");
        assert_eq!(blobs.get(&hash(b"")).await.unwrap(), b"");
        assert!(blobs.contains(&hash(b"one")).await.unwrap() && !blobs.contains(&hash(b"two")).await.unwrap());
        assert!(matches!(blobs.get(&hash(b"two")).await, Err(BlobError::Missing(_))));
        let path = blobs.path_of(&hash(b"one")).unwrap();
        let folder: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(folder.len(), 1, "nothing temporary is left");
    }

    #[tokio::test]
    async fn a_file_that_was_changed_is_found_and_written_again() {
        let (_dir, blobs) = blobs();
        blobs.put_all(vec![file(b"one")]).await.unwrap();
        std::fs::write(blobs.path_of(&hash(b"one")).unwrap(), b"onE").unwrap();
        assert!(matches!(blobs.get(&hash(b"one")).await, Err(BlobError::Changed(_))));
        blobs.put_all(vec![file(b"one")]).await.unwrap();
        assert_eq!(blobs.get(&hash(b"one")).await.unwrap(), b"one");
    }

    #[tokio::test]
    async fn bytes_that_are_not_of_their_name_are_refused_and_leave_nothing() {
        let (_dir, blobs) = blobs();
        let wrong = StoredFile { sha256: hash(b"other"), bytes: b"one".into() };
        assert!(matches!(blobs.put_all(vec![file(b"first"), wrong]).await, Err(BlobError::Changed(_))));
        assert!(!blobs.contains(&hash(b"first")).await.unwrap());
        assert!(!blobs.path_of(&hash(b"first")).unwrap().parent().unwrap().exists());
    }

    #[tokio::test]
    async fn what_a_dead_process_left_is_swept_away_and_the_living_are_left_alone() {
        let (_dir, blobs) = blobs();
        blobs.put_all(vec![file(b"one")]).await.unwrap();
        let folder = blobs.path_of(&hash(b"one")).unwrap().parent().unwrap().to_owned();
        // No process has so high a number; 1 always lives, and this one has left nothing.
        let machine = write::machine();
        let own = |rest: &str| format!(".new-{machine}-{rest}");
        let names = [
            own("999999999-0"),
            own("1-0"),
            ".new-x".into(),
            own(&format!("{}-7", std::process::id())),
            // Another machine's, whose processes can't be seen from here.
            format!(".new-not-{machine}-999999999-0"),
        ];
        names.iter().for_each(|name| std::fs::write(folder.join(name), b"half").unwrap());
        blobs.sweep().await.unwrap();
        let left = |name: String| folder.join(name).exists();
        assert_eq!(names.map(left), [false, true, true, false, true]);
        assert_eq!(blobs.get(&hash(b"one")).await.unwrap(), b"one");
    }

    #[tokio::test]
    async fn only_a_hash_becomes_a_path() {
        let (_dir, blobs) = blobs();
        for name in ["", "../../etc/passwd", &"A".repeat(64), &"é".repeat(32), &"a/".repeat(32)] {
            assert!(matches!(blobs.get(name).await, Err(BlobError::Name(_))), "{name}");
        }
    }

    #[test]
    fn other_addresses_are_explained() {
        assert!(Blobs::open("s3://bucket/x").unwrap_err().to_string().contains("后续版本支持"));
        assert!(Blobs::open("var/blobs").is_err() && Blobs::open("file:").is_err());
    }
}
