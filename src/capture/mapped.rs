//! JSON of any tool, whose user says where the parts of a request are: lines of objects, one object, or an array.

use std::borrow::Cow;

use crate::webhook::payload::json::{Kind, Node, parse_body, without_bom};
use crate::webhook::record::DeliveryRecord;

use super::error::{CaptureError, excerpt};
use super::exported::{ExportedRequest, decode_base64, time};
use super::literal::buffer;
use super::request_log::add_headers;

/// A part of a request, and the JSON Pointer to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    part: Part,
    pointer: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Body,
    BodyBase64,
    Method,
    Url,
    Headers,
    Header(String),
    ReceivedAt,
}

impl Mapping {
    /// Reads `PART=POINTER`.
    ///
    /// # Errors
    /// When the part is not known or the pointer is none, as a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        const EXPECTED: &str = "expected PART=/POINTER, where PART is body, body.base64, method, url, headers, header.NAME or received_at, such as body=/request/raw";
        let (name, pointer) = text.split_once('=').ok_or(EXPECTED)?;
        let part = match name {
            "body" => Part::Body,
            "body.base64" => Part::BodyBase64,
            "method" => Part::Method,
            "url" | "target" => Part::Url,
            "headers" => Part::Headers,
            "received_at" => Part::ReceivedAt,
            _ => match name.strip_prefix("header.").filter(|header| !header.is_empty()) {
                Some(header) => Part::Header(header.to_owned()),
                None => return Err(EXPECTED.to_owned()),
            },
        };
        match pointer.is_empty() || pointer.starts_with('/') {
            true => Ok(Self { part, pointer: pointer.to_owned() }),
            false => Err(format!("a JSON Pointer starts with a slash: {name}=/{pointer}")),
        }
    }

    fn is_body(&self) -> bool {
        matches!(self.part, Part::Body | Part::BodyBase64)
    }
}

const HINT: &str =
    "check the pointers against a line: /request/raw is the member `raw` of the member `request`";

/// Reads the requests of a file of JSON. Objects in which no pointer finds anything are passed over.
///
/// # Errors
/// When it is no JSON, when no body is mapped, and for a request that lacks its body or has a part of the wrong type.
pub(crate) fn read(
    bytes: &[u8],
    mappings: &[Mapping],
) -> Result<Vec<DeliveryRecord>, CaptureError> {
    if !mappings.iter().any(Mapping::is_body) {
        let message = "--map does not say where the body is".to_owned();
        let error =
            CaptureError::new(message, "add --map body=/POINTER, or --map body.base64=/POINTER");
        return Err(CaptureError { is_refused: true, ..error });
    }
    let text = without_bom(bytes);
    let mut all = Vec::new();
    let mut add = |node: Node<'_, '_>, place: &str| {
        let id = all.len() as u64 + 1;
        let record = request(node, mappings)
            .and_then(|found| found.map(|found| found.into_record(id)).transpose());
        let failed = |why| CaptureError::new(format!("{place} cannot be read: {why}"), HINT);
        all.extend(record.map_err(failed)?);
        Ok(())
    };
    match parse_body(text) {
        Ok(document) if document.root().kind() == Kind::Array => {
            for (number, item) in (1..).zip(document.root().items()) {
                add(item, &format!("item {number}"))?;
            }
        }
        Ok(document) => add(document.root(), "the object")?,
        Err(_) => {
            let lines = (1..).zip(text.split(|b| *b == b'\n').map(<[u8]>::trim_ascii));
            for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
                let document = parse_body(line).map_err(|why| {
                    CaptureError::new(format!("line {number} is not JSON: {why}"), HINT)
                })?;
                add(document.root(), &format!("line {number}"))?;
            }
        }
    }
    match all.is_empty() {
        true => Err(CaptureError::new("the pointers of --map find nothing".to_owned(), HINT)),
        false => Ok(all),
    }
}

/// The request of an object; `None` when no pointer finds anything in it.
fn request(root: Node<'_, '_>, mappings: &[Mapping]) -> Result<Option<ExportedRequest>, String> {
    let mut request = ExportedRequest::default();
    let (mut is_any, mut has_body) = (false, false);
    for mapping in mappings {
        let found = match mapping.pointer.as_str() {
            "" => Some(root),
            pointer => root.at_pointer(pointer),
        };
        let Some(node) = found.filter(|node| node.kind() != Kind::Null) else { continue };
        is_any = true;
        has_body |= mapping.is_body();
        mapping.add(node, &mut request)?;
    }
    if is_any && !has_body {
        let body = mappings.iter().find(|mapping| mapping.is_body());
        let pointer = body.map(|body| body.pointer.as_bytes()).unwrap_or_default();
        return Err(format!("there is no body at {}", excerpt(pointer)));
    }
    Ok(is_any.then_some(request))
}

