//! Every value among a delivery's headers that may be its signature, read in every way that makes sense: in
//! another header, after another prefix, in another encoding, in a list, or cut off. Its length says which hash
//! function it can be of.

use std::ops::Range;

use crate::webhook::delivery::Delivery;
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::signature::format::{Item, ItemList, Layout};
use crate::webhook::signature::mac::Hash;
use crate::webhook::signature::scheme::Scheme;

use super::cause::{Cause, RARE, weight};
use super::digest_encoding::DigestEncoding;

/// The most values of one header, and the most unknown headers, that are looked at.
const MAX_VALUES: usize = 4;

/// The fewest bytes of a cut-off signature that prove anything: 64 bits do not match by accident.
const MIN_CUT_OFF: usize = 8;

/// The fewest characters that are missing from a cut-off signature: one or two that are missing or damaged
/// are a typing error, not a column that is too short.
const MIN_MISSING: usize = 4;

/// The most characters that stripping removes from a digest.
const MAX_STRIPPED: usize = 8;

/// The longest value that is looked at, in bytes: no scheme's is nearly as long.
const MAX_VALUE: usize = 512;

/// The most items of a list that are looked at.
const MAX_ITEMS: usize = 8;

/// The longest prefix that is not one of the known ones, in bytes.
const MAX_PREFIX: usize = 32;

/// The most characters of a name before a digest that look like hexadecimal digits.
const MAX_NAME_DIGITS: usize = 5;

/// The most places within a value that are looked at.
const MAX_RUNS: usize = 8;

/// Prefixes that schemes put before a signature.
pub const PREFIXES: &[&str] = &[
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

/// How much of a digest was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    Whole,
    /// The beginning.
    First,
    /// The end.
    Last,
    /// All but the characters at its ends that are also in a prefix, as `strip` of many languages removes them.
    Stripped,
    /// The whole digest of nothing, after the bytes of a body: what Go's `Sum` gives for its argument.
    Appended,
}

/// One way to read a received value as a signature.
#[derive(Clone, Debug)]
pub struct SignatureCandidate<'s> {
    /// The encoded digest as received, which a proof must reproduce.
    text: String,
    pub encoding: DigestEncoding,
    pub extent: Extent,
    /// The digest's bytes, or its first ones; empty where only its end is known.
    pub digest: Vec<u8>,
    pub hash: Hash,
    pub scheme: &'s Scheme,
    /// What is wrong with the value when it is read like this.
    pub causes: Vec<Cause>,
    /// The items next to it in a list.
    pub items: Vec<(String, Vec<u8>)>,
    /// The header that it is in, by its place among all headers.
    pub header: usize,
    before: String,
    after: String,
    /// The bytes that are encoded with the digest, before it.
    lead: Vec<u8>,
}

/// The characters that may be stripped.
const STRIPPED: &str = "sha256=";

