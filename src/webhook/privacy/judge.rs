//! What is private, by the form of a value and by the key that it stands under.

use std::net::IpAddr;

use jiff::civil::DateTime;
use jiff::{Timestamp, fmt::rfc2822};

use crate::webhook::signature::scheme::Unit;

use super::time::unit_of;

/// The longest key that is taken for a name of the provider's.
pub const MAX_KEY: usize = 64;

/// The longest text that is taken for a word of a protocol.
const MAX_WORD: usize = 40;

/// The last words of keys whose values are words of a protocol, such as `status`.
const WORDS: &[&str] = &[
    "action",
    "algorithm",
    "category",
    "channel",
    "color",
    "country",
    "currency",
    "direction",
    "encoding",
    "environment",
    "event",
    "format",
    "gender",
    "kind",
    "lang",
    "language",
    "level",
    "locale",
    "method",
    "mode",
    "object",
    "plan",
    "platform",
    "priority",
    "protocol",
    "provider",
    "reason",
    "result",
    "role",
    "source",
    "state",
    "status",
    "timezone",
    "topic",
    "type",
    "unit",
    "version",
];

/// Words of pointers whose values are parts of an address, whatever their own key says.
const PLACES: &[&str] = &["address", "billing", "shipping", "location"];

/// What a private value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The name of a person, or of an account.
    Name,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A part of a postal address, or a place.
    Address,
    /// An IP address.
    Ip,
    /// A URL or a path.
    Url,
    /// An identifier.
    Id,
    /// A token, a session or a signature.
    Token,
    /// A password, or the secret itself.
    Secret,
    /// A date of birth.
    Birthday,
    /// Any other number.
    Number,
    /// Any other text.
    Text,
    /// The key of an object or a field, where it is data.
    Key,
}

impl Kind {
    /// What one is called, and several.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Name => ("name", "names"),
            Self::Email => ("e-mail address", "e-mail addresses"),
            Self::Phone => ("phone number", "phone numbers"),
            Self::Address => ("address", "addresses"),
            Self::Ip => ("IP address", "IP addresses"),
            Self::Url => ("URL", "URLs"),
            Self::Id => ("id", "ids"),
            Self::Token => ("token", "tokens"),
            Self::Secret => ("secret", "secrets"),
            Self::Birthday => ("date of birth", "dates of birth"),
            Self::Number => ("number", "numbers"),
            Self::Text => ("text", "texts"),
            Self::Key => ("key", "keys"),
        }
    }
}

/// Whether a text says a word of the provider's protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// It does not.
    No,
    /// It may be one, and it may be a name.
    Unsure,
    /// It does.
    Yes,
}

/// What kind of private value a text is.
pub fn kind(text: &str, key: &str) -> Kind {
    let key = folded(key);
    let has = |words: &[&str]| words.iter().any(|word| key.contains(word));
    let ends = |words: &[&str]| words.iter().any(|word| key.ends_with(word));
    let is_host = |host: &str| host.contains('.') && !host.contains(' ');
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if has(&["password", "passwd", "pwd", "secret", "apikey", "privatekey", "credential"]) {
        Kind::Secret
    } else if text.split_once('@').is_some_and(|(_, host)| is_host(host)) && !text.contains(' ') {
        Kind::Email
    } else if text.parse::<IpAddr>().is_ok() {
        Kind::Ip
    } else if is_birthday(&key) {
        Kind::Birthday
    } else if has(&[
        "token",
        "authorization",
        "session",
        "cookie",
        "signature",
        "hmac",
        "jwt",
        "nonce",
        "digest",
    ]) {
        Kind::Token
    } else if text.contains("://") && !text.contains(' ') {
        Kind::Url
    } else if has(&["phone", "mobile", "msisdn", "waid", "fax"])
        || ends(&["tel"])
        || text.starts_with('+')
            && (7..=15).contains(&digits)
            && !text.contains(char::is_alphabetic)
    {
        Kind::Phone
    } else if has(&[
        "address",
        "street",
        "city",
        "postal",
        "postcode",
        "zip",
        "latitude",
        "longitude",
    ]) || matches!(key.as_str(), "lat" | "lng" | "lon" | "state")
    {
        Kind::Address
    } else if has(&["name", "author"]) || ends(&["user", "customer", "contact"]) {
        Kind::Name
    } else if ends(&["id", "ids", "uuid", "guid", "ref", "reference", "number", "key"])
        || is_id(text)
    {
        Kind::Id
    } else if text.starts_with('/') && is_host(text) || ends(&["url", "uri", "link", "host"]) {
        Kind::Url
    } else if text.parse::<f64>().is_ok() {
        Kind::Number
    } else {
        Kind::Text
    }
}

