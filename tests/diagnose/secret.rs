//! Every variant of the secret is found, and none is printed.

use cz_hook::webhook::signature::Secret;

use crate::{BODY, asked, sha1};

#[test]
fn every_variant_of_the_secret_is_found() {
    for (given, used, code) in [
        ("s3cret", "s3cret\n", "secret.trailing_newline"),
        ("s3cret\n", "s3cret", "secret.trailing_newline"),
        ("s3cret", "s3cret\r\n", "secret.trailing_newline"),
        ("s3cret", " s3cret", "secret.surrounding_space"),
        ("  s3cret ", "s3cret", "secret.surrounding_space"),
        ("s3cret", "\"s3cret\"", "secret.quoted"),
        ("'s3cret'", "s3cret", "secret.quoted"),
        ("c2VjcmV0", "secret", "secret.base64_decoded"),
        ("_-8", "\u{0}", "secret.base64_decoded"),
        ("68656c6c6f", "hello", "secret.hex_decoded"),
        ("whsec_abc", "abc", "secret.prefix_stripped"),
        ("abc", "whsec_abc", "secret.prefix_stripped"),
        ("sk-live!", "live!", "secret.prefix_stripped"),
        ("a%2Fb%3D", "a/b=", "secret.url_decoded"),
        ("a/b=", "a%2Fb%3D", "secret.url_decoded"),
        ("s3cret", "", "secret.empty"),
        ("s3cret", "undefined", "secret.empty"),
        ("s3cret", "null", "secret.empty"),
        ("s3cret", "None", "secret.empty"),
    ] {
        let key = match given {
            "_-8" => vec![0xff, 0xef],
            _ => used.as_bytes().to_vec(),
        };
        asked(BODY, sha1(key, BODY)).secret(given).gives(&[code]);
    }
}

#[test]
fn another_known_secret_is_named_and_never_shown() {
    let mut asked = asked(BODY, sha1("hunter2", BODY));
    asked.others = vec![Secret::new(b"hunter2".to_vec(), "CZ_HOOK_SECRET")];
    let answer = asked.gives(&["secret.other"]);
    let shown = format!("{answer:?}");
    assert!(shown.contains("CZ_HOOK_SECRET") && !shown.contains("hunter2"));
}

#[test]
fn no_part_of_a_secret_is_ever_shown() {
    for (given, key) in [
        ("hunter2-rest", "rest"),
        ("aHVudGVyMg==", "hunter2"),
        ("68756e74657232", "hunter2"),
        ("hunter2", "hunter2\n"),
        ("'hunter2'", "hunter2"),
    ] {
        let answer = asked(BODY, sha1(key, BODY)).secret(given).answer();
        assert!(answer.proof.is_some(), "{given}");
        let shown = format!("{answer:?}");
        assert!(
            !shown.contains("hunter2") && !shown.contains("aHVu") && !shown.contains("6875"),
            "{shown}"
        );
    }
}
