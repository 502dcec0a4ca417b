//! Reads a contract. Every error names the line and the key, and says what is allowed there.

mod cursor;
mod delivery;
mod expectation;

use super::expectation::{Expectation, StatusRange};
use super::tree::{Key, Node};
use super::{Contract, ContractCase};
use cursor::{At, ReadFile, Result};

pub use cursor::ContractError;

/// The maximum number of cases.
const MAX_CASES: usize = 1000;
/// The maximum number of deliveries of a case.
const MAX_REPEAT: usize = 10_000;
/// The longest name of a case.
const MAX_NAME: usize = 80;

impl Contract {
    /// Reads the text of a contract. `files` reads the files that it names.
    pub fn read(text: &str, files: &mut ReadFile<'_>) -> Result<Self> {
        let tree = Node::parse(text)?;
        let top = At::top(&tree);
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
    let delivery = delivery::read(&send, files)?;
    let expect = table.get("expect").map(|expect| expectation::read(&expect, files)).transpose()?;
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
        at.error(
            "this is not a number of deliveries",
            format!("give a number from 1 to {MAX_REPEAT}"),
        )
    })?;
    match needed.filter(|_| number < min) {
        Some(limit) => Err(at.error(
            format!("`{limit}` needs at least {min} deliveries: of fewer, it is the slowest one"),
            format!("write `repeat: {min}` or more, or leave it out"),
        )),
        None => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SCHEMA, Share};
    use super::*;
    use crate::error::Error;
    use std::path::Path;

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
        ("send: {event: a, method: 'G T'}", 3, "cases.a.send.method", "not a method", "PUT"),
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
        ("send: a\nexpect: 2000", 4, "cases.a.expect", "`2000` is not a status", "2xx"),
        ("send: a\nexpect: [200, ok]", 4, "cases.a.expect", "`ok` is not a status", "2xx"),
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
        ("send: a\nrepeat: 0", 4, "cases.a.repeat", "not a number", "from 1"),
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
