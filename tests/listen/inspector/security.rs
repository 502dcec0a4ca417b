//! Who may use the inspector, and what its responses let a browser do.

use serde_json::json;

use super::{Page, Response, deliver, deliver_body, listening};
use crate::support::SECRET;

/// Each route with a method that it has, of every kind.
const ROUTES: [(&str, &str); 21] = [
    ("GET", "/"),
    ("GET", "/d/1?tab=bytes&at=1"),
    ("GET", "/compare/1/2"),
    ("GET", "/assets/none.mjs"),
    ("GET", "/preview/none"),
    ("GET", "/open/none"),
    ("GET", "/nowhere"),
    ("GET", "/api/v1/session"),
    ("GET", "/api/v1/deliveries"),
    ("GET", "/api/v1/deliveries/1"),
    ("GET", "/api/v1/deliveries/1/body"),
    ("GET", "/api/v1/deliveries/9999"),
    ("GET", "/api/v1/deliveries/1/attempts"),
    ("GET", "/api/v1/deliveries/1/page"),
    ("GET", "/api/v1/search?text=a"),
    ("GET", "/api/v1/stats"),
    ("GET", "/api/v1/export?as=har"),
    ("GET", "/api/v1/nowhere"),
    ("POST", "/api/v1/replay"),
    ("POST", "/api/v1/behaviour"),
    ("DELETE", "/api/v1/deliveries/1"),
];

fn ask(page: &Page, method: &str, path: &str, more: &[(&str, &str)]) -> Response {
    let (host, bearer) = (page.host(), page.bearer());
    let mut headers = Vec::new();
    for (name, value) in
        [("Host", &*host), ("Authorization", &bearer), ("Content-Type", "application/json")]
    {
        if !more.iter().any(|(own, _)| *own == name) {
            headers.push((name, value));
        }
    }
    headers.extend(more.iter().filter(|(_, value)| !value.is_empty()));
    page.raw(method, path, &headers, b"{}")
}

#[test]
fn only_the_names_of_this_machine_are_answered() {
    let (_listening, page) = listening(["--secret", SECRET]);
    let port = page.port;
    for (method, path) in ROUTES {
        for host in [
            "evil.example",
            &format!("evil.example:{port}"),
            &format!("127.0.0.1.evil.example:{port}"),
            &format!("localhost.evil.example:{port}"),
            &format!("user@127.0.0.1:{port}"),
            &format!("127.0.0.1:{}", port.wrapping_add(1)),
            "127.0.0.1",
            "localhost",
            &format!("0.0.0.0:{port}"),
            &format!("LOCALHOST:{port}"),
        ] {
            let response = ask(&page, method, path, &[("Host", host)]);
            assert_eq!(response.status, 421, "{method} {path} for {host}");
        }
        for host in [format!("localhost:{port}"), page.host()] {
            let response = ask(&page, method, path, &[("Host", &host)]);
            assert_ne!(response.status, 421, "{method} {path} for {host}");
        }
    }
    let host = page.host();
    let twice = [("Host", &*host), ("Host", "evil.example")];
    let response = page.raw("GET", "/", &twice, b"");
    assert!(matches!(response.status, 400 | 421), "{}", response.status);
    let response = page.raw("GET", "/", &[], b"");
    assert!(matches!(response.status, 400 | 421), "{}", response.status);
    // The target may name another host than the header.
    page.raw("GET", &format!("http://evil.example:{port}/"), &[("Host", &host)], b"").is(421);
}

#[test]
fn other_origins_and_sites_are_refused() {
    let (_listening, page) = listening(["--secret", SECRET]);
    let own = format!("http://{}", page.host());
    for (method, path) in ROUTES {
        for origin in [
            "http://evil.example",
            "null",
            &format!("https://127.0.0.1:{}", page.port),
            &format!("http://localhost:{}", page.port),
            &format!("{own}.evil.example"),
            "http://127.0.0.1",
            &format!("{own}/"),
        ] {
            let response = ask(&page, method, path, &[("Origin", origin)]);
            assert_eq!(response.status, 403, "{method} {path} from {origin}");
        }
        for site in ["cross-site", "same-site", "other"] {
            let response = ask(&page, method, path, &[("Sec-Fetch-Site", site)]);
            assert_eq!(response.status, 403, "{method} {path} from {site}");
        }
        for more in
            [("Origin", &*own), ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "none")]
        {
            assert_ne!(ask(&page, method, path, &[more]).status, 403, "{method} {path} {more:?}");
        }
    }
}

