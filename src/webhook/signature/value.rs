//! A MAC as it stands in a header: written, read, and what is wrong with a value that is not in the scheme's
//! form.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::hex;
use super::malformed::Malformed;
use super::scheme::{Encoding, Scheme};

impl Scheme {
    /// The header value for a MAC.
    pub fn write(&self, mac: &[u8]) -> String {
        let encoded = match self.encoding {
            Encoding::Hex => hex::encode(mac),
            Encoding::Base64 => STANDARD.encode(mac),
            Encoding::Base64Url => URL_SAFE_NO_PAD.encode(mac),
        };
        format!("{}{encoded}", self.prefix)
    }

    /// The MAC inside a header value.
    ///
    /// # Errors
    /// When the value is not exactly in the form that [`Scheme::write`] gives.
    pub fn read(&self, value: &[u8]) -> Result<Vec<u8>, Malformed> {
        // Nearly every value is right.
        let encoded = value.strip_prefix(self.prefix.as_bytes());
        match encoded.and_then(|encoded| self.decode(encoded)) {
            Some(mac) => Ok(mac),
            None => Err(self.objection(value)),
        }
    }

    /// Whether a header value is in the form that [`Scheme::write`] gives.
    pub fn fits(&self, value: &[u8]) -> bool {
        let encoded = value.strip_prefix(self.prefix.as_bytes());
        encoded.is_some_and(|encoded| match self.encoding {
            // Every provider of the header asks this of every delivery.
            Encoding::Hex => encoded.len() == self.encoded_len() && hex::is_lowercase(encoded),
            Encoding::Base64 | Encoding::Base64Url => self.decode(encoded).is_some(),
        })
    }

    /// The MAC that is written like this, without the prefix.
    fn decode(&self, encoded: &[u8]) -> Option<Vec<u8>> {
        if encoded.len() != self.encoded_len() {
            return None;
        }
        match self.encoding {
            Encoding::Hex if !hex::is_lowercase(encoded) => None,
            Encoding::Hex => hex::decode(encoded),
            Encoding::Base64 => STANDARD.decode(encoded).ok(),
            Encoding::Base64Url => URL_SAFE_NO_PAD.decode(encoded).ok(),
        }
    }

    /// What is wrong with a header value that is not in the scheme's form.
    fn objection(&self, value: &[u8]) -> Malformed {
        if value.is_empty() {
            return Malformed::Empty;
        }
        let Some(encoded) = value.strip_prefix(self.prefix.as_bytes()) else {
            return Malformed::PrefixMissing(self.prefix.clone());
        };
        if let Some(prefix) = foreign_prefix(encoded) {
            return Malformed::PrefixUnexpected {
                own: self.prefix.clone(),
                found: prefix,
            };
        }
        let expected = self.prefix.len() + self.encoded_len();
        if value.len() != expected {
            return Malformed::Length {
                expected,
                got: value.len(),
            };
        }
        if self.encoding == Encoding::Hex && encoded.iter().all(u8::is_ascii_hexdigit) {
            return Malformed::Uppercase;
        }
        Malformed::Alphabet(self.encoding)
    }

    /// The form of a header value in words, such as `sha256=<64 lowercase hex digits>`.
    pub fn form(&self) -> String {
        let alphabet = match self.encoding {
            Encoding::Hex => "lowercase hex digits",
            Encoding::Base64 => "base64 characters",
            Encoding::Base64Url => "URL-safe base64 characters",
        };
        format!("{}<{} {alphabet}>", self.prefix, self.encoded_len())
    }

    fn encoded_len(&self) -> usize {
        let n = self.algorithm.mac_len();
        match self.encoding {
            Encoding::Hex => n * 2,
            Encoding::Base64 => n.div_ceil(3) * 4,
            Encoding::Base64Url => (n * 4).div_ceil(3),
        }
    }
}

/// A `word=` before something: the form of a prefix, which neither hex nor unpadded base64 can hold.
fn foreign_prefix(encoded: &[u8]) -> Option<String> {
    let at = encoded.iter().position(|&b| b == b'=')?;
    let word = encoded.get(..at)?;
    let rest = encoded.get(at + 1..)?;
    let is_word = (1..=12).contains(&word.len()) && word.iter().all(u8::is_ascii_alphanumeric);
    (is_word && rest.iter().any(|&b| b != b'='))
        .then(|| format!("{}=", String::from_utf8_lossy(word)))
}

#[cfg(test)]
mod tests {
    use super::super::scheme::{Algorithm, body_only};
    use super::*;

    fn scheme(algorithm: Algorithm, encoding: Encoding, prefix: &str) -> Scheme {
        Scheme {
            header: "x-signature".to_owned(),
            algorithm,
            encoding,
            prefix: prefix.to_owned(),
            signs: body_only(),
            timestamp: None,
        }
    }

    #[test]
    fn every_form_is_read_as_it_is_written() {
        for algorithm in Algorithm::ALL {
            for encoding in [Encoding::Hex, Encoding::Base64, Encoding::Base64Url] {
                for prefix in ["", "sha256=", "v1,"] {
                    let scheme = scheme(algorithm, encoding, prefix);
                    let mac = vec![0xab; algorithm.mac_len()];
                    let value = scheme.write(&mac);
                    assert!(scheme.fits(value.as_bytes()), "{value}");
                    assert_eq!(scheme.read(value.as_bytes()), Ok(mac));
                }
            }
        }
    }

    #[test]
    fn what_is_not_in_the_form_says_why() {
        let bare = scheme(Algorithm::HmacSha1, Encoding::Hex, "");
        let good = bare.write(&[0xab; 20]);
        let read = |v: &str| {
            assert!(!bare.fits(v.as_bytes()), "{v}");
            bare.read(v.as_bytes()).unwrap_err()
        };
        assert_eq!(read(""), Malformed::Empty);
        assert_eq!(read(&good.to_uppercase()), Malformed::Uppercase);
        assert_eq!(
            read(&format!("sha1={good}")),
            Malformed::PrefixUnexpected {
                own: String::new(),
                found: "sha1=".into()
            }
        );
        assert_eq!(
            read(&good[..20]),
            Malformed::Length {
                expected: 40,
                got: 20
            }
        );
        assert_eq!(
            read(&good.replace("ab", "zz")),
            Malformed::Alphabet(Encoding::Hex)
        );
        let prefixed = scheme(Algorithm::HmacSha1, Encoding::Hex, "sha1=");
        assert_eq!(
            prefixed.read(good.as_bytes()),
            Err(Malformed::PrefixMissing("sha1=".into()))
        );
        let twice = prefixed.read(format!("sha1=v1={good}").as_bytes());
        assert_eq!(
            twice.unwrap_err().to_string(),
            "behind `sha1=` stands `v1=`, where the MAC is expected"
        );
    }
}
