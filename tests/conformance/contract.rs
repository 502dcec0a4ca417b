//! `test --contract`: the endpoint's own statuses, bodies and times.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::Value;

use crate::reports::satisfies_sarif;
use crate::support::http::Answer;
use crate::support::server::{Asked, Server};
use crate::support::{Hook, SECRET, hook, root};
use crate::{failed, found, is_right, lines, right, say, say_that, set, test};

/// A folder with a contract and the files that it names.
struct Place(tempfile::TempDir);

impl Place {
    fn new(contract: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write("webhook.yaml", contract);
        place
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).unwrap();
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// A run of the contract alone.
    fn test(&self, endpoint: &Server, args: &[&str]) -> Hook {
        let own = ["--contract", "webhook.yaml", "--only", "contract/*"];
        test(endpoint, &own).args(args).within(self.path())
    }
}

/// Stores leads, answers a second one with 409, and takes nothing but JSON.
fn shop() -> Server {
    let seen = Mutex::new(Vec::new());
    Server::saying(move |asked: &Asked| {
        if asked.head.method != "POST" {
            return Answer::new(405, "").with("Allow", "POST").into();
        }
        if !is_right(asked) {
            return Answer::new(401, r#"{"error":"signature"}"#).with("Via", "shop").into();
        }
        if asked.head.values("content-type") != [b"application/json"] {
            return say(415);
        }
        let Ok(body) = serde_json::from_slice::<Value>(&asked.body) else {
            return say_that(422, "no JSON");
        };
        let mut seen = seen.lock().unwrap();
        let key = asked.body.clone();
        if seen.contains(&key) {
            return say_that(409, r#"{"status":"duplicate"}"#);
        }
        seen.push(key);
        let name = &body["payload"]["customerName"];
        let stored = serde_json::json!({ "status": "stored", "name": name, "id": seen.len() });
        Answer::new(201, stored.to_string()).with("Content-Type", "application/json").into()
    })
}

const CONTRACT: &str = r#"# yaml-language-server: $schema=contract.schema.json
provider: chatzuri
cases:
  stores-a-lead:
    title: a lead is stored under its name
    send:
      event: lead.submit
      set: { payload.customerName: Zoë }
    expect:
      status: 201
      headers:
        content-type: { contains: json }
        set-cookie: { present: false }
      body: { matches: '"id":\d+' }
      json: { /status: stored, /name: Zoë }
      schema: schema.json
  answers-duplicates:
    send: { event: lead.submit, set: { payload.customerName: Ann }, duplicate: true }
    expect: { status: 409, json: { "": { status: duplicate } } }
  rejects-changes:
    send: { event: lead.submit, tamper: body }
    expect: { status: 401, headers: { via: shop }, body: '{"error":"signature"}' }
  rejects-unsigned:
    send: { event: lead.submit, tamper: missing }
  takes-only-json:
    send: { event: lead.submit, headers: { content-type: text/plain } }
    expect: 415
  refuses-text:
    send: { body: text.txt }
    expect: { status: [400, 422], body: no JSON }
  refuses-other-methods:
    send: { data: { a: 1 }, method: put }
    expect: { status: 405, headers: { allow: POST } }
"#;

const SCHEMA: &str =
    r#"{ "type": "object", "required": ["id"], "properties": { "id": { "type": "integer" } } }"#;

fn place() -> Place {
    let place = Place::new(CONTRACT);
    place.write("schema.json", SCHEMA);
    place.write("text.txt", "not JSON");
    place
}

#[test]
fn an_endpoint_that_keeps_its_contract_passes() {
    let (cases, summary) = lines(&place().test(&shop(), &["--json"]).run().exits(0));
    assert_eq!(cases.len(), 7);
    assert_eq!((&summary["passed"], &summary["failed"]), (&7.into(), &0.into()));
    let case = found(&cases, "contract/stores-a-lead");
    assert_eq!(case["severity"], "required");
    assert_eq!(case["title"], "a lead is stored under its name");
    assert_eq!(case["source"], serde_json::json!({ "path": "webhook.yaml", "line": 4 }));
    let case = found(&cases, "contract/answers-duplicates");
    assert_eq!((&case["sent"], &case["answer"]["status"]), (&2.into(), &409.into()));
}

#[test]
fn every_broken_promise_fails_its_case_and_says_how() {
    let place = place();
    // It takes everything, and answers always the same.
    let endpoint = Server::saying(|_| say_that(200, r#"{"status":"ok","name":"Zoë","id":"7"}"#));
    let ran = place.test(&endpoint, &["--json"]).run().exits(1);
    let (cases, summary) = lines(&ran);
    assert_eq!(failed(&cases, "required").len(), 7);
    assert_eq!(summary["findings"].as_array().unwrap().len(), 7);
    for (id, parts) in [
        (
            "contract/stores-a-lead",
            &[
                "responded with 200, expected 201",
                "the body is `{\"status\":\"ok\"",
                "/status of the body is `\"ok\"`, expected `\"stored\"`",
                "/id of the body: expected an integer, found a string",
            ][..],
        ),
        ("contract/answers-duplicates", &["responded with 200, expected 409"]),
        ("contract/rejects-changes", &["expected 401", "the header via is missing"]),
        ("contract/rejects-unsigned", &["responded with 200, expected 4xx"]),
        ("contract/refuses-text", &["expected 400 or 422", "expected `no JSON`"]),
        ("contract/refuses-other-methods", &["expected 405", "the header allow is missing"]),
    ] {
        let reason = found(&cases, id)["reason"].as_str().unwrap();
        for part in parts {
            assert!(reason.contains(part), "{id}: {reason}");
        }
    }
}

#[test]
fn times_are_held_to_their_limits() {
    let slow = Server::saying(|_| {
        std::thread::sleep(Duration::from_millis(20));
        say(200)
    });
    let contract = |latency: &str| {
        Place::new(&format!(
            "cases:\n  fast:\n    send: lead.submit\n    expect: {{ latency: {latency} }}\n"
        ))
    };
    let (cases, _) =
        lines(&contract("[p95 < 1 h, p50 < 1h, < 1h]").test(&slow, &["--json"]).run().exits(0));
    let latency = &found(&cases, "contract/fast")["latency"];
    assert_eq!(latency["count"], 20);
    assert!(latency["p95_ms"].as_f64().unwrap() >= 20.0, "{latency}");
    assert_eq!(found(&cases, "contract/fast")["sent"], 20);
    for (limit, words, sent) in [
        ("p95 < 10 ms", "p95 was ", 20),
        ("'< 10 ms'", "it took ", 1),
        ("[p95 < 1 h, < 10 ms]", "number 1 of 20: it took ", 1),
    ] {
        let (cases, _) = lines(&contract(limit).test(&slow, &["--json"]).run().exits(1));
        let case = found(&cases, "contract/fast");
        let reason = case["reason"].as_str().unwrap();
        assert!(reason.contains(words) && reason.contains("expected "), "{reason}");
        assert_eq!(case["sent"], sent, "{reason}");
    }
}

/// The contract does not depend on the first delivery of the run, and its cases join all others.
#[test]
fn a_contract_joins_the_other_cases_and_runs_without_them() {
    let place = Place::new("cases:\n  refuses: { send: lead.submit, expect: 403 }\n");
    let closed = Server::saying(|_| say(403));
    place.test(&closed, &[]).run().exits(0);
    let both =
        ["--contract", "webhook.yaml", "--json", "--only", "contract/*", "--only", "accept/emoji"];
    let (cases, summary) = lines(&test(&closed, &both).within(place.path()).run().exits(1));
    assert_eq!(found(&cases, "contract/refuses")["outcome"], "passed");
    assert_eq!(summary["stopped"]["by"], "preflight");
    let (cases, _) = lines(&test(&right(), &both).within(place.path()).run().exits(1));
    assert_eq!(failed(&cases, "required"), set(&["contract/refuses"]));
    let tolerated = ["--tolerate", "contract/refuses"];
    test(&right(), &both).args(tolerated).within(place.path()).run().exits(0);
    let nobody =
        ["test", "--secret", SECRET, "--url", "http://127.0.0.1:1/", "--contract", "webhook.yaml"];
    hook(nobody).within(place.path()).run().exits(3);
}

#[test]
fn the_cases_are_listed_and_the_contract_is_checked_without_an_endpoint() {
    let place = place();
    let list = ["test", "--list", "--json", "--only", "contract/*", "--contract", "webhook.yaml"];
    let listed = hook(list).within(place.path()).run().exits(0).json();
    let title = |id: &str| found(&listed, id)["title"].as_str().unwrap().to_owned();
    assert_eq!(listed.len(), 7);
    assert_eq!(
        title("contract/rejects-unsigned"),
        "lead.submit that has no signature header gets 4xx"
    );
    assert_eq!(title("contract/refuses-text"), "text.txt gets 400 or 422");
    // The order of the file is the order of the run, before all others.
    let all = hook(["test", "--list", "--json", "--contract", "webhook.yaml"]).within(place.path());
    assert_eq!(all.run().exits(0).json()[0]["id"], "contract/stores-a-lead");
}

#[test]
fn errors_name_the_file_the_line_and_the_key() {
    let endpoint = right();
    for (contract, said) in [
        (
            "cases:\n  a:\n    send: lead.sumbit\n",
            &["webhook.yaml, line 3: cases.a.send: ", "did you mean `lead.submit`"][..],
        ),
        (
            "cases:\n  a:\n    send: lead.submit\n    expct: 200\n",
            &["line 4: cases.a: there is no key `expct`", "did you mean `expect`"],
        ),
        (
            "cases:\n  a:\n    send: { event: lead.submit, set: { payload.customerNam: x } }\n",
            &["line 3: cases.a.send: ", "payload.customerName"],
        ),
        (
            "cases:\n  a:\n    send: { event: lead.submit, channel: web }\n",
            &["cases.a.send: lead.submit has no channels"],
        ),
        (
            "cases:\n  a:\n    send: { event: lead.submit, headers: { content-length: '1' } }\n",
            &["cases.a.send: the header content-length"],
        ),
        ("cases: [\n", &["webhook.yaml, line 2: this is not YAML"]),
        ("provider: nobody\ncases: { a: { send: b } }\n", &["nobody"]),
    ] {
        let ran = Place::new(contract).test(&endpoint, &[]).run().exits(2);
        for part in said {
            assert!(ran.stderr.contains(part), "{contract}: {}", ran.stderr);
        }
        assert!(ran.stdout.is_empty(), "{contract}");
    }
    let other = place().test(&endpoint, &["--provider", "github"]).run().exits(2);
    assert!(other.stderr.contains("is a contract for chatzuri"), "{}", other.stderr);
}

/// A contract is data: the files that it names are in its folder, also behind links.
#[cfg(unix)]
#[test]
fn named_files_stay_in_the_folder_of_the_contract() {
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret.txt");
    std::fs::write(&secret, "hunter2").unwrap();
    let endpoint = right();
    let place = Place::new("");
    std::os::unix::fs::symlink(&secret, place.path().join("link.txt")).unwrap();
    std::fs::create_dir(place.path().join("folder")).unwrap();
    let relative = format!("../{}/secret.txt", outside.path().file_name().unwrap().display());
    for (named, said) in [
        (secret.to_str().unwrap(), "outside of the contract's folder"),
        (&relative, "outside of the contract's folder"),
        ("link.txt", "outside of the contract's folder"),
        ("folder", "not a regular file"),
        ("none.txt", "cannot read none.txt"),
    ] {
        for key in ["send: { body: FILE }", "send: lead.submit\n    expect: { schema: FILE }"] {
            let case = key.replace("FILE", named);
            place.write("webhook.yaml", &format!("cases:\n  a:\n    {case}\n"));
            let ran = place.test(&endpoint, &[]).run().exits(2);
            assert!(ran.stderr.contains(said), "{named}: {}", ran.stderr);
            assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
        }
    }
}

/// Each delivery is signed when it is sent, and again for every repetition; a duplicate has the same bytes.
#[test]
fn every_delivery_is_signed_when_it_is_sent() {
    let place = Place::new(
        "provider: standard-webhooks\ncases:\n  twice:\n    send: { data: '{}' }\n    repeat: 2\n  again:\n    send: { data: '{}', duplicate: true }\n",
    );
    let seen = std::sync::Arc::new(Mutex::new(Vec::new()));
    let endpoint = Server::saying({
        let seen = std::sync::Arc::clone(&seen);
        move |asked: &Asked| {
            let value = |name| asked.head.values(name)[0].to_vec();
            seen.lock().unwrap().push((value("webhook-id"), value("webhook-signature")));
            say(200)
        }
    });
    let url = endpoint.url();
    let args = ["test", "--contract", "webhook.yaml", "--only", "contract/*", "--url", &url];
    let secret = "whsec_dGVzdF9zZWNyZXRfdGVzdF9zZWNyZXQ=";
    hook(args).within(place.path()).env("CZ_HOOK_SECRET", secret).run().exits(0);
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 4);
    assert_ne!(seen[0], seen[1]);
    assert_eq!(seen[2], seen[3]);
}

#[test]
fn a_rate_limit_is_waited_for_unless_the_contract_expects_it() {
    for (expect, code, requests) in [("429", 0, 1), ("200", 1, 3)] {
        let count = std::sync::Arc::new(Mutex::new(0));
        let endpoint = Server::saying({
            let count = std::sync::Arc::clone(&count);
            move |_: &Asked| {
                *count.lock().unwrap() += 1;
                Answer::new(429, "").with("Retry-After", "0").into()
            }
        });
        let place =
            Place::new(&format!("cases:\n  a: {{ send: lead.submit, expect: {expect} }}\n"));
        place.test(&endpoint, &[]).run().exits(code);
        assert_eq!(*count.lock().unwrap(), requests, "{expect}");
    }
}

/// All reports have the cases, and those that show places in files name the line of the contract.
#[test]
fn reports_name_the_line_of_the_contract() {
    let place = place();
    let endpoint = Server::saying(|_| say(200));
    let kinds = ["junit", "tap", "sarif", "gitlab", "html", "markdown", "text", "json"];
    let reports: Vec<String> = kinds.iter().map(|kind| format!("{kind}={kind}.out")).collect();
    let args: Vec<&str> = reports.iter().flat_map(|report| ["--report", report]).collect();
    let ran = place.test(&endpoint, &args).env("GITHUB_ACTIONS", "true").run().exits(1);
    let read =
        |kind: &str| std::fs::read_to_string(place.path().join(format!("{kind}.out"))).unwrap();
    for kind in kinds {
        assert!(read(kind).contains("contract/takes-only-json"), "{kind}");
    }
    let annotation = "::error file=webhook.yaml,line=25,title=cz-hook failure%3A contract::";
    assert!(ran.out().contains(annotation), "{}", ran.out());
    let sarif: Value = serde_json::from_str(&read("sarif")).unwrap();
    satisfies_sarif(&sarif);
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let of = |id: &str| results.iter().find(|result| result["ruleId"] == id).unwrap();
    let location = &of("contract/takes-only-json")["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "webhook.yaml");
    assert_eq!(location["region"]["startLine"], 25);
    let issues: Vec<Value> = serde_json::from_str(&read("gitlab")).unwrap();
    let issue = issues.iter().find(|issue| issue["check_name"] == "contract/takes-only-json");
    let location = &issue.unwrap()["location"];
    assert_eq!(
        (&location["path"], &location["lines"]["begin"]),
        (&"webhook.yaml".into(), &25.into())
    );
}

/// What editors complete and check.
#[test]
fn the_schema_for_editors_is_printed_and_accepts_a_contract_in_json() {
    let printed = hook(["test", "--contract-schema"]).run().exits(0);
    let file = std::fs::read_to_string(root().join("docs/schema/contract.schema.json")).unwrap();
    assert_eq!(printed.out(), file);
    let contract = serde_json::json!({
        "$schema": "contract.schema.json",
        "cases": { "a": { "send": "lead.submit", "expect": { "status": "2xx", "latency": "< 1 h" } } },
    });
    let schema: Value = serde_json::from_str(&file).unwrap();
    assert!(jsonschema::draft202012::new(&schema).unwrap().is_valid(&contract));
    let place = Place::new(&format!("{contract:#}"));
    place.test(&right(), &[]).run().exits(0);
    // A contract comes from a pipe, too.
    let piped = ["--contract", "-", "--only", "contract/*"];
    test(&right(), &piped).stdin(contract.to_string()).run().exits(0);
}

/// The contract of the documentation is one, and its schema accepts it.
#[test]
fn the_documented_contract_is_read() {
    let page = std::fs::read_to_string(root().join("docs/conformance.md")).unwrap();
    let block = page.split("<!-- contract -->\n```yaml\n").nth(1).expect("the mark");
    let place = Place::new(block.split("```").next().unwrap());
    place.write("response.schema.json", SCHEMA);
    let list = ["test", "--list", "--only", "contract/*", "--contract", "webhook.yaml"];
    let listed = hook(list).within(place.path()).run().exits(0);
    assert!(listed.out().contains("contract/rejects-text"), "{}", listed.out());
}