#[test]
fn the_api_needs_the_token_on_every_path() {
    let (listening, page) = listening(["--secret", SECRET]);
    deliver(&listening);
    let token = page.token.clone();
    assert!(token.len() >= 43, "256 bits in base64: {token}");
    let api = ROUTES.iter().filter(|(_, path)| path.starts_with("/api/"));
    for (method, path) in
        api.chain(&[("OPTIONS", "/api/v1/deliveries"), ("HEAD", "/api/v1/session")])
    {
        for wrong in [
            "",
            "Bearer",
            "Bearer ",
            &format!("Bearer {}", &token[1..]),
            &format!("Bearer {token}x"),
            &format!("bearer {token}"),
            &format!("Basic {token}"),
            &token,
            &format!("Bearer {}", "A".repeat(token.len())),
        ] {
            let response = ask(&page, method, path, &[("Authorization", wrong)]);
            assert_eq!(response.status, 401, "{method} {path} with {wrong:?}");
            assert!(!String::from_utf8_lossy(&response.body).contains(&token));
        }
        // Neither a cookie nor a parameter is a token.
        let path = format!("{path}{}token={token}", if path.contains('?') { '&' } else { '?' });
        let cookie = format!("token={token}");
        let more = [("Authorization", ""), ("Cookie", &*cookie)];
        assert_eq!(ask(&page, method, &path, &more).status, 401, "{method} {path}");
    }
    // What needs no token holds no data.
    let index = ask(&page, "GET", "/d/1", &[("Authorization", "")]).is(200);
    assert!(!String::from_utf8_lossy(&index.body).contains("agent_abc123"));
}

#[test]
fn writes_are_json_posts() {
    let (listening, page) = listening(["--secret", SECRET]);
    deliver(&listening);
    let body = json!({"delay_ms": 1}).to_string();
    let (host, bearer) = (page.host(), page.bearer());
    let send = |content_type: Option<&str>| {
        let mut headers = vec![("Host", &*host), ("Authorization", &*bearer)];
        headers.extend(content_type.map(|value| ("Content-Type", value)));
        page.raw("POST", "/api/v1/behaviour", &headers, body.as_bytes())
    };
    // The forms that a page of another origin can send without asking.
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("text/plain; application/json"),
    ] {
        assert_eq!(send(content_type).status, 415, "{content_type:?}");
    }
    assert_eq!(page.get("/api/v1/session").json()["behaviour"]["delay_ms"], 0);
    send(Some("application/json; charset=utf-8")).is(200);
    for (method, path, allowed) in [
        ("GET", "/api/v1/replay", "POST"),
        ("GET", "/api/v1/behaviour", "POST"),
        ("PUT", "/api/v1/session", "GET"),
        ("POST", "/api/v1/session", "GET"),
        ("OPTIONS", "/api/v1/replay", "POST"),
    ] {
        let response = ask(&page, method, path, &[]).is(405);
        assert_eq!(response.header("allow"), Some(allowed), "{method} {path}");
    }
}

#[test]
fn every_response_has_the_headers_and_allows_no_other_origin() {
    let (listening, page) = listening(["--secret", SECRET]);
    deliver(&listening);
    let mut responses = Vec::new();
    for (method, path) in ROUTES {
        responses.push((format!("{method} {path}"), ask(&page, method, path, &[])));
        for more in
            [("Host", "evil.example"), ("Origin", "http://evil.example"), ("Authorization", "x")]
        {
            responses
                .push((format!("{method} {path} {more:?}"), ask(&page, method, path, &[more])));
        }
    }
    let own = format!("http://{}", page.host());
    let preflight = [("Origin", &*own), ("Access-Control-Request-Method", "POST")];
    responses.push(("preflight".into(), ask(&page, "OPTIONS", "/api/v1/replay", &preflight)));
    for (what, response) in responses {
        let csp = response.header("content-security-policy").unwrap_or_else(|| panic!("{what}"));
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(csp.split("; ").any(|own| own.trim() == part), "{what}: {part} in {csp}");
        }
        assert!(!csp.contains("unsafe") && !csp.contains('*'), "{what}: {csp}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(response.header(name), Some(value), "{what}: {name}");
        }
        let cross = response.headers.iter().find(|(name, _)| name.starts_with("access-control"));
        assert_eq!(cross, None, "{what}");
        assert_eq!(response.header("set-cookie"), None, "{what}");
    }
}

