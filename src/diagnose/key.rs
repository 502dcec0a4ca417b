//! The keys that a secret may become on its way from a dashboard to an HMAC: quoted, trimmed, decoded, or empty.

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};
use zeroize::Zeroizing;

use crate::webhook::signature::Secret;

use super::byte_transform::unform;
use super::cause::Cause;

/// What programs read from a variable that is not set.
const UNSET: &[(&str, &str)] = &[
    ("", "empty"),
    ("undefined", "the text `undefined`"),
    ("null", "the text `null`"),
    ("None", "the text `None`"),
    ("nil", "the text `nil`"),
];

/// A key that may have been used, and how it comes from a secret.
#[derive(Clone)]
pub struct Key {
    pub bytes: Zeroizing<Vec<u8>>,
    /// How it differs from the given secret.
    pub causes: Vec<Cause>,
    /// The key in formulas.
    pub formula: String,
}

/// The keys to try for `secrets`, then those known as `others`; without duplicates.
pub fn keys(secrets: &[Secret], others: &[Secret]) -> Vec<Key> {
    let mut all = Keys::default();
    for (i, secret) in secrets.iter().enumerate() {
        let name = match secrets.len() {
            1 => "secret".to_owned(),
            _ => format!("secret{}", i + 1),
        };
        all.push(secret.expose().to_vec(), vec![], name);
    }
    for secret in others {
        let bytes = secret.expose().to_vec();
        all.add(bytes, "secret.other", secret.origin(), "other_secret");
    }
    for i in 0..secrets.len() {
        if let Some(base) = all.0.get(i).cloned() {
            all.variants(&base.formula, &base.bytes);
        }
    }
    for (text, says) in UNSET {
        let formula = format!("\"{text}\"");
        all.add(text.as_bytes().to_vec(), "secret.empty", *says, formula);
    }
    all.0
}

#[derive(Default)]
struct Keys(Vec<Key>);

impl Keys {
    fn push(&mut self, bytes: Vec<u8>, causes: Vec<Cause>, formula: String) {
        let bytes = Zeroizing::new(bytes);
        if self.0.iter().all(|key| key.bytes != bytes) {
            self.0.push(Key { bytes, causes, formula });
        }
    }

    /// Adds a key with one cause.
    fn add(
        &mut self,
        bytes: Vec<u8>,
        code: &'static str,
        says: impl Into<String>,
        formula: impl Into<String>,
    ) {
        self.push(bytes, vec![Cause::with(code, says)], formula.into());
    }

    fn variants(&mut self, name: &str, bytes: &[u8]) {
        self.around(name, bytes);
        self.quotes(name, bytes);
        for (prefix, rest) in unprefixed(bytes) {
            let cause = Cause::with("secret.prefix_stripped", without(prefix));
            let stripped = format!("strip_prefix({name})");
            self.push(rest.to_vec(), vec![cause.clone()], stripped.clone());
            self.decoded(&stripped, rest, &[cause]);
        }
        self.decoded(name, bytes, &[]);
        self.url(name, bytes);
        let prefixed = [b"whsec_", bytes].concat();
        let says = "with the prefix `whsec_` before it";
        let formula = format!("\"whsec_\" + {name}");
        self.add(prefixed, "secret.prefix_stripped", says, formula);
    }

