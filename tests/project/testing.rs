//! The examples of docs/testing.md, run with the test runners that they are written for: they pass with a correct
//! application, and fail with one that does not check signatures or does not send its webhook.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use yaml_rust2::{Yaml, YamlLoader};

use super::docs::recipe;
use crate::support::faulty::FaultyEndpoint;
use crate::support::faulty::flaw::Flaw;
use crate::support::{BODY, SECRET, hook, programs, root, write_program};

fn block(mark: &str) -> String {
    recipe(include_str!("../../docs/testing.md"), mark)
}

/// What tests/testing/setup installed.
fn installed(path: &str) -> Option<PathBuf> {
    let path = root().join("target/testing").join(path);
    if !path.exists() {
        programs::skip(&format!("{} is not there; run tests/testing/setup", path.display()));
        return None;
    }
    Some(path)
}

/// Runs a shell command in `folder`, with `cz-hook` in the search path.
fn run(folder: &Path, command: &str, app: &str) -> Output {
    let mut search = OsString::from(folder.join("bin"));
    for more in [
        Path::new(env!("CARGO_BIN_EXE_cz-hook")).parent().unwrap().into(),
        std::env::var_os("PATH").unwrap(),
    ] {
        search.push(":");
        search.push(more);
    }
    Command::new("bash")
        .args(["-eo", "pipefail", "-c", command])
        .current_dir(folder)
        .env("PATH", search)
        .env("CZ_HOOK_SECRET", SECRET)
        .env("APP_URL", app)
        .env("XDG_CONFIG_HOME", folder.join("config"))
        .env_remove("CZ_HOOK_CONFIG")
        .env_remove("CZ_HOOK_PROFILE")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&both).into_owned()
}

/// Runs an example: with a correct application, with one that does not check signatures, and with code that sends
/// nothing. `failures` is what the runner prints for one failed test.
fn example(mark: &str, file: &str, command: &str, failures: &str, prepare: impl Fn(&Path)) {
    let text = block(mark);
    let silent = text.replacen("\"lead.submit\", \"--url\"", "\"--version\", \"--url\"", 1);
    let silent = silent.replacen("'lead.submit', '--url'", "'--version', '--url'", 1);
    assert_ne!(text, silent, "{mark}: createLead sends in another way");
    let careless = FaultyEndpoint::with(Flaw::NoCheck);
    let correct = FaultyEndpoint::correct();
    for (text, app, expected) in [
        (text.clone(), &correct, None),
        (text, &careless, Some(failures)),
        // Nothing is sent, so nothing arrives: the listener ends by itself.
        (silent.replace("10s", "100ms"), &correct, Some(failures)),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        prepare(dir.path());
        let output = run(dir.path(), command, &app.url());
        let said = said(&output);
        assert_eq!(output.status.success(), expected.is_none(), "{mark}: {said}");
        assert!(expected.is_none_or(|text| said.contains(text)), "{mark}: {said}");
    }
}

#[test]
fn pytest() {
    let Some(python) = installed("python/bin/pytest") else { return };
    let command = format!("{} -q -p no:cacheprovider", python.display());
    example("pytest", "test_webhooks.py", &command, "1 failed, 2 passed", |_| {});
}

/// Modules are found in the folders above a file.
fn with_modules(folder: &Path) {
    let modules = root().join("target/testing/node_modules");
    std::os::unix::fs::symlink(modules, folder.join("node_modules")).unwrap();
    std::fs::write(folder.join("package.json"), "{}").unwrap();
}

#[test]
fn vitest() {
    if installed("node_modules/vitest").is_none() {
        return;
    }
    let command = "node_modules/.bin/vitest run --no-color";
    example("vitest", "webhooks.test.js", command, "1 failed | 2 passed", with_modules);
}

#[test]
fn jest() {
    if installed("node_modules/jest").is_none() {
        return;
    }
    let command = "node_modules/.bin/jest --no-color --no-cache";
    example("jest", "webhooks.test.js", command, "1 failed, 2 passed", with_modules);
}

#[test]
fn go() {
    if !programs::is_there("go", "to run go test") {
        return;
    }
    let cache = root().join("target/receivers/go-cache");
    let command = format!("GOCACHE={} GOFLAGS=-mod=mod go test -count=1 -v ./...", cache.display());
    example("go", "webhooks_test.go", &command, "--- FAIL", |folder| {
        std::fs::write(folder.join("go.mod"), "module webhooks\n\ngo 1.19\n").unwrap();
    });
}

