//! Deliveries as `listen --json` prints them, one JSON object a line.

use memchr::memchr_iter;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::de::StrRead;
use serde_json::{Deserializer, StreamDeserializer};

use crate::webhook::payload::json::{BOM, without_bom};
use crate::webhook::record::{DeliveryLine, DeliveryRecord, ReadDepth, Text};

use super::error::{CaptureError, excerpt, json_error};
use super::http::validate_head;
use super::outline::{MAX_KEY, first_key};

/// Whether a file is such a log, by its first line. `text` starts with that line.
pub(super) fn is_log(text: &[u8]) -> bool {
    match first_key(text) {
        // Sorted by name, a line begins with its body.
        Some((b"type" | b"body" | b"body_base64", _)) => is_line(text),
        _ => false,
    }
}

/// Whether the file that begins like this is such a log, whatever follows; `None` when more of it must be seen.
pub(crate) fn begins_log(beginning: &[u8]) -> Option<bool> {
    if BOM.starts_with(beginning) {
        return None;
    }
    let text = without_bom(beginning).trim_ascii_start();
    match first_key(text) {
        Some((b"type" | b"body" | b"body_base64", _)) => {
            text.contains(&b'\n').then(|| is_line(text))
        }
        Some(_) => Some(false),
        None if text.is_empty() => None,
        None => (!text.starts_with(b"{") || !is_cut(text)).then_some(false),
    }
}

/// Whether a JSON object that shows no first key may show one when there is more of it.
fn is_cut(text: &[u8]) -> bool {
    let text = text.get(1..).unwrap_or_default().trim_ascii_start();
    let Some(key) = text.strip_prefix(b"\"") else {
        return text.is_empty();
    };
    match key.iter().take(MAX_KEY).position(|b| *b == b'"') {
        None => key.len() < MAX_KEY,
        Some(end) => {
            let after = key.get(end + 1..).unwrap_or_default().trim_ascii_start();
            after.is_empty() || after.starts_with(b":")
        }
    }
}

/// Whether the first line is one that a listener prints. A provider may name a type, too: the line's
/// other fields tell.
fn is_line(text: &[u8]) -> bool {
    if let Some((b"type", value)) = first_key(text) {
        let types = [&b"\"delivery\""[..], b"\"ready\"", b"\"turned_away\""];
        if !types.iter().any(|kind| value.starts_with(kind)) {
            return false;
        }
    }
    let line = text.split(|b| *b == b'\n').next().unwrap_or_default();
    serde_json::from_slice::<FirstLine<'_>>(line).is_ok_and(|line| line.is_listeners())
}

#[derive(Deserialize)]
struct FirstLine<'l> {
    #[serde(rename = "type")]
    kind: &'l str,
    url: Option<IgnoredAny>,
    reason: Option<IgnoredAny>,
    method: Option<IgnoredAny>,
    target: Option<IgnoredAny>,
    headers: Option<IgnoredAny>,
}

impl FirstLine<'_> {
    fn is_listeners(&self) -> bool {
        match self.kind {
            "delivery" => self.method.is_some() && self.target.is_some() && self.headers.is_some(),
            "ready" => self.url.is_some(),
            "turned_away" => self.reason.is_some(),
            _ => false,
        }
    }
}

/// Reads the deliveries of a log; the other lines of a listener are skipped.
///
/// # Errors
/// For a line that no listener prints, with its number.
pub fn read(bytes: &[u8]) -> Result<Vec<DeliveryRecord>, CaptureError> {
    read_chunk(bytes, 0, 0, ReadDepth::Full).map(|chunk| chunk.deliveries)
}

/// The deliveries of some lines of a log.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub deliveries: Vec<DeliveryRecord>,
    /// Whether one of them had no number of its own and got that of its position in the log.
    pub is_counted: bool,
}

/// Reads some whole lines of a log, with so many lines and deliveries before them.
pub(crate) fn read_chunk(
    mut bytes: &[u8],
    lines_before: usize,
    deliveries_before: u64,
    depth: ReadDepth,
) -> Result<Chunk, CaptureError> {
    if lines_before == 0 {
        bytes = without_bom(bytes);
    }
    let mut chunk = Chunk { deliveries: Vec::new(), is_counted: false };
    let mut lines = Lines::new(bytes);
    let mut position = deliveries_before;
    let mut start = 0;
    let ends = memchr_iter(b'\n', bytes).chain([bytes.len()]);
    for (end, number) in ends.zip(lines_before + 1..) {
        let line = bytes.get(start..end).unwrap_or_default();
        let blank = line.len() - line.trim_ascii_start().len();
        let read = lines.read(start + blank, line.trim_ascii());
        start = end + 1;
        let record = read.and_then(|line| {
            let record = line.map(|line| line.into_record(depth)).transpose()?;
            record.iter().try_for_each(|(_, record)| validate_head(&record.delivery))?;
            Ok(record)
        });
        let failed = |why| {
            CaptureError::new(
                format!("line {number} is not one that listen --json prints: {why}"),
                "give the lines as listen --json printed them; if the file is a body, give --format body",
            )
        };
        if let Some((id, mut record)) = record.map_err(failed)? {
            position += 1;
            chunk.is_counted |= id.is_none();
            record.id = id.unwrap_or(position);
            chunk.deliveries.push(record);
        }
    }
    Ok(chunk)
}

