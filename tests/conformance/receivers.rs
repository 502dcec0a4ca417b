//! The example endpoints, each on its own runtime, pass every case. `tests/receivers/setup` installs the runtimes.

use crate::endpoints::reasons;
use crate::support::endpoint_cases::{Target, delivery};
use crate::support::listening::status;
use crate::support::receiver::{self, Receiver};
use crate::support::{BODY, SECRET};
use crate::test_of;

/// Runs every case on an endpoint.
fn passes_every_case(name: &'static str) {
    let Some(receiver) = Receiver::start(name) else {
        return;
    };
    let place = Target { port: receiver.port, path: receiver.path() };
    let mistakes = place.mistakes();
    let list: Vec<_> = mistakes.iter().map(|(case, wrong)| format!("{case}: {wrong}")).collect();
    assert!(list.is_empty(), "{name}:\n{}\nlog:\n{}", list.join("\n"), receiver.log());
    let log = receiver.log();
    assert!(!log.contains(SECRET), "{name} prints its secret: {log}");
}

/// `cz-hook test --strict` finds nothing.
fn passes_strictly(name: &'static str) {
    let Some(receiver) = Receiver::start(name) else {
        return;
    };
    // Response times on a loaded machine are not what is tested here.
    let ran = test_of(&receiver.url(), &["--json", "--strict", "--skip", "behaviour/time"]).run();
    let text = reasons(&ran);
    assert!(ran.code == Some(0) && text.is_empty(), "{:?}\n{text}\n{}", ran.code, receiver.log());
}

/// Without a secret an endpoint must not start, or, if it loads its handler later, not accept anything.
fn requires_a_secret(name: &'static str) {
    for secret in [None, Some("")] {
        let Some(mut receiver) = Receiver::without_waiting(name, secret) else {
            return;
        };
        if receiver.starts() {
            // Next.js loads a handler at the first request.
            assert!(matches!(name, "nextjs"), "{name} starts without a secret");
            let answer = receiver.exchange(&delivery(BODY).bytes(receiver.path()));
            assert_eq!(status(&answer), 500, "{name}: {answer}");
        } else {
            assert!(
                receiver.log().contains("CZ_HOOK_SECRET is not set"),
                "{name}: {}",
                receiver.log()
            );
        }
    }
}

macro_rules! receivers {
    ($($test:ident: $name:literal,)*) => {
        const TESTED: &[&str] = &[$($name),*];
        $(mod $test {
            #[test]
            fn passes_every_case() {
                super::passes_every_case($name);
            }

            #[test]
            fn passes_strictly() {
                super::passes_strictly($name);
            }

            #[test]
            fn requires_a_secret() {
                super::requires_a_secret($name);
            }
        })*
    };
}

receivers! {
    node_express: "node-express",
    node_fastify: "node-fastify",
    nextjs: "nextjs",
    fetch_handler: "fetch-handler",
    python_flask: "python-flask",
    python_fastapi: "python-fastapi",
    python_django: "python-django",
    php: "php",
    ruby_rack: "ruby-rack",
    go: "go",
    rust_axum: "rust-axum",
    java: "java",
}

#[test]
fn every_receiver_is_tested() {
    assert_eq!(TESTED, receiver::NAMES);
}

/// The sample of the vendor's document has known flaws. It rejects valid deliveries that are not printed as
/// `JSON.stringify` prints them, and it serializes the body before it checks the signature: on deep JSON that throws,
/// which Express 5 turns into a 500 and which crashes Express 4.
#[test]
fn the_vendor_sample_has_its_known_flaws() {
    const OTHER_BYTES: [&str; 5] = ["escapes", "spaces", "newline at the end", "numbers", "keys"];
    for (express, is_ended) in [("express4", true), ("express5", false)] {
        let Some(receiver) = Receiver::vendor_sample(express) else {
            return;
        };
        let place = Target { port: receiver.port, path: receiver.path() };
        let found: Vec<_> = place.mistakes().into_iter().map(|(case, _)| case).collect();
        for case in OTHER_BYTES.into_iter().chain(["1 MiB", "nested 40,000"]) {
            assert!(found.contains(&case), "{express}: {case} in {found:?}");
        }
        for case in ["genuine", "no signature", "flipped body", "two, both right"] {
            assert!(!found.contains(&case), "{express}: {case} in {found:?}");
        }
        assert_eq!(found.contains(&"serves on"), is_ended, "{express}");
    }
}
