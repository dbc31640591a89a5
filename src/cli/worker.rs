//! `worker`: the child process that reads mails, started by the program itself.

use super::Failure;
use crate::config::{builtin, parse_campaign, parse_document};
use crate::intake::{self, Arrival, Setup};
use crate::worker;

/// Serves standard input and output until the input ends.
pub fn run() -> Result<(), Failure> {
    worker::run(|texts: worker::Setup| {
        let campaign = parse_campaign("campaign", texts.campaign).map_err(|error| error.to_string())?.campaign;
        let regions = parse_document(builtin::REGIONS_NAME, &texts.regions).map_err(|error| error.to_string())?;
        let setup = Setup::new(campaign, regions);
        Ok(move |arrival: &Arrival, raw: Vec<u8>| Ok(intake::read(raw, arrival, &setup)))
    })
    .map_err(Failure::failed)
}
