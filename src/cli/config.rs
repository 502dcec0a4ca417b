//! `cz-hook config` and `cz-hook init`: their arguments.

use std::path::PathBuf;

use clap::Args;

use crate::commands::config::ShowConfigOptions;

#[derive(Debug, Args)]
#[command(after_help = "\
Flags override the environment, which overrides the profile, which overrides defaults. The profile is the \
one that --profile names, else CZ_HOOK_PROFILE, else `default_profile` in the file, else the one called \
default.

The file is cz-hook.toml in the working directory or the nearest folder above it, up to the repository's \
root. Your own file comes second: it adds what the project's profile of the same name does not set.

Exit codes: 0 shown, 2 the configuration cannot be used, 3 a secret or a file cannot be read (with --check).

Examples:
  cz-hook config
  cz-hook config --profile staging --check")]
pub struct ConfigArgs {
    /// Also fetch the secrets, read all custom fixtures and providers, and check the URLs
    #[arg(long)]
    pub check: bool,
    /// Print one JSON object per line
    #[arg(long)]
    pub json: bool,
}

impl ConfigArgs {
    /// The options of these arguments.
    pub(crate) fn into_options(self) -> ShowConfigOptions {
        ShowConfigOptions {
            check: self.check,
            json: self.json,
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
An existing file is never overwritten.

Exit codes: 0 written, 2 the file exists or there is no such folder, 3 it cannot be written.

Examples:
  cz-hook init
  cz-hook init --dir ~/.config/cz-hook")]
pub struct InitArgs {
    /// The folder to write it to
    #[arg(long, value_name = "DIR", default_value = ".", value_hint = clap::ValueHint::DirPath)]
    pub dir: PathBuf,
}
