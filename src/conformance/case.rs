//! The model of a case (what is sent, which response passes, why it matters and how to fix an endpoint that
//! fails), and the patterns with `*` and `?` that select cases by id. The cases themselves are tables in `cases`.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use wildmatch::WildMatch;

use crate::webhook::handshake::Probe;
use crate::webhook::suggest;

use super::variation::Dimension;

/// One case. It is serialized as a line of `test --list --json`.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename = "case")]
pub struct Case {
    /// The stable id: category, slash, name.
    pub id: Cow<'static, str>,
    pub category: &'static str,
    pub severity: Severity,
    /// What is tested, in a clause: "a delivery without a signature is refused".
    pub title: Cow<'static, str>,
    pub why: &'static str,
    pub fix: &'static str,
    #[serde(skip)]
    pub step: Step,
    /// Whether it could disturb other cases, and therefore runs alone.
    #[serde(skip)]
    pub exclusive: bool,
}

impl Case {
    /// A required case that can run in parallel with others. The category is the part of the id before the slash.
    pub const fn new(
        id: &'static str,
        title: &'static str,
        step: Step,
        why: &'static str,
        fix: &'static str,
    ) -> Self {
        let mut slash = 0;
        while id.as_bytes()[slash] != b'/' {
            slash += 1;
        }
        Self {
            id: Cow::Borrowed(id),
            category: id.split_at(slash).0,
            severity: Severity::Required,
            title: Cow::Borrowed(title),
            why,
            fix,
            step,
            exclusive: false,
        }
    }

    pub const fn recommended(mut self) -> Self {
        self.severity = Severity::Recommended;
        self
    }

    pub const fn informational(mut self) -> Self {
        self.severity = Severity::Informational;
        self
    }

    pub const fn exclusive(mut self) -> Self {
        self.exclusive = true;
        self
    }

    /// The same request, with another expectation.
    pub const fn expecting(mut self, expect: Expect) -> Self {
        if let Step::Send(change, _) = self.step {
            self.step = Step::Send(change, expect);
        }
        self
    }
}

/// Whether any of the patterns matches an id: `*` is any characters, `?` is one.
pub fn matches_any(patterns: &[String], id: &str) -> bool {
    let mut patterns = patterns.iter();
    patterns.any(|pattern| WildMatch::new(pattern).matches(id))
}

/// The first pattern that matches none of the ids, and the id or the pattern that was probably meant.
pub fn unmatched<'p>(patterns: &'p [String], ids: &[&str]) -> Option<(&'p str, Option<String>)> {
    let matches = |pattern: &String| {
        let pattern = WildMatch::new(pattern);
        ids.iter().any(|id| pattern.matches(id))
    };
    let unmatched = patterns.iter().find(|pattern| !matches(pattern))?;
    // A star adds to the distance of every id alike; the text around it is what was meant.
    let plain = unmatched.replace(['*', '?'], "");
    let plain = plain.trim_end_matches('/');
    let families: BTreeSet<&str> =
        ids.iter().filter_map(|id| Some(id.split_once('/')?.0)).collect();
    let family = || suggest::nearest(plain, families).map(|family| format!("{family}/*"));
    let one = || suggest::nearest(plain, ids.iter().copied()).map(str::to_owned);
    let nearest = if plain.contains('/') { one() } else { family().or_else(one) };
    Some((unmatched, nearest))
}

/// How much a failure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The response is only reported.
    Informational,
    /// A failure is reported; the run succeeds all the same.
    Recommended,
    /// A failure makes the run fail.
    Required,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// What a case does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Sends one request.
    Send(Change, Expect),
    /// Sends the same delivery this many times, one after the other.
    Repeat(usize),
    /// Sends this many deliveries at once.
    Parallel(usize),
    /// Sends this many deliveries one after the other, and measures the response times.
    Time(usize),
    /// Sends bad deliveries and checks that no response contains the signature or the secret.
    Leak,
    /// Sends half a request and closes the connection.
    CutOff,
    /// Sends every forged delivery of a list.
    Forge(ForgeryList),
    /// Sends forged deliveries that differ in everything around the signature, and reports those that only this
    /// dimension lets in.
    Vary(Dimension),
    /// Sends genuine deliveries, each followed by another body with the same headers.
    Reuse,
    /// Sends the same forged delivery several times.
    RepeatForgery,
    /// Sends genuine deliveries whose signatures begin and end with every character.
    EveryCharacter,
    /// Sends a delivery with pauses inside of characters.
    Split,
    /// Sends the head of a delivery with `Expect: 100-continue`, and the body later.
    Continue,
    /// Sends the same delivery twice at once, this many times.
    Twice(usize),
    /// Sends the deliveries of the contract's case of this number.
    Contract(usize),
    /// Sends a probe of the provider's handshake of this number.
    Handshake(usize, Probe),
}

