//! `cz-hook test` against endpoints that are right and endpoints that are wrong in one way each: the right
//! ones pass everything, and the wrong ones fail those cases that their mistake is about, and no others.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha1::Sha1;
use sha2::Sha256;
use support::{Hook, Ran, SECRET, hook, tools};

/// A request as an endpoint reads it.
struct Got {
    method: String,
    signatures: Vec<Vec<u8>>,
    body: Vec<u8>,
}

impl Got {
    fn only_signature(&self) -> Option<&[u8]> {
        match &self.signatures[..] {
            [one] => Some(one),
            _ => None,
        }
    }

    fn expected(&self) -> String {
        let mut mac = Hmac::<Sha1>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(&self.body);
        hex(&mac.finalize().into_bytes())
    }

    fn is_right(&self) -> bool {
        self.only_signature() == Some(self.expected().as_bytes())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// What an endpoint says: `None` closes the connection without a word.
type Said = Option<(u16, &'static str, String)>;

fn say(status: u16) -> Said {
    Some((status, "", String::new()))
}

fn accepted() -> Said {
    Some((200, "", r#"{"status":"accepted"}"#.to_owned()))
}

/// An endpoint with a thread for each connection, on nothing but sockets; it stops when dropped.
struct Receiver {
    port: u16,
    stopped: Arc<AtomicBool>,
}

impl Receiver {
    fn start(handle: impl Fn(&Got) -> Said + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let stopped = Arc::<AtomicBool>::default();
        let (is_stopped, handle) = (Arc::clone(&stopped), Arc::new(handle));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if is_stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (handle, stopped) = (Arc::clone(&handle), Arc::clone(&is_stopped));
                std::thread::spawn(move || {
                    let Some(got) = read(&stream) else { return };
                    let said = handle(&got);
                    if !stopped.load(Ordering::Relaxed) {
                        answer(stream, &got, said);
                    }
                });
            }
        });
        Self { port, stopped }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    /// Stops taking connections, as a process that died.
    fn stopper(&self) -> impl Fn() + Send + Sync + 'static {
        let (stopped, port) = (Arc::clone(&self.stopped), self.port);
        move || stop(&stopped, port)
    }
}

fn stop(stopped: &AtomicBool, port: u16) {
    stopped.store(true, Ordering::Relaxed);
    let _ = TcpStream::connect(("127.0.0.1", port));
}

impl Drop for Receiver {
    fn drop(&mut self) {
        stop(&self.stopped, self.port);
    }
}

/// Reads a request; `None` when it is cut off.
fn read(stream: &TcpStream) -> Option<Got> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = Vec::new();
        reader.read_until(b'\n', &mut line).ok()?;
        if line.pop() != Some(b'\n') {
            return None;
        }
        line.pop_if(|b| *b == b'\r');
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let values = |name: &str| -> Vec<Vec<u8>> {
        let named = lines.iter().skip(1).filter_map(|line| {
            let colon = line.iter().position(|b| *b == b':')?;
            let is_it = line[..colon].eq_ignore_ascii_case(name.as_bytes());
            is_it.then(|| line[colon + 1..].trim_ascii().to_vec())
        });
        named.collect()
    };
    let mut body = Vec::new();
    if values("transfer-encoding").is_empty() {
        let length = values("content-length").first().map_or(0, |value| {
            String::from_utf8_lossy(value).parse().expect("a length")
        });
        body.resize(length, 0);
        reader.read_exact(&mut body).ok()?;
    } else {
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let length = usize::from_str_radix(line.trim(), 16).ok()?;
            let mut chunk = vec![0; length + 2];
            reader.read_exact(&mut chunk).ok()?;
            if length == 0 {
                break;
            }
            body.extend_from_slice(&chunk[..length]);
        }
    }
    let method = String::from_utf8_lossy(&lines[0])
        .split(' ')
        .next()?
        .to_owned();
    Some(Got {
        method,
        signatures: values("x-chatzuri-signature"),
        body,
    })
}

