//! Other signing recipes are found, and a missing timestamp is explained for its scheme.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cz_hook::diagnose::cause;
use hmac::Hmac;
use md5::Md5;
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha512};

use crate::{Asked, BODY, SECRET, asked, hex, hmac, of_acme, sha1};

#[test]
fn every_other_signing_recipe_is_found() {
    let with = |parts: &[&str]| hex(Sha1::digest(parts.concat()));
    for (signature, codes) in [
        (with(&[BODY]), &["scheme.plain_hash"][..]),
        (with(&[SECRET, BODY]), &["scheme.plain_hash"]),
        (with(&[BODY, SECRET]), &["scheme.plain_hash"]),
        (with(&[SECRET, ".", BODY]), &["scheme.plain_hash"]),
        (sha1(BODY, SECRET), &["scheme.swapped"]),
        (sha1(SECRET, hex(Sha1::digest(BODY))), &["scheme.double_hex"]),
        (sha1(SECRET, hex(Sha256::digest(BODY))), &["scheme.double_hex"]),
        (with(&[&sha1(SECRET, BODY)]), &["scheme.double_hex"]),
        (hex(hmac::<Hmac<Sha256>>(SECRET, BODY)), &["scheme.algorithm"]),
        (hex(hmac::<Hmac<Sha512>>(SECRET, BODY)), &["scheme.algorithm"]),
        (hex(hmac::<Hmac<Md5>>(SECRET, BODY)), &["scheme.algorithm"]),
        (hex(Sha256::digest([SECRET, BODY].concat())), &["scheme.algorithm", "scheme.plain_hash"]),
    ] {
        asked(BODY, signature).gives(codes);
    }
    for (name, value, message) in [
        ("x-timestamp", "1700000000", format!("1700000000.{BODY}")),
        ("x-timestamp", "1700000000", format!("1700000000{BODY}")),
        ("x-slack-request-timestamp", "17", format!("v0:17:{BODY}")),
        ("x-timestamp", "1700000000", format!("{BODY}1700000000")),
    ] {
        asked(BODY, sha1(SECRET, message)).header(name, value).gives(&["scheme.timestamp"]);
    }
}

#[test]
fn a_scheme_that_signs_a_timestamp_is_explained() {
    let now = "1700000000";
    let newline = format!("{SECRET}\n");
    let node = r#"{"eventType":"lead.submit","agentId":"a/1","payload":{"2":[1,2],"10":"x","customerName":"Zoë <é>","n":1,"o":{}}}"#;
    for (time, key, message, codes) in [
        (None, SECRET, BODY.to_owned(), &["scheme.timestamp"][..]),
        (Some(now), SECRET, BODY.to_owned(), &["scheme.timestamp"]),
        (Some("yesterday"), SECRET, format!("yesterday.{BODY}"), &["header.timestamp"]),
        (Some(""), SECRET, format!(".{BODY}"), &["header.timestamp"]),
        (
            Some("yesterday"),
            &newline,
            format!("yesterday.{BODY}"),
            &["header.timestamp", "secret.trailing_newline"],
        ),
        (Some(now), &newline, format!("{now}.{BODY}"), &["secret.trailing_newline"]),
        (Some(now), SECRET, format!("{now}.{node}"), &["body.reserialized.node"]),
        (Some(now), SECRET, format!("{BODY}.{now}"), &["scheme.timestamp"]),
        (Some(now), SECRET, format!("{now}{BODY}"), &["scheme.timestamp"]),
    ] {
        of_acme(time, key, message).gives(codes);
    }
}

