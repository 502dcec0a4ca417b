//! One question to the endpoint: a request goes out as it is, and what comes back is an answer or the
//! reason why there is none. What an answer gives away is noticed here, before the secret is struck out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::sender::{Answer, Endpoint, Exact, Kind, NoAnswer, Transport};
use crate::webhook::mac;
use crate::webhook::provider::Response;
use crate::webhook::scheme::{Algorithm, Encoding, Scheme};

use super::case::Change;
use super::make::Maker;
use super::outcome::Request;
use super::wire;

/// The most that is read of an answer's body, in bytes.
const MOST_OF_ANSWER: usize = 64 << 10;
/// Shorter secrets stand in answers by chance.
const SHORTEST_SECRET: usize = 6;

/// Asks an endpoint. Copies ask the same one.
#[derive(Clone, Debug)]
pub struct Asker {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    exact: Exact,
    endpoint: Endpoint,
    maker: Maker,
    response: Response,
}

/// Why there is no answer.
#[derive(Clone, Debug)]
pub struct Silence {
    /// Which way.
    pub kind: Kind,
    /// In words.
    pub what: String,
    /// What to do.
    pub hint: String,
}

impl From<NoAnswer> for Silence {
    fn from(none: NoAnswer) -> Self {
        Self {
            kind: none.kind,
            what: none.error.what,
            hint: none.error.hint,
        }
    }
}

/// What an answer gives away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leak {
    /// The signature that the request should have had.
    Signature,
    /// The secret itself.
    Secret,
}

/// A question that was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What came back, the secret struck out.
    pub answer: Result<Answer, Silence>,
    /// What it gives away.
    pub leak: Option<Leak>,
    /// How long it took.
    pub duration: Duration,
}

impl Asked {
    /// Whether it was answered 2xx.
    pub fn is_accepted(&self) -> bool {
        matches!(&self.answer, Ok(answer) if answer.status / 100 == 2)
    }

    /// The status, if there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.answer.as_ref().ok().map(|answer| answer.status)
    }
}

impl Asker {
    /// An asker of `endpoint` with deliveries of `maker`.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(
        endpoint: Endpoint,
        transport: &Transport,
        maker: Maker,
        response: Response,
    ) -> Result<Self, Error> {
        Ok(Self {
            inner: Arc::new(Inner {
                exact: Exact::new(&endpoint, transport, MOST_OF_ANSWER)?,
                endpoint,
                maker,
                response,
            }),
        })
    }

    /// What makes the requests.
    pub fn maker(&self) -> &Maker {
        &self.inner.maker
    }

    /// The answer that the provider's document asks for.
    pub fn response(&self) -> &Response {
        &self.inner.response
    }

    /// Sends a request and waits for the answer.
    pub async fn ask(&self, request: &Request) -> Asked {
        let Inner {
            exact, endpoint, ..
        } = &*self.inner;
        let started = Instant::now();
        let bytes = wire::write(&request.delivery);
        let answer = exact.exchange(endpoint, &request.delivery, bytes).await;
        let mut answer = answer.map_err(Silence::from);
        let leak = match &mut answer {
            Ok(answer) => self.leak(request, answer),
            Err(_) => None,
        };
        Asked {
            answer,
            leak,
            duration: started.elapsed(),
        }
    }

    /// Sends the first `length` bytes of a request, and closes the connection.
    pub async fn break_off(&self, request: &Request, length: usize) -> Result<(), Silence> {
        let Inner {
            exact, endpoint, ..
        } = &*self.inner;
        let bytes = wire::write(&request.delivery);
        let part = bytes.get(..length).unwrap_or(&bytes);
        let sent = exact.break_off(endpoint, part).await;
        sent.map_err(Silence::from)
    }

    /// Whether a genuine delivery is answered at all, and within `patience` if that is given.
    pub async fn is_serving(&self, patience: Option<Duration>) -> bool {
        let Ok(request) = self.maker().request(Change::Sample(0)) else {
            return false;
        };
        let asked = self.ask(&request);
        match patience {
            None => asked.await.answer.is_ok(),
            Some(patience) => {
                let asked = tokio::time::timeout(patience, asked).await;
                asked.is_ok_and(|asked| asked.answer.is_ok())
            }
        }
    }

    /// What an answer gives away that was not in the request; the secret is struck out.
    fn leak(&self, request: &Request, answer: &mut Answer) -> Option<Leak> {
        let maker = self.maker();
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
        let leaks = written(scheme, &mac).iter().any(|needle| {
            let was_sent = in_headers(needle) || holds(delivery.target.as_bytes(), needle);
            let headers = answer.headers.iter();
            let said = headers.map(|(_, value)| value).chain([&*answer.body]);
            !was_sent && said.into_iter().any(|text| holds(text, needle))
        });
        leaks.then_some(Leak::Signature)
    }
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
