//! What a case is: an id, how bad a failure is, what is sent, which answer passes, and two sentences on
//! why it matters and how to mend it. The cases themselves are tables in `cases/`.

use super::outcome::Severity;

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// The stable name: category, slash, word.
    pub id: String,
    /// The part of the id before the slash.
    pub category: &'static str,
    /// How bad a failure is.
    pub severity: Severity,
    /// What is tested, in a clause.
    pub title: String,
    /// Why it matters.
    pub why: &'static str,
    /// How to mend an endpoint that fails.
    pub fix: &'static str,
    /// What is done.
    pub act: Act,
    /// Whether it could disturb others, and so runs with nothing beside it.
    pub alone: bool,
}

/// A row of a table: a case that is the same for every provider.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spec {
    pub id: &'static str,
    pub severity: Severity,
    pub title: &'static str,
    pub why: &'static str,
    pub fix: &'static str,
    pub act: Act,
    pub alone: bool,
}

impl Spec {
    pub(super) fn case(&self, category: &'static str) -> Case {
        Case {
            id: format!("{category}/{}", self.id),
            category,
            severity: self.severity,
            title: self.title.to_owned(),
            why: self.why,
            fix: self.fix,
            act: self.act,
            alone: self.alone,
        }
    }
}

/// What is done in a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// One request.
    Send(Change, Expect),
    /// The same delivery so many times, one after the other.
    Repeat(usize),
    /// So many deliveries at once.
    Parallel(usize),
    /// So many deliveries, one after the other, by the clock.
    Time(usize),
    /// Bad deliveries, whose answers must not help who forges.
    Leak,
    /// Half a request, and the connection is closed.
    CutOff,
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
    /// Something wrong with the signature.
    Forged(Forgery),
    /// The signature header's name in capitals.
    HeaderCase,
    /// This content type, correctly signed.
    ContentType(&'static str),
    /// The body in chunks, without a Content-Length.
    Chunked,
    /// Another method; with the unsigned body when it may have one.
    Method(&'static str),
}

/// Another body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyChange {
    /// A person's name, or another text of the event, is this.
    Text(&'static str),
    /// A field that no document mentions, holding this JSON, spelt as it is here.
    Field(&'static str),
    /// The event's name is one that another provider documents.
    OtherEvent,
    /// As long as this, in bytes.
    Length(usize),
    /// Line ends and spaces between the tokens.
    Spaced,
    /// A newline behind it.
    TrailingNewline,
    /// The last byte is missing.
    Cut,
    /// These bytes.
    Raw(&'static str),
    /// A field with arrays in arrays, so many levels deep.
    Deep(usize),
}

/// A wrong signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgery {
    /// No header at all.
    None,
    /// A header without a value.
    Empty,
    /// Made with another secret.
    Secret,
    /// One bit of the MAC is another.
    BitOfSignature,
    /// One bit of the body is another, after signing.
    BitOfBody,
    /// The first half of the value.
    Half,
    /// The first character of the MAC.
    OneCharacter,
    /// All right but for the last two characters.
    WrongTail,
    /// The right signature of another body.
    OtherBody,
    /// Made with another algorithm.
    Algorithm,
    /// The hash of the body, without a key.
    Unkeyed,
    /// `sha1=` before it, or whichever name the algorithm has, where the scheme has no prefix.
    PrefixAdded,
    /// The scheme's prefix left out.
    PrefixMissing,
    /// Another algorithm's prefix.
    PrefixOther,
    /// The right length in characters outside of the alphabet.
    Alphabet,
    /// This many characters.
    Long(usize),
    /// Bytes that are not ASCII.
    NonAscii,
    /// Two headers: a wrong signature, then the right one.
    TwoWrongFirst,
    /// Two headers: the right signature, then a wrong one.
    TwoRightFirst,
    /// All right, and two characters behind it.
    Longer,
    /// The right MAC, written in base64 where the scheme says hex, or the reverse.
    Encoding,
    /// In the query of the URL instead of the header.
    InQuery,
    /// The right one in capitals.
    Capitals,
}

/// Which answer passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// 2xx.
    Accepted,
    /// 2xx; a 411 or 501 passes with a warning: HTTP allows an endpoint to ask for a length.
    AcceptedOrLengthAsked,
    /// 2xx or 4xx: it must not crash.
    NoCrash,
    /// 4xx.
    Refused,
    /// 4xx, or the connection closed without a word while the endpoint serves on: servers cut off heads
    /// that they do not take.
    RefusedOrClosed,
    /// 4xx; a 2xx passes with a warning.
    RefusedRather,
    /// Any answer; it is told.
    Told,
    /// 405 with an Allow header.
    MethodNotAllowed,
    /// The body that the provider's document asks for.
    Documented,
    /// Anything but 3xx.
    NoRedirect,
}
