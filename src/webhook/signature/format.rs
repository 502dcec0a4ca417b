//! The format of a signature in a header: bare, after a prefix, or as an item of a list. Signing, verifying,
//! tampering, conformance and diagnosis write and read such values here and nowhere else.

use std::fmt;
use std::ops::{Range, RangeInclusive};

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// How a signature is written in a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureFormat {
    /// How the MAC's bytes are written.
    pub encoding: Encoding,
    /// What surrounds the encoded MAC.
    pub layout: Layout,
}

/// What surrounds an encoded MAC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// These characters before it, such as `sha256=`; nothing when empty.
    Prefix(String),
    /// Other items next to it, such as `t=1700000000,v1=…`.
    Items(ItemList),
}

/// A list of named items. Several of them may be signatures, and items of unknown names are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemList {
    /// The byte between two items.
    #[serde(deserialize_with = "one_byte")]
    pub separator: u8,
    /// The byte between an item's name and its text.
    #[serde(deserialize_with = "one_byte")]
    pub assign: u8,
    /// The name of the items that are signatures.
    pub signature: String,
}

/// One item of a header's value, without the white space around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<'v> {
    /// Its name; the prefix where the layout is one.
    pub name: &'v [u8],
    /// Its text.
    pub text: &'v [u8],
    /// Where in the value the text begins, in bytes.
    pub start: usize,
}

/// The text of the first of these items with a name.
pub(crate) fn item_text<'v>(items: &[Item<'v>], name: &str) -> Option<&'v [u8]> {
    let found = items.iter().find(|item| item.name == name.as_bytes());
    found.map(|item| item.text)
}

/// How a MAC's bytes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Lowercase hexadecimal. Uppercase is not accepted: the documents' handlers compare strings.
    Hex,
    /// Standard base64 with padding.
    Base64,
    /// URL-safe base64 without padding.
    Base64Url,
    /// The characters themselves, of a token.
    #[serde(skip)]
    Text,
}

fn one_byte<'de, D: Deserializer<'de>>(from: D) -> Result<u8, D::Error> {
    match String::deserialize(from)?.as_bytes() {
        [byte] => Ok(*byte),
        _ => Err(D::Error::custom("expected one character, such as `,` or `=`")),
    }
}

/// Why a header value is not in a scheme's format, in enough detail to know what to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// The header was sent more than once.
    Repeated(usize),
    /// The header is there and holds nothing.
    Empty,
    /// The value does not start with the scheme's prefix.
    PrefixMissing(String),
    /// The MAC has a prefix that the scheme does not have.
    PrefixUnexpected {
        /// The scheme's own prefix, which is there; empty when it has none.
        own: String,
        /// The one that should not be there.
        found: String,
    },
    /// The list has no signature, which would be an item of this name.
    ItemMissing(String),
    /// The value is hexadecimal with uppercase letters.
    Uppercase,
    /// The value has another length than the algorithm's, both in bytes.
    Length {
        /// What the scheme writes.
        expected: usize,
        /// What was received.
        got: usize,
    },
    /// The value is not in the scheme's alphabet.
    Alphabet(Encoding),
    /// Something that the scheme signs or needs is missing or unreadable, such as a `` `x-time` header ``.
    Needs(String),
    /// The URL is signed, and is not known.
    Url,
    /// A setting of this name is signed, and is not known.
    Setting(String),
}

impl Malformed {
    /// What the user must give before a verdict is possible; `None` when the request is wrong.
    pub fn missing_setting(&self) -> Option<String> {
        match self {
            Self::Url => Some(
                "give the URL that the provider sends to with --public-url, or set `public_url` in the profile"
                    .to_owned(),
            ),
            Self::Setting(name) => {
                Some(format!("give it with --setting {name}=VALUE, or in `settings` of the profile"))
            }
            _ => None,
        }
    }
}

impl SignatureFormat {
    /// The MAC after `prefix`, which may be empty.
    pub fn prefixed(encoding: Encoding, prefix: impl Into<String>) -> Self {
        Self { encoding, layout: Layout::Prefix(prefix.into()) }
    }

    /// The header value for a MAC.
    pub fn write(&self, mac: &[u8]) -> String {
        self.layout.write(&self.encoding.encode(mac))
    }

