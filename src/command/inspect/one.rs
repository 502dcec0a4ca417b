//! One delivery of a capture for people: what is known of it, its signature checked again, head and body.

use jiff::Timestamp;

use crate::capture::Captured;
use crate::cli::inspect::InspectArgs;
use crate::command::explain::Explainer;
use crate::config::Settings;
use crate::error::Error;
use crate::exit::Exit;
use crate::report::console::Console;
use crate::report::{diagnosis, payload, sanitize, style::Palette};
use crate::webhook::examine::Examiner;
use crate::webhook::secret::Secret;

use super::{Listed, rows};

/// One delivery for people: what is known of it, the signature checked again if there is a secret, headers
/// and body.
pub fn show(
    captured: &Captured,
    args: &InspectArgs,
    settings: &Settings,
    console: &Console,
) -> Result<Exit, Error> {
    let line = Listed::of(captured, settings.catalog);
    let mut text = rows(&[line.row()], console.out);
    let secrets = settings.verifying_secrets(&args.secrets, console)?;
    if !secrets.is_empty() {
        text.push_str(&checked(captured, secrets, args, settings, console));
    }
    text.push_str(&headers(captured, console.out));
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
) -> String {
    let delivery = &captured.delivery;
    let examiner = Examiner {
        catalog: settings.catalog,
        provider: None,
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
    text
}

fn headers(captured: &Captured, p: Palette) -> String {
    let delivery = &captured.delivery;
    let mut out = format!(
        "{} {}\n",
        sanitize::line(delivery.method.as_bytes()),
        sanitize::line(delivery.target.as_bytes())
    );
    for (name, value) in delivery.headers.iter() {
        let name = p.key(&sanitize::line(name.as_bytes()));
        out.push_str(&format!("{name}: {}\n", sanitize::line(value)));
    }
    out
}

fn body(captured: &Captured, p: Palette) -> String {
    let body = &captured.delivery.body;
    if serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok() {
        return payload::pretty(body, p, "  ");
    }
    const MOST: usize = 4096;
    let shown = body.get(..MOST).unwrap_or(body);
    let mut out: String = sanitize::block(shown)
        .lines()
        .map(|line| format!("  {line}\n"))
        .collect();
    if shown.len() < body.len() {
        let more = body.len() - shown.len();
        out.push_str(&format!("  … {more} more bytes (--as body has them all)\n"));
    }
    out
}