fn answer(mut stream: TcpStream, got: &Got, said: Said) {
    let Some((status, headers, body)) = said else {
        return;
    };
    let length = body.len();
    let body = if got.method == "HEAD" { "" } else { &body };
    let head = format!(
        "HTTP/1.1 {status} Said\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    // Who asked may have gone away.
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
}

/// What every endpoint does apart from the signature: method, then `check`, then the body.
fn handler(check: impl Fn(&Got) -> Option<Said>) -> impl Fn(&Got) -> Said {
    move |got| {
        if got.method != "POST" {
            return Some((405, "Allow: POST\r\n", String::new()));
        }
        if let Some(said) = check(got) {
            return said;
        }
        match serde_json::from_slice::<Value>(&got.body) {
            Ok(Value::Object(_)) => accepted(),
            _ => say(400),
        }
    }
}

fn right() -> Receiver {
    checking(Got::is_right)
}

/// An endpoint that refuses what `is_right` does not find right.
fn checking(is_right: impl Fn(&Got) -> bool + Send + Sync + 'static) -> Receiver {
    Receiver::start(handler(move |got| (!is_right(got)).then(|| say(401))))
}

/// An endpoint with another secret, and what it says to who is refused.
fn checking_under(
    secret: &'static [u8],
    refusal: impl Fn() -> Said + Send + Sync + 'static,
) -> Receiver {
    Receiver::start(handler(move |got| {
        let mut mac = Hmac::<Sha1>::new_from_slice(secret).unwrap();
        mac.update(&got.body);
        let expected = hex(&mac.finalize().into_bytes());
        let is_right = got.only_signature() == Some(expected.as_bytes());
        (!is_right).then(&refusal)
    }))
}

fn test(receiver: &Receiver, args: &[&str]) -> Hook {
    let url = receiver.url();
    let own = ["test", "--secret", SECRET, "--url", &url];
    hook(own.iter().chain(args))
}

/// The lines of cases, and the summary.
fn lines(ran: &Ran) -> (Vec<Value>, Value) {
    let mut lines = ran.json();
    let summary = lines.pop().expect("a summary");
    assert_eq!(summary["type"], "summary");
    assert!(!ran.out().contains(SECRET), "the secret is printed");
    assert!(!ran.stderr.contains(SECRET), "the secret is printed");
    for line in &lines {
        assert_eq!(line["type"], "case");
        assert!(!line["reason"].as_str().unwrap().is_empty(), "{line}");
    }
    (lines, summary)
}

fn failed(cases: &[Value], severity: &str) -> BTreeSet<String> {
    let failed = cases
        .iter()
        .filter(|case| case["outcome"] == "failed" && case["severity"] == severity);
    failed
        .map(|case| case["id"].as_str().unwrap().to_owned())
        .collect()
}

fn set(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|&id| id.to_owned()).collect()
}

/// Every case that a forged delivery is sent in and that must be refused, as `--list` says.
fn forged() -> BTreeSet<String> {
    let listed = hook(["test", "--list", "--json", "--only", "refuse/*"]).run();
    let listed = listed.exits(0).json();
    let cases = listed.iter().filter(|case| case["severity"] == "required");
    let ids = cases.map(|case| case["id"].as_str().unwrap().to_owned());
    // This provider has no prefix.
    let ids: BTreeSet<_> = ids.filter(|id| !id.ends_with("/missing-prefix")).collect();
    assert!(ids.len() > 15, "{ids:?}");
    ids
}

#[test]
fn a_right_endpoint_passes_everything() {
    let receiver = right();
    let ran = test(&receiver, &["--json", "--strict"]).run().exits(0);
    let (cases, summary) = lines(&ran);
    for case in &cases {
        match case["outcome"].as_str().unwrap() {
            "passed" => assert!(!case["warned"].as_bool().unwrap(), "{case}"),
            "skipped" => assert!(case["id"].as_str().unwrap().ends_with("-prefix"), "{case}"),
            other => panic!("{other}: {case}"),
        }
    }
    assert_eq!(summary["verdict"], "passed");
    assert_eq!(summary["stopped"], Value::Null);
    assert!(summary["latency"]["count"].as_u64().unwrap() > 0);
    let last = cases.last().unwrap();
    assert_eq!(last["id"], "behaviour/keeps-serving");
}

