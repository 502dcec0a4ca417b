//! What holds for every serializer, what sets each runtime apart, and the digests that are published. The real runtimes
//! are asked in `tests/diagnose/serializers`.

use super::*;
use crate::webhook::payload::json::parse;

const NO_LIMIT: usize = usize::MAX;

/// What the serializer of a formula prints for a document.
fn prints(formula: &str, text: &str) -> Option<String> {
    let document = parse(text).unwrap();
    let serializer = all()
        .iter()
        .find(|serializer| serializer.formula("x") == formula)
        .unwrap_or_else(|| panic!("no serializer {formula}"));
    write(serializer, document.root(), NO_LIMIT).map(|bytes| String::from_utf8(bytes).unwrap())
}

#[test]
fn every_formula_is_one_serializer_and_has_codes() {
    let mut formulas: Vec<_> = all().iter().map(|one| one.formula("body")).collect();
    assert!(formulas.iter().all(|formula| formula.contains("body")));
    let many = formulas.len();
    formulas.sort_unstable();
    formulas.dedup();
    assert_eq!(formulas.len(), many);
    for one in all() {
        assert!(!one.codes.is_empty());
        for code in &one.codes {
            assert!(code.starts_with("body."), "{code}");
        }
    }
}

#[test]
fn the_published_digests() {
    use hmac::{Hmac, KeyInit, Mac};
    let body = r#"{"agentId":"a","payload":{"customerName":"Zoë","url":"https://x.y/z","n":1.0}}"#;
    for (formula, digest) in [
        ("minified(x)", "18e0641a80199871e01dbee876919ad5ec226fba"),
        (
            "JSON.stringify(JSON.parse(x))",
            "d7a0ef1da41734815321c3ec18e3ccdd72184e59",
        ),
        (
            "json.dumps(json.loads(x))",
            "06ff1d7e87db3f3bae8910f37f154ce8a8eb2c91",
        ),
        (
            "json_encode(json_decode(x))",
            "05ddf21a948228435e2bf0c16e4b8813deb90266",
        ),
    ] {
        let mut mac = Hmac::<sha1::Sha1>::new_from_slice(b"test_secret").unwrap();
        mac.update(prints(formula, body).unwrap().as_bytes());
        let printed: String = mac
            .finalize()
            .into_bytes()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert_eq!(printed, digest, "{formula}");
    }
}

#[test]
fn a_limit_and_depth_are_kept() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let document = parse(&deep).unwrap();
    let objects = "{\"a\":".repeat(20_000) + "1" + &"}".repeat(20_000);
    let of_objects = parse(&objects).unwrap();
    for one in all() {
        for document in [&document, &of_objects] {
            let printed = write(one, document.root(), 1 << 20);
            assert!(printed.is_none_or(|bytes| bytes.len() <= 1 << 20));
        }
    }
    let document = parse("[1]").unwrap();
    let node = &all()[1];
    assert_eq!(
        write(node, document.root(), 3).as_deref(),
        Some(&b"[1]"[..])
    );
    assert_eq!(write(node, document.root(), 2), None);
}

/// The same numbers for all.
const NUMBERS: &str = "[1.0,1e3,1.10,-0,-0.0,1e21,1e16,1e-5,1e-7,5e-324,9007199254740993]";

#[track_caller]
fn same(formula: &str, cases: &[(&str, &str)]) {
    for (text, printed) in cases {
        assert_eq!(
            prints(formula, text).as_deref(),
            Some(*printed),
            "{formula} of {text}"
        );
    }
}

#[track_caller]
fn refused(formula: &str, cases: &[&str]) {
    for text in cases {
        assert_eq!(prints(formula, text), None, "{formula} of {text}");
    }
}

#[test]
fn node() {
    same(
        "JSON.stringify(JSON.parse(x))",
        &[
            (
                NUMBERS,
                "[1,1000,1.1,0,0,1e+21,10000000000000000,0.00001,1e-7,5e-324,9007199254740992]",
            ),
            ("[1e400,-1e400]", "[null,null]"),
            (
                r#"{"b":1,"10":2,"a":3,"2":4,"01":5,"-0":6}"#,
                r#"{"2":4,"10":2,"b":1,"a":3,"01":5,"-0":6}"#,
            ),
            (
                r#"{"a":1,"4294967295":2,"4294967294":3}"#,
                r#"{"4294967294":3,"a":1,"4294967295":2}"#,
            ),
            (
                r#"{"a":1,"b":2,"\u0061":3,"__proto__":4}"#,
                r#"{"a":3,"b":2,"__proto__":4}"#,
            ),
            (
                r#""\u00e9\ud83d\ude00\/\u001F\u000a\ud800\u007f""#,
                "\"é😀/\\u001f\\n\\ud800\u{7f}\"",
            ),
        ],
    );
    same(
        "JSON.stringify(JSON.parse(x), null, 2)",
        &[(
            "[1,{},[],{\"a\":[2]}]",
            "[\n  1,\n  {},\n  [],\n  {\n    \"a\": [\n      2\n    ]\n  }\n]",
        )],
    );
    same(
        "minified(x)",
        &[(
            " { \"a\" : [ 1.0 , \"\\u00E9 \" ] }\n",
            "{\"a\":[1.0,\"\\u00E9 \"]}",
        )],
    );
}

