//! The requests of a handshake, as its provider sends them to an endpoint, right and wrong.

use bytes::Bytes;

use crate::http::Endpoint;
use crate::http::readdress::set_length;
use crate::webhook::delivery::Delivery;
use crate::webhook::handshake::{
    ExpectedResponse, Generated, Handshake, HandshakeMethod, HandshakeRequest, Probe, RequestValues,
};
use crate::webhook::provider::outgoing::add_headers;
use crate::webhook::provider::{Content, Provider};
use crate::webhook::signature::scheme::{Algorithm, Scheme};
use crate::webhook::signature::sign::{Signing, Stamp};
use crate::webhook::signature::tamper::{Tamper, tamper};
use crate::webhook::signature::{Secret, SignatureContext};

/// Stands in what is shown for the verify token, and for the key that is handed over.
const SHOWN_TOKEN: &str = "VERIFY_TOKEN";
const SHOWN_KEY: &str = "SECRET";

/// Plays a provider's side of its handshakes.
#[derive(Clone, Debug)]
pub struct HandshakeSender<'s> {
    pub provider: &'s Provider,
    pub endpoint: &'s Endpoint,
    /// The scheme that signs, if the provider signs.
    pub scheme: Option<&'s Scheme>,
    pub context: &'s SignatureContext,
    /// The time and the id of signed requests.
    pub stamp: Stamp,
    pub secret: Option<&'s Secret>,
    pub verify_token: Option<&'s Secret>,
}

/// The request of a probe.
#[derive(Clone, Debug)]
pub struct HandshakeProbe {
    pub delivery: Delivery,
    /// The same without verify token and key, to show.
    pub shown: Delivery,
    /// The responses that the provider accepts.
    pub expected: Vec<ExpectedResponse>,
}

impl HandshakeSender<'_> {
    /// The request of a probe. The error says, in a clause, what it needs.
    pub fn build(&self, handshake: &Handshake, probe: Probe) -> Result<HandshakeProbe, String> {
        let generated = Generated { text: random(32, true), digits: random(10, false) };
        let wrong = format!("wrong-{}", generated.text);
        let token = match (&handshake.check, probe, self.verify_token) {
            (None, ..) => "",
            (Some(_), Probe::WrongToken, _) => wrong.as_str(),
            (Some(_), _, token) => text(token, "the verify token (--verify-token)")?,
        };
        let key = match &handshake.key {
            None => "",
            Some(_) => text(self.secret, "the secret, which is the key that it hands over")?,
        };
        let filled = |token, key| {
            let mut delivery = self.endpoint.request(Bytes::new());
            if handshake.method == HandshakeMethod::Post {
                let mut headers = delivery.headers.clone();
                let content = Content::new(&delivery, &delivery.body, None);
                add_headers(self.provider, None, &content, &self.stamp, &mut headers);
                headers.set("content-type", "application/json");
                delivery.headers = headers;
            }
            handshake
                .fill_request(&mut delivery, RequestValues { generated: &generated, token, key });
            delivery
        };
        let mut delivery = filled(token, key);
        let expected = handshake.expected(&HandshakeRequest::from(&delivery), self.secret);
        let expected = expected.map_err(|why| why.to_string())?;
        if handshake.signed {
            self.sign(&mut delivery, probe)?;
        }
        let is_token = self.scheme.is_some_and(|scheme| scheme.algorithm == Algorithm::Token);
        let is_secret = handshake.check.is_some() || handshake.key.is_some() || is_token;
        let shown = match is_secret {
            true => filled(SHOWN_TOKEN, SHOWN_KEY),
            false => delivery.clone(),
        };
        Ok(HandshakeProbe { delivery, shown, expected })
    }

    fn sign(&self, delivery: &mut Delivery, probe: Probe) -> Result<(), String> {
        let (scheme, secret) =
            self.scheme.zip(self.secret).ok_or("it is signed, and no secret was given")?;
        let signing = Signing::new(scheme, secret, delivery, self.context, &self.stamp);
        let signing = signing.map_err(|why| why.to_string())?;
        let value = match probe {
            Probe::WrongSignature => tamper(Tamper::Signature, &signing)?.signature,
            Probe::Genuine | Probe::WrongToken => {
                let signature = signing.signature().map_err(|why| why.to_string())?;
                Some(signing.write(&signature))
            }
        };
        let body = signing.request().body.clone();
        let signed = signing.place(body, value.as_deref()).map_err(|why| why.to_string())?;
        for (name, value) in signed.headers {
            delivery.headers.set(&name, value);
        }
        delivery.body = signed.body;
        set_length(&mut delivery.headers, &delivery.body);
        Ok(())
    }
}

/// A secret as text that a request can carry.
fn text<'s>(secret: Option<&'s Secret>, what: &str) -> Result<&'s str, String> {
    let secret = secret.ok_or_else(|| format!("it needs {what}"))?;
    let text = std::str::from_utf8(secret.expose()).ok();
    let text = text.filter(|text| !text.contains(char::is_control));
    text.ok_or_else(|| format!("the text from {} cannot be sent", secret.origin()))
}

fn random(length: usize, with_letters: bool) -> String {
    let digit = || fastrand::digit(10);
    let first = char::from(b'0' + fastrand::u8(1..10));
    let rest =
        std::iter::repeat_with(|| if with_letters { fastrand::alphanumeric() } else { digit() });
    std::iter::once(first).chain(rest).take(length).collect()
}
