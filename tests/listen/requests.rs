//! Which requests are received: the host that they name, pages of other origins, health checks.

use serde_json::{Value, json};

use crate::support::listening::{Listening, request, status};
use crate::support::{BODY, SECRET, SIGNED, hook};

/// A signed delivery with these lines after its request line.
fn delivery(target: &str, version: &str, lines: &[&str]) -> Vec<u8> {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    let (name, value) = SIGNED;
    let length = BODY.len();
    format!(
        "POST {target} HTTP/{version}\r\n{lines}{name}: {value}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{BODY}"
    )
    .into_bytes()
}

fn listen<const N: usize>(args: [&str; N]) -> Listening {
    let mut all = vec!["listen", "--port", "0", "--json", "--secret", SECRET];
    all.extend(args);
    Listening::of(hook(all))
}

#[test]
fn a_missing_repeated_or_invalid_host_gets_400() {
    let listening = listen([]);
    let invalid = [
        "",
        "a b",
        "a, b",
        "localhost,localhost",
        "user@localhost",
        "user:secret@localhost",
        "localhost/x",
        "http://localhost",
        "localhost:65536",
        "localhost:99999999999",
        "localhost:-1",
        "localhost:+80",
        "localhost:80:80",
        "localhost:x",
        "::1",
        "[::1",
        "[::1]x",
        "[::g]",
        "[]",
        "a\\b",
        "a?b",
        "a#b",
        "<script>",
        "a%2",
        "\u{fc}.example",
        "\"a\"",
    ];
    let mut requests: Vec<Vec<u8>> =
        invalid.iter().map(|host| delivery("/", "1.1", &[&format!("Host: {host}")])).collect();
    requests.extend([
        delivery("/", "1.1", &[]),
        delivery("/", "1.1", &["Host: localhost", "Host: localhost"]),
        delivery("/", "1.1", &["Host: a", "X: y", "hOST: b"]),
        delivery("/", "1.0", &["Host: a", "Host: a"]),
        delivery("/", "1.0", &["Host: a b"]),
        delivery("/", "1.1", &["Host: \u{1}"]),
        delivery("/", "1.1", &["Host: a\0b"]),
        delivery("/", "1.1", &["Host : localhost"]),
        delivery("/", "1.1", &["Host:", " localhost"]),
        delivery("/", "1.1", &["Host: localhost", " , b"]),
        // The absolute form needs a valid host in the header, too.
        delivery("http://localhost/", "1.1", &[]),
        delivery("http://localhost/", "1.1", &["Host: a", "Host: b"]),
        delivery("http://localhost/", "1.1", &["Host: a b"]),
        delivery("http://user@localhost/", "1.1", &["Host: localhost"]),
        delivery("http://user:secret@localhost/", "1.1", &["Host: localhost"]),
        delivery("http://localhost:65536/", "1.1", &["Host: localhost"]),
        delivery("http:///x", "1.1", &["Host: localhost"]),
        delivery("http://:80/", "1.1", &["Host: localhost"]),
        delivery("http://[::1/", "1.1", &["Host: localhost"]),
        delivery("http://a,b/", "1.1", &["Host: localhost"]),
    ]);
    for bytes in &requests {
        let shown = String::from_utf8_lossy(bytes);
        let response = listening.exchange(bytes);
        assert_eq!(status(&response), 400, "{shown}");
        let line = listening.json_of("turned_away");
        assert_eq!(
            (&line["reason"], &line["response"]["status"]),
            (&json!("malformed"), &json!(400)),
            "{shown}"
        );
    }
    assert_eq!(status(&listening.post(&[SIGNED], BODY.as_bytes())), 200);
    assert_eq!(listening.json()["id"], 1, "none of them was a delivery");
}

