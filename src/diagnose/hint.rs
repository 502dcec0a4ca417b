//! What the received value tells by itself where no explanation reproduces it.

use crate::webhook::delivery::Delivery;
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::signature::scheme::{Part, Scheme};

use super::candidate::read_value;
use crate::webhook::signature::mac::Hash;

/// What can be said of a signature that nothing explains, a sentence each.
pub fn hints(delivery: &Delivery, provider: Option<&Provider>, catalog: &Catalog) -> Vec<String> {
    let mut said = Vec::new();
    let Some((own, scheme)) = provider.and_then(|own| Some((own, own.signature.as_ref()?))) else {
        return said;
    };
    let Some(value) = delivery.headers.get(&scheme.header) else {
        return said;
    };
    said.push(describe(value, scheme));
    if let Some(other) = provider_of_format(value, own, catalog) {
        said.push(format!(
            "It has the form of {}; it was checked as {}'s.",
            other.name, own.name
        ));
    }
    said
}

/// A header that the scheme signs and that is missing.
pub fn missing_header<'s>(delivery: &Delivery, scheme: &'s Scheme) -> Option<&'s str> {
    scheme.signs.iter().find_map(|part| match part {
        Part::Header(name) if delivery.headers.get(name).is_none() => Some(name.as_str()),
        _ => None,
    })
}

/// What length and alphabet say.
fn describe(value: &[u8], scheme: &Scheme) -> String {
    if value.trim_ascii().is_empty() {
        return "The header is there and holds nothing.".to_owned();
    }
    let all = read_value(value, scheme);
    let Some(candidate) = all.iter().find(|candidate| !candidate.is_cut_off()) else {
        let length = value.trim_ascii().len();
        return format!(
            "It is {length} characters long and no digest in any encoding known here; the scheme's form is {}.",
            scheme.describe_format()
        );
    };
    let seems = format!(
        "It has the length of {} {} digest in {}",
        candidate.hash.article(),
        candidate.hash.title(),
        candidate.encoding_name()
    );
    if candidate.causes.is_empty() {
        format!("{seems}, as it should.")
    } else if candidate.hash == Hash::of(scheme.algorithm) {
        format!(
            "{seems}; the scheme's form is {}.",
            scheme.describe_format()
        )
    } else {
        format!("{seems}, the scheme's is {}.", scheme.algorithm)
    }
}

/// Another provider in whose format the value is.
fn provider_of_format<'c>(
    value: &[u8],
    own: &Provider,
    catalog: &'c Catalog,
) -> Option<&'c Provider> {
    let reads = |p: &Provider| {
        let scheme = p.signature.as_ref();
        scheme.is_some_and(|scheme| scheme.matches_format(value.trim_ascii()))
    };
    if reads(own) {
        return None;
    }
    catalog.providers().find(|p| p.name != own.name && reads(p))
}
