//! Reads a contract. Every error names the line and the key, and says what is allowed there.

use std::path::Path;
use std::sync::Arc;

use regex::RegexBuilder;

use crate::error::Error;
use crate::webhook::payload::set::Assignment;
use crate::webhook::payload::validate::{BodySchema, parsed};
use crate::webhook::signature::tamper::Tamper;
use crate::webhook::suggest;

use super::expectation::{Expectation, StatusRange, TextRule};
use super::latency::LatencyLimit;
use super::tree::{Key, Node, TreeError, Value};
use super::{Contract, ContractCase, DeliverySpec};

/// The maximum number of cases.
const MAX_CASES: usize = 1000;
/// The maximum number of deliveries of a case.
const MAX_REPEAT: usize = 10_000;
/// The longest name of a case.
const MAX_NAME: usize = 80;
/// The maximum size of a compiled pattern, in bytes.
const MAX_PATTERN: usize = 1 << 20;

/// Reads a file that a contract names.
pub type ReadFile<'r> = dyn FnMut(&Path) -> Result<Vec<u8>, Error> + 'r;

/// Why a contract cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub struct ContractError {
    pub line: usize,
    /// The keys that lead to the place, joined by dots; empty at the top.
    pub key: String,
    pub message: String,
    /// What to do.
    pub hint: String,
}

type Result<T, E = ContractError> = std::result::Result<T, E>;

impl From<TreeError> for ContractError {
    fn from(TreeError { line, message }: TreeError) -> Self {
        Self { line, key: String::new(), message, hint: "correct the line".to_owned() }
    }
}

impl Contract {
    /// Reads the text of a contract. `files` reads the files that it names.
    pub fn read(text: &str, files: &mut ReadFile<'_>) -> Result<Self> {
        let tree = Node::parse(text)?;
        let top = At { node: &tree, key: String::new() };
        // An editor reads `$schema` in a JSON file.
        let top = top.table(&["provider", "cases", "$schema"])?;
        let cases = top.required("cases", "it has an entry for each case")?;
        let mut all = Vec::new();
        for (key, case) in cases.entries()? {
            if all.len() == MAX_CASES {
                return Err(case
                    .error(format!("there are more than {MAX_CASES} cases"), "use two contracts"));
            }
            all.push(read_case(key, &case, files)?);
        }
        if all.is_empty() {
            return Err(cases.error(
                "there is no case",
                "add one, such as `stores-a-lead: { send: lead.submit }`",
            ));
        }
        let provider = top.get("provider").map(|provider| provider.text()).transpose()?;
        Ok(Self { provider: provider.map(str::to_owned), cases: all })
    }
}

fn read_case(key: &Key, case: &At<'_>, files: &mut ReadFile<'_>) -> Result<ContractCase> {
    let is_allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name = &key.name;
    if name.is_empty() || name.chars().count() > MAX_NAME || !name.chars().all(is_allowed) {
        return Err(ContractError {
            line: key.line,
            ..case.error(
                "this name of a case cannot be used",
                format!(
                    "use letters, digits, `-`, `_` and `.`, at most {MAX_NAME}; `title` may be any text"
                ),
            )
        });
    }
    let table = case.table(&["title", "send", "repeat", "expect"])?;
    let send = table.required("send", "it says what is sent, such as `send: lead.submit`")?;
    let delivery = read_delivery(&send, files)?;
    let expect = table.get("expect").map(|expect| read_expectation(&expect, files)).transpose()?;
    let mut expect = expect.unwrap_or_default();
    if expect.status.is_empty() {
        expect.status.push(match delivery.tamper {
            None => StatusRange::ACCEPTED,
            Some(_) => StatusRange::REJECTED,
        });
    }
    let title = table.get("title").map(|title| title.text()).transpose()?;
    Ok(ContractCase {
        name: name.clone(),
        line: key.line,
        title: title.map(str::to_owned),
        repeat: read_repeat(table.get("repeat").as_ref(), &expect)?,
        delivery,
        expect,
    })
}

