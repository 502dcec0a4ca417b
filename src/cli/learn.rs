//! `cz-hook learn`: its arguments.

use std::path::PathBuf;

use clap::Args;

use crate::commands::ContextOptions;
use crate::commands::learn::LearnOptions;

use super::shared::{InputArgs, SecretArg, public_url, setting};

#[derive(Debug, Args)]
#[command(after_help = "\
learn finds out how an unknown provider signs, from one to a few deliveries and their secret: header, algorithm, \
encoding, what is signed, time and id. It prints a provider.toml only when that reproduces the signature of every \
delivery. Two deliveries with different times, ids and bodies leave few questions open; it says which. Without a \
secret, it says what the form of the headers tells.

Exit codes: 0 learned and proved, 1 no scheme reproduces every signature, or there is no secret, 2 the arguments \
cannot be used, 3 a file cannot be read or written.

Examples:
  cz-hook learn first.http second.http --secret S
  cz-hook learn deliveries.db --secret S --name acme --write providers
  cz-hook learn request.har --secret S --public-url https://example.com/webhook
  cz-hook learn first.http")]
pub struct LearnArgs {
    /// Captured deliveries: raw HTTP, HAR, curl, NDJSON, a journal; `-` or none: standard input
    #[arg(value_name = "CAPTURE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub secret: SecretArg,
    /// The name of the new provider [default: a word of its header]
    #[arg(long, value_name = "NAME", value_hint = clap::ValueHint::Other)]
    pub name: Option<String>,
    /// Write the provider's folder into DIR: provider.toml, samples with other values, and schemas
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub write: Option<PathBuf>,
    #[command(flatten)]
    pub input: InputArgs,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// The URL that the provider sends to, which it may sign [default: the profile's]
    #[arg(long, value_name = "URL", value_parser = public_url, value_hint = clap::ValueHint::Url, help_heading = "Signature")]
    pub public_url: Option<String>,
    /// A value that the provider may sign in addition to the request, such as webhook_id=8PT5; repeatable
    #[arg(long = "setting", value_name = "NAME=VALUE", value_parser = setting, help_heading = "Signature")]
    pub settings: Vec<(String, String)>,
}

impl LearnArgs {
    pub(crate) fn into_options(self) -> LearnOptions {
        LearnOptions {
            files: self.files,
            secret: self.secret.options(),
            context: ContextOptions {
                public_url: self.public_url,
                settings: self.settings,
                ..ContextOptions::default()
            },
            name: self.name,
            write: self.write,
            input: self.input.options(),
            json: self.json,
        }
    }
}
