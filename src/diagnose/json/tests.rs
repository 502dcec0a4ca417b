//! The parser on what is JSON, on what almost is, and on depth.

use super::*;

#[test]
fn every_value_keeps_its_place() {
    let text = " {\"a\" : [1.0, \"\\u00e9\", {}], \"a\": null, \"\":true }\n";
    let document = parse(text).unwrap();
    let root = document.root();
    assert_eq!(root.kind(), Kind::Object);
    assert_eq!(root.raw(), text.trim());
    assert_eq!(root.trailing(), "\n");
    let entries: Vec<_> = root.entries().map(|(k, v)| (k.raw(), v.raw())).collect();
    assert_eq!(
        entries,
        [
            ("\"a\"", "[1.0, \"\\u00e9\", {}]"),
            ("\"a\"", "null"),
            ("\"\"", "true")
        ]
    );
    let (_, list) = root.entries().next().unwrap();
    let kinds: Vec<_> = list.items().map(Node::kind).collect();
    assert_eq!(kinds, [Kind::Number, Kind::String, Kind::Object]);
    assert_eq!(list.trailing(), "");
    assert_eq!(&text[list.span()], list.raw());
    assert_eq!(list.entries().count(), 0);
    assert_eq!(root.items().count(), 0);
}

#[test]
fn strings_are_generalised_utf_8() {
    for (text, bytes) in [
        (r#""""#, &b""[..]),
        (r#""\"\\\/\b\f\n\r\t""#, b"\"\\/\x08\x0c\n\r\t"),
        (r#""\ud83d\ude00\u00E9""#, "😀é".as_bytes()),
        (r#""\ud800""#, b"\xed\xa0\x80"),
        (r#""\udfff\ud800\u0041""#, b"\xed\xbf\xbf\xed\xa0\x80A"),
        (r#""\ud83d😀""#, b"\xed\xa0\xbd\xf0\x9f\x98\x80"),
        (r#""\ud83d\ud83d\ude00""#, b"\xed\xa0\xbd\xf0\x9f\x98\x80"),
        (r#""\\ud800""#, b"\\ud800"),
    ] {
        let document = parse(text).unwrap();
        assert_eq!(document.root().string().as_deref(), Some(bytes), "{text}");
    }
    assert_eq!(parse("1").unwrap().root().string(), None);
}

#[test]
fn what_is_not_json_says_where() {
    for (text, offset) in [
        ("", 0),
        (" ", 1),
        ("\u{feff}1", 0),
        ("\u{a0}1", 0),
        ("[1,]", 3),
        ("{\"a\":1,}", 7),
        ("[1 2]", 3),
        ("[1}", 2),
        ("{\"a\":1]", 6),
        ("{\"a\" 1}", 5),
        ("{a:1}", 1),
        ("[", 1),
        ("1 1", 2),
        ("01", 1),
        ("-", 1),
        ("+1", 0),
        ("1.", 2),
        (".5", 0),
        ("1e", 2),
        ("1e+", 3),
        ("nul", 3),
        ("nulll", 4),
        ("NaN", 0),
        ("\"\n\"", 1),
        ("\"\\x\"", 2),
        ("\"\\u12g4\"", 5),
        ("\"a", 2),
        ("'a'", 0),
        ("]", 0),
    ] {
        let error = parse(text).expect_err(text);
        assert_eq!(error.offset, offset, "{text}: {error}");
    }
}

#[test]
fn depth_costs_memory_and_nothing_else() {
    let open = "[".repeat(1_000_000);
    assert_eq!(parse(&open).unwrap_err().offset, 1_000_000);
    let deep = open + &"]".repeat(1_000_000);
    let document = parse(&deep).unwrap();
    assert_eq!(document.root().raw(), deep);
    assert_eq!(document.root().walk().count(), 1_000_000);
}
