//! What several commands need.

pub(crate) mod capture;
