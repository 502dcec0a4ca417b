//! Genuine deliveries, which an endpoint has to accept, and genuine bodies in other spellings.

use super::super::case::{BodyChange, Case, Change, Expect, Step};

const fn text(id: &'static str, title: &'static str, text: &'static str) -> Case {
    Case::new(
        id,
        title,
        Step::Send(Change::Body(BodyChange::Text(text)), Expect::Accepted),
        "Customers write their names and messages in every script.",
        "Hash the bytes of the body as you received them. Decode them as UTF-8 only after that.",
    )
}

const fn length(id: &'static str, title: &'static str, bytes: usize) -> Case {
    Case::new(
        id,
        title,
        Step::Send(Change::Body(BodyChange::Length(bytes)), Expect::Accepted),
        "Long messages and emails make large deliveries, and many body parsers stop at 100 KiB.",
        "Raise the body limit of the framework and of the proxy in front of it. 1 MiB is enough.",
    )
}

/// Genuine deliveries: an endpoint has to accept everything that a provider may send.
pub const ACCEPT: &[Case] = &[
    text(
        "accept/non-ascii-names",
        "names in other scripts are accepted",
        "Zo\u{eb} \u{141}ukasz \u{416}\u{430}\u{43d}\u{43d}\u{430} \u{674e}\u{5c0f}\u{9f8d} \u{645}\u{631}\u{64a}\u{645}",
    ),
    text(
        "accept/emoji",
        "emoji are accepted",
        "\u{1f600} \u{1f469}\u{200d}\u{1f52c} \u{1f1f0}\u{1f1ea}",
    ),
    text("accept/line-separators", "U+2028 and U+2029 are accepted", "one\u{2028}two\u{2029}three"),
    Case::new(
        "accept/unknown-field",
        "a field that no document mentions is accepted",
        Step::Send(
            Change::Body(BodyChange::Field(r#"{"added":"later","list":[1,true,null]}"#)),
            Expect::Accepted,
        ),
        "Providers add fields without notice. A handler that rejects unknown fields stops working on that day.",
        "Read the fields that you need, and ignore the others.",
    ),
    Case::new(
        "accept/other-event",
        "an unknown event name does not crash the handler",
        Step::Send(Change::Body(BodyChange::OtherEvent), Expect::NoCrash),
        "Providers add events without notice, and a 5xx response makes them retry for hours.",
        "Add a default branch to the switch over event names, and respond with 2xx there.",
    ),
    length("accept/body-1kib", "a body of 1 KiB is accepted", 1 << 10),
    length("accept/body-64kib", "a body of 64 KiB is accepted", 64 << 10),
    length("accept/body-256kib", "a body of 256 KiB is accepted", 256 << 10).recommended(),
    length("accept/body-1mib", "a body of 1 MiB is accepted", 1 << 20).recommended(),
    Case::new(
        "accept/header-case",
        "a signature header name in uppercase is accepted",
        Step::Send(Change::HeaderCase, Expect::Accepted),
        "HTTP header names are case-insensitive, and proxies change their case.",
        "Look up the header case-insensitively. Most frameworks have a function for this.",
    ),
    Case::new(
        "accept/content-type-charset",
        "a content type with a charset is accepted",
        Step::Send(Change::ContentType("application/json; charset=utf-8"), Expect::Accepted),
        "Many HTTP clients add `charset=utf-8` to the content type of JSON.",
        "Compare only the media type, not the whole Content-Type header.",
    ),
    Case::new(
        "accept/chunked",
        "a chunked body without Content-Length is accepted",
        Step::Send(Change::Chunked, Expect::AcceptedOrLengthRequired),
        "HTTP clients and proxies may send a chunked body, which has no Content-Length.",
        "Read the body to its end instead of reading Content-Length bytes, or respond with 411.",
    )
    .recommended(),
];

const fn spelling(id: &'static str, title: &'static str, change: BodyChange) -> Case {
    Case::new(
        id,
        title,
        Step::Send(Change::Body(change), Expect::Accepted),
        "The signature covers the bytes that were sent. JSON that is parsed and re-serialized has \
         different bytes.",
        "Keep the raw body (use a raw-body middleware, or read the stream yourself) and hash it. \
         Parse it afterwards.",
    )
    .recommended()
}

/// Correctly signed bodies that a JSON library would write differently: a handler that hashes the received bytes
/// accepts them, a handler that hashes re-serialised JSON does not.
pub const BYTES: &[Case] = &[
    spelling(
        "bytes/escaped-unicode",
        r"characters written as \u00e9 are accepted",
        BodyChange::Field(r#""Zo\u00e9 \ud83d\ude00""#),
    ),
    spelling(
        "bytes/escaped-slashes",
        r"slashes written as \/ are accepted",
        BodyChange::Field(r#""https:\/\/example.com\/a""#),
    ),
    spelling(
        "bytes/spaces",
        "spaces and line breaks between tokens are accepted",
        BodyChange::Spaced,
    ),
    spelling(
        "bytes/trailing-newline",
        "a newline after the body is accepted",
        BodyChange::TrailingNewline,
    ),
    spelling(
        "bytes/floats",
        "numbers written as 1.0 and 1.10 are accepted",
        BodyChange::Field("[1.0,1.10]"),
    ),
    spelling(
        "bytes/big-integers",
        "integers greater than 2^53 are accepted",
        BodyChange::Field("12345678901234567890"),
    ),
    spelling(
        "bytes/integer-keys",
        "keys that look like integers are accepted",
        BodyChange::Field(r#"{"b":1,"10":2,"a":3,"2":4}"#),
    ),
    spelling(
        "bytes/duplicate-keys",
        "a duplicate key is accepted",
        BodyChange::Field(r#"{"a":1,"b":2,"a":3}"#),
    ),
];
