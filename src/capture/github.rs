//! The recent deliveries of a GitHub webhook: the object of the REST API, or the text of the page with headers and
//! payload. Both hold the payload as parsed JSON.

use crate::webhook::payload::json::Node;
use crate::webhook::record::{DeliveryRecord, Loss};

use super::content::Content;
use super::error::CaptureError;
use super::exported::{Export, ExportedRequest, entries, minified, text, time};
use super::outline::value_end;
use super::url;

const EXPORT: Export = Export {
    name: "the GitHub deliveries",
    entry: "delivery",
    hint: "get it again: gh api repos/OWNER/REPO/hooks/HOOK/deliveries/ID; if the file is a body, give --format body",
};

/// Whether a file is a delivery of the API, or the text of the page.
pub(super) fn is_delivery(file: &Content<'_>) -> bool {
    ["", "0/"].iter().any(|at| {
        let has = |path: &str| file.at(&format!("{at}{path}")).is_some();
        // The list of deliveries has no requests, which is said when it is read.
        has("guid") && has("delivered_at") && (has("request/headers") || has("redelivery"))
    }) || is_page(file.plain)
}

/// Whether the first lines are those that the page shows.
fn is_page(text: &[u8]) -> bool {
    const MAX_LINES: usize = 8;
    let mut lines = text.split(|b| *b == b'\n').take(MAX_LINES).map(<[u8]>::trim_ascii);
    let first = lines.find(|line| !line.is_empty() && *line != b"Headers" && *line != b"Request");
    let starts = |line: &[u8], name: &[u8]| {
        line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    let has_url = first.is_some_and(|line| starts(line, b"request url:"));
    let mut rest = text.split(|b| *b == b'\n').take(2 * MAX_LINES).map(<[u8]>::trim_ascii);
    has_url && rest.any(|line| starts(line, b"request method:"))
}

/// Reads the deliveries.
///
/// # Errors
/// For one without headers or payload: the list of the API does not hold them; it is named.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<DeliveryRecord>, CaptureError> {
    let content = Content::new(bytes);
    if content.json.is_none() {
        let page = std::str::from_utf8(content.text);
        let page = page.map_err(|_| EXPORT.unreadable("it is not UTF-8"))?;
        return EXPORT.records([page].into_iter(), |page| of_page(page).map(Some));
    }
    let documents = EXPORT.documents(bytes)?;
    EXPORT.records(entries(&documents, &[]).into_iter(), |entry| of_api(entry).map(Some))
}

fn of_api(entry: Node<'_, '_>) -> Result<ExportedRequest, String> {
    let sent =
        entry.get("request").ok_or("it has no `request`: get the one delivery, not the list")?;
    let mut request = ExportedRequest {
        method: Some("POST".to_owned()),
        url: text(entry, "/url").map(Into::into),
        received_at: entry.get("delivered_at").and_then(time),
        ..ExportedRequest::default()
    };
    request.headers_of(sent.get("headers").ok_or("its request has no headers")?)?;
    request.lose(Loss::HeaderNames);
    let payload = sent.get("payload").ok_or("its request has no payload")?;
    set_payload(&mut request, payload.raw());
    Ok(request)
}

/// Takes the JSON as the body, in a form if the webhook sends one.
fn set_payload(request: &mut ExportedRequest, payload: &str) {
    let kind = request.headers.get("content-type").unwrap_or_default();
    let is_form = kind.starts_with(b"application/x-www-form-urlencoded");
    let body = minified(payload);
    request.lose(Loss::BodyReserialized);
    request.text_body(&body);
    if is_form {
        request.body = [b"payload=", url::form_encoded(body.as_bytes()).as_slice()].concat();
    }
}

