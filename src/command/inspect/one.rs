//! One delivery of a capture for people: what is known of it, its signature checked again, head and body.

use jiff::Timestamp;

use crate::capture::Captured;
use crate::cli::inspect::InspectArgs;
use crate::command::explain::Explainer;
use crate::command::selection;
use crate::config::Settings;
use crate::error::Error;
use crate::exit::Exit;
use crate::report::console::Console;
use crate::report::listed::{self, Listed};
use crate::report::{delivery, diagnosis, payload, sanitize, style::Palette};
use crate::webhook::examine::Examiner;
use crate::webhook::secret::Secret;

/// One delivery for people: what is known of it, the signature checked again if there is a secret, headers
/// and body.
pub fn show(
    captured: &Captured,
    args: &InspectArgs,
    settings: &Settings,
    console: &Console,
) -> Result<Exit, Error> {
    let line = Listed::new(captured, selection::found(captured, settings.catalog));
    let mut text = listed::table(&[line], console.out);
    let secrets = settings.verifying_secrets(&args.secrets, console)?;
    if !secrets.is_empty() {
        text.push_str(&checked(captured, secrets, args, settings, console)?);
    }
    text.push_str(&delivery::head(&captured.delivery, console.out, ""));
    text.push_str(&body(captured, console.out));
    console.report(&text)?;
    Ok(Exit::Yes)
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
    let examiner = Examiner {
        catalog: settings.catalog,
        provider: settings.receiving(args.filter.provider.as_deref())?,
        secrets,
        allow_unsigned: false,
    };
    let moment = delivery.received_at.unwrap_or_else(Timestamp::now);
    let examined = examiner.examine(delivery, moment);
    let verdict = examined.signature.verdict;
    let mut text = format!(
        "signature {}  {}\n",
        console.out.verdict(verdict),
        sanitize::line(examined.signature.reason.as_bytes())
    );
    let explainer = Explainer::new(settings, args.explain.effort());
    let diagnosis = explainer.explain(verdict, delivery, examined.provider, &examiner.secrets);
    if let Some(diagnosis) = diagnosis {
        text.push_str(&diagnosis::block(&diagnosis, console.out, console.width()));
    }
    Ok(text)
}

fn body(captured: &Captured, p: Palette) -> String {
    const MOST: usize = 4096;
    let body = &captured.delivery.body;
    match serde_json::from_slice::<serde::de::IgnoredAny>(body) {
        Ok(_) => payload::pretty(body, p, "  "),
        Err(_) => delivery::no_json(body, MOST, "--as body"),
    }
}
