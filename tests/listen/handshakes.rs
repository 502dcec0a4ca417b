//! Handshakes that a listener answers, refuses, or passes on to an endpoint.

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::handshakes::{PROVIDER, Place};
use crate::support::listening::{Listening, request, status};
use crate::support::{SECRET, files, hook, sha256_signature};
use serde_json::{Value, json};
use std::path::PathBuf;

const SUBSCRIBE: &str =
    "/hook?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meaty%20hamhock";

/// A listener of the user's provider with these arguments.
fn listen(place: &Place, args: &[&str]) -> Listening {
    listen_to_all(place, &[&["--provider", "acme"], args].concat())
}

/// One that recognises the provider of each request.
fn listen_to_all(place: &Place, args: &[&str]) -> Listening {
    let all = ["listen", "--port", "0", "--json"].into_iter().chain(args.iter().copied());
    Listening::of(place.run(all))
}

fn get(listening: &Listening, target: &str) -> String {
    listening.exchange(&request("GET", target, &[], b""))
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

fn has(answer: &str, header: &str) -> bool {
    answer.lines().any(|line| line.eq_ignore_ascii_case(header))
}

#[test]
fn a_get_with_the_right_verify_token_gets_the_challenge() {
    let place = Place::new();
    let listening = listen(&place, &["--verify-token", "meaty hamhock"]);
    let answer = get(&listening, SUBSCRIBE);
    assert_eq!((status(&answer), body(&answer)), (200, "1158201444"), "{answer}");
    assert!(has(&answer, "content-type: text/plain"), "{answer}");
    assert!(has(&answer, "x-content-type-options: nosniff"), "{answer}");
    let line = listening.json_of("handshake");
    assert_eq!(line["handshake"], "subscribe");
    assert_eq!(line["providers"], json!(["acme"]));
    assert_eq!((&line["method"], &line["path"]), (&json!("GET"), &json!("/hook")));
    assert_eq!((&line["result"], &line["response"]["status"]), (&json!("answered"), &json!(200)));
    assert_eq!(line["remarks"], json!([]));
    assert!(!line.to_string().contains("hamhock"), "{line}");
}

#[test]
fn a_wrong_or_missing_verify_token_is_refused() {
    let place = Place::new();
    place.configure("verify_token = 'right'\n");
    let listening = listen(&place, &[]);
    for target in [
        SUBSCRIBE,
        "/?hub.mode=subscribe&hub.challenge=1",
        "/?hub.mode=subscribe&hub.challenge=1&hub.verify_token=",
        "/?hub.mode=subscribe&hub.challenge=1&hub.verify_token=righ",
        // Readers differ in which of two they take.
        "/?hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong&hub.verify_token=right",
        "/?hub.mode=subscribe&hub.challenge=1&hub.verify_token=right&hub.verify_token=wrong",
    ] {
        let answer = get(&listening, target);
        assert_eq!(status(&answer), 403, "{target} {answer}");
        let line = listening.json_of("handshake");
        assert_eq!(line["result"], "refused");
        assert!(line["remarks"][0].as_str().unwrap().contains("verify token"), "{line}");
    }
    let answer = get(&listening, "/?hub.mode=subscribe&hub.challenge=1&hub.verify_token=right");
    assert_eq!(body(&answer), "1");
}

#[test]
fn without_a_verify_token_it_says_that_it_was_not_checked() {
    let place = Place::new();
    let listening = listen(&place, &[]);
    assert_eq!(body(&get(&listening, SUBSCRIBE)), "1158201444");
    let line = listening.json_of("handshake");
    assert!(line["remarks"][0].as_str().unwrap().contains("not checked"), "{line}");
}

#[test]
fn other_requests_are_still_refused() {
    let place = Place::new();
    let listening = listen_to_all(&place, &[]);
    for (method, target) in [
        ("GET", "/"),
        ("GET", "/?hub.mode=unsubscribe&hub.challenge=1"),
        ("GET", "/?hub.mode=subscribe"),
        ("PUT", SUBSCRIBE),
        // No condition tells it from another HEAD, so its provider must be named.
        ("HEAD", "/"),
    ] {
        let answer = listening.exchange(&request(method, target, &[], b""));
        assert_eq!(status(&answer), 405, "{method} {target}");
        listening.json_of("turned_away");
    }
    let named = listen(&place, &[]);
    let answer = named.exchange(&request("HEAD", "/", &[], b""));
    assert_eq!(status(&answer), 200, "{answer}");
    assert_eq!(named.json_of("handshake")["handshake"], "alive");
    let other = listen_to_all(&place, &["--provider", "chatzuri"]);
    assert_eq!(status(&get(&other, SUBSCRIBE)), 405);
    let elsewhere = listen(&place, &["--path", "/in"]);
    assert_eq!(status(&get(&elsewhere, SUBSCRIBE)), 404);
}

#[test]
fn what_is_sent_back_is_bounded_and_plain() {
    let place = Place::new();
    let listening = listen(&place, &[]);
    let long = format!("/?echo={}", "x".repeat(5000));
    for target in ["/?echo=a%0d%0aSet-Cookie:%20b", "/?echo=%00", "/?echo=", &long] {
        let answer = get(&listening, target);
        assert_eq!(status(&answer), 400, "{answer}");
        assert!(!answer.contains("Set-Cookie"), "{answer}");
        assert_eq!(listening.json_of("handshake")["result"], "refused");
    }
    let answer = get(&listening, "/?echo=%3Cscript%3Ealert(1)%3C/script%3E%C3%A9");
    assert_eq!(body(&answer), "<script>alert(1)</script>é");
    assert!(has(&answer, "content-type: text/plain"), "{answer}");
    assert!(has(&answer, "x-content-type-options: nosniff"), "{answer}");
    // A header takes less than a body does.
    let request = b"POST / HTTP/1.1\r\nHost: h\r\nX-Hook-Secret: \xc3\xa9\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let answer = listening.exchange(request);
    assert!(matches!(status(&answer), 200 | 400), "{answer}");
}

#[test]
fn a_signed_handshake_is_answered_only_with_a_valid_signature() {
    let place = Place::new();
    let listening = listen(&place, &["--secret", SECRET]);
    let sent = br#"{"token":"t","challenge":"3eZbrw1a","type":"url_verification"}"#;
    let signature = sha256_signature(sent);
    let answer = listening.post(&[("x-acme-signature", &signature)], sent);
    assert_eq!((status(&answer), body(&answer)), (200, "3eZbrw1a"), "{answer}");
    assert_eq!(listening.json_of("handshake")["result"], "answered");
    let wrong = sha256_signature(b"another");
    for headers in [vec![("x-acme-signature", wrong.as_str())], vec![]] {
        let answer = listening.post(&headers, sent);
        assert_eq!(status(&answer), 400, "{answer}");
        assert!(!answer.contains("3eZbrw1a"), "{answer}");
        let line = listening.json_of("handshake");
        assert_eq!(line["result"], "refused");
        assert!(line["remarks"][0].as_str().unwrap().contains("signature"), "{line}");
    }
    // This provider asks for a status of its own.
    let ping = br#"{"version":1,"type":0}"#;
    let answer = listening.post(&[("x-acme-signature", &sha256_signature(ping))], ping);
    assert_eq!((status(&answer), body(&answer)), (204, ""), "{answer}");
    let answer = listening.post(&[("x-acme-signature", &wrong)], ping);
    assert_eq!(status(&answer), 401, "{answer}");
    // A delivery that mentions it is a delivery.
    let delivery = br#"{"kind":"order.paid","order":{"type":"url_verification"},"type":"x"}"#;
    let answer = listening.post(&[("x-acme-signature", &sha256_signature(delivery))], delivery);
    assert_eq!(status(&answer), 200, "{answer}");
    assert_eq!(listening.json_of("delivery")["signature"]["verdict"], "valid");
}

#[test]
fn without_a_secret_a_signed_handshake_is_answered_and_one_that_needs_it_is_not() {
    let place = Place::new();
    let listening = listen(&place, &[]);
    let answer = listening.post(&[], br#"{"challenge":"c","type":"url_verification"}"#);
    assert_eq!(body(&answer), "c");
    let line = listening.json_of("handshake");
    assert!(line["remarks"][0].as_str().unwrap().contains("not checked"), "{line}");
    let validation =
        br#"{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"}}"#;
    let answer = listening.post(&[], validation);
    assert_eq!(status(&answer), 400, "{answer}");
    assert!(listening.json_of("handshake")["remarks"][0].as_str().unwrap().contains("secret"));
    let with_secret = listen(&place, &["--secret", SECRET]);
    let answer = with_secret.post(&[], validation);
    let found: Value = serde_json::from_str(body(&answer)).unwrap();
    let mac = sha256_signature(b"qgg8vlvZRS6UYooatFL8Aw");
    let expected = json!({"plainToken": "qgg8vlvZRS6UYooatFL8Aw", "encryptedToken": mac});
    assert_eq!((status(&answer), found), (200, expected), "{answer}");
}

#[test]
fn a_key_that_is_handed_over_is_shown_unless_it_is_the_secret() {
    let place = Place::new();
    let listening = listen(&place, &[]);
    let answer = listening.post(&[("X-Hook-Secret", "b537207f20cb")], b"{}");
    assert!(has(&answer, "x-hook-secret: b537207f20cb"), "{answer}");
    let line = listening.json_of("handshake");
    assert_eq!((&line["handshake"], &line["key"]), (&json!("hook-secret"), &json!("b537207f20cb")));
    listening.post(&[], br#"{"verification_token":"secret_tMrlL1qK5"}"#);
    assert_eq!(listening.json_of("handshake")["key"], "secret_tMrlL1qK5");
    listening.post(&[], b"{\"verification_token\":\"a\\u001b[2J\"}");
    let line = listening.json_of("handshake");
    assert_eq!((&line["result"], &line["key"]), (&json!("refused"), &json!(null)), "{line}");
    let known = listen(&place, &["--secret", "b537207f20cb"]);
    known.post(&[("X-Hook-Secret", "b537207f20cb")], b"{}");
    let line = known.json_of("handshake");
    assert_eq!(line["key"], json!(null));
    assert!(!line.to_string().contains("b537207f20cb"), "{line}");
}

#[test]
fn handshakes_are_no_deliveries() {
    let place = Place::new();
    let journal = place.path("journal.db");
    let listening = listen(
        &place,
        &["--count", "1", "--fail-first", "1", "--record", journal.to_str().unwrap()],
    );
    assert_eq!(status(&get(&listening, SUBSCRIBE)), 200);
    assert_eq!(status(&get(&listening, "/?echo=2")), 200);
    let answer = listening.post(&[], br#"{"kind":"order.paid","shop":"s","order":{}}"#);
    assert_eq!(status(&answer), 503, "{answer}");
    let (code, lines, stderr) = listening.end();
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(lines.iter().filter(|line| line.contains(r#""type":"handshake""#)).count(), 2);
    assert!(stderr.contains("1 delivery") && stderr.contains("handshakes: 2"), "{stderr}");
    let listed = place.run(["inspect", "--json"]).arg(&journal).run().exits(0);
    assert_eq!(listed.json().len(), 1);
}

#[test]
fn a_handshake_is_passed_on_and_the_endpoints_response_judged() {
    let place = Place::new();
    let endpoint = Endpoint::start(|seen| match seen.header("x-hook-secret") {
        Some(value) => Reply::new(200, "").with("X-Hook-Secret", value),
        None if seen.target == "/in?own=1&echo=right" => Reply::new(200, "right"),
        None => Reply::new(200, "\"wrong\""),
    });
    let listening = listen(&place, &["--forward-to", &endpoint.url("/in?own=1")]);
    let answer = get(&listening, "/?echo=right");
    assert_eq!((status(&answer), body(&answer)), (200, "right"), "{answer}");
    let line = listening.json_of("handshake");
    assert_eq!((&line["result"], &line["expected"]), (&json!("forwarded"), &json!(true)));
    assert_eq!(line["forwarded"]["status"], 200);
    let answer = get(&listening, "/?echo=wrong");
    assert_eq!(body(&answer), "\"wrong\"");
    let line = listening.json_of("handshake");
    assert_eq!(line["expected"], false);
    assert!(line["remarks"][0].as_str().unwrap().contains("in quotes"), "{line}");
    let answer = listening.post(&[("x-hook-secret", "b537")], b"{}");
    assert!(answer.to_ascii_lowercase().contains("x-hook-secret: b537"), "{answer}");
    assert_eq!(listening.json_of("handshake")["expected"], true);
}

#[test]
fn only_what_the_listener_accepts_is_passed_on() {
    let place = Place::new();
    let endpoint = Endpoint::start(|_| Reply::new(200, "1"));
    let url = endpoint.url("/");
    let careful = listen(&place, &["--verify-token", "t", "--forward-to", &url]);
    assert_eq!(status(&get(&careful, SUBSCRIBE)), 403);
    assert!(endpoint.was_untouched());
    let open = listen(&place, &["--verify-token", "t", "--forward-invalid", "--forward-to", &url]);
    assert_eq!(status(&get(&open, SUBSCRIBE)), 200);
    assert_eq!(endpoint.only().method, "GET");
    // An endpoint for one event gets no handshake.
    let route = format!("order.paid={url}");
    let routed = listen(&place, &["--forward-to", &route]);
    assert_eq!(body(&get(&routed, SUBSCRIBE)), "1158201444");
}

/// The built-in providers with handshakes.
fn built_in() -> Vec<String> {
    let described = files("fixtures", &["toml"]).into_iter();
    let with = described.filter(|(_, text)| text.contains("[[handshake]]"));
    let name = |path: PathBuf| path.iter().nth(1).unwrap().to_str().unwrap().to_owned();
    with.map(|(path, _)| name(path)).collect()
}

#[test]
fn the_listener_passes_every_probe_of_every_built_in_handshake() {
    // RFC 8032, test 1: the key pair of providers with public keys.
    const PRIVATE: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    const PUBLIC: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let args = ["--secret", SECRET, "--secret", PUBLIC, "--verify-token", "t"];
    let start = |more: &[&str]| {
        let all = ["listen", "--port", "0", "--json"].into_iter().chain(args);
        Listening::of(hook(all.chain(more.iter().copied())))
    };
    let any = start(&[]);
    let providers = built_in();
    for needed in ["whatsapp", "messenger", "instagram", "slack", "zoom", "discord", "asana"] {
        assert!(providers.iter().any(|name| name == needed), "{needed}");
    }
    for provider in &providers {
        let secret = if provider == "discord" { PRIVATE } else { SECRET };
        let send = |url: &str| {
            let all = ["send", "--handshake", "--json", "--verify-token", "t"];
            hook(all).args(["--provider", provider, "--secret", secret, "--url", url]).run()
        };
        let named = start(&["--provider", provider]);
        let lines = send(&named.url).exits(0).json();
        for _ in &lines {
            assert_eq!(named.json_of("handshake")["providers"], json!([provider]));
        }
        if ["intercom", "trello"].contains(&provider.as_str()) {
            continue; // Nothing tells their HEAD from another.
        }
        send(&any.url).exits(0);
        for _ in &lines {
            let found = any.json_of("handshake");
            let found = found["providers"].as_array().unwrap();
            assert!(found.iter().any(|name| name == provider.as_str()), "{provider}: {found:?}");
        }
    }
}

#[test]
fn no_sample_is_taken_for_a_handshake() {
    let listening = Listening::start(["--json"]);
    for (path, text) in files("fixtures", &["json", "form"]) {
        if path.to_str().unwrap().ends_with(".schema.json") {
            continue;
        }
        let kind = match path.extension().is_some_and(|end| end == "form") {
            true => "application/x-www-form-urlencoded",
            false => "application/json",
        };
        listening.post(&[("content-type", kind)], text.as_bytes());
        let line = listening.json();
        let line = if line["type"] == "ready" { listening.json() } else { line };
        assert_eq!(line["type"], "delivery", "{}: {line}", path.display());
    }
}

#[test]
fn people_see_a_handshake_as_one() {
    let place = Place::new();
    let listening = Listening::of(place.run(["listen", "--port", "0", "--verify-token", "t"]));
    get(&listening, "/?hub.mode=subscribe&hub.challenge=1&hub.verify_token=t");
    let line = listening.line();
    assert!(line.contains("handshake subscribe") && line.contains("acme"), "{line}");
    assert!(line.contains("answered"), "{line}");
    get(&listening, SUBSCRIBE);
    let (refused, why) = loop {
        let line = listening.line();
        if line.contains("handshake") {
            break (line, listening.line());
        }
    };
    assert!(refused.contains("refused") && refused.contains("403"), "{refused}");
    assert!(why.contains("verify token"), "{why}");
}

#[test]
fn handshakes_that_two_providers_have_differently_need_a_name() {
    let same = PROVIDER.replace("\"acme\"", "\"brick\"");
    let other = PROVIDER.replace("\"acme\"", "\"brick\"").replace(
        "respond = { status = 200, body = \"{query:echo}\" }",
        "respond = { status = 200, json = { challenge = \"{query:echo}\" } }",
    );
    let place = Place::with(&[("acme", PROVIDER), ("brick", &same)]);
    let listening = listen_to_all(&place, &[]);
    assert_eq!(body(&get(&listening, "/?echo=1")), "1");
    assert_eq!(listening.json_of("handshake")["providers"], json!(["acme", "brick"]));
    let place = Place::with(&[("acme", PROVIDER), ("brick", &other)]);
    let listening = listen_to_all(&place, &[]);
    assert_eq!(status(&get(&listening, "/?echo=1")), 405);
    let line = listening.json_of("turned_away");
    assert!(line["detail"].as_str().unwrap().contains("--provider"), "{line}");
    let named = listen_to_all(&place, &["--provider", "brick"]);
    assert_eq!(body(&get(&named, "/?echo=1")), r#"{"challenge":"1"}"#);
}
