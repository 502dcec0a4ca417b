//! Logs of JSON lines that hold requests, as pino, bunyan, winston, python-json-logger, zap, Caddy and nginx write them.
//! Lines without a request are passed over.

use crate::webhook::payload::json::{parse_body, without_bom};
use crate::webhook::record::DeliveryRecord;

use super::content::Content;
use super::error::CaptureError;
use super::exported::{Export, ExportedRequest};
use super::request_log::{Found, find, is_line_of_logger};

pub(super) const EXPORT: Export = Export {
    name: "the log",
    entry: "log line",
    hint: "log the body as text, or say where the parts are: --map body=/POINTER --map headers=/POINTER; give only the lines of deliveries; if the file is a body, give --format body",
};

/// Whether a file is a log whose first line is one of a logger, and some line holds a request.
pub(super) fn is_log(file: &Content<'_>) -> bool {
    /// A log without a request in as many lines is named instead of read.
    const MAX_LINES: usize = 10_000;
    if !file.text.starts_with(b"{") {
        return false;
    }
    let is_request = |line: &[u8]| match parse_body(line) {
        Ok(document) => !matches!(find(document.root()), Ok(Found::Nothing)),
        Err(_) => false,
    };
    let root = file.json.as_ref().and_then(|json| json.objects().next()).map(|(_, root)| root);
    let names =
        root.into_iter().flatten().map(|entry| String::from_utf8_lossy(entry.name).into_owned());
    is_line_of_logger(&names.collect::<Vec<_>>())
        && lines(file.text).take(MAX_LINES).any(|(_, line)| is_request(line))
}

/// The lines that are not empty, with their numbers.
fn lines(text: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let numbered = (1..).zip(text.split(|b| *b == b'\n').map(<[u8]>::trim_ascii));
    numbered.filter(|(_, line)| !line.is_empty())
}

/// Reads the requests of a log.
///
/// # Errors
/// For a line that is not JSON, for a request without its body, and when there is no request.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<DeliveryRecord>, CaptureError> {
    read_with(bytes, |line| {
        let document = parse_body(line).map_err(|why| why.to_string())?;
        match find(document.root())? {
            Found::Request(request) => Ok(Some(*request)),
            Found::WithoutBody => Err("it holds a request without its body".to_owned()),
            Found::Nothing => Ok(None),
        }
    })
}

/// Reads what `read` finds in each line.
pub(super) fn read_with(
    bytes: &[u8],
    read: impl Fn(&[u8]) -> Result<Option<ExportedRequest>, String>,
) -> Result<Vec<DeliveryRecord>, CaptureError> {
    let mut all = Vec::new();
    for (number, line) in lines(without_bom(bytes)) {
        let id = all.len() as u64 + 1;
        let record =
            read(line).and_then(|found| found.map(|found| found.into_record(id)).transpose());
        let failed = |why| {
            let Export { name, entry, hint } = EXPORT;
            CaptureError::new(format!("{entry} {number} of {name} cannot be read: {why}"), hint)
        };
        all.extend(record.map_err(failed)?);
    }
    match all.is_empty() {
        true => Err(EXPORT.unreadable("no line holds a request with headers")),
        false => Ok(all),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::detect;

    const LINE: &str = r#"{"level":30,"time":1767225600000,"pid":1,"hostname":"h","req":{"method":"POST","url":"/hook","headers":{"host":"h","x-sig":"s"}},"body":"{}","msg":"in"}"#;

    fn seen(text: &str) -> String {
        detect(text.as_bytes()).map_or_else(|why| why.clause, |format| format.name.to_owned())
    }

    #[test]
    fn a_log_is_read_without_its_other_lines() {
        let log = format!("{}\n{LINE}\r\n\n{LINE}\n", r#"{"level":30,"time":1,"msg":"listening"}"#);
        assert_eq!(seen(&log), "json-log");
        let all = read(log.as_bytes()).unwrap();
        let ids: Vec<_> = all.iter().map(|record| record.id).collect();
        assert_eq!(ids, [1, 2]);
        assert_eq!(&all[0].delivery.body[..], b"{}");
        assert_eq!(all[0].delivery.received_at.unwrap().to_string(), "2026-01-01T00:00:00Z");
    }

    #[test]
    fn bodies_that_look_like_lines_of_a_log_are_no_log() {
        for text in [
            r#"{"id":"cpu","message":"m","time":"2026-01-01T00:00:00Z","level":"CRITICAL","data":{"series":[]}}"#,
            r#"{"level":30,"time":1,"msg":"listening"}"#,
        ] {
            assert_eq!(seen(text), "body", "{text}");
        }
        let lines = "{\"level\":30,\"msg\":\"a\"}\n".repeat(2);
        assert!(seen(&lines).contains("several JSON documents"));
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_line() {
        let without = LINE.replace(r#""body":"{}","#, "");
        for (log, why) in [
            (
                format!("{LINE}\n{without}\n"),
                "log line 2 of the log cannot be read: it holds a request without its body",
            ),
            (format!("{LINE}\n\nx\n"), "log line 3 of the log"),
            ("{}\n".to_owned(), "no line holds a request"),
        ] {
            let error = read(log.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
