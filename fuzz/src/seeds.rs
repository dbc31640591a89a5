//! The seeds: the fixtures' mails, the files in them, and the documents beside them.

use super::parts;
use std::{collections::BTreeSet, fs, path::Path};
use zhihui::intake::{
    message,
    unpack::{self, FileType, file_type},
};
use zhihui::model::document::Format;

/// Everything to start from.
pub struct Seeds {
    /// Whole mails.
    pub mails: Vec<Vec<u8>>,
    /// `fixtures/documents`, `fixtures/seal`, and attachments, archives whole and opened.
    files: BTreeSet<Vec<u8>>,
}

impl Seeds {
    /// Reads them from the project's folder.
    pub fn load(project: &Path) -> Seeds {
        let mails: Vec<Vec<u8>> =
            folder(&project.join("fixtures/mail")).into_iter().filter(|(kind, _)| kind == "eml").map(|(_, bytes)| bytes).collect();
        let beside = ["fixtures/documents", "fixtures/seal"].map(|name| folder(&project.join(name)));
        let mut files: BTreeSet<Vec<u8>> = beside.into_iter().flatten().map(|(_, bytes)| bytes).collect();
        for mail in &mails {
            let mut parsed = message::read(mail, &message::Limits::default());
            files.extend(parsed.message.attachments.iter().map(|file| file.bytes.clone()));
            let unpacked = unpack::unpack(&mut parsed.message.attachments, &[], &unpack::Limits::default());
            files.extend(unpacked.files.into_iter().map(|file| file.bytes));
        }
        Seeds { mails, files }
    }

    /// The files that are so.
    pub fn files(&self, is_so: impl Fn(&[u8]) -> bool) -> Vec<Vec<u8>> {
        self.files.iter().filter(|bytes| is_so(bytes)).cloned().collect()
    }

    /// The documents of this format.
    pub fn documents(&self, format: Format) -> Vec<Vec<u8>> {
        self.files(|bytes| file_type(bytes, "") == FileType::Document(format))
    }

    /// The pictures.
    pub fn pictures(&self) -> Vec<Vec<u8>> {
        self.files(|bytes| matches!(file_type(bytes, ""), FileType::Image(_)))
    }

    /// One part out of every package that has it.
    pub fn parts(&self, name: &str) -> Vec<Vec<u8>> {
        self.files.iter().filter(|bytes| bytes.starts_with(b"PK")).filter_map(|bytes| parts::part(bytes, name)).collect()
    }

    /// Every mail up to its first blank line.
    pub fn headers(&self) -> Vec<Vec<u8>> {
        let is_blank = |line: &[u8]| line.is_empty() || line == b"\r";
        let lines = |mail: &Vec<u8>| mail.split(|byte| *byte == b'\n').take_while(|line| !is_blank(line)).collect::<Vec<_>>().join(&b'\n');
        self.mails.iter().map(lines).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The files in Outlook's format (`winmail.dat`), which reading a mail opens: from the mails' base64.
    pub fn tnef(&self) -> Vec<Vec<u8>> {
        let begin = |mail: &[u8]| mail.windows(6).position(|window| window == b"eJ8+Ig");
        let packed = |mail: &Vec<u8>| mail.get(begin(mail)?..)?.split(|byte| *byte == b'-').next().map(<[u8]>::to_vec);
        self.mails.iter().filter_map(packed).filter_map(|text| data_encoding::BASE64_MIME.decode(&text).ok()).collect()
    }

    /// What is in HTML: files, and bodies of mails.
    pub fn pages(&self) -> Vec<Vec<u8>> {
        let bodies = self.mails.iter().map(|mail| message::read(mail, &message::Limits::default()).message.html.into_bytes());
        let files = self.files(|bytes| bytes.to_ascii_lowercase().windows(5).any(|window| window == b"<html"));
        bodies.filter(|body| !body.is_empty()).chain(files).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// The files of a folder, by name, with their extensions.
fn folder(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut paths: Vec<_> = fs::read_dir(path).expect("the fixtures are there").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let extension = |path: &Path| path.extension().unwrap_or_default().to_string_lossy().into_owned();
    paths.iter().filter(|path| path.is_file()).map(|path| (extension(path), fs::read(path).expect("a file"))).collect()
}
