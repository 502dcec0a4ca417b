//! Forged deliveries: lists of them, those that differ in everything around the signature, and what the responses
//! reveal.

use super::super::case::{Change, Forgery, ForgeryList};
use super::super::client::Client;
use super::super::exchange::{Exchange, TOO_MANY_REQUESTS};
use super::super::expect::{CheckResult, describe, leaked};
use super::super::forgeries::{self, Candidate};
use super::super::matrix::Accepted;
use super::super::matrix_run;
use super::super::variation::Dimension;
use super::{CaseRun, send_change};

/// How many genuine deliveries are followed by another body.
const REUSES: usize = 2;
/// How often the same forged delivery is sent.
const REPETITIONS: usize = 2;

/// Sends every forged delivery of a list. None may be accepted.
pub async fn list(client: &Client, list: ForgeryList) -> Result<CaseRun, String> {
    let mut run = ListRun { client, sent: 0, responses: 0, limited: None, last: None };
    let mut why = None;
    for candidate in forgeries::all(list, client.builder())? {
        let exchange = match run.send(&candidate).await {
            Ok(exchange) => exchange,
            Err(reason) => {
                why = Some(reason);
                continue;
            }
        };
        if exchange.is_accepted() {
            return Ok(run.accepted(&candidate, exchange).await);
        }
        // An endpoint that hangs on one forgery hangs on the others.
        if exchange.has_timed_out() {
            let message = exchange.no_response().map(|why| why.message.clone());
            let check = CheckResult::failed(message.unwrap_or_default());
            return Ok(CaseRun::new(check, Some(exchange), run.sent));
        }
    }
    if run.sent == 0 {
        return Err(why.unwrap_or_else(|| "the provider does not sign".to_owned()));
    }
    let check = match (&run.limited, run.responses) {
        (Some(_), _) => CheckResult::limited(),
        (None, 0) => {
            let why = run.last.as_ref().and_then(Exchange::no_response);
            CheckResult::failed(why.map_or("no response", |why| why.message.as_str()))
        }
        _ => CheckResult::passed(format!("none of {} was accepted", run.sent)),
    };
    Ok(CaseRun::new(check, run.limited.or(run.last), run.sent))
}

/// A list that is being sent.
struct ListRun<'c> {
    client: &'c Client,
    sent: usize,
    responses: usize,
    limited: Option<Exchange>,
    /// The last exchange, or the one whose response revealed something.
    last: Option<Exchange>,
}

impl ListRun<'_> {
    async fn send(&mut self, candidate: &Candidate) -> Result<Exchange, String> {
        let builder = self.client.builder();
        let request = candidate.request(builder)?;
        let mut exchange = self.client.send_forged(&request).await;
        if let Some(shown) = candidate.shown(builder) {
            exchange.request = shown;
        }
        self.sent += 1;
        match exchange.is_limited() {
            true => self.limited = Some(exchange.clone()),
            false => self.responses += usize::from(exchange.received().is_some()),
        }
        if self.last.as_ref().is_none_or(|last| last.leak.is_none()) {
            self.last = Some(exchange.clone());
        }
        Ok(exchange)
    }

    /// The verdict on an accepted forgery: which of several it was, and whether it is new.
    async fn accepted(mut self, candidate: &Candidate, exchange: Exchange) -> CaseRun {
        if let Some(id) = self.client.case_of(candidate.base)
            && let Ok(plain) = self.client.builder().request(Change::Forged(candidate.base))
        {
            self.sent += 1;
            if self.client.send_forged(&plain).await.is_accepted() {
                return CaseRun::new(known(id), Some(exchange), self.sent);
            }
        }
        if let Some(control) = candidate.control(self.client.builder()) {
            self.sent += 1;
            if self.client.send_forged(&control).await.is_accepted() {
                let why = "the endpoint accepts such requests everywhere, so this proves nothing";
                return CaseRun::new(CheckResult::passed(why), Some(exchange), self.sent);
            }
        }
        let mut found = None;
        for single in &candidate.singles {
            if let Ok(exchange) = self.send(single).await
                && exchange.is_accepted()
            {
                found = Some((single.what.as_str(), exchange));
                break;
            }
        }
        let (what, exchange) = found.unwrap_or((&candidate.what, exchange));
        CaseRun::new(accepted_with(&exchange, what), Some(exchange), self.sent)
    }
}

