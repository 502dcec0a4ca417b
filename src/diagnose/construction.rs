//! What is made of a key and a message: the scheme's own HMAC, and what people make instead of it.

use crate::webhook::delivery::Headers;
use crate::webhook::scheme::{Part, Scheme};

use super::cause::Cause;
use super::digest::{self, Hash, Keyed};
use super::key::Key;

/// The longest header value that is taken for a timestamp or an id.
const LONGEST: usize = 64;

/// What is done with key and message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Make {
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

/// A way to make a signature of a key and a body.
#[derive(Clone, Debug)]
pub struct Construction {
    make: Make,
    before: Vec<(Vec<u8>, String)>,
    after: Vec<(Vec<u8>, String)>,
    /// How it differs from the scheme's.
    pub causes: Vec<Cause>,
}

impl Construction {
    /// Whether the key has any part in it.
    pub fn is_keyed(&self) -> bool {
        self.make != Make::Plain
    }

    /// In which round it is tried: the scheme's own, what people often make, what few make.
    pub fn round(&self) -> usize {
        match self.make {
            _ if self.causes.is_empty() => 0,
            Make::KeyBefore(between) | Make::KeyAfter(between) if !between.is_empty() => 2,
            Make::KeyAround | Make::OfHex(Hash::Md5 | Hash::Sha512) => 2,
            _ => 1,
        }
    }

    /// Whether it is the HMAC of the body with nothing beside it.
    pub fn is_body_alone(&self) -> bool {
        self.make == Make::Hmac && self.before.is_empty() && self.after.is_empty()
    }

    /// Whether this makes what begins with `received`. `keyed` is `key`, prepared for `hash`.
    pub fn makes(
        &self,
        hash: Hash,
        key: &Key,
        keyed: &Keyed,
        body: &[u8],
        received: &[u8],
    ) -> bool {
        let message = self.message(body);
        match self.make {
            Make::Hmac => keyed.begins_with(&message, received),
            _ => digest::begins_with(&self.digest(hash, key, keyed, body), received),
        }
    }

    /// The whole digest.
    pub fn digest(&self, hash: Hash, key: &Key, keyed: &Keyed, body: &[u8]) -> Vec<u8> {
        let message = self.message(body);
        let secret: &[u8] = &key.bytes;
        let with =
            |before: &[&[u8]], after: &[&[u8]]| hash.digest(&[before, &message, after].concat());
        let hexed = |digest: &[u8]| crate::webhook::hex::encode(digest).into_bytes();
        match self.make {
            Make::Hmac => keyed.mac(&message),
            Make::Plain => with(&[], &[]),
            Make::KeyBefore(between) => with(&[secret, between.as_bytes()], &[]),
            Make::KeyAfter(between) => with(&[], &[between.as_bytes(), secret]),
            Make::KeyAround => with(&[secret], &[secret]),
            Make::Swapped => hash.keyed(&message.concat()).mac(&[secret]),
            Make::OfHex(inner) => keyed.mac(&[&hexed(&inner.digest(&message))]),
            Make::HashOfHex => hash.digest(&[&hexed(&keyed.mac(&message))]),
            Make::HmacOfHex => keyed.mac(&[&hexed(&keyed.mac(&message))]),
        }
    }

    fn message<'m>(&'m self, body: &'m [u8]) -> Vec<&'m [u8]> {
        let pieces = |list: &'m [(Vec<u8>, String)]| list.iter().map(|(bytes, _)| bytes.as_slice());
        pieces(&self.before)
            .chain([body])
            .chain(pieces(&self.after))
            .collect()
    }

