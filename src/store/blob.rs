//! Raw mails and files, content-addressed by SHA-256 (FIPS 180-4) in a folder: `ab/cdef…`.
//!
//! A file is written under a temporary name in its folder, synced, renamed, and its folder synced, so that
//! it is there as a whole or not at all, and stays after a power cut. Reading checks the hash, so a file
//! that was changed on disk is found. Nothing is ever overwritten that is as it should be.

use crate::model::reading::StoredFile;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// What can go wrong with the blobs, in a sentence for people.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The address can't be used.
    #[error("文件库地址 {url} 无法使用：{hint}")]
    Url {
        /// As configured.
        url: String,
        /// What to write instead.
        hint: &'static str,
    },
    /// The folder or a file can't be read or written.
    #[error("文件库 {path} 读写失败：{source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The disk did not confirm that it kept what was written. Linux reports that once and then forgets it,
    /// so it can't be tried again in the same process.
    #[error("磁盘未能确认写入 {path}，数据可能丢失，请停止程序并检查磁盘：{source}", path = path.display())]
    Sync {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The bytes are not those of the name.
    #[error("文件 {0} 的内容与其 SHA-256 不符，可能被改动或损坏")]
    Changed(String),
    /// No such file.
    #[error("文件库中没有 {0}")]
    Missing(String),
    /// What should be a SHA-256 is none.
    #[error("{0:?} 不是 SHA-256")]
    Name(String),
    /// The runtime is shutting down.
    #[error("文件库操作被中断")]
    Interrupted,
}

impl BlobError {
    /// Whether the process must end: what it believes durable may not be.
    pub fn is_fatal(&self) -> bool {
        matches!(self, BlobError::Sync { .. })
    }

    /// Whether the same call may succeed later: a full disk, too many open files.
    pub fn is_transient(&self) -> bool {
        matches!(self, BlobError::Io { .. } | BlobError::Interrupted)
    }
}

/// The folder of blobs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Blobs {
    root: Arc<Path>,
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
        Ok(Blobs { root: root.into() })
    }

    /// Makes a whole batch durable before it returns. Repeating it changes nothing: the name is the hash.
    pub async fn put_all(&self, files: Vec<StoredFile>) -> Result<(), BlobError> {
        let root = self.root.clone();
        blocking(move || put_all(&root, &files)).await
    }

    /// The bytes of a blob, checked against its name.
    pub async fn get(&self, sha256: &str) -> Result<Vec<u8>, BlobError> {
        let (path, name) = (self.path_of(sha256)?, sha256.to_owned());
        blocking(move || match std::fs::read(&path) {
            Ok(bytes) if hash(&bytes) == name => Ok(bytes),
            Ok(_) => Err(BlobError::Changed(name)),
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

/// A file that is written and synced under its temporary name.
struct Written {
    temporary: PathBuf,
    path: PathBuf,
}

fn put_all(root: &Path, files: &[StoredFile]) -> Result<(), BlobError> {
    let mut folders = BTreeSet::from([root.to_owned()]);
    let mut written = Vec::new();
    let result = write_all(root, files, &mut folders, &mut written);
    if result.is_err() {
        // Best effort: what is left over is found by nobody.
        written.iter().for_each(|file: &Written| drop(std::fs::remove_file(&file.temporary)));
        return result;
    }
    for Written { temporary, path } in &written {
        std::fs::rename(temporary, path).map_err(|source| BlobError::Io { path: path.clone(), source })?;
    }
    // Folders of files that were there are synced too: whoever wrote them may have died before doing so.
    folders.iter().try_for_each(|folder| sync(folder))
}

fn write_all(root: &Path, files: &[StoredFile], folders: &mut BTreeSet<PathBuf>, written: &mut Vec<Written>) -> Result<(), BlobError> {
    let mut seen = BTreeSet::new();
    for file in files.iter().filter(|file| seen.insert(&file.sha256)) {
        let path = path_of(root, &file.sha256)?;
        if hash(&file.bytes) != file.sha256 {
            return Err(BlobError::Changed(file.sha256.clone()));
        }
        let folder = path.parent().unwrap_or(root);
        create_folder(folder)?;
        folders.insert(folder.to_owned());
        if !is_there(&path, file)? {
            let temporary = temporary_name(folder);
            written.push(Written { temporary: temporary.clone(), path });
            write_synced(&temporary, &file.bytes)?;
        }
    }
    Ok(())
}

/// Whether the file is there as it should be. One that is not is replaced, and told of.
fn is_there(path: &Path, file: &StoredFile) -> Result<bool, BlobError> {
    match std::fs::read(path) {
        Ok(bytes) if bytes == file.bytes => Ok(true),
        Ok(_) => {
            tracing::warn!(blob.sha256 = %file.sha256, "a blob had changed on disk and is written again");
            Ok(false)
        }
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(BlobError::Io { path: path.into(), source }),
    }
}

/// Unique within the machine: a number within the process, and the process.
fn temporary_name(folder: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    folder.join(format!(".new-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)))
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), BlobError> {
    use std::os::unix::fs::OpenOptionsExt;
    let failed = |source| BlobError::Io { path: path.into(), source };
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.sync_all().map_err(|source| BlobError::Sync { path: path.into(), source })
}

fn create_folder(path: &Path) -> Result<(), BlobError> {
    use std::os::unix::fs::DirBuilderExt;
    let created = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    created.map_err(|source| BlobError::Io { path: path.into(), source })
}

fn sync(folder: &Path) -> Result<(), BlobError> {
    let opened = File::open(folder).map_err(|source| BlobError::Io { path: folder.into(), source })?;
    opened.sync_all().map_err(|source| BlobError::Sync { path: folder.into(), source })
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
        let folder = blobs.path_of(&hash(b"first")).unwrap().parent().unwrap().to_owned();
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);
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
