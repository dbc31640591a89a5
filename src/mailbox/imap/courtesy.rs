//! What is done to messages in the mailbox once the record has them: a flag, or a move into another folder.
//!
//! It is for the people who look into the mailbox, and never our memory. Where MOVE (RFC 6851) is missing
//! it is COPY, `\Deleted` and UID EXPUNGE (RFC 4315); where that is missing too, the originals stay, marked
//! as deleted: a plain EXPUNGE would take what others have marked.

use super::session::{Answer, Bounds, Link};
use super::{FolderStatus, name, open_folder};
use crate::config::Profile;
use crate::mailbox::MailboxError;
use std::time::Duration;

/// How long the server may take for a message.
const EACH: Duration = Duration::from_secs(1);

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Courtesy {
    /// `\Flagged`, which every provider shows as a star.
    Flag,
    /// A move into `已处理`.
    Move,
}

/// Does it to these UIDs of a folder, if its UIDVALIDITY is this one. False where it is another.
pub(super) async fn show(link: &mut Link, folder: &str, validity: u32, uids: &[u32], courtesy: Courtesy) -> Result<bool, MailboxError> {
    let status: FolderStatus = open_folder(link, &format!("SELECT {folder}")).await?;
    if status.validity != validity || uids.is_empty() {
        return Ok(false);
    }
    let set = uids.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
    let bounds = bounds(link, uids);
    match courtesy {
        Courtesy::Flag => done(link, &format!("UID STORE {set} +FLAGS.SILENT (\\Flagged)"), bounds).await?,
        Courtesy::Move => move_away(link, &set, bounds).await?,
    }
    Ok(true)
}

fn bounds(link: &Link, uids: &[u32]) -> Bounds {
    let usual = link.usual();
    let more = EACH.saturating_mul(u32::try_from(uids.len()).unwrap_or(u32::MAX));
    Bounds { within: usual.within.saturating_add(more), ..usual }
}

async fn move_away(link: &mut Link, set: &str, bounds: Bounds) -> Result<(), MailboxError> {
    let verb = if link.moves { "UID MOVE" } else { "UID COPY" };
    let mut refused = String::new();
    for folder in folders(link.profile) {
        let Some(folder) = name::quoted(folder) else { continue };
        // CREATE of a folder that is there is refused, and it doesn't matter.
        let usual = link.usual();
        link.command(&format!("CREATE {folder}"), usual, |_| {}).await?;
        match link.command(&format!("{verb} {set} {folder}"), bounds, |_| {}).await? {
            Answer::Done if link.moves => return Ok(()),
            Answer::Done => return delete(link, set, bounds).await,
            Answer::Refused(text) => refused = text,
        }
    }
    Err(MailboxError::Refused(refused))
}

/// Where the folder may be made, the likeliest first. Tencent keeps all folders that people make within
/// one; Courier and its kin within INBOX.
fn folders(profile: Profile) -> [&'static str; 2] {
    match profile {
        Profile::Qq | Profile::Exmail => ["其他文件夹/已处理", "已处理"],
        Profile::Auto | Profile::Generic | Profile::Netease | Profile::Aliyun => ["已处理", "INBOX.已处理"],
    }
}

/// Removes the originals of copies. A refusal is only told: to try again would copy once more.
async fn delete(link: &mut Link, set: &str, bounds: Bounds) -> Result<(), MailboxError> {
    let mut outcome = done(link, &format!("UID STORE {set} +FLAGS.SILENT (\\Deleted)"), bounds).await;
    if outcome.is_ok() && link.uidplus {
        outcome = done(link, &format!("UID EXPUNGE {set}"), bounds).await;
    }
    match outcome {
        Err(MailboxError::Refused(text)) => {
            tracing::warn!(answer = %text, "copied messages can't be removed from where they were");
            Ok(())
        }
        other => other,
    }
}

async fn done(link: &mut Link, command: &str, bounds: Bounds) -> Result<(), MailboxError> {
    match link.command(command, bounds, |_| {}).await? {
        Answer::Done => Ok(()),
        Answer::Refused(text) => Err(MailboxError::Refused(text)),
    }
}
