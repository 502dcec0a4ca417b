//! Endpoints to paste: the file of a stack with the verification of a provider's signature. A scheme becomes a
//! [`plan::Plan`], which one writer for each language turns into code; `examples/receivers/` has the rest of the files.

mod code;
mod dialect;
mod go;
mod java;
mod javascript;
mod library;
mod php;
mod plan;
mod python;
mod ruby;
mod rust;
pub(crate) mod stacks;
mod text;

use crate::webhook::provider::Provider;
use crate::webhook::signature::key::KeyForm;
use crate::webhook::signature::scheme::{Algorithm, Scheme};
use code::Code;
pub(crate) use code::Refusal;
use library::Library;
use plan::{BodyKind, From, Place, Plan};
use stacks::{Language, Stack};

/// A file to paste.
#[derive(Debug)]
pub(crate) struct Snippet {
    pub text: String,
    /// The command that runs it.
    pub run: String,
}

/// The file of a stack that verifies a signature of a provider. `name` is the name that the user asked for.
///
/// # Errors
/// When the language cannot verify it.
pub(crate) fn of_scheme(
    stack: &Stack,
    name: &str,
    provider: &Provider,
    scheme: &Scheme,
) -> Result<Snippet, Refusal> {
    let plan = Plan::new(provider, scheme);
    refused(stack, &plan)?;
    Ok(render(stack, name, &plan, &write(stack.language, &plan)))
}

fn write(language: Language, plan: &Plan<'_>) -> Code {
    match language {
        Language::JavaScript => javascript::write(plan),
        Language::Python => python::write(plan),
        Language::Php => php::write(plan),
        Language::Ruby => ruby::write(plan),
        Language::Go => go::write(plan),
        Language::Rust => rust::write(plan),
        Language::Java => java::write(plan),
    }
}

/// The file of a stack that verifies deliveries of a provider with a library.
///
/// # Errors
/// When there is no library for this provider and language.
pub(crate) fn of_library(
    stack: &Stack,
    name: &str,
    provider: &Provider,
    scheme: &Scheme,
) -> Result<Snippet, Refusal> {
    let library = library::find(stack, &provider.name)?;
    let plan = Plan::new(provider, scheme);
    Ok(render(stack, name, &plan, &library_code(stack.language, library, &plan)))
}

fn library_code(language: Language, library: &'static Library, plan: &Plan<'_>) -> Code {
    let settings = library.settings.as_slice();
    let (reading, parse) = match language {
        Language::Python => (python::library_settings(settings), python::parse(plan.body)),
        _ => (javascript::library_settings(settings), javascript::parse(plan.body)),
    };
    let mut imports = library.imports.trim_start().to_owned();
    if language == Language::Python && plan.body == BodyKind::Form {
        imports.insert_str(0, "import urllib.parse\n");
    }
    let gap = if language == Language::Python { "\n\n" } else { "\n" };
    Code {
        imports,
        verify: format!("{reading}{gap}{}", library.verify.trim_start()),
        parse: parse.to_owned(),
        packages: vec![&library.package],
    }
}

/// What a stack cannot verify.
fn refused(stack: &Stack, plan: &Plan<'_>) -> Result<(), Refusal> {
    let language = stack.language.name();
    let provider = plan.provider;
    let refuse = |reason: String, hint: &str| Err(Refusal::new(reason, hint));
    if stack.language == Language::Rust && plan.algorithm.has_public_key() {
        return refuse(
            format!(
                "the Rust snippet cannot verify {}, which `{provider}` signs with",
                plan.algorithm
            ),
            "take another language, or verify it with the crate `ring`",
        );
    }
    if stack.language == Language::Java && plan.reads_fields() {
        return refuse(
            format!(
                "the Java snippet cannot read the fields of the body that `{provider}` signs: the JDK has no JSON parser"
            ),
            "take another language",
        );
    }
    let is_raw = matches!(plan.key_form, KeyForm::Base64 | KeyForm::Hex);
    if stack.language == Language::Php && plan.algorithm == Algorithm::Ed25519 && !is_raw {
        return refuse(
            format!(
                "the PHP snippet cannot read the Ed25519 key of `{provider}`: sodium needs its 32 bytes"
            ),
            "take another language",
        );
    }
    let headers = plan.variables.iter().filter_map(|variable| match variable.from {
        From::Header(name) => Some(name),
        From::Item(_) => None,
    });
    let own = match &plan.location {
        Place::Header(name) => Some(*name),
        Place::Field(_) => None,
    };
    if let Some(name) =
        headers.chain(own).find(|name| stack.drops_underscores && name.contains('_'))
    {
        return refuse(
            format!(
                "{language} with `{}` cannot read the header {name} of `{provider}`: its server drops names with `_`",
                stack.name
            ),
            "take another framework, such as fastapi or express",
        );
    }
    Ok(())
}

/// The template of a stack with the parts of a provider.
fn render(stack: &Stack, name: &str, plan: &Plan<'_>, code: &Code) -> Snippet {
    let mut text = filled(stack, plan, code, false);
    if code.verify.contains("async function isGenuine(") {
        let call = "isGenuine(settings, header, body)";
        text = text.replace(&format!("(!{call})"), &format!("(!(await {call}))"));
    }
    Snippet { text, run: stack.run(name, &code.packages) }
}

