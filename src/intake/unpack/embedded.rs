//! Word files that lie in a Word file (插入对象, ISO/IEC 29500-1 section 15.2.10): a DOCX's bytes into theirs.
//!
//! Other objects are left alone: sheets are the data of charts, and what else is embedded is a part of its document.

use super::archive::Entry;
use super::budget::{Budget, Stopped};
use super::{names, zip};
use std::io::Cursor;

/// The folder that they lie in.
const FOLDER: &str = "word/embeddings/";
/// Nobody embeds more.
const MOST: usize = 20;

/// The files in order, by their names in the package; none where the package is damaged or holds none.
pub(super) fn documents(bytes: &[u8], budget: &mut Budget) -> Vec<Entry> {
    let holds_any = memchr::memmem::find(bytes, FOLDER.as_bytes()).is_some() && !zip::is_crowded(bytes);
    let Some(Ok(mut archive)) = holds_any.then(|| ::zip::ZipArchive::new(Cursor::new(bytes))) else { return Vec::new() };
    let mut found = Vec::new();
    for index in 0..archive.len() {
        let Ok(file) = archive.by_index(index) else { continue };
        let name = names::clean(&String::from_utf8_lossy(file.name_raw()));
        let is_word = name.strip_prefix(FOLDER).and_then(|name| name.rsplit_once('.'));
        let is_word = is_word.is_some_and(|(_, end)| ["docx", "docm", "doc"].iter().any(|word| end.eq_ignore_ascii_case(word)));
        if !is_word {
            continue;
        }
        if found.len() >= MOST || !budget.count() {
            break;
        }
        match budget.read(file, bytes.len()) {
            Ok(bytes) => found.push(Entry { name: name.rsplit('/').next().unwrap_or_default().to_owned(), bytes }),
            Err(Stopped::Broken) => {}
            Err(Stopped::Exceeded) => break,
        }
    }
    found
}
