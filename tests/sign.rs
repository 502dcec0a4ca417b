//! `cz-hook sign`, as a script and a person use it.

mod support;

use support::{BODY, SECRET, SIGNATURE, hook};

#[test]
fn prints_the_header_of_a_sample() {
    let ran = hook(["sign", "lead.submit", "--secret", SECRET])
        .run()
        .exits(0);
    assert_eq!(ran.out(), format!("x-chatzuri-signature: {SIGNATURE}\n"));
    assert_eq!(ran.stderr, "");
}
