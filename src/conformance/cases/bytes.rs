//! Correctly signed bodies that a JSON library would write differently: a handler that hashes the received bytes
//! accepts them, a handler that hashes re-serialised JSON does not.

use crate::conformance::case::Severity::Recommended;
use crate::conformance::case::{BodyChange, Change, Expect, Spec, Step};

const WHY: &str = "The signature covers the bytes that were sent. JSON that is parsed and \
                   re-serialized has different bytes.";
const FIX: &str = "Keep the raw body (use a raw-body middleware, or read the stream yourself) and hash it. \
                   Parse it afterwards.";

const fn spec(id: &'static str, title: &'static str, change: BodyChange) -> Spec {
    Spec {
        id,
        severity: Recommended,
        title,
        why: WHY,
        fix: FIX,
        step: Step::Send(Change::Body(change), Expect::Accepted),
        exclusive: false,
    }
}

pub const CASES: &[Spec] = &[
    spec(
        "escaped-unicode",
        r"characters written as \u00e9 are accepted",
        BodyChange::Field(r#""Zo\u00e9 \ud83d\ude00""#),
    ),
    spec(
        "escaped-slashes",
        r"slashes written as \/ are accepted",
        BodyChange::Field(r#""https:\/\/example.com\/a""#),
    ),
    spec(
        "spaces",
        "spaces and line breaks between tokens are accepted",
        BodyChange::Spaced,
    ),
    spec(
        "trailing-newline",
        "a newline after the body is accepted",
        BodyChange::TrailingNewline,
    ),
    spec(
        "floats",
        "numbers written as 1.0 and 1.10 are accepted",
        BodyChange::Field("[1.0,1.10]"),
    ),
    spec(
        "big-integers",
        "integers greater than 2^53 are accepted",
        BodyChange::Field("12345678901234567890"),
    ),
    spec(
        "integer-keys",
        "keys that look like integers are accepted",
        BodyChange::Field(r#"{"b":1,"10":2,"a":3,"2":4}"#),
    ),
    spec(
        "duplicate-keys",
        "a duplicate key is accepted",
        BodyChange::Field(r#"{"a":1,"b":2,"a":3}"#),
    ),
];
