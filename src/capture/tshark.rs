//! The packets that `tshark -T json` prints (and Wireshark exports): each HTTP/1 request among them is a delivery, from
//! its bytes where they are there (`-x`, the reassembled data, or the payload of the segment), otherwise from the
//! fields of the dissector.

use jiff::Timestamp;

use crate::webhook::delivery::Delivery;
use crate::webhook::payload::json::{Kind, Node};
use crate::webhook::record::{DeliveryRecord, Loss};

use super::content::Content;
use super::error::CaptureError;
use super::exported::{Export, ExportedRequest, text};
use super::http;

const EXPORT: Export = Export {
    name: "the packets of tshark",
    entry: "packet",
    hint: "print them again: tshark -r FILE -Y http.request -T json -x; if the file is a body, give --format body",
};

/// Whether a file is a list of packets.
pub(super) fn is_packets(file: &Content<'_>) -> bool {
    file.at("0/_source/layers").is_some()
}

/// Reads the HTTP/1 requests among the packets.
///
/// # Errors
/// For a packet with a request that is cut off, or a file without requests; the packet is named.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<DeliveryRecord>, CaptureError> {
    let document = EXPORT.document(bytes)?;
    let packets = document.root().items();
    let all = EXPORT.whole_records(packets, |packet| {
        let Some(layers) = packet.at_pointer("/_source/layers") else {
            return Ok(Vec::new());
        };
        let Some(dissected) = layers.get("http").filter(|http| is_request(*http)) else {
            return Ok(Vec::new());
        };
        let at = text(layers, "/frame/frame.time_epoch").and_then(|text| epoch(&text));
        if let Some(bytes) = wire_bytes(layers) {
            let (requests, _) = http::read_all(bytes.into()).map_err(|why| why.to_string())?;
            let timed = |request| Delivery { received_at: at, ..request };
            return Ok(requests.into_iter().map(|one| (timed(one), Vec::new())).collect());
        }
        let mut request = of_fields(dissected)?;
        request.received_at = at;
        Ok(vec![request.into_delivery()?])
    })?;
    match all.is_empty() {
        true => Err(EXPORT.unreadable("no packet holds an HTTP/1 request")),
        false => Ok(all),
    }
}

/// The object with the parts of the request line; its key is the line itself.
fn request_line<'d, 't>(http: Node<'d, 't>) -> Option<Node<'d, 't>> {
    let mut values = http.entries().map(|(_, value)| value);
    values.find(|value| value.get("http.request.method").is_some())
}

fn is_request(http: Node<'_, '_>) -> bool {
    request_line(http).is_some() || http.get("http.request.method").is_some()
}

/// The bytes of the request as they were sent.
fn wire_bytes(layers: Node<'_, '_>) -> Option<Vec<u8>> {
    let raw = |pointer: &str| layers.at_pointer(pointer).and_then(|raw| raw.items().next());
    let found = [
        raw("/http_raw"),
        layers.at_pointer("/tcp.segments/tcp.reassembled.data"),
        raw("/tcp.segments/tcp.reassembled.data_raw"),
        layers.at_pointer("/tcp/tcp.payload"),
    ];
    let bytes = found.into_iter().flatten().filter_map(|node| hex(&node.text()?));
    // With `-x`, the bytes of the layer are those of the head alone in some versions.
    bytes
        .into_iter()
        .find(|bytes| http::is_request(bytes) && http::read_all(bytes.clone().into()).is_ok())
}

/// The request from the fields: its lines are exact, its body may be text.
fn of_fields(http: Node<'_, '_>) -> Result<ExportedRequest, String> {
    let line = request_line(http).unwrap_or(http);
    let mut request = ExportedRequest {
        method: text(line, "/http.request.method").map(Into::into),
        url: text(line, "/http.request.uri").map(Into::into),
        ..ExportedRequest::default()
    };
    for (name, value) in http.entries() {
        if name.text().is_some_and(|name| name == "http.request.line") {
            let lines: Vec<_> = match value.kind() {
                Kind::Array => value.items().filter_map(Node::text).collect(),
                _ => value.text().into_iter().collect(),
            };
            for line in lines {
                let line = line.trim_end_matches(['\r', '\n']);
                let line = line.strip_suffix("\\r\\n").unwrap_or(line);
                let (name, value) = line.split_once(':').ok_or("a header has no colon")?;
                request.header(name, value.trim().as_bytes());
            }
        }
    }
    if request.headers.is_empty() {
        request.lose(Loss::Headers);
    }
    let data = http.get("http.file_data_raw").and_then(|raw| raw.items().next());
    if let Some(bytes) = data.and_then(|raw| hex(&raw.text()?)) {
        request.body = bytes;
        return Ok(request);
    }
    match text(http, "/http.file_data") {
        // From version 4.2 on they are bytes, before that text.
        Some(data) => match colon_hex(&data) {
            Some(bytes) => request.body = bytes,
            None => request.text_body(&data),
        },
        None => {
            let length = request.headers.get("content-length");
            if length.is_some_and(|length| length.trim_ascii() != b"0") {
                return Err("its body is not in the file (`http.file_data`)".to_owned());
            }
        }
    }
    Ok(request)
}

