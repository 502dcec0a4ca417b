//! A tunnel to this machine, by a client that is installed already: providers refuse localhost URLs.
//!
//! [`Tunnel::start`] runs the client, [`Tunnel::url`] waits for the public URL in its output,
//! [`Tunnel::ended`] watches it, [`Tunnel::stop`] ends it and everything it started.

mod error;
pub mod find_url;
mod group;
mod output;
mod plain;
mod presets;
mod process;

pub use error::{Ended, TunnelError};
pub use plain::plain;
pub use process::{PATIENCE, Tunnel};
