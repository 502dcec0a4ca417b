//! Signatures made with a wrong key that a program may use without an error: what it has when no secret is set, and
//! other forms of the secret.

use bytes::Bytes;
use data_encoding::BASE64_NOPAD;
use zeroize::Zeroizing;

use super::super::case::Forgery;
use super::super::forge::with_key;
use super::super::request_builder::{Request, RequestBuilder};
use super::super::sample_body::with_value;
use super::Candidate;
use crate::diagnose::cause::COMMON;
use crate::diagnose::key::{Key, keys};

/// What programs have when a value is not set, as text. An empty key is `""`.
pub const UNSET: [&str; 17] = [
    "",
    "undefined",
    "null",
    "None",
    "nil",
    "NULL",
    "[object Object]",
    "[object Undefined]",
    "NaN",
    "false",
    "False",
    "true",
    "0",
    "<nil>",
    "%!s(<nil>)",
    "Optional.empty",
    "{}",
];

/// How many of them programs have most often.
pub const LIKELIEST: usize = 7;

/// Whose body is signed: an endpoint may look up the secret by account or event, and find none.
#[derive(Clone, Copy)]
enum Body {
    Sample,
    OtherAccount,
    OtherEvent,
}

impl Body {
    const ALL: [Self; 3] = [Self::Sample, Self::OtherAccount, Self::OtherEvent];

    fn of(self, builder: &RequestBuilder) -> Option<Bytes> {
        let envelope = &builder.provider().envelope;
        let sample = builder.sample_body(0);
        match self {
            Self::Sample => Some(sample),
            Self::OtherAccount => {
                with_value(&sample, envelope.agent.as_deref()?, "another-account")
            }
            Self::OtherEvent => {
                let event = builder.first_sample().other_event()?;
                with_value(&sample, envelope.event.pointer()?, event)
            }
        }
    }

    fn clause(self) -> &'static str {
        match self {
            Self::Sample => "",
            Self::OtherAccount => " for another account",
            Self::OtherEvent => " for another event",
        }
    }
}

/// Deliveries signed with what programs have when no secret is set.
pub fn unset(builder: &RequestBuilder) -> Vec<Candidate> {
    let is_encoded = builder.signing().is_some_and(|(scheme, _)| scheme.expected_key().is_some());
    let mut all = Vec::new();
    for (number, text) in UNSET.into_iter().enumerate() {
        // The likeliest ones for other accounts and events, too.
        let bodies = if number < LIKELIEST { &Body::ALL[..] } else { &[Body::Sample] };
        let plain = (format!("the key \"{text}\""), text.as_bytes().to_vec());
        let decoded = is_encoded.then(|| decoded(text)).flatten();
        let decoded = decoded.map(|key| (format!("the key \"{text}\", decoded from base64"), key));
        let plain = (plain, bodies);
        let decoded = decoded.map(|decoded| (decoded, &[Body::Sample][..]));
        for ((what, key), bodies) in std::iter::once(plain).chain(decoded) {
            for body in bodies.iter().copied() {
                let key = key.clone();
                let make = move |builder: &RequestBuilder| {
                    let body = body.of(builder).ok_or("the body names nothing to change")?;
                    keyed(builder, body, &key)
                };
                let what = format!("{what}{}", body.clause());
                all.push(Candidate::new(what, Forgery::Secret, make));
            }
        }
    }
    all
}

/// The bytes that a lenient decoder of base64 makes of a text.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut digits: Vec<u8> = text.bytes().filter(u8::is_ascii_alphanumeric).collect();
    digits.truncate(digits.len() / 4 * 4);
    BASE64_NOPAD.decode(&digits).ok().filter(|key| !key.is_empty())
}

/// Deliveries signed with other forms of the secret.
pub fn other_forms(builder: &RequestBuilder) -> Vec<Candidate> {
    let Some((scheme, secret)) = builder.signing() else {
        return Vec::new();
    };
    let own = secret.expose();
    let start = |length: usize| own.get(..length).map(<[u8]>::to_vec);
    let spaced = |before: &str, after: &str| [before.as_bytes(), own, after.as_bytes()].concat();
    let mut forms: Vec<(String, Zeroizing<Vec<u8>>)> = [
        ("in uppercase", Some(own.to_ascii_uppercase())),
        ("in lowercase", Some(own.to_ascii_lowercase())),
        ("with a newline at its end", Some(spaced("", "\n"))),
        ("with CRLF at its end", Some(spaced("", "\r\n"))),
        ("with a space at its end", Some(spaced("", " "))),
        ("with a space before it", Some(spaced(" ", ""))),
        ("in quotes", Some(spaced("\"", "\""))),
        ("in single quotes", Some(spaced("'", "'"))),
        ("without white space around it", Some(own.trim_ascii().to_vec())),
        ("cut to 8 bytes", start(8)),
        ("cut to 16 bytes", start(16)),
        ("cut to 32 bytes", start(32)),
        ("cut to its first half", start(own.len() / 2)),
        ("reversed", Some(own.iter().rev().copied().collect())),
    ]
    .into_iter()
    .filter_map(|(what, key)| Some((format!("the secret {what}"), Zeroizing::new(key?))))
    .collect();
    let common = |key: &Key| key.weight() <= COMMON;
    for key in keys(std::slice::from_ref(secret), Some(scheme), &[]).into_iter().filter(common) {
        let cause = key.causes.first().filter(|cause| cause.code != "secret.empty");
        if let Some(cause) = cause {
            forms.push((format!("another form of the secret: {}", cause.says()), key.bytes));
        }
    }
    let mut seen: Vec<Zeroizing<Vec<u8>>> = Vec::new();
    forms.retain(|(_, key)| {
        let is_new = !key.is_empty() && !seen.contains(key);
        seen.push(key.clone());
        is_new
    });
    let candidate = |(what, key): (String, Zeroizing<Vec<u8>>)| {
        Candidate::new(what, Forgery::Secret, move |builder| {
            keyed(builder, builder.sample_body(0), &key)
        })
    };
    forms.into_iter().map(candidate).collect()
}

/// A delivery of a body that is signed with another key. The error says why there is none.
pub fn keyed(builder: &RequestBuilder, body: Bytes, key: &[u8]) -> Result<Request, String> {
    let signing = builder.sign(body)?;
    let body = signing.request().body.clone();
    let value = with_key(&signing, key, &body)?;
    // Some keys are the same to an HMAC, such as those that differ in zero bytes at their end.
    let right = signing.signature_of(&body).map_err(|why| why.to_string())?;
    match value == signing.write(&right) {
        true => Err("this key makes the correct signature".to_owned()),
        false => builder.placed(&signing, body, &[value]),
    }
}
