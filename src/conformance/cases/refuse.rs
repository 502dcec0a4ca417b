//! Forged deliveries: each of them would be accepted by a handler with one well-known mistake.

use crate::conformance::case::Severity::{Informational, Recommended, Required};
use crate::conformance::case::{Change, Expect, Forgery, Spec, Step};

const fn spec(
    id: &'static str,
    title: &'static str,
    forgery: Forgery,
    why: &'static str,
    fix: &'static str,
) -> Spec {
    Spec {
        id,
        severity: Required,
        title,
        why,
        fix,
        step: Step::Send(Change::Forged(forgery), Expect::Refused),
        exclusive: false,
    }
}

/// Something that servers may refuse before the handler sees it, by closing the connection; whether they
/// serve on is asked afterwards.
const fn may_close(mut spec: Spec) -> Spec {
    spec.exclusive = true;
    expecting(Expect::RefusedOrClosed, spec)
}

/// Who has the right signature gains nothing by it, but the comparison is not what it should be.
const fn recommended(mut spec: Spec) -> Spec {
    spec.severity = Recommended;
    expecting(Expect::PreferablyRefused, spec)
}

const fn informational(mut spec: Spec) -> Spec {
    spec.severity = Informational;
    expecting(Expect::Any, spec)
}

/// The same request, with other answers that pass.
const fn expecting(expect: Expect, mut spec: Spec) -> Spec {
    if let Step::Send(change, _) = spec.step {
        spec.step = Step::Send(change, expect);
    }
    spec
}

const COMPARE: &str = "Compare the whole value with a constant-time function after checking that the \
                       lengths are equal.";
const SCHEME: &str = "Compute the signature as the provider documents it and compare it as a whole; accept \
                      no second form.";

pub const CASES: &[Spec] = &[
    spec(
        "no-signature",
        "a delivery without a signature is refused",
        Forgery::None,
        "Anybody who knows the URL can send events that look genuine.",
        "Answer 401 when the header is missing; do not make the check depend on its being there.",
    ),
    spec(
        "empty-signature",
        "an empty signature is refused",
        Forgery::Empty,
        "An empty value equals every prefix, and often a missing one.",
        "Treat an empty header as a missing one and answer 401.",
    ),
    spec(
        "wrong-secret",
        "a signature made with another secret is refused",
        Forgery::Secret,
        "Whoever signs with any secret at all would be believed.",
        "Compute the HMAC with your own secret and compare it with the header's value.",
    ),
    spec(
        "flipped-signature",
        "a signature with one wrong bit is refused",
        Forgery::BitOfSignature,
        "A comparison that passes over one bit passes over others too.",
        COMPARE,
    ),
    spec(
        "flipped-body",
        "a body with one wrong bit is refused",
        Forgery::BitOfBody,
        "A signature that does not cover the whole body protects nothing.",
        "Hash the whole body that you then use.",
    ),
    spec(
        "half-signature",
        "the first half of the signature is refused",
        Forgery::Half,
        "Comparing only as many characters as came lets short guesses through, and a function that \
         throws on unequal lengths answers 500.",
        COMPARE,
    ),
    spec(
        "one-character",
        "the first character of the signature is refused",
        Forgery::OneCharacter,
        "One character is guessed in sixteen tries; a function that throws on unequal lengths answers \
         500.",
        COMPARE,
    ),
    spec(
        "wrong-tail",
        "a right beginning with a wrong end is refused",
        Forgery::WrongTail,
        "A handler that compares the beginning only can be guessed by trying.",
        COMPARE,
    ),
    spec(
        "other-body",
        "the signature of another body is refused",
        Forgery::OtherBody,
        "One genuine signature, once seen, would open the door to any body.",
        "Compute the HMAC over the body of this very request.",
    ),
    spec(
        "wrong-algorithm",
        "the right secret with another algorithm is refused",
        Forgery::Algorithm,
        "A handler that lets the sender choose the algorithm can be made to use a weak one.",
        SCHEME,
    ),
    spec(
        "unkeyed-hash",
        "the hash of the body without a key is refused",
        Forgery::Unkeyed,
        "Anybody can compute a hash that needs no secret.",
        "Use HMAC with the secret as its key, not the hash function alone.",
    ),
    spec(
        "added-prefix",
        "a prefix that the scheme does not have is refused",
        Forgery::PrefixAdded,
        "A handler that cuts the value at `=` accepts forms that nobody documents.",
        SCHEME,
    ),
    spec(
        "missing-prefix",
        "a signature without the scheme's prefix is refused",
        Forgery::PrefixMissing,
        "The prefix names the algorithm; without it, it is anybody's guess which one was used.",
        SCHEME,
    ),
    spec(
        "other-prefix",
        "the prefix of another algorithm is refused",
        Forgery::PrefixOther,
        "A handler that ignores what the prefix says accepts any algorithm's name.",
        SCHEME,
    ),
    spec(
        "not-in-alphabet",
        "characters that no signature holds are refused",
        Forgery::Alphabet,
        "Decoders that skip bad characters turn them into nothing, which equals nothing; others throw.",
        "Check the form of the value before decoding it, and answer 4xx when it is not right.",
    ),
    recommended(spec(
        "longer-signature",
        "the right signature with more behind it is refused",
        Forgery::Longer,
        "A handler that compares the beginning, or decodes up to the first bad character, takes for equal \
         what is not. (A 2xx passes with a warning.)",
        COMPARE,
    )),
    recommended(spec(
        "other-encoding",
        "the signature in another encoding is refused",
        Forgery::Encoding,
        "A handler that tries several decoders accepts forms that nobody documents. (A 2xx passes with a \
         warning.)",
        SCHEME,
    )),
    may_close(spec(
        "long-signature",
        "a signature of 64 KiB is refused",
        Forgery::Long(64 << 10),
        "A stranger's header must not make the handler throw or the server fall over. (A 4xx answer \
             passes, and so does a closed connection when the endpoint serves on.)",
        "Check the length before anything else; a server's own 431 or 400 is fine.",
    )),
    may_close(spec(
        "non-ascii-signature",
        "a signature of bytes that are not ASCII is refused",
        Forgery::NonAscii,
        "Comparison functions of some languages throw when they are given such text, which makes \
             it a 500. (A closed connection passes when the endpoint serves on.)",
        "Compare bytes instead of text, or check the form first.",
    )),
    spec(
        "two-signatures-wrong-first",
        "two signature headers, a wrong one first, are refused",
        Forgery::TwoWrongFirst,
        "Which of two headers counts differs between proxies and frameworks; attackers use that.",
        "Refuse a request that has the header more than once.",
    ),
    spec(
        "two-signatures-right-first",
        "two signature headers, the right one first, are refused",
        Forgery::TwoRightFirst,
        "Which of two headers counts differs between proxies and frameworks; attackers use that.",
        "Refuse a request that has the header more than once.",
    ),
    spec(
        "signature-in-query",
        "a signature in the URL instead of the header is refused",
        Forgery::InQuery,
        "URLs end up in logs, and whoever reads those could send the request again.",
        "Read the signature from the header only.",
    ),
    informational(spec(
        "uppercase-hex",
        "what becomes of the right signature in capitals",
        Forgery::Capitals,
        "Providers send lowercase; whether capitals are accepted is a matter of taste.",
        "Nothing to do.",
    )),
];
