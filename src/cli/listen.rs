//! `cz-hook listen`: its arguments.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use crate::capture::journal::Keep;
use crate::commands::listen::{
    AllowedOrigin, Expectation, Faults, FixedResponse, ForwardOptions, ListenOptions,
};

use crate::commands::ui::ServerOptions;
use crate::webhook::signature::Secret;

use super::shared::{
    ExplainArgs, SecretsArg, VerifyContextArgs, VerifyTokenArg, duration, fixed_response, header,
    keep, path, positive, share, size,
};

#[derive(Debug, Args)]
#[command(after_help = "\
Responses: 200 {\"status\":\"accepted\"}; 400 when the signature is not valid (with a secret); 403 when a web page of \
another origin sent it; 405 when the method is not POST; 413 over --max-body; 422 when the payload is not valid (with --strict).

Exit codes: 0 --count is reached or every event of --expect has arrived, 1 --timeout is over first, \
2 usage or configuration error, 3 the listener cannot run, 130 interrupted.

Examples:
  cz-hook listen --secret S
  cz-hook listen 3000 --secret S --record deliveries.db
  cz-hook listen --secret S --record deliveries.db --keep 7d
  cz-hook listen --secret S --forward-to http://localhost:3000/webhook
  cz-hook listen --secret S --port 0 --port-file port --expect lead.submit=2 --timeout 30s
  cz-hook listen --fail-first 2 --delay 1s")]
pub struct ListenArgs {
    #[command(flatten)]
    pub secrets: SecretsArg,
    /// The provider to expect [default: the profile's, or auto]
    #[arg(long, value_name = "NAME|auto")]
    pub provider: Option<String>,
    /// The port, as with --port
    #[arg(value_name = "PORT", conflicts_with = "port")]
    pub own_port: Option<u16>,
    /// The port; 0 chooses a free one
    #[arg(short, long, value_name = "N", default_value_t = 8080)]
    pub port: u16,
    /// The address to listen on; 0.0.0.0 accepts other machines
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub host: String,
    /// Accept deliveries only on this path, and respond with 404 elsewhere [default: every path]
    #[arg(long, value_parser = path, value_hint = ValueHint::Other)]
    pub path: Option<String>,
    /// Respond with 200 to GET and HEAD on this path, for load balancers; not a delivery
    #[arg(long, value_name = "PATH", value_parser = path, value_hint = ValueHint::Other)]
    pub health_path: Option<String>,
    /// Record every delivery in this file before it is acknowledged
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Remove older deliveries from the recording: keep a number (10000), a time (7d), or both (7d,10000)
    #[arg(long, value_name = "COUNT|TIME", value_parser = keep, allow_hyphen_values = true, requires = "record")]
    pub keep: Option<Keep>,
    /// Print one JSON object per delivery
    #[arg(long)]
    pub json: bool,
    /// Respond with 422 when the payload is not the documented one
    #[arg(long, help_heading = CHECKS)]
    pub strict: bool,
    /// With a secret, also accept unsigned deliveries of providers that do not always sign
    #[arg(long, help_heading = CHECKS)]
    pub allow_unsigned: bool,
    /// Accept deliveries that web pages of this origin send, or `*` for all; repeatable
    #[arg(long, value_name = "ORIGIN", value_parser = AllowedOrigin::parse, help_heading = CHECKS)]
    pub allow_origin: Vec<AllowedOrigin>,
    #[command(flatten)]
    pub verify_token: VerifyTokenArg,
    #[command(flatten)]
    pub context: VerifyContextArgs,
    #[command(flatten)]
    pub explain: ExplainArgs,
    #[command(flatten)]
    pub forward: ForwardArgs,
    #[command(flatten)]
    pub ui: InspectorArgs,
    /// Exit after this many deliveries
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = AUTOMATION)]
    pub count: Option<u64>,
    /// Exit when these have arrived with a valid signature and payload: EVENT, EVENT=N, EVENT/CHANNEL=N; repeatable
    #[arg(long, value_name = "EVENT[=N]", value_parser = Expectation::parse, help_heading = AUTOMATION)]
    pub expect: Vec<Expectation>,
    /// Exit after this long: 30s, 500ms, 2m
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = AUTOMATION)]
    pub timeout: Option<Duration>,
    /// Write the port to this file when the listener is ready
    #[arg(long, value_name = "PATH", help_heading = AUTOMATION)]
    pub port_file: Option<PathBuf>,
    /// The maximum size of a body: 65536, 512KiB, 1MiB
    #[arg(long, value_name = "SIZE", default_value = "1MiB", value_parser = size, help_heading = LIMITS)]
    pub max_body: usize,
    /// The maximum time to receive the headers, and again the body
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration, help_heading = LIMITS)]
    pub read_timeout: Duration,
    /// The maximum number of open connections [default: 8192, or what the descriptor limit allows]
    #[arg(long, value_name = "N", value_parser = positive, help_heading = LIMITS)]
    pub max_connections: Option<usize>,
    #[command(flatten)]
    pub faults: FaultArgs,
}

