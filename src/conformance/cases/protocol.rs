//! Requests that are no deliveries, and deliveries that hold no event: an endpoint has to say so and to
//! go on.

use crate::conformance::case::Severity::{self, Recommended, Required};
use crate::conformance::case::{BodyChange, Change, Expect, Spec, Step};

const fn method(id: &'static str, name: &'static str, title: &'static str) -> Spec {
    Spec {
        id,
        severity: Recommended,
        title,
        why: "HTTP has an answer for a method that is not served; another one looks like success, or \
              like a wrong URL.",
        fix: "Answer 405 with the header `Allow: POST` to every method but POST.",
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

const SHAPE: &str = "A handler that reads a field of something that is no object throws, and a 5xx answer \
                     makes the provider retry for hours. (A 2xx passes with a warning.)";
const CHECK_SHAPE: &str = "Check that the parsed body is an object before you read its fields; answer 400 \
                           when it is not.";

pub const CASES: &[Spec] = &[
    method("get", "GET", "GET is answered 405 with Allow"),
    method("put", "PUT", "PUT is answered 405 with Allow"),
    method("delete", "DELETE", "DELETE is answered 405 with Allow"),
    method("head", "HEAD", "HEAD is answered 405 with Allow"),
    body(
        "malformed-json",
        Required,
        "correctly signed malformed JSON is refused",
        BodyChange::Cut,
        Expect::Refused,
        "A parser that throws must not take the handler down, and what cannot be read must not be \
         called accepted.",
        "Catch the parser's error and answer 400.",
    ),
    body(
        "empty-body",
        Required,
        "a correctly signed empty body is refused",
        BodyChange::Raw(""),
        Expect::PreferablyRefused,
        SHAPE,
        "Answer 400 to an empty body.",
    ),
    body(
        "json-null",
        Required,
        "correctly signed `null` is refused",
        BodyChange::Raw("null"),
        Expect::PreferablyRefused,
        SHAPE,
        CHECK_SHAPE,
    ),
    body(
        "json-array",
        Required,
        "a correctly signed array is refused",
        BodyChange::Raw("[1,2,3]"),
        Expect::PreferablyRefused,
        SHAPE,
        CHECK_SHAPE,
    ),
    body(
        "json-string",
        Required,
        "a correctly signed string is refused",
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
        "Recursive parsers run out of stack, and the error that they throw is often one that no handler \
         catches.",
        "Catch every error of the parser, or limit the depth; answer 400.",
    ),
    Spec {
        id: "wrong-content-type",
        severity: Recommended,
        title: "another content type does not crash the handler",
        why: "Body parsers pass over what is not called JSON, and the handler then works on nothing.",
        fix: "Answer 415, or read the raw body whatever its content type is.",
        step: Step::Send(Change::ContentType("text/plain"), Expect::NoCrash),
        exclusive: true,
    },
    Spec {
        id: "cut-off",
        severity: Required,
        title: "a request cut off half-way does not take it down",
        why: "Connections break; one that does must not stop the endpoint from serving others.",
        fix: "Catch the error of reading the body, and let the server close that connection only.",
        step: Step::CutOff,
        exclusive: true,
    },
];
