//! Who is asked too often proves nothing, and is asked again when it says so.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::http::Answer;
use crate::support::server::Server;
use crate::{asking_for_patience, forged, handler, is_right, lines, say, test};

/// A gate that could not check must not open, whatever else passed.
#[test]
fn who_answers_429_to_everything_has_proved_nothing() {
    let limiting = || {
        let count = AtomicUsize::new(0);
        Server::saying(move |asked| {
            if count.fetch_add(1, Ordering::Relaxed) == 0 {
                return handler(|_| None)(asked);
            }
            asking_for_patience(429)
        })
    };
    let only = |pattern: &'static str| ["--json", "--only", pattern];
    for pattern in [
        "refuse/*",
        "protocol/json-*",
        "behaviour/no-leak",
        "behaviour/time",
    ] {
        let (cases, summary) = lines(&test(&limiting(), &only(pattern)).run().exits(1));
        assert_eq!(summary["verdict"], "failed", "{pattern}");
        assert_eq!(summary["stopped"]["by"], "limited", "{pattern}");
        for case in &cases {
            assert_eq!(case["outcome"], "skipped", "{case}");
        }
        let hint = summary["stopped"]["hint"].as_str().unwrap();
        assert!(hint.contains("--concurrency 1"), "{hint}");
    }
    let open = forged().len();
    let args = ["--only", "refuse/*", "--concurrency", "1"];
    let ran = test(&limiting(), &args).run().exits(1);
    let said = format!("not proved: {open} required cases proved nothing");
    let out = ran.out();
    assert!(out.contains(&said), "{out}");
    assert!(!out.contains("--concurrency 1"), "{out}");
    // What is only recommended, or tolerated, opens no gate.
    for args in [
        &["--only", "protocol/get"][..],
        &["--only", "refuse/*", "--tolerate", "refuse/*"],
    ] {
        test(&limiting(), args).run().exits(0);
    }
}

#[test]
fn an_endpoint_that_puts_off_is_asked_again() {
    let count = AtomicUsize::new(0);
    let endpoint = Server::saying(handler(move |asked| {
        if count.fetch_add(1, Ordering::Relaxed) % 8 == 7 {
            return Some(Answer::new(429, "").with("Retry-After", "0").into());
        }
        (!is_right(asked)).then(|| say(401))
    }));
    let args = [
        "--json",
        "--skip",
        "behaviour/parallel",
        "--concurrency",
        "1",
    ];
    let (cases, _) = lines(&test(&endpoint, &args).run().exits(0));
    assert!(cases.iter().all(|case| case["outcome"] != "failed"));
    let skipped = cases.iter().filter(|case| case["outcome"] == "skipped");
    assert_eq!(skipped.count(), 1, "the prefix that is none");
}
