//! The events of smee.io and of services like it: a stream of server-sent events whose data is a request as JSON, or
//! that JSON alone. smee puts the headers next to `body`, `query` and `timestamp`; newer servers add `rawBody`.

use crate::webhook::payload::json::{Kind, Node, parse};
use crate::webhook::record::{DeliveryRecord, Loss};

use super::content::Content;
use super::error::CaptureError;
use super::exported::{Export, ExportedRequest, entries, query_of, text, time};

const EXPORT: Export = Export {
    name: "the stream of events",
    entry: "event",
    hint: "give the stream as curl prints it, or the JSON after `data:`; if the file is a body, give --format body",
};

/// Whether a file is a stream of events with JSON, or the JSON of one of smee's.
pub(super) fn is_stream(file: &Content<'_>) -> bool {
    if file.json.is_some() {
        return file.has(&["body", "query", "timestamp"])
            && ["host", "user-agent", "content-type", "x-request-id"]
                .iter()
                .any(|name| file.at(name).is_some());
    }
    is_event_stream(file.plain)
}

/// Whether each of the first lines is a field of an event, and one has data that is JSON.
fn is_event_stream(text: &[u8]) -> bool {
    /// A stream may begin with comments and pings.
    const MAX_LINES: usize = 64;
    for line in text.split(|b| *b == b'\n').take(MAX_LINES).map(<[u8]>::trim_ascii) {
        match line.split(|b| *b == b':').next().unwrap_or_default() {
            b"data" => {
                let data = line.get(5..).unwrap_or_default().trim_ascii_start();
                if matches!(data.first(), Some(b'{')) {
                    return true;
                }
            }
            b"" | b"id" | b"event" | b"retry" => {}
            _ => return false,
        }
    }
    false
}

/// Reads the requests. Events without a request, such as `ready` and `ping`, are skipped.
///
/// # Errors
/// For data that is no request; the event is named.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<DeliveryRecord>, CaptureError> {
    let content = Content::new(bytes);
    if content.json.is_some() {
        let documents = EXPORT.documents(bytes)?;
        return EXPORT
            .records(entries(&documents, &[]).into_iter(), |event| request(event).map(Some));
    }
    let stream =
        std::str::from_utf8(content.text).map_err(|_| EXPORT.unreadable("it is not UTF-8"))?;
    EXPORT.records(data(stream).into_iter(), |data| {
        let event = parse(&data).map_err(|why| why.to_string())?;
        if event.root().entries().next().is_none() {
            return Ok(None);
        }
        request(event.root()).map(Some)
    })
}

/// The data of each event that has some.
fn data(stream: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut lines: Vec<&str> = Vec::new();
    for line in stream.lines().chain([""]) {
        if let Some(data) = line.strip_prefix("data:") {
            lines.push(data.strip_prefix(' ').unwrap_or(data));
        } else if line.is_empty() && !lines.is_empty() {
            all.push(std::mem::take(&mut lines).join("\n"));
        }
    }
    all
}

fn request(event: Node<'_, '_>) -> Result<ExportedRequest, String> {
    let mut request = ExportedRequest {
        received_at: event.get("timestamp").and_then(time),
        ..ExportedRequest::default()
    };
    let raw = event.get("rawBody").filter(|raw| raw.kind() == Kind::String);
    match (raw, event.get("body")) {
        (Some(raw), _) => request.text_body(&raw.text().unwrap_or_default()),
        (None, Some(body)) => request.body_of(body),
        (None, None) => return Err("it has no `body`".to_owned()),
    }
    // Other services write the request as its parts.
    request.method = text(event, "/method").map(Into::into);
    let query = event.get("query").map(query_of).unwrap_or_default();
    let url = text(event, "/url").or_else(|| text(event, "/path"));
    request.url = match (url, query.is_empty()) {
        (Some(url), _) => Some(url.into()),
        (None, true) => None,
        (None, false) => {
            request.lose(Loss::Query);
            request.lose(Loss::Target);
            Some(format!("/?{query}"))
        }
    };
    request.lose(Loss::HeaderNames);
    if let Some(headers) = event.get("headers") {
        request.headers_of(headers)?;
        return Ok(request);
    }
    const OWN: [&str; 8] =
        ["body", "rawBody", "query", "timestamp", "method", "url", "path", "bodyB64"];
    for (name, value) in event.entries() {
        let name = name.text().unwrap_or_default();
        if let (false, Some(value)) = (OWN.contains(&&*name), value.text()) {
            request.header(&name, value.as_bytes());
        }
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::detect;

    const EVENT: &str = r#"{"host":"smee.io","user-agent":"GitHub-Hookshot/5e8","x-github-event":"issues","x-hub-signature-256":"sha256=00","content-type":"application/json","body":{"a": 1.0,"b":"é"},"query":{"c":"d e"},"timestamp":1583348638390}"#;

    fn records(export: &str) -> Vec<DeliveryRecord> {
        assert_eq!(detect(export.as_bytes()).map(|format| format.name), Ok("smee"), "{export}");
        read(export.as_bytes()).unwrap()
    }

    #[test]
    fn a_stream_and_its_json_are_read() {
        let stream = format!(
            ": hello\n\nevent: ready\ndata: {{}}\n\nid: 1\nevent: message\ndata: {EVENT}\n\nevent: ping\ndata: {{}}\n\ndata: {EVENT}\r\n\r\n"
        );
        let all =
            [records(&stream), records(EVENT), records(&format!("{EVENT}\n{EVENT}\n"))].concat();
        assert_eq!(all.len(), 5);
        for record in all {
            let delivery = record.delivery;
            assert_eq!((&*delivery.method, &*delivery.target), ("POST", "/?c=d+e"));
            assert_eq!(&delivery.body[..], "{\"a\":1.0,\"b\":\"é\"}".as_bytes());
            assert_eq!(delivery.headers.len(), 5);
            assert_eq!(delivery.headers.get("X-GitHub-Event"), Some(&b"issues"[..]));
            let losses = [
                Loss::BodyReserialized,
                Loss::HeaderNames,
                Loss::Target,
                Loss::Query,
                Loss::Method,
            ];
            assert_eq!(record.losses, losses);
        }
    }

    #[test]
    fn the_raw_body_is_taken_where_there_is_one() {
        let raw = EVENT.replace(r#""query""#, r#""rawBody":"{\"a\": 1.0}","query""#);
        let record = records(&raw).remove(0);
        assert_eq!(&record.delivery.body[..], b"{\"a\": 1.0}");
        assert!(!record.losses.contains(&Loss::BodyReserialized));
        let parts = r#"{"method":"PUT","path":"/x?y=1","headers":{"X-A":"b"},"body":"text"}"#;
        let record = records(&format!("data: {parts}\n\n")).remove(0);
        assert_eq!(&record.delivery.to_wire(99)[..], b"PUT /x?y=1 HTTP/1.1\r\nX-A: b\r\n\r\ntext");
        assert_eq!(record.losses, [Loss::HeaderNames]);
    }

    #[test]
    fn an_event_that_is_no_request_is_named() {
        for (event, why) in [
            ("{\"a\":1}", "no `body`"),
            ("{", "key"),
            ("{\"body\":1,\"a b\":\"c\"}", "header name"),
        ] {
            let stream = format!("data: {EVENT}\n\ndata: {event}\n\n");
            let error = read(stream.as_bytes()).unwrap_err().to_string();
            assert!(
                error.starts_with("event 2 of the stream of events") && error.contains(why),
                "{error}"
            );
        }
    }
}