fn of_page(page: &str) -> Result<ExportedRequest, String> {
    let mut request = ExportedRequest::default();
    let mut rest = page;
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        if line.trim_start().starts_with(['{', '[']) {
            break;
        }
        rest = after;
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        let (name, value) = (name.trim(), value.trim());
        if name.eq_ignore_ascii_case("request url") {
            request.url = Some(value.to_owned());
        } else if name.eq_ignore_ascii_case("request method") {
            request.method = Some(value.to_owned());
        } else {
            request.header(name, value.as_bytes());
        }
    }
    let payload = rest.trim();
    if payload.is_empty() {
        return Err("there is no payload after its headers".to_owned());
    }
    let end = value_end(payload.as_bytes()).ok_or("its payload is cut off")?;
    let (payload, after) = payload.split_at_checked(end).unwrap_or((payload, ""));
    if !after.trim().is_empty() {
        return Err(
            "something follows its payload: copy one delivery, without the response".to_owned()
        );
    }
    request.lose(Loss::HeaderNames);
    set_payload(&mut request, payload);
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::detect;

    const API: &str = r#"{"id":12345678,"guid":"0b989ba4-242f-11e5-81e1-c7b6966d2516","delivered_at":"2026-06-03T00:57:16Z",
        "redelivery":false,"duration":0.27,"status":"OK","status_code":200,"event":"issues","action":"opened","installation_id":123,
        "repository_id":456,"url":"https://www.example.com/hook?a=b",
        "request":{"headers":{"X-GitHub-Delivery":"0b989ba4","X-Hub-Signature-256":"sha256=6dcb","Accept":"*/*",
            "X-GitHub-Hook-ID":12312312,"content-type":"application/json"},"payload":{"action":"opened","issue":{"body":"foo é"}}},
        "response":{"headers":{"Content-Type":"text/html"},"payload":"ok"}}"#;

    const PAGE: &str = "Headers\n\nRequest URL: https://www.example.com/hook?a=b\nRequest method: POST\nAccept: */*\n\
        Content-Type: application/json\nX-GitHub-Delivery: 0b989ba4\nX-GitHub-Hook-ID: 12312312\n\
        X-Hub-Signature-256: sha256=6dcb\n\nPayload\n\n{\n  \"action\": \"opened\",\n  \"issue\": {\n    \"body\": \"foo é\"\n  }\n}\n";

    #[test]
    fn the_api_and_the_page_give_the_same_delivery() {
        for export in [API, PAGE, &format!("[{API}]"), &PAGE.replace("Headers\n\n", "")] {
            assert_eq!(
                detect(export.as_bytes()).map(|format| format.name),
                Ok("github-deliveries"),
                "{export}"
            );
            let record = read(export.as_bytes()).unwrap().remove(0);
            let delivery = record.delivery;
            assert_eq!((&*delivery.method, &*delivery.target), ("POST", "/hook?a=b"));
            assert_eq!(delivery.headers.get("host"), Some(&b"www.example.com"[..]));
            assert_eq!(delivery.headers.get("x-github-hook-id"), Some(&b"12312312"[..]));
            assert_eq!(
                &delivery.body[..],
                "{\"action\":\"opened\",\"issue\":{\"body\":\"foo é\"}}".as_bytes()
            );
            assert_eq!(record.losses, [Loss::BodyReserialized, Loss::HeaderNames]);
        }
    }

    #[test]
    fn a_form_is_a_form() {
        let form = API.replace("application/json", "application/x-www-form-urlencoded");
        let record = read(form.as_bytes()).unwrap().remove(0);
        assert!(record.delivery.body.starts_with(b"payload=%7B%22action%22%3A%22opened%22"));
    }

    #[test]
    fn what_is_missing_is_named() {
        for (export, why) in [
            (API.replace("\"request\":", "\"x\":"), "not the list"),
            (API.replace("\"payload\":", "\"x\":"), "no payload"),
            (PAGE.replace("}\n}\n", "}\n"), "cut off"),
            (format!("{PAGE}\nResponse 200\n"), "something follows"),
            (PAGE.split("Payload").next().unwrap().to_owned(), "no payload after"),
        ] {
            let error = read(export.as_bytes()).unwrap_err().to_string();
            assert!(
                error.starts_with("delivery 1 of the GitHub deliveries") && error.contains(why),
                "{error}"
            );
        }
    }
}
