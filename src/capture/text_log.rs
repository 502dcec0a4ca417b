//! Log lines that are no JSON and show a request: what `console.log` and `print` write of its headers and its body, a JSON
//! object in a line, the access log of nginx with the body, and the parameters in a log of Rails.

use crate::webhook::payload::json::{Kind, parse, parse_body, without_bom};
use crate::webhook::record::{DeliveryRecord, Loss};

use super::content::Content;
use super::error::{CaptureError, excerpt};
use super::exported::ExportedRequest;
use super::literal;
use super::outline::End;
use super::request_log::{Found, Part, add_body, add_headers, find, part_of};
use super::unrecognized::is_yaml;

const HINT: &str = "print the headers and the body of one request next to each other, the body as text or bytes; if the file is a body, give --format body";

/// Whether a file is a log that shows a request. JSON, also with something after it, is none.
pub(super) fn is_log(file: &Content<'_>) -> bool {
    file.json.as_ref().is_none_or(|json| json.end == End::Broken) && shows_request(file.text)
}

fn shows_request(text: &[u8]) -> bool {
    const OTHERS: &[u8] = b"<-\"";
    let starts_other = text.first().is_none_or(|byte| OTHERS.contains(byte));
    !starts_other
        && !is_yaml(text)
        && std::str::from_utf8(text).is_ok()
        // A request that is not whole is an error that is named, and no body.
        && Scanner::new(text).requests().map_or(true, |all| !all.is_empty())
}

/// Reads the requests of a log. Where it shows no request, each line that shows one JSON object or bytes is a body.
///
/// # Errors
/// When a request is not whole, and when there is neither.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<DeliveryRecord>, CaptureError> {
    let failed = |why: String| CaptureError::new(format!("the log cannot be read: {why}"), HINT);
    let text = without_bom(bytes);
    let mut requests = Scanner::new(text).requests().map_err(failed)?;
    if requests.is_empty() {
        requests = Scanner::new(text).bodies().map_err(failed)?;
    }
    if requests.is_empty() {
        return Err(failed("no line shows a request or a body".to_owned()));
    }
    let record = |(id, request): (u64, ExportedRequest)| {
        request.into_record(id).map_err(|why| failed(format!("request {id}: {why}")))
    };
    (1..).zip(requests).map(record).collect()
}

/// The parts of a request that were found.
#[derive(Default)]
struct Pending {
    request: ExportedRequest,
    has_headers: bool,
    has_body: bool,
    line: usize,
}

struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
    /// The line number of `at`, counted as it moves.
    line: usize,
    counted: usize,
    fuel: usize,
}

/// A value in a text with the name before it.
struct Named {
    name: String,
    json: String,
    /// The value's own text, when that is JSON.
    raw: Option<String>,
}

impl<'t> Scanner<'t> {
    fn new(text: &'t [u8]) -> Self {
        Self { text, at: 0, line: 1, counted: 0, fuel: literal::fuel(text) }
    }

