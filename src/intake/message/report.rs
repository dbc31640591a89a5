//! The machine-readable parts of a report → what it reports on (RFC 3464, RFC 8098, RFC 6522).

use crate::intake::message::{
    charset,
    field::{self, Budget},
    identifier, name,
};

/// What a delivery status or disposition notification tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The Message-ID of the mail that it is about.
    pub original_message_id: Option<String>,
    /// Whom that mail was for.
    pub final_recipient: Option<String>,
    /// `failed`, `delayed`, `delivered`, `relayed`, `expanded`; of a receipt `displayed` or `deleted`.
    pub action: Option<String>,
    /// The enhanced status code, such as `5.1.1` (RFC 3463).
    pub status: Option<String>,
}

/// How much of a part is looked at.
const PART_BYTES: usize = 64 << 10;
/// How many groups of fields, one for each recipient, are looked at.
const GROUPS: usize = 100;

impl Report {
    /// Adds the fields of a `message/delivery-status` or `message/disposition-notification`. Of several
    /// recipients the first one that failed counts, else the first.
    pub fn add_fields(&mut self, body: &[u8]) {
        let mut rest = body.get(..PART_BYTES).unwrap_or(body).trim_ascii_start();
        for _ in 0..GROUPS {
            let group = field::split(rest, &mut Budget { bytes: PART_BYTES, fields: GROUPS, exceeded: false });
            let text = |name: &str| group.get(name).map(name::clean).filter(|value| !value.is_empty());
            let action = text("action").or_else(|| text("disposition").map(disposition)).map(|action| action.to_ascii_lowercase());
            let better = action.as_deref() == Some("failed") && self.action.as_deref() != Some("failed");
            if action.is_some() && (self.action.is_none() || better) {
                self.action = action;
                self.final_recipient = text("final-recipient").map(recipient);
                self.status = text("status").and_then(|value| value.split(' ').next().map(str::to_owned));
            }
            self.add_identifier(group.get("original-message-id"));
            if group.body.is_empty() || group.body.len() == rest.len() {
                break;
            }
            rest = group.body.trim_ascii_start();
        }
    }

    /// Adds the Message-ID of a returned message or of its header.
    pub fn add_returned(&mut self, message: &[u8]) {
        let head = message.get(..PART_BYTES).unwrap_or(message);
        let header = field::split(field::skip_leading(head), &mut Budget { bytes: PART_BYTES, fields: GROUPS * 10, exceeded: false });
        self.add_identifier(header.get("message-id"));
    }

    /// Sets the identifier, unless an earlier part has told it.
    fn add_identifier(&mut self, value: Option<&str>) {
        if self.original_message_id.is_none() {
            self.original_message_id = value.and_then(identifier::own);
        }
    }
}

/// `rfc822; a@unit.example` without its type.
fn recipient(value: String) -> String {
    let address = value.split_once(';').map_or(value.as_str(), |(_, address)| address);
    charset::decode(address.trim().as_bytes(), None).trim_matches(['<', '>']).to_owned()
}

/// `automatic-action/MDN-sent-automatically; displayed/error` → `displayed`.
fn disposition(value: String) -> String {
    let kind = value.split_once(';').map_or(value.as_str(), |(_, kind)| kind);
    kind.split(['/', ',']).next().unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delivery_status_of_several_recipients() {
        let body = "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; a@b\nAction: delayed\nStatus: 4.4.1\n\nFinal-Recipient: rfc822;c@d\nAction: Failed\nStatus: 5.1.1 (unknown)\n";
        for body in [body.to_owned(), body.replace('\n', "\r\n")] {
            let mut report = Report::default();
            report.add_fields(body.as_bytes());
            report.add_returned(b"\nReturn-Path: x\nMessage-ID: <a@b>\n\nbody");
            assert_eq!(report.final_recipient.as_deref(), Some("c@d"));
            assert_eq!((report.action.as_deref(), report.status.as_deref()), (Some("failed"), Some("5.1.1")));
            assert_eq!(report.original_message_id.as_deref(), Some("<a@b>"));
        }
    }

    #[test]
    fn disposition_notification() {
        let mut report = Report::default();
        report.add_fields(
            b"Final-Recipient: rfc822;a@b\nOriginal-Message-ID: <x@y>\nDisposition: manual-action/MDN-sent-manually; displayed\n",
        );
        assert_eq!((report.action.as_deref(), report.original_message_id.as_deref()), (Some("displayed"), Some("<x@y>")));
    }
}
