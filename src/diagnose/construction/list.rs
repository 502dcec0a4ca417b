//! Which constructions are tried: the scheme's own, what is made of the same parts in another way, and what other
//! schemes sign beside the body.

use crate::webhook::delivery::Headers;
use crate::webhook::signature::scheme::{Part, Scheme};

use super::{Construction, Make, Piece, quoted};
use crate::diagnose::cause::Cause;
use crate::diagnose::digest::Hash;

/// The longest header value that is taken for a timestamp or an id.
const LONGEST: usize = 64;

/// The most headers that are taken for timestamps, and for ids.
const MOST: usize = 4;

/// The ways to try under `scheme`, the scheme's own first. `time` is the timestamp that stands beside the
/// signature in its header.
pub fn constructions(scheme: &Scheme, headers: &Headers, time: Option<&[u8]>) -> Vec<Construction> {
    let own = own(scheme, headers);
    let base = own.clone().unwrap_or_else(|| hmac(vec![], vec![], vec![]));
    let mut all = Vec::from_iter(own);
    for (make, code, detail) in makes() {
        let mut one = base.clone();
        one.make = make;
        one.is_own = false;
        one.causes.push(Cause::with(code, detail));
        all.push(one);
    }
    if let Some(says) = without(scheme) {
        let cause = Cause::with("scheme.timestamp", says);
        all.push(hmac(vec![], vec![], vec![cause]));
    }
    let others = timestamped(headers, time).into_iter();
    all.extend(others.filter(|one| !one.signs_the_same(&base)));
    all
}

/// The HMAC of the body between other pieces.
fn hmac(before: Vec<Piece>, after: Vec<Piece>, causes: Vec<Cause>) -> Construction {
    Construction {
        make: Make::Hmac,
        before,
        after,
        is_own: false,
        causes,
    }
}

impl Construction {
    fn signs_the_same(&self, other: &Self) -> bool {
        let bytes = |list: &[Piece]| -> Vec<u8> {
            list.iter().flat_map(|piece| piece.bytes.clone()).collect()
        };
        bytes(&self.before) == bytes(&other.before) && bytes(&self.after) == bytes(&other.after)
    }
}

/// The scheme's own; `None` when a header that it signs is not there.
fn own(scheme: &Scheme, headers: &Headers) -> Option<Construction> {
    let mut before = Vec::new();
    let mut after = Vec::new();
    let mut is_before = true;
    for part in &scheme.signs {
        let piece = match part {
            Part::Body => {
                is_before = false;
                continue;
            }
            Part::Text(text) => Piece::text(text),
            Part::Header(name) => Piece {
                bytes: headers.get(name)?.to_vec(),
                formula: name.clone(),
            },
        };
        match is_before {
            true => before.push(piece),
            false => after.push(piece),
        }
    }
    Some(Construction {
        is_own: true,
        ..hmac(before, after, Vec::from_iter(timeless(scheme, headers)))
    })
}

/// What is wrong with a delivery that does not say when it was signed: its MAC may be right.
fn timeless(scheme: &Scheme, headers: &Headers) -> Option<Cause> {
    let rule = scheme.timestamp.as_ref()?;
    let why = match headers.get(&rule.header) {
        None => "is not there",
        Some(_) if rule.seconds(headers).is_none() => "does not hold whole seconds",
        Some(_) => return None,
    };
    let says = format!("`{}` {why}", rule.header);
    Some(Cause::with("header.timestamp", says))
}

/// What it means that the body alone was signed, under a scheme that signs more.
fn without(scheme: &Scheme) -> Option<String> {
    let parts = scheme.signs.iter();
    let more: Vec<_> = parts
        .filter_map(|part| match part {
            Part::Body => None,
            Part::Header(name) => Some(format!("`{name}`")),
            Part::Text(text) => Some(quoted(text)),
        })
        .collect();
    let says = format!(
        "The body alone was signed; the scheme signs {} with it.",
        more.join(" and ")
    );
    (!more.is_empty()).then_some(says)
}

fn makes() -> Vec<(Make, &'static str, String)> {
    let plain = "scheme.plain_hash";
    let double = "scheme.double_hex";
    let mut all = vec![
        (
            Make::Plain,
            plain,
            "the body alone, without the secret".to_owned(),
        ),
        (
            Make::KeyAfter(""),
            plain,
            "the body with the secret behind it".to_owned(),
        ),
        (
            Make::KeyBefore(""),
            plain,
            "the body with the secret before it".to_owned(),
        ),
        (Make::Swapped, "scheme.swapped", String::new()),
    ];
    for between in [".", ":", "\n", "|", "&", " "] {
        let shown = between.replace('\n', "\\n");
        let says =
            |place| format!("the body with the secret {place} it and `{shown}` between them");
        all.push((Make::KeyAfter(between), plain, says("behind")));
        all.push((Make::KeyBefore(between), plain, says("before")));
    }
    all.push((
        Make::KeyAround,
        plain,
        "the body with the secret on both sides".to_owned(),
    ));
    for inner in [Hash::Sha256, Hash::Sha1, Hash::Md5, Hash::Sha512] {
        let says = format!(
            "the HMAC is over the hexadecimal text of the body's {}",
            inner.title()
        );
        all.push((Make::OfHex(inner), double, says));
    }
    all.push((
        Make::HashOfHex,
        double,
        "the hexadecimal text of the HMAC was hashed again".to_owned(),
    ));
    all.push((
        Make::HmacOfHex,
        double,
        "the hexadecimal text of the HMAC was signed again".to_owned(),
    ));
    all
}

/// The forms in which schemes put a timestamp, and perhaps an id, beside the body.
fn timestamped(headers: &Headers, time: Option<&[u8]>) -> Vec<Construction> {
    let mut times = named(headers, &["timestamp", "date", "-time"]);
    times.extend(time.filter(|time| time.len() <= LONGEST).map(|time| Piece {
        bytes: time.to_vec(),
        formula: "t".to_owned(),
    }));
    let ids = named(
        headers,
        &[
            "webhook-id",
            "svix-id",
            "delivery",
            "request-id",
            "message-id",
        ],
    );
    let mut all = Vec::new();
    for time in &times {
        let says = format!(
            "The value of `{}` was signed together with the body.",
            time.formula
        );
        let mut add = |before: &[&Piece], after: &[&Piece]| {
            let pieces = |list: &[&Piece]| -> Vec<Piece> {
                let list = list.iter().filter(|piece| !piece.bytes.is_empty());
                list.map(|piece| (*piece).clone()).collect()
            };
            let cause = Cause::with("scheme.timestamp", says.clone());
            all.push(hmac(pieces(before), pieces(after), vec![cause]));
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
    headers
        .iter()
        .map(|(name, value)| Piece {
            bytes: value.trim_ascii().to_vec(),
            formula: name.to_ascii_lowercase(),
        })
        .filter(|piece| (1..=LONGEST).contains(&piece.bytes.len()))
        .filter(|piece| words.iter().any(|word| piece.formula.contains(word)))
        .take(MOST)
        .collect()
}
