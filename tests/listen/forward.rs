//! `cz-hook listen --forward-to`: requests and responses are forwarded unchanged, and failures are reported.

#[cfg(unix)]
use std::io::ErrorKind;
use std::io::{Read, Write};
#[cfg(unix)]
use std::sync::atomic::{AtomicUsize, Ordering};
#[cfg(unix)]
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::support::endpoint::{Endpoint, Reply};
#[cfg(unix)]
use crate::support::http::Answer;
use crate::support::listening::{Listening, request, status};
#[cfg(unix)]
use crate::support::server::Server;
use crate::support::{BODY, SECRET, SIGNED, hook, signature, sockets};
use serde_json::json;

#[test]
fn the_body_is_forwarded_byte_for_byte_and_the_response_returned() {
    // A correct endpoint: the MAC of the raw bytes.
    let endpoint = Endpoint::start(|seen| {
        if seen.header("x-chatzuri-signature") == Some(&signature(&seen.body)) {
            Reply::new(202, "taken\n").with("X-Own", "1")
        } else {
            Reply::new(401, "no")
        }
    });
    let url = endpoint.url("/hook");
    let listening = Listening::start(["--json", "--secret", SECRET, "--forward-to", &url]);
    for body in [
        BODY.as_bytes(),
        b"\xef\xbb\xbf{ \"eventType\":\"lead.submit\",\"agentId\":\"\\u00e9\\/\",\"payload\":{\"n\":1.0}}\r\n",
        b"{\"eventType\":\"lead.submit\",\"agentId\":\"\xff\0\",\"payload\":{}}",
        b"",
    ] {
        let signature = signature(body);
        let answer = listening.post(&[("x-chatzuri-signature", &signature)], body);
        assert_eq!(status(&answer), 202, "{answer}");
        assert!(answer.contains("X-Own: 1") || answer.contains("x-own: 1"), "{answer}");
        assert!(answer.ends_with("\r\n\r\ntaken\n"), "{answer}");
        assert_eq!(endpoint.seen().last().unwrap().body, body);
        let line = listening.json_of("delivery");
        assert_eq!(line["forwarded"]["status"], 202);
        assert_eq!(line["response"]["status"], 202);
    }
}

#[test]
fn what_the_endpoint_responded_is_kept_bounded_and_without_the_users_headers() {
    const MAX_KEPT: usize = 64 << 10;
    const TOKEN: &str = "Bearer of-the-endpoint-5f1c";
    // It shows its credentials, at the beginning and where the body is cut.
    let endpoint = Endpoint::start(|seen| {
        let token = seen.header("authorization").unwrap_or_default();
        let word = token.rsplit(' ').next().unwrap_or_default();
        let length: usize = seen.header("x-length").and_then(|n| n.parse().ok()).unwrap_or(0);
        let body = format!("{token} {word} {}", "é".repeat(length));
        Reply::new(500, [body.as_bytes(), token.as_bytes()].concat()).with("X-Echo", token)
    });
    let url = endpoint.url("/");
    let header = format!("Authorization: {TOKEN}");
    let listening =
        Listening::start(["--json", "--forward-to", &url, "-H", &header, "-H", "X-A: 1"]);
    for (length, is_clipped) in [(0, false), (32_700, false), (32_760, true), (200_000, true)] {
        let answer = listening.post(&[("X-Length", &length.to_string())], BODY.as_bytes());
        assert!(answer.contains(TOKEN), "the response itself is unchanged");
        let line = listening.json_of("delivery");
        let kept = &line["forwarded"]["response"];
        assert_eq!((&kept["status"], &kept["clipped"]), (&json!(500), &json!(is_clipped)));
        let body = match kept["body"].as_str() {
            Some(text) => text.as_bytes().to_vec(),
            None => STANDARD.decode(kept["body_base64"].as_str().unwrap()).unwrap(),
        };
        assert!(body.starts_with("[secret] [secret] ".as_bytes()), "{kept}");
        assert!(body.len() <= MAX_KEPT && (!is_clipped || body.len() > MAX_KEPT - 100));
        assert_eq!(body.ends_with(b"[secret]"), !is_clipped, "{length}");
        let echo = json!(["x-echo", "[secret]"]);
        assert!(kept["headers"].as_array().unwrap().contains(&echo), "{kept}");
        let text = line.to_string() + &String::from_utf8_lossy(&body);
        assert!(!text.contains("of-the-endpoint"), "{text}");
    }
}