impl SignatureCandidate<'_> {
    /// Whether a digest, encoded like this, is what was received.
    pub fn is(&self, digest: &[u8]) -> bool {
        let whole = match self.lead.is_empty() {
            true => self.encoding.encode(digest),
            false => self.encoding.encode(&[&self.lead, digest].concat()),
        };
        let is_short = whole.len() > self.text.len();
        match self.extent {
            Extent::Whole | Extent::Appended => whole == self.text,
            Extent::First => is_short && whole.starts_with(&self.text),
            Extent::Last => is_short && whole.ends_with(&self.text),
            Extent::Stripped => {
                let (left, right) = whole.split_once(&self.text).unwrap_or(("x", ""));
                let is_stripped = |text: &str| text.chars().all(|c| STRIPPED.contains(c));
                !left.is_empty() && is_stripped(left) && is_stripped(right)
            }
        }
    }

    /// Where the digest is in the header's value.
    pub fn place(&self, value: &[u8]) -> Range<usize> {
        let start = value.len() - value.trim_ascii_start().len() + self.before.len();
        start..start + self.text.len()
    }

    /// As much of another digest as was received of this one, encoded like it, where the body is `body`; `None` where
    /// that digest has no such form.
    pub fn written(&self, digest: &[u8], body: &[u8]) -> Option<String> {
        let encoded = match self.extent {
            Extent::Appended => self.encoding.encode(&[body, digest].concat()),
            _ => self.encoding.encode(digest),
        };
        let length = self.text.len();
        match self.extent {
            Extent::Whole | Extent::First => encoded.get(..length),
            Extent::Last => encoded.get(encoded.len().checked_sub(length)?..),
            Extent::Appended => Some(&*encoded),
            // Another digest may have other characters at its ends.
            Extent::Stripped => {
                let stripped = encoded.trim_matches(|c| STRIPPED.contains(c));
                (stripped.len() < encoded.len()).then_some(stripped)
            }
        }
        .map(str::to_owned)
    }

    /// How unlikely it is.
    pub fn weight(&self) -> usize {
        weight(&self.causes)
    }

    /// The formula of the received value, for that of the digest.
    pub fn formula(&self, digest: &str) -> String {
        let lead = if self.lead.is_empty() { "" } else { "body + " };
        let mut whole = self.encoding.names().1.replace("{}", &format!("{lead}{digest}"));
        if self.extent == Extent::Last {
            whole = format!("last {} of {whole}", self.text.len());
        }
        if self.extent == Extent::Stripped {
            whole = format!("strip({whole}, \"{STRIPPED}\")");
        }
        if !self.before.is_empty() {
            whole = format!("\"{}\" + {whole}", self.before);
        }
        if !self.after.is_empty() {
            whole.push_str(&format!(" + \"{}\"", self.after));
        }
        match self.extent {
            Extent::First => format!("first {} of {whole}", self.before.len() + self.text.len()),
            _ => whole,
        }
    }
}

/// The provider's scheme that a delivery is explained under: an HMAC, preferably one whose header the delivery has.
pub fn scheme_in<'p>(provider: &'p Provider, delivery: &Delivery) -> Option<&'p Scheme> {
    let schemes = || provider.signatures.iter().filter(|scheme| is_diagnosed(scheme));
    let is_there =
        |scheme: &&Scheme| scheme.header().is_some_and(|name| delivery.headers.get(name).is_some());
    schemes().find(is_there).or_else(|| schemes().next())
}

/// Whether signatures of a scheme can be explained.
fn is_diagnosed(scheme: &Scheme) -> bool {
    scheme.algorithm.hmac().is_some() && scheme.header().is_some()
}

/// Every way to read what may be the delivery's signature, under the provider's scheme and under others',
/// those with the fewest causes first.
pub fn candidates<'q>(
    delivery: &'q Delivery,
    provider: Option<&'q Provider>,
    catalog: &'q Catalog,
) -> Vec<SignatureCandidate<'q>> {
    let headers = &delivery.headers;
    let own = provider.and_then(|provider| scheme_in(provider, delivery));
    let mut found: Vec<SignatureCandidate<'_>> = Vec::new();
    let mut known_headers = Vec::new();
    let read = |value: &'q [u8], scheme: &'q Scheme, cause: Option<Cause>| {
        let place = headers.iter().position(|(_, other)| std::ptr::eq(other, value));
        let mut all = read_value(value, scheme, &delivery.body);
        for one in &mut all {
            one.causes.extend(cause.clone());
            one.header = place.unwrap_or_default();
        }
        all
    };
    if let Some(scheme) = own {
        let header = scheme.header().unwrap_or_default();
        let values: Vec<_> = headers.all(header).collect();
        let is_repeated = values.len() > 1;
        for value in values.iter().take(MAX_VALUES) {
            let times = values.len().to_string();
            let cause = is_repeated.then(|| Cause::with("header.repeated", times));
            found.extend(read(value, scheme, cause));
        }
        known_headers.push(header);
    }
    known_headers.extend(catalog.signature_headers());
    for provider in catalog.signing_with(headers) {
        let Some(scheme) = scheme_in(provider, delivery) else {
            continue;
        };
        if own.is_some_and(|own| writes_the_same(own, scheme)) {
            continue;
        }
        let header = scheme.header().unwrap_or_default();
        let value = headers.get(header);
        let is_one = |value: &&[u8]| scheme.matches_format(value.trim_ascii());
        let Some(value) = value.filter(is_one) else {
            continue;
        };
        let says = format!("{header} of {} ({})", provider.name, scheme.describe_format());
        let cause = Cause::with("header.other_provider", says);
        let mut all = read(value, scheme, Some(cause));
        all.retain(|candidate| candidate.causes.len() == 1);
        found.extend(all);
    }
    if let Some(scheme) = own {
        for (name, value) in unknown_signatures(delivery, &known_headers) {
            let own = scheme.header().unwrap_or_default();
            let says = format!("`{name}`, not in `{own}`");
            let cause = Some(Cause::with("header.renamed", says));
            found.extend(read(value, scheme, cause));
        }
    }
    found.sort_by_key(SignatureCandidate::weight);
    found
}

