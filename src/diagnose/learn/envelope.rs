//! A guess of where a provider puts things in its requests: what all bodies have in common, and where the event's name
//! is.

use url::form_urlencoded;

use crate::webhook::delivery::Delivery;
use crate::webhook::payload::json::{Kind, Node, parse_body};
use crate::webhook::privacy::{MAX_KEY, is_word, reveals};
use crate::webhook::provider::{Content, EventSource};
use crate::webhook::signature::request::is_form;

use super::fields::scalars;
use super::place::common_headers;

use crate::webhook::privacy::unit_of;

/// The keys that hold the name of an event, the likeliest first.
const EVENT_KEYS: &[&str] = &[
    "event",
    "type",
    "eventtype",
    "event_type",
    "event-type",
    "eventname",
    "event_name",
    "topic",
    "webhookevent",
    "triggerevent",
    "trigger",
    "webhook_event",
    "hook_event",
    "event_kind",
    "object_kind",
    "kind",
    "notification_type",
    "notificationtype",
    "recordtype",
    "record_type",
    "subscriptiontype",
    "message_type",
    "action",
    "eventcode",
    "name",
    "object",
    "resource",
    "status",
    "state",
];

const AGENT_KEYS: &[&str] = &[
    "agentid",
    "agent_id",
    "chatbotid",
    "chatbot_id",
    "bot_id",
    "botid",
    "assistant_id",
    "assistantid",
    "app_id",
    "appid",
    "account_id",
    "accountid",
    "account",
    "organization_id",
    "organizationid",
    "org_id",
    "workspace_id",
    "team_id",
    "project_id",
    "tenant_id",
    "merchant_id",
    "shop_id",
    "website_id",
];

const DATA_KEYS: &[&str] = &[
    "data", "payload", "resource", "object", "content", "body", "detail", "details", "message",
    "event",
];

const TIME_KEYS: &[&str] = &[
    "timestamp",
    "created_at",
    "createdat",
    "created",
    "occurred_at",
    "occurredat",
    "time",
    "event_time",
    "eventtime",
    "date",
    "sent_at",
];

/// The most keys that a body is recognised by.
const MAX_KEYS: usize = 12;

/// The most keys that are looked at.
const MAX_LOOKED_AT: usize = 1000;

/// The longest name of an event.
const MAX_EVENT: usize = 80;

/// Where things are.
#[derive(Clone, Debug)]
pub struct EnvelopeGuess {
    pub keys: Vec<String>,
    pub headers: Vec<String>,
    pub is_array: bool,
    pub is_form: bool,
    pub event: EventSource,
    pub agent: Option<String>,
    pub data: Option<String>,
    pub timestamp: Option<String>,
    /// The name of each delivery's event; `None` where there is none.
    pub events: Vec<Option<String>>,
}

/// What the deliveries have in common. `own` are the headers that are signed.
pub fn guess(deliveries: &[&Delivery], own: &[String], secret: &[u8]) -> EnvelopeGuess {
    let all_forms = deliveries.iter().all(|one| is_form(one));
    let is_array = !all_forms
        && deliveries.iter().all(|one| {
            let document = parse_body(&one.body).ok();
            document.is_some_and(|document| document.root().items().next().is_some())
        });
    let headers = common_headers(deliveries);
    let event = event(deliveries, &headers, all_forms, secret);
    let events = deliveries.iter().map(|one| {
        let document = parse_body(&one.body).ok();
        let name = event.name(&one.headers, &Content::new(one, &one.body, document.as_ref()));
        name.filter(|name| is_event(name, secret))
    });
    let events = events.collect();
    let scalars = scalars(deliveries);
    let root = if is_array { "/0" } else { "" };
    let top = |keys: &[&str], is_right: &dyn Fn(&str) -> bool| {
        let named = |key: &&&str| {
            scalars.iter().find(|(pointer, _)| {
                let step = pointer.strip_prefix(root).and_then(|rest| rest.strip_prefix('/'));
                step.is_some_and(|step| step.eq_ignore_ascii_case(key)) && is_right(pointer)
            })
        };
        keys.iter().find_map(|key| named(&key)).map(|(pointer, _)| pointer.clone())
    };
    let is_time = |pointer: &str| {
        let found = scalars.iter().find(|(own, _)| own == pointer);
        found.is_some_and(|(_, text)| unit_of(&[text]).is_some())
    };
    let keys = common_keys(deliveries, all_forms, is_array, secret);
    EnvelopeGuess {
        headers: headers.into_iter().filter(|name| own.contains(name)).collect(),
        is_array,
        is_form: all_forms,
        agent: top(AGENT_KEYS, &|_| true),
        data: data(deliveries, &keys, root),
        timestamp: top(TIME_KEYS, &is_time),
        keys,
        event,
        events,
    }
}

