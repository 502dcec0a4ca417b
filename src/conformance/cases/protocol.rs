//! Requests that are not deliveries, and deliveries without an event: an endpoint has to refuse them and keep
//! serving.

use crate::conformance::case::Severity::{self, Recommended, Required};
use crate::conformance::case::{BodyChange, Change, Expect, Spec, Step};

const fn method(id: &'static str, name: &'static str, title: &'static str) -> Spec {
    Spec {
        id,
        severity: Recommended,
        title,
        why: "HTTP has a status for an unsupported method. Another status looks like success or like a \
              wrong URL.",
        fix: "Respond with 405 and the header `Allow: POST` to every method other than POST.",
        step: Step::Send(Change::Method(name), Expect::MethodNotAllowed),
        exclusive: false,
    }
}

const fn body(
    id: &'static str,
    severity: Severity,
    title: &'static str,
    change: BodyChange,
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
        step: Step::Send(Change::Body(change), expect),
        exclusive: true,
    }
}

const SHAPE: &str = "A handler that reads a field of a value that is not an object throws, and a 5xx \
                     response makes the provider retry for hours. (A 2xx passes with a warning.)";
const CHECK_SHAPE: &str = "Check that the parsed body is an object before you read its fields. Respond \
                           with 400 when it is not.";

pub const CASES: &[Spec] = &[
    method("get", "GET", "GET gets 405 with an Allow header"),
    method("put", "PUT", "PUT gets 405 with an Allow header"),
    method("delete", "DELETE", "DELETE gets 405 with an Allow header"),
    method("head", "HEAD", "HEAD gets 405 with an Allow header"),
    body(
        "malformed-json",
        Required,
        "correctly signed malformed JSON is rejected",
        BodyChange::Cut,
        Expect::Refused,
        "A parser error must not crash the handler, and the handler must not accept a body that it cannot \
         read.",
        "Catch the parser error and respond with 400.",
    ),
    body(
        "empty-body",
        Required,
        "a correctly signed empty body is rejected",
        BodyChange::Raw(""),
        Expect::PreferablyRefused,
        SHAPE,
        "Respond with 400 to an empty body.",
    ),
    body(
        "json-null",
        Required,
        "correctly signed `null` is rejected",
        BodyChange::Raw("null"),
        Expect::PreferablyRefused,
        SHAPE,
        CHECK_SHAPE,
    ),
    body(
        "json-array",
        Required,
        "a correctly signed array is rejected",
        BodyChange::Raw("[1,2,3]"),
        Expect::PreferablyRefused,
        SHAPE,
        CHECK_SHAPE,
    ),
    body(
        "json-string",
        Required,
        "a correctly signed string is rejected",
        BodyChange::Raw("\"event\""),
        Expect::PreferablyRefused,
        SHAPE,
        CHECK_SHAPE,
    ),
    body(
        "deep-nesting",
        Recommended,
        "JSON 5,000 levels deep does not crash the handler",
        BodyChange::Deep(5000),
        Expect::NoCrash,
        "Recursive parsers run out of stack, and handlers often do not catch the error that the parser \
         throws.",
        "Catch every parser error, or limit the depth. Respond with 400.",
    ),
    Spec {
        id: "wrong-content-type",
        severity: Recommended,
        title: "a wrong content type does not crash the handler",
        why: "Body parsers skip a body that is not declared as JSON, and the handler then works without data.",
        fix: "Respond with 415, or read the raw body for every content type.",
        step: Step::Send(Change::ContentType("text/plain"), Expect::NoCrash),
        exclusive: true,
    },
    Spec {
        id: "cut-off",
        severity: Required,
        title: "a request that is cut off does not stop the endpoint",
        why: "Connections break. A broken connection must not stop the endpoint from serving others.",
        fix: "Catch the error of reading the body, and let the server close only that connection.",
        step: Step::CutOff,
        exclusive: true,
    },
];
