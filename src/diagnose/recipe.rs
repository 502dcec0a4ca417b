//! What a signer may have computed from a key and a body: the scheme's own HMAC, and what developers compute by
//! mistake instead.

use std::borrow::Cow;

use data_encoding::HEXLOWER;
use subtle::ConstantTimeEq;

use crate::webhook::delivery::Headers;
use crate::webhook::signature::mac::{Hash, PreparedMac};
use crate::webhook::signature::request::SignedRequest;
use crate::webhook::signature::scheme::{Part, Scheme, TimestampSource, Unit};

use super::cause::Cause;
use super::key::Key;

/// The longest header value that is taken for a timestamp or an id, in bytes.
const MAX_VALUE: usize = 64;

/// The most headers that are taken for timestamps, and for ids.
const MAX_HEADERS: usize = 4;

/// How many passes of the search there are: see [`SigningRecipe::pass`].
pub const PASSES: usize = 3;

/// What is computed from key and message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MacOp {
    /// HMAC(key, message).
    Hmac,
    /// H(message).
    Plain,
    /// H(key + separator + message).
    KeyBefore(&'static str),
    /// H(message + separator + key).
    KeyAfter(&'static str),
    /// H(key + message + key).
    KeyAround,
    /// HMAC(message, key).
    Swapped,
    /// HMAC(key, hex(H(message))) with this hash function inside.
    OfHex(Hash),
    /// H(hex(HMAC(key, message))).
    HashOfHex,
    /// HMAC(key, hex(HMAC(key, message))).
    HmacOfHex,
}

/// Bytes that are signed before or after the body.
#[derive(Clone, Debug, Default)]
struct Piece {
    bytes: Vec<u8>,
    /// Their name in formulas; empty when there are none.
    formula: String,
}

/// A way to compute a signature from a key and a body.
#[derive(Clone, Debug)]
pub struct SigningRecipe {
    op: MacOp,
    before: Piece,
    after: Piece,
    is_own: bool,
    /// How it differs from the scheme's.
    pub causes: Vec<Cause>,
}

/// The recipes to try under `scheme`, the scheme's own first. `items` are those next to the signature in its header.
pub fn recipes(
    scheme: &Scheme,
    request: &SignedRequest<'_>,
    items: &[(String, Vec<u8>)],
) -> Vec<SigningRecipe> {
    let headers = &request.delivery.headers;
    let time = items.iter().find(|(name, _)| matches!(name.as_str(), "t" | "ts"));
    let time = time.map(|(_, text)| text.as_slice());
    let own = own(scheme, request, items);
    let body_alone = |causes| hmac(Piece::default(), Piece::default(), causes);
    let base = own.clone().unwrap_or_else(|| body_alone(vec![]));
    let mut all = Vec::from_iter(own);
    for (op, code, detail) in mistakes() {
        let mut one = SigningRecipe { op, is_own: false, ..base.clone() };
        one.causes.push(Cause::with(code, detail));
        all.push(one);
    }
    if let Some(says) = body_alone_says(scheme) {
        let cause = Cause::with("scheme.timestamp", says);
        all.push(body_alone(vec![cause]));
    }
    let others = timestamped(headers, time).into_iter();
    all.extend(others.filter(|one| {
        (&one.before.bytes, &one.after.bytes) != (&base.before.bytes, &base.after.bytes)
    }));
    all
}

/// The HMAC of the body between other pieces.
fn hmac(before: Piece, after: Piece, causes: Vec<Cause>) -> SigningRecipe {
    SigningRecipe { op: MacOp::Hmac, before, after, is_own: false, causes }
}

/// The scheme's own recipe; `None` when something that it signs is missing, or it does not sign the body as it is.
fn own(
    scheme: &Scheme,
    request: &SignedRequest<'_>,
    items: &[(String, Vec<u8>)],
) -> Option<SigningRecipe> {
    let (mut before, mut after) = (Piece::default(), Piece::default());
    let mut is_before = true;
    let item = |name: &str| Some(items.iter().find(|(own, _)| own == name)?.1.as_slice());
    for part in &scheme.signs {
        let piece = match part {
            Part::Body => {
                is_before = false;
                continue;
            }
            Part::Text(text) => Piece::text(text),
            other => {
                let bytes = request.part(other, &[], item).ok()?.into_owned();
                Piece { bytes, formula: name_of(other) }
            }
        };
        match is_before {
            true => before.push(&piece),
            false => after.push(&piece),
        }
    }
    if is_before {
        return None;
    }
    let causes = Vec::from_iter(timestamp_cause(scheme, request, item));
    Some(SigningRecipe { is_own: true, ..hmac(before, after, causes) })
}

/// A part's name in formulas and sentences.
fn name_of(part: &Part) -> String {
    match part {
        Part::Body => "body".to_owned(),
        Part::Url => "url".to_owned(),
        Part::Method => "method".to_owned(),
        Part::Path => "path".to_owned(),
        Part::FormSorted => "sorted form".to_owned(),
        Part::Secret => "secret".to_owned(),
        Part::Hash(_) => "hash of the body".to_owned(),
        Part::Text(text) => quoted(text),
        Part::Header(name) | Part::Item(name) | Part::Field(name) | Part::Setting(name) => {
            name.clone()
        }
    }
}

/// The cause of a delivery whose time of signing is missing or unreadable: its MAC may be correct.
fn timestamp_cause<'i>(
    scheme: &Scheme,
    request: &SignedRequest<'_>,
    item: impl Fn(&str) -> Option<&'i [u8]>,
) -> Option<Cause> {
    let rule = scheme.timestamp.as_ref()?;
    let (name, text) = match &rule.source {
        TimestampSource::Header(name) => {
            (name, request.delivery.headers.get(name).map(<[u8]>::to_vec))
        }
        TimestampSource::Item(name) => (name, item(name).map(<[u8]>::to_vec)),
        TimestampSource::Body(name) => (name, request.field(name).map(Cow::into_owned)),
    };
    let why = match text {
        None => "is missing",
        Some(text) if rule.seconds(&text).is_none() && rule.unit == Unit::Seconds => {
            "does not hold whole seconds"
        }
        Some(text) if rule.seconds(&text).is_none() => "does not hold a time",
        Some(_) => return None,
    };
    Some(Cause::with("header.timestamp", format!("`{name}` {why}")))
}

