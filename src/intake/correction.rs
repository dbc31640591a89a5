//! Where a case stands after it was corrected (design rule 8): it keeps the window of its first form if the complete
//! form arrives within the correction period, else it is placed by the day on which it became complete.
//!
//! The period begins when the request was sent, so until then the place is kept. A further request that was asked for
//! by a mail within the period extends it, since its letter promises so; one on a later mail doesn't.

use crate::intake::schedule::Office;
use crate::intake::window;
use crate::model::campaign::Calendar;
pub use crate::model::placement::{Course, Request};
use crate::model::placement::{Placement, PlacementRule};
use crate::model::reading::WindowPlace;
use crate::model::time;
use jiff::Timestamp;

/// What was received now.
#[derive(Debug, Clone, Copy)]
pub struct Arrived {
    /// When.
    pub received: Timestamp,
    /// Whether the case lacks nothing any more.
    pub is_complete: bool,
}

/// The place of a first form.
pub fn first(place: &WindowPlace, received: Timestamp) -> Placement {
    Placement { place: place.clone(), rule: PlacementRule::FirstForm, received, request_sent: None, deadline: None }
}

/// The place of a case after a further form, or after files that mended it.
pub fn placed(course: &Course, arrived: Arrived, calendar: &Calendar, office: &Office<'_>) -> Placement {
    let (request_sent, deadline) = period(&course.requests, office).map_or((None, None), |(sent, end)| (Some(sent), Some(end)));
    let keeps = |rule| Placement { place: course.place.clone(), rule, received: arrived.received, request_sent, deadline };
    match deadline {
        _ if course.is_ruled => keeps(PlacementRule::Ruling),
        _ if course.was_complete => keeps(PlacementRule::CompleteBefore),
        _ if !arrived.is_complete => keeps(PlacementRule::Incomplete),
        None => keeps(PlacementRule::NotYetAsked),
        Some(end) if arrived.received <= end => keeps(PlacementRule::WithinPeriod),
        Some(_) => Placement { place: window::place(arrived.received, calendar), ..keeps(PlacementRule::BecameComplete) },
    }
}

/// Whether a request that answers a mail received now still promises the place.
pub fn is_within(course: &Course, received: Timestamp, office: &Office<'_>) -> bool {
    course.was_complete || period(&course.requests, office).is_none_or(|(_, end)| received <= end)
}

/// By when the unit is to answer; none while it is our turn: nothing was asked, or nothing since its latest form was received.
pub fn due(requests: &[Request], revised: Timestamp, office: &Office<'_>) -> Option<Timestamp> {
    is_units_turn(requests, revised).then(|| period(requests, office)).flatten().map(|(_, end)| end)
}

/// Whether the latest request answers the form that was received at this instant.
pub fn is_units_turn(requests: &[Request], revised: Timestamp) -> bool {
    requests.last().is_some_and(|last| last.asked >= revised)
}

/// When the period began and when it ends; none before the first request, and past the end of the table of working
/// days, where nobody can say that it is over.
pub fn period(requests: &[Request], office: &Office<'_>) -> Option<(Timestamp, Timestamp)> {
    let first = requests.first()?;
    let mut until = end(first, office)?;
    for request in requests.iter().skip(1).filter(|request| request.sent > first.sent) {
        if request.asked <= until {
            until = until.max(end(request, office)?);
        }
    }
    Some((first.sent, until))
}

