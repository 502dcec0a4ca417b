//! The ways to install the tool: the action, the workflows, the archive, the image, the Debian package. What can run
//! here is run; the rest is compared with the files that it names.

mod action;
mod artifacts;
#[cfg(target_os = "linux")]
mod installers;
mod licences;
mod supply_chain;
mod workflows;

use std::process::Output;

use crate::support::root;
use yaml_rust2::{Yaml, YamlLoader};

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

fn said(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&both).into_owned()
}

fn script_of(step: &Yaml) -> Option<&str> {
    step["run"].as_str()
}
