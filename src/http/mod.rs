//! The sending side: the only HTTP-client code. A delivery goes out as its bytes are, redirects are not
//! followed, and nothing is sent twice.

mod client;
mod endpoint;
mod exact;
mod no_answer;
pub mod proxy;
mod tls;

pub use client::{Answer, Sender, Transport};
pub use endpoint::Endpoint;
pub use exact::RawClient;
pub use no_answer::{Kind, SendError};
