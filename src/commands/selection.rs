//! Which deliveries of a capture are meant, and what is known of one that was looked at or not.

use jiff::Timestamp;

use crate::capture::journal::Filter;
use crate::capture::{Captured, Found};
use crate::cli::inspect::{FilterArgs, Since};
use crate::webhook::analysis::Analyzer;
use crate::webhook::provider::catalog::Catalog;

/// Which deliveries of a capture, and by whose rules those are told that no listener has looked at.
#[derive(Debug)]
pub struct Selection {
    /// Which.
    pub filter: Filter,
    /// What is known of providers.
    pub catalog: &'static Catalog,
}

impl Selection {
    /// All of them.
    pub fn everything(catalog: &'static Catalog) -> Self {
        Self {
            filter: Filter::default(),
            catalog,
        }
    }

    /// Those that the options ask for.
    pub fn of(args: &FilterArgs, catalog: &'static Catalog) -> Self {
        let (event, channel) = match args.event.as_deref().map(|e| e.split_once('/')) {
            None => (None, None),
            Some(None) => (args.event.clone(), None),
            Some(Some((event, channel))) => (Some(event.to_owned()), Some(channel.to_owned())),
        };
        let filter = Filter {
            id: None,
            event,
            channel,
            provider: args.provider.clone(),
            verdict: args.verdict,
            since: args.since.map(|since| match since {
                Since::At(at) => at,
                Since::Ago(ago) => Timestamp::now().checked_sub(ago).unwrap_or(Timestamp::MIN),
            }),
            last: args.last,
        };
        Self { filter, catalog }
    }

    /// Whether a delivery that was read from a file is one of them.
    pub fn admits(&self, captured: &Captured) -> bool {
        let filter = &self.filter;
        let wants_kind = filter.event.is_some()
            || filter.channel.is_some()
            || filter.provider.is_some()
            || filter.verdict.is_some();
        let is = |wanted: &Option<String>, has: &Option<String>| wanted.is_none() || wanted == has;
        let fits_kind = !wants_kind || {
            let found = found(captured, self.catalog);
            is(&filter.event, &found.event)
                && is(&filter.channel, &found.channel)
                && is(&filter.provider, &found.provider)
                && filter.verdict.is_none_or(|v| v == found.signature)
        };
        let since = |since: Timestamp| {
            captured
                .delivery
                .received_at
                .is_some_and(|received| received >= since)
        };
        filter.id.is_none_or(|id| id == captured.id) && filter.since.is_none_or(since) && fits_kind
    }
}

/// What is known about a delivery: what its listener found, or what can be seen without a secret.
pub fn found(captured: &Captured, catalog: &'static Catalog) -> Found {
    if let Some(found) = &captured.found {
        return found.clone();
    }
    let analyzer = Analyzer {
        catalog,
        provider: None,
        secrets: Vec::new(),
        allow_unsigned: false,
    };
    let seen = analyzer.analyze(&captured.delivery, Timestamp::UNIX_EPOCH);
    Found {
        provider: seen.provider.map(|p| p.name.clone()),
        event: seen.event.name,
        channel: seen.event.channel,
        signature: seen.signature.verdict,
        reason: seen.signature.reason,
        validation: seen.validation.verdict,
        duplicate_of: None,
        status: None,
        details: None,
    }
}
