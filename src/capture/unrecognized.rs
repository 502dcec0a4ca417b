//! What a file looks like that no format recognises and that is not plausible as a body. Such a file is an error that
//! says what it looks like; nothing of it is verified or sent as if it were a body.

use serde::de::IgnoredAny;

use crate::escape::clipped;

use super::content::Content;
use super::outline::{End, Entry, Outline};

/// Something that is neither a capture nor plausible as a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrecognized {
    /// What it is or looks like, after its name: "is empty".
    pub clause: String,
    /// What to do.
    pub hint: &'static str,
    /// Whether it is a body if the user says so: nothing speaks for anything else.
    pub may_be_body: bool,
}

const EXPORT: &str = "`cz-hook verify --help` lists the formats that are read; export it as HAR, curl or raw HTTP, or give the body alone; for JSON, --map says where the parts are; if the file is a body, give --format body";
const SPLIT: &str = "give each document in a file of its own; for a log of requests, --map says where the parts are; if the file is a body, give --format body";
const TAKE_OUT: &str = "give the body alone, without what is around it; --format log takes it from each line; if the file is a body, give --format body";
const INSOMNIA: &str =
    "export it as Insomnia v4 (JSON) or as HAR; if the file is a body, give --format body";
const CHECK: &str = "check that this is the right file; if it is a body, give --format body";

const AROUND: &str = "JSON with other text around it, such as a log line";

/// What a file is that no format recognises; `None` when it is plausible as a body.
pub(super) fn look(content: &Content<'_>) -> Option<Unrecognized> {
    let (bytes, text) = (content.bytes, content.text);
    if text.is_empty() {
        let what = if bytes.is_empty() { "is empty" } else { "holds only white space" };
        let hint = "check what was written to it; --format body takes it as the body, as it is";
        return Some(Unrecognized { clause: what.to_owned(), hint, may_be_body: false });
    }
    if let Some((what, hint)) = file_type(bytes) {
        return Some(looks_like(what, hint));
    }
    match &content.json {
        Some(json) => of_json(text, json),
        None => of_text(text),
    }
}

fn looks_like(what: &str, hint: &'static str) -> Unrecognized {
    let clause = format!("looks like {what}, not like a body");
    Unrecognized { clause, hint, may_be_body: false }
}

/// The same for what could be anything, also a body.
fn could_be(what: &str) -> Unrecognized {
    let hint = "if the file is a body, give --format body; `cz-hook verify --help` lists the formats of captures";
    Unrecognized { may_be_body: true, ..looks_like(what, hint) }
}

/// What the first bytes tell.
fn file_type(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    const UNPACK: &str = "unpack it first; if the file is a body, give --format body";
    const TSHARK: &str = "convert it with `tshark -r FILE -Y http.request -T json`, or export the request with Wireshark's \"Follow HTTP stream\"";
    const ENCODE: &str = "save it as UTF-8; if the file is a body, give --format body";
    const TYPES: &[(&[u8], &str, &str)] = &[
        (b"PK\x03\x04", "a ZIP archive", UNPACK),
        (b"\x1f\x8b", "a file compressed with gzip", UNPACK),
        (b"\x28\xb5\x2f\xfd", "a file compressed with zstd", UNPACK),
        (b"BZh", "a file compressed with bzip2", UNPACK),
        (b"\xfd7zXZ\0", "a file compressed with xz", UNPACK),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
        (b"\xd4\xc3\xb2\xa1", "a packet capture", TSHARK),
        (b"\xa1\xb2\xc3\xd4", "a packet capture", TSHARK),
        (b"\x4d\x3c\xb2\xa1", "a packet capture", TSHARK),
        (b"\xa1\xb2\x3c\x4d", "a packet capture", TSHARK),
        (b"\x0a\x0d\x0d\x0a", "a packet capture", TSHARK),
        (b"\x89PNG", "a PNG image", CHECK),
        (b"\xff\xd8\xff", "a JPEG image", CHECK),
        (b"GIF8", "a GIF image", CHECK),
        (b"%PDF-", "a PDF document", CHECK),
        (b"\x7fELF", "a program", CHECK),
        (b"\xff\xfe", "text in UTF-16", ENCODE),
        (b"\xfe\xff", "text in UTF-16", ENCODE),
    ];
    let found = TYPES.iter().find(|(magic, ..)| bytes.starts_with(magic));
    if let Some((_, what, hint)) = found {
        return Some((what, hint));
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return Some(("a tar archive", UNPACK));
    }
    is_mitmproxy(bytes).then_some((
        "a flow file of mitmproxy",
        "convert it with `mitmdump -nr FILE --set hardump=flows.har`",
    ))
}

