//! `cz-hook send` against an independent HTTP implementation.

use crate::support::endpoint::{Endpoint, Reply, Seen};
use crate::support::{BODY, Hook, Ran, SECRET, SIGNATURE, hook};
use serde_json::{Value, json};

fn send(endpoint: &Endpoint, args: &[&str]) -> Hook {
    hook(["send", "--secret", SECRET, "--url"]).arg(endpoint.url("/hook")).args(args)
}

/// The body that arrives, as JSON.
fn arrives(args: &[&str]) -> Value {
    let endpoint = Endpoint::accepting();
    send(&endpoint, args).run().exits(0);
    serde_json::from_slice(&endpoint.only().body).unwrap()
}

#[track_caller]
fn fails(args: &[&str], code: i32, said: &[&str]) -> Ran {
    let endpoint = Endpoint::accepting();
    let ran = send(&endpoint, args).run().exits(code);
    for text in said {
        assert!(ran.stderr.contains(text), "{text:?} not in {}", ran.stderr);
    }
    assert!(endpoint.was_untouched(), "{args:?} sent something");
    ran
}

#[test]
fn a_sample_arrives_signed_over_the_bytes_that_arrive() {
    let endpoint = Endpoint::accepting();
    let ran = send(&endpoint, &["lead.submit"]).run().exits(0);
    let seen = endpoint.only();
    assert_eq!((&*seen.method, &*seen.target), ("POST", "/hook"));
    assert_eq!(seen.body, BODY.as_bytes());
    assert_eq!(seen.header("x-chatzuri-signature"), Some(SIGNATURE));
    assert_eq!(seen.header("content-type"), Some("application/json"));
    for shown in ["POST /hook HTTP/1.1", SIGNATURE, "200 OK", r#"{"status":"accepted"}"#, " ms"] {
        assert!(ran.out().contains(shown), "{shown} not in {}", ran.out());
    }
}

#[test]
fn every_sample_of_every_provider_arrives() {
    for (provider, count) in [
        ("chatzuri", 7),
        ("chatzuri-legacy", 1),
        ("chatzuri-guide", 7),
        ("chatbase", 1),
        ("oneroute", 1),
    ] {
        let endpoint = Endpoint::accepting();
        send(&endpoint, &["--all", "--provider", provider]).run().exits(0);
        let seen = endpoint.seen();
        assert_eq!(seen.len(), count, "{provider}");
        for one in seen {
            let signed = one.headers.iter().any(|(n, _)| n.ends_with("signature"));
            assert!(signed, "{provider}");
        }
    }
    let endpoint = Endpoint::accepting();
    send(&endpoint, &["message.received", "--all"]).run().exits(0);
    let channels: Vec<Value> = endpoint.seen().iter().map(channel).collect();
    assert_eq!(channels, ["whatsapp", "telegram", "facebook", "instagram", "email", "web"]);
}

fn channel(seen: &Seen) -> Value {
    serde_json::from_slice::<Value>(&seen.body).unwrap()["channel"].clone()
}

#[test]
fn a_channel_can_be_chosen_and_the_default_one_is_printed() {
    let telegram = arrives(&["message.received", "--channel", "telegram"]);
    assert_eq!(telegram["payload"]["username"], "john_doe");
    let endpoint = Endpoint::accepting();
    let ran = send(&endpoint, &["message.received"]).run().exits(0);
    assert!(ran.stderr.contains("this is whatsapp"), "{}", ran.stderr);
    fails(&["message.received", "--channel", "telegramm"], 2, &["telegram"]);
    fails(&["lead.submit", "--channel", "web"], 2, &["has no channels"]);
}

#[test]
fn fields_are_set_with_their_types() {
    let sent = arrives(&[
        "message.received",
        "--channel=telegram",
        "--set=payload.message=Zoë's \"😀\"",
        "--set=payload.chatId=-42",
        "--set=payload.username=null",
        "--set=agentId:={\"a\":[1,true]}",
        "--set=payload.new.deep=1.50",
        "--add",
    ]);
    let payload = &sent["payload"];
    assert_eq!(payload["message"], "Zoë's \"😀\"");
    assert_eq!(payload["chatId"], -42);
    assert_eq!(payload["username"], Value::Null);
    assert_eq!(payload["new"]["deep"], 1.5);
    assert_eq!(sent["agentId"], json!({"a": [1, true]}));
}

#[test]
fn an_unknown_field_suggests_the_nearest_name() {
    let set = |text| ["lead.submit", "--set", text];
    fails(
        &set("payload.customerEmial=x@y.z"),
        2,
        &["customerEmial", "did you mean `payload.customerEmail`", "--add"],
    );
    fails(&set("payload.customerEmail"), 2, &["no `=`"]);
    fails(&set("payload.customerEmail:=x@y"), 2, &["not JSON"]);
    fails(&["--body", "-", "--set", "a=b"], 2, &["--set"]);
}

