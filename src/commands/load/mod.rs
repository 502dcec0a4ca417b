//! Bulk sending by `send` and `replay`: many signed requests, judged by what each is for.

pub(super) mod bulk_replay;
pub(super) mod bulk_send;
mod options;
mod run;
mod unique;

pub use options::{BulkOptions, Export, Pacing};
