//! Reading mails in processes of their own: a mail that crashes, hangs or bloats its reader costs one
//! attempt of that one mail, and never the daemon.
//!
//! The daemon holds a [`Pool`]; each child runs [`run`], which limits itself before it reads anything
//! (`limits`, `sandbox`) and then answers one mail at a time over its standard input and output (`protocol`). What
//! reading is, neither knows: the child is given a function. It decodes single pictures for publication, too.

pub mod limits;
mod patience;
pub mod pool;
pub mod protocol;
pub mod sandbox;
pub mod syscalls;

pub use pool::{Pool, WorkerError};
pub use protocol::Setup;
pub use sandbox::Confinement;

use crate::intake::{Arrival, picture};
use crate::model::reading::Intake;
use protocol::{Answer, Asked, FrameError, FrameLimits, read_frame, write_frame};
use std::io::{self, Read, Write};

/// The child process: confines itself, then serves its standard input and output until the input ends.
///
/// `prepare` makes the reader from the setup, once; what it can't make is told to the parent.
pub fn run<F>(prepare: impl FnOnce(Setup) -> Result<F, String>) -> io::Result<()>
where
    F: Fn(&Arrival, Vec<u8>) -> Result<Intake, String>,
{
    let confinement = sandbox::enter(&limits::Limits::default())?;
    serve(io::stdin().lock(), io::stdout().lock(), confinement, prepare)
}

/// The child's loop, on any pair of streams.
pub fn serve<F>(
    mut input: impl Read,
    mut output: impl Write,
    confinement: Confinement,
    prepare: impl FnOnce(Setup) -> Result<F, String>,
) -> io::Result<()>
where
    F: Fn(&Arrival, Vec<u8>) -> Result<Intake, String>,
{
    // The parent is trusted with sizes: it has bounded the mail already.
    let limits = FrameLimits { header: u32::MAX, segments: u64::MAX };
    let mut next = || read_frame::<Asked>(&mut input, &limits).map_err(|error: FrameError| io::Error::other(error.to_string()));
    let Some((Asked::Setup(setup), _)) = next()? else { return Ok(()) };
    let read = match prepare(setup) {
        Ok(read) => read,
        Err(reason) => return write_frame(&mut output, &Answer::<Intake>::Failed { id: 0, reason }, &[]),
    };
    write_frame(&mut output, &Answer::<Intake>::Ready(confinement), &[])?;
    while let Some((asked, segments)) = next()? {
        // The mail is the reader's own, to let go of when it has seen enough of it.
        let raw = segments.into_iter().next().unwrap_or_default();
        match asked {
            // It is told once.
            Asked::Setup(_) => return Ok(()),
            Asked::Show { id } => {
                let shown = picture::shown(&raw);
                let jpeg = shown.as_ref().map(|picture| picture.jpeg.clone()).unwrap_or_default();
                write_frame(&mut output, &Answer::<Intake>::Shown { id, picture: shown }, &[&jpeg])?;
            }
            Asked::Read { id, header } => match read(&header, raw) {
                Ok(intake) => {
                    let files: Vec<&[u8]> = intake.files.iter().map(|file| &*file.bytes).collect();
                    write_frame(&mut output, &Answer::Read { id, intake: &intake }, &files)?;
                }
                Err(reason) => write_frame(&mut output, &Answer::<Intake>::Failed { id, reason }, &[])?,
            },
        }
    }
    Ok(())
}
