//! What the workflows, the image and the scripts fetch is named by a digest or a version, so that nobody can exchange it.

use std::collections::BTreeSet;

use yaml_rust2::Yaml;

use super::{script_of, text, yaml};
use crate::support::{files, root};

const FOLDERS: [&str; 7] = [".ci", ".github", "benches", "docs", "fuzz", "packaging", "tests"];

/// Every text file that a person or a machine runs or copies commands from, with its path.
fn sources() -> Vec<(String, String)> {
    // Installed files, recorded data and this test are not looked through.
    const LEFT_OUT: [&str; 6] =
        ["corpus", "node_modules", "recorded", "snapshots", "supply_chain.rs", "target"];
    let mut paths: Vec<_> = FOLDERS.iter().map(|folder| root().join(folder)).collect();
    let mut found = Vec::new();
    for file in ["action.yml", "README.md", "CONTRIBUTING.md", "SECURITY.md"] {
        found.push((file.to_owned(), text(file)));
    }
    while let Some(path) = paths.pop() {
        if LEFT_OUT.iter().any(|name| path.file_name().is_some_and(|found| found == *name)) {
            continue;
        }
        if path.is_dir() {
            paths.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            found.push((path.strip_prefix(root()).unwrap().display().to_string(), text));
        }
    }
    found
}

fn is_hex(text: &str, len: usize) -> bool {
    text.len() == len && text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
}

/// `name@sha256:…`
fn is_pinned_image(image: &str) -> bool {
    image.split_once("@sha256:").is_some_and(|(_, digest)| is_hex(digest, 64))
}

#[test]
fn every_action_is_pinned_by_its_commit() {
    let mut count = 0;
    for (path, text) in sources() {
        for line in text.lines().map(|line| line.trim_start().trim_start_matches("- ")) {
            let Some(rest) = line.strip_prefix("uses: ") else {
                continue;
            };
            let (action, note) = rest.split_once(" # ").unwrap_or((rest, ""));
            // Of this repository, or the placeholder for it in the documents.
            if action.starts_with("./") || action.starts_with("OWNER/cz-hook@v") {
                continue;
            }
            let is_pinned = action.split_once('@').is_some_and(|(_, commit)| is_hex(commit, 40));
            assert!(is_pinned, "{path}: {line}");
            assert!(note.starts_with('v'), "{path}: the version is missing: {line}");
            count += 1;
        }
    }
    assert!(count >= 12, "{count}");
    for bad in ["main", "v4", "34e1148", &"G".repeat(40)] {
        assert!(!is_hex(bad, 40), "{bad}");
    }
}

#[test]
fn every_image_is_pinned_by_its_digest() {
    let mut count = 0;
    for name in ["ci", "dependencies", "release"] {
        let workflow = yaml(&format!(".github/workflows/{name}.yml"));
        for (_, job) in workflow["jobs"].as_hash().unwrap() {
            let container = &job["container"];
            assert!(job["services"].is_badvalue(), "check the images of services, too");
            let image = container.as_str().or(container["image"].as_str());
            assert_eq!(image.is_none(), container.is_badvalue(), "{name}: {container:?}");
            if let Some(image) = image {
                assert!(is_pinned_image(image), "{name}: {image}");
                count += 1;
            }
        }
    }
    let mut stages = BTreeSet::from(["scratch".to_owned()]);
    for line in text("packaging/Dockerfile").lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        let image = match words[..] {
            ["FROM", image, ..] => image,
            _ => match words.iter().find_map(|word| word.strip_prefix("--from=")) {
                Some(image) => image,
                None => continue,
            },
        };
        assert!(stages.contains(image) || is_pinned_image(image), "Dockerfile: {image}");
        count += usize::from(is_pinned_image(image));
        if let ["FROM", _, "AS", stage] = words[..] {
            stages.insert(stage.to_owned());
        }
    }
    assert_eq!(count, 2);
    assert!(!is_pinned_image("rust:1-bookworm") && !is_pinned_image("rust@sha256:abc"));
}

#[test]
fn every_tool_is_installed_in_one_version() {
    let mut count = 0;
    for (path, text) in sources() {
        for line in text.lines().filter(|line| line.contains("cargo install ")) {
            let is_pinned = line.contains("--locked")
                && ["--version ", "--path "].iter().any(|option| line.contains(option));
            assert!(is_pinned, "{path}: {line}");
            count += 1;
        }
        for line in text.lines().filter(|line| line.contains("pip install ")) {
            // A file of a release is what it is.
            let is_pinned = ["==", "-r requirements.txt", "\"${files[@]}\"", " ./cz_hook-"];
            let is_pinned = is_pinned.iter().any(|part| line.contains(part));
            assert!(is_pinned || path.starts_with("examples/"), "{path}: {line}");
        }
        // `npm ci` installs what the lock file says.
        let is_unlocked = text.lines().map(str::trim_start).any(|line| {
            line.starts_with("npm install") && !line.starts_with("npm install ./cz-hook-")
        });
        assert!(!is_unlocked, "{path}: npm install");
    }
    assert!(count >= 6, "{count}");
    for (path, text) in [files("examples", &["txt"]), files("tests", &["txt"])].concat() {
        for line in text.lines().filter(|_| path.ends_with("requirements.txt")) {
            let is_pinned = line.contains("==") || line.starts_with('#');
            assert!(is_pinned, "{}: {line}", path.display());
        }
    }
}

