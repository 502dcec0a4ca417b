//! The received value, read in every way that makes sense: with another prefix, in another encoding, cut off, in a
//! list. Its length says which hash function it can be of.

use crate::webhook::signature::scheme::Scheme;

use super::cause::Cause;
use super::digest::Hash;
use super::written::Written;

/// The fewest bytes of a cut-off signature that prove anything: no accident gives 64 bits.
const FEWEST: usize = 8;

/// How many characters fewer than the whole a cut-off signature has at least: one or two that are missing
/// or damaged are a typing error, not a column that is too short.
const MISSING: usize = 4;

/// The longest value that is looked at, in bytes: none of the schemes' is nearly as long.
const LONGEST: usize = 512;

/// The most parts of a list that are looked at.
const MOST_ITEMS: usize = 8;

/// Prefixes that schemes put before a signature.
const PREFIXES: &[&str] = &[
    "sha256=",
    "sha1=",
    "sha512=",
    "md5=",
    "hmac-sha256=",
    "hmac-sha1=",
    "v1=",
    "v1,",
    "v0=",
    "signature=",
    "Bearer ",
    "hmac ",
    "HMAC ",
    "sha256:",
    "sha1:",
    "SHA256=",
    "SHA1=",
    "sha-256=",
];

/// One way to read the received value.
#[derive(Clone, Debug)]
pub struct Reading<'s> {
    /// The text without its prefix, which the proof must give again.
    text: String,
    written: Written,
    is_cut_off: bool,
    /// The digest's bytes, or its first ones.
    pub digest: Vec<u8>,
    /// The hash function that it is of.
    pub hash: Hash,
    /// The scheme that it is read under.
    pub scheme: &'s Scheme,
    /// What is wrong with the value when it is read like this.
    pub causes: Vec<Cause>,
    /// The timestamp that stands beside it in a list.
    pub time: Option<Vec<u8>>,
    before: String,
    after: String,
}

impl Reading<'_> {
    /// The same with one more cause, if there is one.
    #[must_use]
    pub fn with(mut self, cause: Option<Cause>) -> Self {
        self.causes.extend(cause);
        self
    }

    /// Whether only the beginning of a digest was received.
    pub fn is_cut_off(&self) -> bool {
        self.is_cut_off
    }

    /// The encoding, for people.
    pub fn written_as(&self) -> &'static str {
        self.written.name()
    }

    /// Whether a whole digest, written in this form, is what was received.
    pub fn is(&self, digest: &[u8]) -> bool {
        let whole = self.written.write(digest);
        match self.is_cut_off {
            true => whole.starts_with(&self.text),
            false => whole == self.text,
        }
    }

    /// The formula of the received value, for that of the digest.
    pub fn formula(&self, inner: &str) -> String {
        let written = self.written.formula(inner);
        let mut whole = match self.before.is_empty() {
            true => written,
            false => format!("\"{}\" + {written}", self.before),
        };
        if !self.after.is_empty() {
            whole.push_str(&format!(" + \"{}\"", self.after));
        }
        match self.is_cut_off {
            true => format!("first {} of {whole}", self.before.len() + self.text.len()),
            false => whole,
        }
    }
}

/// Where in a header's value a text stands that may be the signature.
#[derive(Clone, Copy)]
struct Place<'v> {
    before: &'v str,
    text: &'v str,
    after: &'v str,
}

/// Every way to read a header value under `scheme`, those with the fewest causes first.
pub fn readings<'s>(value: &[u8], scheme: &'s Scheme) -> Vec<Reading<'s>> {
    let Ok(value) = std::str::from_utf8(value.trim_ascii()) else {
        return Vec::new();
    };
    if value.len() > LONGEST {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (before, text) in bare(value, scheme) {
        let place = Place {
            before,
            text,
            after: "",
        };
        let cause = |hash| prefix_cause(before, scheme, hash);
        found.extend(
            Written::ALL
                .iter()
                .flat_map(|written| read(place, *written, scheme, cause)),
        );
    }
    found.extend(listed(value, scheme));
    found.sort_by_key(|reading: &Reading<'_>| reading.causes.len());
    found
}

/// The value without its prefix, with the prefix.
fn bare<'v>(value: &'v str, scheme: &Scheme) -> Vec<(&'v str, &'v str)> {
    let known = std::iter::once(scheme.prefix.as_str())
        .chain(PREFIXES.iter().copied())
        .filter(|prefix| !prefix.is_empty());
    let mut all = vec![("", value)];
    for prefix in known {
        if let Some(text) = value.strip_prefix(prefix)
            && let Some(prefix) = value.get(..prefix.len())
            && !all.contains(&(prefix, text))
        {
            all.push((prefix, text));
        }
    }
    all
}

