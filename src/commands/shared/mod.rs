//! What several commands need.

pub(crate) mod explainer;
pub(crate) mod runtime;
pub(crate) mod verdict_counts;
