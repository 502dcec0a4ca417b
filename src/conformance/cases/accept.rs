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

const fn content(id: &'static str, title: &'static str, change: BodyChange) -> Case {
    Case::new(
        id,
        title,
        Step::Send(Change::Body(change), Expect::Accepted),
        "Customers write anything in their messages, and a provider sends it as it is.",
        "Accept every text that is valid JSON. Exclude the path of the webhook from the rules of a \
         web application firewall, and escape the text where you use it.",
    )
}

const fn white_space(id: &'static str, title: &'static str, change: BodyChange) -> Case {
    Case::new(
        id,
        title,
        Step::Send(Change::Body(change), Expect::AcceptedUnlessReserialised),
        "JSON may have white space between its tokens and around them, and the signature covers it. \
         (Skipped when the handler hashes re-serialised JSON: see `bytes`.)",
        "Hash the bytes of the body as you received them. Do not trim them or change their line ends.",
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
    text(
        "accept/decomposed-characters",
        "characters in decomposed form are accepted",
        "Zoe\u{308} A\u{30a}ngstro\u{308}m \u{212b} \u{fb01} \u{1100}\u{1161} e\u{301}",
    ),
    text(
        "accept/invisible-characters",
        "invisible characters in a text are accepted",
        "\u{feff}one\u{200b}two\u{ad}three\u{2060}\u{a0}\u{feff}",
    ),
    content(
        "accept/markup",
        "markup in a text is accepted",
        BodyChange::Text("<script>alert(1)</script> <b>&amp;</b> {{7*7}} ${x} <!-- <?php -->"),
    ),
    content(
        "accept/paths",
        "paths in a text are accepted",
        BodyChange::Text("../../etc/passwd ..\\..\\windows /bin/sh -c id; $(id) `id`"),
    ),
    content(
        "accept/sql",
        "SQL in a text is accepted",
        BodyChange::Text("Robert'); DROP TABLE leads; -- ' OR '1'='1 UNION SELECT"),
    ),
    content(
        "accept/percent-signs",
        "percent signs and plus signs in a text are accepted",
        BodyChange::Text("50%25 off %20%41%2e%2e a+b &amp"),
    ),
    content(
        "accept/line-breaks-in-text",
        "line breaks and tabs in a text are accepted",
        BodyChange::Text("one\r\ntwo\nthree\rfour\tfive "),
    ),
    content(
        "accept/null-character",
        r"the character \u0000 in a text is accepted",
        BodyChange::Text("a\0b"),
    ),
    Case::new(
        "accept/null-field",
        "a field that is null is accepted",
        Step::Send(Change::Body(BodyChange::Field("null")), Expect::Accepted),
        "Providers send null for a field that has no value.",
        "Check that a field has a value before you use it, and ignore fields that you do not need.",
    ),
    Case::new(
        "accept/lone-surrogate",
        "half a surrogate pair in a text is accepted",
        Step::Send(Change::Body(BodyChange::Escaped(r"Hi \ud83d")), Expect::AcceptedOrUnreadable),
        "A provider that cuts a text after some characters may cut an emoji in half. (A 4xx passes \
         with a warning when it is the response to JSON that cannot be read: some parsers refuse it.)",
        "Hash the bytes of the body as you received them, and catch errors where you use the text.",
    )
    .exclusive(),
    Case::new(
        "accept/long-decimal",
        "a number with many digits is accepted",
        Step::Send(
            Change::Body(BodyChange::Field(
                "[0.12345678901234567890123456789,-1.50000000000000000001]",
            )),
            Expect::AcceptedUnlessReserialised,
        ),
        "Amounts and coordinates have more digits than a floating-point number holds. (Skipped when \
         the handler hashes re-serialised JSON: see `bytes`.)",
        "Hash the bytes of the body as you received them.",
    ),
    Case::new(
        "accept/large-integer",
        "integers of nineteen digits are accepted",
        Step::Send(
            Change::Body(BodyChange::Field("[1234567890123456789,-9007199254740993]")),
            Expect::AcceptedUnlessReserialised,
        ),
        "Ids and times in nanoseconds have more digits than a floating-point number holds. (Skipped when the \
         handler hashes re-serialised JSON: see `bytes`.)",
        "Hash the bytes of the body as you received them.",
    ),
    content("accept/long-text", "a text of 600 characters is accepted", BodyChange::LongText(600)),
    white_space("accept/crlf", "line ends written as CRLF are accepted", BodyChange::CrLf),
    white_space(
        "accept/leading-space",
        "white space before the body is accepted",
        BodyChange::LeadingSpace,
    ),
    Case::new(
        "accept/byte-order-mark",
        "a leading byte order mark is hashed with the body",
        Step::Send(Change::Body(BodyChange::ByteOrderMark), Expect::AcceptedOrUnreadable),
        "Functions that decode text remove a byte order mark, and then the hash is that of other \
         bytes. (A 4xx passes when it is the response to JSON that cannot be read. Skipped when the handler \
         hashes re-serialised JSON: see `bytes`.)",
        "Hash the bytes of the body as you received them. Decode them as UTF-8 only after that.",
    )
    .exclusive(),
    Case::new(
        "accept/split-characters",
        "characters split between two packets are accepted",
        Step::Split,
        "A body arrives in pieces of any length. A piece that is decoded alone loses the character \
         that it cuts.",
        "Collect the bytes of all pieces first, and decode the whole.",
    )
    .exclusive(),
    Case::new(
        "accept/expect-continue",
        "a request with Expect: 100-continue is accepted",
        Step::Continue,
        "Some HTTP clients send the head of a large request first, and ask whether to continue.",
        "Let the server respond with 100, as HTTP says, or ignore the header.",
    )
    .exclusive(),
    Case::new(
        "accept/signature-digits",
        "signatures with every first and last digit are accepted",
        Step::EveryCharacter,
        "A function that strips a set of characters, such as `lstrip` in Python, also strips the \
         beginning of some signatures. Then a part of all deliveries is refused.",
        "Remove a prefix with a function for prefixes, or build the whole expected value and compare it.",
    ),
    Case::new(
        "accept/delayed-delivery",
        "a delivery that was signed 30 s ago is accepted",
        Step::Send(Change::Aged(30), Expect::Accepted),
        "Deliveries wait in queues, and clocks differ.",
        "Accept what is as old as the provider says. Compare both times in the same unit.",
    ),
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
