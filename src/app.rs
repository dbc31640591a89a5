//! The composition root: a configuration into everything that a command needs, put together once.

use crate::clock::Clock;
use crate::config::{CampaignFile, ConfigError, Loaded, builtin, parse_document};
use crate::daemon::desk::Desk;
use crate::daemon::{Daemon, DaemonError, Editor, Judge, Meters, Post, Publisher, Renewer, Source};
use crate::mailbox;
use crate::model::region::Regions;
use crate::sender::Senders;
use crate::store::{Blobs, Store};
use crate::worker::{Pool, Setup};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;
use tokio::sync::Notify;

/// Everything that is open.
#[derive(Debug)]
pub struct App {
    /// The configuration and the campaigns that it names.
    pub loaded: Loaded,
    /// The records.
    pub store: Store,
    /// Raw mails and evidence.
    pub blobs: Blobs,
    /// The time.
    pub clock: Clock,
}

impl App {
    /// Opens database and blobs.
    pub async fn open(loaded: Loaded, clock: Clock) -> Result<App, DaemonError> {
        let store = Store::open(&loaded.config.database.url.expose()).await?;
        let blobs = Blobs::of(&loaded.config.blobs)?;
        Ok(App { loaded, store, blobs, clock })
    }

    /// The daemon over all mailboxes of the configuration. `program` is this program, for its workers.
    pub async fn daemon(&self, program: PathBuf) -> Result<Daemon, DaemonError> {
        let config = &self.loaded.config;
        let host = crate::store::node::host();
        let owner = format!("{host}-{}-{}", std::process::id(), self.clock.now().as_nanosecond());
        let mut pools: BTreeMap<PathBuf, Arc<Pool>> = BTreeMap::new();
        let mut sources = Vec::new();
        for mailbox in &config.mailboxes {
            let campaign = self.campaign(mailbox.campaign.as_path())?;
            let pool = pools.entry(mailbox.campaign.clone()).or_insert_with(|| Arc::new(pool(program.clone(), &campaign)));
            let since = crate::model::time::start_of(mailbox.since(&campaign.campaign));
            sources.push(Source {
                mailbox: mailbox.clone(),
                campaign: campaign.clone(),
                pool: pool.clone(),
                since,
                received: Notify::new(),
                finished: Notify::new(),
                drained_ms: AtomicI64::new(i64::MIN),
                weighed_ms: AtomicI64::new(i64::MIN),
            });
        }
        let meters = Arc::new(Meters::new(Duration::from_secs(config.limits.message_bytes / mailbox::BYTES_PER_SECOND)));
        let judge = Judge {
            store: self.store.clone(),
            blobs: self.blobs.clone(),
            clock: self.clock.clone(),
            config: Arc::new(config.clone()),
            workdays: self.loaded.workdays.clone(),
            owner: owner.clone(),
            key: self.store.hmac_key().await?,
            unsettled: Default::default(),
            senders: Senders::open(&config.smtp)?,
            restored_ms: self.store.restored_ms().await?,
            meters: meters.clone(),
        };
        let post = Post::new(self.store.clone(), self.clock.clone(), config.smtp.clone(), config.limits.clone(), owner);
        let editor = self.editor().await?;
        let post = post.with_renewer(Renewer {
            store: self.store.clone(),
            config: editor.config.clone(),
            campaigns: editor.campaigns.clone(),
            workdays: editor.workdays.clone(),
        });
        let post = post.with_meters(meters);
        Ok(Daemon::new(judge, post, sources).with_editor(editor))
    }

    /// Who writes the digests and ledgers of the campaigns that the mailboxes name, each campaign once.
    pub async fn editor(&self) -> Result<Editor, DaemonError> {
        let campaigns: Result<Vec<_>, DaemonError> =
            self.loaded.config.mailboxes.iter().map(|mailbox| self.campaign(&mailbox.campaign)).collect();
        Ok(Editor {
            store: self.store.clone(),
            clock: self.clock.clone(),
            config: Arc::new(self.loaded.config.clone()),
            campaigns: each_once(campaigns?.into_iter()),
            regions: Arc::new(regions()?),
            workdays: self.loaded.workdays.clone(),
            key: self.store.hmac_key().await?,
            restored_ms: self.store.restored_ms().await?,
        })
    }

    /// Who acts for people at the desk.
    pub async fn desk(&self) -> Result<Desk, DaemonError> {
        let Editor { store, clock, config, campaigns, workdays, key, .. } = self.editor().await?;
        Ok(Desk { store, clock, config, campaigns, workdays, key })
    }

    /// Who gathers what may be published of a campaign. `program` is this program, for its workers.
    pub fn publisher(&self, campaign: &Arc<CampaignFile>, program: PathBuf) -> Result<Publisher, DaemonError> {
        let (store, blobs) = (self.store.clone(), self.blobs.clone());
        Ok(Publisher { store, blobs, pool: pool(program, campaign), campaign: campaign.clone(), regions: regions()? })
    }

    fn campaign(&self, path: &std::path::Path) -> Result<Arc<CampaignFile>, DaemonError> {
        let missing = || ConfigError::one(format!("没有读到征集活动文件 {}。", path.display()));
        Ok(self.loaded.campaigns.get(path).cloned().ok_or_else(missing)?)
    }
}

/// The campaigns in this order, each once.
pub fn each_once(files: impl Iterator<Item = Arc<CampaignFile>>) -> Vec<Arc<CampaignFile>> {
    let mut all: Vec<Arc<CampaignFile>> = Vec::new();
    for file in files {
        if all.iter().all(|known| known.campaign.id != file.campaign.id) {
            all.push(file);
        }
    }
    all
}

/// The province's regions, as built into the program.
pub fn regions() -> Result<Regions, ConfigError> {
    parse_document(builtin::REGIONS_NAME, builtin::REGIONS)
}

/// As many workers as there are cores: reading a mail is all computing.
pub fn pool(program: PathBuf, campaign: &CampaignFile) -> Pool {
    let size = std::thread::available_parallelism().map_or(2, usize::from);
    Pool::start(program, size, Setup { campaign: campaign.text.clone(), regions: builtin::REGIONS.to_owned() })
}
