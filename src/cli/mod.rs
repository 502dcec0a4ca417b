//! The command line: its definition, and the conversion of each command's arguments into its options.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use crate::commands;
use crate::commands::config::ShowConfigOptions;
use crate::commands::doctor::DoctorOptions;
use crate::commands::events::{EventsAction, EventsOptions};
use crate::commands::explain::ExplainOptions;
use crate::commands::providers::ProvidersOptions;
use crate::commands::snippet::SnippetOptions;
use crate::commands::trust::{TrustAction, TrustOptions};
use crate::config::ConfigOptions;
use crate::error::Error;
use crate::output::console::ConsoleOptions;
use crate::output::style::ColorChoice;
use crate::output::types::Language;

mod bulk;
mod completions;
pub(crate) mod error;
mod inspect;
mod learn;
mod listen;
mod replay;
mod send;
mod shared;
mod sign;
mod test;
mod ui;
mod verify;

/// Sign, send, verify, receive and test webhooks of sixty vendors: offline, byte for byte.
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
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    /// Print the version
    #[arg(short = 'V', long, action = ArgAction::Version, help_heading = "Global options")]
    version: Option<bool>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Settings: flags override the environment, which overrides the profile of a cz-hook.toml, which overrides \
defaults. `cz-hook config` shows the effective settings.

Exit codes: 0 success, 1 negative verdict, 2 usage or configuration error, 3 input/output or network error, \
130 interrupted.

Start with `cz-hook demo`. `cz-hook help COMMAND` shows the options and examples of a command.";

/// The options of every command.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]
    #[arg(long, global = true, value_name = "NAME", value_hint = clap::ValueHint::Other)]
    pub profile: Option<String>,
    /// Read only this cz-hook.toml [env: CZ_HOOK_CONFIG]
    #[arg(long, global = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Read no cz-hook.toml
    #[arg(long, global = true, conflicts_with_all = ["config", "profile"])]
    pub no_config: bool,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
    /// Print more: headers, and the evidence for the verdict
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Print only requested data, errors and security notes
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Print help; -h prints a summary
    #[arg(short, long, global = true, action = ArgAction::Help)]
    help: Option<bool>,
}

impl GlobalArgs {
    /// How to print.
    pub fn console_options(&self) -> ConsoleOptions {
        ConsoleOptions { color: self.color, quiet: self.quiet, verbose: self.verbose }
    }

    /// Which configuration to read.
    pub fn into_config_options(self) -> ConfigOptions {
        ConfigOptions { profile: self.profile, file: self.config, no_file: self.no_config }
    }
}

impl ValueEnum for ColorChoice {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Auto, Self::Always, Self::Never]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Auto => {
                ("auto", "On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it")
            }
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
    /// Show the deliveries of a capture in the browser
    Ui(ui::UiArgs),
    /// Send the deliveries of a capture again
    Replay(replay::ReplayArgs),
    /// Find out how an unknown provider signs, from captured deliveries
    Learn(learn::LearnArgs),
    /// Test whether an endpoint handles webhooks correctly
    Test(test::TestArgs),
    /// List, show and validate the events that providers document
    Events(EventsArgs),
    /// List the providers: how each signs, and the document that says so
    Providers(ProvidersArgs),
    /// Print a correct endpoint to paste, for your language and framework
    Snippet(SnippetArgs),
    /// Show how it works: send sample events to a listener on this machine
    Demo(DemoArgs),
    /// Say what a code of an output means and what to do about it
    Explain(ExplainCodeArgs),
    /// Check what is installed and configured, and whether cz-hook works here
    Doctor(DoctorArgs),
    /// Show the effective settings and where each comes from
    Config(ConfigArgs),
    /// Write a commented cz-hook.toml to start from
    Init(InitArgs),
    /// Trust the cz-hook.toml of this project after you have read it
    Trust(TrustArgs),
    /// Print a shell's completion script
    Completions(completions::CompletionsArgs),
}

