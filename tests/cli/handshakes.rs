//! `send --handshake`, the cases of handshakes in `test`, and mistakes in their description.

use crate::support::endpoint::{Endpoint, Reply, Seen};
use crate::support::handshakes::{PROVIDER, Place};
use crate::support::{SECRET, hook, sha256_signature, sockets};
use serde_json::{Value, json};
use url::form_urlencoded;

fn query(seen: &Seen, name: &str) -> Option<String> {
    let (_, query) = seen.target.split_once('?')?;
    let mut all = form_urlencoded::parse(query.as_bytes());
    all.find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
}

/// A correct endpoint for every handshake of the provider.
fn correct(seen: &Seen) -> Reply {
    match seen.method.as_str() {
        "HEAD" => return Reply::new(200, ""),
        "GET" => {
            if let Some(challenge) = query(seen, "echo") {
                return Reply::new(200, challenge).with("Content-Type", "text/plain");
            }
            return match (query(seen, "hub.verify_token"), query(seen, "hub.challenge")) {
                (Some(token), Some(challenge)) if token == "right" => {
                    // Meta calls it an int.
                    let number: u64 = challenge.parse().unwrap();
                    Reply::new(200, number.to_string()).with("Content-Type", "text/plain")
                }
                _ => Reply::new(403, "no"),
            };
        }
        _ => {}
    }
    if let Some(key) = seen.header("x-hook-secret") {
        return Reply::new(204, "").with("X-Hook-Secret", key);
    }
    let json: Value = serde_json::from_slice(&seen.body).unwrap_or_default();
    if json.get("verification_token").is_some() {
        return Reply::new(200, "");
    }
    let text = |pointer: &str| json.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    if text("/event") == "endpoint.url_validation" {
        let plain = text("/payload/plainToken");
        let mac = sha256_signature(plain.as_bytes());
        let body = json!({"plainToken": plain, "encryptedToken": mac}).to_string();
        return Reply::new(200, body).with("Content-Type", "application/json");
    }
    if seen.header("x-acme-signature") != Some(&sha256_signature(&seen.body)) {
        return Reply::new(401, "no");
    }
    match (&json["type"], text("/type")) {
        (Value::Number(_), _) => Reply::new(204, ""),
        (_, "url_verification") => {
            let body = json!({"challenge": text("/challenge"), "more": 1}).to_string();
            Reply::new(200, body).with("Content-Type", "application/json")
        }
        _ => Reply::accepted(),
    }
}

fn send<'a>(place: &Place, url: &'a str, args: &[&'a str]) -> crate::support::Hook {
    let all = ["send", "--provider", "acme", "--url", url, "--secret", SECRET];
    place.run(all.into_iter().chain(args.iter().copied()))
}

#[test]
fn a_correct_endpoint_passes_every_probe_of_every_handshake() {
    let place = Place::new();
    let endpoint = Endpoint::start(correct);
    let url = endpoint.url("/hook?own=1");
    let ran = send(&place, &url, &["--verify-token", "right", "--json", "--handshake"]).run();
    let lines = ran.exits(0).json();
    let shown: Vec<_> = lines
        .iter()
        .map(|line| {
            assert_eq!(line["expected"], true, "{line}");
            let text = |key: &str| line[key].as_str().unwrap().to_owned();
            (text("handshake"), text("probe"))
        })
        .collect();
    let expected = [
        ("subscribe", "genuine"),
        ("subscribe", "wrong_token"),
        ("echo", "genuine"),
        ("alive", "genuine"),
        ("url-verification", "genuine"),
        ("url-verification", "wrong_signature"),
        ("url-validation", "genuine"),
        ("ping", "genuine"),
        ("ping", "wrong_signature"),
        ("hook-secret", "genuine"),
        ("token", "genuine"),
    ];
    assert_eq!(shown, expected.map(|(name, probe)| (name.to_owned(), probe.to_owned())));
    let text = serde_json::to_string(&lines).unwrap();
    assert!(!text.contains("=right") && !text.contains(SECRET), "{text}");
    let seen = endpoint.seen();
    assert!(seen.iter().all(|one| one.target.starts_with("/hook?own=1")), "{seen:?}");
    assert_eq!(seen.first().and_then(|one| query(one, "hub.mode")).as_deref(), Some("subscribe"));
}

