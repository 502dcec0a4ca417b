//! `cz-hook listen` from outside: responses, output and how it ends.

use crate::support::listening::{Listening, request, status};
#[cfg(unix)]
use crate::support::listening::{in_time, interrupt};
use crate::support::{BODY, SECRET, SIGNATURE, SIGNED, hook};
use serde_json::json;

#[test]
fn a_delivery_is_one_line_of_json_in_the_documented_shape() {
    let listening = Listening::start(["--json", "--secret", SECRET]);
    let ready = listening.json();
    assert_eq!(ready, json!({"type": "ready", "url": listening.url}));
    let answer = listening.exchange(&request("POST", "/in?a=b", &[SIGNED], BODY.as_bytes()));
    assert_eq!(status(&answer), 200);
    assert!(answer.ends_with("\r\n\r\n{\"status\":\"accepted\"}"), "{answer}");
    let line = listening.json();
    let length = BODY.len().to_string();
    let headers = json!([
        ["Host", "localhost"],
        ["Connection", "close"],
        ["Content-Length", length],
        ["X-Chatzuri-Signature", SIGNATURE]
    ]);
    for (key, value) in [
        ("type", json!("delivery")),
        ("id", json!(1)),
        ("method", json!("POST")),
        ("target", json!("/in?a=b")),
        ("headers", headers),
        ("body", json!(BODY)),
        ("provider", json!("chatzuri")),
        ("event", json!("lead.submit")),
        ("channel", json!(null)),
        ("duplicate_of", json!(null)),
        ("response", json!({"status": 200})),
    ] {
        assert_eq!(line[key], value, "{key} in {line}");
    }
    assert_eq!(line["signature"]["verdict"], "valid");
    assert_eq!(line["signature"]["header"], "x-chatzuri-signature");
    assert_eq!(line["signature"]["algorithm"], "hmac-sha1");
    assert_eq!(line["validation"]["verdict"], "valid");
    assert_eq!(line["validation"]["errors"], json!([]));
    assert!(line["duration_ms"].is_number());
    assert!(line["received_at"].as_str().unwrap().ends_with('Z'));
}

/// For any length and content of the body, with and without an explanation.
#[test]
fn deliveries_are_printed_in_the_order_of_their_numbers() {
    let listening = Listening::start(["--json", "--secret", SECRET]);
    listening.json();
    let dangerous = "\u{1b}[2J\u{202e} \"\\ Zo\u{eb} \u{1f600}\u{e0041}\u{7f}\r\n\t".repeat(3);
    let long = dangerous.repeat(1000);
    let bodies = [&dangerous, BODY, &long, &dangerous, &long, BODY];
    let mut fields = Vec::new();
    for (nth, body) in bodies.iter().enumerate() {
        let is_signed = *body == BODY;
        let headers = if is_signed { &[SIGNED][..] } else { &[] };
        let expected = if is_signed { 200 } else { 400 };
        let answer = listening.post(headers, body.as_bytes());
        assert_eq!(status(&answer), expected, "{answer}");
        let line = listening.json();
        assert_eq!(line["id"], nth + 1);
        assert_eq!(line["body"], *body);
        let first = bodies.iter().position(|b| b == body).unwrap();
        let first = (first < nth).then_some(first + 1);
        assert_eq!(line["duplicate_of"], json!(first));
        let names = line.as_object().unwrap().keys().cloned();
        fields.push(names.filter(|n| n != "diagnosis").collect::<Vec<_>>());
    }
    assert!(fields.windows(2).all(|pair| pair[0] == pair[1]), "{fields:?}");
}

#[test]
fn responses_are_those_of_the_sample_handler() {
    let listening = Listening::start(["--secret", SECRET, "--max-body", "300"]);
    let refused = "{\"message\":\"Signature didn't match\"}";
    let wrong = SIGNATURE.replace('8', "9");
    for headers in [&[][..], &[("x-chatzuri-signature", &*wrong)], &[SIGNED, SIGNED]] {
        let answer = listening.post(headers, BODY.as_bytes());
        assert_eq!(status(&answer), 400);
        assert!(answer.ends_with(refused), "{answer}");
        assert!(!answer.contains(SIGNATURE));
    }
    for method in ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"] {
        let answer = listening.exchange(&request(method, "/", &[SIGNED], b""));
        assert_eq!(status(&answer), 405, "{method}");
        assert!(answer.to_ascii_lowercase().contains("\r\nallow: post\r\n"), "{answer}");
    }
    assert_eq!(status(&listening.post(&[SIGNED], &[b' '; 301])), 413);
    assert_eq!(status(&listening.post(&[SIGNED], BODY.as_bytes())), 200);
}

