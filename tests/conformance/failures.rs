//! Endpoints that crash, hang, close connections, or cannot be reached.

use crate::support::faulty::FaultyEndpoint;
use crate::support::faulty::flaw::Flaw;
use crate::support::listening::in_time;
use crate::support::server::{Said, Server};
use crate::support::sockets::unreachable;
use crate::{failed, found, handler, has_long_signature, is_right, lines, say, set, test, test_of};

#[test]
fn a_crashing_endpoint_is_distinguished_from_a_rejecting_one() {
    let endpoint = FaultyEndpoint::with(Flaw::DiesOnMalformed);
    let ran = test_of(&endpoint.url(), &["--json"]).run().exits(1);
    let (cases, summary) = lines(&ran);
    assert_eq!(failed(&cases, "required"), set(&["behaviour/keeps-serving"]));
    assert_eq!(failed(&cases, "recommended"), set(&["protocol/malformed-json"]));
    assert_eq!(summary["stopped"]["by"], "gone");
    let reason = summary["stopped"]["reason"].as_str().unwrap();
    assert!(reason.contains("protocol/malformed-json"), "{reason}");
}

/// Nothing is reported without a check: an endpoint that crashes at a header does not serve on.
#[test]
fn it_is_reported_whether_the_endpoint_still_serves() {
    let start = |dies: bool| {
        Server::saying(handler(move |asked| match has_long_signature(asked) {
            true if dies => Some(Said::Death),
            true => Some(Said::Nothing),
            false => (!is_right(asked)).then(|| say(401)),
        }))
    };
    let args = ["--json", "--only", "refuse/long-signature"];
    let reason = |endpoint: &Server, code| {
        let (cases, _) = lines(&test(endpoint, &args).run().exits(code));
        cases[0]["reason"].as_str().unwrap().to_owned()
    };
    let closed = "closed the connection without a response, and";
    assert_eq!(reason(&start(false), 0), format!("{closed} serves on"));
    let dead = format!("{closed} the endpoint no longer serves");
    assert_eq!(reason(&start(true), 1), dead);
}

#[test]
fn a_hanging_endpoint_times_out_and_is_named() {
    let endpoint = Server::saying(handler(|asked| (!is_right(asked)).then_some(Said::Silence)));
    let hanging = ["refuse/no-signature", "refuse/wrong-tail"];
    let cases = in_time(|time| {
        let args = ["--json", "--timeout", time, "--only", "accept/*"];
        let only = hanging.iter().flat_map(|id| ["--only", id]);
        let ran = test(&endpoint, &args).args(only).run().exits(1);
        let (cases, _) = lines(&ran);
        let mut failed = failed(&cases, "required").into_iter();
        let is_late = failed.any(|id| id.starts_with("accept/"));
        (!is_late).then_some(cases)
    });
    assert_eq!(failed(&cases, "required"), set(&hanging));
    let silent = found(&cases, "refuse/wrong-tail");
    let error = silent["answer"]["error"].as_str().unwrap();
    assert!(error.contains("no response"), "{error}");
}

#[test]
fn without_an_endpoint_there_is_no_verdict() {
    let ran = test_of(&unreachable(), &[]).run().exits(3);
    assert!(ran.stderr.contains("not reachable"), "{}", ran.stderr);
    assert!(ran.stdout.is_empty());
}
