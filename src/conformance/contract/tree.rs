//! A YAML or JSON text as a tree whose values know their lines. It is bounded: in size, in depth, and in what aliases
//! repeat.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use yaml_rust2::parser::{Event, Parser, Tag};
use yaml_rust2::scanner::{Marker, ScanError, TScalarStyle};

use crate::webhook::payload::json::{self, Kind};

/// The maximum number of values, with those that aliases repeat.
const MAX_VALUES: usize = 100_000;
/// The deepest nesting of lists and mappings.
const MAX_DEPTH: usize = 64;

/// A value and the line on which it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub line: usize,
    pub value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text that was written without quotes, which may be a number, a boolean or nothing.
    Plain(String),
    /// A text in quotes, or in a block.
    Text(String),
    List(Vec<Node>),
    /// The entries in the order of the file. No key occurs twice.
    Mapping(Vec<(Key, Node)>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    pub line: usize,
    pub name: String,
}

/// Why a text is not such a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeError {
    pub line: usize,
    pub message: String,
}

impl TreeError {
    fn new(line: usize, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }
}

impl From<ScanError> for TreeError {
    fn from(error: ScanError) -> Self {
        Self::new(error.marker().line(), format!("this is not YAML: {}", error.info()))
    }
}

impl fmt::Display for Value {
    /// The kind of the value, with its article.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain(text) if text.is_empty() => "nothing",
            Self::Plain(_) | Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Mapping(_) => "a mapping",
        })
    }
}

impl Node {
    /// Reads the one document of a text.
    pub fn parse(text: &str) -> Result<Self, TreeError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // JSON is YAML but for details, such as two escapes for one character.
        if text.trim_start().starts_with('{')
            && let Ok(document) = json::parse(text)
        {
            return of_json(document.root(), text);
        }
        let mut builder = Builder::default();
        let mut parser = Parser::new_from_str(text);
        loop {
            let (event, mark) = parser.next_token()?;
            if event == Event::StreamEnd {
                return builder.root.ok_or_else(|| TreeError::new(1, "the file is empty"));
            }
            builder.event(event, mark)?;
        }
    }

    /// The value as JSON. Numbers keep their digits. The error says, in a clause, why it is none.
    pub fn to_json(&self) -> Result<String, TreeError> {
        match &self.value {
            Value::Text(text) => Ok(quoted(text)),
            Value::Plain(text) => match &**text {
                "" | "~" | "null" | "Null" | "NULL" => Ok("null".to_owned()),
                "true" | "True" | "TRUE" => Ok("true".to_owned()),
                "false" | "False" | "FALSE" => Ok("false".to_owned()),
                text if is_json_number(text) => Ok(text.to_owned()),
                text if is_other_number(text) => Err(TreeError::new(
                    self.line,
                    format!("JSON has no number `{text}`: write another one, or put it in quotes"),
                )),
                text => Ok(quoted(text)),
            },
            Value::List(items) => {
                let items: Result<Vec<_>, _> = items.iter().map(Self::to_json).collect();
                Ok(format!("[{}]", items?.join(",")))
            }
            Value::Mapping(entries) => {
                let entry = |(key, value): &(Key, Self)| {
                    let value = value.to_json()?;
                    Ok::<_, TreeError>(format!("{}:{value}", quoted(&key.name)))
                };
                let entries: Result<Vec<_>, _> = entries.iter().map(entry).collect();
                Ok(format!("{{{}}}", entries?.join(",")))
            }
        }
    }

    /// How many values it has, with itself.
    fn size(&self) -> usize {
        1 + match &self.value {
            Value::Plain(_) | Value::Text(_) => 0,
            Value::List(items) => items.iter().map(Self::size).sum(),
            Value::Mapping(entries) => entries.iter().map(|(_, value)| 1 + value.size()).sum(),
        }
    }

    /// How deeply it is nested.
    fn depth(&self) -> usize {
        let deepest = match &self.value {
            Value::Plain(_) | Value::Text(_) => None,
            Value::List(items) => items.iter().map(Self::depth).max(),
            Value::Mapping(entries) => entries.iter().map(|(_, value)| value.depth()).max(),
        };
        deepest.map_or(0, |deepest| deepest + 1)
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn is_json_number(text: &str) -> bool {
    json::parse(text).is_ok_and(|document| {
        let root = document.root();
        root.kind() == Kind::Number && root.raw() == text
    })
}

/// Whether YAML reads a number where JSON does not: `+1`, `.5`, `007`, `0x1f`, `.inf`.
fn is_other_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_special = matches!(digits.to_ascii_lowercase().as_str(), ".inf" | ".nan");
    let is_radix = |prefix: &str, radix: u32| {
        let rest = text.strip_prefix(prefix);
        rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_digit(radix)))
    };
    let is_decimal = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.parse::<f64>().is_ok();
    is_special || is_radix("0x", 16) || is_radix("0o", 8) || is_decimal
}

