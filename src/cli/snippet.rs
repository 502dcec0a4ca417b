//! `cz-hook snippet`: its arguments.

use clap::Args;

use crate::commands::snippet::SnippetOptions;

#[derive(Debug, Args)]
#[command(after_help = "\
The endpoints read the signing secret from the variable SECRET_KEY.

Exit codes: 0 printed, 2 there is no such snippet.

Examples:
  cz-hook snippet
  cz-hook snippet express > server.mjs
  cz-hook snippet go --json | jq -r .run")]
pub struct SnippetArgs {
    /// The language or framework, such as express, flask or go [default: list all]
    #[arg(value_name = "LANG")]
    pub snippet: Option<String>,
    /// Print one JSON object per line
    #[arg(long)]
    pub json: bool,
}

impl SnippetArgs {
    /// The options of these arguments.
    pub(crate) fn into_options(self) -> SnippetOptions {
        SnippetOptions {
            name: self.snippet,
            json: self.json,
        }
    }
}
