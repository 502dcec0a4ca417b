//! Bodies, forms and secrets as Node, Python and a shell make them, explained.

use std::process::Command;

use crate::causes::{body, key};
use crate::support::programs;
use crate::{SECRET, asked};

/// What a real program prints for a script; `None` where it is not installed.
fn printed(program: &str, script: &str) -> Option<Vec<u8>> {
    if program != "sh" && !programs::has(program, "what it prints is signed") {
        return None;
    }
    let flag = if program == "node" { "-e" } else { "-c" };
    let ran = Command::new(program).args([flag, script]).env("ab", "").output().unwrap();
    assert!(ran.status.success(), "{program}: {}", String::from_utf8_lossy(&ran.stderr));
    Some(ran.stdout)
}

/// Bodies and secrets as real programs make them.
#[test]
fn what_real_programs_print_is_explained() {
    let json = "{\"a\":\"é€😀\",\"b\":[1,2]}";
    let node = |code: &str| {
        let script = format!("const b = Buffer.from({json:?}); process.stdout.write({code})");
        printed("node", &script)
    };
    let python = |code: &str| {
        let script = format!(
            "import sys, json, base64, urllib.parse as u\ns = {json:?}\nb = s.encode()\nout = {code}\nsys.stdout.buffer.write(out if isinstance(out, bytes) else out.encode())"
        );
        printed("python3", &script)
    };
    let mut wrong = Vec::new();
    for (hashed, code) in [
        (node("JSON.stringify(b)"), "body.buffer"),
        (node("String(new Uint8Array(b))"), "body.buffer"),
        (node("JSON.stringify(b.toString())"), "body.json_string"),
        (node("b.toString('base64')"), "body.base64"),
        (node("b.toString('hex')"), "body.hex"),
        (node("b.toString('ascii')"), "body.latin1"),
        (node("b.toString('latin1')"), "body.latin1"),
        (node("Buffer.from(b.toString(), 'latin1')"), "body.latin1"),
        (node("Buffer.from(b.toString(), 'utf16le')"), "body.utf16"),
        (node("encodeURIComponent(b.toString())"), "body.form_encoded"),
        (node("String(JSON.parse(b))"), "body.object_object"),
        (node("String((() => {})())"), "body.placeholder"),
        (node("b.subarray(0, 7).toString() + b.subarray(7).toString()"), "body.split_character"),
        (python("str(b)"), "body.python_bytes"),
        (python("s.encode('ascii', 'replace')"), "body.latin1"),
        (python("s.encode('ascii', 'ignore')"), "body.latin1"),
        (python("s.encode('ascii', 'xmlcharrefreplace')"), "body.latin1"),
        (python("s.encode('ascii', 'backslashreplace')"), "body.latin1"),
        (python("b.decode('ascii', 'replace')"), "body.latin1"),
        (python("b.decode('cp1252', 'replace')"), "body.latin1"),
        (python("s.encode('utf-16-le')"), "body.utf16"),
        (python("json.dumps(s)"), "body.json_string"),
    ] {
        let Some(hashed) = hashed else {
            continue;
        };
        let found = body(json, &hashed).answer().proof;
        let codes = found.map(|proof| proof.explanation.codes()).unwrap_or_default();
        if codes.first() != Some(&code) {
            wrong.push(format!("{code}: {codes:?} of {}", String::from_utf8_lossy(&hashed)));
        }
    }
    let form = "b=x+y~z%2A%28%29%C3%A9&a=%2F";
    let python = |code: &str| {
        let script = format!(
            "import sys, json, urllib.parse as u\nf = {form:?}\nq = u.parse_qsl(f)\nsys.stdout.write({code})"
        );
        printed("python3", &script)
    };
    let node = |code: &str| {
        let script =
            format!("const q = require('querystring'), f = {form:?}; process.stdout.write({code})");
        printed("node", &script)
    };
    for (hashed, code) in [
        (python("u.urlencode(q, quote_via=u.quote)"), "body.form_reencoded"),
        (python("u.urlencode(sorted(q))"), "body.form_reencoded"),
        (python("json.dumps(dict(q))"), "body.form_as_json"),
        (python("json.dumps(u.parse_qs(f))"), "body.form_as_json"),
        (node("q.stringify(q.parse(f))"), "body.form_reencoded"),
        (node("new URLSearchParams(f).toString()"), "body.form_reencoded"),
        (node("JSON.stringify(q.parse(f))"), "body.form_as_json"),
    ] {
        let Some(hashed) = hashed else {
            continue;
        };
        let found = body(form, &hashed).answer().proof;
        let codes = found.map(|proof| proof.explanation.codes()).unwrap_or_default();
        if codes.first() != Some(&code) {
            wrong.push(format!("{code}: {codes:?} of {}", String::from_utf8_lossy(&hashed)));
        }
    }
    // A shell reads an environment file.
    for (given, line, code) in [
        ("x$ab-y", "S=x$ab-y", "secret.expanded"),
        ("x\\$y", "S=x\\$y", "secret.escaped"),
        ("xy #z", "S=xy #z", "secret.cut_off"),
        ("xy;true", "S=xy;true", "secret.cut_off"),
        ("\"xy\"", "S=\"xy\"", "secret.quoted"),
    ] {
        if let Some(used) = printed("sh", &format!("{line}\nprintf %s \"$S\"")) {
            let found = key(given, &used).answer().proof;
            let codes = found.map(|proof| proof.explanation.codes()).unwrap_or_default();
            if codes.first() != Some(&code) {
                wrong.push(format!("{code}: {codes:?} of {}", String::from_utf8_lossy(&used)));
            }
        }
    }
    if let Some(value) = printed("python3", &stripping()) {
        let value = String::from_utf8(value).unwrap();
        let (text, value) = value.split_once(' ').unwrap();
        asked(text, value).of("chatzuri-guide").gives(&["header.stripped"]);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A script that prints a body and its signature without what `lstrip` removes.
fn stripping() -> String {
    format!(
        "import hmac\nfor n in range(99):\n  b = '{{%d}}' % n\n  v = 'sha256=' + hmac.new({SECRET:?}.encode(), b.encode(), 'sha256').hexdigest()\n  if len(v.lstrip('sha256=')) < 64: break\nprint(b, v.lstrip('sha256='), end='')"
    )
}
