//! The keys that a secret may become on its way from a dashboard to an HMAC: quoted, trimmed, decoded, or empty.

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode, percent_encode};
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
    /// The key's bytes.
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
        let cause = Cause::with("secret.other", secret.origin());
        all.push(secret.expose().to_vec(), vec![cause], "other_secret".into());
    }
    for i in 0..secrets.len() {
        let Some(base) = all.0.get(i).cloned() else {
            break;
        };
        all.variants(&base);
    }
    for (text, says) in UNSET {
        let cause = Cause::with("secret.empty", *says);
        all.push(text.as_bytes().to_vec(), vec![cause], format!("\"{text}\""));
    }
    all.0
}

#[derive(Default)]
struct Keys(Vec<Key>);

impl Keys {
    fn push(&mut self, bytes: Vec<u8>, causes: Vec<Cause>, formula: String) {
        let bytes = Zeroizing::new(bytes);
        if self.0.iter().all(|key| key.bytes != bytes) {
            self.0.push(Key {
                bytes,
                causes,
                formula,
            });
        }
    }

    fn variants(&mut self, base: &Key) {
        let name = base.formula.as_str();
        let bytes: &[u8] = &base.bytes;
        self.around(name, bytes);
        self.quotes(name, bytes);
        for (prefix, rest) in unprefixed(bytes) {
            let says = without(prefix);
            let cause = Cause::with("secret.prefix_stripped", says);
            let stripped = format!("strip_prefix({name})");
            self.push(rest.to_vec(), vec![cause.clone()], stripped.clone());
            self.decoded(&stripped, rest, &[cause]);
        }
        self.decoded(name, bytes, &[]);
        self.url(name, bytes);
        let cause = Cause::with(
            "secret.prefix_stripped",
            "with the prefix `whsec_` before it",
        );
        self.push(
            [b"whsec_", bytes].concat(),
            vec![cause],
            format!("\"whsec_\" + {name}"),
        );
    }

    /// With and without white space at the ends.
    fn around(&mut self, name: &str, bytes: &[u8]) {
        let newline = |says: &str| vec![Cause::with("secret.trailing_newline", says)];
        let space = |says: &str| vec![Cause::with("secret.surrounding_space", says)];
        if let Some(bare) = bytes.strip_suffix(b"\n") {
            let bare = bare.strip_suffix(b"\r").unwrap_or(bare);
            let causes = newline("without its final newline");
            self.push(bare.to_vec(), causes, format!("chomp({name})"));
        }
        for (end, shown) in [("\n", "\\n"), ("\r\n", "\\r\\n")] {
            self.push(
                [bytes, end.as_bytes()].concat(),
                newline("with a newline at its end"),
                format!("{name} + \"{shown}\""),
            );
        }
        let trimmed = bytes.trim_ascii();
        self.push(
            trimmed.to_vec(),
            space("without the white space around it"),
            format!("trim({name})"),
        );
        for (before, after, says) in [
            ("", " ", "with a space at its end"),
            (" ", "", "with a space before it"),
            (" ", " ", "with a space on both sides"),
            ("", "\t", "with a tab at its end"),
            ("", "\r", "with a carriage return at its end"),
        ] {
            let quoted = |text: &str| text.replace('\t', "\\t").replace('\r', "\\r");
            let mut formula = name.to_owned();
            if !before.is_empty() {
                formula = format!("\"{}\" + {formula}", quoted(before));
            }
            if !after.is_empty() {
                formula = format!("{formula} + \"{}\"", quoted(after));
            }
            let bytes = [before.as_bytes(), bytes, after.as_bytes()].concat();
            self.push(bytes, space(says), formula);
        }
    }

    fn quotes(&mut self, name: &str, bytes: &[u8]) {
        let cause = |says: String| vec![Cause::with("secret.quoted", says)];
        for quote in *b"\"'`" {
            let shown = char::from(quote);
            self.push(
                [&[quote], bytes, &[quote]].concat(),
                cause(format!("with {shown} on both sides")),
                format!("quote({name})"),
            );
            let inner = bytes
                .strip_prefix(&[quote])
                .and_then(|rest| rest.strip_suffix(&[quote]));
            if let Some(inner) = inner {
                self.push(
                    inner.to_vec(),
                    cause(format!("without the {shown} on both sides")),
                    format!("unquote({name})"),
                );
            }
        }
    }

    fn decoded(&mut self, name: &str, bytes: &[u8], so_far: &[Cause]) {
        let with = |code| [so_far, &[Cause::plain(code)]].concat();
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
                self.push(decoded, with(code), format!("{function}({name})"));
            }
        }
    }

    fn url(&mut self, name: &str, bytes: &[u8]) {
        let cause = |says: &str| vec![Cause::with("secret.url_decoded", says)];
        for plain in [percent_decode(bytes).collect(), unform(bytes)] {
            let causes = cause("decoded from URL encoding");
            self.push(plain, causes, format!("url_decode({name})"));
        }
        const KEPT: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC
            .remove(b'-')
            .remove(b'_')
            .remove(b'.')
            .remove(b'~');
        let encoded = percent_encode(bytes, KEPT).to_string();
        self.push(
            encoded.into_bytes(),
            cause("in URL encoding"),
            format!("url_encode({name})"),
        );
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
fn unprefixed(bytes: &[u8]) -> impl Iterator<Item = (&str, &[u8])> {
    let ends = bytes
        .iter()
        .enumerate()
        .take(24)
        .filter(|(_, b)| matches!(b, b'_' | b'-' | b':' | b'.'))
        .map(|(i, _)| i + 1);
    ends.filter_map(move |end| {
        let (prefix, rest) = bytes.split_at_checked(end)?;
        let prefix = std::str::from_utf8(prefix).ok()?;
        let is_word = prefix
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b':' | b'.'));
        (is_word && !rest.is_empty()).then_some((prefix, rest))
    })
}
