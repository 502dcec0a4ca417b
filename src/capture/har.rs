//! Deliveries as an HTTP archive (HAR 1.2): what browsers and proxies export, and what a browser's
//! network panel opens. Browsers and proxies write it differently: fields are missing or null, HTTP/2 requests have
//! pseudo headers and no Host, forms come as lists of parameters.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use jiff::Timestamp;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::json_line;
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::payload::json::without_bom;
use crate::webhook::record::{DeliveryRecord, Loss};

use super::error::{CaptureError, json_error};
use super::exported::{ExportedRequest, decode_base64, surrogates_undone};
use super::http::validate_head;
use super::outline::first_key;
use super::url;

/// Whether a file is an archive, also one that is cut off.
pub(super) fn is_archive(text: &[u8]) -> bool {
    matches!(first_key(text), Some((b"log", log)) if is_log(log))
}

/// Whether this is the `log` of an archive: one of its fields comes first, and there are entries.
fn is_log(log: &[u8]) -> bool {
    let own = [&b"version"[..], b"creator", b"browser", b"pages", b"entries", b"comment"];
    first_key(log).is_some_and(|(key, _)| own.contains(&key))
        && memchr::memmem::find(log, b"\"entries\"").is_some()
}

/// Reads the requests of an archive. Every entry is a delivery, whatever its method.
///
/// # Errors
/// When it is no archive, or an entry is no request; the entry is named.
pub fn read(bytes: &[u8]) -> Result<Vec<DeliveryRecord>, CaptureError> {
    let unreadable = |what: &str, why: String| {
        CaptureError::new(
            format!("{what} cannot be read: {why}"),
            "export it again, as HAR with content; if the file is a body, give --format body",
        )
    };
    let archive: Archive = serde_json::from_slice(without_bom(bytes))
        .map_err(|error| unreadable("the HAR file", json_error(&error)))?;
    let entries = (1..).zip(archive.log.entries);
    entries
        .filter(|(_, entry)| entry.is_http())
        .map(|(number, entry)| {
            let failed = |why| unreadable(&format!("entry {number} of the HAR file"), why);
            entry.record(number).map_err(failed)
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
    value: Option<Wtf8>,
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

    fn record(self, number: u64) -> Result<DeliveryRecord, String> {
        let request = self.request;
        let mut exported = ExportedRequest {
            method: Some(request.method.unwrap_or_else(|| "GET".to_owned())),
            headers: headers(request.headers.unwrap_or_default())?,
            received_at: self.started_date_time.as_deref().and_then(date),
            ..ExportedRequest::default()
        };
        if let Some(data) = request.post_data {
            data.add_to(&mut exported)?;
        }
        let Some(target) = request.target else {
            exported.url = Some(request.url.ok_or("its request has no url")?);
            return exported.into_record(number);
        };
        // Written here: the request as it was on the wire, with nothing to be added.
        let delivery = Delivery {
            method: exported.method.unwrap_or_default(),
            target,
            headers: exported.headers,
            body: exported.body.into(),
            received_at: exported.received_at,
            peer: None,
        };
        validate_head(&delivery)?;
        Ok(DeliveryRecord::new(number, delivery))
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
            (Some(base64), _) => decode_base64(&base64)?,
            (None, value) => value.unwrap_or_default().into_bytes()?,
        };
        headers.push(header.name, value);
    }
    Ok(headers)
}

/// The content of a string, which may hold lone surrogates.
#[derive(Default)]
struct Wtf8(Vec<u8>);

impl Wtf8 {
    fn into_bytes(self) -> Result<Vec<u8>, String> {
        match std::str::from_utf8(&self.0) {
            Ok(_) => Ok(self.0),
            Err(_) => surrogates_undone(&self.0).ok_or_else(|| "a header is no text".to_owned()),
        }
    }
}

impl<'de> Deserialize<'de> for Wtf8 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Wtf8;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Wtf8, E> {
                Ok(Wtf8(bytes.to_vec()))
            }
        }
        deserializer.deserialize_byte_buf(Bytes)
    }
}

/// The body as it was recorded.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PostData {
    mime_type: Option<String>,
    text: Option<Wtf8>,
    encoding: Option<String>,
    params: Option<Vec<Param>>,
}

#[derive(Deserialize)]
struct Param {
    name: Option<String>,
    value: Option<String>,
}

