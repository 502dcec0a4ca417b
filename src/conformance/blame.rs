//! Whose failure it is, when an endpoint does not do what every other case rests on: it goes away, or does
//! not accept a genuine delivery in the first place.

use crate::http::SendErrorKind as Kind;

use super::acts::{self, Ran};
use super::asker::Asked;
use super::case::{Act, Change, Expect};
use super::expect::Judged;
use super::outcome::{Outcome, Request, Stopped, StoppedBy};
use super::preflight::Stop;
use super::runner::Runner;

impl Runner<'_> {
    /// What is still worth asking when a genuine delivery is not accepted: a forged one that is accepted is
    /// a mistake all the same, while one that is refused proves nothing.
    pub(super) async fn not_accepted(&self, stop: &Stop) {
        let Stop {
            request,
            asked,
            stopped,
        } = stop;
        self.record.heed(None, &asked_first(request, asked));
        let is_redirect = asked.status().is_some_and(|status| status / 100 == 3);
        let (mut first, answered) = (true, asked.answer.is_ok());
        for (number, case) in self.record.cases().iter().enumerate() {
            let verdict = match case.act {
                Act::Send(Change::Sample(0), Expect::Accepted) if first => {
                    first = false;
                    Some(Judged::failed(format!(
                        "{}: {}",
                        stopped.message, stopped.hint
                    )))
                }
                Act::Send(_, Expect::NoRedirect) if is_redirect => {
                    Some(Judged::failed(stopped.message.clone()))
                }
                _ => None,
            };
            if let Some(judged) = verdict {
                let mut ran = asked_first(request, asked);
                ran.judged = judged;
                self.put(number, ran);
            } else if answered && !is_redirect && case.category == "refuse" {
                let ran = acts::run(&self.asker, case, None).await;
                let is_accepted = ran.asked().is_some_and(Asked::is_accepted);
                let has_failed = ran.judged.outcome == Outcome::Failed;
                self.record.heed(Some(number), &ran);
                if silence(&ran).is_some() && has_failed {
                    return;
                }
                if is_accepted && has_failed {
                    self.put(number, ran);
                }
            }
        }
    }

    /// Several were asked when the endpoint went away. Endpoints that die of one request mostly take them in
    /// the order in which they came, so the first is named, and the others are with it.
    pub(super) fn one_of(&self, silent: Vec<(usize, Ran)>) -> Stopped {
        let id = |number: usize| self.record.cases().get(number).map(|case| case.id.as_str());
        let ids: Vec<_> = silent
            .iter()
            .filter_map(|(number, _)| id(*number))
            .collect();
        let first = ids.first().copied().unwrap_or_default();
        let others = ids.get(1..).unwrap_or_default().join(", ");
        for (place, (number, mut ran)) in silent.into_iter().enumerate() {
            if place == 0 {
                ran.judged = Judged::failed(match others.as_str() {
                    "" => format!("{}, and the endpoint no longer serves", ran.judged.reason),
                    others => format!(
                        "{}, and the endpoint no longer serves; or it is one of those that were asked \
                         at the same time: {others}",
                        ran.judged.reason
                    ),
                });
            } else {
                let why = format!("no answer, but {first} was asked before and got none either");
                ran.judged = Judged::skipped(why);
            }
            self.put(number, ran);
        }
        self.gone(first)
    }

    /// The end of a run whose endpoint is gone.
    pub(super) fn gone(&self, after: &str) -> Stopped {
        Stopped {
            kind: StoppedBy::Gone,
            message: format!("the endpoint no longer serves after {after}"),
            hint: "see its log, start it again, and run that case alone with --only".to_owned(),
        }
    }
}

/// The first question, before there is a verdict on it.
fn asked_first(request: &Request, asked: &Asked) -> Ran {
    let exchange = Some((request.clone(), Some(asked.clone())));
    Ran {
        duration: asked.duration,
        ..Ran::of(Judged::skipped(""), exchange, 1)
    }
}

/// Which way a case got no answer, if it waited for one.
pub(super) fn silence(ran: &Ran) -> Option<Kind> {
    let silence = ran.asked()?.answer.as_ref().err()?;
    Some(silence.kind)
}