#[test]
fn hostile_bytes_come_as_json_text_or_as_attachments() {
    let (listening, page) = listening([]);
    let hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>\u{202e}\u{0}";
    deliver_body(&listening, hostile.as_bytes());
    deliver_body(
        &listening,
        format!("{{\"__proto__\":{{\"x\":1}},\"a\":{}}}", json!(hostile)).as_bytes(),
    );
    deliver_body(&listening, &[b"\xff\xfe<svg onload=alert(3)>", &b"\0"[..]].concat());
    for path in [
        "/api/v1/deliveries",
        "/api/v1/deliveries/1",
        "/api/v1/deliveries/2",
        "/api/v1/deliveries/3",
        "/api/v1/deliveries/1/attempts",
        "/api/v1/compare/1/2",
        "/api/v1/compare/1/3",
        "/api/v1/deliveries?q=%3Cscript%3E",
    ] {
        let response = page.get(path).is(200);
        assert_eq!(response.header("content-type"), Some("application/json"), "{path}");
        response.json();
    }
    let search = page.get("/api/v1/search?text=script").is(200);
    assert_eq!(search.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(search.lines().last().unwrap()["hits"], 2);
    for path in [
        "/api/v1/deliveries/1/body",
        "/api/v1/deliveries/3/body",
        "/api/v1/deliveries/1/page",
        "/api/v1/deliveries/1/page?redact=false",
        "/api/v1/export?as=har&redact=false",
    ] {
        let response = page.get(path).is(200);
        let how = response.header("content-disposition").unwrap_or_else(|| panic!("{path}"));
        assert!(how.starts_with("attachment; filename=\""), "{path}: {how}");
    }
    let html = page.get("/api/v1/deliveries/1/page?redact=false").body;
    let html = String::from_utf8(html).unwrap();
    assert!(html.contains("&lt;script&gt;") && !html.contains("<script"), "{html}");
    assert!(!html.contains('\u{202e}'), "{html}");
    assert_eq!(page.get("/api/v1/deliveries/1/body").body, hostile.as_bytes());
}

#[test]
fn a_preview_is_valid_once_and_can_only_be_looked_at() {
    let (listening, page) = listening([]);
    deliver_body(&listening, b"<h1>Hello</h1><script>alert(1)</script>");
    let url = page.post("/api/v1/deliveries/1/preview", &json!({})).is(200).json();
    let url = url["url"].as_str().unwrap().to_owned();
    assert!(url.starts_with("/preview/") && url.len() >= 43, "{url}");
    assert_eq!(page.post("/api/v1/deliveries/9/preview", &json!({})).status, 404);
    // A browser that shows it in a frame cannot send the token.
    let host = page.host();
    let shown = page.raw("GET", &url, &[("Host", &host)], b"").is(200);
    assert_eq!(shown.body, b"<h1>Hello</h1><script>alert(1)</script>");
    let policy = shown.header("content-security-policy").unwrap();
    for part in ["default-src 'none'", "sandbox", "frame-ancestors 'self'", "form-action 'none'"] {
        assert!(policy.split("; ").any(|own| own.trim() == part), "{part} in {policy}");
    }
    assert!(!policy.contains("script-src") && !policy.contains("allow-"), "{policy}");
    assert_eq!(shown.header("cache-control"), Some("no-store"));
    page.raw("GET", &url, &[("Host", &host)], b"").is(404);
    page.raw("GET", "/preview/x", &[("Host", &host)], b"").is(404);
}

#[test]
fn it_listens_on_this_machine_alone() {
    let (_listening, page) = listening(["--host", "0.0.0.0"]);
    let elsewhere = std::net::UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        // No packet is sent.
        socket.connect("192.0.2.1:9")?;
        socket.local_addr()
    });
    let Ok(own) = elsewhere.map(|address| address.ip()).filter_loopback() else {
        return crate::support::programs::skip("this machine has no address but that of loopback");
    };
    assert!(std::net::TcpStream::connect((own, page.port)).is_err(), "{own}:{}", page.port);
    page.get("/").is(200);
}

trait NotLoopback {
    fn filter_loopback(self) -> Result<std::net::IpAddr, ()>;
}

impl<E> NotLoopback for Result<std::net::IpAddr, E> {
    fn filter_loopback(self) -> Result<std::net::IpAddr, ()> {
        self.ok().filter(|ip| !ip.is_loopback()).ok_or(())
    }
}

#[test]
fn requests_are_bounded() {
    let (listening, page) = listening([]);
    deliver(&listening);
    let (host, bearer) = (page.host(), page.bearer());
    let headers =
        [("Host", &*host), ("Authorization", &*bearer), ("Content-Type", "application/json")];
    let large = vec![b' '; 25 << 20];
    let response = page.raw("POST", "/api/v1/validate", &headers, &large);
    assert_eq!(response.status, 413);
    let deep = format!(
        "{{\"provider\":\"chatzuri\",\"body\":{}1{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    page.raw("POST", "/api/v1/validate", &headers, deep.as_bytes()).is(400);
    for path in [
        "/api/v1/deliveries/99999999999999999999",
        "/api/v1/deliveries/-1",
        "/api/v1/deliveries/%00",
        "/api/v1/deliveries?limit=-1",
        "/api/v1/deliveries?before=x",
        "/api/v1/deliveries?q=nokey:1",
        "/api/v1/deliveries?q=%22",
        "/api/v1/search",
        "/api/v1/stream?after=x",
        "/api/v1/stats?minutes=x",
        "/api/v1/export?as=exe",
        "/api/v1/export?redact=maybe",
        "/api/v1/samples?provider=nobody",
        "/api/v1/compare/1/x",
    ] {
        let response = page.get(path).is(400).json();
        assert!(
            response["error"].is_string() && response["hint"].is_string(),
            "{path}: {response}"
        );
    }
    for path in ["/assets/../Cargo.toml", "/assets/%2e%2e/mod.rs", "/assets//etc/passwd"] {
        page.get(path).is(404);
    }
    // Words are those of one query, whatever they contain.
    for q in ["'%3B%20DROP%20TABLE%20delivery%3B--", "event:%25'", "path:%5B%5D*%3F", "body:%27%27"]
    {
        page.get(&format!("/api/v1/deliveries?q={q}")).is(200);
    }
    page.get("/api/v1/deliveries?limit=999999").is(200);
    assert_eq!(page.get("/api/v1/deliveries").json()["total"], 1);
}
