//! What the tool is handed out in: the action, the workflows, the archive, the image, the Debian package. What
//! can be run here is run; the rest is held against the files that it names.

mod action;
mod artifacts;
mod licences;
mod workflows;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use yaml_rust2::{Yaml, YamlLoader};

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

fn write_program(path: &Path, script: &str) {
    std::fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
}

fn said(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&both).into_owned()
}

fn script_of(step: &Yaml) -> Option<&str> {
    step["run"].as_str()
}