/// Whether a text is one word with digits in it, as ids are.
fn is_id(text: &str) -> bool {
    text.len() >= 8
        && text.bytes().any(|b| b.is_ascii_digit())
        && text.bytes().any(|b| b.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b':' | b'.'))
}

/// A key in lower case, without what separates its words.
fn folded(key: &str) -> String {
    key.to_ascii_lowercase().replace(['_', '-', ' '], "")
}

fn is_birthday(folded: &str) -> bool {
    folded.contains("birth") || folded == "dob"
}

/// Whether a text is a word of the provider's protocol, by its key and the pointer to it.
pub fn protocol(text: &str, key: &str, path: &str) -> Protocol {
    const WRITTEN: &[&str] = &["true", "false", "null"];
    if WRITTEN.contains(&text) || is_small(text) {
        return Protocol::Yes;
    }
    let (key, path) = (key.to_ascii_lowercase(), path.to_ascii_lowercase());
    let is_key = WORDS.iter().any(|word| key.ends_with(word));
    let is_place = PLACES.iter().any(|word| path.contains(word));
    if !is_key || is_place || !is_word(text, MAX_WORD) {
        return Protocol::No;
    }
    let is_lower = !text.bytes().any(|b| b.is_ascii_uppercase());
    let is_upper = !text.bytes().any(|b| b.is_ascii_lowercase());
    let is_several = text.contains(['.', '_', ':', '/', '-']);
    if is_lower || is_upper || is_several { Protocol::Yes } else { Protocol::Unsure }
}

/// Whether a number is too small to be more than a count.
pub fn is_small(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a text says when something happened. A number only does where its key says so, too.
pub fn is_time(text: &str, key: &str) -> bool {
    let folded = folded(key);
    if is_birthday(&folded) {
        return false;
    }
    if unit_of(&[text]).is_some_and(|unit| unit != Unit::Rfc3339) {
        return is_time_key(key, &folded);
    }
    // Other forms may be a long number's.
    let has_marks = text.len() <= MAX_WORD && text.contains(['-', ':', '/']);
    has_marks
        && (text.parse::<Timestamp>().is_ok()
            || text.parse::<DateTime>().is_ok()
            || rfc2822::parse(text).is_ok())
}

/// Whether a key is that of a time, by its words: `sender` and `candidateId` are not.
fn is_time_key(key: &str, folded: &str) -> bool {
    const WORDS: &[&str] = &[
        "time",
        "date",
        "datetime",
        "timestamp",
        "start",
        "end",
        "starts",
        "ends",
        "started",
        "ended",
        "deadline",
    ];
    const WHOLE: &[&str] =
        &["ts", "t", "ms", "at", "exp", "iat", "nbf", "since", "until", "when", "seconds"];
    let is_word = |word: &str| {
        WORDS.contains(&word)
            || ["created", "updated", "expir"].iter().any(|start| word.starts_with(start))
            || word.ends_with("time")
            || word.ends_with("timestamp")
    };
    words(key).iter().any(|word| is_word(word))
        || WHOLE.contains(&folded)
        || ["_at", "-at", "At", "_ts", "_on"].iter().any(|end| key.ends_with(end))
}

/// The words of a key in lowercase: `created_at`, `created-at` and `createdAt` have the same.
fn words(key: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for c in key.chars() {
        let is_mark = matches!(c, '_' | '-' | ' ' | '.');
        if is_mark || c.is_uppercase() {
            all.push(String::new());
        }
        if let Some(last) = all.last_mut().filter(|_| !is_mark) {
            last.extend(c.to_lowercase());
        }
    }
    all
}

/// Whether a text may be a name of the provider's: no white space, no addresses, no long numbers.
pub fn is_word(text: &str, max: usize) -> bool {
    let is_plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/' | '$');
    let mut digits = text.split(|c: char| !c.is_ascii_digit());
    let has_id = digits.any(|run| run.len() > 4);
    let hex = text.bytes().filter(|b| *b == b'-').count() == 4 && text.len() == 36;
    (1..=max).contains(&text.len())
        && text.chars().all(is_plain)
        && text.chars().any(|c| c.is_ascii_alphabetic())
        && !text.starts_with('.')
        && !text.contains("//")
        && !has_id
        && !hex
}

/// How much of a text is a prefix such as `cus_`, which is the provider's; the `sarah_` of a user name is not.
pub fn prefix(text: &str) -> usize {
    let is_prefix = |at: &usize| {
        let word = text.get(..*at).unwrap_or_default();
        let rest = text.get(*at + 1..).unwrap_or_default();
        is_mark(word) && rest.len() >= 8 && rest.bytes().any(|b| b.is_ascii_digit())
    };
    text.find('_').filter(is_prefix).map_or(0, |at| at + 1)
}

/// Whether a word may be the mark before the `_` of a provider's ids or keys, such as `whsec`.
pub fn is_mark(word: &str) -> bool {
    (2..=8).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase())
}