/// Forged deliveries of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForgeryList {
    /// Made with the keys that programs have when the secret is not set.
    UnsetKeys,
    /// The texts of values that are not set.
    UnsetValues,
    /// Patterns that match any signature.
    Patterns,
    /// The secret itself.
    Secret,
    /// Made with other forms of the secret.
    OtherForms,
    /// The correct signature in other headers.
    OtherHeaders,
    /// The correct signature in the query of the URL.
    Query,
    /// Without a correct signature, and with something that claims trust.
    ClaimedTrust,
    /// The correct signature of a body that differs in one part, or of one part only.
    Parts,
    /// Hashes of the body that need no key.
    UnkeyedHashes,
    /// Made with a key that the request itself has, or names.
    ClaimedKeys,
    /// With the name of an algorithm that needs no key.
    ClaimedAlgorithms,
    /// At other spellings of the path.
    Paths,
}

/// How a request differs from a genuine delivery of the provider's first sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Not at all: the provider's sample of this number.
    Sample(usize),
    /// Another customer's name: a delivery that has not been sent before.
    Fresh,
    /// Another body, correctly signed.
    Body(BodyChange),
    /// A wrong signature.
    Forged(Forgery),
    /// Correctly signed this many seconds ago.
    Aged(u64),
    /// The signature header's name in capitals.
    HeaderCase,
    /// This content type, correctly signed.
    ContentType(&'static str),
    /// A chunked body, without a Content-Length.
    Chunked,
    /// Another method; with the unsigned body when the method allows one.
    Method(&'static str),
}

/// How a body differs from the sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyChange {
    /// A person's name, or another text of the event, is replaced by this.
    Text(&'static str),
    /// An undocumented field with this JSON, byte for byte.
    Field(&'static str),
    /// An event name that only another provider documents.
    OtherEvent,
    /// Padded to this many bytes.
    Length(usize),
    /// Line ends and spaces between the tokens.
    Spaced,
    /// The same with CRLF, also at the end.
    CrLf,
    /// White space before it.
    LeadingSpace,
    /// A byte order mark before it.
    ByteOrderMark,
    /// A person's name, or another text of the event, is replaced by a string that is written like this.
    Escaped(&'static str),
    /// The same text is replaced by one of this many characters.
    LongText(usize),
    /// A newline after it.
    TrailingNewline,
    /// The last byte is missing.
    Cut,
    /// These bytes.
    Raw(&'static str),
    /// A field with arrays nested this many levels deep.
    Deep(usize),
}

/// A wrong signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Forgery {
    /// No header.
    None,
    /// A header without a value.
    Empty,
    /// Made with another secret.
    Secret,
    /// Made with an empty key.
    EmptyKey,
    /// One bit of the MAC is flipped.
    BitOfSignature,
    /// One bit of the body is flipped after signing.
    BitOfBody,
    /// The first half of the value.
    Half,
    /// The first character of the MAC.
    OneCharacter,
    /// Correct except for the last byte of the MAC.
    WrongTail,
    /// The correct signature of another body.
    OtherBody,
    /// Made with another algorithm.
    Algorithm,
    /// The hash of the body, without a key.
    Unkeyed,
    /// `sha1=`, or the name of the algorithm, before it where the scheme has no prefix.
    PrefixAdded,
    /// Without the scheme's prefix.
    PrefixMissing,
    /// With another algorithm's prefix.
    PrefixOther,
    /// The correct length, in characters outside of the encoding's alphabet.
    Alphabet,
    /// This many characters.
    Long(usize),
    /// Bytes that are not ASCII.
    NonAscii,
    /// Two headers: a wrong signature, then the correct one.
    TwoWrongFirst,
    /// Two headers: the correct signature, then a wrong one.
    TwoRightFirst,
    /// Correct, with two more characters at the end.
    Longer,
    /// The correct MAC in base64 where the scheme says hex, or the reverse.
    Encoding,
    /// Correct, in capitals.
    Capitals,
}

/// Which response passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// 2xx.
    Accepted,
    /// 2xx; skipped when the endpoint hashes re-serialised JSON, which other cases are about.
    AcceptedUnlessReserialised,
    /// 2xx; a 4xx that the endpoint also gives to malformed JSON, and not to a wrong signature, passes with a warning.
    AcceptedOrUnreadable,
    /// 2xx; a 411 or 501 passes with a warning: HTTP allows an endpoint to require a length.
    AcceptedOrLengthRequired,
    /// 2xx or 4xx: it must not crash.
    NoCrash,
    /// 4xx.
    Refused,
    /// 4xx, or the connection is closed without a response while the endpoint keeps serving: servers do that
    /// with heads that they do not accept.
    RefusedOrClosed,
    /// 4xx; a 2xx passes with a warning.
    PreferablyRefused,
    /// Any response; it is reported.
    Any,
    /// 405 with an Allow header.
    MethodNotAllowed,
    /// The body that the provider documents.
    Documented,
    /// Anything but 3xx.
    NoRedirect,
}
