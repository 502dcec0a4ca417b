//! One delivery as an HTML page to attach to a ticket: it loads nothing, runs no script, and the template escapes all
//! values.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::diagnose::Diagnosis;
use crate::escape::{block, line};
use crate::webhook::payload::json::parse_body;
use crate::webhook::payload::validate::Finding;
use crate::webhook::record::DeliveryRecord;

use super::diagnosis;
use super::payload;
use super::style::{Palette, event_label};

const STYLE: &str = include_str!("reports/html.css");
/// Whatever a delivery contains, a browser neither runs nor loads it.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The longest body that is shown, in bytes.
const MAX_BODY: usize = 1 << 20;

/// The whole page.
pub(crate) fn page(record: &DeliveryRecord, diagnosis: Option<&Diagnosis>) -> String {
    let delivery = &record.delivery;
    let title = format!("Delivery {}", record.id);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (head(record, &title))
                main {
                    @if let Some(diagnosis) = diagnosis {
                        h2 { "Why the signature is not valid" }
                        pre { code { (diagnosis::block(diagnosis, Palette::new(false), 100)) } }
                    }
                    (violations(record))
                    h2 { "Headers" }
                    pre { code {
                        (line(delivery.method.as_bytes())) " " (line(delivery.target.as_bytes())) "\n"
                        @for (name, value) in delivery.headers.iter() {
                            (line(name.as_bytes())) ": " (line(value)) "\n"
                        }
                    } }
                    h2 { "Body" }
                    (body(record))
                }
                footer { "cz-hook " (env!("CARGO_PKG_VERSION")) }
            }
        }
    };
    // Characters that hide or reorder text are escaped in the whole page.
    let mut page = block(page.into_string().as_bytes());
    page.push('\n');
    page
}

fn head(record: &DeliveryRecord, title: &str) -> Markup {
    let analysis = record.analysis.as_ref();
    let is_good = analysis.is_some_and(|found| found.signature.verdict.word() == "valid");
    let shown = |text: Option<&str>| text.map(|text| line(text.as_bytes()));
    html! {
        header class=(if is_good { "good" } else { "bad" }) {
            h1 { (title) }
            dl {
                @if let Some(at) = record.delivery.received_at {
                    dt { "received" } dd { (format!("{at:.3}")) }
                }
                @if let Some(found) = analysis {
                    dt { "event" } dd { (event_label(found.event.as_deref(), found.channel.as_deref())) }
                    @if let Some(provider) = shown(found.provider.as_deref()) {
                        dt { "provider" } dd { (provider) }
                    }
                    dt { "signature" } dd {
                        (found.signature.verdict.word())
                        @if !found.signature.reason.is_empty() {
                            ": " (line(found.signature.reason.as_bytes()))
                        }
                    }
                    dt { "payload" } dd { (found.validation.verdict.word()) }
                }
                @if let Some(status) = record.status {
                    dt { "response" } dd { (status) }
                }
                @if let Some(fault) = shown(record.injected.as_deref()) {
                    dt { "injected" } dd { (fault) }
                }
                @if let Some(first) = record.duplicate_of {
                    dt { "same body as" } dd { (first) }
                }
                @if let Some(forwarded) = &record.forwarded {
                    dt { "forwarded to" } dd {
                        (line(forwarded.url.as_bytes())) ": "
                        @match &forwarded.outcome {
                            Ok(status) => { (status) }
                            Err(why) => { (line(why.as_bytes())) }
                        }
                    }
                }
            }
        }
    }
}

fn violations(record: &DeliveryRecord) -> Markup {
    let validation = record.analysis.as_ref().map(|found| &found.validation);
    let list = |findings: &[Finding]| {
        html! {
            ul {
                @for one in findings {
                    li { code { (line(one.path.as_bytes())) } " " (line(one.message.as_bytes())) }
                }
            }
        }
    };
    html! {
        @if let Some(found) = validation.filter(|found| !found.errors.is_empty()) {
            h2 { "Violations" }
            (list(&found.errors))
        }
        @if let Some(found) = validation.filter(|found| !found.notes.is_empty()) {
            h2 { "Not in the document" }
            (list(&found.notes))
        }
    }
}

fn body(record: &DeliveryRecord) -> Markup {
    let body = record.delivery.decoded_body();
    let text = match parse_body(&body) {
        Ok(_) if body.len() <= MAX_BODY => payload::pretty(&body, Palette::new(false), ""),
        _ => block(body.get(..MAX_BODY).unwrap_or(&body)),
    };
    html! {
        pre { code { (text) } }
        @if body.len() > MAX_BODY {
            p { "… " (body.len() - MAX_BODY) " more bytes" }
        }
    }
}