    /// With and without white space at the ends.
    fn around(&mut self, name: &str, bytes: &[u8]) {
        const NEWLINE: &str = "secret.trailing_newline";
        const SPACE: &str = "secret.surrounding_space";
        if let Some(bare) = bytes.strip_suffix(b"\n") {
            let bare = bare.strip_suffix(b"\r").unwrap_or(bare).to_vec();
            let says = "without its final newline";
            self.add(bare, NEWLINE, says, format!("chomp({name})"));
        }
        for end in ["\n", "\r\n"] {
            let ended = [bytes, end.as_bytes()].concat();
            let formula = format!("{name} + \"{}\"", end.escape_default());
            self.add(ended, NEWLINE, "with a newline at its end", formula);
        }
        let says = "without the white space around it";
        let trimmed = bytes.trim_ascii().to_vec();
        self.add(trimmed, SPACE, says, format!("trim({name})"));
        for (before, after, says) in [
            ("", " ", "with a space at its end"),
            (" ", "", "with a space before it"),
            (" ", " ", "with a space on both sides"),
            ("", "\t", "with a tab at its end"),
            ("", "\r", "with a carriage return at its end"),
        ] {
            let mut formula = name.to_owned();
            if !before.is_empty() {
                formula = format!("\"{before}\" + {formula}");
            }
            if !after.is_empty() {
                formula = format!("{formula} + \"{}\"", after.escape_default());
            }
            let bytes = [before.as_bytes(), bytes, after.as_bytes()].concat();
            self.add(bytes, SPACE, says, formula);
        }
    }

    fn quotes(&mut self, name: &str, bytes: &[u8]) {
        for quote in *b"\"'`" {
            let shown = char::from(quote);
            let quoted = [&[quote], bytes, &[quote]].concat();
            let says = format!("with {shown} on both sides");
            self.add(quoted, "secret.quoted", says, format!("quote({name})"));
            let rest = bytes.strip_prefix(&[quote]);
            if let Some(inner) = rest.and_then(|rest| rest.strip_suffix(&[quote])) {
                let says = format!("without the {shown} on both sides");
                let formula = format!("unquote({name})");
                self.add(inner.to_vec(), "secret.quoted", says, formula);
            }
        }
    }

    fn decoded(&mut self, name: &str, bytes: &[u8], so_far: &[Cause]) {
        let trimmed = bytes.trim_ascii();
        for (codec, code, function) in [
            (&HEXLOWER_PERMISSIVE, "secret.hex_decoded", "unhex"),
            (&BASE64, "secret.base64_decoded", "unbase64"),
            (&BASE64_NOPAD, "secret.base64_decoded", "unbase64"),
            (&BASE64URL, "secret.base64_decoded", "unbase64"),
            (&BASE64URL_NOPAD, "secret.base64_decoded", "unbase64"),
        ] {
            let decoded = codec.decode(trimmed).ok();
            if let Some(decoded) = decoded.filter(|decoded| !decoded.is_empty()) {
                let causes = [so_far, &[Cause::plain(code)]].concat();
                self.push(decoded, causes, format!("{function}({name})"));
            }
        }
    }

    fn url(&mut self, name: &str, bytes: &[u8]) {
        const CODE: &str = "secret.url_decoded";
        const KEPT: &AsciiSet =
            &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
        for plain in [percent_decode(bytes).collect(), unform(bytes)] {
            let formula = format!("url_decode({name})");
            self.add(plain, CODE, "decoded from URL encoding", formula);
        }
        let encoded = percent_encode(bytes, KEPT).to_string().into_bytes();
        self.add(encoded, CODE, "in URL encoding", format!("url_encode({name})"));
    }
}

/// A prefix that all secrets have is shown. Any other may be part of the secret and is not.
fn without(prefix: &str) -> String {
    match prefix {
        "whsec_" | "sk_" | "sk-" => format!("without its prefix `{prefix}`"),
        _ => format!("without its first {} characters", prefix.len()),
    }
}

/// What follows a prefix such as `whsec_` or `sk-`, with the prefix.
pub fn unprefixed(bytes: &[u8]) -> impl Iterator<Item = (&str, &[u8])> {
    let is_mark = |b: &u8| matches!(b, b'_' | b'-' | b':' | b'.');
    (1..=bytes.len().min(24)).filter_map(move |end| {
        let (prefix, rest) = bytes.split_at_checked(end)?;
        let is_word = prefix.iter().all(|b| b.is_ascii_alphanumeric() || is_mark(b));
        let is_prefix = is_word && prefix.last().is_some_and(is_mark) && !rest.is_empty();
        is_prefix.then_some((std::str::from_utf8(prefix).ok()?, rest))
    })
}
