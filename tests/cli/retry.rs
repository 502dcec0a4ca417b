//! `cz-hook send --retry`: the attempts, what is printed about them, and the exit code.

use std::io::{BufRead, BufReader};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::endpoint::{Endpoint, Reply};
#[cfg(unix)]
use crate::support::listening::interrupt;
use crate::support::sockets::{answering, unreachable};
use crate::support::{BODY, Hook, Ran, SECRET, SIGNATURE, hook};
use serde_json::Value;

/// A day in less than a tenth of a second.
const FAST: &str = "--time-scale=1000000";

fn retry(url: &str, args: &[&str]) -> Hook {
    let all = ["send", "lead.submit", "--secret", SECRET, "--retry", "--url", url];
    hook(all.iter().chain(args))
}

/// An endpoint that responds with `failing` so many times before it accepts.
fn flaky(failures: usize, failing: Reply) -> Endpoint {
    let count = AtomicUsize::new(0);
    Endpoint::start(move |_| {
        if count.fetch_add(1, Ordering::Relaxed) < failures {
            failing.clone()
        } else {
            Reply::accepted()
        }
    })
}

fn of_type(ran: &Ran, kind: &str) -> Vec<Value> {
    let lines = ran.json().into_iter();
    lines.filter(|line| line["type"] == kind).collect()
}

/// The waits that were announced.
fn waits(ran: &Ran) -> Vec<f64> {
    let attempts = of_type(ran, "attempt").into_iter();
    attempts.filter_map(|a| a["next_wait_ms"].as_f64()).collect()
}

