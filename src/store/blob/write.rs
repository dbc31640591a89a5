//! Writing a batch of files so that each is there as a whole or not at all, and is durable before anything refers to it.
//!
//! One file is written under a temporary name, made durable (`fsync(2)`), renamed, and its folder made durable. Several are
//! written, renamed, and all made durable with their names by one `syncfs(2)`, however many they are, on kernels that report
//! failures by it (since Linux 5.17; its error is that of any file of the file system since this folder was opened, so none is
//! missed). A power cut before it may leave a name without its bytes: nothing refers to it then, and whoever brings the same
//! bytes finds them wrong and writes them anew. What is there already may be somebody's who hasn't synced it yet, so it is
//! synced with the rest. Elsewhere each file and folder is synced by itself.
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

/// A file that is written under its temporary name.
struct Written {
    temporary: PathBuf,
    path: PathBuf,
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

    /// Makes all of them durable, under the names that they have.
    pub fn put_all(&self, files: &[StoredFile]) -> Result<(), BlobError> {
        let mut folders = BTreeSet::new();
        let mut written = Vec::new();
        let is_batch = files.len() > 1 && self.is_sync_whole;
        let outcome = self.write_all(files, is_batch, &mut folders, &mut written);
        let mut has_failed = self.has_failed.lock().unwrap_or_else(PoisonError::into_inner);
        let is_any_there = match outcome {
            Ok(is_any_there) if !*has_failed => is_any_there,
            other => {
                // Best effort: what is left over is found by nobody, and swept away on the next start.
                written.iter().for_each(|file: &Written| drop(fs::remove_file(&file.temporary)));
                let before = io::Error::other("a sync has failed before");
                return other.and(Err(BlobError::Sync { path: self.root.clone(), source: before }));
            }
        };
        for Written { temporary, path } in &written {
            failpoint!("blob.rename");
            fs::rename(temporary, path).map_err(|source| BlobError::Io { path: path.clone(), source })?;
        }
        failpoint!("blob.renamed");
        // Folders of files that were there are synced too: whoever wrote them may have died before doing so.
        let is_whole = self.is_sync_whole && is_any_there || is_batch && !written.is_empty();
        let synced = if is_whole { self.sync_everything() } else { self.sync_folders(&folders) };
        // A folder that can't be opened is no sync.
        *has_failed = matches!(synced, Err(BlobError::Sync { .. }));
        if is_batch && *has_failed {
            // They look whole, for as long as the kernel remembers them.
            written.iter().for_each(|file| drop(fs::remove_file(&file.path)));
        }
        drop(has_failed);
        synced?;
        self.known().extend(folders);
        failpoint!("blob.durable");
        Ok(())
    }

    /// Whether any was there before.
    fn write_all(
        &self,
        files: &[StoredFile],
        is_batch: bool,
        folders: &mut BTreeSet<PathBuf>,
        written: &mut Vec<Written>,
    ) -> Result<bool, BlobError> {
        let (mut seen, mut is_any_there) = (BTreeSet::new(), false);
        for file in files.iter().filter(|file| seen.insert(&file.sha256)) {
            let path = self.path_of(&file.sha256)?;
            let folder = path.parent().unwrap_or(&self.root);
            create_folder(folder)?;
            if !self.known().contains(folder) {
                folders.insert(self.root.clone());
            }
            folders.insert(folder.to_owned());
            if is_there(&path, file)? {
                is_any_there = true;
            } else {
                let temporary = temporary_name(folder);
                failpoint!("blob.write");
                let mut new = create(&temporary)?;
                written.push(Written { temporary: temporary.clone(), path });
                fill(&mut new, &temporary, &file.bytes)?;
                if !is_batch {
                    new.sync_all().map_err(|source| BlobError::Sync { path: temporary, source })?;
                }
            }
        }
        Ok(is_any_there)
    }

    fn known(&self) -> MutexGuard<'_, BTreeSet<PathBuf>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sync_folders(&self, folders: &BTreeSet<PathBuf>) -> Result<(), BlobError> {
        if folders.len() > 1 && self.is_sync_whole {
            return self.sync_everything();
        }
        for path in folders {
            let folder = File::open(path).map_err(|source| BlobError::Io { path: path.clone(), source })?;
            folder.sync_all().map_err(|source| BlobError::Sync { path: path.clone(), source })?;
        }
        Ok(())
    }

    fn sync_everything(&self) -> Result<(), BlobError> {
        rustix::fs::syncfs(&self.folder).map_err(|errno| BlobError::Sync { path: self.root.clone(), source: errno.into() })
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