/// How many deliveries are sent: at least as many as the percentiles need.
fn read_repeat(at: Option<&At<'_>>, expect: &Expectation) -> Result<usize> {
    let needed = expect.latency.iter().max_by_key(|limit| limit.min_count());
    let min = needed.map_or(1, |limit| limit.min_count());
    let Some(at) = at else {
        return Ok(min);
    };
    let number = at.text()?.parse().ok().filter(|number| (1..=MAX_REPEAT).contains(number));
    let number = number.ok_or_else(|| {
        at.error("this is no number of deliveries", format!("give a number from 1 to {MAX_REPEAT}"))
    })?;
    match needed.filter(|_| number < min) {
        Some(limit) => Err(at.error(
            format!("`{limit}` needs at least {min} deliveries: of fewer, it is the slowest one"),
            format!("write `repeat: {min}` or more, or leave it out"),
        )),
        None => Ok(number),
    }
}

fn read_delivery(at: &At<'_>, files: &mut ReadFile<'_>) -> Result<DeliverySpec> {
    if let Value::Plain(_) | Value::Text(_) = at.node.value {
        let event = Some(at.text()?.to_owned());
        return Ok(DeliverySpec { line: at.node.line, event, ..DeliverySpec::default() });
    }
    let table = at.table(&[
        "event",
        "channel",
        "body",
        "data",
        "set",
        "add",
        "method",
        "headers",
        "tamper",
        "duplicate",
    ])?;
    let text = |key| table.get(key).map(|at| at.text().map(str::to_owned)).transpose();
    let flag = |key| table.get(key).map_or(Ok(false), |at| at.flag());
    let own_body = match (table.get("body"), table.get("data")) {
        (Some(_), Some(data)) => {
            return Err(
                data.error("there are two bodies: `body` and `data`", "leave one of them out")
            );
        }
        (Some(file), None) => Some((file.text()?.to_owned(), file.file(files)?)),
        (None, Some(data)) => Some(("its own data".to_owned(), data.data()?.into_bytes())),
        (None, None) => None,
    };
    let event = text("event")?;
    if event.is_none() && own_body.is_none() {
        return Err(at.error(
            "there is nothing to send",
            "name an `event`, or a file with the `body`, or give the `data`",
        ));
    }
    for key in ["channel", "set", "add"] {
        if let (Some(_), Some(at)) = (&own_body, table.get(key)) {
            return Err(at.error(
                format!("`{key}` is for samples, and this case has a body of its own"),
                "leave one of them out",
            ));
        }
    }
    let (tamper, duplicate) = (read_tamper(table.get("tamper").as_ref())?, flag("duplicate")?);
    if let (Some(_), true, Some(at)) = (tamper, duplicate, table.get("duplicate")) {
        return Err(at.error(
            "the first of two equal deliveries has to be accepted, and this one is tampered with",
            "leave out `tamper` or `duplicate`",
        ));
    }
    Ok(DeliverySpec {
        line: at.node.line,
        channel: text("channel")?,
        set: table.get("set").map_or(Ok(Vec::new()), |at| read_set(&at))?,
        add: flag("add")?,
        method: table.get("method").map(|at| read_method(&at)).transpose()?,
        headers: table.get("headers").map_or(Ok(Vec::new()), |at| read_headers(&at))?,
        event,
        own_body,
        tamper,
        duplicate,
    })
}

fn read_set(at: &At<'_>) -> Result<Vec<Assignment>> {
    let assignment = |(key, value): (&Key, At<'_>)| {
        let json = value.json()?;
        let assignment = match value.node.value {
            // What is no JSON of another kind is a string, which a field of a form has without quotes.
            Value::Plain(_) | Value::Text(_) if json.starts_with('"') => {
                Assignment::to_string(&key.name, value.text()?)
            }
            _ => Assignment::to_json(&key.name, &json),
        };
        assignment.map_err(|why| value.error(why.to_string(), "correct the path"))
    };
    at.entries()?.into_iter().map(assignment).collect()
}