#[test]
fn a_file_is_sent_unchanged() {
    let raw = b"\xef\xbb\xbf{ \"a\" : 1.0, \"b\":\"\\u00e9\\/\",\"a\":2 }\r\n\xff\0";
    let endpoint = Endpoint::accepting();
    send(&endpoint, &["--body", "-"]).stdin(&raw[..]).run().exits(0);
    assert_eq!(endpoint.only().body, raw);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("body");
    std::fs::write(&path, raw).unwrap();
    let endpoint = Endpoint::accepting();
    send(&endpoint, &["--body"]).arg(&path).run().exits(0);
    let seen = endpoint.only();
    assert_eq!(seen.body, raw);
    let own = hook(["sign", "--print=value", "--secret", SECRET, "--body"]).arg(&path).run();
    assert_eq!(seen.header("x-chatzuri-signature"), Some(own.out().trim_end()));
}

#[test]
fn options_beside_a_file_are_checked_and_change_nothing() {
    let endpoint = Endpoint::accepting();
    let ran = send(&endpoint, &["message.received", "--body", "-"]).stdin(BODY).run().exits(0);
    assert!(ran.stderr.contains("the body's event is lead.submit"), "{}", ran.stderr);
    assert_eq!(endpoint.only().body, BODY.as_bytes());
}

#[test]
fn the_exit_code_is_the_endpoints_verdict() {
    for (status, code) in [(200, 0), (204, 0), (299, 0), (301, 1), (400, 1), (404, 1), (500, 1)] {
        let endpoint = Endpoint::start(move |_| Reply::new(status, ""));
        send(&endpoint, &["lead.submit"]).run().exits(code);
        endpoint.only();
    }
}

#[test]
fn a_status_can_be_expected() {
    for (expected, status, code) in
        [("400", 400, 0), ("4xx", 404, 0), ("400", 200, 1), ("4xx", 500, 1)]
    {
        let endpoint = Endpoint::start(move |_| Reply::new(status, ""));
        send(&endpoint, &["lead.submit", "--expect-status", expected]).run().exits(code);
    }
    fails(&["lead.submit", "--expect-status", "9xx"], 2, &["100 to 599"]);
}

#[test]
fn redirects_are_reported_and_not_followed() {
    let target = Endpoint::accepting();
    let to = target.url("/elsewhere");
    let endpoint = Endpoint::start(move |_| Reply::new(307, "").with("Location", &*to));
    let ran = send(&endpoint, &["lead.submit"]).run().exits(1);
    assert!(ran.out().contains("/elsewhere, which is not followed"), "{}", ran.out());
    assert_eq!(endpoint.seen().len(), 1);
    assert!(target.was_untouched());
}

#[test]
fn an_undocumented_response_is_reported() {
    let says = |reply: Reply, provider: &str| {
        let endpoint = Endpoint::start(move |_| reply.clone());
        let event = if provider == "chatbase" { "leads.submit" } else { "lead.submit" };
        let ran = send(&endpoint, &[event, "--provider", provider]).run().exits(0);
        ran.out().contains("not the documented one")
    };
    assert!(!says(Reply::new(200, "{ \"status\": \"accepted\" }\n"), "chatzuri"));
    assert!(says(Reply::new(200, "OK"), "chatzuri"));
    assert!(says(Reply::new(204, ""), "chatzuri"));
    assert!(!says(Reply::new(204, ""), "chatzuri-guide"));
    assert!(!says(Reply::new(200, "OK"), "chatbase"));
}

#[test]
fn tampering_changes_only_what_was_requested() {
    let seen = |mode: &str| {
        let endpoint = Endpoint::start(|_| Reply::new(400, ""));
        let ran = send(&endpoint, &["lead.submit", "--tamper", mode]).run().exits(1);
        assert!(ran.out().contains("rejected, as it should be"), "{}", ran.out());
        endpoint.only()
    };
    let value = |s: &Seen| s.header("x-chatzuri-signature").map(str::to_owned);
    let missing = seen("missing");
    assert_eq!((value(&missing), &*missing.body), (None, BODY.as_bytes()));
    let body = seen("body");
    assert_eq!(value(&body).as_deref(), Some(SIGNATURE));
    assert_ne!(body.body, BODY.as_bytes());
    assert!(serde_json::from_slice::<Value>(&body.body).is_ok());
    assert_eq!(value(&seen("uppercase")), Some(SIGNATURE.to_uppercase()));
    assert_eq!(value(&seen("truncated")).as_deref(), Some(&SIGNATURE[..20]));
    assert_eq!(value(&seen("algorithm")).unwrap().len(), 64);
    for mode in ["signature", "secret"] {
        let corrupted = value(&seen(mode)).unwrap();
        assert!(corrupted.len() == 40 && corrupted != SIGNATURE, "{mode}: {corrupted}");
    }
}

