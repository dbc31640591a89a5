//! The collection windows: an instant into its month and batch (design rules 6 and 7).
//!
//! Every interval is half-open and runs in Asia/Shanghai.

use crate::model::campaign::Calendar;
use crate::model::reading::WindowPlace;
use crate::model::time;
use jiff::Timestamp;

/// Places a case by the instant at which the mailbox's server took its mail.
///
/// What came before the opening keeps its month and belongs to the first batch.
pub fn place(received: Timestamp, calendar: &Calendar) -> WindowPlace {
    let day = time::local(received).date();
    if day >= calendar.closes {
        return WindowPlace { month: None, batch: None, late: true };
    }
    let batch = if day < calendar.opens {
        calendar.batches.first()
    } else {
        calendar.batches.iter().find(|batch| batch.from <= day && day < batch.until)
    };
    WindowPlace { month: Some(format!("{:04}-{:02}", day.year(), day.month())), batch: batch.map(|batch| batch.id.clone()), late: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::campaign::{Basis, Batch};
    use jiff::civil::date;

    fn calendar() -> Calendar {
        let batch = |id: &str, from, until| Batch { id: id.into(), name: id.into(), from, until, basis: Basis::Notice };
        Calendar {
            opens: date(2023, 5, 23),
            closes: date(2024, 1, 1),
            basis: Basis::Notice,
            batches: vec![batch("2023-H1", date(2023, 5, 23), date(2023, 7, 1)), batch("2023-H2", date(2023, 7, 1), date(2023, 12, 1))],
        }
    }

    #[test]
    fn edges_to_the_second() {
        for (instant, month, batch, late) in [
            ("2023-05-20T12:00:00+08:00", Some("2023-05"), Some("2023-H1"), false),
            ("2023-06-30T23:59:59+08:00", Some("2023-06"), Some("2023-H1"), false),
            ("2023-06-30T15:59:59Z", Some("2023-06"), Some("2023-H1"), false),
            ("2023-06-30T16:00:00Z", Some("2023-07"), Some("2023-H2"), false),
            ("2023-11-30T23:59:59+08:00", Some("2023-11"), Some("2023-H2"), false),
            ("2023-12-01T00:00:00+08:00", Some("2023-12"), None, false),
            ("2023-12-31T23:59:59+08:00", Some("2023-12"), None, false),
            ("2024-01-01T00:00:00+08:00", None, None, true),
        ] {
            let placed = place(instant.parse().unwrap(), &calendar());
            assert_eq!((placed.month.as_deref(), placed.batch.as_deref(), placed.late), (month, batch, late), "{instant}");
        }
    }
}
