//! The HTTP server of `listen`. Every request takes one way: `listener` accepts its connection, `preread` and
//! `connection` read it, `pipeline` turns it into a delivery that is forwarded, recorded and reported, and a
//! `response` goes back. Peers are untrusted: whatever they send is bounded in size and time, and no peer can stop
//! the server.

mod body;
mod chunked;
mod connection;
mod connections;
mod events;
mod expect;
mod faults;
mod forward;
pub mod head;
mod limits;
mod listener;
mod pipeline;
mod preread;
mod response;
mod sequencer;
mod state;
mod tap;

pub use events::{
    LineFormatter, RecordError, RecordId, RecordRequest, ServerEvent, ShutdownHandle, Sinks,
    StopReason,
};
pub use expect::{Expectation, Expectations};
pub use faults::Faults;
pub use forward::{Forwarding, MAX_RESPONSE, Route};
pub use listener::Listener;
pub use response::FixedResponse;
pub use state::Options;
