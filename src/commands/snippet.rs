//! `cz-hook snippet`: a correct endpoint to paste, or the list of them.

use serde::Serialize;

use crate::error::{Error, Exit};
use crate::json_line;
use crate::output::console::Console;
use crate::output::table::{self, Cell};
use crate::snippets::{self, Snippet};

/// Which snippet to print.
#[derive(Debug)]
pub struct SnippetOptions {
    /// Its name or alias; `None` lists all.
    pub name: Option<String>,
    pub json: bool,
}

pub fn run(options: &SnippetOptions, console: &Console) -> Result<Exit, Error> {
    match &options.name {
        None if options.json => {
            let lines: Vec<u8> = snippets::ALL
                .iter()
                .flat_map(|snippet| json_line::line(&SnippetLine::from(snippet)))
                .collect();
            console.print(&lines)?;
        }
        None => {
            console.print(list(console).as_bytes())?;
            console.hint("`cz-hook snippet NAME` prints the file");
        }
        Some(name) => {
            let snippet = snippets::find(name).ok_or_else(|| unknown(name))?;
            if options.json {
                console.print(&json_line::line(&SnippetWithText {
                    snippet: SnippetLine::from(snippet),
                    text: snippet.text,
                }))?;
            } else {
                console.print(snippet.text.as_bytes())?;
            }
        }
    }
    Ok(Exit::Success)
}

fn list(console: &Console) -> String {
    let rows: Vec<_> = snippets::ALL
        .iter()
        .map(|s| [s.name, s.stack, s.run].map(Cell::from))
        .collect();
    table::text(["NAME", "STACK", "RUN"], &rows, console.out)
}

fn unknown(name: &str) -> Error {
    let hint = match snippets::nearest(name) {
        Some(near) => format!("did you mean `{near}`? `cz-hook snippet` lists all"),
        None => {
            let names: Vec<_> = snippets::ALL.iter().map(|s| s.name).collect();
            format!("available: {}", names.join(", "))
        }
    };
    Error::usage(format!("there is no snippet `{name}`"), hint)
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "snippet")]
struct SnippetLine {
    name: &'static str,
    aliases: &'static [&'static str],
    stack: &'static str,
    file: &'static str,
    run: &'static str,
}

impl From<&Snippet> for SnippetLine {
    fn from(snippet: &Snippet) -> Self {
        Self {
            name: snippet.name,
            aliases: snippet.aliases,
            stack: snippet.stack,
            file: snippet.file,
            run: snippet.run,
        }
    }
}

#[derive(Serialize)]
struct SnippetWithText {
    #[serde(flatten)]
    snippet: SnippetLine,
    text: &'static str,
}
