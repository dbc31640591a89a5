//! Single compressed streams (gzip, bzip2, xz) and tar archives → their files.

use super::archive::{Entry, Opened};
use super::budget::{Budget, Stopped};
use super::names;
use std::io::{BufReader, Read};

/// The file in a gzip stream (RFC 1952), named as its header says, else after the archive.
pub(super) fn gzip(bytes: &[u8], name: &str, budget: &mut Budget) -> Opened {
    let reader = flate2::read::MultiGzDecoder::new(bytes);
    let own = reader.header().and_then(|header| header.filename()).map(|raw| names::decode(raw, false));
    let own = own.filter(|own| names::visible(own).is_some() && !own.is_empty());
    one(reader, own.unwrap_or_else(|| inner_name(name, &[".tgz", ".taz"], ".gz")), bytes.len(), budget)
}

/// The file in a bzip2 stream.
pub(super) fn bzip2(bytes: &[u8], name: &str, budget: &mut Budget) -> Opened {
    one(bzip2::read::MultiBzDecoder::new(bytes), inner_name(name, &[".tbz", ".tbz2"], ".bz2"), bytes.len(), budget)
}

/// The file in an xz stream.
pub(super) fn xz(bytes: &[u8], name: &str, budget: &mut Budget) -> Opened {
    let memory = u32::try_from(budget.limits.memory / 1024).unwrap_or(u32::MAX);
    let reader = lzma_rust2::XzReader::new_mem_limit(BufReader::new(bytes), true, memory);
    one(reader, inner_name(name, &[".txz"], ".xz"), bytes.len(), budget)
}

fn one(reader: impl Read, name: String, packed: usize, budget: &mut Budget) -> Opened {
    match budget.read(reader, packed) {
        Ok(bytes) => Opened { entries: vec![Entry { name, bytes }], ..Opened::default() },
        Err(Stopped::Exceeded) => Opened::default(),
        Err(Stopped::Broken) => Opened::unreadable("文件损坏"),
    }
}

/// `材料.tgz` holds `材料.tar`, `材料.doc.gz` holds `材料.doc`.
fn inner_name(name: &str, tars: &[&str], plain: &str) -> String {
    let tar = tars.iter().find_map(|extension| names::stem(name, extension)).map(|stem| format!("{stem}.tar"));
    tar.or_else(|| names::stem(name, plain).map(str::to_owned)).filter(|inner| !inner.is_empty()).unwrap_or_else(|| name.to_owned())
}

/// The files of a tar archive (POSIX.1-2001, GNU long names).
pub(super) fn tar(bytes: &[u8], budget: &mut Budget) -> Opened {
    let mut opened = Opened::default();
    let mut archive = tar::Archive::new(bytes);
    let Ok(entries) = archive.entries() else { return Opened::unreadable("文件损坏") };
    for entry in entries {
        let Ok(entry) = entry else {
            opened.note_unreadable("文件损坏");
            break;
        };
        let name = names::decode(&entry.path_bytes(), false);
        if !entry.header().entry_type().is_file() || names::visible(&name).is_none() {
            continue;
        }
        if !budget.count() {
            break;
        }
        match budget.read(entry, bytes.len()) {
            Ok(bytes) => opened.entries.push(Entry { name, bytes }),
            Err(Stopped::Exceeded) => break,
            Err(Stopped::Broken) => {
                opened.note_unreadable("文件损坏");
                break;
            }
        }
    }
    opened
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_named_after_their_archive() {
        assert_eq!(inner_name("材料.TGZ", &[".tgz"], ".gz"), "材料.tar");
        assert_eq!(inner_name("申报表.docx.gz", &[".tgz"], ".gz"), "申报表.docx");
        assert_eq!(inner_name("材料", &[".tgz"], ".gz"), "材料");
    }
}