#[test]
fn valid_hosts_are_accepted() {
    let listening = listen([]);
    for host in [
        "localhost",
        "localhost:8080",
        "LOCALHOST.",
        "a_b.example",
        "xn--bcher-kva.example:443",
        "127.0.0.1",
        "127.0.0.1:1",
        "[::1]",
        "[::1]:65535",
        "[2001:db8::7]:80",
        "localhost:",
        "  localhost\t",
        "a%2Db",
    ] {
        let bytes = delivery("/", "1.1", &[&format!("Host: {host}")]);
        assert_eq!(status(&listening.exchange(&bytes)), 200, "{host}");
    }
    assert_eq!(status(&listening.exchange(&delivery("/", "1.0", &[]))), 200, "HTTP/1.0 needs none");
    for target in
        ["http://localhost/", "http://[::1]:80/x", "http://a.example?x=//u@b", "/a?b=http://u@c"]
    {
        let bytes = delivery(target, "1.1", &["Host: other.example"]);
        assert_eq!(status(&listening.exchange(&bytes)), 200, "{target}");
    }
}

#[test]
fn the_host_of_each_request_of_a_connection_counts() {
    let listening = listen([]);
    let keep = |lines: &[&str]| {
        let bytes = delivery("/", "1.1", lines);
        String::from_utf8(bytes).unwrap().replace("Connection: close\r\n", "")
    };
    let last = String::from_utf8(delivery("/", "1.1", &["Host: a"])).unwrap();
    let all = keep(&["Host: a"]) + &keep(&[]) + &keep(&["Host: a", "Host: a"]) + &last;
    let response = listening.exchange(all.as_bytes());
    let codes: Vec<_> = response.split("HTTP/1.1 ").skip(1).map(|part| &part[..3]).collect();
    assert_eq!(codes, ["200", "400", "400", "200"], "{response}");
}

/// Whether the response lets a page of another origin read it.
fn allowed_origin(response: &str) -> Option<&str> {
    let name = "access-control-allow-origin: ";
    response.lines().find_map(|line| line.strip_prefix(name))
}

#[test]
fn a_page_of_another_origin_gets_403() {
    let listening = listen([]);
    let port = listening.port;
    let other_port = format!("http://localhost:{}", port.wrapping_add(1));
    let cross: [&[(&str, &str)]; 12] = [
        &[("Origin", "https://evil.example")],
        &[("Origin", "null")],
        &[("Origin", "")],
        &[("Origin", "http://localhost.evil.example")],
        &[("Origin", &other_port)],
        &[("Origin", &format!("https://127.0.0.1:{port}"))],
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "same-site")],
        &[("Sec-Fetch-Site", "Cross-Site")],
        &[("Origin", &format!("http://127.0.0.1:{port}")), ("Sec-Fetch-Site", "cross-site")],
        &[("Origin", &format!("http://127.0.0.1:{port}")), ("Origin", "https://evil.example")],
        &[("oRIGIN", "https://evil.example"), ("Sec-Fetch-Site", "same-origin")],
    ];
    for headers in cross {
        let all = [&[SIGNED], headers].concat();
        let response = listening.post(&all, BODY.as_bytes());
        assert_eq!(status(&response), 403, "{headers:?}");
        assert!(response.contains("--allow-origin"), "{response}");
        assert_eq!(allowed_origin(&response), None);
        let line = listening.json_of("turned_away");
        assert_eq!((&line["reason"], &line["response"]["status"]), (&json!("origin"), &json!(403)));
    }
    // A name that an attacker lets point to this machine.
    let rebound = format!("Host: evil.example:{port}");
    let bytes = delivery("/", "1.1", &[&rebound, &format!("Origin: http://evil.example:{port}")]);
    assert_eq!(status(&listening.exchange(&bytes)), 403);
    // Requests of the listener's own origin, and of programs.
    let own: [&[(&str, &str)]; 6] = [
        &[],
        &[("Origin", &format!("http://127.0.0.1:{port}"))],
        &[("Origin", &format!("http://localhost:{port}"))],
        &[("Origin", "http://localhost"), ("Sec-Fetch-Site", "same-origin")],
        &[("Sec-Fetch-Site", "none")],
        &[("Referer", "https://evil.example/")],
    ];
    for headers in own {
        let all = [&[SIGNED], headers].concat();
        assert_eq!(status(&listening.post(&all, BODY.as_bytes())), 200, "{headers:?}");
    }
}

