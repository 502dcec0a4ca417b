//! What users of other tools try first: short URLs, a port without its option, `-d`, `help COMMAND`, pasted headers.

use std::io::{Read, Write};
use std::net::TcpListener;

use crate::support::endpoint::Endpoint;
use crate::support::{BODY, SECRET, SIGNATURE, hook};

/// The port of an endpoint.
fn port(endpoint: &Endpoint) -> String {
    endpoint.url("").rsplit(':').next().unwrap().trim_end_matches('/').to_owned()
}

#[test]
fn a_url_needs_no_option_and_may_be_short() {
    let endpoint = Endpoint::accepting();
    let port = port(&endpoint);
    let urls = [
        format!(":{port}/hook"),
        format!("localhost:{port}/hook"),
        format!("127.0.0.1:{port}/hook"),
        format!("http://127.0.0.1:{port}/hook"),
    ];
    for url in &urls {
        hook(["send", "--secret", SECRET, "lead.submit", url]).run().exits(0);
        hook(["send", "--secret", SECRET, url, "lead.submit"]).run().exits(0);
        hook(["send", "--secret", SECRET, "lead.submit", "--url", url]).run().exits(0);
    }
    let seen = endpoint.seen();
    assert_eq!(seen.len(), 3 * urls.len());
    assert!(seen.iter().all(|one| one.target == "/hook" && one.body == BODY.as_bytes()));
}

#[test]
fn test_and_replay_take_urls_in_the_same_way() {
    let endpoint = Endpoint::accepting();
    let url = format!(":{}/hook", port(&endpoint));
    let request = hook(["sign", "lead.submit", "--secret", SECRET, "--print", "request"]).run();
    hook(["replay", "-", &url]).stdin(request.exits(0).stdout).run().exits(0);
    assert_eq!(endpoint.only().target, "/hook");
    let ran = hook(["test", &url, "--secret", SECRET, "--only", "accept/*"]).run();
    assert!(endpoint.seen().len() > 1, "{}", ran.stderr);
    hook(["test", &url, "--url", &url, "--secret", SECRET]).run().exits(2);
}

#[test]
fn a_url_alone_sends_the_first_event_and_says_so() {
    let endpoint = Endpoint::accepting();
    let ran = hook(["send", "--secret", SECRET]).arg(endpoint.url("/hook")).run().exits(0);
    assert_eq!(endpoint.only().body, BODY.as_bytes());
    assert!(ran.stderr.contains("no event was named: sending lead.submit"), "{}", ran.stderr);
}

