//! Why a signature does not match, for people and for programs.

mod compared;
mod json;
mod page;

use crate::diagnose::{Diagnosis, Proof};

use super::style::Palette;
use page::Page;

pub use compared::{Compared, not_all_tried};
pub use json::DiagnosisPart;

/// A diagnosis, a block below a verdict; `width` is that of the terminal, in columns.
pub fn block(diagnosis: &Diagnosis, palette: Palette, width: usize) -> String {
    let mut page = Page::new(palette, width);
    match &diagnosis.proof {
        Some(proof) => show_proof(proof, &mut page),
        None => show_clues(diagnosis, &mut page),
    }
    page.into_text()
}

/// The same in one line, for a list of deliveries.
pub fn one_line(diagnosis: &Diagnosis) -> String {
    match &diagnosis.proof {
        Some(proof) => {
            let explanation = &proof.explanation;
            format!(
                "{}: {}",
                explanation.codes().join(" + "),
                explanation.says()
            )
        }
        None if diagnosis.tried == 0 => diagnosis.hints.join(" "),
        None => "no known mistake gives this signature: most likely a different secret".to_owned(),
    }
}

fn show_proof(proof: &Proof, page: &mut Page) {
    let explanation = &proof.explanation;
    page.explanation(explanation);
    if let Some(difference) = &proof.difference {
        page.difference("received", difference);
    }
    page.part("fix", &explanation.fix(), |p, text| p.success(text));
    if let Some(document) = &proof.document {
        page.part("document", document, |_, text| text.to_owned());
    }
    page.also(&proof.same);
}

fn show_clues(diagnosis: &Diagnosis, page: &mut Page) {
    for (i, clue) in diagnosis.hints.iter().enumerate() {
        let label = if i == 0 { "cause" } else { "" };
        let text = match i {
            0 => format!("not found. {clue}"),
            _ => clue.clone(),
        };
        page.part(label, &text, |_, text| text.to_owned());
    }
    if !diagnosis.is_complete && diagnosis.tried > 0 {
        let says = "there was more to try than the time allows; --explain=deep tries it";
        page.part("", says, |p, text| p.dim(text));
    }
}