/// Whether two schemes write the same header.
fn writes_the_same(one: &Scheme, other: &Scheme) -> bool {
    let written =
        |scheme: &Scheme| Scheme { name: None, timestamp: None, id: None, ..scheme.clone() };
    written(one) == written(other)
}

/// Headers that may hold a signature by their names, and are no known provider's.
fn unknown_signatures<'d>(
    delivery: &'d Delivery,
    known: &[&str],
) -> impl Iterator<Item = (String, &'d [u8])> {
    let all = delivery.headers.iter();
    all.map(|(name, value)| (name.to_ascii_lowercase(), value))
        .filter(|(name, _)| name.contains("signature") || name.contains("hmac"))
        .filter(move |(name, _)| !known.contains(&name.as_str()))
        .take(MAX_VALUES)
}

/// Every way to read a header value under `scheme`, the likeliest first.
pub fn read_value<'s>(
    value: &[u8],
    scheme: &'s Scheme,
    body: &[u8],
) -> Vec<SignatureCandidate<'s>> {
    let Ok(value) = std::str::from_utf8(value.trim_ascii()) else {
        return Vec::new();
    };
    let mut found = appended(value, scheme, body);
    if value.len() > MAX_VALUE {
        return found;
    }
    // The header's whole line, as it was copied.
    if let Some(name) = scheme.header()
        && let Some((start, _)) = value.split_at_checked(name.len())
        && start.eq_ignore_ascii_case(name)
    {
        let bare = value.get(name.len()..).unwrap_or_default();
        let bare = bare.trim_start_matches([':', '=', ' ']);
        let head = value.strip_suffix(bare).unwrap_or_default();
        let cause = Cause::with("header.name_in_value", name);
        for mut one in read_text(bare, scheme) {
            one.before.insert_str(0, head);
            one.causes.push(cause.clone());
            found.push(one);
        }
    } else {
        found.extend(read_text(value, scheme));
    }
    found.sort_by_key(SignatureCandidate::weight);
    found
}

/// Every way to read a text: in the layouts of schemes, then anywhere within it.
fn read_text<'s>(value: &str, scheme: &'s Scheme) -> Vec<SignatureCandidate<'s>> {
    let mut found = Vec::new();
    for layout in layouts(scheme) {
        let items: Vec<_> = layout.items(value.as_bytes()).take(MAX_ITEMS).collect();
        let is_list = matches!(layout, Layout::Items(_));
        // One item is a list where the scheme says so.
        if is_list && items.len() < 2 && layout != scheme.format.layout {
            continue;
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let beside: Vec<_> =
            items.iter().map(|item| (text(item.name), item.text.to_vec())).collect();
        for item in &items {
            let all = read_item(value, item, is_list, scheme).into_iter();
            // There may be many signatures in a list: only whole ones are looked at.
            let whole = all.filter(|candidate| !is_list || candidate.extent == Extent::Whole);
            found.extend(
                whole.map(|candidate| SignatureCandidate { items: beside.clone(), ..candidate }),
            );
        }
    }
    for one in within(value, scheme) {
        let is_known = |known: &SignatureCandidate<'_>| {
            (&known.text, known.hash, known.extent) == (&one.text, one.hash, one.extent)
        };
        if !found.iter().any(is_known) {
            found.push(one);
        }
    }
    found
}

