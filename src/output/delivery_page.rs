//! One delivery as an HTML page to attach to a ticket: it loads nothing, runs no script, and the template escapes all
//! values.

use maud::{Markup, html};

use crate::diagnose::Diagnosis;
use crate::escape::{block, line};
use crate::webhook::delivery::Headers;
use crate::webhook::payload::json::parse_body;
use crate::webhook::payload::validate::Finding;
use crate::webhook::record::DeliveryRecord;

use super::diagnosis;
use super::payload;
use super::reports::html_document;
use super::style::{Palette, event_label};

/// The longest body that is shown, in bytes.
const MAX_BODY: usize = 1 << 20;

/// The whole page.
pub(crate) fn page(record: &DeliveryRecord, diagnosis: Option<&Diagnosis>) -> String {
    let delivery = &record.delivery;
    let title = format!("Delivery {}", record.id);
    html_document(
        &title,
        html! {
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
                    (headers(&delivery.headers))
                } }
                h2 { "Body" }
                (body(&delivery.decoded_body()))
                (response(record))
            }
        },
    )
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

fn headers(headers: &Headers) -> Markup {
    html! {
        @for (name, value) in headers.iter() {
            (line(name.as_bytes())) ": " (line(value)) "\n"
        }
    }
}

/// What is kept of the endpoint's response.
fn response(record: &DeliveryRecord) -> Markup {
    let forwarded = record.forwarded.as_ref();
    html! {
        @if let Some(kept) = forwarded.and_then(|forwarded| forwarded.response.as_ref()) {
            h2 { "Response of the endpoint" }
            pre { code { (headers(&kept.headers)) } }
            (body(&kept.body))
            @if kept.clipped {
                p { "… more bytes, which are not kept" }
            }
        }
    }
}

fn body(body: &[u8]) -> Markup {
    let text = match parse_body(body) {
        Ok(_) if body.len() <= MAX_BODY => payload::pretty(body, Palette::new(false), ""),
        _ => block(body.get(..MAX_BODY).unwrap_or(body)),
    };
    html! {
        pre { code { (text) } }
        @if body.len() > MAX_BODY {
            p { "… " (body.len() - MAX_BODY) " more bytes" }
        }
    }
}