#[test]
fn a_wrong_endpoint_fails_what_its_mistake_is_about() {
    let all = forged();
    let none = BTreeSet::new();
    type Start = fn() -> Receiver;
    let table: Vec<(&str, Start, BTreeSet<String>, BTreeSet<String>)> = vec![
        ("no check", || checking(|_| true), all.clone(), none.clone()),
        (
            "a prefix is enough",
            || {
                checking(|got| {
                    let came = got.only_signature();
                    came.is_some_and(|came| got.expected().as_bytes().starts_with(came))
                })
            },
            set(&[
                "refuse/empty-signature",
                "refuse/half-signature",
                "refuse/one-character",
            ]),
            none.clone(),
        ),
        (
            "the first eight characters count",
            || {
                checking(|got| {
                    let came = got.only_signature().unwrap_or_default();
                    came.get(..8) == Some(&got.expected().as_bytes()[..8])
                })
            },
            set(&["refuse/half-signature", "refuse/wrong-tail"]),
            none.clone(),
        ),
        (
            "checked only when it is there",
            || checking(|got| got.signatures.is_empty() || got.is_right()),
            set(&["refuse/no-signature", "refuse/signature-in-query"]),
            none.clone(),
        ),
        (
            "empty is taken for missing",
            || checking(|got| got.only_signature() == Some(b"") || got.is_right()),
            set(&["refuse/empty-signature"]),
            none.clone(),
        ),
        (
            "the last of two signatures counts",
            || {
                checking(|got| {
                    got.signatures.last().map(Vec::as_slice) == Some(got.expected().as_bytes())
                })
            },
            set(&["refuse/two-signatures-wrong-first"]),
            none.clone(),
        ),
        (
            "cut at the equals sign",
            || {
                checking(|got| {
                    let came = got.only_signature().unwrap_or_default();
                    came.split(|b| *b == b'=').next_back() == Some(got.expected().as_bytes())
                })
            },
            set(&["refuse/added-prefix", "refuse/other-prefix"]),
            none.clone(),
        ),
        (
            "throws on another length",
            || {
                Receiver::start(handler(|got| {
                    let length = got.only_signature().map(<[u8]>::len);
                    match length {
                        Some(40) => (!got.is_right()).then(|| say(401)),
                        _ => Some(say(500)),
                    }
                }))
            },
            set(&[
                "refuse/no-signature",
                "refuse/empty-signature",
                "refuse/half-signature",
                "refuse/one-character",
                "refuse/wrong-algorithm",
                "refuse/added-prefix",
                "refuse/other-prefix",
                "refuse/long-signature",
                "refuse/two-signatures-wrong-first",
                "refuse/two-signatures-right-first",
                "refuse/signature-in-query",
            ]),
            set(&["refuse/longer-signature", "refuse/other-encoding"]),
        ),
        (
            "closes the connection on what is not ASCII",
            || {
                Receiver::start(handler(|got| {
                    let is_odd = got.signatures.iter().any(|value| !value.is_ascii());
                    (is_odd || !got.is_right()).then(|| if is_odd { None } else { say(401) })
                }))
            },
            none.clone(),
            none.clone(),
        ),
        (
            "tells which signature was expected",
            || {
                Receiver::start(handler(|got| {
                    let text = format!("expected {}", got.expected());
                    (!got.is_right()).then_some(Some((401, "", text)))
                }))
            },
            set(&["behaviour/no-leak"]),
            none.clone(),
        ),
        (
            "tells its secret",
            || {
                Receiver::start(handler(|got| {
                    let text = format!("key {SECRET}");
                    (!got.is_right()).then_some(Some((401, "", text)))
                }))
            },
            set(&["behaviour/no-leak"]),
            none.clone(),
        ),
        (
            "sends who is refused to a login page",
            || {
                Receiver::start(handler(|got| {
                    let login = Some((302, "Location: /login\r\n", String::new()));
                    (!got.is_right()).then_some(login)
                }))
            },
            all.clone(),
            set(&["refuse/longer-signature", "refuse/other-encoding"]),
        ),
        (
            "fails on malformed JSON",
            || {
                Receiver::start(handler(|got| {
                    let json = serde_json::from_slice::<Value>(&got.body);
                    let is_cut = json.is_err_and(|why| why.is_eof()) && !got.body.is_empty();
                    match got.is_right() {
                        true => is_cut.then(|| say(500)),
                        false => Some(say(401)),
                    }
                }))
            },
            set(&["protocol/malformed-json"]),
            none.clone(),
        ),
        (
            "answers another body",
            || {
                Receiver::start(|got| {
                    match handler(|got| (!got.is_right()).then(|| say(401)))(got) {
                        Some((200, ..)) => Some((200, "", "OK".to_owned())),
                        other => other,
                    }
                })
            },
            none.clone(),
            set(&["behaviour/documented-answer"]),
        ),
        (
            "has no 405",
            || {
                Receiver::start(|got| match got.method.as_str() {
                    "POST" => handler(|got| (!got.is_right()).then(|| say(401)))(got),
                    _ => say(404),
                })
            },
            none.clone(),
            set(&[
                "protocol/get",
                "protocol/put",
                "protocol/delete",
                "protocol/head",
            ]),
        ),
    ];
    for (name, start, required, recommended) in table {
        let receiver = start();
        let ran = test(&receiver, &["--json"]).run();
        let (cases, _) = lines(&ran);
        assert_eq!(failed(&cases, "required"), required, "{name}");
        assert_eq!(failed(&cases, "recommended"), recommended, "{name}");
        let code = i32::from(!required.is_empty());
        assert_eq!(ran.code, Some(code), "{name}");
    }
}

