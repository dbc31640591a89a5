//! Raw mails and files, content-addressed by SHA-256 (FIPS 180-4) in a folder or in a bucket: `ab/cdef…`.
//!
//! In a folder a file is written under a temporary name, renamed and synced before anything refers to it, so that
//! it is there as a whole or not at all, and stays after a power cut (`write`); in a bucket that is what the server
//! promises with its answer (`bucket`). Reading checks the hash, so what was changed is found. Nothing is ever overwritten that
//! is as it should be. Both have the same names: one is made of the other by copying.

mod bucket;
mod error;
mod folder;
mod key;
mod refusal;
mod write;

pub(super) use error::takes_nothing;
pub use {bucket::Patience, error::BlobError, refusal::Trouble};

use crate::config;
use crate::model::reading::StoredFile;
use bucket::Bucket;
use folder::let_go;
use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, path::Path, sync::Arc};
use write::{Batch, Disk, create_folder};

/// Where the blobs are. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Blobs(Place);

#[derive(Debug, Clone)]
enum Place {
    Folder(Arc<Disk>),
    Bucket(Arc<Bucket>),
}

/// What a try found out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Probed {
    /// Whether what is removed stays as an earlier version.
    pub keeps_versions: bool,
}

/// Files that are written and not yet durable. In a bucket they are durable with the server's answer.
#[derive(Debug, Default)]
pub struct Written(Option<Batch>);

impl Blobs {
    /// As configured. A folder is created where it is missing; a bucket is asked with the first blob.
    pub fn of(settings: &config::Blobs) -> Result<Blobs, BlobError> {
        Blobs::with(settings, &Patience::default())
    }

    /// The same with another patience.
    pub fn with(settings: &config::Blobs, patience: &Patience) -> Result<Blobs, BlobError> {
        match settings.url.bucket() {
            Some(_) => Ok(Blobs(Place::Bucket(Arc::new(Bucket::open(settings, patience)?)))),
            None => Blobs::open(&settings.url.to_string()),
        }
    }

    /// Opens `file:PATH`, which is created where missing, readable by its owner only.
    pub fn open(url: &str) -> Result<Blobs, BlobError> {
        let error = |hint| BlobError::Url { url: url.into(), hint };
        let path = url.strip_prefix("file:").ok_or_else(|| error("请写 file:路径"))?;
        let root = Path::new(path.strip_prefix("//").unwrap_or(path));
        if root.as_os_str().is_empty() {
            return Err(error("请写 file:路径"));
        }
        create_folder(root)?;
        Ok(Blobs(Place::Folder(Arc::new(Disk::open(root)?))))
    }

    /// Makes a whole batch durable before it returns, of files that nobody is about to read. Repeating it changes nothing: the
    /// name is the hash.
    pub async fn put_all(&self, files: Vec<StoredFile>) -> Result<(), BlobError> {
        let written = self.write(files).await?;
        self.settle(vec![written]).await
    }

    /// The first half of that: the bytes need not be held any longer, and are not yet durable in a folder.
    pub async fn write(&self, files: Vec<StoredFile>) -> Result<Written, BlobError> {
        match &self.0 {
            Place::Folder(disk) => {
                let work = move |disk: &Disk| match files.iter().find(|file| hash(&file.bytes) != file.sha256) {
                    Some(wrong) => Err(BlobError::Changed(wrong.sha256.clone())),
                    None => disk.write(&files).map(|batch| Written(Some(batch))),
                };
                on_disk(disk, work).await
            }
            Place::Bucket(bucket) => bucket.put_all(files).await.map(|()| Written(None)),
        }
    }

    /// The second half: all that was written is durable, together.
    pub async fn settle(&self, written: Vec<Written>) -> Result<(), BlobError> {
        let batches = written.into_iter().filter_map(|written| written.0).reduce(Batch::and);
        match (&self.0, batches) {
            (Place::Folder(disk), Some(batch)) => on_disk(disk, |disk| disk.settle(batch).map(|paths| let_go(&paths))).await,
            (Place::Folder(_) | Place::Bucket(_), _) => Ok(()),
        }
    }

    /// The same as both with bytes that nobody has named yet, and that are read next; their names, in order.
    pub async fn add_all(&self, contents: Vec<Vec<u8>>) -> Result<Vec<String>, BlobError> {
        let named = move || contents.into_iter().map(|bytes| StoredFile { sha256: hash(&bytes), bytes: bytes.into() }).collect::<Vec<_>>();
        let names = |files: &[StoredFile]| files.iter().map(|file| file.sha256.clone()).collect();
        match &self.0 {
            Place::Folder(disk) => {
                on_disk(disk, move |disk| {
                    let files = named();
                    let (names, batch) = (names(&files), disk.write(&files)?);
                    // The next page is being fetched: two need not be held.
                    drop(files);
                    disk.settle(batch).map(|_| names)
                })
                .await
            }
            Place::Bucket(bucket) => {
                let files = tokio::task::spawn_blocking(named).await.map_err(|_| BlobError::Interrupted)?;
                let names = names(&files);
                bucket.put_all(files).await?;
                Ok(names)
            }
        }
    }

