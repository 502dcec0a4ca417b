//! Where a provider's requests contain the event's name, the agent and the data, and how a request is recognised.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use url::form_urlencoded;

use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::payload::json::{Document, Kind, Node};
use crate::webhook::signature::request::is_form;

/// The maximum number of fields of a form that are read.
const MAX_FIELDS: usize = 1000;

/// Where a provider's requests contain each value. Positions are JSON Pointers (RFC 6901).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// The top-level keys that every body has; a body is recognised by them.
    pub keys: Vec<String>,
    /// Texts that every body has, by their pointers: they distinguish providers with the same keys.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// Headers that every delivery has in addition to its signature.
    #[serde(default)]
    pub headers: Vec<String>,
    /// What the body is.
    #[serde(default)]
    pub root: Root,
    /// Whether the body is a form.
    #[serde(default)]
    pub form: bool,
    /// The event's name.
    pub event: EventSource,
    /// The messaging channel.
    #[serde(default)]
    pub channel: Option<String>,
    /// The agent's (or chatbot's) id.
    #[serde(default)]
    pub agent: Option<String>,
    /// The event's own data.
    #[serde(default)]
    pub data: Option<String>,
    /// When the event happened.
    #[serde(default)]
    pub timestamp: Option<String>,
}

/// What a JSON body is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Root {
    /// One object.
    #[default]
    Object,
    /// A list of at least one object.
    Array,
}

/// Where the event's name is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventSource {
    /// At a pointer, followed by a full stop and the text at another pointer if it exists.
    Pointer {
        /// Where the name is.
        pointer: String,
        /// Where the action is.
        action: Option<String>,
    },
    /// In a header, followed by a full stop and the text at a pointer if it exists.
    Header {
        /// The name of the header.
        header: String,
        /// Where the action is.
        action: Option<String>,
    },
    /// In the field of a form.
    Form(String),
    /// The first key of the object at this pointer, except these.
    FirstKey {
        /// Where the object is.
        pointer: String,
        /// The keys that are not events.
        except: Vec<String>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventTable {
    pointer: Option<String>,
    header: Option<String>,
    form: Option<String>,
    first_key: Option<String>,
    action: Option<String>,
    except: Option<Vec<String>>,
}

impl<'de> Deserialize<'de> for EventSource {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct EventVisitor;
        impl<'de> Visitor<'de> for EventVisitor {
            type Value = EventSource;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a pointer, or a table such as { header = \"x-event\" }")
            }

            fn visit_str<E: de::Error>(self, pointer: &str) -> Result<EventSource, E> {
                Ok(EventSource::Pointer { pointer: pointer.to_owned(), action: None })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<EventSource, A::Error> {
                let table = EventTable::deserialize(MapAccessDeserializer::new(map))?;
                let action = table.action;
                Ok(match (table.pointer, table.header, table.form, table.first_key) {
                    (Some(pointer), None, None, None) => EventSource::Pointer { pointer, action },
                    (None, Some(header), None, None) => EventSource::Header { header, action },
                    (None, None, Some(form), None) => EventSource::Form(form),
                    (None, None, None, Some(pointer)) => {
                        EventSource::FirstKey { pointer, except: table.except.unwrap_or_default() }
                    }
                    _ => {
                        return Err(de::Error::custom(
                            "`event` needs one of `pointer`, `header`, `form` and `first_key`",
                        ));
                    }
                })
            }
        }
        from.deserialize_any(EventVisitor)
    }
}

/// A body, parsed as far as it can be.
#[derive(Clone, Debug)]
pub enum Content<'c> {
    /// A JSON value.
    Json(Node<'c, 'c>),
    /// The fields of a form, by name.
    Form(Vec<(Cow<'c, str>, Cow<'c, str>)>),
    /// Neither.
    Other,
}

impl<'c> Content<'c> {
    /// The content of a delivery's `body`, without its content codings, which `json` is where it could be parsed.
    pub fn new(delivery: &Delivery, body: &'c [u8], json: Option<&'c Document<'c>>) -> Self {
        match json {
            Some(document) => Self::Json(document.root()),
            None if is_form(delivery) => {
                Self::Form(form_urlencoded::parse(body).take(MAX_FIELDS).collect())
            }
            None => Self::Other,
        }
    }