    /// The MACs in a header value, one at least.
    ///
    /// # Errors
    /// When none has exactly the form that [`write`](Self::write) gives to a MAC of one of these lengths.
    pub fn read(
        &self,
        value: &[u8],
        lengths: &RangeInclusive<usize>,
    ) -> Result<Vec<Vec<u8>>, Malformed> {
        let decode = |item: Item<'_>| self.encoding.decode(item.text, lengths);
        let macs: Vec<_> = self.signatures(value).filter_map(decode).collect();
        match macs.is_empty() {
            false => Ok(macs),
            true => Err(self.what_is_wrong(value, lengths)),
        }
    }

    /// Whether a header value holds a MAC of one of these lengths in this format.
    pub fn matches(&self, value: &[u8], lengths: &RangeInclusive<usize>) -> bool {
        self.signatures(value).any(|item| self.encoding.decode(item.text, lengths).is_some())
    }

    /// The human-readable format, such as `sha256=<64 lowercase hex digits>`.
    pub fn describe(&self, lengths: &RangeInclusive<usize>) -> String {
        let alphabet = match self.encoding {
            Encoding::Hex => "lowercase hex digits",
            Encoding::Base64 => "base64 characters",
            Encoding::Base64Url => "URL-safe base64 characters",
            Encoding::Text => "the secret itself",
        };
        let text = match lengths.start() == lengths.end() {
            true => format!("<{} {alphabet}>", self.encoding.encoded_len(*lengths.start())),
            false => format!("<{alphabet}>"),
        };
        self.layout.write(&text)
    }

    /// Where the encoded MACs are in a header value that is in this format.
    pub fn places(&self, value: &[u8]) -> Vec<Range<usize>> {
        let place = |item: Item<'_>| item.start..item.start + item.text.len();
        self.signatures(value).map(place).collect()
    }

    fn signatures<'v>(&'v self, value: &'v [u8]) -> impl Iterator<Item = Item<'v>> {
        let items = self.layout.items(value);
        items.filter(|item| self.layout.is_signature(item))
    }

    /// What is wrong with a value that [`read`](Self::read) refuses.
    fn what_is_wrong(&self, value: &[u8], lengths: &RangeInclusive<usize>) -> Malformed {
        if value.is_empty() {
            return Malformed::Empty;
        }
        let Some(item) = self.signatures(value).next() else {
            return match &self.layout {
                Layout::Prefix(prefix) => Malformed::PrefixMissing(prefix.clone()),
                Layout::Items(list) => Malformed::ItemMissing(list.signature.clone()),
            };
        };
        let own = self.layout.prefix();
        if let Some(found) =
            unexpected_prefix(item.text).filter(|_| self.encoding != Encoding::Text)
        {
            let own = own.to_owned();
            return Malformed::PrefixUnexpected { own, found };
        }
        let length = |bytes| own.len() + self.encoding.encoded_len(bytes);
        let (least, most) = (length(*lengths.start()), length(*lengths.end()));
        let got = own.len() + item.text.len();
        if !(least..=most).contains(&got) {
            let expected = if got < least { least } else { most };
            return Malformed::Length { expected, got };
        }
        if self.encoding == Encoding::Hex && item.text.iter().all(u8::is_ascii_hexdigit) {
            return Malformed::Uppercase;
        }
        Malformed::Alphabet(self.encoding)
    }
}

impl Layout {
    /// The characters before the encoded MAC; none in a list.
    pub fn prefix(&self) -> &str {
        match self {
            Self::Prefix(prefix) => prefix,
            Self::Items(_) => "",
        }
    }

    /// A header value with `text` in the place of the encoded MAC.
    pub fn write(&self, text: &str) -> String {
        self.write_beside(&[], text)
    }

    /// The same with other items before it, by name, where this is a list.
    pub fn write_beside(&self, items: &[(String, String)], text: &str) -> String {
        match self {
            Self::Prefix(prefix) => format!("{prefix}{text}"),
            Self::Items(list) => {
                let items = items.iter().map(|(name, text)| (name.as_str(), text.as_str()));
                let all = items.chain([(list.signature.as_str(), text)]);
                let all =
                    all.map(|(name, text)| format!("{name}{}{text}", char::from(list.assign)));
                all.collect::<Vec<_>>().join(&char::from(list.separator).to_string())
            }
        }
    }

