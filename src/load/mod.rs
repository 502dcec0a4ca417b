//! Bulk sending: what is sent when (`schedule`, `plan`), the requests (`template`, `generator`), the threads that send
//! them (`engine`), and what they measured (`statistics`, `condition`, `summary`).

pub mod condition;
pub(crate) mod engine;
pub(crate) mod generator;
pub mod plan;
pub mod schedule;
pub mod statistics;
pub mod summary;
pub(crate) mod template;
