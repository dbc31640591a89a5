//! Holds a backup against its list, and its database against its blobs. Nothing in it is touched.

use super::{BackupError, DATABASE, Fault, Manifest, Result, blob_name, manifest, sums};
use crate::store::{Store, StoreError, connect::sqlite_url};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// What a backup says of itself, and everything that is wrong with it.
pub async fn verify(backup: &Path) -> Result<(Manifest, Vec<Fault>)> {
    let manifest = manifest(backup)?;
    let sums = sums::read(backup)?;
    let (folder, listed) = (backup.to_owned(), sums.clone());
    let checked = tokio::task::spawn_blocking(move || sums::check(&folder, &listed)).await;
    let mut faults = checked.unwrap_or_else(|_| Err(BackupError::NotABackup(backup.to_owned())))?;
    let database_is_sound = !faults.iter().any(|fault| matches!(fault, Fault::Missing(name) | Fault::Changed(name) if name == DATABASE));
    if database_is_sound {
        let store = read_only(&backup.join(DATABASE)).await?;
        faults.extend(store.damage().await?.into_iter().map(Fault::Database));
        let absent = store.blobs().await?.into_iter().filter(|blob| !sums.contains_key(&blob_name(blob)));
        faults.extend(absent.filter(|blob| !manifest.missing.contains(blob)).map(Fault::Blob));
        store.close().await;
    }
    Ok((manifest, faults))
}

/// `immutable`: SQLite then writes no file beside it (sqlite.org/uri.html).
async fn read_only(path: &Path) -> Result<Store> {
    sqlx::any::install_default_drivers();
    let options: AnyConnectOptions = format!("{}?mode=ro&immutable=true", sqlite_url(path)).parse().map_err(StoreError::from)?;
    let pool = AnyPoolOptions::new().max_connections(1).connect_with(options).await.map_err(StoreError::from)?;
    Ok(Store {
        write: pool.clone(),
        pool,
        dialect: crate::store::Dialect::Sqlite(path.to_owned()),
        node: Default::default(),
        writer: Arc::new(Semaphore::new(1)),
        file: None,
        abandoned: Default::default(),
    })
}
