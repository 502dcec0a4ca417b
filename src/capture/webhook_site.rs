//! The requests that webhook.site exports: as JSON (the answer of its API, a list or one request), or as CSV.

use std::borrow::Cow;

use crate::webhook::payload::json::{Node, parse};
use crate::webhook::record::{DeliveryRecord, Loss};

use super::content::Content;
use super::csv::{self, Row};
use super::error::CaptureError;
use super::exported::{Export, ExportedRequest, entries, text, text_time, time};

const EXPORT: Export = Export {
    name: "the export of webhook.site",
    entry: "request",
    hint: "export it again, as JSON; if the file is a body, give --format body",
};

/// Whether a file is such an export.
pub(super) fn is_export(file: &Content<'_>) -> bool {
    let is_request = |at: &str| {
        let names = ["uuid", "token_id", "method", "content", "headers"];
        names.iter().all(|name| file.at(&format!("{at}{name}")).is_some())
    };
    is_request("data/0/") || is_request("0/") || is_request("") || is_csv(file.plain)
}

/// Whether the first line names the columns of such an export.
fn is_csv(text: &[u8]) -> bool {
    const MAX_COLUMNS: usize = 64;
    let line = text.split(|b| *b == b'\n').next().unwrap_or_default();
    let columns: Vec<_> = line
        .split(|b| *b == b',')
        .take(MAX_COLUMNS)
        .map(|name| {
            let name = name.trim_ascii();
            name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")).unwrap_or(name)
        })
        .collect();
    [&b"uuid"[..], b"method", b"content"].iter().all(|name| columns.contains(name))
}

/// Reads the requests.
///
/// # Errors
/// For a request without its bytes, such as a form with files; it is named.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<DeliveryRecord>, CaptureError> {
    let content = Content::new(bytes);
    if content.json.is_some() {
        let documents = EXPORT.documents(bytes)?;
        return EXPORT.records(entries(&documents, &["data"]).into_iter(), of_json);
    }
    let rows = csv::rows(content.text).map_err(|why| EXPORT.unreadable(&why))?;
    EXPORT.records(rows, of_csv)
}

fn of_json(entry: Node<'_, '_>) -> Result<Option<ExportedRequest>, String> {
    // It also collects e-mails and look-ups of names.
    if text(entry, "/type").is_some_and(|kind| kind != "web") {
        return Ok(None);
    }
    let mut request = ExportedRequest {
        method: text(entry, "/method").map(Cow::into_owned),
        url: text(entry, "/url").map(Cow::into_owned),
        received_at: entry.get("created_at").and_then(time),
        ..ExportedRequest::default()
    };
    request.headers_of(entry.get("headers").ok_or("it has no headers")?)?;
    request.lose(Loss::HeaderNames);
    let body = entry.get("content").and_then(Node::text).unwrap_or_default();
    let is_multipart = is_multipart(&request);
    if body.is_empty() && is_multipart {
        return Err(NO_FORM.to_owned());
    }
    request.text_body(&body);
    Ok(Some(request))
}

const NO_FORM: &str = "its multipart form was recorded without its bytes";

fn is_multipart(request: &ExportedRequest) -> bool {
    let kind = request.headers.get("content-type").unwrap_or_default();
    kind.get(..10).is_some_and(|kind| kind.eq_ignore_ascii_case(b"multipart/"))
}

