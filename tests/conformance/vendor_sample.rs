//! What the tool sends, against the vendors' own sample handlers in Node: the documented code decides what a valid
//! delivery is. `npm ci` in tests/vendor_sample installs the frameworks.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use crate::support::{Ran, SECRET, hook, programs, root};
use serde_json::{Value, json};

/// The Express versions, by the names they are installed under.
const EXPRESS: [&str; 2] = ["express4", "express5"];

const CHANNELS: [&str; 6] = ["whatsapp", "telegram", "facebook", "instagram", "email", "web"];

const TAMPERINGS: [&str; 7] =
    ["signature", "body", "missing", "secret", "algorithm", "truncated", "uppercase"];

/// Values that other JSON libraries print differently from `JSON.stringify`.
const AWKWARD: &[&str] = &[
    "payload.customerName=Zoë 😀",
    "payload.customerName=back\\slash \"quote\" /slash",
    "payload.customerName=",
    r#"payload.customerName:="\u2028 </script>""#,
    r#"payload.customerName:="\u2029 & ' + \u007f \u00a0 \ufeff \uffff""#,
    r#"payload.customerName:="\u0000\u0001\b\f\n\r\t\u001F \/ \u00e9 \ud83d\ude00""#,
    "payload.customerName:=null",
    "payload.extra:=1.0",
    "payload.extra=1.0",
    "payload.extra:=1.10",
    "payload.extra:=1e3",
    "payload.big:=12345678901234567890",
    "payload.big=12345678901234567890",
    "payload.big:=-9007199254740993",
    "payload.big:=123456789012345678901234567890",
    "payload.extra:=1e21",
    "payload.extra=1e21",
    "payload.extra:=999999999999999999999",
    "payload.extra:=0.0000001",
    "payload.extra=0.0000001",
    "payload.extra:=0.000001",
    "payload.extra:=-0",
    "payload.extra=-0",
    "payload.extra:=-0.0",
    "payload.extra:=5e-324",
    "payload.extra:=1.7976931348623157e308",
    "payload.extra:=1e-400",
    "payload.extra:=0.1000000000000000055511151231257827",
    "payload.extra:=[31.245270191439438,121.48791951161945]",
    r#"payload.extra:={"10":1,"2":2}"#,
    r#"payload.extra:={"b":1,"10":2,"a":3,"2":4,"01":5,"-1":6,"1.5":7,"":8,"0":9}"#,
    r#"payload.extra:={"a":1,"4294967296":2,"4294967294":3}"#,
    r#"payload.extra:={"a":1,"4294967295":2,"4294967294":3}"#,
    r#"payload.extra:={"a":1,"b":2,"a":3}"#,
    r#"payload.extra:={"__proto__":{"a":1},"constructor":2,"toJSON":3}"#,
    r#"payload.extra:= [ { } , [ ] , "" , true , { "é\n" : [ 1.50 ] } ] "#,
    "agentId:=[[[[[[[[[[[[[[[[[[[[{}]]]]]]]]]]]]]]]]]]]]",
];

