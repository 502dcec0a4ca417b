//! What a delivery gets: an injected fault, the listener's own refusal, or what the endpoint behind it says.

use tokio::time;

use crate::webhook::analysis::Analysis;
use crate::webhook::delivery::Delivery;
use crate::webhook::record::Forwarded;

use super::faults::Fault;
use super::forward::Route;
use super::hall::Hall;
use super::ledger::Line;
use super::policy::Answer;

/// What a delivery gets, and how that came about.
#[derive(Default)]
pub struct Treatment {
    pub answer: Option<Answer>,
    pub injected: Option<String>,
    /// Whether what was injected took the answer's place, and not only time.
    pub is_failed: bool,
    pub forwarded: Option<Forwarded>,
}

/// Decides the answer: an injected fault first, then the listener's own refusal, then the endpoint's.
pub async fn treat(
    hall: &Hall,
    line: &Line,
    delivery: &Delivery,
    analysis: &Analysis,
) -> Treatment {
    let faults = &hall.options.faults;
    let fault = faults.decide(line.ordinal);
    if !faults.delay.is_zero() {
        time::sleep(faults.delay).await;
    }
    match fault {
        Fault::Drop(why) => Treatment {
            injected: Some(why),
            is_failed: true,
            ..Treatment::default()
        },
        Fault::Respond(canned, why) => Treatment {
            answer: Some(Answer::canned(canned)),
            injected: Some(why),
            is_failed: true,
            forwarded: None,
        },
        Fault::None => {
            let own = own_answer(hall, analysis);
            let (answer, forwarded) = match route(hall, analysis, &own) {
                Some(route) => {
                    let (answer, forwarded) = route.pass_on(delivery).await;
                    (answer, Some(forwarded))
                }
                None => (own, None),
            };
            let injected = (!faults.delay.is_zero()).then(|| format!("delayed {:?}", faults.delay));
            Treatment {
                answer: Some(answer),
                injected,
                is_failed: false,
                forwarded,
            }
        }
    }
}

/// The answer that the listener itself would give.
pub fn own_answer(hall: &Hall, analysis: &Analysis) -> Answer {
    let is_trusted = hall.analyzer.trusts(analysis);
    Answer::to(analysis, is_trusted, hall.options.strict)
}

/// Where a delivery is passed on to: only what the listener itself would accept goes anywhere, unless
/// `--forward-invalid`.
fn route<'h>(hall: &'h Hall, analysis: &Analysis, own: &Answer) -> Option<&'h Route> {
    let forwarding = &hall.options.forwarding;
    if !(forwarding.invalid || own.is_acceptance()) {
        return None;
    }
    forwarding.route(&analysis.event)
}
