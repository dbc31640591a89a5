//! Time as the office counts it: Asia/Shanghai, to the second.
//!
//! China has kept UTC+8 without daylight saving since 1991, so a fixed offset is exact for every
//! campaign and needs no time-zone database.

use jiff::{
    Timestamp, ZonedDateTime,
    civil::Date,
    tz::{Offset, TimeZone},
};

/// Asia/Shanghai.
pub fn shanghai() -> TimeZone {
    TimeZone::fixed(Offset::constant(8))
}

/// The instant as a clock in Wuhan shows it.
pub fn local(at: Timestamp) -> ZonedDateTime {
    at.to_zoned_datetime(shanghai())
}

/// Midnight at the start of a day in Asia/Shanghai.
pub fn start_of(day: Date) -> Option<Timestamp> {
    shanghai().to_timestamp(day.to_datetime(jiff::civil::Time::midnight())).ok()
}

/// `2023-06-30T23:59:59+08:00`, as the JSON contract writes instants.
pub fn rfc3339(at: Timestamp) -> String {
    local(at).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// `2023年6月30日 23:59`, as letters to units write instants.
pub fn chinese_minute(at: Timestamp) -> String {
    local(at).strftime("%Y年%-m月%-d日 %H:%M").to_string()
}
