//! A plan as the `[[activity]]` section of a campaign file.

use crate::model::campaign::Activity;
use serde::Serialize;

#[derive(Serialize)]
struct Plan<'a> {
    activity: &'a [Activity],
}

/// The section, in the order of the plan.
///
/// # Errors
/// What TOML can't hold.
pub fn section(activities: &[Activity]) -> Result<String, toml::ser::Error> {
    toml::to_string(&Plan { activity: activities })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::CampaignFile;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Read {
        activity: Vec<Activity>,
    }

    #[test]
    fn what_is_written_reads_the_same() {
        let plan = CampaignFile::builtin().unwrap().campaign.activities;
        let read: Read = toml::from_str(&section(&plan).unwrap()).unwrap();
        assert_eq!(read.activity, plan);
    }
}
