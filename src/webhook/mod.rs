//! The field's rules, pure: no files, no network, no clock, no printing. What goes in is bytes and
//! facts, what comes out is bytes and verdicts.

pub mod bom;
pub mod catalog;
pub mod delivery;
pub mod event;
pub mod examine;
pub mod explain;
pub mod finding;
pub mod fixture;
pub mod folder;
pub mod hex;
pub mod mac;
pub mod malformed;
pub mod misread;
pub mod outline;
pub mod passing;
pub mod provider;
pub mod received;
pub mod recognise;
pub mod retry;
pub mod retry_after;
pub mod schema;
pub mod scheme;
pub mod secret;
pub mod set;
pub mod sign;
pub mod skim;
pub mod stringify;
pub mod suggest;
pub mod tamper;
pub mod unknown;
pub mod validate;
pub mod verify;
pub mod wire;
