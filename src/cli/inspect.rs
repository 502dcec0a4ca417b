//! `cz-hook inspect`: its arguments.

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use jiff::Timestamp;

use crate::capture::journal::{Filter, Keep};
use crate::commands::RedactOptions;
use crate::commands::inspect::{InspectOptions, OutputFormat};
use crate::webhook::signature::verify::Verdict;

use super::shared::{ExplainArgs, InputArgs, SecretsArg, VerifyContextArgs, keep, since};

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 shown, and a signature that was checked again is valid, 1 it is not, 2 no delivery matches, \
3 the capture cannot be read.

Examples:
  cz-hook inspect deliveries.db
  cz-hook inspect deliveries.db --event lead.submit --verdict invalid --last 20
  cz-hook inspect deliveries.db 7 --as http | cz-hook verify - --secret S
  cz-hook inspect deliveries.db 7 --as curl | sh
  cz-hook inspect deliveries.db --as har > deliveries.har
  cz-hook inspect deliveries.db 7 --as fixture --out samples
  cz-hook inspect deliveries.db 7 --as http --redact --secret S > shared.http
  cz-hook inspect deliveries.db --prune 7d")]
pub struct InspectArgs {
    /// The capture: a journal of `listen --record`, NDJSON of `listen --json`, raw HTTP, HAR, a curl command, the file
    /// of another tool (see --format), or a body; `-` or none: standard input
    pub file: Option<PathBuf>,
    /// The delivery to show
    pub id: Option<u64>,
    /// The output format; without ID, ndjson, har, postman, pytest and vitest convert every listed delivery
    #[arg(long = "as", value_name = "FORMAT")]
    pub form: Option<OutputFormat>,
    #[command(flatten)]
    pub secrets: SecretsArg,
    /// The folder for --as fixture: a sample with other values, and the JSON Schema that is inferred from it
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub out: Option<PathBuf>,
    /// Replace names, addresses, ids, tokens and secrets by others of the same form, and sign with a throw-away secret.
    /// With --secret, a signature that is wrong stays wrong in the same way
    #[arg(long, conflicts_with = "prune", help_heading = "Redaction")]
    pub redact: bool,
    /// Replace everything at this JSON Pointer, also what does not look private; repeatable
    #[arg(long, value_name = "POINTER", value_parser = pointer, requires = "redact", help_heading = "Redaction")]
    pub redact_pointer: Vec<String>,
    /// Keep what is at this JSON Pointer, or this header; repeatable
    #[arg(long, value_name = "POINTER|HEADER", requires = "redact", help_heading = "Redaction")]
    pub keep: Vec<String>,
    /// Print the list as one JSON object per line
    #[arg(long, conflicts_with = "form")]
    pub json: bool,
    /// Remove older deliveries from a journal: keep a number (10000), a time (7d), or both (7d,10000)
    #[arg(
        long,
        value_name = "COUNT|TIME",
        value_parser = keep,
        allow_hyphen_values = true,
        requires = "file",
        conflicts_with_all = [
            "id", "form", "secret", "secret_file", "event", "provider", "verdict", "since", "last", "all", "explain",
            "no_explain",
        ]
    )]
    pub prune: Option<Keep>,
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub context: VerifyContextArgs,
    #[command(flatten)]
    pub filter: FilterArgs,
    /// List all deliveries, also on a terminal, where only the newest 50 are listed otherwise
    #[arg(long, conflicts_with = "last", help_heading = "Filters")]
    pub all: bool,
    #[command(flatten)]
    pub explain: ExplainArgs,
}

/// A JSON Pointer.
fn pointer(text: &str) -> Result<String, String> {
    match text.is_empty() || text.starts_with('/') {
        true => Ok(text.to_owned()),
        false => Err("a JSON Pointer begins with a slash, such as /data/customer".to_owned()),
    }
}

impl InspectArgs {
    pub(crate) fn into_options(self) -> InspectOptions {
        InspectOptions {
            file: self.file,
            filter: Filter { id: self.id, ..self.filter.into_filter() },
            format: self.form,
            json: self.json,
            prune: self.prune,
            all: self.all,
            input: self.input.options(),
            secrets: self.secrets.options(),
            context: self.context.options(),
            effort: self.explain.effort(),
            out: self.out,
            redact: self
                .redact
                .then_some(RedactOptions { redact: self.redact_pointer, keep: self.keep }),
        }
    }
}

/// Which deliveries of a capture.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Filters")]
pub struct FilterArgs {
    /// Only this event, or EVENT/CHANNEL
    #[arg(long, value_name = "EVENT")]
    pub event: Option<String>,
    /// Only this provider
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,
    /// Only those with this verdict of the listener
    #[arg(long, value_name = "VERDICT")]
    pub verdict: Option<Verdict>,
    /// Only those received since a time, 2026-01-31T12:00:00Z, or a duration ago, 10m
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub since: Option<Timestamp>,
    /// Only the newest N
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub last: Option<u64>,
}

impl FilterArgs {
    /// The filter of these arguments.
    pub(crate) fn into_filter(self) -> Filter {
        let (event, channel) = match self.event {
            None => (None, None),
            Some(name) => match name.split_once('/') {
                Some((event, channel)) => (Some(event.to_owned()), Some(channel.to_owned())),
                None => (Some(name), None),
            },
        };
        Filter {
            id: None,
            event,
            channel,
            provider: self.provider,
            verdict: self.verdict,
            since: self.since,
            last: self.last,
        }
    }
}

impl ValueEnum for OutputFormat {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self::Http,
            Self::Curl,
            Self::Har,
            Self::Ndjson,
            Self::Json,
            Self::Body,
            Self::Postman,
            Self::Httpie,
            Self::Fetch,
            Self::Python,
            Self::Pytest,
            Self::Vitest,
            Self::Fixture,
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Http => ("http", "The raw HTTP request"),
            Self::Curl => ("curl", "A curl command that sends it again"),
            Self::Har => ("har", "HAR 1.2, for a browser's network panel"),
            Self::Ndjson => ("ndjson", "A line as `listen --json` prints it"),
            Self::Json => ("json", "The same, indented"),
            Self::Body => ("body", "Only the body's bytes"),
            Self::Fixture => {
                ("fixture", "Files in --out: a sample without private values, and its schema")
            }
            Self::Postman => ("postman", "A collection of Postman, of one delivery or several"),
            Self::Httpie => ("httpie", "A command of HTTPie"),
            Self::Fetch => ("fetch", "A call of fetch, for Node.js"),
            Self::Python => ("python", "A program of Python that uses Requests"),
            Self::Pytest => ("pytest", "Tests that send it to WEBHOOK_URL and expect a 2xx"),
            Self::Vitest => ("vitest", "The same, for Vitest"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for Verdict {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.word()))
    }
}
