//! `cz-hook providers`: the known providers, how each signs, and the document that says so.

use serde::Serialize;

use crate::config::Settings;
use crate::error::{Error, Exit};
use crate::json_line;
use crate::output::console::Console;
use crate::output::table::{self, Cell};
use crate::webhook::provider::Provider;
use crate::webhook::signature::scheme::Scheme;

#[derive(Debug)]
pub struct ProvidersOptions {
    /// Only those that contain this text.
    pub search: Option<String>,
    pub json: bool,
}

pub fn run(
    options: &ProvidersOptions,
    settings: &Settings,
    console: &Console,
) -> Result<Exit, Error> {
    let catalog = settings.catalog;
    let search = options.search.as_deref().unwrap_or_default().to_lowercase();
    let matches = |provider: &&Provider| {
        let headers = provider.signatures.iter().filter_map(Scheme::header);
        let texts = [&provider.name, &provider.title, &provider.document].map(String::as_str);
        texts.into_iter().chain(headers).any(|text| text.to_lowercase().contains(&search))
    };
    let providers: Vec<_> = catalog.providers().filter(matches).collect();
    if providers.is_empty() {
        return Err(Error::usage(
            "no provider matches the search",
            "`cz-hook providers` lists all of them; docs/provider-toml.md describes how to add one",
        ));
    }
    if options.json {
        let lines = providers.iter().flat_map(|provider| {
            json_line::line(&ProviderLine {
                name: &provider.name,
                title: &provider.title,
                document: &provider.document,
                own: catalog.is_of_user(&provider.name),
                events: provider.events.len(),
                signatures: provider.signatures.iter().map(SignatureLine::from).collect(),
            })
        });
        console.print(&lines.collect::<Vec<u8>>())?;
        return Ok(Exit::Success);
    }
    let rows: Vec<_> = providers
        .iter()
        .map(|provider| {
            let scheme = provider.scheme().map_or_else(|| "none".to_owned(), summary);
            [&provider.name, &scheme, &provider.document].map(|text| Cell::from(text.as_str()))
        })
        .collect();
    let heads = ["PROVIDER", "SIGNATURE", "DOCUMENT"];
    console.print(table::text(heads, &rows, console.out).as_bytes())?;
    Ok(Exit::Success)
}

/// A scheme in a few words: `hmac-sha256 in x-signature`.
fn summary(scheme: &Scheme) -> String {
    format!("{} in {}", scheme.algorithm.name(), scheme.header().unwrap_or("the body"))
}

/// A line of `providers --json`.
#[derive(Serialize)]
#[serde(tag = "type", rename = "provider")]
struct ProviderLine<'p> {
    name: &'p str,
    title: &'p str,
    document: &'p str,
    own: bool,
    events: usize,
    signatures: Vec<SignatureLine<'p>>,
}

#[derive(Serialize)]
struct SignatureLine<'p> {
    name: Option<&'p str>,
    header: Option<&'p str>,
    algorithm: &'p str,
    format: String,
}

impl<'p> From<&'p Scheme> for SignatureLine<'p> {
    fn from(scheme: &'p Scheme) -> Self {
        Self {
            name: scheme.name.as_deref(),
            header: scheme.header(),
            algorithm: scheme.algorithm.name(),
            format: scheme.describe_format(),
        }
    }
}
