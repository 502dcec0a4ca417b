//! The vendors' own webhook libraries accept what the tool sends and refuse it tampered with; the tool does the same
//! with what the libraries sign. `tests/vendor_libraries/setup` installs the libraries.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::support::http::Head;
use crate::support::{Hook, SECRET, hex, hook, programs, root};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::Digest;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Language {
    Node,
    Python,
}

use Language::{Node, Python};

/// A library, and where it differs from most.
#[derive(Clone, Copy)]
struct Library {
    language: Language,
    name: &'static str,
    /// It reads a signature in uppercase too.
    any_case: bool,
    /// It does not judge how old a delivery is.
    ageless: bool,
    /// It signs.
    signs: bool,
    /// The bodies that it takes.
    takes: fn(&[u8]) -> bool,
}

const fn library(language: Language, name: &'static str) -> Library {
    Library { language, name, any_case: false, ageless: false, signs: false, takes: |_| true }
}

impl Library {
    const fn signs(self) -> Self {
        Self { signs: true, ..self }
    }

    const fn any_case(self) -> Self {
        Self { any_case: true, ..self }
    }

    const fn ageless(self) -> Self {
        Self { ageless: true, ..self }
    }

    /// It does not take an empty body.
    const fn with_content(self) -> Self {
        Self { takes: |body| !body.is_empty(), ..self }
    }
}

#[derive(Clone, Copy)]
enum Key {
    Text(&'static str),
    /// A new pair: the public half as its hex digits.
    Ed25519,
    /// A new pair: the public half as SPKI in base64.
    P256,
}

/// The bodies beside the samples.
#[derive(Clone, Copy)]
enum Bodies {
    /// Any bytes.
    Any,
    /// The sample of this event with this field changed, because the signature or its time is in the body, or because the library
    /// hashes `JSON.stringify` of it.
    Field(&'static str, &'static str),
    Form,
}

/// A signature of a built-in provider, and who judges it.
struct Vendor {
    provider: &'static str,
    /// Its name, where the provider has several.
    signature: Option<&'static str>,
    key: Key,
    bodies: Bodies,
    /// The modes of `--tamper` that the tool says do not apply.
    not_applicable: &'static [&'static str],
    /// It has a time that gets old.
    timed: bool,
    libraries: &'static [Library],
}

const TEXT: Key = Key::Text(SECRET);
const WHSEC: Key = Key::Text("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfTb1P3kLM=");
const HEX: Key = Key::Text("44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056");

const STANDARD_WEBHOOKS: Library = library(Node, "standardwebhooks").signs();
const PYWA: Library = library(Python, "pywa");
/// It escapes what is not ASCII before it hashes, as Meta does before it sends.
const WHATSAPP: Library =
    Library { takes: <[u8]>::is_ascii, ..library(Node, "whatsapp-api-js").any_case() };
const META: &[Library] = &[PYWA, WHATSAPP];

const fn vendor(provider: &'static str, key: Key, libraries: &'static [Library]) -> Vendor {
    Vendor {
        provider,
        signature: None,
        key,
        bodies: Bodies::Any,
        not_applicable: &[],
        timed: false,
        libraries,
    }
}

impl Vendor {
    const fn by(self, signature: &'static str) -> Self {
        Self { signature: Some(signature), ..self }
    }

    const fn timed(self) -> Self {
        Self { timed: true, ..self }
    }

    const fn bodies(self, bodies: Bodies) -> Self {
        Self { bodies, ..self }
    }

    const fn without(self, not_applicable: &'static [&'static str]) -> Self {
        Self { not_applicable, ..self }
    }
}

