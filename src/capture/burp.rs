//! The items that Burp saves as XML. Each holds the bytes of its request, in base64 when that option was on.

use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::DateTime;
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::webhook::record::{DeliveryRecord, Loss};

use super::content::Content;
use super::error::CaptureError;
use super::exported::{Export, decode_base64};
use super::http;

const EXPORT: Export = Export {
    name: "the items of Burp",
    entry: "item",
    hint: "save them again, with \"Base64-encode requests and responses\"; if the file is a body, give --format body",
};

/// Whether a file is such a document.
pub(super) fn is_items(file: &Content<'_>) -> bool {
    /// A document type, which lists every element, stands before the first one.
    const MAX_LOOKED_AT: usize = 8 << 10;
    let start = file.text.get(..MAX_LOOKED_AT).unwrap_or(file.text);
    start.starts_with(b"<") && memchr::memmem::find(start, b"<items burpVersion=").is_some()
}

/// Reads the requests.
///
/// # Errors
/// For an item whose request cannot be read; it is named.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<DeliveryRecord>, CaptureError> {
    let text = std::str::from_utf8(bytes).map_err(|_| EXPORT.unreadable("it is not UTF-8"))?;
    let items = items(text).map_err(|why| EXPORT.unreadable(&why))?;
    EXPORT.whole_records(items.into_iter(), |item| {
        let (bytes, loss) = match item.is_base64 {
            true => (decode_base64(&item.request)?, None),
            // XML has only line feeds: the line ends of the head do not matter.
            false => (item.request.into_bytes(), Some(Loss::BodyLineEnds)),
        };
        let (requests, _) = http::read_all(Bytes::from(bytes)).map_err(|why| why.to_string())?;
        let [mut delivery] = <[_; 1]>::try_from(requests).map_err(|_| "it is not one request")?;
        delivery.received_at = date(&item.time);
        Ok(vec![(delivery, Vec::from_iter(loss))])
    })
}

#[derive(Default)]
struct Item {
    time: String,
    request: String,
    is_base64: bool,
}

/// The items of a document. Entities that it declares are not expanded.
fn items(text: &str) -> Result<Vec<Item>, String> {
    let mut reader = Reader::from_str(text);
    let mut all: Vec<Item> = Vec::new();
    let mut element = String::new();
    loop {
        let event = reader
            .read_event()
            .map_err(|_| format!("it is no XML at byte {}", reader.error_position()))?;
        match event {
            Event::Start(start) => {
                element = start.name().as_ref().to_owned();
                match element.as_str() {
                    "item" => all.push(Item::default()),
                    "request" => {
                        let is_base64 = start.try_get_attribute("base64").ok().flatten();
                        if let Some(item) = all.last_mut() {
                            item.is_base64 = is_base64.is_some_and(|is| &*is.value == "true");
                        }
                    }
                    _ => {}
                }
            }
            Event::End(_) => element.clear(),
            Event::CData(text) => add(&mut all, &element, &text),
            Event::Text(text) => add(&mut all, &element, &text),
            Event::Eof => return Ok(all),
            _ => {}
        }
    }
}

fn add(all: &mut [Item], element: &str, text: &str) {
    match (element, all.last_mut()) {
        ("time", Some(item)) => item.time.push_str(text),
        ("request", Some(item)) => item.request.push_str(text),
        _ => {}
    }
}

/// A date as Java writes it, `Thu Jan 01 10:20:30 GMT 2026`. The short names of other zones are ambiguous.
fn date(text: &str) -> Option<Timestamp> {
    let (before, year) = text.trim().rsplit_once(' ')?;
    let before = before.strip_suffix(" GMT").or_else(|| before.strip_suffix(" UTC"))?;
    let at = DateTime::strptime("%a %b %d %H:%M:%S %Y", format!("{before} {year}")).ok()?;
    Some(at.in_tz("UTC").ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::capture::detect;

    fn document(items: &[(&str, &str)]) -> String {
        let items: String = items.iter().map(|(base64, request)| format!(
            "  <item>\n    <time>Thu Jan 01 10:20:30 GMT 2026</time>\n    <url><![CDATA[https://h/hook]]></url>\n    <host ip=\"1.2.3.4\">h</host>\n    <method><![CDATA[POST]]></method>\n    <path><![CDATA[/hook]]></path>\n    <request base64=\"{base64}\"><![CDATA[{request}]]></request>\n    <status>200</status>\n    <response base64=\"true\"><![CDATA[SFRUUA==]]></response>\n    <comment></comment>\n  </item>\n"
        )).collect();
        format!(
            "<?xml version=\"1.0\"?>\n<!DOCTYPE items [\n<!ELEMENT items (item*)>\n<!ATTLIST items burpVersion CDATA \"\">\n]>\n<items burpVersion=\"2025.1\" exportTime=\"Thu Jan 01 10:20:31 GMT 2026\">\n{items}</items>\n"
        )
    }

    const RAW: &[u8] = b"POST /hook HTTP/2\r\nHost: h\r\nContent-Length: 4\r\n\r\n\xff\0{}";

    #[test]
    fn the_bytes_of_requests_are_read() {
        let request = STANDARD.encode(RAW);
        let saved = document(&[("true", &request), ("true", &request)]);
        assert_eq!(detect(saved.as_bytes()).map(|format| format.name), Ok("burp"));
        let all = read(saved.as_bytes()).unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!(&all[1].delivery.body[..], b"\xff\0{}");
        assert_eq!(all[1].delivery.received_at.unwrap().to_string(), "2026-01-01T10:20:30Z");
        assert_eq!(all[1].losses, []);
        let saved = document(&[("false", "POST /hook HTTP/1.1\nHost: h\n\n{\"a\":1}")]);
        let text = read(saved.as_bytes()).unwrap().remove(0);
        assert_eq!(&text.delivery.body[..], b"{\"a\":1}");
        assert_eq!(text.losses, [Loss::BodyLineEnds]);
    }

    #[test]
    fn what_cannot_be_read_is_named_and_nothing_is_expanded() {
        let request = STANDARD.encode(RAW);
        for (bad, why) in [("?", "base64"), ("aGVsbG8=", "no empty line"), ("", "no empty line")] {
            let saved = document(&[("true", &request), ("true", bad)]);
            let error = read(saved.as_bytes()).unwrap_err().to_string();
            assert!(
                error.starts_with("item 2 of the items of Burp") && error.contains(why),
                "{error}"
            );
        }
        let cut = document(&[("true", &request)]);
        let cut = cut.split("<status>").next().unwrap();
        assert!(read(format!("{cut}<x").as_bytes()).is_err());
        let bomb = document(&[("false", "POST / HTTP/1.1\n\n")]).replace(
            "<!ELEMENT items (item*)>",
            "<!ENTITY a \"xxxxxxxxxxxxxxxx\"><!ENTITY b \"&a;&a;&a;&a;\">",
        );
        let bomb = bomb.replace("<![CDATA[POST / HTTP/1.1\n\n]]>", "POST / HTTP/1.1\n\n&b;");
        assert!(read(bomb.as_bytes()).unwrap()[0].delivery.body.is_empty());
    }
}
