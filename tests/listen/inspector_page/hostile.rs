//! A thousand hostile deliveries: each payload at each place that a sender chooses.

use serde_json::{Value, json};

use super::run_in_browser;
use crate::inspector::{Page, listening};
use crate::support::endpoint::{Endpoint, Reply};
use crate::support::listening::{Listening, request};
use crate::support::{SECRET, SIGNED};

/// Bytes that want to be more than text.
const PAYLOADS: [&str; 50] = [
    // HTML.
    "<script>window.ran='script'</script>",
    "<ScRiPt src=http://outside.invalid/a.js></sCrIpT>",
    "<img src=x onerror=window.ran='img'>",
    "<img src=http://outside.invalid/pixel.png>",
    "<iframe srcdoc='<script>parent.ran=1</script>'></iframe>",
    "<object data=http://outside.invalid/o><embed src=http://outside.invalid/e>",
    "<a href=javascript:window.ran=1 autofocus onfocus=window.ran=1>x</a>",
    "<details open ontoggle=window.ran='toggle'><summary>x</summary></details>",
    "<input autofocus onfocus=window.ran='focus'>",
    "<video><source onerror=window.ran='video'></video>",
    "<form action=http://outside.invalid/><button autofocus>x</button></form>",
    "<template><script>window.ran='template'</script></template>",
    "<noscript><p title=\"</noscript><img src=x onerror=window.ran='noscript'>\">",
    "</textarea></title></style></script><script>window.ran='closed'</script>",
    "\"><script>window.ran='quoted'</script>",
    "' onmouseover='window.ran=1' x='",
    "--><script>window.ran='comment'</script><!--",
    "]]><script>window.ran='cdata'</script>",
    "&lt;script&gt;window.ran='entity'&lt;/script&gt;&#x202e;&#0;",
    "<math><mtext><table><mglyph><style><img src=x onerror=window.ran='math'>",
    "<link rel=stylesheet href=http://outside.invalid/b.css>",
    "<link rel=preload as=script href=http://outside.invalid/p.js>",
    "<style>@import 'http://outside.invalid/a.css';*{background:url(http://outside.invalid/u)}</style>",
    "<meta http-equiv=refresh content=0;url=http://outside.invalid/>",
    "<base href=http://outside.invalid/>",
    "<dialog open>Your session ended: <a href=http://outside.invalid/>sign in</a></dialog>",
    // SVG.
    "<svg onload=window.ran='svg'><script>window.ran='svg'</script></svg>",
    "<svg><use href=http://outside.invalid/a.svg#x></use></svg>",
    "<svg><animate onbegin=window.ran='animate' attributeName=x></animate></svg>",
    "<svg><foreignObject><iframe src=javascript:parent.ran=1></iframe></foreignObject></svg>",
    // URLs.
    "javascript:window.ran='url'",
    "JaVaScRiPt:window.ran='url'//http://x",
    "\u{1}javascript:window.ran='control'",
    "data:text/html,<script>parent.ran=1</script>",
    "//outside.invalid/x",
    "http://outside.invalid/x.png",
    "blob:http://outside.invalid/x",
    // Templates and code.
    "${window.ran='literal'}",
    "{{constructor.constructor('window.ran=1')()}}",
    "';window.ran='string';//",
    // Names that objects have.
    "__proto__",
    "constructor",
    "prototype",
    "hasOwnProperty",
    "toString",
    "__proto__.ran",
    "constructor[prototype][ran]",
    // Characters that hide or reorder text.
    "\u{202e}gnp.exe\u{2066}\u{2069}\u{200b}\u{feff}\u{ad}\u{e0041}",
    "\u{1b}[2J\u{1b}]8;;http://outside.invalid/\u{7}x\u{9b}\0",
    "Z\u{351}\u{36b}\u{343}\u{36a}\u{302}\u{36b}\u{33d}\u{34f}\u{334}\u{319}\u{324}\u{2028}\u{2029}\u{fffd}",
];

/// A place for a payload: how a delivery has it there, and the tab that shows it.
struct Place {
    tab: &'static str,
    delivery: fn(&str) -> Delivery,
}

#[derive(Default)]
struct Delivery {
    target: Option<String>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Delivery {
    fn body(media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("Content-Type".to_owned(), media_type.to_owned())];
        Self { target: None, headers, body: body.into() }
    }

    fn json(body: &Value) -> Self {
        Self::body("application/json", body.to_string())
    }

