//! The weekly digest (周报): [`Figures`] into a mail that can be forwarded to a leader as it stands.
//!
//! `page` words everything once; `html` and `text` lay the same page out, `mail` puts them together with the
//! chart, the one page ([`super::brief`]) and the ledger ([`super::ledger`]). No commands, codes or full
//! telephone numbers stand in it. The same figures give the same bytes.

mod ahead;
mod html;
mod mail;
mod opening;
mod page;
#[cfg(test)]
pub mod sample;
mod text;
mod todo;

pub use html::{Picture, html};
pub use mail::{Envelope, MailError, mail};
pub use page::{Compared, Near, Page, RegionRow, Row};
pub use text::text;

use super::figures::Figures;
use crate::model::{campaign::Campaign, region::Regions};
use jiff::civil::Date;

/// Whose cases a digest tells about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope<'a> {
    /// The whole province's.
    Province,
    /// One region's, by its full name; `province` for 省直.
    Region(&'a str),
}

/// All that a digest knows.
#[derive(Debug, Clone, Copy)]
pub struct Digest<'a> {
    /// What was counted.
    pub figures: &'a Figures,
    /// The campaign.
    pub campaign: &'a Campaign,
    /// The province's regions.
    pub regions: &'a Regions,
    /// Whose cases.
    pub scope: Scope<'a>,
    /// The day that stands below the signature.
    pub dated: Date,
    /// The head of the audit log, if there is one: whoever keeps the digest can prove that nothing before it was changed.
    pub anchor: Option<&'a str>,
}

impl Scope<'_> {
    /// `十堰市`, `省直单位`, or nothing.
    pub fn name(&self) -> &str {
        match self {
            Scope::Province => "",
            Scope::Region("province") => "省直单位",
            Scope::Region(name) => name,
        }
    }

    /// Whether a case of this region belongs to it.
    pub fn holds(&self, region: Option<&str>) -> bool {
        match self {
            Scope::Province => true,
            Scope::Region(name) => region == Some(name),
        }
    }
}

impl Digest<'_> {
    /// `案例征集周报（6月19日—25日）`, also the beginning of its files' names.
    pub fn title(&self) -> String {
        let period = &self.figures.period;
        format!("{}案例征集周报（{}）", self.scope.name(), super::words::days(period.from, period.last_day()))
    }

    /// `【荆楚质汇】案例征集周报（6月19日—25日）`.
    pub fn subject(&self) -> String {
        format!("【{}】{}", self.campaign.brand.name, self.title())
    }
}
