//! Reading an HTTP archive, as different as browsers and proxies write it: fields are missing or null,
//! HTTP/2 requests have pseudo headers and no Host, forms come as lists of parameters.

use jiff::Timestamp;
use serde::Deserialize;

use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::payload::json::without_bom;

use super::super::shown::{json_error, shown};
use super::super::url::Url;
use super::super::{CaptureError, Captured, sendable};
use super::post_data::{PostData, decoded};

/// Reads the requests of an archive. Every entry is a delivery, whatever its method.
///
/// # Errors
/// When it is no archive, or an entry is no request; the entry is named.
pub fn read(bytes: &[u8]) -> Result<Vec<Captured>, CaptureError> {
    let archive: Archive =
        serde_json::from_slice(without_bom(bytes)).map_err(|error| CaptureError::Har {
            entry: None,
            why: json_error(&error),
        })?;
    let entries = archive.log.entries.into_iter().enumerate();
    entries
        .filter(|(_, entry)| entry.is_http())
        .map(|(index, entry)| {
            let delivery = entry.delivery().map_err(|why| CaptureError::Har {
                entry: Some(index + 1),
                why,
            })?;
            Ok(Captured {
                id: index as u64 + 1,
                delivery,
                found: None,
            })
        })
        .collect()
}

#[derive(Deserialize)]
struct Archive {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    started_date_time: Option<String>,
    request: Request,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    method: Option<String>,
    url: Option<String>,
    headers: Option<Vec<Header>>,
    post_data: Option<PostData>,
    #[serde(rename = "_target")]
    target: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: Option<String>,
    #[serde(rename = "_value_base64")]
    base64: Option<String>,
}

impl Entry {
    /// Browsers also list what never was a request: `data:`, `blob:`, their extensions' files.
    fn is_http(&self) -> bool {
        let url = self.request.url.as_deref().unwrap_or_default();
        let scheme = url.split_once(':').map(|(scheme, _)| scheme);
        scheme.is_none_or(|s| ["http", "https", "ws", "wss"].contains(&&*s.to_ascii_lowercase()))
    }

    fn delivery(self) -> Result<Delivery, String> {
        let request = self.request;
        let mut headers = headers(request.headers.unwrap_or_default())?;
        let target = match request.target {
            // Written here: the request as it was on the wire, with nothing to be added.
            Some(target) => target,
            None => {
                let text = request.url.ok_or("its request has no url")?;
                // A WebSocket begins as a request over HTTP.
                let as_http = match text.strip_prefix("ws") {
                    Some(rest) => format!("http{rest}"),
                    None => text.clone(),
                };
                let url = Url::parse(&as_http)
                    .map_err(|why| format!("its URL {}: {why}", shown(text.as_bytes())))?;
                if headers.get("host").is_none() {
                    let host = [("Host".to_owned(), url.host.clone().into_bytes())];
                    let rest = headers.iter().map(|(n, v)| (n.to_owned(), v.to_owned()));
                    headers = host.into_iter().chain(rest).collect();
                }
                // On the wire there was none: some tools undo the encoding.
                url.target.replace(' ', "%20")
            }
        };
        let delivery = Delivery {
            method: request.method.unwrap_or_else(|| "GET".to_owned()),
            target,
            headers,
            body: match request.post_data {
                Some(data) => data.body()?.into(),
                None => bytes::Bytes::new(),
            },
            received_at: self.started_date_time.as_deref().and_then(date),
            peer: None,
        };
        sendable::check(&delivery)?;
        Ok(delivery)
    }
}

/// The epoch stands for an unknown date, and so does one that cannot be read: no verdict rests on it.
fn date(text: &str) -> Option<Timestamp> {
    let at: Timestamp = text.parse().ok()?;
    (at != Timestamp::UNIX_EPOCH).then_some(at)
}