    fn header(name: &str, value: &str) -> Self {
        let headers = vec![(name.to_owned(), in_header(value))];
        Self { target: None, headers, body: br#"{"eventType":"lead.submit"}"#.to_vec() }
    }

    fn target(target: String) -> Self {
        Self { target: Some(target), ..Self::header("X-Note", "target") }
    }
}

/// No header has control characters: the listener rejects them.
fn in_header(text: &str) -> String {
    text.replace(|c: char| c.is_ascii_control(), "?")
}

/// What a header's name can have of a text.
fn in_name(text: &str) -> String {
    let name: String =
        text.chars().filter(|c| c.is_ascii_alphanumeric() || "_-!".contains(*c)).collect();
    match name.is_empty() {
        true => "x".to_owned(),
        false => name,
    }
}

/// A text in a target, encoded where the listener would reject it.
fn in_target(text: &str) -> String {
    let encoded = |c: char| match c {
        '\0'..=' ' | '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}' | '\x7f' => {
            format!("%{:02X}", u32::from(c))
        }
        _ => c.to_string(),
    };
    text.chars().map(encoded).collect()
}

fn in_form(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

const PLACES: [Place; 20] = [
    Place { tab: "bytes", delivery: |p| Delivery { body: p.into(), ..Delivery::default() } },
    Place {
        tab: "payload",
        delivery: |p| {
            Delivery::json(&json!({"eventType": "lead.submit", "payload": {"customerName": p}}))
        },
    },
    Place {
        tab: "payload",
        delivery: |p| {
            Delivery::json(&json!({"eventType": "lead.submit", "payload": {p: {p: [1]}}, p: {}}))
        },
    },
    Place { tab: "payload", delivery: |p| Delivery::json(&json!([[p], {"a": [p, [p]]}])) },
    Place {
        tab: "payload",
        delivery: |p| {
            let inner = json!({p: p}).to_string();
            Delivery::json(&json!({"eventType": "lead.submit", "payload": {"customerName": inner}}))
        },
    },
    Place { tab: "verdict", delivery: |p| Delivery::json(&json!({"eventType": p, "payload": {}})) },
    Place {
        tab: "payload",
        delivery: |p| {
            let ids = json!({"id": p, "eventType": "lead.submit", "agentId": p, "chatbotId": p});
            Delivery::json(&ids)
        },
    },
    Place {
        tab: "headers",
        delivery: |p| {
            let mut delivery = Delivery::header("X-GitHub-Event", p);
            delivery.headers.push(("X-GitHub-Delivery".to_owned(), in_header(p)));
            delivery.headers.push(("X-Hub-Signature-256".to_owned(), "sha256=00".to_owned()));
            delivery
        },
    },
    Place {
        tab: "payload",
        delivery: |p| {
            let body = format!("{0}=1&a[{0}]={0}", in_form(p));
            Delivery::body("application/x-www-form-urlencoded", body)
        },
    },
    Place {
        tab: "bytes",
        delivery: |p| {
            let body = format!(
                "--b\r\nContent-Disposition: form-data; name=\"{p}\"; filename=\"{p}.html\"\r\n\r\n{p}\r\n--b--\r\n"
            );
            Delivery::body("multipart/form-data; boundary=b", body)
        },
    },
    Place { tab: "response", delivery: |p| Delivery::body("text/html", format!("<h1>{p}</h1>")) },
    Place {
        tab: "bytes",
        delivery: |p| {
            let svg = format!("<svg xmlns='http://www.w3.org/2000/svg'>{p}</svg>");
            Delivery::body("image/svg+xml", svg)
        },
    },
    Place { tab: "headers", delivery: |p| Delivery::header("X-Note", p) },
    Place { tab: "headers", delivery: |p| Delivery::header(&in_name(p), "1") },
    Place { tab: "headers", delivery: |p| Delivery::header("Content-Type", p) },
    Place {
        tab: "headers",
        delivery: |p| {
            let named = format!("attachment; filename=\"{p}\"; filename*=UTF-8''{}", in_form(p));
            Delivery::header("Content-Disposition", &named)
        },
    },
    Place { tab: "verdict", delivery: |p| Delivery::header(SIGNED.0, &format!("sha256={p}")) },
    Place { tab: "headers", delivery: |p| Delivery::header("User-Agent", p) },
    Place { tab: "replay", delivery: |p| Delivery::target(format!("/in/{}", in_target(p))) },
    Place { tab: "attempts", delivery: |p| Delivery::target(format!("/in?{0}={0}", in_target(p))) },
];

/// A listener whose endpoint sends everything back, so that the response is hostile, too, and what it received.
struct Hostile {
    listening: Listening,
    page: Page,
    deliveries: Vec<Value>,
    _endpoint: Endpoint,
}

impl Hostile {
    fn new() -> Self {
        let endpoint = Endpoint::start(|seen| {
            let note = seen.header("x-note").unwrap_or_default().to_owned();
            let reply = Reply::new(200, seen.body.clone());
            reply.with("Content-Type", "text/html").with("X-Echo", note)
        });
        let url = endpoint.url("/");
        // The page explains each signature. If the listener explained it, too, the test would only take longer.
        let limits = ["--no-explain", "--max-body", "16MiB", "--forward-invalid", "--forward-to"];
        let (listening, page) = listening([&["--secret", SECRET][..], &limits, &[&url]].concat());
        Self { listening, page, deliveries: Vec::new(), _endpoint: endpoint }
    }

    /// Sends a delivery, which is then looked at in this tab. Returns its number.
    fn send(&mut self, tab: &str, delivery: &Delivery) -> Value {
        let target = delivery.target.as_deref().unwrap_or("/in");
        let headers: Vec<_> = delivery.headers.iter().map(|(n, v)| (&**n, &**v)).collect();
        self.listening.exchange(&request("POST", target, &headers, &delivery.body));
        // The rows must be in this order, which several connections would not keep.
        let id = self.listening.json_of("delivery")["id"].clone();
        self.deliveries.push(json!({ "id": id, "tab": tab }));
        id
    }

    /// Looks at the list and at each delivery, and then at the bodies that are named.
    #[track_caller]
    fn look(self, bodies: &Value) {
        let setup = json!({ "deliveries": self.deliveries, "bodies": bodies });
        run_in_browser("hostile.mjs", &self.page, setup);
    }
}

/// Ten of the payloads, each at each place.
#[track_caller]
fn two_hundred(first: usize) {
    assert_eq!(PAYLOADS.len(), 50, "each of the five tests has ten payloads");
    let mut hostile = Hostile::new();
    for payload in &PAYLOADS[first..first + 10] {
        for place in &PLACES {
            hostile.send(place.tab, &(place.delivery)(payload));
        }
    }
    assert_eq!(hostile.deliveries.len(), 200);
    hostile.look(&Value::Null);
}

#[test]
fn a_thousand_hostile_deliveries_run_nothing_load_nothing_and_hide_nothing_1_of_5() {
    two_hundred(0);
}

#[test]
fn a_thousand_hostile_deliveries_run_nothing_load_nothing_and_hide_nothing_2_of_5() {
    two_hundred(10);
}

#[test]
fn a_thousand_hostile_deliveries_run_nothing_load_nothing_and_hide_nothing_3_of_5() {
    two_hundred(20);
}

#[test]
fn a_thousand_hostile_deliveries_run_nothing_load_nothing_and_hide_nothing_4_of_5() {
    two_hundred(30);
}

#[test]
fn a_thousand_hostile_deliveries_run_nothing_load_nothing_and_hide_nothing_5_of_5() {
    two_hundred(40);
}

#[test]
fn hostile_bodies_are_shown_as_text_and_long_ones_are_cut() {
    let mut hostile = Hostile::new();
    let plain = |body: &[u8]| Delivery { body: body.to_vec(), ..Delivery::default() };
    let proto = hostile.send(
        "payload",
        &plain(br#"{"eventType":"lead.submit","__proto__":{"ran":1},"constructor":{"prototype":{"ran":1}}}"#),
    );
    let bidi = hostile.send(
        "payload",
        &plain("{\"eventType\":\"lead.submit\",\"agentId\":\"a\u{202e}b\"}".as_bytes()),
    );
    let html = hostile.send(
        "bytes",
        &plain(b"<h1>hello</h1><script>parent.ran=1</script><img src=http://outside.invalid/x.png onerror=parent.ran=1>"),
    );
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    hostile.send("payload", &plain(deep.as_bytes()));
    // 10 MB in one string: as a value, as a key, as an event, and as a whole body.
    let long = "A\u{202e}<i>".repeat(1_500_000);
    let value = json!({"eventType": "lead.submit", "agentId": long}).to_string();
    hostile.send("payload", &plain(value.as_bytes()));
    let key = json!({"eventType": "lead.submit", (long.as_str()): 1}).to_string();
    hostile.send("payload", &plain(key.as_bytes()));
    hostile.send("payload", &plain(long.as_bytes()));
    let event = json!({ "eventType": long }).to_string();
    let longest = hostile.send("verdict", &plain(event.as_bytes()));
    hostile.look(&json!({
        "proto": proto, "bidi": bidi, "html": html, "long": longest, "longSize": event.len(),
    }));
}
