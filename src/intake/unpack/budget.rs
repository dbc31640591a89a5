//! What may still be taken out of the archives of one mail, held while reading and never by what a header says.

use std::io::Read;

/// How much is read at a time.
const STEP: u64 = 64 << 10;
/// From this size a file keeps the memory that it was read into: smaller ones are copied out of it. A thousand files
/// that grew and shrank would leave as much in holes as they hold.
const LARGE: usize = 1 << 20;

/// Bounds on what archives may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Files of one mail, those in archives counted.
    pub files: usize,
    /// Bytes taken out of archives, all together.
    pub bytes: u64,
    /// Archives and mails within each other.
    pub depth: usize,
    /// How many times its archive's size a file may have, once it is larger than `ratio_from`.
    pub ratio: u64,
    /// Below this size no ratio is suspicious.
    pub ratio_from: u64,
    /// Bytes that a decoder may need for its dictionary or model.
    pub memory: u64,
    /// Passwords that are tried.
    pub passwords: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { files: 1000, bytes: 96 << 20, depth: 5, ratio: 200, ratio_from: 16 << 20, memory: 128 << 20, passwords: 8 }
    }
}

/// Why a file couldn't be taken out.
#[derive(Debug)]
pub(super) enum Stopped {
    /// A limit was passed; [`Budget::exceeded`] says which.
    Exceeded,
    /// Its data is damaged, or its password wrong.
    Broken,
}

/// What is left of the limits.
#[derive(Debug)]
pub(super) struct Budget {
    /// The limits as they were set.
    pub limits: Limits,
    /// Bytes left.
    pub bytes: u64,
    /// Files seen.
    pub files: usize,
    /// The limit that was passed first.
    pub exceeded: Option<&'static str>,
    /// What small files are read into.
    room: Vec<u8>,
}

impl Budget {
    /// A whole budget.
    pub fn new(limits: &Limits) -> Budget {
        Budget { limits: *limits, bytes: limits.bytes, files: 0, exceeded: None, room: Vec::new() }
    }

    /// Notes that a limit was passed.
    pub fn exceed(&mut self, limit: &'static str) -> Stopped {
        self.exceeded.get_or_insert(limit);
        Stopped::Exceeded
    }

    /// Counts one file; false where there are too many.
    pub fn count(&mut self) -> bool {
        if self.files >= self.limits.files {
            self.exceed("附件数量");
            return false;
        }
        self.files += 1;
        true
    }

    /// Reads a file to its end out of an archive of `packed` bytes.
    pub fn read(&mut self, mut from: impl Read, packed: usize) -> Result<Vec<u8>, Stopped> {
        let mut bytes = std::mem::take(&mut self.room);
        bytes.clear();
        loop {
            let read = from.by_ref().take(STEP).read_to_end(&mut bytes).map_err(|_| Stopped::Broken)? as u64;
            self.spend(read, bytes.len() as u64, packed as u64)?;
            if read < STEP {
                return Ok(self.kept(bytes));
            }
        }
    }

    fn kept(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        if bytes.len() >= LARGE {
            bytes.shrink_to_fit();
            return bytes;
        }
        let exact = bytes.as_slice().to_vec();
        self.room = bytes;
        exact
    }

    /// Takes some bytes of a file off the budget, `whole` of which have been read.
    pub fn spend(&mut self, read: u64, whole: u64, packed: u64) -> Result<(), Stopped> {
        if read > self.bytes {
            return Err(self.exceed("解压后大小"));
        }
        if whole > self.limits.ratio_from && whole > packed.saturating_mul(self.limits.ratio) {
            return Err(self.exceed("压缩比"));
        }
        self.bytes -= read;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits { bytes: 300_000, ratio: 10, ratio_from: 100_000, ..Limits::default() }
    }

    #[test]
    fn bytes_are_counted_over_all_files() {
        let mut budget = Budget::new(&limits());
        assert!(budget.read(std::io::repeat(0).take(200_000), 100_000).is_ok());
        assert!(budget.read(std::io::repeat(0).take(200_000), 100_000).is_err());
        assert_eq!(budget.exceeded, Some("解压后大小"));
    }

    #[test]
    fn a_bomb_is_stopped_by_its_ratio() {
        let mut budget = Budget::new(&limits());
        assert!(budget.read(std::io::repeat(0).take(90_000), 10).is_ok(), "small files are never bombs");
        assert!(budget.read(std::io::repeat(0), 100).is_err());
        assert_eq!(budget.exceeded, Some("压缩比"));
    }
}
