//! `cz-hook snippet`: prints an endpoint to paste, or lists them. One correct file for each stack, from
//! `examples/receivers/`, is built into the binary; the tests start every one of them.

use serde::Serialize;

use crate::error::{Error, Exit};
use crate::json_line;
use crate::output::console::Console;
use crate::output::table::{self, Cell};
use crate::webhook::suggest;

#[derive(Debug)]
pub struct SnippetOptions {
    /// Its name or alias; `None` lists all.
    pub name: Option<String>,
    pub json: bool,
}

pub fn run(options: &SnippetOptions, console: &Console) -> Result<Exit, Error> {
    match &options.name {
        None if options.json => {
            let lines: Vec<u8> = ALL.iter().flat_map(json_line::line).collect();
            console.print(&lines)?;
        }
        None => {
            console.print(list(console).as_bytes())?;
            console.hint("`cz-hook snippet NAME` prints the file");
        }
        Some(name) => {
            let snippet = find(name).ok_or_else(|| unknown(name))?;
            if options.json {
                console
                    .print(&json_line::line(&SnippetWithText { snippet, text: snippet.text }))?;
            } else {
                console.print(snippet.text.as_bytes())?;
            }
        }
    }
    Ok(Exit::Success)
}

fn list(console: &Console) -> String {
    let rows: Vec<_> = ALL.iter().map(|s| [s.name, s.stack, s.run].map(Cell::from)).collect();
    table::text(["NAME", "STACK", "RUN"], &rows, console.out)
}

fn unknown(name: &str) -> Error {
    let hint = match nearest(name) {
        Some(near) => format!("did you mean `{near}`? `cz-hook snippet` lists all"),
        None => {
            let names: Vec<_> = ALL.iter().map(|s| s.name).collect();
            format!("available: {}", names.join(", "))
        }
    };
    Error::usage(format!("there is no snippet `{name}`"), hint)
}

/// The line of `snippet NAME --json`.
#[derive(Serialize)]
struct SnippetWithText<'s> {
    #[serde(flatten)]
    snippet: &'s Snippet,
    text: &'s str,
}

/// A file to paste.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "snippet")]
pub(crate) struct Snippet {
    pub(crate) name: &'static str,
    aliases: &'static [&'static str],
    /// Language and framework.
    stack: &'static str,
    file: &'static str,
    /// How it is run, with the secret and the port in the environment.
    run: &'static str,
    #[serde(skip)]
    text: &'static str,
}

macro_rules! example {
    ($path:literal) => {
        include_str!(concat!("../../examples/receivers/", $path))
    };
}

/// Every snippet there is. Listed one by one: a folder taken as a whole might hold installed modules.
pub(crate) const ALL: &[Snippet] = &[
    Snippet {
        name: "express",
        aliases: &["node-express", "node", "nodejs", "javascript", "js"],
        stack: "Node.js, Express 5",
        file: "server.mjs",
        run: "npm install express@5 && node server.mjs",
        text: example!("node-express/server.mjs"),
    },
    Snippet {
        name: "fastify",
        aliases: &["node-fastify"],
        stack: "Node.js, Fastify 5",
        file: "server.mjs",
        run: "npm install fastify@5 && node server.mjs",
        text: example!("node-fastify/server.mjs"),
    },
    Snippet {
        name: "nextjs",
        aliases: &["next", "next.js", "typescript", "ts"],
        stack: "Next.js, route handler",
        file: "app/webhook/route.js",
        run: "npx next dev --port 3000",
        text: example!("nextjs/route.js"),
    },
    Snippet {
        name: "fetch",
        aliases: &["fetch-handler", "cloudflare", "workers", "deno", "bun"],
        stack: "Cloudflare Workers, Deno, Bun",
        file: "worker.mjs",
        run: "deno serve --allow-env --port 3000 worker.mjs",
        text: example!("fetch-handler/worker.mjs"),
    },
    Snippet {
        name: "flask",
        aliases: &["python-flask", "python", "py"],
        stack: "Python, Flask 3",
        file: "app.py",
        run: "pip install flask waitress && python app.py",
        text: example!("python-flask/app.py"),
    },
    Snippet {
        name: "fastapi",
        aliases: &["python-fastapi", "starlette"],
        stack: "Python, FastAPI",
        file: "app.py",
        run: "pip install fastapi uvicorn && python app.py",
        text: example!("python-fastapi/app.py"),
    },
    Snippet {
        name: "django",
        aliases: &["python-django"],
        stack: "Python, Django 5",
        file: "app.py",
        run: "pip install django waitress && python app.py",
        text: example!("python-django/app.py"),
    },
    Snippet {
        name: "php",
        aliases: &[],
        stack: "PHP 8",
        file: "webhook.php",
        run: "php -d enable_post_data_reading=0 -S 127.0.0.1:3000 webhook.php",
        text: example!("php/webhook.php"),
    },
    Snippet {
        name: "rack",
        aliases: &["ruby-rack", "ruby", "rb", "puma"],
        stack: "Ruby, Rack",
        file: "config.ru",
        run: "gem install rack puma && puma -b tcp://127.0.0.1:3000 config.ru",
        text: example!("ruby-rack/config.ru"),
    },
    Snippet {
        name: "go",
        aliases: &["golang", "net/http"],
        stack: "Go, net/http",
        file: "main.go",
        run: "go run main.go",
        text: example!("go/main.go"),
    },
    Snippet {
        name: "axum",
        aliases: &["rust-axum", "rust", "rs"],
        stack: "Rust, axum 0.8",
        file: "src/main.rs",
        run: "cargo run",
        text: example!("rust-axum/main.rs"),
    },
    Snippet {
        name: "java",
        aliases: &["jdk"],
        stack: "Java 17, JDK HttpServer",
        file: "Webhook.java",
        run: "java -cp 'JACKSON JARS' Webhook.java",
        text: example!("java/Webhook.java"),
    },
];

/// The snippet of this name, in any case.
fn find(name: &str) -> Option<&'static Snippet> {
    ALL.iter().find(|snippet| names(snippet).any(|own| own.eq_ignore_ascii_case(name)))
}

/// The name that was probably meant by one that does not exist.
fn nearest(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    suggest::nearest(&lower, ALL.iter().flat_map(names))
}

fn names(snippet: &'static Snippet) -> impl Iterator<Item = &'static str> {
    std::iter::once(snippet.name).chain(snippet.aliases.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_snippets_go_by_one_name() {
        let mut seen = HashSet::new();
        for name in ALL.iter().flat_map(names) {
            assert!(seen.insert(name), "{name}");
            assert_eq!(name, name.to_ascii_lowercase());
        }
    }

    #[test]
    fn names_are_found_in_any_case_and_near_ones_are_meant() {
        assert_eq!(find("Express").map(|s| s.name), Some("express"));
        assert_eq!(find("golang").map(|s| s.name), Some("go"));
        assert_eq!(find("expres"), None);
        assert_eq!(nearest("Expres"), Some("express"));
        assert_eq!(nearest("cobol"), None);
    }

    /// The head of each file says what it is and how it is installed and run.
    #[test]
    fn every_file_says_how_it_is_run() {
        for snippet in ALL {
            let head: String = snippet.text.lines().take(8).collect();
            assert!(head.contains("A webhook endpoint"), "{}", snippet.name);
            let command = snippet.run.rsplit("&& ").next().unwrap_or_default();
            let program = command.split(' ').next().unwrap_or_default();
            assert!(head.contains(program), "{}: {program}", snippet.name);
            assert!(head.contains("SECRET_KEY"), "{}", snippet.name);
        }
    }
}
