//! Bulk sending: what is sent when (`schedule`, `plan`), the requests (`template`, `generator`), the threads that send
//! them (`engine`), what they measured (`statistics`, `condition`, `summary`), and the same for other tools (`export`).

pub mod condition;
pub(crate) mod engine;
pub(crate) mod export;
pub(crate) mod generator;
pub mod plan;
pub mod schedule;
pub mod statistics;
pub mod summary;
pub(crate) mod template;
