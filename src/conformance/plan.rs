//! What a run is given: whom to ask, as whom, and which cases.

use crate::http::Endpoint;
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::Catalog;

use super::case::Case;
use super::make::Maker;

/// What to run, and how.
#[derive(Clone, Debug)]
pub struct Plan<'p> {
    /// Everything that is known of providers.
    pub catalog: &'p Catalog,
    /// Whose deliveries are sent.
    pub provider: &'p Provider,
    /// Where to.
    pub endpoint: &'p Endpoint,
    /// What makes them.
    pub maker: Maker,
    /// The cases that are asked for, in the order of the list.
    pub cases: Vec<Case>,
    /// How many of all cases are not asked for.
    pub left_out: usize,
    /// Whether what is recommended for bytes is required.
    pub strict: bool,
    /// Cases that are asked at once.
    pub concurrency: usize,
    /// Whether the first failure is the last.
    pub fail_fast: bool,
    /// Patterns of the cases whose failure does not count.
    pub tolerate: Vec<String>,
}
