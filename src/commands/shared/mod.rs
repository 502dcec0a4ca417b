//! What several commands need.

pub(crate) mod input;
pub(crate) mod lookup;
pub(crate) mod sample;
