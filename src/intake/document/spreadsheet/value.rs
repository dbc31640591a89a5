//! A cell's value becomes the text that a person sees in it.
//!
//! Number formats other than dates aren't applied: a telephone number is its digits, never an exponent.

use calamine::{DataRef, ExcelDateTime};

/// The first serial number that is no date: 10000-01-01.
const BEYOND_DATES: f64 = 2_958_466.0;

/// The text of a value.
pub(super) fn shown(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => decimal(*number),
        DataRef::String(text) => text.replace("\r\n", "\n"),
        DataRef::SharedString(text) => text.replace("\r\n", "\n"),
        DataRef::Bool(truth) => if *truth { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::DateTime(moment) => moment_of(*moment),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

/// Fifteen significant digits, as spreadsheets keep them, without an exponent.
fn decimal(number: f64) -> String {
    format!("{number:.14e}").parse::<f64>().unwrap_or(number).to_string()
}

fn moment_of(moment: ExcelDateTime) -> String {
    let serial = moment.as_f64();
    if !(0.0..BEYOND_DATES).contains(&serial) || moment.is_duration() {
        return decimal(serial);
    }
    let (year, month, day, hour, minute, _, _) = moment.to_ymd_hms_milli();
    match (serial < 1.0, serial.fract() > 0.0) {
        (true, _) => format!("{hour:02}:{minute:02}"),
        (false, true) => format!("{year}年{month}月{day}日 {hour:02}:{minute:02}"),
        (false, false) => format!("{year}年{month}月{day}日"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType;

    #[test]
    fn numbers_are_digits() {
        assert_eq!(shown(&DataRef::Float(19_900_000_074.0)), "19900000074");
        assert_eq!(shown(&DataRef::Float(0.1 + 0.2)), "0.3");
        assert_eq!(shown(&DataRef::Float(1e20)), "100000000000000000000");
        assert_eq!(shown(&DataRef::Float(-1.5)), "-1.5");
        assert_eq!(shown(&DataRef::Int(7_195_526_248)), "7195526248");
    }

    #[test]
    fn dates_are_chinese() {
        let date = |serial| shown(&DataRef::DateTime(ExcelDateTime::new(serial, ExcelDateTimeType::DateTime, false)));
        assert_eq!(date(45_107.0), "2023年6月30日");
        assert_eq!(date(45_107.627_8), "2023年6月30日 15:04");
        assert_eq!(date(0.5), "12:00");
        assert_eq!(date(19_900_000_074.0), "19900000074");
    }

    #[test]
    fn line_breaks_are_kept() {
        assert_eq!(shown(&DataRef::SharedString("甲\r\n乙\n丙")), "甲\n乙\n丙");
    }
}
