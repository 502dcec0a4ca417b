//! Requests inside of JSON that programs log: the headers, the method, the URL and the body, in the places where
//! loggers and frameworks put them.

mod names;

use crate::webhook::payload::json::{Kind, Node, parse};
use crate::webhook::record::Loss;

use super::error::excerpt;
use super::exported::{ExportedRequest, time};
use super::literal::{self, buffer, omitted};
use names::{BODIES, HEADERS, METHODS, NEAR_BODIES, RESPONSES, TIMES, URLS, plain_name};

pub(super) use names::{Part, is_line_of_logger, part_of};

/// How deep a request is looked for.
const MAX_DEPTH: usize = 7;

/// What a JSON value holds of a request.
pub(super) enum Found {
    Request(Box<ExportedRequest>),
    /// A request whose body is not in it, which is needed.
    WithoutBody,
    Nothing,
}

/// Finds the request that a JSON value holds.
///
/// # Errors
/// When a part of it is not what it must be, as a clause that is safe to show.
pub(super) fn find(root: Node<'_, '_>) -> Result<Found, String> {
    let mut found = find_in(root)?;
    if let Found::Nothing = found {
        // Some loggers write it as JSON inside of a text.
        for (_, value) in root.entries() {
            let text = value.text().filter(|text| text.trim_start().starts_with('{'));
            let Some(text) = text else { continue };
            if let Ok(document) = parse(&text) {
                found = find_in(document.root())?;
                if !matches!(found, Found::Nothing) {
                    break;
                }
            }
        }
    }
    if let Found::Request(request) = &mut found
        && request.received_at.is_none()
    {
        request.received_at = member(root, TIMES).and_then(time);
    }
    Ok(found)
}

fn find_in(root: Node<'_, '_>) -> Result<Found, String> {
    // Objects that are open, the outermost first, each with its members that are still to be looked at.
    let mut path: Vec<Node<'_, '_>> = Vec::new();
    let mut left = vec![(root, 0)];
    // A value may hold many objects with headers that are none of a request.
    let mut looks_left = 64_u32;
    while let Some((node, depth)) = left.pop().filter(|_| looks_left > 0) {
        path.truncate(depth);
        path.push(node);
        if node.kind() == Kind::Object && member(node, HEADERS).is_some() || depth == 0 {
            looks_left -= 1;
            match request(&path)? {
                Found::Nothing => {}
                found => return Ok(found),
            }
        }
        if depth >= MAX_DEPTH {
            continue;
        }
        let is_looked_into = |(key, value): &(Node<'_, '_>, Node<'_, '_>)| {
            matches!(value.kind(), Kind::Object | Kind::Array)
                && !RESPONSES.contains(&&*plain_name(&key.text().unwrap_or_default()))
        };
        let members = node.entries().filter(is_looked_into).map(|(_, value)| value);
        // Python prints a call's arguments in a tuple.
        let items = node.items().filter(|item| item.kind() == Kind::Object).take(4);
        let start = left.len();
        left.extend(members.chain(items).map(|child| (child, depth + 1)));
        if let Some(added) = left.get_mut(start..) {
            added.reverse();
        }
    }
    Ok(Found::Nothing)
}

