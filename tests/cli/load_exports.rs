//! `send --export`: the same requests for other load tools, which run what they get where they exist.

use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::load::{deliveries, printed, python, send};
use crate::load::SCHEMES;
use crate::support::listening::Listening;
use crate::support::programs::has;
use crate::support::{BODY, Ran, SECRET, hook, root, signature};

const WORKLOAD: [&str; 18] = [
    "--mix=lead.submit=3,message.received/whatsapp=1",
    "--seed=12",
    "--duplicate=0.1",
    "--tamper",
    "signature=0.1",
    "--tamper",
    "missing=0.05",
    "--tamper",
    "body=0.1",
    "--tamper",
    "secret=0.05",
    "--tamper",
    "algorithm=0.05",
    "--tamper",
    "truncated=0.05",
    "--tamper",
    "uppercase=0.05",
    "--rate=100",
];

/// A script of the workload: the secret is not in it.
fn exported(tool: &str, more: &[&str]) -> String {
    let args = [&WORKLOAD[..], &["--export", tool], more].concat();
    let ran = send("http://localhost:1/hook", &args).run().exits(0);
    assert!(!ran.out().contains(SECRET), "{tool}");
    ran.out().to_owned()
}

/// The options of a script for k6, and its first hundred requests. `None` without Node.
fn by_node(script: &str, secret: &str) -> Option<(Value, Vec<Value>)> {
    if !has("node", "runs scripts for k6 with k6's modules replaced") {
        return None;
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), script).unwrap();
    let mut run = Command::new("node");
    run.arg(root().join("tests/load/k6.mjs")).arg(file.path());
    let mut lines = json_lines(run, secret);
    let options = lines.remove(0);
    Some((options, lines))
}

/// The first hundred requests of a file for Locust. `None` without Locust.
fn by_python(file: &str, secret: &str) -> Option<Vec<Value>> {
    let python = python()?;
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("load.py"), file).unwrap();
    let script = "\
import json, sys
sys.path.append('.')
import load
for n in range(100):
    intent, body, headers = load.request(n, 1700000000000)
    print(json.dumps({'body': body.decode(), 'headers': headers}))";
    let mut run = Command::new(python);
    run.args(["-c", script]).current_dir(dir.path());
    Some(json_lines(run, secret))
}

