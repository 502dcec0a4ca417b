//! The report as Markdown, for the summary of a CI job. Untrusted text is in `<code>`, with its punctuation as
//! character references, which Markdown does not interpret; a command is in a fence that is longer than any in it.

use crate::conformance::{CaseResult, Run, Severity};
use crate::escape::{block, line};

use super::wording::{self, Repro, Status};

/// Longer requests are left out: CI systems show no summary of more than 1 MiB.
const MAX_REQUEST: usize = 8 << 10;

/// The whole document.
pub fn markdown(run: &Run) -> String {
    let mut out = summary(run);
    for case in wording::failures(run) {
        failed(case, Status::new(run, case), &mut out);
    }
    all(run, &mut out);
    out
}

/// The verdict and the findings, without any request or response: for the summary of a job, which many can read.
pub fn summary(run: &Run) -> String {
    let mut out = String::new();
    head(run, &mut out);
    for finding in &run.summary.findings {
        let symbol = if finding.fails { "❌" } else { "⚠️" };
        let weight = wording::weight(finding);
        out.push_str(&format!("### {symbol} {weight}: {}\n\n", code(&finding.title)));
        out.push_str(&format!("- **change:** {}\n", code(&finding.change)));
        if finding.title != finding.reason {
            out.push_str(&format!("- **reason:** {}\n", code(&finding.reason)));
        }
        out.push_str(&format!("- **cases:** {}\n\n", code(&finding.cases.join(", "))));
    }
    out
}

fn head(run: &Run, out: &mut String) {
    let summary = &run.summary;
    let symbol = if run.is_good() { "✅" } else { "❌" };
    out.push_str(&format!("## {symbol} Webhook endpoint: {}\n\n", wording::whole_verdict(run)));
    out.push_str(&format!("**{}**\n\n", wording::counts(run)));
    let about = wording::about(summary, 1000);
    let about: Vec<_> = about.iter().map(|part| code(part)).collect();
    out.push_str(&format!("{}\n\n", about.join(" · ")));
    if let Some(stopped) = &summary.stopped {
        let label = wording::stop_label(stopped.kind);
        out.push_str(&format!("**{label}:** {}", code(&stopped.message)));
        if !stopped.hint.is_empty() {
            out.push_str(&format!("<br>**Hint:** {}", code(&stopped.hint)));
        }
        out.push_str("\n\n");
    }
}

fn failed(case: &CaseResult, status: Status, out: &mut String) {
    let id = code(&case.id);
    let title = text(&case.title);
    out.push_str(&format!("### {} {id}: {title}\n\n", symbol(status)));
    for (label, value) in wording::facts(case) {
        match label {
            "response" | "reason" => out.push_str(&format!("- **{label}:** {}\n", code(&value))),
            _ => out.push_str(&format!("- **{label}:** {}\n", text(&value))),
        }
    }
    match Repro::new(case) {
        Some(Repro::Command(command)) if command.len() > MAX_REQUEST => {
            let bytes = command.len();
            out.push_str(&format!(
                "\nThe request is a command of {bytes} bytes, which the other reports hold.\n"
            ));
        }
        Some(Repro::Command(command)) => {
            out.push_str("\n<details><summary>Request, again with curl</summary>\n\n");
            out.push_str(&fenced("sh", &command));
            out.push_str("\n</details>\n");
        }
        Some(Repro::Text(text)) => out.push_str(&format!("- **request:** {}\n", code(&text))),
        None => {}
    }
    out.push('\n');
}

fn all(run: &Run, out: &mut String) {
    out.push_str(&format!("<details><summary>All {} cases</summary>\n\n", run.cases.len()));
    out.push_str("| | case | what is asked for | what was found |\n|---|---|---|---|\n");
    for case in &run.cases {
        let severity = match case.severity {
            Severity::Required => String::new(),
            other => format!(" ({})", other),
        };
        out.push_str(&format!(
            "| {} | {} | {}{severity} | {} |\n",
            symbol(Status::new(run, case)),
            code(&case.id),
            text(&case.title),
            code(&case.reason)
        ));
    }
    out.push_str("\n</details>\n");
}

fn symbol(status: Status) -> &'static str {
    match status {
        Status::Passed => "✅",
        Status::Warned | Status::Excused => "⚠️",
        Status::Failed => "❌",
        Status::Skipped | Status::NotRun => "➖",
    }
}

/// Text of the case list, which has no markup.
fn text(text: &str) -> String {
    entities(text, "()'\"-.,:;/=?!%+")
}

/// Untrusted text, in one line.
fn code(text: &str) -> String {
    let text = entities(text, "()'\"-.,:;/=?%");
    format!("<code>{text}</code>")
}

/// Writes punctuation as character references, except for `harmless`: no Markdown dialect interprets them. No
/// address becomes a link either.
fn entities(text: &str, harmless: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    let text = line(text.as_bytes());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let is_of_link = match c {
            ':' => rest.peek() == Some(&'/'),
            '.' => before.eq_ignore_ascii_case(&'w'),
            _ => false,
        };
        match c.is_ascii_punctuation() && (is_of_link || !harmless.contains(c)) {
            true => out.push_str(&format!("&#{};", u32::from(c))),
            false => out.push(c),
        }
        before = c;
    }
    out
}

/// A fenced code block whose fence does not occur in the text.
fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", block(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_values_is_escaped() {
        assert_eq!(
            code("a|b `</code>\n*"),
            "<code>a&#124;b &#96;&#60;/code&#62;&#92;n&#42;</code>"
        );
        assert_eq!(code("a: http://b.c www.b.c"), "<code>a: http&#58;//b.c www&#46;b.c</code>");
        assert_eq!(fenced("sh", "a ```` b\n~~~"), "`````sh\na ```` b\n~~~\n`````\n");
        assert_eq!(fenced("sh", ""), "```sh\n\n```\n");
    }
}