/// The request whose headers the innermost object of a path has.
fn request(path: &[Node<'_, '_>]) -> Result<Found, String> {
    let Some(holder) = path.last().copied() else {
        return Ok(Found::Nothing);
    };
    let headers = member_where(holder, HEADERS, |node| {
        matches!(node.kind(), Kind::Object | Kind::Array)
            && buffer(node).is_none()
            && omitted(node).is_none()
    });
    let mut request = ExportedRequest::default();
    match headers {
        Some(headers) => add_headers(headers, &mut request)?,
        None => return server_log(holder),
    }
    // The nearest object that says it.
    let near = |names: &[&str]| {
        path.iter()
            .rev()
            .find_map(|node| member_where(*node, names, |value| value.kind() == Kind::String))
    };
    request.method = near(METHODS).and_then(Node::text).map(|text| text.to_ascii_uppercase());
    request.url = url(path);
    let body = path
        .iter()
        .rev()
        .find_map(|node| body_of(*node, BODIES))
        .or_else(|| body_of(holder, NEAR_BODIES))
        .or_else(|| {
            let raw = member_where(holder, &["raw"], |value| value.kind() == Kind::Object);
            raw.and_then(|raw| body_of(raw, BODIES))
        });
    let is_http = request.method.is_some() || has_http_headers(&request);
    match body {
        None if !is_http => return Ok(Found::Nothing),
        None if needs_body(&request) => return Ok(Found::WithoutBody),
        None => {}
        Some(_) if !is_http => return Ok(Found::Nothing),
        Some((node, is_base64)) => add_body(node, is_base64, &mut request)?,
    }
    if request.headers.get("host").is_none() {
        let host = near(&["host", "hostname"]).and_then(Node::text);
        let is_path = request.url.as_deref().is_none_or(|url| url.starts_with('/'));
        if let Some(host) =
            host.filter(|_| is_path && near(METHODS).is_some() && headers_lack_host(holder))
        {
            request.header("Host", host.as_bytes());
        }
    }
    Ok(Found::Request(Box::new(request)))
}

/// Whether a server's own log writes the host next to the headers.
fn headers_lack_host(holder: Node<'_, '_>) -> bool {
    member(holder, &["host"]).is_some()
}

fn url(path: &[Node<'_, '_>]) -> Option<String> {
    let text = |node: Node<'_, '_>| {
        node.text().filter(|text| !text.is_empty()).map(|text| text.into_owned())
    };
    for node in path.iter().rev() {
        if let Some(found) =
            member_where(*node, URLS, |value| value.kind() == Kind::String).and_then(text)
        {
            return Some(found);
        }
        // The fields of a URL, as Elastic's schema has them.
        let parts = member_where(*node, &["url"], |value| value.kind() == Kind::Object);
        let whole =
            parts.and_then(|parts| member(parts, &["original", "full", "path", "pathname"]));
        if let Some(found) = whole.and_then(text) {
            return Some(found);
        }
    }
    None
}

/// The keys that servers name in their formats: `request_body`, `http_x_signature`.
fn server_log(holder: Node<'_, '_>) -> Result<Found, String> {
    let Some(body) = member_where(holder, &["requestbody"], |value| value.kind() == Kind::String)
    else {
        return Ok(Found::Nothing);
    };
    let line = member(holder, &["request"]).and_then(Node::text);
    let mut words = line.as_deref().unwrap_or_default().split(' ');
    let (first, second) = (words.next().unwrap_or_default(), words.next());
    let method = member(holder, METHODS).and_then(Node::text);
    let method = method.map(|text| text.into_owned()).or_else(|| second.map(|_| first.to_owned()));
    let Some(method) = method else {
        return Ok(Found::Nothing);
    };
    let mut request = ExportedRequest {
        method: Some(method),
        url: url(&[holder]).or_else(|| second.map(str::to_owned)),
        ..ExportedRequest::default()
    };
    for (key, value) in holder.entries() {
        let key = key.text().unwrap_or_default();
        let name = key.strip_prefix("http_").map(|name| name.replace('_', "-"));
        let name = name.or_else(|| (key == "content_type").then(|| "Content-Type".to_owned()));
        let value = value.text().filter(|value| !value.is_empty() && value != "-");
        if let (Some(name), Some(value)) = (name, value) {
            request.header(&name, value.as_bytes());
        }
    }
    request.lose(Loss::HeaderNames);
    request.lose(Loss::Headers);
    // An empty variable is written as a dash.
    match body.text().as_deref() {
        Some("-") => {}
        _ => add_body(body, false, &mut request)?,
    }
    Ok(Found::Request(Box::new(request)))
}

/// Adds the headers of an object or an array to a request.
pub(super) fn add_headers(
    headers: Node<'_, '_>,
    request: &mut ExportedRequest,
) -> Result<(), String> {
    let mut all = ExportedRequest::default();
    all.headers_of(headers)?;
    if headers.kind() == Kind::Object {
        request.lose(Loss::HeaderNames);
    }
    for (name, value) in all.headers.iter() {
        let name = environment_name(name);
        match is_redacted(value) {
            true => request.lose(Loss::Headers),
            false => request.header(&name, value),
        }
    }
    Ok(())
}

