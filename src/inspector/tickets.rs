//! Addresses that are valid once and for a short time, for what the browser opens without the token.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::token::Token;
use crate::error::Error;
use crate::lock::lock;

/// How long an address is valid.
const VALID: Duration = Duration::from_secs(30);

/// How many are valid at once.
const MAX_TICKETS: usize = 64;

/// What an address leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ticket {
    /// The body of this delivery as a page.
    Preview(u64),
    /// The page, with its token.
    Open,
}

#[derive(Debug, Default)]
pub(super) struct Tickets(Mutex<HashMap<String, (Ticket, Instant)>>);

impl Tickets {
    /// A new address for this; the oldest is given up when there are too many.
    pub(super) fn issue(&self, ticket: Ticket) -> Result<String, Error> {
        let name = Token::random()?.text().to_owned();
        let mut all = lock(&self.0);
        all.retain(|_, (_, since)| since.elapsed() < VALID);
        if all.len() >= MAX_TICKETS {
            let oldest = all.iter().min_by_key(|(_, (_, since))| *since);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                all.remove(&oldest);
            }
        }
        all.insert(name.clone(), (ticket, Instant::now()));
        Ok(name)
    }

    /// What an address leads to, the first time it is asked for and while it is valid.
    pub(super) fn redeem(&self, name: &str) -> Option<Ticket> {
        let (ticket, since) = lock(&self.0).remove(name)?;
        (since.elapsed() < VALID).then_some(ticket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_valid_once_and_for_a_short_time() {
        let tickets = Tickets::default();
        let name = tickets.issue(Ticket::Preview(7)).unwrap();
        assert_eq!(tickets.redeem("other"), None);
        assert_eq!(tickets.redeem(&name), Some(Ticket::Preview(7)));
        assert_eq!(tickets.redeem(&name), None);
        let old = tickets.issue(Ticket::Open).unwrap();
        lock(&tickets.0).values_mut().for_each(|(_, since)| *since -= VALID);
        assert_eq!(tickets.redeem(&old), None);
        for _ in 0..200 {
            tickets.issue(Ticket::Open).unwrap();
        }
        assert_eq!(lock(&tickets.0).len(), MAX_TICKETS);
    }
}
