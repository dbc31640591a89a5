//! FETCH (RFC 3501 section 6.4.5): what is there, and the bytes of it.
//!
//! Always `BODY.PEEK`, never ENVELOPE, BODYSTRUCTURE or SEARCH: servers stumble over hostile MIME when they
//! parse it, and bytes are all we want. A refusal of one message never holds up another.

use super::session::{Answer, Link, is_temporary};
use crate::mailbox::{BYTES_PER_SECOND, HEADER_BYTES, MailboxError};
use async_imap::imap_proto::{AttributeValue, MessageSection, Response, SectionPath};
use jiff::{Timestamp, fmt::strtime};
use std::collections::BTreeMap;
use std::time::Duration;

/// A larger message is fetched in pieces of this size: a lost connection costs less, and so does memory.
pub(super) const PIECE: u64 = 4 << 20;

/// What a listing tells of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// RFC822.SIZE.
    pub size: u64,
    /// INTERNALDATE.
    pub time: Option<Timestamp>,
}

/// Bytes by UID, or why the server doesn't give them. What is missing is gone.
pub(super) type Given = BTreeMap<u32, Result<Vec<u8>, String>>;

/// The messages of a UID set.
pub(super) async fn list(link: &mut Link, set: &str) -> Result<BTreeMap<u32, Entry>, MailboxError> {
    let mut entries = BTreeMap::new();
    // A long listing is no small answer: a big folder's index may have to be read from a slow disk.
    let within = link.times.command.saturating_mul(4);
    let answer = link
        .command(&format!("UID FETCH {set} (UID RFC822.SIZE INTERNALDATE)"), within, |response| {
            let Response::Fetch(_, attributes) = response else { return };
            let size = attributes.iter().find_map(|a| if let AttributeValue::Rfc822Size(size) = a { Some(u64::from(*size)) } else { None });
            // Without a size it is somebody's change of flags, told unasked.
            if let (Some(uid), Some(size)) = (uid_of(attributes), size) {
                entries.insert(uid, Entry { size, time: time_of(attributes) });
            }
        })
        .await?;
    match answer {
        Answer::Done => Ok(entries),
        Answer::Refused(text) => Err(MailboxError::Protocol(format!("the listing was refused: {text}"))),
    }
}

/// Whole messages, in one command; one by one where the server gives fewer than it lists.
pub(super) async fn whole(link: &mut Link, entries: &[(u32, u64)]) -> Result<Given, MailboxError> {
    let mut given = Given::new();
    if entries.is_empty() {
        return Ok(given);
    }
    let set = entries.iter().map(|(uid, _)| uid.to_string()).collect::<Vec<_>>().join(",");
    let bytes = entries.iter().map(|(_, size)| size).sum();
    let answer = section(link, &set, &Part::Whole, bytes, &mut given).await?;
    let missing: Vec<u32> = entries.iter().map(|(uid, _)| *uid).filter(|uid| !given.contains_key(uid)).collect();
    if missing.is_empty() {
        return Ok(given);
    }
    // A UID that is no longer listed has vanished, which is no error. One that is was refused.
    let set = missing.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
    for (uid, entry) in list(link, &set).await?.into_iter().filter(|(uid, _)| missing.contains(uid)) {
        let reason = match entries.len() {
            1 => answer.clone(),
            _ => section(link, &uid.to_string(), &Part::Whole, entry.size, &mut given).await?,
        };
        refuse(&mut given, uid, reason);
    }
    Ok(given)
}

/// One header, cut at [`HEADER_BYTES`].
pub(super) async fn header(link: &mut Link, uid: u32) -> Result<Given, MailboxError> {
    let mut given = Given::new();
    let answer = section(link, &uid.to_string(), &Part::Header, HEADER_BYTES, &mut given).await?;
    explain(link, given, uid, answer).await
}

/// One large message in pieces; none of it where it is over `limit`, whatever its declared size was.
pub(super) async fn pieces(link: &mut Link, uid: u32, size: u64, limit: u64) -> Result<Given, MailboxError> {
    let mut bytes: Vec<u8> = Vec::new();
    loop {
        let offset = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let mut given = Given::new();
        let answer = section(link, &uid.to_string(), &Part::Piece(offset), PIECE, &mut given).await?;
        let Some(Ok(piece)) = given.remove(&uid) else {
            return explain(link, given, uid, answer).await;
        };
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        bytes.extend(piece);
        let total = offset.saturating_add(length);
        // Servers that misjudge a size give less or more than they told: only an empty piece is an end
        // before the declared one, and only a short one behind it.
        if length == 0 || (length < PIECE && total >= size) || length > PIECE || total > limit {
            return Ok(Given::from([(uid, Ok(bytes))]));
        }
    }
}