/// A command line in which `help COMMAND` and `version` are the options that they mean.
pub fn with_options(mut args: Vec<OsString>) -> Vec<OsString> {
    match args.get(1).and_then(|word| word.to_str()) {
        Some("help") => {
            args.remove(1);
            args.push("--help".into());
        }
        Some("version") if args.len() == 2 => args[1] = "--version".into(),
        _ => {}
    }
    args
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
            Self::Send(args) => match args.handshake {
                Some(_) => Options::Handshake(args.into_handshake_options()?),
                None => Options::Send(args.into_options()?),
            },
            Self::Verify(args) => Options::Verify(args.into_options()),
            Self::Listen(args) => Options::Listen(args.into_options()),
            Self::Inspect(args) => Options::Inspect(args.into_options()),
            Self::Ui(args) => Options::Ui(args.into_options()),
            Self::Replay(args) => Options::Replay(args.into_options()?),
            Self::Learn(args) => Options::Learn(args.into_options()),
            Self::Test(args) => Options::Test(args.into_options()),
            Self::Events(EventsArgs { action, json }) => {
                let action = match action.unwrap_or(Action::List { provider: None, search: None }) {
                    Action::List { provider, search } => EventsAction::List { provider, search },
                    Action::Show { event, provider, channel } => {
                        EventsAction::Show { event, provider, channel }
                    }
                    Action::Schema { event, provider } => EventsAction::Schema { event, provider },
                    Action::Types { lang: language, provider, events } => {
                        EventsAction::Types { language, provider, events }
                    }
                    Action::Validate { file, provider, input } => {
                        EventsAction::Validate { file, provider, input: input.options() }
                    }
                };
                Options::Events(EventsOptions { action, json })
            }
            Self::Providers(args) => {
                Options::Providers(ProvidersOptions { search: args.search, json: args.json })
            }
            Self::Snippet(args) => Options::Snippet(SnippetOptions {
                name: args.snippet,
                provider: args.provider,
                signature: args.require_signature,
                library: args.library,
                json: args.json,
            }),
            Self::Demo(args) => Options::Demo { json: args.json },
            Self::Explain(args) => Options::Explain(ExplainOptions {
                codes: args.codes,
                framework: args.framework,
                json: args.json,
            }),
            Self::Doctor(args) => Options::Doctor(DoctorOptions {
                url: args.url,
                port: args.port,
                transport: args.transport.transport(args.timeout),
                json: args.json,
            }),
            Self::Config(ConfigArgs { check, json }) => {
                Options::Config(ShowConfigOptions { check, json })
            }
            Self::Init(args) => Options::Init { folder: args.dir },
            Self::Trust(TrustArgs { file, list, revoke }) => {
                let action = match (list, revoke) {
                    (true, _) => TrustAction::List,
                    (false, true) => TrustAction::Revoke,
                    (false, false) => TrustAction::Trust,
                };
                Options::Trust(TrustOptions { file, action })
            }
            Self::Completions(args) => {
                Options::Completions { script: completions::script(args.shell) }
            }
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

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 shown or valid, 1 a body is not valid, 2 there is no such event, 3 a file cannot be read.

Examples:
  cz-hook events list --provider chatzuri
  cz-hook events show lead.submit
  cz-hook events types --lang typescript --provider github > payloads.ts
  cz-hook events validate body.json")]
pub(crate) struct EventsArgs {
    #[command(subcommand)]
    pub action: Option<Action>,
    /// Print one JSON object per line
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 listed, 2 nothing matches.

Examples:
  cz-hook providers
  cz-hook providers --search github
  cz-hook providers --json | jq -r .name")]
pub(crate) struct ProvidersArgs {
    /// Only providers that contain this text in their name, document or signature header
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    /// Print one JSON object per line
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// List the events that providers document
    List {
        /// Only this provider's events [default: every provider's]
        #[arg(long, value_name = "NAME")]
        provider: Option<String>,
        /// Only events that contain this text in their name, their provider's name or their summary
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
    },
    /// Print an event's sample payload
    Show {
        /// The event, such as lead.submit
        event: String,
        /// The provider [default: chatzuri]
        #[arg(long, value_name = "NAME")]
        provider: Option<String>,
        /// The channel, for events that have several
        #[arg(long)]
        channel: Option<String>,
    },
    /// Print an event's JSON Schema
    Schema {
        /// The event, such as lead.submit
        event: String,
        /// The provider [default: chatzuri]
        #[arg(long, value_name = "NAME")]
        provider: Option<String>,
    },
    /// Print the types of payloads in a programming language
    Types {
        /// The language
        #[arg(long, value_name = "LANGUAGE")]
        lang: Language,
        /// The provider; repeatable [default: chatzuri]
        #[arg(long, value_name = "NAME")]
        provider: Vec<String>,
        /// The events [default: all of the provider]
        #[arg(value_name = "EVENT")]
        events: Vec<String>,
    },
    /// Check a body, or the body of a captured request, against the schema of its event
    Validate {
        /// The file; `-` or none: standard input
        file: Option<PathBuf>,
        /// The provider whose events to validate against [default: the profile's, or auto]
        #[arg(long, value_name = "NAME|auto")]
        provider: Option<String>,
        #[command(flatten)]
        input: shared::InputArgs,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "\
The endpoints read the signing secret from the variable CZ_HOOK_SECRET, as the other commands do.

Exit codes: 0 printed, 2 there is no such snippet, or the language cannot verify the signature.

Examples:
  cz-hook snippet
  cz-hook snippet express > server.mjs
  cz-hook snippet flask --provider stripe > app.py
  cz-hook snippet express --provider github --library > server.mjs
  cz-hook snippet go --json | jq -r .run")]
pub(crate) struct SnippetArgs {
    /// The language or framework, such as express, flask or go [default: list all]
    #[arg(value_name = "LANG")]
    pub snippet: Option<String>,
    /// The provider whose signature the endpoint verifies [default: chatzuri]
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,
    /// The name of the signature to verify, for a provider that signs in several ways [default: its first]
    #[arg(long, value_name = "NAME")]
    pub require_signature: Option<String>,
    /// Verify with the vendor's library instead of generated code
    #[arg(long)]
    pub library: bool,
    /// Print one JSON object per line
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
A code is the cause of a mismatch (body.crlf), a case or a finding of `test` (refuse/no-signature, leak), an exit \
code, or a verdict or reason that an output has (malformed, too_large).

Exit codes: 0 printed, 2 nothing has this code.

Examples:
  cz-hook explain
  cz-hook explain body.reserialized.node --framework express
  cz-hook explain refuse/no-signature
  cz-hook explain 3 --json | jq -r .means")]
pub(crate) struct ExplainCodeArgs {
    /// The code, or several, as in `secret.case + body.crlf` [default: list all]
    #[arg(value_name = "CODE")]
    pub codes: Vec<String>,
    /// Also say what to do in this framework, such as express, django or rails
    #[arg(long, value_name = "NAME", requires = "codes")]
    pub framework: Option<String>,
    /// Print one JSON object per line
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Nothing is sent, and no secret is read, unless you give --url: then the URL gets one GET request without a \
signature, and the Date of its response is compared with the clock.

Exit codes: 0 nothing failed, 1 a check failed, 2 the command line cannot be used.

Examples:
  cz-hook doctor
  cz-hook doctor --url http://localhost:3000/webhook
  cz-hook doctor --json | jq -r 'select(.status == \"fail\") | .hint'")]
pub(crate) struct DoctorArgs {
    /// Compare the clock with that of this server
    #[arg(long, value_name = "URL", value_hint = clap::ValueHint::Url)]
    pub url: Option<String>,
    /// The port that should be free
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    pub port: u16,
    /// The maximum time to wait for the response: 30s, 500ms
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = shared::duration)]
    pub timeout: std::time::Duration,
    #[command(flatten)]
    pub transport: shared::TransportArgs,
    /// Print one JSON object per line
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Flags override the environment, which overrides the profile, which overrides defaults. The profile is the \
one that --profile names, else CZ_HOOK_PROFILE, else `default_profile` in the file, else the one called \
default.

The file is cz-hook.toml in the working directory or the nearest folder above it, up to the repository's \
root. Until you run `cz-hook trust`, only its choice of a built-in provider is used. Your own file comes \
second: it adds what the project's profile of the same name does not set.

Exit codes: 0 shown, 2 the configuration cannot be used, 3 a secret or a file cannot be read (with --check).

Examples:
  cz-hook config
  cz-hook config --profile staging --check")]
pub(crate) struct ConfigArgs {
    /// Also fetch the secrets, read all custom fixtures and providers, and check the URLs; does not fetch the secrets
    /// of a file that is not trusted
    #[arg(long)]
    pub check: bool,
    /// Print one JSON object per line
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
An existing file is never overwritten. The new file is trusted; after a change, run `cz-hook trust`.

Exit codes: 0 written, 2 the file exists or there is no such folder, 3 it cannot be written.

Examples:
  cz-hook init
  cz-hook init --dir ~/.config/cz-hook")]
pub(crate) struct InitArgs {
    /// The folder to write it to
    #[arg(long, value_name = "DIR", default_value = ".", value_hint = clap::ValueHint::DirPath)]
    pub dir: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "\
A cz-hook.toml that is found by searching may come from another person. Until you trust it, it can choose a \
built-in provider, and everything else in it is ignored. Trust is for this path and these contents: after a \
change, cz-hook asks again. A file that --config or CZ_HOOK_CONFIG names needs no trust.

Exit codes: 0 done, 2 there is no such file, it cannot be used or was not trusted, 3 it cannot be read or the \
list cannot be written.

Examples:
  cz-hook trust
  cz-hook trust --list
  cz-hook trust --revoke ../project/cz-hook.toml")]
pub(crate) struct TrustArgs {
    /// The file or its folder [default: the nearest cz-hook.toml, in this folder or above it]
    #[arg(value_hint = clap::ValueHint::FilePath)]
    pub file: Option<PathBuf>,
    /// List the trusted files
    #[arg(long, conflicts_with_all = ["file", "revoke"])]
    pub list: bool,
    /// Stop trusting the file
    #[arg(long)]
    pub revoke: bool,
}

impl ValueEnum for Language {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::TypeScript, Self::Python, Self::Go, Self::Rust, Self::Zod, Self::JsonSchema]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::TypeScript => ("typescript", "Interfaces and unions"),
            Self::Python => ("python", "Models of pydantic 2"),
            Self::Go => ("go", "Structs, and a function that decodes a body"),
            Self::Rust => ("rust", "Structs and enums with serde"),
            Self::Zod => ("zod", "Schemas of zod, in TypeScript"),
            Self::JsonSchema => ("jsonschema", "One JSON Schema with all events"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}