fn read_method(at: &At<'_>) -> Result<String> {
    let method = at.text()?.to_ascii_uppercase();
    match http::Method::from_bytes(method.as_bytes()) {
        Ok(_) => Ok(method),
        Err(_) => Err(at.error("this is no method", "write one such as PUT")),
    }
}

fn read_headers(at: &At<'_>) -> Result<Vec<(String, Vec<u8>)>> {
    let header = |(key, value): (&Key, At<'_>)| {
        let text = value.text()?;
        let is_header = http::HeaderName::from_bytes(key.name.as_bytes()).is_ok()
            && http::HeaderValue::from_bytes(text.as_bytes()).is_ok();
        match is_header {
            true => Ok((key.name.clone(), text.as_bytes().to_vec())),
            false => {
                Err(value.error("this header cannot be sent", "correct its name or its value"))
            }
        }
    };
    at.entries()?.into_iter().map(header).collect()
}

fn read_tamper(at: Option<&At<'_>>) -> Result<Option<Tamper>> {
    let Some(at) = at else {
        return Ok(None);
    };
    let name = at.text()?;
    let found = Tamper::ALL.into_iter().find(|tamper| tamper.name() == name);
    let names = Tamper::ALL.map(Tamper::name);
    let unknown =
        || at.error(format!("`{name}` is no way to tamper"), suggest::among(name, &names));
    found.map(Some).ok_or_else(unknown)
}

fn read_expectation(at: &At<'_>, files: &mut ReadFile<'_>) -> Result<Expectation> {
    if !matches!(at.node.value, Value::Mapping(_)) {
        return Ok(Expectation { status: read_statuses(at)?, ..Expectation::default() });
    }
    let table = at.table(&["status", "headers", "body", "json", "schema", "latency"])?;
    Ok(Expectation {
        status: table.get("status").map_or(Ok(Vec::new()), |at| read_statuses(&at))?,
        headers: table.get("headers").map_or(Ok(Vec::new()), |at| read_header_rules(&at))?,
        body: table.get("body").map_or(Ok(Vec::new()), |at| read_rules(&at, false))?,
        json: table.get("json").map_or(Ok(Vec::new()), |at| read_pointers(&at))?,
        schema: table.get("schema").map(|at| read_schema(&at, files)).transpose()?,
        latency: table.get("latency").map_or(Ok(Vec::new()), |at| {
            let limit = |at: &At<'_>| {
                let limit = LatencyLimit::parse(at.text()?);
                limit.map_err(|why| at.error(why, "write a limit such as `p95 < 300 ms`"))
            };
            at.one_or_more()?.iter().map(limit).collect()
        })?,
    })
}

fn read_statuses(at: &At<'_>) -> Result<Vec<StatusRange>> {
    let status = |at: &At<'_>| {
        let text = at.text()?;
        StatusRange::parse(text).ok_or_else(|| {
            at.error(
                format!("`{text}` is no status"),
                "write one such as 200, a class such as 2xx, a range such as 200-204, or a list of them",
            )
        })
    };
    at.one_or_more()?.iter().map(status).collect()
}

fn read_header_rules(at: &At<'_>) -> Result<Vec<(String, TextRule)>> {
    let mut rules = Vec::new();
    for (key, value) in at.entries()? {
        if http::HeaderName::from_bytes(key.name.as_bytes()).is_err() {
            return Err(value.error("this is no name of a header", "correct the name"));
        }
        let of_header = read_rules(&value, true)?;
        rules.extend(of_header.into_iter().map(|rule| (key.name.clone(), rule)));
    }
    Ok(rules)
}

