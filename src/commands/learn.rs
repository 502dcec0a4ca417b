//! `cz-hook learn`: a provider's description from captured deliveries and their secret.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::capture::journal::Filter;
use crate::config::{SecretOptions, Settings};
use crate::diagnose::learn::{FormCandidate, LearnInput, LearnResult, Learned, OpenQuestion};
use crate::error::{self, Error, Exit};
use crate::escape;
use crate::json_line;
use crate::output::console::Console;
use crate::webhook::delivery::Delivery;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::provider::folder::DESCRIPTION;
use crate::webhook::signature::SignatureContext;
use crate::webhook::signature::scheme::Algorithm;

use super::shared::capture::{no_deliveries, open_partial_capture};
use super::shared::input::InputOptions;
use super::shared::signing::ContextOptions;

/// The most deliveries: a few are enough, and each one is checked.
const MAX_DELIVERIES: usize = 100;

#[derive(Debug)]
pub struct LearnOptions {
    pub files: Vec<PathBuf>,
    pub secret: SecretOptions,
    pub context: ContextOptions,
    /// The name of the new provider.
    pub name: Option<String>,
    /// Where its folder is written to.
    pub write: Option<PathBuf>,
    pub input: InputOptions,
    pub json: bool,
}

pub fn run(options: &LearnOptions, settings: &Settings, console: &Console) -> Result<Exit, Error> {
    let deliveries = deliveries(options, settings, console)?;
    let all: Vec<&Delivery> = deliveries.iter().collect();
    let secret = console.show_notes(settings.signing_secret(&options.secret, true)?);
    if secret.as_ref().is_some_and(|secret| secret.expose().is_empty()) {
        return Err(Error::usage("the secret is empty", "is the variable set that it comes from?"));
    }
    let context = options.context.context(settings);
    let learn = |context: &SignatureContext| {
        let input = LearnInput {
            deliveries: &all,
            secret: secret.as_ref(),
            context,
            catalog: settings.catalog,
            name: options.name.as_deref(),
        };
        input.learn().map_err(|why| {
            Error::usage(format!("the provider cannot be described: {why}"), why.hint)
        })
    };
    let mut result = learn(&context)?;
    let is_url_unknown = context.public_url.is_none() && secret.is_some();
    if is_url_unknown && result.learned.is_none() && result.is_complete {
        for url in possible_urls(&all) {
            let context = SignatureContext { public_url: Some(url.clone()), ..context.clone() };
            if let Some(mut learned) = learn(&context)?.learned {
                learned.open.push(OpenQuestion {
                    what: format!(
                        "the signed URL was taken from the Host header: verify with --public-url {url}"
                    ),
                    settle: "the URL that the provider was given".to_owned(),
                });
                result.learned = Some(learned);
                break;
            }
        }
    }
    let written = match (&options.write, &result.learned) {
        (Some(folder), Some(learned)) => Some(write(folder, learned)?),
        _ => None,
    };
    if options.json {
        let line = line(&result, all.len(), written.as_deref());
        console.print(&json_line::line(&line))?;
    }
    match &result.learned {
        Some(learned) => {
            tell(learned, written.as_deref(), console);
            if !options.json {
                console.print_raw(description(learned).as_bytes())?;
            }
            Ok(Exit::Success)
        }
        None => {
            let form = form(&result, all.len());
            match secret {
                // It is what was asked for.
                None if !options.json => {
                    console.print(escape::block(form.as_bytes()).as_bytes())?;
                    console.note("nothing is proved without the secret");
                    console.hint("give --secret, --secret-file, or set CZ_HOOK_SECRET");
                }
                None => {}
                Some(_) => {
                    console.warn(
                        "no scheme reproduces the signature of every delivery",
                        "check the secret, and that the bodies are the bytes that were sent; some schemes need --public-url",
                    );
                    for hint in &result.hints {
                        console.note(hint);
                    }
                    console.note(form.trim_end());
                }
            }
            Ok(Exit::Failure)
        }
    }
}

/// The URLs that the deliveries may have been sent to, without their paths, by their hosts.
fn possible_urls(deliveries: &[&Delivery]) -> Vec<String> {
    let first = deliveries.first();
    let hosts = ["x-forwarded-host", "host"].into_iter().filter_map(|name| {
        let host = std::str::from_utf8(first?.headers.get(name)?).ok()?.trim();
        let is_host =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        (!host.is_empty() && host.chars().all(is_host)).then_some(host)
    });
    let mut urls: Vec<_> =
        hosts.flat_map(|host| [format!("https://{host}"), format!("http://{host}")]).collect();
    urls.dedup();
    urls
}

/// Every delivery of the captures, in this order.
fn deliveries(
    options: &LearnOptions,
    settings: &Settings,
    console: &Console,
) -> Result<Vec<Delivery>, Error> {
    let files: Vec<Option<&Path>> = match options.files.is_empty() {
        true => vec![None],
        false => options.files.iter().map(|path| Some(path.as_path())).collect(),
    };
    let mut all = Vec::new();
    for file in files {
        let capture = open_partial_capture(file, options.input, console)?;
        capture.each(&Filter::default(), settings.catalog, |record| {
            all.push(record.delivery);
            match all.len() > MAX_DELIVERIES {
                true => Err(Error::usage(
                    format!("there are more than {MAX_DELIVERIES} deliveries"),
                    "two or three are enough: pick them with `cz-hook inspect FILE ID --as http`",
                )),
                false => Ok(true),
            }
        })?;
    }
    if all.is_empty() {
        return Err(no_deliveries());
    }
    if all.iter().any(|one| one.headers.is_empty()) {
        return Err(Error::usage(
            "a body without its headers was given",
            "give the whole captured request: learn looks for the signature in the headers too",
        ));
    }
    Ok(all)
}

