//! Forms that other tools run: what they send is the delivery, byte for byte, and what they hold is read back.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use cz_hook::capture::{Format, write};

use super::*;
use crate::support::listening::TIMEOUT;
use crate::support::sockets::read_request;
use crate::support::{hook, programs, root};

/// Bodies that are easy to break.
const BODIES: [&[u8]; 5] = [
    b"{\"a\": 1,\n \"b\":\"it's \\u00e9 \\\\ ` $x %s {1..2}\"}\n",
    "{\"é\":\"\u{202e}\u{2028}😀\"}".as_bytes(),
    b"\xff\0'\"\\\r\n",
    b"a=b&c=%20d",
    b"",
];

fn sample(body: &'static [u8], host: &str) -> Delivery {
    let mut delivery = Delivery::post("/hook?a=b", Bytes::from_static(body));
    delivery.headers.push("Host", host);
    delivery.headers.push("X-Chatzuri-Signature", SIGNATURE);
    delivery.headers.push("X-Text", "a:b=c; d='e' \"f\"");
    delivery.headers.push("Content-Type", "application/json");
    delivery.headers.push("Content-Length", body.len().to_string());
    delivery
}

/// Runs a program in a folder and returns the one request that it sends.
fn sent_by(listener: &TcpListener, folder: &Path, program: &Path, args: &[&str]) -> Delivery {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().to_ascii_uppercase().ends_with("_PROXY") {
            command.env_remove(name);
        }
    }
    let url = format!("http://{}/hook?a=b", listener.local_addr().unwrap());
    let mut child = command
        .args(args)
        .env("WEBHOOK_URL", url)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    listener.set_nonblocking(true).unwrap();
    let start = std::time::Instant::now();
    let mut stream = loop {
        if let Ok((stream, _)) = listener.accept() {
            break stream;
        }
        let is_over = child.try_wait().unwrap().is_some();
        if is_over || start.elapsed() > TIMEOUT {
            let mut said = String::new();
            drop(child.kill());
            child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            panic!("{args:?} sent nothing: {said}");
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    let request = read_request(&mut stream);
    stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").unwrap();
    drop(stream);
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success(), "{args:?}: {}", text(&ended.stderr));
    let (mut all, left_over) = http::read_all(request.into()).unwrap();
    assert_eq!((all.len(), left_over), (1, 0));
    all.remove(0)
}

/// Writes each body in a form and runs it: the body and the signature arrive.
fn arrives(form: &str, file: &str, program: &Path, args: &[&str]) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    // Stands for the library, whose two functions the tests use.
    let library = folder.path().join("node_modules/vitest");
    std::fs::create_dir_all(&library).unwrap();
    std::fs::write(library.join("package.json"), "{\"type\":\"module\",\"main\":\"index.js\"}")
        .unwrap();
    std::fs::write(
        library.join("index.js"),
        "const check = (is) => { if (!is) throw new Error('the expectation fails'); };
export const expect = (value) => ({
  toBeGreaterThanOrEqual: (other) => check(value >= other),
  toBeLessThan: (other) => check(value < other),
});
export const test = (name, run) => run();\n",
    )
    .unwrap();
    for body in BODIES {
        let delivery = sample(body, &host);
        let raw = folder.path().join("delivery.http");
        std::fs::write(&raw, delivery.to_wire(usize::MAX)).unwrap();
        let written = hook(["inspect", raw.to_str().unwrap(), "--as", form]).run().exits(0);
        std::fs::write(folder.path().join(file), &written.stdout).unwrap();
        let seen = sent_by(&listener, folder.path(), program, args);
        assert_eq!(seen.body, delivery.body, "{}", written.out());
        assert_eq!((&seen.method, &seen.target), (&delivery.method, &delivery.target));
        for name in ["x-chatzuri-signature", "x-text", "content-type"] {
            assert_eq!(seen.headers.get(name), delivery.headers.get(name), "{}", written.out());
        }
    }
}

/// A Python with Requests: the vendors' libraries bring it along.
fn python() -> Option<std::path::PathBuf> {
    let has_requests = |program: &Path| {
        let ran = Command::new(program).args(["-c", "import requests"]).output();
        ran.is_ok_and(|ran| ran.status.success())
    };
    let own = root().join("target/vendor_libraries/bin/python");
    let found = [own, "python3".into()].into_iter().find(|program| has_requests(program));
    if found.is_none() {
        programs::skip("no Python has Requests; tests/vendor_libraries/setup installs it");
    }
    found
}

#[test]
fn programs_and_tests_of_python_send_the_same_bytes() {
    let Some(python) = python() else { return };
    arrives("python", "program.py", &python, &["program.py"]);
    let run = "import runpy; [f() for n, f in runpy.run_path('test_one.py').items() if n.startswith('test_')]";
    arrives("pytest", "test_one.py", &python, &["-c", run]);
}

#[test]
fn calls_and_tests_of_javascript_send_the_same_bytes() {
    if !programs::has("node", "to run what is written for it") {
        return;
    }
    arrives("fetch", "call.mjs", Path::new("node"), &["call.mjs"]);
    arrives("vitest", "one.test.mjs", Path::new("node"), &["one.test.mjs"]);
}

