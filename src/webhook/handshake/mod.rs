//! Handshakes: the requests by which a provider checks an endpoint before it sends deliveries, as data. This module
//! recognises one, makes the response to it, makes the request itself, and checks an endpoint's response.

mod field;
mod probe;
mod record;
mod request;
mod response;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

use super::one_or_more::one_or_more;
use super::signature::Secret;
use field::{Condition, Field, Template, is_text};

pub use field::HandshakeRequest;
pub use probe::Probe;
pub use record::{HandshakeRecord, HandshakeResult};
pub use request::{Generated, RequestValues};
pub use response::{ExpectedResponse, check};

/// One handshake, as `[[handshake]]` in a `provider.toml` describes it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handshake {
    /// The name, for the command line.
    pub name: String,
    /// What it is for, in a clause.
    pub summary: String,
    pub method: HandshakeMethod,
    /// What distinguishes the request from others; all conditions must hold.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// Where the verify token is, that the endpoint compares with its own.
    #[serde(default)]
    pub check: Option<Field>,
    /// Where the key is, that signs the deliveries that follow.
    #[serde(default)]
    pub key: Option<Field>,
    /// Whether the request is signed as deliveries are.
    #[serde(default)]
    pub signed: bool,
    /// The status that a wrong verify token or signature must get; any 4xx when absent.
    #[serde(default)]
    pub refuse_status: Option<u16>,
    /// What else is in the request.
    #[serde(default)]
    pub request: RequestExtras,
    /// The response that the provider accepts; the first where it accepts several.
    #[serde(rename = "respond", deserialize_with = "one_or_more")]
    pub responses: Vec<ResponseRule>,
}

/// The method of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum HandshakeMethod {
    Get,
    Head,
    Post,
}

impl HandshakeMethod {
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
        }
    }
}

/// What a handshake's request has besides the fields that the other keys name. Texts are templates.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RequestExtras {
    pub query: Map<String, Value>,
    pub headers: Map<String, Value>,
    pub json: Map<String, Value>,
}

/// A response that a provider accepts.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResponseRule {
    /// The one status; any 2xx when absent.
    pub status: Option<u16>,
    pub content_type: Option<ContentType>,
    /// The exact body; any when both it and `json` are absent.
    pub body: Option<Template>,
    /// The texts that the body has as an object.
    pub json: Option<BTreeMap<String, Template>>,
    pub headers: BTreeMap<String, Template>,
}

/// The content types in which text that a request brought may be sent back: no browser runs any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum ContentType {
    #[serde(rename = "text/plain")]
    Text,
    #[serde(rename = "application/json")]
    Json,
    #[serde(rename = "application/x-www-form-urlencoded")]
    Form,
}

impl ContentType {
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text/plain",
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
        }
    }
}

impl Handshake {
    /// Whether a request is this handshake.
    pub fn matches(&self, request: &HandshakeRequest<'_>) -> bool {
        let by_body = |condition: &&Condition| matches!(condition.field, Field::Body(_));
        // The body is parsed last, and only if it can hold what is looked for.
        let mut rest = self.when.iter().filter(|condition| !by_body(condition));
        let mut body = self.when.iter().filter(by_body);
        self.method.name() == request.method()
            && rest.all(|condition| condition.holds(request))
            && body.clone().all(|condition| condition.may_hold(request))
            && body.all(|condition| condition.holds(request))
    }

    /// Whether the verify token in a request is `token`; `None` when this handshake has none.
    pub fn has_token(&self, request: &HandshakeRequest<'_>, token: &Secret) -> Option<bool> {
        let received = self.check.as_ref()?.text(request).unwrap_or_default();
        Some(received.as_bytes().ct_eq(token.expose()).into())
    }

    /// The key that a request hands over, if it is one that does and the key can be used.
    pub fn handed_key(&self, request: &HandshakeRequest<'_>) -> Option<String> {
        self.key.as_ref()?.text(request).filter(|key| is_text(key))
    }

    /// The status of the response to a wrong verify token or signature.
    pub fn refusal(&self) -> u16 {
        self.refuse_status.unwrap_or(if self.check.is_some() { 403 } else { 400 })
    }

    /// Whether a request that is both is treated in the same way.
    pub fn is_treated_like(&self, other: &Self) -> bool {
        let treatment = |one: &Self| {
            let first = one.responses.first().map(ResponseRule::given);
            (one.check.clone(), one.key.clone(), one.signed, one.refusal(), first)
        };
        treatment(self) == treatment(other)
    }

    /// What is wrong with a description, and what to do about it.
    pub(in crate::webhook) fn mistake(&self) -> Option<(String, &'static str)> {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.name.is_empty() || !self.name.chars().all(is_plain) {
            let hint = "use lower-case letters, digits and hyphens, such as url-verification";
            return Some(("`name` in [[handshake]] is no name for one".to_owned(), hint));
        }
        let wrong =
            |what: &str, hint| Some((format!("`{}` in [[handshake]] {what}", self.name), hint));
        let reads_body = self.fields().any(|field| matches!(field, Field::Body(_)));
        if reads_body && self.method != HandshakeMethod::Post {
            return wrong("reads the body, and only POST has one", "use query or header");
        }
        if self.signed && self.method != HandshakeMethod::Post {
            return wrong("is signed, and only a POST can be", "leave `signed` out");
        }
        if self.when.is_empty() && self.method == HandshakeMethod::Post {
            let hint = "say in `when` how it differs from a delivery, such as { body = \"/type\", is = \"ping\" }";
            return wrong("would take every delivery", hint);
        }
        if self.responses.is_empty() {
            return wrong("has no response", "give one in `respond`");
        }
        let statuses = self.responses.iter().filter_map(|rule| rule.status);
        if !statuses.clone().all(|status| (200..300).contains(&status)) {
            return wrong(
                "has a `status` that is not 2xx",
                "providers treat other statuses as failures",
            );
        }
        if self.refuse_status.is_some_and(|status| !(400..500).contains(&status)) {
            return wrong("has a `refuse_status` that is not 4xx", "give a status such as 401");
        }
        if self.responses.iter().any(|rule| rule.body.is_some() && rule.json.is_some()) {
            return wrong("has a response with both `body` and `json`", "leave one of them out");
        }
        self.fields().find_map(|field| {
            let why = field.mistake()?;
            wrong(&why, "names are those of headers or parameters, pointers start with a slash")
        })
    }

    /// Every field of the request that it reads.
    fn fields(&self) -> impl Iterator<Item = &Field> {
        let responses = self.responses.iter().flat_map(ResponseRule::fields);
        let conditions = self.when.iter().map(|condition| &condition.field);
        conditions.chain(&self.check).chain(&self.key).chain(responses)
    }
}

impl ResponseRule {
    /// The rule of the response that is given, with every default filled in.
    fn given(&self) -> Self {
        let status = Some(self.status.unwrap_or(200));
        Self { status, content_type: self.content_type(), ..self.clone() }
    }

    /// The content type, which follows from the body where none is given.
    fn content_type(&self) -> Option<ContentType> {
        let text = self.body.as_ref().map(|_| ContentType::Text);
        let json = self.json.as_ref().map(|_| ContentType::Json);
        self.content_type.or(text).or(json)
    }

    fn templates(&self) -> impl Iterator<Item = &Template> {
        let json = self.json.iter().flat_map(|json| json.values());
        self.body.iter().chain(json).chain(self.headers.values())
    }

    fn fields(&self) -> impl Iterator<Item = &Field> {
        self.templates().flat_map(Template::fields)
    }
}