    /// Whether there is room for a page of mails: a try, which leaves nothing.
    pub async fn probe(&self) -> Result<Probed, BlobError> {
        match &self.0 {
            Place::Folder(disk) => on_disk(disk, |disk| disk.probe()).await.map(|()| Probed::default()),
            Place::Bucket(bucket) => bucket.probe().await,
        }
    }

    /// Whether what is removed stays as an earlier version, which nobody here can remove.
    pub async fn keeps_versions(&self) -> Result<bool, BlobError> {
        match &self.0 {
            Place::Folder(_) => Ok(false),
            Place::Bucket(bucket) => Ok(bucket.probe().await?.keeps_versions),
        }
    }

    /// Removes what dead processes left half-written, which nothing refers to. To be called on start.
    pub async fn sweep(&self) -> Result<(), BlobError> {
        match &self.0 {
            Place::Folder(disk) => on_disk(disk, |disk| disk.sweep()).await,
            Place::Bucket(_) => Ok(()),
        }
    }

    /// Removes blobs for good, and makes that durable. What is not there is gone already. Nobody may be about to refer to one.
    pub async fn remove_all(&self, hashes: Vec<String>) -> Result<(), BlobError> {
        match &self.0 {
            Place::Folder(disk) => on_disk(disk, move |disk| disk.remove_all(&hashes)).await,
            Place::Bucket(bucket) => bucket.remove_all(&hashes).await,
        }
    }

    /// The bytes of a blob, checked against its name.
    pub async fn get(&self, sha256: &str) -> Result<Vec<u8>, BlobError> {
        let name = sha256.to_owned();
        match &self.0 {
            Place::Folder(disk) => on_disk(disk, move |disk| disk.get(&name)).await,
            Place::Bucket(bucket) => bucket.get(sha256).await,
        }
    }

    /// The bytes as they lie there: for somebody who hashes them anyway, and compares, and won't ask again soon. Of a bucket
    /// they are checked all the same, so that what the way garbled is asked for again.
    pub async fn get_once(&self, sha256: &str) -> Result<Vec<u8>, BlobError> {
        let name = sha256.to_owned();
        match &self.0 {
            Place::Folder(disk) => on_disk(disk, move |disk| disk.read_once(&name)).await,
            Place::Bucket(bucket) => bucket.get(sha256).await,
        }
    }

    /// Which of these are not there; their bytes are not looked at.
    pub async fn absent(&self, hashes: BTreeSet<String>) -> Result<BTreeSet<String>, BlobError> {
        match &self.0 {
            Place::Folder(disk) => on_disk(disk, move |disk| disk.absent(hashes)).await,
            Place::Bucket(bucket) => bucket.absent(hashes).await,
        }
    }
}

/// SHA-256 in lower-case hexadecimal.
pub fn hash(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

async fn on_disk<T: Send + 'static>(
    disk: &Arc<Disk>,
    work: impl FnOnce(&Disk) -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    let disk = disk.clone();
    tokio::task::spawn_blocking(move || work(&disk)).await.unwrap_or(Err(BlobError::Interrupted))
}

/// Only a hash becomes a name: the folder, and the name in it.
fn parts(sha256: &str) -> Result<(&str, &str), BlobError> {
    let valid = sha256.len() == 64 && sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    sha256.split_at_checked(2).filter(|_| valid).ok_or_else(|| BlobError::Name(sha256.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Blobs {
        fn path_of(&self, sha256: &str) -> Result<std::path::PathBuf, BlobError> {
            let Place::Folder(disk) = &self.0 else { panic!("a folder") };
            disk.path_of(sha256)
        }

        async fn contains(&self, sha256: &str) -> Result<bool, BlobError> {
            Ok(self.absent([sha256.to_owned()].into()).await?.is_empty())
        }
    }

    fn blobs() -> (tempfile::TempDir, Blobs) {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(&format!("file:{}/文件", dir.path().display())).unwrap();
        (dir, blobs)
    }

    fn file(bytes: &[u8]) -> StoredFile {
        StoredFile { sha256: hash(bytes), bytes: bytes.to_vec().into() }
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
    async fn what_is_written_is_there_once_it_is_settled_and_goes_away_where_it_is_not() {
        let (_dir, blobs) = blobs();
        let folder = blobs.path_of(&hash(b"one")).unwrap().parent().unwrap().to_owned();
        let names = || std::fs::read_dir(&folder).unwrap().count();
        drop(blobs.write(vec![file(b"one")]).await.unwrap());
        assert_eq!(names(), 0);
        // Two mails of a group bring the same.
        let written = vec![blobs.write(vec![file(b"one")]).await.unwrap(), blobs.write(vec![file(b"one"), file(b"two")]).await.unwrap()];
        assert!(matches!(blobs.get(&hash(b"one")).await, Err(BlobError::Missing(_))) && names() == 2);
        blobs.settle(written).await.unwrap();
        assert_eq!((blobs.get(&hash(b"one")).await.unwrap(), blobs.get(&hash(b"two")).await.unwrap()), (b"one".to_vec(), b"two".to_vec()));
        assert_eq!(names(), 1);
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
        let wrong = StoredFile { sha256: hash(b"other"), bytes: b"one".to_vec().into() };
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
        assert!(Blobs::open("var/blobs").is_err() && Blobs::open("file:").is_err());
    }
}