#[test]
fn two_urls_and_two_events_are_errors() {
    for (args, said) in [
        (vec![":9/a", "--url", ":9/b"], "two URLs were given: :9/b and :9/a"),
        (vec![":9/a", "localhost:9/b"], "two URLs"),
        (vec!["lead.submit", "message.received"], "two events"),
        (vec!["lead.submit", "--handshake", ":9/a"], "--handshake sends no event"),
    ] {
        let ran = hook(["send", "--secret", SECRET]).args(&args).run().exits(2);
        assert!(ran.stderr.contains(said), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn data_is_sent_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let text = "{\"a\" : 1,\r\n\"b\": \"\u{e9}\"}\n\n";
    std::fs::write(folder.path().join("body.json"), text).unwrap();
    let endpoint = Endpoint::accepting();
    let send = |data: &str| {
        hook(["send", "--secret", SECRET, "-d", data]).arg(endpoint.url("/")).within(folder.path())
    };
    send("@body.json").run().exits(0);
    send(text).run().exits(0);
    send("@-").stdin(text).run().exits(0);
    send("-1").run().exits(0);
    let bodies: Vec<_> = endpoint.seen().into_iter().map(|one| one.body).collect();
    assert_eq!(bodies, [text.as_bytes(), text.as_bytes(), text.as_bytes(), b"-1"]);
    let ran = hook(["sign", "--secret", SECRET, "-d", BODY, "--print", "value"]).run().exits(0);
    assert_eq!(ran.out().trim(), SIGNATURE);
    send("@none.json").run().exits(3);
    hook(["send", ":9", "-d", "1", "--body", "-", "--secret", SECRET]).run().exits(2);
}

#[test]
fn a_method_is_sent() {
    let endpoint = Endpoint::accepting();
    let send = |method: &str| {
        hook(["send", "lead.submit", "--secret", SECRET, "--method", method])
            .arg(endpoint.url("/hook"))
            .run()
    };
    send("put").exits(0);
    assert_eq!(endpoint.only().method, "PUT");
    send("P T").exits(2);
}

#[test]
fn help_and_version_are_commands_too() {
    for (command, option) in [
        (vec!["help"], vec!["--help"]),
        (vec!["help", "send"], vec!["send", "--help"]),
        (vec!["help", "events", "show"], vec!["events", "show", "--help"]),
        (vec!["version"], vec!["--version"]),
    ] {
        let (command, option) = (hook(&command).run().exits(0), hook(&option).run().exits(0));
        assert_eq!(command.out(), option.out());
    }
    let ran = hook(["help", "sned"]).run().exits(2);
    assert!(ran.stderr.contains("did you mean `send`?"), "{}", ran.stderr);
}

#[test]
fn suggestions_are_near_or_absent() {
    for (args, said) in [
        (
            vec!["test", "--url", ":9", "--secret", "s", "--only", "refuse"],
            "did you mean `refuse/*`?",
        ),
        (
            vec!["test", "--url", ":9", "--secret", "s", "--only", "zebra"],
            "hint: --list shows all cases",
        ),
        (
            vec!["listen", "--port", "0", "--secret", "s", "--expect", "lead.sumbit"],
            "did you mean `lead.submit`?",
        ),
        (vec!["inspect", "--verdcit", "valid"], "did you mean `--verdict`?"),
        (vec!["verson"], "did you mean `version`?"),
    ] {
        let ran = hook(&args).run().exits(2);
        assert!(ran.stderr.contains(said), "{args:?}: {}", ran.stderr);
    }
    for args in [vec!["inspect", "--zebra", "x"], vec!["send", "--url", ":9", "--quux", "1"]] {
        let ran = hook(&args).run().exits(2);
        assert!(!ran.stderr.contains("did you mean"), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn a_refused_connection_says_what_can_listen_there() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!(":{free}/hook");
    let ran = hook(["send", "lead.submit", "--secret", SECRET, &url]).run().exits(3);
    for said in [format!("cz-hook listen {free}"), "cz-hook snippet".to_owned()] {
        assert!(ran.stderr.contains(&said), "{}", ran.stderr);
    }
}

#[test]
fn localhost_is_both_loopback_addresses() {
    let Ok(listener) = TcpListener::bind("[::1]:0") else {
        // No program brings one: it depends on the machine, also in CI.
        let _ = writeln!(std::io::stderr(), "SKIPPED: there is no IPv6 loopback address");
        return;
    };
    let url = format!("localhost:{}/hook", listener.local_addr().unwrap().port());
    let server = std::thread::spawn(move || {
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().unwrap();
            let mut seen = Vec::new();
            while !seen.ends_with(b"}") {
                let mut part = [0; 4096];
                let read = stream.read(&mut part).unwrap();
                seen.extend(&part[..read]);
            }
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .unwrap();
        }
    });
    hook(["send", "lead.submit", "--secret", SECRET, &url]).run().exits(0);
    let request = hook(["sign", "lead.submit", "--secret", SECRET, "--print", "request"]).run();
    hook(["replay", "-", "--url", &url]).stdin(request.exits(0).stdout).run().exits(0);
    server.join().unwrap();
}

#[test]
fn https_to_a_plain_port_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/hook", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").unwrap();
    });
    let ran = hook(["send", "lead.submit", "--secret", SECRET, &url]).run().exits(3);
    assert!(ran.stderr.contains("this port does not speak TLS"), "{}", ran.stderr);
    assert!(ran.stderr.contains("use http:// instead"), "{}", ran.stderr);
}

#[test]
fn a_pasted_header_is_a_signature() {
    for pasted in
        [format!("x-chatzuri-signature: {SIGNATURE}"), format!("X-Chatzuri-Signature:{SIGNATURE}")]
    {
        let ran = hook(["verify", "--secret", SECRET, "--signature", &pasted]).stdin(BODY).run();
        assert!(ran.exits(0).out().starts_with("valid"));
    }
}

#[test]
fn a_port_needs_no_option() {
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = busy.local_addr().unwrap().port().to_string();
    for args in [vec![port.as_str()], vec!["-p", &port], vec!["--port", &port]] {
        let ran = hook(["listen"]).args(&args).run().exits(3);
        assert!(ran.stderr.contains(&port), "{args:?}: {}", ran.stderr);
    }
    hook(["listen", "8080", "--port", "8081"]).run().exits(2);
}
