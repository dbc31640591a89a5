//! Copies of `config/`'s data files, built into the program: what `demo`, `inspect`, `form` and `activity`
//! work from where there is no configuration.

/// The campaign of 2023, in TOML.
pub const CAMPAIGN: &str = include_str!("../../config/campaign-2023.toml");
/// Hubei's cities and prefectures, in TOML.
pub const REGIONS: &str = include_str!("../../config/regions-hubei.toml");
/// Holidays and make-up days, in TOML.
pub const WORKDAYS: &str = include_str!("../../config/workdays.toml");
/// What sentences call the built-in campaign.
pub const CAMPAIGN_NAME: &str = "内置的 campaign-2023.toml";
/// What sentences call the built-in regions.
pub const REGIONS_NAME: &str = "内置的 regions-hubei.toml";
/// What sentences call the built-in days of work.
pub const WORKDAYS_NAME: &str = "内置的 workdays.toml";