    /// The items of a header value: all of a list, or what follows the prefix.
    pub fn items<'v>(&'v self, value: &'v [u8]) -> impl Iterator<Item = Item<'v>> {
        let (after_prefix, list) = match self {
            Self::Prefix(prefix) => {
                let text = value.strip_prefix(prefix.as_bytes());
                let (name, start) = (prefix.as_bytes(), prefix.len());
                (text.map(|text| Item { name, text, start }), None)
            }
            Self::Items(list) => (None, Some(list.items(value))),
        };
        after_prefix.into_iter().chain(list.into_iter().flatten())
    }

    fn is_signature(&self, item: &Item<'_>) -> bool {
        match self {
            Self::Prefix(_) => true,
            Self::Items(list) => item.name == list.signature.as_bytes(),
        }
    }
}

impl ItemList {
    fn items<'v>(&self, value: &'v [u8]) -> impl Iterator<Item = Item<'v>> {
        let (separator, assign) = (self.separator, self.assign);
        let mut next = 0;
        value.split(move |byte| *byte == separator).filter_map(move |item| {
            let start = next;
            next += item.len() + 1;
            let at = item.iter().position(|byte| *byte == assign)?;
            let (name, text) = (item.get(..at)?, item.get(at + 1..)?);
            let white_space = text.len() - text.trim_ascii_start().len();
            Some(Item {
                name: name.trim_ascii(),
                text: text.trim_ascii(),
                start: start + at + 1 + white_space,
            })
        })
    }
}

impl Encoding {
    /// The human-readable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hex => "lowercase hexadecimal",
            Self::Base64 => "base64",
            Self::Base64Url => "URL-safe base64",
            Self::Text => "text",
        }
    }

    /// The bytes as text. Those of a token are text.
    pub fn encode(self, bytes: &[u8]) -> String {
        match self.codec() {
            Some(codec) => codec.encode(bytes),
            None => String::from_utf8_lossy(bytes).into_owned(),
        }
    }

    /// The bytes of a text, when it is exactly what [`encode`](Self::encode) makes of bytes of one of these lengths.
    fn decode(self, text: &[u8], lengths: &RangeInclusive<usize>) -> Option<Vec<u8>> {
        let Some(codec) = self.codec() else {
            return lengths.contains(&text.len()).then(|| text.to_vec());
        };
        let (least, most) = (self.encoded_len(*lengths.start()), self.encoded_len(*lengths.end()));
        if !(least..=most).contains(&text.len()) {
            return None;
        }
        let bytes = codec.decode(text).ok()?;
        // The decoder of base64 accepts padding inside the text.
        let is_exact = lengths.contains(&bytes.len())
            && (self != Self::Base64 || self.encode(&bytes).as_bytes() == text);
        is_exact.then_some(bytes)
    }

    fn encoded_len(self, length: usize) -> usize {
        // A token may be of any length.
        let length = length.min(1 << 32);
        self.codec().map_or(length, |codec| codec.encode_len(length))
    }

    fn codec(self) -> Option<data_encoding::Encoding> {
        match self {
            Self::Hex => Some(HEXLOWER),
            Self::Base64 => Some(BASE64),
            Self::Base64Url => Some(BASE64URL_NOPAD),
            Self::Text => None,
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repeated(n) => write!(f, "the header occurs {n} times, expected once"),
            Self::Empty => write!(f, "the header is empty"),
            Self::PrefixMissing(p) => write!(f, "the value does not start with `{p}`"),
            Self::PrefixUnexpected { own, found } if own.is_empty() => {
                write!(f, "the value starts with `{found}`, expected the bare MAC")
            }
            Self::PrefixUnexpected { own, found } => {
                write!(f, "`{own}` is followed by `{found}`, expected the MAC")
            }
            Self::ItemMissing(name) => write!(f, "the list has no item `{name}`"),
            Self::Uppercase => write!(f, "the hex digits are uppercase, expected lowercase"),
            Self::Length { expected, got } => {
                write!(f, "expected {expected} characters, got {got}")
            }
            Self::Alphabet(Encoding::Hex) => write!(f, "the value is not lowercase hex"),
            Self::Alphabet(Encoding::Base64) => write!(f, "the value is not base64"),
            Self::Alphabet(Encoding::Base64Url) => write!(f, "the value is not URL-safe base64"),
            Self::Alphabet(Encoding::Text) => write!(f, "the value is not a token"),
            Self::Url => write!(f, "the scheme signs the public URL of the endpoint"),
            Self::Setting(name) => write!(f, "the scheme signs the setting `{name}`"),
            Self::Needs(what) => write!(f, "the scheme needs a readable {what}"),
        }
    }
}