fn description(learned: &Learned) -> String {
    let text = learned.files.iter().find(|(name, _)| name == DESCRIPTION);
    text.map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
}

/// Says what is known already, what was written and what stays open.
fn tell(learned: &Learned, written: Option<&Path>, console: &Console) {
    if let Some((first, others)) = learned.known.split_first() {
        let origin = if Catalog::is_built_in(first) { "built-in" } else { "custom" };
        console.note(&match (learned.is_recognised, others.len()) {
            (true, _) => format!(
                "all deliveries are valid as those of the {origin} provider {first}: `--provider {first}` is enough"
            ),
            (false, 0) => format!("the {origin} provider {first} signs in this way, and its bodies are others"),
            (false, more) => format!(
                "the {origin} provider {first} and {more} others sign in this way, and their bodies are others"
            ),
        });
    }
    if learned.scheme.algorithm == Algorithm::Token {
        console.note("the secret itself is sent: it proves the sender, and nothing of the body");
    }
    for OpenQuestion { what, settle } in &learned.open {
        console.note(&format!("not known: {what}; it takes {settle}"));
    }
    if let Some(path) = written {
        console.note(&format!("wrote {}", path.display()));
        console
            .hint("set `providers` in cz-hook.toml to the folder above it to use the new provider");
    }
}

/// What the form of the deliveries tells, human-readable.
fn form(result: &LearnResult, count: usize) -> String {
    if result.candidates.is_empty() {
        return "No header or field can be read as a signature; it may be a token.\n".to_owned();
    }
    let every = if count == 1 { "The delivery has" } else { "Every delivery has" };
    let mut out = format!("{every} what may be a signature by its form:\n");
    for FormCandidate { place, algorithms, format } in &result.candidates {
        out.push_str(&format!("  {place}: {format}: {}\n", algorithms.join(" or ")));
    }
    if !result.times.is_empty() {
        out.push_str(&format!("It may be signed with a time: {}\n", result.times.join(", ")));
    }
    out
}

/// Writes the folder of a provider. Nothing that exists is overwritten.
fn write(folder: &Path, learned: &Learned) -> Result<PathBuf, Error> {
    let own = folder.join(&learned.name);
    let unwritable = |path: &Path, why: &std::io::Error| match why.kind() {
        ErrorKind::AlreadyExists => Error::usage(
            format!("{} already exists and is not changed", path.display()),
            "remove it, or give another name with --name",
        ),
        _ => Error::io(
            format!("cannot write {}: {}", path.display(), error::reason(why)),
            "check the folder's permissions, or give another with --write",
        ),
    };
    fs::create_dir_all(folder).map_err(|why| unwritable(folder, &why))?;
    fs::create_dir(&own).map_err(|why| unwritable(&own, &why))?;
    for (name, bytes) in &learned.files {
        let path = own.join(name);
        let opened = OpenOptions::new().write(true).create_new(true).open(&path);
        let written = opened.and_then(|mut file| file.write_all(bytes));
        written.map_err(|why| unwritable(&path, &why))?;
    }
    Ok(own)
}

/// The line of `learn --json`.
#[derive(Serialize)]
#[serde(tag = "type", rename = "learned")]
struct LearnedLine<'l> {
    proved: bool,
    deliveries: usize,
    provider: Option<&'l str>,
    known: &'l [String],
    signature: Option<SignatureLine<'l>>,
    provider_toml: Option<String>,
    written: Option<String>,
    open: Vec<OpenLine<'l>>,
    candidates: Vec<CandidateLine<'l>>,
    times: &'l [String],
    hints: &'l [String],
}

/// The scheme: each key of `[[signature]]` and its value as TOML.
#[derive(Serialize)]
struct SignatureLine<'l> {
    header: Option<&'l str>,
    algorithm: &'l str,
    toml: Vec<String>,
}

#[derive(Serialize)]
struct OpenLine<'l> {
    what: &'l str,
    settle: &'l str,
}

#[derive(Serialize)]
struct CandidateLine<'l> {
    place: &'l str,
    format: &'l str,
    algorithms: &'l [&'static str],
}

fn line<'l>(result: &'l LearnResult, count: usize, written: Option<&Path>) -> LearnedLine<'l> {
    let learned = result.learned.as_ref();
    LearnedLine {
        proved: learned.is_some(),
        deliveries: count,
        provider: learned.map(|learned| learned.name.as_str()),
        known: learned.map_or(&[], |learned| &learned.known),
        signature: learned.map(|learned| SignatureLine {
            header: learned.scheme.header(),
            algorithm: learned.scheme.algorithm.name(),
            toml: learned.signature.iter().map(|(key, value)| format!("{key} = {value}")).collect(),
        }),
        provider_toml: learned.map(description),
        written: written.map(|path| path.display().to_string()),
        open: learned
            .iter()
            .flat_map(|learned| &learned.open)
            .map(|one| OpenLine { what: &one.what, settle: &one.settle })
            .collect(),
        candidates: result
            .candidates
            .iter()
            .map(|one| CandidateLine {
                place: &one.place,
                format: &one.format,
                algorithms: &one.algorithms,
            })
            .collect(),
        times: &result.times,
        hints: &result.hints,
    }
}
