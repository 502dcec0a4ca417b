//! `cz-hook send`: its arguments.

use std::time::Duration;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use crate::commands::handshake::HandshakeOptions;
use crate::commands::send::{BulkSend, ExpectedStatus, RetryOptions, SendMode, SendOptions};
use crate::config::VerifyToken;
use crate::error::Error;
use crate::escape::clipped;
use crate::http::{Endpoint, is_url};
use crate::webhook::signature::tamper::Tamper;

use super::bulk::{BulkArgs, Mix, TamperParser, TamperShare, mix};
use super::shared::{
    SampleArgs, SecretArg, SigningArgs, TransportArgs, duration, expected_status, factor, header,
    share, verify_token,
};

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 the response is 2xx (or what --expect-status says), 1 it is not, 3 there is no response. \
With --retry: 0 delivered, 1 given up, 3 no attempt got a response. With --handshake: 0 every response is right, \
1 one is not. In bulk: 0 no condition of --fail-if holds, 1 one does.

Examples:
  cz-hook send lead.submit http://localhost:3000/webhook --secret S
  cz-hook send :3000/webhook -d '{\"eventType\":\"lead.submit\"}' --secret S
  cz-hook send message.received --channel telegram --set payload.message=Hi
  cz-hook send --body captured.json --url URL --secret S
  cz-hook send lead.submit --tamper signature --expect-status 4xx
  cz-hook send --handshake --provider NAME --verify-token TOKEN --url URL
  cz-hook send lead.submit --retry --time-scale 3600 --url URL
  cz-hook send lead.submit --rate 100 --duration 30s --fail-if 'p99>500ms' --url URL")]
pub struct SendArgs {
    /// The endpoint [default: the profile's]
    #[arg(long, value_hint = clap::ValueHint::Url)]
    pub url: Option<String>,
    #[command(flatten)]
    pub secret: SecretArg,
    #[command(flatten)]
    pub sample: SampleArgs,
    /// The endpoint, as with --url; without an event or a body, the provider's first event is sent. `:3000/webhook` is
    /// short for http://localhost:3000/webhook
    #[arg(value_name = "URL", value_hint = clap::ValueHint::Url)]
    pub endpoint: Option<String>,
    /// Send every sample of the provider, or every channel of the event
    #[arg(long, conflicts_with_all = ["body", "data", "channel"])]
    pub all: bool,
    /// The method
    #[arg(long, value_name = "METHOD", default_value = "POST", value_parser = method, help_heading = REQUEST)]
    pub method: String,
    /// Send the requests of a handshake, or of all, as the provider does, and check the responses
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "", conflicts_with_all = ["channel", "set", "body", "data", "all", "method", "tamper", "expect_status", "retry"])]
    pub handshake: Option<String>,
    /// The verify token of the handshake, such as Meta's [env: CZ_HOOK_VERIFY_TOKEN]
    #[arg(long, value_name = "TOKEN", requires = "handshake", value_hint = clap::ValueHint::Other, allow_hyphen_values = true, value_parser = verify_token)]
    pub verify_token: Option<VerifyToken>,
    /// Print one JSON object per request; in bulk, one for all
    #[arg(long)]
    pub json: bool,
    /// Add a header, or replace a default one; repeatable
    #[arg(short = 'H', long = "header", value_name = "K: V", value_parser = header, help_heading = REQUEST)]
    pub headers: Vec<(String, Vec<u8>)>,
    /// Corrupt the request, to check that the endpoint rejects it; in bulk, a share of them: signature=0.05; repeatable
    #[arg(long, value_name = "MODE[=SHARE]", value_parser = TamperParser, help_heading = REQUEST)]
    pub tamper: Vec<TamperShare>,
    /// Print the exact bytes of the request, and send nothing
    #[arg(long, conflicts_with_all = ["expect_status", "json"], help_heading = REQUEST)]
    pub dry_run: bool,
    /// Succeed on this status instead of any 2xx: 400, or a class such as 4xx
    #[arg(long, value_name = "N", value_parser = expected_status, help_heading = REQUEST)]
    pub expect_status: Option<ExpectedStatus>,
    /// The maximum time to wait for the response: 30s, 500ms, 2m
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration, help_heading = "Connection")]
    pub timeout: Duration,
    #[command(flatten)]
    pub transport: TransportArgs,
    #[command(flatten)]
    pub signing: SigningArgs,
    #[command(flatten)]
    pub retry: RetryArgs,
    /// Send several events, by their weights: lead.submit=3,message.received/whatsapp=1, or a file
    #[arg(long, value_name = "EVENT=WEIGHT", value_parser = mix, requires = "PaceArgs", conflicts_with_all = ["event", "channel", "all", "own_body"], help_heading = "Bulk")]
    pub mix: Option<Mix>,
    #[command(flatten)]
    pub bulk: BulkArgs,
}

const REQUEST: &str = "Request and response";

