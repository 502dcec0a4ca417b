//! The workflows and the shell scripts are valid and name existing files.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use yaml_rust2::Yaml;

use super::{package, said, script_of, text, yaml};
use crate::support::{hook, programs, root};

const WORKFLOWS: [&str; 3] = [
    ".github/workflows/ci.yml",
    ".github/workflows/dependencies.yml",
    ".github/workflows/release.yml",
];

/// The steps of the action and of every job, with their location.
fn steps() -> Vec<(String, Yaml)> {
    let mut all = Vec::new();
    let mut add = |place: &str, steps: &Yaml| {
        for (i, step) in steps.as_vec().expect("steps").iter().enumerate() {
            all.push((format!("{place}, step {}", i + 1), step.clone()));
        }
    };
    add("action.yml", &yaml("action.yml")["runs"]["steps"]);
    for path in WORKFLOWS {
        for (name, job) in yaml(path)["jobs"].as_hash().expect("jobs") {
            if let Some(other) = job["uses"].as_str() {
                assert!(root().join(other).is_file(), "{path}: {other}");
                continue;
            }
            assert!(job["runs-on"].as_str().is_some(), "{path}: {name:?}");
            add(&format!("{path}, {}", name.as_str().unwrap()), &job["steps"]);
        }
    }
    all
}

#[test]
fn every_workflow_step_is_valid_and_its_script_is_bash() {
    let has_shellcheck = programs::has("shellcheck", "to read scripts");
    let steps = steps();
    assert!(steps.len() > 20);
    for (place, step) in &steps {
        let uses = step["uses"].as_str();
        assert!(uses.is_some() != script_of(step).is_some(), "{place}");
        if let Some(uses) = uses {
            let is_pinned =
                uses == "./" || uses.split_once('@').is_some_and(|(_, v)| !v.is_empty());
            assert!(is_pinned, "{place}: {uses}");
        }
        if let Some(script) = script_of(step) {
            // Each expression of GitHub becomes a word; the script ends at the first failure.
            let script = format!("set -eo pipefail\n{}", expressions(script));
            check(&["bash", "-n"], &script, place);
            if has_shellcheck {
                check(&["shellcheck", "--shell=bash", "-"], &script, place);
            }
        }
    }
}

#[test]
fn shellcheck_accepts_every_script() {
    let scripts = scripts();
    let names: Vec<_> = scripts.iter().map(|path| path.to_str().unwrap()).collect();
    for known in [".ci/run", "packaging/linked", "tests/receivers/setup"] {
        assert!(names.contains(&known), "{known} is not in {names:?}");
    }
    if programs::has("shellcheck", "to read scripts") {
        for name in names {
            check(&["shellcheck", "-"], &text(name), name);
        }
    }
}

/// Every file of the repository that a shell runs, by its first line.
fn scripts() -> Vec<PathBuf> {
    // Installed and built files, and fuzz corpora.
    const LEFT_OUT: [&str; 4] = [".git", "corpus", "node_modules", "target"];
    let mut found = Vec::new();
    let mut folders = vec![root().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            if kind.is_dir() && !LEFT_OUT.iter().any(|name| entry.file_name() == *name) {
                folders.push(path);
            } else if kind.is_file() && is_script(&path) {
                found.push(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

fn is_script(path: &Path) -> bool {
    let mut first = Vec::new();
    let file = std::fs::File::open(path).unwrap();
    file.take(100).read_to_end(&mut first).unwrap();
    let first = String::from_utf8_lossy(&first);
    let line = first.lines().next().unwrap_or_default();
    let program = line.rsplit(['/', ' ']).next().unwrap_or_default();
    line.starts_with("#!/") && matches!(program, "sh" | "bash" | "dash")
}

/// A script with a word in the place of each `${{ … }}`.
fn expressions(script: &str) -> String {
    let mut out = String::new();
    let mut rest = script;
    while let Some((before, behind)) = rest.split_once("${{") {
        let (_, after) = behind.split_once("}}").expect("closed");
        out.push_str(before);
        out.push_str("word");
        rest = after;
    }
    out + rest
}

/// Runs a program with a script on its standard input.
fn check(program: &[&str], script: &str, place: &str) {
    let ran = hook(&program[1..]).stdin(script);
    let mut command = ran.command_of(program[0]);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), script).unwrap();
    command.stdin(std::fs::File::open(file.path()).unwrap());
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{place}: {program:?}\n{}{}\n{script}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn files_named_in_the_workflows_exist() {
    let all: String = WORKFLOWS.iter().map(|path| text(path)).collect();
    for script in
        [".ci/run", "packaging/linked", "packaging/build", "packaging/manifests", "packaging/notes"]
    {
        assert!(all.contains(script), "{script} is run by no workflow");
    }
    for word in all.split_whitespace() {
        if word.starts_with("packaging/") || word.starts_with(".ci/") {
            assert!(root().join(word).is_file(), "{word}");
        }
    }
    let msrv = package()["rust-version"].as_str().unwrap().to_owned();
    assert!(
        all.contains(&format!("cargo +{msrv} check")),
        "the workflow checks another Rust than {msrv}"
    );
}

/// The same targets are built, downloaded and offered.
#[test]
fn every_target_is_built_downloaded_and_offered() {
    let targets = |text: &str| -> BTreeSet<String> {
        text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
            .map(|word| word.trim_start_matches("cz-hook-"))
            .filter(|word| word.starts_with("x86_64-") || word.starts_with("aarch64-"))
            .map(str::to_owned)
            .collect()
    };
    let built = targets(&text(".github/workflows/release.yml"));
    assert!(built.len() >= 5, "{built:?}");
    assert_eq!(targets(&text("action.yml")), built);
    assert_eq!(targets(&text("packaging/project.py")), built);
    let mut offered = targets(&text("packaging/templates/cz-hook.rb"));
    offered.extend(targets(&text("packaging/templates/cz-hook.json")));
    assert_eq!(offered, built);
}

/// A release was tested, and has the notes of its version.
#[test]
fn a_release_has_notes_of_its_version() {
    let notes = |version: &str| {
        hook([version])
            .command_of(root().join("packaging/notes").to_str().unwrap())
            .output()
            .unwrap()
    };
    let unreleased = notes("Unreleased");
    assert!(unreleased.status.success(), "{}", said(&unreleased));
    let text_of = String::from_utf8(unreleased.stdout).unwrap();
    let all = text("CHANGELOG.md");
    assert!(all.contains(text_of.trim()) && text_of.trim().starts_with("- "));
    let none = notes("99.0.0");
    assert_eq!((none.status.code(), none.stdout), (Some(1), vec![]));

    let release = yaml(".github/workflows/release.yml");
    let jobs = &release["jobs"];
    assert_eq!(jobs["tests"]["uses"].as_str(), Some("./.github/workflows/ci.yml"));
    let needs = jobs["publish"]["needs"].as_vec().unwrap();
    assert!(needs.iter().any(|job| job.as_str() == Some("tests")));
}
