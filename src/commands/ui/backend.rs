//! What the inspector asks of the commands.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::commands::retry;
use crate::commands::shared::explainer::is_explained;
use crate::commands::shared::quoting::quoted;
use crate::commands::shared::redaction::Redaction;
use crate::commands::shared::sample::samples;
use crate::commands::shared::signing::ContextOptions;
use crate::config::{Settings, other_secrets};
use crate::diagnose::{Diagnosis, DiagnosisInput, Effort};
use crate::http::Endpoint;
use crate::inspector::{
    Actions, Exporter, Failure, ReplayRequest, SendRequest, TestRequest, ValidateRequest,
};
use crate::lock::lock;
use crate::output::console::Console;
use crate::output::delivery_page;
use crate::server::{Behaviour, Faults, FixedResponse, Rejections};
use crate::webhook::analysis::Analyzer;
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::payload::json::parse_body;
use crate::webhook::payload::stringify::stringify;
use crate::webhook::payload::validate::Finding;
use crate::webhook::provider::Provider;
use crate::webhook::record::{DeliveryRecord, Rejected};
use crate::webhook::signature::{Secret, SignatureContext};

use super::endpoints::Endpoints;
use super::exporting::{self, Export};

/// What the page calls the secret and the settings that this run was started with.
pub(super) const THIS_RUN: &str = "(this run)";

/// Where the deliveries come from.
#[derive(Clone, Debug)]
pub(in crate::commands) enum Source {
    /// A listener, which records them in this file if it is to be kept.
    Listener {
        url: String,
        path: Option<PathBuf>,
        behaviour: Behaviour,
        rejections: Rejections,
    },
    File {
        name: String,
        path: PathBuf,
    },
}

/// What the command line says.
#[derive(Clone, Debug)]
pub(in crate::commands) struct BackendOptions {
    pub secrets: Vec<Secret>,
    pub provider: Option<&'static Provider>,
    pub context: ContextOptions,
    pub effort: Option<Effort>,
    /// The endpoints that it names.
    pub endpoints: Vec<String>,
    /// Where deliveries are forwarded to.
    pub forward_to: Vec<String>,
    /// Whether certificates are not checked.
    pub insecure: bool,
}

pub(in crate::commands) struct Backend {
    pub(super) settings: Arc<Settings>,
    pub(super) console: Console,
    pub(super) secrets: Vec<Secret>,
    pub(super) context_options: ContextOptions,
    pub(super) endpoints: Endpoints,
    pub(super) insecure: bool,
    provider: Option<&'static Provider>,
    context: SignatureContext,
    effort: Option<Effort>,
    forward_to: Vec<String>,
    source: Source,
    /// The diagnoses that were made, by id: a page asks again and again.
    diagnoses: Mutex<BTreeMap<u64, Option<Diagnosis>>>,
}

impl Backend {
    pub(in crate::commands) fn new(
        settings: Arc<Settings>,
        options: BackendOptions,
        source: Source,
        console: Console,
    ) -> Self {
        let mut endpoints = options.endpoints.clone();
        endpoints.extend(options.forward_to.iter().cloned());
        endpoints.extend(settings.profiles().into_iter().flat_map(|profile| profile.endpoints));
        if let Source::Listener { url, .. } = &source {
            endpoints.push(url.clone());
        }
        Self {
            context: options.context.context(&settings),
            endpoints: Endpoints::new(endpoints, console.clone()),
            settings,
            console,
            secrets: options.secrets,
            context_options: options.context,
            insecure: options.insecure,
            provider: options.provider,
            effort: options.effort,
            forward_to: options.forward_to,
            source,
            diagnoses: Mutex::default(),
        }
    }

    fn profiles(&self) -> Vec<Value> {
        let this_run = json!({
            "name": THIS_RUN,
            "has_secret": !self.secrets.is_empty(),
            "provider": self.provider.map(|provider| provider.name.as_str()),
        });
        let named = self.settings.profiles().into_iter().map(|profile| {
            json!({
                "name": profile.name,
                "has_secret": profile.has_secret,
                "provider": profile.provider,
            })
        });
        std::iter::once(this_run).chain(named).collect()
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

    /// Replaces what is private in what leaves this machine.
    fn redaction(&self) -> Result<Redaction<'_>, Failure> {
        Ok(Redaction::new(
            &exporting::rules(),
            &self.settings,
            self.secrets.clone(),
            self.provider,
            &self.context_options,
            self.effort,
        )?)
    }

