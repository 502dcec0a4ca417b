//! `cz-hook sign` as clap sees it.

use clap::{Args, ValueEnum};

use super::SecretArg;
use super::sample::SampleArgs;

/// `cz-hook sign`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cz-hook sign lead.submit --secret S
  SIG=$(cz-hook sign --body body.json --secret S --print value)
  cz-hook sign lead.submit --secret S --print curl --url http://localhost:3000/webhook")]
pub struct SignArgs {
    /// Which body.
    #[command(flatten)]
    pub sample: SampleArgs,
    /// The secret.
    #[command(flatten)]
    pub secret: SecretArg,
    /// What to print
    #[arg(long, value_name = "WHAT", default_value = "header")]
    pub print: Print,
    /// The endpoint that `--print request` and `--print curl` are made for [default: the profile's, or
    /// http://127.0.0.1:8080/]
    #[arg(long, value_hint = clap::ValueHint::Url)]
    pub url: Option<String>,
    /// Print one JSON object
    #[arg(long, conflicts_with = "print")]
    pub json: bool,
}

/// What `sign` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Print {
    /// The header line: `name: value`
    Header,
    /// The header's value alone
    Value,
    /// The whole HTTP request, as `verify` reads it
    Request,
    /// A curl command that sends it
    Curl,
}
