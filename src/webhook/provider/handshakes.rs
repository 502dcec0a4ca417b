//! The handshake that a request is, among those of several providers.

use super::Provider;
use crate::webhook::delivery::Headers;
use crate::webhook::handshake::{Handshake, HandshakeRequest};

/// The handshake that a request is, among those of some providers.
#[derive(Debug)]
pub enum Found<'p> {
    None,
    /// One; it is treated like those of the other providers in the list.
    One(&'p Handshake, Vec<&'p Provider>),
    /// Several that are treated differently.
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
    // The signature tells signed ones apart, if there is one.
    let has_signature = |(provider, one): &(&Provider, &Handshake)| {
        one.signed && is_signed(provider, request.headers())
    };
    let are_signed = matching.iter().any(has_signature);
    if are_signed {
        matching.retain(has_signature);
    }
    let Some((first, handshake)) = matching.first().copied() else {
        return Found::None;
    };
    let is_same = |(provider, one): &(&Provider, &Handshake)| {
        one.is_treated_like(handshake) && (!are_signed || provider.signatures == first.signatures)
    };
    match matching.iter().all(is_same) {
        true => Found::One(handshake, matching.iter().map(|(provider, _)| *provider).collect()),
        false => Found::Several,
    }
}

/// Whether a request has a signature header of this provider.
fn is_signed(provider: &Provider, headers: &Headers) -> bool {
    let mut names = provider.signatures.iter().filter_map(|scheme| scheme.header());
    names.any(|name| headers.get(name).is_some())
}