#[test]
fn a_missing_timestamp_is_explained_for_its_scheme() {
    let says = |asked: &Asked, code: &str| {
        let proof = asked.gives(&[code]).proof.unwrap();
        let explanation = proof.explanation;
        (explanation.says(), explanation.formula)
    };
    let unreadable = of_acme(Some("yesterday"), SECRET, format!("yesterday.{BODY}"));
    let (words, formula) = says(&unreadable, "header.timestamp");
    assert!(words.contains("`x-acme-timestamp` does not hold whole seconds"), "{words}");
    let own = "\"v1=\" + hex(HMAC-SHA256(secret, x-acme-timestamp + \".\" + body))";
    assert_eq!(formula, own);
    let (words, formula) = says(&of_acme(None, SECRET, BODY.to_owned()), "scheme.timestamp");
    assert!(words.contains("signs `x-acme-timestamp` and \".\" with it"), "{words}");
    assert_eq!(formula, "\"v1=\" + hex(HMAC-SHA256(secret, body))");
    // A signature that cannot be computed does not suggest another secret.
    let answer = of_acme(None, "another", format!("1.{BODY}")).answer();
    let hints = answer.hints.join("\n");
    assert!(
        answer.proof.is_none()
            && hints.contains("The scheme signs the header `x-acme-timestamp`, which is missing"),
        "{hints}"
    );
    assert!(!hints.contains("different secret"), "{hints}");
}

#[test]
fn a_signature_in_a_list_is_found_with_its_timestamp() {
    let time = "1700000000";
    let over = |message: String| hex(hmac::<Hmac<Sha1>>(SECRET, message));
    let (alone, dotted) = (over(BODY.to_owned()), over(format!("{time}.{BODY}")));
    let zeros = "0".repeat(40);
    for (value, codes) in [
        (format!("v1={alone},k=1"), &["header.list"][..]),
        (format!("t={time},v1={alone}"), &["header.list"]),
        (format!("t={time};h1={alone}"), &["header.list"]),
        (format!("t={time},v1={dotted}"), &["header.list", "scheme.timestamp"]),
        (format!("ts={time}, v0={zeros}, v1={dotted}"), &["header.list", "scheme.timestamp"]),
    ] {
        asked(BODY, value).gives(codes);
    }
    let answer = asked(BODY, format!("t={time},v1={dotted},v0={zeros}"))
        .gives(&["header.list", "scheme.timestamp"]);
    let explanation = answer.proof.unwrap().explanation;
    assert_eq!(
        explanation.formula,
        format!("\"t={time},v1=\" + hex(HMAC-SHA1(secret, t + \".\" + body)) + \",v0={zeros}\"")
    );
    for value in ["t=1,v1=2", ",,,,=", "a=,b=,c=;", &"a=1,".repeat(120)] {
        asked(BODY, value).gives_nothing();
    }
}

#[test]
fn causes_combine_and_the_shortest_explanation_wins() {
    let node = r#"{"eventType":"lead.submit","agentId":"a/1","payload":{"2":[1,2],"10":"x","customerName":"Zoë <é>","n":1,"o":{}}}"#;
    asked(BODY, sha1(format!("{SECRET}\n"), node))
        .gives(&["secret.trailing_newline", "body.reserialized.node"]);
    asked(BODY, hex(hmac::<Hmac<Sha256>>(SECRET, node)))
        .gives(&["scheme.algorithm", "body.reserialized.node"]);
    asked(BODY, sha1(SECRET, format!("{node}\n")))
        .gives(&["body.reserialized.node", "body.trailing_newline"]);
    asked(BODY, sha1(format!("{SECRET}\r\n"), format!("{node}\n"))).gives(&[
        "secret.trailing_newline",
        "body.reserialized.node",
        "body.trailing_newline",
    ]);
    asked(BODY, sha1(format!("{SECRET}\n"), &BODY[..50]))
        .gives(&["secret.trailing_newline", "body.truncated"]);
    asked(BODY, STANDARD.encode(hmac::<Hmac<Sha1>>(format!("{SECRET} "), node))).gives(&[
        "encoding.base64",
        "secret.surrounding_space",
        "body.reserialized.node",
    ]);
}

#[test]
fn every_cause_has_a_complete_description() {
    for entry in cause::all() {
        assert!(entry.code.contains('.') && !entry.fix.contains("{}"), "{}", entry.code);
    }
}
