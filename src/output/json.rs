//! Lines of `--json` and the parts that several of them share. Their shapes are documented in `docs/schema` and do not
//! change; fields may be added.

use serde::Serialize;

use crate::http::Response;
use crate::webhook::record::{BodyPart, HeaderValue, Text, header_parts};

pub use crate::json_line::line;
pub(crate) use crate::webhook::record::{RequestPart, SignaturePart, ValidationPart, milliseconds};

/// The first line of `listen --json` and `demo --json`.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "ready")]
pub struct Ready {
    /// Where deliveries go.
    pub url: String,
    /// The same from the internet, when there is a tunnel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
}

/// An endpoint's response.
#[derive(Debug, Serialize)]
pub struct AnswerPart<'a> {
    status: u16,
    headers: Vec<(Text<'a>, HeaderValue<'a>)>,
    #[serde(flatten)]
    body: BodyPart<'a>,
    clipped: bool,
}

impl<'a> AnswerPart<'a> {
    /// A response with no more of its body than `shown`.
    pub fn with(answer: &'a Response, shown: &'a [u8]) -> Self {
        Self {
            status: answer.status,
            headers: header_parts(&answer.headers),
            body: BodyPart::from(shown),
            clipped: answer.clipped || shown.len() < answer.body.len(),
        }
    }
}