/// Builds the tree from the parser's events.
#[derive(Default)]
struct Builder {
    root: Option<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    values: usize,
    documents: usize,
}

/// A list or a mapping that has not ended yet.
struct Open {
    line: usize,
    anchor: usize,
    kind: OpenKind,
}

enum OpenKind {
    List(Vec<Node>),
    Mapping { entries: Vec<(Key, Node)>, names: BTreeSet<String>, key: Option<Key> },
}

impl Builder {
    fn event(&mut self, event: Event, mark: Marker) -> Result<(), TreeError> {
        let line = mark.line();
        match event {
            Event::DocumentStart => {
                self.documents += 1;
                match self.documents {
                    1 => Ok(()),
                    _ => Err(TreeError::new(
                        line,
                        "there is a second document, and only one is read",
                    )),
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let is_text = style != TScalarStyle::Plain || is_string_tag(tag.as_ref(), line)?;
                let value = if is_text { Value::Text(text) } else { Value::Plain(text) };
                self.add(Node { line, value }, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                is_string_tag(tag.as_ref(), line)?;
                self.open(Open { line, anchor, kind: OpenKind::List(Vec::new()) })
            }
            Event::MappingStart(anchor, tag) => {
                is_string_tag(tag.as_ref(), line)?;
                let (entries, names) = (Vec::new(), BTreeSet::new());
                let kind = OpenKind::Mapping { entries, names, key: None };
                self.open(Open { line, anchor, kind })
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Open { line, anchor, kind }) = self.open.pop() else {
                    return Ok(());
                };
                let value = match kind {
                    OpenKind::List(items) => Value::List(items),
                    OpenKind::Mapping { entries, .. } => Value::Mapping(entries),
                };
                self.add(Node { line, value }, anchor)
            }
            Event::Alias(anchor) => {
                // An anchor that is still open would contain itself.
                let known = self.anchors.get(&anchor).cloned();
                let node = known.ok_or_else(|| TreeError::new(line, "this alias names nothing"))?;
                self.values += node.size();
                if self.open.len() + node.depth() > MAX_DEPTH {
                    return Err(too_deep(line));
                }
                self.add(Node { line, ..node }, 0)
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn open(&mut self, open: Open) -> Result<(), TreeError> {
        if self.open.len() == MAX_DEPTH {
            return Err(too_deep(open.line));
        }
        self.open.push(open);
        Ok(())
    }

    fn add(&mut self, node: Node, anchor: usize) -> Result<(), TreeError> {
        let line = node.line;
        self.values += 1;
        if self.values > MAX_VALUES {
            let message =
                format!("the file has more than {MAX_VALUES} values, with what aliases repeat");
            return Err(TreeError::new(line, message));
        }
        if anchor != 0 {
            self.values += node.size();
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.kind) {
            None => self.root = Some(node),
            Some(OpenKind::List(items)) => items.push(node),
            Some(OpenKind::Mapping { entries, names, key }) => match key.take() {
                Some(key) => entries.push((key, node)),
                None => {
                    let (Value::Plain(name) | Value::Text(name)) = node.value else {
                        return Err(TreeError::new(line, "a key has to be a text"));
                    };
                    if !names.insert(name.clone()) {
                        return Err(TreeError::new(
                            line,
                            format!("the key `{name}` is there twice"),
                        ));
                    }
                    *key = Some(Key { line, name });
                }
            },
        }
        Ok(())
    }
}

fn too_deep(line: usize) -> TreeError {
    TreeError::new(line, format!("this is nested more than {MAX_DEPTH} levels deep"))
}

/// Whether a tag says that a value is a text. Others would need types that contracts do not have.
fn is_string_tag(tag: Option<&Tag>, line: usize) -> Result<bool, TreeError> {
    match tag {
        None => Ok(false),
        Some(tag) if tag.handle == "tag:yaml.org,2002:" => match &*tag.suffix {
            "str" => Ok(true),
            "map" | "seq" => Ok(false),
            other => Err(TreeError::new(line, format!("the tag `!!{other}` is not supported"))),
        },
        Some(tag) => {
            let name = format!("{}{}", tag.handle, tag.suffix);
            Err(TreeError::new(line, format!("the tag `{name}` is not supported")))
        }
    }
}

/// The tree of a JSON document.
fn of_json(root: json::Node<'_, '_>, text: &str) -> Result<Node, TreeError> {
    let mut reader = JsonReader { text, at: 0, line: 1, values: 0 };
    reader.read(root, 0)
}

/// Reads values in the order of the text, and counts its lines.
struct JsonReader<'t> {
    text: &'t str,
    at: usize,
    line: usize,
    values: usize,
}

impl JsonReader<'_> {
    fn line_of(&mut self, node: json::Node<'_, '_>) -> usize {
        let start = node.span().start;
        let between = self.text.as_bytes().get(self.at..start).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', between).count();
        self.at = start;
        self.line
    }

    fn read(&mut self, node: json::Node<'_, '_>, depth: usize) -> Result<Node, TreeError> {
        let line = self.line_of(node);
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(TreeError::new(
                line,
                format!("the file has more than {MAX_VALUES} values"),
            ));
        }
        let is_container = matches!(node.kind(), Kind::Array | Kind::Object);
        if is_container && depth == MAX_DEPTH {
            return Err(too_deep(line));
        }
        let value = match node.kind() {
            Kind::String => Value::Text(node.text().unwrap_or_default().into_owned()),
            Kind::Array => {
                let items: Result<_, _> =
                    node.items().map(|item| self.read(item, depth + 1)).collect();
                Value::List(items?)
            }
            Kind::Object => {
                let mut entries: Vec<(Key, Node)> = Vec::new();
                let mut names = BTreeSet::new();
                for (key, value) in node.entries() {
                    let line = self.line_of(key);
                    let name = key.text().unwrap_or_default().into_owned();
                    if !names.insert(name.clone()) {
                        return Err(TreeError::new(
                            line,
                            format!("the key `{name}` is there twice"),
                        ));
                    }
                    entries.push((Key { line, name }, self.read(value, depth + 1)?));
                }
                Value::Mapping(entries)
            }
            _ => Value::Plain(node.raw().to_owned()),
        };
        Ok(Node { line, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> String {
        Node::parse(text).unwrap().to_json().unwrap()
    }

    fn error(text: &str) -> (usize, String) {
        let error = Node::parse(text).and_then(|node| node.to_json()).unwrap_err();
        (error.line, error.message)
    }

    #[test]
    fn yaml_and_json_become_the_same_values_and_numbers_keep_their_digits() {
        for (text, expected) in [
            (
                "a: 1.10\nb: '1.10'\nc: [true, ~, no, 2026-01-01]\nd:\n",
                r#"{"a":1.10,"b":"1.10","c":[true,null,"no","2026-01-01"],"d":null}"#,
            ),
            (
                "a: |\n  two\n  lines\nb: >-\n  one\n  line\n",
                r#"{"a":"two\nlines\n","b":"one line"}"#,
            ),
            ("a: &x {b: 1}\nc: *x\n", r#"{"a":{"b":1},"c":{"b":1}}"#),
            ("a: !!str 200\n", r#"{"a":"200"}"#),
            ("---\na: 12345678901234567890123\n...\n", r#"{"a":12345678901234567890123}"#),
            (
                "{\n\t\"a\": \"\\ud83d\\ude00\\/\",\n\t\"b\": [1e3, null]\n}\n",
                r#"{"a":"😀/","b":[1e3,null]}"#,
            ),
            ("\u{feff}{\"a\": {}, \"b\": []}", r#"{"a":{},"b":[]}"#),
        ] {
            assert_eq!(json(text), expected, "{text}");
        }
    }

    #[test]
    fn errors_name_their_line() {
        for (text, line, words) in [
            ("", 1, "empty"),
            ("# only a comment\n", 1, "empty"),
            ("a: 1\nb: [1\nc: 2\n", 3, "not YAML"),
            ("a: 1\nb: 2\na: 3\n", 3, "`a` is there twice"),
            ("{\n\"a\": 1,\n\"a\": 2}", 3, "`a` is there twice"),
            ("a: 1\n---\nb: 2\n", 2, "second document"),
            ("a:\n  ? [1]\n  : 2\n", 2, "a key has to be a text"),
            ("a:\n  b: 007\n", 2, "`007`"),
            ("a: .inf\n", 1, "`.inf`"),
            ("a: 0x1f\n", 1, "`0x1f`"),
            ("a: !secret b\n", 1, "`!secret`"),
            ("a: &x [*x]\n", 1, "alias"),
        ] {
            let (found, message) = error(text);
            assert!(message.contains(words), "{text}: {message}");
            assert_eq!(found, line, "{text}: {message}");
        }
    }

    #[test]
    fn what_aliases_repeat_is_bounded_and_so_is_the_depth() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        assert!(error(&bomb).1.contains("more than 100000 values"));
        for text in
            ["[".repeat(100_000), format!("{{\"a\":{}1{}}}", "[".repeat(90), "]".repeat(90))]
        {
            assert!(Node::parse(&text).is_err());
        }
        let mut chain = "a0: &a0 [x]\n".to_owned();
        for level in 1..80 {
            chain.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
        }
        assert!(error(&chain).1.contains("levels deep"));
    }
}
