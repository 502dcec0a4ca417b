//! Which serialiser an endpoint hashes instead of the bytes that came: a body is signed over what a
//! serialiser would make of it, and the endpoint that accepts that has told.

use serde_json::Value;

use crate::webhook::examine::without_bom;
use crate::webhook::stringify::stringify;

/// One serialiser.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// The stable name.
    pub code: &'static str,
    /// The name for people.
    pub name: &'static str,
    /// What it makes of a body; `None` when it cannot read it.
    pub sign_over: fn(&[u8]) -> Option<Vec<u8>>,
}

/// Every serialiser that is known.
pub const PROBES: &[Probe] = &[Probe {
    code: "body.reserialized.node",
    name: "Node's JSON.stringify(JSON.parse(body))",
    sign_over: node,
}];

fn node(body: &[u8]) -> Option<Vec<u8>> {
    let json: Value = serde_json::from_slice(without_bom(body)).ok()?;
    Some(stringify(&json).into_bytes())
}