    fn rest(&self) -> &'t [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn line_number(&mut self) -> usize {
        let passed = self.text.get(self.counted..self.at).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', passed).count();
        self.counted = self.at;
        self.line
    }

    /// The requests, in the order of the text.
    fn requests(mut self) -> Result<Vec<ExportedRequest>, String> {
        let mut all = Vec::new();
        let mut pending = Pending::default();
        let mut started = None;
        while self.at < self.text.len() {
            let line = self.current_line();
            if let Some(request) = access_line(line) {
                all.push(request);
                self.at += line.len();
                continue;
            }
            if let Some(start) = rails_start(line) {
                started = Some(start);
                self.at += line.len();
                continue;
            }
            if let (Some(parameters), Some((method, url))) = (rails_parameters(line), &started) {
                let mut request = ExportedRequest {
                    method: Some(method.clone()),
                    url: Some(url.clone()),
                    losses: vec![Loss::Headers],
                    ..ExportedRequest::default()
                };
                rails_body(parameters, &mut request)?;
                all.push(request);
                started = None;
                self.at += line.len();
                continue;
            }
            let end = self.at + line.len();
            while let Some(found) = self.next_value(end) {
                self.take(found, &mut pending, &mut all)?;
            }
            self.at = self.at.max(end);
            if self.rest().first() == Some(&b'\n') {
                self.at += 1;
            }
        }
        if pending.has_headers {
            return Err(lacking_body(pending.line));
        }
        Ok(all)
    }

    /// The bodies of lines that show one object or bytes each, and no more.
    fn bodies(mut self) -> Result<Vec<ExportedRequest>, String> {
        let mut all = Vec::new();
        while self.at < self.text.len() {
            let end = self.at + self.current_line().len();
            let number = self.line_number();
            let mut found = Vec::new();
            while let Some(one) = self.next_value(end) {
                found.push(one);
            }
            self.at = self.at.max(end) + 1;
            let mut found = found.into_iter();
            let Some(one) = found.next() else { continue };
            if found.next().is_some() {
                return Err(format!(
                    "line {number} shows several values, and it is not known which one is the body"
                ));
            }
            let mut request =
                ExportedRequest { losses: vec![Loss::Headers], ..ExportedRequest::default() };
            one.add_body(&mut request)?;
            all.push(request);
        }
        Ok(all)
    }

    /// The rest of the line, without its end.
    fn current_line(&self) -> &'t [u8] {
        let rest = self.rest();
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }

    /// The next value that starts before `end`, and the name before it.
    fn next_value(&mut self, end: usize) -> Option<Named> {
        loop {
            let from = self.at;
            let line = self.text.get(from..end)?;
            let start = from
                + line
                    .iter()
                    .position(|b| matches!(b, b'{' | b'[' | b'\'' | b'"' | b'<' | b'('))?;
            let before = self.text.get(from..start)?;
            let first = self.text.get(start).copied();
            // A prefix belongs to the value: `b'…'`, `Headers({…})`, `Headers {`.
            let start = match first {
                Some(b'\'' | b'"')
                    if before.ends_with(b"b")
                        && !before.iter().rev().nth(1).is_some_and(u8::is_ascii_alphanumeric) =>
                {
                    start - 1
                }
                Some(b'\'' | b'"') if name_before(before).is_none() => {
                    self.at = start + 1;
                    continue;
                }
                Some(b'(') => {
                    start
                        - before
                            .iter()
                            .rev()
                            .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_')
                            .count()
                }
                _ => start,
            };
            let text = self.text.get(start..)?;
            let read = match first {
                // A date or a level in brackets.
                Some(b'[') if !is_list(text) => Err(1),
                Some(b'(') if text.first() == Some(&b'(') => Err(1),
                _ => literal::read_within(text, &mut self.fuel),
            };
            match read {
                Ok(found) => {
                    let name = name_before(self.text.get(from..start)?).unwrap_or_default();
                    self.at = start + found.length;
                    let raw = text.get(..found.length)?;
                    let is_json = matches!(first, Some(b'{' | b'[')) && parse_body(raw).is_ok();
                    let raw = is_json.then(|| String::from_utf8_lossy(raw).into_owned());
                    return Some(Named { name, json: found.json, raw });
                }
                // What was understood of it is not looked at again.
                Err(length) => self.at = (start + length).max(start + 1).max(from + 1),
            }
        }
    }

    fn take(
        &mut self,
        found: Named,
        pending: &mut Pending,
        all: &mut Vec<ExportedRequest>,
    ) -> Result<(), String> {
        let line = self.line_number();
        let document = parse(&found.json).map_err(|why| why.to_string())?;
        let node = document.root();
        let part = part_of(&found.name);
        match part {
            Some(Part::Headers) if matches!(node.kind(), Kind::Object | Kind::Array) => {
                if pending.has_headers {
                    return Err(lacking_body(pending.line));
                }
                add_headers(node, &mut pending.request)?;
                (pending.has_headers, pending.line) = (true, line);
            }
            Some(Part::Body) => {
                found
                    .add_body(&mut pending.request)
                    .map_err(|why| format!("line {line}: {why}"))?;
                pending.has_body = true;
            }
            Some(Part::Method) => {
                pending.request.method = node.text().map(|text| text.to_ascii_uppercase())
            }
            Some(Part::Url) => pending.request.url = node.text().map(|text| text.into_owned()),
            _ => match find(node).map_err(|why| format!("line {line}: {why}"))? {
                Found::Request(request) => all.push(*request),
                Found::WithoutBody => {
                    return Err(format!("line {line} shows a request without its body"));
                }
                Found::Nothing => {}
            },
        }
        if pending.has_headers && pending.has_body {
            all.push(std::mem::take(pending).request);
        }
        Ok(())
    }
}

impl Named {
    /// Takes the value as the body: text that is JSON was printed as it is.
    fn add_body(&self, request: &mut ExportedRequest) -> Result<(), String> {
        if let Some(raw) = &self.raw {
            request.text_body(raw);
            return Ok(());
        }
        let document = parse(&self.json).map_err(|why| why.to_string())?;
        add_body(document.root(), false, request)
    }
}

fn lacking_body(line: usize) -> String {
    format!("the headers on line {line} have no body after them")
}