/// What happened when the body alone was signed, under a scheme that signs more.
fn body_alone_says(scheme: &Scheme) -> Option<String> {
    let parts = scheme.signs.iter();
    let more: Vec<_> = parts
        .filter_map(|part| match part {
            Part::Body => None,
            Part::Text(text) => Some(quoted(text)),
            other => Some(format!("`{}`", name_of(other))),
        })
        .collect();
    let says =
        format!("The body alone was signed; the scheme signs {} with it.", more.join(" and "));
    (!more.is_empty()).then_some(says)
}

/// Other operations on the same pieces, each with its cause.
fn mistakes() -> Vec<(MacOp, &'static str, String)> {
    const AFTER: &str = "the body followed by the secret";
    const BEFORE: &str = "the secret followed by the body";
    let plain = |op, says: &str| (op, "scheme.plain_hash", says.to_owned());
    let double = |op, says: &str| (op, "scheme.double_hex", says.to_owned());
    let mut all = vec![
        plain(MacOp::Plain, "the body alone, without the secret"),
        plain(MacOp::KeyAfter(""), AFTER),
        plain(MacOp::KeyBefore(""), BEFORE),
        (MacOp::Swapped, "scheme.swapped", String::new()),
    ];
    for between in [".", ":", "\n", "|", "&", " "] {
        let shown = between.escape_default();
        let says = |order| format!("{order}, with `{shown}` between them");
        all.push(plain(MacOp::KeyAfter(between), &says(AFTER)));
        all.push(plain(MacOp::KeyBefore(between), &says(BEFORE)));
    }
    all.push(plain(MacOp::KeyAround, "the body with the secret on both sides"));
    for inner in [Hash::Sha256, Hash::Sha1, Hash::Md5, Hash::Sha512] {
        let title = inner.title();
        let says = format!("the HMAC is over the hexadecimal text of the body's {title}");
        all.push(double(MacOp::OfHex(inner), &says));
    }
    let hashed = "the hexadecimal text of the HMAC was hashed again";
    let signed = "the hexadecimal text of the HMAC was signed again";
    all.extend([double(MacOp::HashOfHex, hashed), double(MacOp::HmacOfHex, signed)]);
    all
}

/// The ways in which schemes sign a timestamp, and perhaps an id, in addition to the body.
fn timestamped(headers: &Headers, time: Option<&[u8]>) -> Vec<SigningRecipe> {
    const IDS: &[&str] = &["webhook-id", "svix-id", "delivery", "request-id", "message-id"];
    let mut times = named(headers, &["timestamp", "date", "-time"]);
    times.extend(
        time.filter(|time| time.len() <= MAX_VALUE)
            .map(|time| Piece { bytes: time.to_vec(), formula: "t".to_owned() }),
    );
    let ids = named(headers, IDS);
    let mut all = Vec::new();
    for time in &times {
        let name = &time.formula;
        let says = format!("The value of `{name}` was signed together with the body.");
        let mut add = |before: &[&Piece], after: &[&Piece]| {
            let cause = Cause::with("scheme.timestamp", says.clone());
            all.push(hmac(Piece::concat(before), Piece::concat(after), vec![cause]));
        };
        for between in [".", "", ":", "\n"] {
            let between = Piece::text(between);
            add(&[time, &between], &[]);
            add(&[], &[&between, time]);
        }
        let [version, colon, dot] = ["v0:", ":", "."].map(Piece::text);
        add(&[&version, time, &colon], &[]);
        for id in &ids {
            add(&[id, &dot, time, &dot], &[]);
        }
    }
    all
}

/// The values of headers that have one of these words in their names.
fn named(headers: &Headers, words: &[&str]) -> Vec<Piece> {
    let pieces = headers.iter().map(|(name, value)| Piece {
        bytes: value.trim_ascii().to_vec(),
        formula: name.to_ascii_lowercase(),
    });
    pieces
        .filter(|piece| (1..=MAX_VALUE).contains(&piece.bytes.len()))
        .filter(|piece| words.iter().any(|word| piece.formula.contains(word)))
        .take(MAX_HEADERS)
        .collect()
}

