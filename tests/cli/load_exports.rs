//! `send --export`: the same requests for other load tools, which run what they get where they exist.

use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::load::{deliveries, printed, python, send};
use crate::support::listening::Listening;
use crate::support::programs::has;
use crate::support::{SECRET, hook, root};

const WORKLOAD: [&str; 11] = [
    "--mix",
    "lead.submit=3,message.received/whatsapp=1",
    "--seed",
    "12",
    "--duplicate",
    "0.1",
    "--tamper",
    "signature=0.1",
    "--tamper",
    "missing=0.05",
    "--rate=100",
];

/// A script of the workload: the secret is not in it.
fn exported(tool: &str, more: &[&str]) -> String {
    let args = [&WORKLOAD[..], &["--export", tool], more].concat();
    let ran = send("http://localhost:1/hook", &args).run().exits(0);
    assert!(!ran.out().contains(SECRET), "{tool}");
    ran.out().to_owned()
}

/// The lines that a script writes for its first requests: the intent, the body and the headers in JSON.
fn assert_first_hundred(lines: &str) {
    let expected = printed(&[&WORKLOAD[..], &["--count", "100"]].concat());
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 100);
    for (line, (head, body)) in lines.iter().zip(&expected) {
        assert_eq!(line["body"].as_str().unwrap().as_bytes(), body);
        let signature = head.lines().find_map(|line| line.strip_prefix("x-chatzuri-signature: "));
        assert_eq!(line["headers"]["x-chatzuri-signature"].as_str(), signature);
    }
}

#[test]
fn the_script_for_k6_makes_the_same_requests() {
    if !has("node", "runs the script for k6 with k6's modules replaced") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("load.mjs");
    let fail_if = ["--fail-if", "p99>500ms", "--fail-if", "unexpected>1%", "--duration", "2s"];
    std::fs::write(&script, exported("k6", &fail_if)).unwrap();
    let ran = Command::new("node")
        .arg(root().join("tests/load/k6.mjs"))
        .arg(&script)
        .env("CZ_HOOK_SECRET", SECRET)
        .output()
        .unwrap();
    let text = String::from_utf8(ran.stdout).unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let (options, lines) = text.split_once('\n').unwrap();
    assert_first_hundred(lines);
    let options: Value = serde_json::from_str(options).unwrap();
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
    let Some(python) = python() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("load.py");
    std::fs::write(&file, exported("locust", &["--count", "100"])).unwrap();
    let script = "\
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location('load', sys.argv[1])
load = importlib.util.module_from_spec(spec)
spec.loader.exec_module(load)
for n in range(100):
    intent, body, headers = load.request(n, 1700000000000)
    print(json.dumps({'body': body.decode(), 'headers': headers}))";
    let mut run = Command::new(&python);
    run.args(["-c", script]).arg(&file);
    let ran = run.env("CZ_HOOK_SECRET", SECRET).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_first_hundred(&String::from_utf8(ran.stdout).unwrap());
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
    use base64::Engine;
    let text = exported("vegeta", &["--count", "100"]);
    let lines = text.lines().map(|line| {
        let target: Value = serde_json::from_str(line).unwrap();
        assert_eq!(
            (target["method"].as_str(), target["url"].as_str()),
            (Some("POST"), Some("http://localhost:1/hook"))
        );
        let engine = base64::engine::general_purpose::STANDARD;
        let body = engine.decode(target["body"].as_str().unwrap()).unwrap();
        let signature = &target["header"]["x-chatzuri-signature"][0];
        serde_json::json!({
            "body": String::from_utf8(body).unwrap(),
            "headers": { "x-chatzuri-signature": signature },
        })
        .to_string()
    });
    assert_first_hundred(&lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn schemes_that_a_tool_cannot_compute_are_refused_by_name() {
    for (args, tool, part) in [
        (&["--provider", "discord", "--all"][..], "k6", "Ed25519"),
        (&["--provider", "mailgun", "--all"], "locust", "in the body"),
        (&["--provider", "stripe", "--all"], "vegeta", "valid for 300 s"),
        (&["--provider", "telegram", "--all"], "vegeta", "the secret itself"),
        (&["lead.submit", "--tamper", "body=0.1"], "k6", "`body`"),
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