/// A header of a CGI-like environment: `HTTP_X_SIGNATURE`.
fn environment_name(name: &str) -> String {
    let own = name.strip_prefix("HTTP_").or_else(|| {
        let is_own = matches!(name, "CONTENT_TYPE" | "CONTENT_LENGTH");
        is_own.then_some(name)
    });
    let Some(own) = own else { return name.to_owned() };
    let word = |word: &str| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        format!("{first}{}", rest.to_ascii_lowercase())
    };
    own.split('_').map(word).collect::<Vec<_>>().join("-")
}

fn is_redacted(value: &[u8]) -> bool {
    let words = [
        &b"[Redacted]"[..],
        b"[REDACTED]",
        b"REDACTED",
        b"[FILTERED]",
        b"[Filtered]",
        b"***",
        b"[Object]",
    ];
    words.contains(&value.trim_ascii())
}

/// Adds a body, in any form in which programs log one.
pub(super) fn add_body(
    node: Node<'_, '_>,
    is_base64: bool,
    request: &mut ExportedRequest,
) -> Result<(), String> {
    let left_out = |what: &str| {
        format!("its body is `{}`: the program printed no more of it", excerpt(what.as_bytes()))
    };
    if let Some(bytes) = buffer(node) {
        request.body = bytes;
        return Ok(());
    }
    if let Some(what) = node.walk().find_map(omitted) {
        return Err(left_out(&what));
    }
    if let Some(bytes) = numbered_bytes(node) {
        request.body = bytes;
        return Ok(());
    }
    // Elastic's schema.
    let content =
        node.get("content").filter(|_| node.entries().count() <= 2 && node.get("bytes").is_some());
    let node = content.unwrap_or(node);
    let Some(text) = node.text() else {
        request.body_of(node);
        return Ok(());
    };
    if is_redacted(text.as_bytes()) || text == "[Array]" {
        return Err(left_out(&text));
    }
    if is_base64 {
        return request.base64_body(&text);
    }
    // The form in which a program prints bytes.
    let is_printed = ["b'", "b\"", "<Buffer "].iter().any(|start| text.starts_with(start));
    if is_printed && let Some(bytes) = printed_bytes(&text)? {
        request.body = bytes;
        return Ok(());
    }
    request.text_body(&text);
    Ok(())
}

/// The bytes that a whole text shows; `None` when it shows something else.
fn printed_bytes(text: &str) -> Result<Option<Vec<u8>>, String> {
    let literal =
        literal::read(text.as_bytes()).ok().filter(|found| found.length == text.trim_end().len());
    let Some(literal) = literal else { return Ok(None) };
    let document = parse(&literal.json).map_err(|why| why.to_string())?;
    match omitted(document.root()) {
        Some(what) => Err(format!("its body is {}", excerpt(what.as_bytes()))),
        None => Ok(literal::bytes_of(document.root())),
    }
}

/// The bytes of a typed array as JSON: `{"0":123,"1":125}`.
fn numbered_bytes(node: Node<'_, '_>) -> Option<Vec<u8>> {
    if node.kind() != Kind::Object || node.entries().nth(1).is_none() {
        return None;
    }
    let byte = |(index, (key, value)): (usize, (Node<'_, '_>, Node<'_, '_>))| {
        (key.text()? == index.to_string()).then(|| value.raw().parse::<u8>().ok()).flatten()
    };
    node.entries().enumerate().map(byte).collect()
}

/// The body among the members of an object, and whether it is base64.
fn body_of<'d, 't>(node: Node<'d, 't>, names: &[&str]) -> Option<(Node<'d, 't>, bool)> {
    let is_flagged = member(node, &["isbase64encoded", "isbase64"])
        .is_some_and(|flag| flag.raw() == "true")
        || member(node, &["encoding", "bodyencoding"])
            .and_then(Node::text)
            .is_some_and(|e| e == "base64");
    let find = |is_text: bool| {
        names.iter().find_map(|name| {
            let found = member_where(node, &[name], |value| match value.kind() {
                Kind::String => is_text || buffer(value).is_some(),
                Kind::Null => false,
                // What is called raw is not parsed.
                _ if name.starts_with("raw") => buffer(value).is_some(),
                _ => !is_text || buffer(value).is_some(),
            })?;
            Some((found, is_flagged || name.ends_with("base64")))
        })
    };
    // A text is nearer to the bytes than what was parsed.
    find(true).or_else(|| find(false))
}

