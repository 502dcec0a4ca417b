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

/// Every script of the README runs in one empty folder, in the order of the page, and a newcomer meets the commands in
/// the order in which they succeed. Sessions with output (`console`) run in docs.rs, which lists those that are not run.
#[test]
fn every_script_of_the_readme_runs_in_order_in_an_empty_folder() {
    if !crate::support::programs::has("php", "the endpoint of the first tasks") {
        return;
    }
    let readme = include_str!("../../README.md");
    // Those that build the tool, which this test cannot repeat.
    let is_run = |block: &&str| !block.starts_with("cargo ");
    let blocks: Vec<&str> = readme.split("```sh\n").skip(1).filter(is_run).collect();
    assert!(blocks.len() > 8, "{}", blocks.len());
    // A block that fails is named.
    let script: String = blocks
        .iter()
        .map(|rest| rest.split("```").next().unwrap())
        .enumerate()
        .map(|(number, block)| format!("block={number}\n{block}"))
        .collect();
    let place = |command: &str| {
        let of = |end: &str| script.find(&format!("cz-hook {command}{end}"));
        of(" ").or_else(|| of("\n")).expect(command)
    };
    let places = ["demo", "snippet", "send", "test", "listen"].map(place);
    assert!(places.is_sorted(), "{script}");
    let [first, second] = [(); 2].map(|()| crate::support::sockets::free_port().to_string());
    // The endpoint ends with the script, however the script ends, and no time is asserted.
    let script = script
        .replace(":3000/", &format!(":{first}/"))
        .replace(":8080", &format!(":{second}"))
        .replace("--port 8080", &format!("--port {second}"))
        .replace("300 ms", "1 h")
        .replace("p99>500ms", "p99>1h");
    let script = format!(
        "trap 'status=$?; [ $status = 0 ] || echo \"block $block fails\" >&2; \
         kill $endpoint $listener 2>/dev/null || true' EXIT\nexport PORT={first}\n{script}"
    );
    let (code, said) = run(&script, "exit 9");
    assert_eq!(code, Some(0), "{said}");
}
