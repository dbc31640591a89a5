//! What is wrong with a configuration, as sentences for the person who wrote it.
//!
//! Every sentence is Chinese, names the file and line (or the environment variable) and says what to do.
//! Values are never repeated where they could hold a secret.

use std::fmt;

/// Everything that is wrong with a configuration, at once. The exit code for it is 78 (`EX_CONFIG` of sysexits.h).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<String>,
}

impl ConfigError {
    /// An error of one sentence.
    pub fn one(problem: impl Into<String>) -> Self {
        Self { problems: vec![problem.into()] }
    }

    /// An error of several sentences, or nothing where there are none.
    pub fn all(problems: Vec<String>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self { problems }) }
    }

    /// An error of at least one sentence.
    pub fn many(problems: Vec<String>) -> Self {
        Self { problems }
    }

    /// The sentences, in the order of the file.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

impl From<ConfigError> for Vec<String> {
    fn from(error: ConfigError) -> Self {
        error.problems
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("\n"))
    }
}

impl std::error::Error for ConfigError {}

/// The candidate that was probably meant: few edits away (a transposition is one), or a beginning of it.
pub fn nearest<'a>(written: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let score = |candidate: &str| {
        let beginning = written.len() >= 3 && (candidate.starts_with(written) || written.starts_with(candidate));
        strsim::normalized_damerau_levenshtein(written, candidate).max(if beginning { 0.5 } else { 0.0 })
    };
    candidates
        .iter()
        .map(|candidate| (score(candidate), *candidate))
        .filter(|(score, _)| *score >= 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_what_was_meant() {
        let keys = ["host", "port", "username", "password_file"];
        assert_eq!(nearest("hots", &keys), Some("host"));
        assert_eq!(nearest("user", &keys), Some("username"));
        assert_eq!(nearest("colour", &keys), None);
    }
}
