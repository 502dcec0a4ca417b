//! Helpers that several commands need.

pub(crate) mod capture;
pub(crate) mod explainer;
pub(crate) mod input;
pub(crate) mod lookup;
pub(crate) mod progress;
pub(crate) mod runtime;
pub(crate) mod sample;
pub(crate) mod verdict_counts;