/// What the letter told holds, whatever the rules say since; one that told nothing that was still ahead has its working days.
fn end(request: &Request, office: &Office<'_>) -> Option<Timestamp> {
    let told = request.until.filter(|until| *until > request.sent);
    told.or_else(|| time::shanghai().to_timestamp(office.deadline(request.sent)?).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{CampaignFile, builtin};
    use crate::model::workdays::Workdays;
    use jiff::SignedDuration;
    use jiff::civil::Time;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static TABLE: LazyLock<Workdays> = LazyLock::new(|| toml::from_str(builtin::WORKDAYS).unwrap());
    static CAMPAIGN: LazyLock<CampaignFile> = LazyLock::new(|| CampaignFile::builtin().unwrap());

    fn office(workdays: &Workdays) -> Office<'_> {
        Office { wait: SignedDuration::ZERO, quiet: None, working_days: 5, until: Time::constant(17, 30, 0, 0), workdays }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn june() -> WindowPlace {
        WindowPlace { month: Some("2023-06".into()), batch: Some("2023-H1".into()), late: false }
    }

    fn asked(requests: &[(&str, &str)]) -> Course {
        let requests = requests.iter().map(|(asked, sent)| Request { asked: at(asked), sent: at(sent), until: None }).collect();
        Course { place: june(), requests, ..Course::default() }
    }

    fn after(course: &Course, received: &str, is_complete: bool) -> (Option<String>, PlacementRule) {
        let arrived = Arrived { received: at(received), is_complete };
        let placement = placed(course, arrived, &CAMPAIGN.campaign.calendar, &office(&TABLE));
        (placement.place.month, placement.rule)
    }

    /// Sent on Friday 30 June: the fifth working day after it is Friday 7 July.
    const SENT: [(&str, &str); 1] = [("2023-06-29T10:00:00+08:00", "2023-06-30T09:00:00+08:00")];

    #[test]
    fn the_place_is_kept_to_the_second_of_the_deadline() {
        let course = asked(&SENT);
        for (received, month, rule) in [
            ("2023-07-07T17:29:59+08:00", "2023-06", PlacementRule::WithinPeriod),
            ("2023-07-07T17:30:00+08:00", "2023-06", PlacementRule::WithinPeriod),
            ("2023-07-07T17:30:01+08:00", "2023-07", PlacementRule::BecameComplete),
            ("2023-07-07T09:30:01Z", "2023-07", PlacementRule::BecameComplete),
        ] {
            assert_eq!(after(&course, received, true), (Some(month.into()), rule), "{received}");
        }
        assert_eq!(after(&course, "2024-01-01T00:00:00+08:00", true), (None, PlacementRule::BecameComplete), "it is late then");
    }

    #[test]
    fn a_period_goes_on_over_the_close_and_over_a_leap_day() {
        // Asked on Monday 25 December: New Year's Day is a holiday, so the fifth working day is Tuesday 2 January.
        let course = asked(&[("2023-12-22T10:00:00+08:00", "2023-12-25T09:00:00+08:00")]);
        let course = Course { place: WindowPlace { month: Some("2023-12".into()), batch: None, late: false }, ..course };
        for (received, month, rule) in [
            ("2023-12-31T23:59:59+08:00", Some("2023-12"), PlacementRule::WithinPeriod),
            ("2024-01-01T00:00:00+08:00", Some("2023-12"), PlacementRule::WithinPeriod),
            ("2024-01-02T17:30:00+08:00", Some("2023-12"), PlacementRule::WithinPeriod),
            ("2024-01-02T17:30:01+08:00", None, PlacementRule::BecameComplete),
        ] {
            assert_eq!(after(&course, received, true), (month.map(str::to_owned), rule), "{received}");
        }
        // Monday 26 February 2024: the third working day after it is the 29th, the fifth Monday 4 March.
        let leap = asked(&[("2024-02-26T08:00:00+08:00", "2024-02-26T09:00:00+08:00")]);
        assert_eq!(period(&leap.requests, &office(&TABLE)).map(|(_, end)| end), Some(at("2024-03-04T17:30:00+08:00")));
    }

    #[test]
    fn until_the_request_is_sent_and_while_something_is_lacking_the_place_is_kept() {
        let (kept, later) = (Some("2023-06".to_owned()), "2023-09-01T00:00:00+08:00");
        assert_eq!(after(&asked(&[]), later, true), (kept.clone(), PlacementRule::NotYetAsked));
        assert_eq!(after(&asked(&SENT), later, false), (kept.clone(), PlacementRule::Incomplete));
        let complete = Course { was_complete: true, ..asked(&SENT) };
        assert_eq!(after(&complete, later, true), (kept.clone(), PlacementRule::CompleteBefore));
        let ruled = Course { is_ruled: true, ..asked(&SENT) };
        assert_eq!(after(&ruled, later, true), (kept, PlacementRule::Ruling));
    }

    #[test]
    fn a_further_request_extends_the_period_only_where_it_answers_a_mail_within_it() {
        // Wednesday 5 July is within; its request, sent that day, ends on Wednesday 12 July.
        let within = asked(&[SENT[0], ("2023-07-05T10:00:00+08:00", "2023-07-05T14:00:00+08:00")]);
        assert_eq!(after(&within, "2023-07-12T17:30:00+08:00", true).1, PlacementRule::WithinPeriod);
        assert_eq!(after(&within, "2023-07-12T17:30:01+08:00", true).1, PlacementRule::BecameComplete);
        let too_late = asked(&[SENT[0], ("2023-07-10T10:00:00+08:00", "2023-07-10T14:00:00+08:00")]);
        assert_eq!(after(&too_late, "2023-07-12T10:00:00+08:00", true).1, PlacementRule::BecameComplete);
        assert!(!is_within(&asked(&SENT), at("2023-07-10T10:00:00+08:00"), &office(&TABLE)));
        assert!(is_within(&asked(&SENT), at("2023-07-05T10:00:00+08:00"), &office(&TABLE)));
    }

    #[test]
    fn what_a_letter_told_holds_whatever_the_rules_are_since() {
        let told = |until: &str| {
            let mut course = asked(&SENT);
            course.requests[0].until = Some(at(until));
            period(&course.requests, &office(&TABLE)).map(|(_, end)| end)
        };
        assert_eq!(told("2023-07-14T17:30:00+08:00"), Some(at("2023-07-14T17:30:00+08:00")), "ten working days, as it was then");
        assert_eq!(told("2023-06-29T17:30:00+08:00"), Some(at("2023-07-07T17:30:00+08:00")), "it was over when it went");
    }

    #[test]
    fn a_form_that_nothing_was_said_about_is_ours_to_answer() {
        let course = asked(&SENT);
        let due = |revised: &str| due(&course.requests, at(revised), &office(&TABLE));
        assert_eq!(due("2023-06-29T10:00:00+08:00"), Some(at("2023-07-07T17:30:00+08:00")));
        assert_eq!(due("2023-06-29T10:00:01+08:00"), None);
        assert_eq!(super::due(&[], at("2023-06-29T10:00:00+08:00"), &office(&TABLE)), None);
    }

    #[test]
    fn past_the_table_of_working_days_nothing_is_over() {
        let course = asked(&[("2026-12-29T10:00:00+08:00", "2026-12-30T09:00:00+08:00")]);
        assert_eq!(after(&course, "2027-03-01T00:00:00+08:00", true).1, PlacementRule::NotYetAsked);
    }

    proptest! {
        /// Whenever the request was sent, the period has exactly five working days after that day, and its last second counts.
        #[test]
        fn a_period_has_its_working_days(sent in 1_672_502_400_i64..1_790_000_000) {
            let sent = Timestamp::from_second(sent).unwrap();
            let course = Course { place: june(), requests: vec![Request { asked: sent, sent, until: None }], ..Course::default() };
            let (_, end) = period(&course.requests, &office(&TABLE)).unwrap();
            prop_assert!(end > sent);
            let (from, until) = (time::local(sent).date(), time::local(end).date());
            let days = from.tomorrow().unwrap().series(jiff::Span::new().days(1)).take_while(|day| *day <= until);
            prop_assert_eq!(days.filter(|day| TABLE.is_working_day(*day) == Some(true)).count(), 5);
            prop_assert_eq!(time::local(end).time(), Time::constant(17, 30, 0, 0));
            let rule = |received| placed(&course, Arrived { received, is_complete: true }, &CAMPAIGN.campaign.calendar, &office(&TABLE)).rule;
            prop_assert_eq!(rule(end), PlacementRule::WithinPeriod);
            prop_assert_eq!(rule(end.saturating_add(SignedDuration::from_secs(1)).unwrap()), PlacementRule::BecameComplete);
        }
    }
}
