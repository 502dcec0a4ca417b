//! The arguments of bulk sending, which `send` and `replay` have.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::{EnumValueParser, PossibleValue, TypedValueParser};
use clap::{Args, ValueEnum, ValueHint};

use crate::commands::load::{BulkOptions, Export, Pacing};
use crate::error::Error;
use crate::load::condition::Condition;
use crate::load::plan::Shares;
use crate::load::schedule::{Schedule, rate_of};
use crate::read_limited;
use crate::webhook::signature::tamper::Tamper;

use super::shared::{duration, share};

/// How many requests, how fast. Any of these makes it a bulk run.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Bulk")]
pub struct PaceArgs {
    /// Send so many requests
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub count: Option<u64>,
    /// Send for so long: 30s, 5m, 1h
    #[arg(long, value_name = "TIME", value_parser = run_time)]
    pub duration: Option<Duration>,
    /// Send so many requests a second, however long the responses take
    #[arg(long, value_name = "R", value_parser = rate, conflicts_with_all = ["ramp", "concurrency"])]
    pub rate: Option<f64>,
    /// Change the rate over time: 0:10s,200:30s,0 goes from 0 to 200 a second in 10 s, and back in 30 s
    #[arg(long, value_name = "STEPS", value_parser = ramp, conflicts_with = "concurrency")]
    pub ramp: Option<Schedule>,
    /// Without a rate: send on so many connections, on each when the response is there [default: 1]
    #[arg(long, value_name = "C", value_parser = connections)]
    pub concurrency: Option<usize>,
    /// With a rate: the maximum number of requests in flight; as many wait, and more are dropped [default: 256]
    #[arg(long, value_name = "M", value_parser = connections, conflicts_with = "concurrency")]
    pub max_in_flight: Option<usize>,
}

impl PaceArgs {
    fn is_given(&self) -> bool {
        self.count.is_some()
            || self.duration.is_some()
            || self.rate.is_some()
            || self.ramp.is_some()
            || self.concurrency.is_some()
            || self.max_in_flight.is_some()
    }
}

/// What the requests are, and what is reported.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Bulk")]
pub struct BulkArgs {
    #[command(flatten)]
    pub pace: PaceArgs,
    /// Give each body its own value: PATH=TEXT with a variable such as {uuid}; repeatable; none leaves all bodies equal
    /// [default for samples: their likeliest id]
    #[arg(long, value_name = "PATH=TEXT", requires = "PaceArgs")]
    pub unique: Vec<String>,
    /// Send this share of the requests as duplicates: the body and the id of an earlier one
    #[arg(long, value_name = "SHARE", value_parser = share, requires = "PaceArgs")]
    pub duplicate: Option<f64>,
    /// The seed of everything random, to repeat a run: bodies, events, order, and the jitter of --retry
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Fail when this holds, such as p99>500ms, unexpected>1%, late>0 or rate<100; repeatable (default: unexpected>0)
    #[arg(long, value_name = "CONDITION", value_parser = condition, requires = "PaceArgs")]
    pub fail_if: Vec<Condition>,
    /// Write the summary to a file, as --json prints it
    #[arg(long, value_name = "FILE", requires = "PaceArgs")]
    pub summary: Option<PathBuf>,
    /// Write the times of each second to a file, as an HdrHistogram log
    #[arg(long, value_name = "FILE", requires = "PaceArgs")]
    pub hdr: Option<PathBuf>,
    /// Write a report with charts: html=FILE
    #[arg(long, value_name = "html=FILE", value_parser = page, value_hint = ValueHint::Other, requires = "PaceArgs")]
    pub report: Option<PathBuf>,
    /// Send more than 50 requests a second to another machine
    #[arg(long)]
    pub yes_load: bool,
    /// Write the same requests for another load tool, and send nothing
    #[arg(long, value_name = "TOOL", requires = "PaceArgs")]
    pub export: Option<Export>,
}