/// Payloads whose bytes differ from those of `JSON.stringify`, and what follows the body.
const RESPELLED: &[(&str, &str)] = &[
    (r#"{"customerName": "Sarah"}"#, ""),
    (r#"{ "customerName":"Sarah" }"#, ""),
    ("{\n\t\"customerName\":\"Sarah\"}", ""),
    (r#"{"customerName":"Zo\u00e9"}"#, ""),
    (r#"{"customerName":"a\/b"}"#, ""),
    (r#"{"amount":1.0}"#, ""),
    (r#"{"customerName":"Sarah"}"#, "\n"),
    (r#"{"customerName":"Sarah"}"#, "\r\n"),
    ("{ \"customerName\" : \"Zo\\u00e9\", \"amount\": 1.0 }", "\n"),
];

/// A Node server with the handlers on it; it is killed when dropped.
struct Vendor {
    express: &'static str,
    node: Child,
    port: u16,
    /// Drains the output, so that the handlers' `console.log` never blocks.
    log: Option<JoinHandle<()>>,
}

impl Vendor {
    /// Waits for the line with the port.
    fn start(express: &'static str) -> Self {
        let mut node = Command::new("node")
            .args(["server.mjs", express])
            .current_dir(project())
            .env("SECRET_KEY", SECRET)
            .env_remove("PORT")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let mut stdout = BufReader::new(node.stdout.take().expect("piped"));
        let mut port = String::new();
        stdout.read_line(&mut port).expect("standard output");
        let log = std::thread::spawn(move || drop(stdout.read_to_end(&mut Vec::new())));
        // Owned before the next step can fail, so that it is killed in any case.
        let mut vendor = Self { express, node, port: 0, log: Some(log) };
        vendor.port = port.trim().parse().expect("a port on the first line");
        vendor
    }

    /// Sends to the provider's handler with `--json` and these arguments.
    fn send(&self, provider: &str, args: &[&str]) -> Ran {
        let url = format!("http://127.0.0.1:{}/{provider}", self.port);
        let own = ["send", "--json", "--provider", provider, "--url", &url];
        hook(own.iter().chain(args)).env("CZ_HOOK_SECRET", SECRET).run()
    }

    /// As `send`; the response has to be the expected one.
    #[track_caller]
    fn takes(&self, provider: &str, args: &[&str]) -> Vec<Value> {
        let ran = self.send(provider, args);
        let said = format!("{}{}", ran.out(), ran.stderr);
        assert_eq!(ran.code, Some(0), "{}, {args:?}: {said}", self.express);
        let lines = ran.json();
        assert!(!lines.is_empty(), "{args:?} sent nothing");
        lines
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        let _ = self.node.kill();
        let _ = self.node.wait();
        if let Some(log) = self.log.take() {
            let _ = log.join();
        }
    }
}

fn project() -> PathBuf {
    root().join("tests/vendor_sample")
}

/// A server for each Express version; none, which is printed, where they cannot run.
fn vendors() -> Vec<Vendor> {
    if !programs::has("node", "it runs the vendors' sample handlers") {
        return Vec::new();
    }
    let installed = project().join("node_modules");
    if !installed.is_dir() {
        programs::skip(
            "tests/vendor_sample/node_modules is not there; `npm ci` in that folder makes it",
        );
        return Vec::new();
    }
    EXPRESS.map(Vendor::start).into()
}

/// The sample handler rejected the request, not the framework before it.
#[track_caller]
fn assert_refused(line: &Value) {
    assert_eq!(line["response"]["status"], 400, "{line}");
    assert_eq!(line["response"]["body"], r#"{"message":"Signature didn't match"}"#, "{line}");
}

#[track_caller]
fn assert_accepted(line: &Value, body: &str) {
    assert_eq!(line["response"]["status"], 200, "{line}");
    assert_eq!(line["response"]["body"], body, "{line}");
    assert_eq!(line["remarks"], json!([]), "{line}");
}

/// The event and channel of each line are lead.submit and then every channel of message.received.
#[track_caller]
fn assert_every_sample(lines: &[Value]) {
    let mut found: Vec<_> =
        lines.iter().map(|l| (l["event"].as_str(), l["channel"].as_str())).collect();
    let mut all: Vec<_> =
        CHANNELS.iter().map(|&channel| (Some("message.received"), Some(channel))).collect();
    all.push((Some("lead.submit"), None));
    found.sort_unstable();
    all.sort_unstable();
    assert_eq!(found, all);
}

#[test]
fn every_sample_is_accepted() {
    for vendor in vendors() {
        let lines = vendor.takes("chatzuri", &["--all"]);
        assert_every_sample(&lines);
        for line in &lines {
            assert_accepted(line, r#"{"status":"accepted"}"#);
        }
        for line in vendor.takes("chatbase", &["--all"]) {
            assert_accepted(&line, "OK");
        }
    }
}

#[test]
fn every_tampered_sample_is_rejected() {
    for vendor in vendors() {
        for how in TAMPERINGS {
            let args = ["--all", "--tamper", how, "--expect-status", "400"];
            let lines = vendor.takes("chatzuri", &args);
            assert_every_sample(&lines);
            lines.iter().for_each(assert_refused);
            vendor.takes("chatbase", &args).iter().for_each(assert_refused);
        }
    }
}

/// Chatzuri's handler hashes `JSON.stringify(req.body)`: it accepts only bodies that are already printed that way.
/// That does not prove which value was sent, so the value is also compared with what Node prints.
#[test]
fn awkward_values_are_sent_as_json_stringify_prints_them() {
    let mut wrong = Vec::new();
    for vendor in vendors() {
        let fields = written_by_node();
        for assignment in AWKWARD {
            let args = ["lead.submit", "--add", "--set", assignment];
            let ran = vendor.send("chatzuri", &args);
            if ran.code != Some(0) {
                let said = format!("{}{}", ran.out(), ran.stderr);
                wrong.push(format!("{}, {assignment}: {said}", vendor.express));
                continue;
            }
            let line = &ran.json()[0];
            let body = line["request"]["body"].as_str().expect("a text body");
            let found = fields.iter().find(|(of, _)| of == assignment);
            if let Some((_, field)) = found
                && !body.contains(&format!("{field},"))
                && !body.contains(&format!("{field}}}"))
            {
                let express = vendor.express;
                wrong.push(format!("{express}, {assignment}: Node writes {field}, not {body}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The assignments of JSON, each with its field as Node itself writes it: `"key":value`.
fn written_by_node() -> Vec<(&'static str, String)> {
    const AGAIN: &str =
        "for (const x of process.argv.slice(1)) console.log(JSON.stringify(JSON.parse(x)))";
    let split = |a: &&'static str| a.split_once(":=").map(|(path, value)| (*a, path, value));
    let given: Vec<_> = AWKWARD.iter().filter_map(split).collect();
    let node = Command::new("node")
        .args(["-e", AGAIN, "--"])
        .args(given.iter().map(|(_, _, value)| value))
        .output()
        .expect("node runs");
    let written = String::from_utf8(node.stdout).expect("UTF-8");
    assert_eq!(written.lines().count(), given.len(), "{written}");
    given
        .iter()
        .zip(written.lines())
        .map(|((of, path, _), value)| {
            let key = path.rsplit('.').next().unwrap_or(path);
            (*of, format!("{}:{value}", json!(key)))
        })
        .collect()
}

/// The known flaw of Chatzuri's sample: it rejects a valid delivery when its bytes differ from those of
/// `JSON.stringify`. It shows that `--body` changes nothing; Chatbase's sample, which hashes the received bytes,
/// accepts the same bodies.
#[test]
fn a_body_from_a_file_arrives_byte_for_byte() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("body.json");
    let path = path.to_str().expect("a UTF-8 path");
    let compact = r#"{"customerName":"Sarah"}"#;
    for vendor in vendors() {
        let write = |event: &str, agent: &str, payload: &str, end: &str| {
            let body =
                format!(r#"{{"eventType":"{event}","{agent}":"a","payload":{payload}}}{end}"#);
            std::fs::write(path, body).expect("a file");
        };
        write("lead.submit", "agentId", compact, "");
        let lines = vendor.takes("chatzuri", &["--body", path]);
        assert_accepted(&lines[0], r#"{"status":"accepted"}"#);
        for (payload, end) in RESPELLED {
            write("lead.submit", "agentId", payload, end);
            let refused = ["--body", path, "--expect-status", "400"];
            assert_refused(&vendor.takes("chatzuri", &refused)[0]);
            write("leads.submit", "chatbotId", payload, end);
            assert_accepted(&vendor.takes("chatbase", &["--body", path])[0], "OK");
        }
    }
}
