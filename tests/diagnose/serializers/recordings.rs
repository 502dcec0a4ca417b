//! Recorded output of runtimes that few machines have, under `recorded`: for each document the printed texts (`null` if
//! rejected), each with the formulas that print it.

use crate::support::root;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ask::Answer;

#[derive(Serialize, Deserialize)]
pub struct Recorded {
    pub runtime: String,
    pub formulas: Vec<String>,
    pub answers: Vec<Vec<(Option<String>, Vec<usize>)>>,
}

impl Recorded {
    pub fn of(runtime: String, formulas: &[String], answers: &[Vec<Answer>]) -> Self {
        let here: Vec<usize> = (0..formulas.len())
            .filter(|i| answers.iter().all(|line| line[*i] != Answer::Elsewhere))
            .collect();
        let line = |line: &Vec<Answer>| {
            let mut texts: Vec<(Option<String>, Vec<usize>)> = Vec::new();
            for (place, i) in here.iter().enumerate() {
                let text = match &line[*i] {
                    Answer::Printed(bytes) => Some(kept(bytes)),
                    _ => None,
                };
                match texts.iter_mut().find(|(other, _)| *other == text) {
                    Some((_, places)) => places.push(place),
                    None => texts.push((text, vec![place])),
                }
            }
            texts
        };
        Self {
            runtime,
            formulas: here.iter().map(|i| formulas[*i].clone()).collect(),
            answers: answers.iter().map(line).collect(),
        }
    }

    /// One line a document.
    pub fn write(&self, name: &str) {
        let lines: Vec<_> =
            self.answers.iter().map(|line| serde_json::to_string(line).unwrap()).collect();
        let text = format!(
            "{{\"runtime\":{},\n\"formulas\":{},\n\"answers\":[\n{}\n]}}\n",
            serde_json::to_string(&self.runtime).unwrap(),
            serde_json::to_string_pretty(&self.formulas).unwrap(),
            lines.join(",\n")
        );
        std::fs::write(folder().join(format!("recorded/{name}.json")), text).unwrap();
    }

    /// Its output for a document and one of its formulas.
    pub fn text(&self, document: usize, formula: usize) -> Option<&str> {
        let of_document = &self.answers[document];
        let found = of_document.iter().find(|(_, places)| places.contains(&formula));
        found.expect("an answer").0.as_deref()
    }

    /// All recordings, with the names of their files.
    pub fn all() -> Vec<(String, Self)> {
        let files = std::fs::read_dir(folder().join("recorded")).unwrap();
        files
            .map(|file| {
                let path = file.unwrap().path();
                let text = std::fs::read_to_string(&path).unwrap();
                let name = path.file_stem().unwrap().to_string_lossy().into_owned();
                let recorded = serde_json::from_str(&text);
                (name, recorded.unwrap_or_else(|why| panic!("{}: {why}", path.display())))
            })
            .collect()
    }
}

/// The recorded form of a printed text: the text, or the digest of a long one.
pub fn kept(bytes: &[u8]) -> String {
    if bytes.len() > 4000 {
        let digest = Sha256::digest(bytes);
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        return format!("sha256:{hex}");
    }
    String::from_utf8(bytes.to_vec()).expect("they print UTF-8")
}

/// The documents of all recordings.
pub fn documents() -> Vec<String> {
    let text = std::fs::read_to_string(folder().join("documents.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

pub fn folder() -> PathBuf {
    root().join("tests/diagnose/serializers")
}