#[test]
fn several_deliveries_are_one_collection_or_one_file_of_tests() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.http");
    let wire = [BODIES[0], BODIES[1]].map(|body| sample(body, "h").to_wire(usize::MAX)).concat();
    std::fs::write(&path, wire).unwrap();
    let path = path.to_str().unwrap();
    let collection = hook(["inspect", path, "--as", "postman"]).run().exits(0);
    let collection = &collection.json()[0];
    assert_eq!(
        collection["info"]["schema"],
        "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    );
    for (index, body) in BODIES.iter().take(2).enumerate() {
        let request = &collection["item"][index]["request"];
        assert_eq!(request["body"]["raw"].as_str().unwrap().as_bytes(), *body);
        assert_eq!(request["url"]["raw"], "http://h/hook?a=b");
        assert_eq!(request["header"][0]["value"], SIGNATURE);
    }
    for form in ["pytest", "vitest"] {
        let tests = hook(["inspect", path, "--as", form]).run().exits(0);
        assert!(
            tests.out().contains("1_is_accepted") || tests.out().contains("delivery 1 is accepted")
        );
        assert!(
            tests.out().contains("2_is_accepted") || tests.out().contains("delivery 2 is accepted")
        );
    }
    for form in ["httpie", "fetch", "python"] {
        let ran = hook(["inspect", path, "--as", form]).run().exits(2);
        assert!(ran.stderr.contains("holds one delivery, but 2 match"), "{}", ran.stderr);
    }
}

#[test]
fn what_a_form_cannot_hold_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.http");
    for (method, header, body, form, said) in [
        ("POST", &b"a"[..], &b"\xff"[..], "postman", "its body is not UTF-8"),
        ("POST", b"a", b"{{x}}", "postman", "takes as a variable"),
        ("POST", b"\xff", b"{}", "httpie", "the X-A header is not UTF-8"),
        ("POST", b"a\\=b", b"{}", "httpie", "take a backslash out of the X-A header"),
        ("POST-IT", b"a", b"{}", "httpie", "only uppercase letters"),
        ("GET", b"a", b"{}", "fetch", "sends no body with GET"),
        ("GET", b"a", b"{}", "vitest", "delivery 1: fetch sends no body"),
    ] {
        let head = format!("{method} / HTTP/1.1\r\nContent-Length: {}\r\nX-A: ", body.len());
        std::fs::write(&path, [head.as_bytes(), header, b"\r\n\r\n", body].concat()).unwrap();
        let ran = hook(["inspect", path.to_str().unwrap(), "--as", form]).run().exits(2);
        assert!(ran.stderr.contains(said), "{form}: {}", ran.stderr);
        assert!(ran.stdout.is_empty());
    }
}

/// Reads a written form.
fn read_back(name: &str, written: &[u8]) -> Result<Vec<DeliveryRecord>, String> {
    let detected = detect(written).map_err(|why| why.clause)?.name;
    assert_eq!(detected, name, "{}", text(written));
    let format = Format::named(name).unwrap();
    format.read_with_files(written, &mut no_files).unwrap().map_err(|why| why.to_string())
}

/// A delivery as a client sends it: Host from the URL first, and without the headers that the client writes itself.
fn as_client_can(delivery: &Delivery) -> Delivery {
    let own = ["host", "content-length", "transfer-encoding"];
    let host = delivery.headers.get("host").unwrap_or(b"localhost");
    let host = host.strip_suffix(b":80").unwrap_or(host).to_vec();
    let rest =
        delivery.headers.iter().filter(|(name, _)| !own.contains(&&*name.to_ascii_lowercase()));
    let rest = rest.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let headers = std::iter::once(("Host".to_owned(), host)).chain(rest).collect();
    Delivery { headers, ..delivery.clone() }
}

/// With a host and a target that stand in a URL as they are.
fn plain() -> impl Strategy<Value = Delivery> {
    (delivery(), "/[a-z/?=&%0-9]{0,20}", "(POST|PUT|PATCH|DELETE)").prop_map(
        |(mut delivery, target, method)| {
            let is_plain = |host: &[u8]| host == b"localhost:8080" || host == b"h";
            if !delivery.headers.get("host").is_some_and(is_plain) {
                delivery.headers.remove("host");
            }
            while delivery.headers.all("host").count() > 1 {
                delivery.headers.remove("host");
            }
            delivery.target = target;
            delivery.method = method;
            delivery
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn calls_of_fetch_are_read_back(delivery in plain()) {
        let written = write::fetch(&delivery).map_err(TestCaseError::fail)?;
        let read = read_back("fetch", &written).map_err(|e| TestCaseError::fail(format!("{e}: {}", text(&written))))?;
        prop_assert_eq!(&read[0].delivery, &as_client_can(&delivery), "{}", text(&written));
    }

    #[test]
    fn commands_of_httpie_are_read_back(delivery in plain()) {
        // What it cannot hold is an error.
        if let Ok(written) = write::httpie(&delivery) {
            let read = read_back("httpie", &written).map_err(|e| TestCaseError::fail(format!("{e}: {}", text(&written))))?;
            prop_assert_eq!(&read[0].delivery, &as_client_can(&delivery), "{}", text(&written));
        }
    }

    #[test]
    fn collections_hold_the_same_text(delivery in plain()) {
        let record = DeliveryRecord::new(1, delivery);
        if let Ok(written) = write::postman(std::slice::from_ref(&record)) {
            let collection: serde_json::Value = serde_json::from_slice(&written).unwrap();
            let request = &collection["item"][0]["request"];
            let body = request["body"]["raw"].as_str().unwrap_or_default();
            prop_assert_eq!(body.as_bytes(), &record.delivery.body[..]);
            if let Some(format) = Format::named("postman") {
                let read = format.read_with_files(&written, &mut no_files).unwrap();
                prop_assert_eq!(&read.unwrap()[0].delivery.body, &record.delivery.body);
            }
        }
    }
}
