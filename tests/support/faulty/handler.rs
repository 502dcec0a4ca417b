//! The response of a faulty endpoint to a request: the correct one, except for its flaw.

use std::collections::{BTreeMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cz_hook::webhook::payload::stringify::stringify;
use serde::de::IgnoredAny;
use serde_json::Value;
use sha1::{Digest, Sha1};

use super::flaw::Flaw;
use crate::support::http::{Answer, Head};
use crate::support::server::{Asked, Handler, Said};
use crate::support::{SECRET, hex, sha256_signature, signature};

/// The flaw, and the requests so far, for flaws that depend on them.
pub struct FaultyHandler {
    flaw: Option<Flaw>,
    refused: AtomicU32,
    requests: Mutex<HashSet<Vec<u8>>>,
    signatures: Mutex<HashSet<Vec<u8>>>,
}

/// The signature header of a request.
enum Given {
    None,
    One(Vec<u8>),
    Several,
}

/// What the body is.
#[derive(PartialEq, Eq)]
enum Kind {
    Empty,
    Malformed,
    NonObject,
    Object,
}

fn accepted() -> Answer {
    Answer::new(200, r#"{"status":"accepted"}"#)
}

/// The handler has thrown.
fn thrown() -> Answer {
    Answer::new(500, r#"{"message":"Internal Server Error"}"#)
}

impl Handler for FaultyHandler {
    fn say(&self, asked: &Asked) -> Said {
        let (head, body) = (&asked.head, &asked.body[..]);
        if self.is(Flaw::FailsInParallel) {
            if asked.at_once > 8 {
                return Answer::new(503, "{}").into();
            }
            // Long enough that parallel requests overlap, also on a loaded machine.
            let is_parallel = asked.at_once > 1;
            std::thread::sleep(Duration::from_millis(if is_parallel { 1000 } else { 100 }));
        }
        if self.is(Flaw::HangsOnEmptyBody) && body.is_empty() {
            return Said::Silence;
        }
        if self.dies_of(head, body) {
            return Said::Death;
        }
        self.answer(head, body).into()
    }

    fn before_the_body(&self, head: &Head) -> Option<Answer> {
        let not_allowed = Answer::new(405, r#"{"message":"Method Not Allowed"}"#);
        match (&*head.method, self.flaw) {
            ("GET", Some(Flaw::GetIs200)) => Some(accepted()),
            ("POST", Some(Flaw::AnswersFirst)) => Some(accepted()),
            ("POST", Some(Flaw::RejectsChunked)) if head.is_chunked() => {
                Some(Answer::new(411, r#"{"message":"Length Required"}"#))
            }
            ("POST", _) => None,
            (_, Some(Flaw::NoAllow)) => Some(not_allowed),
            (_, Some(Flaw::OtherMethodsAre404)) => {
                Some(Answer::new(404, r#"{"message":"Not Found"}"#))
            }
            _ => Some(not_allowed.with("Allow", "POST")),
        }
    }

    fn dies_of_cut_off(&self) -> bool {
        self.is(Flaw::DiesOnCutOff)
    }

    fn is_last(&self, answer: &Answer) -> bool {
        if !(400..500).contains(&answer.status) {
            return false;
        }
        let refused = self.refused.fetch_add(1, Ordering::SeqCst) + 1;
        matches!(self.flaw, Some(Flaw::DiesAfterBad(most)) if refused >= most)
    }
}

impl FaultyHandler {
    pub fn new(flaw: Option<Flaw>) -> Self {
        Self {
            flaw,
            refused: AtomicU32::new(0),
            requests: Mutex::default(),
            signatures: Mutex::default(),
        }
    }

    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn answer(&self, head: &Head, body: &[u8]) -> Answer {
        if self.is(Flaw::SmallLimit) && body.len() >= 64 << 10 {
            return Answer::new(413, r#"{"message":"Payload Too Large"}"#);
        }
        let content_type = head.values("content-type").concat().to_ascii_lowercase();
        if self.is(Flaw::FailsOnCharset) && content_type.contains(&b';') {
            return Answer::new(415, r#"{"message":"Unsupported Media Type"}"#);
        }
        let is_json = content_type.starts_with(b"application/json");
        let given = self.given(head);
        if (self.is(Flaw::ThrowsOnContentType) && !is_json) || self.throws_on(&given) {
            return thrown();
        }
        if !self.is_genuine(&given, body) {
            return self.refused(body);
        }
        match self.event(body) {
            Ok(()) => self.taken(head, body),
            Err(answer) => answer,
        }
    }

    fn given(&self, head: &Head) -> Given {
        const NAME: &str = "x-chatzuri-signature";
        let found = match self.flaw {
            Some(Flaw::CaseSensitiveName) => {
                let same = |(name, _): &&(String, Vec<u8>)| name == NAME;
                let headers = head.headers.iter().filter(same);
                headers.map(|(_, value)| &value[..]).collect()
            }
            _ => head.values(NAME),
        };
        match (&found[..], self.flaw) {
            ([], Some(Flaw::TakesQuery)) => query_values(&head.target),
            ([], _) => Given::None,
            ([one], _) | ([one, ..], Some(Flaw::TakesFirst)) => Given::One(one.to_vec()),
            ([.., one], Some(Flaw::TakesLast)) => Given::One(one.to_vec()),
            _ => Given::Several,
        }
    }

    fn throws_on(&self, given: &Given) -> bool {
        let Given::One(given) = given else {
            return matches!(given, Given::None) && self.is(Flaw::ThrowsOnMissing);
        };
        let is_hex = given.iter().all(u8::is_ascii_hexdigit);
        match self.flaw {
            Some(Flaw::ThrowsOnShort) => is_hex && (1..40).contains(&given.len()),
            Some(Flaw::ThrowsOnLong) => given.len() > 1000,
            Some(Flaw::ThrowsOnNonHex) => given.is_ascii() && given.len() == 40 && !is_hex,
            Some(Flaw::ThrowsOnNonAscii) => !given.is_ascii(),
            _ => false,
        }
    }

    fn is_genuine(&self, given: &Given, body: &[u8]) -> bool {
        let given = match (given, self.flaw) {
            (_, Some(Flaw::NoCheck)) | (Given::None, Some(Flaw::AcceptsMissing)) => return true,
            (Given::One(given), _) => &given[..],
            _ => return false,
        };
        let expected = self.expected(body).into_bytes();
        let is_right = given == expected;
        is_right
            || match self.flaw {
                Some(Flaw::ChecksFormOnly) => is_lower_hex(given),
                Some(Flaw::AcceptsEmpty) => given.is_empty(),
                Some(Flaw::PrefixCompare) => !given.is_empty() && expected.starts_with(given),
                Some(Flaw::IgnoresTail) => is_lower_hex(given) && given[..38] == expected[..38],
                Some(Flaw::OneBitOff) => is_lower_hex(given) && bits_between(given, &expected) == 1,
                Some(Flaw::AcceptsUnkeyed) => given == hex(&Sha1::digest(body)).as_bytes(),
                Some(Flaw::AcceptsSha256) => given == sha256_signature(body).as_bytes(),
                Some(Flaw::AnyCase) => given.eq_ignore_ascii_case(&expected),
                Some(Flaw::StripsSha1Prefix) => given.strip_prefix(b"sha1=") == Some(&expected[..]),
                Some(Flaw::StripsOtherPrefix) => {
                    let at = given.iter().position(|b| *b == b'=');
                    !given.starts_with(b"sha1=")
                        && at.is_some_and(|at| given[at + 1..] == expected[..])
                }
                Some(Flaw::RemembersSignatures) => self.signatures.lock().unwrap().contains(given),
                _ => false,
            }
    }

    /// The signature that the endpoint expects.
    fn expected(&self, body: &[u8]) -> String {
        match self.flaw {
            Some(Flaw::Sha256) => sha256_signature(body),
            Some(Flaw::Trims) => signature(body.trim_ascii()),
            Some(Flaw::HashesAscii) => {
                let text = String::from_utf8_lossy(body);
                let text: String =
                    text.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect();
                signature(text.as_bytes())
            }
            Some(Flaw::Reserialises) => match cz_hook::webhook::payload::json::parse_body(body) {
                Ok(value) => signature(stringify(&value).as_bytes()),
                Err(_) => signature(body),
            },
            _ => signature(body),
        }
    }

    fn refused(&self, body: &[u8]) -> Answer {
        let told = match self.flaw {
            Some(Flaw::LeaksExpected) => format!(": {} was expected", signature(body)),
            Some(Flaw::LeaksSecret) => format!(" under {SECRET}"),
            _ => String::new(),
        };
        Answer::new(400, format!(r#"{{"message":"Signature didn't match{told}"}}"#))
    }

    /// The response to a signed body that is not an event.
    fn event(&self, body: &[u8]) -> Result<(), Answer> {
        let kind = kind(body);
        let (throws, accepts) = match kind {
            Kind::Empty => (Flaw::ThrowsOnEmptyBody, Flaw::AcceptsEmptyBody),
            Kind::Malformed => (Flaw::ThrowsOnMalformed, Flaw::AcceptsMalformed),
            Kind::NonObject => (Flaw::ThrowsOnNonObject, Flaw::AcceptsNonObject),
            Kind::Object => return self.fields(body),
        };
        if self.is(accepts) {
            Ok(())
        } else if self.is(throws) {
            Err(thrown())
        } else {
            Err(Answer::new(400, r#"{"message":"Not a JSON object"}"#))
        }
    }

    /// The response of a flaw that depends on the fields of an object.
    fn fields(&self, body: &[u8]) -> Result<(), Answer> {
        const EVENTS: [&str; 2] = ["lead.submit", "message.received"];
        const FIELDS: [&str; 17] = [
            "eventType",
            "agentId",
            "channel",
            "payload",
            "conversationId",
            "customerEmail",
            "customerName",
            "customerPhone",
            "from",
            "message",
            "chatId",
            "username",
            "senderId",
            "pageId",
            "subject",
            "sessionId",
            "pageUrl",
        ];
        if self.is(Flaw::ThrowsOnDeep) && depth(body) > 1000 {
            return Err(thrown());
        }
        let Ok(Value::Object(event)) = serde_json::from_slice(body) else {
            return Ok(());
        };
        let name = event.get("eventType").and_then(Value::as_str);
        if self.is(Flaw::ThrowsOnUnknownEvent) && name.is_some_and(|n| !EVENTS.contains(&n)) {
            return Err(thrown());
        }
        let payload = event.get("payload").and_then(Value::as_object);
        let mut keys = event.keys().chain(payload.into_iter().flat_map(|p| p.keys()));
        if self.is(Flaw::RefusesUnknownField) && keys.any(|key| !FIELDS.contains(&&**key)) {
            return Err(Answer::new(400, r#"{"message":"Unknown field"}"#));
        }
        Ok(())
    }

    /// The response to a valid delivery.
    fn taken(&self, head: &Head, body: &[u8]) -> Answer {
        if self.is(Flaw::RemembersSignatures) {
            let mut signatures = self.signatures.lock().unwrap();
            signatures.insert(signature(body).into_bytes());
        }
        if self.is(Flaw::RefusesRepeats) {
            let mut request = head.target.clone().into_bytes();
            for (name, value) in &head.headers {
                request.extend([name.as_bytes(), b":", value, b"\n"].concat());
            }
            request.extend(body);
            if !self.requests.lock().unwrap().insert(request) {
                return Answer::new(409, r#"{"message":"Conflict"}"#);
            }
        }
        if let Some(Flaw::Slow(time)) = self.flaw {
            std::thread::sleep(time);
        }
        match self.flaw {
            Some(Flaw::Redirects) => Answer::new(302, "").with("Location", "/elsewhere"),
            Some(Flaw::NoContent) => Answer::new(204, ""),
            Some(Flaw::OtherBody) => Answer::new(200, r#"{"ok":true}"#),
            _ => accepted(),
        }
    }

    /// Whether the endpoint crashes at this signed body.
    fn dies_of(&self, head: &Head, body: &[u8]) -> bool {
        self.is(Flaw::DiesOnMalformed)
            && kind(body) == Kind::Malformed
            && self.is_genuine(&self.given(head), body)
    }
}

/// The first value in the query that may be a signature.
fn query_values(target: &str) -> Given {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let values = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut values = values.map(|(_, value)| value.as_bytes());
    let found = values.find(|value| is_lower_hex(value));
    found.map_or(Given::None, |value| Given::One(value.to_vec()))
}

/// Parses JSON without storing it, so that no number is too large and no nesting too deep.
fn kind(body: &[u8]) -> Kind {
    if body.is_empty() {
        Kind::Empty
    } else if std::str::from_utf8(body).is_err()
        || serde_json::from_slice::<IgnoredAny>(body).is_err()
    {
        Kind::Malformed
    } else if serde_json::from_slice::<BTreeMap<String, IgnoredAny>>(body).is_err() {
        Kind::NonObject
    } else {
        Kind::Object
    }
}

/// The nesting depth of the brackets outside of strings.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest, mut is_string, mut is_escaped) = (0_usize, 0, false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_string => is_escaped = true,
            b'"' => is_string = !is_string,
            b'[' | b'{' if !is_string => depth += 1,
            b']' | b'}' if !is_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn is_lower_hex(text: &[u8]) -> bool {
    let is_digit = |b: &u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    text.len() == 40 && text.iter().all(is_digit)
}

/// The number of bits in which two hexadecimal texts differ.
fn bits_between(a: &[u8], b: &[u8]) -> u32 {
    let digit = |b: &u8| char::from(*b).to_digit(16).unwrap_or(0);
    let pairs = a.iter().zip(b);
    pairs.map(|(a, b)| (digit(a) ^ digit(b)).count_ones()).sum()
}