#[test]
fn hashing_what_was_written_again_is_named() {
    let receiver = checking(|got| {
        let json: Value = serde_json::from_slice(&got.body).unwrap_or_default();
        let again = Got {
            body: cz_hook::webhook::stringify::stringify(&json).into_bytes(),
            method: String::new(),
            signatures: got.signatures.clone(),
        };
        again.is_right()
    });
    let ran = test(&receiver, &["--json", "--only", "bytes/*"])
        .run()
        .exits(0);
    let (cases, summary) = lines(&ran);
    assert_eq!(failed(&cases, "recommended").len(), 8);
    for case in &cases {
        let reason = case["reason"].as_str().unwrap();
        assert!(reason.contains("hashes re-serialised JSON"), "{reason}");
        assert!(reason.contains("body.reserialized.node"), "{reason}");
    }
    assert_eq!(summary["failed_recommended"], 8);
    let strict = test(&receiver, &["--strict", "--only", "bytes/*"]);
    strict.run().exits(1);
    let tolerant = [
        "--strict",
        "--only",
        "bytes/*",
        "--tolerate",
        "bytes/*",
        "--json",
    ];
    let (cases, summary) = lines(&test(&receiver, &tolerant).run().exits(0));
    assert!(cases.iter().all(|case| case["tolerated"] == true));
    assert_eq!(summary["tolerated"], 8);
}

#[test]
fn an_endpoint_that_dies_is_told_from_one_that_refuses() {
    let receiver = {
        let stop = Arc::<std::sync::OnceLock<Box<dyn Fn() + Send + Sync>>>::default();
        let stops = Arc::clone(&stop);
        let receiver = Receiver::start(handler(move |got| {
            let json = serde_json::from_slice::<Value>(&got.body);
            let is_cut = json.is_err_and(|why| why.is_eof()) && !got.body.is_empty();
            if got.is_right() && is_cut {
                stops.get().expect("set below")();
                return Some(None);
            }
            (!got.is_right()).then(|| say(401))
        }));
        assert!(stop.set(Box::new(receiver.stopper())).is_ok());
        receiver
    };
    let ran = test(&receiver, &["--json"]).run().exits(1);
    let (cases, summary) = lines(&ran);
    let expected = set(&["protocol/malformed-json", "behaviour/keeps-serving"]);
    assert_eq!(failed(&cases, "required"), expected);
    assert_eq!(failed(&cases, "recommended"), set(&[]));
    assert_eq!(summary["stopped"]["by"], "gone");
    let reason = summary["stopped"]["reason"].as_str().unwrap();
    assert!(reason.contains("protocol/malformed-json"), "{reason}");
}

/// What has not been asked is not said: one that dies of a header does not serve on.
#[test]
fn whether_it_serves_on_is_said_when_it_is_known() {
    let start = |dies: bool| {
        let stop = Arc::<std::sync::OnceLock<Box<dyn Fn() + Send + Sync>>>::default();
        let stops = Arc::clone(&stop);
        let receiver = Receiver::start(handler(move |got| {
            let is_long = got.signatures.iter().any(|value| value.len() > 60_000);
            if is_long && dies {
                stops.get().expect("set below")();
            }
            match is_long {
                true => Some(None),
                false => (!got.is_right()).then(|| say(401)),
            }
        }));
        assert!(stop.set(Box::new(receiver.stopper())).is_ok());
        receiver
    };
    let args = ["--json", "--only", "refuse/long-signature"];
    let reason = |receiver: &Receiver, code| {
        let (cases, _) = lines(&test(receiver, &args).run().exits(code));
        cases[0]["reason"].as_str().unwrap().to_owned()
    };
    let closed = "closed the connection without an answer, and";
    assert_eq!(reason(&start(false), 0), format!("{closed} serves on"));
    let dead = format!("{closed} the endpoint no longer serves");
    assert_eq!(reason(&start(true), 1), dead);
}

#[test]
fn an_endpoint_that_hangs_is_given_up_and_named() {
    let receiver = Receiver::start(handler(|got| {
        if !got.is_right() {
            std::thread::sleep(Duration::from_secs(60));
        }
        None
    }));
    let only = [
        "--only",
        "refuse/no-signature",
        "--only",
        "refuse/wrong-tail",
    ];
    let args = [
        &only[..],
        &["--only", "accept/*", "--json", "--timeout", "500ms"],
    ]
    .concat();
    let (cases, _) = lines(&test(&receiver, &args).run().exits(1));
    let expected = set(&["refuse/no-signature", "refuse/wrong-tail"]);
    assert_eq!(failed(&cases, "required"), expected);
    let silent = cases.iter().find(|case| case["id"] == "refuse/wrong-tail");
    let error = silent.unwrap()["answer"]["error"].as_str().unwrap();
    assert!(error.contains("no answer"), "{error}");
}

