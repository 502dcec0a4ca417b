//! `cz-hook verify`: a verdict for each delivery, and an exit code that a gate can stand on.

mod in_order;
mod judge;
mod judged;
mod large;
mod log;
mod many;
mod shown;

use crate::capture::Format;
use crate::cli::verify::{InputFormat, VerifyArgs};
use crate::config::{self, Settings};
use crate::diagnose::Effort;
use crate::error::Error;
use crate::error::Exit;
use crate::output::console::Console;
use crate::webhook::delivery::Delivery;
use crate::webhook::signature::verify::Verdict;

use super::against;
use super::explain::Explainer;
use super::shared::capture::{Capture, Opened, no_deliveries, open_large_capture};
use judge::Judge;
use shown::Shown;

pub fn run(args: &VerifyArgs, settings: &Settings, console: &Console) -> Result<Exit, Error> {
    if args
        .signature
        .as_deref()
        .is_some_and(|s| s.trim().is_empty())
    {
        return Err(Error::usage(
            "the signature given with --signature is empty",
            "is the variable set that it comes from?",
        ));
    }
    let judge = Judge {
        args,
        settings,
        provider: settings.receiving(args.provider.as_deref())?,
        secrets: settings.verifying_secrets(&args.secrets, console)?,
        console,
    };
    // To compare bodies takes no secret.
    if judge.secrets.is_empty() && args.against.is_none() {
        return Err(config::no_secret("verify"));
    }
    let gate = Gate {
        judge,
        explainer: Explainer::new(settings, args.explain.effort()),
    };
    let format = match args.format {
        InputFormat::Auto => None,
        InputFormat::Body => Some(Format::Body),
        InputFormat::Http => Some(Format::Http),
        InputFormat::Har => Some(Format::Har),
        InputFormat::Curl => Some(Format::Curl),
        InputFormat::Ndjson => Some(Format::Ndjson),
        InputFormat::Db => Some(Format::Journal),
    };
    match open_large_capture(args.file.as_deref(), format, large_formats(args), console)? {
        Opened::Large(large, Format::Body) => large::verify(&gate, large),
        Opened::Large(large, _) => many::lines(&gate, large),
        Opened::Capture(Capture::Loaded(mut all)) if all.len() == 1 => match all.pop() {
            Some(only) => gate.one(only.id, only.delivery),
            None => Err(nothing()),
        },
        Opened::Capture(Capture::Loaded(all)) => many::loaded(&gate, all),
        Opened::Capture(Capture::Journal(journal, path)) => many::journal(&gate, &journal, path),
    }
}

/// What need not be in memory as a whole. To compare a body, to sign it anew or to look for what may have
/// been signed in its place takes all of it.
fn large_formats(args: &VerifyArgs) -> &'static [Format] {
    let takes_all =
        args.against.is_some() || args.show_expected || args.explain.effort() == Some(Effort::Deep);
    match takes_all {
        true => &[],
        false => &[Format::Body, Format::Ndjson],
    }
}

fn nothing() -> Error {
    no_deliveries()
}

/// What decides, and says why.
struct Gate<'g> {
    judge: Judge<'g>,
    explainer: Explainer<'g>,
}

impl Gate<'_> {
    /// One delivery: a body with what was given beside it, or a captured request with its own headers.
    fn one(&self, id: u64, mut delivery: Delivery) -> Result<Exit, Error> {
        let judge = &self.judge;
        let args = judge.args;
        let is_same = match &args.against {
            Some(path) => {
                let is_same = against::compare(&delivery.body, path, args.json, judge.console)?;
                if judge.secrets.is_empty() {
                    return Ok(exit_of(is_same));
                }
                is_same
            }
            None => true,
        };
        if !delivery.headers.is_empty() {
            judge.refuse_beside()?;
        }
        judge.add_headers(&mut delivery.headers);
        let detection = judge.detected(&delivery);
        judge.add_signature(&detection, &mut delivery.headers)?;
        let report = judge.check(&detection, &delivery);
        let shown = Shown {
            id,
            is_one_of_many: false,
            detection: &detection,
            report: &report,
            delivery: &delivery,
            length: delivery.body.len() as u64,
        };
        let is_valid = self.conclude(&shown, true)?;
        Ok(exit_of(is_same && is_valid))
    }

    /// Says what was found of the only delivery, and why when its body is at hand; says whether it opens
    /// the gate.
    fn conclude(&self, shown: &Shown<'_>, is_at_hand: bool) -> Result<bool, Error> {
        let console = self.judge.console;
        let diagnosis = match is_at_hand {
            true => self.explained(shown),
            false => None,
        };
        let mut text = Vec::new();
        shown.write(&self.judge, diagnosis.as_ref(), &mut text);
        console.print(&text)?;
        if shown.report.verdict == Verdict::Missing && shown.delivery.headers.is_empty() {
            console
                .hint("give --signature or --header with the body, or the whole captured request");
        }
        Ok(shown.report.verdict == Verdict::Valid)
    }
}

fn exit_of(is_valid: bool) -> Exit {
    match is_valid {
        true => Exit::Success,
        false => Exit::Failure,
    }
}
