//! `cz-hook test` on real endpoints: correct ones in a dozen languages, the vendor's sample, which fails on bytes, and
//! the listener for every provider.

use std::fmt::Write as _;

use crate::support::listening::Listening;
use crate::support::receiver::{NAMES, Receiver};
use crate::support::{Ran, SECRET, hook};
use crate::{failed, lines, set, test_of};

/// The reasons of the failed cases.
fn reasons(ran: &Ran) -> String {
    let mut text = String::new();
    for case in lines(ran).0.iter().filter(|case| case["outcome"] == "failed") {
        let (id, reason, answer) = (&case["id"], &case["reason"], &case["answer"]);
        writeln!(text, "{id}: {reason} {answer}").unwrap();
    }
    text
}

fn passes_strictly(name: &'static str) {
    let Some(receiver) = Receiver::start(name) else {
        return;
    };
    // Response times on a loaded machine are not what is tested here.
    let ran = test_of(&receiver.url(), &["--json", "--strict", "--skip", "behaviour/time"]).run();
    let text = reasons(&ran);
    assert!(ran.code == Some(0) && text.is_empty(), "{:?}\n{text}\n{}", ran.code, receiver.log());
}

/// A test for each endpoint, so that none of them waits for the others.
macro_rules! correct_endpoints {
    ($($test:ident: $name:literal,)*) => {
        mod correct_endpoint_passes_strictly {
            $(#[test]
            fn $test() {
                super::passes_strictly($name);
            })*
        }

        #[test]
        fn every_correct_endpoint_has_a_test() {
            assert_eq!([$($name),*], NAMES);
        }
    };
}

correct_endpoints! {
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
fn the_vendor_sample_fails_on_bytes_and_its_serializer_is_named() {
    let Some(sample) = Receiver::vendor_sample("express5") else {
        return;
    };
    let args = ["--json", "--strict", "--only", "bytes/*"];
    let ran = test_of(&sample.url(), &args).run().exits(1);
    let required = failed(&lines(&ran).0, "required");
    assert!(!required.is_empty());
    let text = reasons(&ran);
    assert!(text.contains("body.reserialized.node"), "{text}");
    let ran = test_of(&sample.url(), &["--json", "--skip", "protocol/*"]).run();
    let (cases, _) = lines(&ran);
    let mut others = failed(&cases, "required");
    others.append(&mut failed(&cases, "recommended"));
    others.retain(|id| !id.starts_with("bytes/"));
    let others: Vec<_> = others.iter().collect();
    insta::assert_debug_snapshot!((required, others));
}

#[test]
fn the_correct_endpoint_of_every_provider_passes() {
    for provider in ["chatzuri-legacy", "chatbase", "chatzuri-guide"] {
        // The header's name and the algorithm are the provider's; `listen` knows them.
        let listening =
            Listening::start(["--quiet", "--strict", "--provider", provider, "--secret", SECRET]);
        let args = ["test", "--json", "--provider", provider, "--secret", SECRET];
        let ran = hook(args).arg("--url").arg(&listening.url).run();
        let (cases, _) = lines(&ran);
        assert_eq!(failed(&cases, "required"), set(&[]), "{provider}");
        assert_eq!(ran.code, Some(0), "{provider}");
    }
}