impl BulkArgs {
    /// The options; `None` when this is not a bulk run.
    ///
    /// # Errors
    /// When the arguments contradict each other.
    pub(crate) fn options(self, tamper: &[TamperShare]) -> Result<Option<BulkOptions>, Error> {
        if !self.pace.is_given() {
            return match tamper.iter().any(|one| one.share.is_some()) || tamper.len() > 1 {
                true => Err(Error::usage(
                    "several corruptions, or a share of the requests, need several requests",
                    "add --count N, --rate R or --duration TIME",
                )),
                false => Ok(None),
            };
        }
        let pace = self.pace;
        if pace.max_in_flight.is_some() && pace.rate.is_none() && pace.ramp.is_none() {
            return Err(Error::usage(
                "--max-in-flight is for a rate, and there is none",
                "add --rate R or --ramp STEPS, or give --concurrency instead",
            ));
        }
        let tamper = tamper.iter().map(|one| (one.how, one.share.unwrap_or(1.0))).collect();
        let shares = Shares { tamper, duplicate: self.duplicate.unwrap_or_default() };
        if shares.total() > 1.0 + 1e-9 {
            return Err(Error::usage(
                "the shares of --tamper and --duplicate are more than 1 together",
                "give smaller shares, such as --tamper signature=0.05",
            ));
        }
        let is_none = self.unique.iter().any(|one| one == "none");
        let unique = match (self.unique.is_empty(), is_none) {
            (true, _) => None,
            (false, true) => Some(Vec::new()),
            (false, false) => Some(self.unique),
        };
        Ok(Some(BulkOptions {
            pacing: Pacing {
                count: pace.count,
                duration: pace.duration,
                rate: pace.rate,
                ramp: pace.ramp,
                concurrency: pace.concurrency,
                max_in_flight: pace.max_in_flight,
            },
            unique,
            shares,
            seed: self.seed,
            fail_if: self.fail_if,
            summary: self.summary,
            hdr: self.hdr,
            report: self.report,
            yes_load: self.yes_load,
            export: self.export,
        }))
    }
}

/// A corruption, and the share of the requests that have it.
#[derive(Clone, Copy, Debug)]
pub struct TamperShare {
    pub how: Tamper,
    /// `None` is all.
    pub share: Option<f64>,
}

/// Parses `MODE` or `MODE=SHARE`.
#[derive(Clone, Copy, Debug)]
pub struct TamperParser;

impl TypedValueParser for TamperParser {
    type Value = TamperShare;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<TamperShare, clap::Error> {
        let text = value.to_str().unwrap_or_default();
        let modes = EnumValueParser::<Tamper>::new();
        match text.split_once('=') {
            None => {
                Ok(TamperShare { how: modes.parse_ref(command, argument, value)?, share: None })
            }
            Some((mode, part)) => Ok(TamperShare {
                how: modes.parse_ref(command, argument, OsStr::new(mode))?,
                share: Some(share.parse_ref(command, argument, OsStr::new(part))?),
            }),
        }
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let values = Tamper::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        Some(Box::new(values))
    }
}

impl ValueEnum for Export {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::K6, Self::K6Operator, Self::Locust, Self::Vegeta]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::K6 => ("k6", "A script for k6"),
            Self::K6Operator => {
                ("k6-operator", "The same as Kubernetes manifests for the k6 operator")
            }
            Self::Locust => ("locust", "A file for Locust, with as many workers as you like"),
            Self::Vegeta => ("vegeta", "Signed targets for vegeta, one JSON object a line"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

/// `EVENT=WEIGHT,EVENT/CHANNEL=WEIGHT`, or a file with one of them on each line.
pub fn mix(text: &str) -> Result<Mix, String> {
    let whole = match text.contains('=') {
        true => text.to_owned(),
        false => {
            let bytes = read_limited::setting(Path::new(text), text).map_err(|why| why.message)?;
            String::from_utf8(bytes).map_err(|_| format!("the file {text} is not UTF-8"))?
        }
    };
    let parts = whole.split([',', '\n']).map(str::trim);
    let parts = parts.filter(|part| !part.is_empty() && !part.starts_with('#'));
    let parsed = parts.map(|part| {
        let (name, weight) = part.rsplit_once('=')?;
        let weight = weight.trim().parse::<f64>().ok()?;
        let is_weight = weight.is_finite() && weight > 0.0;
        is_weight.then(|| (name.trim().to_owned(), weight))
    });
    match parsed.collect::<Option<Vec<_>>>() {
        Some(all) if !all.is_empty() => Ok(Mix(all)),
        _ => Err("expected EVENT=WEIGHT,…, such as lead.submit=3,message.received/whatsapp=1, or a file with one on \
                  each line"
            .to_owned()),
    }
}

/// Events by their weights.
#[derive(Clone, Debug)]
pub struct Mix(pub Vec<(String, f64)>);

/// The length of a run.
fn run_time(text: &str) -> Result<Duration, String> {
    const MAX: Duration = Duration::from_secs(7 * 24 * 3600);
    match duration(text)? {
        time if time.is_zero() || time > MAX => Err("expected a time up to seven days".to_owned()),
        time => Ok(time),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    rate_of(text, 0.001)
}

fn ramp(text: &str) -> Result<Schedule, String> {
    Schedule::parse(text, run_time)
}

fn connections(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if (1..=10_000).contains(&n) => Ok(n),
        _ => Err("expected a number from 1 to 10000".to_owned()),
    }
}

fn condition(text: &str) -> Result<Condition, String> {
    Condition::parse(text, duration)
}

/// `html=FILE`.
fn page(text: &str) -> Result<PathBuf, String> {
    match text.strip_prefix("html=").filter(|file| !file.is_empty()) {
        Some(file) => Ok(PathBuf::from(file)),
        None => Err("expected html=FILE".to_owned()),
    }
}
