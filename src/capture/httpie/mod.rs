//! HTTPie (and xh): its commands, and what `http -v` shows.

mod command;
mod exchange;
mod items;

use crate::webhook::payload::json::without_bom;
use crate::webhook::record::DeliveryRecord;

use super::error::CaptureError;
use super::files::{FileReader, Files};
use super::{http, script};
use command::{Arguments, is_command, is_program};
use exchange::{exchange, is_exchange};

const HINT: &str = "copy the whole command, or run it with --offline --pretty=none and read what that prints; if the file is a body, give --format body";

/// Whether a text is a command, a script with one, or a request with its response.
pub(super) fn is_httpie(text: &[u8]) -> bool {
    is_exchange(text) || is_command(text)
}

/// Reads the requests.
///
/// # Errors
/// For an option or an item that is not known, and when the body is not what was sent.
pub(super) fn read(
    max: usize,
    bytes: &[u8],
    file: &mut Files<'_>,
) -> Result<Vec<DeliveryRecord>, CaptureError> {
    let text = without_bom(bytes);
    let failed =
        |why: String| CaptureError::new(format!("what HTTPie shows cannot be read: {why}"), HINT);
    if http::is_request(text) {
        return Ok(vec![
            exchange(text).and_then(|request| request.into_record(1)).map_err(failed)?,
        ]);
    }
    let mut files = FileReader { file, bytes_left: max };
    let failed =
        |why: String| CaptureError::new(format!("the HTTPie command cannot be read: {why}"), HINT);
    let commands = script::commands(text, is_program).map_err(|why| {
        CaptureError::new(format!("the HTTPie command cannot be read: {}", why.why), why.hint)
    })?;
    if commands.is_empty() {
        return Err(failed("there is no command".to_owned()));
    }
    let record = |(id, command): (u64, script::Command)| {
        let request = Arguments::parse(&command.words).and_then(|arguments| {
            let input = command.input.map(|input| input.read(&mut files)).transpose()?;
            arguments.request(input, &mut files)
        });
        request.and_then(|request| request.into_record(id)).map_err(failed)
    };
    (1..).zip(commands).map(record).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{detect, shown};
    use std::path::Path;

    fn try_read(text: &str) -> Result<Vec<DeliveryRecord>, CaptureError> {
        read(1000, text.as_bytes(), &mut |path: &Path, _| match path.to_str() {
            Some("./f.json") => Ok(b"{\n}\n".to_vec()),
            _ => Err("no such file".to_owned()),
        })
    }

    fn parts(text: &str) -> String {
        let mut all = try_read(text).unwrap_or_else(|why| panic!("{text}: {why}"));
        assert_eq!(all.len(), 1);
        shown(&all.remove(0))
    }

    const JSON: &str = "Accept: application/json, */*;q=0.5|Content-Type: application/json";

    #[test]
    fn commands_are_read_as_httpie_reads_them() {
        for (text, expected) in [
            ("http POST :3000/hook a=1 b:=2 'c=é \"' X-Sig:abc 'X-Empty;' Accept:", "POST /hook Host: localhost:3000|Content-Type: application/json|X-Sig: abc|X-Empty:  {\"a\": \"1\", \"b\": 2, \"c\": \"\\u00e9 \\\"\"} ".to_owned()),
            ("xh localhost/x a=é q==1", format!("POST /x?q=1 Host: localhost|{JSON} {{\"a\":\"é\"}} ")),
            ("http --raw '{\"a\":1}' POST http://h 'A:\\=b'", format!("POST / Host: h|{JSON}|A: =b {{\"a\":1}} ")),
            ("http -f POST h a='1 2' b=é", "POST / Host: h|Content-Type: application/x-www-form-urlencoded; charset=utf-8 a=1+2&b=%C3%A9 ".to_owned()),
            ("echo -n '{}' | http -v --print=HB POST h X:y", format!("POST / Host: h|{JSON}|X: y {{}} ")),
            ("echo '{}' |  \\\n  http POST http://h \\\n  X:y", format!("POST / Host: h|{JSON}|X: y {{}}\n ")),
            ("http POST h Content-Type:a <<< '{}'", "POST / Host: h|Accept: application/json, */*;q=0.5|Content-Type: a {}\n ".to_owned()),
            ("http POST h @./f.json", "POST / Host: h {\n}\n headers.missing".to_owned()),
            ("http -a u:p h/x", "GET /x Host: h|Authorization: Basic dTpw  ".to_owned()),
            ("http POST h a:='[1, 2]'", format!("POST / Host: h|{JSON} {{\"a\": [1, 2]}} body.reserialized")),
            ("#!/usr/bin/env bash\nset -e\ncd $(dirname $0)\ntargetURL=\"http://h:1\"\nhttp_flags=\"--print=HhBb\"\nif x; then\n http_flags+=\" --verbose\"\nfi\nhttp -F $http_flags POST \"${targetURL}\" Content-Type:a X:b < ./f.json\n", "POST / Host: h:1|Accept: application/json, */*;q=0.5|Content-Type: a|X: b {\n}\n ".to_owned()),
        ] {
            assert_eq!(parts(text), expected, "{text}");
            let is_detected = detect(text.as_bytes()).map(|format| format.name).map_err(|e| e.clause);
            if text.contains("POST") || text.contains("localhost") {
                assert_eq!(is_detected, Ok("httpie"), "{text}");
            }
        }
    }

    #[test]
    fn exchanges_are_read_with_the_body_that_was_sent() {
        let head = "POST /hook HTTP/1.1\r\nContent-Length: 18\r\nHost: h\r\n\r\n";
        let response = "\n\nHTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{}\n";
        let exact = format!("{head}{}{response}", "{\"b\": 1,  \"a\":\"x\"}");
        assert_eq!(
            parts(&exact),
            "POST /hook Content-Length: 18|Host: h {\"b\": 1,  \"a\":\"x\"} "
        );
        let pretty = format!("{}{}{response}", head, "{\n    \"a\": \"x\",\n    \"b\": 1\n}");
        assert_eq!(
            parts(&pretty),
            "POST /hook Content-Length: 18|Host: h {\"a\": \"x\", \"b\": 1} body.reserialized,headers.names"
        );
        for text in [&exact, &pretty] {
            assert_eq!(detect(text.as_bytes()).map(|format| format.name), Ok("httpie"));
        }
        let whole = format!(
            "POST / HTTP/1.1\r\nContent-Length: 31\r\n\r\n{}",
            "a\n\nHTTP/1.1 200 OK in the body."
        );
        assert_eq!(detect(whole.as_bytes()).map(|format| format.name), Ok("http"));
        for (text, why) in [
            (format!("{head}{{}}{response}"), "says 18 bytes, and 2 are there"),
            (format!("{exact}\n\nPOST /next HTTP/1.1\r\n"), "a second request follows"),
        ] {
            let error = try_read(&text).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn what_is_not_known_is_named() {
        for (text, why) in [
            ("http POST h --frob", "the option --frob is not known"),
            ("http --multipart POST h a=1", "--multipart chooses a new boundary"),
            ("http POST h a@b", "uploads a file"),
            ("http POST h 'a[b]=1'", "the field `a[b]` is nested"),
            ("http POST h x", "`x` is no item"),
            ("http POST h a:=x", "`x` is not JSON"),
            ("http POST h @g", "the file g: no such file"),
            ("http POST h a=1 --raw x", "more than one place"),
            ("http POST h a=$B", "a variable"),
            ("http", "it has no URL"),
        ] {
            let error = try_read(text).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
        for text in ["http is a protocol", "https are nice", "http"] {
            assert!(!is_httpie(text.as_bytes()), "{text}");
        }
    }
}