#[test]
fn an_endpoint_that_accepts_a_tampered_delivery_is_reported() {
    let endpoint = Endpoint::accepting();
    let ran = send(&endpoint, &["lead.submit", "--tamper", "secret"]).run().exits(0);
    assert!(ran.out().contains("accepted a delivery that is signed with another secret"));
    let unsigned = ["send", "newMessage", "--provider=oneroute", "--tamper=body", "--url"];
    let ran = hook(unsigned).arg(endpoint.url("/")).run().exits(2);
    assert!(ran.stderr.contains("does not sign"), "{}", ran.stderr);
}

#[test]
fn headers_are_added_and_replaced_never_ignored() {
    let endpoint = Endpoint::accepting();
    let args = [
        "lead.submit",
        "-H",
        "X-One: 1",
        "-H",
        "x-one: 2",
        "-H",
        "User-Agent: me",
        "-H",
        "X-Empty:",
    ];
    send(&endpoint, &args).run().exits(0);
    let seen = endpoint.only();
    let one: Vec<_> = seen.headers.iter().filter(|(n, _)| n == "x-one").collect();
    assert_eq!(one.len(), 2);
    assert_eq!(seen.header("user-agent"), Some("me"));
    assert_eq!(seen.header("x-empty"), Some(""));
    fails(&["lead.submit", "-H", "Content-Length: 5"], 2, &["follows from the body"]);
    fails(&["lead.submit", "-H", "no colon"], 2, &["there is no colon"]);
}

#[test]
fn an_event_of_another_provider_names_that_provider() {
    fails(
        &["leads.submit"],
        2,
        &["chatbase documents it: add --provider chatbase", "did you mean `lead.submit`"],
    );
    fails(&["message.sent"], 2, &["chatzuri-guide documents it: add --provider chatzuri-guide"]);
    fails(&["xyzzy"], 2, &["chatzuri documents: lead.submit, message.received"]);
    fails(&["lead.submit", "--provider", "chatzuri-guid"], 2, &["did you mean `chatzuri-guide`"]);
    fails(&[], 2, &["nothing to sign"]);
}

