//! What is skimmed is what the library reads that reads a body whole.

use super::*;
use crate::webhook::provider::catalog::{Catalog, DEFAULT_PROVIDER};
use proptest::prelude::*;
use serde_json::Value;

fn landmarks() -> Landmarks {
    let mut provider = Catalog::builtin()
        .provider(DEFAULT_PROVIDER)
        .unwrap()
        .clone();
    let mut landmarks = Landmarks::default();
    for event in ["/event", "/a/b", "/a/1", "/1/0/a", "/x~1y", "", "none"] {
        provider.envelope.event = event.to_owned();
        provider.envelope.keys.push(event.replace('/', ""));
        landmarks.add(&provider);
    }
    landmarks
}

/// What the library says that reads a body whole.
fn expected(landmarks: &Landmarks, body: &[u8]) -> Option<Outline> {
    let json = serde_json::from_slice::<Value>(body).ok()?;
    Some(Outline::of(landmarks, &json))
}

#[test]
fn it_is_json_when_all_of_it_is() {
    let landmarks = landmarks();
    let deep = |n: usize| format!("{{\"a\":{}1{}}}", "[".repeat(n), "]".repeat(n));
    let digits = |n: usize| "9".repeat(n);
    let mut seen = [0; 2];
    for body in [
        r#"{"event": "lead.submit", "a": {"b": "c"}, "eventType": null}"#,
        r#"{"a": {"b": "c"}, "a": {}, "a": ["x", "y"]}"#,
        r#"{"a": {"b": "c"}, "a": 1}"#,
        r#"{"\u0061": {"b": "\ud83d\ude00\n"}, "x/y": "z", "": ""}"#,
        r#"[0, [{"a": "b"}], {"a": "c"}]"#,
        r#"{"a": {"b": "\ud800"}}"#,
        r#"{"a": {"b": "\ud800\u0041"}}"#,
        r#"{"a": {"b": "\ud800x"}}"#,
        r#"{"a": {"b": "\udc00"}}"#,
        r#"{"a": {"b": "\u00g0"}}"#,
        r#"{"a": {"b": "\x"}}"#,
        r#"{"a": {"\ud800": 1}}"#,
        r#"{"a": {"b": 1e999}}"#,
        r#"{"a": {"b": 1e308, "c": 0e999, "d": 1e-999, "e": -0}} "#,
        r#"{"a": [01]}"#,
        r#"{"a": [-]}"#,
        r#"{"a": [1.]}"#,
        r#"{"a": [.5]}"#,
        r#"{"a": [1e]}"#,
        r#"{"a": [1e+]}"#,
        r#"{"a": [+1]}"#,
        r#"{"a": 1} x"#,
        r#"{"a": {"b": "#,
        r#"{"a": {1: 2}}"#,
        r#"{"a": 1,}"#,
        r#"{,}"#,
        r#"{"a"}"#,
        r#"{"a" 1}"#,
        r#"{"a": 1 "b": 2}"#,
        "[1,]",
        "[,1]",
        "[1 2]",
        "[}",
        "{]",
        "]",
        "[[]",
        "[]]",
        "{\"a\": [\"\u{1}\"]}",
        "{\"a\": [\"\u{7f}\"]}",
        "\u{feff}{}",
        "\u{b}1",
        "null",
        " true ",
        "false",
        "nul",
        "nulll",
        "truefalse",
        "\"event\"",
        "\"",
        "-0",
        "1",
        "12e3",
        "12e",
        "",
        " ",
        &digits(308),
        &digits(309),
        &digits(400),
        &format!("0.{}", digits(400)),
        &deep(126),
        &deep(127),
        &deep(128),
    ] {
        let whole = expected(&landmarks, body.as_bytes());
        seen[usize::from(whole.is_some())] += 1;
        assert_eq!(skim(&landmarks, body.as_bytes()), whole, "{body}");
        let mut pieces = Skimmer::new(&landmarks);
        body.as_bytes().chunks(1).for_each(|byte| pieces.feed(byte));
        assert_eq!(pieces.finish(), whole, "{body} byte by byte");
    }
    assert!(seen.iter().all(|count| *count > 15), "{seen:?}");
}

#[test]
fn text_is_utf8_wherever_it_is_cut() {
    let landmarks = landmarks();
    for text in [
        &b"\xc3\xa9"[..],
        "plain, é, 漢字, 😀, and more than thirty-two bytes of it: é".as_bytes(),
        b"\xc3",
        b"\xc3\\u00a9",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xf0\x9f\x98",
        b"\xf0\x9f\x98\\n\x80",
        b"\xc0\x80",
    ] {
        let body = [b"{\"a\":{\"b\":\"", text, b"\"}}"].concat();
        let whole = expected(&landmarks, &body);
        assert_eq!(whole.is_some(), std::str::from_utf8(text).is_ok());
        for at in 0..body.len() {
            let mut skimmer = Skimmer::new(&landmarks);
            let (first, second) = body.split_at(at);
            skimmer.feed(first);
            skimmer.feed(second);
            assert_eq!(skimmer.finish(), whole, "{text:?} cut at {at}");
        }
    }
}

#[test]
fn a_number_of_any_length_is_not_held() {
    let landmarks = landmarks();
    let long = |n: usize| format!("[0.{}]", "1".repeat(n));
    assert!(skim(&landmarks, long(60_000).as_bytes()).is_some());
    assert!(skim(&landmarks, long(70_000).as_bytes()).is_none());
}

#[test]
fn what_is_long_names_nothing() {
    let landmarks = landmarks();
    let long = "x".repeat(1000);
    let body =
        format!("{{\"{long}\": 1, \"a\": {{\"b\": \"{long}\"}}, \"event\": \"lead.submit\"}}");
    assert_eq!(
        skim(&landmarks, body.as_bytes()),
        expected(&landmarks, body.as_bytes())
    );
}

fn json() -> impl Strategy<Value = String> {
    let key = "(event|a|b|x/y|0|1|eventType|\\\\u0061|[a-c\u{e9}]{0,3})";
    let leaf = prop_oneof![
        "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,3})?",
        "\"(lead.submit|[ a-z\u{e9}\u{1f600}]{0,40}|(\\\\(n|u00e9|ud83d\\\\ude00|ud800|\")){0,3})\"",
        "true|false|null|nul",
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        let space = "[ \n]{0,1}";
        prop_oneof![
            (proptest::collection::vec(inner.clone(), 0..5), space).prop_map(
                |(items, space)| format!("[{space}{}]", items.join(&format!(",{space}")))
            ),
            (proptest::collection::vec((key, inner), 0..5), space).prop_map(|(entries, space)| {
                let entry = |(key, value)| format!("\"{key}\"{space}:{value}");
                let entries: Vec<_> = entries.into_iter().map(entry).collect();
                format!("{{{}{space}}}", entries.join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_body_in_any_pieces_is_what_the_library_says(
        body in json(), garble: Option<(prop::sample::Index, u8)>, cuts in proptest::collection::vec(1..9usize, 1..9),
    ) {
        let landmarks = landmarks();
        let mut body = body.into_bytes();
        if let (Some((at, byte)), false) = (garble, body.is_empty()) {
            let at = at.index(body.len());
            body[at] = byte;
        }
        let mut skimmer = Skimmer::new(&landmarks);
        let (mut rest, mut cuts) = (body.as_slice(), cuts.into_iter().cycle());
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(rest.len().min(cuts.next().unwrap()));
            skimmer.feed(piece);
            rest = behind;
        }
        prop_assert_eq!(skimmer.finish(), expected(&landmarks, &body));
    }
}
