//! The requests and events of Hookdeck, as its API and its command-line tool print them: one, or a list of them.

use crate::webhook::payload::json::Node;
use crate::webhook::record::{DeliveryRecord, Loss};

use super::content::Content;
use super::error::CaptureError;
use super::exported::{Export, ExportedRequest, entries, text, time};

const EXPORT: Export = Export {
    name: "the export of Hookdeck",
    entry: "entry",
    hint: "get the event or the request with its data; if the file is a body, give --format body",
};

/// Whether a file is such an export.
pub(super) fn is_export(file: &Content<'_>) -> bool {
    ["", "models/0/", "0/"].iter().any(|at| {
        let has = |path: &str| file.at(&format!("{at}{path}")).is_some();
        // A list has the data only when it was asked for, which is said when it is read.
        let is_entry = has("data/headers") || has("event_data_id") || has("original_event_data_id");
        has("id") && has("source_id") && is_entry
    })
}

/// Reads the requests.
///
/// # Errors
/// For an entry without its data: a list holds it only when asked to; the entry is named.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<DeliveryRecord>, CaptureError> {
    let documents = EXPORT.documents(bytes)?;
    EXPORT.records(entries(&documents, &["models"]).into_iter(), |entry| request(entry).map(Some))
}

fn request(entry: Node<'_, '_>) -> Result<ExportedRequest, String> {
    let data = entry.get("data").ok_or("it has no `data`")?;
    if data.get("is_large_payload").is_some_and(|is| is.raw() == "true") {
        return Err("its body is too large for the API, which leaves it out".to_owned());
    }
    let path = text(data, "/path").unwrap_or_default();
    let query = text(data, "/query").unwrap_or_default();
    let query = query.strip_prefix('?').unwrap_or(&query);
    let slash = if path.starts_with('/') { "" } else { "/" };
    let mark = if query.is_empty() { "" } else { "?" };
    let times = ["ingested_at", "created_at"];
    let mut request = ExportedRequest {
        method: text(data, "/method").or_else(|| text(data, "/http_method")).map(Into::into),
        url: Some(format!("{slash}{path}{mark}{query}")),
        received_at: times.iter().find_map(|name| entry.get(name).and_then(time)),
        ..ExportedRequest::default()
    };
    request.headers_of(data.get("headers").ok_or("its data has no headers")?)?;
    request.lose(Loss::HeaderNames);
    match data.get("raw_body").or_else(|| data.get("body")) {
        Some(body) => request.body_of(body),
        None => return Err("its data has no body".to_owned()),
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::detect;

    const EVENT: &str = r#"{"id":"evt_1","team_id":"tm_1","webhook_id":"web_1","source_id":"src_1","destination_id":"des_1",
        "event_data_id":"edt_1","request_id":"req_1","attempts":1,"status":"SUCCESSFUL","created_at":"2026-01-03T19:01:35.123Z",
        "data":{"path":"/hook","query":"a=b%20c","parsed_query":{"a":"b c"},"headers":{"x-sig":"1","content-type":"application/json"},
            "body":{"b": [1,  2], "a":"é"},"appended_headers":["x-hookdeck-eventid"],"is_large_payload":false}}"#;

    #[test]
    fn one_and_a_list_are_read() {
        let list =
            format!(r#"{{"pagination":{{"limit":2}},"count":2,"models":[{EVENT},{EVENT}]}}"#);
        for (export, count) in [(EVENT, 1), (&list, 2), (&format!("[{EVENT}]"), 1)] {
            assert_eq!(detect(export.as_bytes()).map(|format| format.name), Ok("hookdeck"));
            let all = read(export.as_bytes()).unwrap();
            assert_eq!(all.len(), count);
            for record in all {
                assert_eq!(record.delivery.target, "/hook?a=b%20c");
                assert_eq!(&record.delivery.body[..], "{\"b\":[1,2],\"a\":\"é\"}".as_bytes());
                let at = record.delivery.received_at.unwrap().to_string();
                assert_eq!(at, "2026-01-03T19:01:35.123Z");
                let losses = [Loss::BodyReserialized, Loss::HeaderNames, Loss::Method];
                assert_eq!(record.losses, losses);
            }
        }
    }

    #[test]
    fn a_body_that_is_text_is_its_bytes_and_one_that_is_left_out_is_named() {
        let text = EVENT.replace(r#"{"b": [1,  2], "a":"é"}"#, r#""a=1&b""#);
        let record = read(text.as_bytes()).unwrap().remove(0);
        assert_eq!(&record.delivery.body[..], b"a=1&b");
        for (from, to, why) in [
            ("\"is_large_payload\":false", "\"is_large_payload\":true", "too large"),
            ("\"data\":", "\"x\":", "no `data`"),
            ("\"headers\":", "\"x\":", "no headers"),
            ("\"body\":", "\"x\":", "no body"),
        ] {
            let list = format!("{{\"models\":[{EVENT},{}]}}", EVENT.replace(from, to));
            let error = read(list.as_bytes()).unwrap_err().to_string();
            assert!(
                error.starts_with("entry 2 of the export of Hookdeck") && error.contains(why),
                "{error}"
            );
        }
    }
}
