//! The list of a folder's files with their SHA-256, as `sha256sum` (GNU coreutils) writes and checks it.

use super::{BackupError, Fault, Result, SUMS};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    path::Path,
};

/// Names relative to the folder, with `/`, and hashes in lower-case hexadecimal.
pub(super) type Sums = BTreeMap<String, String>;

/// Lists every file below a folder.
pub(super) fn of(folder: &Path) -> Result<Sums> {
    let mut sums = Sums::new();
    for name in names(folder)? {
        let sum = hash_file(&folder.join(&name)).map_err(BackupError::io(&folder.join(&name)))?;
        sums.insert(name, sum);
    }
    Ok(sums)
}

/// The list's text.
pub(super) fn text(sums: &Sums) -> String {
    sums.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect()
}

/// Reads the list of a folder.
pub(super) fn read(folder: &Path) -> Result<Sums> {
    let incomplete = || BackupError::NotABackup(folder.to_owned());
    let text = std::fs::read_to_string(folder.join(SUMS)).map_err(|_| incomplete())?;
    text.lines()
        .map(|line| line.split_once("  ").map(|(sum, name)| (name.to_owned(), sum.to_owned())))
        .collect::<Option<Sums>>()
        .filter(|sums| !sums.is_empty())
        .ok_or_else(incomplete)
}

/// Holds a folder against its list.
pub(super) fn check(folder: &Path, sums: &Sums) -> Result<Vec<Fault>> {
    let mut faults = Vec::new();
    for (name, sum) in sums {
        match hash_file(&folder.join(name)) {
            Ok(found) if found == *sum => {}
            Ok(_) => faults.push(Fault::Changed(name.clone())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => faults.push(Fault::Missing(name.clone())),
            Err(source) => return Err(BackupError::Io { path: folder.join(name), source }),
        }
    }
    faults.extend(names(folder)?.into_iter().filter(|name| !sums.contains_key(name)).map(Fault::Unknown));
    Ok(faults)
}

/// Every file below a folder but the list itself, in order. Links are named and not followed.
fn names(folder: &Path) -> Result<Vec<String>> {
    let (mut names, mut open) = (Vec::new(), vec![String::new()]);
    while let Some(below) = open.pop() {
        let path = folder.join(&below);
        for entry in std::fs::read_dir(&path).map_err(BackupError::io(&path))? {
            let entry = entry.map_err(BackupError::io(&path))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let name = if below.is_empty() { name } else { format!("{below}/{name}") };
            if entry.file_type().map_err(BackupError::io(&path))?.is_dir() {
                open.push(name);
            } else if name != SUMS {
                names.push(name);
            }
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn hash_file(path: &Path) -> io::Result<String> {
    let (mut file, mut hasher, mut buffer) = (File::open(path)?, Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(data_encoding::HEXLOWER.encode(&hasher.finalize())),
            length => hasher.update(buffer.get(..length).unwrap_or_default()),
        }
    }
}
