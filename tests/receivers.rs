//! The endpoints that others are told to copy, each on its own runtime: all that is asked of an endpoint is
//! asked of each. `tests/receivers/setup` installs what they run on.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use support::cases::{Place, delivery};
use support::listening::status;
use support::receiver::{self, Receiver};
use support::{BODY, SECRET};

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