/// The name that stands before a value, `headers` of `req.headers: `; `None` when there is none.
fn name_before(before: &[u8]) -> Option<String> {
    const MAX_NAME: usize = 40;
    let line = before.rsplit(|b| *b == b'\n').next().unwrap_or_default();
    let text = line.trim_ascii_end();
    let text = text.strip_suffix(b":").or_else(|| text.strip_suffix(b"=")).unwrap_or(text);
    let text = text.strip_suffix(b"=").unwrap_or(text).trim_ascii_end();
    let text = text.strip_suffix(b"'").or_else(|| text.strip_suffix(b"\"")).unwrap_or(text);
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let length = text.iter().rev().take(MAX_NAME).take_while(|b| is_part(b)).count();
    let name = text.get(text.len().checked_sub(length)?..)?;
    let name = String::from_utf8_lossy(name).into_owned();
    (!name.is_empty() && part_of(&name).is_some()).then_some(name)
}

/// Whether brackets hold a list, and no date or level.
fn is_list(text: &[u8]) -> bool {
    if text.starts_with(b"[Object") || text.starts_with(b"[Array") {
        return true;
    }
    let inner = text.get(1..).unwrap_or_default().trim_ascii_start();
    matches!(inner.first(), Some(b'{' | b'[' | b'\'' | b'"' | b'(' | b']'))
}

/// A line of an access log with the request line and the body in quotes: `"POST / HTTP/1.1" … "{\x22a\x22:1}"`.
fn access_line(line: &[u8]) -> Option<ExportedRequest> {
    let mut fields = line.split(|b| *b == b'"').skip(1).step_by(2);
    let first = std::str::from_utf8(fields.next()?).ok()?;
    let mut words = first.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    if !version.starts_with("HTTP/") || words.next().is_some() {
        return None;
    }
    let is_body = |field: &&[u8]| {
        let text = field.trim_ascii_start();
        [&b"{"[..], b"[", b"payload=", b"<?xml"].iter().any(|start| text.starts_with(start))
            || text.starts_with(b"\\x7B")
    };
    let fields: Vec<_> = fields.collect();
    let body = fields.iter().rev().find(|field| is_body(field))?;
    let mut request = ExportedRequest {
        method: Some(method.to_owned()),
        url: Some(unescaped(target.as_bytes()).map(|t| String::from_utf8_lossy(&t).into_owned())?),
        body: unescaped(body)?,
        ..ExportedRequest::default()
    };
    request.lose(Loss::Headers);
    Some(request)
}

/// nginx writes quotes, backslashes and bytes that are not printable as `\xHH`.
fn unescaped(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        if *byte != b'\\' {
            out.push(*byte);
            at += 1;
            continue;
        }
        let digits = text.get(at..at + 4).and_then(|escape| escape.strip_prefix(b"\\x"))?;
        // A number may have a sign for Rust.
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        out.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
        at += 4;
    }
    Some(out)
}

/// `Started POST "/hook" for 127.0.0.1 at …`: the method and the target.
fn rails_start(line: &[u8]) -> Option<(String, String)> {
    let at = memchr::memmem::find(line, b"Started ")?;
    let text = std::str::from_utf8(line.get(at + 8..)?).ok()?;
    let (method, rest) = text.split_once(" \"")?;
    let (target, rest) = rest.split_once('"')?;
    let is_method = !method.is_empty() && method.bytes().all(|b| b.is_ascii_uppercase());
    (is_method && rest.starts_with(" for ")).then(|| (method.to_owned(), target.to_owned()))
}

fn rails_parameters(line: &[u8]) -> Option<&[u8]> {
    let at = memchr::memmem::find(line, b"Parameters: {")?;
    line.get(at + 12..)
}

