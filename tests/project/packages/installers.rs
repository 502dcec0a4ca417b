//! The packages of every installer: those that this system can build are built from the binary under test, installed into
//! an empty folder, run and removed. The manifests of the others are read.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};
use yaml_rust2::YamlLoader;

use super::{package, said, text};
use crate::support::{BODY, SECRET, SIGNATURE, hex, hook, programs, root};

/// The target of the binary under test.
const TARGET: &str = if cfg!(target_arch = "x86_64") {
    "x86_64-unknown-linux-gnu"
} else {
    "aarch64-unknown-linux-gnu"
};

fn run(program: &str, args: &[&str], folder: &Path) -> Output {
    let mut command = hook(args).within(folder).command_of(program);
    let mut search = root().join("target/packages/bin").into_os_string();
    search.push(":");
    search.push(std::env::var_os("PATH").unwrap());
    // npm, pip and rpm write to the home folder.
    command.env("PATH", search).env("HOME", folder);
    command.output().unwrap_or_else(|why| panic!("{program}: {why}"))
}

fn succeeds(program: &str, args: &[&str], folder: &Path) -> String {
    let output = run(program, args, folder);
    assert!(output.status.success(), "{program} {args:?}: {}", said(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The installed program works: it runs a demo, and verifies in a pipe.
fn works(program: &Path) {
    let program = program.to_str().unwrap();
    let demo = hook(["demo", "--quiet"]).command_of(program).output().unwrap();
    assert!(demo.status.success(), "{program}: {}", said(&demo));
    for (signature, code) in [(SIGNATURE, 0), (&"0".repeat(40), 1)] {
        let verify =
            "printf %s \"$BODY\" | \"$PROGRAM\" verify - --signature \"$SIGNATURE\" --quiet";
        let mut command = hook(["-o", "pipefail", "-c", verify]).command_of("bash");
        command.env("BODY", BODY).env("PROGRAM", program).env("SIGNATURE", signature);
        let output = command.env("CZ_HOOK_SECRET", SECRET).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{program}: {}", said(&output));
    }
}

/// The file whose name has this beginning and this end.
fn file(folder: &Path, start: &str, end: &str) -> PathBuf {
    let mut names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_it = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with(start) && name.ends_with(end)
    };
    names.find(is_it).unwrap_or_else(|| panic!("no {start}*{end} in {}", folder.display()))
}

fn str(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Whether cargo-deb and cargo-generate-rpm are there.
fn has_tools() -> bool {
    root().join("target/packages/bin/cargo-generate-rpm").is_file()
}

/// Every package of this system, which is built once. `None` without a program that building takes.
fn dist() -> Option<&'static Path> {
    static DIST: OnceLock<Option<PathBuf>> = OnceLock::new();
    DIST.get_or_init(build).as_deref()
}

fn build() -> Option<PathBuf> {
    for program in ["python3", "npm", "node", "strip", "readelf"] {
        if !programs::has(program, "to build packages") {
            return None;
        }
    }
    // The packages of an earlier run are replaced.
    let dist = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages");
    let _ = std::fs::remove_dir_all(&dist);
    let work = tempfile::tempdir().unwrap();
    let binary = work.path().join("cz-hook");
    succeeds("strip", &["-o", str(&binary), env!("CARGO_BIN_EXE_cz-hook")], work.path());
    let build = root().join("packaging/build");
    let mut args = vec!["--fast", str(&binary), TARGET, str(&dist)];
    match has_tools() {
        true => args.insert(0, "--all"),
        false => programs::skip("cargo-deb and cargo-generate-rpm; run tests/packages/setup"),
    }
    succeeds(str(&build), &args, work.path());
    Some(dist)
}

/// Installs a package into an empty folder.
fn installing(install: impl FnOnce(&Path, &Path)) {
    if let Some(dist) = dist() {
        let folder = tempfile::tempdir().unwrap();
        install(dist, folder.path());
    }
}

/// The same, with what is installed for a whole system.
fn installing_as_root(install: impl FnOnce(&Path, &Path)) {
    match has_tools() && rustix::process::geteuid().is_root() {
        true => installing(install),
        false => programs::skip(
            "only root can install them, and tests/packages/setup installs what builds them",
        ),
    }
}

#[test]
fn the_archive_is_unpacked_and_runs() {
    installing(archive);
}

#[test]
fn the_wheel_is_installed_runs_and_is_removed() {
    installing(wheel);
}

#[test]
fn the_npm_packages_are_installed_run_and_are_removed() {
    installing(npm);
}

#[test]
fn the_debian_package_is_installed_runs_and_is_removed() {
    installing_as_root(debian);
}

#[test]
fn the_rpm_is_installed_runs_and_is_removed() {
    installing_as_root(rpm);
}

/// The archive, where `cargo binstall` expects it and its binary.
fn archive(dist: &Path, folder: &Path) {
    let name = format!("cz-hook-{TARGET}");
    let binstall = &package()["metadata"]["binstall"];
    let filled = |key: &str| {
        let mut text = binstall[key].as_str().unwrap().to_owned();
        for (mark, value) in [
            ("{ repo }", "https://example.com/r"),
            ("{ version }", "1.2.3"),
            ("{ name }", "cz-hook"),
            ("{ bin }", "cz-hook"),
            ("{ target }", TARGET),
            ("{ binary-ext }", ""),
        ] {
            text = text.replace(mark, value);
        }
        assert!(!text.contains('{'), "{text}");
        text
    };
    let url = format!("https://example.com/r/releases/download/v1.2.3/{name}.tar.gz");
    assert_eq!(filled("pkg-url"), url);
    let path = dist.join(format!("{name}.tar.gz"));
    succeeds("tar", &["-xzf", str(&path), "-C", str(folder)], folder);
    works(&folder.join(filled("bin-dir")));
}

fn wheel(dist: &Path, folder: &Path) {
    if !programs::has("python3", "to install a wheel") {
        return;
    }
    succeeds("python3", &["-m", "venv", "env"], folder);
    let pip = folder.join("env/bin/pip");
    let program = folder.join("env/bin/cz-hook");
    let install = ["install", "--no-index", "--find-links", str(dist), "cz-hook"];
    succeeds(str(&pip), &install, folder);
    works(&program);
    // pip checks the record of the wheel when it removes it.
    succeeds(str(&pip), &["uninstall", "--yes", "cz-hook"], folder);
    assert!(!program.exists());
}

fn npm(dist: &Path, folder: &Path) {
    std::fs::write(folder.join("package.json"), "{}").unwrap();
    let (own, launcher) = (file(dist, "cz-hook-linux-", ".tgz"), file(dist, "cz-hook-0", ".tgz"));
    let install = ["install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts"];
    succeeds("npm", &[&install[..], &[str(&own), str(&launcher)]].concat(), folder);
    let program = folder.join("node_modules/.bin/cz-hook");
    works(&program);
    // The exit code of a signal, and the end of the binary when the launcher is stopped.
    let script = "\"$0\" listen --port 0 --json >out & sleep_until() { until [ -s out ]; do sleep 0.05; done; }; \
                  sleep_until; kill -TERM $!; wait $!";
    let stopped = run("bash", &["-c", script, str(&program)], folder);
    assert_eq!(stopped.status.code(), Some(130), "{}", said(&stopped));
    // Without the package of the system there is nothing to start.
    std::fs::remove_dir_all(folder.join("node_modules/@cz-hook")).unwrap();
    let alone = run(str(&program), &["--version"], folder);
    assert_eq!(alone.status.code(), Some(3), "{}", said(&alone));
    assert!(said(&alone).contains("is not installed"), "{}", said(&alone));
    succeeds("npm", &["uninstall", "--offline", "cz-hook", "@cz-hook/linux-x64"], folder);
    assert!(!program.exists());
}

fn debian(dist: &Path, folder: &Path) {
    for name in ["updates", "info", "triggers"] {
        std::fs::create_dir_all(folder.join("var/lib/dpkg").join(name)).unwrap();
    }
    std::fs::write(folder.join("var/lib/dpkg/status"), "").unwrap();
    let place = format!("--root={}", folder.display());
    let package = file(dist, "cz-hook_", ".deb");
    // The folder has no C library.
    succeeds("dpkg", &[&place, "--force-depends", "-i", str(&package)], folder);
    installed(folder, "usr/share/zsh/vendor-completions/_cz-hook");
    succeeds("dpkg", &[&place, "-r", "cz-hook"], folder);
    assert!(!folder.join("usr/bin/cz-hook").exists());
}

fn rpm(dist: &Path, folder: &Path) {
    if !programs::has("rpm", "to install an RPM") {
        return;
    }
    let package = file(dist, "cz-hook-0", ".rpm");
    let place = ["--root", str(folder)];
    succeeds("rpm", &[&place[..], &["--nodeps", "-i", str(&package)]].concat(), folder);
    installed(folder, "usr/share/zsh/site-functions/_cz-hook");
    succeeds("rpm", &[&place[..], &["-e", "cz-hook"]].concat(), folder);
    assert!(!folder.join("usr/bin/cz-hook").exists());
}

/// The files of a package of a system, and its binary.
fn installed(folder: &Path, zsh: &str) {
    works(&folder.join("usr/bin/cz-hook"));
    for path in [
        zsh,
        "usr/share/bash-completion/completions/cz-hook",
        "usr/share/doc/cz-hook/docs/testing.md",
        "usr/share/doc/cz-hook/README.md",
    ] {
        assert!(folder.join(path).is_file(), "{path}");
    }
    let pages = std::fs::read_dir(folder.join("usr/share/man/man1")).unwrap().count();
    assert_eq!(pages, std::fs::read_dir(root().join("man")).unwrap().count());
}

#[test]
fn the_manifests_have_the_checksums_of_the_archives() {
    if !programs::has("python3", "to write manifests") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    let script = root().join("packaging/manifests");
    let write = || run(str(&script), &["https://example.com/owner/cz-hook", str(folder)], folder);
    let release = text(".github/workflows/release.yml");
    let targets = release.lines().filter_map(|line| line.trim().strip_prefix("target: "));
    let mut archives = Vec::new();
    for target in targets {
        for end in ["tar.gz", "zip"] {
            let name = format!("cz-hook-{target}.{end}");
            let sum = hex(&Sha256::digest(&name));
            std::fs::write(folder.join(&name), &name).unwrap();
            std::fs::write(folder.join(format!("{name}.sha256")), format!("{sum}  {name}\n"))
                .unwrap();
            archives.push((name, sum));
        }
    }
    assert_eq!(archives.len(), 10);
    let output = write();
    assert!(output.status.success(), "{}", said(&output));
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let version = package()["version"].as_str().unwrap().to_owned();
    let sum_of = |name: &str| &archives.iter().find(|(own, _)| own == name).unwrap().1;

    let formula = read("cz-hook.rb");
    assert!(formula.contains(&format!("version \"{version}\"")));
    for (url, sum) in formula
        .lines()
        .filter(|l| l.contains(" url "))
        .zip(formula.lines().filter_map(|line| line.trim().strip_prefix("sha256 ")))
    {
        let name = url.rsplit('/').next().unwrap().trim_end_matches('"');
        assert_eq!(sum.trim_matches('"'), sum_of(name), "{url}");
    }
    if programs::has("ruby", "to read the formula") {
        succeeds("ruby", &["-c", str(&folder.join("cz-hook.rb"))], folder);
    }
    let windows = "cz-hook-x86_64-pc-windows-msvc.zip";
    let scoop: serde_json::Value = serde_json::from_str(&read("cz-hook.json")).unwrap();
    let own = &scoop["architecture"]["64bit"];
    assert_eq!(
        (&scoop["version"], &own["hash"]),
        (&(*version).into(), &sum_of(windows).as_str().into())
    );
    assert!(own["url"].as_str().unwrap().ends_with(windows));
    let installer = YamlLoader::load_from_str(&read("CzHook.CzHook.installer.yaml")).unwrap();
    let one = &installer[0]["Installers"][0];
    assert_eq!(one["InstallerSha256"].as_str().unwrap(), sum_of(windows));
    assert_eq!(installer[0]["PackageVersion"].as_str().unwrap(), version);
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!text.contains("@SHA256") && !text.contains("@VERSION@"), "{text}");
    }

    // A file that was changed, and one that is missing.
    std::fs::write(folder.join(windows), "changed").unwrap();
    let changed = write();
    assert!(!changed.status.success() && said(&changed).contains(windows), "{}", said(&changed));
    std::fs::remove_file(folder.join(windows)).unwrap();
    assert!(!write().status.success());
}

