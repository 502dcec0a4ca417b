//! Reads which responses a case expects.

use std::sync::Arc;

use regex::RegexBuilder;

use super::super::expectation::{Expectation, StatusRange, TextRule};
use super::super::latency::LatencyLimit;
use super::super::tree::{Key, Value};
use super::cursor::{At, ReadFile, Result};
use crate::webhook::payload::validate::{BodySchema, parsed};

/// The maximum size of a compiled pattern, in bytes.
const MAX_PATTERN: usize = 1 << 20;

pub fn read(at: &At<'_>, files: &mut ReadFile<'_>) -> Result<Expectation> {
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
                format!("`{text}` is not a status"),
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
            return Err(value.error("this is not the name of a header", "correct the name"));
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
                        format!("this is not a regular expression: {why}"),
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
                "this is not a JSON Pointer, which begins with a slash",
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
