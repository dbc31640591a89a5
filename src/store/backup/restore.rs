//! Puts a backup back onto an empty place. Blobs first, the database last and by one rename: cut off halfway,
//! there is no database, and the same call begins again.

use super::{BackupError, DATABASE, Manifest, Result, blob_name, sums, verify};
use crate::model::audit::By;
use crate::model::reading::StoredFile;
use crate::store::{Blobs, Dialect, Store};
use std::{fs::File, path::Path};

/// Puts the backup back as the database `url` (`sqlite:PATH`, which must not exist) and into `blobs`.
pub async fn restore(backup: &Path, url: &str, blobs: &Blobs, by: &By) -> Result<Manifest> {
    let Dialect::Sqlite(database) = Dialect::of(url)? else { return Err(BackupError::Postgres) };
    if database.try_exists().map_err(BackupError::io(&database))? {
        return Err(BackupError::NotEmpty(database));
    }
    let (manifest, faults) = verify(backup).await?;
    if !faults.is_empty() {
        return Err(BackupError::Damaged(faults));
    }
    put_back_blobs(backup, blobs).await?;
    let mut new = database.clone().into_os_string();
    new.push(".restoring");
    let new = std::path::PathBuf::from(new);
    put_back_database(&backup.join(DATABASE), &new, (by, &manifest.created_at)).await?;
    std::fs::rename(&new, &database).map_err(BackupError::io(&database))?;
    sync_folder_of(&database)?;
    Ok(manifest)
}

async fn put_back_blobs(backup: &Path, blobs: &Blobs) -> Result<()> {
    let sums = sums::read(backup)?;
    for (name, sha256) in sums.iter().filter(|(name, sha256)| **name == blob_name(sha256)) {
        let path = backup.join(name);
        let bytes = std::fs::read(&path).map_err(BackupError::io(&path))?;
        blobs.put_all(vec![StoredFile { sha256: sha256.clone(), bytes: bytes.into() }]).await?;
    }
    Ok(())
}

async fn put_back_database(from: &Path, to: &Path, (by, made_at): (&By, &str)) -> Result<()> {
    if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(BackupError::io(folder))?;
    }
    std::fs::copy(from, to).map_err(BackupError::io(to))?;
    let store = Store::open(&format!("sqlite:{}", to.display())).await?;
    store.awake_after_restore(by, made_at).await?;
    store.close().await;
    File::open(to).and_then(|file| file.sync_all()).map_err(BackupError::io(to))
}

fn sync_folder_of(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(BackupError::io(folder))
}
