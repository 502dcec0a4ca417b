//! `cz-hook test`: its arguments.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use crate::commands::test::TestOptions;
use crate::output::reports::Format;

use super::shared::{
    SecretArg, SigningArgs, TransportArgs, VerifyTokenArg, duration, header, positive, report,
};

#[derive(Debug, Args)]
#[command(after_help = "\
Patterns: * matches any characters, ? matches one.

Exit codes: 0 every required case passes or is tolerated, 1 one fails, 3 the endpoint is not reachable, \
130 interrupted; the report then has the results so far.

Examples:
  cz-hook test --url http://localhost:3000/webhook --secret S
  cz-hook test --provider chatbase --only 'refuse/*' --url URL --secret S
  cz-hook test --skip 'accept/body-*' --tolerate protocol/get --strict --url URL --secret S
  cz-hook test --url URL --secret S --wait 30s --report junit=test.xml --report html=test.html
  cz-hook test --contract webhook.yaml --url URL --secret S
  cz-hook test --list")]
pub struct TestArgs {
    /// The endpoint, as with --url; `:3000/webhook` is short for http://localhost:3000/webhook
    #[arg(value_name = "URL", value_hint = ValueHint::Url, conflicts_with = "url")]
    pub endpoint: Option<String>,
    /// The endpoint
    #[arg(long, value_hint = ValueHint::Url, required_unless_present_any = ["list", "contract_schema", "endpoint"])]
    pub url: Option<String>,
    #[command(flatten)]
    pub secret: SecretArg,
    /// The provider whose deliveries to send [default: chatzuri]
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,
    #[command(flatten)]
    pub verify_token: VerifyTokenArg,
    /// Hold the endpoint also to this contract, a YAML or JSON file; `--only 'contract/*'` tests nothing else
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub contract: Option<PathBuf>,
    /// Print the JSON Schema of contracts, for editors
    #[arg(long, exclusive = true)]
    pub contract_schema: bool,
    /// List the cases, and send nothing
    #[arg(long)]
    pub list: bool,
    /// Also write a report: junit, tap, sarif, gitlab, html, markdown, text or json; `-` is standard output; repeatable
    #[arg(long, value_name = "KIND=FILE", value_parser = report, conflicts_with = "list")]
    pub report: Vec<(Format, PathBuf)>,
    /// Print one JSON object per case, then a summary
    #[arg(long)]
    pub json: bool,
    /// Run only the cases with this id or pattern, such as 'refuse/*'; repeatable
    #[arg(long, value_name = "ID", help_heading = CASES)]
    pub only: Vec<String>,
    /// Skip the cases with this id or pattern; repeatable
    #[arg(long, value_name = "ID", help_heading = CASES)]
    pub skip: Vec<String>,
    /// Let the cases with this id or pattern fail: reported, but not counted; repeatable
    #[arg(long, value_name = "ID", help_heading = CASES)]
    pub tolerate: Vec<String>,
    /// Require what is only recommended for the bytes of a body
    #[arg(long, help_heading = CASES)]
    pub strict: bool,
    /// Stop at the first failure that counts; cases run one after the other
    #[arg(long, help_heading = CASES)]
    pub fail_fast: bool,
    /// How many cases run at the same time, where they do not disturb each other
    #[arg(long, value_name = "N", default_value = "4", value_parser = positive, help_heading = CASES)]
    pub concurrency: usize,
    /// Run every case this many times; the worst result counts
    #[arg(long, value_name = "N", default_value = "1", value_parser = positive, help_heading = CASES)]
    pub repeat: usize,
    /// Wait up to this time until the endpoint accepts connections: 30s, 500ms, 2m
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "Connection")]
    pub wait: Option<Duration>,
    /// Add a header to every request, such as Authorization; repeatable
    #[arg(short = 'H', long = "header", value_name = "K: V", value_parser = header, help_heading = "Connection")]
    pub headers: Vec<(String, Vec<u8>)>,
    /// The maximum time to wait for a response: 30s, 500ms, 2m
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration, help_heading = "Connection")]
    pub timeout: Duration,
    #[command(flatten)]
    pub transport: TransportArgs,
    #[command(flatten)]
    pub signing: SigningArgs,
}

const CASES: &str = "Cases";

impl TestArgs {
    pub(crate) fn into_options(self) -> TestOptions {
        TestOptions {
            url: self.url.or(self.endpoint).filter(|_| !self.list),
            secret: self.secret.options(),
            verify_token: self.verify_token.verify_token,
            signing: self.signing.options(),
            provider: self.provider,
            contract: self.contract,
            contract_schema: self.contract_schema,
            only: self.only,
            skip: self.skip,
            tolerate: self.tolerate,
            strict: self.strict,
            fail_fast: self.fail_fast,
            concurrency: self.concurrency,
            repeat: self.repeat,
            wait: self.wait,
            headers: self.headers,
            transport: self.transport.transport(self.timeout),
            reports: self.report,
            json: self.json,
        }
    }
}
