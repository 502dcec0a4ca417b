//! `cz-hook verify` as clap sees it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::SecretsArg;
use super::ExplainArgs;
use super::values;

/// `cz-hook verify`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cz-hook verify request.http --secret S
  cz-hook verify body.json --signature \"$SIG\" --secret S
  cz-hook verify body.json --header \"x-chatzuri-signature: $SIG\" --secret OLD --secret NEW
  cz-hook sign lead.submit --secret S --print request | cz-hook verify - --secret S
  cz-hook verify request.http --against what-my-endpoint-hashed.txt
When a signature is not valid, verify looks for what was hashed instead, and says what to change.
Verdicts: valid, invalid, missing, malformed, stale, unsigned. Only valid exits 0, the others 1.")]
pub struct VerifyArgs {
    /// A body, or a capture: raw HTTP, HAR, curl, NDJSON, a journal; `-` or nothing: standard input
    pub file: Option<PathBuf>,
    /// The provider whose scheme to check with [default: the profile's, or auto]
    #[arg(long, value_name = "NAME|auto")]
    pub provider: Option<String>,
    /// The signature that came with the body: the header's value
    #[arg(long, value_name = "VALUE", conflicts_with = "headers")]
    pub signature: Option<String>,
    /// A header that came with the body; may be repeated
    #[arg(long = "header", short = 'H', value_name = "K: V", value_parser = values::header)]
    pub headers: Vec<(String, Vec<u8>)>,
    /// What FILE holds
    #[arg(long, value_name = "FORMAT", default_value = "auto")]
    pub format: InputFormat,
    /// The secrets.
    #[command(flatten)]
    pub secrets: SecretsArg,
    /// Why a signature is not valid.
    #[command(flatten)]
    pub explain: ExplainArgs,
    /// Hold the body against FILE, what an endpoint says it hashed, and say what leads from one to the other
    #[arg(long, value_name = "FILE")]
    pub against: Option<PathBuf>,
    /// Also print the signature that was expected; whoever reads it can sign this body
    #[arg(long)]
    pub show_expected: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// What a file given to `verify` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InputFormat {
    /// Look at it and see
    Auto,
    /// The body's bytes and nothing else
    Body,
    /// Raw HTTP requests: request line, headers, blank line, body
    Http,
    /// An HTTP archive, as browsers export it
    Har,
    /// A curl command, as browsers copy it
    Curl,
    /// The lines of `listen --json`
    Ndjson,
    /// The journal of `listen --record`
    Db,
}