/// Whether the headers are those of a request over HTTP.
fn has_http_headers(request: &ExportedRequest) -> bool {
    ["user-agent", "host", "content-length", "accept", "accept-encoding", "content-type"]
        .iter()
        .any(|name| request.headers.get(name).is_some())
        || request
            .headers
            .iter()
            .any(|(name, _)| name.get(..2).is_some_and(|x| x.eq_ignore_ascii_case("x-")))
}

/// Whether a request without a body is not whole.
fn needs_body(request: &ExportedRequest) -> bool {
    match request.headers.get("content-length") {
        Some(length) => length.trim_ascii() != b"0",
        None => {
            request.headers.get("transfer-encoding").is_some()
                || matches!(request.method.as_deref(), None | Some("POST" | "PUT" | "PATCH"))
        }
    }
}

fn member<'d, 't>(node: Node<'d, 't>, names: &[&str]) -> Option<Node<'d, 't>> {
    member_where(node, names, |_| true)
}

/// The member that the first of these names has.
fn member_where<'d, 't>(
    node: Node<'d, 't>,
    names: &[&str],
    is_right: impl Fn(Node<'d, 't>) -> bool,
) -> Option<Node<'d, 't>> {
    /// Requests and lines of logs do not have more members.
    const MAX_MEMBERS: usize = 200;
    let members = node.entries().take(MAX_MEMBERS).filter_map(|(key, value)| {
        let name = plain_name(&key.text()?);
        let rank = names.iter().position(|one| *one == name)?;
        is_right(value).then_some((rank, value))
    });
    members.min_by_key(|(rank, _)| *rank).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request_of(json: &str) -> Result<Option<ExportedRequest>, String> {
        match find(parse(json).unwrap().root())? {
            Found::Request(request) => Ok(Some(*request)),
            Found::WithoutBody => Err("without body".to_owned()),
            Found::Nothing => Ok(None),
        }
    }

    fn parts(json: &str) -> String {
        let request = request_of(json)
            .unwrap_or_else(|why| panic!("{json}: {why}"))
            .unwrap_or_else(|| panic!("{json}"));
        let headers: Vec<_> = request
            .headers
            .iter()
            .map(|(n, v)| format!("{n}: {}", String::from_utf8_lossy(v)))
            .collect();
        format!(
            "{} {} {} {}",
            request.method.as_deref().unwrap_or("-"),
            request.url.as_deref().unwrap_or("-"),
            headers.join("|"),
            String::from_utf8_lossy(&request.body)
        )
    }

    #[test]
    fn requests_are_found_where_loggers_put_them() {
        for (json, expected) in [
            // pino-http, with a serializer that adds the body.
            (
                r#"{"level":30,"time":1767225600000,"req":{"id":1,"method":"POST","url":"/hook?a","query":{},"headers":{"host":"h","x-sig":"s"},"remoteAddress":"::1","raw":{"body":"{}"}},"res":{"statusCode":200,"headers":{"a":"b"}},"msg":"request completed"}"#,
                "POST /hook?a host: h|x-sig: s {}",
            ),
            (
                r#"{"level":"info","message":"webhook","headers":{"user-agent":"u"},"rawBody":"{ }","body":{}}"#,
                "- - user-agent: u { }",
            ),
            // bunyan
            (
                r#"{"name":"app","level":30,"req":{"method":"POST","url":"/","headers":{"content-length":"2"}},"body":{"type":"Buffer","data":[123,125]},"msg":"","v":0}"#,
                "POST / content-length: 2 {}",
            ),
            // Caddy
            (
                r#"{"level":"info","ts":1.5,"msg":"handled request","request":{"remote_ip":"::1","proto":"HTTP/1.1","method":"POST","host":"h:1","uri":"/x","headers":{"User-Agent":["curl"],"Content-Length":["2"]}},"body":"{}","status":200,"resp_headers":{"Server":["Caddy"]}}"#,
                "POST /x User-Agent: curl|Content-Length: 2|Host: h:1 {}",
            ),
            // Elastic's schema
            (
                r#"{"@timestamp":"2026-01-01T00:00:00Z","http":{"request":{"method":"post","headers":{"host":"h"},"body":{"bytes":2,"content":"{}"}}},"url":{"path":"/y"}}"#,
                "POST /y host: h {}",
            ),
            // nginx
            (
                r#"{"time":"t","request":"POST /z HTTP/1.1","request_body":"{\"a\":1}","http_x_sig":"s","content_type":"c","http_user_agent":"-"}"#,
                r#"POST /z x-sig: s|Content-Type: c {"a":1}"#,
            ),
            // A record with the request as text.
            (
                r#"{"level":"info","message":"{\"method\":\"POST\",\"headers\":{\"a\":\"b\"},\"body\":\"x\"}"}"#,
                "POST - a: b x",
            ),
            (
                r#"{"headers":{"HTTP_X_SIG":"s","CONTENT_TYPE":"c"},"method":"POST","body":"b'{\"a\":\"\\xc3\\xa9\"}'"}"#,
                "POST - X-Sig: s|Content-Type: c {\"a\":\"é\"}",
            ),
            (
                r#"{"req":{"rawHeaders":["X-Sig","s","x-b","c"],"headers":{"x-sig":"s"},"method":"POST","body":{"0":123,"1":125}}}"#,
                "POST - X-Sig: s|x-b: c {}",
            ),
            (r#"{"method":"GET","url":"/health","headers":{"host":"h"}}"#, "GET /health host: h "),
            (
                r#"{"method":"POST","headers":{"host":"h"},"body":"e30=","isBase64Encoded":true}"#,
                "POST - host: h {}",
            ),
        ] {
            assert_eq!(parts(json), expected, "{json}");
        }
    }

    #[test]
    fn what_is_lost_is_noted_and_what_is_missing_is_an_error() {
        let losses = |json: &str| request_of(json).unwrap().unwrap().losses;
        let parsed =
            r#"{"req":{"method":"POST","headers":{"host":"h","a":"[Redacted]"}},"body":{"a": 1}}"#;
        assert_eq!(losses(parsed), [Loss::HeaderNames, Loss::Headers, Loss::BodyReserialized]);
        let exact = r#"{"method":"POST","headers":[["host","h"]],"body":"x"}"#;
        assert_eq!(losses(exact), []);
        for (json, why) in [
            (r#"{"req":{"method":"POST","headers":{"host":"h"}}}"#, "without body"),
            (r#"{"req":{"method":"DELETE","headers":{"content-length":"3"}}}"#, "without body"),
            (
                r#"{"method":"POST","headers":{"host":"h"},"body":"[Object]"}"#,
                "its body is `[Object]`",
            ),
            (
                r#"{"method":"POST","headers":{"host":"h"},"body":"<Buffer 7b ... 3 more bytes>"}"#,
                "cut off",
            ),
            (r#"{"method":"POST","headers":{"host":{}},"body":"x"}"#, "the host header"),
        ] {
            let error = request_of(json).unwrap_err();
            assert!(error.contains(why), "{json}: {error}");
        }
    }

    #[test]
    fn what_holds_no_request_is_nothing() {
        let deep = format!(
            "{}{{\"method\":\"POST\",\"headers\":{{\"host\":\"h\"}}}}{}",
            "{\"a\":".repeat(50),
            "}".repeat(50)
        );
        for json in [
            r#"{"level":30,"msg":"listening"}"#,
            r#"{"headers":{"subject":"s"},"body":"mail"}"#,
            r#"{"res":{"headers":{"host":"h"},"body":"x"},"method":"POST"}"#,
            "[]",
            "3",
            &deep,
        ] {
            assert!(request_of(json).unwrap().is_none(), "{json}");
        }
    }
}
