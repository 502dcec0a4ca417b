//! The house's own rules, checked on the source: which room may know which, and where names may stand.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, out);
            } else if path.extension().is_some_and(|e| e == "rs") {
                out.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    walk(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
        &mut paths,
    );
    assert!(!paths.is_empty(), "no source under {folder}");
    paths
        .into_iter()
        .map(|p| (p.clone(), fs::read_to_string(p).expect("a source file")))
        .collect()
}

/// A file's lines with their numbers, comments and its unit tests (which stand last) left out.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(i, line)| (i + 1, line))
        .take_while(|(_, line)| *line != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Fails with every line of `folder` that holds one of `words`.
fn nowhere(folder: &str, words: &[&str], why: &str) {
    let mut found = String::new();
    for (path, text) in sources(folder) {
        for (number, line) in code(&text) {
            for word in words.iter().filter(|word| line.contains(**word)) {
                found.push_str(&format!("{}:{number}: {word}\n", path.display()));
            }
        }
    }
    assert!(found.is_empty(), "{why}:\n{found}");
}

#[test]
fn the_rules_of_the_field_are_pure() {
    for folder in ["src/webhook", "src/diagnose"] {
        nowhere(
            folder,
            &[
                "std::fs",
                "std::io",
                "std::env",
                "std::process",
                "std::thread",
                "TcpStream",
                "UdpSocket",
                "tokio",
                "hyper",
                "reqwest",
                "rustls",
                "clap",
                "colored",
                "println!",
                "print!",
                "dbg!",
                "::now(",
                "SystemTime",
                "Instant",
            ],
            &format!("{folder} has no files, network, clock, printing or command line"),
        );
    }
}

#[test]
fn arrows_point_down() {
    let all = [
        "commands",
        "config",
        "cli",
        "output",
        "http",
        "server",
        "capture",
        "conformance",
    ];
    let use_of = |rooms: &[&str]| -> Vec<String> {
        rooms.iter().map(|room| format!("crate::{room}")).collect()
    };
    for (folder, may_not_know) in [
        ("src/webhook", &all[..]),
        ("src/webhook", &["diagnose"]),
        ("src/diagnose", &all),
        ("src/tunnel", &all),
        (
            "src/capture",
            &[
                "commands",
                "config",
                "cli",
                "output",
                "http",
                "server",
                "conformance",
            ],
        ),
        (
            "src/server",
            &["commands", "config", "cli", "output", "conformance"],
        ),
        (
            "src/http",
            &[
                "commands",
                "config",
                "cli",
                "output",
                "server",
                "capture",
                "conformance",
            ],
        ),
        (
            "src/conformance",
            &["commands", "config", "cli", "output", "server", "capture"],
        ),
        ("src/output", &["commands", "config", "cli", "server"]),
        ("src/cli", &["server", "conformance"]),
        ("src/config", &["commands", "cli", "output", "server"]),
        ("src/commands", &["cli"]),
    ] {
        let words = use_of(may_not_know);
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        nowhere(
            folder,
            &words,
            &format!("{folder} knows a room above or beside it"),
        );
    }
}

#[test]
fn one_room_each_for_the_network() {
    for (path, text) in sources("src") {
        let path = path.display().to_string();
        for (number, line) in code(&text) {
            let place = format!("{path}:{number}");
            assert!(
                !line.contains("reqwest") || path.contains("/http/"),
                "{place}"
            );
            assert!(
                !line.contains("hyper") || path.contains("/server/") || path.contains("/http/"),
                "{place}"
            );
        }
    }
}

#[test]
fn what_is_a_providers_own_is_under_fixtures() {
    let names: Vec<String> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"))
        .expect("fixtures")
        .map(|e| {
            e.expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert!(names.len() >= 5, "{names:?}");
    let mut found = String::new();
    for (path, text) in sources("src") {
        // Examples in help texts are for people; the default is the one name that code may know.
        let is_help = path.components().any(|c| c.as_os_str() == "cli");
        for (number, line) in code(&text) {
            let is_default = line.starts_with("pub const DEFAULT_PROVIDER");
            if !is_help && !is_default && names.iter().any(|name| line.contains(name.as_str())) {
                found.push_str(&format!("{}:{number}: {line}\n", path.display()));
            }
        }
    }
    assert!(found.is_empty(), "a provider's name in src/:\n{found}");
}

#[test]
fn every_file_says_why_it_exists_and_is_one_room() {
    for (path, text) in sources("src").into_iter().chain(sources("tests")) {
        assert!(
            text.starts_with("//!"),
            "{} does not say why it exists",
            path.display()
        );
    }
    for (path, text) in sources("src") {
        if path.ends_with("tests.rs") {
            continue;
        }
        let lines = code(&text).count();
        assert!(
            lines <= 600,
            "{} has {lines} lines: is it one room?",
            path.display()
        );
    }
}
