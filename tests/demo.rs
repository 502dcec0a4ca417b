//! `cz-hook demo`, the first thing that a newcomer runs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use support::hook;

#[test]
fn the_demo_shows_every_sample_and_two_refusals() {
    let ran = hook(["demo", "--json"]).run().exits(0);
    let lines = ran.json();
    assert_eq!(lines[0]["type"], "ready");
    let deliveries = &lines[1..];
    assert_eq!(deliveries.len(), 19);
    let count = |verdict: &str| {
        deliveries
            .iter()
            .filter(|d| d["signature"]["verdict"] == verdict)
            .count()
    };
    assert_eq!(
        ["valid", "unsigned", "invalid", "missing"].map(count),
        [16, 1, 1, 1]
    );
    for delivery in deliveries {
        let refused = matches!(
            delivery["signature"]["verdict"].as_str(),
            Some("invalid" | "missing")
        );
        assert_eq!(
            delivery["response"]["status"],
            if refused { 400 } else { 200 }
        );
        assert_eq!(delivery["validation"]["verdict"], "valid");
    }
    assert!(ran.stderr.contains("judged and answered as it should be"));
}

#[test]
fn the_demo_is_for_people() {
    let ran = hook(["demo"]).run().exits(0);
    assert_eq!(ran.out().matches("\n#").count() + 1, 19);
    assert!(!ran.out().contains('\u{1b}'));
    let colored = hook(["demo", "--color", "always"]).run().exits(0);
    assert!(colored.out().contains("\u{1b}["));
    assert!(!colored.out().contains("demo-secret"));
}
