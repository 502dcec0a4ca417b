//! Redaction of captured deliveries: private values are replaced, and every signature is made again with a throw-away
//! secret, so that a genuine one stays genuine and a wrong one stays wrong in the same way.

use std::ops::Range;

use jiff::Timestamp;

use crate::capture::curl::quote;
use crate::config::{Settings, other_secrets};
use crate::diagnose::{DiagnosisInput, Effort};
use crate::error::Error;
use crate::escape::is_dangerous;
use crate::output::console::Console;
use crate::webhook::analysis::Analyzer;
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::payload::json::{BOM, parse_body};
use crate::webhook::payload::set::Assignment;
use crate::webhook::privacy::{Redactor, Report, Rules, is_signature_name};
use crate::webhook::provider::{EventSource, Provider};
use crate::webhook::record::{DeliveryRecord, RecordedAnalysis};
use crate::webhook::signature::scheme::{Algorithm, Location, Scheme};
use crate::webhook::signature::sign::{expected, expected_bytes};
use crate::webhook::signature::verify::{Verdict, check};
use crate::webhook::signature::{Secret, SignatureContext};

use super::explainer::{MAX_EXPLAINED, is_explained};
use super::random_key;
use super::signing::ContextOptions;

/// The most remarks that are printed.
const MAX_TOLD: usize = 20;

/// What the user says about redaction.
#[derive(Clone, Debug, Default)]
pub struct RedactOptions {
    /// Pointers to values of which everything is replaced.
    pub redact: Vec<String>,
    /// Pointers and headers that stay.
    pub keep: Vec<String>,
}

impl RedactOptions {
    /// What is replaced in addition, and what stays.
    pub(crate) fn rules(&self) -> Rules {
        let keep = self.keep.iter().cloned();
        let (keep, headers): (Vec<_>, Vec<_>) = keep.partition(|one| one.starts_with('/'));
        Rules {
            redact: self.redact.clone(),
            keep,
            headers: headers.iter().map(|name| name.to_ascii_lowercase()).collect(),
            ..Rules::default()
        }
    }
}

/// Replaces what is private in the deliveries of one capture.
pub(crate) struct Redaction<'s> {
    settings: &'s Settings,
    redactor: Redactor,
    analyzer: Analyzer,
    effort: Option<Effort>,
    others: Vec<Secret>,
    /// The user's secrets, and what stands for each.
    pairs: Vec<(Secret, Secret)>,
    /// Secrets that were made for schemes, and the providers and schemes that they are for.
    made: Vec<(String, Secret)>,
    /// What the user must know to verify the result.
    used: Vec<(String, Secret)>,
    explained: u32,
    total: Report,
    deliveries: u64,
    is_same: bool,
}

/// A signature that is written into a header.
struct Edit {
    /// The header, by its place among all.
    header: usize,
    place: Range<usize>,
    text: String,
}

impl<'s> Redaction<'s> {
    pub(crate) fn new(
        options: &RedactOptions,
        settings: &'s Settings,
        secrets: Vec<Secret>,
        provider: Option<&'static Provider>,
        context: &ContextOptions,
        effort: Option<Effort>,
    ) -> Result<Self, Error> {
        let others = match secrets.is_empty() {
            true => Vec::new(),
            false => other_secrets(settings),
        };
        let secrets_to_hide = secrets.iter().chain(&others).cloned().collect();
        let rules = Rules { secrets: secrets_to_hide, ..options.rules() };
        let redactor = Redactor::new(&random_key()?, rules);
        let pairs = secrets.iter().map(|one| (one.clone(), redactor.secret_like(one))).collect();
        let analyzer = Analyzer {
            catalog: settings.catalog,
            provider,
            secrets,
            allow_unsigned: false,
            context: context.context(settings),
        };
        Ok(Self {
            settings,
            redactor,
            analyzer,
            effort,
            others,
            pairs,
            made: Vec::new(),
            used: Vec::new(),
            explained: 0,
            total: Report::default(),
            deliveries: 0,
            is_same: true,
        })
    }

