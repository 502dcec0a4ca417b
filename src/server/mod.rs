//! The HTTP server of `listen`. Every request takes one way: `listener` accepts its connection, `connection`
//! reads it, `pipeline` turns it into a delivery that is forwarded, recorded and reported, and a
//! `response` goes back. Peers are untrusted: whatever they send is bounded in size and time, and no peer can stop
//! the server.

mod behaviour;
mod connection;
mod connection_table;
mod descriptors;
mod events;
mod expect;
mod forward;
mod handshake;
pub mod head;
mod listener;
mod memory_limit;
mod origin;
mod pipeline;
mod preread;
mod refusal;
mod rejections;
mod response;
mod rules;
mod sequencer;
mod state;
mod tee_stream;

pub(crate) use behaviour::Behaviour;
pub(crate) use events::{
    EventSink, LineFormatter, RecordError, RecordId, RecordRequest, ServerEvent, ShutdownHandle,
    Sinks, StopReason, Unseen,
};
pub(crate) use expect::{Expectation, Expectations};
pub(crate) use forward::{AddedHeaders, Forwarding, MAX_RESPONSE, Route};
pub(crate) use handshake::Handshakes;
pub(crate) use listener::Listener;
pub(crate) use origin::AllowedOrigin;
pub(crate) use rejections::Rejections;
pub(crate) use response::{Faults, FixedResponse};
pub(crate) use state::Options;
