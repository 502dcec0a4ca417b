//! `cz-hook listen` in CI: expected deliveries, and injected faults.

use std::io::{Read, Write};

use crate::support::listening::{Listening, in_time, request, status};
use crate::support::{BODY, SECRET, SIGNED, hook, sockets};

#[track_caller]
fn send(listening: &Listening, args: &[&str]) {
    assert!(is_sent(listening, args), "nobody answered");
}

/// Whether there was a response.
#[track_caller]
fn is_sent(listening: &Listening, args: &[&str]) -> bool {
    let url = ["send", "--secret", SECRET, "--url", &listening.url];
    let ran = hook(url.iter().chain(args)).run();
    assert!(matches!(ran.code, Some(0 | 1 | 3)), "{}", ran.stderr);
    ran.code != Some(3)
}

#[test]
fn it_succeeds_as_soon_as_everything_expected_arrived() {
    let listening = Listening::start([
        "--secret",
        SECRET,
        "--timeout",
        "60s",
        "--expect",
        "lead.submit=2",
        "--expect",
        "message.received/web",
        "--json",
    ]);
    send(&listening, &["lead.submit"]);
    send(&listening, &["message.received", "--channel", "web"]);
    send(&listening, &["lead.submit"]);
    let (code, lines, _) = listening.end();
    assert_eq!(code, Some(0));
    let last: serde_json::Value = serde_json::from_str(lines.last().unwrap()).unwrap();
    assert_eq!((&last["type"], &last["met"]), (&"summary".into(), &true.into()));
}

#[test]
fn missing_and_unexpected_deliveries_are_reported() {
    let deliveries = [
        &["lead.submit"][..],
        &["lead.submit", "--tamper", "secret"],
        &["lead.submit", "--set", "payload.customerName=null"],
        &["message.received", "--channel", "telegram"],
    ];
    let (code, _, stderr) = in_time(|time| {
        let listening = Listening::start([
            "--secret",
            SECRET,
            "--timeout",
            time,
            "--expect",
            "lead.submit=2",
            "--expect",
            "message.received/web",
        ]);
        let is_sent = deliveries.iter().all(|args| is_sent(&listening, args));
        is_sent.then(|| listening.end())
    });
    assert_eq!(code, Some(1));
    for said in [
        "missing: lead.submit: 1 of 2 received",
        "missing: message.received/web: 0 of 1 received",
        "received instead: #2 lead.submit: signature invalid",
        "received instead: #3 lead.submit: payload invalid",
        "received instead: #4 message.received/telegram: not expected",
    ] {
        assert!(stderr.contains(said), "{said} not in {stderr}");
    }
}