#[test]
fn cargo() {
    let target = root().join("target/testing/cargo");
    let command = format!(
        "CARGO_TARGET_DIR={} {} test --quiet --offline --test webhooks",
        target.display(),
        env!("CARGO")
    );
    example("cargo", "tests/webhooks.rs", &command, "2 passed; 1 failed", |folder| {
        let manifest = "[package]\nname = \"webhooks\"\nedition = \"2024\"\n\n[dev-dependencies]\nserde_json = \"1\"\n";
        std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        std::fs::create_dir(folder.join("src")).unwrap();
        std::fs::write(folder.join("src/lib.rs"), "").unwrap();
        // The versions that Cargo has fetched for the tool itself.
        std::fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    });
}

#[test]
fn junit() {
    let console = Path::new("/usr/share/java/junit-platform-console-standalone.jar");
    if !programs::has("javac", "to compile the test") {
        return;
    }
    if !console.exists() {
        programs::skip("JUnit 5 is not there; run tests/testing/setup");
        return;
    }
    // Debian's jar of that name refers to the others in the same folder.
    let command = "javac -cp '/usr/share/java/*' -d classes WebhooksTest.java && \
                   java -cp 'classes:/usr/share/java/*' org.junit.platform.console.ConsoleLauncher \
                   --disable-banner --disable-ansi-colors --scan-classpath classes";
    example("junit", "WebhooksTest.java", command, "[         1 tests failed          ]", |_| {});
}

#[test]
fn rspec() {
    if !programs::has("rspec", "to run the example; tests/testing/setup installs it") {
        return;
    }
    example("rspec", "spec/webhooks_spec.rb", "rspec", "3 examples, 1 failure", |_| {});
}

#[test]
fn phpunit() {
    if !programs::has("phpunit", "to run the example; tests/testing/setup installs it") {
        return;
    }
    let command = "phpunit --do-not-cache-result WebhooksTest.php";
    example("phpunit", "WebhooksTest.php", command, "Failures: 1", |_| {});
}

fn yaml(text: &str) -> Vec<Yaml> {
    YamlLoader::load_from_str(text).expect("YAML")
}

#[test]
fn pre_commit_checks_the_configuration_and_the_payloads() {
    let Some(pre_commit) = installed("python/bin/pre-commit") else { return };
    let git = "git -c user.name=a -c user.email=a@example.com -c init.defaultBranch=main";
    let dir = tempfile::tempdir().unwrap();
    let (hooks, project) = (dir.path().join("hooks"), dir.path().join("project"));
    std::fs::create_dir(&hooks).unwrap();
    std::fs::create_dir_all(project.join("tests/webhooks")).unwrap();
    let published = root().join(".pre-commit-hooks.yaml");
    std::fs::copy(published, hooks.join(".pre-commit-hooks.yaml")).unwrap();
    let commit = format!("{git} init -q && {git} add -A && {git} commit -qm a && {git} tag v0.1.0");
    let output = run(&hooks, &commit, "");
    assert!(output.status.success(), "{}", said(&output));

    let config = block("pre-commit")
        .replace("https://github.com/OWNER/cz-hook", &format!("file://{}", hooks.display()));
    std::fs::write(project.join(".pre-commit-config.yaml"), config).unwrap();
    let home = dir.path().join("home");
    let check = |toml: &str, body: &str| {
        std::fs::write(project.join("cz-hook.toml"), toml).unwrap();
        std::fs::write(project.join("tests/webhooks/lead submit.json"), body).unwrap();
        let command = format!(
            "[ -d .git ] || {git} init -q; git add -A; PRE_COMMIT_HOME={} {} run --all-files --color never",
            home.display(),
            pre_commit.display()
        );
        run(&project, &command, "")
    };
    let right = "[profile.default]\nurl = 'http://localhost:3000/'\nprovider = 'chatzuri'\n";
    let output = check(right, BODY);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(said(&output).matches("Passed").count(), 2, "{}", said(&output));
    for (toml, body, wrong) in [
        ("[profile.default]\nurl = 'ftp://localhost/'\n", BODY, "check cz-hook.toml"),
        (right, "{\"eventType\":\"lead.submit\",\"agentId\":1}", "check webhook payloads"),
    ] {
        let output = check(toml, body);
        let said = said(&output);
        assert!(!output.status.success(), "{said}");
        let failed: Vec<_> = said.lines().filter(|line| line.ends_with("Failed")).collect();
        assert!(matches!(failed[..], [line] if line.starts_with(wrong)), "{said}");
    }
}