/// mitmproxy writes its flows as nested lengths and values: `1234:9:websocket;0:~`.
fn is_mitmproxy(bytes: &[u8]) -> bool {
    let digits = bytes.iter().take(10).take_while(|b| b.is_ascii_digit()).count();
    let rest = bytes.get(digits..).unwrap_or_default();
    let inner = rest.get(1..).unwrap_or_default();
    let inner = inner.get(..60).unwrap_or(inner);
    digits > 0
        && rest.starts_with(b":")
        && inner.first().is_some_and(u8::is_ascii_digit)
        && inner.contains(&b';')
        && inner.contains(&b':')
}

fn of_json(text: &[u8], json: &Outline<'_>) -> Option<Unrecognized> {
    let near =
        || json.objects().filter(|(depth, _)| *depth <= MAX_DEPTH).map(|(_, members)| members);
    let wrapper = near().find_map(|members| wrapped_request(&members));
    let known = near().next().and_then(|members| other_file(&members));
    if let Some((what, hint)) = known.filter(|_| text.starts_with(b"{")) {
        return Some(looks_like(what, hint));
    }
    match (json.end, wrapper) {
        (End::Followed(rest), _) if matches!(rest.first(), Some(b'{' | b'[' | b',')) => {
            Some(looks_like("several JSON documents", SPLIT))
        }
        (end, Some((headers, other))) => {
            let cut = if end == End::Cut { " that is cut off" } else { "" };
            let name = |name: &[u8]| clipped(name, 40);
            let what = format!(
                "a delivery that some tool exported{cut} (JSON with `{}` and `{}`)",
                name(headers),
                name(other)
            );
            Some(looks_like(&what, EXPORT))
        }
        // A log line may start with a bracket.
        (End::Followed(rest), None) if text.starts_with(b"[") && holds_json(rest) => {
            Some(looks_like(AROUND, TAKE_OUT))
        }
        (End::Followed(rest), None) => {
            let what = format!("JSON with text after it (`{}`)", clipped(rest, 20));
            Some(could_be(&what))
        }
        (End::Complete, None) if near().any(|members| is_response(&members)) => {
            let hint =
                "give the request that it responds to; if the file is a body, give --format body";
            Some(looks_like("a response that some tool exported", hint))
        }
        (End::Broken, None) if text.starts_with(b"[") => of_text(text),
        (End::Broken, None) => is_object_of_a_language(text)
            .then(|| looks_like("a request that a program printed", EXPORT)),
        (End::Complete | End::Cut, None) => None,
    }
}

/// What a JSON file of another tool is that holds no body of a request.
fn other_file(members: &[Entry<'_>]) -> Option<(&'static str, &'static str)> {
    let has = |name: &str| members.iter().any(|entry| entry.name == name.as_bytes());
    let is = |name: &str, start: &str| {
        members
            .iter()
            .any(|entry| entry.name == name.as_bytes() && entry.value.starts_with(start.as_bytes()))
    };
    if has("__export_format") && is("_type", "\"export\"") {
        return Some(("an export of Insomnia in a format that is not read", INSOMNIA));
    }
    if has("_postman_variable_scope") {
        return Some(("an environment of Postman", CHECK));
    }
    if (is("openapi", "\"3") || is("swagger", "\"2")) && has("paths") {
        return Some(("an OpenAPI description", CHECK));
    }
    if is("$schema", "\"http://json-schema.org/") || is("$schema", "\"https://json-schema.org/") {
        return Some(("a JSON Schema", CHECK));
    }
    if has("httpVersion") && has("url") && has("method") {
        return Some(("one request of a HAR file", EXPORT));
    }
    None
}

/// How many objects an exported request may be inside of: the payloads of error trackers hold requests, too, and
/// deeper.
const MAX_DEPTH: usize = 1;

/// The member with one of these names, which are in lower case and without separators.
fn named<'m, 't>(members: &'m [Entry<'t>], names: &[&str]) -> Option<&'m Entry<'t>> {
    /// Longer than every name that is looked for.
    const MAX_NAME: usize = 24;
    members.iter().find(|entry| {
        let plain = entry.name.iter().filter(|b| !matches!(b, b'_' | b'-' | b' '));
        let plain: Vec<_> = plain.take(MAX_NAME).map(u8::to_ascii_lowercase).collect();
        names.iter().any(|name| name.as_bytes() == plain)
    })
}