/// What stands in a list such as `t=1700000000,v1=…`: whole signatures only, as there may be many.
fn listed<'s>(value: &str, scheme: &'s Scheme) -> Vec<Reading<'s>> {
    let mut items = Vec::new();
    let mut start = 0;
    for item in value.split([',', ';']).take(MOST_ITEMS) {
        let end = start + item.len();
        if let Some((name, text)) = item.split_once('=') {
            let place = Place {
                before: value.get(..end - text.len()).unwrap_or_default(),
                text,
                after: value.get(end..).unwrap_or_default(),
            };
            items.push((name.trim(), place));
        }
        start = end + 1;
    }
    if items.len() < 2 {
        return Vec::new();
    }
    let time = items.iter().find(|(name, _)| matches!(*name, "t" | "ts"));
    let time = time.map(|(_, place)| place.text.as_bytes().to_vec());
    let mut found = Vec::new();
    for (name, place) in items {
        let cause = |_| Some(Cause::with("header.list", name));
        for written in Written::ALL {
            let all = read(place, written, scheme, cause).into_iter();
            found.extend(
                all.filter(|reading| !reading.is_cut_off)
                    .map(|reading| Reading {
                        time: time.clone(),
                        ..reading
                    }),
            );
        }
    }
    found
}

fn read<'s>(
    place: Place<'_>,
    written: Written,
    scheme: &'s Scheme,
    prefix_cause: impl Fn(Hash) -> Option<Cause>,
) -> Vec<Reading<'s>> {
    let Some(digest) = written.read(place.text) else {
        return Vec::new();
    };
    let own = Hash::of(scheme.algorithm);
    let mut found = Vec::new();
    for hash in Hash::ALL {
        let whole = written.write(&vec![0; hash.length()]).len();
        let length = place.text.len();
        let is_cut_off = length < whole;
        let is_possible = match is_cut_off {
            true => digest.len() >= FEWEST && length + MISSING <= whole,
            false => length == whole && digest.len() == hash.length(),
        };
        if !is_possible {
            continue;
        }
        let mut causes = Vec::new();
        if hash != own {
            causes.push(Cause::with("scheme.algorithm", hash.title()));
        }
        causes.extend(prefix_cause(hash));
        causes.extend(written.cause(scheme.encoding));
        if is_cut_off {
            causes.push(Cause::with("header.truncated", length.to_string()));
        }
        found.push(Reading {
            text: place.text.to_owned(),
            written,
            is_cut_off,
            digest: digest.clone(),
            hash,
            scheme,
            causes,
            time: None,
            before: place.before.to_owned(),
            after: place.after.to_owned(),
        });
    }
    found
}

/// What is wrong with a prefix. One that names the wrong hash function goes with that one.
fn prefix_cause(prefix: &str, scheme: &Scheme, hash: Hash) -> Option<Cause> {
    let word = prefix.to_ascii_lowercase().replace('-', "");
    let is_named = hash != Hash::of(scheme.algorithm) && word.contains(&hash.name().to_lowercase());
    if prefix == scheme.prefix {
        None
    } else if prefix.is_empty() {
        Some(Cause::with("prefix.missing", scheme.prefix.clone()))
    } else if scheme.prefix.is_empty() {
        Some(Cause::with("prefix.extra", prefix))
    } else if is_named {
        None
    } else {
        let says = format!("`{prefix}` before it instead of `{}`", scheme.prefix);
        Some(Cause::with("prefix.other", says))
    }
}
