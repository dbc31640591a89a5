//! A quarantined mail's bytes as they came, into a file whose name owes nothing to the mail.

use super::show::{incomplete, stored};
use super::{Export, damaged, held};
use crate::app::App;
use crate::cli::{Failure, output};
use std::io::Write;
use std::path::Path;

impl Export {
    /// Runs it.
    pub(super) async fn run(&self, app: &App) -> Result<(), Failure> {
        let row = held(app, self.id).await?;
        if !self.content.shows(&row) {
            return Err(Failure::failed(format!("第{}号疑似涉密，确需取出请加 --with-content，并按保密规定保管", self.id)));
        }
        let Some(sha256) = &row.sha256 else { return Err(Failure::failed(format!("第{}号{}", self.id, incomplete(false)))) };
        let bytes = app.blobs.get(sha256).await.map_err(damaged)?;
        if self.to == Path::new("-") {
            return output::bytes(&bytes);
        }
        let path = if self.to.is_dir() { self.to.join(format!("quarantine-{}.eml", self.id)) } else { self.to.clone() };
        write_new(&path, &bytes).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => Failure::failed(format!("{} 已存在，请换一个名字", path.display())),
            _ => Failure::failed(format!("{} 无法写入：{error}", path.display())),
        })?;
        eprintln!("已写入 {}（{}）", path.display(), stored(&row.part));
        Ok(())
    }
}

/// Readable by its owner only, and never over another file.
fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::File::options().write(true).create_new(true).mode(0o600).open(path)?.write_all(bytes)
}
