//! What the inspector shows: lists, deliveries, comparisons, exports.

use serde_json::{Value, json};

use super::{Ui, deliver, deliver_body, listening};
use crate::support::endpoint::{Endpoint, Reply};
use crate::support::listening::{Listening, request};
use crate::support::{BODY, SECRET, SIGNED, hook};

fn ids(page: &Value) -> Vec<i64> {
    page["rows"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

/// Some deliveries of each kind.
fn filled() -> (Listening, super::Page) {
    let (listening, page) = listening(["--secret", SECRET, "--fail-first", "1"]);
    deliver(&listening);
    deliver(&listening);
    listening.exchange(&request(
        "POST",
        "/other",
        &[("X-Chatzuri-Signature", "00")],
        BODY.as_bytes(),
    ));
    deliver_body(&listening, b"{\"eventType\":\"no.such\",\"text\":\"needle\"}");
    deliver_body(&listening, b"not json");
    listening.exchange(&request("GET", "/", &[], b""));
    (listening, page)
}

#[test]
fn the_list_is_filtered_and_paged() {
    let (_listening, page) = filled();
    let list = |query: &str| page.get(&format!("/api/v1/deliveries{query}")).is(200).json();
    let all = list("");
    assert_eq!(ids(&all), [1, 2, 3, 4, 5]);
    assert_eq!(
        (&all["total"], &all["matched"], &all["counted"]),
        (&json!(5), &json!(5), &json!(true))
    );
    assert_eq!(all["next"], Value::Null);
    assert_eq!(all["cursor"], 5);
    let newest = list("?limit=2");
    assert_eq!((ids(&newest), &newest["next"]), (vec![4, 5], &json!(4)));
    let older = list("?limit=2&before=4");
    assert_eq!((ids(&older), &older["next"]), (vec![2, 3], &json!(2)));
    assert_eq!(ids(&list("?limit=2&before=2")), [1]);
    let after = list("?limit=2&after=1");
    assert_eq!((ids(&after), &after["next"]), (vec![2, 3], &json!(3)));
    for (filter, expected) in [
        ("sig:valid", vec![1, 2]),
        ("sig:invalid", vec![]),
        ("-sig:valid", vec![3, 4, 5]),
        ("sig:malformed", vec![3]),
        ("event:lead.*", vec![1, 2, 3]),
        ("-event:lead.*", vec![4, 5]),
        ("event:LEAD.*", vec![]),
        ("provider:chatz*", vec![1, 2, 3]),
        ("payload:not_json", vec![5]),
        ("status:503", vec![1]),
        ("status:2xx", vec![2]),
        ("status:4xx", vec![3, 4, 5]),
        ("method:post", vec![1, 2, 3, 4, 5]),
        ("path:/in", vec![1, 2]),
        ("path:/o*", vec![3]),
        ("body:\"needle\"", vec![4]),
        ("needle", vec![4]),
        ("-needle", vec![1, 2, 3, 5]),
        ("\"not json\"", vec![5]),
        ("Lead.Submit", vec![1, 2, 3]),
        ("since:1h", vec![1, 2, 3, 4, 5]),
        ("id:2..4", vec![2, 3, 4]),
        ("id:4..", vec![4, 5]),
        ("is:duplicate", vec![2, 3]),
        ("is:fault", vec![1]),
        ("is:forwarded", vec![]),
        ("event:lead.* path:/in status:2xx", vec![2]),
    ] {
        let query: String = url_encoded(filter);
        let found = list(&format!("?q={query}"));
        assert_eq!(ids(&found), expected, "{filter}");
        assert_eq!(found["matched"], expected.len(), "{filter}");
    }
    let rejected = list("?q=is:rejected");
    assert_eq!(ids(&rejected), [-1]);
    assert_eq!(rejected["rows"][0]["rejected"], "method");
}

fn url_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

#[test]
fn a_delivery_is_shown_with_its_verdict_and_its_cause() {
    let (listening, page) = listening(["--secret", SECRET]);
    deliver(&listening);
    // Signed before a line end was added.
    let changed = [BODY.as_bytes(), b"\n"].concat();
    listening.exchange(&request("POST", "/", &[SIGNED], &changed));
    let valid = page.get("/api/v1/deliveries/1").is(200).json();
    assert_eq!(valid["delivery"]["type"], "delivery");
    assert_eq!(valid["delivery"]["body"], BODY);
    assert_eq!(valid["body"]["text"], BODY);
    assert_eq!(valid["verdict"]["diagnosis"], Value::Null);
    assert_eq!(valid["row"]["signature"], "valid");
    let invalid = page.get("/api/v1/deliveries/2").is(200).json();
    let verdict = &invalid["verdict"];
    assert!(verdict["sentence"].as_str().unwrap().starts_with("Signature invalid: "), "{verdict}");
    assert_eq!(verdict["diagnosis"]["found"], true, "{verdict}");
    assert_eq!(verdict["diagnosis"], invalid["delivery"]["diagnosis"]);
    let difference = &verdict["difference"];
    assert_eq!(difference["offset"], BODY.len());
    assert_eq!(difference["received_bytes"], BODY.len() + 1);
    let column = difference["column"].as_u64().unwrap() as usize;
    let received: String = difference["received"].as_str().unwrap().chars().skip(column).collect();
    assert_eq!(received, "\\n");
    let attempts = page.get("/api/v1/deliveries/1/attempts").json();
    assert_eq!(attempts["attempts"].as_array().unwrap().len(), 1);
    let compared = page.get("/api/v1/compare/1/2").json();
    assert_eq!((&compared["same_bytes"], &compared["same_json"]), (&json!(false), &json!(true)));
    assert_eq!(compared["sentence"], "The bodies are the same JSON in different bytes.");
    assert_eq!(compared["difference"]["differences"][0]["hashed_offset"], BODY.len());
    page.get("/api/v1/deliveries/3").is(404);
    page.get("/api/v1/compare/1/3").is(404);
}

#[test]
fn bodies_are_read_in_ranges() {
    let (listening, page) = listening(["--max-body", "40MiB", "--read-timeout", "60s"]);
    let large: Vec<u8> =
        (0..20 << 20).map(|n: u32| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    deliver_body(&listening, &large);
    let path = "/api/v1/deliveries/1/body";
    let shown = page.get("/api/v1/deliveries/1").is(200).json();
    assert_eq!(
        (&shown["body"]["size"], &shown["body"]["text"]),
        (&json!(large.len()), &Value::Null)
    );
    assert_eq!(shown["delivery"]["body_base64"], Value::Null);
    for (range, expected) in [
        ("bytes=0-9", &large[..10]),
        ("bytes=1000000-1000099", &large[1_000_000..1_000_100]),
        ("bytes=-7", &large[large.len() - 7..]),
        ("bytes=20971510-99999999", &large[20_971_510..]),
        // No more than 16 MiB at once.
        ("bytes=0-", &large[..16 << 20]),
    ] {
        let response = page.get_with(path, &[("Range", range)]).is(206);
        assert!(response.body == expected, "{range}: {} bytes", response.body.len());
        let extent = response.header("content-range").unwrap();
        assert!(extent.ends_with(&format!("/{}", large.len())), "{extent}");
        assert_eq!(response.header("content-type"), Some("application/octet-stream"));
    }
    page.get_with(path, &[("Range", "bytes=20971520-")]).is(416);
    page.get_with(path, &[("Range", "lines=0-1")]).is(400);
    let whole = page.get(path).is(200);
    assert!(whole.body == large);
    page.get(&format!("{path}?part=response")).is(404);
}

#[test]
fn search_statistics_and_samples() {
    let (_listening, page) = filled();
    let found = page.get("/api/v1/search?text=needle").is(200).lines();
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!((&found[0]["id"], &found[0]["at"]), (&json!(4), &json!(31)));
    assert!(found[0]["excerpt"].as_str().unwrap().contains("needle"));
    assert_eq!(found[1], json!({"done": true, "hits": 1, "complete": true}));
    let stats = page.get("/api/v1/stats?minutes=60").is(200).json();
    assert_eq!((&stats["total"], &stats["complete"]), (&json!(5), &json!(true)));
    assert_eq!(stats["by_signature"]["valid"], 2);
    assert_eq!(stats["by_status"]["503"], 1);
    assert!(stats["latency"]["p99"].as_f64().unwrap() > 0.0);
    let samples = page.get("/api/v1/samples?provider=github").is(200).json();
    let push = samples.as_array().unwrap().iter().find(|sample| sample["event"] == "push").unwrap();
    assert!(push["schema"]["properties"].is_object(), "{push}");
    serde_json::from_str::<Value>(push["body"].as_str().unwrap()).unwrap();
}

#[test]
fn exports_hold_what_is_filtered_without_private_values() {
    let (_listening, page) = filled();
    let lines = page.get("/api/v1/export?as=ndjson&q=sig:valid&redact=false").is(200).lines();
    assert_eq!(lines.iter().map(|line| &line["id"]).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(lines[0]["body"], BODY);
    let redacted = page.get("/api/v1/export?as=ndjson&q=sig:valid").is(200);
    let text = String::from_utf8(redacted.body).unwrap();
    assert!(!text.contains("sarah@acme.com") && text.contains("lead.submit"), "{text}");
    let har = page.get("/api/v1/export?as=har").is(200);
    assert_eq!(har.header("content-disposition"), Some("attachment; filename=\"deliveries.har\""));
    assert_eq!(har.json()["log"]["entries"].as_array().unwrap().len(), 5);
    for (format, expected) in [
        ("curl", "curl "),
        ("httpie", "http "),
        ("fetch", "fetch("),
        ("http", "POST /in?a=b HTTP/1.1\r\n"),
        ("python", "import"),
        ("json", "{\n"),
        ("body", BODY),
    ] {
        let one = page.get(&format!("/api/v1/export?as={format}&q=id:2..2&redact=false")).is(200);
        let text = String::from_utf8(one.body).unwrap();
        assert!(text.contains(expected), "{format}: {text}");
        page.get(&format!("/api/v1/export?as={format}")).is(400);
        page.get(&format!("/api/v1/export?as={format}&q=id:99")).is(404);
    }
    let none = page.get("/api/v1/export?as=ndjson&q=id:99").is(200);
    assert!(none.body.is_empty());
    let html = page.get("/api/v1/deliveries/1/page").is(200);
    let html = String::from_utf8(html.body).unwrap();
    assert!(html.contains("<h1>Delivery 1</h1>") && !html.contains("sarah@acme.com"), "{html}");
    let (listening, page) = listening(["--secret", SECRET]);
    let changed = [BODY.as_bytes(), b"\n"].concat();
    listening.exchange(&request("POST", "/", &[SIGNED], &changed));
    let html = String::from_utf8(page.get("/api/v1/deliveries/1/page").is(200).body).unwrap();
    assert!(html.contains("Why the signature is not valid") && !html.contains("sarah"), "{html}");
}

#[test]
fn captures_of_every_format_are_opened() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("j.db");
    let (listening, page) = listening(["--secret", SECRET, "--record", journal.to_str().unwrap()]);
    deliver(&listening);
    deliver_body(&listening, b"{}");
    assert_eq!(ids(&page.get("/api/v1/deliveries").json()), [1, 2]);
    drop(listening);
    let har = folder.path().join("c.har");
    let export = hook(["inspect", journal.to_str().unwrap(), "--as", "har"]).run().exits(0);
    std::fs::write(&har, export.stdout).unwrap();
    for path in [&journal, &har] {
        let ui = Ui::of(&hook(["ui", path.to_str().unwrap(), "--secret", SECRET]));
        let list = ui.page.get("/api/v1/deliveries").is(200).json();
        assert_eq!(ids(&list), [1, 2], "{}", path.display());
        assert_eq!(list["rows"][0]["signature"], "valid", "{}", path.display());
        let session = ui.page.get("/api/v1/session").json();
        assert_eq!((&session["mode"], &session["behaviour"]), (&json!("file"), &Value::Null));
        ui.page.post("/api/v1/behaviour", &json!({"fail_first": 1})).is(409);
        #[cfg(unix)]
        {
            let (code, stderr) = ui.end();
            assert_eq!(code, Some(130), "{stderr}");
        }
    }
    let missing = hook(["ui", "/no/such/file"]).run();
    assert_eq!(missing.code, Some(3), "{}", missing.stderr);
}

#[test]
fn a_page_address_is_the_page_and_other_paths_are_not() {
    let (_listening, page) = listening([]);
    for path in
        ["/", "/?q=a", "/d/42?tab=bytes&at=117", "/compare/42/57", "/send", "/test", "/stats"]
    {
        let response = page.get(path).is(200);
        assert_eq!(response.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        assert_eq!(response.body, page.get("/").body, "{path}");
    }
    for path in ["/d/1/2", "/index.html", "/favicon.ico", "/assets/", "/api", "/api/v2/session"] {
        assert!(matches!(page.get(path).status, 401 | 404), "{path}");
    }
}

#[test]
fn all_files_of_the_page_are_under_60_kb_together() {
    const MAX_SENT: usize = 60_000;
    let (_listening, page) = listening([]);
    let load = |path: &str| {
        let response = page.get(path).is(200);
        assert_eq!(response.header("content-encoding"), Some("deflate"), "{path}");
        let contents = miniz_oxide::inflate::decompress_to_vec_zlib(&response.body);
        let text = String::from_utf8(contents.expect("a compressed file")).expect("text");
        (response.body.len(), text)
    };
    let (mut sent, html) = load("/");
    let mut paths: Vec<_> = html.split('"').filter(|part| part.starts_with("/assets/")).collect();
    assert_eq!(paths.len(), 5, "{paths:?}");
    paths.push("/assets/vendor/LICENSES");
    for path in &paths {
        let (bytes, text) = load(path);
        let is_own = !path.contains("/vendor/");
        assert!(!is_own || !text.contains("/**") && !text.contains("@ts-check"), "{path}");
        // Browsers do not ask for it.
        sent += if path.ends_with("LICENSES") { 0 } else { bytes };
    }
    assert!(sent < MAX_SENT, "the page is {sent} bytes, compressed");
}

#[test]
fn the_response_of_an_endpoint_is_shown_escaped_and_never_in_what_is_redacted() {
    const HOSTILE: &str = "<script>alert(1)</script>\u{202e} of jane@example.org";
    let endpoint = Endpoint::start(|_| Reply::new(500, HOSTILE).with("X-Why", "<b>jane</b>"));
    let url = endpoint.url("/");
    let (listening, page) = listening(["--secret", SECRET, "--forward-to", &url]);
    deliver(&listening);
    let shown = page.get("/api/v1/deliveries/1").is(200).json();
    let response = &shown["delivery"]["forwarded"]["response"];
    assert_eq!((&response["body"], &response["clipped"]), (&json!(HOSTILE), &json!(false)));
    let headers = response["headers"].as_array().unwrap();
    assert!(headers.contains(&json!(["x-why", "<b>jane</b>"])), "{headers:?}");
    let text = |path: &str| String::from_utf8(page.get(path).is(200).body).unwrap();
    let html = text("/api/v1/deliveries/1/page?redact=false");
    assert!(html.contains("Response of the endpoint"), "{html}");
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;\\u{202e}"), "{html}");
    assert!(html.contains("x-why: &lt;b&gt;jane"), "{html}");
    assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
    assert!(text("/api/v1/export?as=ndjson&redact=false").contains("jane"));
    for path in ["/api/v1/deliveries/1/page", "/api/v1/export?as=ndjson", "/api/v1/export?as=har"] {
        assert!(!text(path).contains("jane"), "{path}");
    }
}

#[test]
fn the_rows_of_a_list_are_short_whatever_senders_choose() {
    let (listening, page) = listening([]);
    let long = "é".repeat(100_000);
    let body = json!({ "eventType": long, "channel": long, "agentId": "x", "payload": {} });
    let body = body.to_string();
    let target = format!("/{}", "a".repeat(20_000));
    listening.exchange(&request("POST", &target, &[], body.as_bytes()));
    listening.exchange(&request("GET", &target, &[], b""));
    let list = page.get("/api/v1/deliveries").is(200);
    let row = &list.json()["rows"][0];
    for name in ["event", "channel"] {
        let text = row[name].as_str().unwrap();
        assert!(long.starts_with(text) && text.chars().count() == 300, "{name}: {text}");
    }
    assert_eq!(row["target"].as_str().unwrap().len(), 300);
    for path in
        ["/api/v1/deliveries", "/api/v1/deliveries?q=is:rejected", "/api/v1/deliveries/1/attempts"]
    {
        assert!(page.get(path).is(200).body.len() < 5000, "{path}");
    }
    let delivery = &page.get("/api/v1/deliveries/1").is(200).json()["delivery"];
    assert_eq!((&delivery["event"], &delivery["target"]), (&json!(long), &json!(target)));
}