/// Whole digests within a longer text, such as one after a prefix that no scheme has.
fn within<'s>(value: &str, scheme: &'s Scheme) -> Vec<SignatureCandidate<'s>> {
    let is_digit = |c: char| c.is_ascii_alphanumeric() || "+/=_-".contains(c);
    let mut runs: Vec<(usize, &str)> = Vec::new();
    for (start, run) in
        value.split(|c| !is_digit(c)).map(|run| (run.as_ptr().addr() - value.as_ptr().addr(), run))
    {
        if run.len() < 16 || runs.len() >= MAX_RUNS {
            continue;
        }
        runs.push((start, run));
        // What is after the last `=`, `-` or `_` that is not padding, and what is hexadecimal at the end.
        let bare = run.trim_end_matches('=');
        for mark in ['=', '-', '_'] {
            if let Some(at) = bare.find(mark) {
                runs.push((start + at + 1, run.get(at + 1..).unwrap_or_default()));
            }
            if let Some(at) = bare.rfind(mark) {
                runs.push((start + at + 1, run.get(at + 1..).unwrap_or_default()));
            }
        }
        for hash in Hash::ALL {
            let at = run.len().saturating_sub(hash.length() * 2);
            let digits = run.bytes().rev().take_while(u8::is_ascii_hexdigit).count();
            // The end of a name such as `sha256` may look like digits.
            let is_after_name = digits < run.len() && digits <= run.len() - at + MAX_NAME_DIGITS;
            let tail = run.get(at..).filter(|_| is_after_name && digits >= run.len() - at);
            runs.extend(tail.map(|tail| (start + at, tail)));
        }
    }
    let mut found = Vec::new();
    for (start, text) in runs {
        let item = Item { name: b"", text: text.as_bytes(), start };
        for mut one in read_item(value, &item, false, scheme) {
            if one.extent != Extent::Whole || one.before.is_empty() && one.after.is_empty() {
                continue;
            }
            // A single character at the end is a damaged one, unless it closes something.
            let is_damaged = one.after.chars().count() == 1
                && !one.after.ends_with(|c| ",;'\"`)]}> ".contains(c));
            if is_damaged {
                continue;
            }
            if !one.after.is_empty() || one.before.len() > MAX_PREFIX {
                one.causes.retain(|cause| !cause.code.starts_with("prefix."));
                one.causes.push(Cause::plain("header.embedded").weighing(RARE));
            }
            found.push(one);
        }
    }
    found
}

/// The digest of nothing after a body, in an encoding of both.
fn appended<'s>(value: &str, scheme: &'s Scheme, body: &[u8]) -> Vec<SignatureCandidate<'s>> {
    let prefix = scheme.format.layout.prefix();
    let (before, text) = match value.strip_prefix(prefix) {
        Some(text) => (prefix, text),
        None => ("", value),
    };
    let mut found = Vec::new();
    if text.len() > (body.len() + 64) * 4 {
        return found;
    }
    for encoding in [DigestEncoding::Hex, DigestEncoding::Base64, DigestEncoding::Base64Url] {
        let Some(bytes) = encoding.decode(text) else {
            continue;
        };
        for hash in Hash::ALL {
            let at = bytes.len().saturating_sub(hash.length());
            let (lead, digest) = bytes.split_at(at);
            let is_body = lead == body || matches!(lead, [b'{' | b'[', ..]) && lead.len() > 8;
            if lead.is_empty() || !is_body || encoding.encode(&bytes) != text {
                continue;
            }
            let algorithm = Cause::with("scheme.algorithm", hash.title());
            let causes = [
                Some(Cause::plain("scheme.appended")),
                (Some(hash) != scheme.algorithm.hmac()).then_some(algorithm),
                encoding.cause(scheme.format.encoding),
            ];
            found.push(SignatureCandidate {
                text: text.to_owned(),
                encoding,
                extent: Extent::Appended,
                digest: digest.to_vec(),
                hash,
                scheme,
                causes: causes.into_iter().flatten().collect(),
                items: Vec::new(),
                header: 0,
                before: before.to_owned(),
                after: String::new(),
                lead: lead.to_vec(),
            });
        }
    }
    found
}

/// The layouts that a value may have: bare, the scheme's own, and those of other schemes.
fn layouts(scheme: &Scheme) -> Vec<Layout> {
    let mut all = vec![Layout::Prefix(String::new())];
    let prefixes = PREFIXES.iter().map(|one| Layout::Prefix((*one).to_owned()));
    // The separators of the lists that schemes write, such as `t=1700000000,v1=…`.
    let lists = [b',', b';'].map(|separator| {
        let signature = String::new();
        Layout::Items(ItemList { separator, assign: b'=', signature })
    });
    let known = std::iter::once(scheme.format.layout.clone());
    for layout in known.chain(prefixes).chain(lists) {
        if !all.contains(&layout) {
            all.push(layout);
        }
    }
    all
}

