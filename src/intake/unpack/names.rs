//! The names of files in archives: raw bytes → names as data, never paths.

use crate::intake::message::charset;

/// What packers and file managers leave behind.
const LITTER: [&str; 5] = [".ds_store", "thumbs.db", "desktop.ini", ".apdisk", ""];

/// A name in an archive, with `/` between its folders: by its label where that is true, else as UTF-8 or
/// GB 18030, whichever it is. Packers set the flag for UTF-8 wrongly in both directions.
pub(super) fn decode(raw: &[u8], says_utf8: bool) -> String {
    let name = charset::decode(raw, Some(if says_utf8 { "utf-8" } else { "gbk" }));
    // Big5 read as GBK gives characters that nobody names a file with.
    let big5 = || encoding_rs::BIG5.decode_without_bom_handling_and_without_replacement(raw).map(|name| name.into_owned());
    let odd = name.chars().any(|c| matches!(c, '\u{e000}'..='\u{f8ff}'));
    clean(&if odd { big5().unwrap_or(name) } else { name })
}

/// Without control characters, and those that turn the direction of writing.
pub(super) fn clean(name: &str) -> String {
    let hidden = |c: char| c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let name: String = name.replace('\\', "/").chars().filter(|c| !hidden(*c)).collect();
    // Leading roots and steps upwards say nothing about a file.
    let steps: Vec<&str> = name.split('/').filter(|step| !matches!(*step, "" | "." | "..")).collect();
    steps.join("/")
}

/// The last part of a path; none for what packers and file managers leave behind.
pub(super) fn visible(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let litter = path.split('/').any(|step| step == "__MACOSX" || step == ".Spotlight-V100" || step == ".Trashes")
        || name.starts_with("._")
        || LITTER.contains(&name.to_ascii_lowercase().as_str());
    (!litter).then_some(name)
}

/// `~$申报表.docx`: what Word and WPS keep beside a file that is open, who has it open and nothing of the file.
pub(super) fn is_owner_file(path: &str, bytes: &[u8]) -> bool {
    /// They have 162 or 165 bytes.
    const LONGEST: usize = 512;
    const OFFICE: [&str; 10] = ["doc", "docx", "docm", "wps", "xls", "xlsx", "et", "ppt", "pptx", "dps"];
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_office = name.rsplit_once('.').is_some_and(|(_, extension)| OFFICE.iter().any(|office| office.eq_ignore_ascii_case(extension)));
    let is_document = bytes.starts_with(b"PK") || bytes.starts_with(b"\xd0\xcf\x11\xe0");
    name.starts_with("~$") && is_office && !is_document && bytes.len() <= LONGEST
}

/// A name without its last extension, if it has this one (lower case, with its dot).
pub(super) fn stem<'a>(name: &'a str, extension: &str) -> Option<&'a str> {
    let (at, tail) = name.len().checked_sub(extension.len()).and_then(|at| Some((at, name.get(at..)?)))?;
    tail.eq_ignore_ascii_case(extension).then(|| name.get(..at).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_whatever_the_flag_says() {
        let gbk = encoding_rs::GB18030.encode("材料/申报表.docx").0.into_owned();
        for (raw, flag) in [("材料/申报表.docx".as_bytes(), true), ("材料/申报表.docx".as_bytes(), false), (&gbk, true), (&gbk, false)]
        {
            assert_eq!(decode(raw, flag), "材料/申报表.docx");
        }
    }

    #[test]
    fn names_are_no_paths() {
        assert_eq!(clean("..\\..\\a/./申报表\u{202e}.docx\0"), "a/申报表.docx");
        assert_eq!(clean("/etc/passwd"), "etc/passwd");
    }

    #[test]
    fn litter_is_left_out() {
        for path in ["__MACOSX/._申报表.docx", "a/.DS_Store", "Thumbs.db"] {
            assert_eq!(visible(path), None, "{path}");
        }
        assert_eq!(visible("材料/申报表.docx"), Some("申报表.docx"));
    }
}
