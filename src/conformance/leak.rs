//! What an answer gives away: the signature that the request should have had, or the secret, which is struck
//! out before anybody sees it.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::http::Response as Answer;
use crate::webhook::delivery::Delivery;
use crate::webhook::signature::{hex, mac};

use super::expect::Judged;
use super::make::Maker;
use super::outcome::Request;

/// Shorter secrets stand in answers by chance.
const SHORTEST_SECRET: usize = 6;

/// What an answer gives away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leak {
    /// The signature that the request should have had.
    Signature,
    /// The secret itself.
    Secret,
}

/// What an answer gives away that was not in the request; the secret is struck out.
pub fn find(maker: &Maker, request: &Request, answer: &mut Answer) -> Option<Leak> {
    let delivery = &request.delivery;
    let gives_secret = maker.secret().is_some_and(|secret| {
        let secret = secret.expose();
        let is_told = secret.len() >= SHORTEST_SECRET && strike_out(answer, secret);
        is_told && !is_a_word(secret) && !was_sent(delivery, secret)
    });
    if gives_secret {
        return Some(Leak::Secret);
    }
    let (scheme, secret) = maker.signing()?;
    let beside = match scheme.signed(&delivery.headers, &delivery.body) {
        Ok(parts) => parts,
        Err(_) => return None,
    };
    let mac = mac::make(scheme.algorithm, secret, &beside);
    // Half of it is more than anybody should be told, and too long to stand there by chance.
    let halves = written(&mac).into_iter().map(|mut text| {
        text.truncate(text.len() / 2);
        text
    });
    let leaks = halves.into_iter().any(|needle| {
        let needle = needle.as_bytes();
        let headers = answer.headers.iter();
        let said = headers.map(|(_, value)| value);
        let said = said.chain([&*answer.body, answer.phrase.as_bytes()]);
        !was_sent(delivery, needle) && said.into_iter().any(|text| holds(text, needle))
    });
    leaks.then_some(Leak::Signature)
}

/// The verdict on an answer that gives something away.
pub fn leaked(leak: Leak) -> Judged {
    Judged::failed(match leak {
        Leak::Signature => "the answer holds the signature that the request should have had",
        Leak::Secret => "the answer holds the signing secret (struck out here)",
    })
}

/// A MAC in every form that an answer may show it in.
fn written(mac: &[u8]) -> [String; 3] {
    [
        hex::encode(mac),
        STANDARD.encode(mac),
        URL_SAFE_NO_PAD.encode(mac),
    ]
}

/// Whether a secret is a word that answers may hold without knowing it, such as `secret` or `webhook`.
fn is_a_word(secret: &[u8]) -> bool {
    const LONGEST: usize = 12;
    secret.len() <= LONGEST && secret.iter().all(u8::is_ascii_lowercase)
}

/// Whether the request itself holds `needle`: who is told it back learns nothing.
fn was_sent(delivery: &Delivery, needle: &[u8]) -> bool {
    let mut values = delivery.headers.iter().map(|(_, value)| value);
    values.any(|value| holds(value, needle))
        || holds(delivery.target.as_bytes(), needle)
        || holds(&delivery.body, needle)
}

/// Whether `text` holds `needle`, in whichever case.
fn holds(text: &[u8], needle: &[u8]) -> bool {
    let mut windows = text.windows(needle.len().max(1));
    windows.any(|window| window.eq_ignore_ascii_case(needle))
}

/// Replaces the secret wherever an answer holds it; says whether it did.
fn strike_out(answer: &mut Answer, secret: &[u8]) -> bool {
    let mut found = false;
    let mut clean = |text: &[u8]| -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some((first, behind)) = rest.split_first() {
            match rest.strip_prefix(secret) {
                Some(behind) => {
                    found = true;
                    out.extend_from_slice(b"[secret]");
                    rest = behind;
                }
                None => {
                    out.push(*first);
                    rest = behind;
                }
            }
        }
        out
    };
    answer.body = clean(&answer.body);
    answer.phrase = String::from_utf8_lossy(&clean(answer.phrase.as_bytes())).into_owned();
    let headers = answer.headers.iter();
    answer.headers = headers
        .map(|(name, value)| (name.to_owned(), clean(value)))
        .collect();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use crate::conformance::case::{Change, Forgery};
    use crate::http::Endpoint;
    use crate::webhook::delivery::Headers;
    use crate::webhook::provider::catalog::Catalog;
    use crate::webhook::signature::scheme::{Algorithm, Encoding, Scheme};
    use crate::webhook::signature::secret::Secret;

    fn answer(body: &[u8]) -> Answer {
        Answer {
            status: 401,
            phrase: "Unauthorized".to_owned(),
            headers: Headers::default(),
            body: body.to_vec(),
            clipped: false,
            duration: Duration::ZERO,
        }
    }

    #[test]
    fn only_what_was_not_known_before_is_given_away() {
        let catalog = Catalog::builtin();
        let endpoint = Endpoint::parse("http://localhost/").unwrap();
        let found = |secret: &str, body: &[u8], sent: &str| {
            let secret = Secret::new(secret.as_bytes().to_vec(), "a test");
            let provider = catalog.provider("chatzuri").unwrap();
            let maker = Maker::new(catalog, provider, Some(secret), endpoint.clone()).unwrap();
            let mut request = maker.request(Change::Forged(Forgery::None)).unwrap();
            request.delivery.headers.push("x-sent", sent);
            find(&maker, &request, &mut answer(body))
        };
        let body = b"signature or secret missing";
        assert_eq!(found("secret", body, ""), None);
        assert_eq!(found("missing", body, ""), None);
        let body = b"the key is hunter2!";
        assert_eq!(found("hunter2", body, ""), Some(Leak::Secret));
        assert_eq!(found("hunter2", body, "hunter2"), None);
    }

    #[test]
    fn a_mac_is_known_in_every_encoding() {
        let mac: Vec<u8> = (0..20).map(|i| 0xff - i * 7).collect();
        let forms = written(&mac);
        for encoding in [Encoding::Hex, Encoding::Base64, Encoding::Base64Url] {
            let scheme = Scheme {
                header: String::new(),
                algorithm: Algorithm::HmacSha1,
                encoding,
                prefix: String::new(),
                signs: Vec::new(),
                timestamp: None,
            };
            assert!(forms.contains(&scheme.write(&mac)), "{encoding:?}");
        }
    }

    #[test]
    fn the_secret_is_struck_out_wherever_it_stands() {
        let mut answer = Answer {
            phrase: "No hunter2!".to_owned(),
            headers: [("x", "hunter2hunter2")].into_iter().collect(),
            ..answer(b"hunter hunter2")
        };
        assert!(strike_out(&mut answer, b"hunter2"));
        let shown = format!("{:?}{}", answer, String::from_utf8_lossy(&answer.body));
        assert!(!shown.contains("hunter2"), "{shown}");
        assert_eq!(answer.body, b"hunter [secret]");
        answer.headers = Headers::default();
        answer.phrase.clear();
        answer.body = b"fine".to_vec();
        assert!(!strike_out(&mut answer, b"hunter2"));
    }
}
