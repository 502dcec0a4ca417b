//! What a writer gives: the parts of a file, or why there are none.

/// The parts of a file that depend on the provider.
pub(super) struct Code {
    pub imports: String,
    /// The settings and the function that verifies.
    pub verify: String,
    /// The function that parses the body.
    pub parse: String,
    /// The packages that it needs.
    pub packages: Vec<&'static str>,
}

/// Why there is no snippet, and what to do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub reason: String,
    pub hint: String,
}

impl Refusal {
    pub(super) fn new(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { reason: reason.into(), hint: hint.into() }
    }
}