/// Whether a text shows a secret, or the password of one like `user:password`. A very short one is in any text by
/// accident.
pub fn reveals(text: &[u8], secret: &[u8]) -> bool {
    const MIN: usize = 4;
    let password = memchr::memchr(b':', secret).and_then(|at| secret.get(at + 1..));
    let mut parts = [Some(secret), password].into_iter().flatten();
    parts.any(|part| part.len() >= MIN && memchr::memmem::find(text, part).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_its_form_and_its_key_say() {
        for (text, key, expected) in [
            ("sarah@acme.com", "value", Kind::Email),
            ("Sarah", "customerName", Kind::Name),
            ("+254712345678", "to", Kind::Phone),
            ("0712345678", "phone", Kind::Phone),
            ("10.0.0.7", "client", Kind::Ip),
            ("2001:db8::7", "client", Kind::Ip),
            ("https://a.b/c", "image", Kind::Url),
            ("12 Long Street", "street_address", Kind::Address),
            ("conv_xyz", "conversationId", Kind::Id),
            ("7b0e4a4e-9a3c-4d2b-8a52-0d7c5f1f6a10", "x", Kind::Id),
            ("abc", "access_token", Kind::Token),
            ("abc", "api_key", Kind::Secret),
            ("1990-01-02", "dateOfBirth", Kind::Birthday),
            ("Call me", "note", Kind::Text),
            ("1500.5", "amount", Kind::Number),
        ] {
            assert_eq!(kind(text, key), expected, "{key}: {text}");
        }
    }

    #[test]
    fn times_and_words_of_the_protocol_are_none() {
        for (text, key) in [
            ("2024-05-06T07:08:09.123Z", "x"),
            ("2024-05-06 07:08:09", "x"),
            ("Sun, 06 Nov 1994 08:49:37 GMT", "x"),
            ("1715000000", "created"),
            ("1715000000123", "timestamp_ms"),
        ] {
            assert!(is_time(text, key), "{text}");
        }
        for (text, key) in [
            ("1715551234", "sender"),
            ("1715551234", "candidateId"),
            ("2125551234", "phone"),
            ("20240506", "id"),
            ("1990-01-02", "birthday"),
            ("x", "time"),
        ] {
            assert!(!is_time(text, key), "{text}");
        }
        assert_eq!(protocol("open", "status", "/status"), Protocol::Yes);
        assert_eq!(protocol("lead.submit", "event", "/event"), Protocol::Yes);
        assert_eq!(protocol("Sarah", "source", "/source"), Protocol::Unsure);
        assert_eq!(protocol("nairobi", "state", "/address/state"), Protocol::No);
        assert_eq!(protocol("two words", "type", "/type"), Protocol::No);
        assert_eq!(protocol("open", "customer", "/customer"), Protocol::No);
    }
}
