//! FETCH (RFC 3501 section 6.4.5): what is there, and the bytes of it.
//!
//! Always `BODY.PEEK`, never ENVELOPE, BODYSTRUCTURE or SEARCH: servers stumble over hostile MIME when they
//! parse it, and bytes are all we want. A refusal of one message never holds up another.

use super::session::{Answer, Bounds, Link, is_temporary};
use crate::mailbox::{BYTES_PER_SECOND, HEADER_BYTES, MailboxError};
use async_imap::imap_proto::{AttributeValue, MessageSection, Response, SectionPath};
use jiff::{Timestamp, fmt::strtime};
use std::collections::BTreeMap;
use std::time::Duration;

/// A larger message is fetched in pieces of this size: a lost connection costs less, and so does memory.
pub(super) const PIECE: u64 = 4 << 20;
/// What a listing may hold: some hundred thousand messages.
const LISTING_BYTES: u64 = 64 << 20;
/// What an answer may be larger than it should, since declared sizes are often estimates.
const SLACK_BYTES: u64 = 8 << 20;
/// What servers give for a date that they have lost lies before this instant, 1990.
const FIRST_DATE: Timestamp = Timestamp::constant(631_152_000, 0);

/// What a listing tells of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Entry {
    /// RFC822.SIZE, where the server tells it.
    pub size: Option<u64>,
    /// INTERNALDATE, where the server tells it.
    pub time: Option<Timestamp>,
}

/// Bytes by UID, or why the server doesn't give them. What is missing is gone.
pub(super) type Given = BTreeMap<u32, Result<Vec<u8>, String>>;

/// The messages of a UID set.
pub(super) async fn list(link: &mut Link, set: &str) -> Result<BTreeMap<u32, Entry>, MailboxError> {
    let mut entries: BTreeMap<u32, Entry> = BTreeMap::new();
    // A long listing is no small answer: a big folder's index may have to be read from a slow disk.
    let bounds = Bounds { within: link.times.command.saturating_mul(4), bytes: LISTING_BYTES };
    let answer = link
        .command(&format!("UID FETCH {set} (UID RFC822.SIZE INTERNALDATE)"), bounds, |response| {
            let Response::Fetch(_, attributes) = response else { return };
            let size = attributes.iter().find_map(|a| if let AttributeValue::Rfc822Size(size) = a { Some(u64::from(*size)) } else { None });
            let is_listed = size.is_some() || attributes.iter().any(|a| matches!(a, AttributeValue::InternalDate(_)));
            // Without both it is somebody's change of flags, told unasked. Some servers tell one a line.
            if let Some(uid) = uid_of(attributes).filter(|_| is_listed) {
                let entry = entries.entry(uid).or_default();
                *entry = Entry { size: size.or(entry.size), time: time_of(attributes).or(entry.time) };
            }
        })
        .await?;
    match answer {
        Answer::Done => Ok(entries),
        // Some answer so to a folder without messages.
        Answer::Refused(_) if link.exists == 0 => Ok(BTreeMap::new()),
        Answer::Refused(text) if is_temporary(&text) => Err(MailboxError::Busy(text)),
        Answer::Refused(text) => Err(MailboxError::Protocol(format!("the listing was refused: {text}"))),
    }
}