#[test]
fn wrong_responses_are_named() {
    let place = Place::new();
    for (name, reply, why) in [
        ("subscribe", Reply::new(200, "\"{challenge}\""), "in quotes"),
        ("subscribe", Reply::new(200, "{challenge}\n"), "white space"),
        ("subscribe", Reply::new(200, "ok {challenge}"), "more than the value"),
        ("subscribe", Reply::new(200, ""), "empty"),
        ("subscribe", Reply::new(200, "OK"), "the body is OK"),
        ("subscribe", Reply::new(404, "{challenge}"), "responded with 404"),
        ("hook-secret", Reply::new(200, ""), "no header x-hook-secret"),
        ("hook-secret", Reply::new(200, "").with("X-Hook-Secret", "x"), "not the one"),
        ("url-validation", Reply::new(200, "{}"), "no `encryptedToken`"),
        ("url-validation", Reply::new(200, "no"), "not a JSON object"),
        ("ping", Reply::new(200, ""), "responded with 200"),
        ("alive", Reply::new(405, ""), "responded with 405"),
    ] {
        let endpoint = Endpoint::start(move |seen| {
            let challenge = query(seen, "hub.challenge").unwrap_or_default();
            let body = String::from_utf8(reply.body.clone()).unwrap();
            Reply { body: body.replace("{challenge}", &challenge).into(), ..reply.clone() }
        });
        let url = endpoint.url("/");
        let ran = send(&place, &url, &["--verify-token", "right", "--handshake", name]).run();
        let ran = ran.exits(1);
        assert!(ran.out().contains(why), "{name}: {}", ran.out());
    }
}

#[test]
fn an_endpoint_that_checks_nothing_fails() {
    let place = Place::new();
    let endpoint = Endpoint::start(|seen| match query(seen, "hub.challenge") {
        Some(challenge) => Reply::new(200, challenge),
        None => Reply::new(204, ""),
    });
    let url = endpoint.url("/");
    for name in ["subscribe", "ping"] {
        let args = ["--verify-token", "right", "--json", "--handshake", name];
        let lines = send(&place, &url, &args).run().exits(1).json();
        let verdicts: Vec<_> = lines.iter().map(|line| &line["expected"]).collect();
        assert_eq!(verdicts, [true, false], "{name}");
    }
    // A crash is no refusal, and another status than the provider asks for is none either.
    for (name, status) in [("subscribe", 500), ("ping", 400)] {
        let endpoint = Endpoint::start(move |_| Reply::new(status, ""));
        let url = endpoint.url("/");
        let args = ["--verify-token", "right", "--json", "--handshake", name];
        let lines = send(&place, &url, &args).run().exits(1).json();
        assert_eq!(lines[1]["expected"], false, "{name}");
    }
}

#[test]
fn text_html_is_warned_about() {
    let place = Place::new();
    let endpoint = Endpoint::start(|seen| {
        Reply::new(200, query(seen, "echo").unwrap()).with("Content-Type", "text/html")
    });
    let url = endpoint.url("/");
    let ran = send(&place, &url, &["--handshake", "echo"]).run().exits(0);
    assert!(ran.out().contains("text/html"), "{}", ran.out());
}