/// `7b:7d`, of two bytes or more: one would also be text.
fn colon_hex(text: &str) -> Option<Vec<u8>> {
    text.contains(':').then(|| hex(text))?
}

/// Hexadecimal bytes, with colons between them or without.
fn hex(text: &str) -> Option<Vec<u8>> {
    let mut digits = text.chars().filter(|c| *c != ':').map(|c| c.to_digit(16));
    let mut bytes = Vec::with_capacity(text.len() / 2);
    while let Some(high) = digits.next() {
        bytes.push(u8::try_from(high? * 16 + digits.next()??).ok()?);
    }
    (!bytes.is_empty()).then_some(bytes)
}

/// Seconds since 1970 with nine digits behind the point, or in newer versions a date.
fn epoch(text: &str) -> Option<Timestamp> {
    let Some((seconds, fraction)) = text.split_once('.') else {
        return text.parse().ok();
    };
    let Ok(seconds) = seconds.parse::<i64>() else {
        return text.parse().ok();
    };
    let nanoseconds = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    Timestamp::new(seconds, nanoseconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::detect;

    const RAW: &[u8] =
        b"POST /hook?a=b HTTP/1.1\r\nHost: h\r\nX-Sig: 1\r\nContent-Length: 4\r\n\r\n\xff\0{}";

    fn packets(layers: &str) -> String {
        format!(
            r#"[{{"_index":"packets-2026-01-03","_type":"doc","_score":null,"_source":{{"layers":{{"frame":{{"frame.time_epoch":"1583348638.390123000"}},"eth":{{}},"ip":{{"ip.src":"1.2.3.4"}},{layers}}}}}}},
               {{"_index":"packets-2026-01-03","_source":{{"layers":{{"frame":{{}},"tcp":{{"tcp.payload":"00"}}}}}}}}]"#
        )
    }

    const LINE: &str = r#""POST /hook?a=b HTTP/1.1\\r\\n":{"http.request.method":"POST","http.request.uri":"/hook?a=b","http.request.version":"HTTP/1.1"}"#;

    fn colons(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
    }

    fn only(layers: &str) -> DeliveryRecord {
        let file = packets(layers);
        assert_eq!(detect(file.as_bytes()).map(|format| format.name), Ok("tshark"));
        let mut all = read(file.as_bytes()).unwrap();
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    #[test]
    fn the_bytes_are_taken_from_where_they_are() {
        let hex = colons(RAW).replace(':', "");
        let half = RAW.len() / 2;
        for layers in [
            format!(r#""tcp":{{"tcp.payload":"{}"}},"http":{{{LINE}}}"#, colons(RAW)),
            format!(r#""http_raw":["{hex}",54,70,0,30],"tcp":{{}},"http":{{{LINE}}}"#),
            format!(
                r#""tcp":{{"tcp.payload":"{}"}},"tcp.segments":{{"tcp.segment":"1","tcp.reassembled.data":"{}"}},"http":{{{LINE}}}"#,
                colons(&RAW[half..]),
                colons(RAW)
            ),
        ] {
            let record = only(&layers);
            assert_eq!(record.delivery.to_wire(99), RAW);
            assert_eq!(record.losses, []);
            let at = record.delivery.received_at.unwrap().to_string();
            assert_eq!(at, "2020-03-04T19:03:58.390123Z");
        }
    }

    #[test]
    fn without_the_bytes_the_fields_are_read() {
        let lines = r#""http.host":"h","http.request.line":"Host: h\r\n","http.request.line":"X-Sig: 1\r\n","http.request.line":"Content-Length: 4\r\n""#;
        let array = r#""http.request.line":["Host: h\r\n","X-Sig: 1\r\n","Content-Length: 4\r\n"]"#;
        for (lines, data, body) in
            [(lines, "ff:00:7b:7d", &b"\xff\0{}"[..]), (array, "a=bc", b"a=bc")]
        {
            let record =
                only(&format!(r#""tcp":{{}},"http":{{{LINE},{lines},"http.file_data":"{data}"}}"#));
            let head = RAW.len() - 4;
            assert_eq!(record.delivery.to_wire(99), [&RAW[..head], body].concat());
        }
    }

    #[test]
    fn a_packet_without_its_body_and_a_file_without_requests_are_errors() {
        let lines = r#""http.request.line":"Content-Length: 4\r\n""#;
        let error = read(packets(&format!(r#""http":{{{LINE},{lines}}}"#)).as_bytes()).unwrap_err();
        assert!(error.to_string().starts_with("packet 1 of the packets of tshark"), "{error}");
        let error = read(packets(r#""http":{"http.response.code":"200"}"#).as_bytes()).unwrap_err();
        assert!(error.to_string().contains("no packet holds"), "{error}");
        assert_eq!((hex("7"), hex(""), hex("xx")), (None, None, None));
    }
}
