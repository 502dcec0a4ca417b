//! `cz-hook test` on real endpoints: the vendor's sample, which fails on bytes, and the listener for every provider.

use std::fmt::Write as _;

use crate::support::listening::Listening;
use crate::support::receiver::Receiver;
use crate::support::{Ran, SECRET, hook};
use crate::{failed, lines, set, test_of};

/// The reasons of the failed cases.
pub fn reasons(ran: &Ran) -> String {
    let mut text = String::new();
    for case in lines(ran).0.iter().filter(|case| case["outcome"] == "failed") {
        let (id, reason, answer) = (&case["id"], &case["reason"], &case["answer"]);
        writeln!(text, "{id}: {reason} {answer}").unwrap();
    }
    text
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