/// Lines of which nearly every one is a delivery. Those are read by one deserializer, which keeps its memory from
/// line to line; a line that it does not read is read alone.
struct Lines<'b> {
    /// All of them, when they are UTF-8.
    text: Option<&'b str>,
    /// The deserializer, and where it began.
    stream: Option<(Stream<'b>, usize)>,
}

type Stream<'b> = StreamDeserializer<'b, StrRead<'b>, DeliveryLine<'b>>;

impl<'b> Lines<'b> {
    fn new(bytes: &'b [u8]) -> Self {
        Self { text: std::str::from_utf8(bytes).ok(), stream: None }
    }

    /// Reads the line that starts at `start`; `None` for an empty one, and for one that is no delivery.
    fn read(&mut self, start: usize, line: &'b [u8]) -> Result<Option<DeliveryLine<'b>>, String> {
        if line.is_empty() {
            return Ok(None);
        }
        match self.next(start, start + line.len()) {
            Some(delivery) => Ok(Some(delivery)),
            None => read_alone(line),
        }
    }

    /// The delivery from `start` to `end`, if that is one and nothing else.
    fn next(&mut self, start: usize, end: usize) -> Option<DeliveryLine<'b>> {
        let (mut stream, began) = match self.stream.take() {
            Some(stream) => stream,
            None => (Deserializer::from_str(self.text?.get(start..)?).into_iter(), start),
        };
        let delivery = stream.next()?.ok()?;
        // It does not stop at line ends: a value may go on in the next line.
        if began + stream.byte_offset() != end {
            return None;
        }
        self.stream = Some((stream, began));
        Some(delivery)
    }
}