impl SigningRecipe {
    /// Whether the key is used at all.
    pub fn is_keyed(&self) -> bool {
        self.op != MacOp::Plain
    }

    /// In which pass of the search it is tried: the scheme's own, frequent mistakes, rare mistakes.
    pub fn pass(&self) -> usize {
        match self.op {
            _ if self.is_own => 0,
            MacOp::KeyBefore(between) | MacOp::KeyAfter(between) if !between.is_empty() => 2,
            MacOp::KeyAround | MacOp::OfHex(Hash::Md5 | Hash::Sha512) => 2,
            _ => 1,
        }
    }

    /// Whether it is the HMAC of the body alone.
    pub fn is_body_alone(&self) -> bool {
        self.op == MacOp::Hmac && self.before.formula.is_empty() && self.after.formula.is_empty()
    }

    /// Whether the result begins with `received`. `keyed` is `key`, prepared for `hash`.
    pub fn matches(
        &self,
        hash: Hash,
        key: &Key,
        keyed: &PreparedMac,
        body: &[u8],
        received: &[u8],
    ) -> bool {
        let message = self.message(body);
        match self.op {
            MacOp::Hmac => keyed.begins_with(&message, received),
            _ => begins_with(&self.digest(hash, key, keyed, body), received),
        }
    }

    /// The whole digest.
    pub fn digest(&self, hash: Hash, key: &Key, keyed: &PreparedMac, body: &[u8]) -> Vec<u8> {
        let message = self.message(body);
        let secret: &[u8] = &key.bytes;
        let with =
            |before: &[&[u8]], after: &[&[u8]]| hash.digest(&[before, &message, after].concat());
        let hexed = |digest: &[u8]| HEXLOWER.encode(digest).into_bytes();
        match self.op {
            MacOp::Hmac => keyed.mac(&message),
            MacOp::Plain => with(&[], &[]),
            MacOp::KeyBefore(between) => with(&[secret, between.as_bytes()], &[]),
            MacOp::KeyAfter(between) => with(&[], &[between.as_bytes(), secret]),
            MacOp::KeyAround => with(&[secret], &[secret]),
            MacOp::Swapped => hash.keyed(&message.concat()).mac(&[secret]),
            MacOp::OfHex(inner) => keyed.mac(&[&hexed(&inner.digest(&message))]),
            MacOp::HashOfHex => hash.digest(&[&hexed(&keyed.mac(&message))]),
            MacOp::HmacOfHex => keyed.mac(&[&hexed(&keyed.mac(&message))]),
        }
    }

    fn message<'m>(&'m self, body: &'m [u8]) -> [&'m [u8]; 3] {
        [&self.before.bytes, body, &self.after.bytes]
    }

    /// The formula of the digest, for those of key and body.
    pub fn formula(&self, hash: Hash, key: &str, body: &str) -> String {
        let mut pieces = vec![self.before.formula.as_str(), body, &self.after.formula];
        pieces.retain(|formula| !formula.is_empty());
        let message = pieces.join(" + ");
        let name = hash.name();
        let between = |text: &str| match text {
            "" => " + ".to_owned(),
            text => format!(" + {} + ", quoted(text)),
        };
        match self.op {
            MacOp::Hmac => format!("HMAC-{name}({key}, {message})"),
            MacOp::Plain => format!("{name}({message})"),
            MacOp::KeyBefore(text) => format!("{name}({key}{}{message})", between(text)),
            MacOp::KeyAfter(text) => format!("{name}({message}{}{key})", between(text)),
            MacOp::KeyAround => format!("{name}({key} + {message} + {key})"),
            MacOp::Swapped => format!("HMAC-{name}({message}, {key})"),
            MacOp::OfHex(inner) => format!("HMAC-{name}({key}, hex({}({message})))", inner.name()),
            MacOp::HashOfHex => format!("{name}(hex(HMAC-{name}({key}, {message})))"),
            MacOp::HmacOfHex => format!("HMAC-{name}({key}, hex(HMAC-{name}({key}, {message})))"),
        }
    }
}

impl Piece {
    fn text(text: &str) -> Self {
        let formula = if text.is_empty() { String::new() } else { quoted(text) };
        Self { bytes: text.into(), formula }
    }

    fn push(&mut self, other: &Self) {
        self.bytes.extend_from_slice(&other.bytes);
        if !self.formula.is_empty() && !other.formula.is_empty() {
            self.formula.push_str(" + ");
        }
        self.formula.push_str(&other.formula);
    }

    fn concat(pieces: &[&Self]) -> Self {
        let mut all = Self::default();
        pieces.iter().for_each(|piece| all.push(piece));
        all
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\n', "\\n"))
}

/// Whether `digest` begins with `received`. Takes the same time wherever they differ.
fn begins_with(digest: &[u8], received: &[u8]) -> bool {
    match digest.get(..received.len()) {
        Some(left) if !received.is_empty() => left.ct_eq(received).into(),
        _ => false,
    }
}
