//! The command line as clap sees it: names, help and shapes, no logic.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::output::console::ConsoleOptions;
use crate::output::style::ColorChoice;

pub mod config;
pub mod events;
pub mod explain;
pub mod inspect;
pub mod listen;
pub mod mistake;
pub mod quick;
pub mod replay;
pub mod retry;
pub mod sample;
pub mod send;
pub mod sign;
pub mod snippet;
pub mod test;
pub mod values;
pub mod verify;

/// Sign, send, verify and listen for AI-agent platform webhooks: offline, byte for byte.
#[derive(Debug, Parser)]
#[command(
    name = "cz-hook",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = EXITS
)]
pub struct Cli {
    /// What applies to every command.
    #[command(flatten)]
    pub shared: Shared,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

const EXITS: &str = "Exit codes: 0 yes, 1 a negative verdict, 2 usage or configuration, \
    3 input/output or network, 130 interrupted.\n\
    Settings: flags over environment over the profile of a cz-hook.toml over defaults; `cz-hook config` \
    shows what is in force.\n\
    Start with `cz-hook demo`; `cz-hook COMMAND --help` has each command's options and examples.";

/// Options of every command.
#[derive(Clone, Debug, Default, Args)]
pub struct Shared {
    /// When to colour the output
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
    /// Print no report and no notes; data asked for, errors and the exit code remain
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]
    #[arg(long, global = true, value_name = "NAME", value_hint = clap::ValueHint::Other)]
    pub profile: Option<String>,
    /// Read this cz-hook.toml and no other [env: CZ_HOOK_CONFIG]
    #[arg(long, global = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Read no cz-hook.toml
    #[arg(long, global = true, conflicts_with_all = ["config", "profile"])]
    pub no_config: bool,
    /// Print more: headers, and what a verdict rests on
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
}

impl Shared {
    /// The options of the console.
    pub fn console(&self) -> ConsoleOptions {
        ConsoleOptions {
            color: self.color.into(),
            quiet: self.quiet,
            verbose: self.verbose,
        }
    }
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    #[default]
    /// On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl From<ColorWhen> for ColorChoice {
    fn from(when: ColorWhen) -> Self {
        match when {
            ColorWhen::Auto => Self::Auto,
            ColorWhen::Always => Self::Always,
            ColorWhen::Never => Self::Never,
        }
    }
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the signature of a sample event or of any bytes
    Sign(sign::SignArgs),
    /// Send a signed sample event, or any bytes, to an endpoint
    Send(send::SendArgs),
    /// Check the signature of a body or of a captured request
    Verify(verify::VerifyArgs),
    /// Receive deliveries: print, check and validate each one
    Listen(listen::ListenArgs),
    /// Show what is in a capture, and convert it
    Inspect(inspect::InspectArgs),
    /// Send the deliveries of a capture again
    Replay(replay::ReplayArgs),
    /// Test whether an endpoint handles webhooks correctly
    Test(test::TestArgs),
    /// List, show and validate the events that providers document
    Events(events::EventsArgs),
    /// Print a correct endpoint to paste, for your language and framework
    Snippet(snippet::SnippetArgs),
    /// See it all work: send every sample to a listener on this machine
    Demo(DemoArgs),
    /// Show what is in force: which profile, which values, and who says so
    Config(config::ConfigArgs),
    /// Write a commented cz-hook.toml to start from
    Init(config::InitArgs),
    /// Print a shell's completion script
    Completions(CompletionsArgs),
}

/// `cz-hook demo`
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Print one JSON object a line
    #[arg(long)]
    pub json: bool,
}

/// `cz-hook completions`
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// One secret, for commands that sign.
#[derive(Debug, Args)]
pub struct SecretArg {
    /// The signing secret; safer in CZ_HOOK_SECRET or a file, as others can read a command line
    #[arg(long, value_name = "SECRET", value_hint = clap::ValueHint::Other, allow_hyphen_values = true, conflicts_with = "secret_file")]
    pub secret: Option<std::ffi::OsString>,
    /// Read the signing secret from a file, without its final newline
    #[arg(long, value_name = "PATH")]
    pub secret_file: Option<PathBuf>,
}

/// How to connect, for commands that send.
#[derive(Debug, Args)]
pub struct TransportArgs {
    /// Do not check the endpoint's certificate
    #[arg(long, conflicts_with = "cacert")]
    pub insecure: bool,
    /// Trust the certificates in this PEM file instead of the system's
    #[arg(long, value_name = "FILE")]
    pub cacert: Option<PathBuf>,
}

/// Any number of secrets, for commands that verify.
#[derive(Debug, Args)]
pub struct SecretsArg {
    /// A signing secret; repeat it while keys are rotated. Safer in CZ_HOOK_SECRET or a file
    #[arg(long, value_name = "SECRET", value_hint = clap::ValueHint::Other, allow_hyphen_values = true)]
    pub secret: Vec<std::ffi::OsString>,
    /// Read a signing secret from a file, without its final newline; may be repeated
    #[arg(long, value_name = "PATH")]
    pub secret_file: Vec<PathBuf>,
}

impl SecretsArg {
    pub(crate) fn options(&self) -> crate::config::SecretOptions {
        crate::config::SecretOptions {
            values: self.secret.clone(),
            files: self.secret_file.clone(),
        }
    }
}
