//! The README's CI recipes, run as they stand there.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::support::SECRET;
use crate::support::listening::in_time;

/// The fenced block behind a mark.
fn block(mark: &str) -> String {
    let readme = include_str!("../../README.md");
    let behind = readme
        .split(&format!("<!-- recipe: {mark} -->"))
        .nth(1)
        .expect("the mark");
    let fenced = behind.split("```").nth(1).expect("a block");
    let (_, text) = fenced.split_once('\n').expect("lines");
    text.to_owned()
}

/// The last `run: |` of a workflow, without its indentation.
fn last_step(workflow: &str) -> String {
    let (_, step) = workflow.rsplit_once("run: |\n").expect("a step");
    let indent = step.len() - step.trim_start().len();
    step.lines()
        .map(|line| format!("{}\n", line.get(indent..).unwrap_or_default()))
        .collect()
}

/// Runs a script beside an application that does `app`; gives the exit code and what was said.
fn run(script: &str, app: &str) -> (Option<i32>, String) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run-my-app");
    std::fs::write(&path, format!("#!/bin/sh\n{app}\n")).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_cz-hook"));
    let mut search = std::ffi::OsString::from(binary.parent().unwrap());
    search.push(":");
    search.push(std::env::var_os("PATH").unwrap());
    // As GitHub runs a step.
    let output = Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
        .current_dir(dir.path())
        .env("PATH", search)
        .env("CZ_HOOK_SECRET", SECRET)
        .env("HOME", dir.path())
        .env("XDG_CONFIG_HOME", dir.path())
        .env_remove("CZ_HOOK_CONFIG")
        .env_remove("CZ_HOOK_PROFILE")
        .output()
        .unwrap();
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[test]
fn the_recipes_open_and_close() {
    for recipe in [block("shell"), last_step(&block("workflow"))] {
        assert!(
            recipe.contains("--expect lead.submit") && recipe.contains("wait"),
            "{recipe}"
        );
        let (code, said) = run(&recipe, "cz-hook send lead.submit --url \"$1\"");
        assert_eq!(code, Some(0), "{said}");
        // A listener that cannot start, and a port file of an earlier run.
        let (code, said) = run(
            &recipe.replace("--expect lead.submit", "--expect lead.sumbit"),
            "exit 9",
        );
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("nobody documents"), "{said}");
        let (code, said) = run(
            &format!("echo 1 > port\n{recipe}"),
            "cz-hook send lead.submit --url \"$1\"",
        );
        assert_eq!(code, Some(0), "{said}");
        let tampered = "cz-hook send lead.submit --tamper body --expect-status 400 --url \"$1\"";
        let (code, said) = in_time(|time| {
            let (code, said) = run(&recipe.replace("30s", time), tampered);
            said.contains("signature invalid").then_some((code, said))
        });
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("missing: lead.submit: 0 of 1 came"), "{said}");
    }
}
