//! The report as one HTML page: it loads nothing, runs no script, and the template escapes all values.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::conformance::{CaseResult, Run, Severity, Summary};
use crate::escape::{block, line};

use super::wording::{self, Repro, Status};

const STYLE: &str = include_str!("html.css");
/// Whatever an endpoint's response contains, a browser neither runs nor loads it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                      form-action 'none'";

/// The whole page.
pub fn page(run: &Run) -> String {
    let verdict = wording::whole_verdict(run);
    document(
        &format!("Webhook endpoint: {verdict}"),
        html! {
            (head(run))
            main {
                (failures(run))
                @for cases in run.cases.chunk_by(|a, b| a.category == b.category) {
                    section {
                        h2 { (cases.first().map_or("", |case| case.category)) }
                        @for case in cases {
                            (one(case, Status::new(run, case)))
                        }
                    }
                }
            }
        },
    )
}

/// A page with this title and content.
pub fn document(title: &str, content: Markup) -> String {
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
                (content)
                footer { "cz-hook " (env!("CARGO_PKG_VERSION")) }
            }
        }
    };
    // Characters that hide or reorder text are escaped in the whole page.
    let mut page = block(page.into_string().as_bytes());
    page.push('\n');
    page
}

fn head(run: &Run) -> Markup {
    let summary = &run.summary;
    let verdict = wording::whole_verdict(run);
    html! {
        header class=(if run.is_good() { "good" } else { "bad" }) {
            h1 { "Webhook endpoint: " (verdict) }
            p.counts { (wording::counts(run)) }
            (findings(run))
            (about(summary))
            @if let Some(stopped) = &summary.stopped {
                div.stopped {
                    p { strong { (wording::stop_label(stopped.kind)) ": " } (line(stopped.message.as_bytes())) }
                    @if !stopped.hint.is_empty() {
                        p { strong { "Hint: " } (line(stopped.hint.as_bytes())) }
                    }
                }
            }
        }
    }
}

fn about(summary: &Summary) -> Markup {
    // The first two have entries of their own.
    let rest = wording::about(summary, 0).split_off(2).join(", ");
    html! {
        dl.about {
            dt { "endpoint" }
            dd { code { (line(summary.url.as_bytes())) } }
            dt { "provider" }
            dd { (line(summary.provider.as_bytes())) }
            dt { "started" }
            dd { (summary.started_at.strftime("%Y-%m-%d %H:%M:%S UTC")) }
            dt { "took" }
            dd { (rest) }
        }
    }
}

/// What to change first.
fn findings(run: &Run) -> Markup {
    html! {
        @for finding in &run.summary.findings {
            div.stopped {
                p { strong { (wording::weight(finding)) ": " } (line(finding.title.as_bytes())) }
                dl {
                    @for (label, text) in wording::finding_facts(run, finding) {
                        dt { (label) }
                        dd { (text) }
                    }
                }
            }
        }
    }
}

/// The list of failures, with links.
fn failures(run: &Run) -> Markup {
    let failed = wording::failures(run);
    html! {
        @if !failed.is_empty() {
            nav {
                h2 { "Failed" }
                ul {
                    @for case in failed {
                        li class=(class(Status::new(run, case))) {
                            a href={ "#" (case.id) } { code { (line(case.id.as_bytes())) } }
                            " " (line(case.title.as_bytes()))
                            (severity(case))
                        }
                    }
                }
            }
        }
    }
}

fn one(case: &CaseResult, status: Status) -> Markup {
    html! {
        article id=(case.id) class=(class(status)) {
            h3 {
                span.sign title=(class(status)) { (status.symbol()) }
                " " code { (line(case.id.as_bytes())) }
                " " span.title { (line(case.title.as_bytes())) }
                (severity(case))
            }
            @if matches!(status, Status::Failed | Status::Excused) {
                (failed(case))
            } @else {
                p.found {
                    @if status == Status::Skipped { "skipped: " }
                    (line(case.reason.as_bytes()))
                }
            }
        }
    }
}

/// Labels of a case whose failure does not count.
fn severity(case: &CaseResult) -> Markup {
    html! {
        @if case.severity != Severity::Required {
            " " span.severity { (case.severity) }
        }
        @if case.tolerated {
            " " span.severity { "tolerated" }
        }
    }
}

fn failed(case: &CaseResult) -> Markup {
    html! {
        dl {
            @for (label, text) in wording::facts(case) {
                dt { (label) }
                @if label == "response" {
                    dd { code { (text) } }
                } @else {
                    dd { (text) }
                }
            }
            @match Repro::new(case) {
                Some(Repro::Command(command)) => {
                    dt { "request" }
                    dd { pre tabindex="0" { code { (command) } } }
                }
                Some(Repro::Text(text)) => {
                    dt { "request" }
                    dd { (text) }
                }
                None => {}
            }
        }
    }
}

fn class(status: Status) -> &'static str {
    match status {
        Status::Passed => "passed",
        Status::Warned => "warned",
        Status::Failed => "failed",
        Status::Excused => "excused",
        Status::Skipped => "skipped",
        Status::NotRun => "not-run",
    }
}
