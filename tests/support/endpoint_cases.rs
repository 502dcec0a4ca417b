//! The cases for every endpoint as raw requests: valid deliveries are accepted, invalid ones rejected, and none crashes
//! the endpoint.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use serde_json::{Value, json};

use super::listening::{TIMEOUT, exchange, status};
use super::{BODY, SECRET, SIGNATURE, hex, sha256_signature, signature};

/// Where requests go.
#[derive(Clone, Copy)]
pub struct Target<'p> {
    pub port: u16,
    pub path: &'p str,
}

/// The response that a case requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// 200 and the body of the document.
    Accepted,
    /// 400, without the right signature in it.
    Refused,
    /// As `Refused`; a server may also close the connection at such a head.
    RefusedOrClosed,
    /// 413.
    TooLarge,
    /// 405 and `Allow: POST`.
    NotAllowed,
    /// 2xx or 4xx.
    NoCrash,
}
use Expect::{Accepted, NoCrash, NotAllowed, Refused, RefusedOrClosed, TooLarge};

/// A request to send.
#[derive(Clone)]
pub struct Request {
    method: &'static str,
    query: String,
    content_type: Option<&'static str>,
    /// Headers in addition to those of every request, as bytes.
    headers: Vec<Vec<u8>>,
    body: Vec<u8>,
    is_chunked: bool,
}

/// A validly signed delivery of a body.
pub fn delivery(body: impl Into<Vec<u8>>) -> Request {
    let body = body.into();
    let signature = signature(&body);
    signed(&signature, body)
}

/// A delivery with this for a signature.
fn signed(signature: impl AsRef<[u8]>, body: impl Into<Vec<u8>>) -> Request {
    Request {
        method: "POST",
        query: String::new(),
        content_type: Some("application/json"),
        headers: vec![header(signature)],
        body: body.into(),
        is_chunked: false,
    }
}

fn header(signature: impl AsRef<[u8]>) -> Vec<u8> {
    [b"x-chatzuri-signature: ", signature.as_ref()].concat()
}

impl Request {
    fn content_type(mut self, content_type: Option<&'static str>) -> Self {
        self.content_type = content_type;
        self
    }

    fn chunked(mut self) -> Self {
        self.is_chunked = true;
        self
    }

    fn query(mut self, query: impl Into<String>) -> Self {
        self.query = query.into();
        self
    }

    fn headers(mut self, headers: impl Into<Vec<Vec<u8>>>) -> Self {
        self.headers = headers.into();
        self
    }

    fn method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    pub fn bytes(&self, path: &str) -> Vec<u8> {
        let (method, query) = (self.method, &self.query);
        let mut out =
            format!("{method} {path}{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n")
                .into_bytes();
        if let Some(content_type) = self.content_type {
            out.extend(format!("Content-Type: {content_type}\r\n").bytes());
        }
        for header in &self.headers {
            out.extend(header);
            out.extend(b"\r\n");
        }
        if self.is_chunked {
            out.extend(b"Transfer-Encoding: chunked\r\n\r\n");
            for chunk in self.body.chunks(1000) {
                out.extend(format!("{:x}\r\n", chunk.len()).bytes());
                out.extend(chunk);
                out.extend(b"\r\n");
            }
            out.extend(b"0\r\n\r\n");
        } else {
            out.extend(format!("Content-Length: {}\r\n\r\n", self.body.len()).bytes());
            out.extend(&self.body);
        }
        out
    }
}

/// The document's event with another field in its payload.
fn with_field(json: &str) -> String {
    format!(
        r#"{{"eventType":"lead.submit","agentId":"a","payload":{{"customerName":"Sarah","extra":{json}}}}}"#
    )
}

/// An event that is this long.
fn long(length: usize) -> String {
    let rest = length - with_name("").len();
    with_name(&"x".repeat(rest))
}

