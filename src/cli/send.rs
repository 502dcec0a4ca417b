//! `cz-hook send` as clap sees it.

use std::time::Duration;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use crate::webhook::signature::tamper::Tamper;

use super::retry::RetryArgs;
use super::sample::SampleArgs;
use super::values::{self, ExpectedStatus};
use super::{SecretArg, TransportArgs};

/// `cz-hook send`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cz-hook send lead.submit --url http://localhost:3000/webhook --secret S
  cz-hook send message.received --channel telegram --set payload.message='Habari?' --url URL --secret S
  cz-hook send --body captured.json --url URL --secret S
  cz-hook send lead.submit --tamper signature --expect-status 4xx --url URL --secret S
  cz-hook send lead.submit --retry --time-scale 3600 --url URL --secret S
Exits 0 when the answer is 2xx (or what --expect-status asks for), 1 when it is not, 3 without an answer.
With --retry: 0 delivered, 1 dropped, 3 when no attempt was answered.")]
pub struct SendArgs {
    /// Which body.
    #[command(flatten)]
    pub sample: SampleArgs,
    /// The secret.
    #[command(flatten)]
    pub secret: SecretArg,
    /// The endpoint [default: the profile's]
    #[arg(long, value_hint = clap::ValueHint::Url)]
    pub url: Option<String>,
    /// Send every sample of the provider, or every channel of the event
    #[arg(long, conflicts_with_all = ["body", "channel"])]
    pub all: bool,
    /// Add a header, or replace one that would be sent; may be repeated
    #[arg(short = 'H', long = "header", value_name = "K: V", value_parser = values::header)]
    pub headers: Vec<(String, Vec<u8>)>,
    /// Succeed on this status instead of on any 2xx: 400, or a class such as 4xx
    #[arg(long, value_name = "N", value_parser = values::expected_status)]
    pub expect_status: Option<ExpectedStatus>,
    /// Give up after this long: 30s, 500ms, 2m
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = values::duration)]
    pub timeout: Duration,
    /// How to connect.
    #[command(flatten)]
    pub transport: TransportArgs,
    /// Print the request as it would go over the wire, and send nothing
    #[arg(long, conflicts_with_all = ["expect_status", "json"])]
    pub dry_run: bool,
    /// Spoil the delivery, to see it refused
    #[arg(long, value_name = "MODE")]
    pub tamper: Option<Tamper>,
    /// Print one JSON object per request
    #[arg(long)]
    pub json: bool,
    /// Whether and when to try again.
    #[command(flatten)]
    pub retry: RetryArgs,
}

impl ValueEnum for Tamper {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(format!("A delivery that {}", self.clause())))
    }
}
