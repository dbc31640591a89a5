//! The files of a mail: attachments told apart by their first bytes, archives and mails among them opened.
//!
//! `archive` tells the kinds of archives; `zip`, `seven_zip`, `rar` and `stream` open them, `volumes`
//! joins those that were cut; `embedded` finds Word files in a Word file. [`passwords`] finds what the sender told. Names are data (`names`): no path is
//! ever made from one. Every limit (`budget`) holds for bytes actually read.

mod archive;
mod budget;
mod embedded;
mod file_type;
mod names;
pub mod passwords;
mod rar;
mod seven_zip;
mod split_zip;
mod stream;
#[cfg(test)]
mod tests;
mod volumes;
mod zip;

pub use archive::Archive;
pub use budget::Limits;
pub use file_type::{FileType, file_type};

use crate::intake::identity::sha256_hex;
use crate::intake::message;
use crate::model::document::Format;
use crate::model::message::Attachment;
use archive::Entry;
use budget::Budget;
use file_type::media_type;
use volumes::{Set, Whole};

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name as data.
    pub name: String,
    /// The name after the archives and messages that it lay in: `材料.zip/申报表.docx`.
    pub path: String,
    /// Whether it lay in a forwarded message.
    pub forwarded: bool,
    /// What it is.
    pub file_type: FileType,
    /// The media type, by its bytes where they tell.
    pub media_type: String,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// An archive that can't be opened, or not wholly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Its path.
    pub path: String,
    /// Why: 文件损坏, or which volumes are missing.
    pub why: String,
}

/// Everything that was unpacked.
#[derive(Debug, Clone, Default)]
pub struct Unpacked {
    /// The files in order; an opened archive is not among them.
    pub files: Vec<File>,
    /// Archives that want a password, by path.
    pub encrypted: Vec<String>,
    /// Archives that can't be opened.
    pub unreadable: Vec<Unreadable>,
    /// Which limit was passed, if one was.
    pub exceeded: Option<&'static str>,
}

/// Opens the attachments of a mail, taking their bytes; their names and types stay. `passwords` are tried on
/// archives that want one.
pub fn unpack(attachments: &mut [Attachment], passwords: &[String], limits: &Limits) -> Unpacked {
    let items = attachments.iter_mut().map(|attachment| Item {
        path: attachment.within.iter().chain(std::iter::once(&attachment.name)).map(String::as_str).collect::<Vec<_>>().join("/"),
        name: attachment.name.clone(),
        forwarded: !attachment.within.is_empty(),
        declared: attachment.media_type.clone(),
        bytes: std::mem::take(&mut attachment.bytes),
    });
    let mut unpacker = Unpacker { out: Unpacked::default(), budget: Budget::new(limits), passwords };
    unpacker.files(items.collect(), 0);
    unpacker.out.exceeded = unpacker.budget.exceeded;
    unpacker.out
}

struct Item {
    name: String,
    path: String,
    forwarded: bool,
    declared: String,
    bytes: Vec<u8>,
}

struct Unpacker<'a> {
    out: Unpacked,
    budget: Budget,
    passwords: &'a [String],
}

