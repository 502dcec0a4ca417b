//! The body of an archive's request: text, base64, or a form of which only the fields were kept.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;

use super::super::url;

/// The body as it was recorded.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostData {
    mime_type: Option<String>,
    text: Option<String>,
    encoding: Option<String>,
    params: Option<Vec<Param>>,
}

#[derive(Deserialize)]
struct Param {
    name: Option<String>,
    value: Option<String>,
}

impl PostData {
    /// The body, as near to its bytes as the archive is.
    pub fn body(self) -> Result<Vec<u8>, String> {
        let params = self.params.unwrap_or_default();
        match (self.text, self.encoding.as_deref()) {
            (Some(text), Some("base64")) => decoded(&text),
            (Some(text), _) if !text.is_empty() || params.is_empty() => Ok(text.into_bytes()),
            _ if params.is_empty() => Ok(Vec::new()),
            _ if is_multipart(self.mime_type.as_deref()) => {
                Err("its multipart form was recorded without its bytes".to_owned())
            }
            _ => Ok(form(&params)),
        }
    }
}

fn is_multipart(mime_type: Option<&str>) -> bool {
    mime_type.is_some_and(|mime| {
        mime.get(..10)
            .is_some_and(|m| m.eq_ignore_ascii_case("multipart/"))
    })
}

fn form(params: &[Param]) -> Vec<u8> {
    let encoded =
        |part: &Option<String>| url::form_encoded(part.as_deref().unwrap_or_default().as_bytes());
    let pairs: Vec<_> = params
        .iter()
        .map(|param| [encoded(&param.name), encoded(&param.value)].join(&b'='))
        .collect();
    pairs.join(&b'&')
}

/// Undoes base64, with padding or without, and with line ends in it.
pub(super) fn decoded(base64: &str) -> Result<Vec<u8>, String> {
    let lenient =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let compact: Vec<u8> = base64
        .bytes()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    GeneralPurpose::new(&alphabet::STANDARD, lenient)
        .decode(compact)
        .map_err(|why| format!("its base64 is broken: {why}"))
}
