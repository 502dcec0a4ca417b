//! `cz-hook replay` as clap sees it.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use crate::commands::replay::ReplayOptions;
use crate::webhook::payload::set::Assignment;

use super::inspect::FilterArgs;
use super::values;
use super::{SecretArg, TransportArgs};

/// `cz-hook replay`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cz-hook replay deliveries.db --url http://localhost:3000/webhook
  cz-hook replay deliveries.db --id 7 --url URL
  cz-hook replay deliveries.db --event lead.submit --last 5 --resign --secret S --url URL
  cz-hook replay request.http --set payload.customerName=Zoë --secret S --url URL
Byte for byte with the original signature, unless --resign or --set. Exits 1 when an answer is not 2xx or \
missing, 3 when there is none at all.")]
pub struct ReplayArgs {
    /// The capture: a journal of `listen --record`, raw HTTP, HAR, a curl command, NDJSON, or a body
    pub capture: PathBuf,
    /// The endpoint [default: the profile's]
    #[arg(long, value_hint = ValueHint::Url)]
    pub url: Option<String>,
    /// Only the delivery of this number; repeatable
    #[arg(long, value_name = "ID", conflicts_with_all = ["event", "verdict", "since", "last"])]
    pub id: Vec<u64>,
    /// Which deliveries.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// Sign anew, under --secret
    #[arg(long)]
    pub resign: bool,
    /// Change a field, then sign anew: PATH=VALUE, or PATH:=JSON; repeatable
    #[arg(long, value_name = "PATH=VALUE", value_parser = values::assignment)]
    pub set: Vec<Assignment>,
    /// Let --set add fields that are not there
    #[arg(long, requires = "set")]
    pub add: bool,
    /// The secret.
    #[command(flatten)]
    pub secret: SecretArg,
    /// How fast: max, original (with the pauses between deliveries as they were), or 10x of it
    #[arg(long, value_name = "SPEED", default_value = "max", value_parser = values::speed)]
    pub speed: Speed,
    /// Give up on an answer after this long: 30s, 500ms, 2m
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = values::duration)]
    pub timeout: Duration,
    /// How to connect.
    #[command(flatten)]
    pub transport: TransportArgs,
    /// Print one JSON object per delivery
    #[arg(long)]
    pub json: bool,
}

impl ReplayArgs {
    /// The options of these arguments.
    pub(crate) fn into_options(self) -> ReplayOptions {
        ReplayOptions {
            capture: self.capture,
            url: self.url,
            ids: self.id,
            filter: self.filter.into_filter(),
            resign: self.resign,
            set: self.set,
            add: self.add,
            secret: self.secret,
            speed: match self.speed {
                Speed::Max => None,
                Speed::Times(factor) => Some(factor),
            },
            timeout: self.timeout,
            transport: self.transport,
            json: self.json,
        }
    }
}

/// How fast to replay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// Without pauses.
    Max,
    /// So many times as fast as it was.
    Times(f64),
}