#[test]
fn the_first_delivery_says_what_is_wrong_with_all() {
    let right = right();
    let wrong = |args: &[&str]| {
        let url = right.url();
        let ran = hook(["test", "--json", "--url", &url].iter().chain(args));
        let ran = ran.run().exits(1);
        let mut lines = ran.json();
        let summary = lines.pop().unwrap();
        assert_eq!(summary["stopped"]["by"], "preflight");
        assert_eq!(summary["failed"], 1, "{summary}");
        assert_eq!(summary["passed"], 0, "{summary}");
        assert_eq!(lines[0]["outcome"], "failed");
        assert!(lines[0]["id"].as_str().unwrap().starts_with("accept/"));
        summary["stopped"]["hint"].as_str().unwrap().to_owned()
    };
    let hint = wrong(&["--secret", "another-secret"]);
    assert!(hint.contains("wrong secret or wrong provider?"), "{hint}");
    let hint = wrong(&["--secret", SECRET, "--provider", "chatzuri-guide"]);
    assert!(hint.contains("--provider chatzuri "), "{hint}");

    let unkeyed = checking(|got| {
        use sha1::Digest;
        let came = got.only_signature().unwrap_or_default();
        came == hex(&Sha1::digest(&got.body)).as_bytes()
    });
    let (cases, summary) = lines(&test(&unkeyed, &["--json"]).run().exits(1));
    let hint = summary["stopped"]["hint"].as_str().unwrap();
    assert!(hint.contains("without the secret"), "{hint}");
    // What it accepts in the place of a genuine delivery is a forged one.
    assert!(failed(&cases, "required").contains("refuse/unkeyed-hash"));

    let sha256 = checking(|got| {
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(&got.body);
        let expected = hex(&mac.finalize().into_bytes());
        got.only_signature() == Some(expected.as_bytes())
    });
    let (cases, summary) = lines(&test(&sha256, &["--json"]).run().exits(1));
    let hint = summary["stopped"]["hint"].as_str().unwrap();
    assert!(hint.contains("HMAC-SHA256"), "{hint}");
    assert!(failed(&cases, "required").contains("refuse/wrong-algorithm"));

    let unset = checking(|got| {
        let mut mac = Hmac::<Sha1>::new_from_slice(b"undefined").unwrap();
        mac.update(&got.body);
        let expected = hex(&mac.finalize().into_bytes());
        got.only_signature() == Some(expected.as_bytes())
    });
    let (_, summary) = lines(&test(&unset, &["--json"]).run().exits(1));
    let hint = summary["stopped"]["hint"].as_str().unwrap();
    assert!(hint.contains("`undefined`"), "{hint}");

    let elsewhere = Receiver::start(|_| Some((307, "Location: /there\r\n", String::new())));
    let (cases, summary) = lines(&test(&elsewhere, &["--json"]).run().exits(1));
    let expected = set(&["accept/lead.submit", "behaviour/no-redirect"]);
    assert_eq!(failed(&cases, "required"), expected);
    assert!(
        summary["stopped"]["reason"]
            .as_str()
            .unwrap()
            .contains("/there")
    );
}

/// What a refusing endpoint accepts or gives away is a mistake all the same, also behind one that was cut off.
#[test]
fn an_endpoint_that_refuses_all_is_still_asked_what_it_gives_away() {
    let receiver = Receiver::start(handler(|got| {
        let is_long = got.signatures.iter().any(|value| value.len() > 60_000);
        let text = format!("expected {}", got.expected());
        match got.signatures.len() {
            2 => None,
            _ if is_long => Some(None),
            _ => Some(Some((401, "", text))),
        }
    }));
    let (cases, summary) = lines(&test(&receiver, &["--json"]).run().exits(1));
    assert_eq!(summary["stopped"]["by"], "preflight");
    let expected = set(&[
        "accept/lead.submit",
        "refuse/two-signatures-wrong-first",
        "refuse/two-signatures-right-first",
        "behaviour/no-leak",
    ]);
    assert_eq!(failed(&cases, "required"), expected);
}

const TIMESTAMPED: &str = r#"
name = "acme"
title = "Acme"
document = "Acme's page"

[signature]
header = "x-chatzuri-signature"
algorithm = "hmac-sha256"
encoding = "hex"
prefix = "v1="
signs = [{ header = "x-acme-timestamp" }, { text = "." }, "body"]
timestamp = { header = "x-acme-timestamp", tolerance_seconds = 300 }

[envelope]
keys = ["kind", "order"]
event = "/kind"
agent = "/shop"
data = "/order"

[[event]]
name = "order.paid"
summary = "an order was paid"
payload = "documented"
"#;

