//! What the page sends: a delivery again, a sample, the requests of a test. The same code as that of the commands makes
//! and sends it; what goes back to the page holds no secret.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde_json::{Value, json};

use crate::capture::http::validate_head;
use crate::commands::send;
use crate::commands::shared::hidden::without_secret;
use crate::commands::shared::quoting::quoted;
use crate::commands::shared::resign::Resigner;
use crate::commands::shared::runtime;
use crate::commands::shared::sample::{SampleOptions, signable_body};
use crate::commands::shared::signing::SigningOptions;
use crate::commands::test::{self, TestOptions};
use crate::config::{SecretOptions, Settings};
use crate::conformance::Runner;
use crate::diagnose::difference::hunks;
use crate::error::Error;
use crate::http::{Client, Endpoint, RawClient, Response, Transport, readdress};
use crate::inspector::{Edit, EditedValue, Failure, ReplayRequest, SendRequest, TestRequest};
use crate::json_line;
use crate::mask::{self, HIDDEN, without_all};
use crate::output::reports;
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::payload::set::Assignment;
use crate::webhook::record::{DeliveryRecord, header_parts, milliseconds};
use crate::webhook::signature::Secret;
use crate::webhook::signature::mac::Algorithm;
use crate::webhook::signature::scheme::Scheme;
use crate::webhook::signature::tamper::Tamper;

use super::backend::{Backend, THIS_RUN};

/// The most that is read of a response's body.
const MAX_RESPONSE: usize = 1 << 20;

/// How often a test is looked at while it runs.
const POLL: Duration = Duration::from_millis(100);

const TIMEOUT: Duration = Duration::from_secs(30);

/// The settings and the secret to sign with.
struct Signing {
    settings: Arc<Settings>,
    secret: Option<Secret>,
}

impl Backend {
    fn transport(&self) -> Transport {
        Transport { timeout: TIMEOUT, insecure: self.insecure, cacert: None }
    }

    /// Those of a profile, or of this run.
    fn signing(&self, profile: Option<&str>) -> Result<Signing, Failure> {
        let Some(name) = profile.filter(|name| *name != THIS_RUN) else {
            return Ok(Signing {
                settings: Arc::clone(&self.settings),
                secret: self.secrets.first().cloned(),
            });
        };
        let settings = self.settings.of_profile(name)?;
        let secret = self.console.show_notes(settings.profile_secret()?);
        Ok(Signing { settings: Arc::new(settings), secret })
    }

    fn signing_options(&self) -> SigningOptions {
        SigningOptions { context: self.context_options.clone(), timestamp: None, id: None }
    }

    pub(super) fn replay_now(
        &self,
        record: &DeliveryRecord,
        request: &ReplayRequest,
    ) -> Result<Value, Failure> {
        let endpoint = self.endpoints.get(&request.endpoint)?;
        let mut delivery = record.delivery.clone();
        if let Some(edit) = &request.edit {
            apply(edit, &mut delivery)?;
        }
        let mut hidden = Vec::new();
        let mut resigned = None;
        if let Some(profile) = &request.resign {
            let signing = self.signing(Some(profile))?;
            let secret = signing.secret.ok_or_else(|| no_secret(profile))?;
            let options = self.signing_options();
            let resigner = Resigner {
                settings: &signing.settings,
                signing: &options,
                context: &options.context.context(&signing.settings),
                provider: None,
            };
            let schemes = resigner.resign(record.id, &mut delivery, &secret)?;
            hidden = sent_secrets(&schemes, Some(&secret));
            resigned = Some(without_secret(&delivery, schemes, Some(&secret)));
        }
        let sent = readdress::readdress(&delivery, &endpoint);
        let shown = readdress::readdress(resigned.as_ref().unwrap_or(&delivery), &endpoint);
        let exchange = match request.dry_run {
            true => None,
            false => {
                let client = RawClient::new(&endpoint, &self.transport(), MAX_RESPONSE)?;
                let wire = sent.to_wire(usize::MAX).into();
                Some(runtime::sending(|runtime| {
                    Ok(runtime.block_on(client.exchange(&endpoint, &sent, wire)))
                })?)
            }
        };
        let outcome = exchange.map(|result| result.map_err(|none| none.error));
        Ok(json!({
            "request": request_part(&shown),
            "difference": differences(&record.delivery.body, &shown.body),
            "command": self.replay_command_line(record.id, &endpoint, request),
            "response": outcome.as_ref().and_then(|one| one.as_ref().ok()).map(|one| response_part(one, &hidden)),
            "error": outcome.as_ref().and_then(|one| one.as_ref().err()).map(error_text),
        }))
    }

