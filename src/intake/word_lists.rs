//! The words by which a campaign tells mails and files, folded once: each mail is held against hundreds of them.

use aho_corasick::{AhoCorasick, MatchKind};

use crate::intake::text;
use crate::model::campaign::Words;

/// Words that are compared whatever their blanks, width and letter case.
#[derive(Debug, Clone, Default)]
pub struct WordList {
    words: Vec<String>,
    /// All of them at once.
    any: Option<AhoCorasick>,
}

impl WordList {
    /// Takes the words of a list.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a String>) -> WordList {
        let words: Vec<String> = words.into_iter().map(|word| folded(word)).filter(|word| !word.is_empty()).collect();
        let any = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(&words).ok();
        WordList { words, any }
    }

    /// Whether a text holds one of them.
    pub fn stands_in(&self, text: &str) -> bool {
        self.first_in(text).is_some()
    }

    /// Where the first of them begins in a text, in bytes of the folded text.
    pub fn first_in(&self, text: &str) -> Option<usize> {
        let text = folded(text);
        self.any.as_ref()?.find(&text).map(|found| found.start())
    }

    /// Whether a text begins with one of them, opening brackets aside.
    pub fn begins(&self, text: &str) -> bool {
        let text = folded(text);
        let bare = text.trim_start_matches(['[', '【', '(']);
        self.words.iter().any(|word| text.starts_with(word) || bare.starts_with(word))
    }
}

/// Every list of [`Words`], by its name there.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "they are documented where the campaign file is")]
pub struct WordLists {
    pub submission: WordList,
    pub inquiry: WordList,
    pub form_names: WordList,
    pub scan_names: WordList,
    pub letter_names: WordList,
    pub summary_names: WordList,
    pub evidence_names: WordList,
    pub auto_reply: WordList,
    pub auto_reply_text: WordList,
    pub bounce: WordList,
    pub bounce_text: WordList,
    pub notice: WordList,
    pub recall: WordList,
    pub read_receipt: WordList,
    pub forwarded: WordList,
    /// Of the links that stand for 超大附件 those that are phrases.
    pub link_phrases: WordList,
    /// Those that are parts of addresses.
    pub link_addresses: WordList,
    /// As they are written: [`marking`](crate::intake::forms) folds in its own way.
    pub classified: Vec<String>,
}

impl WordLists {
    /// Takes the words of a campaign file.
    pub fn new(words: &Words) -> WordLists {
        let links = |ascii: bool| WordList::new(words.large_attachment.iter().filter(|word| word.is_ascii() == ascii));
        WordLists {
            submission: WordList::new(&words.submission),
            inquiry: WordList::new(&words.inquiry),
            form_names: WordList::new(&words.form_names),
            scan_names: WordList::new(&words.scan_names),
            letter_names: WordList::new(&words.letter_names),
            summary_names: WordList::new(&words.summary_names),
            evidence_names: WordList::new(&words.evidence_names),
            auto_reply: WordList::new(&words.auto_reply),
            auto_reply_text: WordList::new(&words.auto_reply_text),
            bounce: WordList::new(&words.bounce),
            bounce_text: WordList::new(&words.bounce_text),
            notice: WordList::new(&words.notice),
            recall: WordList::new(&words.recall),
            read_receipt: WordList::new(&words.read_receipt),
            forwarded: WordList::new(&words.forwarded),
            link_phrases: links(false),
            link_addresses: links(true),
            classified: words.classified.clone(),
        }
    }
}

/// A text without blanks, narrow and in lower case.
pub fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // Han characters are most of it, and have neither blanks nor cases.
        match c {
            '\u{4e00}'..='\u{9fff}' => out.push(c),
            c if c.is_whitespace() => {}
            c => out.extend(text::narrow(c).to_lowercase()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_whatever_their_width() {
        let words = WordList::new(&["退信:".to_owned(), "out of office".to_owned(), " ".to_owned()]);
        for subject in ["退信：收件回执", "【退信：】", "Out of  Office: 案例", "［退信:］"] {
            assert!(words.begins(subject), "{subject}");
        }
        assert!(!words.begins("关于退信："));
        assert!(words.stands_in("关于退信："));
        assert!(WordList::new(&["报?".to_owned()]).stands_in("能不能报？"));
    }
}
