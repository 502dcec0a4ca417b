//! What GitHub Actions reads in the output of a step: annotations, and a way to print text that it must not read.

use crate::conformance::{Run, Source};
use crate::escape::line;

use super::wording;

/// An annotation for each finding, and one for a run that was stopped.
pub fn annotations(run: &Run) -> String {
    let mut out = String::new();
    let mut annotate = |kind: &str, title: &str, place: &str, message: &str| {
        out.push_str(&format!("::{kind} {place}title={}::{}\n", property(title), data(message)));
    };
    for finding in &run.summary.findings {
        let kind = match (finding.fails, finding.tolerated) {
            (true, _) => "error",
            (false, true) => "notice",
            (false, false) => "warning",
        };
        let title = format!("cz-hook {}: {}", wording::weight(finding), finding.code);
        let cases = finding.cases.join(", ");
        let reason = match finding.title == finding.reason {
            true => String::new(),
            false => format!("{}\n", finding.reason),
        };
        let message = format!("{}\n{reason}{}\nCases: {cases}", finding.title, finding.change);
        let example = run.cases.iter().find(|case| case.id == finding.example.as_str());
        let source = example.and_then(|case| case.source.as_ref());
        let place =
            source.map(|Source { path, line }| format!("file={},line={line},", property(path)));
        annotate(kind, &title, &place.unwrap_or_default(), &message);
    }
    if let Some(stopped) = &run.summary.stopped
        && !run.summary.findings.iter().any(|finding| finding.fails)
    {
        let message = format!("{}\n{}", stopped.message, stopped.hint);
        annotate("error", "cz-hook: stopped", "", message.trim_end());
    }
    out
}

/// Text of which GitHub takes no line for a command; the token must be unpredictable.
pub fn quoted(text: &str, token: &str) -> String {
    format!("::stop-commands::{token}\n{text}::{token}::\n")
}

/// The message of a command; line breaks of the template stay.
fn data(text: &str) -> String {
    let lines = text.lines().map(|text| line(text.as_bytes()).replace('%', "%25"));
    lines.collect::<Vec<_>>().join("%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_a_command_or_begins_another() {
        assert_eq!(data("50%\r\n::error::x\u{1b}"), "50%25%0A::error::x\\u{1b}");
        assert_eq!(property("a:b,c\nd"), "a%3Ab%2Cc%0Ad");
        assert_eq!(quoted("x\n", "t"), "::stop-commands::t\nx\n::t::\n");
    }
}
