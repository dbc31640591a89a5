//! A mail address with its display name (RFC 5322 section 3.4).

use serde::{Deserialize, Serialize};

/// One mailbox of a `From` or `To` header field, decoded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The display name, or `null` where there is none.
    pub name: Option<String>,
    /// `local@domain` as written; empty where the header field holds none.
    pub address: String,
}

impl Address {
    /// The part after the last `@`, in lower case; empty where there is none.
    pub fn domain(&self) -> String {
        self.address.rsplit_once('@').map(|(_, domain)| domain.to_ascii_lowercase()).unwrap_or_default()
    }
}