/// The keys that all bodies have at the top, or in their first object.
fn common_keys(
    deliveries: &[&Delivery],
    is_form: bool,
    is_array: bool,
    secret: &[u8],
) -> Vec<String> {
    let mut common: Option<Vec<String>> = None;
    for delivery in deliveries {
        let keys: Vec<String> = match is_form {
            true => {
                form_urlencoded::parse(&delivery.body).map(|(name, _)| name.into_owned()).collect()
            }
            false => match parse_body(&delivery.body) {
                Ok(document) => {
                    let root = document.root();
                    let object = if is_array { root.items().next().unwrap_or(root) } else { root };
                    object.entries().filter_map(|(key, _)| Some(key.text()?.into_owned())).collect()
                }
                Err(_) => Vec::new(),
            },
        };
        let keys: Vec<_> = keys.into_iter().take(MAX_LOOKED_AT).collect();
        common = Some(match common {
            None => keys,
            Some(before) => before.into_iter().filter(|key| keys.contains(key)).collect(),
        });
    }
    let mut common = common.unwrap_or_default();
    common.retain(|key| is_word(key, MAX_KEY) && !reveals(key.as_bytes(), secret));
    let mut distinct: Vec<String> = Vec::new();
    for key in common {
        if !distinct.contains(&key) {
            distinct.push(key);
        }
    }
    distinct.truncate(MAX_KEYS);
    distinct
}

/// The object that holds the event's data.
fn data(deliveries: &[&Delivery], keys: &[String], root: &str) -> Option<String> {
    let is_object = |pointer: &str| {
        deliveries.iter().all(|one| {
            let document = parse_body(&one.body).ok();
            let kind = |node: Node<'_, '_>| node.kind() == Kind::Object;
            document.is_some_and(|document| document.root().at_pointer(pointer).is_some_and(kind))
        })
    };
    DATA_KEYS.iter().find_map(|name| {
        let key = keys.iter().find(|key| key.eq_ignore_ascii_case(name))?;
        let pointer = format!("{root}/{key}");
        is_object(&pointer).then_some(pointer)
    })
}

/// Where the name of the event most likely is.
fn event(
    deliveries: &[&Delivery],
    headers: &[String],
    is_form: bool,
    secret: &[u8],
) -> EventSource {
    let scalars = scalars(deliveries);
    let has = |pointer: &str| scalars.iter().any(|(own, _)| own == pointer);
    let mut all = Vec::new();
    for name in headers {
        let word = name.rsplit('-').next().unwrap_or_default();
        if matches!(word, "event" | "topic")
            || name.ends_with("event-key")
            || name.ends_with("event-type")
        {
            let action = parse_any(deliveries, "/action").then(|| "/action".to_owned());
            all.push(EventSource::Header { header: name.clone(), action });
        }
    }
    if is_form {
        let names = deliveries.first().map(|one| {
            let names = form_urlencoded::parse(&one.body).map(|(name, _)| name.into_owned());
            names.collect::<Vec<_>>()
        });
        for end in ["event", "type", "status", "topic", "action"] {
            let names = names.iter().flatten();
            let named = names
                .filter(|name| name.to_ascii_lowercase().ends_with(end) && is_word(name, MAX_KEY));
            all.extend(named.map(|name| EventSource::Form(name.clone())));
        }
    }
    let mut pointers: Vec<_> = scalars
        .iter()
        .filter_map(|(pointer, _)| {
            let steps = pointer.split('/').skip(1).filter(|step| step.parse::<u8>().is_err());
            let last = pointer.rsplit('/').next()?.to_ascii_lowercase();
            let rank = EVENT_KEYS.iter().position(|key| **key == last)?;
            Some((steps.count(), rank, pointer.clone()))
        })
        .collect();
    pointers.sort();
    for (_, _, pointer) in pointers {
        let (parent, last) = pointer.rsplit_once('/').unwrap_or_default();
        let (parent, last) = (parent.to_owned(), last.to_owned());
        let sibling = |key: &str| format!("{parent}/{key}");
        let (pointer, action) = match last.as_str() {
            "event" if has(&sibling("resource")) => (sibling("resource"), Some(pointer)),
            "type" => (pointer, Some(sibling("action"))),
            _ => (pointer, None),
        };
        all.push(EventSource::Pointer { pointer, action: action.filter(|action| has(action)) });
    }
    let is_right = |source: &EventSource| {
        deliveries.iter().all(|one| {
            let document = parse_body(&one.body).ok();
            let name = source.name(&one.headers, &Content::new(one, &one.body, document.as_ref()));
            name.is_some_and(|name| is_event(&name, secret))
        })
    };
    let otherwise = match deliveries.first().filter(|_| is_form) {
        Some(first) => {
            let first = form_urlencoded::parse(&first.body).next();
            // What is not a field's name may be the text of a message.
            let name = first.map(|(name, _)| name.into_owned());
            EventSource::Form(name.filter(|name| is_word(name, MAX_KEY)).unwrap_or_default())
        }
        None => EventSource::FirstKey { pointer: String::new(), except: Vec::new() },
    };
    all.into_iter().find(is_right).unwrap_or(otherwise)
}

fn parse_any(deliveries: &[&Delivery], pointer: &str) -> bool {
    deliveries.iter().any(|one| {
        let document = parse_body(&one.body).ok();
        let text = |node: Node<'_, '_>| node.kind() == Kind::String;
        document.is_some_and(|document| document.root().at_pointer(pointer).is_some_and(text))
    })
}

/// Whether a text may be the name of an event.
fn is_event(name: &str, secret: &[u8]) -> bool {
    let plain = name.replace(' ', "_");
    is_word(&plain, MAX_EVENT)
        && !name.starts_with(' ')
        && !name.ends_with(' ')
        && !reveals(name.as_bytes(), secret)
}