    fn replay_command_line(
        &self,
        id: u64,
        endpoint: &Endpoint,
        request: &ReplayRequest,
    ) -> Option<String> {
        // No command makes the change of an edit.
        if request.edit.is_some() {
            return None;
        }
        let mut line = self.replay_command_of(id);
        line.push_str(&format!(" --url {}", quoted(&endpoint.shown_url())));
        if let Some(profile) = &request.resign {
            line.push_str(" --resign");
            line.push_str(&profile_option(profile));
        }
        Some(line)
    }

    pub(super) fn send_now(&self, request: SendRequest) -> Result<Value, Failure> {
        let endpoint = self.endpoints.get(&request.endpoint)?;
        let signing = self.signing(request.profile.as_deref())?;
        let settings = &signing.settings;
        let tamper = request.tamper.as_deref().map(tamper_named).transpose()?;
        let provider = settings.producing(Some(&request.provider))?;
        let set = assignments(&request.set, provider.envelope.form)?;
        let sample = SampleOptions {
            event: request.event.clone(),
            provider: Some(request.provider.clone()),
            channel: request.channel.clone(),
            data: request.body.clone().map(String::into_bytes),
            set,
            add: true,
            ..SampleOptions::default()
        };
        let body = signable_body(&sample, settings, &self.console)?;
        let is_signed = tamper != Some(Tamper::Missing) && provider.needs_secret();
        if is_signed && signing.secret.is_none() {
            return Err(no_secret(request.profile.as_deref().unwrap_or(THIS_RUN)));
        }
        let options = self.signing_options();
        if signing.secret.is_some() {
            options.check_disclosure(settings, Some(&request.provider), provider)?;
        }
        let schemes: Vec<&Scheme> = provider.signatures.iter().collect();
        let own_headers = send::headers(settings.headers(&[]))?;
        let mut hidden = sent_secrets(&schemes, signing.secret.as_ref());
        hidden.extend(own_headers.iter().map(|(_, value)| value.to_vec()));
        let signer = send::Signer {
            headers: own_headers.clone(),
            secret: signing.secret,
            context: options.context.context(settings),
            options,
            method: "POST".to_owned(),
        };
        let send::Prepared { delivery: sent, mut shown, .. } =
            send::prepare(body, &endpoint, &signer, tamper)?;
        for (name, _) in own_headers.iter() {
            shown.headers.set_value(name, "(of the profile)");
        }
        let outcome = match request.dry_run {
            true => None,
            false => {
                let client = Client::new(&endpoint, &self.transport(), false)?;
                Some(runtime::sending(|runtime| {
                    Ok(runtime.block_on(client.send(&endpoint, &sent)))
                })?)
            }
        };
        let outcome = outcome.map(|result| result.map_err(|none| none.error));
        Ok(json!({
            "request": request_part(&shown),
            "difference": null,
            "command": send_command(&endpoint, &request),
            "violations": self.violations_of(provider, &sent),
            "response": outcome.as_ref().and_then(|one| one.as_ref().ok()).map(|one| response_part(one, &hidden)),
            "error": outcome.as_ref().and_then(|one| one.as_ref().err()).map(error_text),
        }))
    }

