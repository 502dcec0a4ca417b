//! The committed manual pages match this build: one per command, generated from the same definitions as `--help`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command as Program;

use crate::support::{files, programs, root};
use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use cz_hook::cli::Cli;

const ENVIRONMENT: &[(&str, &str)] = &[
    ("CZ_HOOK_SECRET", "The signing secret, when neither --secret nor --secret-file is given."),
    ("CZ_HOOK_VERIFY_TOKEN", "The verify token of handshakes, when --verify-token is not given."),
    ("CZ_HOOK_PROFILE", "The profile, when --profile is not given."),
    ("CZ_HOOK_CONFIG", "The one cz-hook.toml to read, when --config is not given."),
    ("NO_COLOR", "When it is set and not empty, nothing is coloured under --color auto."),
    (
        "CLICOLOR_FORCE",
        "When it is set, not empty and not 0, everything is coloured under --color auto.",
    ),
];

const FILES: &[(&str, &str)] = &[
    (
        "cz-hook.toml",
        "Named profiles: in the working directory, or in the nearest folder above it, up to the root of the \
         repository.",
    ),
    (
        "~/.config/cz-hook/cz-hook.toml",
        "The user's own, which adds what the project's file does not set.",
    ),
    (
        "~/.config/cz-hook/trusted.json",
        "The cz-hook.toml files that the user trusts, written by `cz-hook trust`.",
    ),
];

const STATUS: &[(&str, &str)] = &[
    ("0", "Success: verified, accepted, valid, or everything expected arrived."),
    (
        "1",
        "A negative verdict: an invalid signature, an unexpected response, an invalid payload, a failed case, or a \
         timeout.",
    ),
    ("2", "The command line or the configuration cannot be used as given."),
    ("3", "A file, the network or the peer failed: there is no verdict."),
    ("130", "Interrupted."),
];

fn folder() -> PathBuf {
    root().join("man")
}

/// Every page by its file's name.
fn pages() -> BTreeMap<String, Vec<u8>> {
    fn walk(command: &Command, above: &[String], pages: &mut BTreeMap<String, Vec<u8>>) {
        let mut names = above.to_vec();
        names.push(command.get_name().to_owned());
        let page = names.join("-");
        pages.insert(format!("{page}.1"), render(command, &names));
        for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
            walk(sub, &names, pages);
        }
    }
    let mut command = Cli::command();
    command.build();
    let mut pages = BTreeMap::new();
    walk(&command, &[], &mut pages);
    pages
}

fn render(command: &Command, names: &[String]) -> Vec<u8> {
    let page = names.join("-");
    let usage = command.clone().render_usage().to_string();
    let named = command
        .clone()
        .display_name(page.clone())
        .bin_name(names.join(" "))
        .override_usage(usage.trim_start_matches("Usage: ").to_owned());
    let man = Man::new(named);
    // Without a date: a page changes with the tool, not with the day. The library omits an empty one.
    let mut out = format!(
        ".TH {} 1 \"\" \"cz-hook {}\" \"cz-hook manual\"\n",
        page.to_uppercase(),
        env!("CARGO_PKG_VERSION")
    )
    .into_bytes();
    man.render_name_section(&mut out).unwrap();
    man.render_synopsis_section(&mut out).unwrap();
    man.render_description_section(&mut out).unwrap();
    man.render_options_section(&mut out).unwrap();
    if command.has_subcommands() {
        man.render_subcommands_section(&mut out).unwrap();
    }
    let mut rest = Roff::default();
    after_help(command, &mut rest);
    definitions(&mut rest, "EXIT STATUS", STATUS);
    if names.len() == 1 {
        definitions(&mut rest, "ENVIRONMENT", ENVIRONMENT);
        definitions(&mut rest, "FILES", FILES);
    }
    see_also(command, names, &mut rest);
    rest.to_writer(&mut out).unwrap();
    tidy(&out)
}

/// The text after the options of `--help`: commands as they are, then prose.
fn after_help(command: &Command, roff: &mut Roff) {
    let Some(text) = command.get_after_help() else {
        return;
    };
    let text = text.to_string();
    let is_example = |line: &&str| line.starts_with("  ");
    let examples: Vec<_> = text.lines().filter(is_example).collect();
    if !examples.is_empty() {
        roff.control("SH", ["EXAMPLES"]);
        roff.control("EX", []);
        for line in examples {
            roff.text([roman(line.trim_start())]);
        }
        roff.control("EE", []);
    }
    // The exit codes have a section of their own.
    let prose: Vec<_> = text
        .lines()
        .filter(|line| !is_example(line) && !line.ends_with("xamples:"))
        .filter(|line| !line.starts_with("Exit codes:"))
        .collect();
    if !prose.is_empty() {
        roff.control("SH", ["NOTES"]);
        roff.text([roman(prose.join("\n"))]);
    }
}

