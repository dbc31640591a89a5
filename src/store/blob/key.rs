//! The key that a bucket is asked with. It is fetched when it is needed, and again after a while: a key that was renewed is
//! used without a restart.

use crate::clock::Stopwatch;
use crate::config::{ConfigError, secret};
use futures::future::BoxFuture;
use object_store::{Error, Result, aws::AwsCredential, client::CredentialProvider};
use secrecy::ExposeSecret;
use std::{sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// How long a key that was fetched is used.
const KEPT: Duration = Duration::from_secs(60);

/// Fetches the key.
#[derive(Debug)]
pub(super) struct Key {
    access_key: String,
    source: secret::SecretSource,
    kept: Mutex<Option<(Stopwatch, Arc<AwsCredential>)>>,
}

impl Key {
    pub fn new(access_key: String, source: secret::SecretSource) -> Key {
        Key { access_key, source, kept: Mutex::default() }
    }

    async fn fetched(&self) -> std::result::Result<Arc<AwsCredential>, ConfigError> {
        let mut kept = self.kept.lock().await;
        if let Some((since, key)) = &*kept
            && since.elapsed() < KEPT
        {
            return Ok(key.clone());
        }
        let secret = secret::resolve(&self.source).await?;
        let key = AwsCredential { key_id: self.access_key.clone(), secret_key: secret.expose_secret().to_owned(), token: None };
        let key = Arc::new(key);
        *kept = Some((Stopwatch::start(), key.clone()));
        Ok(key)
    }
}

impl CredentialProvider for Key {
    type Credential = AwsCredential;

    fn get_credential<'a, 'b>(&'a self) -> BoxFuture<'b, Result<Arc<AwsCredential>>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async { self.fetched().await.map_err(|error| Error::Generic { store: "S3", source: Box::new(error) }) })
    }
}