/// Sends genuine deliveries, each followed by the same headers with another body.
pub async fn reuse(client: &Client) -> Result<CaseRun, String> {
    let builder = client.builder();
    let (scheme, _) = builder.signing().ok_or("the provider does not sign")?;
    if !scheme.covers_body() {
        return Err("the signature does not cover the body".to_owned());
    }
    scheme.header().ok_or("the signature is in the body")?;
    let mut sent = 0;
    let mut last = None;
    for _ in 0..REUSES {
        let genuine = builder.request(Change::Fresh)?;
        let mut forged = genuine.clone();
        forged.delivery.body = builder.fresh();
        let length = forged.delivery.body.len().to_string();
        forged.delivery.headers.set("content-length", length);
        let first = client.send(&genuine).await;
        sent += 1;
        if first.is_limited() {
            return Ok(CaseRun::new(CheckResult::limited(), Some(first), sent));
        }
        let exchange = client.send_forged(&forged).await;
        sent += 1;
        if exchange.is_accepted() {
            let what = "the headers of the delivery before it";
            return Ok(CaseRun::new(accepted_with(&exchange, what), Some(exchange), sent));
        }
        last = Some(exchange);
    }
    Ok(CaseRun::new(refused(last.as_ref(), "none was accepted"), last, sent))
}

/// Sends the same forged delivery several times.
pub async fn repeat(client: &Client) -> Result<CaseRun, String> {
    let builder = client.builder();
    let request = builder.forged(Forgery::Secret, builder.fresh())?;
    let mut last = None;
    for number in 1..=REPETITIONS {
        let exchange = client.send_forged(&request).await;
        if exchange.is_accepted() {
            let check = match client.case_of(Forgery::Secret) {
                Some(id) if number == 1 => known(id),
                _ => accepted_with(&exchange, &format!("a wrong signature, as number {number}")),
            };
            return Ok(CaseRun::new(check, Some(exchange), number));
        }
        last = Some(exchange);
    }
    let check = refused(last.as_ref(), "it was never accepted");
    Ok(CaseRun::new(check, last, REPETITIONS))
}

/// The verdict on a forgery that was not accepted.
fn refused(last: Option<&Exchange>, reason: &str) -> CheckResult {
    match last {
        Some(exchange) if exchange.is_limited() => CheckResult::limited(),
        Some(exchange) if exchange.received().is_some() => CheckResult::passed(reason),
        Some(exchange) => {
            let why = exchange.no_response().map(|why| why.message.clone());
            CheckResult::failed(why.unwrap_or_default())
        }
        None => CheckResult::skipped("nothing was sent"),
    }
}

