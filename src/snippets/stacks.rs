//! The stacks: a file for each framework in `examples/receivers/`, and the command that runs it.

use crate::webhook::suggest;

/// A language that a writer exists for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    JavaScript,
    Python,
    Php,
    Ruby,
    Go,
    Rust,
    Java,
}

impl Language {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::JavaScript => "JavaScript",
            Self::Python => "Python",
            Self::Php => "PHP",
            Self::Ruby => "Ruby",
            Self::Go => "Go",
            Self::Rust => "Rust",
            Self::Java => "Java",
        }
    }

    /// What starts a comment.
    pub fn comment(self) -> &'static str {
        match self {
            Self::Python | Self::Ruby => "#",
            _ => "//",
        }
    }
}

/// A language and framework.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stack {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    /// Language and framework.
    pub title: &'static str,
    pub language: Language,
    pub file: &'static str,
    /// How it is run in the folder of the file, by the alias that asks for it; the first by default. `@packages@` stands
    /// for the packages that the verification needs.
    pub runs: &'static [(&'static str, &'static str)],
    /// Its server does not pass on headers with `_` in their names.
    pub drops_underscores: bool,
    /// Packages can be installed for it.
    pub has_packages: bool,
    pub text: &'static str,
}

macro_rules! example {
    ($path:literal) => {
        include_str!(concat!("../../examples/receivers/", $path))
    };
}

const NODE: Stack = Stack {
    name: "",
    aliases: &[],
    title: "",
    language: Language::JavaScript,
    file: "server.mjs",
    runs: &[],
    drops_underscores: false,
    has_packages: true,
    text: "",
};

const PYTHON: Stack = Stack {
    language: Language::Python,
    file: "app.py",
    // waitress.
    drops_underscores: true,
    ..NODE
};

const OTHER: Stack = Stack { has_packages: false, ..NODE };

/// Every stack there is. Listed one by one: a folder taken as a whole might hold installed modules.
pub(crate) const ALL: &[Stack] = &[
    Stack {
        name: "express",
        aliases: &["node-express", "node", "nodejs", "javascript", "js"],
        title: "Node.js, Express 5",
        runs: &[("", "npm install express@5@packages@ && node server.mjs")],
        text: example!("node-express/server.mjs"),
        ..NODE
    },
    Stack {
        name: "fastify",
        aliases: &["node-fastify"],
        title: "Node.js, Fastify 5",
        runs: &[("", "npm install fastify@5@packages@ && node server.mjs")],
        text: example!("node-fastify/server.mjs"),
        ..NODE
    },
    Stack {
        name: "nextjs",
        aliases: &["next", "next.js", "typescript", "ts"],
        title: "Next.js, route handler",
        file: "app/webhook/route.js",
        runs: &[(
            "",
            "npm install next react react-dom@packages@ && npx next dev --hostname 127.0.0.1 --port 3000",
        )],
        text: example!("nextjs/route.js"),
        ..NODE
    },
    Stack {
        name: "fetch",
        aliases: &["fetch-handler", "deno", "bun", "cloudflare", "workers"],
        title: "Deno, Bun, Cloudflare Workers",
        file: "worker.mjs",
        runs: &[
            ("deno", "deno serve --allow-env --host 127.0.0.1 --port 3000 worker.mjs"),
            ("bun", "bun worker.mjs"),
            ("cloudflare", WRANGLER),
            ("workers", WRANGLER),
        ],
        text: example!("fetch-handler/worker.mjs"),
        ..OTHER
    },
    Stack {
        name: "flask",
        aliases: &["python-flask", "python", "py"],
        title: "Python, Flask 3",
        runs: &[(
            "",
            "python3 -m venv venv && venv/bin/pip install flask waitress@packages@ && venv/bin/python app.py",
        )],
        text: example!("python-flask/app.py"),
        ..PYTHON
    },
    Stack {
        name: "fastapi",
        aliases: &["python-fastapi", "starlette"],
        title: "Python, FastAPI",
        runs: &[(
            "",
            "python3 -m venv venv && venv/bin/pip install fastapi uvicorn@packages@ && venv/bin/python app.py",
        )],
        drops_underscores: false,
        text: example!("python-fastapi/app.py"),
        ..PYTHON
    },
    Stack {
        name: "django",
        aliases: &["python-django"],
        title: "Python, Django 5",
        runs: &[(
            "",
            "python3 -m venv venv && venv/bin/pip install django waitress@packages@ && venv/bin/python app.py",
        )],
        text: example!("python-django/app.py"),
        ..PYTHON
    },
    Stack {
        name: "php",
        title: "PHP 8",
        language: Language::Php,
        file: "webhook.php",
        runs: &[("", "php webhook.php")],
        text: example!("php/webhook.php"),
        ..OTHER
    },
    Stack {
        name: "rack",
        aliases: &["ruby-rack", "ruby", "rb", "puma"],
        title: "Ruby, Rack",
        language: Language::Ruby,
        file: "config.ru",
        runs: &[("", "gem install rack puma && puma -b tcp://127.0.0.1:3000 config.ru")],
        text: example!("ruby-rack/config.ru"),
        ..OTHER
    },
    Stack {
        name: "go",
        aliases: &["golang", "net/http"],
        title: "Go, net/http",
        language: Language::Go,
        file: "main.go",
        runs: &[("", "go run main.go")],
        text: example!("go/main.go"),
        ..OTHER
    },
    Stack {
        name: "axum",
        aliases: &["rust-axum", "rust", "rs"],
        title: "Rust, axum 0.8",
        language: Language::Rust,
        file: "src/main.rs",
        runs: &[(
            "",
            "cargo init --name webhook && cargo add axum@0.8 serde_json -F serde_json/raw_value && \
             cargo add@packages@ && cargo add tokio -F macros,net,rt-multi-thread && cargo run",
        )],
        text: example!("rust-axum/main.rs"),
        ..OTHER
    },
    Stack {
        name: "java",
        aliases: &["jdk"],
        title: "Java 17, JDK HttpServer",
        language: Language::Java,
        file: "Webhook.java",
        runs: &[("", "java Webhook.java")],
        text: example!("java/Webhook.java"),
        ..OTHER
    },
];