#[test]
fn a_release_has_a_list_of_dependencies_and_attestations() {
    let release = yaml(".github/workflows/release.yml");
    let publish = &release["jobs"]["publish"];
    for permission in ["id-token", "attestations", "contents"] {
        assert_eq!(publish["permissions"][permission].as_str(), Some("write"), "{permission}");
    }
    let steps = publish["steps"].as_vec().unwrap();
    let attested: Vec<_> = steps
        .iter()
        .filter(|step| {
            step["uses"].as_str().is_some_and(|uses| uses.starts_with("actions/attest@"))
        })
        .collect();
    assert_eq!(attested.len(), 2);
    for step in &attested {
        assert_eq!(step["with"]["subject-checksums"].as_str(), Some("dist/SHA256SUMS"));
    }
    let sbom = attested.iter().find_map(|step| step["with"]["sbom-path"].as_str());
    assert_eq!(sbom, Some("dist/cz-hook.cdx.json"));
    let list = &release["jobs"]["sbom"];
    let makes = |step: &Yaml| script_of(step).is_some_and(|run| run.contains("cargo cyclonedx"));
    assert!(list["steps"].as_vec().unwrap().iter().any(makes));
    let needed = publish["needs"].as_vec().unwrap();
    assert!(needed.iter().any(|job| job.as_str() == Some("sbom")));
    // No job that may write builds or runs a tool of someone else.
    assert_eq!(release["permissions"]["contents"].as_str(), Some("read"));
    for (name, job) in release["jobs"].as_hash().unwrap() {
        let may_write = format!("{:?}", job["permissions"]).contains("write");
        let script: Vec<_> =
            job["steps"].as_vec().into_iter().flatten().filter_map(script_of).collect();
        assert!(!(may_write && script.join("\n").contains("cargo ")), "{name:?}");
    }
    // The files are attested before they are published, and the action verifies that.
    let at = |what: &str| steps.iter().position(|step| format!("{step:?}").contains(what)).unwrap();
    assert!(at("actions/attest@") < at("gh release create"));
    assert!(text("action.yml").contains("gh attestation verify"));
}

#[test]
fn dependencies_are_checked_every_day() {
    let workflow = yaml(".github/workflows/dependencies.yml");
    let cron = workflow["on"]["schedule"][0]["cron"].as_str().unwrap();
    let fields: Vec<_> = cron.split(' ').collect();
    assert!(matches!(fields[..], [_, _, "*", "*", "*"]), "{cron}");
    let steps = format!("{:?}", workflow["jobs"]["deny"]["steps"]);
    for lock in ["cargo deny --locked check", "fuzz/Cargo.toml", "rust-axum/Cargo.toml"] {
        assert!(steps.contains(lock), "{lock} is not checked");
    }
    let ci = yaml(".github/workflows/ci.yml");
    let used = ci["jobs"]["deny"]["uses"].as_str();
    assert_eq!(used, Some("./.github/workflows/dependencies.yml"));
}

/// The fuzz targets are a workspace of their own, with a lock file of their own.
#[test]
fn the_fuzz_targets_lock_every_dependency_of_the_tool() {
    let manifest: toml::Table = text("Cargo.toml").parse().unwrap();
    let lock: toml::Table = text("fuzz/Cargo.lock").parse().unwrap();
    let packages = lock["package"].as_array().unwrap();
    let own = packages.iter().find(|package| package["name"].as_str() == Some("cz-hook")).unwrap();
    let locked: BTreeSet<_> = own["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry.as_str().unwrap().split(' ').next().unwrap())
        .collect();
    let needed = manifest["dependencies"].as_table().unwrap();
    // A dependency may have another name here than its package.
    let needed = needed.iter().map(|(name, entry)| {
        entry.get("package").and_then(toml::Value::as_str).unwrap_or(name.as_str())
    });
    let missing: Vec<_> = needed.filter(|name| !locked.contains(name)).collect();
    assert!(missing.is_empty(), "run cargo metadata in fuzz/: {missing:?}");
}

/// A name that others can predict is a name that they can take first.
#[test]
fn no_temporary_file_has_a_predictable_name() {
    let code = files("src", &["rs"]).into_iter();
    let code = code.map(|(path, text)| (path.display().to_string(), text));
    let scripts = sources().into_iter();
    let scripts = scripts.filter(|(_, text)| text.starts_with("#!") && text.contains("sh\n"));
    let mut count = 0;
    for (signs, (path, text)) in code
        .map(|file| (["/tmp/", "temp_dir()", "process::id()"], file))
        .chain(scripts.map(|file| (["/tmp/", "$$", "$RANDOM"], file)))
    {
        count += 1;
        for (number, line) in text.lines().enumerate() {
            let is_found = signs.iter().any(|sign| line.contains(sign));
            assert!(!is_found, "{path}:{}: {line}", number + 1);
        }
    }
    assert!(count > 100);
}
