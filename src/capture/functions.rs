//! A request as the functions of Google Cloud, Firebase and Azure get it, written as JSON: the `req` object of Node
//! (with `rawBody`, also as a Buffer), or the call of a custom handler of Azure. One, an array, or one a line.

use crate::webhook::payload::json::{Kind, Node};
use crate::webhook::record::{DeliveryRecord, Loss};

use super::content::Content;
use super::error::CaptureError;
use super::exported::{Export, ExportedRequest, entries, text};

const EXPORT: Export = Export {
    name: "the requests of functions",
    entry: "request",
    hint: "write method, originalUrl, headers and rawBody of the request as JSON; if the file is a body, give --format body",
};

/// Whether a file starts with such a request.
pub(super) fn is_request(file: &Content<'_>) -> bool {
    ["", "0/"].iter().any(|at| {
        let has = |path: &str| file.at(&format!("{at}{path}")).is_some();
        let is_of_azure = has("Data/req/Headers") && has("Data/req/Method") && has("Metadata");
        let has_body = has("rawBody") || (has("body") && has("originalUrl"));
        is_of_azure || (has("headers") && has("method") && has_body)
    })
}

/// Reads the requests.
///
/// # Errors
/// For one whose headers or body cannot be read; it is named.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<DeliveryRecord>, CaptureError> {
    let documents = EXPORT.documents(bytes)?;
    EXPORT.records(entries(&documents, &[]).into_iter(), |entry| {
        match entry.at_pointer("/Data/req") {
            Some(call) => of_call(call),
            None => of_node(entry),
        }
        .map(Some)
    })
}

fn of_call(call: Node<'_, '_>) -> Result<ExportedRequest, String> {
    let mut request = ExportedRequest {
        method: text(call, "/Method").map(Into::into),
        url: text(call, "/Url").map(Into::into),
        ..ExportedRequest::default()
    };
    request.headers_of(call.get("Headers").ok_or("it has no headers")?)?;
    request.lose(Loss::HeaderNames);
    if let Some(body) = call.get("Body") {
        request.body_of(body);
    }
    Ok(request)
}

fn of_node(entry: Node<'_, '_>) -> Result<ExportedRequest, String> {
    let url = text(entry, "/originalUrl").or_else(|| text(entry, "/url"));
    let mut request = ExportedRequest {
        method: text(entry, "/method").map(Into::into),
        url: url.or_else(|| text(entry, "/path")).map(Into::into),
        ..ExportedRequest::default()
    };
    request.headers_of(entry.get("headers").ok_or("it has no headers")?)?;
    request.lose(Loss::HeaderNames);
    let raw = entry.get("rawBody").filter(|raw| raw.kind() != Kind::Null);
    match raw {
        Some(raw) if raw.kind() == Kind::Object => request.body = buffer(raw)?,
        Some(raw) => request.body_of(raw),
        None => match entry.get("body") {
            Some(body) if is_buffer(body) => request.body = buffer(body)?,
            Some(body) => request.body_of(body),
            None => {}
        },
    }
    Ok(request)
}

fn is_buffer(node: Node<'_, '_>) -> bool {
    text(node, "/type").is_some_and(|kind| kind == "Buffer")
        && node.get("data").is_some_and(|data| data.kind() == Kind::Array)
}

/// The bytes of `{"type":"Buffer","data":[123,125]}`.
fn buffer(node: Node<'_, '_>) -> Result<Vec<u8>, String> {
    if !is_buffer(node) {
        return Err("its `rawBody` is neither text nor a Buffer".to_owned());
    }
    let byte = |item: Node<'_, '_>| {
        item.raw()
            .parse::<u8>()
            .map_err(|_| "its Buffer holds something else than bytes".to_owned())
    };
    node.get("data").into_iter().flat_map(Node::items).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::detect;

    const GOOGLE: &str = r#"{"method":"POST","url":"/hook?a=b","headers":{"host":"h","x-sig":"1"},
        "body":{"a":1},"rawBody":{"type":"Buffer","data":[255,0,123,125]}}"#;
    const AZURE: &str = r#"{"method":"POST","url":"https://h/api/hook?a=b","originalUrl":"https://h/api/hook?a=b",
        "headers":{"x-sig":"1"},"query":{"a":"b"},"params":{},"body":{"a":1},"rawBody":"{\"a\": 1}"}"#;
    const HANDLER: &str = r#"{"Data":{"req":{"Url":"http://h/api/hook?a=b","Method":"POST","Query":"{\"a\":\"b\"}",
        "Headers":{"Content-Type":["application/json"],"X-Sig":["1","2"]},"Params":{},"Identities":[],"Body":"{\"a\": 1}"}},
        "Metadata":{"a":"b"}}"#;

    fn only(request: &str) -> DeliveryRecord {
        assert_eq!(detect(request.as_bytes()).map(|format| format.name), Ok("functions"));
        let mut all = read(request.as_bytes()).unwrap();
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    #[test]
    fn the_raw_body_is_the_body() {
        let google = only(GOOGLE);
        assert_eq!(&google.delivery.body[..], b"\xff\0{}");
        assert_eq!(google.delivery.target, "/hook?a=b");
        let azure = only(&format!("[{AZURE}]"));
        assert_eq!(
            (&*azure.delivery.target, &azure.delivery.body[..]),
            ("/api/hook?a=b", &b"{\"a\": 1}"[..])
        );
        let handler = only(HANDLER);
        assert_eq!(handler.delivery.body, azure.delivery.body);
        assert_eq!(handler.delivery.headers.all("x-sig").count(), 2);
        for record in [google, azure, handler] {
            assert_eq!(record.losses, [Loss::HeaderNames]);
        }
        let parsed = only(&AZURE.replace("\"rawBody\"", "\"x\""));
        assert_eq!(&parsed.delivery.body[..], b"{\"a\":1}");
        assert_eq!(parsed.losses, [Loss::BodyReserialized, Loss::HeaderNames]);
    }

    #[test]
    fn what_is_no_body_is_named() {
        for (from, to, why) in [
            ("255", "256", "something else than bytes"),
            ("Buffer", "Bytes", "neither text nor a Buffer"),
            ("\"headers\"", "\"x\"", "no headers"),
        ] {
            let two = format!("{GOOGLE}{}", GOOGLE.replace(from, to));
            let error = read(two.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with("request 2 of the requests of functions"), "{error}");
            assert!(error.contains(why), "{error}");
        }
    }
}