#[test]
fn a_schema_violation_is_reported_and_rejected_only_with_strict() {
    let body = br#"{"eventType":"lead.submit","agentId":"a","payload":{"customerPhone":1}}"#;
    let lenient = Listening::start(["--json"]);
    assert_eq!(status(&lenient.post(&[], body)), 200);
    let line = lenient.json_of("delivery");
    assert_eq!(line["signature"]["verdict"], "unchecked");
    assert_eq!(line["validation"]["verdict"], "invalid");
    let paths: Vec<_> =
        line["validation"]["errors"].as_array().unwrap().iter().map(|e| &e["path"]).collect();
    assert!(paths.contains(&&json!("/payload/customerName")), "{line}");
    assert!(paths.contains(&&json!("/payload/customerPhone")), "{line}");
    let strict = Listening::start(["--strict"]);
    assert_eq!(status(&strict.post(&[], body)), 422);
    assert_eq!(status(&strict.post(&[], BODY.as_bytes())), 200);
    assert_eq!(status(&strict.post(&[], b"not json")), 422);
}

#[test]
fn the_text_shows_one_line_the_payload_and_its_errors() {
    let listening = Listening::start(["--secret", SECRET]);
    listening.post(&[SIGNED], BODY.as_bytes());
    let head = listening.line();
    for word in ["#1 ", "lead.submit", "chatzuri", "signature valid", "payload valid", "200", " ms"]
    {
        assert!(head.contains(word), "{word} not in {head}");
    }
    let payload: Vec<_> = (0..10).map(|_| listening.line()).collect();
    assert_eq!(payload[0], "  {");
    assert_eq!(payload[1], "    \"eventType\": \"lead.submit\",");
    assert_eq!(payload[9], "  }");
    assert_eq!(listening.line(), "");
    listening.post(&[], br#"{"eventType":"leads.submit","agentId":"a","payload":{}}"#);
    let lines: Vec<_> = (0..8).map(|_| listening.line()).collect();
    assert!(lines[0].contains("signature missing") && lines[0].contains("400"), "{lines:?}");
    assert!(lines[0].contains("payload unknown event"), "{lines:?}");
    assert!(lines[1].contains("no x-chatzuri-signature header"), "{lines:?}");
    assert!(
        lines[7].contains("/eventType") && lines[7].contains("did you mean `lead.submit`"),
        "{lines:?}"
    );
}

#[test]
fn a_repeated_body_is_a_retry() {
    let listening = Listening::start(["--json"]);
    for _ in 0..2 {
        listening.post(&[], BODY.as_bytes());
    }
    listening.post(&[], b"{}");
    let repeats: Vec<_> =
        (0..3).map(|_| listening.json_of("delivery")["duplicate_of"].clone()).collect();
    assert_eq!(repeats, [json!(null), json!(1), json!(null)]);
}

#[test]
fn a_single_path_can_be_served() {
    let listening = Listening::start(["--json", "--path", "/hook"]);
    assert!(listening.url.ends_with("/hook"), "{}", listening.url);
    for (target, expected) in
        [("/hook", 200), ("/hook?x=y", 200), ("/", 404), ("/hook/", 404), ("/Hook", 404)]
    {
        let answer = listening.exchange(&request("POST", target, &[], BODY.as_bytes()));
        assert_eq!(status(&answer), expected, "{target}");
    }
    let line = listening.json_of("turned_away");
    assert_eq!((&line["reason"], &line["response"]["status"]), (&json!("path"), &json!(404)));
}

#[test]
fn reaching_the_count_is_success() {
    let listening = Listening::start(["--count", "2", "--json", "--timeout", "60s"]);
    listening.exchange(&request("GET", "/", &[], b""));
    listening.post(&[], BODY.as_bytes());
    assert_eq!(status(&listening.post(&[], BODY.as_bytes())), 200);
    let (code, lines, stderr) = listening.end();
    assert_eq!(code, Some(0));
    assert_eq!(lines.iter().filter(|l| l.contains("\"type\":\"delivery\"")).count(), 2);
    assert!(stderr.contains("2 deliveries, signatures: 2 unchecked; rejected: 1"), "{stderr}");
}

#[test]
fn no_more_than_the_count_are_accepted_at_once() {
    let listening = Listening::start(["--count", "5", "--json"]);
    let port = listening.port;
    let senders: Vec<_> = (0..20)
        .map(|_| {
            std::thread::spawn(move || {
                let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).ok()?;
                use std::io::{Read, Write};
                stream.write_all(&request("POST", "/", &[], BODY.as_bytes())).ok()?;
                let mut answer = String::new();
                stream.read_to_string(&mut answer).ok()?;
                answer.contains("200 OK").then_some(())
            })
        })
        .collect();
    let accepted = senders.into_iter().filter_map(|s| s.join().unwrap()).count();
    let (code, lines, _) = listening.end();
    assert_eq!(code, Some(0));
    let delivered = lines.iter().filter(|l| l.contains("\"type\":\"delivery\"")).count();
    assert_eq!((delivered, accepted), (5, 5));
}

