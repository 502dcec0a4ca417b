//! What the tool is handed out in: the action, the workflows, the archive, the image, the Debian package. What
//! can be run here is run; the rest is held against the files that it names.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeSet;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use support::wrong::Wrong;
use support::wrong::flaw::Flaw;
use support::{SECRET, hook, signed_request, tools};
use yaml_rust2::{Yaml, YamlLoader};

const WORKFLOWS: [&str; 2] = [".github/workflows/ci.yml", ".github/workflows/release.yml"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn yaml(path: &str) -> Yaml {
    let mut all = YamlLoader::load_from_str(&text(path)).expect("YAML");
    assert_eq!(all.len(), 1, "{path}");
    all.remove(0)
}

fn package() -> toml::Table {
    let all: toml::Table = text("Cargo.toml").parse().unwrap();
    all["package"].as_table().unwrap().clone()
}

/// The steps of the action and of every job, with where they stand.
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
            add(
                &format!("{path}, {}", name.as_str().unwrap()),
                &job["steps"],
            );
        }
    }
    all
}

fn script_of(step: &Yaml) -> Option<&str> {
    step["run"].as_str()
}

#[test]
fn every_step_is_one_and_its_script_is_bash() {
    let has_shellcheck = tools::has("shellcheck", "to read scripts");
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
            // What GitHub puts in is a word; it ends at the first failure.
            let script = format!("set -eo pipefail\n{}", expressions(script));
            check(&["bash", "-n"], &script, place);
            if has_shellcheck {
                check(&["shellcheck", "--shell=bash", "-"], &script, place);
            }
        }
    }
}

#[test]
fn every_script_of_the_shell_is_read_over() {
    let scripts = scripts();
    let names: Vec<_> = scripts.iter().map(|path| path.to_str().unwrap()).collect();
    for known in [".ci/run", "packaging/linked", "tests/receivers/setup"] {
        assert!(names.contains(&known), "{known} is not in {names:?}");
    }
    if tools::has("shellcheck", "to read scripts") {
        for name in names {
            check(&["shellcheck", "-"], &text(name), name);
        }
    }
}