fn definitions(roff: &mut Roff, title: &str, rows: &[(&str, &str)]) {
    roff.control("SH", [title]);
    for (term, says) in rows {
        roff.control("TP", []);
        roff.text([bold(*term)]);
        roff.text([roman(*says)]);
    }
}

fn see_also(command: &Command, names: &[String], roff: &mut Roff) {
    let above = names[..names.len() - 1].join("-");
    let mut others: Vec<String> = command
        .get_subcommands()
        .filter(|sub| !sub.is_hide_set())
        .map(|sub| format!("{}-{}", names.join("-"), sub.get_name()))
        .collect();
    if !above.is_empty() {
        others.insert(0, above);
    }
    if others.is_empty() {
        return;
    }
    roff.control("SH", ["SEE ALSO"]);
    let last = others.len() - 1;
    for (i, other) in others.iter().enumerate() {
        let behind = if i == last { "(1)" } else { "(1)," };
        roff.text([bold(other.as_str()), roman(behind)]);
    }
}

/// The preamble once, and nothing that formatters of manual pages warn about: no date, no trailing white space, no
/// empty line.
fn tidy(page: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(page.to_vec()).unwrap();
    let mut out = String::new();
    let mut seen = std::collections::BTreeSet::new();
    for line in text.lines().map(str::trim_end) {
        let is_preamble = line.starts_with(".ie ") || line.starts_with(".el ");
        let is_break_before_a_break = line == ".br" && out.ends_with(".br\n");
        if line.is_empty()
            || is_break_before_a_break
            || (is_preamble && !seen.insert(line.to_owned()))
        {
            continue;
        }
        out.push_str(line);
        out.push('\n');
    }
    out.into_bytes()
}

#[test]
fn the_committed_pages_are_up_to_date() {
    let pages = pages();
    assert!(pages.len() > 15, "{:?}", pages.keys());
    let update = std::env::var_os("UPDATE_MAN").is_some();
    let committed: Vec<String> = std::fs::read_dir(folder())
        .expect("man/")
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    for name in committed {
        if !pages.contains_key(&name) {
            assert!(update, "man/{name} is of no command: remove it");
            std::fs::remove_file(folder().join(name)).unwrap();
        }
    }
    for (name, page) in &pages {
        let path = folder().join(name);
        if update {
            std::fs::write(&path, page).unwrap();
        }
        assert!(
            std::fs::read(&path).unwrap_or_default() == *page,
            "man/{name} is stale: run UPDATE_MAN=1 cargo test --test project man"
        );
    }
}

#[test]
fn every_variable_that_the_tool_reads_is_in_the_manual() {
    let mut found = Vec::new();
    for (_, text) in files("src", &["rs"]) {
        for part in text.split("CZ_HOOK_").skip(1) {
            let is_name = |c: &char| c.is_ascii_uppercase() || *c == '_';
            let name: String = part.chars().take_while(is_name).collect();
            found.push(format!("CZ_HOOK_{name}"));
        }
    }
    assert!(found.len() > 2);
    for name in found {
        assert!(
            ENVIRONMENT.iter().any(|(known, _)| *known == name),
            "{name} is in the source and not in the manual"
        );
    }
}

/// The warnings of the formatters of manual pages.
#[test]
fn mandoc_and_groff_accept_every_page() {
    let paths: Vec<_> = pages().into_keys().map(|name| folder().join(name)).collect();
    if programs::is_there("mandoc", "to check the manual") {
        let output =
            Program::new("mandoc").args(["-Tlint", "-Wwarning"]).args(&paths).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        // The pages change with the tool and not with the day.
        let wrong: Vec<_> = said.lines().filter(|line| !line.contains("missing date")).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
    if programs::is_there("groff", "to check the manual") {
        for path in &paths {
            let output = Program::new("groff")
                .args(["-man", "-Tutf8", "-ww", "-z"])
                .arg(path)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(said.is_empty(), "{}: {said}", path.display());
        }
    }
}

/// A manual page contains the text of `--help`.
#[test]
fn a_manual_page_agrees_with_help() {
    let pages = pages();
    let page = String::from_utf8(pages["cz-hook-send.1"].clone()).unwrap();
    for words in [
        r"cz\-hook\-send \- Send a signed sample event",
        r"\fBcz\-hook send\fR",
        r"\-\-tamper",
        r"cz\-hook send lead.submit http",
        ".SH EXAMPLES",
        ".SH \"EXIT STATUS\"",
    ] {
        assert!(page.contains(words), "{words} in\n{page}");
    }
    assert!(pages.contains_key("cz-hook-events-show.1"));
}
