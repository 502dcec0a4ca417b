//! Handlers in Node and Python with one mistake each, which a required case of the right kind names, and correct ones
//! that pass. They are programs of their own in tests/handlers/, not part of this crate.

use std::sync::Mutex;

use crate::support::receiver::Receiver;
use crate::support::{Hook, SECRET};
use crate::{failed, lines, test_of};

/// A handler, and the required case that its mistake fails.
type Row = (&'static str, &'static str);

const NODE: &[Row] = &[
    ("skips-text", "refuse/any-content-type"),
    ("skips-forms", "refuse/any-content-type"),
    ("skips-without-type", "refuse/any-content-type"),
    ("skips-put", "refuse/any-method"),
    ("skips-patch-as-text", "refuse/any-content-type"),
    ("skips-probes", "refuse/any-user-agent"),
    ("skips-own-agent", "refuse/any-user-agent"),
    ("skips-without-agent", "refuse/any-user-agent"),
    ("skips-messages", "refuse/any-event"),
    ("skips-email", "refuse/any-event"),
    ("skips-ping", "refuse/any-event"),
    ("skips-other-accounts", "refuse/any-account"),
    ("skips-empty-body", "refuse/any-size"),
    ("skips-empty-object", "refuse/any-size"),
    ("skips-large-bodies", "refuse/any-size"),
    ("skips-chunked", "refuse/any-encoding"),
    ("skips-compressed", "refuse/any-encoding"),
    ("skips-internal", "refuse/claimed-trust"),
    ("skips-internal-1", "refuse/claimed-trust"),
    ("skips-local-addresses", "refuse/claimed-trust"),
    ("skips-private-addresses", "refuse/claimed-trust"),
    ("skips-debug", "refuse/claimed-trust"),
    ("skips-sessions", "refuse/claimed-trust"),
    ("skips-overridden-methods", "refuse/claimed-trust"),
    ("skips-missing", "refuse/no-signature"),
    ("skips-everything", "refuse/wrong-secret"),
    ("empty-key", "refuse/unset-key"),
    ("undefined-key", "refuse/unset-key"),
    ("null-key", "refuse/unset-key"),
    ("object-key", "refuse/unset-key"),
    ("unset-key-of-other-accounts", "refuse/unset-key"),
    ("unset-key-of-other-events", "refuse/unset-key"),
    ("undefined-value", "refuse/unset-value"),
    ("null-value", "refuse/unset-value"),
    ("secret", "refuse/secret-as-signature"),
    ("uppercase-secret", "refuse/other-form-of-secret"),
    ("secret-with-newline", "refuse/other-form-of-secret"),
    ("half-of-secret", "refuse/other-form-of-secret"),
    ("payload-only", "refuse/changed-part"),
    ("event-not-hashed", "refuse/changed-part"),
    ("account-not-hashed", "refuse/changed-part"),
    ("unkeyed", "refuse/unkeyed-hash"),
    ("unkeyed-sha256", "refuse/other-unkeyed-hash"),
    ("unkeyed-md5", "refuse/other-unkeyed-hash"),
    ("unkeyed-in-base64", "refuse/other-unkeyed-hash"),
    ("skips-wrong-digest", "refuse/other-unkeyed-hash"),
    ("skips-algorithm-none", "refuse/claimed-algorithm"),
    ("skips-signature-none", "refuse/claimed-algorithm"),
    ("key-of-request", "refuse/claimed-key"),
    ("key-of-query", "refuse/claimed-key"),
    ("key-of-body", "refuse/claimed-key"),
    ("key-of-unknown-tenant", "refuse/claimed-key"),
    ("previous-signature", "refuse/reused-signature"),
    ("notes-first", "refuse/repeated-forgery"),
    ("skips-signatures-of-others", "refuse/signature-in-other-header"),
    ("skips-lists", "refuse/any-size"),
    ("skips-huge-bodies", "refuse/any-size"),
    ("skips-other-codings", "refuse/any-encoding"),
    ("skips-load-balancers", "refuse/any-user-agent"),
    ("skips-uptime-checks", "refuse/any-user-agent"),
    ("skips-agent-of-vendor", "refuse/any-user-agent"),
    ("skips-test-fields", "refuse/claimed-trust"),
    ("skips-debug-true", "refuse/claimed-trust"),
    ("skips-development", "refuse/claimed-trust"),
    ("skips-home-networks", "refuse/claimed-trust"),
    ("skips-origin-of-vendor", "refuse/claimed-trust"),
    ("skips-slash", "refuse/any-path"),
    ("skips-two-slashes", "refuse/any-path"),
    ("refuses-long-texts", "accept/long-text"),
    ("refuses-large-integers", "accept/large-integer"),
    ("pattern", "refuse/pattern"),
    ("sql-like", "refuse/pattern"),
    ("glob", "refuse/pattern"),
    ("first-characters", "refuse/wrong-tail"),
    ("starts-with", "refuse/half-signature"),
    ("query", "refuse/signature-in-query"),
    ("query-token", "refuse/signature-in-query"),
    ("other-header", "refuse/signature-in-other-header"),
    ("hub-header", "refuse/signature-in-other-header"),
    ("bearer", "refuse/signature-in-other-header"),
    ("leaks-reserialised", "behaviour/no-leak"),
    ("nfc", "accept/decomposed-characters"),
    ("nfkc", "accept/decomposed-characters"),
    ("lf", "accept/crlf"),
    ("trim-start", "accept/leading-space"),
    ("no-mark", "accept/byte-order-mark"),
    ("no-marks", "accept/invisible-characters"),
    ("url-decoded", "accept/percent-signs"),
    ("no-null-characters", "accept/null-character"),
    ("latin1", "accept/non-ascii-names"),
    ("firewall-markup", "accept/markup"),
    ("firewall-paths", "accept/paths"),
    ("firewall-sql", "accept/sql"),
    ("refuses-null-characters", "accept/null-character"),
    ("refuses-null-fields", "accept/null-field"),
    ("refuses-long-decimals", "accept/long-decimal"),
    ("fails-on-surrogates", "accept/lone-surrogate"),
    ("refuses-surrogates", "accept/lone-surrogate"),
    ("lstrip", "accept/signature-digits"),
    ("number", "accept/signature-digits"),
    ("last-digit", "accept/signature-digits"),
    ("decodes-pieces", "accept/split-characters"),
    ("refuses-expect", "accept/expect-continue"),
    ("one-at-a-time", "behaviour/identical-at-once"),
];