/// Whether an object is a response: a status with headers and a body.
fn is_response(members: &[Entry<'_>]) -> bool {
    let has = |names: &[&str], first: &[u8]| {
        named(members, names)
            .is_some_and(|entry| entry.value.first().is_some_and(|b| first.contains(b)))
    };
    has(&["status", "statuscode"], b"12345")
        && has(&["headers", "responseheaders", "multivalueheaders"], b"{[")
        && has(&["body", "content", "data", "text"], b"\"{[")
}

/// The keys that say that an object is a request with its headers, in whatever names.
fn wrapped_request<'t>(members: &[Entry<'t>]) -> Option<(&'t [u8], &'t [u8])> {
    let named = |names: &[&str]| named(members, names);
    let headers = named(&[
        "headers",
        "header",
        "requestheaders",
        "rawheaders",
        "httpheaders",
        "multivalueheaders",
        "headerlist",
        "reqheaders",
    ])?;
    if !matches!(headers.value.first(), Some(b'{' | b'[' | b'"')) {
        return None;
    }
    let method = named(&["method", "httpmethod", "requestmethod", "verb"]);
    if let Some(method) = method.filter(|method| is_method(method.value)) {
        return Some((headers.name, method.name));
    }
    // Other things have headers, too, such as e-mails.
    let body = named(&[
        "body",
        "rawbody",
        "bodyraw",
        "bodybase64",
        "requestbody",
        "reqbody",
        "payload",
        "requestpayload",
        "content",
        "contents",
        "raw",
        "data",
        "postdata",
        "text",
    ])?;
    has_http_headers(headers.value).then_some((headers.name, body.name))
}

fn is_method(value: &[u8]) -> bool {
    let methods =
        [&b"\"POST\""[..], b"\"PUT\"", b"\"PATCH\"", b"\"GET\"", b"\"DELETE\"", b"\"HEAD\""];
    methods.iter().any(|method| value.eq_ignore_ascii_case(method))
}

/// Whether headers that only HTTP has are in there.
fn has_http_headers(headers: &[u8]) -> bool {
    /// Headers are not longer.
    const MAX_HEADERS: usize = 64 << 10;
    let text = headers.get(..MAX_HEADERS).unwrap_or(headers).to_ascii_lowercase();
    [&b"user-agent"[..], b"content-length", b"\"host\"", b"accept-encoding", b"x-forwarded-"]
        .iter()
        .any(|name| memchr::memmem::find(&text, name).is_some())
}

/// Whether text that is not JSON shows a request as a program prints its objects.
fn is_object_of_a_language(text: &[u8]) -> bool {
    const MAX_LOOKED_AT: usize = 64 << 10;
    let text = text.get(..MAX_LOOKED_AT).unwrap_or(text).to_ascii_lowercase();
    let has = |word: &[u8]| memchr::memmem::find(&text, word).is_some();
    has(b"headers") && (has(b"method") || has(b"body")) && has(b"content-type")
}

fn of_text(text: &[u8]) -> Option<Unrecognized> {
    if serde_json::from_slice::<IgnoredAny>(text).is_ok() {
        return None;
    }
    if text.starts_with(b"HTTP/") {
        let hint =
            "give the request that it responds to; if the file is a body, give --format body";
        return Some(looks_like("an HTTP response", hint));
    }
    if text.starts_with(b"<") {
        return of_markup(text);
    }
    if is_form(text) || is_multipart(text) || is_jwt(text) {
        return None;
    }
    let is_control = |b: &u8| b.is_ascii_control() && !b.is_ascii_whitespace();
    if std::str::from_utf8(text).is_err() || text.iter().any(is_control) {
        return Some(could_be("binary data"));
    }
    if is_yaml(text) {
        let is_insomnia = text.starts_with(b"type: collection.insomnia.rest/")
            || (text.starts_with(b"_type: export") && has(text, b"\n__export_format:"));
        return Some(match is_insomnia {
            true => looks_like("an export of Insomnia in YAML", INSOMNIA),
            false => looks_like("YAML", EXPORT),
        });
    }
    if holds_json(text) {
        return Some(looks_like(AROUND, TAKE_OUT));
    }
    let mut lines = text.split(|b| *b == b'\n');
    if [lines.next(), lines.next()].iter().all(|line| line.is_some_and(is_header_line)) {
        return Some(looks_like("headers without a request line", EXPORT));
    }
    Some(could_be("plain text"))
}