fn json_lines(mut run: Command, secret: &str) -> Vec<Value> {
    let ran = run.env("CZ_HOOK_SECRET", secret).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let text = String::from_utf8(ran.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The targets of a file for vegeta, as bodies and headers.
fn targets(text: &str) -> Vec<Value> {
    use base64::Engine;
    let target = |line| {
        let target: Value = serde_json::from_str(line).unwrap();
        assert_eq!(target["method"], "POST");
        assert_eq!(target["url"], "http://localhost:1/hook");
        let engine = base64::engine::general_purpose::STANDARD;
        let body = engine.decode(target["body"].as_str().unwrap()).unwrap();
        let headers = target["header"].as_object().unwrap();
        let is_signature = |name: &str| name.eq_ignore_ascii_case("x-chatzuri-signature");
        let signature = headers.iter().find(|(name, _)| is_signature(name));
        let signature = signature.map(|(_, values)| &values[0]);
        serde_json::json!({
            "body": String::from_utf8(body).unwrap(),
            "headers": { "x-chatzuri-signature": signature },
        })
    };
    text.lines().map(target).collect()
}

fn assert_first_hundred(requests: &[Value]) {
    let expected = printed(&[&WORKLOAD[..], &["--count", "100"]].concat());
    assert_eq!(requests.len(), 100);
    for (request, (head, body)) in requests.iter().zip(&expected) {
        assert_eq!(request["body"].as_str().unwrap().as_bytes(), body);
        let signature = head.lines().find_map(|line| line.strip_prefix("x-chatzuri-signature: "));
        assert_eq!(request["headers"]["x-chatzuri-signature"].as_str(), signature);
    }
}

#[test]
fn the_script_for_k6_makes_the_same_requests() {
    let fail_if = ["--fail-if", "p99>500ms", "--fail-if", "unexpected>1%", "--duration", "2s"];
    let Some((options, requests)) = by_node(&exported("k6", &fail_if), SECRET) else {
        return;
    };
    assert_first_hundred(&requests);
    let expected = serde_json::json!({
        "executor": "constant-arrival-rate", "rate": 100, "timeUnit": "1s", "duration": "2000ms",
        "preAllocatedVUs": 32, "maxVUs": 256,
    });
    assert_eq!(options["scenarios"]["load"], expected);
    let expected = serde_json::json!({
        "http_req_duration": ["p(99)<=500"], "unexpected_share": ["rate<=0.01"],
    });
    assert_eq!(options["thresholds"], expected);
}

#[allow(clippy::print_stderr, reason = "a skipped test says so")]
#[test]
fn k6_itself_runs_the_script() {
    // No registry has it, so that CI does without it, too.
    if Command::new("k6").arg("version").output().is_err() {
        eprintln!("NOT TESTED: k6 is not there; its script is run with k6's modules replaced");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("load.js");
    std::fs::write(&script, exported("k6", &["--duration", "2s"])).unwrap();
    for (secret, code) in [(SECRET, 0), ("another", 99)] {
        let listener = Listening::start(["--quiet", "--secret", SECRET]);
        let mut run = Command::new("k6");
        run.args(["run", "--quiet"]).arg(&script);
        let ran = run.env("CZ_HOOK_SECRET", secret).env("CZ_HOOK_URL", &listener.url).output();
        assert_eq!(ran.unwrap().status.code(), Some(code));
    }
}

#[test]
fn the_manifests_for_kubernetes_hold_the_script() {
    use yaml_rust2::YamlLoader;
    let text = exported("k6-operator", &["--duration", "2s"]);
    let all = YamlLoader::load_from_str(&text).unwrap();
    let [map, run] = &all[..] else {
        panic!("two documents");
    };
    let script = exported("k6", &["--duration", "2s"]);
    assert_eq!(map["data"]["load.js"].as_str().unwrap(), script);
    assert_eq!(run["apiVersion"].as_str(), Some("k6.io/v1alpha1"));
    assert_eq!(run["kind"].as_str(), Some("TestRun"));
    let of = &run["spec"]["script"]["configMap"];
    assert_eq!(
        (of["name"].as_str(), of["file"].as_str()),
        (map["metadata"]["name"].as_str(), Some("load.js"))
    );
    let env = &run["spec"]["runner"]["env"][0];
    assert_eq!(env["name"].as_str(), Some("CZ_HOOK_SECRET"));
    assert_eq!(env["valueFrom"]["secretKeyRef"]["key"].as_str(), Some("secret"));
}

#[test]
fn the_file_for_locust_makes_the_same_requests() {
    if let Some(requests) = by_python(&exported("locust", &["--count", "100"]), SECRET) {
        assert_first_hundred(&requests);
    }
}

/// A run of Locust with what `--export locust` writes for this many requests.
#[cfg(unix)]
struct LocustRun {
    locust: std::path::PathBuf,
    dir: tempfile::TempDir,
    count: String,
    listener: Listening,
}

#[cfg(unix)]
impl LocustRun {
    fn new(count: u64) -> Option<Self> {
        let locust = python()?.with_file_name("locust");
        let listener = Listening::of(
            hook(["listen", "--port", "0", "--json", "--no-explain"]).args(["--secret", SECRET]),
        );
        let new =
            Self { locust, dir: tempfile::tempdir().unwrap(), count: count.to_string(), listener };
        let file = send("http://localhost:1/hook", &new.args()).args(["--export", "locust"]);
        std::fs::write(new.dir.path().join("load.py"), file.run().exits(0).stdout).unwrap();
        Some(new)
    }

    fn args(&self) -> [&str; 7] {
        ["lead.submit", "--seed", "4", "--count", &self.count, "--concurrency", "4"]
    }

    /// One process of it.
    fn start(&self, secret: &str, workers: &str, args: &[&str]) -> Child {
        Command::new(&self.locust)
            .args(["-f", "load.py", "--headless"])
            .args(args)
            .current_dir(self.dir.path())
            .env("CZ_HOOK_SECRET", secret)
            .env("CZ_HOOK_URL", &self.listener.url)
            .env("CZ_HOOK_WORKERS", workers)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Waits for the end of the run, which comes by itself, and checks that each request came once.
    #[track_caller]
    fn assert_each_once(self, first: Child, code: i32, verdict: &str) {
        let ran = first.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
        assert_eq!(ran.status.code(), Some(code), "{said}");
        assert!(!said.contains("Traceback") && !said.contains("run-time limit"), "{said}");
        assert!(said.lines().any(|line| is_total(line, &self.count)), "{said}");
        let expected = printed(&self.args());
        let mut expected: Vec<_> =
            expected.iter().map(|(_, body)| std::str::from_utf8(body).unwrap()).collect();
        expected.sort_unstable();
        let seen = deliveries(self.listener);
        let mut bodies: Vec<_> = seen.iter().map(|one| one["body"].as_str().unwrap()).collect();
        bodies.sort_unstable();
        assert_eq!(bodies, expected, "{said}");
        assert!(seen.iter().all(|one| one["signature"]["verdict"] == verdict));
    }
}

/// Whether this is the last line of Locust's table, with this number of requests.
fn is_total(line: &str, count: &str) -> bool {
    let mut words = line.split_whitespace();
    words.next() == Some("Aggregated") && words.next() == Some(count)
}

#[cfg(unix)]
#[test]
fn locust_runs_the_file_on_a_master_and_two_workers() {
    let Some(run) = LocustRun::new(150) else {
        return;
    };
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let port = port.to_string();
    let master = ["--master", "--master-bind-port", &port, "--expect-workers", "2"];
    let master = run.start(SECRET, "2", &[&master[..], &["--run-time", "3m"]].concat());
    let worker = ["--worker", "--master-port", &port];
    let workers = [(); 2].map(|()| run.start(SECRET, "2", &worker));
    run.assert_each_once(master, 0, "valid");
    for mut worker in workers {
        worker.wait().unwrap();
    }
}

#[cfg(unix)]
#[test]
fn a_run_of_locust_with_a_wrong_secret_fails() {
    let Some(run) = LocustRun::new(20) else {
        return;
    };
    let only = run.start("another", "1", &["--run-time", "3m"]);
    run.assert_each_once(only, 1, "invalid");
}

#[test]
fn targets_for_vegeta_are_the_same_requests() {
    assert_first_hundred(&targets(&exported("vegeta", &["--count", "100"])));
}

/// A line of a capture.
fn line(id: usize, target: &str, headers: &[(&str, &str)], body: &[u8]) -> String {
    let mut line = serde_json::json!({
        "type": "delivery", "id": id, "method": "POST", "target": target, "headers": headers,
    });
    match std::str::from_utf8(body) {
        Ok(text) => line["body"] = text.into(),
        Err(_) => {
            use base64::Engine;
            line["body_base64"] = base64::engine::general_purpose::STANDARD.encode(body).into();
        }
    }
    format!("{line}\n")
}

fn replay(capture: &str, args: &[&str]) -> Ran {
    let all =
        ["replay", "-", "--format", "ndjson", "--count", "100", "--seed", "1"].iter().chain(args);
    hook(all).stdin(capture).run()
}

/// A capture is text of others: nothing of it is code in a script.
#[test]
fn the_deliveries_of_a_capture_are_exported_byte_for_byte() {
    let bodies = [
        BODY,
        "'@OPTIONS@' '@PLAN@' \"@PLAN@\" \\u0041 `${process.exit(1)}` \0\r\n\u{85}\u{2028}---\u{1f600}é",
        r#"{"eventType":"lead.submit","a":"\u00e9\n'''"}"#,
    ];
    let lines = bodies.iter().enumerate().map(|(n, body)| {
        let signature = signature(body.as_bytes());
        line(n + 1, "/in", &[("X-Chatzuri-Signature", &signature)], body.as_bytes())
    });
    let capture: String = lines.collect();
    let resigned = ["--resign", "--secret", SECRET, "--provider", "chatzuri"];
    for more in [&[][..], &resigned] {
        let export = |tool: &str| {
            let args = ["--url", "http://localhost:1/hook", "--export", tool];
            replay(&capture, &[&args, more].concat()).exits(0).out().to_owned()
        };
        let script = export("k6");
        let all = [
            by_node(&script, SECRET).map(|(_, requests)| requests),
            by_python(&export("locust"), SECRET),
            Some(targets(&export("vegeta"))),
        ];
        for requests in all.into_iter().flatten() {
            assert_eq!(requests.len(), 100);
            for (request, body) in requests.iter().zip(bodies.iter().cycle()) {
                assert_eq!(request["body"], *body);
                let headers = request["headers"].as_object().unwrap();
                let (_, value) = headers
                    .iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case("x-chatzuri-signature"))
                    .unwrap();
                assert_eq!(*value, signature(body.as_bytes()));
            }
        }
        let manifests = yaml_rust2::YamlLoader::load_from_str(&export("k6-operator")).unwrap();
        assert_eq!(manifests[0]["data"]["load.js"].as_str().unwrap(), script);
    }
}

#[test]
fn deliveries_that_a_file_cannot_hold_are_refused() {
    let url = "http://localhost:1/hook";
    let one = |headers: &[(&str, &str)], body: &[u8]| line(1, "/in", headers, body);
    let token = [("X-Telegram-Bot-Api-Secret-Token", "token_of_a_test")];
    let update = br#"{"update_id":1,"message":{}}"#;
    let large = one(&[], &vec![b'a'; 5 << 20]);
    for (capture, args, part) in [
        (one(&[], b"\xff"), &["--url", url, "--export", "k6"][..], "not UTF-8"),
        (one(&[("X-A", "1"), ("x-a", "2")], b"{}"), &["--url", url, "--export", "k6"], "twice"),
        (line(1, "/in?a=1", &[], b"{}"), &["--url", url, "--export", "vegeta"], "one URL"),
        (one(&token, update), &["--url", url, "--export", "vegeta"], "--resign"),
        (large, &["--url", url, "--export", "locust"], "5 MiB"),
    ] {
        let ran = replay(&capture, args).exits(2);
        assert!(ran.stderr.contains(part), "{args:?}: {}", ran.stderr);
    }
    // The secret comes from the environment.
    let signed = ["--url", url, "--resign", "--secret", "token_of_a_test", "--export", "k6"];
    let ran = replay(&one(&token, update), &signed).exits(0);
    assert!(!ran.out().contains("token_of_a_test"));
}

/// What scripts sign for other schemes is valid.
#[test]
fn scripts_sign_for_other_schemes() {
    for (provider, secret) in SCHEMES {
        let export = |tool: &str| {
            let args = ["send", "--url", "http://localhost:1/hook", "--provider", provider];
            let more = ["--secret", secret, "--all", "--rate", "100", "--export", tool];
            hook(args).args(more).run().exits(0).out().to_owned()
        };
        let all = [
            by_node(&export("k6"), secret).map(|(_, requests)| requests),
            by_python(&export("locust"), secret),
        ];
        for requests in all.into_iter().flatten() {
            let lines = requests.iter().enumerate().map(|(n, request)| {
                let headers: Vec<_> = request["headers"].as_object().unwrap().iter().collect();
                let headers: Vec<_> = headers
                    .iter()
                    .map(|(name, value)| (&name[..], value.as_str().unwrap()))
                    .collect();
                line(n + 1, "/hook", &headers, request["body"].as_str().unwrap().as_bytes())
            });
            let args = ["verify", "-", "--provider", provider, "--secret", secret];
            let at = ["--at", "2023-11-14T22:13:20Z", "--quiet"];
            hook(args).args(at).stdin(lines.collect::<String>()).run().exits(0);
        }
    }
}

#[test]
fn schemes_that_a_tool_cannot_compute_are_refused_by_name() {
    for (args, tool, part) in [
        (&["--provider", "discord", "--all"][..], "k6", "Ed25519"),
        (&["--provider", "mailgun", "--all"], "locust", "in the body"),
        (&["--provider", "stripe", "--all"], "vegeta", "valid for 300 s"),
        (&["--provider", "telegram", "--all"], "vegeta", "the secret itself"),
        (&["lead.submit", "--timestamp", "2026-01-31T12:00:00Z"], "k6", "--timestamp"),
        (&["lead.submit", "--fail-if", "late>0"], "locust", "late>0"),
    ] {
        let secret = match args[1] {
            "discord" => "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            _ => SECRET,
        };
        let url = ["send", "--url", "http://localhost:1/", "--secret", secret, "--export", tool];
        let ran = hook(url).args(args).args(["--count", "3"]).run().exits(2);
        assert!(ran.stderr.contains(part), "{args:?} {tool}: {}", ran.stderr);
    }
}
