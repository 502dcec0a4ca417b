//! `cz-hook completions`: its argument, and the scripts of the shells, which contain the names of the built-in
//! events, providers, channels and snippets.

use std::collections::BTreeSet;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, Args, Command, CommandFactory, ValueHint};
use clap_complete::{Shell, generate};

use crate::commands::snippet;
use crate::conformance;
use crate::output::reports::FORMATS;
use crate::webhook::provider::catalog::{Catalog, DEFAULT_PROVIDER};

use super::Cli;

const NAME: &str = "cz-hook";

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 printed.

Examples:
  cz-hook completions bash > ~/.local/share/bash-completion/completions/cz-hook
  cz-hook completions fish > ~/.config/fish/completions/cz-hook.fish")]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// The completion script of a shell; the same text is committed under `completions/`.
pub(super) fn script(shell: Shell) -> String {
    let mut command = with_names(Cli::command(), &Names::built_in());
    let mut out = Vec::new();
    generate(shell, &mut command, NAME, &mut out);
    let script = String::from_utf8_lossy(&out).into_owned();
    match shell {
        // The generator treats the hyphen of the name as a separator in one place and not in another, so its
        // branches are never reached.
        Shell::Bash => script.replace("cz__subcmd__hook__", "cz__hook__"),
        Shell::Zsh => script,
        _ => add_values(shell, script, &command, &mut vec![NAME]),
    }
}

/// The known names, by the argument that takes them.
struct Names {
    events: Vec<&'static str>,
    channels: Vec<&'static str>,
    providers: Vec<&'static str>,
    snippets: Vec<&'static str>,
    /// Those of the default provider.
    cases: Vec<&'static str>,
    reports: Vec<&'static str>,
}

impl Names {
    fn built_in() -> Self {
        let mut events = BTreeSet::new();
        let mut channels = BTreeSet::new();
        let mut providers = Vec::new();
        for provider in Catalog::builtin().providers() {
            providers.push(provider.name.as_str());
            for event in &provider.events {
                events.insert(event.name.as_str());
                channels.extend(event.channels.iter().map(String::as_str));
            }
        }
        Self {
            events: events.into_iter().collect(),
            channels: channels.into_iter().collect(),
            providers,
            snippets: snippet::ALL.iter().map(|s| s.name).collect(),
            cases: case_ids(),
            reports: FORMATS.iter().map(|format| kept(format!("{}=", format.name))).collect(),
        }
    }

    fn of(&self, arg: &Arg) -> &[&'static str] {
        match arg.get_id().as_str() {
            "event" => &self.events,
            "channel" => &self.channels,
            "provider" => &self.providers,
            "snippet" => &self.snippets,
            "only" | "skip" | "tolerate" => &self.cases,
            "report" => &self.reports,
            "tunnel" => &["cloudflared", "ngrok", "bore", "ssh:"],
            _ => &[],
        }
    }
}

/// The ids of the test cases of the default provider.
fn case_ids() -> Vec<&'static str> {
    let catalog = Catalog::builtin();
    let Some(provider) = catalog.provider(DEFAULT_PROVIDER) else {
        return Vec::new();
    };
    let ids: Vec<_> =
        conformance::list(catalog, provider, false).into_iter().map(|case| case.id).collect();
    let families: BTreeSet<_> = ids.iter().filter_map(|id| Some(id.split_once('/')?.0)).collect();
    let families = families.into_iter().map(|family| kept(format!("{family}/*")));
    families.chain(ids.iter().map(|id| kept(id.to_string()))).collect()
}

/// A name as clap takes them. The program ends when it has printed the script.
fn kept(name: String) -> &'static str {
    name.leak()
}

/// The command line with the names as possible values. Parsing does not use them: its own errors suggest the
/// nearest name.
fn with_names(command: Command, names: &Names) -> Command {
    command
        .mut_args(|arg| {
            let own = names.of(&arg);
            if own.is_empty() {
                return with_hint(arg);
            }
            let shown = arg.get_value_names().and_then(|names| names.first());
            let auto = shown.is_some_and(|v| *v == "NAME|auto").then_some("auto");
            let values = own.iter().copied().chain(auto).map(PossibleValue::new);
            let values: Vec<_> = values.collect();
            arg.value_parser(PossibleValuesParser::new(values))
        })
        .mut_subcommands(|sub| with_names(sub, names))
}

/// An argument whose value is a file only where its name says so: without a hint, shells offer files everywhere.
fn with_hint(arg: Arg) -> Arg {
    if arg.get_value_hint() != ValueHint::Unknown || !arg.get_possible_values().is_empty() {
        return arg;
    }
    let names = arg.get_value_names().unwrap_or_default();
    let id = arg.get_id().as_str().to_uppercase();
    let is = |name: &str| names.iter().any(|own| own.contains(name)) || id == name;
    let hint = match () {
        () if is("DIR") => ValueHint::DirPath,
        () if ["FILE", "PATH", "CAPTURE"].into_iter().any(is) && !is("PATH=VALUE") => {
            ValueHint::FilePath
        }
        () => ValueHint::Other,
    };
    arg.value_hint(hint)
}

/// Adds what a shell's generator omits: fish has no values of positional arguments, PowerShell and Elvish have
/// no values at all.
fn add_values<'c>(
    shell: Shell,
    mut script: String,
    command: &'c Command,
    path: &mut Vec<&'c str>,
) -> String {
    let values: Vec<String> = command
        .get_arguments()
        .filter(|arg| shell != Shell::Fish || arg.is_positional())
        .flat_map(Arg::get_possible_values)
        .filter(|value| !value.is_hide_set())
        .map(|value| value.get_name().to_owned())
        .collect();
    let path_text = path.join(";");
    match shell {
        _ if values.is_empty() => {}
        Shell::Fish => script.push_str(&fish(path, &values)),
        Shell::PowerShell => {
            let lines = values.iter().map(|v| {
                format!("            [CompletionResult]::new('{v}', '{v}', [CompletionResultType]::ParameterValue, '{v}')\n")
            });
            script =
                insert_after(&script, &format!("'{path_text}' {{\n"), &lines.collect::<String>());
        }
        Shell::Elvish => {
            let lines = values.iter().map(|v| format!("            cand {v} ''\n"));
            script =
                insert_after(&script, &format!("&'{path_text}'= {{\n"), &lines.collect::<String>());
        }
        _ => {}
    }
    for sub in command.get_subcommands() {
        path.push(sub.get_name());
        script = add_values(shell, script, sub, path);
        path.pop();
    }
    script
}

/// A line for fish, with the conditions that its generator writes.
fn fish(path: &[&str], values: &[String]) -> String {
    let condition = match path {
        [_, sub] => format!("__fish_cz_hook_using_subcommand {sub}"),
        [_, sub, subsub] => format!(
            "__fish_cz_hook_using_subcommand {sub}; and __fish_seen_subcommand_from {subsub}"
        ),
        _ => "__fish_cz_hook_needs_command".to_owned(),
    };
    format!("complete -c {NAME} -n \"{condition}\" -f -a \"{}\"\n", values.join(" "))
}

/// `text` with `more` after the first `mark`.
fn insert_after(text: &str, mark: &str, more: &str) -> String {
    text.replacen(mark, &format!("{mark}{more}"), 1)
}
