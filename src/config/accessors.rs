//! What the configuration means, where that is more than what was written: usual ports, times, whole addresses.

use super::{
    choices::{Day, Tls},
    secret::SecretSource,
    sections::{Blobs, Correction, Digest, Mailbox, Replies, Smtp},
    values::QuietHours,
};
use crate::model::{address::Address, campaign::Campaign};
use jiff::{
    ToSpan,
    civil::{Date, Time, Weekday},
};
use std::time::Duration;

impl Mailbox {
    /// The port: as written, else the usual one.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            Tls::Implicit => 993,
            Tls::Starttls | Tls::None => 143,
        })
    }

    /// Where the secret comes from, if exactly one place is given.
    pub fn password(&self) -> Option<SecretSource> {
        SecretSource::of(&self.password_file, &self.password_env, &self.password_command)
    }

    /// The first day whose mails are read: as written, else 30 days before the campaign opens.
    pub fn since(&self, campaign: &Campaign) -> Date {
        self.since.unwrap_or_else(|| campaign.calendar.opens.saturating_sub(30.days()))
    }
}

impl Blobs {
    /// Where the secret key comes from, if exactly one place is given.
    pub fn secret_key(&self) -> Option<SecretSource> {
        SecretSource::of(&self.secret_key_file, &self.secret_key_env, &self.secret_key_command)
    }
}

impl Smtp {
    /// The port: as written, else the usual one.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            Tls::Implicit => 465,
            Tls::Starttls => 587,
            Tls::None => 25,
        })
    }

    /// Where the secret comes from, if exactly one place is given.
    pub fn password(&self) -> Option<SecretSource> {
        SecretSource::of(&self.password_file, &self.password_env, &self.password_command)
    }

    /// Who writes the replies.
    pub fn from(&self) -> &Address {
        &self.from.0
    }
}

impl Correction {
    /// Until when on the last day.
    pub fn until(&self) -> Time {
        self.until.0
    }

    /// How long a request waits for a second mail.
    pub fn wait(&self) -> Duration {
        self.wait.length()
    }
}

impl Replies {
    /// The hours in which corrections and reminders don't go.
    pub fn quiet(&self) -> Option<QuietHours> {
        self.quiet.0
    }

    /// Whether only people answer this address.
    pub fn is_never(&self, address: &Address) -> bool {
        self.never.iter().any(|pattern| pattern.matches(address))
    }
}

impl Digest {
    /// Whether it tells of this campaign.
    pub fn is_of(&self, campaign: &str) -> bool {
        self.campaign.as_deref().is_none_or(|own| own == campaign)
    }

    /// Who receives it.
    pub fn to(&self) -> impl Iterator<Item = &Address> {
        self.to.iter().map(|one| &one.0)
    }

    /// The weekday.
    pub fn day(&self) -> Weekday {
        match self.day {
            Day::Monday => Weekday::Monday,
            Day::Tuesday => Weekday::Tuesday,
            Day::Wednesday => Weekday::Wednesday,
            Day::Thursday => Weekday::Thursday,
            Day::Friday => Weekday::Friday,
            Day::Saturday => Weekday::Saturday,
            Day::Sunday => Weekday::Sunday,
        }
    }

    /// The time of day.
    pub fn time(&self) -> Time {
        self.time.0
    }
}
