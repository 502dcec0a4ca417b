//! `cz-hook listen` as clap sees it.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use crate::server::{Expectation, FixedResponse};

use super::SecretsArg;
use super::ExplainArgs;
use super::values;

/// `cz-hook listen`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cz-hook listen --secret S
  cz-hook listen --secret S --record deliveries.db
  cz-hook listen --secret S --forward-to http://localhost:3000/webhook
  cz-hook listen --secret S --port 0 --port-file port --expect lead.submit=2 --timeout 30s
  cz-hook listen --fail-first 2 --delay 1s
Answers: 200 {\"status\":\"accepted\"}; 400 when the signature is not valid (with a secret); 405 when it \
is no POST; 413 over --max-body; 422 when the payload is not valid (with --strict).
Exits 0 when --count is reached or all that --expect names has come, 1 when --timeout comes first, 130 \
on Ctrl-C.")]
pub struct ListenArgs {
    /// The port; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 8080)]
    pub port: u16,
    /// The address to listen on; 0.0.0.0 lets other machines in
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub host: String,
    /// Take deliveries on this path only, and answer 404 elsewhere [default: every path]
    #[arg(long, value_parser = values::path)]
    pub path: Option<String>,
    /// The provider to expect [default: the profile's, or auto]
    #[arg(long, value_name = "NAME|auto")]
    pub provider: Option<String>,
    /// The secrets.
    #[command(flatten)]
    pub secrets: SecretsArg,
    /// With a secret, accept deliveries of providers that do not sign, too
    #[arg(long)]
    pub allow_unsigned: bool,
    /// Exit after this many deliveries
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// Exit when these have come, validly signed and valid: EVENT, EVENT=N, EVENT/CHANNEL=N; repeatable
    #[arg(long, value_name = "EVENT[=N]", value_parser = Expectation::parse)]
    pub expect: Vec<Expectation>,
    /// Exit after this long: 30s, 500ms, 2m
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub timeout: Option<Duration>,
    /// Write the port into this file once deliveries can come
    #[arg(long, value_name = "PATH")]
    pub port_file: Option<PathBuf>,
    /// Record every delivery in this file before it is acknowledged
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Answer 422 to a delivery whose payload is not what the provider documents
    #[arg(long)]
    pub strict: bool,
    /// The largest body to take: 65536, 512KiB, 1MiB
    #[arg(long, value_name = "SIZE", default_value = "1MiB", value_parser = values::size)]
    pub max_body: usize,
    /// How long a sender may take for its headers, and again for its body
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = values::duration)]
    pub read_timeout: Duration,
    /// The most connections at once [default: 8192, or what the descriptor limit allows]
    #[arg(long, value_name = "N", value_parser = values::positive)]
    pub max_connections: Option<usize>,
    /// Print one JSON object per delivery
    #[arg(long)]
    pub json: bool,
    /// Why a signature is not valid.
    #[command(flatten)]
    pub explain: ExplainArgs,
    // Groups with a heading come last: what follows one in the help stands under it.
    /// Where deliveries go besides the report.
    #[command(flatten)]
    pub forward: ForwardArgs,
    /// Faults on purpose.
    #[command(flatten)]
    pub faults: FaultArgs,
}

/// Passing deliveries on.
#[derive(Debug, Args)]
#[command(next_help_heading = "Forwarding")]
pub struct ForwardArgs {
    /// Pass deliveries on to this endpoint and relay its answer; repeatable, by event with EVENT=URL
    /// [default: the profile's]
    #[arg(long, value_name = "[EVENT=]URL", value_hint = ValueHint::Url)]
    pub forward_to: Vec<String>,
    /// Pass on deliveries whose signature is not valid, too
    #[arg(long)]
    pub forward_invalid: bool,
    /// How long the endpoint may take [default: 30s]
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub forward_timeout: Option<Duration>,
    /// Do not check the certificates of endpoints that deliveries are passed on to
    #[arg(long)]
    pub insecure: bool,
    /// Reach this listener from the internet: cloudflared, ngrok, bore, ssh:USER@HOST, or 'prog --port {port}'
    #[arg(long, value_name = "CLIENT")]
    pub tunnel: Option<String>,
}

/// Faults to inject.
#[derive(Debug, Args)]
#[command(next_help_heading = "Faults, to see what a sender does")]
pub struct FaultArgs {
    /// Answer this instead, or only where the other faults fail: 503, 429:'slow down'
    #[arg(long, value_name = "STATUS[:BODY]", value_parser = values::fixed_response)]
    pub respond: Option<FixedResponse>,
    /// Close the connections of the first N deliveries without an answer
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub drop_first: u64,
    /// Fail the first N deliveries, after those dropped
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub fail_first: u64,
    /// Fail this share of the deliveries, from 0 to 1
    #[arg(long, value_name = "SHARE", default_value = "0", hide_default_value = true, value_parser = values::share)]
    pub fail_rate: f64,
    /// What decides which deliveries --fail-rate fails
    #[arg(long, value_name = "N", default_value_t = 0, requires = "fail_rate")]
    pub seed: u64,
    /// Wait this long before every answer
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub delay: Option<Duration>,
}
