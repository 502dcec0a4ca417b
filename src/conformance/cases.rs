//! All cases, one table per category, in the order in which they are run and shown.

use crate::webhook::handshake::{Handshake, HandshakeMethod, Probe};
use crate::webhook::provider::catalog::{Catalog, Sample};
use crate::webhook::provider::{Payload, Provider};

use super::case::{BodyChange, Case, Change, Expect, Forgery, Severity, Step};

/// Every case for a provider. With `strict`, those of `bytes/` are required.
pub fn list(catalog: &Catalog, provider: &Provider, strict: bool) -> Vec<Case> {
    let samples = catalog.samples(provider);
    let mut cases: Vec<_> = samples.iter().enumerate().map(event).collect();
    cases.extend(ACCEPT.iter().cloned());
    cases.extend(handshakes(provider));
    cases.extend([BYTES, REFUSE].concat());
    cases.extend(PROTOCOL.iter().filter_map(|case| protocol(provider, case)));
    cases.extend(BEHAVIOUR.iter().cloned());
    let is_raised = |case: &&mut Case| strict && case.category == "bytes";
    for case in cases.iter_mut().filter(is_raised) {
        case.severity = Severity::Required;
    }
    cases
}

/// The case of an event and channel that the provider documents.
fn event((number, sample): (usize, &Sample<'_>)) -> Case {
    let name = &sample.event.name;
    let (id, what) = match sample.channel {
        Some(channel) => (format!("accept/{name}.{channel}"), format!("{name} on {channel}")),
        None => (format!("accept/{name}"), name.clone()),
    };
    let (severity, note) = match (&sample.event.payload, sample.channel) {
        (Payload::Documented, _) => (Severity::Required, ""),
        (_, Some(_)) => (Severity::Recommended, ""),
        (_, None) => (Severity::Recommended, " (payload illustrative)"),
    };
    Case {
        id: id.into(),
        title: format!("{what} is accepted{note}").into(),
        severity,
        ..Case::new(
            "accept/",
            "",
            Step::Send(Change::Sample(number), Expect::Accepted),
            "The provider counts every response other than 2xx as a failed delivery.",
            "Verify the signature over the raw body, then respond with 2xx to every event, \
             including those that you do not use.",
        )
    }
}

/// The cases of a provider's handshakes.
fn handshakes(provider: &Provider) -> Vec<Case> {
    let each = |(number, handshake): (usize, &Handshake)| {
        let name = handshake.name.clone();
        let case = move |probe: Probe| {
            let (suffix, title, why, fix) = match probe {
                Probe::Genuine => (
                    "",
                    "gets the expected response",
                    "The provider sends it before it sends deliveries. Without the expected response the endpoint \
                     cannot be registered.",
                    "Respond as the provider's document says, before you verify or parse a delivery.",
                ),
                Probe::WrongToken => (
                    "-wrong-token",
                    "with a wrong token is rejected",
                    "Otherwise anyone can register the endpoint for an app of their own.",
                    "Compare the verify token with your own, and respond with 403 when it differs.",
                ),
                Probe::WrongSignature => (
                    "-wrong-signature",
                    "with a wrong signature is rejected",
                    "The request is signed as deliveries are. Some providers send a wrong signature on \
                     purpose, and register only endpoints that reject it.",
                    "Verify the signature first, then respond to the handshake.",
                ),
            };
            Case {
                id: format!("handshake/{name}{suffix}").into(),
                title: format!("{name} {title}").into(),
                ..Case::new("handshake/", "", Step::Handshake(number, probe), why, fix)
            }
            .recommended()
        };
        handshake.probes().into_iter().map(case)
    };
    provider.handshakes.iter().enumerate().flat_map(each).collect()
}

/// A case of [`PROTOCOL`] for a provider whose handshake may take the method: an endpoint that accepts it cannot
/// respond with 405.
fn protocol(provider: &Provider, case: &Case) -> Option<Case> {
    let Step::Send(Change::Method(method), _) = case.step else {
        return Some(case.clone());
    };
    let mut handshakes = provider.handshakes.iter();
    let takes_head = |one: &Handshake| one.method == HandshakeMethod::Head && one.when.is_empty();
    match method {
        "HEAD" if handshakes.clone().any(takes_head) => None,
        // Servers respond to HEAD as to GET.
        "GET" | "HEAD" if handshakes.any(|one| one.method == HandshakeMethod::Get) => Some(Case {
            id: format!("{}-without-handshake", case.id).into(),
            title: format!("{method} without a handshake is rejected").into(),
            why: "The endpoint responds to a handshake with this method. Any other request with it is a mistake.",
            fix: "Respond with 400, 403 or 405 to a request that is no handshake.",
            ..case.clone().expecting(Expect::Refused)
        }),
        _ => Some(case.clone()),
    }
}

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
const ACCEPT: &[Case] = &[
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
const BYTES: &[Case] = &[
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

const fn forged(
    id: &'static str,
    title: &'static str,
    forgery: Forgery,
    why: &'static str,
    fix: &'static str,
) -> Case {
    Case::new(id, title, Step::Send(Change::Forged(forgery), Expect::Refused), why, fix)
}

const COMPARE: &str = "Check that the lengths are equal, then compare the whole value with a \
                       constant-time function.";
const SCHEME: &str = "Compute the signature as the provider documents it, and compare the whole value. \
                      Accept no other format.";

/// Forged deliveries: a handler with a well-known mistake accepts them. Where the sender has the right signature,
/// accepting it is not dangerous, but the comparison is wrong. Where a server may close the connection before the
/// handler sees the request, the case runs exclusively, and the runner checks that the endpoint still serves.
const REFUSE: &[Case] = &[
    forged(
        "refuse/no-signature",
        "a delivery without a signature is rejected",
        Forgery::None,
        "Anyone who knows the URL can send events that look genuine.",
        "Respond with 401 when the header is missing. Do not verify only when the header is present.",
    ),
    forged(
        "refuse/empty-signature",
        "an empty signature is rejected",
        Forgery::Empty,
        "An empty value is a prefix of every value, and code often treats it like a missing one.",
        "Treat an empty header like a missing one, and respond with 401.",
    ),
    forged(
        "refuse/wrong-secret",
        "a signature made with another secret is rejected",
        Forgery::Secret,
        "Otherwise the endpoint accepts a signature that was made with any secret.",
        "Compute the HMAC with your own secret, and compare it with the header's value.",
    ),
    forged(
        "refuse/flipped-signature",
        "a signature with one wrong bit is rejected",
        Forgery::BitOfSignature,
        "A comparison that ignores one bit ignores other bits too.",
        COMPARE,
    ),
    forged(
        "refuse/flipped-body",
        "a body with one wrong bit is rejected",
        Forgery::BitOfBody,
        "A signature that does not cover the whole body protects nothing.",
        "Hash the whole body, and use exactly that body afterwards.",
    ),
    forged(
        "refuse/half-signature",
        "the first half of the signature is rejected",
        Forgery::Half,
        "A comparison of only the received characters accepts short guesses, and a function that \
         throws on unequal lengths causes a 500.",
        COMPARE,
    ),
    forged(
        "refuse/one-character",
        "the first character of the signature is rejected",
        Forgery::OneCharacter,
        "An attacker guesses one character in sixteen tries, and a function that throws on unequal \
         lengths causes a 500.",
        COMPARE,
    ),
    forged(
        "refuse/wrong-tail",
        "a correct beginning with a wrong end is rejected",
        Forgery::WrongTail,
        "If a handler compares only the beginning, an attacker can guess the signature by trial.",
        COMPARE,
    ),
    forged(
        "refuse/other-body",
        "the signature of another body is rejected",
        Forgery::OtherBody,
        "Otherwise one captured signature is enough to send any body.",
        "Compute the HMAC over the body of the same request.",
    ),
    forged(
        "refuse/wrong-algorithm",
        "the correct secret with another algorithm is rejected",
        Forgery::Algorithm,
        "A handler that lets the sender choose the algorithm accepts a weak one.",
        SCHEME,
    ),
    forged(
        "refuse/unkeyed-hash",
        "the hash of the body without a key is rejected",
        Forgery::Unkeyed,
        "Anyone can compute a hash that needs no secret.",
        "Use HMAC with the secret as its key, not only the hash function.",
    ),
    forged(
        "refuse/added-prefix",
        "a prefix that the scheme does not have is rejected",
        Forgery::PrefixAdded,
        "A handler that splits the value at `=` accepts undocumented formats.",
        SCHEME,
    ),
    forged(
        "refuse/missing-prefix",
        "a signature without the scheme's prefix is rejected",
        Forgery::PrefixMissing,
        "The prefix names the algorithm. Without it, the algorithm is ambiguous.",
        SCHEME,
    ),
    forged(
        "refuse/other-prefix",
        "the prefix of another algorithm is rejected",
        Forgery::PrefixOther,
        "A handler that ignores the prefix accepts the name of any algorithm.",
        SCHEME,
    ),
    forged(
        "refuse/not-in-alphabet",
        "characters outside the alphabet are rejected",
        Forgery::Alphabet,
        "Some decoders skip invalid characters and return an empty value, and others throw.",
        "Check the format of the value before you decode it, and respond with 4xx when it is wrong.",
    ),
    forged(
        "refuse/longer-signature",
        "the correct signature with extra characters is rejected",
        Forgery::Longer,
        "A handler that compares only the beginning, or decodes only up to the first invalid \
         character, accepts values that are not equal. (A 2xx passes with a warning.)",
        COMPARE,
    )
    .recommended()
    .expecting(Expect::PreferablyRefused),
    forged(
        "refuse/other-encoding",
        "the signature in another encoding is rejected",
        Forgery::Encoding,
        "A handler that tries several decoders accepts undocumented formats. (A 2xx passes with a \
         warning.)",
        SCHEME,
    )
    .recommended()
    .expecting(Expect::PreferablyRefused),
    forged(
        "refuse/long-signature",
        "a signature of 64 KiB is rejected",
        Forgery::Long(64 << 10),
        "An untrusted header must not make the handler throw or the server crash. (A 4xx response \
         passes. A closed connection also passes when the endpoint continues to serve.)",
        "Check the length before anything else. A 431 or 400 from the server itself is fine.",
    )
    .exclusive()
    .expecting(Expect::RefusedOrClosed),
    forged(
        "refuse/non-ascii-signature",
        "a signature with non-ASCII bytes is rejected",
        Forgery::NonAscii,
        "The comparison functions of some languages throw on such text, which causes a 500. (A \
         closed connection passes when the endpoint continues to serve.)",
        "Compare bytes instead of text, or check the format first.",
    )
    .exclusive()
    .expecting(Expect::RefusedOrClosed),
    forged(
        "refuse/two-signatures-wrong-first",
        "two signature headers, wrong one first, are rejected",
        Forgery::TwoWrongFirst,
        "Proxies and frameworks differ in which of two headers they use, and attackers exploit this.",
        "Reject a request that has the header more than once.",
    ),
    forged(
        "refuse/two-signatures-right-first",
        "two signature headers, correct one first, are rejected",
        Forgery::TwoRightFirst,
        "Proxies and frameworks differ in which of two headers they use, and attackers exploit this.",
        "Reject a request that has the header more than once.",
    ),
    forged(
        "refuse/signature-in-query",
        "a signature in the URL instead of the header is rejected",
        Forgery::InQuery,
        "URLs are written to logs, and anyone who reads the logs can send the request again.",
        "Read the signature only from the header.",
    ),
    forged(
        "refuse/uppercase-hex",
        "the result for the correct signature in uppercase",
        Forgery::Capitals,
        "Providers send lowercase. An endpoint may accept or reject uppercase.",
        "No change is needed.",
    )
    .informational()
    .expecting(Expect::Any),
];

const fn method(id: &'static str, name: &'static str, title: &'static str) -> Case {
    Case::new(
        id,
        title,
        Step::Send(Change::Method(name), Expect::MethodNotAllowed),
        "HTTP has a status for an unsupported method. Another status looks like success or like a wrong URL.",
        "Respond with 405 and the header `Allow: POST` to every method other than POST.",
    )
    .recommended()
}

const SHAPE: &str = "A handler that reads a field of a value that is not an object throws, and a 5xx \
                     response makes the provider retry for hours. (A 2xx passes with a warning.)";

const fn shape(id: &'static str, title: &'static str, body: BodyChange) -> Case {
    Case::new(
        id,
        title,
        Step::Send(Change::Body(body), Expect::PreferablyRefused),
        SHAPE,
        "Check that the parsed body is an object before you read its fields. Respond with 400 when it is not.",
    )
    .exclusive()
}

/// Requests that are not deliveries, and deliveries without an event: an endpoint has to refuse them and keep
/// serving.
const PROTOCOL: &[Case] = &[
    method("protocol/get", "GET", "GET gets 405 with an Allow header"),
    method("protocol/put", "PUT", "PUT gets 405 with an Allow header"),
    method("protocol/delete", "DELETE", "DELETE gets 405 with an Allow header"),
    method("protocol/head", "HEAD", "HEAD gets 405 with an Allow header"),
    Case::new(
        "protocol/malformed-json",
        "correctly signed malformed JSON is rejected",
        Step::Send(Change::Body(BodyChange::Cut), Expect::Refused),
        "A parser error must not crash the handler, and the handler must not accept a body that it \
         cannot read.",
        "Catch the parser error and respond with 400.",
    )
    .exclusive(),
    Case::new(
        "protocol/empty-body",
        "a correctly signed empty body is rejected",
        Step::Send(Change::Body(BodyChange::Raw("")), Expect::PreferablyRefused),
        SHAPE,
        "Respond with 400 to an empty body.",
    )
    .exclusive(),
    shape("protocol/json-null", "correctly signed `null` is rejected", BodyChange::Raw("null")),
    shape(
        "protocol/json-array",
        "a correctly signed array is rejected",
        BodyChange::Raw("[1,2,3]"),
    ),
    shape(
        "protocol/json-string",
        "a correctly signed string is rejected",
        BodyChange::Raw("\"event\""),
    ),
    Case::new(
        "protocol/deep-nesting",
        "JSON 5,000 levels deep does not crash the handler",
        Step::Send(Change::Body(BodyChange::Deep(5000)), Expect::NoCrash),
        "Recursive parsers run out of stack, and handlers often do not catch the error that the \
         parser throws.",
        "Catch every parser error, or limit the depth. Respond with 400.",
    )
    .recommended()
    .exclusive(),
    Case::new(
        "protocol/wrong-content-type",
        "a wrong content type does not crash the handler",
        Step::Send(Change::ContentType("text/plain"), Expect::NoCrash),
        "Body parsers skip a body that is not declared as JSON, and the handler then works without \
         data.",
        "Respond with 415, or read the raw body for every content type.",
    )
    .recommended()
    .exclusive(),
    Case::new(
        "protocol/cut-off",
        "a request that is cut off does not stop the endpoint",
        Step::CutOff,
        "Connections break. A broken connection must not stop the endpoint from serving others.",
        "Catch the error of reading the body, and let the server close only that connection.",
    )
    .exclusive(),
];

/// The behaviour over several deliveries, and the content of responses. The last case checks that the endpoint still
/// serves after all the others.
const BEHAVIOUR: &[Case] = &[
    Case::new(
        "behaviour/documented-answer",
        "the response is the one that the document asks for",
        Step::Send(Change::Fresh, Expect::Documented),
        "The document says which response confirms a delivery.",
        "Respond with the status and the body that the provider's document asks for.",
    )
    .recommended()
    .exclusive(),
    Case::new(
        "behaviour/time",
        "responses come within 5 s, and preferably within 1 s",
        Step::Time(20),
        "Providers time out and retry, so a slow endpoint processes the event twice.",
        "Put the work in a queue, and respond immediately.",
    )
    .exclusive(),
    Case::new(
        "behaviour/repeated",
        "the same delivery is accepted five times",
        Step::Repeat(5),
        "Providers retry when a response is lost. If you reject the copy, they continue to retry.",
        "Detect a delivery that you have already processed, do nothing, and respond with 2xx.",
    )
    .exclusive(),
    Case::new(
        "behaviour/parallel",
        "50 deliveries at once are all accepted",
        Step::Parallel(50),
        "Events come in bursts, for example during a campaign or after an outage.",
        "Do not share state between requests without a lock, and do slow work outside the handler.",
    )
    .exclusive(),
    Case::new(
        "behaviour/no-redirect",
        "the response to a valid delivery is not a redirect",
        Step::Send(Change::Fresh, Expect::NoRedirect),
        "Providers do not follow redirects, or they follow them with a GET without the body.",
        "Give the provider the final URL. Check the scheme (https), the host and the trailing \
         slash.",
    )
    .exclusive(),
    Case::new(
        "behaviour/no-leak",
        "no response reveals the expected signature or secret",
        Step::Leak,
        "An attacker who learns the expected signature sends it with the next request.",
        "Respond to an invalid signature with a fixed text. Write details to your own log.",
    )
    .exclusive(),
    Case::new(
        "behaviour/keeps-serving",
        "a delivery is still accepted after all other cases",
        Step::Send(Change::Fresh, Expect::Accepted),
        "One bad request must not stop the endpoint from serving the next good one.",
        "Find the crash in the endpoint's log and handle it.",
    )
    .exclusive(),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_are_unique_every_case_says_why_and_how_and_strict_requires_the_bytes() {
        let catalog = Catalog::builtin();
        for provider in catalog.providers() {
            let cases = list(catalog, provider, false);
            let ids: HashSet<_> = cases.iter().map(|case| &case.id).collect();
            assert_eq!(ids.len(), cases.len(), "{}", provider.name);
            for case in &cases {
                let (id, title) = (&case.id, &case.title);
                assert!(id.starts_with(&format!("{}/", case.category)));
                assert!(!id.contains(char::is_whitespace), "{id}");
                for sentence in [case.why, case.fix] {
                    assert!(sentence.trim_end_matches(')').ends_with('.'), "{id}: {sentence}");
                }
                // Vendors' names of events may be long.
                let is_event =
                    title.contains(" is accepted (payload") || title.ends_with(" is accepted");
                let is_short = title.chars().count() <= 56 || is_event;
                assert!(!title.ends_with('.') && is_short, "{id}");
            }
            assert_eq!(cases.last().unwrap().id, "behaviour/keeps-serving");
            for (case, strict) in cases.iter().zip(list(catalog, provider, true)) {
                let is_raised = strict.severity != case.severity;
                assert_eq!(is_raised, case.category == "bytes", "{}", case.id);
            }
        }
    }
}