#[test]
fn json_has_the_whole_exchange() {
    let endpoint = Endpoint::start(|_| Reply::new(418, vec![0xff]));
    let ran = send(&endpoint, &["lead.submit", "--json"]).run().exits(1);
    let [line] = &ran.json()[..] else { panic!("one line") };
    assert_eq!(line["type"], "sent");
    assert_eq!(line["expected"], false);
    assert_eq!(line["request"]["body"], BODY);
    assert_eq!(line["response"]["status"], 418);
    assert_eq!(line["response"]["body_base64"], "/w==");
    assert!(line["duration_ms"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_response_cannot_write_to_the_terminal() {
    let endpoint =
        Endpoint::start(|_| Reply::new(200, "\u{1b}[2J\u{202e}\u{9b}31m").with("X-Evil", "ok"));
    let ran = send(&endpoint, &["lead.submit", "-v", "--color", "never"]).run().exits(0);
    assert!(!ran.out().contains(['\u{1b}', '\u{202e}', '\u{9b}']), "{}", ran.out());
    assert!(ran.out().contains("\\u{1b}[2J"));
}

#[test]
fn a_huge_response_is_read_no_further_than_needed() {
    let endpoint = Endpoint::start(|_| Reply::new(200, vec![b'x'; 8 << 20]));
    let ran = send(&endpoint, &["lead.submit"]).run().exits(0);
    assert!(ran.out().contains("more bytes") && ran.out().len() < 10_000);
}

#[test]
fn without_a_secret_nothing_is_sent() {
    let endpoint = Endpoint::accepting();
    let ran = hook(["send", "lead.submit", "--url"]).arg(endpoint.url("/")).run().exits(2);
    assert!(ran.stderr.contains("no secret"), "{}", ran.stderr);
    assert!(endpoint.was_untouched());
    let unsigned = ["send", "newMessage", "--provider", "oneroute", "--url"];
    hook(unsigned).arg(endpoint.url("/")).run().exits(0);
}

#[test]
fn a_crash_is_not_a_rejection() {
    for (status, said) in [
        (400, "rejected, as it should be"),
        (500, "failed instead of rejecting"),
        (302, "neither accepted nor rejected"),
    ] {
        let endpoint = Endpoint::start(move |_| Reply::new(status, ""));
        let ran = send(&endpoint, &["lead.submit", "--tamper", "body"]).run().exits(1);
        assert!(ran.out().contains(said), "{status}: {}", ran.out());
        let is_advised = ran.out().contains("--expect-status 4xx");
        assert_eq!(is_advised, status == 400, "{}", ran.out());
    }
}

/// It may be a token, and the shell may have expanded it to anything.
#[test]
fn a_header_value_is_never_printed_in_an_error() {
    for value in [
        "Authorization: Bearer tok\nen",
        "Authorization: tok\n\nen",
        "Authorization Bearer token",
        "Authorization: \u{1b}[31mtok\u{7}en",
    ] {
        let ran = hook(["send", "lead.submit", "--url", "http://h/", "-H", value]).run().exits(2);
        assert!(ran.stderr.contains("--header"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("tok"), "{}", ran.stderr);
    }
}

#[test]
fn a_hint_is_printed_once_and_only_on_an_unexpected_response() {
    let said = |status: u16, more: &[&str]| {
        let endpoint = Endpoint::start(move |_| Reply::new(status, ""));
        send(&endpoint, more).run().stderr
    };
    let one = &["lead.submit"][..];
    for (status, hint) in [
        (400, "check that the endpoint has this secret and expects the signature of chatzuri"),
        (401, "`cz-hook test` finds out what it accepts"),
        (404, "check the path of the URL"),
        (405, "does not accept POST"),
        (429, "limits the request rate"),
        (503, "check the endpoint's log"),
    ] {
        let said = said(status, one);
        assert!(said.starts_with("hint: ") && said.contains(hint), "{status}: {said}");
    }
    let all = said(401, &["--all", "--provider", "chatbase"]);
    assert_eq!(all.matches("hint:").count(), 1, "{all}");
    // Expected statuses, errors that no hint helps with, and deliveries without a signature.
    for (status, args) in [
        (200, one),
        (302, one),
        (418, one),
        (401, &["lead.submit", "--expect-status", "200"]),
        (401, &["lead.submit", "--tamper", "body"]),
        (401, &["lead.submit", "--quiet"]),
    ] {
        let said = said(status, args);
        assert!(!said.contains("hint:"), "{status} {args:?}: {said}");
    }
}

/// Where the secret itself is sent, the endpoint gets it, and no report shows it.
#[test]
fn a_secret_that_is_sent_as_it_is_is_in_no_report_of_send_or_replay() {
    let dir = tempfile::tempdir().unwrap();
    let secret = "a-very-private-token";
    let endpoint = Endpoint::accepting();
    let url = endpoint.url("/");
    let run = |args: &[&str]| {
        let ran = hook(args).arg("--url").arg(&url).env("CZ_HOOK_SECRET", secret).run();
        let shown = [&ran.stdout, ran.stderr.as_bytes()].concat();
        let shown = String::from_utf8_lossy(&shown).into_owned();
        assert!(!shown.contains("private-toke"), "{args:?}: {shown}");
    };
    for more in [&[][..], &["--json"], &["--verbose"], &["--tamper", "signature", "--verbose"]] {
        run(&[&["send", "push", "--provider", "gitlab"][..], more].concat());
    }
    let sent = hook(["send", "push", "--provider", "gitlab", "--dry-run", "--secret", "old-token"])
        .args(["--url", &url])
        .run()
        .exits(0);
    let file = dir.path().join("push.http");
    std::fs::write(&file, sent.stdout).unwrap();
    let file = file.to_str().unwrap();
    for more in [&[][..], &["--json"]] {
        run(&[&["replay", file, "--provider", "gitlab", "--resign"][..], more].concat());
    }
    let seen = endpoint.seen();
    let tokens: Vec<_> = seen.iter().filter_map(|one| one.header("x-gitlab-token")).collect();
    assert_eq!(tokens.iter().filter(|token| **token == secret).count(), 5, "{tokens:?}");
    // In bulk, the requests with an unexpected response are shown.
    let refusing = Endpoint::start(|_| Reply::new(401, ""));
    for command in [
        &["send", "push", "--provider", "gitlab"][..],
        &["replay", file, "--provider", "gitlab", "--resign"],
    ] {
        for (url, tamper) in
            [(refusing.url("/"), &[][..]), (url.clone(), &["--tamper", "signature"])]
        {
            let args = [command, &["--count", "2", "--url", &url], tamper].concat();
            let ran = hook(&args).env("CZ_HOOK_SECRET", secret).run().exits(1);
            assert!(ran.out().contains("curl -i"), "{args:?}: {}", ran.out());
            assert!(!ran.out().contains("private-toke"), "{args:?}: {}", ran.out());
        }
    }
    let seen = refusing.seen();
    assert!(seen.iter().all(|one| one.header("x-gitlab-token") == Some(secret)));
    assert_eq!(seen.len(), 4);
}