/// Rails logs the parameters that it parsed, often a second time under the name of the controller.
fn rails_body(parameters: &[u8], request: &mut ExportedRequest) -> Result<(), String> {
    let read = literal::read(parameters).map_err(|at| {
        let rest = parameters.get(at..).unwrap_or_default();
        format!("its parameters are cut off or broken at `{}`", excerpt(rest))
    })?;
    let document = parse(&read.json).map_err(|why| why.to_string())?;
    let root = document.root();
    let members: Vec<_> = root.entries().collect();
    // The copy has the same members as the others together.
    let copy = members.last().filter(|(_, value)| {
        let others = members.iter().rev().skip(1);
        value.kind() == Kind::Object
            && members.len() > 1
            && others.clone().count() == value.entries().count()
            && others
                .rev()
                .map(|(k, v)| (k.raw(), v.raw()))
                .eq(value.entries().map(|(k, v)| (k.raw(), v.raw())))
    });
    request.body_of(copy.map_or(root, |(_, value)| *value));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{detect, shown};

    fn parts(text: &str) -> Vec<String> {
        let all = read(text.as_bytes()).unwrap_or_else(|why| panic!("{text}: {why}"));
        all.iter().map(shown).collect()
    }

    #[test]
    fn what_programs_print_of_a_request_is_read() {
        for (text, expected) in [
            (
                "{ headers: { 'x-sig': 's' }, body: '{\"a\":\"it\\'s\"}' }",
                "POST / x-sig: s {\"a\":\"it's\"} headers.names,target,method",
            ),
            (
                "Received webhook {\n  method: 'POST',\n  url: '/hook',\n  headers: {\n    host: 'h',\n    'x-sig': 's'\n  },\n  body: <Buffer 7b 7d>\n}\n",
                "POST /hook host: h|x-sig: s {} headers.names",
            ),
            (
                "INFO:root:headers={'X-Sig': 's', 'Host': 'h'} body=b'{\"a\":\"\\xc3\\xa9\"}'\n",
                "POST / X-Sig: s|Host: h {\"a\":\"é\"} headers.names,target,method",
            ),
            (
                "headers: Headers({'host': 'h', 'x-sig': 's'})\nbody: b'{}\\n'\n",
                "POST / host: h|x-sig: s {}\n headers.names,target,method",
            ),
            (
                "2026-01-01T00:00:00Z [info] req.headers { host: 'h' }\n2026-01-01T00:00:00Z [info] req.body {\"a\": 1}\n",
                "POST / host: h {\"a\": 1} headers.names,target,method",
            ),
            (
                "12:00:01 app: got {\"method\":\"POST\",\"url\":\"/a\",\"headers\":{\"Host\":\"h\"},\"body\":\"{}\"} in 3ms",
                "POST /a Host: h {} headers.names",
            ),
            (
                "127.0.0.1 - - [01/Jan/2026:00:00:00 +0000] \"POST /hook HTTP/1.1\" 200 2 \"-\" \"curl/8\" \"{\\x22a\\x22:\\x22\\xC3\\xA9\\x22}\"\n",
                "POST /hook  {\"a\":\"é\"} headers.missing",
            ),
            (
                "Started POST \"/hooks\" for 127.0.0.1 at 2026-01-01 00:00:00 +0000\nProcessing by HooksController#create as JSON\n  Parameters: {\"a\"=>{\"b\"=>nil}, \"c\"=>1, \"hook\"=>{\"a\"=>{\"b\"=>nil}, \"c\"=>1}}\n",
                "POST /hooks  {\"a\":{\"b\":null},\"c\":1} body.reserialized,headers.missing",
            ),
        ] {
            assert_eq!(parts(text), [expected], "{text}");
            assert_eq!(
                detect(text.as_bytes()).map(|format| format.name).map_err(|e| e.clause),
                Ok("log"),
                "{text}"
            );
        }
    }

    #[test]
    fn bodies_alone_are_read_when_the_format_is_given() {
        let text = "12:00 INFO received {\"a\": 1}\n12:01 INFO done\n12:02 INFO received b'{}'\n";
        assert!(detect(text.as_bytes()).is_err());
        let lost = "headers.missing,target,method";
        assert_eq!(
            parts(text),
            [format!("POST /  {{\"a\": 1}} {lost}"), format!("POST /  {{}} {lost}")]
        );
    }

    #[test]
    fn a_request_that_is_not_whole_is_no_body() {
        for text in [
            "{\n  headers: [Object: null prototype] { host: 'h' },\n  body: <Buffer 61 ... 150 more bytes>\n}\n",
            "{\n  headers: { host: 'h' },\n  body: { a: { b: [Object] } },\n  method: 'POST'\n}\n",
            "{ method: 'POST', headers: { 'content-type': 'a' } }",
        ] {
            assert_eq!(detect(text.as_bytes()).map(|format| format.name), Ok("log"), "{text}");
            assert!(read(text.as_bytes()).is_err());
        }
    }

    #[test]
    fn what_is_not_whole_is_named() {
        for (text, why) in [
            ("headers: {'Host': 'h'}\n", "headers on line 1 have no body"),
            (
                "\nheaders: {'Host': 'h'}\nheaders: {'Host': 'h'}\nbody: b'x'\n",
                "headers on line 2 have no body",
            ),
            ("headers: { host: 'h' }\nbody: [Object]\n", "its body is `[Object]`"),
            (
                "headers: { host: 'h' } body: <Buffer 7b ... 9 more bytes>\n",
                "its body is `a Buffer that is cut off`",
            ),
            (
                "got {\"method\":\"POST\",\"headers\":{\"Host\":\"h\"}}\n",
                "line 1 shows a request without its body",
            ),
            ("nothing\n", "no line shows a request or a body"),
            ("got {\"a\":1} and {\"b\":2}\n", "several values"),
        ] {
            let error = read(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn hostile_logs_take_linear_time() {
        for unit in [
            "{\"a\":",
            "{a:f(",
            "dict(",
            "<a",
            "[[",
            "{'",
            "<Buffer ",
            "headers={",
            "'a' + ",
            "f(",
            "b'",
            "x{y",
            "\"",
            "\\x",
        ] {
            let text = unit.repeat(50_000);
            assert!(!shows_request(text.as_bytes()), "{unit}");
        }
    }
}
