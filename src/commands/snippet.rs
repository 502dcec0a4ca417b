//! `cz-hook snippet`: a correct endpoint to paste, or the list of them.

use serde::Serialize;

use crate::cli::snippet::SnippetArgs;
use crate::error::Error;
use crate::error::Exit;
use crate::output::console::Console;
use crate::output::json;
use crate::output::table::{self, Cell};
use crate::snippets::{self, Snippet};

pub fn run(args: &SnippetArgs, console: &Console) -> Result<Exit, Error> {
    match &args.snippet {
        None if args.json => {
            let lines: Vec<u8> = snippets::ALL
                .iter()
                .flat_map(|snippet| json::line(&Listed::from(snippet)))
                .collect();
            console.print(&lines)?;
        }
        None => {
            console.print(list(console).as_bytes())?;
            console.hint("`cz-hook snippet NAME` prints the file");
        }
        Some(name) => {
            let snippet = snippets::find(name).ok_or_else(|| unknown(name))?;
            if args.json {
                console.print(&json::line(&Whole {
                    listed: Listed::from(snippet),
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
        Some(near) => format!("did you mean `{near}`? `cz-hook snippet` lists what there is"),
        None => {
            let names: Vec<_> = snippets::ALL.iter().map(|s| s.name).collect();
            format!("there are: {}", names.join(", "))
        }
    };
    Error::usage(format!("there is no snippet `{name}`"), hint)
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "snippet")]
struct Listed {
    name: &'static str,
    aliases: &'static [&'static str],
    stack: &'static str,
    file: &'static str,
    run: &'static str,
}

impl From<&Snippet> for Listed {
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
struct Whole {
    #[serde(flatten)]
    listed: Listed,
    text: &'static str,
}
