//! The receiving side: the only HTTP-server code. Strangers connect here, so everything is bounded in
//! size and time, and nothing that one of them does ends the listener.

mod body;
mod budget;
mod chunks;
mod connection;
mod deliver;
mod desk;
mod expect;
mod faults;
mod forward;
mod hall;
pub mod head;
mod ledger;
mod opening;
mod policy;
mod registry;
mod scribe;
mod server;
mod tee;

pub use expect::{Expectation, Expectations};
pub use faults::{Canned, Faults};
pub use forward::{Forwarding, MOST_OF_ANSWER, Route};
pub use hall::{Audience, Notice, Options, RecordFault, Recorded, Recording, Stop, Stopper};
pub use scribe::{Scribe, Written};
pub use server::Listener;