/// A text, or a mapping with rules for one.
fn read_rules(at: &At<'_>, may_be_absent: bool) -> Result<Vec<TextRule>> {
    if !matches!(at.node.value, Value::Mapping(_)) {
        return Ok(vec![TextRule::Equals(at.text()?.to_owned())]);
    }
    let known = ["equals", "contains", "matches", "present"];
    let table = at.table(if may_be_absent { &known } else { &known[..3] })?;
    let mut rules = Vec::new();
    for (key, value) in at.entries()? {
        rules.push(match key.name.as_str() {
            "contains" => TextRule::Contains(value.text()?.to_owned()),
            "matches" => {
                let pattern = RegexBuilder::new(value.text()?).size_limit(MAX_PATTERN).build();
                TextRule::Matches(pattern.map_err(|why| {
                    let why = why.to_string();
                    let why = why.lines().last().unwrap_or_default();
                    let why = why.strip_prefix("error: ").unwrap_or(why);
                    value.error(
                        format!("this is no regular expression: {why}"),
                        "correct the pattern; `contains` takes plain text",
                    )
                })?)
            }
            "present" => match value.flag()? {
                true => TextRule::Present,
                false => TextRule::Absent,
            },
            _ => TextRule::Equals(value.text()?.to_owned()),
        });
    }
    match rules.is_empty() {
        true => Err(table.at.error("there is no rule", format!("there are: {}", known.join(", ")))),
        false => Ok(rules),
    }
}

fn read_pointers(at: &At<'_>) -> Result<Vec<(String, serde_json::Value)>> {
    let pointer = |(key, value): (&Key, At<'_>)| {
        let is_pointer = key.name.is_empty() || key.name.starts_with('/');
        if !is_pointer {
            let pointer = format!("/{}", key.name.replace('.', "/"));
            return Err(value.error(
                "this is no JSON Pointer, which begins with a slash",
                format!("write `{pointer}`; `\"\"` is the whole body"),
            ));
        }
        Ok((key.name.clone(), value.value()?))
    };
    at.entries()?.into_iter().map(pointer).collect()
}

fn read_schema(at: &At<'_>, files: &mut ReadFile<'_>) -> Result<Arc<BodySchema>> {
    let schema = match at.node.value {
        Value::Mapping(_) => at.value()?,
        _ => parsed(&at.file(files)?).map_err(|why| {
            at.error(format!("the schema is not JSON: {why}"), "correct the file")
        })?,
    };
    let schema = BodySchema::new(schema);
    let unusable =
        |why| at.error(format!("the schema cannot be used: {why}"), "correct the schema");
    Ok(Arc::new(schema.map_err(unusable)?))
}

/// A value and the keys that lead to it.
#[derive(Clone)]
struct At<'n> {
    node: &'n Node,
    key: String,
}

/// A mapping all of whose keys are known.
struct Table<'n> {
    at: At<'n>,
    entries: &'n [(Key, Node)],
}

impl<'n> Table<'n> {
    fn get(&self, name: &str) -> Option<At<'n>> {
        let (key, node) = self.entries.iter().find(|(key, _)| key.name == name)?;
        Some(self.at.below(key, node))
    }

    /// The value of a key; `what` says what it has, for the error.
    fn required(&self, name: &str, what: &str) -> Result<At<'n>> {
        self.get(name).ok_or_else(|| {
            self.at.error(format!("the key `{name}` is missing"), format!("add it: {what}"))
        })
    }
}

impl<'n> At<'n> {
    fn error(&self, message: impl Into<String>, hint: impl Into<String>) -> ContractError {
        ContractError {
            line: self.node.line,
            key: self.key.clone(),
            message: message.into(),
            hint: hint.into(),
        }
    }

    fn below(&self, key: &Key, node: &'n Node) -> Self {
        let name = &key.name;
        let key = match self.key.as_str() {
            "" => name.clone(),
            above => format!("{above}.{name}"),
        };
        Self { node, key }
    }

    /// The entries of a mapping with any keys.
    fn entries(&self) -> Result<Vec<(&'n Key, Self)>> {
        let Value::Mapping(entries) = &self.node.value else {
            let found = &self.node.value;
            return Err(self.error(
                format!("expected a mapping, found {found}"),
                "write `key: value` lines below it",
            ));
        };
        Ok(entries.iter().map(|(key, node)| (key, self.below(key, node))).collect())
    }

