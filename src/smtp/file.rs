//! Mails as `.eml` files in a folder, for trials and for offices that send by other means.
//!
//! A file's name follows from the Message-ID alone, so a repeat replaces itself; it appears whole or not at
//! all (written beside, synced, renamed, the folder synced).

use super::{Accepted, Refusal};
use crate::model::outbox::Rendered;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How much of a Message-ID is legible in a name.
const LEGIBLE: usize = 80;
/// How many characters of its hash keep names apart.
const DIGITS: usize = 12;

/// The folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) async fn deliver(&self, mail: &Rendered) -> Result<Accepted, Refusal> {
        let (folder, name, bytes) = (self.path.clone(), file_name(&mail.message_id), mail.bytes.clone());
        let path = blocking(move || write(&folder, &name, &bytes)).await?;
        // Where the folder lies is the machine's affair: the record keeps the name.
        Ok(Accepted { text: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default() })
    }

    pub(super) async fn check(&self) -> Result<(), Refusal> {
        let folder = self.path.clone();
        blocking(move || {
            let probe = folder.join(".probe.tmp");
            fs::create_dir_all(&folder)?;
            File::create(&probe)?;
            fs::remove_file(&probe)
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, Refusal> {
    let done = tokio::task::spawn_blocking(work).await.unwrap_or_else(|e| Err(io::Error::other(e)));
    done.map_err(|e| Refusal::Unreachable(e.to_string()))
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let (temporary, path) = (folder.join(format!(".{name}.tmp")), folder.join(name));
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    failpoint!("file.written");
    file.sync_all()?;
    fs::rename(&temporary, &path)?;
    failpoint!("file.renamed");
    File::open(folder)?.sync_all()?;
    Ok(path)
}

/// `<JCZH-2023-0001.a@example.com>` → `JCZH-2023-0001.a-example.com-6c0f….eml`: letters, digits, `.` and `-`
/// only, never hidden, and with a piece of the hash, because two identifiers may look alike without `@`.
fn file_name(message_id: &str) -> String {
    let legible: String = message_id
        .trim_matches(|c: char| !c.is_ascii_alphanumeric())
        .chars()
        .take(LEGIBLE)
        .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' })
        .collect();
    let digits: String = HEXLOWER.encode(&Sha256::digest(message_id.as_bytes())).chars().take(DIGITS).collect();
    format!("{legible}-{digits}.eml").trim_start_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::smtp::{Times, Transport};

    fn mail(message_id: &str, bytes: &[u8]) -> Rendered {
        Rendered { message_id: message_id.into(), to: "a@example.com".into(), subject: "s".into(), bytes: bytes.to_vec() }
    }

    #[test]
    fn names_are_stable_and_harmless() {
        let name = file_name("<../../etc/passwd\0回执@example.com>");
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-'), "{name}");
        assert!(name.starts_with("etc-passwd"), "{name}");
        assert_eq!(name, file_name("<../../etc/passwd\0回执@example.com>"));
        assert_ne!(file_name("<a@b>"), file_name("<a.b>"));
        assert_ne!(file_name("<a@b>"), file_name("<a-b>"));
        assert!(file_name("<>").ends_with(".eml") && !file_name("<>").starts_with(['.', '-']));
        assert!(file_name(&"x".repeat(4000)).len() < 120);
    }

    #[tokio::test]
    async fn a_repeat_replaces_itself_and_nothing_half_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let settings: config::Smtp =
            toml::from_str(&format!("transport = \"file\"\nfrom = \"a@b.example\"\npath = {:?}", folder.path().join("out"))).unwrap();
        let mut transport = Transport::open(&settings, None, Times::default()).unwrap();
        transport.check().await.unwrap();
        transport.deliver(&mail("<1@example.com>", b"first")).await.unwrap();
        let accepted = transport.deliver(&mail("<1@example.com>", b"second")).await.unwrap();
        transport.deliver(&mail("<2@example.com>", b"other")).await.unwrap();
        assert_eq!(fs::read(folder.path().join("out").join(&accepted.text)).unwrap(), b"second");
        assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 2);
    }
}
