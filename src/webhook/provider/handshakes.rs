//! The handshake that a request is, among those of several providers.

use super::Provider;
use crate::webhook::handshake::{Handshake, HandshakeRequest};

/// The handshake that a request is, among those of some providers.
#[derive(Debug)]
pub enum Found<'p> {
    None,
    /// One; every provider in the list has the same.
    One(&'p Handshake, Vec<&'p Provider>),
    /// Several that differ.
    Several,
}

/// Finds the handshake that a request is. One without conditions counts only where its provider `is_named`.
pub fn find<'p>(
    providers: impl Iterator<Item = &'p Provider>,
    is_named: bool,
    request: &HandshakeRequest<'_>,
) -> Found<'p> {
    let mut matching: Vec<(&Provider, &Handshake)> = Vec::new();
    for provider in providers {
        let counts = |one: &&Handshake| is_named || !one.when.is_empty();
        let mut own = provider.handshakes.iter().filter(counts);
        matching.extend(own.find(|one| one.matches(request)).map(|one| (provider, one)));
    }
    let providers = matching.iter().map(|(provider, _)| *provider).collect();
    let Some((first, handshake)) = matching.first().copied() else {
        return Found::None;
    };
    let is_same = |(provider, one): &(&Provider, &Handshake)| {
        one.is_same(handshake) && (!one.signed || provider.signatures == first.signatures)
    };
    match matching.iter().all(is_same) {
        true => Found::One(handshake, providers),
        false => Found::Several,
    }
}
