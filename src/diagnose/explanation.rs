//! One explanation of a mismatch: the causes that came together, and the formula that proves them.

use super::cause::Cause;

/// One explanation, in codes and in words.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The causes, which all came together.
    pub causes: Vec<Cause>,
    /// How the received value comes from secret and body.
    pub formula: String,
}

impl Explanation {
    /// The stable codes.
    pub fn codes(&self) -> Vec<&'static str> {
        self.causes.iter().map(|cause| cause.code).collect()
    }

    /// What happened, in words.
    pub fn says(&self) -> String {
        sentences(self.causes.iter().map(Cause::says))
    }

    /// What to change, in words.
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
