//! How full the mailbox is (QUOTA, RFC 2087 and RFC 9208): what is full sends new mail back to the units.

use super::session::Link;
use crate::mailbox::{MailboxError, Usage};
use async_imap::imap_proto::Response;
use async_imap::imap_proto::rfc2087::QuotaResourceName;

/// The fullest of the limits on storage that count for a folder, which is named as IMAP wants it; none where the server
/// tells none.
pub(super) async fn usage(link: &mut Link, folder: &str) -> Result<Option<Usage>, MailboxError> {
    if !link.quota {
        return Ok(None);
    }
    let mut fullest: Option<Usage> = None;
    let note = |response: &Response<'_>| {
        let Response::Quota(quota) = response else { return };
        for resource in quota.resources.iter().filter(|resource| resource.name == QuotaResourceName::Storage && resource.limit > 0) {
            let told = Usage { used: resource.usage.saturating_mul(1024), limit: resource.limit.saturating_mul(1024) };
            if fullest.is_none_or(|known| known.share() < told.share()) {
                fullest = Some(told);
            }
        }
    };
    // A refusal tells nothing, and harms nothing.
    link.command(&format!("GETQUOTAROOT {folder}"), link.usual(), note).await?;
    Ok(fullest)
}
