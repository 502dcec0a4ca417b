//! `cz-hook test` against real endpoints in a dozen stacks, which pass it all, the vendor's own sample, which
//! fails exactly on bytes, and endpoints with one mistake each, which fail exactly the cases about it.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use support::receiver::{Receiver, every_correct_receiver};
use support::wrong::Wrong;
use support::wrong::flaw::Flaw;
use support::{SECRET, hook};

/// What a run found: the ids of the cases that failed, required and recommended, and its summary.
struct Found {
    code: Option<i32>,
    required: BTreeSet<String>,
    recommended: BTreeSet<String>,
    text: String,
}

fn test(url: &str, args: &[&str]) -> Found {
    let all = ["test", "--json", "--url", url, "--secret", SECRET];
    let ran = hook(all.iter().chain(args)).run();
    let mut found = Found {
        code: ran.code,
        required: BTreeSet::new(),
        recommended: BTreeSet::new(),
        text: ran.stderr.clone(),
    };
    for case in ran.json() {
        if case["type"] != "case" || case["outcome"] != "failed" {
            continue;
        }
        let id = case["id"].as_str().unwrap().to_owned();
        writeln!(found.text, "{id}: {} {}", case["reason"], case["answer"]).unwrap();
        match case["severity"].as_str() {
            Some("required") => found.required.insert(id),
            _ => found.recommended.insert(id),
        };
    }
    found
}

#[test]
fn every_correct_endpoint_passes_strictly() {
    let (mut ran, mut wrong) = (0, String::new());
    for receiver in every_correct_receiver() {
        // How fast they answer on a machine that does other things is not what is asked here.
        let found = test(&receiver.url(), &["--strict", "--skip", "behaviour/time"]);
        let failed: Vec<_> = found.required.union(&found.recommended).collect();
        if found.code != Some(0) || !failed.is_empty() {
            let (code, text, log) = (found.code, found.text, receiver.log());
            writeln!(wrong, "{}: exit {code:?}\n{text}\n{log}", receiver.name).unwrap();
        }
        ran += 1;
    }
    assert!(wrong.is_empty(), "{wrong}");
    eprintln!("{ran} endpoints passed");
}

#[test]
fn the_vendors_sample_fails_on_bytes_and_says_which_serialiser() {
    let Some(sample) = Receiver::vendor_sample("express5") else {
        return;
    };
    let found = test(&sample.url(), &["--strict", "--only", "bytes/*"]);
    assert_eq!(found.code, Some(1), "{}", found.text);
    assert!(!found.required.is_empty());
    assert!(
        found.text.contains("body.reserialized.node"),
        "{}",
        found.text
    );
    let all = test(&sample.url(), &["--skip", "protocol/*"]);
    let others: Vec<_> = all
        .required
        .union(&all.recommended)
        .filter(|id| !id.starts_with("bytes/"))
        .collect();
    insta::assert_debug_snapshot!((found.required, others));
}

#[test]
fn every_mistake_fails_the_cases_that_are_about_it() {
    let next = AtomicUsize::new(0);
    let seen = Mutex::new(vec![String::new(); Flaw::ALL.len()]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::SeqCst);
                    let Some(flaw) = Flaw::ALL.get(index) else {
                        break;
                    };
                    seen.lock().unwrap()[index] = mistake(*flaw);
                }
            });
        }
    });
    insta::assert_snapshot!(seen.into_inner().unwrap().concat());
}

fn mistake(flaw: Flaw) -> String {
    // Slow enough for the time limit of a case that is set for it, and no slower.
    let (flaw, args): (Flaw, &[&str]) = match flaw {
        Flaw::Slow(_) => (
            Flaw::Slow(Duration::from_millis(1200)),
            &["--only", "behaviour/time"],
        ),
        Flaw::HangsOnEmptyBody => (flaw, &["--timeout", "1s"]),
        other => (other, &[]),
    };
    let endpoint = Wrong::with(flaw);
    let mut found = test(&endpoint.url(), args);
    if matches!(flaw, Flaw::DiesAfterBad(_)) {
        // Whichever case was under way when it ended is named, too.
        found.required.retain(|id| !id.starts_with("refuse/"));
    }
    let list = |ids: &BTreeSet<String>| match ids.len() {
        0 => "-".to_owned(),
        _ => ids.iter().cloned().collect::<Vec<_>>().join(", "),
    };
    let stopped = found
        .text
        .lines()
        .find(|line| line.starts_with("error:"))
        .map_or(String::new(), |_| "  stopped before the cases\n".to_owned());
    format!(
        "{flaw:?}: exit {}\n  required: {}\n  recommended: {}\n{stopped}",
        found.code.map_or("?".to_owned(), |code| code.to_string()),
        list(&found.required),
        list(&found.recommended)
    )
}

#[test]
fn an_endpoint_without_a_mistake_passes_strictly() {
    let found = test(&Wrong::right().url(), &["--strict"]);
    assert_eq!(found.code, Some(0), "{}", found.text);
    assert!(found.required.is_empty() && found.recommended.is_empty());
}
