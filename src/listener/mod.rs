//! The receiving side: the only HTTP-server code. Strangers connect here, so everything is bounded in
//! size and time, and nothing that one of them does ends the listener.

mod body;
mod budget;
mod chunks;
mod connection;
mod hall;
mod head;
mod ledger;
mod policy;
mod registry;
mod server;
mod tee;

pub use hall::{Notice, Options, Stop, Stopper};
pub use server::Listener;
