//! The vendors' own webhook libraries accept what the tool sends and refuse it tampered with; the tool does the same
//! with what the libraries sign. `tests/vendor_libraries/setup` installs them.

mod judges;
mod vendors;

use std::time::{SystemTime, UNIX_EPOCH};

use crate::support::http::Head;
use crate::support::{Hook, SECRET, hex, hook};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::Digest;

use judges::Language::{self, Node, Python};
use judges::{ask, installed};
use vendors::{Bodies, Key, Library, VENDORS, Vendor};

const TAMPERINGS: [&str; 7] =
    ["signature", "body", "missing", "secret", "algorithm", "truncated", "uppercase"];

const URL: &str = "https://shop.example.com/hooks/in?shop=42&tab=a%20b";
const AWKWARD: &str = "Zoë 😀 \"quoted\" \\ / </script> \u{7f}\u{2028}";
/// The same in another spelling, which no JSON library prints.
const RESPELLED: &str = "{ \"note\" : \"Zo\\u00eb \\ud83d\\ude00 \\/\",\r\n\t\"n\": 1.0e2 }\n";
const FORMS: [&str; 3] = [
    "Body=Zo%C3%AB+%F0%9F%98%80+%26+%3D&From=%2B254700000001&a=2&B=1&Body2=",
    "z=1&a=3&a=1&a=3&a=2&Body=x",
    "",
];

impl Vendor {
    fn label(&self) -> String {
        match self.signature {
            Some(name) => format!("{}, {name}", self.provider),
            None => self.provider.to_owned(),
        }
    }

    /// The secret that signs, and the one that checks.
    fn keys(&self) -> (String, String) {
        let pair = |kind: &str| ask(Node, &[json!({ "keys": kind })]).remove(0);
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        match self.key {
            Key::Text(secret) => (secret.to_owned(), secret.to_owned()),
            Key::Ed25519 => {
                let pair = pair("ed25519");
                (text(&pair["private"]), text(&pair["raw"]))
            }
            Key::P256 => {
                let pair = pair("p256");
                (text(&pair["private"]), text(&pair["spki"]))
            }
        }
    }

    /// `cz-hook send --dry-run` with these arguments.
    fn send(&self, secret: &str, args: &[&str]) -> Hook {
        self.send_to(URL, secret, args)
    }

    /// The same to another public URL.
    fn send_to(&self, url: &str, secret: &str, args: &[&str]) -> Hook {
        let own = ["send", "--dry-run", "--url", "http://127.0.0.1:9/", "--public-url", url];
        let hook = hook(own).args(["--provider", self.provider]).args(args);
        let required = self.signature.map(|name| ["--require-signature", name]);
        hook.args(required.into_iter().flatten()).env("CZ_HOOK_SECRET", secret)
    }

    /// The bodies that are no samples: their text, and the command that sends them.
    fn others(&self, secret: &str) -> Vec<(String, Hook)> {
        let long = "0123456789 é".repeat(3_000);
        let body = |text: String| {
            let name = format!("{} bytes: {:.60}", text.len(), text);
            (name, self.send(secret, &["--body", "-", "--format", "body"]).stdin(text))
        };
        match self.bodies {
            Bodies::Any => {
                let long = json!([long, long, long, long, long]).to_string();
                let awkward = json!({ "note": AWKWARD }).to_string();
                let ascii = "{\"note\":\"Zo\\u00eb\"}".to_owned();
                [awkward, ascii, RESPELLED.to_owned(), long, String::new()].map(body).into()
            }
            Bodies::Form => FORMS.map(|text| body(text.to_owned())).into(),
            Bodies::Field(event, path) => [AWKWARD, &long, ""]
                .map(|value| {
                    let set = format!("{path}={value}");
                    let args = [event, "--add", "--set", set.as_str()];
                    (format!("{set:.60}"), self.send(secret, &args))
                })
                .into(),
        }
    }
}