/// A provider's retries.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Retries")]
pub struct RetryArgs {
    /// Retry like a provider, with growing delays, until the response is a success
    #[arg(long, conflicts_with_all = ["dry_run", "all"])]
    pub retry: bool,
    /// Give up when no attempt is left within this time [default: as documented, else 24h]
    #[arg(long, value_name = "TIME", requires = "retry", value_parser = duration)]
    pub retry_for: Option<Duration>,
    /// The delay after the first failure [default: 1m]
    #[arg(long, value_name = "TIME", requires = "retry", value_parser = duration)]
    pub retry_base: Option<Duration>,
    /// The factor between a delay and the next [default: 2]
    #[arg(long, value_name = "F", requires = "retry", value_parser = factor)]
    pub retry_factor: Option<f64>,
    /// The maximum delay [default: 6h]
    #[arg(long, value_name = "TIME", requires = "retry", value_parser = duration)]
    pub retry_cap: Option<Duration>,
    /// Shorten each delay at random by up to this share, from 0 to 1
    #[arg(long, value_name = "SHARE", requires = "retry", value_parser = share)]
    pub retry_jitter: Option<f64>,
    /// Give up after this many attempts
    #[arg(long, value_name = "N", requires = "retry", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_attempts: Option<u32>,
    /// Divide all delays by this factor: 3600 compresses a day into 24 seconds
    #[arg(long, value_name = "X", requires = "retry", default_value = "1", value_parser = factor)]
    pub time_scale: f64,
    /// Wait at least as long as a Retry-After header asks for; it is printed in any case
    #[arg(long, requires = "retry")]
    pub honour_retry_after: bool,
}

impl SendArgs {
    /// Sorts the arguments without an option: a URL has `://`, begins with `:` or is a host and a port. A URL after
    /// `--handshake` is not the name of one.
    fn sort_positional(&mut self) -> Result<(), Error> {
        let of_handshake = self.handshake.take_if(|name| is_url(name));
        if of_handshake.is_some() {
            self.handshake = Some(String::new());
        }
        let given = [self.sample.event.take(), self.endpoint.take(), of_handshake];
        for text in given.into_iter().flatten() {
            let (place, what) = match is_url(&text) {
                true => (&mut self.url, "URLs"),
                false => (&mut self.sample.event, "events"),
            };
            if let Some(first) = place {
                let two = [&*first, &text].map(|text| Endpoint::shown(text)).join(" and ");
                return Err(Error::usage(
                    format!("two {what} were given: {two}"),
                    "leave out one of the two; a URL looks like :3000/webhook or http://localhost:3000/webhook",
                ));
            }
            *place = Some(text);
        }
        Ok(())
    }

    /// The options of `send --handshake`.
    ///
    /// # Errors
    /// When an event is given, or two URLs.
    pub(crate) fn into_handshake_options(mut self) -> Result<HandshakeOptions, Error> {
        self.sort_positional()?;
        if let Some(event) = &self.sample.event {
            return Err(Error::usage(
                format!(
                    "--handshake sends no event, and {} was given",
                    clipped(event.as_bytes(), 60)
                ),
                "leave out one of the two",
            ));
        }
        Ok(HandshakeOptions {
            name: self.handshake.filter(|name| !name.is_empty()),
            url: self.url,
            provider: self.sample.provider,
            secret: self.secret.options(),
            signing: self.signing.options(),
            verify_token: self.verify_token,
            headers: self.headers,
            transport: self.transport.transport(self.timeout),
            dry_run: self.dry_run,
            json: self.json,
        })
    }

    /// The options of `send`.
    ///
    /// # Errors
    /// When two events or two URLs are given.
    pub(crate) fn into_options(mut self) -> Result<SendOptions, Error> {
        let has_url_option = self.url.is_some();
        self.sort_positional()?;
        let first_event = self.url.is_some() && !has_url_option;
        let seed = self.bulk.seed;
        let bulk = self.bulk.options(&self.tamper)?;
        if seed.is_some() && bulk.is_none() && self.retry.retry_jitter.is_none() {
            return Err(Error::usage(
                "--seed is for what is random, and nothing is",
                "add --retry-jitter SHARE, or --count N for a bulk run",
            ));
        }
        if bulk.is_some() && self.expect_status.is_some() {
            return Err(Error::usage(
                "--expect-status is for one request: in bulk, each is judged by what it is for",
                "leave it out; --fail-if sets what fails the run",
            ));
        }
        let tamper = self.tamper.first().map(|one| one.how).filter(|_| bulk.is_none());
        let retry = self.retry.options(seed);
        let mix = self.mix.map(|mix| mix.0).unwrap_or_default();
        Ok(SendOptions {
            url: self.url,
            secret: self.secret.options(),
            sample: self.sample.options(),
            all: self.all,
            first_event,
            method: self.method,
            headers: self.headers,
            signing: self.signing.options(),
            tamper,
            expect_status: self.expect_status,
            transport: self.transport.transport(self.timeout),
            mode: match (bulk, self.dry_run, retry) {
                (Some(bulk), dry_run, retry) => {
                    SendMode::Bulk(Box::new(BulkSend { bulk, mix, retry, dry_run }))
                }
                (None, true, _) => SendMode::DryRun,
                (None, false, None) => SendMode::Once,
                (None, false, Some(retry)) => SendMode::Retry(retry),
            },
            json: self.json,
        })
    }
}

impl RetryArgs {
    fn options(self, seed: Option<u64>) -> Option<RetryOptions> {
        self.retry.then_some(RetryOptions {
            limit: self.retry_for,
            base: self.retry_base,
            factor: self.retry_factor,
            cap: self.retry_cap,
            jitter: self.retry_jitter,
            seed,
            max_attempts: self.max_attempts,
            time_scale: self.time_scale,
            honour_retry_after: self.honour_retry_after,
        })
    }
}

/// The method of a request, in capital letters.
fn method(text: &str) -> Result<String, String> {
    let method = text.to_ascii_uppercase();
    let is_method = http::Method::from_bytes(method.as_bytes()).is_ok();
    is_method.then_some(method).ok_or_else(|| "expected a method such as PUT".to_owned())
}

impl ValueEnum for Tamper {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(format!("A delivery that {}", self.clause())))
    }
}
