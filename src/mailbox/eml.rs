//! A folder of `.eml` files (RFC 5322 messages, one a file), in the order of their names.
//!
//! Folders within it are not looked into.

use super::MailboxError;
use super::folder::{Found, files};
use std::path::Path;

/// All `.eml` files by name.
pub(super) fn scan(folder: &Path) -> Result<Vec<Found>, MailboxError> {
    let is_eml = |file: &str| Path::new(file).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("eml"));
    let mut found = files(folder, |file| is_eml(file).then(|| file.to_owned()))?;
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}
