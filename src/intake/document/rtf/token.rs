//! The bytes of RTF become groups, control words and characters.

/// A piece of RTF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `{`
    Open,
    /// `}`
    Close,
    /// `\word`, with its number.
    Word(&'a str, Option<i32>),
    /// `\` and a mark.
    Symbol(u8),
    /// A byte of text: plain, or written as `\'hh`.
    Byte(u8),
    /// The bytes of `\bin`.
    Binary(&'a [u8]),
}

/// The tokens of a file.
pub(super) struct Tokens<'a> {
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    /// Begins.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at_checked(count).unwrap_or((self.rest, &[]));
        self.rest = rest;
        taken
    }

    fn take_while(&mut self, mut is_part: impl FnMut(u8) -> bool) -> &'a [u8] {
        let count = self.rest.iter().position(|byte| !is_part(*byte)).unwrap_or(self.rest.len());
        self.take(count)
    }

    /// What follows a backslash.
    fn control(&mut self) -> Option<Token<'a>> {
        let first = *self.rest.first()?;
        if first == b'\'' {
            self.take(1);
            let digits = std::str::from_utf8(self.take(2)).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
            return Some(Token::Byte(digits.unwrap_or(b'?')));
        }
        if !first.is_ascii_alphabetic() {
            self.take(1);
            return Some(Token::Symbol(first));
        }
        let word = std::str::from_utf8(self.take_while(|byte| byte.is_ascii_alphabetic())).ok()?;
        let sign = self.take(usize::from(self.rest.first() == Some(&b'-')));
        let digits = std::str::from_utf8(self.take_while(|byte| byte.is_ascii_digit())).ok();
        let number = digits.and_then(|digits| digits.parse::<i32>().ok()).map(|number| if sign.is_empty() { number } else { -number });
        if self.rest.first() == Some(&b' ') {
            self.take(1);
        }
        if let ("bin", Some(count)) = (word, number) {
            return Some(Token::Binary(self.take(usize::try_from(count).unwrap_or_default())));
        }
        Some(Token::Word(word, number))
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let byte = *self.take(1).first()?;
            return match byte {
                b'{' => Some(Token::Open),
                b'}' => Some(Token::Close),
                b'\\' => self.control(),
                // Lines of the file are no lines of the text.
                b'\r' | b'\n' | 0 => continue,
                other => Some(Token::Byte(other)),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_numbers_and_bytes() {
        let tokens: Vec<Token<'_>> = Tokens::new(b"{\\u-3 \\'b0\\*\\bin2 }}x\r\n\\b0y").collect();
        let expected = [
            Token::Open,
            Token::Word("u", Some(-3)),
            Token::Byte(0xB0),
            Token::Symbol(b'*'),
            Token::Binary(b"}}"),
            Token::Byte(b'x'),
            Token::Word("b", Some(0)),
            Token::Byte(b'y'),
        ];
        assert_eq!(tokens, expected);
        assert_eq!(Tokens::new(b"\\").count(), 0);
    }
}