/// The archive for Windows is also a .zip, with the path of the program that the manifests name.
#[test]
fn the_archive_for_windows_is_also_a_zip() {
    if !programs::has("python3", "to write the .zip") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let binary = dir.path().join("cz-hook.exe");
    std::fs::write(&binary, "MZ").unwrap();
    let target = "x86_64-pc-windows-msvc";
    let dist = dir.path().join("dist");
    let archive = root().join("packaging/archive");
    succeeds(str(&archive), &[str(&binary), target, str(&dist)], dir.path());
    let zip = dist.join(format!("cz-hook-{target}.zip"));
    let list = succeeds("python3", &["-m", "zipfile", "-l", str(&zip)], dir.path());
    let installer = text("packaging/templates/CzHook.CzHook.installer.yaml").replace('\\', "/");
    let path = installer.split("RelativeFilePath: ").nth(1).unwrap().lines().next().unwrap();
    assert!(list.contains(path), "{list}");
    succeeds("sha256sum", &["--check", &format!("cz-hook-{target}.zip.sha256")], &dist);
}

/// No test builds with Nix, because it would fetch a whole system. Its parser reads the flake.
#[test]
fn the_flake_is_nix() {
    let flake = text("flake.nix");
    for name in ["man/*.1", "completions/cz-hook.bash", "completions/_cz-hook", "./Cargo.lock"] {
        assert!(flake.contains(name), "{name}");
    }
    if !programs::has("nix-instantiate", "to read flake.nix") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    succeeds("nix-instantiate", &["--parse", str(&root().join("flake.nix"))], dir.path());
}