/// Whether this is a YAML file with a list of objects: it begins with a key, and an item of a list does so, too.
pub(super) fn is_yaml(text: &[u8]) -> bool {
    const MAX_LINES: usize = 1000;
    let lines = || text.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end).take(MAX_LINES);
    let is_key = |line: &[u8]| {
        let length = line.iter().take_while(|b| b.is_ascii_alphanumeric() || b"_-.".contains(b));
        let rest = line.get(length.count()..).unwrap_or_default();
        rest.len() < line.len() && (rest == b":" || rest.starts_with(b": "))
    };
    let mut first = lines().filter(|line| !line.is_empty() && !line.starts_with(b"#"));
    let first = first.find(|line| *line != b"---").unwrap_or_default();
    is_key(first)
        && lines().any(|line| line.trim_ascii_start().strip_prefix(b"- ").is_some_and(is_key))
}

fn has(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

fn of_markup(text: &[u8]) -> Option<Unrecognized> {
    const MAX_LOOKED_AT: usize = 1024;
    let start = text.get(..MAX_LOOKED_AT).unwrap_or(text).to_ascii_lowercase();
    let is_html = start.starts_with(b"<!doctype html")
        || start.starts_with(b"<html")
        || memchr::memmem::find(&start, b"<html").is_some();
    if is_html {
        let hint = "it may be an error page: check what was saved; if the file is a body, give --format body";
        return Some(looks_like("an HTML page", hint));
    }
    /// The elements of files that hold requests, and of others that no webhook sends.
    const ROOTS: [&[u8]; 7] = [
        b"<pdml",
        b"<psml",
        b"<charles-session",
        b"<jmetertestplan",
        b"<con:soapui",
        b"<testsuite",
        b"<svg",
    ];
    if ROOTS.iter().any(|root| memchr::memmem::find(&start, root).is_some()) {
        return Some(looks_like("an XML file of another tool", EXPORT));
    }
    match start.get(1) {
        Some(b'?' | b'!' | b'a'..=b'z' | b'_') => None,
        _ => Some(could_be("plain text")),
    }
}

/// Whether this is one line of `name=value` pairs, encoded.
fn is_form(text: &[u8]) -> bool {
    let text = text.trim_ascii_end();
    let name = text.iter().take_while(|b| !matches!(b, b'=' | b'&')).count();
    name > 0
        && text.get(name) == Some(&b'=')
        && !text.iter().any(|b| b.is_ascii_whitespace() || b.is_ascii_control())
        && text.is_ascii()
}

/// Whether this is a signed token, which some vendors send instead of JSON: base64url of `{"`, and two points.
fn is_jwt(text: &[u8]) -> bool {
    let text = text.trim_ascii_end();
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    text.starts_with(b"eyJ")
        && text.iter().all(is_part)
        && memchr::memchr_iter(b'.', text).count() == 2
}

fn is_multipart(text: &[u8]) -> bool {
    let head = text.get(..1024).unwrap_or(text).to_ascii_lowercase();
    text.starts_with(b"--") && memchr::memmem::find(&head, b"content-disposition:").is_some()
}

/// Whether there is a whole JSON object in the text.
fn holds_json(text: &[u8]) -> bool {
    let Some(start) = memchr::memchr2(b'{', b'[', text) else {
        return false;
    };
    let is_object = |start: usize| {
        let rest = text.get(start..).unwrap_or_default();
        let inner = rest.get(1..).unwrap_or_default().trim_ascii_start();
        inner.starts_with(b"\"")
            && matches!(Outline::new(rest).end, End::Complete | End::Followed(_))
    };
    // Often a date or a level stands in brackets before it.
    let object = memchr::memchr(b'{', text);
    is_object(start) || object.is_some_and(is_object)
}

fn is_header_line(line: &[u8]) -> bool {
    let name = line.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
    name > 0 && line.get(name) == Some(&b':') && line.get(name + 1) == Some(&b' ')
}