/// Every file of the repository that a shell runs, by its first line.
fn scripts() -> Vec<PathBuf> {
    // What was installed or built, and what a fuzzer made.
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

/// Gives a script to a program on its standard input.
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
fn what_the_workflows_name_is_there() {
    let all: String = WORKFLOWS.iter().map(|path| text(path)).collect();
    for script in [
        ".ci/run",
        "packaging/linked",
        "packaging/archive",
        "packaging/notes",
    ] {
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

/// The same systems are built, downloaded and offered.
#[test]
fn every_target_is_everywhere() {
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
    let mut offered = targets(&text("packaging/homebrew/cz-hook.rb"));
    offered.insert("x86_64-pc-windows-msvc".to_owned());
    assert_eq!(offered, built);
    let version = package()["version"].as_str().unwrap().to_owned();
    assert!(text("packaging/homebrew/cz-hook.rb").contains(&format!("version \"{version}\"")));
    if tools::has("ruby", "to read the formula") {
        check(
            &["ruby", "-c"],
            &text("packaging/homebrew/cz-hook.rb"),
            "the formula",
        );
    }
}

/// A step of the action, run as GitHub runs it.
struct Step {
    dir: tempfile::TempDir,
    command: Command,
}

impl Step {
    fn of(id: &str) -> Self {
        let action = yaml("action.yml");
        let steps = action["runs"]["steps"].as_vec().unwrap();
        let step = steps
            .iter()
            .find(|step| step["id"].as_str() == Some(id))
            .expect("the step");
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
        // Every variable is there, as the inputs' defaults are.
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

    /// The exit code, what was said, and the file of this name that was written.
    fn run(mut self, file: &str) -> (Option<i32>, String, String) {
        let output = self.command.output().unwrap();
        let written = std::fs::read_to_string(self.path(file)).unwrap_or_default();
        (output.status.code(), said(&output), written)
    }
}

fn write_program(path: &Path, script: &str) {
    std::fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
}

fn said(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&both).into_owned()
}

#[test]
fn the_action_tests_an_endpoint() {
    let few = "--only\nrefuse/no-signature\n\n--only\naccept/lead.submit\n";
    for (endpoint, code, verdict) in [
        (Wrong::right(), 0, "passed"),
        (Wrong::with(Flaw::AcceptsMissing), 1, "failed"),
    ] {
        let mut step = Step::of("run")
            .env("COMMAND", "test")
            .env("URL", endpoint.url())
            .env("PROVIDER", "chatzuri")
            .env("JUNIT", "report.xml")
            .env(
                "MORE",
                format!("{few}--report\ntext=report with a space.txt"),
            )
            .env("CZ_HOOK_SECRET", SECRET);
        let found = step.command.output().unwrap();
        assert_eq!(found.status.code(), Some(code), "{}", said(&found));
        let written = |name: &str| std::fs::read_to_string(step.path(name)).unwrap();
        assert_eq!(
            written("output"),
            format!("exit-code={code}\nverdict={verdict}\n")
        );
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
    assert_eq!(
        (code, output.as_str()),
        (Some(3), "exit-code=3\nverdict=error\n")
    );
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
fn the_action_says_what_is_missing() {
    for (command, said) in [
        ("test", "needs a url"),
        ("verify", "needs a file"),
        ("sned", "test, verify or install"),
    ] {
        let (code, found, _) = Step::of("run").env("COMMAND", command).run("output");
        assert_eq!(code, Some(2), "{command}");
        assert!(found.contains(said), "{found}");
    }
}

/// An archive as the release makes it, around a stand-in for the binary.
fn archive(folder: &Path) {
    let binary = folder.join("cz-hook");
    write_program(&binary, "echo from the archive");
    let output = hook([
        binary.to_str().unwrap(),
        "x86_64-unknown-linux-gnu",
        folder.to_str().unwrap(),
    ])
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
        .env("ACTION_REPOSITORY", "somebody/cz-hook")
        .env("ACTION_REF", "v0.1.0")
        .env("ACTION_PATH", root())
        .program("gh", gh)
        .program("cargo", "echo cargo \"$@\"")
}

#[test]
fn the_action_installs_the_archive_or_builds() {
    let released = tempfile::tempdir().unwrap();
    archive(released.path());
    let copy = format!(
        "cp '{}'/*.tar.gz* \"$RUNNER_TEMP/cz-hook/\"",
        released.path().display()
    );
    let mut step = installing(&copy);
    let installed = step.path("cz-hook/bin");
    let output = step.command.output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    for file in [
        "cz-hook",
        "completions/_cz-hook",
        "man/cz-hook.1",
        "LICENSE-MIT",
    ] {
        assert!(
            installed.join(file).is_file(),
            "{file} is not in the archive"
        );
    }
    let found = Command::new(installed.join("cz-hook")).output().unwrap();
    assert_eq!(found.stdout, b"from the archive\n");
    let path = std::fs::read_to_string(step.path("path")).unwrap();
    assert_eq!(path.trim(), installed.to_str().unwrap());

    // Not the archive that was released: it is not used, and nothing else is either.
    let (code, said, path) = installing(&format!(
        "{copy}; echo more >> \"$RUNNER_TEMP/cz-hook/cz-hook-x86_64-unknown-linux-gnu.tar.gz\""
    ))
    .run("path");
    assert_eq!((code, path.as_str()), (Some(1), ""), "{said}");

    let (code, said, _) = installing("exit 1").run("path");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("cargo install --locked --path"), "{said}");
    let (code, said, path) = installing("exit 1").env("INSTALL", "none").run("path");
    assert_eq!((code, path.as_str()), (Some(0), ""), "{said}");
    assert!(said.starts_with("cz-hook "), "{said}");
}

#[cfg(target_os = "linux")]
fn run(script: &str, args: &[&str]) -> Output {
    hook(args)
        .command_of(root().join(script).to_str().unwrap())
        .output()
        .unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_but_the_c_library_is_linked() {
    if !tools::has("readelf", "to see what is linked") {
        return;
    }
    let output = run("packaging/linked", &[env!("CARGO_BIN_EXE_cz-hook")]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("libc.so.6"));
    // A shell is linked with what it edits lines with, or a debugger's library.
    let output = run("packaging/linked", &["/bin/bash"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("libtinfo"), "{}", said(&output));
}

/// The image's file system is enough: the binary runs with nothing else to be seen.
#[cfg(target_os = "linux")]
#[test]
fn the_image_runs() {
    let dir = tempfile::tempdir().unwrap();
    let image = dir.path().join("image");
    // Root may do it, as in a container; others get a name space of their own.
    let mut alone = match rustix::process::geteuid().is_root() {
        true => vec!["chroot"],
        false => vec!["unshare", "-r", "chroot"],
    };
    let probe = Command::new(alone[0])
        .args(&alone[1..])
        .args(["/", "true"])
        .output();
    if !probe.is_ok_and(|o| o.status.success()) {
        tools::skip("neither root nor name spaces of users, to see the image alone");
        return;
    }
    if !tools::has("readelf", "to see what is linked") {
        return;
    }
    // As a release is: without the symbols, which are most of the file.
    let binary = dir.path().join("cz-hook");
    let stripped = hook([
        "-o",
        binary.to_str().unwrap(),
        env!("CARGO_BIN_EXE_cz-hook"),
    ])
    .command_of("strip")
    .output()
    .unwrap();
    assert!(stripped.status.success(), "{}", said(&stripped));
    let output = run(
        "packaging/image",
        &[binary.to_str().unwrap(), image.to_str().unwrap()],
    );
    assert!(output.status.success(), "{}", said(&output));
    alone.extend([
        image.to_str().unwrap(),
        "/usr/bin/cz-hook",
        "demo",
        "--quiet",
    ]);
    let output = hook(&alone[1..]).command_of(alone[0]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn every_file_of_the_debian_package_is_there() {
    let package = package();
    let assets = package["metadata"]["deb"]["assets"].as_array().unwrap();
    let mut found = 0;
    for asset in assets {
        let source = asset[0].as_str().unwrap();
        if source.starts_with("target/") {
            continue;
        }
        let (folder, pattern) = source.rsplit_once('/').unwrap_or(("", source));
        let (start, end) = pattern.split_once('*').unwrap_or((pattern, ""));
        let is_one = |name: &str| match pattern.contains('*') {
            true => name.starts_with(start) && name.ends_with(end),
            false => name == pattern,
        };
        let files = std::fs::read_dir(root().join(folder)).unwrap();
        let names = files.map(|f| f.unwrap().file_name().into_string().unwrap());
        let count = names.filter(|name| is_one(name)).count();
        assert!(count > 0, "{source} is no file");
        found += count;
    }
    assert!(found > 30, "{found}");
}

/// Whether a licence expression can be met with `allowed` licences alone.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let flat = expression.replace('/', " OR ");
    if let Some((before, rest)) = flat.split_once('(') {
        let (inner, after) = rest.split_once(')').expect("closed");
        let word = if is_allowed(inner, allowed) {
            "YES"
        } else {
            "NO"
        };
        return is_allowed(&format!("{before}{word}{after}"), allowed);
    }
    let one = |licence: &str| {
        let licence = licence.trim();
        licence == "YES" || allowed.iter().any(|known| known == licence)
    };
    flat.split(" OR ").any(|all| all.split(" AND ").all(one))
}

/// What `cargo deny check licenses` would say, without having to have it.
#[test]
fn every_dependency_may_be_used() {
    let deny: toml::Table = text("deny.toml").parse().unwrap();
    let allowed: Vec<String> = deny["licenses"]["allow"].clone().try_into().unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100);
    let mut used = BTreeSet::new();
    for package in packages {
        let licence = package["license"].as_str().unwrap_or("none");
        assert!(
            is_allowed(licence, &allowed),
            "{}: {licence}",
            package["name"]
        );
        used.insert(licence.to_owned());
    }
    let is_used = |licence: &String| {
        let others: Vec<_> = allowed
            .iter()
            .filter(|one| *one != licence)
            .cloned()
            .collect();
        used.iter()
            .any(|expression| !is_allowed(expression, &others))
    };
    let unused: Vec<_> = allowed.iter().filter(|one| !is_used(one)).collect();
    assert!(
        unused.is_empty(),
        "deny.toml allows what nothing needs: {unused:?}"
    );
    assert!(!is_allowed("GPL-3.0-only", &allowed) && !is_allowed("MIT AND GPL-3.0-only", &allowed));
}

/// What is released was tested, and its notes are those of its version.
#[test]
fn a_release_says_what_its_version_changed() {
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
    assert_eq!(
        jobs["tests"]["uses"].as_str(),
        Some("./.github/workflows/ci.yml")
    );
    let needs = jobs["publish"]["needs"].as_vec().unwrap();
    assert!(needs.iter().any(|job| job.as_str() == Some("tests")));
}
