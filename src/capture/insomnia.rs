//! An export of Insomnia (format 4, JSON): each saved request is a delivery, as Insomnia would send it. Variables are
//! those of the environments in the file.

use crate::webhook::payload::json::{Kind, Node};
use crate::webhook::record::{DeliveryRecord, Loss};

use super::content::Content;
use super::error::CaptureError;
use super::exported::{Export, ExportedRequest, text};
use super::template::{Variables, form_body, is_disabled, set_type, set_url};
use super::url;

const EXPORT: Export = Export {
    name: "the export of Insomnia",
    entry: "request",
    hint: "export it as Insomnia v4 (JSON) or as HAR; if the file is a body, give --format body",
};

/// Whether a file is such an export.
pub(super) fn is_export(file: &Content<'_>) -> bool {
    file.at("_type") == Some(b"\"export\"") && file.has(&["__export_format", "resources"])
}

/// Reads the saved requests, in the order of the file.
///
/// # Errors
/// For a request that cannot be made without other files; it is named.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<DeliveryRecord>, CaptureError> {
    let document = EXPORT.document(bytes)?;
    let resources = document.root().get("resources");
    let of_kind = |kind: &'static str| {
        let all = resources.into_iter().flat_map(Node::items);
        all.filter(move |one| text(*one, "/_type").is_some_and(|own| own == kind))
    };
    let data = of_kind("environment").filter_map(|environment| environment.get("data"));
    let pairs = data.flat_map(Node::entries).filter_map(|(name, value)| {
        Some((name.text()?.into(), value.text().unwrap_or(value.raw().into()).into()))
    });
    let variables = Variables::new(pairs);
    EXPORT.records(of_kind("request"), |sent| request(sent, &variables).map(Some))
}

fn request(sent: Node<'_, '_>, variables: &Variables) -> Result<ExportedRequest, String> {
    let fill = |pointer: &str, node: Node<'_, '_>| {
        variables.fill(&text(node, pointer).unwrap_or_default())
    };
    let mut request =
        ExportedRequest { method: Some(fill("/method", sent)?), ..ExportedRequest::default() };
    let mut address = fill("/url", sent)?;
    for parameter in sent.get("parameters").into_iter().flat_map(Node::items) {
        if !is_disabled(parameter) {
            let (name, value) = (fill("/name", parameter)?, fill("/value", parameter)?);
            let pair = [name, value].map(|part| url::form_encoded(part.as_bytes())).join(&b'=');
            address.push(if address.contains('?') { '&' } else { '?' });
            address.push_str(&String::from_utf8_lossy(&pair));
        }
    }
    set_url(&mut request, &address);
    for header in sent.get("headers").into_iter().flat_map(Node::items) {
        if !is_disabled(header) {
            request.header(&fill("/name", header)?, fill("/value", header)?.as_bytes());
        }
    }
    let auth = sent.get("authentication").filter(|auth| auth.entries().next().is_some());
    if auth.is_some_and(|auth| text(auth, "/type").is_some_and(|kind| kind != "none")) {
        request.lose(Loss::Headers);
    }
    let Some(body) = sent.get("body").filter(|body| body.kind() == Kind::Object) else {
        return Ok(request);
    };
    let kind = text(body, "/mimeType").unwrap_or_default();
    if body.get("text").is_some() {
        request.text_body(&fill("/text", body)?);
        if !kind.is_empty() {
            set_type(&mut request, &kind);
        }
    } else if let Some(fields) = body.get("params") {
        if kind.starts_with("multipart/") {
            return Err("its multipart form is kept without its bytes".to_owned());
        }
        form_body(&mut request, fields.items(), "/name", variables)?;
    } else if body.get("fileName").is_some() {
        return Err("its body is another file".to_owned());
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::detect;

    const EXPORTED: &str = r#"{"_type":"export","__export_format":4,"__export_date":"2026-01-03T19:01:35.123Z","__export_source":"insomnia.desktop.app:v2023.5.8",
      "resources":[
        {"_id":"wrk_1","_type":"workspace","name":"hooks"},
        {"_id":"env_1","_type":"environment","data":{"base_url":"https://example.com","n":7}},
        {"_id":"req_1","_type":"request","method":"POST","url":"{{ _.base_url }}/hook?x=1","name":"one",
          "body":{"mimeType":"application/json","text":"{\"a\": {{ n }}}"},
          "parameters":[{"name":"q","value":"a b"},{"name":"z","value":"","disabled":true}],
          "headers":[{"name":"X-Sig","value":"1"},{"name":"X-Off","value":"1","disabled":true}],"authentication":{}},
        {"_id":"req_2","_type":"request","method":"POST","url":"https://h/","body":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"a","value":"b c"}]},
          "headers":[{"name":"content-type","value":"application/x-www-form-urlencoded"}],"authentication":{"type":"basic"}}]}"#;

    #[test]
    fn saved_requests_are_made_as_insomnia_makes_them() {
        assert_eq!(detect(EXPORTED.as_bytes()).map(|format| format.name), Ok("insomnia"));
        let all = read(EXPORTED.as_bytes()).unwrap();
        let wire: Vec<_> =
            all.iter().map(|one| String::from_utf8(one.delivery.to_wire(99)).unwrap()).collect();
        assert_eq!(
            wire,
            [
                "POST /hook?x=1&q=a+b HTTP/1.1\r\nHost: example.com\r\nX-Sig: 1\r\nContent-Type: application/json\r\n\r\n{\"a\": 7}",
                "POST / HTTP/1.1\r\nHost: h\r\ncontent-type: application/x-www-form-urlencoded\r\n\r\na=b+c",
            ]
        );
        assert_eq!(all[0].losses, []);
        assert_eq!(all[1].losses, [Loss::BodyFormFields, Loss::Headers]);
    }

    #[test]
    fn a_body_that_is_not_in_the_file_is_named() {
        for (body, why) in [
            (r#"{"mimeType":"multipart/form-data","params":[]}"#, "multipart"),
            (r#"{"mimeType":"application/octet-stream","fileName":"/etc/passwd"}"#, "another file"),
        ] {
            let export = EXPORTED
                .replace(r#"{"mimeType":"application/json","text":"{\"a\": {{ n }}}"}"#, body);
            let error = read(export.as_bytes()).unwrap_err().to_string();
            assert!(
                error.starts_with("request 1 of the export of Insomnia") && error.contains(why),
                "{error}"
            );
        }
    }
}
