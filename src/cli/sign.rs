//! `cz-hook sign`: its arguments.

use clap::{Args, ValueEnum};

use crate::commands::sign::{SignOptions, SignOutput};
use crate::error::Error;

use super::shared::{SampleArgs, SecretArg, SigningArgs, header};

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 signed, 2 the body cannot be signed as requested, 3 a file cannot be read.

Examples:
  cz-hook sign lead.submit --secret S
  SIG=$(cz-hook sign --body body.json --secret S --print value)
  cz-hook sign lead.submit --secret S --print curl --url http://localhost:3000/webhook")]
pub struct SignArgs {
    #[command(flatten)]
    pub secret: SecretArg,
    #[command(flatten)]
    pub sample: SampleArgs,
    /// What to print
    #[arg(long, value_name = "WHAT", default_value = "header")]
    pub print: Print,
    /// The endpoint of `--print request` and `--print curl` [default: the profile's, or
    /// http://127.0.0.1:8080/]
    #[arg(long, value_hint = clap::ValueHint::Url)]
    pub url: Option<String>,
    /// Print one JSON object
    #[arg(long, conflicts_with = "print")]
    pub json: bool,
    /// Add a header, or replace a default one; repeatable
    #[arg(short = 'H', long = "header", value_name = "K: V", value_parser = header)]
    pub headers: Vec<(String, Vec<u8>)>,
    #[command(flatten)]
    pub signing: SigningArgs,
}

/// What `sign` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Print {
    /// The header line: `name: value`
    Header,
    /// Only the header's value
    Value,
    /// The complete HTTP request, as `verify` reads it
    Request,
    /// A curl command that sends the request
    Curl,
}

impl SignArgs {
    pub(crate) fn into_options(self) -> Result<SignOptions, Error> {
        let output = match (self.json, self.print, self.url) {
            (false, Print::Request, url) => SignOutput::Request { url },
            (false, Print::Curl, url) => SignOutput::Curl { url },
            (_, _, Some(_)) => {
                return Err(Error::usage(
                    "--url is given, but no request is printed",
                    "leave it out, or add --print request or --print curl",
                ));
            }
            (true, _, None) => SignOutput::Json,
            (false, Print::Header, None) => SignOutput::Header,
            (false, Print::Value, None) => SignOutput::Value,
        };
        Ok(SignOptions {
            sample: self.sample.options(),
            secret: self.secret.options(),
            headers: self.headers,
            signing: self.signing.options(),
            output,
        })
    }
}