#[test]
fn what_is_missing_or_contradicts_is_a_usage_error() {
    let place = Place::new();
    for (args, why) in [
        (vec!["--handshake", "subscribe"], "verify token"),
        (vec!["--handshake", "subscrib"], "did you mean `subscribe`?"),
        (vec!["--handshake", "subscribe", "--tamper", "body"], "cannot be used with"),
        (vec!["order.paid", "--handshake", "subscribe"], "sends no event"),
        (vec!["order.paid", "--verify-token", "t"], "--handshake"),
        (vec!["--verify-token", "t"], "--handshake"),
    ] {
        let ran = send(&place, "http://127.0.0.1:1/", &args).run().exits(2);
        assert!(ran.stderr.contains(why), "{args:?}: {}", ran.stderr);
    }
    let all = ["send", "--handshake", "--url", "http://127.0.0.1:1/", "--provider"];
    let ran = place.run(all.into_iter().chain(["chatzuri"])).run().exits(2);
    assert!(ran.stderr.contains("acme"), "{}", ran.stderr);
    let ran = place.run(all.into_iter().chain(["acme"])).run().exits(2);
    assert!(ran.stderr.contains("secret"), "{}", ran.stderr);
    let unreachable = sockets::unreachable();
    send(&place, &unreachable, &["--handshake", "echo"]).run().exits(3);
    let ran = send(&place, &unreachable, &["--dry-run", "--handshake", "echo"]).run().exits(0);
    assert!(ran.out().starts_with("GET /?echo="), "{}", ran.out());
    place.configure("verify_token = ''\n");
    let ran = send(&place, &unreachable, &["--handshake", "subscribe"]).run().exits(2);
    assert!(ran.stderr.contains("empty"), "{}", ran.stderr);
}

#[test]
fn the_verify_token_comes_from_flag_environment_or_profile() {
    let place = Place::new();
    place.configure("verify_token = 'of-the-profile'\n");
    let endpoint = Endpoint::start(|_| Reply::new(200, ""));
    let url = endpoint.url("/");
    let last = || {
        let seen = endpoint.seen();
        let genuine = seen.iter().rev().nth(1).unwrap();
        query(genuine, "hub.verify_token").unwrap()
    };
    let plain = || send(&place, &url, &["--handshake", "subscribe"]);
    plain().run().exits(1);
    assert_eq!(last(), "of-the-profile");
    plain().env("CZ_HOOK_VERIFY_TOKEN", "of-the-environment").run().exits(1);
    assert_eq!(last(), "of-the-environment");
    let flagged = plain().args(["--verify-token", "of-the-flag"]);
    flagged.env("CZ_HOOK_VERIFY_TOKEN", "of-the-environment").run().exits(1);
    assert_eq!(last(), "of-the-flag");
    let shown = place.run(["config"]).run().exits(0);
    assert!(shown.out().contains("verify_token"), "{}", shown.out());
    assert!(!shown.out().contains("of-the-profile"), "{}", shown.out());
}

fn test<'a>(place: &Place, url: &'a str, args: &[&'a str]) -> crate::support::Hook {
    let all = ["test", "--provider", "acme", "--url", url, "--secret", SECRET];
    place.run(all.into_iter().chain(args.iter().copied()))
}

#[test]
fn the_cases_of_a_test_include_the_handshakes() {
    let place = Place::new();
    let endpoint = Endpoint::start(correct);
    let url = endpoint.url("/hook");
    let args = ["--verify-token", "right", "--json", "--only", "handshake/*"];
    let lines = test(&place, &url, &args).run().exits(0).json();
    let ids: Vec<_> = lines.iter().filter_map(|line| line["id"].as_str()).collect();
    assert!(ids.contains(&"handshake/subscribe-wrong-token"), "{ids:?}");
    assert_eq!(ids.len(), 11, "{ids:?}");
    for line in lines.iter().filter(|line| line["type"] != "summary") {
        assert_eq!(line["outcome"], "passed", "{line}");
        assert_eq!(line["severity"], "required", "{line}");
    }
    let text = serde_json::to_string(&lines).unwrap();
    assert!(!text.contains("=right") && !text.contains(SECRET), "{text}");
    // Without the token its cases are skipped, and say so.
    let lines = test(&place, &url, &["--json", "--only", "handshake/subscribe"]).run().json();
    assert_eq!(lines[0]["outcome"], "skipped", "{lines:?}");
    assert!(lines[0]["reason"].as_str().unwrap().contains("--verify-token"), "{lines:?}");
}

