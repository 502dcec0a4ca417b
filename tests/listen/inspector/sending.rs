//! What the page sends, to which endpoints, and that no secret comes back.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Ui, deliver, listening, of};
use crate::support::endpoint::{Endpoint, Reply};
use crate::support::server::{Asked, Said, Server};
use crate::support::{BODY, SECRET, hook, signature};

/// A folder with profiles.
fn profiles(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cz-hook.toml"), text).unwrap();
    folder
}

#[test]
fn a_delivery_is_sent_again_as_it_is_and_edited_and_resigned() {
    let endpoint = Endpoint::accepting();
    let url = endpoint.url("/hook");
    let (listening, page) = listening(["--secret", SECRET, "--forward-to", &url]);
    deliver(&listening);
    let body = json!({"id": 1, "endpoint": url});
    let dry =
        page.post("/api/v1/replay", &json!({"id": 1, "endpoint": url, "dry_run": true})).is(200);
    assert_eq!(dry.json()["response"], Value::Null);
    assert_eq!(endpoint.seen().len(), 1, "only the forwarded one");
    let replayed = page.post("/api/v1/replay", &body).is(200).json();
    assert_eq!(replayed["response"]["status"], 200);
    assert_eq!(replayed["difference"], Value::Null);
    let sent = endpoint.seen().pop().unwrap();
    assert_eq!(sent.body, BODY.as_bytes());
    assert_eq!(sent.header("x-chatzuri-signature"), Some(&*signature(BODY.as_bytes())));
    let command = replayed["command"].as_str().unwrap();
    assert!(command.starts_with("cz-hook replay RECORDING --id 1 --url http"), "{command}");
    let edited = BODY.replace("Sarah", "Zoë");
    let request = json!({
        "id": 1,
        "endpoint": url,
        "resign": "(this run)",
        "edit": {"headers": [["Content-Type", "application/json"], ["X-A", "1"], ["x-a", "2"]],
                 "body_base64": STANDARD.encode(&edited)},
    });
    let replayed = page.post("/api/v1/replay", &request).is(200).json();
    assert!(!replayed["difference"].as_array().unwrap().is_empty());
    assert_eq!(replayed["command"], Value::Null);
    let sent = endpoint.seen().pop().unwrap();
    assert_eq!(sent.body, edited.as_bytes());
    assert_eq!(sent.header("x-chatzuri-signature"), Some(&*signature(edited.as_bytes())));
    // What is edited is one request.
    for edit in [
        json!({"headers": [["X-A", "1\r\nX-B: 2"]]}),
        json!({"headers": [["X A", "1"]]}),
        json!({"method": "POST / HTTP/1.1\r\n"}),
        json!({"target": "/ HTTP/1.1\r\nX: y"}),
        json!({"body_base64": "!"}),
    ] {
        let request = json!({"id": 1, "endpoint": url, "edit": edit});
        page.post("/api/v1/replay", &request).is(400);
    }
    page.post("/api/v1/replay", &json!({"id": 9, "endpoint": url})).is(404);
    page.post("/api/v1/replay", &json!({"id": 1, "endpoint": url, "unknown": 1})).is(400);
    assert_eq!(endpoint.seen().len(), 3);
}

#[test]
fn only_endpoints_that_are_named_are_sent_to() {
    let named = Endpoint::accepting();
    let other = Endpoint::accepting();
    let folder = profiles(&format!(
        "[profile.local]\nurl = \"{}\"\nsecret = \"of-local\"\n",
        named.url("/hook")
    ));
    let config = folder.path().join("cz-hook.toml");
    let args = ["listen", "--port", "0", "--ui", "--json", "--secret", SECRET, "--config"];
    let (listening, page) = of(hook(args).arg(&config));
    deliver(&listening);
    let session = page.get("/api/v1/session").json();
    let endpoints = session["endpoints"].as_array().unwrap();
    assert!(endpoints.contains(&json!(named.url("/hook"))), "{endpoints:?}");
    for url in [
        other.url("/"),
        named.url("/other"),
        named.url("/hook?x=1"),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "file:///etc/passwd".to_owned(),
        "http://user:password@127.0.0.1/".to_owned(),
    ] {
        for (path, body) in [
            ("replay", json!({"id": 1, "endpoint": url})),
            ("replay", json!({"id": 1, "endpoint": url, "dry_run": true})),
            ("send", json!({"endpoint": url, "provider": "chatzuri", "event": "lead.submit"})),
            ("test", json!({"endpoint": url, "only": ["accept/lead.submit"]})),
        ] {
            let response = page.post(&format!("/api/v1/{path}"), &body);
            assert!(matches!(response.status, 400 | 403), "{path} {url}: {}", response.status);
        }
    }
    assert!(other.was_untouched() && named.was_untouched());
    let refused =
        page.post("/api/v1/replay", &json!({"id": 1, "endpoint": other.url("/")})).is(403).json();
    assert!(refused["hint"].as_str().unwrap().contains("terminal"), "{refused}");
    page.post("/api/v1/replay", &json!({"id": 1, "endpoint": named.url("/hook")})).is(200);
    assert_eq!(named.seen().len(), 1);
}

