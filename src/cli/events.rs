//! `cz-hook events` as clap sees it.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::commands::events::{EventsAction, EventsOptions};

/// `cz-hook events`
#[derive(Debug, Args)]
pub struct EventsArgs {
    /// What to do; `list` when nothing is said.
    #[command(subcommand)]
    pub action: Option<Action>,
    /// Print one JSON object per line
    #[arg(long, global = true)]
    pub json: bool,
}

/// What `events` does.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// List the events that providers document
    List {
        /// One provider's events [default: every provider's]
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
        /// The channel, for events that come on several
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
    /// Check a body, or a captured request's body, against its event's schema
    Validate {
        /// The file; `-` or nothing: standard input
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
