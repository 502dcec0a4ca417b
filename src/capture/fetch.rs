//! Calls of `fetch` as browsers copy them, also for Node.js, and as `inspect --as fetch` writes them.

use crate::webhook::payload::json::{Kind, Node, parse, without_bom};
use crate::webhook::record::{DeliveryRecord, Loss};

use super::brackets::closing;
use super::error::{CaptureError, excerpt};
use super::exported::{Export, ExportedRequest};
use super::literal::{self, Literal, omitted};

const EXPORT: Export = Export {
    name: "the fetch call",
    entry: "call",
    hint: "copy it again, as fetch or as cURL, or log the text that is sent; if the file is a body, give --format body",
};

/// Whether a text starts with a call, after definitions.
pub(super) fn is_call(text: &[u8]) -> bool {
    start(text, &mut Definitions::new()).is_some()
}

/// The literals that names stand for.
struct Definitions {
    /// Each as JSON.
    values: Vec<(Vec<u8>, String)>,
    /// How many bytes of values may still be filled in: a short file could name a long value often.
    left: usize,
}

impl Definitions {
    const MAX_FILLED: usize = 64 << 20;

    fn new() -> Self {
        Self { values: Vec::new(), left: Self::MAX_FILLED }
    }

    fn define(&mut self, name: &[u8], json: String) {
        const MAX: usize = 100;
        self.values.retain(|(own, _)| own != name);
        if self.values.len() < MAX {
            self.values.push((name.to_vec(), json));
        }
    }

    /// The JSON that a name stands for; `None` when the name is not known.
    fn fill(&mut self, name: &[u8]) -> Result<Option<String>, String> {
        let Some((_, json)) = self.values.iter().find(|(own, _)| own == name) else {
            return Ok(None);
        };
        let left = self.left.checked_sub(json.len());
        self.left = left.ok_or("the literals that its names stand for are too long")?;
        Ok(Some(json.clone()))
    }
}

/// The arguments of the call that a text starts with, from their parenthesis. Definitions before it are added to
/// those that are known.
fn start<'t>(text: &'t [u8], known: &mut Definitions) -> Option<&'t [u8]> {
    let mut rest = text.trim_ascii_start();
    loop {
        let trimmed = rest.trim_ascii_start();
        if let Some(found) = trimmed.strip_prefix(b"fetch") {
            let found = found.trim_ascii_start();
            return found.starts_with(b"(").then_some(found);
        }
        if let [b'/', b'/', ..] = trimmed {
            rest = trimmed.get(memchr::memchr(b'\n', trimmed)?..)?;
        } else if let Some(other) =
            [&b"await "[..], b"try {"].iter().find_map(|word| trimmed.strip_prefix(*word))
        {
            rest = other;
        } else {
            let (name, value) = assigned(trimmed)?;
            let value = value.trim_ascii_start();
            if value.starts_with(b"fetch") || value.starts_with(b"await ") {
                rest = value;
                continue;
            }
            let literal = literal::read(value).ok()?;
            rest = value.get(literal.length..)?.trim_ascii_start();
            rest = rest.strip_prefix(b";").unwrap_or(rest);
            known.define(name, literal.json);
        }
    }
}

/// The name in `const response =`, and what follows.
fn assigned(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest =
        [&b"const "[..], b"let ", b"var "].iter().find_map(|word| text.strip_prefix(*word))?;
    let (name, rest) = identifier(rest.trim_ascii_start());
    Some((name, rest.trim_ascii_start().strip_prefix(b"=")?))
}

/// The name that a text starts with, and what follows.
fn identifier(text: &[u8]) -> (&[u8], &[u8]) {
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$');
    let is_first = text.first().is_some_and(|b| is_part(b) && !b.is_ascii_digit());
    let length = if is_first { text.iter().take_while(|b| is_part(b)).count() } else { 0 };
    text.split_at_checked(length).unwrap_or((&[], text))
}

/// The argument that a text starts with: a literal, or a name that stands for one.
fn argument(text: &[u8], known: &mut Definitions) -> Result<Literal, String> {
    let (name, rest) = identifier(text.trim_ascii_start());
    let is_alone = matches!(rest.trim_ascii_start().first(), None | Some(b','));
    if is_alone && let Some(json) = known.fill(name)? {
        return Ok(Literal { json, length: text.len() - rest.len() });
    }
    literal::read(text).map_err(|at| not_literal(text.get(at..).unwrap_or_default()))
}