/// A request on the wire.
struct Sent {
    method: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Sent {
    /// All requests of a dry run.
    fn all(mut bytes: &[u8]) -> Vec<Self> {
        let mut found = Vec::new();
        while !bytes.is_empty() {
            let head = Head::read(&mut bytes).expect("a head");
            let length = std::str::from_utf8(head.values("content-length")[0]).expect("ASCII");
            let (body, rest) = bytes.split_at(length.parse().expect("a number"));
            bytes = rest;
            let text = |value| String::from_utf8(value).expect("UTF-8");
            let headers = head.headers.into_iter().map(|(name, value)| (name, text(value)));
            found.push(Self {
                method: head.method,
                headers: headers.collect(),
                body: body.to_vec(),
            });
        }
        found
    }

    fn judged_by(&self, library: &Library, secret: &str, url: &str) -> Value {
        let Self { method, headers, body } = self;
        let body = STANDARD.encode(body);
        let request = json!({ "secret": secret, "method": method, "url": url, "headers": headers, "body_base64": body });
        json!({ "library": library.name, "verify": request })
    }
}

/// A request that a library has to judge, and what it should say.
struct Case {
    language: Language,
    what: String,
    asked: Value,
    valid: bool,
}

#[derive(Default)]
struct Cases(Vec<Case>);

impl Cases {
    fn add(&mut self, library: &Library, what: String, asked: Value, valid: bool) {
        let what = format!("{}: {what}", library.name);
        self.0.push(Case { language: library.language, what, asked, valid });
    }

    /// How many there are whose description starts with this.
    fn count(&self, start: &str, valid: bool) -> usize {
        self.0.iter().filter(|case| case.what.starts_with(start) && case.valid == valid).count()
    }

