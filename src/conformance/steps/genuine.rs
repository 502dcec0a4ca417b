//! Genuine deliveries that are unusual on the wire, and the reason why one is refused: its signature, its content, or
//! neither.

use std::collections::BTreeSet;

use bytes::Bytes;

use crate::webhook::signature::scheme::Scheme;

use super::super::case::{BodyChange, Change, Forgery};
use super::super::client::Client;
use super::super::exchange::Exchange;
use super::super::expect::{CheckResult, describe};
use super::super::request_builder::{Request, RequestBuilder};
use super::super::sample_body::with_field;
use super::{CaseRun, not_accepted};

/// At most this many bodies are signed to find every character.
const MAX_TRIES: usize = 2500;
/// At most this many deliveries are sent.
const MAX_DELIVERIES: usize = 64;
/// How many other signatures are tried for the content of a refused delivery.
const OTHER_SIGNATURES: usize = 6;
/// Four bytes in UTF-8, so that there are three places inside of each.
const WIDE: &str = "\u{1f600}\u{1f680}\u{1f33b}\u{1f98a}";

/// The characters at both ends of a signature.
struct Ends {
    first: char,
    last: char,
}

impl Ends {
    /// `None` of an empty signature.
    fn of(scheme: &Scheme, mac: &[u8]) -> Option<Self> {
        let text = scheme.format.encoding.encode(mac);
        let text = text.trim_end_matches('=');
        Some(Self { first: text.chars().next()?, last: text.chars().next_back()? })
    }
}

/// Bodies whose signatures begin and end with every character. The error says, in a clause, why there are none.
fn with_every_end(builder: &RequestBuilder) -> Result<Vec<Bytes>, String> {
    let (scheme, _) = builder.signing().ok_or("the provider does not sign")?;
    if !scheme.covers_body() {
        return Err("the signature does not depend on the body".to_owned());
    }
    let mut found: Vec<Bytes> = Vec::new();
    let (mut firsts, mut lasts) = (BTreeSet::new(), BTreeSet::new());
    // The last new character was found so many bodies ago: all have been found.
    let mut since = 0;
    for _ in 0..MAX_TRIES {
        if since > 400 || found.len() == MAX_DELIVERIES {
            break;
        }
        since += 1;
        let body = builder.fresh();
        let signing = builder.sign(body.clone())?;
        let mac = signing.signature().map_err(|why| why.to_string())?;
        let Some(Ends { first, last }) = Ends::of(scheme, &mac) else {
            continue;
        };
        // Both at once where that is possible, so that few are sent.
        let is_new = firsts.insert(first) | lasts.insert(last);
        if is_new {
            since = 0;
            found.push(body);
        }
    }
    Ok(found)
}

/// Sends deliveries whose signatures begin and end with every character.
pub async fn every_character(client: &Client) -> Result<CaseRun, String> {
    let all = with_every_end(client.builder())?;
    let (mut accepted, mut refused) = (Vec::new(), Vec::new());
    let (mut exchange, mut sent) = (None, 0);
    for body in all {
        // Signed again, because its time must not become too old: that may change the signature.
        let signing = client.builder().sign(body)?;
        let mac = signing.signature().map_err(|why| why.to_string())?;
        let Some(ends) = Ends::of(signing.scheme, &mac) else {
            continue;
        };
        let body = signing.request().body.clone();
        let request = client.builder().placed(&signing, body, &[signing.write(&mac)])?;
        let one = client.send(&request).await;
        sent += 1;
        if one.is_limited() {
            return Ok(CaseRun::new(CheckResult::limited(), Some(one), sent));
        }
        match one.is_accepted() {
            true => accepted.push(ends),
            false => {
                let is_last = one.received().is_none();
                refused.push(ends);
                exchange.get_or_insert(one);
                if is_last {
                    break;
                }
            }
        }
    }
    let Some(exchange) = exchange else {
        let check = CheckResult::passed(format!("all {sent} were accepted"));
        return Ok(CaseRun::new(check, None, sent));
    };
    let what = not_accepted(&exchange);
    let reason = match ends_of(&refused, &accepted) {
        Some(ends) => format!("{} of {sent} were refused, {ends}: {what}", refused.len()),
        None => format!("{} of {sent} were refused: {what}", refused.len()),
    };
    Ok(CaseRun::new(CheckResult::failed(reason), Some(exchange), sent))
}

/// What the signatures of refused deliveries have in common, and those of accepted ones do not have.
fn ends_of(refused: &[Ends], accepted: &[Ends]) -> Option<String> {
    let all = |ends: &[Ends], of: fn(&Ends) -> char| ends.iter().map(of).collect::<BTreeSet<_>>();
    let list =
        |set: &BTreeSet<char>| set.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
    if accepted.is_empty() {
        return None;
    }
    let mut common = Vec::new();
    for (of, verb) in [(first as fn(&Ends) -> char, "begins"), (last, "ends")] {
        let (bad, good) = (all(refused, of), all(accepted, of));
        if bad.is_disjoint(&good) {
            common.push(format!("{verb} with {}", list(&bad)));
        }
    }
    Some(match common.is_empty() {
        true => "which depends on the digits of the signature".to_owned(),
        false => format!("those whose signature {}", common.join(" and ")),
    })
}

fn first(ends: &Ends) -> char {
    ends.first
}

fn last(ends: &Ends) -> char {
    ends.last
}