fn not_literal(rest: &[u8]) -> String {
    format!("`{}` is no literal", excerpt(rest.trim_ascii()))
}

/// Reads the requests of the calls that follow one another.
///
/// # Errors
/// When an argument is no literal, or something else follows.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<DeliveryRecord>, CaptureError> {
    let mut calls = Vec::new();
    let mut known = Definitions::new();
    let mut rest = without_bom(bytes);
    while !rest.trim_ascii_start().is_empty() {
        let Some(arguments) = start(rest, &mut known) else {
            // What is done with the response changes no request.
            if !calls.is_empty() && memchr::memmem::find(rest, b"fetch").is_none() {
                break;
            }
            let text = excerpt(rest.trim_ascii());
            return Err(EXPORT.unreadable(&format!("`{text}` is no call of fetch")));
        };
        let end =
            closing(arguments).ok_or_else(|| EXPORT.unreadable("its parenthesis is not closed"))?;
        calls.push(request(arguments.get(..end).unwrap_or_default(), &mut known));
        rest = after_call(arguments.get(end..).unwrap_or_default());
    }
    if calls.is_empty() {
        return Err(EXPORT.unreadable("there is none"));
    }
    EXPORT.records(calls.into_iter(), |request| request.map(Some))
}

/// What follows a call, its `.then(…)` and its semicolon.
fn after_call(mut rest: &[u8]) -> &[u8] {
    loop {
        rest = rest.trim_ascii_start();
        let Some(chained) = rest.strip_prefix(b".") else { break };
        let name = chained.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
        let arguments = chained.get(name..).unwrap_or_default();
        match closing(arguments).filter(|_| arguments.starts_with(b"(")) {
            Some(end) => rest = arguments.get(end..).unwrap_or_default(),
            None => return rest,
        }
    }
    rest.strip_prefix(b";").unwrap_or(rest)
}

/// The request of `("url", {…})`.
fn request(call: &[u8], known: &mut Definitions) -> Result<ExportedRequest, String> {
    let inner = call.get(1..call.len().saturating_sub(1)).unwrap_or_default();
    let url = argument(inner, known)?;
    let rest = inner.get(url.length..).unwrap_or_default().trim_ascii_start();
    let mut request =
        ExportedRequest { method: Some("GET".to_owned()), ..ExportedRequest::default() };
    let text = parse(&url.json)
        .ok()
        .and_then(|document| document.root().text().map(|text| text.into_owned()));
    request.url = Some(text.ok_or("its URL is no text")?);
    let Some(options) =
        rest.strip_prefix(b",").map(<[u8]>::trim_ascii).filter(|text| !text.is_empty())
    else {
        return match rest.is_empty() || rest == b"," {
            true => Ok(request),
            false => Err(not_literal(rest)),
        };
    };
    let literal = argument(options, known)?;
    let document = parse(&literal.json).map_err(|why| why.to_string())?;
    let options = document.root();
    if options.kind() != Kind::Object || omitted(options).is_some() {
        return Err("its options are no object".to_owned());
    }
    if let Some(method) = options.get("method").and_then(Node::text) {
        // The other methods keep their case.
        let upper = method.to_ascii_uppercase();
        let is_known =
            ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"].contains(&upper.as_str());
        request.method = Some(if is_known { upper } else { method.into_owned() });
    }
    // Browsers add headers of their own, which they do not copy.
    if options.get("mode").is_some() || options.get("credentials").is_some() {
        request.lose(Loss::Headers);
    }
    if let Some(headers) = options.get("headers") {
        let mut given = ExportedRequest::default();
        given.headers_of(headers)?;
        for (name, value) in given.headers.iter() {
            request.header(name, &as_latin1(value));
        }
    }
    if let Some(body) = options.get("body").filter(|body| body.kind() != Kind::Null) {
        if let Some(what) = omitted(body) {
            return Err(format!(
                "its body is `{}`, which is not evaluated",
                excerpt(what.as_bytes())
            ));
        }
        request.body = literal::bytes_of(body).ok_or("its body is neither text nor bytes")?;
        let is_text = body.kind() == Kind::String;
        if is_text && request.headers.get("content-type").is_none() {
            request.header("Content-Type", b"text/plain;charset=UTF-8");
        }
    }
    Ok(request)
}

