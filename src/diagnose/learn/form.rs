//! What the form of the deliveries tells, also without a secret: values that may be signatures, tokens and times.

use crate::webhook::delivery::Delivery;
use crate::webhook::signature::format::Layout;
use crate::webhook::signature::scheme::{Location, Unit};

use super::place::{Place, common_headers};
use crate::webhook::privacy::unit_of;

/// A value that may be a signature by its form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormCandidate {
    /// Where it is.
    pub place: String,
    /// The algorithms whose signatures have this length.
    pub algorithms: Vec<&'static str>,
    /// How it is written, such as `sha256=<64 lowercase hex digits>`.
    pub format: String,
}

/// What may be a signature, each form once.
pub fn candidates(places: &[Place]) -> Vec<FormCandidate> {
    let mut all: Vec<FormCandidate> = Vec::new();
    let mut seen: Vec<(&Location, _)> = Vec::new();
    for place in places {
        let format = place.format.describe(&place.algorithm.lengths());
        let location = place.location.to_string();
        let algorithm = place.algorithm.name();
        let known = all.iter_mut().find(|one| one.place == location && one.format == format);
        if let Some(one) = known {
            one.algorithms.push(algorithm);
            continue;
        }
        // A list of one item is read with every separator, and as a prefix.
        let is_list = matches!(place.format.layout, Layout::Items(_));
        if is_list && seen.contains(&(&place.location, place.format.encoding)) {
            continue;
        }
        seen.push((&place.location, place.format.encoding));
        all.push(FormCandidate { place: location, algorithms: vec![algorithm], format });
    }
    all
}

/// Headers that may hold the secret itself, or a JSON Web Token, by their names and forms.
pub fn tokens(deliveries: &[&Delivery], places: &[Place]) -> Vec<FormCandidate> {
    const WORDS: &[&str] = &["auth", "key", "password", "secret", "sig", "token"];
    let is_place = |name: &str| {
        let mut locations = places.iter().map(|place| &place.location);
        locations.any(|location| matches!(location, Location::Header(own) if own == name))
    };
    let headers = common_headers(deliveries).into_iter().filter(|name| !is_place(name));
    headers
        .filter_map(|name| {
            let value = deliveries.first()?.headers.get(&name)?;
            let parts: Vec<_> =
                value.rsplit(|b| *b == b' ').next()?.split(|b| *b == b'.').collect();
            let is_base64url = |part: &&[u8]| {
                part.len() > 8
                    && part.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            };
            let is_jwt = parts.len() == 3
                && value.windows(3).any(|three| three == b"eyJ")
                && parts.iter().all(is_base64url);
            let (algorithm, format) = match is_jwt {
                true => ("jwt", "a JSON Web Token, which provider.toml cannot describe"),
                false if WORDS.iter().any(|word| name.contains(word)) => {
                    ("token", "perhaps the secret itself")
                }
                false => return None,
            };
            Some(FormCandidate {
                place: format!("{name} header"),
                algorithms: vec![algorithm],
                format: format.to_owned(),
            })
        })
        .collect()
}

/// What may be the time of signing: headers and items next to a signature.
pub fn times(deliveries: &[&Delivery], places: &[Place]) -> Vec<String> {
    let mut all = Vec::new();
    let unit = |values: &[Vec<u8>]| {
        unit_of(values).map(|unit| match unit {
            Unit::Seconds => "seconds since 1970",
            Unit::Milliseconds => "milliseconds since 1970",
            Unit::Rfc3339 => "RFC 3339",
        })
    };
    for name in common_headers(deliveries) {
        let values: Vec<_> = deliveries
            .iter()
            .filter_map(|one| one.headers.get(&name).map(<[u8]>::to_vec))
            .collect();
        all.extend(unit(&values).map(|unit| format!("{name} header ({unit})")));
    }
    for place in places {
        let Location::Header(name) = &place.location else {
            continue;
        };
        let Layout::Items(items) = &place.format.layout else {
            continue;
        };
        let value = deliveries.first().and_then(|one| one.headers.get(name)).unwrap_or_default();
        for item in place.format.layout.items(value.trim_ascii()) {
            let own = String::from_utf8_lossy(item.name).into_owned();
            let unit = unit(&[item.text.to_vec()]).filter(|_| own != items.signature);
            let says = unit.map(|unit| format!("item {own} of the {name} header ({unit})"));
            all.extend(says.filter(|says| !all.contains(says)));
        }
    }
    all
}
