//! The receiving side: the only HTTP-server code. Strangers connect here, so everything is bounded in
//! size and time, and nothing that one of them does ends the listener.

mod audience;
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
mod listener;
mod opening;
mod options;
mod policy;
mod recording;
mod registry;
mod scribe;
mod stop;
mod tee;
mod treatment;

pub use audience::{Audience, Notice};
pub use expect::{Expectation, Expectations};
pub use faults::{Faults, FixedResponse};
pub use forward::{Forwarding, MOST_OF_ANSWER, Route};
pub use listener::Listener;
pub use options::Options;
pub use recording::{RecordFault, Recorded, Recording};
pub use scribe::{Scribe, Written};
pub use stop::{ShutdownHandle, Stop};