#[test]
fn a_file_that_is_not_trusted_names_no_endpoint() {
    let endpoint = Endpoint::accepting();
    let url = endpoint.url("/hook");
    let folder = profiles(&format!("[profile.default]\nurl = \"{url}\"\nsecret = \"s\"\n"));
    let args = ["listen", "--port", "0", "--ui", "--json"];
    let (listening, page) = of(hook(args).within(folder.path()));
    deliver(&listening);
    let session = page.get("/api/v1/session").json();
    assert!(!session["endpoints"].to_string().contains(&url), "{session}");
    assert_eq!(session["profiles"].as_array().unwrap().len(), 1);
    page.post("/api/v1/replay", &json!({"id": 1, "endpoint": url})).is(403);
    assert!(endpoint.was_untouched());
}

#[test]
fn hanging_endpoints_do_not_stop_the_page() {
    let (received, count) = std::sync::mpsc::channel();
    let endpoint = Server::start(move |_: &Asked| {
        let _ = received.send(());
        Said::Silence
    });
    let url = endpoint.url();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.http");
    std::fs::write(&file, crate::support::signed_request()).unwrap();
    let ui = Ui::of(&hook(["ui", file.to_str().unwrap(), "--url", &url]));
    let body = json!({"id": 1, "endpoint": url}).to_string();
    let mut open = Vec::new();
    for _ in 0..8 {
        let mut stream = ui.page.connect();
        let head = format!(
            "POST /api/v1/replay HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            ui.page.host(),
            ui.page.bearer(),
            body.len()
        );
        std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
        open.push(stream);
    }
    for _ in 0..8 {
        count.recv_timeout(crate::support::listening::TIMEOUT).unwrap();
    }
    let more = ui.page.post("/api/v1/replay", &json!({"id": 1, "endpoint": url})).is(503);
    assert!(more.json()["hint"].is_string());
    ui.page.get("/api/v1/deliveries").is(200);
    ui.page.get("/api/v1/deliveries/1").is(200);
}

