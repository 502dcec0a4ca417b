//! Groups of arguments that several commands have.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::commands::SampleOptions;
use crate::config::SecretOptions;
use crate::diagnose::Effort;
use crate::http::Transport;
use crate::webhook::payload::set::Assignment;

use super::values;

/// The body that `sign` and `send` work on: a provider's sample, changed or not, or a file's bytes.
#[derive(Debug, Args)]
pub struct SampleArgs {
    /// The event, such as lead.submit; `cz-hook events` lists them
    pub event: Option<String>,
    /// The provider whose samples and signature to use [default: chatzuri]
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,
    /// The channel, for events that have several
    #[arg(long)]
    pub channel: Option<String>,
    /// Change a field of the sample: PATH=VALUE, or PATH:=JSON; repeatable
    #[arg(long, value_name = "PATH=VALUE", value_parser = values::assignment)]
    pub set: Vec<Assignment>,
    /// Let --set add fields that the sample does not have
    #[arg(long, requires = "set")]
    pub add: bool,
    /// Use the bytes of this file (`-`: standard input) as the body, unchanged
    #[arg(long, value_name = "FILE", conflicts_with_all = ["set", "add"])]
    pub body: Option<PathBuf>,
}

impl SampleArgs {
    /// The options of these arguments.
    pub(crate) fn options(&self) -> SampleOptions {
        SampleOptions {
            event: self.event.clone(),
            provider: self.provider.clone(),
            channel: self.channel.clone(),
            body: self.body.clone(),
            set: self.set.clone(),
            add: self.add,
        }
    }
}

/// One secret, for commands that sign.
#[derive(Debug, Args)]
pub struct SecretArg {
    /// The signing secret. CZ_HOOK_SECRET or a file is safer: other users can see a command line
    #[arg(long, value_name = "SECRET", value_hint = clap::ValueHint::Other, allow_hyphen_values = true, conflicts_with = "secret_file")]
    pub secret: Option<OsString>,
    /// Read the signing secret from a file, without its final newline
    #[arg(long, value_name = "PATH")]
    pub secret_file: Option<PathBuf>,
}

impl SecretArg {
    /// The options of these arguments.
    pub(crate) fn options(&self) -> SecretOptions {
        SecretOptions {
            values: self.secret.iter().cloned().collect(),
            files: self.secret_file.iter().cloned().collect(),
        }
    }
}

/// Any number of secrets, for commands that verify.
#[derive(Debug, Args)]
pub struct SecretsArg {
    /// A signing secret; repeatable, for key rotation. CZ_HOOK_SECRET or a file is safer
    #[arg(long, value_name = "SECRET", value_hint = clap::ValueHint::Other, allow_hyphen_values = true)]
    pub secret: Vec<OsString>,
    /// Read a signing secret from a file, without its final newline; repeatable
    #[arg(long, value_name = "PATH")]
    pub secret_file: Vec<PathBuf>,
}

impl SecretsArg {
    /// The options of these arguments.
    pub(crate) fn options(&self) -> SecretOptions {
        SecretOptions {
            values: self.secret.clone(),
            files: self.secret_file.clone(),
        }
    }
}

/// How to connect, for commands that send.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub struct TransportArgs {
    /// Do not check the endpoint's certificate
    #[arg(long, conflicts_with = "cacert")]
    pub insecure: bool,
    /// Trust the certificates in this PEM file instead of the system's
    #[arg(long, value_name = "FILE")]
    pub cacert: Option<PathBuf>,
}

impl TransportArgs {
    /// The transport of these arguments.
    pub(crate) fn transport(&self, timeout: Duration) -> Transport {
        Transport {
            timeout,
            insecure: self.insecure,
            cacert: self.cacert.clone(),
        }
    }
}

/// Whether, and how far, to search for the cause of an invalid signature.
#[derive(Clone, Copy, Debug, Default, Args)]
#[command(next_help_heading = "Diagnosis")]
pub struct ExplainArgs {
    /// How far to search for the cause of an invalid signature
    #[arg(long, value_name = "EFFORT", value_enum, default_value_t = Explain::Brief)]
    pub explain: Explain,
    /// Do not search for the cause of an invalid signature
    #[arg(long, conflicts_with = "explain")]
    pub no_explain: bool,
}

/// How far to search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Explain {
    /// For a moment
    #[default]
    Brief,
    /// Every combination of up to four causes
    Deep,
}

impl ExplainArgs {
    /// The effort; `None` for no search.
    pub fn effort(&self) -> Option<Effort> {
        match (self.no_explain, self.explain) {
            (true, _) => None,
            (false, Explain::Brief) => Some(Effort::Brief),
            (false, Explain::Deep) => Some(Effort::Deep),
        }
    }
}
