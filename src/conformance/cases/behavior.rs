//! How an endpoint behaves over several deliveries, and what its answers say. The last case asks whether
//! it still serves after all the others.

use crate::conformance::case::Severity::{self, Recommended, Required};
use crate::conformance::case::{Change, Expect, Spec, Step};

const fn spec(
    id: &'static str,
    severity: Severity,
    title: &'static str,
    step: Step,
    why: &'static str,
    fix: &'static str,
) -> Spec {
    Spec {
        id,
        severity,
        title,
        why,
        fix,
        step,
        exclusive: true,
    }
}

const FRESH: Change = Change::Fresh;

pub const CASES: &[Spec] = &[
    spec(
        "documented-answer",
        Recommended,
        "the answer is the one that the document asks for",
        Step::Send(FRESH, Expect::Documented),
        "The document says which answer confirms a delivery.",
        "Answer with the status and the body of the provider's document.",
    ),
    spec(
        "time",
        Required,
        "answers come within 5 s, and best within 1 s",
        Step::Time(20),
        "A provider gives up on a slow answer and delivers again, so that work is done twice.",
        "Put the work in a queue and answer at once.",
    ),
    spec(
        "repeated",
        Required,
        "the same delivery five times is accepted each time",
        Step::Repeat(5),
        "Providers deliver again when an answer got lost; refusing the copy makes them go on.",
        "Recognise a delivery that you have had, do nothing, and answer 2xx.",
    ),
    spec(
        "parallel",
        Required,
        "50 deliveries at once are all accepted",
        Step::Parallel(50),
        "Events come in bursts: a campaign, or the retries after an outage.",
        "Share no state between requests without a lock, and keep what is slow out of the handler.",
    ),
    spec(
        "no-redirect",
        Required,
        "an accepted delivery is not answered with a redirect",
        Step::Send(FRESH, Expect::NoRedirect),
        "Providers do not follow redirects, or follow them as a GET without the body.",
        "Give the provider the final URL: with https, the right host, and the slash at its end or not.",
    ),
    spec(
        "no-leak",
        Required,
        "answers do not hold the expected signature or the secret",
        Step::Leak,
        "Who is told which signature was expected sends that one next.",
        "Answer a bad signature with a fixed text; put details into your own log.",
    ),
    spec(
        "keeps-serving",
        Required,
        "it still accepts a delivery after all of the above",
        Step::Send(FRESH, Expect::Accepted),
        "One bad request must not stop the endpoint from serving the next good one.",
        "See the endpoint's log for what ended it, and catch that.",
    ),
];
