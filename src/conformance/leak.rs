//! What an answer gives away: the signature that the request should have had, or the secret, which is struck
//! out before anybody sees it.

use crate::sender::Answer;
use crate::webhook::mac;
use crate::webhook::scheme::{Algorithm, Encoding, Scheme};

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
    let gives_secret = maker.secret().is_some_and(|secret| {
        let secret = secret.expose();
        secret.len() >= SHORTEST_SECRET && strike_out(answer, secret)
    });
    if gives_secret {
        return Some(Leak::Secret);
    }
    let (scheme, secret) = maker.signing()?;
    let delivery = &request.delivery;
    let beside = match scheme.signed(&delivery.headers, &delivery.body) {
        Ok(parts) => parts,
        Err(_) => return None,
    };
    let mac = mac::make(scheme.algorithm, secret, &beside);
    let in_headers = |needle: &str| {
        let mut values = delivery.headers.iter().map(|(_, value)| value);
        values.any(|value| holds(value, needle))
    };
    // Half of it is more than anybody should be told, and too long to stand there by chance.
    let halves = written(scheme, &mac).into_iter().map(|mut text| {
        text.truncate(text.len() / 2);
        text
    });
    let leaks = halves.into_iter().any(|needle| {
        let needle = needle.as_str();
        let was_sent = in_headers(needle) || holds(delivery.target.as_bytes(), needle);
        let headers = answer.headers.iter();
        let said = headers.map(|(_, value)| value);
        let said = said.chain([&*answer.body, answer.phrase.as_bytes()]);
        !was_sent && said.into_iter().any(|text| holds(text, needle))
    });
    leaks.then_some(Leak::Signature)
}

/// A MAC in every form that an answer may show it in.
fn written(scheme: &Scheme, mac: &[u8]) -> Vec<String> {
    let as_is = |encoding| {
        Scheme {
            encoding,
            prefix: String::new(),
            // How it is written does not depend on it.
            algorithm: Algorithm::HmacSha1,
            ..scheme.clone()
        }
        .write(mac)
    };
    vec![as_is(Encoding::Hex), as_is(Encoding::Base64)]
}

/// Whether `text` holds `needle`, in whichever case.
fn holds(text: &[u8], needle: &str) -> bool {
    let needle = needle.as_bytes();
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

    use crate::webhook::delivery::Headers;

    #[test]
    fn the_secret_is_struck_out_wherever_it_stands() {
        let mut answer = Answer {
            status: 401,
            phrase: "No hunter2!".to_owned(),
            headers: [("x", "hunter2hunter2")].into_iter().collect(),
            body: b"hunter hunter2".to_vec(),
            clipped: false,
            duration: Duration::ZERO,
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