impl PostData {
    /// Adds the body, as near to its bytes as the archive is.
    fn add_to(self, request: &mut ExportedRequest) -> Result<(), String> {
        let params = self.params.unwrap_or_default();
        match (self.text, self.encoding.as_deref()) {
            (Some(text), Some("base64")) => {
                request.base64_body(&String::from_utf8_lossy(&text.0))?;
            }
            (Some(text), _) if !text.0.is_empty() || params.is_empty() => {
                request.string_body(&text.0);
            }
            _ if params.is_empty() => {}
            _ if is_multipart(self.mime_type.as_deref()) => {
                return Err("its multipart form was recorded without its bytes".to_owned());
            }
            _ => {
                request.lose(Loss::BodyFormFields);
                request.body = form(&params);
            }
        }
        Ok(())
    }
}

fn is_multipart(mime_type: Option<&str>) -> bool {
    let kind = mime_type.and_then(|mime| mime.get(..10));
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case("multipart/"))
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

/// The archive of these deliveries.
pub fn write(deliveries: &[DeliveryRecord]) -> Vec<u8> {
    let mut archive = HarWriter::default();
    let mut bytes: Vec<u8> = deliveries.iter().flat_map(|record| archive.entry(record)).collect();
    bytes.extend(archive.end());
    bytes
}

/// Writes an archive one entry at a time: a capture may hold more than memory does.
#[derive(Debug, Default)]
pub struct HarWriter {
    has_entries: bool,
}

impl HarWriter {
    /// The text of the next entry, and of what comes before it.
    pub fn entry(&mut self, record: &DeliveryRecord) -> Vec<u8> {
        let mut text = match self.has_entries {
            true => b",".to_vec(),
            false => Self::beginning(),
        };
        self.has_entries = true;
        text.extend(json_line::line(&entry_value(record)).trim_ascii_end());
        text
    }

    /// The text after the last entry.
    pub fn end(self) -> Vec<u8> {
        let mut text = if self.has_entries { Vec::new() } else { Self::beginning() };
        text.extend(b"]}}\n");
        text
    }

    fn beginning() -> Vec<u8> {
        let creator = json!({"name": "cz-hook", "version": env!("CARGO_PKG_VERSION")});
        format!(r#"{{"log":{{"version":"1.2","creator":{creator},"entries":["#).into_bytes()
    }
}

fn entry_value(record: &DeliveryRecord) -> Value {
    let delivery = &record.delivery;
    json!({
        "startedDateTime": written_date(delivery.received_at),
        "time": 0,
        "request": request_value(delivery),
        "response": response_value(record.status),
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
    })
}

/// The format demands a date: the epoch stands for an unknown one. Milliseconds are what every viewer
/// reads; finer ones are kept.
fn written_date(received_at: Option<Timestamp>) -> String {
    let at = received_at.unwrap_or(Timestamp::UNIX_EPOCH);
    match at.subsec_nanosecond() % 1_000_000 {
        0 => format!("{at:.3}"),
        _ => format!("{at:.9}"),
    }
}

fn request_value(delivery: &Delivery) -> Value {
    let url = url::of(delivery);
    let mut request = json!({
        "method": delivery.method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": delivery.headers.iter().map(|(n, v)| header_value(n, v)).collect::<Vec<_>>(),
        "queryString": query(&url),
        "headersSize": -1,
        "bodySize": delivery.body.len(),
        "_target": delivery.target,
    });
    if !delivery.body.is_empty() {
        let mut data = json!({"mimeType": mime_type(delivery)});
        match std::str::from_utf8(&delivery.body) {
            Ok(text) => data["text"] = text.into(),
            Err(_) => {
                data["text"] = STANDARD.encode(&delivery.body).into();
                data["encoding"] = "base64".into();
            }
        }
        request["postData"] = data;
    }
    request
}

fn header_value(name: &str, value: &[u8]) -> Value {
    match std::str::from_utf8(value) {
        Ok(text) => json!({"name": name, "value": text}),
        Err(_) => json!({
            "name": name,
            "value": String::from_utf8_lossy(value),
            "_value_base64": STANDARD.encode(value),
        }),
    }
}

fn mime_type(delivery: &Delivery) -> String {
    let value = delivery.headers.get("content-type").unwrap_or_default();
    String::from_utf8_lossy(value).into_owned()
}

fn query(url: &str) -> Vec<Value> {
    let text = |part: &str| {
        let spaced = part.replace('+', " ");
        String::from_utf8_lossy(&url::decoded(spaced.as_bytes())).into_owned()
    };
    let url = url.split('#').next().unwrap_or_default();
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| json!({"name": text(name), "value": text(value)}))
        .collect()
}

