//! The JSON serializers of other runtimes, byte for byte: some signers hash their output instead of the body. A
//! serializer is data: which documents its runtime rejects, how it writes keys, strings and numbers, and the layout.
//! A new runtime is one file, named below.

mod dotnet;
mod escape;
mod go;
mod gson;
mod jackson;
mod layout;
mod node;
mod number;
mod php;
mod python;
mod ruby;
mod text;
mod writer;

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::webhook::payload::json::Node;

/// Every serializer, the most frequent of a runtime before its options. Where two print the same bytes for a
/// document, the earlier one is the simpler explanation.
pub fn all() -> &'static [Serializer] {
    static ALL: LazyLock<Vec<Serializer>> = LazyLock::new(|| {
        [
            node::all(),
            python::all(),
            php::all(),
            ruby::all(),
            go::all(),
            python::orjson(),
            ruby::rails(),
            dotnet::all(),
            jackson::all(),
            gson::all(),
            text::all(),
            layout::all(),
        ]
        .concat()
    });
    &ALL
}

/// The bytes that a serializer's runtime prints for a value of a document. `None` where it refuses the value,
/// as its parser or its printer throws, and where the bytes would be more than `limit`.
pub fn write(serializer: &Serializer, node: Node<'_, '_>, limit: usize) -> Option<Vec<u8>> {
    writer::write(&serializer.style, node, limit)
}

/// One way to parse a body and write it again.
#[derive(Clone)]
pub struct Serializer {
    /// The stable codes of what it does; more than one where options come together.
    pub codes: Vec<&'static str>,
    /// The runtime that it belongs to: what a fix has to be written for.
    pub runtime: Runtime,
    /// Whether many programs use it.
    pub is_main: bool,
    formula: String,
    style: Style,
}

impl Serializer {
    /// `formula` has `…` in the place of what is parsed and nowhere else.
    fn new(
        runtime: Runtime,
        codes: &[&'static str],
        formula: impl Into<String>,
        style: Style,
    ) -> Self {
        const PRETTY: &str = "body.pretty";
        let mut codes = codes.to_vec();
        if style.layout.indent.is_some() && !codes.contains(&PRETTY) {
            codes.push(PRETTY);
        }
        let formula = formula.into();
        Self { codes, runtime, is_main: true, formula, style }
    }

    /// Whether it prints a string that is the whole document without quotes: its content.
    pub fn is_bare(&self) -> bool {
        self.style.bare
    }

    /// One that few programs use.
    fn rare(self) -> Self {
        Self { is_main: false, ..self }
    }

    /// The expression that prints these bytes, with `input` in the place of what is parsed:
    /// `JSON.stringify(JSON.parse(body))`.
    pub fn formula(&self, input: &str) -> String {
        self.formula.replace('…', input)
    }
}

/// The runtime or library that a serializer belongs to, by its name in data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Runtime(&'static str);

impl Runtime {
    /// Any: only white space outside strings differs.
    pub const ANY: Self = Self("any");
    /// `JSON.stringify` of Node.js and every other ECMAScript engine.
    pub const NODE: Self = Self("node");
    /// Python's own `json`, or `str` of a `dict`.
    pub const PYTHON: Self = Self("python");
    /// The `orjson` package of Python.
    pub const ORJSON: Self = Self("orjson");
    /// PHP's `json_encode`.
    pub const PHP: Self = Self("php");
    /// Ruby's `json`.
    pub const RUBY: Self = Self("ruby");
    /// Rails' `to_json`.
    pub const RAILS: Self = Self("rails");
    /// Go's `encoding/json`.
    pub const GO: Self = Self("go");
    /// .NET's `System.Text.Json`.
    pub const DOTNET: Self = Self("dotnet");
    /// Java's Jackson.
    pub const JACKSON: Self = Self("jackson");
    /// Java's Gson.
    pub const GSON: Self = Self("gson");
    /// The text that Ruby or Java makes of a hash or map, which is not JSON.
    pub const TEXT: Self = Self("text");

    /// Its name in data.
    pub fn name(self) -> &'static str {
        self.0
    }
}

/// A string's content as the runtime holds it; `None` where its parser refuses the string.
type Decode = for<'t> fn(Node<'_, 't>) -> Option<Cow<'t, [u8]>>;

/// Prints a string that was decoded, quotes included; `false` where the runtime refuses.
type PrintString = fn(&[u8], &mut Vec<u8>) -> bool;

/// Prints a number from its text; `false` where the runtime refuses.
type PrintNumber = fn(&str, &mut Vec<u8>) -> bool;