    /// Searches for the cause of a signature that is not valid under these secrets.
    fn search(
        &self,
        record: &DeliveryRecord,
        secrets: &[Secret],
        others: &[Secret],
    ) -> Option<Diagnosis> {
        let found = record.analysis.as_ref()?;
        let effort = self.effort?;
        if secrets.is_empty() || !is_explained(found.signature.verdict) {
            return None;
        }
        let provider = found.provider.as_deref();
        let input = DiagnosisInput {
            delivery: &record.delivery,
            provider: provider.and_then(|name| self.settings.catalog.provider(name)),
            catalog: self.settings.catalog,
            secrets,
            others,
            context: &self.context,
            effort,
        };
        Some(input.diagnose()).filter(|diagnosis| !diagnosis.is_empty())
    }

    pub(super) fn replay_command_of(&self, id: u64) -> String {
        let path = match &self.source {
            Source::Listener { path, .. } => path.as_ref(),
            Source::File { path, .. } => Some(path),
        };
        // The deliveries of this run are in no file that stays.
        let file = path.map_or_else(|| "RECORDING".into(), |path| path.to_string_lossy());
        format!("cz-hook replay {} --id {id}", quoted(&file))
    }

    /// What is wrong with a delivery's body.
    pub(super) fn violations_of(&self, provider: &'static Provider, delivery: &Delivery) -> Value {
        let analyzer = Analyzer {
            catalog: self.settings.catalog,
            provider: Some(provider),
            secrets: Vec::new(),
            allow_unsigned: false,
            context: SignatureContext::default(),
        };
        let found = analyzer.analyze(delivery, Timestamp::now());
        let place = |one: &Finding| json!({"pointer": one.path, "message": one.message});
        json!(found.validation.errors.iter().map(place).collect::<Vec<_>>())
    }
}

impl Actions for Backend {
    fn session(&self) -> Value {
        let (mode, source) = match &self.source {
            Source::Listener { url, .. } => ("listen", url),
            Source::File { name, .. } => ("file", name),
        };
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "mode": mode,
            "source": source,
            "profiles": self.profiles(),
            "endpoints": self.endpoints.urls(),
            "forward_to": self.forward_to.first().map(|url| Endpoint::shown(url)),
            "providers": self.providers(),
            "behaviour": self.behaviour(),
            "exports": exporting::FORMATS,
            "redact": true,
        })
    }

    fn diagnose(&self, record: &DeliveryRecord) -> Option<Diagnosis> {
        const MAX_KEPT: usize = 256;
        if let Some(known) = lock(&self.diagnoses).get(&record.id) {
            return known.clone();
        }
        let diagnosis = self.search(record, &self.secrets, &other_secrets(&self.settings));
        let mut known = lock(&self.diagnoses);
        if known.len() >= MAX_KEPT {
            known.pop_first();
        }
        known.insert(record.id, diagnosis.clone());
        diagnosis
    }

    fn replay_command(&self, id: u64) -> String {
        self.replay_command_of(id)
    }

    fn schedule(&self, record: &DeliveryRecord) -> Option<Value> {
        let name = record.analysis.as_ref()?.provider.as_deref()?;
        let provider = self.settings.catalog.provider(name)?;
        provider.retry?;
        let attempts = (1_u32..).zip(retry::documented_offsets(provider));
        // Documents name the kind of backoff and its limit; when each attempt comes follows from assumed delays.
        let schedule: Vec<_> = attempts
            .map(|(attempt, after)| {
                let after_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
                json!({"attempt": attempt, "after_ms": after_ms, "documented": attempt == 1})
            })
            .collect();
        Some(json!({"schedule": schedule, "source": provider.document}))
    }

    fn samples(&self, provider: &str) -> Result<Value, Failure> {
        let provider = self.settings.producing(Some(provider))?;
        let found = samples(&self.settings, provider, None)?;
        let catalog = self.settings.catalog;
        let all = found.iter().map(|sample| {
            // As it is sent: in one line.
            let body = match parse_body(sample.body) {
                Ok(json) if !provider.envelope.form => stringify(&json),
                _ => String::from_utf8_lossy(sample.body).into_owned(),
            };
            let schema = sample.documented.map(|event| catalog.schema(provider, event));
            let schema = schema.and_then(|text| serde_json::from_slice::<Value>(&text).ok());
            json!({
                "event": sample.event,
                "channel": sample.channel,
                "name": sample.name,
                "body": body,
                "schema": schema,
            })
        });
        Ok(json!(all.collect::<Vec<_>>()))
    }

    fn exporter(&self, format: &str, redact: bool) -> Result<Box<dyn Exporter + '_>, Failure> {
        let redaction = redact.then(|| self.redaction()).transpose()?;
        Ok(Box::new(Export::new(format, redaction)?))
    }

    fn page(&self, record: &DeliveryRecord, redact: bool) -> Result<Vec<u8>, Failure> {
        if !redact {
            let diagnosis = self.diagnose(record);
            return Ok(delivery_page::page(record, diagnosis.as_ref()).into_bytes());
        }
        let mut redaction = self.redaction()?;
        let redacted = redaction.redact(record);
        let diagnosis = self.search(&redacted, &redaction.throwaways(), &[]);
        Ok(delivery_page::page(&redacted, diagnosis.as_ref()).into_bytes())
    }

    fn replay(&self, record: DeliveryRecord, request: ReplayRequest) -> Result<Value, Failure> {
        self.replay_now(&record, &request)
    }

    fn send(&self, request: SendRequest) -> Result<Value, Failure> {
        self.send_now(request)
    }

    fn validate(&self, request: ValidateRequest) -> Result<Value, Failure> {
        let provider = self.settings.producing(Some(&request.provider))?;
        let mut delivery = Delivery::post("/", request.body.into_bytes().into());
        if let Some(event) = &request.event
            && let Some(spec) = provider.event(event)
        {
            // Some providers name the event in a header.
            let headers: Headers = spec
                .headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_bytes()))
                .collect();
            delivery.headers.replace_all(&headers);
        }
        Ok(json!({"violations": self.violations_of(provider, &delivery)}))
    }

    fn test(
        &self,
        request: TestRequest,
        write: &(dyn Fn(Vec<u8>) -> bool + Sync),
    ) -> Result<(), Failure> {
        self.test_now(request, write)
    }

    fn behaviour(&self) -> Option<Value> {
        let Source::Listener { behaviour, .. } = &self.source else {
            return None;
        };
        let faults = behaviour.faults();
        let respond = faults.respond.as_ref();
        Some(json!({
            "status": respond.map(|respond| respond.status),
            "body": respond.map(|respond| String::from_utf8_lossy(&respond.body)),
            "delay_ms": u64::try_from(faults.delay.as_millis()).unwrap_or(u64::MAX),
            "drop_first": faults.drop_first,
            "fail_first": faults.fail_first,
            "fail_rate": faults.fail_rate,
        }))
    }

    fn set_behaviour(&self, request: Value) -> Result<Value, Failure> {
        let Source::Listener { behaviour, .. } = &self.source else {
            return Err(Failure::new(
                StatusCode::CONFLICT,
                "no listener runs here",
                "`cz-hook listen --ui` shows a running one",
            ));
        };
        let faults = changed(behaviour.faults(), &request)?;
        behaviour.set(faults);
        Ok(self.behaviour().unwrap_or_default())
    }

    fn rejected(&self, after: u64) -> (Vec<(u64, Rejected)>, u64) {
        match &self.source {
            Source::Listener { rejections, .. } => rejections.after(after),
            Source::File { .. } => (Vec::new(), 0),
        }
    }
}

