//! The flaws that an endpoint can have; each occurs in real handlers.

use std::time::Duration;

/// One mistake; everything else is correct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    // Signatures that are accepted.
    /// The signature is not checked.
    NoCheck,
    /// Forty hexadecimal digits are enough.
    ChecksFormOnly,
    /// A missing signature passes: the check is skipped without it.
    AcceptsMissing,
    /// An empty signature passes.
    AcceptsEmpty,
    /// Only as many characters are compared as were sent, if any.
    PrefixCompare,
    /// The last two characters are not compared.
    IgnoresTail,
    /// One wrong bit is ignored.
    OneBitOff,
    /// The plain hash of the body passes, too.
    AcceptsUnkeyed,
    /// HMAC-SHA256 passes, too.
    AcceptsSha256,
    /// Capitals pass.
    AnyCase,
    /// `sha1=` before the signature is removed.
    StripsSha1Prefix,
    /// Any other word and `=` before the signature is removed.
    StripsOtherPrefix,
    /// Without a header, the signature may be any value of the query.
    TakesQuery,
    /// Of several headers, the first counts.
    TakesFirst,
    /// Of several headers, the last counts.
    TakesLast,
    /// A signature that was valid once passes for any body.
    RemembersSignatures,

    // Valid signatures that are rejected.
    /// SHA-256 is used instead of SHA-1.
    Sha256,
    /// The JSON is parsed and reserialized as Node does before it is hashed.
    Reserialises,
    /// White space around the body is not hashed.
    Trims,
    /// Characters that are not ASCII are hashed as `?`.
    HashesAscii,
    /// The header's name has to be in lowercase.
    CaseSensitiveName,

    // Errors of the handler.
    /// 500 when the signature is too short.
    ThrowsOnShort,
    /// 500 when the signature is longer than 1000 characters.
    ThrowsOnLong,
    /// 500 when forty characters are no hexadecimal digits.
    ThrowsOnNonHex,
    /// 500 when the signature is not ASCII.
    ThrowsOnNonAscii,
    /// 500 when there is no signature.
    ThrowsOnMissing,
    /// 500 when the body is not JSON.
    ThrowsOnMalformed,
    /// 500 when the body is JSON and no object.
    ThrowsOnNonObject,
    /// 500 when the body is empty.
    ThrowsOnEmptyBody,
    /// 500 when JSON is more than 1000 levels deep.
    ThrowsOnDeep,
    /// 500 when the event is not one of the document's.
    ThrowsOnUnknownEvent,
    /// 500 when the content type is not JSON.
    ThrowsOnContentType,

    // Valid deliveries that are rejected.
    /// 400 when there is an undocumented field.
    RefusesUnknownField,
    /// 413 when the body has 64 KiB or more.
    SmallLimit,
    /// 411 when the body comes in chunks.
    RejectsChunked,
    /// 415 when the content type has a parameter.
    FailsOnCharset,
    /// 409 when the same request comes again.
    RefusesRepeats,
    /// 503 when more than eight requests come at once.
    FailsInParallel,

    // Invalid requests that are accepted.
    /// 200 before the body is even read.
    AnswersFirst,
    /// 200 for what is not JSON.
    AcceptsMalformed,
    /// 200 for JSON that is no object.
    AcceptsNonObject,
    /// 200 for an empty body.
    AcceptsEmptyBody,
    /// 200 for a GET.
    GetIs200,

    // Other responses.
    /// 405 without the Allow header.
    NoAllow,
    /// 404 for other methods than POST.
    OtherMethodsAre404,
    /// A rejection contains the expected signature.
    LeaksExpected,
    /// A rejection contains the secret.
    LeaksSecret,
    /// 302 instead of 200.
    Redirects,
    /// 204 instead of the documented 200 with a body.
    NoContent,
    /// 200 with another body than the document's.
    OtherBody,

    // No response.
    /// Never responds to an empty body.
    HangsOnEmptyBody,
    /// The response to a valid delivery takes this long.
    Slow(Duration),
    /// Crashes at a body that is not JSON.
    DiesOnMalformed,
    /// Crashes at a truncated request.
    DiesOnCutOff,
    /// Crashes after it has rejected so many requests.
    DiesAfterBad(u32),
}

impl Flaw {
    /// Each of them once.
    pub const ALL: &[Self] = &[
        Self::NoCheck,
        Self::ChecksFormOnly,
        Self::AcceptsMissing,
        Self::AcceptsEmpty,
        Self::PrefixCompare,
        Self::IgnoresTail,
        Self::OneBitOff,
        Self::AcceptsUnkeyed,
        Self::AcceptsSha256,
        Self::AnyCase,
        Self::StripsSha1Prefix,
        Self::StripsOtherPrefix,
        Self::TakesQuery,
        Self::TakesFirst,
        Self::TakesLast,
        Self::RemembersSignatures,
        Self::Sha256,
        Self::Reserialises,
        Self::Trims,
        Self::HashesAscii,
        Self::CaseSensitiveName,
        Self::ThrowsOnShort,
        Self::ThrowsOnLong,
        Self::ThrowsOnNonHex,
        Self::ThrowsOnNonAscii,
        Self::ThrowsOnMissing,
        Self::ThrowsOnMalformed,
        Self::ThrowsOnNonObject,
        Self::ThrowsOnEmptyBody,
        Self::ThrowsOnDeep,
        Self::ThrowsOnUnknownEvent,
        Self::ThrowsOnContentType,
        Self::RefusesUnknownField,
        Self::SmallLimit,
        Self::RejectsChunked,
        Self::FailsOnCharset,
        Self::RefusesRepeats,
        Self::FailsInParallel,
        Self::AnswersFirst,
        Self::AcceptsMalformed,
        Self::AcceptsNonObject,
        Self::AcceptsEmptyBody,
        Self::GetIs200,
        Self::NoAllow,
        Self::OtherMethodsAre404,
        Self::LeaksExpected,
        Self::LeaksSecret,
        Self::Redirects,
        Self::NoContent,
        Self::OtherBody,
        Self::HangsOnEmptyBody,
        Self::Slow(Duration::from_secs(6)),
        Self::DiesOnMalformed,
        Self::DiesOnCutOff,
        Self::DiesAfterBad(10),
    ];
}