const VENDORS: &[Vendor] = &[
    vendor(
        "standard-webhooks",
        WHSEC,
        &[STANDARD_WEBHOOKS, library(Python, "standardwebhooks").signs().with_content()],
    )
    .timed(),
    vendor("anthropic", WHSEC, &[STANDARD_WEBHOOKS]).timed(),
    vendor("gitlab", WHSEC, &[STANDARD_WEBHOOKS]).by("signing-token").timed(),
    vendor("svix", WHSEC, &[library(Node, "svix").signs()]).timed(),
    vendor(
        "stripe",
        Key::Text("whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH"),
        &[library(Node, "stripe").signs().with_content()],
    )
    .timed(),
    vendor(
        "github",
        TEXT,
        &[library(Node, "@octokit/webhooks").signs().with_content(), library(Python, "gidgethub")],
    ),
    vendor("slack", TEXT, &[library(Python, "slack-sdk").signs()]).timed(),
    vendor("twilio", TEXT, &[library(Node, "twilio").signs()]).bodies(Bodies::Form),
    vendor("twilio-voice", TEXT, &[library(Node, "twilio").signs()]).bodies(Bodies::Form),
    vendor("line", TEXT, &[library(Node, "@line/bot-sdk")]),
    vendor("discord", Key::Ed25519, &[library(Node, "discord-interactions").any_case().ageless()])
        .without(&["algorithm"])
        .timed(),
    vendor("sendgrid", Key::P256, &[library(Node, "@sendgrid/eventwebhook").ageless()])
        .without(&["algorithm"])
        .timed(),
    vendor("hubspot", TEXT, &[library(Python, "hubspot-api-client").signs()]).timed(),
    vendor("hubspot", TEXT, &[library(Python, "hubspot-api-client, v2").signs()]).by("v2"),
    vendor("hubspot", TEXT, &[library(Python, "hubspot-api-client, v1").signs()]).by("v1"),
    vendor("whatsapp", TEXT, META),
    vendor("messenger", TEXT, META),
    vendor("instagram", TEXT, META),
    vendor("telegram", TEXT, &[library(Node, "grammy")])
        .bodies(Bodies::Field("message", "note"))
        .without(&["body", "algorithm"]),
    vendor("linear", TEXT, &[library(Node, "@linear/sdk")])
        .bodies(Bodies::Field("Issue.create", "note")),
    vendor("notion", TEXT, &[library(Node, "@notionhq/client").signs().any_case()]),
    vendor("razorpay", TEXT, &[library(Node, "razorpay")]),
    vendor("retell", TEXT, &[library(Node, "retell-sdk").signs().any_case()]).timed(),
    vendor("crisp", TEXT, &[library(Node, "crisp-api")])
        .bodies(Bodies::Field("message:send", "note")),
    vendor("zoom", TEXT, &[library(Node, "@zoom/rivet").ageless()])
        .bodies(Bodies::Field("meeting.started", "note"))
        .timed(),
    vendor("adyen", HEX, &[library(Python, "adyen").signs()]).bodies(Bodies::Field(
        "CAPTURE",
        "notificationItems.0.NotificationRequestItem.merchantReference",
    )),
    vendor("paddle", TEXT, &[library(Python, "paddle-python-sdk")]).timed(),
    vendor("paystack", TEXT, &[library(Python, "pypaystack2")]),
    vendor("square", TEXT, &[library(Python, "squareup").with_content()]),
    vendor("viber", TEXT, &[library(Python, "viberbot")]),
];

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
            (name, self.send(secret, &["--body", "-"]).stdin(text))
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

/// Programs that answer one line for each line.
struct Judge {
    /// Ends when its standard input does, with this process.
    _child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

static JUDGES: LazyLock<Option<BTreeMap<Language, Mutex<Judge>>>> = LazyLock::new(|| {
    let folder = root().join("tests/vendor_libraries");
    if !folder.join("node_modules/installed").is_file()
        || !folder.join("python/installed").is_file()
    {
        return None;
    }
    let start = |mut command: Command| {
        let pipes = command.current_dir(&folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = pipes.spawn().expect("the program starts");
        let stdin = child.stdin.take().expect("piped");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        Mutex::new(Judge { _child: child, stdin, stdout })
    };
    let mut node = Command::new("node");
    node.arg("libraries.mjs");
    let mut python = Command::new(folder.join("python/bin/python"));
    python.arg("libraries.py");
    Some([(Node, start(node)), (Python, start(python))].into())
});

/// The answers of a program.
fn ask(language: Language, asked: &[Value]) -> Vec<Value> {
    let judges = JUDGES.as_ref().expect("installed");
    let mut judge = judges[&language].lock().unwrap_or_else(PoisonError::into_inner);
    let Judge { stdin, stdout, .. } = &mut *judge;
    std::thread::scope(|scope| {
        // Written beside the reading, so that neither side waits for a full pipe.
        scope.spawn(move || {
            for line in asked {
                writeln!(stdin, "{line}").expect("the program reads");
            }
            stdin.flush().expect("the program reads");
        });
        let answer = |_: &Value| {
            let mut line = String::new();
            stdout.read_line(&mut line).expect("the program writes");
            serde_json::from_str(&line).unwrap_or_else(|why| panic!("{why}: {line:?}"))
        };
        asked.iter().map(answer).collect()
    })
}

/// Whether the libraries are there; without them the test is skipped.
fn installed() -> bool {
    if JUDGES.is_none() {
        programs::skip(
            "the vendors' libraries are not there; tests/vendor_libraries/setup installs them",
        );
    }
    JUDGES.is_some()
}

/// Requests that libraries have to judge, and what they should say.
#[derive(Default)]
struct Cases {
    asked: BTreeMap<Language, (Vec<Value>, Vec<(String, bool)>)>,
}

impl Cases {
    fn add(&mut self, library: &Library, what: String, asked: Value, valid: bool) {
        let (questions, expected) = self.asked.entry(library.language).or_default();
        questions.push(asked);
        expected.push((format!("{}: {what}", library.name), valid));
    }

    /// Fails with all wrong verdicts.
    fn judge(self) {
        let mut wrong = Vec::new();
        for (language, (questions, expected)) in self.asked {
            for ((what, valid), answer) in expected.into_iter().zip(ask(language, &questions)) {
                if answer["valid"] != valid {
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
            for (library, request) in vendor
                .libraries
                .iter()
                .flat_map(|library| requests.iter().map(move |r| (library, r)))
            {
                if (library.takes)(&request.body) {
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
    assert!(wrong.is_empty(), "{count}\n{}", wrong.join("\n\n"));
}
