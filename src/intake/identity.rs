//! The identity of a mail: hashes of its bytes (SHA-256, FIPS 180-4) in lower-case hexadecimal.
//!
//! Two hashes, because a mail can reach the mailbox twice by different ways (a list and directly, or an
//! export and the server): the raw one is the same only for the same bytes, the stable one leaves out what
//! the way leaves on a mail. Neither says anything about authenticity.

use crate::intake::message::transfer::lines;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// The SHA-256 of some bytes.
pub fn sha256_hex(bytes: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes.as_ref()))
}

/// How much is hashed at a time.
const PIECE: usize = 4 << 10;

/// The SHA-256 of a mail without the header fields that transport adds (`Received`, `Return-Path`,
/// `Delivered-To`, `X-*`, `Authentication-Results`, each with its continuation lines) and with every line
/// end as LF.
pub fn stable_sha256(raw: &[u8]) -> String {
    let mut hasher = Sha256::new();
    let mut in_header = true;
    let mut dropped = false;
    // Hashed in pieces: a line alone is no more than a block or two.
    let mut piece = Vec::with_capacity(2 * PIECE);
    for line in lines(raw) {
        let (content, end) = line_end(line);
        if in_header {
            if content.is_empty() {
                in_header = false;
            } else if !content.starts_with(b" ") && !content.starts_with(b"\t") {
                dropped = is_transport(content);
            }
            if in_header && dropped {
                continue;
            }
        }
        piece.extend_from_slice(content);
        piece.extend_from_slice(end);
        if piece.len() >= PIECE {
            hasher.update(&piece);
            piece.clear();
        }
    }
    hasher.update(&piece);
    HEXLOWER.encode(&hasher.finalize())
}

/// A line without its end, and that end as LF.
fn line_end(line: &[u8]) -> (&[u8], &'static [u8]) {
    match line.strip_suffix(b"\n") {
        Some(content) => (content.strip_suffix(b"\r").unwrap_or(content), b"\n"),
        None => (line, b""),
    }
}

/// Whether a header line begins a field that transport adds.
fn is_transport(line: &[u8]) -> bool {
    let name: Vec<u8> = line.iter().take_while(|byte| **byte != b':').map(u8::to_ascii_lowercase).collect();
    let name = name.trim_ascii_end();
    name.starts_with(b"x-") || [&b"received"[..], b"return-path", b"delivered-to", b"authentication-results"].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "From: a@unit.example\nSubject: x\n y\n\nX-Body: stays\n";

    #[test]
    fn hashes_as_fips_180_4_does() {
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn what_transport_adds_changes_nothing() {
        let added = format!(
            "Received: from a\n\tby b; now\nX-QQ-mid: 1\n 2\nreturn-path : <a@b>\nDelivered-To: c\nAuthentication-Results: mx; spf=pass\n{MAIL}"
        );
        assert_eq!(stable_sha256(added.as_bytes()), stable_sha256(MAIL.as_bytes()));
        assert_ne!(sha256_hex(&added), sha256_hex(MAIL));
    }

    #[test]
    fn line_ends_change_nothing() {
        assert_eq!(stable_sha256(MAIL.replace('\n', "\r\n").as_bytes()), stable_sha256(MAIL.as_bytes()));
    }

    #[test]
    fn everything_else_counts() {
        for other in
            [MAIL.replace("x\n", "z\n"), MAIL.replace("stays", "goes"), MAIL.replace(" y", " w"), MAIL.replace("From", "Received-By")]
        {
            assert_ne!(stable_sha256(other.as_bytes()), stable_sha256(MAIL.as_bytes()), "{other}");
        }
    }
}
