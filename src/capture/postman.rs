//! A collection of Postman (v2.0 or v2.1): each saved request is a delivery, as Postman would send it. Variables are
//! those of the collection.

use crate::webhook::payload::json::Node;
use crate::webhook::record::{DeliveryRecord, Loss};

use super::content::Content;
use super::error::{CaptureError, excerpt};
use super::exported::{Export, ExportedRequest, text};
use super::template::{Variables, form_body, is_disabled, set_type, set_url};

const EXPORT: Export = Export {
    name: "the Postman collection",
    entry: "request",
    hint: "export the collection as v2.1, and give files and variables their values; if the file is a body, give --format body",
};

/// Folders in folders are looked into up to this depth.
const MAX_DEPTH: usize = 32;

/// Whether a file is a collection.
pub(super) fn is_collection(file: &Content<'_>) -> bool {
    let schema = file.at("info/schema").unwrap_or_default();
    file.at("item").is_some()
        && [&b"getpostman.com/json/collection"[..], b"postman.com/json/collection"]
            .iter()
            .any(|part| memchr::memmem::find(schema, part).is_some())
}

/// Reads the saved requests of all folders.
///
/// # Errors
/// For a request that cannot be made without other files; it is named.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<DeliveryRecord>, CaptureError> {
    let document = EXPORT.document(bytes)?;
    let root = document.root();
    let variables = root.get("variable").into_iter().flat_map(Node::items);
    let variables = variables.filter(|one| !is_disabled(*one));
    let variables = Variables::new(variables.filter_map(|one| {
        let name = text(one, "/key").or_else(|| text(one, "/id"))?;
        Some((name.into(), text(one, "/value")?.into()))
    }));
    let mut all = Vec::new();
    collect(root, 0, &mut all);
    EXPORT.records(all.into_iter(), |sent| request(sent, &variables).map(Some))
}

/// The requests of a folder and those in it, in their order.
fn collect<'d, 't>(folder: Node<'d, 't>, depth: usize, all: &mut Vec<Node<'d, 't>>) {
    for item in folder.get("item").into_iter().flat_map(Node::items) {
        match item.get("request") {
            Some(request) => all.push(request),
            None if depth < MAX_DEPTH => collect(item, depth + 1, all),
            None => {}
        }
    }
}

fn request(sent: Node<'_, '_>, variables: &Variables) -> Result<ExportedRequest, String> {
    let mut request = ExportedRequest::default();
    // A request may be its URL alone.
    let url = sent.text().or_else(|| text(sent, "/url/raw")).or_else(|| text(sent, "/url"));
    let method = text(sent, "/method").unwrap_or("GET".into());
    request.method = Some(variables.fill(&method)?);
    set_url(&mut request, &variables.fill(&url.unwrap_or_default())?);
    for header in sent.get("header").into_iter().flat_map(Node::items) {
        if !is_disabled(header) {
            let name = text(header, "/key").unwrap_or_default();
            let value = text(header, "/value").unwrap_or_default();
            request.header(&variables.fill(&name)?, variables.fill(&value)?.as_bytes());
        }
    }
    let auth = text(sent, "/auth/type");
    if auth.is_some_and(|kind| kind != "noauth") {
        request.lose(Loss::Headers);
    }
    let body = sent.get("body").filter(|body| !is_disabled(*body));
    let mode = body.and_then(|body| text(body, "/mode"));
    match (body, mode.as_deref()) {
        (Some(body), Some("raw")) => {
            request.text_body(&variables.fill(&text(body, "/raw").unwrap_or_default())?);
            if text(body, "/options/raw/language").is_some_and(|language| language == "json") {
                set_type(&mut request, "application/json");
            }
        }
        (Some(body), Some("urlencoded")) => {
            let fields = body.get("urlencoded").into_iter().flat_map(Node::items);
            form_body(&mut request, fields, "/key", variables)?;
        }
        (None, _) | (Some(_), None) => {}
        (_, Some(other)) => {
            return Err(format!("its body is of the kind `{}`", excerpt(other.as_bytes())));
        }
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::detect;

    const COLLECTION: &str = r#"{"info":{"_postman_id":"a","name":"hooks","schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
      "item":[
        {"name":"folder","item":[{"name":"one","request":{"method":"POST",
          "header":[{"key":"X-Sig","value":"{{sig}}","type":"text"},{"key":"X-Off","value":"1","disabled":true}],
          "body":{"mode":"raw","raw":"{\r\n  \"a\": \"{{unknown}}\"\r\n}","options":{"raw":{"language":"json"}}},
          "url":{"raw":"{{base}}/hook?a=b c","host":["{{base}}"],"path":["hook"]}},"response":[]}]},
        {"name":"two","request":{"auth":{"type":"bearer"},"method":"PUT","header":[],
          "body":{"mode":"urlencoded","urlencoded":[{"key":"a","value":"b c"},{"key":"é","value":"&"},{"key":"x","value":"1","disabled":true}]},
          "url":{"raw":"{{elsewhere}}/form"}}},
        {"name":"three","request":"https://h/three"}],
      "variable":[{"key":"base","value":"https://example.com"},{"key":"sig","value":"s=1"}]}"#;

    #[test]
    fn saved_requests_are_made_as_postman_makes_them() {
        assert_eq!(detect(COLLECTION.as_bytes()).map(|format| format.name), Ok("postman"));
        let all = read(COLLECTION.as_bytes()).unwrap();
        let wire: Vec<_> =
            all.iter().map(|one| String::from_utf8(one.delivery.to_wire(99)).unwrap()).collect();
        assert_eq!(
            wire,
            [
                "POST /hook?a=b%20c HTTP/1.1\r\nHost: example.com\r\nX-Sig: s=1\r\nContent-Type: application/json\r\n\r\n{\r\n  \"a\": \"{{unknown}}\"\r\n}",
                "PUT /form HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\na=b+c&%C3%A9=%26",
                "GET /three HTTP/1.1\r\nHost: h\r\n\r\n",
            ]
        );
        assert_eq!(all[0].losses, []);
        assert_eq!(all[1].losses, [Loss::BodyFormFields, Loss::Headers, Loss::Target]);
    }

    #[test]
    fn a_body_of_another_file_is_named() {
        let file = COLLECTION.replace("\"mode\":\"raw\"", "\"mode\":\"file\"");
        let error = read(file.as_bytes()).unwrap_err().to_string();
        assert_eq!(
            error,
            "request 1 of the Postman collection cannot be read: its body is of the kind `file`"
        );
        let deep = format!("{}{}", "{\"item\":[".repeat(5000), "]}".repeat(5000));
        assert_eq!(read(deep.as_bytes()), Ok(vec![]));
    }
}
