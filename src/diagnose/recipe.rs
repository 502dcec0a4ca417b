//! What a signer may have computed from a key and a body: the scheme's own HMAC, and what developers compute by
//! mistake instead.

use std::borrow::Cow;

use data_encoding::HEXLOWER;
use subtle::ConstantTimeEq;

use crate::webhook::delivery::Headers;
use crate::webhook::signature::mac::{Hash, PreparedMac};
use crate::webhook::signature::request::SignedRequest;
use crate::webhook::signature::scheme::{BodyHash, Part, Scheme, TimestampSource, Unit};

use super::cause::{COMMON, Cause, RARE, weight};
use super::key::Key;
use super::request_parts::{Fixed, alternatives};

/// The longest header value that is taken for a timestamp or an id, in bytes.
const MAX_VALUE: usize = 64;

/// The most headers that are taken for timestamps, and for ids.
const MAX_HEADERS: usize = 4;

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

/// One piece of what is signed.
#[derive(Clone, Debug)]
enum Piece {
    Body,
    /// A hash of the body, as text.
    Hash(BodyHash),
    Fixed(Fixed),
}

/// A way to compute a signature from a key and a body.
#[derive(Clone, Debug)]
pub struct SigningRecipe {
    op: MacOp,
    pieces: Vec<Piece>,
    /// How it differs from the scheme's.
    pub causes: Vec<Cause>,
}

/// What recipes are made from.
pub struct RecipeInput<'r, 'd> {
    pub scheme: &'r Scheme,
    pub request: &'r SignedRequest<'d>,
    /// The items next to the signature in its header.
    pub items: &'r [(String, Vec<u8>)],
    /// The headers with ids that known schemes sign.
    pub ids: &'r [&'r str],
}

/// The recipes to try, the scheme's own first.
pub fn recipes(input: &RecipeInput<'_, '_>) -> Vec<SigningRecipe> {
    let RecipeInput { scheme, request, items, ids } = input;
    let headers = &request.delivery.headers;
    let time = items.iter().find(|(name, _)| matches!(name.as_str(), "t" | "ts"));
    let time = time.map(|(_, text)| text.as_slice());
    let own = own(scheme, request, items);
    let body_alone = |causes| SigningRecipe::hmac(vec![Piece::Body], causes);
    let base = own.clone().unwrap_or_else(|| body_alone(vec![]));
    let mut all = Vec::from_iter(own.clone());
    for (op, code, detail, weight) in mistakes() {
        let mut one = SigningRecipe { op, ..base.clone() };
        one.causes.push(Cause::with(code, detail).weighing(weight));
        all.push(one);
    }
    let detail = "the secret alone, without the body";
    let cause = Cause::with("scheme.plain_hash", detail).weighing(RARE);
    let hash_of_key = MacOp::KeyBefore("");
    all.push(SigningRecipe { op: hash_of_key, pieces: Vec::new(), causes: vec![cause] });
    if let Some(says) = body_alone_says(scheme) {
        all.push(body_alone(vec![Cause::with("scheme.timestamp", says)]));
    }
    if let Some(own) = &own {
        all.extend(requests(own, scheme, request));
    }
    let others = timestamped(headers, time, ids).into_iter();
    let fixed = base.fixed();
    all.extend(others.filter(|one| one.fixed() != fixed));
    all
}

/// The digest of nothing, which follows the bytes of a body in the value.
pub fn of_nothing() -> Vec<SigningRecipe> {
    let cause = Cause::with("scheme.plain_hash", "nothing").weighing(COMMON);
    let plain = SigningRecipe { op: MacOp::Plain, pieces: Vec::new(), causes: vec![cause] };
    vec![SigningRecipe::hmac(Vec::new(), Vec::new()), plain]
}

