//! The names that loggers and frameworks give to the parts of a request.

pub(super) const HEADERS: &[&str] = &[
    "rawheaders",
    "headers",
    "header",
    "requestheaders",
    "reqheaders",
    "httpheaders",
    "headerlist",
    "multivalueheaders",
];
pub(super) const METHODS: &[&str] = &["method", "httpmethod", "requestmethod", "verb"];
pub(super) const URLS: &[&str] = &[
    "originalurl",
    "requesturi",
    "requesturl",
    "uri",
    "url",
    "rawurl",
    "requesttarget",
    "target",
    "fullpath",
    "path",
    "pathname",
    "requestpath",
    "rawpath",
];
/// What a body is called anywhere, its bytes first.
pub(super) const BODIES: &[&str] = &[
    "rawbody",
    "bodyraw",
    "bodybase64",
    "bodybytes",
    "rawrequestbody",
    "requestbody",
    "reqbody",
    "body",
    "rawpayload",
    "requestpayload",
    "payload",
    "raw",
];
/// What it is called only next to its headers.
pub(super) const NEAR_BODIES: &[&str] =
    &["data", "content", "contents", "postdata", "text", "requestdata", "formdata"];
/// Objects that are no request.
pub(super) const RESPONSES: &[&str] =
    &["res", "response", "respheaders", "responseheaders", "resheaders", "httpresponse"];
pub(super) const TIMES: &[&str] =
    &["time", "timestamp", "ts", "atimestamp", "datetime", "asctime", "date", "receivedat"];

/// The words of the levels of loggers, and of their texts and times.
const LEVELS: &[&str] = &["level", "severity", "levelname", "loglevel", "lvl"];
const MESSAGES: &[&str] = &["msg", "message", "event", "text"];

/// Whether the keys of an object are those that loggers write.
pub(in crate::capture) fn is_line_of_logger(keys: &[String]) -> bool {
    let names: Vec<_> = keys.iter().map(|key| plain_name(key)).collect();
    let has = |known: &[&str]| names.iter().any(|name| known.contains(&name.as_str()));
    has(LEVELS) && (has(MESSAGES) || has(TIMES))
}

/// A name without what separates its words, in lowercase: `rawBody`, `raw_body` and `raw-body` are the same.
pub(super) fn plain_name(name: &str) -> String {
    let plain = name.chars().filter(char::is_ascii_alphanumeric).take(24);
    let plain: String = plain.map(|c| c.to_ascii_lowercase()).collect();
    match name.starts_with('@') {
        true => format!("a{plain}"),
        false => plain,
    }
}

/// Whether a name is that of headers, of a body, of a method or of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::capture) enum Part {
    Headers,
    Body,
    Method,
    Url,
}

/// What part of a request a name in a text stands for: the last words of `req.body` or `Request headers`.
pub(in crate::capture) fn part_of(name: &str) -> Option<Part> {
    let last = name.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').next()?;
    let name = plain_name(last);
    if HEADERS.contains(&&*name) {
        Some(Part::Headers)
    } else if BODIES.contains(&&*name) || matches!(&*name, "data" | "content") {
        Some(Part::Body)
    } else if METHODS.contains(&&*name) {
        Some(Part::Method)
    } else if URLS.contains(&&*name) {
        Some(Part::Url)
    } else {
        None
    }
}
