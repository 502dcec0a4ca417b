//! Every value among a delivery's headers that may be its signature, read in every way that makes sense: in
//! another header, after another prefix, in another encoding, in a list, or cut off. Its length says which hash
//! function it can be of.

use std::ops::Range;
use std::sync::LazyLock;

use data_encoding::{
    BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, Encoding as Codec, HEXLOWER, HEXUPPER,
};

use crate::webhook::delivery::Delivery;
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::signature::format::{Encoding, Item, ItemList, Layout};
use crate::webhook::signature::mac::Hash;
use crate::webhook::signature::scheme::Scheme;

use super::cause::Cause;

/// The most values of one header, and the most unknown headers, that are looked at.
const MAX_VALUES: usize = 4;

/// The fewest bytes of a cut-off signature that prove anything: 64 bits do not match by accident.
const MIN_CUT_OFF: usize = 8;

/// The fewest characters that are missing from a cut-off signature: one or two that are missing or damaged
/// are a typing error, not a column that is too short.
const MIN_MISSING: usize = 4;

/// The longest value that is looked at, in bytes: no scheme's is nearly as long.
const MAX_VALUE: usize = 512;

/// The most items of a list that are looked at.
const MAX_ITEMS: usize = 8;

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

/// One way to read a received value as a signature.
#[derive(Clone, Debug)]
pub struct SignatureCandidate<'s> {
    /// The encoded digest as received, which a proof must reproduce.
    text: String,
    pub encoding: DigestEncoding,
    /// Whether only the beginning of a digest was received.
    pub is_cut_off: bool,
    /// The digest's bytes, or its first ones.
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
}

