//! The keys that may have been used: each secret, what it may have become in one or two steps, and what programs use
//! when there is none. Where a scheme decodes its secrets, the texts are decoded, or used as they are by mistake.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{DefaultHasher, Hash as _, Hasher};

use zeroize::Zeroizing;

use crate::webhook::signature::Secret;
use crate::webhook::signature::key::KeyForm;
use crate::webhook::signature::scheme::Scheme;

use super::cause::{COMMON, Cause, RARE, weight};
use super::secret_reading::{readings, second_readings, without};

/// What programs read from a variable that is not set.
const UNSET: &[(&str, &str)] = &[
    ("", "empty"),
    ("undefined", "the text `undefined`"),
    ("null", "the text `null`"),
    ("None", "the text `None`"),
    ("nil", "the text `nil`"),
    ("false", "the text `false`"),
    ("[object Object]", "the text `[object Object]`"),
];

/// The most other secrets that are tried.
const MAX_OTHERS: usize = 8;

/// A key that may have been used, and how it comes from a secret.
#[derive(Clone)]
pub struct Key {
    pub bytes: Zeroizing<Vec<u8>>,
    /// How it differs from the given secret.
    pub causes: Vec<Cause>,
    /// The key in formulas.
    pub formula: String,
}

/// The keys to try for `secrets` under a scheme, then those known as `others`; without duplicates.
pub fn keys(secrets: &[Secret], scheme: Option<&Scheme>, others: &[Secret]) -> Vec<Key> {
    let mut all = Keys { scheme, keys: Vec::new(), known: HashMap::new() };
    let names: Vec<_> = match secrets.len() {
        1 => vec!["secret".to_owned()],
        many => (1..=many).map(|number| format!("secret{number}")).collect(),
    };
    for (secret, name) in secrets.iter().zip(&names) {
        all.finish(secret.expose(), &[], name);
    }
    let given = all.keys.len();
    for secret in others.iter().take(MAX_OTHERS) {
        let cause = Cause::with("secret.other", secret.origin());
        all.finish(secret.expose(), &[cause], "other_secret");
    }
    for (secret, name) in secrets.iter().zip(&names) {
        all.read(secret, &[], name, true);
    }
    for secret in others.iter().take(MAX_OTHERS) {
        let cause = Cause::with("secret.other", secret.origin());
        all.read(secret, &[cause], "other_secret", false);
    }
    for (text, says) in UNSET {
        all.push(text.as_bytes(), vec![Cause::with("secret.empty", *says)], format!("\"{text}\""));
    }
    // A secret that is no key of the scheme is none of the keys, but the first one must be a given one.
    if given == 0
        && let Some(secret) = secrets.first()
    {
        all.keys.insert(
            0,
            Key {
                bytes: Zeroizing::new(secret.expose().to_vec()),
                causes: vec![Cause::with("secret.undecoded", "as they are")],
                formula: "secret".to_owned(),
            },
        );
    }
    all.keys
}

struct Keys<'s> {
    scheme: Option<&'s Scheme>,
    keys: Vec<Key>,
    /// The place of each key, by its hash.
    known: HashMap<u64, usize>,
}

impl<'s> Keys<'s> {
    fn push(&mut self, bytes: &[u8], causes: Vec<Cause>, formula: String) {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let key = Key { bytes: Zeroizing::new(bytes.to_vec()), causes, formula };
        match self.known.entry(hasher.finish()) {
            Entry::Vacant(place) => {
                place.insert(self.keys.len());
                self.keys.push(key);
            }
            // Of two ways to the same key the likelier one.
            Entry::Occupied(place) => {
                if let Some(known) = self.keys.get_mut(*place.get())
                    && key.weight() < known.weight()
                {
                    *known = key;
                }
            }
        }
    }

