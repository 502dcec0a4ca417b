//! One file per subcommand: from its options through the work to a report and an exit code.

pub mod config;
mod demo;
pub mod doctor;
pub mod events;
pub mod explain;
pub mod handshake;
pub mod inspect;
pub mod learn;
pub mod listen;
pub mod load;
pub mod providers;
pub mod replay;
pub mod retry;
pub mod send;
mod shared;
pub mod sign;
pub mod snippet;
pub mod test;
pub mod trust;
pub mod ui;
pub mod verify;

pub use shared::input::InputOptions;
pub use shared::redaction::RedactOptions;
pub use shared::sample::SampleOptions;
pub use shared::signing::{ContextOptions, SigningOptions};

use std::path::PathBuf;
use std::sync::Arc;

use crate::config::{ConfigOptions, Settings};
use crate::error::{Error, Exit};
use crate::output::console::Console;

/// A command with its options.
pub enum Command {
    Sign(sign::SignOptions),
    Send(send::SendOptions),
    Handshake(handshake::HandshakeOptions),
    Verify(verify::VerifyOptions),
    Listen(listen::ListenOptions),
    Inspect(inspect::InspectOptions),
    Ui(ui::UiOptions),
    Replay(replay::ReplayOptions),
    Learn(learn::LearnOptions),
    Test(test::TestOptions),
    Events(events::EventsOptions),
    Providers(providers::ProvidersOptions),
    Snippet(snippet::SnippetOptions),
    Demo { json: bool },
    Explain(explain::ExplainOptions),
    Doctor(doctor::DoctorOptions),
    Config(config::ShowConfigOptions),
    Init { folder: PathBuf },
    Trust(trust::TrustOptions),
    Completions { script: String },
}

/// Reports the folders of custom providers that are not used.
fn warn_of_unusable(settings: &Settings, console: &Console) {
    for error in &settings.unusable {
        console.warn(&format!("a custom provider is not used: {}", error.message), &error.hint);
    }
}

/// Runs a command.
///
/// # Errors
/// When there is no verdict; the error has the exit code.
pub fn run(command: Command, config: &ConfigOptions, console: &Console) -> Result<Exit, Error> {
    let settings = || {
        let settings = Settings::load(config)?;
        if let Some(note) = settings.security_note() {
            console.security_note(&note);
        }
        warn_of_unusable(&settings, console);
        Ok::<_, Error>(settings)
    };
    match command {
        Command::Sign(options) => sign::run(&options, &settings()?, console),
        Command::Send(options) => match &options.mode {
            send::SendMode::Retry(retry) => retry::run(&options, retry, &settings()?, console),
            send::SendMode::Bulk(bulk) => {
                load::bulk_send::run(&options, bulk, &settings()?, console)
            }
            _ => send::run(&options, &settings()?, console),
        },
        Command::Handshake(options) => handshake::run(&options, &settings()?, console),
        Command::Verify(options) => verify::run(&options, &settings()?, console),
        Command::Listen(options) => listen::run(&options, &Arc::new(settings()?), console),
        Command::Inspect(options) => inspect::run(&options, &settings()?, console),
        Command::Ui(options) => ui::run(&options, &Arc::new(settings()?), console),
        Command::Replay(options) => replay::run(&options, &settings()?, console),
        Command::Learn(options) => learn::run(&options, &settings()?, console),
        Command::Test(options) => test::run(&options, &settings()?, console),
        Command::Events(options) => events::run(&options, &settings()?, console),
        Command::Providers(options) => providers::run(&options, &settings()?, console),
        Command::Snippet(options) => {
            let settings = options.provider.is_some().then(settings).transpose()?;
            snippet::run(&options, settings.as_ref(), console)
        }
        Command::Demo { json } => demo::run(json, console),
        Command::Explain(options) => explain::run(&options, &settings()?, console),
        Command::Doctor(options) => doctor::run(&options, config, console),
        Command::Config(options) => config::run(&options, config, console),
        Command::Init { folder } => config::init(&folder, console),
        Command::Trust(options) => trust::run(&options, config, console),
        Command::Completions { script } => {
            console.print(script.as_bytes())?;
            Ok(Exit::Success)
        }
    }
}
