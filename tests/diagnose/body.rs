//! Every variant of the body is found, also those that real runtimes produce.

use std::process::Command;

use crate::serializers::ask;
use crate::support::programs;
use crate::{BODY, SECRET, asked, sha1};

#[test]
fn every_variant_of_the_body_is_found() {
    let pretty = "{\n  \"a\": \"é\"\n}";
    for (sent, hashed, code) in [
        ("{\"a\":1}", "{\"a\":1}\n", "body.trailing_newline"),
        ("{\"a\":1}\n", "{\"a\":1}", "body.trailing_newline"),
        (pretty, &pretty.replace('\n', "\r\n"), "body.crlf"),
        (&pretty.replace('\n', "\r\n"), pretty, "body.crlf"),
        ("\u{feff}{}", "{}", "body.bom"),
        ("{\"a\":1}", "\u{feff}{\"a\":1}", "body.bom"),
        ("  {\"a\":[1, 2]} \n\n", "{\"a\":[1, 2]}", "body.trimmed"),
        (BODY, "", "body.empty"),
        (BODY, "{}", "body.empty_object"),
        (BODY, "[object Object]", "body.object_object"),
        ("{\"a\":\"é\"}", "{\"a\":\"Ã©\"}", "body.latin1"),
        ("{\"a\":\"€\"}", "{\"a\":\"?\"}", "body.latin1"),
        ("{\"a\": 1}", "%7B%22a%22%3A%201%7D", "body.form_encoded"),
        ("{\"a\": 1}", "payload=%7B%22a%22%3A+1%7D", "body.form_encoded"),
        ("payload=%7B%22a%22%3A+1%7D", "{\"a\": 1}", "body.form_encoded"),
        (BODY, &BODY[..100], "body.truncated"),
        (BODY, &BODY[..BODY.len() - 1], "body.truncated"),
    ] {
        asked(sent, sha1(SECRET, hashed)).gives(&[code]);
    }
}

#[test]
fn bytes_that_are_not_text_are_found_too() {
    let latin = b"{\"a\":\"\xe9\"}";
    asked(latin, sha1(SECRET, "{\"a\":\"\u{fffd}\"}")).gives(&["body.replacement_char"]);
    asked("{\"a\":\"é\"}", sha1(SECRET, latin)).gives(&["body.latin1"]);
    let plain = b"{\"a\":3}";
    let stored = stored_gzip(plain);
    asked(&stored, sha1(SECRET, plain)).gives(&["body.gzip"]);
    let spaced = stored_gzip(b"{\"a\": 3.0}");
    asked(&spaced, sha1(SECRET, "{\"a\":3}")).gives(&["body.gzip", "body.reserialized.node"]);
}

/// A gzip file whose content is not compressed.
fn stored_gzip(plain: &[u8]) -> Vec<u8> {
    let length = u16::try_from(plain.len()).unwrap();
    let mut made = vec![0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3];
    made.extend_from_slice(b"name\0");
    made.push(1);
    made.extend_from_slice(&length.to_le_bytes());
    made.extend_from_slice(&(!length).to_le_bytes());
    made.extend_from_slice(plain);
    made.extend_from_slice(&[0; 8]);
    made
}

#[test]
fn a_part_of_the_body_is_found_with_its_path() {
    let body = r#"{"event":"x","data":{"name": "Z", "deep":{"n":1.0}},"text":"{\"a\":1}"}"#;
    for (hashed, path, codes) in [
        (r#"{"name": "Z", "deep":{"n":1.0}}"#, "/data", &["body.subtree"][..]),
        (r#"{"a":1}"#, "/text", &["body.subtree"]),
        (r#"{"n":1.0}"#, "/data/deep", &["body.subtree"]),
        (r#"{"name":"Z","deep":{"n":1}}"#, "/data", &["body.subtree", "body.reserialized.node"]),
    ] {
        let answer = asked(body, sha1(SECRET, hashed)).gives(codes);
        let says = answer.proof.unwrap().explanation.says();
        assert!(says.contains(path), "{says}");
    }
}

/// Unusual bodies, serialized and signed by the runtimes of this machine: the serializer is named.
#[test]
fn bodies_serialized_by_real_runtimes_are_explained() {
    let documents: Vec<String> =
        serde_json::from_str(include_str!("serializers/documents.json")).unwrap();
    let awkward = documents.iter().filter(|one| (20..600).contains(&one.len()));
    let bodies: Vec<String> = awkward
        .step_by(6)
        .map(|one| format!("{{\"agentId\":\"a\\/1\", \"10\":{one}, \"2\":1.0}}\n"))
        .collect();
    assert!(bodies.len() > 20);
    let node: &[_] = &[("body.reserialized.node", "JSON.stringify(JSON.parse(x))")];
    let python: &[_] = &[
        ("body.reserialized.python", "json.dumps(json.loads(x))"),
        ("body.reserialized.python_repr", "str(json.loads(x))"),
        ("body.reserialized.python_sorted", "json.dumps(json.loads(x), sort_keys=True)"),
    ];
    for (program, script, asked_for) in
        [("node", "node.mjs", node), ("python3", "python.py", python)]
    {
        if !programs::has(program, "it signs what it prints") {
            continue;
        }
        let mut command = Command::new(program);
        command.arg(script).current_dir("tests/diagnose/serializers");
        let formulas: Vec<_> = asked_for.iter().map(|(_, f)| (*f).to_owned()).collect();
        let (_, answers) = ask::ask(command, &formulas, &bodies);
        for (body, answers) in bodies.iter().zip(answers) {
            for ((code, _), answer) in asked_for.iter().zip(answers) {
                let ask::Answer::Printed(printed) = answer else {
                    continue;
                };
                let proof = asked(body, sha1(SECRET, printed)).answer().proof;
                let proof = proof.unwrap_or_else(|| panic!("{code}: nothing found for {body}"));
                let mut all = std::iter::once(&proof.explanation).chain(&proof.same);
                assert!(all.any(|one| one.codes().contains(code)), "{code}: {body}");
            }
        }
    }
}

#[test]
fn indistinguishable_explanations_are_all_named() {
    let sent = r#"{"a": 1, "b": "x"}"#;
    let answer = asked(sent, sha1(SECRET, r#"{"a":1,"b":"x"}"#)).gives(&["body.reserialized.node"]);
    let same: Vec<_> = answer.proof.unwrap().same.iter().map(|e| e.codes()).collect();
    for code in ["body.minified", "body.reserialized.ruby", "body.reserialized.php"] {
        assert!(same.contains(&vec![code]), "{code} is not in {same:?}");
    }
    let php = asked(sent, sha1(SECRET, r#"{"a":1,"b":"x"}"#)).header("User-Agent", "GuzzleHttp/7");
    php.gives(&["body.reserialized.php"]);
}