    /// What a secret becomes in one step, and in two, the frequent ones.
    fn read(&mut self, secret: &Secret, so_far: &[Cause], name: &str, is_twice: bool) {
        let names = variables(secret);
        let first = readings(secret.expose(), &names);
        self.undecoded(secret.expose(), so_far, name);
        for one in &first {
            let causes = [so_far, std::slice::from_ref(&one.cause)].concat();
            self.step(&one.bytes, &causes, &one.formula.replace('…', name));
        }
        let pairs = first.iter().filter(|one| is_twice && one.cause.weight <= RARE);
        for one in pairs {
            let formula = one.formula.replace('…', name);
            let left = COMMON + RARE - one.cause.weight;
            for two in second_readings(&one.bytes, &names, left) {
                // A step does not undo the other.
                let is_undone =
                    one.cause.code.ends_with("_encoded") && two.cause.code.ends_with("_decoded");
                if is_undone || two.bytes == secret.expose() {
                    continue;
                }
                let causes = [so_far, &[one.cause.clone(), two.cause]].concat();
                self.step(&two.bytes, &causes, &two.formula.replace('…', &formula));
            }
        }
        if is_twice {
            for one in &first {
                let causes = [so_far, std::slice::from_ref(&one.cause)].concat();
                self.undecoded(&one.bytes, &causes, &one.formula.replace('…', name));
            }
        }
    }

    /// The key after a step that decodes, encodes or hashes, or what the scheme makes of the text after another one.
    fn step(&mut self, text: &[u8], causes: &[Cause], formula: &str) {
        const LAST: [&str; 5] = [
            "secret.base64_decoded",
            "secret.hex_decoded",
            "secret.base64_encoded",
            "secret.hex_encoded",
            "secret.hashed",
        ];
        match causes.iter().any(|cause| LAST.contains(&cause.code)) {
            true => self.push(text, causes.to_vec(), formula.to_owned()),
            false => self.finish(text, causes, formula),
        }
    }

    /// The key that the scheme makes of a text.
    fn finish(&mut self, text: &[u8], causes: &[Cause], formula: &str) {
        let Some((scheme, function)) = self.decoding() else {
            self.push(text, causes.to_vec(), formula.to_owned());
            return;
        };
        let secret = Secret::new(text.to_vec(), "");
        if let Ok(key) = scheme.key.signing(scheme.algorithm, &secret) {
            self.push(key.bytes(), causes.to_vec(), format!("{function}({formula})"));
        }
    }

    /// The characters of a text that the scheme decodes, with and without the scheme's prefix.
    fn undecoded(&mut self, text: &[u8], causes: &[Cause], formula: &str) {
        const CODE: &str = "secret.undecoded";
        let Some((scheme, _)) = self.decoding() else {
            return;
        };
        let with = |says: String| [causes, &[Cause::with(CODE, says)]].concat();
        let prefix = &scheme.key.prefix;
        let rest = text.strip_prefix(prefix.as_bytes()).filter(|_| !prefix.is_empty());
        match rest {
            Some(rest) => {
                self.push(text, with(format!("with its prefix `{prefix}`")), formula.to_owned());
                self.push(rest, with(without(prefix)), format!("strip_prefix({formula})"));
            }
            None => self.push(text, with("as it is".to_owned()), formula.to_owned()),
        }
    }

    /// The scheme, if its secrets are decoded, and the function that decodes them.
    fn decoding(&self) -> Option<(&'s Scheme, &'static str)> {
        let scheme = self.scheme?;
        match scheme.key.form {
            _ if scheme.algorithm.has_public_key() => None,
            KeyForm::Raw | KeyForm::Spki | KeyForm::Pem => None,
            KeyForm::Base64 => Some((scheme, "unbase64")),
            KeyForm::Hex => Some((scheme, "unhex")),
        }
    }
}

impl Key {
    /// How unlikely it is.
    pub fn weight(&self) -> usize {
        weight(&self.causes)
    }
}

/// The names of variables that may hold the secret: the one that it was found in.
fn variables(secret: &Secret) -> Vec<String> {
    let origin = secret.origin();
    let is_name = |word: &&str| {
        word.len() > 2
            && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    origin
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(is_name)
        .map(str::to_owned)
        .collect()
}
