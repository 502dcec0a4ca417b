//! Rate-limited endpoints: a response of 429 proves nothing, and the request is sent again after `Retry-After`.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::http::Answer;
use crate::support::server::Server;
use crate::{forged, handler, is_right, lines, rate_limited, say, test};

/// A run that could not check the required cases is not a success, whatever else passed.
#[test]
fn responding_429_to_everything_proves_nothing() {
    let limiting = || {
        let count = AtomicUsize::new(0);
        Server::saying(move |asked| {
            if count.fetch_add(1, Ordering::Relaxed) == 0 {
                return handler(|_| None)(asked);
            }
            rate_limited(429)
        })
    };
    let only = |pattern: &'static str| ["--json", "--only", pattern];
    for pattern in ["refuse/*", "protocol/json-*", "behaviour/no-leak", "behaviour/time"] {
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
    // Recommended and tolerated cases alone are not a success.
    for args in [&["--only", "protocol/get"][..], &["--only", "refuse/*", "--tolerate", "refuse/*"]]
    {
        test(&limiting(), args).run().exits(0);
    }
}

#[test]
fn a_rate_limited_request_is_sent_again() {
    let count = AtomicUsize::new(0);
    let endpoint = Server::saying(handler(move |asked| {
        if count.fetch_add(1, Ordering::Relaxed) % 8 == 7 {
            return Some(Answer::new(429, "").with("Retry-After", "0").into());
        }
        (!is_right(asked)).then(|| say(401))
    }));
    let skipped = ["--skip", "behaviour/parallel", "--skip", "behaviour/identical-at-once"];
    let args = [&["--json", "--concurrency", "1"][..], &skipped].concat();
    let (cases, _) = lines(&test(&endpoint, &args).run().exits(0));
    assert!(cases.iter().all(|case| case["outcome"] != "failed"));
    let skipped = cases.iter().filter(|case| case["outcome"] == "skipped");
    assert_eq!(skipped.count(), 1, "the prefix that is none");
}