fn headers(list: Vec<Header>) -> Result<Headers, String> {
    let mut headers = Headers::default();
    for header in list {
        // HTTP/2's `:authority` and its like are no headers; what they say is in the URL.
        if header.name.starts_with(':') {
            continue;
        }
        let value = match (header.base64, header.value) {
            (Some(base64), _) => decoded(&base64)?,
            (None, value) => value.unwrap_or_default().into_bytes(),
        };
        headers.push(header.name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(har: &str) -> Delivery {
        let mut deliveries = read(har.as_bytes()).unwrap();
        assert_eq!(deliveries.len(), 1);
        deliveries.remove(0).delivery
    }

    fn names(delivery: &Delivery) -> Vec<(&str, &str)> {
        let text = |v| std::str::from_utf8(v).unwrap();
        delivery.headers.iter().map(|(n, v)| (n, text(v))).collect()
    }

    #[test]
    fn a_browsers_http2_request_gets_a_host() {
        let delivery = only(
            r##"{"log":{"version":"1.2","creator":{"name":"WebInspector","version":"537.36"},"pages":[],"entries":[{
            "_initiator":{"type":"script"},"_priority":"High","_resourceType":"fetch","cache":{},"connection":"443",
            "request":{"method":"POST","url":"https://example.com/api/hook?x=1&y=%20#top","httpVersion":"http/2.0",
                "headers":[{"name":":authority","value":"example.com"},{"name":":method","value":"POST"},{"name":":path","value":"/api/hook?x=1"},
                    {"name":"content-type","value":"application/json"},{"name":"x-empty","value":null}],
                "queryString":[{"name":"x","value":"1"}],"cookies":[],"headersSize":-1,"bodySize":8,
                "postData":{"mimeType":"application/json","text":"{\"é\":1}"}},
            "response":{"status":200,"content":{"size":2,"mimeType":"application/json","text":"{}"}},
            "serverIPAddress":"93.184.216.34","startedDateTime":"2025-01-02T03:04:05.678Z","time":12.3,"timings":{"blocked":-1}}]}}"##,
        );
        assert_eq!(delivery.target, "/api/hook?x=1&y=%20");
        assert_eq!(
            names(&delivery),
            [
                ("Host", "example.com"),
                ("content-type", "application/json"),
                ("x-empty", "")
            ]
        );
        assert_eq!(&delivery.body[..], "{\"é\":1}".as_bytes());
        assert!(delivery.received_at.is_some());
    }

    #[test]
    fn proxies_write_forms_bytes_dates_and_spaces_in_their_own_way() {
        let form = only(
            r#"{"log":{"comment":"c","entries":[{"startedDateTime":"2021-05-05T10:00:00.000+02:00","request":{"method":"POST","url":"http://h:8080/a b","headers":[{"name":"host","value":"other"}],
            "postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"a b","value":"1&2"},{"name":"c"}],"comment":""}}}]}}"#,
        );
        assert_eq!(&form.body[..], b"a+b=1%262&c=");
        assert_eq!(form.target, "/a%20b");
        assert_eq!(names(&form), [("host", "other")]);
        assert_eq!(
            form.received_at.unwrap().to_string(),
            "2021-05-05T08:00:00Z"
        );
        let binary = only(
            "\u{feff}{\"log\":{\"entries\":[{\"startedDateTime\":\"1/2/03\",\"request\":{\"method\":\"PUT\",\"url\":\"http://h\",\"postData\":{\"mimeType\":null,\"text\":\"/wA\\n\",\"encoding\":\"base64\"}}}]}}",
        );
        assert_eq!(&binary.body[..], b"\xff\0");
        assert_eq!(
            (binary.method.as_str(), binary.target.as_str()),
            ("PUT", "/")
        );
        assert_eq!(binary.received_at, None);
        let both = only(
            r#"{"log":{"entries":[{"request":{"url":"http://h/","postData":{"text":"a=1","params":[{"name":"a","value":"2"}]}}}]}}"#,
        );
        assert_eq!(&both.body[..], b"a=1");
        assert_eq!(both.method, "GET");
    }

    #[test]
    fn every_request_over_http_is_a_delivery_and_nothing_else() {
        let har = br#"{"log":{"entries":[{"request":{"url":"data:image/png;base64,AA"}},{"request":{"url":"wss://h:443/s"}},
            {"request":{"url":"chrome-extension://x/y.js"}},{"request":{"method":"HEAD","url":"HTTPS://h/"}}]}}"#;
        let deliveries = read(har).unwrap();
        let seen: Vec<_> = deliveries
            .iter()
            .map(|c| (c.id, c.delivery.target.as_str(), names(&c.delivery)))
            .collect();
        let host = || vec![("Host", "h")];
        assert_eq!(seen, [(2, "/s", host()), (4, "/", host())]);
    }

    #[test]
    fn what_is_no_request_is_named() {
        let entry = |request: &str| {
            let har = format!(
                r#"{{"log":{{"entries":[{{"request":{{"url":"http://h/"}}}},{{"request":{request}}}]}}}}"#
            );
            read(har.as_bytes()).unwrap_err().to_string()
        };
        for (request, why) in [
            (
                "{}",
                "entry 2 of the HAR file cannot be read: its request has no url",
            ),
            (
                r#"{"url":"http:///a"}"#,
                "entry 2 of the HAR file cannot be read: its URL",
            ),
            (
                r#"{"url":"http://h/","headers":[{"name":"a","value":"b\nc: d"}]}"#,
                "line break",
            ),
            (
                r#"{"url":"http://h/","postData":{"text":"?","encoding":"base64"}}"#,
                "base64",
            ),
            (
                r#"{"url":"http://h/","postData":{"mimeType":"multipart/form-data; boundary=x","params":[{"name":"a"}]}}"#,
                "multipart",
            ),
        ] {
            let error = entry(request);
            assert!(error.contains(why), "{request}: {error}");
        }
        for bad in ["{}", "[]", "{\"log\":{}}", &"[".repeat(100_000)] {
            let error = read(bad.as_bytes()).unwrap_err();
            assert!(matches!(error, CaptureError::Har { entry: None, .. }));
        }
    }
}