/// Why a genuine delivery was refused, as far as sending it again shows; empty when that shows nothing.
pub async fn cause_of_refusal(client: &Client, request: &Request) -> (String, usize) {
    if client.builder().signing().is_none_or(|(scheme, _)| !scheme.covers_body()) {
        return (String::new(), 0);
    }
    if !client.may_search() {
        return (String::new(), 0);
    }
    if client.send(request).await.is_accepted() {
        return ("; sent again, it is accepted".to_owned(), 1);
    }
    let mut sent = 1;
    for number in 0..OTHER_SIGNATURES {
        let Some(other) = same_content(client.builder(), request, number) else {
            break;
        };
        sent += 1;
        if client.send(&other).await.is_accepted() {
            return (
                "; the same content with another signature is accepted: it depends on the digits of \
                 the signature"
                    .to_owned(),
                sent,
            );
        }
    }
    client.found_nothing();
    (String::new(), sent)
}

/// The same request with a number in the body, and therefore with another signature.
fn same_content(builder: &RequestBuilder, request: &Request, number: usize) -> Option<Request> {
    let body = std::str::from_utf8(&request.delivery.body).ok()?;
    let end = body.trim_ascii_end().len();
    let (object, rest) = body.split_at_checked(end)?;
    let object = with_field(object, "czHookNumber", &number.to_string()).ok()?;
    let mut other = builder.signed(Bytes::from(object + rest)).ok()?;
    let own = builder.signing().and_then(|(scheme, _)| scheme.header());
    other.pauses.clone_from(&request.pauses);
    // Everything but what the signature changes.
    for name in ["content-type", "transfer-encoding", "expect"] {
        if let Some(value) = request.delivery.headers.get(name) {
            other.delivery.headers.set(name, value);
        }
    }
    if request.delivery.headers.is_chunked() {
        other.delivery.headers.remove("content-length");
    }
    if let Some(own) = own {
        let mut names = request.delivery.headers.iter().map(|(name, _)| name);
        let written = names.find(|name| name.eq_ignore_ascii_case(own))?.to_owned();
        let value = other.delivery.headers.get(own)?.to_vec();
        other.delivery.headers.remove(own);
        other.delivery.headers.push(written, value);
    }
    Some(other)
}

/// Whether a refused delivery was refused because its body cannot be read, and not because of its signature: the
/// endpoint gives another response to a wrong signature.
pub async fn is_unreadable(client: &Client, exchange: &Exchange) -> Result<bool, String> {
    let response = |exchange: &Exchange| {
        exchange.received().map(|response| (response.status, response.body.clone()))
    };
    let malformed = client.builder().request(Change::Body(BodyChange::Cut))?;
    let malformed = response(&client.send(&malformed).await);
    let forged = client.builder().request(Change::Forged(Forgery::Secret));
    let forged = match forged {
        Ok(forged) => response(&client.send_forged(&forged).await),
        Err(_) => None,
    };
    let own = response(exchange);
    let status = |one: &Option<(u16, Vec<u8>)>| one.as_ref().map(|(status, _)| *status);
    Ok(match status(&malformed) == status(&forged) {
        true => malformed == forged || own != forged,
        false => status(&own) != status(&forged),
    })
}

/// The delivery of a body with a byte order mark, signed without it, if the endpoint accepts that.
pub async fn accepts_without_mark(client: &Client) -> Result<Option<Exchange>, String> {
    let body = client.builder().sample_body(0);
    let signing = client.builder().sign(body.clone())?;
    let right = signing.signature().map_err(|why| why.to_string())?;
    let marked = [&b"\xef\xbb\xbf"[..], &body].concat();
    let request = client.builder().placed(&signing, marked.into(), &[signing.write(&right)])?;
    let exchange = client.send(&request).await;
    Ok(exchange.is_accepted().then_some(exchange))
}

/// Sends a delivery with pauses inside of characters.
pub async fn split(client: &Client) -> Result<CaseRun, String> {
    let mut request = client.builder().request(Change::Body(BodyChange::Text(WIDE)))?;
    let body = &request.delivery.body;
    let head = request.delivery.to_wire(usize::MAX).len() - body.len();
    let first = "\u{1f600}".as_bytes();
    let Some(at) = body.windows(first.len()).position(|window| window == first) else {
        return Err("the provider writes these characters in another way".to_owned());
    };
    // After one, two and three bytes of a character.
    request.pauses = (0..3).map(|number| head + at + 5 * number + 1).collect();
    judged(client, &request).await
}

/// Sends the head of a delivery first, with `Expect: 100-continue`.
pub async fn expect_continue(client: &Client) -> Result<CaseRun, String> {
    let mut request = client.builder().request(Change::Fresh)?;
    request.delivery.headers.push("expect", "100-continue");
    let head = request.delivery.to_wire(usize::MAX).len() - request.delivery.body.len();
    request.pauses = vec![head];
    judged(client, &request).await
}

async fn judged(client: &Client, request: &Request) -> Result<CaseRun, String> {
    let exchange = client.send(request).await;
    let mut sent = 1;
    let check = match exchange.received() {
        Some(response) if exchange.is_accepted() => CheckResult::passed(describe(response)),
        Some(response) if response.status / 100 == 4 => {
            let (cause, count) = cause_of_refusal(client, request).await;
            sent += count;
            CheckResult::failed(not_accepted(&exchange) + &cause)
        }
        _ => CheckResult::failed(not_accepted(&exchange)),
    };
    Ok(CaseRun { sent, ..CaseRun::single(check, exchange) })
}
