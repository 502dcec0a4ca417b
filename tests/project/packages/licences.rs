//! Every dependency has a licence that deny.toml allows.

use std::process::Command;

use super::{said, text};
use crate::support::root;

/// Whether a licence expression can be met with `allowed` licences alone.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let flat = expression.replace('/', " OR ");
    if let Some((before, rest)) = flat.split_once('(') {
        let (inner, after) = rest.split_once(')').expect("closed");
        let word = if is_allowed(inner, allowed) { "YES" } else { "NO" };
        return is_allowed(&format!("{before}{word}{after}"), allowed);
    }
    let one = |licence: &str| {
        let licence = licence.trim();
        licence == "YES" || allowed.iter().any(|known| known == licence)
    };
    flat.split(" OR ").any(|all| all.split(" AND ").all(one))
}

/// The licences of what this platform builds: Cargo has fetched those packages, and no others, to build the tests.
/// `cargo deny check licenses` in CI covers the other platforms.
#[test]
fn every_dependency_has_an_allowed_licence() {
    let deny: toml::Table = text("deny.toml").parse().unwrap();
    let allowed: Vec<String> = deny["licenses"]["allow"].clone().try_into().unwrap();
    let metadata = cargo(&[
        "metadata",
        "--format-version=1",
        "--locked",
        "--offline",
        "--filter-platform",
        &host(),
    ]);
    let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100);
    for package in packages {
        let licence = package["license"].as_str().unwrap_or("none");
        assert!(is_allowed(licence, &allowed), "{}: {licence}", package["name"]);
    }
    assert!(!is_allowed("GPL-3.0-only", &allowed) && !is_allowed("MIT AND GPL-3.0-only", &allowed));
}

/// The platform that Cargo builds for here.
fn host() -> String {
    let version = cargo(&["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("a host").to_owned()
}

fn cargo(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(args).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}
