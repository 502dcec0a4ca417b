//! Bulk sending by `send` and `replay`: what is sent, how it is judged and reported, and the same for other load tools.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::listening::{Listening, interrupt};
use crate::support::programs::skip;
use crate::support::{BODY, Hook, Ran, SECRET, hook, root, signature};

pub fn send(url: &str, args: &[&str]) -> Hook {
    hook(["send", "--url", url, "--secret", SECRET].iter().chain(args))
}

/// The bodies and heads of the requests that a dry run prints.
pub fn printed(args: &[&str]) -> Vec<(String, Vec<u8>)> {
    let ran = send("http://localhost:1/hook", args).arg("--dry-run").run().exits(0);
    let mut rest = &ran.stdout[..];
    let mut all = Vec::new();
    while !rest.is_empty() {
        let end = rest.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
        let head = String::from_utf8(rest[..end].to_vec()).unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let length: usize = length.parse().unwrap();
        all.push((head, rest[end..end + length].to_vec()));
        rest = &rest[end + length..];
    }
    all
}

/// The only line of a run.
fn summary(ran: &Ran) -> Value {
    let mut lines = ran.json();
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.remove(0)
}

/// How many results of each kind there are.
fn kinds(summary: &Value) -> BTreeMap<String, u64> {
    let mut all = BTreeMap::new();
    for one in summary["results"].as_array().unwrap() {
        let kind = format!("{} {}", one["event"].as_str().unwrap(), one["kind"].as_str().unwrap());
        *all.entry(kind).or_default() += one["count"].as_u64().unwrap();
    }
    all
}

/// The deliveries that a listener has printed when it has ended.
pub fn deliveries(listener: Listening) -> Vec<Value> {
    #[cfg(unix)]
    listener.interrupt();
    let (_, lines, _) = listener.end();
    let lines = lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["type"] == "delivery").collect()
}

#[cfg(unix)]
#[test]
fn all_requests_arrive_unique_and_valid() {
    for pace in [&["--concurrency", "4"][..], &["--rate", "400"]] {
        let listener = Listening::of(
            hook(["listen", "--port", "0", "--json", "--no-explain"]).args(["--secret", SECRET]),
        );
        let args = [&["lead.submit", "--count", "200", "--json"], pace].concat();
        let found = summary(&send(&listener.url, &args).run().exits(0));
        assert_eq!((&found["asked"], &found["sent"]), (&200.into(), &200.into()));
        assert_eq!((&found["dropped"], &found["unexpected"]), (&0.into(), &0.into()));
        let seen = deliveries(listener);
        assert_eq!(seen.len(), 200);
        for one in &seen {
            assert_eq!(one["signature"]["verdict"], "valid", "{one}");
            assert_eq!(one["validation"]["verdict"], "valid", "{one}");
            assert_eq!(one["duplicate_of"], Value::Null, "{one}");
        }
    }
}