/// The faults with what a request changes of them; what it does not name stays.
fn changed(faults: Faults, request: &Value) -> Result<Faults, Failure> {
    const MAX_DELAY_MS: u64 = 3_600_000;
    const MAX_BODY: usize = 64 << 10;
    let wrong = |key: &str, expected: &str| {
        Failure::bad_request(format!("`{key}` cannot be set to this"), expected.to_owned())
    };
    let Some(members) = request.as_object() else {
        return Err(wrong("behaviour", "an object with respond, fail_first, delay_ms and others"));
    };
    let mut faults = faults;
    for (key, value) in members {
        match key.as_str() {
            "respond" if value.is_null() => faults.respond = None,
            "respond" => {
                let status = value.get("status").and_then(Value::as_u64);
                let status = status.and_then(|status| u16::try_from(status).ok());
                let body = value.get("body").and_then(Value::as_str).unwrap_or_default();
                let status = status.filter(|status| (200..=599).contains(status));
                let Some(status) = status.filter(|_| body.len() <= MAX_BODY) else {
                    return Err(wrong(key, "a status from 200 to 599, and a body up to 64 KiB"));
                };
                faults.respond =
                    Some(FixedResponse { status, body: Bytes::copy_from_slice(body.as_bytes()) });
            }
            "drop_first" | "fail_first" => {
                let count = value.as_u64().ok_or_else(|| wrong(key, "a number from 0"))?;
                match key.as_str() {
                    "drop_first" => faults.drop_first = count,
                    _ => faults.fail_first = count,
                }
            }
            "fail_rate" => {
                let share = value.as_f64().filter(|share| (0.0..=1.0).contains(share));
                faults.fail_rate = share.ok_or_else(|| wrong(key, "a share from 0 to 1"))?;
            }
            "delay_ms" => {
                let delay = value.as_u64().filter(|delay| *delay <= MAX_DELAY_MS);
                let delay = delay.ok_or_else(|| wrong(key, "milliseconds, at most an hour"))?;
                faults.delay = Duration::from_millis(delay);
            }
            _ => return Err(wrong(key, "respond, drop_first, fail_first, fail_rate, delay_ms")),
        }
    }
    Ok(faults)
}
