//! Mailbox names in modified UTF-7 (RFC 3501 section 5.1.3) as quoted strings.

use data_encoding::BASE64_NOPAD;

/// `收件箱` → `"&ZTZO9nux-"`. Control characters have no place in a name and are refused.
pub(super) fn quoted(name: &str) -> Option<String> {
    if name.is_empty() || name.chars().any(char::is_control) {
        return None;
    }
    Some(format!("\"{}\"", modified_utf7(name).replace('\\', "\\\\").replace('"', "\\\"")))
}

fn modified_utf7(name: &str) -> String {
    let mut encoded = String::new();
    let mut shifted = String::new();
    for c in name.chars() {
        match c {
            ' '..='~' => {
                unshift(&mut encoded, &mut shifted);
                encoded.push(c);
                if c == '&' {
                    encoded.push('-');
                }
            }
            other => shifted.push(other),
        }
    }
    unshift(&mut encoded, &mut shifted);
    encoded
}

fn unshift(encoded: &mut String, shifted: &mut String) {
    if shifted.is_empty() {
        return;
    }
    let utf16: Vec<u8> = shifted.encode_utf16().flat_map(u16::to_be_bytes).collect();
    encoded.push('&');
    encoded.push_str(&BASE64_NOPAD.encode(&utf16).replace('/', ","));
    encoded.push('-');
    shifted.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_the_standard_does() {
        // The examples of RFC 3501 section 5.1.3.
        assert_eq!(quoted("~peter/mail/台北/日本語").unwrap(), "\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\"");
        assert_eq!(quoted("INBOX").unwrap(), "\"INBOX\"");
        assert_eq!(quoted("A&B \"c\" \\").unwrap(), "\"A&-B \\\"c\\\" \\\\\"");
        assert_eq!(quoted("😀").unwrap(), "\"&2D3eAA-\"");
    }

    #[test]
    fn a_name_can_not_carry_a_command() {
        assert_eq!(quoted("INBOX\r\na LOGOUT"), None);
        assert_eq!(quoted(""), None);
    }
}