/// Whole messages, in one command; one by one where the server gives fewer than it lists, or other sizes.
pub(super) async fn whole(link: &mut Link, entries: &[(u32, Entry)]) -> Result<Given, MailboxError> {
    let mut given = Given::new();
    if entries.is_empty() {
        return Ok(given);
    }
    let set = joined(entries.iter().map(|(uid, _)| uid));
    let bytes = entries.iter().filter_map(|(_, entry)| entry.size).sum();
    let answer = section(link, &set, &Part::Whole, bytes, &mut given).await?;
    for (uid, entry) in entries {
        let differs = matches!(given.get(uid), Some(Ok(bytes)) if entry.size.is_some_and(|size| size != length_of(bytes)));
        if differs && let Some(Ok(first)) = given.remove(uid) {
            let kept = once_more(link, *uid, entry, first).await?;
            given.insert(*uid, Ok(kept));
        }
    }
    let missing: Vec<u32> = entries.iter().map(|(uid, _)| *uid).filter(|uid| !given.contains_key(uid)).collect();
    if missing.is_empty() {
        return Ok(given);
    }
    // A UID that is no longer listed has vanished, which is no error. One that is was refused.
    for (uid, entry) in list(link, &joined(missing.iter())).await?.into_iter().filter(|(uid, _)| missing.contains(uid)) {
        let reason = match entries.len() {
            1 => answer.clone(),
            _ => section(link, &uid.to_string(), &Part::Whole, entry.size.unwrap_or(PIECE), &mut given).await?,
        };
        refuse(&mut given, uid, reason);
    }
    Ok(given)
}

fn joined<'a>(uids: impl Iterator<Item = &'a u32>) -> String {
    uids.map(u32::to_string).collect::<Vec<_>>().join(",")
}

/// A message whose size is another than was told, fetched again. Truncation and a server's poor estimate
/// look alike the first time; the second time the declared size wins, else the longer one. It is never lost.
async fn once_more(link: &mut Link, uid: u32, entry: &Entry, first: Vec<u8>) -> Result<Vec<u8>, MailboxError> {
    let mut again = Given::new();
    section(link, &uid.to_string(), &Part::Whole, entry.size.unwrap_or(PIECE), &mut again).await?;
    let kept = match again.remove(&uid) {
        Some(Ok(second)) if Some(length_of(&second)) == entry.size || second.len() > first.len() => second,
        _ => first,
    };
    tracing::warn!(mailbox.uid = uid, declared = entry.size, received = kept.len(), "the size differs from RFC822.SIZE");
    Ok(kept)
}

fn length_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// One header, cut at [`HEADER_BYTES`].
pub(super) async fn header(link: &mut Link, uid: u32) -> Result<Given, MailboxError> {
    let mut given = Given::new();
    let answer = section(link, &uid.to_string(), &Part::Header, HEADER_BYTES, &mut given).await?;
    explain(link, given, uid, answer).await
}

/// One message in pieces; its beginning where it is over `limit`, whatever its declared size was.
pub(super) async fn pieces(link: &mut Link, uid: u32, entry: &Entry, limit: u64) -> Result<Given, MailboxError> {
    let mut bytes: Vec<u8> = Vec::new();
    // Without a declared size only an empty piece is an end.
    let size = entry.size.unwrap_or(u64::MAX);
    loop {
        let offset = length_of(&bytes);
        let mut given = Given::new();
        // A server that knows no pieces gives the whole.
        let expected = PIECE.max(size.min(limit));
        let answer = section(link, &uid.to_string(), &Part::Piece(offset), expected, &mut given).await?;
        let Some(Ok(piece)) = given.remove(&uid) else {
            return explain(link, given, uid, answer).await;
        };
        let length = length_of(&piece);
        bytes.extend(piece);
        let total = offset.saturating_add(length);
        // Servers that misjudge a size give less or more than they told: only an empty piece is an end
        // before the declared one, and only a short one behind it.
        if length == 0 || (length < PIECE && total >= size) || length > PIECE || total > limit {
            if total != size {
                tracing::warn!(mailbox.uid = uid, declared = entry.size, received = total, "the size differs from RFC822.SIZE");
            }
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
    let bounds = Bounds { within, bytes: bytes.saturating_mul(2).saturating_add(SLACK_BYTES) };
    let answer = link
        .command(&format!("UID FETCH {set} (UID {})", part.item()), bounds, |response| {
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
    let parsed = strtime::parse("%d-%b-%Y %H:%M:%S %z", text.trim()).and_then(|parsed| parsed.to_timestamp());
    parsed.ok().filter(|time| *time >= FIRST_DATE)
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
        assert_eq!(internal_date("01-Jan-1970 00:00:00 +0000"), None);
    }
}
