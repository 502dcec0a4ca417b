//! `cz-hook listen` as clap sees it.

use std::time::Duration;

use clap::Args;

use super::SecretsArg;
use super::values;

/// `cz-hook listen`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cz-hook listen --secret S
  cz-hook listen --port 0 --json --count 1 --timeout 30s --secret S
Answers: 200 {\"status\":\"accepted\"}; 400 when the signature is not valid (with a secret); 405 when it
is no POST; 413 over --max-body; 422 when the payload is not valid (with --strict).
Exits 0 when --count is reached, 1 when --timeout comes first, 130 on Ctrl-C.")]
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
    /// The provider to expect
    #[arg(long, value_name = "NAME", default_value = "auto")]
    pub provider: String,
    /// The secrets.
    #[command(flatten)]
    pub secrets: SecretsArg,
    /// Exit after this many deliveries
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// Exit after this long: 30s, 500ms, 2m
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub timeout: Option<Duration>,
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
    #[arg(long, value_name = "N", value_parser = values::connections)]
    pub max_connections: Option<usize>,
    /// Print one JSON object per delivery
    #[arg(long)]
    pub json: bool,
}