fn with_name(name: &str) -> String {
    format!(r#"{{"eventType":"lead.submit","agentId":"a","payload":{{"customerName":"{name}"}}}}"#)
}

/// The cases of one request each.
fn cases() -> Vec<(&'static str, Request, Expect)> {
    let nested =
        |levels: usize| with_field(&format!("{}{}", "[".repeat(levels), "]".repeat(levels)));
    let flipped_body = BODY.replacen("Sarah", "Sarai", 1);
    let first_half = &SIGNATURE[..20];
    let wrong_tail = format!("{}00", &SIGNATURE[..38]);
    let flipped_bit = format!("9{}", &SIGNATURE[1..]);
    let unkeyed = {
        use sha1::{Digest, Sha1};
        hex(&Sha1::digest(BODY))
    };
    let sha256 = sha256_signature(BODY.as_bytes());
    let wrong = "0".repeat(40);
    let two = |first: &str, second: &str| signed("", BODY).headers([header(first), header(second)]);
    vec![
        ("genuine", delivery(BODY), Accepted),
        (
            "header in capitals",
            signed("", BODY).headers([format!("X-CHATZURI-SIGNATURE:{SIGNATURE}").into_bytes()]),
            Accepted,
        ),
        ("charset", delivery(BODY).content_type(Some("application/json; charset=utf-8")), Accepted),
        ("chunked", delivery(BODY).chunked(), Accepted),
        ("chunked 64 KiB", delivery(long((64 << 10) - 1)).chunked(), Accepted),
        ("query next to the header", delivery(BODY).query("?source=x"), Accepted),
        ("64 KiB", delivery(long(64 << 10)), Accepted),
        ("1 MiB", delivery(long(1 << 20)), Accepted),
        (
            "unknown event",
            delivery(r#"{"eventType":"call.ended","agentId":"a","payload":{}}"#),
            Accepted,
        ),
        ("no event", delivery("{}"), Accepted),
        ("unknown field", delivery(with_field(r#"{"a":[1,true,null]}"#)), Accepted),
        ("not ASCII", delivery(with_name("Zoë 李小龍 😀 \u{2028}")), Accepted),
        ("escapes", delivery(with_name(r"Zo\u00e9 \ud83d\ude00 \/")), Accepted),
        (
            "spaces",
            delivery(
                "{ \"eventType\": \"lead.submit\",\r\n\t\"agentId\": \"a\", \"payload\": {} }",
            ),
            Accepted,
        ),
        ("newline at the end", delivery(format!("{BODY}\n")), Accepted),
        (
            "numbers",
            delivery(
                r#"{"eventType":"lead.submit","agentId":"a","payload":{"customerName":[1.0,1.10,12345678901234567890]}}"#,
            ),
            Accepted,
        ),
        (
            "keys",
            delivery(
                r#"{"eventType":"lead.submit","agentId":"a","payload":{"from":{"b":1,"10":2,"b":3}}}"#,
            ),
            Accepted,
        ),
        (
            "nested 50",
            delivery(
                with_name("x").replace(r#""x""#, &format!("{}{}", "[".repeat(50), "]".repeat(50))),
            ),
            Accepted,
        ),
        ("no signature", signed("", BODY).headers([]), Refused),
        ("empty signature", signed("", BODY), Refused),
        ("flipped bit", signed(&flipped_bit, BODY), Refused),
        ("flipped body", signed(SIGNATURE, &*flipped_body), Refused),
        ("body cut by one", signed(SIGNATURE, &BODY[..BODY.len() - 1]), Refused),
        ("last byte changed", signed(SIGNATURE, format!("{} ", &BODY[..BODY.len() - 1])), Refused),
        ("half", signed(first_half, BODY), Refused),
        ("one character", signed(&SIGNATURE[..1], BODY), Refused),
        ("wrong tail", signed(&wrong_tail, BODY), Refused),
        ("something behind", signed(format!("{SIGNATURE}0"), BODY), Refused),
        ("twice in one", signed(format!("{SIGNATURE}, {SIGNATURE}"), BODY), Refused),
        ("all zeroes", signed(&wrong, BODY), Refused),
        ("SHA-256", signed(&sha256, BODY), Refused),
        ("no key", signed(&unkeyed, BODY), Refused),
        ("sha1=", signed(format!("sha1={SIGNATURE}"), BODY), Refused),
        ("md5=", signed(format!("md5={SIGNATURE}"), BODY), Refused),
        ("capitals", signed(SIGNATURE.to_uppercase(), BODY), Refused),
        ("not hexadecimal", signed("z".repeat(40), BODY), Refused),
        ("two, wrong first", two(&wrong, SIGNATURE), Refused),
        ("two, right first", two(SIGNATURE, &wrong), Refused),
        ("two, both right", two(SIGNATURE, SIGNATURE), Refused),
        ("two, one empty", two(SIGNATURE, ""), Refused),
        (
            "in the query",
            signed("", BODY).headers([]).query(format!("?x-chatzuri-signature={SIGNATURE}")),
            Refused,
        ),
        ("UTF-8 signature", signed("é".repeat(20), BODY), RefusedOrClosed),
        ("signature that is no UTF-8", signed([0xff; 40], BODY), RefusedOrClosed),
        ("64 KiB signature", signed("a".repeat(64 << 10), BODY), RefusedOrClosed),
        ("cut JSON", delivery(&BODY[..BODY.len() - 1]), Refused),
        ("empty body", delivery(""), Refused),
        ("null", delivery("null"), Refused),
        ("array", delivery("[1,2,3]"), Refused),
        ("string", delivery(r#""event""#), Refused),
        ("number", delivery("1"), Refused),
        ("100,000 brackets", delivery("[".repeat(100_000)), Refused),
        ("nested 5000", delivery(nested(5000)), NoCrash),
        ("nested 40,000", delivery(nested(40_000)), NoCrash),
        ("nested 100,000", delivery(nested(100_000)), NoCrash),
        ("half an emoji", delivery(with_name(r"\ud83d")), NoCrash),
        ("huge number", delivery(with_field("1e400")), NoCrash),
        ("body that is no UTF-8", delivery(b"{\"a\":\"\xff\"}"), NoCrash),
        ("byte order mark", delivery(format!("\u{feff}{BODY}")), NoCrash),
        ("plain text", delivery(BODY).content_type(Some("text/plain")), NoCrash),
        ("form", delivery(BODY).content_type(Some("application/x-www-form-urlencoded")), NoCrash),
        (
            "multipart",
            delivery(BODY).content_type(Some("multipart/form-data; boundary=x")),
            NoCrash,
        ),
        (
            "multipart without boundary",
            delivery(BODY).content_type(Some("multipart/form-data")),
            NoCrash,
        ),
        ("no content type", delivery(BODY).content_type(None), NoCrash),
        ("nonsense for a content type", delivery(BODY).content_type(Some(";;=/")), NoCrash),
        ("3 MiB", delivery(long(3 << 20)), TooLarge),
        ("chunked 3 MiB", delivery(long(3 << 20)).chunked(), TooLarge),
        ("GET", signed("", "").headers([]).method("GET"), NotAllowed),
        ("HEAD", signed("", "").headers([]).method("HEAD"), NotAllowed),
        ("PUT", signed("", BODY).headers([]).method("PUT"), NotAllowed),
        ("DELETE", signed("", "").headers([]).method("DELETE"), NotAllowed),
    ]
}

/// The error in a response, if there is one.
fn wrong_with(request: &Request, answer: &str, expect: Expect) -> Option<String> {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let is_closed = answer.is_empty();
    let status = if is_closed { 0 } else { status(answer) };
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.find_map(|(n, value)| n.eq_ignore_ascii_case(name).then(|| value.trim()))
    };
    let is_told = answer.contains(&signature(&request.body)) || answer.contains(SECRET);
    let is_good = match expect {
        Accepted => {
            let is_json = header("content-type").is_some_and(|t| t.starts_with("application/json"));
            status == 200 && is_json && holds(body, &json!({"status": "accepted"}))
        }
        Refused => status == 400,
        RefusedOrClosed => is_closed || (400..500).contains(&status),
        TooLarge => status == 413,
        NotAllowed => status == 405 && header("allow") == Some("POST"),
        NoCrash => (200..300).contains(&status) || (400..500).contains(&status),
    };
    let short: String = answer.chars().take(300).collect();
    (!is_good || is_told).then(|| format!("{expect:?} was expected, not {short:?}"))
}

/// Whether a body, in one piece or in chunks, is this JSON.
fn holds(body: &str, json: &Value) -> bool {
    let text = match body.split_once("\r\n") {
        Some((size, rest)) => {
            let size = usize::from_str_radix(size, 16).unwrap_or(0);
            rest.get(..size).unwrap_or_default()
        }
        None => body,
    };
    serde_json::from_str::<Value>(text).is_ok_and(|value| value == *json)
}

impl Target<'_> {
    fn ask(self, request: &Request, expect: Expect) -> Option<String> {
        let answer = exchange(self.port, &request.bytes(self.path));
        wrong_with(request, &answer, expect)
    }

    /// Sends part of a request, closes the connection, and waits until the endpoint has noticed.
    fn cut_off(self, request: &Request, keep: usize) {
        // An endpoint that has crashed by now fails the last case.
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            stream.set_read_timeout(Some(TIMEOUT)).expect("a time-out");
            let _ = stream.write_all(&request.bytes(self.path)[..keep]);
            let _ = stream.shutdown(Shutdown::Write);
            let _ = stream.read_to_end(&mut Vec::new());
        }
    }

    /// The failed cases of an endpoint, with what happened.
    pub fn mistakes(self) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        let mut note = |name, wrong: Option<String>| found.extend(wrong.map(|wrong| (name, wrong)));
        for (name, request, expect) in cases() {
            note(name, self.ask(&request, expect));
        }
        let genuine = delivery(with_name("five times"));
        for _ in 0..5 {
            note("repeated", self.ask(&genuine, Accepted));
        }
        let answers: Vec<_> = std::thread::scope(|scope| {
            let ask = |n: usize| {
                let request = delivery(with_name(&format!("one of fifty: {n}")));
                scope.spawn(move || self.ask(&request, Accepted))
            };
            let asked: Vec<_> = (0..50).map(ask).collect();
            asked.into_iter().map(|one| one.join().unwrap()).collect()
        });
        for answer in answers {
            note("parallel", answer);
        }
        let genuine = delivery(with_name("cut off"));
        let length = genuine.bytes(self.path).len();
        for keep in [10, 60, length - 20] {
            self.cut_off(&genuine, keep);
        }
        let genuine = delivery(with_name("after all"));
        note("serves on", self.ask(&genuine, Accepted));
        found
    }
}
