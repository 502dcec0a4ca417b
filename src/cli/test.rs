//! `cz-hook test` as clap sees it.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use crate::output::reports::Format;

use super::values;
use super::{SecretArg, TransportArgs};

/// `cz-hook test`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cz-hook test --url http://localhost:3000/webhook --secret S
  cz-hook test --provider chatbase --only 'refuse/*' --url URL --secret S
  cz-hook test --skip 'accept/body-*' --tolerate protocol/get --strict --url URL --secret S
  cz-hook test --url URL --secret S --report junit=test.xml --report html=test.html
  cz-hook test --list
Patterns: * is any characters, ? is one. Exits 1 when a required case fails that is not tolerated, \
3 when the endpoint is not reachable, 130 when interrupted, with what was found so far.")]
pub struct TestArgs {
    /// The endpoint
    #[arg(long, value_hint = ValueHint::Url, required_unless_present = "list")]
    pub url: Option<String>,
    /// The provider whose deliveries to send [default: chatzuri]
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,
    /// The secret.
    #[command(flatten)]
    pub secret: SecretArg,
    /// Only the cases of this id or pattern, such as 'refuse/*'; repeatable
    #[arg(long, value_name = "ID")]
    pub only: Vec<String>,
    /// Not the cases of this id or pattern; repeatable
    #[arg(long, value_name = "ID")]
    pub skip: Vec<String>,
    /// Let the cases of this id or pattern fail: shown, but not counted; repeatable
    #[arg(long, value_name = "ID")]
    pub tolerate: Vec<String>,
    /// Require what is recommended for the bytes of a body
    #[arg(long)]
    pub strict: bool,
    /// Stop at the first failure that counts; cases run one after the other
    #[arg(long)]
    pub fail_fast: bool,
    /// List the cases, and send nothing
    #[arg(long)]
    pub list: bool,
    /// Give up on an answer after this long: 30s, 500ms, 2m
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = values::duration)]
    pub timeout: Duration,
    /// How many cases run at once, of those that do not disturb each other
    #[arg(long, value_name = "N", default_value = "4", value_parser = values::positive)]
    pub concurrency: usize,
    /// How to connect.
    #[command(flatten)]
    pub transport: TransportArgs,
    /// Also write a report: junit, tap, html, markdown, text or json; repeatable
    #[arg(long, value_name = "KIND=FILE", value_parser = values::report, conflicts_with = "list")]
    pub report: Vec<(Format, PathBuf)>,
    /// Print one JSON object per case, then a summary
    #[arg(long)]
    pub json: bool,
}
