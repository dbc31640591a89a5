//! Message-IDs of our mails: derived with a key of this deployment, so that a repetition mints the same and
//! nobody else can guess one.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The Message-ID of what these words name. None of them holds a NUL.
pub(super) fn message_id(key: &str, words: &[&str], domain: &str) -> String {
    let token = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map(|mut mac| {
        mac.update(words.join("\0").as_bytes());
        data_encoding::HEXLOWER.encode(mac.finalize().into_bytes().get(..16).unwrap_or_default())
    });
    format!("<zhihui.{}@{domain}>", token.unwrap_or_default())
}