#[test]
fn leaving_out_what_is_signed_beside_the_body_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let own = dir.path().join("providers/acme");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(own.join("provider.toml"), TIMESTAMPED).unwrap();
    let sample = r#"{"kind":"order.paid","shop":"s","order":{"id":1}}"#;
    std::fs::write(own.join("order.paid.json"), sample).unwrap();
    std::fs::write(dir.path().join("cz-hook.toml"), "providers = 'providers'").unwrap();
    let receiver = checking(|got| {
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(&got.body);
        let expected = format!("v1={}", hex(&mac.finalize().into_bytes()));
        got.only_signature() == Some(expected.as_bytes())
    });
    let ran = test(&receiver, &["--json", "--provider", "acme"]).within(dir.path());
    let (_, summary) = lines(&ran.run().exits(1));
    let hint = summary["stopped"]["hint"].as_str().unwrap();
    assert!(hint.contains("HMAC-SHA256 of the body alone"), "{hint}");
}

#[test]
fn a_wrong_path_is_said_at_once() {
    for (status, hint) in [
        (404, "is the path of the URL right"),
        (405, "is the path of the URL right"),
        (429, "limits how often it is asked"),
    ] {
        let asked = Arc::<std::sync::atomic::AtomicUsize>::default();
        let counter = Arc::clone(&asked);
        let receiver = Receiver::start(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
            Some((status, "Retry-After: 3600\r\n", String::new()))
        });
        let args = ["--json", "--only", "accept/*"];
        let (_, summary) = lines(&test(&receiver, &args).run().exits(1));
        let said = summary["stopped"]["hint"].as_str().unwrap();
        assert!(said.contains(hint), "{said}");
        assert_eq!(asked.load(Ordering::Relaxed), 1, "{status}");
    }
}

#[test]
fn a_word_of_every_answer_is_no_leak_when_it_is_the_secret_too() {
    let receiver = checking_under(b"secret", || {
        let text = r#"{"message":"signature or secret missing"}"#;
        Some((401, "", text.to_owned()))
    });
    let url = receiver.url();
    let args = ["test", "--json", "--secret", "secret", "--url", &url];
    let ran = hook(args).args(["--only", "behaviour/no-leak"]).run();
    let case = &ran.exits(0).json()[0];
    assert_eq!(case["outcome"], "passed", "{case}");
}

#[test]
fn nobody_there_is_no_verdict() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("http://127.0.0.1:{port}/");
    let ran = hook(["test", "--secret", SECRET, "--url", &url])
        .run()
        .exits(3);
    assert!(ran.stderr.contains("not reachable"), "{}", ran.stderr);
    assert!(ran.stdout.is_empty());
}

#[test]
fn a_provider_that_does_not_sign_has_nothing_to_refuse() {
    let receiver = Receiver::start(handler(|_| None));
    let url = receiver.url();
    let args = ["test", "--json", "--provider", "oneroute", "--url", &url];
    let (cases, summary) = lines(&hook(args).run().exits(0));
    for case in &cases {
        let id = case["id"].as_str().unwrap();
        let is_about_signing = id.starts_with("refuse/") || id.starts_with("bytes/");
        if is_about_signing || id == "behaviour/no-leak" || id == "accept/header-case" {
            assert_eq!(case["outcome"], "skipped", "{id}");
            assert!(
                case["reason"].as_str().unwrap().contains("does not sign"),
                "{id}"
            );
        }
        if id == "behaviour/documented-answer" {
            assert_eq!(case["outcome"], "skipped", "{id}");
        }
    }
    assert_eq!(summary["failed"], 0);
}

#[test]
fn every_providers_right_endpoint_passes() {
    for provider in ["chatzuri-legacy", "chatbase", "chatzuri-guide"] {
        // The header's name and the algorithm are the provider's; `listen` knows them.
        let listening = support::listening::Listening::start([
            "--quiet",
            "--strict",
            "--provider",
            provider,
            "--secret",
            SECRET,
        ]);
        let args = ["test", "--json", "--provider", provider, "--secret", SECRET];
        let ran = hook(args).arg("--url").arg(&listening.url).run();
        let (cases, _) = lines(&ran);
        assert_eq!(failed(&cases, "required"), set(&[]), "{provider}");
        assert_eq!(ran.code, Some(0), "{provider}");
    }
}

