//! `cz-hook inspect` as clap sees it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use crate::webhook::signature::verify::Verdict;

use super::SecretsArg;
use super::ExplainArgs;
use super::values;

/// `cz-hook inspect`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cz-hook inspect deliveries.db
  cz-hook inspect deliveries.db --event lead.submit --verdict invalid --last 20
  cz-hook inspect deliveries.db 7 --as http | cz-hook verify - --secret S
  cz-hook inspect deliveries.db 7 --as curl | sh
  cz-hook inspect deliveries.db --as har > deliveries.har")]
pub struct InspectArgs {
    /// The capture: a journal of `listen --record`, raw HTTP, HAR, a curl command, NDJSON of
    /// `listen --json`, or a body; `-` or nothing: standard input
    pub file: Option<PathBuf>,
    /// The one delivery to show
    pub id: Option<u64>,
    /// The form to print in; without ID, ndjson and har convert everything listed
    #[arg(long = "as", value_name = "FORM")]
    pub form: Option<Form>,
    /// Which deliveries.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// With ID, check the signature again with these secrets, and say why it is not valid.
    #[command(flatten)]
    pub secrets: SecretsArg,
    /// Why a signature is not valid.
    #[command(flatten)]
    pub explain: ExplainArgs,
    /// Print the list as one JSON object a line
    #[arg(long, conflicts_with = "form")]
    pub json: bool,
}

/// Which deliveries of a capture.
#[derive(Clone, Debug, Default, Args)]
pub struct FilterArgs {
    /// Only this event, or EVENT/CHANNEL
    #[arg(long, value_name = "EVENT")]
    pub event: Option<String>,
    /// Only this provider's
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,
    /// Only those that the listener gave this verdict
    #[arg(long, value_name = "VERDICT")]
    pub verdict: Option<Verdict>,
    /// Only those received since: 2026-01-31T12:00:00Z, or ago: 10m
    #[arg(long, value_name = "TIME", value_parser = values::since)]
    pub since: Option<Since>,
    /// Only the newest N of them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub last: Option<u64>,
}

/// A moment, or so long ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// A moment.
    At(Timestamp),
    /// So long before now.
    Ago(std::time::Duration),
}

/// The forms that a delivery is printed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// The raw HTTP request
    Http,
    /// A curl command that sends it again
    Curl,
    /// HAR 1.2, for a browser's network panel
    Har,
    /// A line as `listen --json` prints it
    Ndjson,
    /// The same, laid out for people
    Json,
    /// The body's bytes and nothing else
    Body,
}

impl ValueEnum for Verdict {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.word()))
    }
}
