//! The sending side: the only HTTP-client code. A delivery goes out as its bytes are, redirects are not
//! followed, and nothing is sent twice.

mod client;
mod endpoint;

pub use client::{Answer, Sender, Transport};
pub use endpoint::Endpoint;