/// What is fetched of a message.
enum Part {
    Whole,
    Header,
    Piece(u64),
}

impl Part {
    fn item(&self) -> String {
        match self {
            Part::Whole => "BODY.PEEK[]".into(),
            Part::Header => format!("BODY.PEEK[HEADER]<0.{HEADER_BYTES}>"),
            Part::Piece(offset) => format!("BODY.PEEK[]<{offset}.{PIECE}>"),
        }
    }

    /// The bytes, if these attributes carry this part. NIL is an empty one only behind the start.
    fn find(&self, attributes: &[AttributeValue<'_>]) -> Option<Vec<u8>> {
        attributes.iter().find_map(|attribute| {
            let AttributeValue::BodySection { section, index, data } = attribute else { return None };
            let at = u64::from(index.unwrap_or(0));
            match (self, section) {
                (Part::Whole, None) => data.as_ref().map(|data| data.to_vec()),
                (Part::Header, Some(SectionPath::Full(MessageSection::Header))) => data.as_ref().map(|data| data.to_vec()),
                (Part::Piece(0), None) if at == 0 => data.as_ref().map(|data| data.to_vec()),
                (Part::Piece(offset), None) if at == *offset => Some(data.as_ref().map(|data| data.to_vec()).unwrap_or_default()),
                _ => None,
            }
        })
    }
}

/// Runs one FETCH and adds what comes to `given`.
async fn section(link: &mut Link, set: &str, part: &Part, bytes: u64, given: &mut Given) -> Result<Answer, MailboxError> {
    let within = link.times.command.saturating_add(Duration::from_secs(bytes / BYTES_PER_SECOND));
    let answer = link
        .command(&format!("UID FETCH {set} (UID {})", part.item()), within, |response| {
            let Response::Fetch(_, attributes) = response else { return };
            if let (Some(uid), Some(data)) = (uid_of(attributes), part.find(attributes)) {
                given.insert(uid, Ok(data));
            }
        })
        .await?;
    match answer {
        // For now, and for all alike: nobody's message is to blame.
        Answer::Refused(text) if is_temporary(&text) => Err(MailboxError::Busy(text)),
        answer => Ok(answer),
    }
}

/// Tells a vanished message from a refused one.
async fn explain(link: &mut Link, mut given: Given, uid: u32, answer: Answer) -> Result<Given, MailboxError> {
    if !given.contains_key(&uid) && list(link, &uid.to_string()).await?.contains_key(&uid) {
        refuse(&mut given, uid, answer);
    }
    Ok(given)
}

fn refuse(given: &mut Given, uid: u32, answer: Answer) {
    given.entry(uid).or_insert(Err(match answer {
        Answer::Refused(text) => text,
        Answer::Done => "the server lists the message and gives nothing of it".into(),
    }));
}

fn uid_of(attributes: &[AttributeValue<'_>]) -> Option<u32> {
    attributes.iter().find_map(|attribute| if let AttributeValue::Uid(uid) = attribute { Some(*uid) } else { None })
}

fn time_of(attributes: &[AttributeValue<'_>]) -> Option<Timestamp> {
    attributes.iter().find_map(|attribute| if let AttributeValue::InternalDate(text) = attribute { internal_date(text) } else { None })
}

/// ` 7-Jul-2023 02:44:25 +0800` (RFC 3501 `date-time`; the day may be padded with a blank).
fn internal_date(text: &str) -> Option<Timestamp> {
    strtime::parse("%d-%b-%Y %H:%M:%S %z", text.trim()).and_then(|parsed| parsed.to_timestamp()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internal_dates_are_instants() {
        let expected: Timestamp = "2023-07-06T18:44:25Z".parse().unwrap();
        assert_eq!(internal_date(" 7-Jul-2023 02:44:25 +0800"), Some(expected));
        assert_eq!(internal_date("07-Jul-2023 02:44:25 +0800"), Some(expected));
        assert_eq!(internal_date("06-Jul-2023 18:44:25 +0000"), Some(expected));
        assert_eq!(internal_date("yesterday"), None);
    }
}
