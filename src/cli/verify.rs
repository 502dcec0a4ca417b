//! `cz-hook verify`: its arguments.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::capture::Format;
use crate::commands::verify::{JudgedAt, VerifyOptions};

use super::shared::{ExplainArgs, InputArgs, SecretsArg, VerifyContextArgs, header, judged_at};

#[derive(Debug, Args)]
#[command(after_help = "\
When a signature is not valid, verify searches for what was hashed instead, and says what to change.

Verdicts: valid, invalid, missing, malformed, stale, unsigned.

Exit codes: 0 every signature is valid, 1 one is not, 2 there is no secret, 3 the input cannot be read.

Examples:
  cz-hook verify request.http --secret S
  cz-hook verify body.json --signature \"$SIG\" --secret S
  cz-hook verify body.json -H \"x-chatzuri-signature: $SIG\" --secret S
  cz-hook sign lead.submit --print request | cz-hook verify -
  cz-hook verify request.http --against what-my-endpoint-hashed.txt")]
pub struct VerifyArgs {
    /// A body, or a capture: raw HTTP, HAR, curl, NDJSON, a journal; `-` or none: standard input
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub secrets: SecretsArg,
    /// The provider whose signature to check [default: the profile's, or auto]
    #[arg(long, value_name = "NAME|auto")]
    pub provider: Option<String>,
    /// The signature of the body: the value of its header
    #[arg(long, value_name = "VALUE", conflicts_with = "headers")]
    pub signature: Option<String>,
    /// A header of the request; repeatable
    #[arg(long = "header", short = 'H', value_name = "K: V", value_parser = header)]
    pub headers: Vec<(String, Vec<u8>)>,
    /// The format of FILE
    #[arg(long, value_name = "FORMAT", default_value = "auto")]
    pub format: InputFormat,
    #[command(flatten)]
    pub input: InputArgs,
    /// Also print the expected signature; anyone who reads it can sign this body
    #[arg(long)]
    pub show_expected: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub context: VerifyContextArgs,
    /// Check the age of signatures at this time: 2026-01-31T12:00:00Z, seconds since 1970, `now`, or `received`
    /// [default: when the request was received, else now]
    #[arg(long, value_name = "TIME", value_parser = judged_at, help_heading = "Signature")]
    pub at: Option<JudgedAt>,
    #[command(flatten)]
    pub explain: ExplainArgs,
    /// Compare the body with FILE, the bytes that the endpoint hashed, and explain the difference
    #[arg(long, value_name = "FILE", help_heading = "Diagnosis")]
    pub against: Option<PathBuf>,
}

impl VerifyArgs {
    pub fn into_options(mut self) -> VerifyOptions {
        if let Some(pasted) = self.signature.as_deref().and_then(pasted_header) {
            self.signature = None;
            self.headers.push(pasted);
        }
        VerifyOptions {
            file: self.file,
            provider: self.provider,
            signature: self.signature,
            headers: self.headers,
            format: match self.format {
                InputFormat::Auto => None,
                InputFormat::Body => Some(Format::Body),
                InputFormat::Http => Some(Format::Http),
                InputFormat::Har => Some(Format::Har),
                InputFormat::Curl => Some(Format::Curl),
                InputFormat::Ndjson => Some(Format::Ndjson),
                InputFormat::Db => Some(Format::Journal),
            },
            input: self.input.options(),
            secrets: self.secrets.options(),
            context: self.context.options(),
            at: self.at.unwrap_or_default(),
            effort: self.explain.effort(),
            against: self.against,
            show_expected: self.show_expected,
            json: self.json,
        }
    }
}

/// The header, when `--signature` was given the whole line of it.
fn pasted_header(text: &str) -> Option<(String, Vec<u8>)> {
    let (name, value) = header(text).ok()?;
    let lower = name.to_ascii_lowercase();
    let is_name = lower.starts_with("x-") || lower.contains("signature");
    (is_name && !value.trim_ascii().is_empty()).then_some((name, value))
}

/// The formats of a file that `verify` reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InputFormat {
    /// Detect the format
    Auto,
    /// Only the bytes of a body
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
