//! Whether every dependency may be used.

use std::collections::BTreeSet;
use std::process::Command;

use super::{root, said, text};

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
