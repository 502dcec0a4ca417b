//! `cz-hook events`: its arguments.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::commands::events::{EventsAction, EventsOptions};

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 shown or valid, 1 a body is not valid, 2 there is no such event, 3 a file cannot be read.

Examples:
  cz-hook events list --provider chatzuri
  cz-hook events show lead.submit
  cz-hook events validate body.json")]
pub struct EventsArgs {
    /// The subcommand; `list` by default.
    #[command(subcommand)]
    pub action: Option<Action>,
    /// Print one JSON object per line
    #[arg(long, global = true)]
    pub json: bool,
}

/// The subcommands of `events`.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// List the events that providers document
    List {
        /// Only this provider's events [default: every provider's]
        #[arg(long, value_name = "NAME")]
        provider: Option<String>,
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
    /// Check a body, or the body of a captured request, against the schema of its event
    Validate {
        /// The file; `-` or none: standard input
        file: Option<PathBuf>,
        /// The provider whose events to validate against [default: the profile's, or auto]
        #[arg(long, value_name = "NAME|auto")]
        provider: Option<String>,
    },
}

impl EventsArgs {
    /// The options of these arguments.
    pub fn into_options(self) -> EventsOptions {
        EventsOptions {
            action: match self.action {
                None => EventsAction::List { provider: None },
                Some(Action::List { provider }) => EventsAction::List { provider },
                Some(Action::Show {
                    event,
                    provider,
                    channel,
                }) => EventsAction::Show {
                    event,
                    provider,
                    channel,
                },
                Some(Action::Schema { event, provider }) => {
                    EventsAction::Schema { event, provider }
                }
                Some(Action::Validate { file, provider }) => {
                    EventsAction::Validate { file, provider }
                }
            },
            json: self.json,
        }
    }
}
