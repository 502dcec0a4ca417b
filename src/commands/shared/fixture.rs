//! Samples and schemas from captured deliveries.

use std::path::Path;

use crate::diagnose::learn::fixture_files;
use crate::error::Error;
use crate::output::console::Console;
use crate::webhook::privacy::{Redactor, is_word};
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::record::DeliveryRecord;

use super::capture::analysis;
use super::new_files;
use super::redaction::event_pointers;

/// The longest name of an event that becomes the name of a file.
const MAX_NAME: usize = 100;

/// The name of an event that has none, or none that a file can have.
const UNNAMED: &str = "delivery";

/// Writes a sample and a schema for each event of these deliveries.
pub(crate) fn write(
    records: &[DeliveryRecord],
    folder: &Path,
    redactor: &mut Redactor,
    catalog: &'static Catalog,
    console: &Console,
) -> Result<(), Error> {
    let mut events: Vec<(String, Vec<&DeliveryRecord>)> = Vec::new();
    for record in records {
        let found = analysis(record, catalog);
        let name = found.event.as_deref().filter(|name| is_word(name, MAX_NAME));
        let name = name.unwrap_or(UNNAMED).to_owned();
        match events.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
            Some((_, members)) => members.push(record),
            None => events.push((name, vec![record])),
        }
    }
    let mut files = Vec::new();
    for (name, members) in &events {
        let Some(first) = members.first() else {
            continue;
        };
        let provider = analysis(first, catalog).provider.clone();
        let provider = provider.and_then(|name| catalog.provider(&name));
        redactor.set_events(provider.map(event_pointers).unwrap_or_default());
        let bodies: Vec<_> = members.iter().map(|one| one.delivery.decoded_body()).collect();
        let bodies: Vec<&[u8]> = bodies.iter().map(|body| &**body).collect();
        let is_form = provider.is_some_and(|provider| provider.envelope.form);
        let title = match provider {
            Some(provider) => format!("{} {name}", provider.name),
            None => name.clone(),
        };
        let stem = name.replace(['/', ':'], "__");
        let own = fixture_files(&stem, &title, &bodies, is_form, redactor);
        if own.is_empty() {
            return Err(Error::usage(
                format!("the body of delivery {} is not JSON", first.id),
                "a sample is made of JSON, or of the form of a provider whose bodies are forms",
            ));
        }
        files.extend(own);
    }
    new_files::create_folder(folder, false)?;
    new_files::write(folder, &files)?;
    for (name, _) in &files {
        console.note(&format!("wrote {}", folder.join(name).display()));
    }
    Ok(())
}
