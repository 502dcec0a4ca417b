//! Correct endpoints pass everything; each flaw fails the cases about it, and no others.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cz_hook::webhook::payload::json::parse_body;
use cz_hook::webhook::payload::stringify::stringify;
use serde_json::Value;

use crate::support::faulty::FaultyEndpoint;
use crate::support::faulty::flaw::Flaw;
use crate::support::http::Answer;
use crate::support::server::{Said, Server};
use crate::support::signature;
use crate::{
    checking, failed, forged_alone, found, handler, is_right, is_signed, lines, only_signature,
    right, say, say_that, set, signatures, test, test_of,
};

#[test]
fn a_right_endpoint_passes_everything() {
    let endpoint = right();
    let ran = test(&endpoint, &["--json", "--strict"]).run().exits(0);
    let (cases, summary) = lines(&ran);
    for case in &cases {
        match case["outcome"].as_str().unwrap() {
            // The parser of this endpoint does not read half a surrogate pair.
            "passed" => assert!(
                !case["warned"].as_bool().unwrap() || case["id"] == "accept/lone-surrogate",
                "{case}"
            ),
            "skipped" => assert!(case["id"].as_str().unwrap().ends_with("-prefix"), "{case}"),
            other => panic!("{other}: {case}"),
        }
    }
    assert_eq!(summary["verdict"], "passed");
    assert_eq!(summary["stopped"], Value::Null);
    assert!(summary["latency"]["count"].as_u64().unwrap() > 0);
    let last = cases.last().unwrap();
    assert_eq!(last["id"], "behaviour/keeps-serving");
}

#[test]
fn an_endpoint_without_a_mistake_passes_strictly() {
    let ran = test_of(&FaultyEndpoint::correct().url(), &["--json", "--strict"]).run();
    let (cases, _) = lines(&ran.exits(0));
    for severity in ["required", "recommended"] {
        assert_eq!(failed(&cases, severity), set(&[]), "{severity}");
    }
}

/// The mistakes of every sixth flaw, from `first` on.
fn mistakes(first: usize) -> String {
    let flaws: Vec<_> = Flaw::ALL.iter().skip(first).step_by(6).collect();
    let next = AtomicUsize::new(0);
    let seen = Mutex::new(vec![String::new(); flaws.len()]);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let index = next.fetch_add(1, Ordering::SeqCst)
                    && let Some(flaw) = flaws.get(index)
                {
                    let mistake = mistake(**flaw);
                    seen.lock().unwrap()[index] = mistake;
                }
            });
        }
    });
    seen.into_inner().unwrap().concat()
}

macro_rules! parts {
    ($($test:ident: $first:literal;)*) => {
        $(#[test]
        fn $test() {
            insta::assert_snapshot!(stringify!($test), mistakes($first));
        })*
    };
}

parts! {
    every_flaw_fails_the_cases_about_it_1_of_6: 0;
    every_flaw_fails_the_cases_about_it_2_of_6: 1;
    every_flaw_fails_the_cases_about_it_3_of_6: 2;
    every_flaw_fails_the_cases_about_it_4_of_6: 3;
    every_flaw_fails_the_cases_about_it_5_of_6: 4;
    every_flaw_fails_the_cases_about_it_6_of_6: 5;
}

fn mistake(flaw: Flaw) -> String {
    // Slow enough for the time limit of a case that is set for it, and no slower.
    let (flaw, args): (Flaw, &[&str]) = match flaw {
        Flaw::Slow(_) => (Flaw::Slow(Duration::from_millis(1200)), &["--only", "behaviour/time"]),
        // Its pauses, without which parallel requests may not overlap, would make all cases take minutes.
        Flaw::FailsInParallel => (flaw, &["--only", "behaviour/*"]),
        // Two requests are waited for.
        Flaw::HangsOnEmptyBody => (flaw, &["--timeout", "3s"]),
        other => (other, &[]),
    };
    let endpoint = FaultyEndpoint::with(flaw);
    let ran = test_of(&endpoint.url(), &[&["--json"], args].concat()).run();
    let (cases, _) = lines(&ran);
    let mut required = failed(&cases, "required");
    if matches!(flaw, Flaw::DiesAfterBad(_)) {
        // The case that was running when it crashed is named, too.
        required.retain(|id| !id.starts_with("refuse/"));
    }
    let list = |ids: &BTreeSet<String>| match ids.len() {
        0 => "-".to_owned(),
        _ => ids.iter().cloned().collect::<Vec<_>>().join(", "),
    };
    let code = ran.code.map_or("?".to_owned(), |code| code.to_string());
    format!(
        "{flaw:?}: exit {code}\n  required: {}\n  recommended: {}\n",
        list(&required),
        list(&failed(&cases, "recommended"))
    )
}

