//! Makes a backup: beside its place first, then by one rename, so that it is there as a whole or not at all.

use super::{BLOBS, BackupError, CONFIG, DATABASE, FORMAT, MANIFEST, Manifest, Result, SUMS, blob_name, sums};
use crate::model::audit::{Act, By};
use crate::model::time;
use crate::store::{BlobError, Blobs, Dialect, Store};
use jiff::Timestamp;
use serde_json::json;
use std::{
    collections::BTreeSet,
    fs::{DirBuilder, File, Permissions},
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// A folder within the one that is being filled; gone before it is whole.
const FIRST_COPY: &str = "copy";

/// Copies everything into the folder `to`, which must not exist. `config` are the files to take along.
pub async fn create(store: &Store, blobs: &Blobs, config: &[PathBuf], to: &Path, by: &By) -> Result<Manifest> {
    if to.try_exists().map_err(BackupError::io(to))? {
        return Err(BackupError::Occupied(to.to_owned()));
    }
    let folder = beside(to);
    create_folder(&folder)?;
    let now = Timestamp::from_millisecond(by.at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let outcome = fill(store, blobs, config, &folder, now).await;
    match &outcome {
        Ok(manifest) => {
            std::fs::rename(&folder, to).map_err(BackupError::io(to))?;
            let detail = json!({"messages": manifest.messages, "cases": manifest.cases, "missing": manifest.missing.len()});
            store.audit(by.entry(Act::BackupMade, "backup", detail)).await?;
        }
        // Best effort: what is left is named as partial, and no backup without its list.
        Err(_) => drop(std::fs::remove_dir_all(&folder)),
    }
    outcome
}

fn beside(to: &Path) -> PathBuf {
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    to.with_file_name(format!(".{name}.partial-{}", std::process::id()))
}

async fn fill(store: &Store, blobs: &Blobs, config: &[PathBuf], folder: &Path, now: Timestamp) -> Result<Manifest> {
    let (classified, wanted, (messages, cases)) = copy_database(store, folder).await?;
    let missing = copy_blobs(blobs, &wanted, folder).await?;
    copy_config(config, folder)?;
    let manifest = Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        created_at: time::rfc3339(now),
        messages,
        cases,
        blobs: (wanted.len() - missing.len()) as u64,
        classified,
        missing,
    };
    let text =
        serde_json::to_vec_pretty(&manifest).map_err(|error| BackupError::Io { path: folder.join(MANIFEST), source: error.into() })?;
    write(&folder.join(MANIFEST), &text)?;
    let list = sums::text(&sums::of(folder)?);
    // Everything is durable before the list that makes it a backup.
    sync_all(folder)?;
    write(&folder.join(SUMS), list.as_bytes())?;
    sync_all(folder)?;
    Ok(manifest)
}

/// The database at one instant, without what classified mails say: how many they are, the blobs that are spoken of,
/// mails and cases. What is taken out is taken out of a first copy, since a second one is written from its rows
/// alone and by nobody else: no page of it, and no log beside it, ever held them.
async fn copy_database(store: &Store, folder: &Path) -> Result<(u64, BTreeSet<String>, (u64, u64))> {
    let first = folder.join(FIRST_COPY);
    create_folder(&first)?;
    store.copy_to(&first.join(DATABASE)).await?;
    let copy = Store::open(&format!("sqlite:{}", first.join(DATABASE).display())).await?;
    let found = (copy.leave_out_classified().await?, copy.blobs().await?, copy.contents().await?);
    copy.copy_to(&folder.join(DATABASE)).await?;
    copy.close().await;
    std::fs::remove_dir_all(&first).map_err(BackupError::io(&first))?;
    Ok(found)
}

/// One after the other, so that the largest blob is all that is held. Each is checked while it is read.
async fn copy_blobs(blobs: &Blobs, wanted: &BTreeSet<String>, folder: &Path) -> Result<BTreeSet<String>> {
    let mut missing = BTreeSet::new();
    create_folder(&folder.join(BLOBS))?;
    for sha256 in wanted {
        match blobs.get(sha256).await {
            Ok(bytes) => {
                let path = folder.join(blob_name(sha256));
                path.parent().map_or(Ok(()), create_folder)?;
                write(&path, &bytes)?;
            }
            Err(BlobError::Missing(_) | BlobError::Changed(_) | BlobError::Name(_)) => {
                missing.insert(sha256.clone());
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(missing)
}

fn copy_config(files: &[PathBuf], folder: &Path) -> Result<()> {
    let folder = folder.join(CONFIG);
    create_folder(&folder)?;
    for file in files {
        let text = std::fs::read(file).map_err(BackupError::io(file))?;
        write(&folder.join(file.file_name().unwrap_or_default()), &text)?;
    }
    Ok(())
}

fn create_folder(path: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(BackupError::io(path))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let file = File::options().write(true).create(true).truncate(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(bytes)).map_err(BackupError::io(path))
}

/// One call for all files and folders of the backup's file system (syncfs(2)).
fn sync_all(folder: &Path) -> Result<()> {
    let synced = File::open(folder).and_then(|opened| Ok(rustix::fs::syncfs(&opened)?));
    synced.map_err(BackupError::io(folder))
}

impl Store {
    /// A copy of the whole database at one instant, while others go on writing.
    async fn copy_to(&self, path: &Path) -> Result<()> {
        let Dialect::Sqlite(_) = self.dialect else { return Err(BackupError::Postgres) };
        let to = path.to_string_lossy().into_owned();
        sqlx::query("VACUUM INTO $1").bind(to).execute(&self.pool).await.map_err(crate::store::StoreError::from)?;
        std::fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(BackupError::io(path))
    }
}
