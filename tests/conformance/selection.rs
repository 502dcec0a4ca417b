//! Which cases run: the selected ones, and those that apply to the provider.

use crate::support::hook;
use crate::support::server::Server;
use crate::{checking, failed, handler, lines, right, set, test};

#[test]
fn cases_are_selected_by_pattern() {
    let endpoint = right();
    let args = ["--json", "--only", "refuse/*", "--skip", "*two*", "--skip", "refuse/n*"];
    let (cases, summary) = lines(&test(&endpoint, &args).run().exits(0));
    let ids: Vec<_> = cases.iter().map(|case| case["id"].as_str().unwrap()).collect();
    assert!(ids.iter().all(|id| id.starts_with("refuse/")), "{ids:?}");
    assert!(!ids.iter().any(|id| id.contains("two") || id.starts_with("refuse/n")));
    let listed = hook(["test", "--list", "--json"]).run().exits(0).json();
    assert_eq!(summary["left_out"], listed.len() - ids.len());
    for option in ["--only", "--skip", "--tolerate"] {
        let ran = test(&endpoint, &[option, "refuse/no-signatur"]).run().exits(2);
        assert!(ran.stderr.contains("refuse/no-signature"), "{}", ran.stderr);
        assert!(ran.stdout.is_empty());
    }
    let args = ["--only", "refuse/*", "--skip", "*"];
    test(&endpoint, &args).run().exits(2);
}

#[test]
fn skipping_everything_is_a_usage_error() {
    for (args, said) in [
        (&["--skip", "*"][..], "--skip leaves no case"),
        (&["--skip", "*", "--only", "bytes/*"], "that --only names"),
    ] {
        let ran = hook(["test", "--list"]).args(args).run().exits(2);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
}

#[test]
fn fail_fast_stops_at_the_first_relevant_failure() {
    let endpoint = checking(|_| true);
    let args = ["--json", "--fail-fast", "--tolerate", "refuse/no-signature"];
    let (cases, summary) = lines(&test(&endpoint, &args).run().exits(1));
    let expected = set(&["refuse/empty-signature", "refuse/no-signature"]);
    assert_eq!(failed(&cases, "required"), expected);
    assert_eq!(summary["failed"], 1);
    assert_eq!(summary["tolerated"], 1);
    assert_eq!(summary["stopped"]["by"], "fail-fast");
}

#[test]
fn a_provider_without_signatures_has_no_cases_to_reject() {
    let endpoint = Server::saying(handler(|_| None));
    let url = endpoint.url();
    let args = ["test", "--json", "--provider", "oneroute", "--url", &url];
    let (cases, summary) = lines(&hook(args).run().exits(0));
    for case in &cases {
        let id = case["id"].as_str().unwrap();
        let is_about_signing = id.starts_with("refuse/") || id.starts_with("bytes/");
        if is_about_signing || id == "behaviour/no-leak" || id == "accept/header-case" {
            assert_eq!(case["outcome"], "skipped", "{id}");
            assert!(case["reason"].as_str().unwrap().contains("does not sign"), "{id}");
        }
        if id == "behaviour/documented-answer" {
            assert_eq!(case["outcome"], "skipped", "{id}");
        }
    }
    assert_eq!(summary["failed"], 0);
}
