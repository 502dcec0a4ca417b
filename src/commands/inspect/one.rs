//! One delivery of a capture for people: what is known of it, its signature checked again, head and body.

use jiff::Timestamp;

use crate::capture::Captured;
use crate::cli::inspect::InspectArgs;
use crate::commands::selection;
use crate::commands::shared::explainer::Explainer;
use crate::config::Settings;
use crate::error::Error;
use crate::error::Exit;
use crate::escape;
use crate::output::console::Console;
use crate::output::listed::{self, Listed};
use crate::output::{delivery, diagnosis, labels, payload, style::Palette};
use crate::webhook::analysis::Analyzer;
use crate::webhook::signature::secret::Secret;

/// One delivery for people: what is known of it, the signature checked again if there is a secret, headers
/// and body.
pub fn show(
    captured: &Captured,
    args: &InspectArgs,
    settings: &Settings,
    console: &Console,
) -> Result<Exit, Error> {
    let line = Listed::new(captured, selection::found(captured, settings.catalog));
    let mut text = listed::table(&[line], console.out, console.columns());
    let secrets = console.show_notes(settings.verifying_secrets(&args.secrets.options())?);
    let is_checked = !secrets.is_empty();
    if is_checked {
        text.push_str(&checked(captured, secrets, args, settings, console)?);
    }
    recorded(captured, is_checked, console, &mut text);
    text.push_str(&delivery::head(&captured.delivery, console.out, ""));
    text.push_str(&body(captured, console.out));
    let details = captured.found.as_ref().and_then(|f| f.details.as_ref());
    if let Some(details) = details {
        delivery::findings(&details.errors, &details.notes, console.out, &mut text);
    }
    console.report(&text)?;
    Ok(Exit::Success)
}

/// What the listener that recorded it found and did. What was found of the signature is old news when that was
/// checked again.
fn recorded(captured: &Captured, is_checked: bool, console: &Console, text: &mut String) {
    let Some(found) = &captured.found else { return };
    let p = console.out;
    if !is_checked && (delivery::says_why(found.signature) || console.verbose) {
        delivery::remark(p, "signature", &found.reason, text);
    }
    if let Some(first) = found.duplicate_of {
        delivery::remark(p, "body", &delivery::repeats(first), text);
    }
    let Some(details) = &found.details else {
        return;
    };
    if let Some(fault) = &details.injected {
        delivery::remark(p, "injected", fault, text);
    }
    if console.verbose {
        let from = captured.delivery.peer;
        let from = from.map_or_else(String::new, |peer| format!(", to {peer}"));
        let took = labels::elapsed(details.duration);
        delivery::remark(p, "answered", &format!("in {took}{from}"), text);
    }
    if let Some(forwarded) = &details.forwarded {
        delivery::endpoint(forwarded, p, text);
    }
}

/// The verdict under the secrets at hand, and why it is not a better one.
fn checked(
    captured: &Captured,
    secrets: Vec<Secret>,
    args: &InspectArgs,
    settings: &Settings,
    console: &Console,
) -> Result<String, Error> {
    let delivery = &captured.delivery;
    let analyzer = Analyzer {
        catalog: settings.catalog,
        provider: settings.receiving(args.filter.provider.as_deref())?,
        secrets,
        allow_unsigned: false,
    };
    let moment = delivery.received_at.unwrap_or_else(Timestamp::now);
    let examined = analyzer.analyze(delivery, moment);
    let verdict = examined.signature.verdict;
    let mut text = format!(
        "signature {}  {}\n",
        console.out.verdict(verdict),
        escape::line(examined.signature.reason.as_bytes())
    );
    let explainer = Explainer::new(settings, args.explain.effort());
    let diagnosis = explainer.explain(verdict, delivery, examined.provider, &analyzer.secrets);
    if let Some(diagnosis) = diagnosis {
        text.push_str(&diagnosis::block(&diagnosis, console.out, console.width()));
    }
    Ok(text)
}

fn body(captured: &Captured, p: Palette) -> String {
    const MOST: usize = 4096;
    let body = &captured.delivery.body;
    match crate::webhook::payload::json::parse_body(body) {
        Ok(_) => payload::pretty(body, p, "  "),
        Err(_) => delivery::no_json(body, MOST, "--as body"),
    }
}
