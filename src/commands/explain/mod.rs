//! `cz-hook explain`: what a code of any output means, how it comes about, and what to do. The texts of causes and cases
//! are those that the outputs and the pages under docs/ have.

use serde::Serialize;

use crate::config::Settings;
use crate::conformance::{self, Framework, FrameworkTopic, Severity};
use crate::diagnose::cause;
use crate::error::{Error, Exit};
use crate::json_line;
use crate::output::console::Console;
use crate::output::explanation;
use crate::output::table::{self, Cell};
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::suggest;

#[derive(Debug)]
pub struct ExplainOptions {
    /// The codes; none lists all.
    pub codes: Vec<String>,
    /// The framework whose functions the advice names.
    pub framework: Option<String>,
    pub json: bool,
}

/// The text about one code. It is a line of `explain --json`.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename = "explained")]
struct Entry {
    kind: String,
    code: String,
    /// What it is, in a clause. Only cases have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// How severe a failure is. Only of cases.
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<Severity>,
    means: String,
    fix: Option<String>,
    /// What to do in the framework that was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    framework: Option<Advice>,
    #[serde(skip)]
    topic: Option<FrameworkTopic>,
}

#[derive(Clone, Debug, Serialize)]
struct Advice {
    name: &'static str,
    advice: &'static str,
}

pub fn run(
    options: &ExplainOptions,
    settings: &Settings,
    console: &Console,
) -> Result<Exit, Error> {
    let framework = options.framework.as_deref().map(framework).transpose()?;
    let all = entries(settings.catalog);
    if options.codes.is_empty() {
        match options.json {
            true => console.print(&lines(&all))?,
            false => {
                console.print(list(&all, console).as_bytes())?;
                console.hint("`cz-hook explain CODE` says what to do");
            }
        }
        return Ok(Exit::Success);
    }
    // Reports join the codes of several causes with a plus sign.
    let codes = options.codes.iter().flat_map(|text| text.split('+')).map(str::trim);
    let mut found: Vec<Entry> = Vec::new();
    for code in codes.filter(|code| !code.is_empty()) {
        let of_code: Vec<_> = all.iter().filter(|entry| entry.code == code).cloned().collect();
        if of_code.is_empty() {
            return Err(unknown(code, &all));
        }
        found.extend(of_code);
    }
    if let Some(framework) = framework {
        for entry in &mut found {
            entry.framework = entry
                .topic
                .map(|topic| Advice { name: framework.name, advice: framework.advice(topic) });
        }
        if found.iter().all(|entry| entry.framework.is_none()) {
            console
                .note(&format!("the text does not depend on the framework ({})", framework.name));
        }
    }
    match options.json {
        true => console.print(&lines(&found))?,
        false => console.print(text(&found, console).as_bytes())?,
    }
    Ok(Exit::Success)
}

/// Everything that has a code: causes, cases of every provider, and the words of `words.txt`.
fn entries(catalog: &Catalog) -> Vec<Entry> {
    let causes = cause::all().map(|text| {
        let cause = text.example();
        Entry {
            topic: text.code.starts_with("body.").then_some(FrameworkTopic::RawBody),
            ..Entry::new("cause", text.code, cause.says(), Some(cause.fix()))
        }
    });
    let mut all: Vec<Entry> = causes.collect();
    let first_case = all.len();
    for provider in catalog.providers() {
        for case in conformance::list(catalog, provider, false) {
            if all.iter().skip(first_case).any(|known| known.code == case.id) {
                continue;
            }
            let topic = FrameworkTopic::of_case(&case);
            all.push(Entry {
                title: Some(case.title.into_owned()),
                severity: Some(case.severity),
                topic,
                ..Entry::new(
                    "case",
                    &case.id,
                    case.why,
                    Some(case.fix).filter(|fix| !fix.is_empty()),
                )
            });
        }
    }
    all.extend(words());
    all
}

/// The words: blocks of kind and code, meaning, and what to do.
fn words() -> impl Iterator<Item = Entry> {
    include_str!("words.txt").split("\n\n").filter_map(|block| {
        let mut lines = block.lines();
        let (kind, code) = lines.next()?.rsplit_once(' ')?;
        let entry = Entry::new(kind, code, lines.next()?, lines.next());
        let topic = (kind == "finding").then(|| FrameworkTopic::of_finding(code)).flatten();
        Some(Entry { topic, ..entry })
    })
}

impl Entry {
    fn new(
        kind: &str,
        code: &str,
        means: impl Into<String>,
        fix: Option<impl Into<String>>,
    ) -> Self {
        Self {
            kind: kind.to_owned(),
            code: code.to_owned(),
            title: None,
            severity: None,
            means: means.into(),
            fix: fix.map(Into::into),
            framework: None,
            topic: None,
        }
    }

    /// What it is, in a line of a list.
    fn summary(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.means)
    }
}

fn framework(name: &str) -> Result<&'static Framework, Error> {
    Framework::named(name).ok_or_else(|| {
        let names: Vec<_> = Framework::names().collect();
        let message = format!("there is no text about the framework `{name}`");
        Error::usage(message, suggest::among(name, &names))
    })
}

/// The error of a code that nothing has, with those that are near.
fn unknown(code: &str, all: &[Entry]) -> Error {
    const MAX_NEAR: usize = 3;
    let mut near: Vec<&str> =
        suggest::nearest(code, all.iter().map(|entry| entry.code.as_str())).into_iter().collect();
    let lower = code.to_lowercase();
    let has_part = |entry: &&Entry| lower.len() > 2 && entry.code.contains(&lower);
    for entry in all.iter().filter(has_part) {
        if near.len() < MAX_NEAR && !near.contains(&entry.code.as_str()) {
            near.push(&entry.code);
        }
    }
    let near: Vec<_> = near.iter().map(|code| format!("`{code}`")).collect();
    let hint = match near.is_empty() {
        true => "`cz-hook explain` lists all codes".to_owned(),
        false => format!("did you mean {}?", near.join(" or ")),
    };
    Error::usage(format!("nothing has the code `{code}`"), hint)
}

fn lines(entries: &[Entry]) -> Vec<u8> {
    entries.iter().flat_map(json_line::line).collect()
}

/// A table for each kind.
fn list(all: &[Entry], console: &Console) -> String {
    let mut out = String::new();
    for kind in all.chunk_by(|a, b| a.kind == b.kind) {
        let rows = kind.iter().map(|entry| [entry.code.as_str(), entry.summary()].map(Cell::from));
        let head = kind.first().map(|entry| entry.kind.to_uppercase()).unwrap_or_default();
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&table::text([&head, "MEANING"], &rows.collect::<Vec<_>>(), console.out));
    }
    out
}

fn text(found: &[Entry], console: &Console) -> String {
    let each = found.iter().map(|entry| {
        let mut about = entry.kind.clone();
        if let Some(severity) = entry.severity {
            about = format!("{about}, {severity}");
        }
        let framework = entry.framework.as_ref().map(|advice| (advice.name, advice.advice));
        let rows = [
            ("title", entry.title.as_deref()),
            ("meaning", Some(entry.means.as_str())),
            ("fix", entry.fix.as_deref()),
        ];
        let rows = rows.into_iter().filter_map(|(label, text)| Some((label, text?)));
        let rows: Vec<_> = rows.chain(framework).collect();
        explanation::block(&entry.code, &about, &rows, console.out, console.width())
    });
    each.collect::<Vec<_>>().join("\n")
}