/// The template with its parts between their marks, such as `// cz-hook: verify` and `// cz-hook: end`.
fn filled(stack: &Stack, plan: &Plan<'_>, code: &Code, keeps_marks: bool) -> String {
    let start = format!("{} cz-hook: ", stack.language.comment());
    let head = head(stack, plan, code);
    let mut text = String::new();
    let mut is_replaced = false;
    for line in stack.text.split_inclusive('\n') {
        let mark = line.trim().strip_prefix(&start);
        if mark.map_or(!is_replaced, |_| keeps_marks) {
            text.push_str(line);
        }
        text.push_str(match mark {
            Some("head") => &head,
            Some("imports") => &code.imports,
            Some("verify") => &code.verify,
            Some("parse") => &code.parse,
            _ => "",
        });
        if let Some(mark) = mark {
            is_replaced = mark != "end";
        }
    }
    text
}

/// The head comment: how it is run, what it reads and what it refuses.
fn head(stack: &Stack, plan: &Plan<'_>, code: &Code) -> String {
    let comment = stack.language.comment();
    let secret = match plan.algorithm {
        algorithm if algorithm.has_public_key() => format!("the public key ({algorithm})"),
        _ => "the signing secret, as for `cz-hook send`".to_owned(),
    };
    let mut lines: Vec<(&str, String)> = Vec::new();
    for (at, run) in stack.every_run(&code.packages).into_iter().enumerate() {
        lines.push((if at == 0 { "Run" } else { "or" }, run));
    }
    lines.push(("Signed", format!("as `{}` signs: {}", plan.provider, plan.summary)));
    lines.push(("Reads", format!("CZ_HOOK_SECRET: {secret}")));
    for name in &plan.settings {
        lines.push((
            "",
            match name.as_str() {
                "PUBLIC_URL" => "PUBLIC_URL: the whole URL that the provider sends to".to_owned(),
                "PUBLIC_PATH" => {
                    "PUBLIC_PATH: the path of the URL that the provider sends to".to_owned()
                }
                name => format!("{name}: a value that the provider signs"),
            },
        ));
    }
    lines.push((
        "Refuses",
        "a wrong or missing signature: 400; a method other than POST: 405; more than 2 MB: 413"
            .to_owned(),
    ));
    if plan.body != BodyKind::Form {
        lines.push(("", format!("a body that is not {}: 400", plan.body.name())));
    }
    if !plan.handshakes.is_empty() {
        lines.push((
            "Lacks",
            format!(
                "an answer to the requests that check an endpoint: {}",
                plan.handshakes.join(", ")
            ),
        ));
    }
    let line = |(name, text): &(&str, String)| {
        let name = if name.is_empty() { String::new() } else { format!("{name}:") };
        format!("{comment} {name:<9}{}\n", text::in_comment(text))
    };
    lines.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::provider::catalog::{Catalog, DEFAULT_PROVIDER};

    /// The files in `examples/receivers/` are runnable: they have the parts of the default provider.
    /// `UPDATE_EXAMPLES=1 cargo test --lib snippets` writes them.
    #[test]
    fn every_example_has_the_parts_of_the_default_provider() {
        let provider = Catalog::builtin().provider(DEFAULT_PROVIDER).unwrap();
        let plan = Plan::new(provider, provider.scheme().unwrap());
        for stack in stacks::ALL {
            let text = filled(stack, &plan, &write(stack.language, &plan), true);
            if std::env::var_os("UPDATE_EXAMPLES").is_some() {
                let root = env!("CARGO_MANIFEST_DIR");
                let folder =
                    stack.aliases.iter().find(|name| name.contains('-')).unwrap_or(&stack.name);
                let file = stack.file.rsplit('/').next().unwrap();
                std::fs::write(format!("{root}/examples/receivers/{folder}/{file}"), text).unwrap();
            } else {
                assert!(
                    text == stack.text,
                    "{}: UPDATE_EXAMPLES=1 cargo test --lib snippets",
                    stack.name
                );
            }
        }
    }

    /// No snippet has a placeholder or a mark that was not replaced.
    #[test]
    fn every_snippet_of_every_provider_is_whole() {
        for provider in Catalog::builtin().providers() {
            for scheme in &provider.signatures {
                for stack in stacks::ALL {
                    let Ok(snippet) = of_scheme(stack, stack.name, provider, scheme) else {
                        continue;
                    };
                    let text = &snippet.text;
                    assert!(!text.contains("cz-hook: "), "{} {}", provider.name, stack.name);
                    for mark in ["@name@", "@text@", "@bytes@", "@path@", "@packages@", "@divisor@"]
                    {
                        assert!(!text.contains(mark), "{} {} {mark}", provider.name, stack.name);
                    }
                    assert!(!snippet.run.contains("@packages"), "{}", snippet.run);
                }
            }
        }
    }

    #[test]
    fn what_a_language_cannot_verify_is_refused_by_name() {
        let refusal = |stack: &str, provider: &str| {
            let stack = stacks::find(stack).unwrap();
            let provider = Catalog::builtin().provider(provider).unwrap();
            of_scheme(stack, stack.name, provider, provider.scheme().unwrap())
                .err()
                .map(|e| e.reason)
        };
        assert!(refusal("axum", "discord").unwrap().contains("Ed25519"));
        assert!(refusal("java", "adyen").unwrap().contains("no JSON parser"));
        assert!(refusal("flask", "synthflow").unwrap().contains("http_synthflow_signature"));
        assert_eq!(refusal("go", "discord"), None);
        assert_eq!(refusal("axum", "adyen"), None);
    }
}
