//! What became of one piece of a capture, until it is its turn to be printed.

use crate::commands::counts::Counts;
use crate::commands::explain::MOST;
use crate::diagnose::Effort;
use crate::error::Error;
use crate::webhook::provider::detect::Detection;
use crate::webhook::record::DeliveryRecord;
use crate::webhook::signature::verify::SignatureReport;

use super::Gate;
use super::judge::Judge;
use super::shown::Shown;

/// The verdicts on some deliveries.
pub(super) struct Judged<'j, 'g> {
    judge: &'j Judge<'g>,
    /// How often each verdict was given.
    pub counts: Counts,
    parts: Vec<Part>,
    /// What is to be printed behind the parts.
    text: Vec<u8>,
    /// How many deliveries are held to be explained.
    open: u32,
    /// How many more there are that are not.
    skipped: u64,
}

/// What is to be printed of a piece.
enum Part {
    Text(Vec<u8>),
    /// A delivery whose verdict may have to be explained: those that come first are.
    Open(Box<(DeliveryRecord, Detection<'static>, SignatureReport)>),
}

impl<'j, 'g> Judged<'j, 'g> {
    /// Of nothing yet.
    pub fn new(judge: &'j Judge<'g>) -> Self {
        Self {
            judge,
            counts: Counts::default(),
            parts: Vec::new(),
            text: Vec::new(),
            open: 0,
            skipped: 0,
        }
    }

    /// Judges one more.
    pub fn add(&mut self, captured: DeliveryRecord) {
        let judge = self.judge;
        let detection = judge.detected(&captured.delivery);
        let report = judge.check(&detection, &captured.delivery);
        self.counts.add(report.verdict, 1);
        let is_explained = judge.is_explained(&report);
        let is_deep = judge.args.explain.effort() == Some(Effort::Deep);
        // Bodies may be large: no more are held than are explained.
        if is_explained && (is_deep || self.open < MOST) {
            self.open += 1;
            self.parts.push(Part::Text(std::mem::take(&mut self.text)));
            let open = Box::new((captured, detection, report));
            self.parts.push(Part::Open(open));
        } else {
            self.skipped += u64::from(is_explained);
            shown(&captured, &detection, &report).write(judge, None, &mut self.text);
        }
    }

    /// Prints it, and why where that is to be said.
    pub fn print(self, gate: &Gate<'_>) -> Result<(), Error> {
        let console = gate.judge.console;
        gate.explainer.skip(self.skipped);
        for part in self.parts {
            match part {
                Part::Text(text) => console.print(&text)?,
                Part::Open(open) => {
                    let (captured, detection, report) = &*open;
                    let shown = shown(captured, detection, report);
                    let mut text = Vec::new();
                    shown.write(&gate.judge, gate.explained(&shown).as_ref(), &mut text);
                    console.print(&text)?;
                }
            }
        }
        console.print(&self.text)
    }
}

fn shown<'s>(
    captured: &'s DeliveryRecord,
    detection: &'s Detection<'static>,
    report: &'s SignatureReport,
) -> Shown<'s> {
    Shown {
        id: captured.id,
        is_one_of_many: true,
        detection,
        report,
        delivery: &captured.delivery,
        length: captured.delivery.body.len() as u64,
    }
}
