//! What must hold for any bytes of a stranger's, one function for each parser. The fuzzer calls them with
//! bytes that it makes up, the tests with those that it found worth keeping.

pub mod analyze;
pub mod curl;
pub mod detect;
pub mod diagnose;

pub mod har;
pub mod head;
pub mod json;
pub mod ndjson;
pub mod payload;
pub mod provider;
pub mod raw_http;
pub mod serialize;
pub mod set;
pub mod signature;
pub mod text;
pub mod tunnel;

/// What is tried on an input; it panics where something does not hold.
pub type Target = fn(&[u8]);

/// Every target by its name, which is also that of its corpus.
pub const ALL: &[(&str, Target)] = &[
    ("curl", curl::curl),
    ("detect", detect::detect),
    ("diagnose", diagnose::diagnose),
    ("analyze", analyze::analyze),
    ("har", har::har),
    ("head", head::head),
    ("json", json::json),
    ("ndjson", ndjson::ndjson),
    ("payload", payload::payload),
    ("provider", provider::provider),
    ("raw_http", raw_http::raw_http),
    ("serialize", serialize::serialize),
    ("set", set::set),
    ("signature", signature::signature),
    ("text", text::text),
    ("tunnel", tunnel::tunnel),
];

/// Nothing but the line ends that `text` may have would be obeyed by a terminal.
fn assert_harmless(text: &str, may_break: bool) {
    let found = text
        .chars()
        .find(|c| cz_hook::escape::is_dangerous(*c) && !(may_break && *c == '\n'));
    assert_eq!(found, None, "{text:?}");
}

/// The pieces of an input that stands for several values: a zero byte ends each but the last.
fn pieces<const N: usize>(data: &[u8]) -> [&[u8]; N] {
    let mut pieces = data.splitn(N, |b| *b == 0);
    std::array::from_fn(|_| pieces.next().unwrap_or_default())
}