    /// Fails with all wrong verdicts.
    fn judge(&self) {
        let mut wrong = Vec::new();
        for language in [Node, Python] {
            let cases: Vec<_> = self.0.iter().filter(|case| case.language == language).collect();
            let asked: Vec<_> = cases.iter().map(|case| case.asked.clone()).collect();
            for (Case { what, valid, .. }, answer) in cases.into_iter().zip(ask(language, &asked)) {
                if answer["valid"] != *valid {
                    wrong.push(format!("{what}: expected valid = {valid}, got {answer}"));
                }
            }
        }
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    }
}

fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

#[test]
fn libraries_accept_what_is_sent_and_refuse_every_tampering() {
    if !installed() {
        return;
    }
    let mut cases = Cases::default();
    for vendor in VENDORS {
        let (signing, checking) = vendor.keys();
        let mut add = |what: &str, hook: Hook, valid: &dyn Fn(&Library) -> bool| {
            let requests = Sent::all(&hook.run().exits(0).stdout);
            assert!(!requests.is_empty(), "{}: {what}", vendor.label());
            for library in vendor.libraries {
                for request in requests.iter().filter(|request| (library.takes)(&request.body)) {
                    let what = format!("{}, {what}", vendor.label());
                    let asked = request.judged_by(library, &checking, URL);
                    cases.add(library, what, asked, valid(library));
                }
            }
        };
        add("every sample", vendor.send(&signing, &["--all"]), &|_| true);
        for (what, hook) in vendor.others(&signing) {
            add(&what, hook, &|_| true);
        }
        for mode in TAMPERINGS {
            let hook = vendor.send(&signing, &["--all", "--tamper", mode]);
            if vendor.not_applicable.contains(&mode) {
                hook.run().exits(2);
            } else {
                add(mode, hook, &|library| mode == "uppercase" && library.any_case);
            }
        }
        if vendor.timed {
            let old = (seconds_now() - 3600).to_string();
            let hook = vendor.send(&signing, &["--all", "--timestamp", &old]);
            add("an hour old", hook, &|library| library.ageless);
        }
        for library in vendor.libraries {
            let name = format!("{}: {}, ", library.name, vendor.label());
            let accepted = cases.count(&name, true);
            let refused = cases.count(&name, false);
            assert!(accepted >= 2 && refused >= 5, "{name}{accepted} accepted, {refused} refused");
        }
    }
    cases.judge();
}

/// A JSON body is signed by its hash in the URL, which the library compares.
#[test]
fn twilio_accepts_json_with_its_hash_in_the_url() {
    if !installed() {
        return;
    }
    let vendor = VENDORS.iter().find(|vendor| vendor.provider == "twilio").expect("twilio");
    let [library] = vendor.libraries else { panic!("one library") };
    let mut cases = Cases::default();
    for body in [json!({ "note": AWKWARD }).to_string(), RESPELLED.to_owned()] {
        let hash = hex(&sha2::Sha256::digest(&body));
        let url = format!("https://shop.example.com/in?bodySHA256={hash}");
        for (tampering, valid) in [(&[][..], true), (&["--tamper", "body"], false)] {
            let json = ["--body", "-", "-H", "content-type: application/json"];
            let hook = vendor.send_to(&url, SECRET, &json).args(tampering).stdin(body.clone());
            for sent in Sent::all(&hook.run().exits(0).stdout) {
                let asked = sent.judged_by(library, SECRET, &url);
                cases.add(library, format!("{tampering:?} {body}"), asked, valid);
            }
        }
    }
    cases.judge();
}

/// A delivery that a library has signed, as raw HTTP, and every way to make it wrong.
fn signed_by(
    library: &Library,
    vendor: &Vendor,
    secret: &str,
    body: &[u8],
) -> Vec<(Vec<u8>, bool)> {
    let request = json!({ "secret": secret, "url": URL, "body_base64": STANDARD.encode(body) });
    let answer = ask(library.language, &[json!({ "library": library.name, "sign": request })]);
    let headers: Vec<(String, String)> =
        serde_json::from_value(answer[0]["headers"].clone()).unwrap();
    let signed = answer[0]["body_base64"].as_str().map(|text| STANDARD.decode(text).unwrap());
    let body = signed.unwrap_or_else(|| body.to_vec());
    let raw = |headers: &[(String, String)], body: &[u8]| {
        let kind = match vendor.bodies {
            Bodies::Form => "application/x-www-form-urlencoded",
            _ => "application/json",
        };
        let mut head = format!(
            "POST /hooks/in HTTP/1.1\r\nhost: shop.example.com\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n",
            body.len()
        );
        head.extend(headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")));
        [head.as_bytes(), b"\r\n", body].concat()
    };
    let mut made = vec![(raw(&headers, &body), true)];
    // One character in the second half of each value is another: of the signature, the time, the id.
    for (at, (name, value)) in headers.iter().enumerate() {
        let mut changed = headers.clone();
        let place = value.len() * 3 / 4;
        let other = if value.as_bytes()[place] == b'1' { "2" } else { "1" };
        changed[at].1.replace_range(place..=place, other);
        let signed = !matches!(name.as_str(), "x-github-event" | "x-github-delivery");
        made.push((raw(&changed, &body), !signed));
        changed.remove(at);
        made.push((raw(&changed, &body), !signed));
    }
    // The form's parameters are signed, not its bytes.
    let changed = match (vendor.bodies, body.is_empty()) {
        (Bodies::Form, true) => b"x=1".to_vec(),
        (Bodies::Form, false) => [&body, &b"&x=1"[..]].concat(),
        (Bodies::Field(..), _) => replaced(&body, b"\"value\":", b"\"value\":1"),
        _ => [&body, &b" "[..]].concat(),
    };
    made.push((raw(&headers, &changed), false));
    made
}

fn replaced(body: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = body.windows(from.len()).position(|window| window == from).expect("it is there");
    [&body[..at], to, &body[at + from.len()..]].concat()
}

#[test]
fn what_libraries_sign_is_valid_and_nothing_else() {
    if !installed() {
        return;
    }
    let mut wrong = Vec::new();
    let mut count = 0;
    for vendor in VENDORS {
        let (secret, _) = vendor.keys();
        let mut bodies = Sent::all(&vendor.send(&secret, &["--all"]).run().exits(0).stdout);
        for (_, hook) in vendor.others(&secret) {
            bodies.extend(Sent::all(&hook.run().exits(0).stdout));
        }
        for library in vendor.libraries.iter().filter(|library| library.signs) {
            let label = format!("{} by {}", vendor.label(), library.name);
            let bodies = bodies.iter().map(|sent| &sent.body).filter(|body| (library.takes)(body));
            let made: Vec<_> =
                bodies.flat_map(|body| signed_by(library, vendor, &secret, body)).collect();
            let capture: Vec<u8> = made.iter().flat_map(|(bytes, _)| bytes.clone()).collect();
            let verify = |secret: &str| {
                let own = ["verify", "-", "--json", "--no-explain", "--format", "http"];
                let of = ["--provider", vendor.provider, "--public-url", URL];
                hook(own.iter().chain(&of))
                    .env("CZ_HOOK_SECRET", secret)
                    .stdin(capture.clone())
                    .run()
            };
            let verdicts = verify(&secret).exits(1).json();
            assert_eq!(verdicts.len(), made.len(), "{label}");
            for (verdict, (bytes, valid)) in verdicts.iter().zip(&made) {
                if (verdict["verdict"] == "valid") != *valid {
                    let bytes = String::from_utf8_lossy(bytes);
                    wrong.push(format!(
                        "{label}: expected valid = {valid}: {verdict}\n{bytes:.600}"
                    ));
                }
            }
            let other = secret.replacen(['B', '7', 't'], "A", 1);
            assert_ne!(other, secret);
            let verdicts = verify(&other).exits(1).json();
            assert!(verdicts.iter().all(|verdict| verdict["verdict"] != "valid"), "{label}");
            count += made.len();
        }
    }
    assert!(count > 300, "{count}");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}
