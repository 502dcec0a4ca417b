//! Forged deliveries, which an endpoint has to refuse.

use super::super::case::{Case, Change, Expect, Forgery, ForgeryList, Step};
use super::super::variation::Dimension;

const fn forged(
    id: &'static str,
    title: &'static str,
    forgery: Forgery,
    why: &'static str,
    fix: &'static str,
) -> Case {
    Case::new(id, title, Step::Send(Change::Forged(forgery), Expect::Refused), why, fix)
}

const fn list(
    id: &'static str,
    title: &'static str,
    list: ForgeryList,
    why: &'static str,
    fix: &'static str,
) -> Case {
    Case::new(id, title, Step::Forge(list), why, fix)
}

const fn vary(id: &'static str, title: &'static str, dimension: Dimension) -> Case {
    Case::new(
        id,
        title,
        Step::Vary(dimension),
        "A handler that checks signatures only in some requests accepts forged ones that look different. \
         (Up to seven forgeries are combined with other events, accounts and user agents, and up to \
         three with other content types, methods, sizes and codings.)",
        "Verify the signature first, before the handler looks at anything else in the request.",
    )
}

const COMPARE: &str = "Check that the lengths are equal, then compare the whole value with a \
                       constant-time function.";
const SCHEME: &str = "Compute the signature as the provider documents it, and compare the whole value. \
                      Accept no other format.";

/// Forged deliveries: a handler with a well-known mistake accepts them. Where the sender has the right signature,
/// accepting it is not dangerous, but the comparison is wrong. Where a server may close the connection before the
/// handler sees the request, the case runs exclusively, and the runner checks that the endpoint still serves.
pub const REFUSE: &[Case] = &[
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
    list(
        "refuse/other-unkeyed-hash",
        "other hashes without a key are rejected",
        ForgeryList::UnkeyedHashes,
        "Anyone can compute a hash that needs no secret, with any hash function, and send it in any header.",
        "Use HMAC with the secret as its key, and accept no checksum in its place.",
    ),
    list(
        "refuse/claimed-algorithm",
        "an algorithm that the request names is not used",
        ForgeryList::ClaimedAlgorithms,
        "A handler that takes the algorithm from the request may be told to use none.",
        SCHEME,
    ),
    list(
        "refuse/claimed-key",
        "a key that the request has or names is not used",
        ForgeryList::ClaimedKeys,
        "A handler that takes the key, or its name, from the request may be told to use a key that anyone knows.",
        "Take the secret from your own settings. Reject a request for which there is none.",
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
        "Proxies and frameworks differ in which of two headers they use. The delivery is genuine, so nothing \
         is bypassed.",
        "Reject a request that has the header more than once.",
    )
    .recommended(),
    forged(
        "refuse/two-signatures-right-first",
        "two signature headers, correct one first, are rejected",
        Forgery::TwoRightFirst,
        "Proxies and frameworks differ in which of two headers they use. The delivery is genuine, so nothing \
         is bypassed.",
        "Reject a request that has the header more than once.",
    )
    .recommended(),
    list(
        "refuse/signature-in-query",
        "a signature in the URL instead of the header is rejected",
        ForgeryList::Query,
        "URLs are written to logs, and anyone who reads the logs can send the request again.",
        "Read the signature only from the header.",
    ),
    list(
        "refuse/signature-in-other-header",
        "a signature in another header is rejected",
        ForgeryList::OtherHeaders,
        "A handler that looks for a signature in several places accepts what the provider never sends.",
        "Read the signature only from the header that the provider documents.",
    ),
    list(
        "refuse/unset-key",
        "signatures made with an unset secret are rejected",
        ForgeryList::UnsetKeys,
        "A secret that is not found becomes an empty key, or a text such as `undefined`, and anyone can \
         sign with that.",
        "Check that there is a secret, for every account and event, before you compute a signature.",
    ),
    list(
        "refuse/unset-value",
        "the text of a value that is not set is rejected",
        ForgeryList::UnsetValues,
        "When the expected value is not set, it may be equal to a text such as `undefined` or `null`.",
        "Respond with 500 when there is no secret. Compare two values of the same type and length.",
    ),
    list(
        "refuse/pattern",
        "a pattern instead of a signature is rejected",
        ForgeryList::Patterns,
        "A received value that is used as a regular expression, or in a query, matches every signature.",
        COMPARE,
    ),
    list(
        "refuse/secret-as-signature",
        "the secret instead of a signature is rejected",
        ForgeryList::Secret,
        "A secret that is sent with a request can be read in logs. (Sent only to an endpoint on this \
         machine.)",
        SCHEME,
    ),
    list(
        "refuse/other-form-of-secret",
        "signatures with other forms of the secret are rejected",
        ForgeryList::OtherForms,
        "A handler that tries several forms of the secret, such as uppercase, also accepts weak keys.",
        "Use the bytes of the secret as the provider documents them, and no other form.",
    ),
    list(
        "refuse/claimed-trust",
        "headers and parameters that claim trust are rejected",
        ForgeryList::ClaimedTrust,
        "Anyone can send a header such as `X-Forwarded-For: 127.0.0.1`, or a parameter such as `debug=1`.",
        "Verify the signature of every request, whatever its other headers and its URL say.",
    ),
    list(
        "refuse/changed-part",
        "a body that is changed in any part is rejected",
        ForgeryList::Parts,
        "A handler that hashes only some fields, or only the beginning, lets an attacker change the rest.",
        "Hash the whole body, and use exactly that body afterwards.",
    ),
    Case::new(
        "refuse/reused-signature",
        "headers of one delivery are rejected with another body",
        Step::Reuse,
        "A handler that remembers signatures or ids that were valid accepts other bodies with them.",
        "Compute the signature of every request, also when its signature or id is known.",
    )
    .exclusive(),
    Case::new(
        "refuse/repeated-forgery",
        "a forged delivery is rejected again when it is repeated",
        Step::RepeatForgery,
        "A handler that notes the id of a delivery before it verifies it takes the next one for a repetition. An attacker \
         can then make it ignore genuine deliveries.",
        "Verify the signature first, then check whether the delivery is a repetition.",
    )
    .exclusive(),
    list(
        "refuse/any-path",
        "forgeries at other spellings of the path are rejected",
        ForgeryList::Paths,
        "A router may send `/webhook/` or `//webhook` to the handler, and not to what checks signatures. (An endpoint that \
         accepts requests at every path passes.)",
        "Verify the signature in the handler itself, or register both for the same paths.",
    ),
    vary("refuse/any-event", "forged deliveries of any event are rejected", Dimension::Event),
    vary("refuse/any-account", "forged deliveries of any account are rejected", Dimension::Account),
    vary(
        "refuse/any-content-type",
        "forged deliveries of any content type are rejected",
        Dimension::ContentType,
    ),
    vary("refuse/any-method", "forged deliveries with any method are rejected", Dimension::Method),
    vary(
        "refuse/any-user-agent",
        "forged deliveries of any user agent are rejected",
        Dimension::UserAgent,
    ),
    vary("refuse/any-size", "forged deliveries of any size are rejected", Dimension::Size),
    vary(
        "refuse/any-encoding",
        "forged deliveries in any coding are rejected",
        Dimension::Encoding,
    ),
    Case::new(
        "refuse/old-delivery",
        "a delivery that was signed a day ago is rejected",
        Step::Send(Change::Aged(24 * 60 * 60), Expect::Refused),
        "Anyone who has seen one delivery, for example in a log, can send it again at any time.",
        "Compare the signed time with the clock, in the same unit, and reject what is older than the provider says.",
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
