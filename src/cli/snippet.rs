//! `cz-hook snippet` as clap sees it.

use clap::Args;

/// `cz-hook snippet`
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SnippetArgs {
    /// The language or framework, such as express, flask or go [default: list what there is]
    #[arg(value_name = "LANG")]
    pub snippet: Option<String>,
    /// Print one JSON object per line
    #[arg(long)]
    pub json: bool,
}

const EXAMPLES: &str = "\
Examples:
  cz-hook snippet
  cz-hook snippet express > server.mjs
  cz-hook snippet go --json | jq -r .run

The endpoints read the signing secret from SECRET_KEY.";
