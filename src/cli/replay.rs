//! `cz-hook replay`: its arguments.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use crate::commands::replay::ReplayOptions;
use crate::error::Error;
use crate::webhook::payload::set::Assignment;

use super::bulk::{BulkArgs, TamperParser, TamperShare};
use super::inspect::FilterArgs;
use super::shared::{
    InputArgs, SecretArg, SigningArgs, TransportArgs, assignment, duration, header, speed,
};

#[derive(Debug, Args)]
#[command(after_help = "\
Deliveries are sent byte for byte with their original signatures, except with --resign or --set. \
A URL without a path keeps the path of each delivery.

Exit codes: 0 every response is 2xx, 1 one is not, or is missing, 2 no delivery matches, 3 there is no response \
at all. In bulk: 0 no condition of --fail-if holds, 1 one does.

Examples:
  cz-hook replay deliveries.db --url http://localhost:3000/webhook
  cz-hook replay deliveries.db --id 7 --url URL
  cz-hook replay deliveries.db --event lead.submit --last 5 --resign --secret S --url URL
  cz-hook replay request.http --set payload.customerName=Zoë --resign --secret S --url URL")]
pub struct ReplayArgs {
    /// The capture: a journal of `listen --record`, NDJSON, raw HTTP, HAR, a curl command, the file of another tool
    /// (see --format), or a body
    pub capture: PathBuf,
    /// The endpoint, as with --url; `:3000/webhook` is short for http://localhost:3000/webhook
    #[arg(value_name = "URL", value_hint = ValueHint::Url, conflicts_with = "url")]
    pub endpoint: Option<String>,
    #[command(flatten)]
    pub input: InputArgs,
    /// The endpoint [default: the profile's]
    #[arg(long, value_hint = ValueHint::Url)]
    pub url: Option<String>,
    /// Only the delivery with this number; repeatable
    #[arg(long, value_name = "ID", conflicts_with_all = ["event", "verdict", "since", "last"])]
    pub id: Vec<u64>,
    /// Sign again with --secret
    #[arg(long)]
    pub resign: bool,
    /// Change only this value of the body: PATH=VALUE, or PATH:=JSON; repeatable. With --resign or --secret it is signed
    /// again
    #[arg(long, value_name = "PATH=VALUE", value_parser = assignment)]
    pub set: Vec<Assignment>,
    /// Let --set add fields that the body does not have
    #[arg(long, requires = "set")]
    pub add: bool,
    #[command(flatten)]
    pub secret: SecretArg,
    /// The speed: max, original (with the original pauses between deliveries), or a factor such as 10x
    #[arg(long, value_name = "SPEED", default_value = "max", value_parser = speed, conflicts_with = "PaceArgs")]
    pub speed: f64,
    /// Print one JSON object per delivery; in bulk, one for all
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub filter: FilterArgs,
    /// Add a header to every request, or replace one, such as Authorization; repeatable
    #[arg(short = 'H', long = "header", value_name = "K: V", value_parser = header, help_heading = "Connection")]
    pub headers: Vec<(String, Vec<u8>)>,
    /// The maximum time to wait for a response: 30s, 500ms, 2m
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration, help_heading = "Connection")]
    pub timeout: Duration,
    #[command(flatten)]
    pub transport: TransportArgs,
    #[command(flatten)]
    pub signing: SigningArgs,
    /// Corrupt a share of the requests: signature=0.05; repeatable
    #[arg(long, value_name = "MODE[=SHARE]", value_parser = TamperParser, requires = "PaceArgs", help_heading = "Bulk")]
    pub tamper: Vec<TamperShare>,
    #[command(flatten)]
    pub bulk: BulkArgs,
}

impl ReplayArgs {
    /// The options of `replay`.
    ///
    /// # Errors
    /// When the arguments contradict each other.
    pub(crate) fn into_options(self) -> Result<ReplayOptions, Error> {
        let bulk = self.bulk.options(&self.tamper)?;
        Ok(ReplayOptions {
            capture: self.capture,
            input: self.input.options(),
            url: self.url.or(self.endpoint),
            ids: self.id,
            filter: self.filter.into_filter(),
            resign: self.resign,
            set: self.set,
            add: self.add,
            secret: self.secret.options(),
            signing: self.signing.options(),
            speed: self.speed,
            transport: self.transport.transport(self.timeout),
            headers: self.headers,
            json: self.json,
            bulk,
        })
    }
}
