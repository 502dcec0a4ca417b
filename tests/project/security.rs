//! The security page names a test for each promise, and each exists.

use std::collections::BTreeSet;

use crate::support::{files, root};

#[test]
fn every_test_that_the_security_page_names_exists() {
    let sources = files("tests", &["rs"]).into_iter().chain(files("src", &["rs"]));
    let all: String = sources.map(|(_, text)| text).collect();
    let tests: BTreeSet<&str> = all
        .split("#[")
        .filter(|rest| rest.starts_with("test]") || rest.starts_with("tokio::test"))
        .filter_map(|rest| rest.split_once("fn ")?.1.split('(').next())
        .collect();
    let page = std::fs::read_to_string(root().join("docs/security.md")).unwrap();
    let mut count = 0;
    for line in page.lines().filter(|line| line.starts_with("| ")) {
        let last = line.strip_suffix('|').unwrap().rsplit('|').next().unwrap();
        assert!(!last.trim().is_empty(), "no test checks this: {line}");
        for name in last.split('`').skip(1).step_by(2).filter(|name| name.contains("_")) {
            assert!(tests.contains(name), "there is no test `{name}`: {line}");
            count += 1;
        }
    }
    assert!(count > 40, "{count}");
}