#[test]
fn a_timeout_is_not_success() {
    for args in [["--timeout", "100ms", "--quiet"], ["--timeout=100ms", "--count=1", "--json"]] {
        let (code, _, _) = Listening::start(args).end();
        assert_eq!(code, Some(1), "{args:?}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_finishes_requests_in_flight() {
    use std::io::{Read, Write};
    let listening = Listening::start(["--json"]);
    listening.json();
    let expect = [("Expect", "100-continue")];
    let bytes = request("POST", "/", &expect, BODY.as_bytes());
    let (head, body) = bytes.split_at(bytes.len() - BODY.len());
    let mut stream = listening.connect();
    stream.write_all(head).unwrap();
    // A 100 Continue shows that the listener has started with this request.
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).unwrap();
    let idle = listening.connect();
    listening.interrupt();
    // It stops listening at once; requests in flight are still finished.
    listening.wait_until_closed();
    stream.write_all(body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert_eq!(status(&answer), 200);
    let (code, lines, stderr) = listening.end();
    assert_eq!(code, Some(130));
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(stderr.ends_with("1 delivery, signatures: 1 unchecked\n"), "{stderr}");
    drop(idle);
}

#[cfg(unix)]
#[test]
fn a_second_interrupt_ends_it_at_once_with_a_whole_report() {
    use std::io::{Read, Write};
    let listening = Listening::start(["--json"]);
    listening.post(&[], BODY.as_bytes());
    let expect = [("Expect", "100-continue")];
    let bytes = request("POST", "/", &expect, BODY.as_bytes());
    let mut stream = listening.connect();
    stream.write_all(&bytes[..bytes.len() - BODY.len()]).unwrap();
    // A 100 Continue shows that the listener waits for this body.
    stream.read_exact(&mut [0; 25]).unwrap();
    listening.interrupt();
    listening.wait_until_closed();
    listening.interrupt();
    let (code, lines, stderr) = listening.end();
    assert_eq!(code, Some(130));
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(!stderr.contains("cut short"), "{stderr}");
    assert!(stderr.ends_with("1 delivery, signatures: 1 unchecked\n"), "{stderr}");
}

#[test]
fn a_reader_that_goes_away_ends_the_listener_without_an_error() {
    let mut command = hook(["listen", "--port", "0", "--json"]).command();
    let mut child = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    use std::io::{BufRead, BufReader};
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    drop(stdout);
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    let address = ready["url"].as_str().unwrap().trim_start_matches("http://").to_owned();
    use std::io::Write;
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.write_all(&request("POST", "/", &[], BODY.as_bytes())).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_port_in_use_is_reported() {
    let first = Listening::start(["--quiet"]);
    let port = first.port.to_string();
    let ran = hook(["listen", "--port", &port]).run().exits(3);
    assert!(ran.stderr.contains("another program listens there"), "{}", ran.stderr);
}

#[test]
fn quiet_prints_nothing_and_still_responds() {
    let listening = Listening::start(["--quiet", "--count", "1"]);
    listening.post(&[], BODY.as_bytes());
    let (code, lines, stderr) = listening.end();
    assert_eq!((code, lines.len()), (Some(0), 0));
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

#[test]
fn expect_100_continue_is_answered() {
    use std::io::{Read, Write};
    let listening = Listening::start(["--json"]);
    let mut stream = listening.connect();
    write!(stream, "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n").unwrap();
    let mut first = [0; 25];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"{}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert_eq!(status(&answer), 200);
}

#[test]
fn a_foreign_signature_for_a_provider_without_signatures_is_rejected() {
    let body = br#"{"event":"newMessage","message":{},"conversation":{}}"#;
    let listening = Listening::start(["--json", "--allow-unsigned", "--secret", SECRET]);
    assert_eq!(status(&listening.post(&[], body)), 200);
    assert_eq!(status(&listening.post(&[SIGNED], body)), 400);
    let verdicts: Vec<_> =
        (0..2).map(|_| listening.json_of("delivery")["signature"]["verdict"].clone()).collect();
    assert_eq!(verdicts, ["unsigned", "unsigned"]);
}

/// A body in the shape of a provider without signatures can be forged.
#[test]
fn with_a_secret_an_unsigned_providers_body_is_rejected() {
    let shapes: [&[u8]; 3] = [
        br#"{"event":"newMessage","message":{},"conversation":{}}"#,
        br#"{"event":"newMessage"}"#,
        br#"{"eventType":"lead.submit","agentId":"a","payload":{},"event":"newMessage","message":{},"conversation":{}}"#,
    ];
    let careful = Listening::start(["--quiet", "--secret", SECRET]);
    for shape in shapes {
        assert_eq!(status(&careful.post(&[], shape)), 400);
    }
    let named = Listening::start(["--quiet", "--secret", SECRET, "--provider", "oneroute"]);
    assert_eq!(status(&named.post(&[], shapes[0])), 400);
    let allowed = Listening::start([
        "--quiet",
        "--secret",
        SECRET,
        "--provider",
        "oneroute",
        "--allow-unsigned",
    ]);
    assert_eq!(status(&allowed.post(&[], shapes[0])), 200);
    let open = Listening::start(["--quiet"]);
    assert_eq!(status(&open.post(&[], shapes[0])), 200);
}

/// A reader that neither reads nor closes its pipe must not keep the listener from ending.
#[cfg(unix)]
#[test]
fn a_stalled_reader_does_not_delay_shutdown() {
    assert_eq!(end_with_a_stalled_reader(None), Some(130));
    let code = in_time(|time| end_with_a_stalled_reader(Some(time)));
    assert_eq!(code, 1);
}

/// The exit code of a listener that times out or is interrupted; none when it ended before it printed anything.
#[cfg(unix)]
fn end_with_a_stalled_reader(timeout: Option<&str>) -> Option<i32> {
    use std::io::{BufRead, BufReader, Read, Write};
    let (reader, writer) = std::io::pipe().unwrap();
    let mut args = vec!["listen", "--port", "0", "--json"];
    args.extend(timeout.into_iter().flat_map(|time| ["--timeout", time]));
    let mut child =
        hook(args).command().stdout(writer).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    while !said.contains("listening on http://") {
        assert!(stderr.read_line(&mut said).unwrap() > 0, "{said}");
    }
    let address = said.split("http://").nth(1).unwrap().trim();
    // More than a pipe holds.
    let is_stalled = (0..3).all(|_| {
        let Ok(mut stream) = std::net::TcpStream::connect(address) else {
            return false;
        };
        let _ = stream.write_all(&request("POST", "/", &[], &[b'x'; 100_000]));
        stream.read_to_string(&mut String::new()).is_ok()
    });
    if timeout.is_none() {
        interrupt(&child);
    }
    let code = child.wait().unwrap().code();
    drop(reader);
    code.filter(|_| is_stalled)
}

#[cfg(unix)]
#[test]
fn the_hint_names_what_its_sender_must_give() {
    use crate::support::terminal;
    let public = "ab".repeat(32);
    for (args, secret, expected) in [
        (&[][..], None, "lead.submit --secret SECRET --url"),
        (&["--secret", SECRET], None, "lead.submit --secret SECRET --url"),
        (&[], Some(SECRET), "lead.submit --url"),
        (&["--provider", "github"], Some(SECRET), "ping --provider github --url"),
        (&["--provider", "oneroute"], None, "newMessage --provider oneroute --url"),
        (
            &["--provider", "discord", "--secret", &public],
            None,
            "APPLICATION_AUTHORIZED --provider discord --secret PRIVATE_KEY --url",
        ),
        (
            &["--provider", "twilio", "--public-url", "https://h.example/a?b=c"],
            Some(SECRET),
            "received --provider twilio --public-url 'https://h.example/a?b=c' --url",
        ),
    ] {
        let listen = hook(["listen", "--port", "0"]).args(args);
        let listen = match secret {
            Some(secret) => listen.env("CZ_HOOK_SECRET", secret),
            None => listen,
        };
        let shown = terminal::start(&listen).wait_for("--url");
        assert!(shown.contains(&format!("send it a sample: cz-hook send {expected}")), "{shown}");
    }
}