/// Reports the forgeries that a dimension lets in.
pub async fn vary(client: &Client, dimension: Dimension) -> Result<CaseRun, String> {
    let (matrix, findings) = matrix_run::findings(client).await.as_ref().map_err(Clone::clone)?;
    let sent = findings.sent;
    let is_mine = |one: &&Accepted| one.dimension == Some(dimension);
    if let Some(one) = findings.accepted.iter().find(is_mine) {
        let causes: Vec<_> = one.causes.iter().map(ToString::to_string).collect();
        let what = format!("{} and {}", causes.join(", "), clause(one.forgery));
        let check = accepted_with(&one.exchange, &what);
        return Ok(CaseRun::new(check, Some(one.exchange.clone()), sent));
    }
    let count = matrix.count(dimension);
    if count == 0 {
        return Err("the provider has no other value of this".to_owned());
    }
    // Accepted in any delivery: a case of its own says so, if this run has it.
    let mut known_as = Vec::new();
    for one in findings.accepted.iter().filter(|one| one.dimension.is_none()) {
        match client.case_of(one.forgery) {
            Some(id) => known_as.push(id),
            None => {
                let check = accepted_with(&one.exchange, clause(one.forgery));
                return Ok(CaseRun::new(check, Some(one.exchange.clone()), sent));
            }
        }
    }
    if let Some(first) = known_as.first()
        && known_as.len() == matrix.forgeries()
    {
        return Ok(CaseRun::new(known(first), findings.last.clone(), sent));
    }
    let last = findings.last.clone();
    if last.as_ref().is_some_and(Exchange::has_timed_out) || findings.responses == 0 {
        let message = last.as_ref().and_then(Exchange::no_response);
        let message = message.map_or("no response", |why| &why.message).to_owned();
        let check = match findings.is_limited {
            true => CheckResult::limited(),
            false => CheckResult::failed(message),
        };
        return Ok(CaseRun::new(check, last, sent));
    }
    let check = match findings.is_limited {
        true => CheckResult::limited(),
        false => CheckResult::passed(match known_as.first() {
            None => format!("no forgery was accepted with {count} other values"),
            Some(id) => format!("no other forgery was accepted than those of {id}"),
        }),
    };
    Ok(CaseRun::new(check, last, sent))
}

fn accepted_with(exchange: &Exchange, what: &str) -> CheckResult {
    let status = exchange.received().map(describe).unwrap_or_default();
    CheckResult::failed(format!("{status}: it was accepted with {what}, expected a 4xx"))
}

/// The plain forgery is accepted, too.
fn known(id: &str) -> CheckResult {
    CheckResult::skipped(format!("such forgeries are accepted in any delivery: see {id}"))
}

/// A forgery in a clause, as in "it was accepted with …".
fn clause(how: Forgery) -> &'static str {
    match how {
        Forgery::None => "no signature",
        Forgery::Empty => "an empty signature",
        Forgery::Secret => "a signature made with another secret",
        Forgery::EmptyKey => "a signature made with an empty key",
        Forgery::Unkeyed => "a hash without a key",
        Forgery::Half => "half a signature",
        Forgery::OtherBody => "the signature of another body",
        Forgery::Algorithm => "a signature of another algorithm",
        _ => "a wrong signature",
    }
}

pub async fn leak(client: &Client) -> Result<CaseRun, String> {
    let changes = [
        Change::Forged(Forgery::None),
        Change::Forged(Forgery::Empty),
        Change::Forged(Forgery::Secret),
        Change::Forged(Forgery::Half),
        Change::Forged(Forgery::Alphabet),
        Change::Forged(Forgery::BitOfBody),
        Change::Sample(0),
    ];
    let mut sent = 0;
    let mut last = None;
    let mut responses = 0;
    let mut is_limited = false;
    for change in changes {
        // Not every provider signs what this one changes.
        let Ok(request) = client.builder().request(change) else {
            continue;
        };
        let exchange = send_change(client, change, &request).await;
        sent += 1;
        if let Some(leak) = exchange.leak {
            return Ok(CaseRun::new(leaked(leak), Some(exchange), sent));
        }
        let status = exchange.status();
        last = Some(exchange);
        match status {
            Some(TOO_MANY_REQUESTS) => is_limited = true,
            Some(_) => responses += 1,
            // Other cases test for that, and waiting for each timeout would take minutes.
            None => break,
        }
    }
    let result = match responses {
        0 if is_limited => CheckResult::limited(),
        0 => CheckResult::skipped("no request got a response, so none could leak anything"),
        _ => CheckResult::passed(format!("none of {responses} responses contains it")),
    };
    Ok(CaseRun::new(result, last, sent))
}
