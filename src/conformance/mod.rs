//! What a webhook endpoint must do, as cases: data that says what is sent and which answer passes, and
//! one runner that asks an endpoint.

mod acts;
mod asker;
mod blame;
mod body;
pub mod case;
mod cases;
mod expect;
mod forge;
mod guess;
mod leak;
mod make;
pub mod outcome;
mod plan;
mod preflight;
pub mod probes;
mod record;
mod runner;
pub mod select;
mod several;
mod together;

pub use cases::list;
pub use make::Maker;
pub use plan::Plan;
pub use runner::Runner;
