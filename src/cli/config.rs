//! `cz-hook config` and `cz-hook init` as clap sees them.

use std::path::PathBuf;

use clap::Args;

/// `cz-hook config`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cz-hook config
  cz-hook config --profile staging --check
Flags go over the environment, the environment over the profile, the profile over defaults. The profile is \
that of --profile, else CZ_HOOK_PROFILE, else `default_profile` in the file, else the one called default.
The file is cz-hook.toml in the working directory or the nearest folder above it, up to the repository's \
root; behind it comes your own, which adds what the project's profile of the same name does not say.")]
pub struct ConfigArgs {
    /// Fetch the secrets, read every fixture and provider and check the URLs, too; exits 2 or 3 when that fails
    #[arg(long)]
    pub check: bool,
    /// Print one JSON object a line
    #[arg(long)]
    pub json: bool,
}

/// `cz-hook init`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cz-hook init
  cz-hook init --dir ~/.config/cz-hook
Nothing is ever overwritten.")]
pub struct InitArgs {
    /// The folder to write it into
    #[arg(long, value_name = "DIR", default_value = ".", value_hint = clap::ValueHint::DirPath)]
    pub dir: PathBuf,
}