#[test]
fn cases_are_chosen_by_pattern() {
    let receiver = right();
    let args = [
        "--json",
        "--only",
        "refuse/*",
        "--skip",
        "*two*",
        "--skip",
        "refuse/n*",
    ];
    let (cases, summary) = lines(&test(&receiver, &args).run().exits(0));
    let ids: Vec<_> = cases
        .iter()
        .map(|case| case["id"].as_str().unwrap())
        .collect();
    assert!(ids.iter().all(|id| id.starts_with("refuse/")), "{ids:?}");
    assert!(
        !ids.iter()
            .any(|id| id.contains("two") || id.starts_with("refuse/n"))
    );
    let listed = hook(["test", "--list", "--json"]).run().exits(0).json();
    assert_eq!(summary["left_out"], listed.len() - ids.len());
    for option in ["--only", "--skip", "--tolerate"] {
        let ran = test(&receiver, &[option, "refuse/no-signatur"])
            .run()
            .exits(2);
        assert!(ran.stderr.contains("refuse/no-signature"), "{}", ran.stderr);
        assert!(ran.stdout.is_empty());
    }
    let args = ["--only", "refuse/*", "--skip", "*"];
    test(&receiver, &args).run().exits(2);
}

#[test]
fn fail_fast_stops_at_the_first_failure_that_counts() {
    let receiver = checking(|_| true);
    let args = ["--json", "--fail-fast", "--tolerate", "refuse/no-signature"];
    let (cases, summary) = lines(&test(&receiver, &args).run().exits(1));
    let expected = set(&["refuse/empty-signature", "refuse/no-signature"]);
    assert_eq!(failed(&cases, "required"), expected);
    assert_eq!(summary["failed"], 1);
    assert_eq!(summary["tolerated"], 1);
    assert_eq!(summary["stopped"]["by"], "fail-fast");
}

#[test]
fn the_checklist_fits_a_terminal_and_holds_what_is_needed() {
    let dir = tempfile::tempdir().unwrap();
    let (text, json) = (dir.path().join("r.txt"), dir.path().join("r.json"));
    let report = |kind: &str, path: &std::path::Path| format!("--report={kind}={}", path.display());
    for receiver in [checking(|_| true), right(), Receiver::start(|_| say(500))] {
        let args = [&*report("text", &text), &report("json", &json)];
        let ran = test(&receiver, &args).run();
        let out = ran.out();
        for line in out.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
        assert!(!out.contains(SECRET));
        let is_wrong = ran.code == Some(1);
        assert_eq!(out.contains("curl -i"), is_wrong, "{out}");
        assert_eq!(out.contains("  fix "), is_wrong, "{out}");
        // The files are written whatever the verdict is.
        let written = std::fs::read_to_string(&text).unwrap();
        assert!(written.starts_with("accept\n"), "{written}");
        let lines = std::fs::read_to_string(&json).unwrap();
        assert!(
            lines
                .lines()
                .last()
                .unwrap()
                .contains("\"type\":\"summary\"")
        );
    }
}

#[test]
fn every_curl_line_asks_the_same_question() {
    if !tools::has("curl", "it runs the commands that are printed") {
        return;
    }
    let receiver = right();
    let (cases, _) = lines(&test(&receiver, &["--json"]).run().exits(0));
    let mut asked = 0;
    for case in &cases {
        let Some(curl) = case["request"]["curl"].as_str() else {
            continue;
        };
        let script = curl.replace("curl -i", "curl -s -o /dev/null -w '%{http_code}'");
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        let status = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(status, case["answer"]["status"].to_string(), "{curl}");
        asked += 1;
    }
    assert!(asked > 55, "{asked}");
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_tells_what_it_has_found() {
    let asked = Arc::<std::sync::atomic::AtomicUsize>::default();
    let counter = Arc::clone(&asked);
    // It answers the first few, and then no more.
    let receiver = Receiver::start(handler(move |_| {
        if counter.fetch_add(1, Ordering::Relaxed) > 6 {
            std::thread::sleep(Duration::from_secs(60));
        }
        None
    }));
    let mut child = test(
        &receiver,
        &["--json", "--timeout", "60s", "--concurrency", "1"],
    )
    .command()
    .stdout(Stdio::piped())
    .spawn()
    .unwrap();
    while asked.load(Ordering::Relaxed) < 8 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let mut out = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut out)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let last: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!(last["stopped"]["by"], "interrupt");
    assert_ne!(last["verdict"], "passed", "it was not seen to the end");
    assert!(last["passed"].as_u64().unwrap() >= 5, "{last}");
    assert!(last["skipped"].as_u64().unwrap() > 10, "{last}");
}

/// What became of one case.
fn found<'c>(cases: &'c [Value], id: &str) -> &'c Value {
    cases.iter().find(|case| case["id"] == id).expect(id)
}

