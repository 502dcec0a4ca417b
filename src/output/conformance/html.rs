//! The report as one page for a browser: nothing is loaded, nothing runs, and the template escapes all
//! that it is given.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::conformance::outcome::{CaseResult, Run, Severity, Summary};
use crate::escape::{block, line};

use super::told::{self, Again, Mark};

const STYLE: &str = include_str!("html.css");
/// Whatever a stranger's answer could smuggle in: a browser neither runs nor loads it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                      form-action 'none'";

/// The whole page.
pub fn page(run: &Run) -> String {
    let verdict = told::verdict(run);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { "Webhook endpoint: " (verdict) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (head(run))
                main {
                    (failures(run))
                    @for cases in run.cases.chunk_by(|a, b| a.category == b.category) {
                        (category(run, cases))
                    }
                }
                footer { "cz-hook " (env!("CARGO_PKG_VERSION")) }
            }
        }
    };
    // Once more over all of it: a character that hides or turns text about is shown, whoever put it there.
    let mut page = block(page.into_string().as_bytes());
    page.push('\n');
    page
}

fn head(run: &Run) -> Markup {
    let summary = &run.summary;
    let is_good = told::verdict(run) == "passed";
    html! {
        header class=(if is_good { "good" } else { "bad" }) {
            h1 { "Webhook endpoint: " (told::verdict(run)) }
            p.counts { (told::counts(run)) }
            (about(summary))
            @if let Some(stopped) = &summary.stopped {
                div.stopped {
                    p { strong { (told::stopped(stopped.kind)) ": " } (line(stopped.message.as_bytes())) }
                    @if !stopped.hint.is_empty() {
                        p { strong { "Hint: " } (line(stopped.hint.as_bytes())) }
                    }
                }
            }
        }
    }
}

fn about(summary: &Summary) -> Markup {
    // The first two are said by themselves, with their names.
    let rest = told::about(summary, 0).split_off(2).join(", ");
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

/// Where to begin reading.
fn failures(run: &Run) -> Markup {
    let of = |mark| {
        let cases = run.cases.iter();
        cases.filter(move |case| Mark::of(run, case) == mark)
    };
    let failed: Vec<_> = of(Mark::Failed).chain(of(Mark::Excused)).collect();
    html! {
        @if !failed.is_empty() {
            nav {
                h2 { "Failed" }
                ul {
                    @for case in failed {
                        li class=(class(Mark::of(run, case))) {
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

fn category(run: &Run, cases: &[CaseResult]) -> Markup {
    let name = cases.first().map_or("", |case| case.category);
    html! {
        section {
            h2 { (name) }
            @for case in cases {
                (one(case, Mark::of(run, case)))
            }
        }
    }
}

fn one(case: &CaseResult, mark: Mark) -> Markup {
    html! {
        article id=(case.id) class=(class(mark)) {
            h3 {
                span.sign title=(class(mark)) { (mark.sign()) }
                " " code { (line(case.id.as_bytes())) }
                " " span.title { (line(case.title.as_bytes())) }
                (severity(case))
            }
            @if matches!(mark, Mark::Failed | Mark::Excused) {
                (failed(case))
            } @else {
                p.found {
                    @if mark == Mark::Skipped { "skipped: " }
                    (line(case.reason.as_bytes()))
                }
            }
        }
    }
}

/// What makes a failure count less.
fn severity(case: &CaseResult) -> Markup {
    html! {
        @if case.severity != Severity::Required {
            " " span.severity { (case.severity.word()) }
        }
        @if case.tolerated {
            " " span.severity { "tolerated" }
        }
    }
}

fn failed(case: &CaseResult) -> Markup {
    html! {
        dl {
            @for (label, text) in told::facts(case) {
                dt { (label) }
                @if label == "answer" {
                    dd { code { (text) } }
                } @else {
                    dd { (text) }
                }
            }
            @match case.request.as_ref().map(told::again) {
                Some(Again::Command(command)) => {
                    dt { "request" }
                    dd { pre tabindex="0" { code { (command) } } }
                }
                Some(Again::Words(words)) => {
                    dt { "request" }
                    dd { (words) }
                }
                None => {}
            }
        }
    }
}

fn class(mark: Mark) -> &'static str {
    match mark {
        Mark::Passed => "passed",
        Mark::Warned => "warned",
        Mark::Failed => "failed",
        Mark::Excused => "excused",
        Mark::Skipped => "skipped",
        Mark::NotRun => "not-run",
    }
}