#[test]
fn secrets_never_come_to_the_page() {
    const OWN: &str = "first-secret-5fd1";
    const OF_PROFILE: &str = "second-secret-8e02";
    const OF_HEADER: &str = "third-secret-77aa";
    // It sends everything back.
    let endpoint = Endpoint::start(|seen| {
        let headers = format!("{:?}", seen.headers);
        let token = seen.header("x-gitlab-token").unwrap_or_default().to_owned();
        Reply::new(200, [headers.as_bytes(), &seen.body].concat()).with("X-Echo", token)
    });
    let url = endpoint.url("/hook");
    let folder = profiles(&format!(
        "[profile.staging]\nurl = \"{url}\"\nprovider = \"gitlab\"\nsecret = \"{OF_PROFILE}\"\n\
         headers = {{ authorization = \"{OF_HEADER}\" }}\n[profile.empty]\nprovider = \"github\"\n"
    ));
    let config = folder.path().join("cz-hook.toml");
    let args = ["listen", "--port", "0", "--ui", "--json", "--secret", OWN, "--config"];
    let (listening, page) = of(hook(args).arg(&config));
    deliver(&listening);
    let gitlab = |more: Value| {
        let mut body =
            json!({"endpoint": url, "provider": "gitlab", "event": "push", "profile": "staging"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let mut answers = vec![
        page.get("/api/v1/session").is(200),
        page.get("/api/v1/deliveries/1").is(200),
        page.get("/api/v1/deliveries/1/attempts").is(200),
        page.get("/api/v1/export?as=har").is(200),
        page.get("/api/v1/deliveries/1/page").is(200),
        page.post("/api/v1/replay", &json!({"id": 1, "endpoint": url, "resign": "staging"})),
        page.post("/api/v1/send", &gitlab(json!({}))).is(200),
        page.post("/api/v1/send", &gitlab(json!({"dry_run": true}))).is(200),
        page.post("/api/v1/send", &gitlab(json!({"tamper": "signature"}))),
        page.post(
            "/api/v1/test",
            &json!({"endpoint": url, "profile": "staging", "provider": "gitlab"}),
        )
        .is(200),
        page.post(
            "/api/v1/send",
            &json!({"endpoint": url, "provider": "chatzuri", "event": "lead.submit"}),
        )
        .is(200),
        page.post(
            "/api/v1/send",
            &json!({"endpoint": url, "provider": "chatzuri", "event": "lead.submit", "profile": "empty"}),
        )
        .is(400),
        page.post(
            "/api/v1/send",
            &json!({"endpoint": url, "provider": "github", "event": "push", "profile": "none"}),
        )
        .is(400),
    ];
    answers.push(page.get("/api/v1/stats"));
    for answer in answers {
        let text = String::from_utf8_lossy(&answer.body);
        for secret in [OWN, OF_PROFILE, OF_HEADER] {
            assert!(!text.contains(secret), "{secret} in {text}");
            for part in text.split('"') {
                let decoded = STANDARD.decode(part).unwrap_or_default();
                assert!(!String::from_utf8_lossy(&decoded).contains(secret), "{secret} in {text}");
            }
        }
    }
    // In a body, too, and also what is nearly the secret.
    for tamper in ["truncated", "signature", "uppercase"] {
        let graph = json!({"provider": "microsoft-graph", "event": "created", "tamper": tamper});
        let sent = page.post("/api/v1/send", &gitlab(graph)).is(200).json();
        let shown = STANDARD.decode(sent["request"]["body_base64"].as_str().unwrap()).unwrap();
        let shown = String::from_utf8(shown).unwrap();
        assert!(shown.contains("[secret]"), "{tamper}: {shown}");
        assert!(!shown.to_lowercase().contains(&OF_PROFILE[1..10]), "{tamper}: {shown}");
    }
    // They were used.
    let seen = endpoint.seen();
    assert!(seen.iter().any(|one| one.header("x-gitlab-token") == Some(OF_PROFILE)));
    assert!(seen.iter().any(|one| one.header("authorization") == Some(OF_HEADER)));
    let session = page.get("/api/v1/session").json();
    let names: Vec<_> = session["profiles"].as_array().unwrap().iter().collect();
    assert_eq!(names[0], &json!({"name": "(this run)", "has_secret": true, "provider": null}));
    assert_eq!(names[1], &json!({"name": "empty", "has_secret": false, "provider": "github"}));
    assert_eq!(names[2], &json!({"name": "staging", "has_secret": true, "provider": "gitlab"}));
}

#[test]
fn a_sample_is_changed_validated_and_sent() {
    let (_listening, page) = listening(["--secret", SECRET]);
    let url = page.get("/api/v1/session").json()["endpoints"][0].clone();
    let send = |more: Value| {
        let mut body = json!({"endpoint": url, "provider": "chatzuri", "event": "lead.submit"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        page.post("/api/v1/send", &body).is(200).json()
    };
    let sent = send(json!({"set": [["payload.customerName", "1"], ["agentId", 7]]}));
    assert_eq!(sent["response"]["status"], 200);
    assert_eq!(sent["violations"][0]["pointer"], "/agentId");
    let body = STANDARD.decode(sent["request"]["body_base64"].as_str().unwrap()).unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((&body["payload"]["customerName"], &body["agentId"]), (&json!("1"), &json!(7)));
    assert_eq!(send(json!({"tamper": "signature"}))["response"]["status"], 400);
    let own = send(json!({"body": "{ \"eventType\": \"lead.submit\" }"}));
    assert_eq!(
        STANDARD.decode(own["request"]["body_base64"].as_str().unwrap()).unwrap(),
        b"{ \"eventType\": \"lead.submit\" }"
    );
    assert!(own["violations"].as_array().unwrap().len() >= 2, "{own}");
    let valid = page.post(
        "/api/v1/validate",
        &json!({"provider": "chatzuri", "event": "lead.submit", "channel": null, "body": BODY}),
    );
    assert_eq!(valid.is(200).json(), json!({"violations": []}));
    assert_eq!(page.get("/api/v1/deliveries").json()["total"], 3);
}

#[test]
fn a_test_streams_the_documented_lines() {
    let (_listening, page) = listening(["--secret", SECRET]);
    let url = page.get("/api/v1/session").json()["endpoints"][0].clone();
    let body = json!({"endpoint": url, "only": ["accept/lead.submit", "refuse/*"]});
    let lines = page.post("/api/v1/test", &body).is(200).lines();
    let of = |kind: &str| lines.iter().filter(|line| line["type"] == kind).collect::<Vec<_>>();
    let (cases, summaries) = (of("case"), of("summary"));
    assert!(
        cases.iter().any(|case| case["id"] == "accept/lead.submit" && case["outcome"] == "passed")
    );
    assert_eq!(summaries.len(), 1);
    assert_eq!(lines.last().unwrap()["type"], "summary");
    assert_eq!(summaries[0]["verdict"], "passed", "{}", summaries[0]);
    page.post("/api/v1/test", &json!({"endpoint": url, "only": ["no/such"]})).is(400);
}

#[test]
fn the_behaviour_is_changed_while_it_runs() {
    let (listening, page) = listening(["--secret", SECRET]);
    let status = || {
        crate::support::listening::status(
            &listening.post(&[crate::support::SIGNED], BODY.as_bytes()),
        )
    };
    assert_eq!(status(), 200);
    let set = |body: Value| page.post("/api/v1/behaviour", &body).is(200).json();
    let now = set(json!({"fail_first": 2, "respond": {"status": 429, "body": "slow down"}}));
    assert_eq!(
        (&now["fail_first"], &now["status"], &now["body"]),
        (&json!(2), &json!(429), &json!("slow down"))
    );
    assert_eq!([status(), status(), status()], [429, 429, 200]);
    set(json!({"fail_first": 0}));
    assert_eq!(status(), 429, "respond alone is for every delivery");
    set(json!({"respond": null}));
    assert_eq!(status(), 200);
    set(json!({"drop_first": 1}));
    assert_eq!(listening.post(&[], b"{}"), "");
    for wrong in [
        json!({"respond": {"status": 42}}),
        json!({"fail_rate": 2}),
        json!({"delay_ms": -1}),
        json!({"delay_ms": 3_600_001}),
        json!({"unknown": 1}),
        json!([]),
    ] {
        page.post("/api/v1/behaviour", &wrong).is(400);
    }
    let row = page.get("/api/v1/deliveries?q=is:fault&limit=1").json()["rows"][0].clone();
    assert_eq!(row["status"], Value::Null, "{row}");
}

#[test]
fn an_endpoint_of_the_command_line_is_allowed() {
    let endpoint = Endpoint::accepting();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.http");
    std::fs::write(&file, crate::support::signed_request()).unwrap();
    let url = endpoint.url("/hook");
    let ui = Ui::of(&hook(["ui", file.to_str().unwrap(), "--url", &url]));
    let replayed =
        ui.page.post("/api/v1/replay", &json!({"id": 1, "endpoint": url})).is(200).json();
    assert_eq!(replayed["response"]["status"], 200);
    let command = replayed["command"].as_str().unwrap();
    let again = hook(shell_words(command)).run();
    assert_eq!(again.code, Some(0), "{command}: {}", again.stderr);
    assert_eq!(endpoint.seen().len(), 2);
}

/// The arguments of a command line without quotes.
fn shell_words(command: &str) -> Vec<String> {
    command.split(' ').skip(1).map(|word| word.trim_matches('\'').to_owned()).collect()
}

#[cfg(unix)]
#[test]
fn another_endpoint_needs_a_yes_in_the_terminal() {
    use crate::support::terminal;
    let endpoint = Endpoint::accepting();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.http");
    std::fs::write(&file, crate::support::signed_request()).unwrap();
    let mut session = terminal::start(&hook(["ui", file.to_str().unwrap()]));
    let shown = session.wait_for("inspector: ");
    let shown = if shown.ends_with("\n") { shown } else { shown + &session.wait_for("\n") };
    let url = shown.split("inspector: ").nth(1).unwrap().lines().next().unwrap();
    let page = super::Page::of(url.trim());
    let mut ask = |path: &str| {
        let request = json!({"id": 1, "endpoint": endpoint.url(path)});
        std::thread::scope(|scope| {
            let asking = scope.spawn(|| page.post("/api/v1/replay", &request).status);
            let shown = session.wait_for("[y/N]");
            assert!(shown.contains(&endpoint.url(path)), "{shown}");
            session.type_line(if path == "/no" { "n" } else { "y" });
            asking.join().unwrap()
        })
    };
    assert_eq!(ask("/no"), 403);
    assert!(endpoint.was_untouched());
    assert_eq!(ask("/yes"), 200);
    assert_eq!(endpoint.seen().len(), 1);
    // It is not asked again.
    let request = json!({"id": 1, "endpoint": endpoint.url("/yes")});
    page.post("/api/v1/replay", &request).is(200);
    assert_eq!(endpoint.seen().len(), 2);
}