/// The scheme's own recipe; `None` when something that it signs is missing.
fn own(
    scheme: &Scheme,
    request: &SignedRequest<'_>,
    items: &[(String, Vec<u8>)],
) -> Option<SigningRecipe> {
    let item = |name: &str| Some(items.iter().find(|(own, _)| own == name)?.1.as_slice());
    let mut pieces = Vec::new();
    for part in &scheme.signs {
        pieces.push(match part {
            Part::Body => Piece::Body,
            Part::Hash(hash) => Piece::Hash(*hash),
            Part::Text(text) => Piece::text(text),
            other => {
                let bytes = request.part(other, &[], item).ok()?;
                Piece::Fixed(Fixed { bytes: (*bytes).into(), formula: name_of(other) })
            }
        });
    }
    let causes = Vec::from_iter(timestamp_cause(scheme, request, item));
    (!pieces.is_empty()).then(|| SigningRecipe::hmac(pieces, causes))
}

/// The scheme's own recipe with other values of what is signed besides the body.
fn requests(
    own: &SigningRecipe,
    scheme: &Scheme,
    request: &SignedRequest<'_>,
) -> Vec<SigningRecipe> {
    let mut all = Vec::new();
    for (at, (part, piece)) in scheme.signs.iter().zip(&own.pieces).enumerate() {
        let Piece::Fixed(fixed) = piece else {
            continue;
        };
        let is_time = match (&scheme.timestamp, part) {
            (None, _) => false,
            (Some(rule), Part::Header(name)) => {
                rule.source == TimestampSource::Header(name.clone())
            }
            (Some(rule), Part::Item(name)) => rule.source == TimestampSource::Item(name.clone()),
            (Some(rule), Part::Field(name)) => rule.source == TimestampSource::Body(name.clone()),
            _ => false,
        };
        for (bytes, causes) in alternatives(part, fixed, is_time, request) {
            let mut one = own.clone();
            one.causes.extend(causes);
            let formula = fixed.formula.clone();
            if let Some(place) = one.pieces.get_mut(at) {
                *place = Piece::Fixed(Fixed { bytes: bytes.into(), formula });
            }
            all.push(one);
        }
    }
    all
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
        Part::Hash(BodyHash::Sha256) => "hex(SHA256(body))".to_owned(),
        Part::Hash(BodyHash::Crc32) => "CRC32(body)".to_owned(),
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
    let (place, name, text) = match &rule.source {
        TimestampSource::Header(name) => {
            ("header", name, request.delivery.headers.get(name).map(<[u8]>::to_vec))
        }
        TimestampSource::Item(name) => ("item", name, item(name).map(<[u8]>::to_vec)),
        TimestampSource::Body(name) => ("field", name, request.field(name).map(Cow::into_owned)),
    };
    let why = match text {
        None => "is missing",
        Some(text) if rule.seconds(&text).is_none() && rule.unit == Unit::Seconds => {
            "does not hold whole seconds"
        }
        Some(text) if rule.seconds(&text).is_none() => "does not hold a time",
        Some(_) => return None,
    };
    Some(Cause::with("header.timestamp", format!("the {place} `{name}` {why}")))
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
fn mistakes() -> Vec<(MacOp, &'static str, String, usize)> {
    const AFTER: &str = "the body followed by the secret";
    const BEFORE: &str = "the secret followed by the body";
    let plain = |op, says: &str, weight| (op, "scheme.plain_hash", says.to_owned(), weight);
    let double = |op, says: &str, weight| (op, "scheme.double_hex", says.to_owned(), weight);
    let mut all = vec![
        plain(MacOp::Plain, "the body alone, without the secret", COMMON),
        plain(MacOp::KeyAfter(""), AFTER, COMMON),
        plain(MacOp::KeyBefore(""), BEFORE, COMMON),
        (MacOp::Swapped, "scheme.swapped", String::new(), COMMON),
    ];
    for between in [".", ":", "\n", "|", "&", " "] {
        let shown = between.escape_default();
        let says = |order| format!("{order}, with `{shown}` between them");
        all.push(plain(MacOp::KeyAfter(between), &says(AFTER), RARE));
        all.push(plain(MacOp::KeyBefore(between), &says(BEFORE), RARE));
    }
    all.push(plain(MacOp::KeyAround, "the body with the secret on both sides", RARE));
    for inner in [Hash::Sha256, Hash::Sha1, Hash::Md5, Hash::Sha512] {
        let title = inner.title();
        let says = format!("the HMAC is over the hexadecimal text of the body's {title}");
        let is_usual = matches!(inner, Hash::Sha256 | Hash::Sha1);
        all.push(double(MacOp::OfHex(inner), &says, if is_usual { COMMON } else { RARE }));
    }
    let hashed = "the hexadecimal text of the HMAC was hashed again";
    let signed = "the hexadecimal text of the HMAC was signed again";
    all.extend([
        double(MacOp::HashOfHex, hashed, COMMON),
        double(MacOp::HmacOfHex, signed, COMMON),
    ]);
    all
}

/// The ways in which schemes sign a timestamp, and perhaps an id, in addition to the body.
fn timestamped(headers: &Headers, time: Option<&[u8]>, ids: &[&str]) -> Vec<SigningRecipe> {
    const IDS: &[&str] = &["delivery", "request-id", "message-id"];
    let mut times = named(headers, &["timestamp", "date", "-time"]);
    times.extend(
        time.filter(|time| time.len() <= MAX_VALUE)
            .map(|time| Fixed { bytes: time.into(), formula: "t".to_owned() }),
    );
    let ids = named(headers, &[ids, IDS].concat());
    let mut all = Vec::new();
    for time in &times {
        let name = &time.formula;
        let says = format!("The value of `{name}` was signed together with the body.");
        let fixed = |fixed: &Fixed| Piece::Fixed(fixed.clone());
        let mut add = |pieces: Vec<Piece>| {
            let cause = Cause::with("scheme.timestamp", says.clone());
            all.push(SigningRecipe::hmac(pieces, vec![cause]));
        };
        for between in [".", "", ":", "\n"] {
            let between = Piece::text(between);
            add(vec![fixed(time), between.clone(), Piece::Body]);
            add(vec![Piece::Body, between, fixed(time)]);
        }
        add(vec![Piece::text("v0:"), fixed(time), Piece::text(":"), Piece::Body]);
        for id in &ids {
            let dot = Piece::text(".");
            add(vec![fixed(id), dot.clone(), fixed(time), dot, Piece::Body]);
        }
    }
    all
}

/// The values of headers that have one of these words in their names.
fn named(headers: &Headers, words: &[&str]) -> Vec<Fixed> {
    let pieces = headers.iter().map(|(name, value)| Fixed {
        bytes: value.trim_ascii().into(),
        formula: name.to_ascii_lowercase(),
    });
    pieces
        .filter(|piece| (1..=MAX_VALUE).contains(&piece.bytes.len()))
        .filter(|piece| words.iter().any(|word| piece.formula.contains(word)))
        .take(MAX_HEADERS)
        .collect()
}

impl SigningRecipe {
    /// The HMAC of pieces.
    fn hmac(pieces: Vec<Piece>, causes: Vec<Cause>) -> Self {
        Self { op: MacOp::Hmac, pieces, causes }
    }

    /// Whether the key is used at all.
    pub fn is_keyed(&self) -> bool {
        self.op != MacOp::Plain
    }

    /// Whether the body is a part of it.
    pub fn has_body(&self) -> bool {
        self.pieces.iter().any(|piece| !matches!(piece, Piece::Fixed(_)))
    }

    /// How unlikely it is.
    pub fn weight(&self) -> usize {
        weight(&self.causes)
    }

    /// How many bytes are signed in addition to the body.
    pub fn fixed_length(&self) -> usize {
        let length = |piece: &Piece| match piece {
            Piece::Fixed(fixed) => fixed.bytes.len(),
            Piece::Body | Piece::Hash(_) => 0,
        };
        self.pieces.iter().map(length).sum()
    }

    /// Whether it is an HMAC in which the body stands once, as it is.
    pub fn is_of_body(&self) -> bool {
        let of_body = |piece: &&Piece| !matches!(piece, Piece::Fixed(_));
        let mut all = self.pieces.iter().filter(of_body);
        self.op == MacOp::Hmac && matches!((all.next(), all.next()), (Some(Piece::Body), None))
    }

    /// The bytes before and after the body.
    pub fn fixed(&self) -> [Vec<u8>; 2] {
        let mut all = [Vec::new(), Vec::new()];
        let mut at = 0;
        for piece in &self.pieces {
            match piece {
                Piece::Fixed(fixed) => {
                    if let Some(bytes) = all.get_mut(at) {
                        bytes.extend_from_slice(&fixed.bytes);
                    }
                }
                Piece::Body | Piece::Hash(_) => at = 1,
            }
        }
        all
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
        match self.op {
            MacOp::Hmac => self.with_message(body, |message| keyed.begins_with(message, received)),
            _ => begins_with(&self.digest(hash, key, keyed, body), received),
        }
    }

    /// The whole digest.
    pub fn digest(&self, hash: Hash, key: &Key, keyed: &PreparedMac, body: &[u8]) -> Vec<u8> {
        self.with_message(body, |message| self.digest_of(hash, key, keyed, message))
    }

    fn digest_of(&self, hash: Hash, key: &Key, keyed: &PreparedMac, message: &[&[u8]]) -> Vec<u8> {
        let secret: &[u8] = &key.bytes;
        let with =
            |before: &[&[u8]], after: &[&[u8]]| hash.digest(&[before, message, after].concat());
        let hexed = |digest: &[u8]| HEXLOWER.encode(digest).into_bytes();
        match self.op {
            MacOp::Hmac => keyed.mac(message),
            MacOp::Plain => with(&[], &[]),
            MacOp::KeyBefore(between) => with(&[secret, between.as_bytes()], &[]),
            MacOp::KeyAfter(between) => with(&[], &[between.as_bytes(), secret]),
            MacOp::KeyAround => with(&[secret], &[secret]),
            MacOp::Swapped => hash.keyed(&message.concat()).mac(&[secret]),
            MacOp::OfHex(inner) => keyed.mac(&[&hexed(&inner.digest(message))]),
            MacOp::HashOfHex => hash.digest(&[&hexed(&keyed.mac(message))]),
            MacOp::HmacOfHex => keyed.mac(&[&hexed(&keyed.mac(message))]),
        }
    }

    /// Hands the pieces of the message for a body to `then`.
    fn with_message<R>(&self, body: &[u8], then: impl FnOnce(&[&[u8]]) -> R) -> R {
        match self.pieces.as_slice() {
            [Piece::Body] => then(&[body]),
            pieces => {
                let all: Vec<Cow<'_, [u8]>> =
                    pieces.iter().map(|piece| piece.bytes(body)).collect();
                then(&all.iter().map(AsRef::as_ref).collect::<Vec<_>>())
            }
        }
    }

    /// The formula of the digest, for those of key and body.
    pub fn formula(&self, hash: Hash, key: &str, body: &str) -> String {
        let mut pieces: Vec<_> = self.pieces.iter().map(|piece| piece.formula(body)).collect();
        pieces.retain(|formula| !formula.is_empty());
        let message = match pieces.is_empty() {
            true => "\"\"".to_owned(),
            false => pieces.join(" + "),
        };
        let name = hash.name();
        let between = |text: &str| match text {
            "" => " + ".to_owned(),
            text => format!(" + {} + ", quoted(text)),
        };
        match self.op {
            MacOp::Hmac => format!("HMAC-{name}({key}, {message})"),
            MacOp::Plain => format!("{name}({message})"),
            MacOp::KeyBefore("") if pieces.is_empty() => format!("{name}({key})"),
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
        Self::Fixed(Fixed { bytes: text.as_bytes().into(), formula })
    }

    fn bytes<'b>(&'b self, body: &'b [u8]) -> Cow<'b, [u8]> {
        match self {
            Self::Body => Cow::Borrowed(body),
            Self::Hash(hash) => hash.text(body).into(),
            Self::Fixed(fixed) => Cow::Borrowed(&fixed.bytes),
        }
    }

    fn formula(&self, body: &str) -> String {
        match self {
            Self::Body => body.to_owned(),
            Self::Hash(BodyHash::Sha256) => format!("hex(SHA256({body}))"),
            Self::Hash(BodyHash::Crc32) => format!("CRC32({body})"),
            Self::Fixed(fixed) => fixed.formula.clone(),
        }
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
