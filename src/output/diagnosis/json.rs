//! A diagnosis for programs.

use serde::Serialize;

use crate::diagnose::{Diagnosis, Explanation};

/// A diagnosis in JSON output.
#[derive(Debug, Serialize)]
pub struct DiagnosisPart {
    found: bool,
    causes: Vec<&'static str>,
    formula: Option<String>,
    explanation: String,
    fix: Option<String>,
    document: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    same: Vec<SamePart>,
    difference: Option<DifferencePart>,
    tried: u64,
    complete: bool,
}

#[derive(Debug, Serialize)]
struct SamePart {
    causes: Vec<&'static str>,
    formula: String,
}

#[derive(Debug, Serialize)]
struct DifferencePart {
    offset: usize,
    received_bytes: usize,
    hashed_bytes: usize,
}

impl From<&Diagnosis> for DiagnosisPart {
    fn from(diagnosis: &Diagnosis) -> Self {
        let proof = diagnosis.proof.as_ref();
        let explanation = proof.map(|proof| &proof.explanation);
        Self {
            found: proof.is_some(),
            causes: explanation.map(Explanation::codes).unwrap_or_default(),
            formula: explanation.map(|e| e.formula.clone()),
            explanation: explanation.map_or_else(|| diagnosis.hints.join(" "), Explanation::says),
            fix: explanation.map(Explanation::fix),
            document: proof.and_then(|proof| proof.document.clone()),
            same: proof.map_or_else(Vec::new, |proof| {
                proof
                    .same
                    .iter()
                    .map(|one| SamePart {
                        causes: one.codes(),
                        formula: one.formula.clone(),
                    })
                    .collect()
            }),
            difference: proof
                .and_then(|proof| proof.difference.as_ref())
                .map(|difference| DifferencePart {
                    offset: difference.offset,
                    received_bytes: difference.received_length,
                    hashed_bytes: difference.hashed_length,
                }),
            tried: diagnosis.tried,
            complete: diagnosis.is_complete,
        }
    }
}