/// Of a provider that signs the time.
const TIMED: &[Row] = &[
    ("timed-any-age", "refuse/old-delivery"),
    ("timed-in-milliseconds", "refuse/old-delivery"),
    ("timed-tight", "accept/delayed-delivery"),
    ("timed-skips-without-time", "refuse/unset-value"),
    ("timed-skips-strange-times", "refuse/unset-value"),
];

const PYTHON: &[Row] = &[
    ("skips-patch", "refuse/any-method"),
    ("skips-octets", "refuse/any-content-type"),
    ("skips-browsers", "refuse/any-user-agent"),
    ("skips-comments", "refuse/any-event"),
    ("skips-unknown-codings", "refuse/any-encoding"),
    ("skips-local-hosts", "refuse/claimed-trust"),
    ("skips-cookies", "refuse/claimed-trust"),
    ("skips-tests", "refuse/claimed-trust"),
    ("skips-json-of-other-events", "refuse/any-event"),
    ("missing-passes", "refuse/no-signature"),
    ("none-passes", "refuse/unset-value"),
    ("match", "refuse/pattern"),
    ("any-prefix", "refuse/other-prefix"),
    ("empty-key", "refuse/unset-key"),
    ("none-key", "refuse/unset-key"),
    ("false-key", "refuse/unset-key"),
    ("events-without-key", "refuse/any-event"),
    ("stripped-secret", "refuse/other-form-of-secret"),
    ("issue-only", "refuse/changed-part"),
    ("event-not-hashed", "refuse/changed-part"),
    ("leaks-dumps", "behaviour/no-leak"),
    ("nfc", "accept/decomposed-characters"),
    ("lf", "accept/crlf"),
    ("lstrips-space", "accept/leading-space"),
    ("no-mark", "accept/byte-order-mark"),
    ("unquoted", "accept/percent-signs"),
    ("html-escaped", "accept/markup"),
    ("lstrips", "accept/signature-digits"),
    ("strips-digits", "accept/signature-digits"),
    ("number", "accept/signature-digits"),
    ("decodes-pieces", "accept/split-characters"),
    ("prints-surrogates", "accept/lone-surrogate"),
    ("c-strings", "accept/null-character"),
    ("no-nulls", "accept/null-field"),
    ("firewall", "accept/markup"),
];

const RIGHT_IN_NODE: &[&str] = &[
    "right",
    "right-without-body",
    "right-that-ignores-methods",
    "right-with-first-header",
    "right-with-last-header",
    "right-with-one-refusal",
    "right-with-a-queue",
];

const RIGHT_IN_PYTHON: &[&str] = &["right", "right-that-acknowledges"];

/// How a runtime's handlers are started, and the provider whose deliveries they take.
struct Runtime {
    start: fn(&'static str) -> Option<Receiver>,
    provider: &'static str,
}

const IN_NODE: Runtime = Runtime { start: Receiver::node_handler, provider: "chatzuri" };
const OF_SLACK: Runtime = Runtime { start: Receiver::node_handler, provider: "slack" };
const IN_PYTHON: Runtime = Runtime { start: Receiver::python_handler, provider: "jira" };

impl Runtime {
    fn test(&self, receiver: &Receiver, only: &[&str]) -> Hook {
        let patterns = only.iter().flat_map(|pattern| ["--only", pattern]);
        test_of(&receiver.url(), &["--json", "--provider", self.provider]).args(patterns)
    }