    /// The delivery without what is private.
    pub(crate) fn redact(&mut self, record: &DeliveryRecord) -> DeliveryRecord {
        let delivery = &record.delivery;
        let moment = delivery.received_at.unwrap_or_else(Timestamp::now);
        let found = self.analyzer.identify(delivery, moment);
        let provider = found.provider;
        self.redactor.set_events(provider.map(event_pointers).unwrap_or_default());
        let names = signature_headers(self.settings, provider);
        let event_header = provider.and_then(|provider| match &provider.envelope.event {
            EventSource::Header { header, .. } => Some(header.as_str()),
            _ => None,
        });
        // With the signatures as received.
        let mut replaced = self.redactor.delivery(delivery, &names);
        if let Some(value) = event_header.and_then(|name| delivery.headers.get(name)) {
            replaced.headers.set_value(event_header.unwrap_or_default(), value);
        }
        let mut redacted = replaced.clone();
        redacted.headers = self.without_signatures(&replaced.headers, &names, provider);
        let recorded = record.verdict();
        let edits = self.genuine(provider, delivery, &mut redacted, recorded, moment);
        let edits = match edits.is_empty() && !self.pairs.is_empty() {
            true => self.wrong(provider, delivery, &replaced, found.signature.verdict),
            false => edits,
        };
        redacted.headers = edited(&redacted.headers, edits);
        let analyzer = Analyzer {
            secrets: self.throwaways(),
            context: self.analyzer.context.clone(),
            ..self.analyzer
        };
        if !self.pairs.is_empty() {
            self.compare(delivery, &redacted, &analyzer, moment);
        }
        self.add_report(record.id);
        let analysis = record
            .analysis
            .as_ref()
            .map(|_| RecordedAnalysis::from(analyzer.analyze(&redacted, moment)));
        DeliveryRecord { delivery: redacted, analysis, forwarded: None, ..record.clone() }
    }

    /// The secrets that verify the redacted deliveries.
    pub(crate) fn throwaways(&self) -> Vec<Secret> {
        let pairs = self.pairs.iter().map(|(_, other)| other);
        pairs.chain(self.made.iter().map(|(_, secret)| secret)).cloned().collect()
    }

    /// Whether every diagnosis is that of the delivery as it was.
    pub(crate) fn is_same(&self) -> bool {
        self.is_same
    }

    /// Headers whose signatures are replaced by others that mean nothing.
    fn without_signatures(
        &self,
        headers: &Headers,
        names: &[String],
        provider: Option<&Provider>,
    ) -> Headers {
        let replaced = headers.iter().map(|(name, value)| {
            let is_one =
                is_signature_name(name) || names.iter().any(|own| own.eq_ignore_ascii_case(name));
            let is_own_token = provider.into_iter().flat_map(|own| &own.signatures).any(|scheme| {
                scheme.algorithm == Algorithm::Token
                    && scheme.header().is_some_and(|own| own.eq_ignore_ascii_case(name))
            });
            let lower = name.to_ascii_lowercase();
            let is_token = is_own_token || lower.contains("token") || lower == "authorization";
            let value = match is_one {
                true => self.redactor.signature_header(name, value, is_token),
                false => value.to_vec(),
            };
            (name.to_owned(), value)
        });
        replaced.collect()
    }