#[track_caller]
fn says(text: &str, all: &[&str]) {
    for part in all {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
}

#[test]
fn after_two_failures_the_third_attempt_sends_the_same_bytes() {
    let endpoint = flaky(2, Reply::new(503, "busy"));
    let ran = retry(&endpoint.url("/hook"), &[FAST]).run().exits(0);
    let seen = endpoint.seen();
    assert_eq!(seen.len(), 3);
    for one in &seen {
        assert_eq!(one.body, BODY.as_bytes());
        assert_eq!(one.header("x-chatzuri-signature"), Some(SIGNATURE));
        assert_eq!(one.headers, seen[0].headers);
    }
    says(
        ran.out(),
        &[
            "attempt 1  at 0s  503 Service Unavailable",
            "next in 1m\n",
            "attempt 2  at 1m  503",
            "next in 2m\n",
            "attempt 3  at 3m  200 OK",
            "delivered after 3 attempts, at 3m\n",
            r#"{"status":"accepted"}"#,
        ],
    );
    assert_eq!(ran.out().matches("next in").count(), 2);
}

#[test]
fn a_delivery_that_never_succeeds_is_dropped_after_a_day() {
    let endpoint = flaky(usize::MAX, Reply::new(500, "no"));
    let ran = retry(&endpoint.url("/"), &[FAST]).run().exits(1);
    assert_eq!(endpoint.seen().len(), 12);
    says(
        ran.out(),
        &[
            "attempt 12  at 20h 31m  500",
            "given up, as the provider would, after 12 attempts, at 20h 31m: the next attempt would be later than 24h",
        ],
    );
}

#[test]
fn without_any_response_there_is_no_verdict() {
    let ran = retry(&unreachable(), &[FAST, "--max-attempts=4"]).run().exits(3);
    assert_eq!(ran.out().matches("Connection refused").count(), 4);
    says(
        &ran.stderr,
        &[
            "error: given up after 4 attempts",
            "no attempt got a response: cannot connect",
            "hint: ",
        ],
    );
    let ran = retry(&unreachable(), &[FAST, "--max-attempts=2", "--json"]).run().exits(3);
    let attempts = of_type(&ran, "attempt");
    assert_eq!((attempts.len(), ran.json().len()), (2, 2));
    assert_eq!(attempts[0]["status"], Value::Null);
    assert!(attempts[0]["error"].as_str().unwrap().contains("refused"));
}

#[test]
fn a_verdict_remains_when_the_endpoint_goes_away() {
    let busy = "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy";
    let (url, server) = answering([busy, "", ""]);
    let ran = retry(&url, &[FAST, "--max-attempts=3", "--json"]).run().exits(1);
    server.join().unwrap();
    let statuses: Vec<_> = of_type(&ran, "attempt").iter().map(|a| a["status"].clone()).collect();
    assert_eq!(statuses, [Value::from(503), Value::Null, Value::Null]);
    assert_eq!(of_type(&ran, "sent")[0]["response"]["status"], 503);
}

#[test]
fn json_has_a_line_for_each_attempt_and_then_the_exchange() {
    let endpoint = flaky(1, Reply::new(429, "").with("Retry-After", "7"));
    let ran = retry(&endpoint.url("/"), &[FAST, "--json"]).run().exits(0);
    let lines = ran.json();
    let kinds: Vec<_> = lines.iter().map(|l| l["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["attempt", "attempt", "sent"]);
    let first = &lines[0];
    assert_eq!((&first["attempt"], &first["status"]), (&1.into(), &429.into()));
    assert_eq!(first["offset_ms"], 0.0);
    assert_eq!(first["error"], Value::Null);
    assert_eq!(first["retry_after"], "7");
    assert_eq!(first["retry_after_ms"], 7000.0);
    assert_eq!(first["next_wait_ms"], 60_000.0);
    assert!(first["duration_ms"].as_f64().unwrap() > 0.0);
    assert!(lines[1]["offset_ms"].as_f64().unwrap() >= 60_000.0);
    assert_eq!(lines[1]["next_wait_ms"], Value::Null);
    assert_eq!(lines[2]["expected"], true);
    assert_eq!(lines[2]["request"]["body"], BODY);
}

#[test]
fn retry_after_is_shown_and_honoured_only_on_request() {
    let of = |value: &str, args: &[&str]| {
        let busy = Reply::new(503, "").with("Retry-After", value);
        let endpoint = flaky(1, busy);
        retry(&endpoint.url("/"), &[&[FAST], args].concat()).run().exits(0)
    };
    let honour = "--honour-retry-after";
    says(of("600", &[]).out(), &["retry-after: 600 (not honoured)  next in 1m\n"]);
    says(of("600", &[honour]).out(), &["retry-after: 600 (honoured)  next in 10m\n"]);
    // It is the minimum that the endpoint asks for, not the maximum.
    says(of("1", &[honour]).out(), &["retry-after: 1 (honoured)  next in 1m\n"]);
    says(of("soon", &[honour]).out(), &["retry-after: soon (cannot be read)  next in 1m\n"]);
    let past = "Sun, 06 Nov 1994 08:49:37 GMT";
    says(of(past, &[honour]).out(), &["next in 1m\n"]);
}

#[test]
fn a_date_in_retry_after_is_relative_to_the_date_of_the_response() {
    let count = AtomicUsize::new(0);
    let endpoint = Endpoint::start(move |_| match count.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::new(503, "")
            .with("Date", "Sun, 06 Nov 1994 08:00:00 GMT")
            .with("Retry-After", "Sun, 06 Nov 1994 09:30:00 GMT"),
        _ => Reply::accepted(),
    });
    let ran = retry(&endpoint.url("/"), &[FAST, "--honour-retry-after"]).run().exits(0);
    says(ran.out(), &["(honoured)  next in 1h 30m\n"]);
}

#[test]
fn a_retry_after_that_is_too_long_ends_the_attempts() {
    let endpoint = flaky(1, Reply::new(503, "").with("Retry-After", "99999999999999999999"));
    let args = [FAST, "--honour-retry-after"];
    let ran = retry(&endpoint.url("/"), &args).run().exits(1);
    assert_eq!(endpoint.seen().len(), 1);
    says(ran.out(), &["given up, as the provider would, after 1 attempt"]);
}

#[test]
fn the_schedule_is_printed_first_with_its_sources() {
    let endpoint = Endpoint::accepting();
    let url = endpoint.url("/");
    let silent = retry(&url, &[]).run().exits(0).stderr;
    says(
        &silent,
        &[
            "assumed: exponential backoff, for up to 24h, a first delay of 1m, each 2 times longer, none over 6h, no jitter",
            "does not document retries",
            "0s, 1m, 3m, 7m, 15m, 31m, 1h 3m, 2h 7m, 4h 15m, 8h 31m, 14h 31m, 20h 31m (12 in all)",
        ],
    );
    assert!(!silent.contains("documented:") && !silent.contains("time scale"));
    let guide = ["--provider=chatzuri-guide", "--time-scale=3600"];
    says(
        &retry(&url, &guide).run().exits(0).stderr,
        &[
            "documented: exponential backoff, for up to 24h (Chatzuri Guides",
            "assumed: a first delay of 1m, each 2 times longer, none over 6h, no jitter (not documented)",
            "time scale 3600: the times above are the schedule's; one of its hours takes 1s",
        ],
    );
    let given = [
        "--provider=chatzuri-guide",
        "--retry-for=1h",
        "--retry-base=10s",
        "--retry-factor=3",
        "--retry-cap=5m",
        "--retry-jitter=0.5",
        "--seed=7",
        "--max-attempts=4",
    ];
    let given = retry(&url, &given).run().exits(0).stderr;
    says(
        &given,
        &[
            "documented: exponential backoff (",
            "given: for up to 1h, a first delay of 10s, each 3 times longer, none over 5m, jitter of 0.5 (--seed 7), at most 4 attempts",
            "(4 in all)",
        ],
    );
    assert!(!given.contains("assumed:"));
    let quiet = retry(&url, &["--quiet"]).run().exits(0);
    assert!(quiet.stderr.is_empty() && quiet.stdout.is_empty());
}

#[test]
fn absurd_schedules_are_printed_too() {
    let endpoint = Endpoint::accepting();
    let args = ["--retry-base=1ns", "--retry-for=999999999999s", "--retry-factor=1"];
    let ran = retry(&endpoint.url("/"), &args).run().exits(0);
    says(&ran.stderr, &["… (more than 10000)"]);
    let args = ["--retry-base=999999999999s", "--retry-factor=1e308"];
    let ran = retry(&endpoint.url("/"), &args).run().exits(0);
    says(&ran.stderr, &["0s, 6h, 12h, 18h, 24h (5 in all)"]);
}

#[test]
fn the_same_seed_gives_the_same_waits() {
    let by = |seed: &str| {
        let endpoint = flaky(3, Reply::new(500, ""));
        let args = [FAST, "--json", "--retry-jitter=0.9", "--seed", seed];
        waits(&retry(&endpoint.url("/"), &args).run().exits(0))
    };
    assert_eq!(by("1"), by("1"));
    assert_ne!(by("1"), by("2"));
    for (wait, longest) in by("1").iter().zip([60e3, 120e3, 240e3]) {
        assert!((longest * 0.1..=longest).contains(wait), "{wait}");
    }
}

#[test]
fn the_expected_status_counts_as_success() {
    let endpoint = flaky(1, Reply::new(400, ""));
    let args = [FAST, "--expect-status=4xx"];
    let ran = retry(&endpoint.url("/"), &args).run().exits(0);
    assert_eq!(endpoint.seen().len(), 1);
    says(&ran.stderr, &["retrying until the response is 4xx"]);
    let endpoint = Endpoint::accepting();
    let args = [FAST, "--expect-status=4xx", "--max-attempts=2"];
    retry(&endpoint.url("/"), &args).run().exits(1);
    assert_eq!(endpoint.seen().len(), 2);
}

#[test]
fn options_that_exclude_each_other_send_nothing() {
    let endpoint = Endpoint::accepting();
    let url = endpoint.url("/");
    for args in [&["--dry-run"][..], &["--all"], &["--time-scale=0"]] {
        retry(&url, args).run().exits(2);
    }
    for option in [
        "--retry-for=1h",
        "--retry-base=1s",
        "--retry-factor=2",
        "--retry-cap=1h",
        "--retry-jitter=0.1",
        "--max-attempts=2",
        "--time-scale=2",
        "--honour-retry-after",
    ] {
        let all = ["send", "lead.submit", "--secret", SECRET, "--url", &url];
        let ran = hook(all).arg(option).run().exits(2);
        says(&ran.stderr, &["--retry"]);
    }
    assert!(endpoint.was_untouched());
}

#[cfg(unix)]
#[test]
fn a_wait_ends_at_the_first_interrupt() {
    use std::process::Stdio;

    let endpoint = flaky(usize::MAX, Reply::new(500, ""));
    let mut child = retry(&endpoint.url("/"), &["--retry-base=1h"])
        .command()
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    assert!(line.contains("next in 1h"), "{line}");
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
}