    /// A mapping with these keys only.
    fn table(&self, known: &[&str]) -> Result<Table<'n>> {
        for (key, at) in self.entries()? {
            let name = key.name.as_str();
            if !known.contains(&name) {
                let shown: String = name.chars().take(MAX_NAME).collect();
                let hint = match name {
                    "unsigned" => "write `tamper: missing`".to_owned(),
                    "<<" => "merge keys are not supported; an alias may stand for a whole value"
                        .to_owned(),
                    _ => suggest::among(name, known),
                };
                return Err(ContractError {
                    line: key.line,
                    key: self.key.clone(),
                    message: format!("there is no key `{shown}` here"),
                    hint,
                });
            }
            if at.is_nothing() {
                return Err(ContractError {
                    line: key.line,
                    ..at.error("there is no value", "add one, or leave the key out")
                });
            }
        }
        match &self.node.value {
            Value::Mapping(entries) => Ok(Table { at: self.clone(), entries }),
            _ => Ok(Table { at: self.clone(), entries: &[] }),
        }
    }

    fn is_nothing(&self) -> bool {
        matches!(&self.node.value, Value::Plain(text) if text.is_empty())
    }

    /// The items of a list, or the one value.
    fn one_or_more(&self) -> Result<Vec<Self>> {
        match &self.node.value {
            Value::List(items) if items.is_empty() => {
                Err(self.error("the list is empty", "add to it, or leave the key out"))
            }
            Value::List(items) => {
                Ok(items.iter().map(|node| Self { node, key: self.key.clone() }).collect())
            }
            _ => Ok(vec![self.clone()]),
        }
    }

    fn text(&self) -> Result<&'n str> {
        match &self.node.value {
            Value::Text(text) => Ok(text),
            Value::Plain(text) if !text.is_empty() => Ok(text),
            found => {
                Err(self.error(format!("expected a text, found {found}"), "write one line of text"))
            }
        }
    }

    fn flag(&self) -> Result<bool> {
        match &self.node.value {
            Value::Plain(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Value::Plain(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            _ => Err(self.error("expected true or false", "write one of them, without quotes")),
        }
    }

    fn json(&self) -> Result<String> {
        let below = |TreeError { line, message }| ContractError {
            line,
            ..self.error(message, "correct the value")
        };
        self.node.to_json().map_err(below)
    }

    fn value(&self) -> Result<serde_json::Value> {
        let value = serde_json::from_str(&self.json()?);
        value.map_err(|why| self.error(format!("this is no JSON: {why}"), "correct the value"))
    }

    /// The bytes of a body: a text, or JSON.
    fn data(&self) -> Result<String> {
        match &self.node.value {
            Value::List(_) | Value::Mapping(_) => self.json(),
            Value::Text(text) => Ok(text.clone()),
            Value::Plain(_) => Ok(self.text()?.to_owned()),
        }
    }

    /// The contents of the file that this names.
    fn file(&self, files: &mut ReadFile<'_>) -> Result<Vec<u8>> {
        let read = files(Path::new(self.text()?));
        read.map_err(|why| self.error(why.message, why.hint))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SCHEMA, Share};
    use super::*;

    fn read(text: &str) -> Result<Contract> {
        let mut files = |path: &Path| match path.to_str() {
            Some("body.json") => Ok(b"{}".to_vec()),
            Some("schema.json") => Ok(br#"{"type":"object"}"#.to_vec()),
            _ => Err(Error::io("cannot read it", "check the path")),
        };
        Contract::read(text, &mut files)
    }

    fn with_case(case: &str) -> String {
        let lines: String = case.lines().map(|line| format!("    {line}\n")).collect();
        format!("cases:\n  a:\n{lines}")
    }

    fn case(text: &str) -> ContractCase {
        read(&with_case(text)).unwrap_or_else(|why| panic!("{text}: {why:?}")).cases.remove(0)
    }

    const RIGHT: [&str; 12] = [
        "send: lead.submit",
        "send: lead.submit\nexpect: 200",
        "send: {event: lead.submit}\nexpect: [200, 202]",
        "send:\n  event: message.received\n  channel: web\n  set: {payload.n: 1, /payload/a.b: x}\n  add: true\nexpect: 2xx",
        "send: {body: body.json, headers: {content-type: text/plain}, method: put}\nexpect: 415",
        "send: {data: '{\"a\": 1}'}",
        "send: {data: {a: [1, null]}}",
        "send: {event: lead.submit, tamper: missing}\nexpect: 401",
        "send: {event: lead.submit, duplicate: true}\nexpect: {status: 200-299, json: {/status: duplicate, '': {status: duplicate}}}",
        "send: lead.submit\nrepeat: 50\nexpect: {latency: [p95 < 300 ms, < 2s]}",
        "send: lead.submit\ntitle: A lead\nexpect:\n  headers:\n    content-type: {contains: json}\n    x-a: b\n    set-cookie: {present: false}\n  body: {matches: '^ok', contains: k}",
        "send: lead.submit\nexpect: {schema: schema.json, body: OK}",
    ];

    const WRONG: [(&str, usize, &str, &str, &str); 30] = [
        ("expect: 200", 3, "cases.a", "`send` is missing", "send: lead.submit"),
        (
            "send: lead.submit\nexpects: 200",
            4,
            "cases.a",
            "no key `expects`",
            "did you mean `expect`",
        ),
        (
            "send: {event: a, chanel: web}",
            3,
            "cases.a.send",
            "no key `chanel`",
            "did you mean `channel`",
        ),
        ("send: {event: a, unsigned: true}", 3, "cases.a.send", "`unsigned`", "tamper: missing"),
        (
            "send: {event: a, tamper: bodi}",
            3,
            "cases.a.send.tamper",
            "`bodi`",
            "did you mean `body`",
        ),
        ("send: {event: a, add: yes}", 3, "cases.a.send.add", "true or false", "without quotes"),
        ("send: {channel: web}", 3, "cases.a.send", "nothing to send", "`event`"),
        ("send: {body: body.json, data: x}", 3, "cases.a.send.data", "two bodies", "leave one"),
        ("send: {body: none.json}", 3, "cases.a.send.body", "cannot read it", "check the path"),
        ("send: {data: x, set: {a: 1}}", 3, "cases.a.send.set", "for samples", "leave one"),
        ("send: {event: a, set: {'': 1}}", 3, "cases.a.send.set", "no path", "correct"),
        ("send: {event: a, method: 'G T'}", 3, "cases.a.send.method", "no method", "PUT"),
        (
            "send: {event: a, headers: {'a b': c}}",
            3,
            "cases.a.send.headers",
            "cannot be sent",
            "correct",
        ),
        (
            "send: {event: a, tamper: body, duplicate: true}",
            3,
            "cases.a.send.duplicate",
            "accepted",
            "leave out",
        ),
        ("send: [a]", 3, "cases.a.send", "expected a mapping, found a list", "key: value"),
        ("send:", 3, "cases.a.send", "no value", "add one"),
        ("send: a\nexpect: 2000", 4, "cases.a.expect", "`2000` is no status", "2xx"),
        ("send: a\nexpect: [200, ok]", 4, "cases.a.expect", "`ok` is no status", "2xx"),
        ("send: a\nexpect: []", 4, "cases.a.expect", "list is empty", "leave"),
        (
            "send: a\nexpect:\n  json: {a.b: 1}",
            5,
            "cases.a.expect.json.a.b",
            "JSON Pointer",
            "`/a/b`",
        ),
        ("send: a\nexpect:\n  json: {/a: 007}", 5, "cases.a.expect.json./a", "`007`", "correct"),
        (
            "send: a\nexpect: {body: {matches: '('}}",
            4,
            "cases.a.expect.body.matches",
            "regular expression",
            "contains",
        ),
        (
            "send: a\nexpect: {body: {present: true}}",
            4,
            "cases.a.expect.body",
            "no key `present`",
            "equals",
        ),
        ("send: a\nexpect: {body: {}}", 4, "cases.a.expect.body", "no rule", "equals"),
        (
            "send: a\nexpect: {schema: {type: 3}}",
            4,
            "cases.a.expect.schema",
            "cannot be used",
            "correct",
        ),
        (
            "send: a\nexpect: {schema: {$ref: 'http://a/'}}",
            4,
            "cases.a.expect.schema",
            "cannot be used",
            "correct",
        ),
        ("send: a\nexpect: {latency: 300 ms}", 4, "cases.a.expect.latency", "limit such as", "p95"),
        ("send: a\nexpect: {latency: p95 < 300}", 4, "cases.a.expect.latency", "unit", "p95"),
        (
            "send: a\nrepeat: 19\nexpect: {latency: p95 < 1s}",
            4,
            "cases.a.repeat",
            "at least 20",
            "repeat: 20",
        ),
        ("send: a\nrepeat: 0", 4, "cases.a.repeat", "no number", "from 1"),
    ];

    #[test]
    fn what_is_left_out_has_a_sensible_value() {
        let plain = case("send: lead.submit");
        assert_eq!((plain.repeat, plain.to_string().as_str()), (1, "lead.submit gets 2xx"));
        assert_eq!(case("send: {event: a, tamper: body}").expect.to_string(), "4xx");
        let timed = case("send: a\nexpect: {latency: [p99 < 1s, p50 < 1s]}");
        assert_eq!(timed.repeat, 100);
        assert_eq!(timed.expect.latency[0].of, Share::Percentile(99));
        let shown = case("send: {event: a, channel: web, duplicate: true}\nrepeat: 3").to_string();
        assert_eq!(shown, "a on web, sent again, gets 2xx, 3 times");
        assert_eq!(
            case("send: {data: {a: [1.10, x]}}").delivery.own_body.unwrap().1,
            br#"{"a":[1.10,"x"]}"#
        );
    }

    #[test]
    fn every_error_names_its_line_and_key_and_what_is_allowed() {
        for (text, line, key, message, hint) in WRONG {
            let error = read(&with_case(text)).map(|_| ()).expect_err(text);
            assert!(error.message.contains(message), "{text}: {error:?}");
            assert!(error.hint.contains(hint), "{text}: {error:?}");
            let is_key = error.key == key || error.key.starts_with(&format!("{key}."));
            assert!(is_key, "{text}: {error:?}");
            assert_eq!(error.line, line, "{text}: {error:?}");
        }
        for (text, line, message) in [
            ("", 1, "empty"),
            ("- a\n", 1, "expected a mapping, found a list"),
            ("provider: a\n", 1, "`cases` is missing"),
            ("cases: {}\n", 1, "no case"),
            ("cases:\n  a b: {send: a}\n", 2, "name of a case"),
            ("cases:\n  a: {send: a}\n  a: {send: b}\n", 3, "twice"),
            ("case:\n  a: {send: a}\n", 1, "no key `case`"),
        ] {
            let error = read(text).map(|_| ()).expect_err(text);
            assert!(error.message.contains(message), "{text}: {error:?}");
            assert_eq!(error.line, line, "{text}: {error:?}");
        }
    }

    /// The schema that editors use accepts what is read, and names most of what is not.
    #[test]
    fn the_schema_for_editors_agrees() {
        let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let value = |text: &str| {
            let json = Node::parse(&with_case(text)).unwrap().to_json().ok()?;
            serde_json::from_str::<serde_json::Value>(&json).ok()
        };
        for text in RIGHT {
            case(text);
            let value = value(text).unwrap();
            let errors: Vec<_> = validator.iter_errors(&value).map(|e| e.to_string()).collect();
            assert!(errors.is_empty(), "{text}: {errors:?}");
        }
        // What a schema cannot know: files, patterns, and how values depend on each other.
        let is_beyond = |message: &str| {
            ["cannot read it", "regular expression", "cannot be used", "at least 20", "`007`"]
                .contains(&message)
        };
        for (text, _, _, message, _) in
            WRONG.into_iter().filter(|(.., message, _)| !is_beyond(message))
        {
            assert!(
                value(text).is_none_or(|value| !validator.is_valid(&value)),
                "{text}: {message}"
            );
        }
    }
}