/// A `word=` before something: the form of a prefix, which neither hex nor unpadded base64 can hold.
fn unexpected_prefix(encoded: &[u8]) -> Option<String> {
    let at = encoded.iter().position(|&b| b == b'=')?;
    let word = encoded.get(..at)?;
    let rest = encoded.get(at + 1..)?;
    let is_word = (1..=12).contains(&word.len()) && word.iter().all(u8::is_ascii_alphanumeric);
    (is_word && rest.iter().any(|&b| b != b'='))
        .then(|| format!("{}=", String::from_utf8_lossy(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENCODINGS: [Encoding; 3] = [Encoding::Hex, Encoding::Base64, Encoding::Base64Url];

    fn list(separator: u8, assign: u8, signature: &str) -> Layout {
        Layout::Items(ItemList { separator, assign, signature: signature.to_owned() })
    }

    #[test]
    fn every_format_reads_what_it_writes() {
        let layouts = ["", "sha256=", "v1,"].map(|prefix| Layout::Prefix(prefix.to_owned()));
        let lists = [list(b',', b'=', "v1"), list(b' ', b',', "v1"), list(b';', b'=', "d")];
        for layout in layouts.into_iter().chain(lists) {
            for encoding in ENCODINGS {
                for length in [20, 32, 64] {
                    let layout = layout.clone();
                    let format = SignatureFormat { encoding, layout };
                    let mac = vec![0xab; length];
                    let value = format.write(&mac);
                    let lengths = length..=length;
                    assert!(format.matches(value.as_bytes(), &lengths), "{value}");
                    assert_eq!(format.read(value.as_bytes(), &lengths), Ok(vec![mac]));
                }
            }
        }
    }

    #[test]
    fn a_list_may_hold_spaces_unknown_items_and_several_signatures() {
        let format = SignatureFormat { encoding: Encoding::Hex, layout: list(b',', b'=', "v1") };
        let value = b"t=1, v1=0102 ,v0=0304,v1=0506,nothing,v1=x";
        assert_eq!(format.read(value, &(2..=2)), Ok(vec![vec![1, 2], vec![5, 6]]));
        let mut items = format.layout.items(value);
        assert!(items.all(|item| value[item.start..].starts_with(item.text)));
        assert_eq!(format.write(&[1, 2]), "v1=0102");
        assert_eq!(format.describe(&(2..=2)), "v1=<4 lowercase hex digits>");
    }

    #[test]
    fn only_one_spelling_of_a_mac_is_read() {
        let read = |encoding, text: &str| {
            SignatureFormat::prefixed(encoding, "").read(text.as_bytes(), &(20..=20))
        };
        let good = Encoding::Base64.encode(&[0; 20]);
        assert!(read(Encoding::Base64, &good).is_ok());
        // Padding inside the text, bits after the last byte, and no padding.
        let inside = format!("AAA={}", "A".repeat(24));
        let trailing = good.replace("A=", "B=");
        let unpadded = good.replace('=', "A");
        for text in [inside, trailing, unpadded] {
            assert!(read(Encoding::Base64, &text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_value_is_said() {
        let prefixed = |prefix| SignatureFormat::prefixed(Encoding::Hex, prefix);
        let list = SignatureFormat { encoding: Encoding::Hex, layout: list(b',', b'=', "v1") };
        for (format, value, wrong) in [
            (&prefixed(""), "", "the header is empty"),
            (&prefixed(""), "ABAB", "the hex digits are uppercase, expected lowercase"),
            (&prefixed(""), "sha1=abab", "the value starts with `sha1=`, expected the bare MAC"),
            (&prefixed(""), "ab", "expected 4 characters, got 2"),
            (&prefixed(""), "abzz", "the value is not lowercase hex"),
            (&prefixed("sha1="), "abab", "the value does not start with `sha1=`"),
            (&prefixed("sha1="), "sha1=v1=abab", "`sha1=` is followed by `v1=`, expected the MAC"),
            (&list, "t=1,v0=0102", "the list has no item `v1`"),
            (&list, "t=1,v1=01", "expected 4 characters, got 2"),
        ] {
            assert!(!format.matches(value.as_bytes(), &(2..=2)), "{value}");
            let read = format.read(value.as_bytes(), &(2..=2));
            assert_eq!(read.unwrap_err().to_string(), wrong, "{value}");
        }
    }
}