    /// The JSON value, if it is one.
    pub fn json(&self) -> Option<Node<'c, 'c>> {
        match self {
            Self::Json(node) => Some(*node),
            _ => None,
        }
    }

    /// The value of a field of a form.
    pub fn field(&self, name: &str) -> Option<&str> {
        match self {
            Self::Form(fields) => {
                let found = fields.iter().find(|(own, _)| own == name);
                found.map(|(_, value)| &**value)
            }
            _ => None,
        }
    }

    /// The text at a pointer: in a form, of the field of that name.
    pub fn text(&self, pointer: &str) -> Option<String> {
        match self {
            Self::Json(node) => Some(node.at_pointer(pointer)?.text()?.into_owned()),
            Self::Form(_) => self.field(pointer.strip_prefix('/')?).map(str::to_owned),
            Self::Other => None,
        }
    }
}

impl EventSource {
    /// The event's name in a delivery.
    pub fn name(&self, headers: &Headers, content: &Content<'_>) -> Option<String> {
        let (name, action) = match self {
            Self::Pointer { pointer, action } => (content.text(pointer)?, action),
            Self::Header { header, action } => {
                let value = std::str::from_utf8(headers.get(header)?).ok()?;
                (value.trim().to_owned(), action)
            }
            Self::Form(field) => return content.field(field).map(str::to_owned),
            Self::FirstKey { pointer, except } => {
                let object = content.json()?.at_pointer(pointer)?;
                let mut keys = object.entries().filter_map(|(key, _)| key.text());
                let first = keys.find(|key| !except.iter().any(|one| one == key));
                return first.map(Cow::into_owned);
            }
        };
        match action.as_deref().and_then(|action| content.text(action)) {
            Some(action) => Some(format!("{name}.{action}")),
            None => Some(name),
        }
    }

    /// The header that holds the name, and its value in a delivery of this event with this content.
    pub fn header<'s>(&'s self, event: &str, content: &Content<'_>) -> Option<(&'s str, String)> {
        let Self::Header { header, action } = self else {
            return None;
        };
        let action = action.as_deref().and_then(|action| content.text(action));
        let name = action.and_then(|action| event.strip_suffix(&action)?.strip_suffix('.'));
        Some((header, name.unwrap_or(event).to_owned()))
    }

    /// Whether a body alone does not name its event.
    pub fn is_outside_body(&self) -> bool {
        matches!(self, Self::Header { .. })
    }

    /// The pointer at which the body holds the name; `None` where it is elsewhere.
    pub fn pointer(&self) -> Option<&str> {
        match self {
            Self::Pointer { pointer, .. } => Some(pointer),
            _ => None,
        }
    }

    /// Every pointer into the body that is needed for the name.
    pub fn pointers(&self) -> impl Iterator<Item = &str> {
        let (first, action) = match self {
            Self::Pointer { pointer, action } => (Some(pointer), action.as_ref()),
            Self::Header { action, .. } => (None, action.as_ref()),
            Self::FirstKey { pointer, .. } => (Some(pointer), None),
            Self::Form(_) => (None, None),
        };
        first.into_iter().chain(action).map(String::as_str)
    }
}

impl Envelope {
    /// The pointers by their role, to name a field that has another name at another provider.
    pub fn roles(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("event", self.event.pointer()),
            ("channel", self.channel.as_deref()),
            ("agent", self.agent.as_deref()),
            ("data", self.data.as_deref()),
            ("timestamp", self.timestamp.as_deref()),
        ]
        .into_iter()
        .filter_map(|(role, pointer)| Some((role, pointer?)))
    }

    /// The object that has the keys: the body, or the first one in it.
    pub fn object<'d, 't>(&self, body: Node<'d, 't>) -> Option<Node<'d, 't>> {
        let object = match self.root {
            Root::Object => body,
            Root::Array => body.items().next()?,
        };
        (object.kind() == Kind::Object).then_some(object)
    }
}
