//! Where an SQLite file must not lie: on a share of the network.
//!
//! Its write-ahead log wants memory that all processes of *one* machine share (sqlite.org/wal.html, section 1), and its
//! locks are kept by few shares as they are by a disk (sqlite.org/howtocorrupt.html, section 2.1): what looks committed may
//! be lost, and two machines may write at once.

use rustix::fs::StatFs;
use std::path::Path;

/// Which kind of share a file is on, or would be, in words; none for a disk of this machine, and where that can't be told.
pub(super) fn share(path: &Path) -> Option<&'static str> {
    let folder = path.ancestors().skip(1).find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
    rustix::fs::statfs(folder).ok().and_then(|told: StatFs| kind(told.f_type as u64))
}

/// The magic numbers of statfs(2), as Linux's `magic.h` and its file systems define them.
fn kind(magic: u64) -> Option<&'static str> {
    // Some are told with their sign.
    Some(match magic & 0xffff_ffff {
        0x6969 => "NFS",
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => "SMB/CIFS",
        0x0102_1997 => "9P",
        0x00c3_6400 => "CephFS",
        0x5346_414f | 0x6b41_4653 => "AFS",
        0x7375_7245 => "Coda",
        0x0bd0_0bd0 => "Lustre",
        0x786f_4256 => "VirtualBox 共享文件夹",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_known_by_their_numbers_and_disks_are_none() {
        for (magic, expected) in [
            (0x6969, Some("NFS")),
            (0xffff_ffff_ff53_4d42, Some("SMB/CIFS")),
            (0xfe53_4d42, Some("SMB/CIFS")),
            (0xef53, None),
            (0x5846_5342, None),
        ] {
            assert_eq!(kind(magic), expected, "{magic:x}");
        }
        let dir = tempfile::tempdir().unwrap();
        assert_eq!((share(&dir.path().join("test.db")), share(Path::new("nowhere/test.db"))), (None, None));
    }
}