/// All that the writer asks about a runtime.
#[derive(Clone, Copy)]
struct Style {
    layout: Layout,
    keys: Keys,
    decode: Decode,
    string: PrintString,
    number: PrintNumber,
    /// Whether the parser takes a number at all.
    takes: fn(&str) -> bool,
    /// `null`, `true` and `false`.
    words: [&'static str; 3],
    /// How many containers may stand in one another.
    depth: Option<usize>,
    /// Whether a string that is the whole document is printed as it is, without quotes.
    bare: bool,
    /// Whether members that are `null` are left out.
    skips_null: bool,
}

/// White space and separators.
#[derive(Clone, Copy)]
struct Layout {
    item: &'static str,
    key: &'static str,
    /// One step of indentation; with it every item starts a line.
    indent: Option<&'static str>,
    /// What is inside the brackets of a container that is not empty, and of one that is.
    inner: [&'static str; 2],
    /// Whether only objects have lines: the items of an array are separated as on one line, with this.
    flat_arrays: Option<&'static str>,
    /// Whether an empty container has lines too.
    open_when_empty: bool,
    /// What follows the value.
    tail: Tail,
}

#[derive(Clone, Copy)]
enum Tail {
    Nothing,
    Newline,
    /// The white space that followed the value in the text.
    Kept,
}

/// What a runtime's parser and printer make of an object's entries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    /// Unchanged, duplicates included.
    Kept,
    /// Of duplicates the first place and the last value.
    Unique,
    /// `Unique` in the outermost object, `Kept` further down.
    UniqueAtTop,
    /// As `Unique`, but array indices come first, ascending.
    Ecmascript,
    /// As `Unique`, then sorted by code point.
    Sorted,
    /// As `Unique`; a NUL at a key's start is refused.
    PhpObject,
    /// As `Unique`; keys that count from 0 make it a list.
    PhpArray,
}

impl Style {
    /// Compact JSON that keeps its numbers' text, to start from. Strings are held as generalised UTF-8.
    const PLAIN: Self = Self {
        layout: Layout::COMPACT,
        keys: Keys::Unique,
        decode: |node| node.string(),
        string: escape::ecmascript,
        number: kept,
        takes: |_| true,
        words: ["null", "true", "false"],
        depth: None,
        bare: false,
        skips_null: false,
    };

    /// Every token unchanged; a string keeps its own text, quotes included.
    const RAW: Self = Self {
        keys: Keys::Kept,
        decode: |node| Some(Cow::Borrowed(node.raw().as_bytes())),
        string: copied,
        ..Self::PLAIN
    };
}

impl Layout {
    const COMPACT: Self = Self {
        item: ",",
        key: ":",
        indent: None,
        inner: ["", ""],
        flat_arrays: None,
        open_when_empty: false,
        tail: Tail::Nothing,
    };

    const fn pretty(indent: &'static str) -> Self {
        Self { key: ": ", indent: Some(indent), ..Self::COMPACT }
    }

    const fn tail(self, tail: Tail) -> Self {
        Self { tail, ..self }
    }
}

/// A string whose lone surrogates are refused.
fn well_formed<'t>(node: Node<'_, 't>) -> Option<Cow<'t, [u8]>> {
    node.string().filter(|text| match text {
        Cow::Borrowed(_) => true,
        Cow::Owned(bytes) => std::str::from_utf8(bytes).is_ok(),
    })
}

/// Prints a text unchanged.
fn copied(text: &[u8], out: &mut Vec<u8>) -> bool {
    out.extend_from_slice(text);
    true
}

/// Prints a number unchanged.
fn kept(text: &str, out: &mut Vec<u8>) -> bool {
    copied(text.as_bytes(), out)
}

// Here are the runtimes that have no recorded output in `tests/diagnose/serializers`.
#[cfg(test)]
mod tests {
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

    /// All serializers print it, or stop at the limit.
    fn is_within_the_limit(text: &str) {
        let document = parse(text).unwrap();
        for one in all() {
            let printed = write(one, document.root(), 1 << 20);
            assert!(printed.is_none_or(|bytes| bytes.len() <= 1 << 20));
        }
    }

    #[test]
    fn arrays_may_be_nested_deep() {
        is_within_the_limit(&("[".repeat(100_000) + &"]".repeat(100_000)));
    }

    #[test]
    fn objects_may_be_nested_deep() {
        is_within_the_limit(&("{\"a\":".repeat(20_000) + "1" + &"}".repeat(20_000)));
    }

    #[test]
    fn a_limit_is_kept() {
        let document = parse("[1]").unwrap();
        let node = &all()[1];
        assert_eq!(write(node, document.root(), 3).as_deref(), Some(&b"[1]"[..]));
        assert_eq!(write(node, document.root(), 2), None);
    }

    /// The same numbers for all.
    const NUMBERS: &str = "[1.0,1e3,1.10,-0,-0.0,1e21,1e16,1e-5,1e-7,5e-324,9007199254740993]";

    #[track_caller]
    fn same(formula: &str, cases: &[(&str, &str)]) {
        for (text, printed) in cases {
            assert_eq!(prints(formula, text).as_deref(), Some(*printed), "{formula} of {text}");
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
                (r#"{"a":1,"b":2,"\u0061":3,"__proto__":4}"#, r#"{"a":3,"b":2,"__proto__":4}"#),
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
            &[(" { \"a\" : [ 1.0 , \"\\u00E9 \" ] }\n", "{\"a\":[1.0,\"\\u00E9 \"]}")],
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
            &[("{\"b\":\"é\u{7f}\",\"a\":[]}", "{\"a\":[],\"b\":\"é\u{7f}\"}")],
        );
        same("json.dumps(json.loads(x), indent=2)", &[("[1,{}]", "[\n  1,\n  {}\n]")]);
        let utf8 = "json.dumps(json.loads(x), ensure_ascii=False)";
        assert_eq!(prints(utf8, r#""\udc00""#), None);
        assert_eq!(prints("json.dumps(json.loads(x))", &"1".repeat(4301)), None);
        same(
            "str(json.loads(x))",
            &[
                (
                    r#"{"a":true,"b":null,"c":[false,1e400]}"#,
                    "{'a': True, 'b': None, 'c': [False, inf]}",
                ),
                (r#"["it's","say \"hi\"","it's \"hi\""]"#, r#"["it's", 'say "hi"', 'it\'s "hi"']"#),
                ("[\"\\u0000\\u00ad\\u2028\\ud800é\\n\"]", "['\\x00\\xad\\u2028\\ud800é\\n']"),
                ("\"bare\"", "bare"),
            ],
        );
    }
}