#[test]
fn more_than_the_signature_is_warned_of_when_it_is_accepted() {
    // What is decoded up to the first bad character.
    let lenient = checking(|got| {
        let came = got.only_signature().unwrap_or_default();
        came.starts_with(got.expected().as_bytes())
    });
    let (cases, _) = lines(
        &test(&lenient, &["--json", "--only", "refuse/*"])
            .run()
            .exits(0),
    );
    let longer = found(&cases, "refuse/longer-signature");
    assert_eq!(longer["outcome"], "passed");
    assert_eq!(longer["warned"], true);
    assert_eq!(found(&cases, "refuse/other-encoding")["warned"], false);
}

#[test]
fn a_part_of_the_expected_signature_is_a_leak() {
    let leaking = Receiver::start(handler(|got| {
        let half = got.expected()[..24].to_owned();
        (!got.is_right()).then(|| Some((401, "", format!("expected {half}..."))))
    }));
    let args = ["--json", "--only", "behaviour/no-leak"];
    let (cases, _) = lines(&test(&leaking, &args).run().exits(1));
    assert!(failed(&cases, "required").contains("behaviour/no-leak"));
}

#[test]
fn who_refuses_repetitions_fails_that_case_and_no_other() {
    let seen = std::sync::Mutex::new(BTreeSet::new());
    let receiver = Receiver::start(handler(move |got| {
        if !got.is_right() {
            return Some(say(401));
        }
        let is_new = seen.lock().unwrap().insert(got.body.clone());
        (!is_new).then(|| say(409))
    }));
    let args = [
        "--json",
        "--only",
        "accept/*",
        "--only",
        "behaviour/repeated",
    ];
    let (cases, _) = lines(&test(&receiver, &args).run().exits(1));
    assert_eq!(failed(&cases, "required"), set(&["behaviour/repeated"]));
    let reason = found(&cases, "behaviour/repeated")["reason"]
        .as_str()
        .unwrap();
    assert!(reason.starts_with("number 2 of 5"), "{reason}");
}

/// A gate that could not check must not open, whatever else passed.
#[test]
fn who_answers_429_to_everything_has_proved_nothing() {
    let limiting = || {
        let asked = std::sync::atomic::AtomicUsize::new(0);
        Receiver::start(move |got| {
            if asked.fetch_add(1, Ordering::Relaxed) == 0 {
                return handler(|_| None)(got);
            }
            Some((429, "Retry-After: 3600\r\n", String::new()))
        })
    };
    let only = |pattern: &'static str| ["--json", "--only", pattern];
    for pattern in [
        "refuse/*",
        "protocol/json-*",
        "behaviour/no-leak",
        "behaviour/time",
    ] {
        let (cases, summary) = lines(&test(&limiting(), &only(pattern)).run().exits(1));
        assert_eq!(summary["verdict"], "failed", "{pattern}");
        assert_eq!(summary["stopped"]["by"], "limited", "{pattern}");
        for case in &cases {
            assert_eq!(case["outcome"], "skipped", "{case}");
        }
        let hint = summary["stopped"]["hint"].as_str().unwrap();
        assert!(hint.contains("--concurrency 1"), "{hint}");
    }
    let open = forged().len();
    let args = ["--only", "refuse/*", "--concurrency", "1"];
    let ran = test(&limiting(), &args).run().exits(1);
    let said = format!("not proved: nothing is proved by {open} required cases");
    let out = ran.out();
    assert!(out.contains(&said), "{out}");
    assert!(!out.contains("--concurrency 1"), "{out}");
    // What is only recommended, or tolerated, opens no gate.
    for args in [
        &["--only", "protocol/get"][..],
        &["--only", "refuse/*", "--tolerate", "refuse/*"],
    ] {
        test(&limiting(), args).run().exits(0);
    }
}

#[test]
fn an_endpoint_that_puts_off_is_asked_again() {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let receiver = Receiver::start(handler(move |got| {
        if asked.fetch_add(1, Ordering::Relaxed) % 8 == 7 {
            return Some(Some((429, "Retry-After: 0\r\n", String::new())));
        }
        (!got.is_right()).then(|| say(401))
    }));
    let args = [
        "--json",
        "--skip",
        "behaviour/parallel",
        "--concurrency",
        "1",
    ];
    let (cases, _) = lines(&test(&receiver, &args).run().exits(0));
    assert!(cases.iter().all(|case| case["outcome"] != "failed"));
    let skipped = cases.iter().filter(|case| case["outcome"] == "skipped");
    assert_eq!(skipped.count(), 1, "the prefix that is none");
}

#[test]
fn to_skip_everything_is_a_mistake() {
    for (args, said) in [
        (&["--skip", "*"][..], "--skip leaves no case"),
        (&["--skip", "*", "--only", "bytes/*"], "that --only names"),
    ] {
        let ran = hook(["test", "--list"]).args(args).run().exits(2);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
}