const WRANGLER: &str = "echo \"CZ_HOOK_SECRET=$CZ_HOOK_SECRET\" > .dev.vars && \
                        npx wrangler dev worker.mjs --port 3000 --compatibility-date 2025-09-01 \
                        --compatibility-flags nodejs_compat";

impl Stack {
    /// The command that runs it, as asked for by this name, with these packages.
    pub fn run(&self, name: &str, packages: &[&str]) -> String {
        let asked = self.runs.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name));
        let command = asked.or(self.runs.first()).map_or("", |(_, command)| command);
        let packages: String = packages.iter().map(|package| format!(" {package}")).collect();
        command.replace("@packages@", &packages)
    }

    /// Every command that runs it, once.
    pub fn every_run(&self, packages: &[&str]) -> Vec<String> {
        let mut all: Vec<_> =
            self.runs.iter().map(|(alias, _)| self.run(alias, packages)).collect();
        all.dedup();
        all
    }
}

/// The stack of this name, in any case.
pub(crate) fn find(name: &str) -> Option<&'static Stack> {
    ALL.iter().find(|stack| names(stack).any(|own| own.eq_ignore_ascii_case(name)))
}

/// The name that was probably meant by one that does not exist.
pub(crate) fn nearest(name: &str) -> Option<&'static str> {
    suggest::nearest(name, ALL.iter().flat_map(names))
}

fn names(stack: &'static Stack) -> impl Iterator<Item = &'static str> {
    std::iter::once(stack.name).chain(stack.aliases.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_stacks_go_by_one_name() {
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

    #[test]
    fn an_alias_has_its_own_command() {
        let fetch = find("fetch").unwrap();
        assert!(fetch.run("Bun", &[]).starts_with("bun "));
        assert!(fetch.run("fetch", &[]).starts_with("deno "));
        assert_eq!(fetch.every_run(&[]).len(), 3);
    }
}