#[test]
fn a_wrong_handshake_fails_the_test_only_when_it_is_asked_for() {
    let place = Place::new();
    let endpoint = Endpoint::start(|seen| match seen.method.as_str() {
        "POST" => correct(seen),
        _ => Reply::new(405, "").with("Allow", "POST"),
    });
    let url = endpoint.url("/hook");
    let only = ["--json", "--verify-token", "right", "--only", "handshake/subscribe"];
    let lines = test(&place, &url, &only).run().exits(1).json();
    assert_eq!(lines[0]["outcome"], "failed", "{lines:?}");
    let both = [
        "--json",
        "--verify-token",
        "right",
        "--only",
        "handshake/*",
        "--only",
        "accept/order.paid",
    ];
    let lines = test(&place, &url, &both).run().exits(0).json();
    let failed = lines.iter().find(|line| line["id"] == "handshake/subscribe").unwrap();
    assert_eq!(
        (&failed["outcome"], &failed["severity"]),
        (&json!("failed"), &json!("recommended"))
    );
    // It does not depend on whether deliveries are accepted.
    let endpoint = Endpoint::start(|seen| match query(seen, "echo") {
        Some(challenge) => Reply::new(200, challenge),
        None => Reply::new(403, ""),
    });
    let url = endpoint.url("/");
    let lines = test(&place, &url, &["--json", "--only", "handshake/echo"]).run().json();
    assert_eq!(lines[0]["outcome"], "passed", "{lines:?}");
}

#[test]
fn methods_that_a_handshake_takes_need_not_be_refused_with_405() {
    let place = Place::new();
    let listed = place.run(["test", "--list", "--json", "--provider", "acme"]).run().exits(0);
    let cases = listed.json();
    let case = |id: &str| cases.iter().find(|line| line["id"] == id);
    assert!(case("protocol/head").is_none());
    assert!(case("protocol/get").is_none());
    assert!(case("protocol/get-without-handshake").is_some());
    let others = hook(["test", "--list", "--json"]).run().exits(0).json();
    assert!(others.iter().any(|line| line["id"] == "protocol/head"));
    assert!(!others.iter().any(|line| line["category"] == "handshake"));
}

#[test]
fn mistakes_in_a_handshake_are_named() {
    for (from, to, why) in [
        ("name = \"subscribe\"", "name = \"Subscribe\"", "no name for one"),
        ("name = \"echo\"", "name = \"subscribe\"", "two [[handshake]] tables"),
        ("method = \"GET\"", "method = \"PUT\"", "none of the values"),
        ("{ query = \"echo\" }", "{ query = \"echo\", header = \"x\" }", "expected one of"),
        ("{ query = \"echo\" }", "{ body = \"/echo\" }", "only POST has one"),
        ("when = [{ body = \"/verification_token\" }]\n", "", "every delivery"),
        ("{query:echo}", "{echo}", "{query:NAME}"),
        ("{query:echo}", "{query:echo", "without its `}`"),
        ("{body:/challenge}", "{body:challenge}", "body:challenge"),
        ("{ header = \"x-hook-secret\" }", "{ header = \"x hook\" }", "header:x hook"),
        ("status = 204", "status = 302", "not 2xx"),
        ("refuse_status = 401", "refuse_status = 500", "not 4xx"),
        ("respond = { status = 204 }", "respond = []", "no response"),
        ("{ status = 204 }", "{ content_type = \"text/html\" }", "text/html"),
        ("{ status = 204 }", "{ body = \"a\", json = {} }", "both `body` and `json`"),
        ("summary = \"the URL is registered\"\n", "", "missing"),
    ] {
        assert!(PROVIDER.contains(from), "{from}");
        let text = PROVIDER.replacen(from, to, 1);
        let place = Place::with(&[("acme", &text)]);
        let ran = place.run(["send", "--handshake", "--provider", "acme"]).run().exits(2);
        assert!(ran.stderr.contains(why), "{to}: {}", ran.stderr);
    }
    let unsigned = PROVIDER.replace("[signature]\nheader = \"x-acme-signature\"\nalgorithm = \"hmac-sha256\"\nencoding = \"hex\"\n", "");
    let place = Place::with(&[("acme", &unsigned)]);
    let ran = place.run(["send", "--handshake", "--provider", "acme"]).run().exits(2);
    assert!(ran.stderr.contains("does not sign"), "{}", ran.stderr);
}
