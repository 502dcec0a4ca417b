//! Where a signature may be: the headers and fields that every delivery has and whose values can be read as a
//! signature, in every layout and encoding that `provider.toml` can describe.

use std::borrow::Cow;

use crate::diagnose::candidate::PREFIXES;
use crate::webhook::delivery::Delivery;
use crate::webhook::signature::format::{Encoding, ItemList, Layout, SignatureFormat};
use crate::webhook::signature::mac::Algorithm;
use crate::webhook::signature::request::SignedRequest;
use crate::webhook::signature::scheme::Location;

use super::fields::scalars;

/// Algorithms by how common they are.
const ALGORITHMS: [Algorithm; 7] = [
    Algorithm::HmacSha256,
    Algorithm::HmacSha512,
    Algorithm::HmacSha1,
    Algorithm::Sha256,
    Algorithm::Ed25519,
    Algorithm::EcdsaP256Sha256,
    Algorithm::RsaSha256,
];

/// The bytes that stand between the items of a list, and those between an item's name and its text.
const LISTS: [(u8, u8); 8] = [
    (b',', b'='),
    (b';', b'='),
    (b' ', b','),
    (b' ', b'='),
    (b'&', b'='),
    (b',', b':'),
    (b';', b':'),
    (b'|', b'='),
];

/// The longest value that is read, in bytes: an RSA signature of 8192 bits in hexadecimal, and some items.
const MAX_VALUE: usize = 4096;

/// The most fields of a body that are read as signatures.
const MAX_FIELDS: usize = 16;

/// The most items of a list that are looked at.
const MAX_ITEMS: usize = 16;

/// The longest text before a signature, in bytes.
const MAX_PREFIX: usize = 64;

/// The headers that every request may have, which hold no signature and are not signed.
const ORDINARY: &[&str] = &[
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "pragma",
    "te",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
];

/// The beginnings of the names of headers that proxies add.
const OF_PROXIES: &[&str] = &[
    "cdn-",
    "cf-",
    "forwarded",
    "ngrok-",
    "traceparent",
    "tracestate",
    "true-client-ip",
    "x-amzn-",
    "x-b3-",
    "x-envoy-",
    "x-forwarded",
    "x-real-ip",
];

/// A place where every delivery has a value that can be read as a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub location: Location,
    pub format: SignatureFormat,
    pub algorithm: Algorithm,
}

/// Whether a header is one of the provider's own, and not of HTTP or a proxy.
pub fn is_own_header(name: &str) -> bool {
    !ORDINARY.contains(&name) && !OF_PROXIES.iter().any(|start| name.starts_with(start))
}

/// The provider's own headers that every delivery has once, in lower case, in the order of the first delivery.
pub fn common_headers(deliveries: &[&Delivery]) -> Vec<String> {
    let Some((first, _)) = deliveries.split_first() else {
        return Vec::new();
    };
    let mut names: Vec<String> = Vec::new();
    for (name, _) in first.headers.iter() {
        let name = name.to_ascii_lowercase();
        let is_once = |one: &&Delivery| one.headers.all(&name).count() == 1;
        if is_own_header(&name) && !names.contains(&name) && deliveries.iter().all(is_once) {
            names.push(name);
        }
    }
    names
}

