//! What differs from one body to the next: given with `--unique`, or the likeliest id of a sample.

use bytes::Bytes;

use crate::commands::shared::sample::unsettable;
use crate::error::Error;
use crate::load::template::{Template, Values, unique_variables};
use crate::webhook::payload::json::{Kind, Node, escape_step, parse_body};
use crate::webhook::payload::set::Assignment;
use crate::webhook::provider::Provider;

/// A body with places for what differs.
pub(super) fn template(
    body: &Bytes,
    is_form: bool,
    assignments: &[String],
    run: &str,
    add: bool,
) -> Result<Template, Error> {
    if assignments.is_empty() {
        return Ok(Template::cut(body, None));
    }
    let not = |what: &str| {
        Error::usage(format!("--unique: a body is not {what}"), "leave it out: --unique none")
    };
    let mut text = match is_form {
        true => String::from_utf8(body.to_vec()).map_err(|_| not("UTF-8"))?,
        false => parse_body(body).map_err(|_| not("JSON"))?.text().to_owned(),
    };
    for assignment in assignments {
        let assignment = with_markers(assignment, run)?;
        let applied = match is_form {
            true => assignment.apply_to_form(&mut text, add),
            false => assignment.apply(&mut text, add),
        };
        applied.map_err(|why| {
            let Error { message, hint, .. } = unsettable(&why, "`cz-hook events show` prints it");
            Error::usage(message.replacen("--set", "--unique", 1), hint)
        })?;
    }
    Ok(Template::cut(text.as_bytes(), None))
}

/// The assignment with markers in the place of its variables.
fn with_markers(text: &str, run: &str) -> Result<Assignment, Error> {
    let mut text = text.replace("{run}", run);
    for (name, marker) in unique_variables(&Values::markers()) {
        text = text.replace(name, &marker);
    }
    Assignment::parse(&text).map_err(|why| {
        Error::usage(
            format!("--unique: {why}"),
            "give PATH=TEXT with {n}, {uuid}, {now} or {run}, such as payload.conversationId=conv_{run}_{n}",
        )
    })
}

/// What makes the bodies of a sample differ: another value for its likeliest id. `None` when it has none.
pub(super) fn by_default(provider: &Provider, body: &Bytes, run: &str) -> Option<String> {
    let document = parse_body(body).ok()?;
    let mut found = Vec::new();
    list(document.root(), "", &mut found);
    let agent = provider.envelope.agent.as_deref();
    let ids = found.into_iter().filter(|id| Some(id.pointer.as_str()) != agent);
    let best = ids.min_by_key(|id| (id.rank, id.pointer.matches('/').count()))?;
    let pointer = best.pointer;
    Some(match best.value {
        IdValue::Uuid => format!("{pointer}={{uuid}}"),
        IdValue::Text(text) => format!("{pointer}={text}_{{run}}_{{n}}"),
        IdValue::Number => {
            // Few enough digits for a double.
            let run = u32::from_str_radix(run, 16).unwrap_or_default() % 90_000 + 10_000;
            format!("{pointer}:={run}{{n}}")
        }
    })
}

struct Id {
    pointer: String,
    rank: usize,
    value: IdValue,
}

enum IdValue {
    Uuid,
    Text(String),
    Number,
}

/// Keys that name what happened, likeliest first; without separators.
const NAMES: [&str; 9] = [
    "eventid",
    "deliveryid",
    "webhookid",
    "messageid",
    "conversationid",
    "requestid",
    "id",
    "uuid",
    "transactionid",
];

/// The ids in a body.
fn list(node: Node<'_, '_>, pointer: &str, found: &mut Vec<Id>) {
    const MAX_DEPTH: usize = 8;
    if pointer.matches('/').count() >= MAX_DEPTH {
        return;
    }
    for (at, item) in node.items().enumerate().take(1) {
        list(item, &format!("{pointer}/{at}"), found);
    }
    for (key, value) in node.entries() {
        let Some(key) = key.text() else {
            continue;
        };
        let path = format!("{pointer}/{}", escape_step(&key));
        let name: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
        let rank = NAMES.iter().position(|one| name.eq_ignore_ascii_case(one));
        let shown = match value.kind() {
            Kind::String => value.text().map(|text| match is_uuid(&text) {
                true => IdValue::Uuid,
                false => IdValue::Text(text.into_owned()),
            }),
            Kind::Number if value.raw().bytes().all(|b| b.is_ascii_digit()) => {
                Some(IdValue::Number)
            }
            _ => {
                list(value, &path, found);
                None
            }
        };
        if let (Some(rank), Some(value)) = (rank, shown) {
            found.push(Id { pointer: path, rank, value });
        }
    }
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.concat().bytes().all(|b| b.is_ascii_hexdigit())
}
