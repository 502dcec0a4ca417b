//! The CI recipes of the README, run as they are printed there.

use std::path::Path;
use std::process::Command;

use super::docs::recipe;
use crate::support::listening::in_time;
use crate::support::{SECRET, write_program};

fn block(mark: &str) -> String {
    recipe(include_str!("../../README.md"), mark)
}

/// The last `run: |` of a workflow, without its indentation.
fn last_step(workflow: &str) -> String {
    let (_, step) = workflow.rsplit_once("run: |\n").expect("a step");
    let indent = step.len() - step.trim_start().len();
    step.lines().map(|line| format!("{}\n", line.get(indent..).unwrap_or_default())).collect()
}

/// Runs a script with `app` as the application; returns the exit code and the output.
fn run(script: &str, app: &str) -> (Option<i32>, String) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run-my-app");
    write_program(&path, app);
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
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn the_ci_recipes_pass_and_fail_as_described() {
    for recipe in [block("shell"), last_step(&block("workflow"))] {
        let recipe = recipe.replace("cz-hook send lead.submit --url", "./run-my-app");
        assert!(recipe.contains("./run-my-app"), "{recipe}");
        assert!(recipe.contains("--expect lead.submit") && recipe.contains("wait"), "{recipe}");
        let (code, said) = run(&recipe, "cz-hook send lead.submit --url \"$1\"");
        assert_eq!(code, Some(0), "{said}");
        // A listener that cannot start, and a port file of an earlier run.
        let (code, said) =
            run(&recipe.replace("--expect lead.submit", "--expect lead.sumbit"), "exit 9");
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("no provider documents"), "{said}");
        let (code, said) =
            run(&format!("echo 1 > port\n{recipe}"), "cz-hook send lead.submit --url \"$1\"");
        assert_eq!(code, Some(0), "{said}");
        let tampered = "cz-hook send lead.submit --tamper body --expect-status 400 --url \"$1\"";
        let (code, said) = in_time(|time| {
            let (code, said) = run(&recipe.replace("30s", time), tampered);
            said.contains("signature invalid").then_some((code, said))
        });
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("missing: lead.submit: 0 of 1 received"), "{said}");
    }
}

/// The tasks of the README run in an empty folder, in its order, as they stand.
#[test]
fn every_block_of_the_readme_runs_in_order_in_an_empty_folder() {
    if !crate::support::programs::has("php", "the endpoint of the README") {
        return;
    }
    let readme = include_str!("../../README.md");
    let (_, tasks) = readme.split_once("## Main tasks").expect("the tasks");
    let blocks = tasks.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let script: String = blocks.collect();
    // No block is run by another test only, except that which fails on purpose.
    assert_eq!(
        tasks.matches("```sh\n").count(),
        tasks.matches("<!-- recipe: in order -->").count() + 1
    );
    let [first, second] = [(); 2].map(|()| crate::support::sockets::free_port().to_string());
    // The endpoint ends with the script, however the script ends, and no time is asserted.
    let script = script
        .replace(":3000/", &format!(":{first}/"))
        .replace(":8080", &format!(":{second}"))
        .replace("--port 8080", &format!("--port {second}"))
        .replace("p99>500ms", "p99>1h")
        .replace("300 ms", "1 h");
    let script = format!(
        "export PORT={first}; trap 'kill $endpoint $listener 2>/dev/null || true' EXIT\n{script}"
    );
    let (code, said) = run(&script, "exit 9");
    assert_eq!(code, Some(0), "{said}");
}
