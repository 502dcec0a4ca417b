//! The command line: its definition, and the conversion of each command's arguments into its options.

use clap::builder::PossibleValue;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use crate::commands;
use crate::config::ConfigOptions;
use crate::error::Error;
use crate::output::console::ConsoleOptions;
use crate::output::style::ColorChoice;

mod completions;
pub(crate) mod config;
pub(crate) mod error;
pub(crate) mod events;
pub(crate) mod inspect;
pub(crate) mod listen;
pub(crate) mod replay;
pub(crate) mod send;
mod shared;
pub(crate) mod sign;
pub(crate) mod snippet;
pub(crate) mod test;
pub(crate) mod values;
pub(crate) mod verify;

pub(crate) use shared::{ExplainArgs, SampleArgs, SecretArg, SecretsArg, TransportArgs};

/// Sign, send, verify and receive webhooks of AI-agent platforms: offline, byte for byte.
#[derive(Debug, Parser)]
#[command(
    name = "cz-hook",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    disable_help_flag = true,
    disable_help_subcommand = true,
    disable_version_flag = true,
    after_help = AFTER_HELP
)]
pub struct Cli {
    /// The options of every command.
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    /// Print the version
    #[arg(short = 'V', long, action = ArgAction::Version, help_heading = "Global options")]
    version: Option<bool>,
    /// The command.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Settings: flags override the environment, which overrides the profile of a cz-hook.toml, which overrides \
defaults. `cz-hook config` shows the effective settings.

Exit codes: 0 success, 1 negative verdict, 2 usage or configuration error, 3 input/output or network error, \
130 interrupted.

Start with `cz-hook demo`. `cz-hook COMMAND --help` shows the options and examples of a command.";

/// The options of every command.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]
    #[arg(long, global = true, value_name = "NAME", value_hint = clap::ValueHint::Other)]
    pub profile: Option<String>,
    /// Read only this cz-hook.toml [env: CZ_HOOK_CONFIG]
    #[arg(long, global = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub config: Option<std::path::PathBuf>,
    /// Read no cz-hook.toml
    #[arg(long, global = true, conflicts_with_all = ["config", "profile"])]
    pub no_config: bool,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
    /// Print more: headers, and the evidence for the verdict
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Print only requested data and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Print help; -h prints a summary
    #[arg(short, long, global = true, action = ArgAction::Help)]
    help: Option<bool>,
}

impl GlobalArgs {
    /// How to print.
    pub fn console_options(&self) -> ConsoleOptions {
        ConsoleOptions {
            color: self.color,
            quiet: self.quiet,
            verbose: self.verbose,
        }
    }

    /// Which configuration to read.
    pub fn into_config_options(self) -> ConfigOptions {
        ConfigOptions {
            profile: self.profile,
            file: self.config,
            no_file: self.no_config,
        }
    }
}

impl ValueEnum for ColorChoice {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Auto, Self::Always, Self::Never]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Auto => (
                "auto",
                "On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it",
            ),
            Self::Always => ("always", "Always"),
            Self::Never => ("never", "Never"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print the signature of a sample event or of any bytes
    Sign(sign::SignArgs),
    /// Send a signed sample event, or any bytes, to an endpoint
    Send(send::SendArgs),
    /// Check the signature of a body or of a captured request
    Verify(verify::VerifyArgs),
    /// Receive deliveries: print, check and validate each one
    Listen(listen::ListenArgs),
    /// Show and convert the deliveries of a capture
    Inspect(inspect::InspectArgs),
    /// Send the deliveries of a capture again
    Replay(replay::ReplayArgs),
    /// Test whether an endpoint handles webhooks correctly
    Test(test::TestArgs),
    /// List, show and validate the events that providers document
    Events(events::EventsArgs),
    /// Print a correct endpoint to paste, for your language and framework
    Snippet(snippet::SnippetArgs),
    /// Show how it works: send every sample to a listener on this machine
    Demo(DemoArgs),
    /// Show the effective settings and where each comes from
    Config(config::ConfigArgs),
    /// Write a commented cz-hook.toml to start from
    Init(config::InitArgs),
    /// Print a shell's completion script
    Completions(completions::CompletionsArgs),
}

impl Command {
    /// The command with its options.
    ///
    /// # Errors
    /// When the arguments contradict each other in a way that the definition cannot express.
    pub(crate) fn into_options(self) -> Result<commands::Command, Error> {
        use commands::Command as Options;
        Ok(match self {
            Self::Sign(args) => Options::Sign(args.into_options()?),
            Self::Send(args) => Options::Send(args.into_options()),
            Self::Verify(args) => Options::Verify(args.into_options()),
            Self::Listen(args) => Options::Listen(args.into_options()),
            Self::Inspect(args) => Options::Inspect(args.into_options()),
            Self::Replay(args) => Options::Replay(args.into_options()),
            Self::Test(args) => Options::Test(args.into_options()),
            Self::Events(args) => Options::Events(args.into_options()),
            Self::Snippet(args) => Options::Snippet(args.into_options()),
            Self::Demo(args) => Options::Demo { json: args.json },
            Self::Config(args) => Options::Config(args.into_options()),
            Self::Init(args) => Options::Init { folder: args.dir },
            Self::Completions(args) => Options::Completions {
                script: args.script(),
            },
        })
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 every delivery had the expected result, 1 one had not, 3 the demo could not run.

Examples:
  cz-hook demo
  cz-hook demo --json | jq .signature")]
pub(crate) struct DemoArgs {
    /// Print one JSON object per line
    #[arg(long)]
    pub json: bool,
}