/// Endpoints with a mistake that no single flaw represents: they fail the cases of several flaws, or none.
#[test]
fn a_faulty_endpoint_fails_the_cases_about_its_mistake() {
    let all = forged_alone();
    let none = BTreeSet::new();
    type Start = fn() -> Server;
    let table: Vec<(&str, Start, BTreeSet<String>, BTreeSet<String>)> = vec![
        (
            "the first eight characters count",
            || {
                checking(|asked| {
                    let came = only_signature(asked).unwrap_or_default();
                    came.get(..8) == Some(&signature(&asked.body).as_bytes()[..8])
                })
            },
            set(&["refuse/half-signature", "refuse/wrong-tail"]),
            none.clone(),
        ),
        (
            "throws on another length",
            || {
                Server::saying(handler(|asked| {
                    let length = only_signature(asked).map(<[u8]>::len);
                    match length {
                        Some(40) => (!is_right(asked)).then(|| say(401)),
                        _ => Some(say(500)),
                    }
                }))
            },
            set(&[
                "refuse/no-signature",
                "refuse/empty-signature",
                "refuse/half-signature",
                "refuse/one-character",
                "refuse/wrong-algorithm",
                "refuse/added-prefix",
                "refuse/other-prefix",
                "refuse/long-signature",
            ]),
            set(&[
                "refuse/longer-signature",
                "refuse/other-encoding",
                "refuse/two-signatures-wrong-first",
                "refuse/two-signatures-right-first",
            ]),
        ),
        (
            "closes the connection on what is not ASCII",
            || {
                Server::saying(handler(|asked| {
                    let is_odd = signatures(asked).iter().any(|value| !value.is_ascii());
                    (is_odd || !is_right(asked))
                        .then(|| if is_odd { Said::Nothing } else { say(401) })
                }))
            },
            none.clone(),
            none.clone(),
        ),
        (
            "sends who is refused to a login page",
            || {
                Server::saying(handler(|asked| {
                    let login = || Answer::new(302, "").with("Location", "/login").into();
                    (!is_right(asked)).then(login)
                }))
            },
            all.clone(),
            set(&[
                "refuse/longer-signature",
                "refuse/other-encoding",
                "refuse/two-signatures-wrong-first",
                "refuse/two-signatures-right-first",
            ]),
        ),
    ];
    for (name, start, required, recommended) in table {
        let endpoint = start();
        let ran = test(&endpoint, &["--json"]).run();
        let (cases, _) = lines(&ran);
        assert_eq!(failed(&cases, "required"), required, "{name}");
        assert_eq!(failed(&cases, "recommended"), recommended, "{name}");
        let code = i32::from(!required.is_empty());
        assert_eq!(ran.code, Some(code), "{name}");
    }
}

#[test]
fn hashing_reserialized_json_is_named() {
    let endpoint = checking(|asked| {
        let json = parse_body(&asked.body).map(|json| stringify(&json));
        is_signed(asked, &signature(json.unwrap_or_default().as_bytes()))
    });
    let ran = test(&endpoint, &["--json", "--only", "bytes/*"]).run().exits(0);
    let (cases, summary) = lines(&ran);
    assert_eq!(failed(&cases, "recommended").len(), 8);
    for case in &cases {
        let reason = case["reason"].as_str().unwrap();
        assert!(reason.contains("hashes re-serialised JSON"), "{reason}");
        assert!(reason.contains("body.reserialized.node"), "{reason}");
    }
    assert_eq!(summary["failed_recommended"], 8);
    let strict = test(&endpoint, &["--strict", "--only", "bytes/*"]);
    strict.run().exits(1);
    let tolerant = ["--strict", "--only", "bytes/*", "--tolerate", "bytes/*", "--json"];
    let (cases, summary) = lines(&test(&endpoint, &tolerant).run().exits(0));
    assert!(cases.iter().all(|case| case["tolerated"] == true));
    assert_eq!(summary["tolerated"], 8);
}

#[test]
fn a_parser_that_drops_the_byte_order_mark_is_no_failure_of_its_own() {
    // As in Python: hash json.dumps(json.loads(body)).
    let endpoint = Server::saying(|asked| {
        let body = asked.body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&asked.body);
        let json = parse_body(body).map(|json| stringify(&json));
        match is_signed(asked, &signature(json.unwrap_or_default().as_bytes())) {
            true => say(200),
            false => say(401),
        }
    });
    let only = ["--json", "--only", "accept/byte-order-mark"];
    let (cases, _) = lines(&test(&endpoint, &only).run());
    let case = found(&cases, "accept/byte-order-mark");
    assert_eq!(case["outcome"], "skipped", "{case}");
    assert!(case["reason"].as_str().unwrap().contains("hashes re-serialised JSON"), "{case}");
}

#[test]
fn an_accepted_prefix_or_suffix_of_the_signature_causes_a_warning() {
    // The signature is decoded up to the first invalid character.
    let lenient = checking(|asked| {
        let came = only_signature(asked).unwrap_or_default();
        came.starts_with(signature(&asked.body).as_bytes())
    });
    let (cases, _) = lines(&test(&lenient, &["--json", "--only", "refuse/*"]).run().exits(0));
    let longer = found(&cases, "refuse/longer-signature");
    assert_eq!(longer["outcome"], "passed");
    assert_eq!(longer["warned"], true);
    assert_eq!(found(&cases, "refuse/other-encoding")["warned"], false);
}

#[test]
fn a_part_of_the_expected_signature_is_a_leak() {
    let leaking = Server::saying(handler(|asked| {
        let half = signature(&asked.body)[..24].to_owned();
        (!is_right(asked)).then(|| say_that(401, format!("expected {half}...")))
    }));
    let args = ["--json", "--only", "behaviour/no-leak"];
    let (cases, _) = lines(&test(&leaking, &args).run().exits(1));
    assert!(failed(&cases, "required").contains("behaviour/no-leak"));
}

#[test]
fn rejecting_repeated_deliveries_fails_only_that_case() {
    let seen = Mutex::new(BTreeSet::new());
    let endpoint = Server::saying(handler(move |asked| {
        if !is_right(asked) {
            return Some(say(401));
        }
        let is_new = seen.lock().unwrap().insert(asked.body.clone());
        (!is_new).then(|| say(409))
    }));
    let args = ["--json", "--only", "accept/*", "--only", "behaviour/repeated"];
    let (cases, _) = lines(&test(&endpoint, &args).run().exits(1));
    assert_eq!(failed(&cases, "required"), set(&["behaviour/repeated"]));
    let reason = found(&cases, "behaviour/repeated")["reason"].as_str().unwrap();
    assert!(reason.starts_with("number 2 of 5"), "{reason}");
}