#[test]
fn json_that_serde_json_cannot_represent_is_validated_and_forwarded() {
    let endpoint = Endpoint::start(|_| Reply::new(204, ""));
    let url = endpoint.url("/hook");
    let listening = Listening::start(["--json", "--secret", SECRET, "--forward-to", &url]);
    let deep = format!("{}1{}", "[".repeat(130), "]".repeat(130));
    for value in [r#""\ud83d""#, "1e400", &deep] {
        let body = BODY.replacen('{', &format!("{{\"more\": {value},"), 1);
        let signature = signature(body.as_bytes());
        let answer = listening.post(&[("x-chatzuri-signature", &signature)], body.as_bytes());
        assert_eq!(status(&answer), 204, "{answer}");
        assert_eq!(endpoint.seen().last().unwrap().body, body.as_bytes());
        let line = listening.json_of("delivery");
        assert_eq!(line["provider"], "chatzuri");
        assert_eq!(line["event"], "lead.submit");
        assert_eq!(line["validation"]["verdict"], "valid", "{line}");
        let notes = line["validation"]["notes"].to_string();
        assert!(notes.contains("not judged: "), "{notes}");
    }
}

/// The forwarded request as it is on the wire.
fn forwarded(bytes: &[u8]) -> String {
    let (url, endpoint) = sockets::answering([b"HTTP/1.1 204 No Content\r\n\r\n"]);
    let listening = Listening::start(["--quiet", "--forward-to", &format!("{url}in")]);
    assert_eq!(status(&listening.exchange(bytes)), 204);
    let seen = endpoint.join().unwrap().concat();
    let address = &url["http://".len()..url.len() - 1];
    String::from_utf8_lossy(&seen).replace(address, "ENDPOINT")
}