    /// The signatures that are genuine, made again.
    fn genuine(
        &mut self,
        provider: Option<&'static Provider>,
        delivery: &Delivery,
        redacted: &mut Delivery,
        recorded: Option<Verdict>,
        moment: Timestamp,
    ) -> Vec<Edit> {
        let Some(provider) = provider else {
            return Vec::new();
        };
        let context = self.analyzer.context.clone();
        let mut edits = Vec::new();
        for scheme in &provider.signatures {
            if !scheme.is_in(delivery) {
                continue;
            }
            let holds = |secrets: &[Secret]| {
                let context = SignatureContext { required: None, ..context.clone() };
                let schemes = std::slice::from_ref(scheme);
                let report = check(schemes, delivery, secrets, &context, moment);
                matches!(report.verdict, Verdict::Valid | Verdict::Stale)
            };
            let is_one = |(secret, _): &&(Secret, Secret)| holds(std::slice::from_ref(secret));
            let matching = self.pairs.iter().find(is_one).cloned();
            if matching.is_none() && !self.pairs.is_empty() {
                continue;
            }
            if matches!(recorded, Some(Verdict::Invalid | Verdict::Malformed)) && matching.is_none()
            {
                self.redactor
                    .unsure("the signature was recorded as wrong: pass --secret to keep its cause");
                continue;
            }
            let used = match (&matching, scheme.algorithm.has_public_key()) {
                (Some((_, other)), false) => Some(other.clone()),
                _ => self.made_for(provider, scheme, delivery),
            };
            let Some(secret) = used else {
                let algorithm = scheme.algorithm;
                self.redactor
                    .unsure(&format!("the signature cannot be made again: it is {algorithm}"));
                continue;
            };
            let known = matching.as_ref().map(|(secret, _)| secret);
            match sign(scheme, known, &secret, delivery, redacted, &context) {
                Ok(edit) => {
                    let origin = match &matching {
                        Some((own, _)) if !scheme.algorithm.has_public_key() => {
                            format!("the secret from {}", own.origin())
                        }
                        _ => format!("the secret of {}", provider.name),
                    };
                    if matching.is_none()
                        && !matches!(recorded, Some(Verdict::Valid | Verdict::Stale))
                    {
                        self.redactor.unsure(
                            "it is unknown whether the signature was genuine, but its replacement is: pass --secret to check it",
                        );
                    }
                    self.state(origin, secret);
                    edits.extend(edit);
                }
                Err(why) => {
                    self.redactor.unsure(&format!("the signature was not made again: {why}"))
                }
            }
        }
        edits
    }

    /// The signature that is wrong in the same way.
    fn wrong(
        &mut self,
        provider: Option<&'static Provider>,
        delivery: &Delivery,
        replaced: &Delivery,
        verdict: Verdict,
    ) -> Vec<Edit> {
        let Some(effort) = self.effort.filter(|_| is_explained(verdict)) else {
            return Vec::new();
        };
        self.explained += 1;
        if self.explained > MAX_EXPLAINED && effort == Effort::Brief {
            self.redactor.unsure(
                "the signature is wrong, and its cause was not searched for: --explain=deep searches for all causes",
            );
            return Vec::new();
        }
        let others: Vec<_> = self.others.iter().map(|one| self.redactor.secret_like(one)).collect();
        let likes: Vec<_> = self.pairs.iter().map(|(_, other)| other.clone()).collect();
        let input = DiagnosisInput {
            delivery,
            provider,
            catalog: self.settings.catalog,
            secrets: &self.analyzer.secrets,
            others: &self.others,
            context: &self.analyzer.context,
            effort,
        };
        let other =
            DiagnosisInput { delivery: replaced, secrets: &likes, others: &others, ..input };
        let Some(found) = input.transfer(&other) else {
            let is_missing = verdict == Verdict::Missing;
            if !is_missing {
                self.redactor.unsure(
                    "the signature is wrong in an unknown way: another wrong one replaces it",
                );
            }
            return Vec::new();
        };
        for (own, other) in self.pairs.clone() {
            self.state(format!("the secret from {}", own.origin()), other);
        }
        if found.other_secret {
            for other in others {
                self.state(format!("the secret from {}", other.origin()), other);
            }
        }
        vec![Edit { header: found.header, place: found.place, text: found.text }]
    }

    /// The secret that was made for a scheme, or one that is made now.
    fn made_for(
        &mut self,
        provider: &Provider,
        scheme: &Scheme,
        delivery: &Delivery,
    ) -> Option<Secret> {
        let name = match &scheme.name {
            Some(name) => format!("{} {name}", provider.name),
            None => provider.name.clone(),
        };
        if let Some((_, known)) = self.made.iter().find(|(known, _)| *known == name) {
            return Some(known.clone());
        }
        let secret = match scheme.algorithm {
            Algorithm::Token => {
                let context = &self.analyzer.context;
                let request =
                    crate::webhook::signature::request::SignedRequest::new(delivery, context);
                let value = scheme.value(&request)?;
                let token = scheme.read(&value).ok()?.into_iter().next()?;
                self.redactor.secret_like(&Secret::new(token, provider.name.as_str()))
            }
            _ => self.redactor.secret_for(scheme)?,
        };
        self.made.push((name, secret.clone()));
        Some(secret)
    }

