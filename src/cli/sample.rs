//! The arguments that say which body `sign` and `send` work on.

use std::path::PathBuf;

use clap::Args;

use crate::commands::SampleOptions;
use crate::webhook::payload::set::Assignment;

use super::values;

/// Which body: a provider's sample, changed or not, or a file's bytes.
#[derive(Debug, Args)]
pub struct SampleArgs {
    /// The event, such as lead.submit; `cz-hook events` lists them
    pub event: Option<String>,
    /// The provider whose samples, header and scheme to use [default: chatzuri]
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,
    /// The channel, for events that come on several
    #[arg(long)]
    pub channel: Option<String>,
    /// Take the bytes of this file (`-`: standard input) as the body, untouched
    #[arg(long, value_name = "FILE", conflicts_with_all = ["set", "add"])]
    pub body: Option<PathBuf>,
    /// Change a field of the sample: PATH=VALUE, or PATH:=JSON; may be repeated
    #[arg(long, value_name = "PATH=VALUE", value_parser = values::assignment)]
    pub set: Vec<Assignment>,
    /// Let --set add fields that the sample does not have
    #[arg(long, requires = "set")]
    pub add: bool,
}

impl SampleArgs {
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