    pub(super) fn test_now(
        &self,
        request: TestRequest,
        write: &(dyn Fn(Vec<u8>) -> bool + Sync),
    ) -> Result<(), Failure> {
        let endpoint = self.endpoints.get(&request.endpoint)?;
        let signing = self.signing(request.profile.as_deref())?;
        let settings = &signing.settings;
        let options = TestOptions {
            url: Some(request.endpoint),
            secret: SecretOptions::default(),
            verify_token: None,
            signing: self.signing_options(),
            provider: request.provider,
            contract: None,
            contract_schema: false,
            only: request.only.unwrap_or_default(),
            skip: Vec::new(),
            tolerate: Vec::new(),
            strict: false,
            fail_fast: false,
            concurrency: 4,
            repeat: 1,
            wait: None,
            headers: Vec::new(),
            transport: Transport { timeout: Duration::from_secs(10), ..self.transport() },
            reports: Vec::new(),
            json: true,
        };
        let secret = signing.secret.clone();
        let selection = test::select(&options, settings, &self.console)?;
        let plan =
            test::prepare(&options, settings, selection, signing.secret, &endpoint, &self.console)?;
        let schemes: Vec<&Scheme> = plan.provider.signatures.iter().collect();
        let hidden = sent_secrets(&schemes, secret.as_ref());
        let total = plan.cases.len();
        let runner = Runner::new(plan, &options.transport, |_| {})?;
        let report_progress = async {
            let mut seen = BTreeSet::new();
            loop {
                for (id, outcome) in runner.newly_ended(&mut seen) {
                    write(json_line::line(&json!({
                        "type": "progress",
                        "done": seen.len(),
                        "total": total,
                        "id": id,
                        "outcome": outcome,
                    })));
                }
                if !write(Vec::new()) {
                    return;
                }
                tokio::time::sleep(POLL).await;
            }
        };
        let ended = runtime::sending(|runtime| {
            Ok(runtime.block_on(async {
                tokio::select! {
                    ended = runner.run() => ended,
                    () = report_progress => {
                        runner.interrupted();
                        Ok(())
                    }
                }
            }))
        })?;
        let found = runner.finish();
        if let Err(error) = ended
            && found.summary.stopped.is_none()
        {
            return Err(error.into());
        }
        for line in reports::lines(&found).split_inclusive(|byte| *byte == b'\n') {
            write(test_line_without_secret(line, &hidden));
        }
        Ok(())
    }
}

fn no_secret(profile: &str) -> Failure {
    Failure::new(
        StatusCode::BAD_REQUEST,
        format!("{profile} has no secret to sign with"),
        "choose a profile with a secret, or start again with --secret",
    )
}

/// Makes the changes of the page. The result is written to the connection as it is, so it must be one request.
fn apply(edit: &Edit, delivery: &mut Delivery) -> Result<(), Failure> {
    let not_base64 =
        || Failure::bad_request("the base64 cannot be read", "use the standard alphabet");
    if let Some(method) = &edit.method {
        delivery.method.clone_from(method);
    }
    if let Some(target) = &edit.target {
        delivery.target.clone_from(target);
    }
    if let Some(headers) = &edit.headers {
        let mut edited = Headers::default();
        for (name, value) in headers {
            let value = match value {
                EditedValue::Text(text) => text.as_bytes().to_vec(),
                EditedValue::Bytes { base64 } => {
                    STANDARD.decode(base64).map_err(|_| not_base64())?
                }
            };
            edited.push(name.clone(), value);
        }
        delivery.headers = edited;
    }
    if let Some(body) = &edit.body_base64 {
        delivery.body = STANDARD.decode(body).map_err(|_| not_base64())?.into();
        readdress::set_length(&mut delivery.headers, &delivery.body);
    }
    validate_head(delivery).map_err(|why| {
        Failure::bad_request(format!("the edited request cannot be sent: {why}"), "change it")
    })
}

/// A line of `test --json` without a secret that a scheme sends. The forged requests of a test have it, and what is
/// nearly it, in many places.
fn test_line_without_secret(line: &[u8], hidden: &[Vec<u8>]) -> Vec<u8> {
    /// Headers of which no forged request has the secret.
    const PLAIN: [&str; 6] =
        ["host", "user-agent", "accept", "content-type", "content-length", "connection"];
    if hidden.is_empty() {
        return line.to_vec();
    }
    let line = hide(line, hidden);
    let Ok(mut value) = serde_json::from_slice::<Value>(&line) else {
        return Vec::new();
    };
    if let Some(request) = value.get_mut("request").and_then(Value::as_object_mut) {
        request.insert("curl".to_owned(), Value::Null);
        for key in ["target", "url"] {
            if let Some(Value::String(text)) = request.get_mut(key) {
                text.truncate(text.find('?').unwrap_or(text.len()));
            }
        }
        for key in ["body", "body_base64"] {
            request.remove(key);
        }
        let headers = request.get_mut("headers").and_then(Value::as_array_mut);
        for header in headers.into_iter().flatten() {
            let name = header.get(0).and_then(Value::as_str).unwrap_or_default().to_owned();
            if !PLAIN.contains(&name.to_ascii_lowercase().as_str()) {
                *header = json!([name, HIDDEN]);
            }
        }
    }
    json_line::line(&value)
}

