//! The steps of the GitHub action, run as GitHub runs them.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{said, script_of, yaml};
use crate::support::faulty::FaultyEndpoint;
use crate::support::faulty::flaw::Flaw;
use crate::support::{SECRET, hook, root, signed_request, write_program};

/// A step of the action, run as GitHub runs it.
struct Step {
    dir: tempfile::TempDir,
    command: Command,
}

impl Step {
    fn of(id: &str) -> Self {
        let action = yaml("action.yml");
        let steps = action["runs"]["steps"].as_vec().unwrap();
        let step = steps.iter().find(|step| step["id"].as_str() == Some(id)).expect("the step");
        let dir = tempfile::tempdir().unwrap();
        let bin = dir.path().join("programs");
        std::fs::create_dir(&bin).unwrap();
        let built = Path::new(env!("CARGO_BIN_EXE_cz-hook")).parent().unwrap();
        let mut search = bin.into_os_string();
        search.push(":");
        search.push(built);
        search.push(":");
        search.push(std::env::var_os("PATH").unwrap());
        let script = script_of(step).unwrap();
        let mut command =
            hook(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]).command_of("bash");
        command
            .current_dir(dir.path())
            .env("PATH", search)
            .env("RUNNER_TEMP", dir.path())
            .env("GITHUB_OUTPUT", dir.path().join("output"))
            .env("GITHUB_PATH", dir.path().join("path"));
        // Every variable is set, as GitHub sets the defaults of the inputs.
        for (name, _) in step["env"].as_hash().expect("env") {
            command.env(name.as_str().unwrap(), "");
        }
        Self { dir, command }
    }

    fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A program that the step finds before the real one.
    fn program(self, name: &str, script: &str) -> Self {
        write_program(&self.path("programs").join(name), script);
        self
    }

    /// The exit code, the output, and the written file of this name.
    fn run(mut self, file: &str) -> (Option<i32>, String, String) {
        let output = self.command.output().unwrap();
        let written = std::fs::read_to_string(self.path(file)).unwrap_or_default();
        (output.status.code(), said(&output), written)
    }
}

#[test]
fn the_action_tests_an_endpoint() {
    let few = "--only\nrefuse/no-signature\n\n--only\naccept/lead.submit\n";
    for (endpoint, code, verdict) in [
        (FaultyEndpoint::correct(), 0, "passed"),
        (FaultyEndpoint::with(Flaw::AcceptsMissing), 1, "failed"),
    ] {
        let mut step = Step::of("run")
            .env("COMMAND", "test")
            .env("URL", endpoint.url())
            .env("PROVIDER", "chatzuri")
            .env("JUNIT", "report.xml")
            .env("MORE", format!("{few}--report\ntext=report with a space.txt"))
            .env("CZ_HOOK_SECRET", SECRET);
        let found = step.command.output().unwrap();
        assert_eq!(found.status.code(), Some(code), "{}", said(&found));
        let written = |name: &str| std::fs::read_to_string(step.path(name)).unwrap();
        assert_eq!(written("output"), format!("exit-code={code}\nverdict={verdict}\n"));
        assert!(written("report.xml").contains("<testsuite"));
        let report = written("report with a space.txt");
        assert!(report.contains("refuse/no-signature"), "{report}");
        assert!(!report.contains("refuse/empty-signature"), "{report}");
    }
    let nobody = Step::of("run")
        .env("COMMAND", "test")
        .env("URL", "http://127.0.0.1:1/")
        .env("CZ_HOOK_SECRET", SECRET);
    let (code, _, output) = nobody.run("output");
    assert_eq!((code, output.as_str()), (Some(3), "exit-code=3\nverdict=error\n"));
}

#[test]
fn the_action_verifies_a_capture() {
    let request = signed_request();
    for (secret, code, verdict) in [(SECRET, 0, "passed"), ("another", 1, "failed")] {
        let step = Step::of("run")
            .env("COMMAND", "verify")
            .env("FILE", "a request.http")
            .env("CZ_HOOK_SECRET", secret);
        std::fs::write(step.path("a request.http"), &request).unwrap();
        let (found, said, output) = step.run("output");
        assert_eq!(found, Some(code), "{said}");
        assert!(output.contains(&format!("verdict={verdict}\n")), "{output}");
    }
}

#[test]
fn the_action_reports_missing_inputs() {
    for (command, said) in
        [("test", "needs a url"), ("verify", "needs a file"), ("sned", "test, verify or install")]
    {
        let (code, found, _) = Step::of("run").env("COMMAND", command).run("output");
        assert_eq!(code, Some(2), "{command}");
        assert!(found.contains(said), "{found}");
    }
}

/// An archive as the release makes it, with a script in place of the binary.
fn archive(folder: &Path) {
    let binary = folder.join("cz-hook");
    write_program(&binary, "echo from the archive");
    let output =
        hook([binary.to_str().unwrap(), "x86_64-unknown-linux-gnu", folder.to_str().unwrap()])
            .command_of(root().join("packaging/archive").to_str().unwrap())
            .output()
            .unwrap();
    assert!(output.status.success(), "{}", said(&output));
}

fn installing(gh: &str) -> Step {
    Step::of("install")
        .env("INSTALL", "auto")
        .env("RUNNER_OS", "Linux")
        .env("RUNNER_ARCH", "X64")
        .env("ACTION_REPOSITORY", "owner/cz-hook")
        .env("ACTION_REF", "v0.1.0")
        .env("ACTION_PATH", root())
        .program("gh", gh)
        .program("cargo", "echo cargo \"$@\"")
}

#[test]
fn the_action_installs_the_archive_or_builds_from_source() {
    let released = tempfile::tempdir().unwrap();
    archive(released.path());
    let copy = format!("cp '{}'/*.tar.gz* \"$RUNNER_TEMP/cz-hook/\"", released.path().display());
    let mut step = installing(&copy);
    let installed = step.path("cz-hook/bin");
    let output = step.command.output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    for file in ["cz-hook", "completions/_cz-hook", "man/cz-hook.1", "LICENSE-MIT"] {
        assert!(installed.join(file).is_file(), "{file} is not in the archive");
    }
    let found = Command::new(installed.join("cz-hook")).output().unwrap();
    assert_eq!(found.stdout, b"from the archive\n");
    let path = std::fs::read_to_string(step.path("path")).unwrap();
    assert_eq!(path.trim(), installed.to_str().unwrap());

    // A modified archive is not used, and nothing else is either.
    let (code, said, path) = installing(&format!(
        "{copy}; echo more >> \"$RUNNER_TEMP/cz-hook/cz-hook-x86_64-unknown-linux-gnu.tar.gz\""
    ))
    .run("path");
    assert_eq!((code, path.as_str()), (Some(1), ""), "{said}");

    let (code, said, _) = installing("exit 1").run("path");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("cargo install --locked --path "), "{said}");
    let (code, said, path) = installing("exit 1").env("INSTALL", "none").run("path");
    assert_eq!((code, path.as_str()), (Some(0), ""), "{said}");
    assert!(said.starts_with("cz-hook "), "{said}");
}