impl Unpacker<'_> {
    /// The files of one mail or archive, volumes joined.
    fn files(&mut self, mut items: Vec<Item>, depth: usize) {
        // Alone it stands for the file that was meant.
        let is_owner_file = |item: &Item| names::is_owner_file(&item.name, &item.bytes);
        if !items.iter().all(is_owner_file) {
            items.retain(|item| !is_owner_file(item));
        }
        let sets = volumes::sets(&items.iter().map(|item| item.path.as_str()).collect::<Vec<_>>());
        let mut items: Vec<Option<Item>> = items.into_iter().map(Some).collect();
        let mut at_first: Vec<(usize, Set)> = sets.into_iter().filter_map(|set| Some((*set.members.iter().min()?, set))).collect();
        for at in 0..items.len() {
            if let Some(found) = at_first.iter().position(|(first, _)| *first == at) {
                let (_, set) = at_first.swap_remove(found);
                let members = set.members.iter().filter_map(|member| items.get_mut(*member).and_then(Option::take)).collect();
                self.set(&set, members, depth);
            } else if let Some(item) = items.get_mut(at).and_then(Option::take) {
                self.file(item, depth);
            }
        }
    }

    /// An archive in volumes; where it can't be joined, its volumes are kept as files.
    fn set(&mut self, set: &Set, members: Vec<Item>, depth: usize) {
        let forwarded = members.iter().any(|item| item.forwarded);
        let name = set.name.rsplit('/').next().unwrap_or_default().to_owned();
        let opened = match set.whole(members.iter().map(|item| item.bytes.as_slice()).collect()) {
            Whole::Missing(why) => {
                self.note_unreadable(&set.name, &why);
                false
            }
            Whole::Volumes(volumes) => self.open(Archive::Rar, &volumes, &name, &set.name, forwarded, depth),
            Whole::Joined(bytes) => match Archive::by_bytes(&bytes) {
                Some(archive) => self.open(archive, &[&bytes], &name, &set.name, forwarded, depth),
                None => {
                    self.note_unreadable(&set.name, "文件损坏");
                    false
                }
            },
        };
        if !opened {
            for item in members {
                let is = file_type(&item.bytes, &item.name);
                self.keep(item, is);
            }
        }
    }

    fn file(&mut self, item: Item, depth: usize) {
        let is = file_type(&item.bytes, &item.name);
        let opened = match is {
            FileType::Packed(archive) => self.open(archive, &[&item.bytes], &item.name, &item.path, item.forwarded, depth),
            FileType::Mail => self.mail(&item, depth),
            FileType::Document(_) | FileType::Image(_) | FileType::Archive(_) | FileType::Other => false,
        };
        if opened {
            return;
        }
        let embedded = match is {
            FileType::Document(Format::Docx) if depth < self.budget.limits.depth => embedded::documents(&item.bytes, &mut self.budget),
            _ => Vec::new(),
        };
        let (path, forwarded) = (item.path.clone(), item.forwarded);
        self.keep(item, is);
        self.files(within(embedded, &path, forwarded), depth + 1);
    }

    /// Opens an archive; false where it is kept as a file, since nothing came out of it.
    fn open(&mut self, archive: Archive, volumes: &[&[u8]], name: &str, path: &str, forwarded: bool, depth: usize) -> bool {
        if depth >= self.budget.limits.depth {
            self.budget.exceed("压缩包层数");
            return false;
        }
        let opened = archive.open(volumes, name, self.passwords, &mut self.budget);
        if opened.encrypted && !self.out.encrypted.iter().any(|known| known == path) {
            self.out.encrypted.push(path.to_owned());
        }
        if let Some(why) = opened.unreadable {
            self.note_unreadable(path, why);
        }
        let found = !opened.entries.is_empty();
        self.files(within(opened.entries, path, forwarded), depth + 1);
        found
    }

    /// Opens a mail that lay in an archive; false where it holds no file.
    fn mail(&mut self, item: &Item, depth: usize) -> bool {
        if depth >= self.budget.limits.depth {
            self.budget.exceed("压缩包层数");
            return false;
        }
        let found = message::files_of(&item.bytes, &item.name);
        let any = !found.is_empty();
        let items = found.into_iter().map(|attachment| Item {
            path: std::iter::once(item.path.as_str())
                .chain(attachment.within.iter().map(String::as_str))
                .chain(std::iter::once(attachment.name.as_str()))
                .collect::<Vec<_>>()
                .join("/"),
            name: attachment.name,
            forwarded: true,
            declared: attachment.media_type,
            bytes: attachment.bytes,
        });
        self.files(items.collect(), depth + 1);
        any
    }

    fn keep(&mut self, item: Item, file_type: FileType) {
        if self.out.files.len() >= self.budget.limits.files {
            self.budget.exceed("附件数量");
            return;
        }
        self.out.files.push(File {
            media_type: media_type(file_type, &item.declared).to_owned(),
            sha256: sha256_hex(&item.bytes),
            name: item.name,
            path: item.path,
            forwarded: item.forwarded,
            file_type,
            bytes: item.bytes,
        });
    }

    fn note_unreadable(&mut self, path: &str, why: &str) {
        if !self.out.unreadable.iter().any(|known| known.path == path) {
            self.out.unreadable.push(Unreadable { path: path.to_owned(), why: why.to_owned() });
        }
    }
}

/// What lay in a file.
fn within(entries: Vec<Entry>, path: &str, forwarded: bool) -> Vec<Item> {
    let item = |entry: Entry| Item {
        name: entry.name.rsplit('/').next().unwrap_or_default().to_owned(),
        path: format!("{path}/{}", entry.name),
        forwarded,
        declared: String::new(),
        bytes: entry.bytes,
    };
    entries.into_iter().map(item).collect()
}
