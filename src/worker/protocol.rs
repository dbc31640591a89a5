//! What parent and worker say to each other, as frames on a pipe.
//!
//! A frame is the length of its header (32 bits, big-endian), the header in JSON (RFC 8259), and the
//! segments whose lengths the header lists: a mail's raw bytes on the way in, its files' on the way out.
//! Lengths are checked before anything of that length is read.

use super::sandbox::Confinement;
use crate::intake::Arrival;
use crate::intake::picture::Picture;
use crate::model::reading::Intake;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::io::{self, Read, Write};

/// What a worker is told once, before its first mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// The campaign file's text (TOML).
    pub campaign: String,
    /// The regions file's text (TOML).
    pub regions: String,
}

/// From the parent.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Asked {
    Setup(Setup),
    Read {
        /// Comes back in the answer, so that an answer is never taken for another's.
        id: u64,
        header: Arrival,
    },
    /// A picture, to be shown to everybody.
    Show {
        id: u64,
    },
}

/// From the worker. `I` is [`Intake`], or a reference to one.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer<I = Intake> {
    /// The setup is taken, by a worker that is so confined.
    Ready(Confinement),
    Read {
        id: u64,
        intake: I,
    },
    /// None where it is no picture that can be shown; its bytes are the segment.
    Shown {
        id: u64,
        picture: Option<Picture>,
    },
    Failed {
        id: u64,
        reason: String,
    },
}

/// What is read at most of one frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct FrameLimits {
    /// Bytes of the header.
    pub header: u32,
    /// Bytes of all segments.
    pub segments: u64,
}

/// Why no frame could be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum FrameError {
    #[error("stream: {0}")]
    Io(#[from] io::Error),
    #[error("frame too large")]
    TooLarge,
    #[error("frame garbled")]
    Garbled,
}

#[derive(Serialize, Deserialize)]
struct Header<T> {
    segments: Vec<u64>,
    body: T,
}

/// What a frame says, and its segments.
pub(super) type Frame<T> = (T, Vec<Vec<u8>>);

/// A frame without its segments' bytes.
pub(super) fn head<T: Serialize>(body: &T, segments: &[&[u8]]) -> io::Result<Vec<u8>> {
    let lengths = segments.iter().map(|segment| segment.len() as u64).collect();
    let header = serde_json::to_vec(&Header { segments: lengths, body })?;
    let length = u32::try_from(header.len()).map_err(io::Error::other)?;
    Ok([&length.to_be_bytes(), header.as_slice()].concat())
}

/// A header and the lengths of its segments, of which the caller then reads the bytes.
pub(super) fn parse_header<T: DeserializeOwned>(header: &[u8], limits: &FrameLimits) -> Result<(T, Vec<u64>), FrameError> {
    let Header { segments, body } = serde_json::from_slice(header).map_err(|_| FrameError::Garbled)?;
    let total = segments.iter().try_fold(0_u64, |total, length| total.checked_add(*length));
    if total.is_some_and(|total| total <= limits.segments) { Ok((body, segments)) } else { Err(FrameError::TooLarge) }
}

/// The length that a frame begins with, if its header may be so long.
pub(super) fn header_length(bytes: [u8; 4], limits: &FrameLimits) -> Result<u64, FrameError> {
    let length = u32::from_be_bytes(bytes);
    if length <= limits.header { Ok(length.into()) } else { Err(FrameError::TooLarge) }
}

/// What is held ready for so many announced bytes: no more than a usual mail needs.
pub(super) fn room_for(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX).min(1 << 20)
}

/// Writes a whole frame.
pub(super) fn write_frame<T: Serialize>(output: &mut impl Write, body: &T, segments: &[&[u8]]) -> io::Result<()> {
    output.write_all(&head(body, segments)?)?;
    segments.iter().try_for_each(|segment| output.write_all(segment))?;
    output.flush()
}

/// Reads a whole frame; nothing at the stream's end.
pub(super) fn read_frame<T: DeserializeOwned>(input: &mut impl Read, limits: &FrameLimits) -> Result<Option<Frame<T>>, FrameError> {
    let mut start = Vec::with_capacity(4);
    input.take(4).read_to_end(&mut start)?;
    if start.is_empty() {
        return Ok(None);
    }
    let start = start.try_into().map_err(|_| FrameError::Garbled)?;
    let header = read_exactly(input, header_length(start, limits)?)?;
    let (body, lengths) = parse_header(&header, limits)?;
    let segments = lengths.into_iter().map(|length| read_exactly(input, length)).collect::<Result<_, _>>()?;
    Ok(Some((body, segments)))
}

/// Grows with what comes, not with what was announced.
fn read_exactly(input: &mut impl Read, length: u64) -> Result<Vec<u8>, FrameError> {
    let mut bytes = Vec::with_capacity(room_for(length));
    input.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: FrameLimits = FrameLimits { header: 1000, segments: 10 };

    fn read(bytes: &[u8]) -> Result<Option<Frame<String>>, FrameError> {
        read_frame(&mut &*bytes, &LIMITS)
    }

    fn written(segments: &[&[u8]]) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_frame(&mut bytes, &"body", segments).unwrap();
        bytes
    }

    #[test]
    fn a_frame_is_read_as_it_was_written() {
        let two = [written(&[b"mail", b"", b"x"]), written(&[])].concat();
        let mut input = two.as_slice();
        let (body, segments) = read_frame::<String>(&mut input, &LIMITS).unwrap().unwrap();
        assert_eq!((body.as_str(), segments), ("body", vec![b"mail".to_vec(), Vec::new(), b"x".to_vec()]));
        assert_eq!(read_frame::<String>(&mut input, &LIMITS).unwrap().unwrap().1, Vec::<Vec<u8>>::new());
        assert!(read_frame::<String>(&mut input, &LIMITS).unwrap().is_none());
    }

    #[test]
    fn what_is_too_large_is_not_read() {
        assert!(matches!(read(&written(&[b"123456", b"78901"])), Err(FrameError::TooLarge)));
        assert!(matches!(read(&u32::MAX.to_be_bytes()), Err(FrameError::TooLarge)));
        let overflowing = br#"{"segments":[18446744073709551615,2],"body":""}"#;
        assert!(matches!(read(&[&(overflowing.len() as u32).to_be_bytes(), overflowing.as_slice()].concat()), Err(FrameError::TooLarge)));
    }

    #[test]
    fn what_is_cut_short_or_no_json_is_an_error() {
        let whole = written(&[b"mail"]);
        for length in 1..whole.len() {
            assert!(read(&whole[..length]).is_err(), "{length}");
        }
        assert!(matches!(read(b"\0\0\0\x02hi"), Err(FrameError::Garbled)));
    }
}