fn preflight(origin: &str) -> Vec<u8> {
    request(
        "OPTIONS",
        "/",
        &[
            ("Origin", origin),
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "content-type,x-chatzuri-signature"),
        ],
        b"",
    )
}

#[test]
fn an_allowed_origin_gets_its_preflight_and_its_response() {
    let listening = listen([
        "--allow-origin",
        "https://App.example:443",
        "--allow-origin",
        "http://localhost:5173",
    ]);
    for origin in ["https://app.example", "http://localhost:5173"] {
        let response = listening.exchange(&preflight(origin));
        assert_eq!(status(&response), 204, "{response}");
        assert_eq!(allowed_origin(&response), Some(origin), "{response}");
        assert!(response.contains("access-control-allow-methods: POST\r\n"), "{response}");
        assert!(
            response
                .contains("access-control-allow-headers: content-type,x-chatzuri-signature\r\n"),
            "{response}"
        );
        let headers = [SIGNED, ("Origin", origin), ("Sec-Fetch-Site", "cross-site")];
        for (headers, code) in [(&headers[..], 200), (&headers[1..], 400)] {
            let response = listening.post(headers, BODY.as_bytes());
            assert_eq!(status(&response), code);
            assert_eq!(allowed_origin(&response), Some(origin), "{response}");
            assert!(response.contains("vary: Origin\r\n"), "{response}");
        }
    }
    for origin in
        ["https://evil.example", "null", "https://app.example.evil.example", "http://app.example"]
    {
        for bytes in [
            preflight(origin),
            request("POST", "/", &[SIGNED, ("Origin", origin)], BODY.as_bytes()),
        ] {
            let response = listening.exchange(&bytes);
            assert_eq!(status(&response), 403, "{origin}");
            assert_eq!(allowed_origin(&response), None);
        }
    }
    let any = listen(["--allow-origin", "*"]);
    for origin in ["https://evil.example", "null"] {
        assert_eq!(allowed_origin(&any.exchange(&preflight(origin))), Some("*"));
        let response = any
            .post(&[SIGNED, ("Origin", origin), ("Sec-Fetch-Site", "cross-site")], BODY.as_bytes());
        assert_eq!((status(&response), allowed_origin(&response)), (200, Some("*")));
    }
    assert_eq!(any.json_of("delivery")["id"], 1, "a preflight is not a delivery");
    for bad in ["evil.example", "https://a/b", "null", ""] {
        hook(["listen", "--port", "0", "--allow-origin", bad]).run().exits(2);
    }
}

#[test]
fn a_health_check_gets_200_and_is_no_delivery() {
    let listening = listen(["--health-path", "/healthz", "--path", "/hook", "--count", "1"]);
    for method in ["GET", "HEAD"] {
        for target in ["/healthz", "/healthz?full=1"] {
            let response = listening.exchange(&request(method, target, &[], b""));
            assert_eq!(status(&response), 200, "{method} {target}");
            assert_eq!(response.ends_with(r#"{"status":"ok"}"#), method == "GET", "{response}");
        }
    }
    let old = listening.exchange(b"GET /healthz HTTP/1.0\r\n\r\n");
    assert_eq!(status(&old), 200);
    for (method, target, code) in [
        ("POST", "/healthz", 404),
        ("PUT", "/healthz", 404),
        ("GET", "/healthz/", 404),
        ("GET", "/hook", 405),
    ] {
        assert_eq!(
            status(&listening.exchange(&request(method, target, &[], b""))),
            code,
            "{method} {target}"
        );
        listening.json_of("turned_away");
    }
    let accepted = request("POST", "/hook", &[SIGNED], BODY.as_bytes());
    assert_eq!(status(&listening.exchange(&accepted)), 200);
    let (code, lines, _) = listening.end();
    assert_eq!(code, Some(0));
    let lines: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let types: Vec<_> = lines.iter().map(|line| &line["type"]).collect();
    assert_eq!(types, ["delivery"], "health checks are not reported");
    assert_eq!(lines[0]["id"], 1);
}