impl SignatureCandidate<'_> {
    /// Whether a digest, encoded like this, is what was received.
    pub fn is(&self, digest: &[u8]) -> bool {
        let whole = self.encoding.encode(digest);
        match self.is_cut_off {
            true => whole.starts_with(&self.text),
            false => whole == self.text,
        }
    }

    /// Where the digest is in the header's value.
    pub fn place(&self, value: &[u8]) -> Range<usize> {
        let start = value.len() - value.trim_ascii_start().len() + self.before.len();
        start..start + self.text.len()
    }

    /// As much of another digest as was received of this one, encoded like it.
    pub fn written(&self, digest: &[u8]) -> Option<String> {
        let encoded = self.encoding.encode(digest);
        encoded.get(..self.text.len()).map(str::to_owned)
    }

    /// The formula of the received value, for that of the digest.
    pub fn formula(&self, digest: &str) -> String {
        let mut whole = self.encoding.names().1.replace("{}", digest);
        if !self.before.is_empty() {
            whole = format!("\"{}\" + {whole}", self.before);
        }
        if !self.after.is_empty() {
            whole.push_str(&format!(" + \"{}\"", self.after));
        }
        match self.is_cut_off {
            true => format!("first {} of {whole}", self.before.len() + self.text.len()),
            false => whole,
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
        let mut all = read_value(value, scheme);
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
    found.sort_by_key(|candidate| candidate.causes.len());
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

/// Every way to read a header value under `scheme`, those with the fewest causes first.
pub fn read_value<'s>(value: &[u8], scheme: &'s Scheme) -> Vec<SignatureCandidate<'s>> {
    let Ok(value) = std::str::from_utf8(value.trim_ascii()) else {
        return Vec::new();
    };
    if value.len() > MAX_VALUE {
        return Vec::new();
    }
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
            let whole = all.filter(|candidate| !is_list || !candidate.is_cut_off);
            found.extend(
                whole.map(|candidate| SignatureCandidate { items: beside.clone(), ..candidate }),
            );
        }
    }
    found.sort_by_key(|candidate| candidate.causes.len());
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
    let mut found = Vec::new();
    for encoding in DigestEncoding::ALL {
        let Some(digest) = encoding.decode(text) else {
            continue;
        };
        for hash in Hash::ALL {
            let whole = encoding.encoded_len(hash.length());
            let is_cut_off = text.len() < whole;
            let is_possible = match is_cut_off {
                true => digest.len() >= MIN_CUT_OFF && text.len() + MIN_MISSING <= whole,
                false => text.len() == whole && digest.len() == hash.length(),
            };
            if !is_possible {
                continue;
            }
            let algorithm = Cause::with("scheme.algorithm", hash.title());
            let is_own_item = match &scheme.format.layout {
                Layout::Items(list) => item.name == list.signature.as_bytes(),
                Layout::Prefix(_) => false,
            };
            let around = match is_list {
                true if is_own_item => None,
                true => Some(Cause::with("header.list", String::from_utf8_lossy(item.name))),
                false => prefix_cause(before, scheme, hash),
            };
            let truncated = Cause::with("header.truncated", text.len().to_string());
            let causes = [
                (Some(hash) != own).then_some(algorithm),
                around,
                encoding.cause(scheme.format.encoding),
                is_cut_off.then_some(truncated),
            ];
            found.push(SignatureCandidate {
                text: text.to_owned(),
                encoding,
                is_cut_off,
                digest: digest.clone(),
                hash,
                scheme,
                causes: causes.into_iter().flatten().collect(),
                items: Vec::new(),
                header: 0,
                before: before.to_owned(),
                after: after.to_owned(),
            });
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

/// How a signer may have written the bytes of a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestEncoding {
    Hex,
    UpperHex,
    Base64,
    Base64Unpadded,
    Base64Url,
    Base64UrlPadded,
    Base64OfHex,
}

impl DigestEncoding {
    /// Every encoding, likeliest first.
    const ALL: [Self; 7] = [
        Self::Hex,
        Self::UpperHex,
        Self::Base64,
        Self::Base64Url,
        Self::Base64Unpadded,
        Self::Base64UrlPadded,
        Self::Base64OfHex,
    ];

    /// The human-readable name, and the formula with `{}` in the place of the digest.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Hex => ("lowercase hexadecimal", "hex({})"),
            Self::UpperHex => ("uppercase hexadecimal", "HEX({})"),
            Self::Base64 => ("base64", "base64({})"),
            Self::Base64Unpadded => ("base64 without padding", "base64_unpadded({})"),
            Self::Base64Url => ("URL-safe base64", "base64url({})"),
            Self::Base64UrlPadded => ("URL-safe base64 with padding", "base64url_padded({})"),
            Self::Base64OfHex => ("base64 of hexadecimal text", "base64(hex({}))"),
        }
    }

    fn encode(self, digest: &[u8]) -> String {
        match self {
            Self::Base64OfHex => BASE64.encode(HEXLOWER.encode(digest).as_bytes()),
            _ => self.codec().encode(digest),
        }
    }

    /// The length of a digest of `length` bytes in this encoding.
    fn encoded_len(self, length: usize) -> usize {
        match self {
            Self::Base64OfHex => BASE64.encode_len(HEXLOWER.encode_len(length)),
            _ => self.codec().encode_len(length),
        }
    }

    /// The whole bytes in a text that may be cut off. Lenient on length and padding: what is decoded is
    /// encoded again and compared before anything is claimed.
    fn decode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Hex => decode_hex(text, &HEXLOWER),
            Self::UpperHex => {
                let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
                decode_hex(text, &HEXUPPER).filter(|_| letters > 1)
            }
            Self::Base64 | Self::Base64Unpadded => decode_base64(text, &LENIENT_BASE64),
            Self::Base64Url | Self::Base64UrlPadded => decode_base64(text, &LENIENT_BASE64URL),
            Self::Base64OfHex => {
                let inner = decode_base64(text, &LENIENT_BASE64)?;
                Self::Hex.decode(std::str::from_utf8(&inner).ok()?)
            }
        }
    }

    /// What is wrong when a digest is encoded like this and `wanted` is the scheme's encoding.
    fn cause(self, wanted: Encoding) -> Option<Cause> {
        let code = match (self, wanted) {
            (Self::Hex, Encoding::Hex)
            | (Self::Base64, Encoding::Base64)
            | (Self::Base64Url, Encoding::Base64Url) => return None,
            (_, Encoding::Text) => return None,
            (Self::UpperHex, _) => return Some(Cause::plain("encoding.uppercase")),
            (Self::Hex, _) => "encoding.hex",
            (Self::Base64 | Self::Base64Unpadded | Self::Base64OfHex, _) => "encoding.base64",
            (Self::Base64Url | Self::Base64UrlPadded, _) => "encoding.base64url",
        };
        Some(Cause::with(code, wanted.name()))
    }

    fn codec(self) -> Codec {
        match self {
            Self::Hex => HEXLOWER,
            Self::UpperHex => HEXUPPER,
            Self::Base64 | Self::Base64OfHex => BASE64,
            Self::Base64Unpadded => BASE64_NOPAD,
            Self::Base64Url => BASE64URL_NOPAD,
            Self::Base64UrlPadded => BASE64URL,
        }
    }
}

static LENIENT_BASE64: LazyLock<Option<Codec>> = LazyLock::new(|| lenient(&BASE64_NOPAD));
static LENIENT_BASE64URL: LazyLock<Option<Codec>> = LazyLock::new(|| lenient(&BASE64URL_NOPAD));

/// A codec that takes any bits after the last whole byte: where a text is cut off there may be some.
fn lenient(codec: &Codec) -> Option<Codec> {
    let mut specification = codec.specification();
    specification.check_trailing_bits = false;
    specification.encoding().ok()
}

fn decode_base64(text: &str, codec: &Option<Codec>) -> Option<Vec<u8>> {
    let bare = text.trim_end_matches('=');
    // A single left-over character holds less than a byte.
    let whole = bare.len() - usize::from(bare.len() % 4 == 1);
    let text = bare.as_bytes().get(..whole)?;
    codec.as_ref()?.decode(text).ok()
}

fn decode_hex(text: &str, codec: &Codec) -> Option<Vec<u8>> {
    let mut even = text.as_bytes().to_vec();
    if !even.len().is_multiple_of(2) {
        even.push(b'0');
    }
    let mut bytes = codec.decode(&even).ok()?;
    bytes.truncate(text.len() / 2);
    Some(bytes)
}
