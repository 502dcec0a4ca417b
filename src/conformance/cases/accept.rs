//! Genuine deliveries: an endpoint has to accept everything that a provider may send.

use crate::conformance::case::Severity::{self, Recommended, Required};
use crate::conformance::case::{BodyChange, Case, Change, Expect, Spec, Step};
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::provider::{Payload, Provider};

const ACCEPT: Expect = Expect::Accepted;

/// One case for every event and channel that the provider documents.
pub fn events(catalog: &Catalog, provider: &Provider) -> Vec<Case> {
    let samples = catalog.samples(provider);
    let case = |(number, sample): (usize, &crate::webhook::provider::catalog::Sample<'_>)| {
        let name = &sample.event.name;
        let is_documented = sample.event.payload == Payload::Documented;
        Case {
            id: match sample.channel {
                Some(channel) => format!("accept/{name}.{channel}"),
                None => format!("accept/{name}"),
            },
            category: "accept",
            severity: match is_documented {
                true => Severity::Required,
                false => Severity::Recommended,
            },
            title: match (sample.channel, is_documented) {
                (Some(channel), _) => format!("{name} on {channel} is accepted"),
                (None, true) => format!("{name} is accepted"),
                (None, false) => format!("{name} is accepted (payload illustrative)"),
            },
            why: "The provider counts every response other than 2xx as a failed delivery.",
            fix: "Verify the signature over the raw body, then respond with 2xx to every event, \
                  including those that you do not use.",
            step: Step::Send(Change::Sample(number), ACCEPT),
            exclusive: false,
        }
    };
    samples.iter().enumerate().map(case).collect()
}

const fn spec(
    id: &'static str,
    severity: Severity,
    title: &'static str,
    change: Change,
    expect: Expect,
    why: &'static str,
    fix: &'static str,
) -> Spec {
    Spec {
        id,
        severity,
        title,
        why,
        fix,
        step: Step::Send(change, expect),
        exclusive: false,
    }
}

const fn text(id: &'static str, title: &'static str, text: &'static str) -> Spec {
    spec(
        id,
        Required,
        title,
        Change::Body(BodyChange::Text(text)),
        ACCEPT,
        "Customers write their names and messages in every script.",
        "Hash the bytes of the body as you received them. Decode them as UTF-8 only after that.",
    )
}

const fn length(id: &'static str, severity: Severity, title: &'static str, bytes: usize) -> Spec {
    spec(
        id,
        severity,
        title,
        Change::Body(BodyChange::Length(bytes)),
        ACCEPT,
        "Long messages and emails make large deliveries, and many body parsers stop at 100 KiB.",
        "Raise the body limit of the framework and of the proxy in front of it. 1 MiB is enough.",
    )
}

pub const CASES: &[Spec] = &[
    text(
        "non-ascii-names",
        "names in other scripts are accepted",
        "Zo\u{eb} \u{141}ukasz \u{416}\u{430}\u{43d}\u{43d}\u{430} \u{674e}\u{5c0f}\u{9f8d} \u{645}\u{631}\u{64a}\u{645}",
    ),
    text(
        "emoji",
        "emoji are accepted",
        "\u{1f600} \u{1f469}\u{200d}\u{1f52c} \u{1f1f0}\u{1f1ea}",
    ),
    text(
        "line-separators",
        "U+2028 and U+2029 are accepted",
        "one\u{2028}two\u{2029}three",
    ),
    spec(
        "unknown-field",
        Required,
        "a field that no document mentions is accepted",
        Change::Body(BodyChange::Field(
            r#"{"added":"later","list":[1,true,null]}"#,
        )),
        ACCEPT,
        "Providers add fields without notice. A handler that rejects unknown fields stops working on that day.",
        "Read the fields that you need, and ignore the others.",
    ),
    spec(
        "other-event",
        Required,
        "an unknown event name does not crash the handler",
        Change::Body(BodyChange::OtherEvent),
        Expect::NoCrash,
        "Providers add events without notice, and a 5xx response makes them retry for hours.",
        "Add a default branch to the switch over event names, and respond with 2xx there.",
    ),
    length(
        "body-1kib",
        Required,
        "a body of 1 KiB is accepted",
        1 << 10,
    ),
    length(
        "body-64kib",
        Required,
        "a body of 64 KiB is accepted",
        64 << 10,
    ),
    length(
        "body-256kib",
        Recommended,
        "a body of 256 KiB is accepted",
        256 << 10,
    ),
    length(
        "body-1mib",
        Recommended,
        "a body of 1 MiB is accepted",
        1 << 20,
    ),
    spec(
        "header-case",
        Required,
        "a signature header name in uppercase is accepted",
        Change::HeaderCase,
        ACCEPT,
        "HTTP header names are case-insensitive, and proxies change their case.",
        "Look up the header case-insensitively. Most frameworks have a function for this.",
    ),
    spec(
        "content-type-charset",
        Required,
        "a content type with a charset is accepted",
        Change::ContentType("application/json; charset=utf-8"),
        ACCEPT,
        "Many HTTP clients add `charset=utf-8` to the content type of JSON.",
        "Compare only the media type, not the whole Content-Type header.",
    ),
    spec(
        "chunked",
        Recommended,
        "a chunked body without Content-Length is accepted",
        Change::Chunked,
        Expect::AcceptedOrLengthRequired,
        "HTTP clients and proxies may send a chunked body, which has no Content-Length.",
        "Read the body to its end instead of reading Content-Length bytes, or respond with 411.",
    ),
];