/// The response; without one the status is 0, as browsers write it.
fn response_value(status: Option<u16>) -> Value {
    let code = status.and_then(|status| StatusCode::from_u16(status).ok());
    let phrase = code.and_then(|code| code.canonical_reason());
    json!({
        "status": status.unwrap_or(0),
        "statusText": phrase.unwrap_or(""),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [],
        "content": {"size": 0, "mimeType": "x-unknown"},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

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
        let expected =
            [("Host", "example.com"), ("content-type", "application/json"), ("x-empty", "")];
        assert_eq!(names(&delivery), expected);
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
        assert_eq!(form.received_at, Some("2021-05-05T08:00:00Z".parse().unwrap()));
        let binary = only(
            "\u{feff}{\"log\":{\"entries\":[{\"startedDateTime\":\"1/2/03\",\"request\":{\"method\":\"PUT\",\"url\":\"http://h\",\"postData\":{\"mimeType\":null,\"text\":\"/wA\\n\",\"encoding\":\"base64\"}}}]}}",
        );
        assert_eq!(&binary.body[..], b"\xff\0");
        assert_eq!((&*binary.method, &*binary.target), ("PUT", "/"));
        assert_eq!(binary.received_at, None);
        let surrogates = only(
            r#"{"log":{"entries":[{"request":{"url":"http://h","headers":[{"name":"A","value":"\udce9"}],"postData":{"text":"\udc80é\udcff"}}}]}}"#,
        );
        assert_eq!(&surrogates.body[..], b"\x80\xc3\xa9\xff");
        assert_eq!(surrogates.headers.get("a"), Some(&b"\xe9"[..]));
        let latin1 = only(
            r#"{"log":{"entries":[{"request":{"url":"http://h","headers":[{"name":"content-length","value":"2"}],"postData":{"text":"é1"}}}]}}"#,
        );
        assert_eq!(&latin1.body[..], b"\xe91");
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
            ("{}", "entry 2 of the HAR file cannot be read: its request has no url"),
            (r#"{"url":"http:///a"}"#, "entry 2 of the HAR file cannot be read: its URL"),
            (r#"{"url":"http://h/","headers":[{"name":"a","value":"b\nc: d"}]}"#, "line break"),
            (r#"{"url":"http://h/","postData":{"text":"?","encoding":"base64"}}"#, "base64"),
            (
                r#"{"url":"http://h/","postData":{"mimeType":"multipart/form-data; boundary=x","params":[{"name":"a"}]}}"#,
                "multipart",
            ),
        ] {
            let error = entry(request);
            assert!(error.contains(why), "{request}: {error}");
        }
        for bad in ["{}", "[]", "{\"log\":{}}", &"[".repeat(100_000)] {
            let error = read(bad.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with("the HAR file"), "{error}");
        }
    }

    /// The fields that HAR 1.2 demands, with their types.
    #[test]
    fn nothing_that_the_format_demands_is_missing() {
        let mut delivery = Delivery::post("/hook?a=b+c&%64", Bytes::from_static(b"{}"));
        delivery.headers.push("Host", "localhost:3000");
        delivery.headers.push("Content-Type", "application/json");
        delivery.received_at = Some("2025-01-02T03:04:05Z".parse().unwrap());
        let mut record = DeliveryRecord::new(1, delivery);
        record.status = Some(200);
        let har: Value = serde_json::from_slice(&write(&[record])).unwrap();
        assert_eq!(har["log"]["version"], "1.2");
        assert!(har["log"]["creator"]["version"].is_string());
        assert_eq!(
            har["log"]["entries"],
            json!([{
                "startedDateTime": "2025-01-02T03:04:05.000Z",
                "time": 0,
                "request": {
                    "method": "POST",
                    "url": "http://localhost:3000/hook?a=b+c&%64",
                    "httpVersion": "HTTP/1.1",
                    "cookies": [],
                    "headers": [
                        {"name": "Host", "value": "localhost:3000"},
                        {"name": "Content-Type", "value": "application/json"},
                    ],
                    "queryString": [{"name": "a", "value": "b c"}, {"name": "d", "value": ""}],
                    "headersSize": -1,
                    "bodySize": 2,
                    "_target": "/hook?a=b+c&%64",
                    "postData": {"mimeType": "application/json", "text": "{}"},
                },
                "response": {
                    "status": 200,
                    "statusText": "OK",
                    "httpVersion": "HTTP/1.1",
                    "cookies": [],
                    "headers": [],
                    "content": {"size": 0, "mimeType": "x-unknown"},
                    "redirectURL": "",
                    "headersSize": -1,
                    "bodySize": -1,
                },
                "cache": {},
                "timings": {"send": 0, "wait": 0, "receive": 0},
            }])
        );
    }
}
