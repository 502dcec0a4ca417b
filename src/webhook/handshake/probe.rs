//! The requests that check whether an endpoint responds to a handshake, and rejects one with a wrong verify token or
//! signature.

use super::Handshake;
use super::response::{ExpectedBody, ExpectedResponse, check};
use crate::webhook::delivery::Headers;

/// One request of a handshake to an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// As the provider sends it.
    Genuine,
    /// With another verify token.
    WrongToken,
    /// With a wrong signature.
    WrongSignature,
}

impl Probe {
    /// The word in JSON output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Genuine => "genuine",
            Self::WrongToken => "wrong_token",
            Self::WrongSignature => "wrong_signature",
        }
    }

    /// What is wrong with the request, human-readable.
    pub fn clause(self) -> Option<&'static str> {
        match self {
            Self::Genuine => None,
            Self::WrongToken => Some("with a wrong verify token"),
            Self::WrongSignature => Some("with a wrong signature"),
        }
    }
}

impl Handshake {
    /// The requests that show whether an endpoint handles this handshake correctly.
    pub fn probes(&self) -> Vec<Probe> {
        let token = self.check.is_some().then_some(Probe::WrongToken);
        let signature = self.signed.then_some(Probe::WrongSignature);
        [Some(Probe::Genuine), token, signature].into_iter().flatten().collect()
    }

    /// Checks an endpoint's response to a probe; returns remarks about a correct one.
    ///
    /// # Errors
    /// When it is wrong: the reason, human-readable.
    pub fn judge(
        &self,
        probe: Probe,
        expected: &[ExpectedResponse],
        status: u16,
        headers: &Headers,
        body: &[u8],
    ) -> Result<Vec<String>, String> {
        if probe == Probe::Genuine {
            return check(expected, status, headers, body);
        }
        match (status / 100, self.refuse_status) {
            (4, None) => Ok(Vec::new()),
            (_, Some(wanted)) if status == wanted => Ok(Vec::new()),
            (2, _) if answers(expected, body) => {
                Err(format!("responded with {status}: it was accepted"))
            }
            (2, None) => Ok(vec![
                "the response is not the expected one, but a 4xx would be a clearer rejection"
                    .to_owned(),
            ]),
            _ => Err(format!("responded with {status}")),
        }
    }

    /// The expected response to a probe, human-readable.
    pub fn expectation(&self, probe: Probe, expected: &[ExpectedResponse]) -> String {
        match probe {
            Probe::Genuine => {
                let all: Vec<_> = expected.iter().map(ExpectedResponse::describe).collect();
                all.join("; or ")
            }
            Probe::WrongToken | Probe::WrongSignature => {
                self.refuse_status.map_or("a 4xx".to_owned(), |status| status.to_string())
            }
        }
    }
}

/// Whether a body contains what a correct response would.
fn answers(expected: &[ExpectedResponse], body: &[u8]) -> bool {
    let holds = |text: &str| body.windows(text.len().max(1)).any(|w| w == text.as_bytes());
    expected.iter().any(|one| match &one.body {
        ExpectedBody::Any => true,
        ExpectedBody::Text(text) => holds(text),
        ExpectedBody::Json(texts) => texts.values().any(|text| holds(text)),
    })
}
