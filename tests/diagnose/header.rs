//! Every other encoding of the signature is found, and the wrong part of its format is named.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::Hmac;
use sha1::Sha1;
use sha2::Sha256;

use crate::{BODY, SECRET, asked, hex, hmac, sha1};

#[test]
fn findings_do_not_contradict_each_other() {
    let node = r#"{"a":1}"#;
    let mac = hmac::<Hmac<Sha1>>(format!("{SECRET} "), node);
    for value in [STANDARD.encode(&mac), format!("sha1={}", hex(&mac)), hex(&mac)[..32].to_owned()]
    {
        let answer = asked(r#"{"a": 1.0}"#, value).answer();
        let says = answer.proof.unwrap().explanation.says();
        assert!(!says.contains("right"), "{says}");
    }
}

#[test]
fn a_format_of_another_scheme_is_reported() {
    let mac = hmac::<Hmac<Sha1>>("another", BODY);
    let clue = |value: String| asked(BODY, value).answer().hints.join(" ");
    let right = clue(hex(&mac));
    assert!(right.contains("in lowercase hexadecimal, as it should."), "{right}");
    for value in [hex(&mac).to_uppercase(), STANDARD.encode(&mac), format!("sha1={}", hex(&mac))] {
        let clue = clue(value);
        assert!(!clue.contains("as it should"), "{clue}");
        assert!(clue.contains("the scheme's form is <40 lowercase hex digits>."), "{clue}");
    }
}

#[test]
fn the_field_of_a_signature_format_is_named() {
    for name in ["payload", "data", "body"] {
        let form = format!("token=x&{name}=%7B%22a%22%3A+1%7D");
        let answer = asked(form, sha1(SECRET, "{\"a\": 1}")).gives(&["body.form_encoded"]);
        let explanation = answer.proof.unwrap().explanation;
        let field = format!("`{name}`");
        assert!(explanation.says().contains(&field), "{}", explanation.says());
    }
}

#[test]
fn every_other_encoding_of_the_signature_is_found() {
    let mac = hmac::<Hmac<Sha1>>(SECRET, BODY);
    let right = hex(&mac);
    let longer = hex(hmac::<Hmac<Sha256>>(SECRET, BODY));
    for (signature, codes) in [
        (STANDARD.encode(&mac), &["encoding.base64"][..]),
        (STANDARD.encode(&right), &["encoding.base64"]),
        (URL_SAFE_NO_PAD.encode(&mac), &["encoding.base64url"]),
        (right.to_uppercase(), &["encoding.uppercase"]),
        (format!("sha1={right}"), &["prefix.extra"]),
        (format!("sha256={right}"), &["prefix.extra"]),
        (right[..32].to_owned(), &["header.truncated"]),
        (right[..21].to_owned(), &["header.truncated"]),
        (format!("sha256={longer}"), &["header.other_provider"]),
        (longer[..33].to_owned(), &["scheme.algorithm", "header.truncated"]),
    ] {
        asked(BODY, signature).gives(codes);
    }
    let mut guide = asked(BODY, &longer).of("chatzuri-guide");
    guide.gives(&["prefix.missing"]);
    guide.headers = vec![("x-chatzuri-signature".into(), right.clone())];
    guide.gives(&["header.other_provider"]);
    guide.headers = vec![("x-chatbase-signature".into(), right.clone())];
    guide.gives(&["header.other_provider"]);
    guide.headers = vec![("x-acme-signature".into(), format!("sha256={longer}"))];
    let renamed = guide.gives(&["header.renamed"]).proof.unwrap();
    let says = renamed.explanation.says();
    assert!(says.contains("`x-acme-signature`, not in `x-chatzuri-signature`"), "{says}");
    guide.headers = vec![("x-hub-signature-256".into(), format!("sha256={longer}"))];
    guide.gives(&["header.other_provider"]);
    for prefix in ["v1=", "SHA256=", "hmac-sha256=", "Bearer "] {
        guide.headers = vec![("x-chatzuri-signature".into(), format!("{prefix}{longer}"))];
        let says = guide.gives(&["prefix.other"]).proof.unwrap().explanation.says();
        assert_eq!(says, format!("The signature has `{prefix}` before it instead of `sha256=`."));
    }
    // A prefix that names the used hash function belongs to that cause.
    guide.headers = vec![("x-chatzuri-signature".into(), format!("SHA1={right}"))];
    guide.gives(&["scheme.algorithm"]);
    guide.headers = vec![("x-chatzuri-signature".into(), format!("v1={right}"))];
    guide.gives(&["scheme.algorithm", "prefix.other"]);
}

#[test]
fn a_repeated_header_is_explained_by_the_correct_value() {
    asked(BODY, "0".repeat(40))
        .header("x-chatzuri-signature", sha1(SECRET, BODY))
        .gives(&["header.repeated"]);
}