fn read_alone(line: &[u8]) -> Result<Option<DeliveryLine<'_>>, String> {
    #[derive(Deserialize)]
    struct Tag<'l> {
        #[serde(rename = "type", borrow)]
        kind: Text<'l>,
    }
    let no_json = |error: serde_json::Error| json_error(&error);
    let tag: Tag<'_> = serde_json::from_slice(line).map_err(no_json)?;
    match tag.kind.as_str() {
        "delivery" => serde_json::from_slice(line).map(Some).map_err(no_json),
        "ready" | "turned_away" | "summary" => Ok(None),
        other => Err(format!("its type is `{}`", excerpt(other.as_bytes()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::delivery::json_line;
    use crate::webhook::payload::validate::Validity;
    use crate::webhook::signature::verify::Verdict;

    const LOG: &str = concat!(
        r#"{"type":"ready","url":"http://127.0.0.1:8080"}"#,
        "\n\n",
        r#"{"type":"delivery","id":7,"received_at":"2025-01-02T03:04:05.678Z","method":"POST","target":"/a?b","headers":[["Host","h"],["X-A","1"],["x-a",{"base64":"/w=="}]],"body":"{\"a\":1}","provider":"p","event":"lead.submit","channel":null,"signature":{"verdict":"valid","header":"x","algorithm":"hmac-sha1","name":null,"reason":"it fits"},"validation":{"verdict":"unknown_event","errors":[],"notes":[]},"duplicate_of":3,"response":{"status":200},"duration_ms":0.41,"added_later":[1]}"#,
        "\r\n",
        r#"{"type":"turned_away","at":"2025-01-02T03:04:05.678Z","reason":"method","detail":"GET"}"#,
        "\n",
        r#"{"type":"delivery","id":8,"received_at":null,"method":"POST","target":"/","headers":[],"body_base64":"/wA=","provider":null,"event":null,"channel":null}"#,
        "\n",
        r#"{"type":"summary"}"#,
    );

    #[test]
    fn a_listeners_log_is_read() {
        let deliveries = read(LOG.as_bytes()).unwrap();
        let [first, second] = deliveries.as_slice() else {
            panic!("{deliveries:?}");
        };
        assert_eq!(first.id, 7);
        assert_eq!(first.delivery.target, "/a?b");
        let headers: Vec<_> = first.delivery.headers.iter().collect();
        assert_eq!(headers, [("Host", &b"h"[..]), ("X-A", b"1"), ("x-a", b"\xff")]);
        let at = first.delivery.received_at.unwrap().to_string();
        assert_eq!(at, "2025-01-02T03:04:05.678Z");
        let found = first.analysis.as_ref().unwrap();
        assert_eq!(found.event.as_deref(), Some("lead.submit"));
        assert_eq!(found.signature.verdict, Verdict::Valid);
        assert_eq!(found.validation.verdict, Validity::UnknownEvent);
        assert_eq!((first.duplicate_of, first.status), (Some(3), Some(200)));
        assert_eq!(&second.delivery.body[..], b"\xff\0");
        assert_eq!(second.analysis, None);
    }

    #[test]
    fn requests_alone_are_the_same_requests() {
        let all = read(LOG.as_bytes()).unwrap();
        let alone = read_chunk(LOG.as_bytes(), 0, 0, ReadDepth::Request).unwrap();
        assert!(all.iter().any(|record| record.analysis.is_some()));
        let request = |record: DeliveryRecord| DeliveryRecord::new(record.id, record.delivery);
        let requests: Vec<_> = all.into_iter().map(request).collect();
        assert_eq!(alone.deliveries, requests);
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_line() {
        let log = ["\u{feff}", LOG].concat();
        assert_eq!(read(log.as_bytes()), read(LOG.as_bytes()));
        let later = read_chunk(log.as_bytes(), 1, 0, ReadDepth::Full);
        assert!(later.is_err(), "it is one elsewhere");
    }

    #[test]
    fn what_is_not_known_is_left_out_and_the_rest_is_written_the_same() {
        let written = read(LOG.as_bytes()).unwrap();
        let written: Vec<_> = written.iter().flat_map(|record| json_line(record, None)).collect();
        let is_delivery = |line: &&str| line.contains(r#""type":"delivery""#);
        let known = LOG.replace(r#","added_later":[1]"#, "");
        let known: String =
            known.lines().filter(is_delivery).map(|line| format!("{line}\n")).collect();
        assert_eq!(String::from_utf8(written).unwrap(), known);
    }

    #[test]
    fn another_line_is_an_error_with_its_number() {
        let whole = r#"{"type":"delivery","method":"POST","target":"/","headers":[],"body":""}"#;
        assert_eq!(read(whole.as_bytes()).unwrap()[0].id, 1);
        for (bad, why) in [
            (r#"{"type":"verdict"}"#, "`verdict`"),
            (r#"{"a":1}"#, "missing field `type`"),
            ("[]", ""),
            ("{\"type\":\"deliv", "EOF"),
            (r#"{"type":"delivery"}"#, "missing field"),
            (&whole.replace(r#""body""#, r#""other""#), "`body`"),
            (&whole.replace(r#""body":"""#, r#""body":"","body_base64":"""#), "one of"),
            (&whole.replace(r#""body""#, r#""body_base64""#).replace(r#""""#, r#""?""#), "base64"),
            (&whole.replace("POST", "PO ST"), "method"),
            (&whole.replace("[]", r#"[["A","b\r\nC: d"]]"#), "line break"),
            (&whole.replace("[]", r#"[["A"]]"#), ""),
            (&whole.replace("{", r#"{"received_at":"noon","#), ""),
            (
                &whole.replace(
                    "{",
                    r#"{"signature":{"verdict":"fine"},"validation":{"verdict":"valid"},"#,
                ),
                "`fine` is no verdict",
            ),
            (&format!(r#"{{"type":{}"#, "[".repeat(100_000)), ""),
        ] {
            let log = format!("{whole}\n\n{bad}\n");
            let text = read(log.as_bytes()).unwrap_err().to_string();
            assert!(text.starts_with("line 3 is not"), "{bad}: {text}");
            assert!(text.contains(why), "{bad}: {text}");
        }
    }

    #[test]
    fn a_delivery_is_one_line_and_a_line_is_one_delivery() {
        let one = String::from_utf8(json_line(&read(LOG.as_bytes()).unwrap()[0], None)).unwrap();
        let one = one.trim_end();
        for (log, bad) in [
            (format!("{one}\n{one}{one}\n{one}\n"), 2),
            (format!("{one}\n{one} {one}\n"), 2),
            (format!("{one}\n{}\n", one.replacen(',', "\n,", 1)), 2),
            (format!("{one}\n\n{one} x\n{one}\n"), 3),
        ] {
            let why = read(log.as_bytes()).unwrap_err().to_string();
            assert!(why.starts_with(&format!("line {bad} is not")), "{why}");
        }
        let blank = format!(" {one}\t\r\n\n\u{c}{one}\u{c}\n{one}");
        assert_eq!(read(blank.as_bytes()).unwrap().len(), 3);
    }
}