/// Providers with times, ids, several parts and tokens in their schemes, and a secret for each.
pub const SCHEMES: [(&str, &str); 7] = [
    ("stripe", "whsec_dGVzdA=="),
    ("github", SECRET),
    ("standard-webhooks", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ("slack", SECRET),
    ("zendesk", SECRET),
    ("shopify", SECRET),
    ("telegram", "token_of_a_test"),
];

/// Schemes with times, ids, several parts and a form: what the templates have to get right.
#[cfg(unix)]
#[test]
fn requests_of_other_schemes_are_valid() {
    for (provider, secret) in SCHEMES.into_iter().chain([("mailgun", SECRET)]) {
        let listener = Listening::of(
            hook(["listen", "--port", "0", "--json", "--provider", provider])
                .args(["--secret", secret]),
        );
        let args = ["send", "--url", &listener.url, "--secret", secret, "--provider", provider];
        let more = ["--all", "--count", "40", "--concurrency", "2", "--seed", "3", "--json"];
        let found = summary(&hook(args).args(more).run().exits(0));
        assert_eq!(found["unexpected"], 0, "{provider}: {found}");
        let seen = deliveries(listener);
        assert_eq!(seen.len(), 40);
        assert!(seen.iter().all(|one| one["signature"]["verdict"] == "valid"), "{provider}");
    }
}

#[test]
fn a_seed_decides_bodies_kinds_and_order() {
    let args =
        ["--mix", "lead.submit=3,message.received/whatsapp=1", "--count", "60", "--seed", "5"];
    let more = ["--tamper", "signature=0.2", "--tamper", "missing=0.1", "--duplicate", "0.2"];
    let all = [&args[..], &more].concat();
    let expected = printed(&all);
    assert_eq!(expected, printed(&all));
    let endpoint = Endpoint::start(|seen| {
        let is_signed = seen.header("x-chatzuri-signature") == Some(&signature(&seen.body));
        Reply::new(if is_signed { 200 } else { 401 }, "")
    });
    let ran = send(&endpoint.url("/hook"), &all).arg("--json").run().exits(0);
    let seen = endpoint.seen();
    let bodies =
        |all: &[(String, Vec<u8>)]| all.iter().map(|one| one.1.clone()).collect::<Vec<_>>();
    let sent: Vec<_> = seen.iter().map(|one| one.body.clone()).collect();
    // One connection: the order is that of the numbers.
    assert_eq!(sent, bodies(&expected));
    // Of the printed requests, by the body's own event and whether it is new and signed.
    let mut counts = BTreeMap::<String, u64>::new();
    let mut known = BTreeSet::new();
    for (head, body) in &expected {
        let json: Value = serde_json::from_slice(body).unwrap();
        let value = head.lines().find_map(|line| line.strip_prefix("x-chatzuri-signature: "));
        let kind = match value {
            None => "missing",
            Some(value) if value != signature(body) => "signature",
            Some(_) if !known.insert(body.clone()) => "duplicate",
            Some(_) => "valid",
        };
        *counts.entry(format!("{} {kind}", json["eventType"].as_str().unwrap())).or_default() += 1;
    }
    assert_eq!(kinds(&summary(&ran)), counts);
    assert!(counts.len() >= 5, "{counts:?}");
    let other = [&args[..4], &["--seed", "6"], &more].concat();
    assert_ne!(bodies(&printed(&other)), bodies(&expected));
}

#[test]
fn values_can_be_made_unique() {
    let unique = ["--unique", "payload.customerName={run}-{n}", "--seed", "9", "--count", "3"];
    let args = [&["lead.submit"][..], &unique].concat();
    let names: Vec<_> = printed(&args)
        .iter()
        .map(|(_, body)| {
            serde_json::from_slice::<Value>(body).unwrap()["payload"]["customerName"].clone()
        })
        .map(|name| name.as_str().unwrap().split_once('-').unwrap().1.to_owned())
        .collect();
    assert_eq!(names, ["0", "1", "2"]);
    let equal = printed(&["lead.submit", "--unique", "none", "--count", "2"]);
    assert_eq!(equal[0].1, BODY.as_bytes());
    assert_eq!(equal[1].1, BODY.as_bytes());
    // A body of the user stays as it is.
    let own = printed(&["--data", BODY, "--count", "2"]);
    assert!(own.iter().all(|(_, body)| body == BODY.as_bytes()));
}

#[test]
fn what_an_endpoint_should_have_rejected_is_unexpected() {
    let endpoint = Endpoint::accepting();
    let args = ["lead.submit", "--count", "20", "--tamper", "signature=0.5", "--seed", "1"];
    let ran = send(&endpoint.url("/"), &args).arg("--json").run().exits(1);
    let found = summary(&ran);
    let wrong = found["unexpected"].as_u64().unwrap();
    assert!((1..20).contains(&wrong), "{found}");
    assert_eq!(kinds(&found)["lead.submit signature"], wrong);
    assert_eq!(found["failed"], serde_json::json!(["unexpected>0"]));
    let examples = found["examples"].as_array().unwrap();
    assert_eq!(examples.len() as u64, wrong.min(5));
    assert!(examples[0].as_str().unwrap().contains("curl -i"), "{examples:?}");
    // The condition of the user replaces this one.
    send(&endpoint.url("/"), &args).args(["--fail-if", "unexpected>90%"]).run().exits(0);
    let text = send(&endpoint.url("/"), &args).run().exits(1);
    for part in ["closed loop", "unexpected", "failed: unexpected>0", "--seed 1", "curl -i"] {
        assert!(text.out().contains(part), "{part}: {}", text.out());
    }
}

#[test]
fn conditions_fail_the_run() {
    let endpoint = Endpoint::accepting();
    let args = ["lead.submit", "--count", "5"];
    let run = |condition: &str| {
        send(&endpoint.url("/"), &args).args(["--fail-if", condition, "--json"]).run()
    };
    assert_eq!(summary(&run("max<10m").exits(1))["failed"], serde_json::json!(["max<10m"]));
    run("sent<5").exits(0);
    run("sent<6").exits(1);
    run("p99>10m").exits(0);
    run("unanswered>0").exits(0);
    run("p99>soon").exits(2);
}

/// The times count from the schedule, so that a pause of the endpoint is not hidden by requests that were not sent.
#[cfg(unix)]
#[test]
fn a_pause_of_the_endpoint_is_in_the_latency() {
    use rustix::process::{Pid, Signal, kill_process};
    let listener = Listening::start(["--quiet"]);
    let args = ["lead.submit", "--rate", "1000", "--duration", "6s", "--max-in-flight", "200"];
    let mut child = send(&listener.url, &args)
        .args(["--json", "--fail-if", "late>0"])
        .command()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = Pid::from_raw(i32::try_from(listener.pid()).unwrap()).unwrap();
    std::thread::sleep(std::time::Duration::from_secs(3));
    kill_process(pid, Signal::STOP).unwrap();
    std::thread::sleep(std::time::Duration::from_secs(1));
    kill_process(pid, Signal::CONT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let output = child.wait_with_output().unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let number = |name: &str| found[name].as_u64().unwrap();
    assert_eq!(number("asked"), 6000, "{found}");
    assert_eq!(number("sent") + number("dropped"), 6000);
    assert!(number("dropped") > 0, "{found}");
    assert!(found["latency_ms"]["p99"].as_f64().unwrap() >= 900.0, "{found}");
    assert_eq!(found["failed"], serde_json::json!(["late>0"]));
    assert_eq!(found["loop"], "open");
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_with_the_results_until_then() {
    let endpoint = Endpoint::accepting();
    let args = ["lead.submit", "--rate", "50", "--duration", "10m", "--json"];
    let child = send(&endpoint.url("/"), &args)
        .command()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while endpoint.was_untouched() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["interrupted"], true);
    let ended: u64 = kinds(&found).values().sum();
    let number = |name: &str| found[name].as_u64().unwrap();
    assert_eq!(number("sent"), number("asked") - number("dropped"));
    assert_eq!(number("sent"), ended + number("unfinished"));
    assert!(ended > 0, "{found}");
}

#[test]
fn failed_deliveries_are_sent_again_within_the_run() {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let endpoint = Endpoint::start(move |_| {
        let n = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Reply::new(if n.is_multiple_of(2) { 503 } else { 200 }, "")
    });
    let retry = ["--retry", "--time-scale", "1000000", "--count", "6", "--json"];
    for pace in [&["--concurrency", "1"][..], &["--rate", "3", "--max-in-flight", "1"]] {
        let ran = send(&endpoint.url("/"), &[&["lead.submit"], &retry[..], pace].concat());
        let found = summary(&ran.run().exits(0));
        assert_eq!((&found["sent"], &found["unexpected"]), (&6.into(), &0.into()), "{found}");
        assert_eq!(found["retries"], 6, "{found}");
    }
    assert_eq!(endpoint.seen().len(), 24);
}

#[test]
fn an_endpoint_that_is_not_there_is_an_error() {
    let ran = send("http://127.0.0.1:1/", &["lead.submit", "--count", "1000000"]).run().exits(3);
    assert!(ran.stderr.contains("cannot connect"), "{}", ran.stderr);
}

#[test]
fn much_to_another_machine_needs_a_word() {
    for (pace, is_refused) in [
        (&["--rate", "51"][..], true),
        (&["--ramp", "0:1s,60:1s,0"], true),
        (&["--concurrency", "2"], true),
        (&["--count", "51"], true),
        (&["--rate", "51", "--yes-load"], false),
        (&["--rate", "20"], false),
        (&["--count", "50"], false),
    ] {
        // Reserved for documentation: nothing is there.
        let args = [&["lead.submit", "--timeout", "1ms"], pace].concat();
        let ran = send("http://192.0.2.1/", &args).run();
        assert_eq!(ran.code == Some(2), is_refused, "{pace:?}: {}", ran.stderr);
        assert_eq!(ran.stderr.contains("--yes-load"), is_refused, "{pace:?}: {}", ran.stderr);
    }
}

#[test]
fn options_that_need_many_requests_say_so() {
    for args in [
        &["--tamper", "signature=0.5"][..],
        &["--tamper", "signature", "--tamper", "body"],
        &["--duplicate", "0.1"],
        &["--mix", "lead.submit=1"],
        &["--fail-if", "p99>1s"],
        &["--count", "2", "--max-in-flight", "2"],
        &["--rate", "2", "--concurrency", "2"],
        &["--count", "2", "--duplicate", "0.6", "--tamper", "body=0.6"],
        &["--count", "2", "--expect-status", "4xx"],
        &["--count", "2", "--unique", "payload.nothing=1"],
        &["--seed", "1"],
    ] {
        let event = if args.contains(&"--mix") { &[][..] } else { &["lead.submit"] };
        let ran = send("http://localhost:1/", &[event, args].concat()).run().exits(2);
        assert!(ran.stderr.contains("hint:"), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn reports_are_written() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (json, hdr, page) = (path("s.json"), path("t.hdr"), path("r.html"));
    let endpoint = Endpoint::start(|_| Reply::new(404, "<script>"));
    let report = format!("html={page}");
    let args = ["lead.submit", "--rate", "20", "--count", "10", "--json"];
    let files = ["--summary", &json, "--hdr", &hdr, "--report", &report];
    let ran = send(&endpoint.url("/<i>"), &args).args(files).run().exits(1);
    let written: Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
    assert_eq!(written, summary(&ran));
    let page = std::fs::read_to_string(page).unwrap();
    for part in ["<svg", "<polyline", "failed: unexpected&gt;0", "lead.submit", "curl -i"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("<script") && !page.contains(SECRET));
    let log = std::fs::read_to_string(&hdr).unwrap();
    assert!(log.starts_with("#[Histogram log format version 1.3]"), "{log}");
    let Some(python) = python() else {
        return;
    };
    // Read by another implementation.
    let script = "\
import sys
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
total = HdrHistogram(1, 3600000000, 3)
reader = HistogramLogReader(sys.argv[1], total)
while reader.add_next_interval_histogram(total):
    pass
print(total.get_total_count(), total.get_value_at_percentile(50))";
    let read = Command::new(python).args(["-c", script, &hdr]).output().unwrap();
    let text = String::from_utf8(read.stdout).unwrap();
    let (count, median) = text.trim().split_once(' ').expect(&text);
    assert_eq!(count, "10", "{}", String::from_utf8_lossy(&read.stderr));
    let ours = written["latency_ms"]["p50"].as_f64().unwrap();
    let theirs = median.parse::<f64>().unwrap() / 1e3;
    assert!((ours - theirs).abs() / ours < 0.005, "{ours} and {theirs}");
}

#[cfg(unix)]
#[test]
fn a_capture_is_replayed_in_bulk() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deliveries.db");
    let path = path.to_str().unwrap();
    let listener = Listening::start(["--quiet", "--record", path]);
    send(&listener.url, &["lead.submit", "--count", "3", "--seed", "1"]).run().exits(0);
    drop(deliveries(listener));
    let endpoint = Endpoint::start(|seen| {
        let is_signed = seen.header("x-chatzuri-signature") == Some(&signature(&seen.body));
        Reply::new(if is_signed { 200 } else { 401 }, "")
    });
    let url = endpoint.url("/hook");
    let replay = |args: &[&str]| hook(["replay", path, "--url", &url, "--json"].iter().chain(args));
    // Each delivery once, byte for byte.
    let found = summary(&replay(&["--rate", "100"]).run().exits(0));
    assert_eq!(found["sent"], 3);
    let bodies: BTreeSet<_> = endpoint.seen().into_iter().map(|one| one.body).collect();
    assert_eq!(bodies.len(), 3);
    // In turn, several times.
    assert_eq!(summary(&replay(&["--count", "7"]).run().exits(0))["sent"], 7);
    let unique = ["--resign", "--secret", SECRET, "--unique", "payload.conversationId={n}"];
    let tampered = ["--count", "20", "--tamper", "body=0.3", "--seed", "2"];
    let found = summary(&replay(&[&unique[..], &tampered].concat()).run().exits(0));
    assert!(kinds(&found)["lead.submit body"] > 0);
    let seen = endpoint.seen().split_off(10);
    let bodies: BTreeSet<_> = seen.iter().map(|one| &one.body).collect();
    assert_eq!(bodies.len(), 20);
    replay(&["--count", "2", "--unique", "a=1"]).run().exits(2);
}

/// Python with Locust, which `tests/load/setup` installs.
pub fn python() -> Option<std::path::PathBuf> {
    let python = root().join("target/load/python/bin/python");
    if python.is_file() {
        return Some(python);
    }
    skip("Locust is not there: tests/load/setup installs it");
    None
}
