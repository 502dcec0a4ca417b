//! The endpoints that others are told to copy, each on its own runtime: all that is asked of an endpoint is
//! asked of each. `tests/receivers/setup` installs what they run on.

use crate::support::cases::{Place, delivery};
use crate::support::listening::status;
use crate::support::receiver::{self, Receiver};
use crate::support::{BODY, SECRET};

/// Asks an endpoint everything.
fn is_correct(name: &'static str) {
    let Some(receiver) = Receiver::start(name) else {
        return;
    };
    let place = Place {
        port: receiver.port,
        path: receiver.path(),
    };
    let mistakes = place.mistakes();
    let list: Vec<_> = mistakes
        .iter()
        .map(|(case, wrong)| format!("{case}: {wrong}"))
        .collect();
    assert!(
        list.is_empty(),
        "{name}:\n{}\nlog:\n{}",
        list.join("\n"),
        receiver.log()
    );
    let log = receiver.log();
    assert!(!log.contains(SECRET), "{name} prints its secret: {log}");
}

/// Without a secret, anybody could sign: it must not start, or where nothing starts, not accept.
fn needs_a_secret(name: &'static str) {
    for secret in [None, Some("")] {
        let Some(mut receiver) = Receiver::without_waiting(name, secret) else {
            return;
        };
        if receiver.starts() {
            // PHP and Next.js load a handler when a request comes.
            assert!(
                matches!(name, "php" | "nextjs"),
                "{name} starts without a secret"
            );
            let answer = receiver.exchange(&delivery(BODY).bytes(receiver.path()));
            assert_eq!(status(&answer), 500, "{name}: {answer}");
        } else {
            assert!(
                receiver.log().contains("SECRET_KEY is not set"),
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
            fn is_correct() {
                super::is_correct($name);
            }

            #[test]
            fn needs_a_secret() {
                super::needs_a_secret($name);
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

/// The document's own sample, the endpoint with known mistakes. It refuses genuine deliveries that are not
/// written as `JSON.stringify` would write them, and it writes the body again before it knows whether the
/// signature is right: on deep JSON that throws, which Express 5 makes a 500 and which ends Express 4.
#[test]
fn the_vendors_sample_is_wrong_where_it_is_known_to_be() {
    const OTHER_BYTES: [&str; 5] = ["escapes", "spaces", "newline at the end", "numbers", "keys"];
    for (express, is_ended) in [("express4", true), ("express5", false)] {
        let Some(receiver) = Receiver::vendor_sample(express) else {
            return;
        };
        let place = Place {
            port: receiver.port,
            path: receiver.path(),
        };
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
