//! Writing a batch of files so that each is there as a whole or not at all, and is durable before anything refers to it.
//!
//! Files are written under temporary names, then all renamed, and all made durable with their names by one `syncfs(2)`, however
//! many they are, on kernels that report failures by it (since Linux 5.17; its error is that of any file of the file system since
//! this folder was opened, so none is missed). A power cut before it may leave a name without its bytes: nothing refers to it
//! then, and whoever brings the same bytes finds them wrong and writes them anew. What is there already may be somebody's who
//! hasn't synced it yet, so it is synced with the rest. Elsewhere each file is made durable before it is renamed (`fsync(2)`), and
//! its folder after that.
//!
//! A sync that fails is never tried again on the same file: the kernel has forgotten what it could not
//! write, and would say yes. What was written before it goes away again, and no later sync is believed: the kernel tells a
//! failure once.

use super::{BlobError, parts};
use crate::model::reading::StoredFile;
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// What a file is called until it is whole.
const TEMPORARY: &str = ".new-";
/// About what a page of mails needs.
const PROBE_BYTES: usize = 1 << 20;

/// The folder that blobs are written below.
#[derive(Debug)]
pub(super) struct Disk {
    root: PathBuf,
    /// Open all the time: failures since then are told by its next `syncfs`.
    folder: File,
    /// Whether `syncfs` tells of every failure.
    is_sync_whole: bool,
    /// Folders whose own names are durable for certain.
    known: Mutex<BTreeSet<PathBuf>>,
    /// Held from the first name to the sync; whether a sync has failed.
    has_failed: Mutex<bool>,
}

/// Files that are written under their temporary names. They go away again where they are not settled.
#[derive(Debug, Default)]
pub(super) struct Batch {
    written: Vec<Written>,
    /// The folders of all, also of what was there before.
    folders: BTreeSet<PathBuf>,
}

#[derive(Debug)]
struct Written {
    temporary: PathBuf,
    path: PathBuf,
}

impl Batch {
    /// Both together.
    pub fn and(mut self, mut other: Batch) -> Batch {
        self.written.append(&mut other.written);
        self.folders.append(&mut other.folders);
        self
    }
}

impl Drop for Batch {
    /// Best effort: what is left over is found by nobody, and swept away on the next start.
    fn drop(&mut self) {
        self.written.iter().for_each(|file| drop(fs::remove_file(&file.temporary)));
    }
}

impl Disk {
    pub fn open(root: &Path) -> Result<Disk, BlobError> {
        let folder = File::open(root).map_err(|source| BlobError::Io { path: root.into(), source })?;
        Ok(Disk { root: root.into(), folder, is_sync_whole: syncfs_tells(), known: Mutex::default(), has_failed: Mutex::default() })
    }

    /// Where a blob is, or would be.
    pub fn path_of(&self, sha256: &str) -> Result<PathBuf, BlobError> {
        let (folder, name) = parts(sha256)?;
        Ok(self.root.join(folder).join(name))
    }

    /// Writes what isn't there yet, of files under the names that they have.
    pub fn write(&self, files: &[StoredFile]) -> Result<Batch, BlobError> {
        let (mut seen, mut batch) = (BTreeSet::new(), Batch::default());
        for file in files.iter().filter(|file| seen.insert(&file.sha256)) {
            let path = self.path_of(&file.sha256)?;
            let folder = path.parent().unwrap_or(&self.root);
            create_folder(folder)?;
            if !self.known().contains(folder) {
                batch.folders.insert(self.root.clone());
            }
            batch.folders.insert(folder.to_owned());
            if is_there(&path, file)? {
                continue;
            }
            let temporary = temporary_name(folder);
            failpoint!("blob.write");
            let mut new = create(&temporary)?;
            batch.written.push(Written { temporary: temporary.clone(), path });
            fill(&mut new, &temporary, &file.bytes)?;
            if !self.is_sync_whole {
                new.sync_all().map_err(|source| BlobError::Sync { path: temporary, source })?;
            }
        }
        Ok(batch)
    }

    /// Makes durable what was written, and what had been there before; the paths of what was written.
    pub fn settle(&self, mut batch: Batch) -> Result<Vec<PathBuf>, BlobError> {
        if batch.folders.is_empty() {
            return Ok(Vec::new());
        }
        let mut has_failed = self.has_failed.lock().unwrap_or_else(PoisonError::into_inner);
        if *has_failed {
            let before = io::Error::other("a sync has failed before");
            return Err(BlobError::Sync { path: self.root.clone(), source: before });
        }
        for Written { temporary, path } in &batch.written {
            failpoint!("blob.rename");
            fs::rename(temporary, path).map_err(|source| BlobError::Io { path: path.clone(), source })?;
        }
        let paths: Vec<PathBuf> = std::mem::take(&mut batch.written).into_iter().map(|file| file.path).collect();
        failpoint!("blob.renamed");
        let synced = self.sync_folders(&batch.folders);
        // A folder that can't be opened is no sync.
        *has_failed = matches!(synced, Err(BlobError::Sync { .. }));
        if *has_failed {
            // They look whole, for as long as the kernel remembers them.
            paths.iter().for_each(|path| drop(fs::remove_file(path)));
        }
        drop(has_failed);
        synced?;
        self.known().append(&mut batch.folders);
        failpoint!("blob.durable");
        Ok(paths)
    }