/// Every way to read one item of a value: in each encoding, as the digest of each hash function.
fn read_item<'s>(
    value: &str,
    item: &Item<'_>,
    is_list: bool,
    scheme: &'s Scheme,
) -> Vec<SignatureCandidate<'s>> {
    let end = item.start + item.text.len();
    let (Some(before), Some(text), Some(after)) =
        (value.get(..item.start), value.get(item.start..end), value.get(end..))
    else {
        return Vec::new();
    };
    let own = scheme.algorithm.hmac();
    let is_whole_of_any = Hash::ALL.iter().any(|hash| text.len() == hash.length() * 2);
    let mut found = Vec::new();
    for encoding in DigestEncoding::ALL {
        let Some(digest) = encoding.decode(text) else {
            continue;
        };
        for hash in Hash::ALL {
            let whole = encoding.encoded_len(hash.length());
            let missing = whole.saturating_sub(text.len());
            let is_long = digest.len() >= MIN_CUT_OFF;
            let is_own = Some(hash) == own && encoding.cause(scheme.format.encoding).is_none();
            let is_part = missing > 0 && is_long && !is_list;
            let extents = [
                (missing == 0 && text.len() == whole && digest.len() == hash.length())
                    .then_some(Extent::Whole),
                (is_long && missing >= MIN_MISSING).then_some(Extent::First),
                (is_part && missing >= MIN_MISSING && (is_own || !is_whole_of_any))
                    .then_some(Extent::Last),
                (is_part && missing <= MAX_STRIPPED && (is_own || !is_whole_of_any))
                    .then_some(Extent::Stripped),
            ];
            let algorithm = Cause::with("scheme.algorithm", hash.title());
            let is_own_item = match &scheme.format.layout {
                Layout::Items(list) => item.name == list.signature.as_bytes(),
                Layout::Prefix(_) => false,
            };
            for extent in extents.into_iter().flatten() {
                let around = match is_list {
                    true if is_own_item => None,
                    true => Some(Cause::with("header.list", String::from_utf8_lossy(item.name))),
                    // What removes characters removes the prefix, too.
                    false if extent == Extent::Stripped => None,
                    false => prefix_cause(before, scheme, hash),
                };
                let length = text.len().to_string();
                let cut = match extent {
                    Extent::Whole | Extent::Appended => None,
                    Extent::First => Some(Cause::with("header.truncated", length)),
                    Extent::Last => {
                        Some(Cause::with("header.start_missing", length).weighing(RARE))
                    }
                    Extent::Stripped => Some(Cause::plain("header.stripped").weighing(RARE)),
                };
                let causes = [
                    (Some(hash) != own).then(|| algorithm.clone()),
                    around,
                    encoding.cause(scheme.format.encoding),
                    cut,
                ];
                let is_start = matches!(extent, Extent::Whole | Extent::First);
                found.push(SignatureCandidate {
                    text: text.to_owned(),
                    encoding,
                    extent,
                    digest: if is_start { digest.clone() } else { Vec::new() },
                    hash,
                    scheme,
                    causes: causes.into_iter().flatten().collect(),
                    items: Vec::new(),
                    header: 0,
                    before: before.to_owned(),
                    after: after.to_owned(),
                    lead: Vec::new(),
                });
            }
        }
    }
    found
}

/// What is wrong with a prefix. A prefix that names the wrong hash function is explained by that function.
fn prefix_cause(prefix: &str, scheme: &Scheme, hash: Hash) -> Option<Cause> {
    let own = scheme.format.layout.prefix();
    let word = prefix.to_ascii_lowercase().replace('-', "");
    let is_named =
        Some(hash) != scheme.algorithm.hmac() && word.contains(&hash.name().to_lowercase());
    let says = format!("`{prefix}` before it instead of `{own}`");
    match (prefix, own) {
        _ if prefix == own => None,
        ("", _) => Some(Cause::with("prefix.missing", own)),
        (_, "") => Some(Cause::with("prefix.extra", prefix)),
        _ if is_named => None,
        _ => Some(Cause::with("prefix.other", says)),
    }
}