    /// The digest's formula, for those of key and body.
    pub fn formula(&self, hash: Hash, key: &str, body: &str) -> String {
        let pieces = |list: &[(Vec<u8>, String)]| -> Vec<String> {
            list.iter().map(|(_, formula)| formula.clone()).collect()
        };
        let message = [
            pieces(&self.before),
            vec![body.to_owned()],
            pieces(&self.after),
        ]
        .concat()
        .join(" + ");
        let name = hash.name();
        let between = |text: &str| match text {
            "" => " + ".to_owned(),
            text => format!(" + \"{}\" + ", text.replace('\n', "\\n")),
        };
        match self.make {
            Make::Hmac => format!("HMAC-{name}({key}, {message})"),
            Make::Plain => format!("{name}({message})"),
            Make::KeyBefore(text) => format!("{name}({key}{}{message})", between(text)),
            Make::KeyAfter(text) => format!("{name}({message}{}{key})", between(text)),
            Make::KeyAround => format!("{name}({key} + {message} + {key})"),
            Make::Swapped => format!("HMAC-{name}({message}, {key})"),
            Make::OfHex(inner) => format!("HMAC-{name}({key}, hex({}({message})))", inner.name()),
            Make::HashOfHex => format!("{name}(hex(HMAC-{name}({key}, {message})))"),
            Make::HmacOfHex => format!("HMAC-{name}({key}, hex(HMAC-{name}({key}, {message})))"),
        }
    }
}

/// The ways to try under `scheme`, the scheme's own first.
pub fn constructions(scheme: &Scheme, headers: &Headers, value: &[u8]) -> Vec<Construction> {
    let own = own(scheme, headers);
    let mut all: Vec<Construction> = own.iter().cloned().collect();
    let body_alone = Construction {
        make: Make::Hmac,
        before: vec![],
        after: vec![],
        causes: vec![],
    };
    let own = own.unwrap_or_else(|| body_alone.clone());
    for (make, code, detail) in makes() {
        let mut one = own.clone();
        one.make = make;
        one.causes = vec![Cause::with(code, detail)];
        all.push(one);
    }
    let signs_more = !own.before.is_empty() || !own.after.is_empty();
    if signs_more || all.is_empty() {
        let says =
            "The body alone was signed, without the timestamp that the scheme puts before it.";
        all.push(Construction {
            causes: vec![Cause::with("scheme.timestamp", says)],
            ..body_alone.clone()
        });
    }
    all.extend(timestamped(headers, value));
    all
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
            Part::Text(text) => (text.clone().into_bytes(), format!("\"{text}\"")),
            Part::Header(name) => (headers.get(name)?.to_vec(), name.clone()),
        };
        match is_before {
            true => before.push(piece),
            false => after.push(piece),
        }
    }
    Some(Construction {
        make: Make::Hmac,
        before,
        after,
        causes: vec![],
    })
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
fn timestamped(headers: &Headers, value: &[u8]) -> Vec<Construction> {
    let named = |words: &[&str]| -> Vec<(String, Vec<u8>)> {
        headers
            .iter()
            .filter(|(name, value)| {
                let name = name.to_ascii_lowercase();
                value.len() <= LONGEST && words.iter().any(|word| name.contains(word))
            })
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim_ascii().to_vec()))
            .take(4)
            .collect()
    };
    let mut times = named(&["timestamp", "date", "-time"]);
    let inside = value
        .split(|b| *b == b',')
        .find_map(|part| part.trim_ascii().strip_prefix(b"t="));
    if let Some(time) = inside.filter(|time| time.len() <= LONGEST) {
        times.push(("t".to_owned(), time.to_vec()));
    }
    let ids = named(&[
        "webhook-id",
        "svix-id",
        "delivery",
        "request-id",
        "message-id",
    ]);
    let mut all = Vec::new();
    for (name, time) in &times {
        let piece = || (time.clone(), name.clone());
        let text = |text: &str| {
            (
                text.as_bytes().to_vec(),
                format!("\"{}\"", text.replace('\n', "\\n")),
            )
        };
        let says = format!("The value of `{name}` was signed together with the body.");
        let mut add = |before: Vec<(Vec<u8>, String)>, after: Vec<(Vec<u8>, String)>| {
            all.push(Construction {
                make: Make::Hmac,
                before,
                after,
                causes: vec![Cause::with("scheme.timestamp", says.clone())],
            });
        };
        for between in [".", "", ":", "\n"] {
            let joint = |list: [(Vec<u8>, String); 2]| -> Vec<_> {
                list.into_iter()
                    .filter(|(bytes, _)| !bytes.is_empty())
                    .collect()
            };
            add(joint([piece(), text(between)]), vec![]);
            add(vec![], joint([text(between), piece()]));
        }
        add(vec![text("v0:"), piece(), text(":")], vec![]);
        for (id_name, id) in &ids {
            add(
                vec![(id.clone(), id_name.clone()), text("."), piece(), text(".")],
                vec![],
            );
        }
    }
    all
}
