//! Generated JSON documents with extreme numbers, every kind of escape, keys that runtimes reorder, drop or count, and
//! white space anywhere.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

pub fn document() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        number(),
        string(),
        select(&["null", "true", "false"][..]).prop_map(String::from)
    ];
    let value = leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            (vec(inner.clone(), 0..6), space()).prop_map(|(items, space)| {
                format!("[{space}{}{space}]", items.join(&format!("{space},")))
            }),
            (vec((key(), inner), 0..6), space()).prop_map(|(entries, space)| {
                let entries: Vec<_> =
                    entries.iter().map(|(key, value)| format!("{key}{space}:{value}")).collect();
                format!("{{{}{space}}}", entries.join(&format!(",{space}")))
            }),
        ]
    });
    (space(), value, space()).prop_map(|(before, value, after)| format!("{before}{value}{after}"))
}

/// The document with one character removed, doubled, replaced or inserted.
pub fn broken(document: String) -> impl Strategy<Value = String> {
    let signs = select(
        "[]{}\",:\\0123456789-+.eEutfnr/ \n\t\r\u{b}\u{a0}\u{1f}\u{feff}x'é"
            .chars()
            .collect::<Vec<_>>(),
    );
    let many = document.chars().count();
    (0..many.max(1), signs, 0..4u8).prop_map(move |(at, sign, how)| {
        let mut characters: Vec<char> = document.chars().collect();
        match how {
            _ if characters.is_empty() => {}
            0 => drop(characters.remove(at)),
            1 => characters.insert(at, characters[at]),
            2 => characters[at] = sign,
            _ => characters.insert(at, sign),
        }
        characters.into_iter().collect()
    })
}

fn space() -> impl Strategy<Value = &'static str> {
    select(&["", "", "", " ", "\n", "\r\n  ", "\t"][..])
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,25})?([eE][-+]?[0-9]{1,3})?",
        "-?(0|[1-9][0-9]{0,9})(\\.[0-9]{1,4})?",
        "-?(0|[1-9][0-9]{0,420})",
        any::<u64>().prop_filter_map("finite", |bits| {
            let double = f64::from_bits(bits);
            double.is_finite().then(|| format!("{double:e}"))
        }),
        (-1074..1024i32).prop_map(|power| format!("{:e}", 2f64.powi(power))),
        (-30..30i32, 1..1000u32).prop_map(|(power, digits)| format!("{digits}e{power}")),
        select(
            &["-0", "-0.0", "0.0", "1e400", "-1e400", "5e-324", "1e16", "1e21", "1e-5", "1e-7"][..]
        )
        .prop_map(String::from),
    ]
}

fn string() -> impl Strategy<Value = String> {
    vec(character(), 0..6).prop_map(|parts| format!("\"{}\"", parts.concat()))
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        string(),
        select(
            &[
                "",
                "0",
                "1",
                "2",
                "10",
                "-0",
                "01",
                "4294967294",
                "4294967295",
                "__proto__",
                "a",
                "b",
                "\\u0061"
            ][..]
        )
        .prop_map(|key| format!("\"{key}\"")),
        any::<u32>().prop_map(|key| format!("\"{key}\"")),
    ]
}

fn character() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[ -!#-\\[\\]-~]",
        2 => any::<u16>().prop_map(|unit| format!("\\u{unit:04x}")),
        1 => (0xD800..0xE000u16).prop_map(|unit| format!("\\u{unit:04X}")),
        1 => (0..0x20u16).prop_map(|unit| format!("\\u{unit:04x}")),
        1 => select(&["\\b", "\\f", "\\n", "\\r", "\\t", "\\/", "\\\\", "\\\"", "\\ud83d\\ude00", "'"][..])
            .prop_map(String::from),
        1 => select(&["\u{7f}", "\u{80}", "é", "\u{2028}", "\u{2029}", "中", "\u{feff}", "\u{ffff}", "😀", "\u{e000}"][..])
            .prop_map(String::from),
        1 => any::<char>().prop_filter_map("written as it is", |c| {
            (c >= ' ' && c != '"' && c != '\\').then(|| c.to_string())
        }),
    ]
}
