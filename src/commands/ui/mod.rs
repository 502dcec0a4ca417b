//! The web inspector: `cz-hook ui CAPTURE`, and what `cz-hook listen --ui` needs of it.

mod backend;
mod browser;
mod endpoints;
mod exporting;
mod sending;
mod temporary;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::capture::journal::{Filter, Journal};
use crate::config::{SecretOptions, Settings};
use crate::diagnose::Effort;
use crate::error::{Error, Exit};
use crate::inspector::{Changes, Inspector};
use crate::output::console::Console;
use crate::webhook::analysis::Analyzer;
use crate::webhook::record::DeliveryRecord;

use super::shared::capture::{Capture, journal_error, open_partial_capture};
use super::shared::input::InputOptions;
use super::shared::interrupts::Interrupts;
use super::shared::runtime::{self, cannot_start};
use super::shared::signing::ContextOptions;

pub(super) use backend::{Backend, BackendOptions, Source};
pub(super) use temporary::TemporaryJournal;

/// The options of `ui`.
#[derive(Debug)]
pub struct UiOptions {
    pub capture: PathBuf,
    pub input: InputOptions,
    pub server: ServerOptions,
    /// Signatures are explained with these.
    pub secrets: SecretOptions,
    pub provider: Option<String>,
    pub context: ContextOptions,
    pub effort: Option<Effort>,
    /// Endpoints that the page may send to.
    pub endpoints: Vec<String>,
    /// Whether certificates of endpoints are not checked.
    pub insecure: bool,
}

/// How the page is served.
#[derive(Clone, Copy, Debug)]
pub struct ServerOptions {
    /// The port; 0 for a free one.
    pub port: u16,
    /// Open it in a browser.
    pub open: bool,
}

pub(super) fn run(
    options: &UiOptions,
    settings: &Arc<Settings>,
    console: &Console,
) -> Result<Exit, Error> {
    let analyzer = Analyzer {
        catalog: settings.catalog,
        provider: settings.receiving(options.provider.as_deref())?,
        secrets: console.show_notes(settings.verifying_secrets(&options.secrets)?),
        allow_unsigned: false,
        context: options.context.context(settings),
    };
    let inspector = Inspector::bind(options.server.port)?;
    let capture = open_partial_capture(Some(&options.capture), &options.input, console)?;
    let (path, temporary) = match capture {
        Capture::Journal(_, path) => (path, None),
        other => {
            let temporary = TemporaryJournal::create()?;
            write(other, temporary.path(), &analyzer)?;
            (temporary.path().to_owned(), Some(temporary))
        }
    };
    let name = options.capture.file_name().map(|name| name.to_string_lossy().into_owned());
    let source = Source::File {
        name: name.unwrap_or_else(|| "standard input".to_owned()),
        path: options.capture.clone(),
    };
    let backend_options = BackendOptions {
        secrets: analyzer.secrets,
        provider: analyzer.provider,
        context: options.context.clone(),
        effort: options.effort,
        endpoints: options.endpoints.clone(),
        forward_to: Vec::new(),
        insecure: options.insecure,
    };
    let backend = Backend::new(Arc::clone(settings), backend_options, source, console.clone());
    let mut interrupts = Interrupts::new().map_err(|why| cannot_start(&why))?;
    let url = inspector.url();
    let to_open = options.server.open.then(|| inspector.url_to_open()).transpose()?;
    inspector.start(&path, Changes::default(), Arc::new(backend))?;
    temporary.as_ref().map_or(Ok(()), TemporaryJournal::unlink)?;
    announce(&url, to_open.as_deref(), console);
    runtime::sending(|runtime| {
        runtime.block_on(interrupts.next());
        Ok(Exit::Interrupted)
    })
}

/// Reports the address, and opens the page if asked for.
pub(super) fn announce(url: &str, to_open: Option<&str>, console: &Console) {
    console.say(&format!("inspector: {url}"));
    if let Some(url) = to_open {
        browser::open(url, console);
    }
}

/// Writes a capture of any format into a journal. What its deliveries are is found out with the secrets at hand.
fn write(capture: Capture, path: &Path, analyzer: &Analyzer) -> Result<(), Error> {
    const BATCH: usize = 256;
    let unusable = |why| journal_error(path, &why);
    let mut journal = Journal::record_private(path).map_err(unusable)?;
    let mut batch: Vec<DeliveryRecord> = Vec::new();
    let mut append = |batch: &mut Vec<DeliveryRecord>| {
        let references: Vec<_> = batch.iter().collect();
        let written = journal.append(&references).map(drop);
        batch.clear();
        written
    };
    let filter = Filter::default();
    capture.each(&filter, analyzer.catalog, |mut record| {
        if record.analysis.is_none() {
            let moment = record.delivery.received_at.unwrap_or_else(Timestamp::now);
            record.analysis = Some(analyzer.analyze(&record.delivery, moment).into());
        }
        batch.push(record);
        if batch.len() == BATCH {
            append(&mut batch).map_err(unusable)?;
        }
        Ok(true)
    })?;
    append(&mut batch).map_err(unusable)
}
