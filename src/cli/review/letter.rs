//! `review letter`: units that nobody has told yet are told what was decided, a letter for each unit and mailbox.

use super::batch;
use super::select::perform;
use crate::app::App;
use crate::cli::Failure;
use crate::cli::act::Consent;
use crate::cli::window::numbered;
use crate::daemon::desk::Choice;
use clap::Args;

#[derive(Debug, Args)]
#[command(next_help_heading = "选项")]
pub struct Letter {
    /// 案例编号，可写几个
    #[arg(value_name = "编号", help_heading = "参数", required_unless_present = "batch", conflicts_with = "batch")]
    numbers: Vec<String>,
    /// 这个批次里已有结果、还没有告知的全部
    #[arg(long, value_name = "批次")]
    batch: Option<String>,
    #[command(flatten)]
    consent: Consent,
}

impl Letter {
    /// Writes the letters, held.
    pub async fn run(&self, app: &App) -> Result<(), Failure> {
        let numbers = match &self.batch {
            None => self.numbers.iter().map(|number| numbered(app, number)).collect(),
            Some(name) => {
                let (file, window) = batch(app, name).await?;
                app.store.untold_cases(&file.campaign.id, &window.id).await?
            }
        };
        if numbers.is_empty() {
            eprintln!("没有需要告知的：有结果的都已写信");
            return Ok(());
        }
        perform(app, &numbers, Choice::Tell, &self.consent).await?;
        Ok(())
    }
}
