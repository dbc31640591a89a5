//! The blobs in a bucket of an S3 server (docs.aws.amazon.com/AmazonS3/latest/API), under the names that they have in a folder.
//!
//! A blob counts as durable when the server has answered its PUT with success; the request is signed with the SHA-256 of its
//! bytes, which the server checks. It is put only if it is absent (`If-None-Match: *`, RFC 9110 section 13.1.2): what is
//! there already, perhaps from a PUT whose answer was lost, is read and checked, and written anew if it is not as it should be.
//! Whatever else happens is an error, and the same call again does no harm.

use super::key::Key;
use super::refusal::{is_missing, knows_no_condition, refused};
use super::{BlobError, Probed, hash, parts};
use crate::config;
use crate::model::reading::StoredFile;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::{
    BackoffConfig, ClientOptions, Error, ObjectStore, ObjectStoreExt, PutMode, PutPayload, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    path::Path,
};
use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// Requests at the same time.
const TOGETHER: usize = 8;
/// A little of everything, to see whether it comes back.
const PROBE: &[u8] = "荆楚质汇 zhihui probe".as_bytes();

/// How long is waited, and how often is tried, before it is an error.
#[derive(Debug, Clone)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For a whole answer; the largest mail has to pass within it.
    pub answer: Duration,
    /// After the first.
    pub retries: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Patience { connect: Duration::from_secs(10), answer: Duration::from_secs(120), retries: 2 }
    }
}

/// A bucket, or a part of one.
#[derive(Debug)]
pub(super) struct Bucket {
    client: AmazonS3,
    prefix: Path,
    /// What people know it by.
    place: String,
    /// Whether the server puts only what is absent, as far as is known.
    is_conditional: AtomicBool,
}

impl Bucket {
    pub fn open(settings: &config::Blobs, patience: &Patience) -> Result<Bucket, BlobError> {
        let unusable = |hint| BlobError::Url { url: settings.url.to_string(), hint };
        let (bucket, prefix) = settings.url.bucket().ok_or_else(|| unusable("请写 s3://桶名/前缀"))?;
        let source = settings.secret_key().ok_or_else(|| unusable("请写明 access_key 和密钥来源"))?;
        let prefix = Path::parse(prefix).map_err(|_| unusable("前缀请用字母、数字、“-”和“/”"))?;
        // TLS takes the one provider that everything here uses; where it was set before, it is that one.
        let _set = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let is_host = settings.addressing == config::Addressing::Host;
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region(&settings.region)
            .with_virtual_hosted_style_request(is_host)
            .with_disable_bulk_delete(true)
            .with_credentials(std::sync::Arc::new(Key::new(settings.access_key.clone(), source)))
            .with_retry(RetryConfig {
                backoff: BackoffConfig { init_backoff: Duration::from_millis(100), max_backoff: Duration::from_secs(2), base: 3.0 },
                max_retries: patience.retries,
                retry_timeout: patience.answer,
            });
        let mut options = ClientOptions::new().with_connect_timeout(patience.connect).with_timeout(patience.answer);
        let mut place = settings.url.to_string();
        if let Some(endpoint) = &settings.endpoint {
            options = options.with_allow_http(endpoint.is_plain());
            builder = builder.with_endpoint(endpoint.url(is_host.then_some(bucket)));
            place = format!("{place}（{endpoint}）");
        }
        let client = builder.with_client_options(options).build().map_err(|error| refused(&place, &error))?;
        Ok(Bucket { client, prefix, place, is_conditional: AtomicBool::new(true) })
    }

    /// All of them, several at a time. After an error some may be there.
    pub async fn put_all(&self, files: Vec<StoredFile>) -> Result<(), BlobError> {
        let mut seen = BTreeSet::new();
        let mut wanted = Vec::new();
        for file in files {
            if seen.insert(file.sha256.clone()) {
                if hash(&file.bytes) != file.sha256 {
                    return Err(BlobError::Changed(file.sha256));
                }
                wanted.push((self.key(&file.sha256)?, file));
            }
        }
        let puts = wanted.into_iter().map(|(key, file)| self.put(key, file));
        stream::iter(puts).buffer_unordered(TOGETHER).try_collect().await
    }

