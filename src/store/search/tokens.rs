//! Text into the tokens that it is indexed and looked for by.
//!
//! Chinese is written without blanks, and an index of trigrams can't find a word of two characters. So a run of
//! Han characters becomes its pairs (光电子 → 光电 电子 子, its last character alone behind them), and a run of
//! other letters and digits one token. A word that is looked for becomes the same tokens as a phrase, so what is
//! found holds the word itself and not only its pairs somewhere. Upper case, full width and blanks don't matter.

/// The tokens of a text, parted by blanks; at most about so many characters of it.
pub(super) fn of_text(text: &str, most: usize) -> String {
    let mut out = String::new();
    for run in runs(text.chars().take(most)) {
        for token in run.tokens() {
            out.push_str(&token);
            out.push(' ');
        }
    }
    out
}

/// A word that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Phrase {
    /// In this order, one behind the other.
    pub tokens: Vec<String>,
    /// Whether the last one may go on.
    pub is_open: bool,
}

/// The phrases of what was typed, one for each word; a word of marks alone gives none.
pub(super) fn phrases(typed: &str) -> Vec<Phrase> {
    typed.split_whitespace().filter_map(phrase).collect()
}

fn phrase(word: &str) -> Option<Phrase> {
    let runs = runs(word.chars());
    let (last, before) = runs.split_last()?;
    let mut tokens: Vec<String> = before.iter().flat_map(Run::tokens).collect();
    let mut of_last = last.tokens();
    // Behind the last pair the text may go on: its last character alone stands there only at a run's end.
    if last.is_han && of_last.len() > 1 {
        of_last.pop();
    }
    let is_open = !last.is_han || of_last.iter().all(|token| token.chars().count() == 1);
    tokens.extend(of_last);
    Some(Phrase { tokens, is_open })
}

/// Characters that belong together.
struct Run {
    characters: Vec<char>,
    is_han: bool,
}

impl Run {
    fn tokens(&self) -> Vec<String> {
        if !self.is_han {
            return vec![self.characters.iter().collect()];
        }
        let pairs = self.characters.windows(2).map(|pair| pair.iter().collect());
        pairs.chain(self.characters.last().map(char::to_string)).collect()
    }
}

fn runs(characters: impl Iterator<Item = char>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut is_parted = true;
    for c in characters.map(fold) {
        if !c.is_alphanumeric() {
            is_parted = true;
            continue;
        }
        match runs.last_mut() {
            Some(run) if !is_parted && run.is_han == is_han(c) => run.characters.push(c),
            _ => runs.push(Run { characters: vec![c], is_han: is_han(c) }),
        }
        is_parted = false;
    }
    runs
}

/// As characters are compared: full-width forms as ASCII, in lower case. One character stays one.
pub(super) fn fold(c: char) -> char {
    let narrow = match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        c => c,
    };
    let mut lower = narrow.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => narrow,
    }
}

/// Han characters (Unicode blocks of CJK ideographs), the iteration mark and the zero 〇.
fn is_han(c: char) -> bool {
    matches!(c, '\u{3005}' | '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_han_and_whole_words_of_the_rest() {
        assert_eq!(of_text("光电子 GB／T１９，A区", 99), "光电 电子 子 gb t19 a 区 ");
        assert_eq!(of_text("光电子产业", 2), "光电 电 ");
        assert_eq!(of_text("★…", 9), "");
    }

    #[test]
    fn a_word_is_a_phrase() {
        let tokens = |word: &str| phrases(word).into_iter().map(|phrase| (phrase.tokens.join(" "), phrase.is_open)).collect::<Vec<_>>();
        assert_eq!(tokens("光电子 计量"), [("光电 电子".into(), false), ("计量".into(), false)]);
        assert_eq!(tokens("油"), [("油".into(), true)]);
        assert_eq!(tokens("光谷a区"), [("光谷 谷 a 区".into(), true)]);
        assert_eq!(tokens("CNAS认可"), [("cnas 认可".into(), false)]);
        assert_eq!(tokens("JCZH-2023-00"), [("jczh 2023 00".into(), true)]);
        assert_eq!(tokens("“”　%"), []);
    }
}