impl Mapping {
    fn add(&self, node: Node<'_, '_>, request: &mut ExportedRequest) -> Result<(), String> {
        let text = || -> Result<Cow<'_, str>, String> {
            node.text().ok_or_else(|| {
                format!("what is at {} is no text", excerpt(self.pointer.as_bytes()))
            })
        };
        match &self.part {
            Part::Body => match buffer(node) {
                Some(bytes) => request.body = bytes,
                None => request.body_of(node),
            },
            Part::BodyBase64 => request.body = decode_base64(&text()?)?,
            Part::Method => request.method = Some(text()?.into_owned()),
            Part::Url => request.url = Some(text()?.into_owned()),
            Part::Headers => match node.kind() {
                Kind::Object | Kind::Array => add_headers(node, request)?,
                _ => {
                    return Err(format!(
                        "the headers at {} are no object or array",
                        excerpt(self.pointer.as_bytes())
                    ));
                }
            },
            Part::Header(name) => {
                request.headers.remove(name);
                match node.kind() {
                    Kind::Number => request.header(name, node.raw().as_bytes()),
                    _ => request.header(name, text()?.as_bytes()),
                }
            }
            Part::ReceivedAt => {
                let place = excerpt(self.pointer.as_bytes());
                let at = time(node).ok_or_else(|| format!("what is at {place} is no time"))?;
                request.received_at = Some(at);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::shown;

    fn try_read(text: &str, mappings: &[&str]) -> Result<Vec<DeliveryRecord>, CaptureError> {
        let mappings: Vec<_> = mappings.iter().map(|text| Mapping::parse(text).unwrap()).collect();
        read(text.as_bytes(), &mappings)
    }

    fn parts(text: &str, mappings: &[&str]) -> Vec<String> {
        let all = try_read(text, mappings).unwrap_or_else(|why| panic!("{text}: {why}"));
        all.iter().map(shown).collect()
    }

    const LINE: &str = r#"{"at":"2026-01-01T00:00:00Z","request":{"raw":"{\"a\": 1}","b64":"/wA=","parsed":{"a": 1},"buffer":{"type":"Buffer","data":[1]},"verb":"PUT","path":"/x"},"headers":{"x-a":"b"},"sig":"s","n":7}"#;

    #[test]
    fn parts_are_found_by_their_pointers() {
        for (mappings, expected) in [
            (&["body=/request/raw"][..], "POST /  {\"a\": 1} target,method"),
            (
                &[
                    "body=/request/raw",
                    "method=/request/verb",
                    "url=/request/path",
                    "header.X-Sig=/sig",
                    "header.n=/n",
                    "received_at=/at",
                ],
                "PUT /x X-Sig: s|n: 7 {\"a\": 1} ",
            ),
            (
                &["body.base64=/request/b64", "headers=/headers"],
                "POST / x-a: b \u{fffd}\0 headers.names,target,method",
            ),
            (&["body=/request/parsed"], "POST /  {\"a\":1} body.reserialized,target,method"),
            (&["body=/request/buffer"], "POST /  \u{1} target,method"),
        ] {
            assert_eq!(parts(LINE, mappings), [expected], "{mappings:?}");
        }
        let lines = format!("{LINE}\n{{\"other\":1}}\n\n{LINE}\n");
        assert_eq!(parts(&lines, &["body=/request/raw"]).len(), 2);
        let array = format!("[\n{LINE},\n{LINE}]");
        assert_eq!(parts(&array, &["body=/request/raw"]).len(), 2);
        let at = try_read(LINE, &["body=/sig", "received_at=/at"])
            .unwrap()
            .remove(0)
            .delivery
            .received_at;
        assert_eq!(at.unwrap().to_string(), "2026-01-01T00:00:00Z");
    }

    #[test]
    fn what_is_not_found_or_not_right_is_named() {
        for (text, mappings, why) in [
            (LINE, &["headers=/headers"][..], "does not say where the body is"),
            (LINE, &["body=/nothing"], "find nothing"),
            (LINE, &["body=/nothing", "header.a=/sig"], "there is no body at /nothing"),
            (LINE, &["body=/sig", "headers=/sig"], "the headers at /sig are no object"),
            (LINE, &["body=/sig", "method=/n"], "what is at /n is no text"),
            (LINE, &["body.base64=/request/raw"], "base64"),
            (LINE, &["body=/sig", "header.a b=/sig"], "header name"),
            ("{\"sig\":1}\nx\n", &["body=/sig"], "line 2 is not JSON"),
        ] {
            let error = try_read(text, mappings).unwrap_err().to_string();
            assert!(error.contains(why), "{mappings:?}: {error}");
        }
        for text in ["body", "body=raw", "bodies=/a", "header.=/a", "=/a"] {
            assert!(Mapping::parse(text).is_err(), "{text}");
        }
    }
}
