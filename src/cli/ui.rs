//! `cz-hook ui`: its arguments.

use std::path::PathBuf;

use clap::Args;

use crate::commands::ui::{ServerOptions, UiOptions};

use super::shared::{ExplainArgs, InputArgs, SecretsArg, VerifyContextArgs};

#[derive(Debug, Args)]
#[command(after_help = "\
The page is served on a port of this machine that no other machine reaches. It prints its address, which \
contains a token: only who has it can use the page.

Exit codes: 2 the capture or an option cannot be used, 3 the capture cannot be read, 130 interrupted.

Examples:
  cz-hook ui deliveries.db
  cz-hook ui export.har --open
  cz-hook ui deliveries.db --secret S")]
pub struct UiArgs {
    /// A capture in one of the formats of --format; `-`: standard input
    #[arg(value_hint = clap::ValueHint::FilePath)]
    pub capture: PathBuf,
    #[command(flatten)]
    pub server: UiServerArgs,
    #[command(flatten)]
    pub secrets: SecretsArg,
    /// An endpoint that the page may send to, in addition to those of the profiles; repeatable
    #[arg(long, value_name = "URL", value_hint = clap::ValueHint::Url)]
    pub url: Vec<String>,
    /// Do not check the certificates of endpoints
    #[arg(long)]
    pub insecure: bool,
    /// The provider to expect [default: the profile's, or auto]
    #[arg(long, value_name = "NAME|auto")]
    pub provider: Option<String>,
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub context: VerifyContextArgs,
    #[command(flatten)]
    pub explain: ExplainArgs,
}

/// How the page is served.
#[derive(Debug, Args)]
pub struct UiServerArgs {
    /// The port of the page; 0 chooses a free one
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub ui_port: u16,
    /// Open the page in the browser
    #[arg(long)]
    pub open: bool,
}

impl UiServerArgs {
    pub(crate) fn options(&self) -> ServerOptions {
        ServerOptions { port: self.ui_port, open: self.open }
    }
}

impl UiArgs {
    pub fn into_options(self) -> UiOptions {
        UiOptions {
            capture: self.capture,
            input: self.input.options(),
            server: self.server.options(),
            secrets: self.secrets.options(),
            provider: self.provider,
            context: self.context.options(),
            effort: self.explain.effort(),
            endpoints: self.url,
            insecure: self.insecure,
        }
    }
}
