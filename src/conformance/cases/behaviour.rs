//! The behaviour of an endpoint over several deliveries.

use super::super::case::{Case, Change, Expect, Step};

/// The behaviour over several deliveries, and the content of responses. The last case checks that the endpoint still
/// serves after all the others.
pub const BEHAVIOUR: &[Case] = &[
    Case::new(
        "behaviour/documented-answer",
        "the response is the one in the provider's document",
        Step::Send(Change::Fresh, Expect::Documented),
        "The provider's document says which response confirms a delivery.",
        "Respond with the status and the body that the provider's document asks for.",
    )
    .recommended()
    .exclusive(),
    Case::new(
        "behaviour/time",
        "responses come within 5 s, and preferably within 1 s",
        Step::Time(20),
        "Providers time out and retry, so a slow endpoint processes the event twice.",
        "Put the work in a queue, and respond immediately.",
    )
    .exclusive(),
    Case::new(
        "behaviour/repeated",
        "the same delivery is accepted five times",
        Step::Repeat(5),
        "Providers retry when a response is lost. If you reject the copy, they continue to retry.",
        "Detect a delivery that you have already processed, do nothing, and respond with 2xx.",
    )
    .exclusive(),
    Case::new(
        "behaviour/identical-at-once",
        "the same delivery twice at once is accepted",
        Step::Twice(3),
        "Providers retry while the first attempt still runs. If one of the two fails, they retry \
         again.",
        "Let the database decide which one is first, with a unique key, and respond to both with 2xx.",
    )
    .exclusive(),
    Case::new(
        "behaviour/parallel",
        "50 deliveries at once are all accepted",
        Step::Parallel(50),
        "Events come in bursts, for example during a campaign or after an outage.",
        "Do not share state between requests without a lock, and do slow work outside the handler.",
    )
    .exclusive(),
    Case::new(
        "behaviour/no-redirect",
        "the response to a valid delivery is not a redirect",
        Step::Send(Change::Fresh, Expect::NoRedirect),
        "Providers do not follow redirects, or they follow them with a GET without the body.",
        "Give the provider the final URL. Check the scheme (https), the host and the trailing \
         slash.",
    )
    .exclusive(),
    Case::new(
        "behaviour/no-leak",
        "no response reveals the expected signature or secret",
        Step::Leak,
        "An attacker who learns the expected signature sends it with the next request.",
        "Respond to an invalid signature with a fixed text. Write details to your own log.",
    )
    .exclusive(),
    Case::new(
        "behaviour/keeps-serving",
        "a delivery is still accepted after all other cases",
        Step::Send(Change::Fresh, Expect::Accepted),
        "One bad request must not stop the endpoint from serving the next good one.",
        "Find the crash in the endpoint's log and handle it.",
    )
    .exclusive(),
];
