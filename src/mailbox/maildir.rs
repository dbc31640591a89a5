//! A Maildir (D. J. Bernstein's format): `cur` and `new`, in the order of arrival; `tmp` never.
//!
//! A message's key is its unique name, which stays when a reader moves it from `new` to `cur` and adds
//! flags behind `:2,`. Its time is its mtime, which Maildir delivery sets and no move changes.

use super::MailboxError;
use super::folder::{Found, files};
use std::path::Path;

/// All messages by (mtime, name).
pub(super) fn scan(folder: &Path) -> Result<Vec<Found>, MailboxError> {
    let mut found = files(&folder.join("new"), unique_name)?;
    found.extend(files(&folder.join("cur"), unique_name)?);
    found.sort();
    // A file that is being moved may stand in both for a moment.
    found.dedup_by(|a, b| a.name == b.name);
    Ok(found)
}

fn unique_name(file: &str) -> Option<String> {
    Some(file.split_once(":2,").map_or(file, |(unique, _)| unique).to_owned())
}