/// `fetch` sends each character of a header as one byte.
fn as_latin1(value: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(value).unwrap_or_default();
    let bytes = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<_>>();
    bytes.unwrap_or_else(|| value.to_vec())
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
    fn the_copies_of_browsers_are_read() {
        let chrome = r#"fetch("https://example.com/hook?a=b", {
  "headers": {
    "accept": "*/*",
    "content-type": "application/json",
    "sec-ch-ua": "\"Chromium\";v=\"128\""
  },
  "referrer": "https://example.com/",
  "body": "{\"a\":\"it's é \\u0021\\n\"}",
  "method": "POST",
  "mode": "cors",
  "credentials": "include"
}); 
fetch("https://example.com/b", { "body": null, "method": "GET", "credentials": "omit" });"#;
        let all = parts(chrome);
        assert_eq!(
            all,
            [
                "POST /hook?a=b Host: example.com|accept: */*|content-type: application/json|sec-ch-ua: \"Chromium\";v=\"128\" {\"a\":\"it's é \\u0021\\n\"} headers.missing",
                "GET /b Host: example.com  headers.missing",
            ]
        );
        let node = "const response = await fetch('http://h:3000/', {\n  method: 'post',\n  headers: [['a', 'b'], ['a', 'é']],\n  body: Uint8Array.from(atob(\"/wA=\"), (c) => c.charCodeAt(0)),\n}).then((r) => r.text());\n";
        let record = read(node.as_bytes()).unwrap().remove(0);
        assert_eq!(&record.delivery.body[..], b"\xff\0");
        let values: Vec<_> = record.delivery.headers.all("a").map(<[u8]>::to_vec).collect();
        assert_eq!(values, [b"b".to_vec(), vec![0xe9]]);
        assert_eq!(record.losses, []);
        for text in [chrome, node, "await fetch(\"http://h\")"] {
            assert_eq!(
                detect(text.as_bytes()).map(|format| format.name).map_err(|e| e.clause),
                Ok("fetch"),
                "{text}"
            );
        }
        assert_eq!(
            parts("fetch('http://h', {method: 'POST', body: 'x'})"),
            ["POST / Host: h|Content-Type: text/plain;charset=UTF-8 x "]
        );
    }

    #[test]
    fn what_is_no_literal_is_named() {
        for (text, why) in [
            ("fetch(url)", "its URL is no text"),
            (
                "fetch('http://h', { body: JSON.stringify({ a: 1 }) })",
                "its body is `JSON.stringify({ a: 1 })`, which is not evaluated",
            ),
            ("fetch('http://h', options)", "its options are no object"),
            ("fetch('http://h', { body: `${x}` })", "is no literal"),
            ("fetch('http://h'", "parenthesis is not closed"),
            ("fetch('http://h')\nlog(fetch(u))", "`log(fetch(u))` is no call of fetch"),
            ("fetch('http://h', { body: { a: 1 } })", "neither text nor bytes"),
        ] {
            let error = read(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn names_stand_for_literals() {
        let text = "// a copy\nconst url = 'https://example.com/hook';\nconst options = {\n  method: 'POST',\n  headers: {'content-type': 'application/json'},\n  body: '{\"a\":1}'\n};\n\ntry {\n  const response = await fetch(url, options);\n  const data = await response.json();\n  console.log(data);\n} catch (error) {\n  console.error(error);\n}";
        assert_eq!(detect(text.as_bytes()).map(|format| format.name), Ok("fetch"));
        assert_eq!(
            parts(text),
            ["POST /hook Host: example.com|content-type: application/json {\"a\":1} "]
        );
        let why = |text: &str| read(text.as_bytes()).unwrap_err().to_string();
        let form =
            "const u = 'http://h/'; fetch(u, {method:'POST', body: new URLSearchParams({a:'b'})})";
        assert!(why(form).contains("which is not evaluated"), "{}", why(form));
        assert!(why("fetch('http://h/', options)").contains("options are no object"));
        assert!(why("fetch('http://h/'); more(); fetch(x)").contains("is no call of fetch"));
        let long = format!("const b = {{body: '{}'}};", "x".repeat(9 << 20));
        let many = format!("{long}{}", "fetch('http://h/', b);".repeat(9));
        assert!(why(&many).contains("too long"), "{}", why(&many));
    }
}