/// Every place, the likeliest first.
pub fn places(deliveries: &[&Delivery], requests: &[SignedRequest<'_>]) -> Vec<Place> {
    let mut found = Vec::new();
    for name in common_headers(deliveries) {
        let values = deliveries.iter().map(|one| one.headers.get(&name).map(Cow::Borrowed));
        if let Some(values) = values.collect::<Option<Vec<_>>>() {
            read(&Location::Header(name.clone()), &values, &mut found);
        }
    }
    let mut pointers: Vec<_> =
        scalars(deliveries).into_iter().map(|(pointer, _)| pointer).collect();
    pointers.sort_by_key(|pointer| !is_named_so(pointer));
    let mut seen = 0;
    for pointer in pointers {
        let values = requests.iter().map(|request| request.field(&pointer));
        let Some(values) = values.collect::<Option<Vec<_>>>() else {
            continue;
        };
        let before = found.len();
        read(&Location::Body(pointer.clone()), &values, &mut found);
        seen += usize::from(found.len() > before);
        if seen >= MAX_FIELDS {
            break;
        }
    }
    // An HMAC in a header named so comes first.
    found.sort_by_key(|place| {
        let (is_in_body, name) = match &place.location {
            Location::Header(name) => (false, name),
            Location::Body(pointer) => (true, pointer),
        };
        (is_in_body, !is_named_so(name), rank(place.algorithm))
    });
    found
}

fn rank(algorithm: Algorithm) -> usize {
    ALGORITHMS.iter().position(|one| *one == algorithm).unwrap_or(ALGORITHMS.len())
}

/// Whether a name says that this is a signature.
fn is_named_so(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    ["sig", "hmac", "hash", "digest"].iter().any(|word| name.contains(word))
}

/// Adds every way to read the values of one place as signatures.
fn read(location: &Location, values: &[Cow<'_, [u8]>], found: &mut Vec<Place>) {
    let values: Vec<&[u8]> = values.iter().map(|value| value.trim_ascii()).collect();
    let Some((first, _)) = values.split_first() else {
        return;
    };
    if values.iter().any(|value| value.is_empty() || value.len() > MAX_VALUE) {
        return;
    }
    for layout in layouts(first) {
        for encoding in [Encoding::Hex, Encoding::Base64, Encoding::Base64Url] {
            let format = SignatureFormat { encoding, layout: layout.clone() };
            for algorithm in ALGORITHMS {
                let is_one = |value: &&[u8]| {
                    let read = format.read(value, &algorithm.lengths());
                    read.is_ok_and(|all| all.iter().any(|one| fits(algorithm, one)))
                };
                let place = Place { location: location.clone(), format: format.clone(), algorithm };
                if values.iter().all(is_one) && !found.contains(&place) {
                    found.push(place);
                }
            }
        }
    }
}

/// Whether bytes of the right length may be a signature: those of ECDSA are two numbers in DER.
fn fits(algorithm: Algorithm, bytes: &[u8]) -> bool {
    match algorithm {
        Algorithm::EcdsaP256Sha256 => {
            bytes.first() == Some(&0x30)
                && bytes.get(1).map(|length| usize::from(*length) + 2) == Some(bytes.len())
        }
        _ => true,
    }
}

/// Whether a text holds a number that is no version: such a text is no fixed prefix.
fn has_number(text: &str) -> bool {
    let mut runs = text.split(|c: char| !c.is_ascii_digit());
    runs.any(|digits| digits.len() > 4)
}

/// The layouts that a value may have: bare, after a prefix, as an item of a list.
pub fn layouts(value: &[u8]) -> Vec<Layout> {
    let Ok(text) = std::str::from_utf8(value) else {
        return Vec::new();
    };
    let prefix = |text: &str| Layout::Prefix(text.to_owned());
    let mut all = vec![prefix("")];
    all.extend(PREFIXES.iter().filter(|one| text.starts_with(**one)).map(|one| prefix(one)));
    // Any other text that ends with a byte that is in no encoding, or could be an assignment.
    for (at, c) in text.char_indices().take_while(|(at, _)| *at < MAX_PREFIX) {
        if matches!(c, '=' | ':' | ',' | ' ' | ';' | '.' | '"' | '/') {
            all.extend(text.get(..=at).filter(|text| !has_number(text)).map(prefix));
        }
    }
    // Where there are several items, the text before the last one is no prefix. One item alone reads like a prefix.
    let mut layouts = Vec::new();
    for (separator, assign) in LISTS {
        let mut list = ItemList { separator, assign, signature: String::new() };
        let items = Layout::Items(list.clone());
        let names: Vec<_> = items.items(value).map(|item| item.name).take(MAX_ITEMS).collect();
        for name in names.iter().filter(|_| names.len() > 1 || assign == b',') {
            list.signature = String::from_utf8_lossy(name).into_owned();
            let is_plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
            if !name.is_empty() && name.iter().all(is_plain) {
                layouts.push(Layout::Items(list.clone()));
            }
        }
    }
    layouts.extend(all);
    let mut distinct: Vec<Layout> = Vec::new();
    for layout in layouts {
        if !distinct.contains(&layout) {
            distinct.push(layout);
        }
    }
    distinct
}
