//! A quarantined mail's bytes as they came, into a file whose name owes nothing to the mail.

use super::show::{incomplete, stored};
use super::{Export, damaged, held};
use crate::app::App;
use crate::cli::output::sheet;
use crate::cli::{Failure, actor, output};
use crate::model::audit::Act;
use crate::store::Part;
use serde_json::json;
use std::path::Path;

impl Export {
    /// Runs it.
    pub(super) async fn run(&self, app: &App) -> Result<(), Failure> {
        let row = held(app, self.id).await?;
        if !self.content.shows(&row) {
            return Err(Failure::failed(format!("第{}号疑似涉密，确需取出请加 --with-content，并按保密规定保管", self.id)));
        }
        let Some(sha256) = &row.sha256 else { return Err(Failure::failed(format!("第{}号{}", self.id, incomplete(false)))) };
        hand_over(app, (self.id, sha256), &self.to, &format!("quarantine-{}.eml", self.id)).await?;
        if row.part != Part::Whole.as_str() {
            eprintln!("{}", stored(&row.part));
        }
        Ok(())
    }
}

/// A mail's bytes to standard output, into a file or into a folder under this name; that they were taken out is in the log.
pub(in crate::cli) async fn hand_over(app: &App, (id, sha256): (i64, &str), to: &Path, name: &str) -> Result<(), Failure> {
    let bytes = app.blobs.get(sha256).await.map_err(damaged)?;
    app.store.audit(actor::by(app, None).entry(Act::MessageExported, format!("message/{id}"), json!({}))).await?;
    if to == Path::new("-") {
        return output::bytes(&bytes);
    }
    let path = if to.is_dir() { to.join(name) } else { to.to_owned() };
    sheet::write_new(&path, &bytes)
}
