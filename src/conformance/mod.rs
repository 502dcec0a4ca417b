//! What a webhook endpoint must do, as cases: data that says what is sent and which answer passes, and
//! one runner that asks an endpoint.

pub mod outcome;
