//! The flaws that an endpoint can have; each occurs in real handlers.

use std::time::Duration;

/// One mistake; all else is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    // Signatures that are accepted.
    /// The signature is not looked at.
    NoCheck,
    /// Forty hexadecimal digits are enough.
    ChecksFormOnly,
    /// A missing signature passes: the check depends on its being there.
    AcceptsMissing,
    /// An empty signature passes.
    AcceptsEmpty,
    /// Only as many characters are compared as came, if any came.
    PrefixCompare,
    /// The last two characters are not compared.
    IgnoresTail,
    /// One wrong bit is not seen.
    OneBitOff,
    /// The hash of the body without a key passes, too.
    AcceptsUnkeyed,
    /// HMAC-SHA256 passes, too.
    AcceptsSha256,
    /// Capitals pass.
    AnyCase,
    /// `sha1=` before the signature is cut off.
    StripsSha1Prefix,
    /// Any other word and `=` before the signature is cut off.
    StripsOtherPrefix,
    /// Without a header, the signature may be any value of the query.
    TakesQuery,
    /// Of several headers, the first counts.
    TakesFirst,
    /// Of several headers, the last counts.
    TakesLast,
    /// A signature that was right once passes for any body.
    RemembersSignatures,

    // Signatures that are refused.
    /// SHA-256 is used where SHA-1 is right.
    Sha256,
    /// What is hashed is the parsed JSON, written again as Node does.
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

    // Genuine deliveries that are refused.
    /// 400 when there is a field that the document does not mention.
    RefusesUnknownField,
    /// 413 when the body has 64 KiB or more.
    SmallLimit,
    /// 411 when the body comes in chunks.
    RejectsChunked,
    /// 415 when the content type has a parameter.
    FailsOnCharset,
    /// 409 when the very same request comes again.
    RefusesRepeats,
    /// 503 when more than eight come at once.
    FailsInParallel,

    // What should be refused and is accepted.
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

    // Other answers.
    /// 405 without the Allow header.
    NoAllow,
    /// 404 for other methods than POST.
    OtherMethodsAre404,
    /// A refusal tells the signature that would have been right.
    LeaksExpected,
    /// A refusal tells the secret.
    LeaksSecret,
    /// 302 where 200 is right.
    Redirects,
    /// 204 where the document asks for 200 and a body.
    NoContent,
    /// 200 with another body than the document's.
    OtherBody,

    // No answer.
    /// No answer ever to an empty body.
    HangsOnEmptyBody,
    /// The answer to a genuine delivery takes this long.
    Slow(Duration),
    /// Ends at a body that is not JSON.
    DiesOnMalformed,
    /// Ends at a request that was cut off.
    DiesOnCutOff,
    /// Ends after it has refused so many requests.
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