    async fn put(&self, key: Path, file: StoredFile) -> Result<(), BlobError> {
        let StoredFile { sha256, bytes } = file;
        let payload = PutPayload::from(bytes);
        if self.is_conditional.load(Ordering::Relaxed) {
            match self.client.put_opts(&key, payload.clone(), PutMode::Create.into()).await {
                Ok(_) => return Ok(()),
                Err(error) if knows_no_condition(&error) => self.is_conditional.store(false, Ordering::Relaxed),
                // It is there, or somebody puts or removes it at this moment.
                Err(Error::AlreadyExists { .. }) => {}
                Err(error) => return Err(self.refused(&error)),
            }
        }
        match self.get(&sha256).await {
            Ok(_) => return Ok(()),
            Err(BlobError::Missing(_)) => {}
            Err(BlobError::Changed(_)) => tracing::warn!(blob.sha256 = %sha256, "a blob had changed in the bucket and is written again"),
            Err(error) => return Err(error),
        }
        self.client.put(&key, payload).await.map_err(|error| self.refused(&error))?;
        self.get(&sha256).await.map(drop)
    }

    /// The bytes of a blob, checked against its name. What the way garbled reads well a second time.
    pub async fn get(&self, sha256: &str) -> Result<Vec<u8>, BlobError> {
        let key = self.key(sha256)?;
        for _ in 0..2 {
            let got = match self.client.get(&key).await {
                Ok(got) => got.bytes().await,
                Err(error) => Err(error),
            };
            match got {
                Ok(bytes) if hash(&bytes) == sha256 => return Ok(bytes.into()),
                Ok(_) => {}
                Err(error) if is_missing(&error) => return Err(BlobError::Missing(sha256.into())),
                Err(error) => return Err(self.refused(&error)),
            }
        }
        Err(BlobError::Changed(sha256.into()))
    }

    /// Which of these are not there.
    pub async fn absent(&self, hashes: BTreeSet<String>) -> Result<BTreeSet<String>, BlobError> {
        let looks = hashes.into_iter().map(|sha256| async { Ok::<_, BlobError>((!self.is_there(&sha256).await?).then_some(sha256)) });
        let absent: Vec<Option<String>> = stream::iter(looks).buffer_unordered(TOGETHER).try_collect().await?;
        Ok(absent.into_iter().flatten().collect())
    }

    async fn is_there(&self, sha256: &str) -> Result<bool, BlobError> {
        let key = self.key(sha256)?;
        match self.client.head(&key).await {
            Ok(_) => Ok(true),
            // Only the answer to a GET has words: whether it is the object that is not there, or the bucket; what is wrong with the key.
            Err(Error::NotFound { .. } | Error::PermissionDenied { .. } | Error::Unauthenticated { .. }) => {
                match self.client.get(&key).await {
                    Ok(_) => Ok(true),
                    Err(error) if is_missing(&error) => Ok(false),
                    Err(error) => Err(self.refused(&error)),
                }
            }
            Err(error) => Err(self.refused(&error)),
        }
    }

    pub async fn remove_all(&self, hashes: &[String]) -> Result<(), BlobError> {
        let keys: Vec<Path> = hashes.iter().map(|sha256| self.key(sha256)).collect::<Result<_, _>>()?;
        stream::iter(keys.iter().map(|key| self.remove(key))).buffer_unordered(TOGETHER).try_collect().await
    }

    async fn remove(&self, key: &Path) -> Result<(), BlobError> {
        match self.client.delete(key).await {
            Err(error) if !is_missing(&error) => Err(self.refused(&error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Puts something, reads it and takes it away: each right is needed.
    pub async fn probe(&self) -> Result<Probed, BlobError> {
        let name = format!("{}-{}", super::write::machine(), std::process::id());
        let key = self.prefix.clone().join(".probe").join(name);
        let put = self.client.put(&key, PutPayload::from_static(PROBE)).await.map_err(|error| self.refused(&error))?;
        let got = self.client.get(&key).await.map_err(|error| self.refused(&error))?;
        let bytes = got.bytes().await.map_err(|error| self.refused(&error))?;
        self.remove(&key).await?;
        if bytes.as_ref() != PROBE {
            return Err(BlobError::Changed(key.to_string()));
        }
        Ok(Probed { keeps_versions: put.version.is_some() })
    }

    fn key(&self, sha256: &str) -> Result<Path, BlobError> {
        let (folder, name) = parts(sha256)?;
        Ok(self.prefix.clone().join(folder).join(name))
    }

    fn refused(&self, error: &Error) -> BlobError {
        refused(&self.place, error)
    }
}
