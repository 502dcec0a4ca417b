//! What the inspector asks of the commands.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::capture::curl;
use crate::commands::shared::explainer::is_explained;
use crate::config::{Settings, other_secrets};
use crate::diagnose::{Diagnosis, DiagnosisInput, Effort};
use crate::inspector::Actions;
use crate::lock::lock;
use crate::webhook::analysis::Analyzer;
use crate::webhook::record::DeliveryRecord;
use crate::webhook::signature::{Secret, SignatureContext};

/// Where the deliveries come from.
#[derive(Clone, Debug, Default)]
pub(in crate::commands) enum Source {
    #[default]
    None,
    /// A listener at this URL, which records them in this file if it is to be kept.
    Listener {
        url: String,
        path: Option<PathBuf>,
    },
    File {
        name: String,
        path: PathBuf,
    },
}

pub(in crate::commands) struct Backend {
    settings: Arc<Settings>,
    secrets: Vec<Secret>,
    context: SignatureContext,
    effort: Option<Effort>,
    source: Source,
    /// The diagnoses that were made, by id: a page asks again and again.
    diagnoses: Mutex<BTreeMap<u64, Option<Diagnosis>>>,
}

impl Backend {
    pub(in crate::commands) fn new(
        settings: Arc<Settings>,
        analyzer: &Analyzer,
        effort: Option<Effort>,
    ) -> Self {
        Self {
            settings,
            secrets: analyzer.secrets.clone(),
            context: analyzer.context.clone(),
            effort,
            source: Source::None,
            diagnoses: Mutex::default(),
        }
    }

    pub(in crate::commands) fn of(self, source: Source) -> Self {
        Self { source, ..self }
    }

    fn providers(&self) -> Vec<Value> {
        let all = self.settings.catalog.providers();
        all.map(|provider| {
            let events = provider.events.iter();
            let events =
                events.map(|event| json!({"event": event.name, "channels": event.channels}));
            json!({
                "name": provider.name,
                "title": provider.title,
                "events": events.collect::<Vec<_>>(),
            })
        })
        .collect()
    }
}

/// A word of a shell's command line.
fn quoted(word: &str) -> String {
    if word.bytes().all(|b| b.is_ascii_alphanumeric() || b"./_-:".contains(&b)) {
        return word.to_owned();
    }
    let mut out = Vec::new();
    curl::quote(word.as_bytes(), &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

impl Actions for Backend {
    fn session(&self) -> Value {
        let (mode, source) = match &self.source {
            Source::Listener { url, .. } => ("listen", url),
            Source::File { name, .. } => ("file", name),
            Source::None => ("file", &String::new()),
        };
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "mode": mode,
            "source": source,
            "profiles": [],
            "endpoints": [],
            "forward_to": null,
            "providers": self.providers(),
            "behaviour": null,
            "redact": true,
        })
    }

    fn diagnose(&self, record: &DeliveryRecord) -> Option<Diagnosis> {
        const MAX_KEPT: usize = 256;
        let found = record.analysis.as_ref()?;
        let effort = self.effort?;
        if self.secrets.is_empty() || !is_explained(found.signature.verdict) {
            return None;
        }
        if let Some(known) = lock(&self.diagnoses).get(&record.id) {
            return known.clone();
        }
        let input = DiagnosisInput {
            delivery: &record.delivery,
            provider: found
                .provider
                .as_deref()
                .and_then(|name| self.settings.catalog.provider(name)),
            catalog: self.settings.catalog,
            secrets: &self.secrets,
            others: &other_secrets(&self.settings),
            context: &self.context,
            effort,
        };
        let diagnosis = Some(input.diagnose()).filter(|diagnosis| !diagnosis.is_empty());
        let mut known = lock(&self.diagnoses);
        if known.len() >= MAX_KEPT {
            known.pop_first();
        }
        known.insert(record.id, diagnosis.clone());
        diagnosis
    }

    fn replay_command(&self, id: u64) -> String {
        let path = match &self.source {
            Source::Listener { path, .. } => path.as_ref(),
            Source::File { path, .. } => Some(path),
            Source::None => None,
        };
        let file = path.map_or_else(|| "RECORDING".into(), |path| path.to_string_lossy());
        format!("cz-hook replay {} --id {id}", quoted(&file))
    }
}