#[test]
fn an_impossible_expectation_is_a_usage_error() {
    for (args, said) in [
        (&["--expect", "lead.submit"][..], "no secret"),
        (&["--secret", "s", "--expect", "lead.sumbit"], "no provider documents"),
        (&["--secret", "s", "--expect", "message.received/sms"], "no"),
        (&["--secret", "s", "--expect", "lead.submit=0"], "a number from 1"),
        (&["--secret", "s", "--provider", "chatbase", "--expect", "lead.submit"], "leads.submit"),
    ] {
        let ran = hook(["listen", "--port", "0"].iter().chain(args)).run().exits(2);
        assert!(ran.stderr.contains(said), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn a_provider_without_signatures_can_be_expected_by_name() {
    let listening = Listening::start([
        "--provider",
        "oneroute",
        "--timeout",
        "60s",
        "--expect",
        "newMessage",
        "--quiet",
    ]);
    send(&listening, &["newMessage", "--provider", "oneroute"]);
    assert_eq!(listening.end().0, Some(0));
}

#[test]
fn the_port_file_is_written_atomically_when_the_listener_is_ready() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("port");
    let listening = Listening::start(["--port-file", path.to_str().unwrap(), "--quiet"]);
    let written = std::fs::read_to_string(&path).unwrap();
    assert_eq!(written, format!("{}\n", listening.port));
    // The file of an earlier run is removed before anything else can fail.
    std::fs::write(dir.path().join("stale"), "1\n").unwrap();
    let stale = dir.path().join("stale");
    hook(["listen", "--host", "192.0.2.1", "--port-file", stale.to_str().unwrap()]).run().exits(3);
    assert!(!stale.exists());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing else is left");
    let ran = hook(["listen", "--port", "0", "--port-file", "/no/such/folder/port"]).run().exits(3);
    assert!(ran.stderr.contains("--port-file"), "{}", ran.stderr);
}

/// As root, even a device could be replaced.
#[cfg(unix)]
#[test]
fn the_port_file_replaces_only_a_regular_file() {
    let dir = tempfile::tempdir().unwrap();
    let (socket, link) = (dir.path().join("socket"), dir.path().join("link"));
    let _socket = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    std::os::unix::fs::symlink("/dev/null", &link).unwrap();
    for path in [&socket, &link] {
        let options = ["listen", "--port", "0", "--timeout", "1s", "--port-file"];
        let ran = hook(options).arg(path).run().exits(2);
        assert!(ran.stderr.contains("is not a regular file"), "{}", ran.stderr);
        assert!(!std::fs::symlink_metadata(path).unwrap().is_file());
    }
}

/// Closed input, no terminal, no output: it still responds, and still ends.
#[cfg(unix)]
#[test]
fn the_listener_needs_only_a_socket() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("port");
    let script = "exec \"$0\" listen --port 0 --port-file \"$1\" --count 1 --timeout 60s --quiet <&- >&- 2>&-";
    let mut child = hook(["-c", script, env!("CARGO_BIN_EXE_cz-hook")])
        .arg(&path)
        .command_of("sh")
        .spawn()
        .unwrap();
    let port = loop {
        assert_eq!(child.try_wait().unwrap(), None, "it ended");
        if let Ok(text) = std::fs::read_to_string(&path) {
            break text.trim().parse::<u16>().unwrap();
        }
        std::thread::yield_now();
    };
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(&request("POST", "/", &[], BODY.as_bytes())).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert_eq!(status(&answer), 200);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

fn statuses(listening: &Listening, n: usize) -> Vec<u16> {
    (0..n)
        .map(|_| {
            let answer = listening.post(&[SIGNED], BODY.as_bytes());
            if answer.is_empty() { 0 } else { status(&answer) }
        })
        .collect()
}

#[test]
fn the_first_deliveries_can_be_dropped_or_failed() {
    let listening =
        Listening::start(["--json", "--secret", SECRET, "--drop-first", "1", "--fail-first", "2"]);
    assert_eq!(statuses(&listening, 5), [0, 503, 503, 200, 200]);
    let dropped = listening.json_of("delivery");
    assert_eq!(dropped["response"], serde_json::Value::Null);
    assert_eq!(dropped["injected"], "dropped, 1 of --drop-first 1");
    assert_eq!(listening.json_of("delivery")["injected"], "failed, 1 of --fail-first 2");
}

#[test]
fn any_response_can_be_configured() {
    let listening = Listening::start(["--respond", "429:{\"slow\":\"down\"}"]);
    let answer = listening.post(&[], BODY.as_bytes());
    assert_eq!(status(&answer), 429);
    assert!(answer.ends_with("\r\n\r\n{\"slow\":\"down\"}"), "{answer}");
    let head = listening.line();
    assert!(head.contains("429"), "{head}");
    assert!(listening.line().contains("injected: response of --respond"));
    let ran = hook(["listen", "--respond", "99"]).run().exits(2);
    assert!(ran.stderr.contains("200 to 599"), "{}", ran.stderr);
}

#[test]
fn a_rate_of_failures_is_the_same_for_the_same_seed() {
    let run = |seed: &str| {
        let listening = Listening::start(["--quiet", "--fail-rate", "0.5", "--seed", seed]);
        statuses(&listening, 30)
    };
    let once = run("7");
    assert_eq!(once, run("7"));
    assert!(once.contains(&200) && once.contains(&503), "{once:?}");
}

#[test]
fn an_injected_delay_is_shown() {
    let listening = Listening::start(["--json", "--delay", "30ms"]);
    assert_eq!(statuses(&listening, 1), [200]);
    let line = listening.json_of("delivery");
    assert_eq!(line["injected"], "delayed 30ms");
}

/// A delivery with a delayed response counts; one that was failed on purpose does not.
#[test]
fn a_delayed_delivery_counts_and_a_failed_one_does_not() {
    let listening = Listening::start([
        "--secret",
        SECRET,
        "--timeout",
        "60s",
        "--delay",
        "50ms",
        "--fail-first",
        "1",
        "--expect",
        "lead.submit",
    ]);
    assert_eq!(statuses(&listening, 2), [503, 200]);
    assert_eq!(listening.end().0, Some(0));

    let (code, _, stderr) = in_time(|time| {
        let listening = Listening::start([
            "--secret",
            SECRET,
            "--timeout",
            time,
            "--respond",
            "200",
            "--expect",
            "lead.submit",
        ]);
        is_sent(&listening, &["lead.submit"]).then(|| listening.end())
    });
    assert_eq!(code, Some(1));
    let said = "received instead: #1 lead.submit: an injected fault";
    assert!(stderr.contains(said), "{stderr}");
}

/// An expectation for any channel must not use up a delivery that one channel is expected for.
#[test]
fn an_expectation_for_one_channel_is_met_first_in_any_order() {
    for channels in [["whatsapp", "web"], ["web", "whatsapp"]] {
        let listening = Listening::start([
            "--quiet",
            "--secret",
            SECRET,
            "--timeout",
            "60s",
            "--expect",
            "message.received",
            "--expect",
            "message.received/whatsapp",
        ]);
        for channel in channels {
            send(&listening, &["message.received", "--channel", channel]);
        }
        assert_eq!(listening.end().0, Some(0), "{channels:?}");
    }
}

/// Neither a hanging endpoint nor a delay nor a tunnel without a URL extends the timeout noticeably, and the messages
/// agree with the exit code.
#[test]
fn the_timeout_is_kept() {
    let (_stuck, url) = sockets::stuck();
    let delivery = request("POST", "/", &[SIGNED], BODY.as_bytes());
    let (code, lines, _) = in_time(|time| {
        let listening = Listening::start([
            "--json",
            "--secret",
            SECRET,
            "--timeout",
            time,
            "--expect",
            "lead.submit",
            "--forward-to",
            &url,
        ]);
        let mut stream = listening.try_connect()?;
        stream.write_all(&delivery).ok()?;
        Some(listening.end())
    });
    let last: serde_json::Value = serde_json::from_str(lines.last().unwrap()).unwrap();
    assert_eq!((code, &last["met"]), (Some(1), &false.into()));

    let (code, _, _) = in_time(|time| {
        let listening = Listening::start(["--quiet", "--timeout", time, "--delay", "1h"]);
        let mut stream = listening.try_connect()?;
        stream.write_all(&delivery).ok()?;
        Some(listening.end())
    });
    assert_eq!(code, Some(1));

    let silent =
        ["listen", "--port", "0", "--timeout", "500ms", "--tunnel", "sh -c 'sleep 1000' {port}"];
    let ran = hook(silent).run().exits(3);
    assert!(ran.stderr.contains("the time was up"), "{}", ran.stderr);
}