#[test]
fn only_host_and_forwarding_headers_are_added() {
    let seen = forwarded(
        b"POST /x?token=1 HTTP/1.1\r\nX-Two: b\r\nHOST: public.example\r\nx-one: a\r\nX-Two: c\r\nX-Raw: \xe9\r\n\
          Connection: close, X-Hop\r\nX-Hop: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    );
    assert_eq!(
        seen,
        "POST /in?token=1 HTTP/1.1\r\nX-Two: b\r\nHOST: ENDPOINT\r\nx-one: a\r\nX-Two: c\r\nX-Raw: \u{fffd}\r\n\
         content-length: 2\r\nx-forwarded-for: 127.0.0.1\r\nx-forwarded-host: public.example\r\nx-forwarded-proto: http\r\n\r\n{}"
    );
}

#[test]
fn invalid_signatures_are_forwarded_only_on_request() {
    let endpoint = Endpoint::accepting();
    let url = endpoint.url("/");
    let careful = Listening::start(["--json", "--secret", SECRET, "--forward-to", &url]);
    let route = br#"{"event":"newMessage","message":{},"conversation":{}}"#;
    assert_eq!(status(&careful.post(&[], BODY.as_bytes())), 400);
    assert_eq!(status(&careful.post(&[SIGNED], b"{}")), 400);
    assert_eq!(status(&careful.post(&[], route)), 400);
    assert!(endpoint.was_untouched());
    let open = Listening::start(["--secret", SECRET, "--forward-invalid", "--forward-to", &url]);
    assert_eq!(status(&open.post(&[], BODY.as_bytes())), 200);
    assert_eq!(endpoint.only().body, BODY.as_bytes());
}

#[test]
fn an_unreachable_or_hanging_endpoint_is_reported_to_the_sender() {
    let nobody = sockets::unreachable();
    let listening = Listening::start(["--json", "--forward-to", &nobody]);
    assert_eq!(status(&listening.post(&[], BODY.as_bytes())), 502);
    let line = listening.json_of("delivery");
    assert_eq!(line["forwarded"]["status"], json!(null));
    assert!(line["forwarded"]["error"].as_str().unwrap().contains("refused"), "{line}");

    let (_stuck, url) = sockets::stuck();
    let listening =
        Listening::start(["--json", "--forward-timeout", "200ms", "--forward-to", &url]);
    assert_eq!(status(&listening.post(&[], BODY.as_bytes())), 504);

    let (url, rude) = sockets::once(drop);
    let listening = Listening::start(["--json", "--forward-to", &url]);
    assert_eq!(status(&listening.post(&[], BODY.as_bytes())), 502);
    rude.join().unwrap();
}

#[test]
fn events_have_their_own_routes() {
    let leads = Endpoint::start(|_| Reply::new(201, "leads"));
    let web = Endpoint::start(|_| Reply::new(202, "web"));
    let rest = Endpoint::start(|_| Reply::new(203, "rest"));
    let routes = [
        format!("lead.submit={}", leads.url("/a")),
        format!("message.received/web={}", web.url("/b?c=d")),
        rest.url("/?e=f"),
    ];
    let listening = Listening::start([
        "--json",
        "--secret",
        SECRET,
        "--forward-to",
        &routes[0],
        "--forward-to",
        &routes[1],
        "--forward-to",
        &routes[2],
    ]);
    for (event, channel, expected) in [
        ("lead.submit", None, "201"),
        ("message.received", Some("web"), "202"),
        ("message.received", Some("telegram"), "203"),
    ] {
        let mut send = hook([
            "send",
            event,
            "--secret",
            SECRET,
            "--expect-status",
            expected,
            "--url",
            &listening.url,
        ]);
        if let Some(channel) = channel {
            send = send.arg("--channel").arg(channel);
        }
        send.run().exits(0);
    }
    assert_eq!(leads.only().target, "/a");
    assert_eq!(web.only().target, "/b?c=d");
    assert_eq!(rest.only().target, "/?e=f");
}

#[test]
fn the_terminal_shows_both_sides() {
    let endpoint = Endpoint::start(|_| Reply::new(500, "\u{1b}[2J"));
    let url = endpoint.url("/hook");
    let listening = Listening::start(["--forward-to", &url]);
    listening.exchange(&request("POST", "/", &[], BODY.as_bytes()));
    let there = listening.line();
    assert!(there.starts_with("--> #1 ") && there.contains("lead.submit"), "{there}");
    let back = listening.line();
    assert!(back.starts_with("<-- 500  http://") && back.ends_with(" ms"), "{back}");
}

#[test]
fn invalid_routes_are_usage_errors() {
    for (args, said) in [
        (&["--forward-to", "ftp://localhost/"][..], "neither http nor https"),
        (&["--forward-to", "lead.submit="], "http://"),
        (&["--forward-to", "lead.sumbit=http://h/"], "no provider documents"),
        (&["--forward-to", "message.received/whatsap=http://h/"], "did you mean `whatsapp`?"),
        (&["--forward-to", "lead.submit/web=http://h/"], "has no channels"),
        (&["--forward-to", "http://a/", "--forward-to", "http://b/"], "twice"),
        (&["--forward-invalid"], "--forward-to"),
    ] {
        let ran = hook(["listen", "--port", "0"].iter().chain(args)).run().exits(2);
        assert!(ran.stderr.contains(said), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn an_invalid_response_is_a_bad_gateway() {
    for answer in [
        &b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"[..],
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"220 smtp.example.com ready\r\n",
    ] {
        let (url, endpoint) = sockets::answering([answer]);
        let listening = Listening::start(["--quiet", "--forward-to", &url]);
        let got = listening.post(&[], BODY.as_bytes());
        endpoint.join().unwrap();
        assert_eq!(status(&got), 502, "{got}");
        assert!(got.contains("cannot be used"), "{got}");
    }
}

/// A response larger than every buffer, to a sender that reads it late: a response that was started is finished
/// before the listener ends.
#[test]
fn a_large_response_is_finished_before_the_listener_ends() {
    const LENGTH: usize = 12 << 20;
    let endpoint = Endpoint::start(|_| Reply::new(200, vec![b'x'; LENGTH]));
    let url = endpoint.url("/");
    let finished = |args: &[&str], is_interrupted: bool| {
        let own = ["listen", "--port", "0", "--json", "--forward-to", &url];
        let listening = Listening::of(hook(own.iter().chain(args)));
        let mut stream = listening.connect();
        // One that would be kept open, too.
        let delivery = request("POST", "/", &[], BODY.as_bytes());
        let delivery = String::from_utf8_lossy(&delivery).replace("Connection: close\r\n", "");
        stream.write_all(delivery.as_bytes()).unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        let stopped = Instant::now();
        #[cfg(unix)]
        if is_interrupted {
            listening.interrupt();
        }
        // Long enough for a listener that closes the connection to have closed it.
        std::thread::sleep(Duration::from_millis(300));
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        let time = stopped.elapsed();
        let head = rest.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        if is_interrupted && rest.len() - head - 4 < LENGTH && time > Duration::from_secs(2) {
            return None; // an interrupted listener ends after three seconds, and this machine needs longer
        }
        assert_eq!(rest.len() - head - 4, LENGTH, "{args:?}, after {time:?}");
        let code = if is_interrupted { 130 } else { 0 };
        assert_eq!(listening.end().0, Some(code), "{args:?}");
        Some(())
    };
    finished(&["--count", "1"], false);
    if cfg!(unix) {
        (0..5).find_map(|_| finished(&[], true)).expect("three seconds are enough once");
    }
}

/// Each forwarded delivery takes two descriptors. Without a free one a request is rejected, which both sides see; it
/// is not reported as a fault of the endpoint.
#[cfg(unix)]
#[test]
fn requests_waiting_for_a_slow_endpoint_do_not_get_502() {
    let open = Arc::<(Mutex<bool>, Condvar)>::default();
    let asked = Arc::<AtomicUsize>::default();
    let (opened, counted) = (Arc::clone(&open), Arc::clone(&asked));
    let slow = Server::saying(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        let is_open = opened.0.lock().unwrap();
        drop(opened.1.wait_while(is_open, |is_open| !*is_open).unwrap());
        Answer::new(204, "").into()
    });
    let url = slow.url();
    let listen = hook(["listen", "--port", "0", "--json", "--forward-to", &url]);
    let listening = Listening::with_descriptors(64, &listen);
    let mut waiting = Vec::new();
    let mut turned_away = 0;
    for _ in 0..40 {
        let before = asked.load(Ordering::SeqCst);
        let mut stream = listening.connect();
        let _ = stream.write_all(&request("POST", "/", &[], BODY.as_bytes()));
        stream.set_nonblocking(true).unwrap();
        loop {
            if asked.load(Ordering::SeqCst) > before {
                waiting.push(stream);
                break;
            }
            let mut answer = [0; 1000];
            match stream.read(&mut answer) {
                Ok(length) => {
                    let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
                    assert_eq!(status(&answer), 503, "{answer}");
                    assert!(answer.contains("retry-after: 1\r\n"), "{answer}");
                    turned_away += 1;
                }
                Err(why) if why.kind() == ErrorKind::WouldBlock => {
                    std::thread::sleep(Duration::from_millis(1));
                    continue;
                }
                other => panic!("{other:?}"),
            }
            break;
        }
    }
    assert!(waiting.len() > 8, "{} were taken", waiting.len());
    assert!(turned_away > 0, "none was one too many");
    for _ in 0..turned_away {
        let line = listening.json_of("turned_away");
        assert_eq!(line["reason"], "busy", "{line}");
        assert_eq!(line["response"]["status"], 503, "{line}");
    }
    *open.0.lock().unwrap() = true;
    open.1.notify_all();
    for mut stream in waiting {
        stream.set_nonblocking(false).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert_eq!(status(&answer), 204, "{answer}");
    }
}

#[test]
fn a_forwarding_loop_ends() {
    let port = sockets::free_port().to_string();
    let url = format!("http://127.0.0.1:{port}/");
    let listening =
        Listening::of(hook(["listen", "--port", &port, "--json", "--forward-to", &url]));
    assert_eq!(status(&listening.post(&[], BODY.as_bytes())), 508);
}

/// What the sender gets when the endpoint responds with these bytes.
fn relayed(answer: &'static [u8]) -> (String, serde_json::Value) {
    let (url, endpoint) = sockets::answering([answer]);
    let listening = Listening::start(["--json", "--forward-to", &url]);
    let got = listening.post(&[], BODY.as_bytes());
    endpoint.join().unwrap();
    (got, listening.json_of("delivery"))
}

#[test]
fn the_reason_phrase_is_kept() {
    for (answer, line) in [
        (
            &b"HTTP/1.1 200 Sure Thing!\r\nContent-Length: 0\r\n\r\n"[..],
            "HTTP/1.1 200 Sure Thing!\r\n",
        ),
        (b"HTTP/1.1 404 Nicht da\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 404 Nicht da\r\n"),
        (b"HTTP/1.1 599 \r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 599 \r\n"),
        (b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 201 Created\r\n"),
    ] {
        let (got, _) = relayed(answer);
        assert!(got.starts_with(line), "{got}");
    }
}

#[test]
fn a_coding_that_the_sender_would_not_know_of_is_a_bad_gateway() {
    for answer in [
        &b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n\x1f\x8b"[..],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n\x1f\x8b\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: x-gzip\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n\x1f\x8b\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close, Content-Encoding\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b",
    ] {
        let (got, line) = relayed(answer);
        assert_eq!(status(&got), 502, "{got}");
        assert!(line["forwarded"]["error"].as_str().unwrap().contains("coding"), "{line}");
    }
    // A content coding is the sender's business, and chunks are decoded.
    let (got, _) = relayed(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: br\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    );
    assert_eq!(status(&got), 200, "{got}");
    assert!(got.contains("content-encoding: br\r\n") && got.ends_with("\r\n\r\nab"), "{got}");
}

#[test]
fn headers_of_forwarded_requests_are_added_or_replaced() {
    const PASSWORD: &str = "hunter2-hunter2";
    let (url, endpoint) = sockets::answering([b"HTTP/1.1 204 No Content\r\n\r\n"]);
    let listening = Listening::start([
        "--json",
        "--verbose",
        "--forward-to",
        &url,
        "-H",
        "Host: app.test",
        "-H",
        &format!("Authorization: Bearer {PASSWORD}"),
        "--header",
        "X-Two:1",
        "-H",
        "x-two: 2",
        "-H",
        "X-Empty:",
    ]);
    let headers =
        [("authorization", "Basic old"), ("X-Two", "old"), ("X-Two", "older"), ("X-Kept", "yes")];
    assert_eq!(status(&listening.post(&headers, BODY.as_bytes())), 204);
    let seen = endpoint.join().unwrap().concat();
    let seen = String::from_utf8(seen).unwrap();
    for line in [
        "Host: app.test",
        "Authorization: Bearer hunter2-hunter2",
        "X-Two: 1\r\nx-two: 2",
        "X-Empty: ",
        "X-Kept: yes",
        "x-forwarded-host: localhost",
    ] {
        assert!(seen.contains(&format!("\r\n{line}\r\n")), "{line}: {seen}");
    }
    assert!(!seen.contains("old"), "{seen}");
    let line = listening.json_of("delivery");
    assert!(
        line["headers"].to_string().contains("Basic old"),
        "the delivery is as it was received"
    );
    #[cfg(unix)]
    {
        listening.interrupt();
        let (_, lines, stderr) = listening.end();
        assert!(!format!("{line}{lines:?}{stderr}").contains(PASSWORD));
    }
}

#[test]
fn headers_that_cannot_be_forwarded_are_usage_errors() {
    let forward = ["listen", "--port", "0", "--forward-to", "http://127.0.0.1:1/"];
    for (header, said) in [
        ("Content-Length: 5", "Content-Length"),
        ("transfer-encoding: chunked", "transfer-encoding"),
        ("Connection: close", "Connection"),
        ("Keep-Alive: hunter2", "Keep-Alive"),
        ("TE: trailers", "TE"),
        ("Upgrade: h2c", "Upgrade"),
        ("Expect: 100-continue", "Expect"),
        ("hunter2", "no colon"),
        (": hunter2", "not a header name"),
        ("A B: hunter2", "not a header name"),
        ("X-A: hunter2\n", ""),
        ("X-A: a\nb: hunter2", "a character that a header cannot have"),
        ("X-A: \u{1}hunter2", "a character that a header cannot have"),
    ] {
        if said.is_empty() {
            continue; // a final line end is trimmed, as in `-H "$(cat file)"`
        }
        let ran = hook(forward).args(["-H", header]).run().exits(2);
        assert!(ran.stderr.contains(said), "{header}: {}", ran.stderr);
    }
    let twice = hook(forward).args(["-H", "Host: a", "-H", "hOst: b"]).run().exits(2);
    assert!(twice.stderr.contains("Host twice"), "{}", twice.stderr);
    let alone = hook(["listen", "--port", "0", "-H", "X-A: hunter2"]).run().exits(2);
    assert!(alone.stderr.contains("--forward-to") && !alone.stderr.contains("hunter2"));
}

/// Waits for the word before it responds.
#[cfg(unix)]
fn waiting_endpoint() -> (Server, std::sync::mpsc::Receiver<()>, std::sync::mpsc::Sender<()>) {
    let (asked, has_asked) = std::sync::mpsc::channel();
    let (go, word) = std::sync::mpsc::channel();
    let both = Mutex::new((asked, word));
    let server = Server::saying(move |_| {
        let both = both.lock().unwrap();
        both.0.send(()).unwrap();
        let _ = both.1.recv();
        Answer::new(204, "").into()
    });
    (server, has_asked, go)
}

#[cfg(unix)]
#[test]
fn a_delivery_whose_sender_left_is_shown_as_such() {
    for json in [true, false] {
        let (endpoint, has_asked, go) = waiting_endpoint();
        let url = endpoint.url();
        let listen = hook(["listen", "--port", "0", "--forward-to", &url]);
        let listening = Listening::of(if json { listen.arg("--json") } else { listen });
        let bytes = request("POST", "/", &[], BODY.as_bytes());
        for leaves in [true, false] {
            let mut stream = listening.connect();
            stream.write_all(&bytes).unwrap();
            has_asked.recv().unwrap();
            if leaves {
                drop(stream);
                // The end of the connection arrives before the endpoint responds.
                std::thread::sleep(Duration::from_millis(100));
                go.send(()).unwrap();
            } else {
                go.send(()).unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).unwrap();
                assert_eq!(status(&answer), 204);
            }
            if json {
                let line = listening.json_of("delivery");
                assert_eq!(line["forwarded"]["status"], 204);
                assert_eq!(line.get("sender_left"), leaves.then_some(&json!(true)), "{line}");
            } else {
                let mut lines = std::iter::from_fn(|| Some(listening.line()));
                let lines: Vec<_> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
                let text = lines.join("\n");
                assert!(text.contains("<-- 204"), "{text}");
                assert_eq!(text.contains("sender: left"), leaves, "{text}");
            }
        }
    }
}