    fn state(&mut self, what: String, secret: Secret) {
        if !self
            .used
            .iter()
            .any(|(known, other)| *known == what && other.expose() == secret.expose())
        {
            self.used.push((what, secret));
        }
    }

    /// Compares verdict and diagnosis before and after.
    fn compare(
        &mut self,
        before: &Delivery,
        after: &Delivery,
        analyzer: &Analyzer,
        moment: Timestamp,
    ) {
        let others: Vec<_> = self.others.iter().map(|one| self.redactor.secret_like(one)).collect();
        let (old, new) = (self.analyzer.identify(before, moment), analyzer.identify(after, moment));
        let names = |provider: Option<&Provider>| provider.map(|provider| provider.name.clone());
        let (old_name, new_name) = (names(old.provider), names(new.provider));
        if old_name != new_name {
            self.differs("the provider that is detected");
        } else if old.signature.verdict != new.signature.verdict {
            self.differs("the verdict");
        } else if is_explained(old.signature.verdict)
            && let Some(effort) = self
                .effort
                .filter(|effort| *effort == Effort::Deep || self.explained <= MAX_EXPLAINED)
        {
            let codes = |delivery, provider, secrets: &[Secret], others: &[Secret]| {
                let (catalog, context) = (self.settings.catalog, &analyzer.context);
                let input = DiagnosisInput {
                    delivery,
                    provider,
                    catalog,
                    secrets,
                    others,
                    context,
                    effort,
                };
                let diagnosis = input.diagnose();
                let evidence = diagnosis.evidence.iter().map(|cause| cause.code);
                let causes = diagnosis.proof.map(|proof| proof.explanation.codes());
                causes.into_iter().flatten().chain(evidence).collect::<Vec<_>>()
            };
            let old = codes(before, old.provider, &self.analyzer.secrets, &self.others);
            let new = codes(after, new.provider, &analyzer.secrets, &others);
            if old != new {
                self.differs("the cause that is found");
            }
        }
    }

    fn differs(&mut self, what: &str) {
        self.is_same = false;
        self.redactor.unsure(&format!("{what} is not the same after redaction"));
    }

    fn add_report(&mut self, id: u64) {
        self.deliveries += 1;
        let report = self.redactor.take_report();
        for (kind, count) in report.counts {
            *self.total.counts.entry(kind).or_default() += count;
        }
        self.total.more += report.more;
        for remark in report.remarks {
            match self.total.remarks.len() < MAX_TOLD {
                true => self.total.remarks.push(format!("delivery {id}: {remark}")),
                false => self.total.more += 1,
            }
        }
    }

    /// Says what was done.
    pub(crate) fn tell(&self, console: &Console) {
        let counts = self.total.counts.iter().map(|(kind, count)| {
            let (one, several) = kind.names();
            format!("{count} {}", if *count == 1 { one } else { several })
        });
        let counts: Vec<_> = counts.collect();
        let deliveries = match self.deliveries {
            1 => "1 delivery".to_owned(),
            many => format!("{many} deliveries"),
        };
        console.note(&match counts.is_empty() {
            true => format!("nothing was replaced in {deliveries}"),
            false => format!("replaced in {deliveries}: {}", counts.join(", ")),
        });
        for (what, secret) in &self.used {
            let text = quoted(secret.expose());
            console.note(&format!("signed with a throw-away secret in place of {what}: {text}"));
        }
        for remark in &self.total.remarks {
            console.security_note(&format!("not judged: {remark}"));
        }
        if self.total.more > 0 {
            console.security_note(&format!("not judged: {} more", self.total.more));
        }
        console.hint(
            "read the result before you share it: redaction cannot know everything that is private",
        );
    }
}

/// Pointers to what names the event and the channel, and to what every body of the provider has.
pub(crate) fn event_pointers(provider: &Provider) -> Vec<String> {
    let envelope = &provider.envelope;
    let mut all: Vec<String> = match &envelope.event {
        EventSource::Form(field) => vec![format!("/{field}")],
        other => other.pointers().map(str::to_owned).collect(),
    };
    all.extend(envelope.channel.clone());
    all.extend(envelope.values.keys().cloned());
    all
}