#[test]
fn python() {
    same(
        "json.dumps(json.loads(x))",
        &[
            (
                NUMBERS,
                "[1.0, 1000.0, 1.1, 0, -0.0, 1e+21, 1e+16, 1e-05, 1e-07, 5e-324, 9007199254740993]",
            ),
            ("[1e400,-1e400]", "[Infinity, -Infinity]"),
            (
                "{\"b\":\"é\u{7f}😀\",\"a\":\"\\ud800\"}",
                r#"{"b": "\u00e9\u007f\ud83d\ude00", "a": "\ud800"}"#,
            ),
        ],
    );
    same(
        r#"json.dumps(json.loads(x), separators=(",", ":"), ensure_ascii=False, sort_keys=True)"#,
        &[(
            "{\"b\":\"é\u{7f}\",\"a\":[]}",
            "{\"a\":[],\"b\":\"é\u{7f}\"}",
        )],
    );
    same(
        "json.dumps(json.loads(x), indent=2)",
        &[("[1,{}]", "[\n  1,\n  {}\n]")],
    );
    refused(
        "json.dumps(json.loads(x), ensure_ascii=False)",
        &[r#""\udc00""#],
    );
    refused("json.dumps(json.loads(x))", &[&"1".repeat(4301)]);
    same(
        "str(json.loads(x))",
        &[
            (
                r#"{"a":true,"b":null,"c":[false,1e400]}"#,
                "{'a': True, 'b': None, 'c': [False, inf]}",
            ),
            (
                r#"["it's","say \"hi\"","it's \"hi\""]"#,
                r#"["it's", 'say "hi"', 'it\'s "hi"']"#,
            ),
            (
                "[\"\\u0000\\u00ad\\u2028\\ud800é\\n\"]",
                "['\\x00\\xad\\u2028\\ud800é\\n']",
            ),
            ("\"bare\"", "bare"),
        ],
    );
}

#[test]
fn php() {
    same(
        "json_encode(json_decode(x))",
        &[
            (
                NUMBERS,
                "[1,1000,1.1,0,-0,1.0e+21,10000000000000000,1.0e-5,1.0e-7,5.0e-324,9007199254740993]",
            ),
            (
                "[9223372036854775808,12345678901234567890123456]",
                "[9.223372036854776e+18,1.2345678901234568e+25]",
            ),
            (r#"{"a":{},"0":"é/"}"#, r#"{"a":{},"0":"\u00e9\/"}"#),
        ],
    );
    same(
        "json_encode(json_decode(x, true))",
        &[
            (
                r#"{"a":{},"b":{"0":1,"1":2},"c":{"1":1,"0":2}}"#,
                r#"{"a":[],"b":[1,2],"c":{"1":1,"0":2}}"#,
            ),
            (r#"{"0":1,"01":2}"#, r#"{"0":1,"01":2}"#),
        ],
    );
    same(
        "json_encode(json_decode(x), JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE)",
        &[("\"é/\u{2028}\"", "\"é/\\u2028\"")],
    );
    refused(
        "json_encode(json_decode(x))",
        &["1e400", r#""\ud800""#, r#"{"\u0000a":1}"#],
    );
}

#[test]
fn ruby() {
    same(
        "JSON.generate(JSON.parse(x))",
        &[(
            NUMBERS,
            "[1.0,1000.0,1.1,0,-0.0,1.0e+21,1.0e+16,1.0e-05,1.0e-07,5.0e-324,9007199254740993]",
        )],
    );
    refused("JSON.generate(JSON.parse(x))", &["1e400"]);
    same(
        "JSON.parse(x).to_json",
        &[
            ("\"<&>\u{2028}é\"", r#""\u003c\u0026\u003e\u2028é""#),
            ("1e400", "null"),
        ],
    );
}

#[test]
fn go() {
    same(
        "json.Unmarshal(x, &v); json.Marshal(v)",
        &[
            (
                NUMBERS,
                "[1,1000,1.1,-0,-0,1e+21,10000000000000000,0.00001,1e-7,5e-324,9007199254740992]",
            ),
            (
                r#"{"b":1,"a":"<&>\u2028\ud800\b"}"#,
                "{\"a\":\"\\u003c\\u0026\\u003e\\u2028\u{fffd}\\b\",\"b\":1}",
            ),
            (r#"{"\ud800":1,"\ufffd":2}"#, "{\"\u{fffd}\":2}"),
        ],
    );
    refused(
        "json.Unmarshal(x, &v); json.Marshal(v)",
        &["1e400", "{\"a\":1e400,\"a\":1}"],
    );
    same(
        r#"json.Indent(&out, x, "", "  ")"#,
        &[("[1.0,{} ]\n", "[\n  1.0,\n  {}\n]\n")],
    );
}

#[test]
fn dotnet() {
    same(
        "JsonSerializer.Serialize(JsonSerializer.Deserialize<JsonElement>(x))",
        &[(
            "{\"a\":1.0,\"a\":\"+1<é😀`\\\"/\"}",
            r#"{"a":1.0,"a":"\u002B1\u003C\u00E9\uD83D\uDE00\u0060\u0022/"}"#,
        )],
    );
}

#[test]
fn jackson() {
    same(
        "mapper.writeValueAsString(mapper.readTree(x))",
        &[
            (
                NUMBERS,
                "[1.0,1000.0,1.1,0,-0.0,1.0E21,1.0E16,1.0E-5,1.0E-7,4.9E-324,9007199254740993]",
            ),
            (r#"["\u001f\ud800😀"]"#, r#"["\u001F?😀"]"#),
        ],
    );
}