const CHECKS: &str = "Checks";
const AUTOMATION: &str = "Automation";
const LIMITS: &str = "Limits";

impl ListenArgs {
    pub fn into_options(self) -> ListenOptions {
        ListenOptions {
            host: self.host,
            port: self.own_port.unwrap_or(self.port),
            path: self.path,
            health_path: self.health_path,
            allowed_origins: self.allow_origin,
            provider: self.provider,
            secrets: self.secrets.options(),
            verify_token: self.verify_token.verify_token,
            context: self.context.options(),
            allow_unsigned: self.allow_unsigned,
            count: self.count,
            expect: self.expect,
            timeout: self.timeout,
            port_file: self.port_file,
            record: self.record,
            keep: self.keep,
            strict: self.strict,
            max_body: self.max_body,
            read_timeout: self.read_timeout,
            max_connections: self.max_connections,
            json: self.json,
            effort: self.explain.effort(),
            forward: ForwardOptions {
                endpoints: self.forward.forward_to,
                invalid: self.forward.forward_invalid,
                timeout: self.forward.forward_timeout,
                insecure: self.forward.insecure,
                headers: self.forward.headers,
            },
            tunnel: self.forward.tunnel,
            ui: self.ui.ui.then_some(ServerOptions { port: self.ui.ui_port, open: self.ui.open }),
            faults: Faults {
                respond: self.faults.respond,
                drop_first: self.faults.drop_first,
                fail_first: self.faults.fail_first,
                fail_rate: self.faults.fail_rate,
                seed: self.faults.seed,
                delay: self.faults.delay.unwrap_or_default(),
            },
        }
    }
}

/// Forwarding of deliveries.
#[derive(Debug, Args)]
#[command(next_help_heading = "Forwarding")]
pub struct ForwardArgs {
    /// Forward deliveries to this endpoint and return its response; repeatable, by event with EVENT=URL
    /// [default: the profile's]
    #[arg(long, value_name = "[EVENT=]URL", value_hint = ValueHint::Url)]
    pub forward_to: Vec<String>,
    /// Also forward deliveries whose signature is not valid
    #[arg(long)]
    pub forward_invalid: bool,
    /// The maximum time to wait for the endpoint [default: 30s]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub forward_timeout: Option<Duration>,
    /// Do not check the certificates of the endpoints
    #[arg(long)]
    pub insecure: bool,
    /// Add a header to forwarded requests, or replace one: 'Host: app.test'; repeatable
    #[arg(short = 'H', long = "header", value_name = "K: V", value_parser = added_header)]
    pub headers: Vec<(String, Secret)>,
    /// Make the listener public: cloudflared, ngrok, bore, ssh:USER@HOST, or 'prog --port {port}'
    #[arg(long, value_name = "CLIENT")]
    pub tunnel: Option<String>,
}

/// `Name: value`. The value may be a credential.
fn added_header(text: &str) -> Result<(String, Secret), String> {
    let (name, value) = header(text)?;
    Ok((name, Secret::new(value, "-H")))
}

/// The web inspector.
#[derive(Debug, Args)]
#[command(next_help_heading = "Inspector")]
pub struct InspectorArgs {
    /// Show the deliveries in the browser, on a port of their own that only this machine reaches
    #[arg(long)]
    pub ui: bool,
    /// The port of the page; 0 chooses a free one
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, requires = "ui")]
    pub ui_port: u16,
    /// Open the page in the browser
    #[arg(long, requires = "ui")]
    pub open: bool,
}

/// Faults to inject.
#[derive(Debug, Args)]
#[command(next_help_heading = "Faults")]
pub struct FaultArgs {
    /// Respond with this status; with other faults, only to the deliveries that they fail: 503, 429:'slow down'
    #[arg(long, value_name = "STATUS[:BODY]", value_parser = fixed_response)]
    pub respond: Option<FixedResponse>,
    /// Close the connections of the first N deliveries without a response
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub drop_first: u64,
    /// Fail the first N deliveries after the dropped ones
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub fail_first: u64,
    /// Fail this share of the deliveries, from 0 to 1
    #[arg(long, value_name = "SHARE", default_value = "0", hide_default_value = true, value_parser = share)]
    pub fail_rate: f64,
    /// The seed that decides which deliveries --fail-rate fails
    #[arg(long, value_name = "N", default_value_t = 0, requires = "fail_rate")]
    pub seed: u64,
    /// Wait this long before every response
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub delay: Option<Duration>,
}