    /// What is wrong with the verdict on a handler; `None` when it is as expected.
    fn check(&self, (name, expected): Row) -> Option<String> {
        let receiver = (self.start)(name)?;
        // Only this case, because there are many handlers.
        let ran = self.test(&receiver, &[expected]).run();
        if ran.code != Some(1) {
            return Some(format!("{name}: exit {:?}\n{}", ran.code, ran.stderr));
        }
        let required = failed(&lines(&ran).0, "required");
        let is_named = required.contains(expected);
        (!is_named).then(|| format!("{name}: {required:?} without {expected}"))
    }

    /// Checks every row whose number is `first` more than a multiple of `step`.
    fn check_some(&self, rows: &[Row], first: usize, step: usize) {
        let rows = Mutex::new(rows.iter().skip(first).step_by(step));
        let wrong = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    loop {
                        let Some(row) = rows.lock().unwrap().next() else {
                            return;
                        };
                        let found = self.check(*row);
                        wrong.lock().unwrap().extend(found);
                    }
                });
            }
        });
        let wrong = wrong.into_inner().unwrap();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// A handler without a mistake has no required failure.
    fn passes(&self, name: &'static str) {
        let Some(receiver) = (self.start)(name) else {
            return;
        };
        let ran = self.test(&receiver, &[]).run();
        let (cases, summary) = lines(&ran);
        assert_eq!(failed(&cases, "required"), [].into(), "{name}");
        assert_eq!(ran.code, Some(0), "{name}");
        assert!(!receiver.log().contains(SECRET), "{name} shows the secret");
        assert_eq!(summary["verdict"], "passed", "{name}");
    }
}

macro_rules! parts {
    ($($test:ident: $runtime:ident, $rows:ident, $first:literal of $step:literal;)*) => {
        $(#[test]
        fn $test() {
            $runtime.check_some($rows, $first, $step);
        })*
    };
}

parts! {
    a_mistake_in_node_is_named_1_of_6: IN_NODE, NODE, 0 of 6;
    a_mistake_in_node_is_named_2_of_6: IN_NODE, NODE, 1 of 6;
    a_mistake_in_node_is_named_3_of_6: IN_NODE, NODE, 2 of 6;
    a_mistake_in_node_is_named_4_of_6: IN_NODE, NODE, 3 of 6;
    a_mistake_in_node_is_named_5_of_6: IN_NODE, NODE, 4 of 6;
    a_mistake_in_node_is_named_6_of_6: IN_NODE, NODE, 5 of 6;
    a_mistake_about_time_is_named: OF_SLACK, TIMED, 0 of 1;
    a_mistake_in_python_is_named_1_of_3: IN_PYTHON, PYTHON, 0 of 3;
    a_mistake_in_python_is_named_2_of_3: IN_PYTHON, PYTHON, 1 of 3;
    a_mistake_in_python_is_named_3_of_3: IN_PYTHON, PYTHON, 2 of 3;
}

#[test]
fn a_right_handler_in_node_passes() {
    RIGHT_IN_NODE.iter().for_each(|name| IN_NODE.passes(name));
    OF_SLACK.passes("timed-right");
}

#[test]
fn a_right_handler_in_python_passes() {
    RIGHT_IN_PYTHON.iter().for_each(|name| IN_PYTHON.passes(name));
}

#[test]
fn a_right_handler_passes_fifty_times_under_load_1_of_2() {
    passes_25_times_under_load();
}

#[test]
fn a_right_handler_passes_fifty_times_under_load_2_of_2() {
    passes_25_times_under_load();
}

/// The verdict on a right handler does not depend on chance: these runs are made four at a time, so that they keep the
/// machine busy. `tests/handlers/many` makes a thousand.
fn passes_25_times_under_load() {
    const RUNS: usize = 25;
    let Some(receiver) = Receiver::node_handler("right") else {
        return;
    };
    let left = Mutex::new(0..RUNS);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(number) = left.lock().unwrap().next() else {
                        return;
                    };
                    let ran = IN_NODE.test(&receiver, &[]).run();
                    let required = failed(&lines(&ran).0, "required");
                    if ran.code != Some(0) || !required.is_empty() {
                        wrong.lock().unwrap().push(format!("run {number}: {required:?}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} of {RUNS}: {wrong:#?}", wrong.len());
}

/// The number of requests of a run does not grow unnoticed.
#[test]
fn a_run_sends_fewer_than_600_requests() {
    let Some(receiver) = Receiver::node_handler("right") else {
        return;
    };
    let (cases, _) = lines(&IN_NODE.test(&receiver, &[]).run());
    // The cases of the matrix share their requests.
    let is_shared = |id: &str| id.starts_with("refuse/any-") && id != "refuse/any-event";
    let counted = cases.iter().filter(|case| !is_shared(case["id"].as_str().unwrap()));
    let sent: u64 = counted.map(|case| case["sent"].as_u64().unwrap_or(0)).sum();
    assert!((300..600).contains(&sent), "{sent}");
}
