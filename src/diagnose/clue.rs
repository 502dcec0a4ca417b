//! What the received value tells by itself, when no explanation reproduces it.

use crate::webhook::catalog::Catalog;
use crate::webhook::provider::Provider;
use crate::webhook::scheme::Scheme;

use super::digest::Hash;
use super::received::Reading;

/// What can be said of a value that nothing explains, a sentence each.
pub fn clues(
    value: &[u8],
    provider: Option<&Provider>,
    catalog: &Catalog,
    readings: &[&Reading<'_>],
) -> Vec<String> {
    let mut said = Vec::new();
    let scheme = provider.and_then(|p| p.signature.as_ref());
    if let Some(sentence) = form(value, scheme, readings) {
        said.push(sentence);
    }
    if let Some(own) = provider
        && let Some(other) = other_form(value, own, catalog)
    {
        said.push(format!(
            "It has the form of {}; it was checked as {}'s.",
            other.name, own.name
        ));
    }
    said
}

/// What length and alphabet say.
fn form(value: &[u8], scheme: Option<&Scheme>, readings: &[&Reading<'_>]) -> Option<String> {
    let scheme = scheme?;
    let own = Hash::of(scheme.algorithm);
    if value.trim_ascii().is_empty() {
        return Some("The header is there and holds nothing.".to_owned());
    }
    let whole = readings.iter().find(|reading| !reading.is_cut_off());
    let Some(reading) = whole else {
        let length = value.trim_ascii().len();
        return Some(format!(
            "It is {length} characters long and no digest in any encoding known here; the scheme's form is {}.",
            scheme.form()
        ));
    };
    let written = reading.written_as();
    Some(match reading.hash == own {
        true => format!(
            "It has the length of {} {} digest in {written}, as it should.",
            own.article(),
            own.title()
        ),
        false => format!(
            "It has the length of {} {} digest in {written}, the scheme's is {}.",
            reading.hash.article(),
            reading.hash.title(),
            scheme.algorithm
        ),
    })
}

/// The provider with another scheme of whose form the value is.
fn other_form<'c>(value: &[u8], own: &Provider, catalog: &'c Catalog) -> Option<&'c Provider> {
    let reads = |p: &Provider| {
        let scheme = p.signature.as_ref();
        scheme.is_some_and(|scheme| scheme.read(value.trim_ascii()).is_ok())
    };
    if reads(own) {
        return None;
    }
    catalog.providers().find(|p| p.name != own.name && reads(p))
}