    fn known(&self) -> MutexGuard<'_, BTreeSet<PathBuf>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sync_folders(&self, folders: &BTreeSet<PathBuf>) -> Result<(), BlobError> {
        if self.is_sync_whole {
            return rustix::fs::syncfs(&self.folder).map_err(|errno| BlobError::Sync { path: self.root.clone(), source: errno.into() });
        }
        for path in folders {
            let folder = File::open(path).map_err(|source| BlobError::Io { path: path.clone(), source })?;
            folder.sync_all().map_err(|source| BlobError::Sync { path: path.clone(), source })?;
        }
        Ok(())
    }

    /// Takes files away, and syncs the folders that they lay in.
    pub fn remove_all(&self, hashes: &[String]) -> Result<(), BlobError> {
        let mut folders = BTreeSet::new();
        for sha256 in hashes {
            let path = self.path_of(sha256)?;
            match fs::remove_file(&path) {
                Ok(()) => drop(path.parent().map(|folder| folders.insert(folder.to_owned()))),
                Err(source) if source.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(BlobError::Io { path, source }),
            }
        }
        self.sync_folders(&folders)
    }

    /// Writes so much and takes it away again.
    pub fn probe(&self) -> Result<(), BlobError> {
        let path = temporary_name(&self.root);
        let mut file = create(&path)?;
        let outcome = fill(&mut file, &path, &vec![0; PROBE_BYTES]);
        let _ = fs::remove_file(&path);
        outcome
    }

    /// Removes temporary files of processes of this machine that are gone; those of this process's number were another's.
    pub fn sweep(&self) -> Result<(), BlobError> {
        let list = |path: &Path| fs::read_dir(path).map_err(|source| BlobError::Io { path: path.into(), source });
        let mut files = Vec::new();
        for entry in list(&self.root)?.filter_map(Result::ok) {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => files.extend(list(&entry.path())?.filter_map(Result::ok)),
                Ok(_) | Err(_) => files.push(entry),
            }
        }
        for file in files.iter().filter(|file| file.file_name().to_str().and_then(|name| writer(name, &machine())).is_some_and(is_gone)) {
            match fs::remove_file(file.path()) {
                Ok(()) => tracing::info!(file = %file.path().display(), "removed what a process that is gone left half-written"),
                // Another process that starts at the same time was quicker.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(BlobError::Io { path: file.path(), source }),
            }
        }
        Ok(())
    }
}

/// Since 5.17, `syncfs` reports also what the file system itself could not write.
fn syncfs_tells() -> bool {
    let name = rustix::system::uname();
    let release = name.release().to_string_lossy();
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(|digits| digits.parse::<u32>().unwrap_or(0));
    cfg!(target_os = "linux") && (numbers.next(), numbers.next()) >= (Some(5), Some(17))
}

/// Whether the file is there as it should be. One that is not is replaced, and told of.
fn is_there(path: &Path, file: &StoredFile) -> Result<bool, BlobError> {
    match fs::read(path) {
        Ok(bytes) if bytes == file.bytes => Ok(true),
        Ok(_) => {
            tracing::warn!(blob.sha256 = %file.sha256, "a blob had changed on disk and is written again");
            Ok(false)
        }
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(BlobError::Io { path: path.into(), source }),
    }
}

/// The machine, the process, and a number within it that nothing left over has: machines may share the folder.
fn temporary_name(folder: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let (machine, process) = (machine(), std::process::id());
    loop {
        let path = folder.join(format!("{TEMPORARY}{machine}-{process}-{}", NEXT.fetch_add(1, Ordering::Relaxed)));
        if !path.exists() {
            return path;
        }
    }
}

/// This machine's name, as a part of a file's name.
pub(super) fn machine() -> String {
    let name = crate::store::node::host();
    name.chars().filter(|c| c.is_ascii_alphanumeric() || "-._".contains(*c)).collect()
}

/// The process of this machine that a temporary name was made by. A machine's name may hold `-`.
fn writer(name: &str, machine: &str) -> Option<u32> {
    let mut parts = name.strip_prefix(TEMPORARY)?.rsplitn(3, '-');
    let (_number, process, of) = (parts.next()?, parts.next()?, parts.next()?);
    process.parse().ok().filter(|_| of == machine)
}

fn is_gone(process: u32) -> bool {
    process == std::process::id() || !Path::new("/proc").join(process.to_string()).exists()
}

/// A new file, which nobody else has.
fn create(path: &Path) -> Result<File, BlobError> {
    use std::os::unix::fs::OpenOptionsExt;
    let created = File::options().write(true).create_new(true).mode(0o600).open(path);
    created.map_err(|source| BlobError::Io { path: path.into(), source })
}

fn fill(file: &mut File, path: &Path, bytes: &[u8]) -> Result<(), BlobError> {
    file.write_all(bytes).map_err(|source| BlobError::Io { path: path.into(), source })
}

/// A folder that only its owner may read.
pub(super) fn create_folder(path: &Path) -> Result<(), BlobError> {
    use std::os::unix::fs::DirBuilderExt;
    let created = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    created.map_err(|source| BlobError::Io { path: path.into(), source })
}
