//! Requests as reports show them: where a scheme sends the secret itself, as GitLab's does, the secret is replaced.

use crate::mask::{HIDDEN, without};
use crate::webhook::delivery::Delivery;
use crate::webhook::payload::set::Assignment;
use crate::webhook::signature::Secret;
use crate::webhook::signature::scheme::{Algorithm, Location, Scheme};

/// The delivery without the secret, if one of the schemes sends it.
pub(crate) fn without_secret<'s>(
    delivery: &Delivery,
    schemes: impl IntoIterator<Item = &'s Scheme>,
    secret: Option<&Secret>,
) -> Delivery {
    let mut shown = delivery.clone();
    let Some(secret) = secret.filter(|secret| !secret.expose().is_empty()) else {
        return shown;
    };
    let mut schemes =
        schemes.into_iter().filter(|one| one.algorithm == Algorithm::Token).peekable();
    if schemes.peek().is_none() {
        return shown;
    }
    // Also a value that was tampered with, which is nearly the secret.
    for scheme in schemes {
        match &scheme.location {
            Location::Header(name) if shown.headers.get(name).is_some() => {
                shown.headers.set_value(name, HIDDEN);
            }
            Location::Header(_) => {}
            Location::Body(pointer) => hide_field(&mut shown, pointer),
        }
    }
    shown.headers =
        shown.headers.iter().map(|(name, value)| (name, without(value, secret.expose()))).collect();
    shown.body = without(&shown.body, secret.expose()).into();
    shown
}

/// Replaces a field of the body, if there is one.
fn hide_field(shown: &mut Delivery, pointer: &str) {
    if let Ok(text) = std::str::from_utf8(&shown.body) {
        let mut text = text.to_owned();
        if Assignment::at_pointer(pointer, HIDDEN, true).apply(&mut text, false).is_ok() {
            shown.body = text.into();
        }
    }
}