/// The names of headers that may hold a signature of a known provider.
fn signature_headers(settings: &Settings, provider: Option<&Provider>) -> Vec<String> {
    let own = provider.into_iter().flat_map(|provider| &provider.signatures);
    let own = own.filter_map(Scheme::header).map(str::to_owned);
    settings.catalog.signature_headers().map(str::to_owned).chain(own).collect()
}

/// A genuine signature for a redacted delivery: an edit of a header, or a field of the body that is set.
fn sign(
    scheme: &Scheme,
    known: Option<&Secret>,
    secret: &Secret,
    delivery: &Delivery,
    redacted: &mut Delivery,
    context: &SignatureContext,
) -> Result<Option<Edit>, String> {
    let header = match &scheme.location {
        Location::Header(name) => name,
        Location::Body(pointer) => {
            let value =
                expected(scheme, secret, redacted, context).map_err(|why| why.to_string())?;
            set_field(redacted, pointer, &value)?;
            return Ok(None);
        }
    };
    let made = expected_bytes(scheme, secret, redacted, context).map_err(|why| why.to_string())?;
    let mut headers = delivery.headers.iter().enumerate();
    let (index, value) = headers
        .find_map(|(index, (name, value))| {
            name.eq_ignore_ascii_case(header).then_some((index, value))
        })
        .ok_or("it is missing")?;
    let encoding = scheme.format.encoding;
    let genuine = known.and_then(|known| expected_bytes(scheme, known, delivery, context).ok());
    let genuine = genuine.map(|bytes| encoding.encode(&bytes).into_bytes());
    let start = value.len() - value.trim_ascii_start().len();
    let trimmed = value.trim_ascii();
    let places = scheme.format.places(trimmed);
    let is_genuine = |place: &&Range<usize>| {
        genuine.is_some() && trimmed.get((*place).clone()) == genuine.as_deref()
    };
    let place = places.iter().find(is_genuine).or(places.first()).ok_or("it has another form")?;
    Ok(Some(Edit {
        header: index,
        place: start + place.start..start + place.end,
        text: encoding.encode(&made),
    }))
}

/// Sets a field of the body; all other bytes stay.
fn set_field(delivery: &mut Delivery, pointer: &str, value: &str) -> Result<(), String> {
    let document = parse_body(&delivery.body).map_err(|why| why.to_string())?;
    let mut text = document.text().to_owned();
    let set = Assignment::at_pointer(pointer, value, true);
    set.apply(&mut text, false).map_err(|why| why.to_string())?;
    let bom = if delivery.body.starts_with(BOM) { BOM } else { b"" };
    let body = [bom, text.as_bytes()].concat();
    if body.len() != delivery.body.len() && delivery.headers.get("content-length").is_some() {
        delivery.headers.set_value("content-length", body.len().to_string());
    }
    delivery.body = body.into();
    Ok(())
}

fn edited(headers: &Headers, mut edits: Vec<Edit>) -> Headers {
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.place.start));
    let all = headers.iter().enumerate().map(|(index, (name, value))| {
        let mut value = value.to_vec();
        for edit in edits.iter().filter(|edit| edit.header == index) {
            if edit.place.end <= value.len() {
                value.splice(edit.place.clone(), edit.text.bytes());
            }
        }
        (name.to_owned(), value)
    });
    all.collect()
}

/// A secret as a word of a shell, without a character that a terminal would not show.
fn quoted(secret: &[u8]) -> String {
    let is_shown = std::str::from_utf8(secret).is_ok_and(|text| {
        text.chars().all(|c| !is_dangerous(c) && (c == ' ' || !c.is_whitespace()))
    });
    if is_shown {
        let mut word = Vec::new();
        quote(secret, &mut word);
        return String::from_utf8_lossy(&word).into_owned();
    }
    let mut word = "$'".to_owned();
    for &byte in secret {
        match byte {
            b'\'' | b'\\' => word.extend(['\\', char::from(byte)]),
            b'\n' => word.push_str("\\n"),
            b' '..=b'~' => word.push(char::from(byte)),
            _ => word.push_str(&format!("\\x{byte:02x}")),
        }
    }
    word.push('\'');
    word
}
