//! The result of a handshake that a listener received.

use std::net::SocketAddr;

use jiff::Timestamp;

use crate::webhook::record::Forwarded;

/// A handshake that was received. It is not a delivery, and no capture records it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandshakeRecord {
    pub at: Timestamp,
    pub peer: Option<SocketAddr>,
    /// The providers that it may be from: those with the same handshake.
    pub providers: Vec<&'static str>,
    pub name: &'static str,
    pub method: &'static str,
    /// The target without its query, which may hold the verify token.
    pub path: String,
    pub result: HandshakeResult,
    /// The status of the response.
    pub status: u16,
    /// Remarks, in sentences. They may repeat what the peer sent, and are escaped before they are shown.
    pub notes: Vec<String>,
    /// The key that was handed over, unless it is a secret that the user has given.
    pub key: Option<String>,
    /// The response of the endpoint, if the handshake was forwarded.
    pub forwarded: Option<Forwarded>,
}

/// What a listener did with a handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandshakeResult {
    /// It gave the response that the provider expects.
    Answered,
    /// It refused it, for this reason.
    Refused(String),
    /// It forwarded it; whether the endpoint's response is the one that the provider expects, if that is known.
    Forwarded(Option<bool>),
}