/// Runs the script of a CI job with a correct application and with one that does not check signatures.
fn job(script: &str, report: &str) {
    for (endpoint, code) in
        [(FaultyEndpoint::correct(), 0), (FaultyEndpoint::with(Flaw::NoCheck), 1)]
    {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("bin")).unwrap();
        write_program(&dir.path().join("start-my-app"), "touch started; exec sleep 100");
        let script = script.replace("http://localhost:3000/webhook", &endpoint.url());
        let script = script.replace("cz-hook test", "cz-hook test --only 'refuse/*-signature'");
        // The application ends with the job, as on a CI server.
        let script = format!("trap 'kill $(jobs -p)' EXIT\n{script}");
        let output = run(dir.path(), &script, "");
        assert_eq!(output.status.code(), Some(code), "{script}\n{}", said(&output));
        let report = std::fs::read_to_string(dir.path().join(report)).unwrap();
        assert!(report.contains("<testsuite"), "{report}");
        assert!(dir.path().join("started").exists());
    }
}

#[test]
fn the_job_of_jenkins_runs() {
    let text = block("jenkins");
    let script = text.split("'''").nth(1).expect("a script");
    assert!(text.contains("junit 'webhooks.xml'"));
    job(script, "webhooks.xml");
}

#[test]
fn the_job_of_circleci_runs() {
    let text = yaml(&block("circleci"));
    let steps = text[0]["jobs"]["webhooks"]["steps"].as_vec().unwrap();
    let script = steps.iter().find_map(|step| step["run"]["command"].as_str()).unwrap();
    assert!(
        steps.iter().any(|step| step["store_test_results"]["path"].as_str() == Some("results"))
    );
    job(script, "results/webhooks.xml");
}

#[test]
fn the_component_of_gitlab_runs_with_the_documented_inputs() {
    let include = yaml(&block("gitlab"));
    let given = &include[0]["include"][0];
    assert!(given["component"].as_str().unwrap().contains("/cz-hook/test@"));
    let text = std::fs::read_to_string(root().join("templates/test.yml")).unwrap();
    let documents = yaml(&text);
    let mut filled = text.split_once("\n---\n").expect("two documents").1.to_owned();
    for (name, spec) in documents[0]["spec"]["inputs"].as_hash().unwrap() {
        let name = name.as_str().unwrap();
        let value = given["inputs"][name].as_str().or(spec["default"].as_str());
        filled = filled.replace(&format!("$[[ inputs.{name} ]]"), value.expect(name));
    }
    for (name, _) in given["inputs"].as_hash().unwrap() {
        assert!(!documents[0]["spec"]["inputs"][name.as_str().unwrap()].is_badvalue(), "{name:?}");
    }
    assert!(!filled.contains("$[["), "{filled}");
    let filled = yaml(&filled);
    let lines = filled[0]["webhooks"]["script"].as_vec().unwrap().iter();
    let script: Vec<_> = lines.map(|line| line.as_str().unwrap()).collect();
    let reports = &filled[0]["webhooks"]["artifacts"]["reports"];
    assert_eq!(reports["junit"].as_str(), Some("webhooks.xml"));
    job(&script.join("\n"), "webhooks.xml");
}

/// Every block of the page has a mark, and a test that uses it.
#[test]
fn every_block_is_run() {
    let page = include_str!("../../docs/testing.md");
    let fences = page.lines().filter(|line| line.starts_with("```")).count() / 2;
    let marks: Vec<_> = page.lines().filter(|line| line.starts_with("<!-- recipe:")).collect();
    assert_eq!(fences, marks.len());
    let own = include_str!("testing.rs");
    for mark in marks {
        let name = mark.trim_start_matches("<!-- recipe: ").trim_end_matches(" -->");
        let is_used =
            own.contains(&format!("(\"{name}\"")) || own.contains(&format!("block(\"{name}\")"));
        assert!(is_used, "{name}");
    }
    hook(["events", "show", "lead.submit"]).run().exits(0);
}
