//! Requests that are not deliveries, and bodies that are not events.

use super::super::case::{BodyChange, Case, Change, Expect, Step};

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
pub const PROTOCOL: &[Case] = &[
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
    .recommended()
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
