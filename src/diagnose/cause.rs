//! The causes of a mismatch, whose texts are in `causes.txt`. An explanation is a set of causes with the formula that
//! proves them.

use std::sync::LazyLock;

/// One cause of a mismatch, as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The stable code, such as `body.trailing_newline`.
    pub code: &'static str,
    /// The replacement of `{}` in the sentences: a path, a name, a length. Never a secret.
    pub detail: String,
    /// How unlikely it is. The search tries combinations in the order of the sum.
    pub weight: usize,
}

/// The weight of a mistake that many people make.
pub const COMMON: usize = 2;

/// The weight of a mistake that few people make. Two of them are as likely as three that many make.
pub const RARE: usize = 3;

/// The weight of one of many possibilities of the same mistake.
pub const UNLIKELY: usize = 4;

/// The sum of the weights of causes.
pub fn weight(causes: &[Cause]) -> usize {
    causes.iter().map(|cause| cause.weight).sum()
}

impl Cause {
    /// A cause without a detail.
    pub fn plain(code: &'static str) -> Self {
        Self::with(code, String::new())
    }

    /// A cause with a detail.
    pub fn with(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), weight: COMMON }
    }

    /// The same with another weight.
    pub fn weighing(self, weight: usize) -> Self {
        Self { weight, ..self }
    }

    /// What happened, in a sentence.
    pub fn says(&self) -> String {
        text(self.code).map_or("", |text| text.says).replace("{}", &self.detail)
    }

    /// What to change, in a sentence.
    pub fn fix(&self) -> String {
        text(self.code).map_or("", |text| text.fix).replace("{}", &self.detail)
    }
}

/// What is said of a cause.
#[derive(Debug)]
pub struct CauseText {
    /// The stable code.
    pub code: &'static str,
    /// What happened; `{}` is the detail.
    pub says: &'static str,
    /// An example of the detail, if there is one.
    pub example: Option<&'static str>,
    /// What to change; `{}` is the detail.
    pub fix: &'static str,
}

impl CauseText {
    /// The cause with the example of its detail.
    pub fn example(&self) -> Cause {
        Cause::with(self.code, self.example.unwrap_or_default())
    }
}

/// Every cause that can be found.
pub fn all() -> impl Iterator<Item = &'static CauseText> {
    // A block for each cause: the code, what happened, an example of its detail, and the fix where it is not that of the
    // block before.
    static TEXTS: LazyLock<Vec<CauseText>> = LazyLock::new(|| {
        let mut last_fix = "";
        let blocks = include_str!("causes.txt").split("\n\n").map(|block| {
            let mut lines = block.lines();
            let (code, says) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
            let mut next = lines.next();
            let example = next.and_then(|line| line.strip_prefix("e.g. "));
            if example.is_some() {
                next = lines.next();
            }
            last_fix = next.unwrap_or(last_fix);
            CauseText { code, says, example, fix: last_fix }
        });
        blocks.collect()
    });
    TEXTS.iter()
}

fn text(code: &str) -> Option<&'static CauseText> {
    all().find(|text| text.code == code)
}

/// One explanation of a mismatch.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The causes, all of which apply.
    pub causes: Vec<Cause>,
    /// How the received value is computed from secret and body.
    pub formula: String,
}

impl Explanation {
    /// The stable codes.
    pub fn codes(&self) -> Vec<&'static str> {
        self.causes.iter().map(|cause| cause.code).collect()
    }

    /// What happened, in sentences.
    pub fn says(&self) -> String {
        sentences(self.causes.iter().map(Cause::says))
    }

    /// What to change, in sentences.
    pub fn fix(&self) -> String {
        sentences(self.causes.iter().map(Cause::fix))
    }
}

/// The first explanation of each set of causes.
pub fn distinct(all: impl IntoIterator<Item = Explanation>) -> Vec<Explanation> {
    let mut found: Vec<Explanation> = Vec::new();
    for one in all {
        if found.iter().all(|known| known.causes != one.causes) {
            found.push(one);
        }
    }
    found
}

fn sentences(all: impl Iterator<Item = String>) -> String {
    let mut unique: Vec<String> = Vec::new();
    for sentence in all {
        if !unique.contains(&sentence) {
            unique.push(sentence);
        }
    }
    unique.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_every_sentence_is_one() {
        for (i, one) in all().enumerate() {
            assert!(all().skip(i + 1).all(|other| other.code != one.code), "{}", one.code);
            let is_detail = one.says == "{}";
            assert!(is_detail || one.says.ends_with('.'), "{}", one.code);
            assert!(one.fix.ends_with('.'), "{}", one.code);
        }
    }
}
