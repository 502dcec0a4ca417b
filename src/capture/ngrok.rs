//! The requests that ngrok's agent lists at `/api/requests/http`, or one of them. Each holds the exact bytes of the
//! request, in base64.

use crate::webhook::payload::json::Node;
use crate::webhook::record::DeliveryRecord;

use super::content::Content;
use super::error::CaptureError;
use super::exported::{Export, decode_base64, time};
use super::http;

const EXPORT: Export = Export {
    name: "the export of ngrok",
    entry: "request",
    hint: "get it again: curl localhost:4040/api/requests/http; if the file is a body, give --format body",
};

/// Whether a file is a list of requests, or one.
pub(super) fn is_export(file: &Content<'_>) -> bool {
    let is_request = |at: &str| {
        let paths = ["request/raw", "request/method", "request/uri"];
        paths.iter().all(|path| file.at(&format!("{at}{path}")).is_some())
    };
    is_request("requests/0/") || is_request("")
}

/// Reads the requests.
///
/// # Errors
/// When the bytes of a request are missing or cut off; the request is named.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<DeliveryRecord>, CaptureError> {
    let document = EXPORT.document(bytes)?;
    let root = document.root();
    let all: Vec<Node<'_, '_>> = match root.get("requests") {
        Some(list) => list.items().collect(),
        None => vec![root],
    };
    EXPORT.whole_records(all.into_iter(), |entry| {
        let raw = entry.at_pointer("/request/raw").and_then(Node::text);
        let raw = raw.filter(|raw| !raw.is_empty()).ok_or("it does not hold its bytes (`raw`)")?;
        let (requests, _) =
            http::read_all(decode_base64(&raw)?.into()).map_err(|why| why.to_string())?;
        let [mut request] = <[_; 1]>::try_from(requests).map_err(|_| "it is not one request")?;
        request.received_at = entry.get("start").and_then(time);
        Ok(vec![(request, Vec::new())])
    })
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::capture::detect;

    const RAW: &[u8] = b"POST /hook?a=b HTTP/1.1\r\nHost: x.ngrok.app\r\nX-sig: \xff\r\nContent-Length: 4\r\n\r\n\xff\0{}";

    fn entry(raw: &str) -> String {
        format!(
            r#"{{"uri":"/api/requests/http/airt_1","id":"airt_1","tunnel_name":"command_line","remote_addr":"1.2.3.4","start":"2026-01-07T20:32:36.74221-08:00","duration":3893202,"request":{{"method":"POST","proto":"HTTP/1.1","headers":{{"Host":["x.ngrok.app"]}},"uri":"/hook?a=b","raw":"{raw}"}},"response":{{"status":"502 Bad Gateway","status_code":502,"proto":"HTTP/1.1","headers":{{}},"raw":""}}}}"#
        )
    }

    #[test]
    fn the_bytes_of_requests_are_read() {
        let one = entry(&STANDARD.encode(RAW));
        let list = format!(r#"{{"requests":[{one},{one}],"uri":"/api/requests/http"}}"#);
        for (export, count) in [(one, 1), (list, 2)] {
            assert_eq!(detect(export.as_bytes()).unwrap().name, "ngrok");
            let all = read(export.as_bytes()).unwrap();
            assert_eq!(all.len(), count);
            for record in all {
                let at = record.delivery.received_at.unwrap().to_string();
                assert_eq!(at, "2026-01-08T04:32:36.74221Z");
                assert_eq!(record.delivery.to_wire(usize::MAX), RAW);
                assert_eq!(record.losses, []);
            }
        }
    }

    #[test]
    fn a_request_without_its_bytes_is_named() {
        let good = STANDARD.encode(RAW);
        for (raw, why) in [
            ("", "does not hold its bytes"),
            ("?", "base64"),
            (&STANDARD.encode(&RAW[..RAW.len() - 1]), "cut off"),
            (&STANDARD.encode("hello"), "no empty line"),
        ] {
            let list = format!(r#"{{"requests":[{},{}]}}"#, entry(&good), entry(raw));
            let error = read(list.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with("request 2 of the export of ngrok"), "{error}");
            assert!(error.contains(why), "{error}");
        }
        assert_eq!(read(br#"{"requests":[]}"#), Ok(vec![]));
    }
}
