//! What can be wrong, as data: each cause has a stable code, a sentence that says what happened and one that
//! says what to change.

mod reserialised;
mod table;

use reserialised::RESERIALISED;
use table::OTHER;

/// One cause of a mismatch, as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The stable code, such as `body.trailing_newline`.
    pub code: &'static str,
    /// What stands for `{}` in the sentences: a path, a name, a length. Never a secret.
    pub detail: String,
}

impl Cause {
    /// A cause of which there is no more to say than its code.
    pub fn plain(code: &'static str) -> Self {
        Self::with(code, String::new())
    }

    /// A cause with a detail.
    pub fn with(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }

    /// What happened, in a sentence.
    pub fn says(&self) -> String {
        self.fill(self.entry().map_or("", |entry| entry.says))
    }

    /// What to change, in a sentence.
    pub fn fix(&self) -> String {
        self.fill(self.entry().map_or("", |entry| entry.fix))
    }

    fn fill(&self, sentence: &str) -> String {
        sentence.replace("{}", &self.detail)
    }

    fn entry(&self) -> Option<&'static Entry> {
        entry(self.code)
    }
}

/// What is said of a cause.
#[derive(Debug)]
pub struct Entry {
    /// The stable code.
    pub code: &'static str,
    /// What happened; `{}` is the detail.
    pub says: &'static str,
    /// What to change; `{}` is the detail.
    pub fix: &'static str,
}

/// Every cause that can be found.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    OTHER.iter().chain(RESERIALISED)
}

/// The entry of a code.
pub fn entry(code: &str) -> Option<&'static Entry> {
    all().find(|entry| entry.code == code)
}

const fn row(code: &'static str, says: &'static str, fix: &'static str) -> Entry {
    Entry { code, says, fix }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_every_sentence_is_one() {
        for (i, one) in all().enumerate() {
            assert!(
                all().skip(i + 1).all(|other| other.code != one.code),
                "{}",
                one.code
            );
            let is_detail = one.says == "{}";
            assert!(is_detail || one.says.ends_with('.'), "{}", one.code);
            assert!(one.fix.ends_with('.'), "{}", one.code);
        }
    }
}