/// What a request contains and the page must not see, also where an endpoint sends it back: a secret that is itself the
/// signature.
fn sent_secrets(schemes: &[&Scheme], secret: Option<&Secret>) -> Vec<Vec<u8>> {
    let is_sent = schemes.iter().any(|scheme| scheme.algorithm == Algorithm::Token);
    let secret = secret.filter(|_| is_sent).map(|secret| secret.expose().to_vec());
    secret.into_iter().filter(|secret| !secret.is_empty()).collect()
}

/// The bytes with each of these replaced.
fn hide(bytes: &[u8], hidden: &[Vec<u8>]) -> Vec<u8> {
    without_all(bytes, hidden.iter().map(Vec::as_slice))
}

fn request_part(delivery: &Delivery) -> Value {
    json!({
        "method": delivery.method,
        "target": mask::url(&delivery.target),
        "headers": header_parts(&delivery.headers),
        "body_base64": STANDARD.encode(&delivery.body),
        "size": delivery.body.len(),
    })
}

/// The response as the page may see it.
fn response_part(response: &Response, hidden: &[Vec<u8>]) -> Value {
    let headers: Headers =
        response.headers.iter().map(|(name, value)| (name, hide(value, hidden))).collect();
    json!({
        "status": response.status,
        "reason": response.phrase,
        "headers": header_parts(&headers),
        "body_base64": STANDARD.encode(hide(&response.body, hidden)),
        "clipped": response.clipped,
        "duration_ms": milliseconds(response.duration),
    })
}

fn error_text(error: &Error) -> String {
    match error.hint.is_empty() {
        true => error.message.clone(),
        false => format!("{} ({})", error.message, error.hint),
    }
}

/// Where the bodies differ, as `verify --against --json` says it; `null` when they are the same.
fn differences(original: &[u8], sent: &[u8]) -> Value {
    const MAX_LISTED: usize = 1000;
    let all = hunks(original, sent);
    if all.is_empty() {
        return Value::Null;
    }
    let place = |hunk: &crate::diagnose::difference::Hunk| {
        json!({
            "sent_offset": hunk.sent.start,
            "sent_bytes": hunk.sent.len(),
            "hashed_offset": hunk.hashed.start,
            "hashed_bytes": hunk.hashed.len(),
        })
    };
    json!(all.iter().take(MAX_LISTED).map(place).collect::<Vec<_>>())
}

fn tamper_named(name: &str) -> Result<Tamper, Failure> {
    Tamper::ALL.into_iter().find(|tamper| tamper.name() == name).ok_or_else(|| {
        let names: Vec<_> = Tamper::ALL.iter().map(|tamper| tamper.name()).collect();
        Failure::bad_request(
            "there is no such way to tamper",
            format!("one of: {}", names.join(", ")),
        )
    })
}

/// The changes of the form. A text stays a text, whatever it looks like.
fn assignments(set: &[(String, Value)], is_form: bool) -> Result<Vec<Assignment>, Failure> {
    let parse = |(path, value): &(String, Value)| {
        let text = match value {
            Value::String(text) if is_form => format!("{path}={text}"),
            value => format!("{path}:={value}"),
        };
        match path.contains('=') || path.is_empty() {
            true => Err(Failure::bad_request("a path has no `=` in it", "such as payload.name")),
            false => Assignment::parse(&text)
                .map_err(|why| Failure::bad_request(format!("a value cannot be set: {why}"), "")),
        }
    };
    set.iter().map(parse).collect()
}

fn profile_option(profile: &str) -> String {
    match profile {
        THIS_RUN => String::new(),
        name => format!(" --profile {}", quoted(name)),
    }
}

/// The command line that sends the same.
fn send_command(endpoint: &Endpoint, request: &SendRequest) -> Option<String> {
    // A body of its own would have to be in a file.
    if request.body.is_some() {
        return None;
    }
    let event = request.event.as_deref()?;
    let mut line =
        format!("cz-hook send {} --provider {}", quoted(event), quoted(&request.provider));
    if let Some(channel) = &request.channel {
        line.push_str(&format!(" --channel {}", quoted(channel)));
    }
    for (path, value) in &request.set {
        line.push_str(&format!(" --set {}", quoted(&format!("{path}:={value}"))));
    }
    if !request.set.is_empty() {
        line.push_str(" --add");
    }
    if let Some(tamper) = &request.tamper {
        line.push_str(&format!(" --tamper {tamper}"));
    }
    line.push_str(&profile_option(request.profile.as_deref().unwrap_or(THIS_RUN)));
    line.push_str(&format!(" --url {}", quoted(&endpoint.shown_url())));
    Some(line)
}