fn of_csv(row: Row) -> Result<Option<ExportedRequest>, String> {
    let row = row?;
    let get = |name: &str| row.get(name).map(String::as_str);
    if get("type").is_some_and(|kind| !kind.is_empty() && kind != "web") {
        return Ok(None);
    }
    let mut request = ExportedRequest {
        method: get("method").map(str::to_owned),
        url: get("url").map(str::to_owned),
        received_at: get("created_at").and_then(text_time),
        ..ExportedRequest::default()
    };
    match get("headers").filter(|headers| !headers.is_empty()) {
        Some(headers) => {
            let document = parse(headers).map_err(|why| format!("its headers: {why}"))?;
            request.headers_of(document.root())?;
            request.lose(Loss::HeaderNames);
        }
        None => request.lose(Loss::Headers),
    }
    let body = get("content").unwrap_or_default();
    if body.is_empty() && is_multipart(&request) {
        return Err(NO_FORM.to_owned());
    }
    request.text_body(body);
    Ok(Some(request))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::detect;

    const ONE: &str = r#"{"uuid":"a3f1","type":"web","token_id":"9f","team_id":null,"ip":"1.2.3.4","hostname":"webhook.site",
        "method":"POST","user_agent":"x","content":"{\"a\": 1}\n","query":{"b":"c"},
        "headers":{"content-length":["9"],"host":["webhook.site"],"x-sig":["1","2"]},
        "url":"https://webhook.site/9f?b=c","size":9,"files":[],"created_at":"2026-01-03 19:01:35","updated_at":"2026-01-03 19:01:35",
        "sorting":1,"custom_action_output":[],"custom_action_errors":[],"time":0.1}"#;

    fn records(export: &str) -> Vec<DeliveryRecord> {
        assert_eq!(detect(export.as_bytes()).map(|format| format.name), Ok("webhook-site"));
        read(export.as_bytes()).unwrap()
    }

    #[test]
    fn a_list_and_one_request_are_read() {
        let mail = ONE.replace(r#""type":"web""#, r#""type":"email""#);
        let list =
            format!(r#"{{"data":[{ONE},{mail},{ONE}],"total":3,"per_page":50,"current_page":1}}"#);
        assert_eq!(records(&format!("[{ONE}]")).len(), 1);
        let all = [records(&list), records(ONE)].concat();
        assert_eq!(all.len(), 3);
        for one in all {
            let delivery = one.delivery;
            assert_eq!((&*delivery.method, &*delivery.target), ("POST", "/9f?b=c"));
            assert_eq!(delivery.headers.all("X-Sig").collect::<Vec<_>>(), [b"1", b"2"]);
            assert_eq!(&delivery.body[..], b"{\"a\": 1}\n");
            assert_eq!(delivery.received_at.unwrap().to_string(), "2026-01-03T19:01:35Z");
            assert_eq!(one.losses, [Loss::HeaderNames]);
        }
    }

    #[test]
    fn csv_is_read() {
        let csv = "\u{feff}uuid,type,method,url,content,headers,created_at\r\n\
            1,web,POST,https://webhook.site/9f,\"{\"\"a\"\":\n\"\"b\"\"}\",\"{\"\"x-sig\"\":[\"\"1\"\"]}\",2026-01-03 19:01:35\r\n\
            2,email,,,,,\r\n3,web,PUT,https://webhook.site/9f,,,\r\n";
        let all = records(csv);
        assert_eq!(&all[0].delivery.body[..], b"{\"a\":\n\"b\"}");
        assert_eq!(all[0].delivery.headers.get("X-Sig"), Some(&b"1"[..]));
        assert_eq!(all[0].losses, [Loss::HeaderNames]);
        assert_eq!((all[1].id, &*all[1].delivery.method), (3, "PUT"));
        assert_eq!(all[1].losses, [Loss::Headers]);
    }

    #[test]
    fn what_the_export_changed_is_said() {
        let with = |from: &str, to: &str| read(ONE.replace(from, to).as_bytes());
        let losses = |from: &str, to: &str| with(from, to).unwrap().remove(0).losses;
        assert_eq!(losses(" 1}", " \u{fffd}}")[0], Loss::BodyReplacementCharacters);
        assert_eq!(losses("[\"9\"]", "[\"10\"]")[0], Loss::BodyLineEnds);
        assert_eq!(losses("[\"9\"]", "[\"12\"]")[0], Loss::BodyLength);
        let latin1 = with(" 1}", " \u{e9}}").unwrap().remove(0);
        assert_eq!(&latin1.delivery.body[..], b"{\"a\": \xe9}\n");
        assert_eq!(latin1.losses[0], Loss::BodyLatin1);
        let form = ONE
            .replace(r#""{\"a\": 1}\n""#, "\"\"")
            .replace(r#""host":"#, r#""content-type":["multipart/form-data; boundary=x"],"host":"#);
        let error = read(form.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with("request 1 of the export of webhook.site"), "{error}");
        assert!(error.contains("multipart"), "{error}");
    }
}
