//! The report as Markdown for the summary of a CI job. What a stranger had a hand in stands in code, its
//! punctuation as entities, which begin nothing in Markdown; a command stands behind a fence that is longer
//! than any in it.

use crate::conformance::outcome::{CaseResult, Run, Severity};
use crate::escape::{block, line};

use super::told::{self, Again, Mark};

/// Longer requests are left out: a job's summary is shown up to 1 MiB and not at all beyond.
const LONGEST_REQUEST: usize = 8 << 10;

/// The whole document.
pub fn markdown(run: &Run) -> String {
    let mut out = String::new();
    head(run, &mut out);
    for mark in [Mark::Failed, Mark::Excused] {
        for case in run.cases.iter().filter(|case| Mark::of(run, case) == mark) {
            failed(case, mark, &mut out);
        }
    }
    all(run, &mut out);
    out
}

fn head(run: &Run, out: &mut String) {
    let summary = &run.summary;
    let sign = match run.is_good() && told::verdict(run) == "passed" {
        true => "✅",
        false => "❌",
    };
    let verdict = told::verdict(run);
    out.push_str(&format!("## {sign} Webhook endpoint: {verdict}\n\n"));
    out.push_str(&format!("**{}**\n\n", told::counts(run)));
    let about = told::about(summary, 1000);
    let about: Vec<_> = about.iter().map(|part| code(part)).collect();
    out.push_str(&format!("{}\n\n", about.join(" · ")));
    if let Some(stopped) = &summary.stopped {
        let label = told::stopped(stopped.kind);
        out.push_str(&format!("**{label}:** {}", code(&stopped.message)));
        if !stopped.hint.is_empty() {
            out.push_str(&format!("<br>**Hint:** {}", code(&stopped.hint)));
        }
        out.push_str("\n\n");
    }
}

fn failed(case: &CaseResult, mark: Mark, out: &mut String) {
    let id = code(&case.id);
    let title = text(&case.title);
    out.push_str(&format!("### {} {id}: {title}\n\n", sign(mark)));
    for (label, said) in told::facts(case) {
        match label {
            "answer" | "reason" => out.push_str(&format!("- **{label}:** {}\n", code(&said))),
            _ => out.push_str(&format!("- **{label}:** {}\n", text(&said))),
        }
    }
    match case.request.as_ref().map(told::again) {
        Some(Again::Command(command)) if command.len() > LONGEST_REQUEST => {
            let bytes = command.len();
            out.push_str(&format!(
                "\nThe request is a command of {bytes} bytes, which the other reports hold.\n"
            ));
        }
        Some(Again::Command(command)) => {
            out.push_str("\n<details><summary>Request, again with curl</summary>\n\n");
            out.push_str(&fenced("sh", &command));
            out.push_str("\n</details>\n");
        }
        Some(Again::Words(words)) => out.push_str(&format!("- **request:** {}\n", code(&words))),
        None => {}
    }
    out.push('\n');
}

fn all(run: &Run, out: &mut String) {
    out.push_str(&format!(
        "<details><summary>All {} cases</summary>\n\n",
        run.cases.len()
    ));
    out.push_str("| | case | what is asked for | what was found |\n|---|---|---|---|\n");
    for case in &run.cases {
        let severity = match case.severity {
            Severity::Required => String::new(),
            other => format!(" ({})", other.word()),
        };
        out.push_str(&format!(
            "| {} | {} | {}{severity} | {} |\n",
            sign(Mark::of(run, case)),
            code(&case.id),
            text(&case.title),
            code(&case.reason)
        ));
    }
    out.push_str("\n</details>\n");
}

fn sign(mark: Mark) -> &'static str {
    match mark {
        Mark::Passed => "✅",
        Mark::Warned | Mark::Excused => "⚠️",
        Mark::Failed => "❌",
        Mark::Skipped | Mark::NotRun => "➖",
    }
}

/// Words of a catalog, which are no markup.
fn text(text: &str) -> String {
    entities(text, "()'\"-.,:;/=?!%+")
}

/// A stranger's words, in a line.
fn code(text: &str) -> String {
    let text = entities(text, "()'\"-.,:;/=?%");
    format!("<code>{text}</code>")
}

/// Punctuation as character references, but for what is `harmless`: they never are structure, whichever
/// Markdown it is. No address becomes a link either.
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

/// A block of code that nothing in it can end.
fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", block(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_code() {
        assert_eq!(
            code("a|b `</code>\n*"),
            "<code>a&#124;b &#96;&#60;/code&#62;&#92;n&#42;</code>"
        );
        assert_eq!(
            code("a: http://b.c www.b.c"),
            "<code>a: http&#58;//b.c www&#46;b.c</code>"
        );
        assert_eq!(
            fenced("sh", "a ```` b\n~~~"),
            "`````sh\na ```` b\n~~~\n`````\n"
        );
        assert_eq!(fenced("sh", ""), "```sh\n\n```\n");
    }
}
