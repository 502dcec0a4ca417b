//! Whether a body is what its provider documents: the event's JSON Schema decides, and fields that the documented
//! sample does not have are noted.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock, RwLock};

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::form_urlencoded;

use super::Event;
use super::budget::Budget;
use super::json::{
    Document, Kind, Node, Path, Step, SyntaxError, Unfaithful, escape_step, parse, parse_body,
};
use crate::webhook::provider::catalog::{Catalog, Sample};
use crate::webhook::provider::{Content, EventSpec, Payload, Provider, Root};
use crate::webhook::suggest::{self, some_of};

/// Whether a body is what its provider documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Validity {
    /// It satisfies the event's schema.
    Valid,
    /// It does not.
    Invalid,
    /// The provider documents no such event, or no provider was recognised.
    UnknownEvent,
    /// The body is not JSON.
    NotJson,
}

impl Validity {
    /// Every verdict.
    pub const ALL: [Self; 4] = [Self::Valid, Self::Invalid, Self::UnknownEvent, Self::NotJson];

    /// The verdict of this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.word() == word)
    }

    /// The word used in every output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::UnknownEvent => "unknown_event",
            Self::NotJson => "not_json",
        }
    }
}

/// The maximum number of findings of one kind about one body: an untrusted body may hold any number.
const MAX_FINDINGS: usize = 20;

/// The maximum size of a pattern of a schema when it is compiled, in bytes.
const MAX_PATTERN: usize = 1 << 20;

/// One thing found in a body, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// A JSON Pointer (RFC 6901) into the body; empty for the whole of it.
    pub path: String,
    /// What is wrong and what was expected.
    pub message: String,
}

impl Finding {
    /// A finding at `path`.
    pub fn at(path: &str, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), message: message.into() }
    }
}

/// A verdict on a body, with what is wrong and what is worth knowing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validation {
    /// The verdict.
    pub verdict: Validity,
    /// What is wrong.
    pub errors: Vec<Finding>,
    /// What is no error: fields that the document does not have, as a provider may add fields, and values that the
    /// schema could not be asked about.
    pub notes: Vec<Finding>,
}

impl Validation {
    /// A verdict with one error.
    pub fn new(verdict: Validity, path: &str, message: impl Into<String>) -> Self {
        Self { verdict, errors: vec![Finding::at(path, message)], notes: Vec::new() }
    }
}

/// Validates a body as an event of `provider`, which was read from it.
pub fn validate(
    catalog: &Catalog,
    provider: &Provider,
    event: &Event,
    content: &Content<'_>,
) -> Validation {
    let pointer = provider.envelope.event.pointer().unwrap_or_default();
    let type_of = |node: Node<'_, '_>| match node.kind() {
        Kind::Array => "an array",
        _ => type_name(&node.to_value(&mut Vec::new())),
    };
    let form = form_text(content);
    let form = form.as_deref().and_then(|text| parse(text).ok());
    let Some(body) = form.as_ref().map(Document::root).or(content.json()) else {
        return Validation::new(Validity::Invalid, "", "expected a form");
    };
    let expected = match provider.envelope.root {
        Root::Object => (Kind::Object, "an object"),
        Root::Array => (Kind::Array, "an array"),
    };
    if body.kind() != expected.0 {
        let message = format!("expected {}, found {}", expected.1, type_of(body));
        return Validation::new(Validity::Invalid, "", message);
    }
    let Some(name) = event.name.as_deref() else {
        let message = match body.at_pointer(pointer) {
            _ if pointer.is_empty() => "the delivery does not name its event".to_owned(),
            Some(other) => format!("expected a string, the event's name; found {}", type_of(other)),
            None => {
                let expected = "missing: expected a string, the event's name";
                expected.to_owned() + &foreign_name(catalog, provider, pointer, body)
            }
        };
        return Validation::new(Validity::Invalid, pointer, message);
    };
    let Some(spec) = provider.event(name) else {
        let message = unknown_event(catalog, provider, name);
        return Validation::new(Validity::UnknownEvent, pointer, message);
    };
    let compiled = match compiled(catalog, provider, spec) {
        Ok(compiled) => compiled,
        Err(why) => {
            let message = format!("the event's schema cannot be used: {why}");
            return Validation::new(Validity::Invalid, "", message);
        }
    };
    let mut unfaithful = Vec::new();
    let json = body.to_value(&mut unfaithful);
    if compiled.budget.as_ref().is_some_and(|budget| budget.is_exceeded_by(&json)) {
        let message = "not checked: the event's schema makes too many checks of this body";
        return Validation::new(Validity::Invalid, "", message);
    }
    let foreign = |path: &str| foreign_name(catalog, provider, path, body);
    let Compiled { validator, text, .. } = &*compiled;
    let errors = violations(validator, text, &foreign, &json, &unfaithful);
    let unjudged = unfaithful.iter().take(MAX_FINDINGS);
    let unjudged = unjudged.map(|one| Finding::at(&one.path, format!("not judged: {}", one.what)));
    let mut notes = unknown_fields(provider, spec, &compiled, event.channel.as_deref(), &json);
    notes.extend(unjudged);
    Validation {
        verdict: if errors.is_empty() { Validity::Valid } else { Validity::Invalid },
        errors,
        notes,
    }
}

/// A form as a JSON object of strings.
fn form_text(content: &Content<'_>) -> Option<String> {
    let Content::Form(fields) = content else {
        return None;
    };
    let text = |text: &str| Value::String(text.to_owned());
    let object: serde_json::Map<_, _> =
        fields.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    Some(Value::Object(object).to_string())
}

/// "Did you mean", and who else documents the name.
fn unknown_event(catalog: &Catalog, provider: &Provider, name: &str) -> String {
    let others = catalog.documenting(name);
    let others: Vec<_> = others.iter().map(|p| p.name.as_str()).collect();
    let own = provider.events.iter().map(|e| e.name.as_str());
    // The sender chose the name, and it may be as long as the body.
    let shown: String = name.chars().take(80).collect();
    let mut message = format!("{} documents no event `{shown}`", provider.name);
    if let Some(near) = suggest::nearest(name, own) {
        message.push_str(&format!("; did you mean `{near}`?"));
    }
    if !others.is_empty() {
        let s = if others.len() == 1 { "s" } else { "" };
        message.push_str(&format!(" ({} document{s} it)", some_of(&others)));
    }
    message
}

/// The violations of a schema, a sentence each: where, and what was expected. `foreign` adds to what is said about a
/// missing field.
fn violations(
    validator: &Validator,
    schema: &Value,
    foreign: &dyn Fn(&str) -> String,
    json: &Value,
    unfaithful: &[Unfaithful],
) -> Vec<Finding> {
    // Nearly all are valid, and to say only that much costs half as much.
    if validator.is_valid(json) {
        return Vec::new();
    }
    // A field may be reached by two branches of a schema; one sentence about it is enough.
    let mut seen = BTreeSet::new();
    let mut found: Vec<_> = validator
        .iter_errors(json)
        .filter(|error| is_sure(error, unfaithful))
        .map(|error| explain(schema, foreign, &error))
        .filter(|f| seen.insert(f.clone()))
        .take(MAX_FINDINGS + 1)
        .collect();
    if found.len() > MAX_FINDINGS {
        found.truncate(MAX_FINDINGS);
        found.push(Finding::at("", "there is more, which is not listed"));
    }
    found
}

/// Whether an error is not about a value that the schema could not be asked about.
fn is_sure(error: &ValidationError<'_>, unfaithful: &[Unfaithful]) -> bool {
    let at = error.instance_path().as_str();
    let is_inside = |inner: &str, outer: &str| {
        let rest = inner.strip_prefix(outer);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    // The type of a container, and which members it has, do not depend on the values in it.
    let is_shallow = matches!(
        error.kind(),
        ValidationErrorKind::Required { .. }
            | ValidationErrorKind::Type { .. }
            | ValidationErrorKind::AdditionalProperties { .. }
            | ValidationErrorKind::MinItems { .. }
            | ValidationErrorKind::MaxItems { .. }
    );
    !unfaithful
        .iter()
        .any(|Unfaithful { path, .. }| is_inside(at, path) || !is_shallow && is_inside(path, at))
}

fn explain(
    schema: &Value,
    foreign: &dyn Fn(&str) -> String,
    error: &ValidationError<'_>,
) -> Finding {
    let at = error.instance_path().as_str();
    let found = || type_name(error.instance());
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let field = property.as_str().unwrap_or_default();
            let path = format!("{at}/{}", escape_step(field));
            let expected = expected_at(schema, error.schema_path().as_str(), field);
            let foreign = foreign(&path);
            Finding::at(&path, format!("missing: expected {expected}{foreign}"))
        }
        ValidationErrorKind::Type { kind } => {
            let expected = match kind {
                TypeKind::Single(one) => with_article(one.as_str()),
                TypeKind::Multiple(many) => any_of(many.iter().map(|t| with_article(t.as_str()))),
            };
            Finding::at(at, format!("expected {expected}, found {}", found()))
        }
        ValidationErrorKind::Constant { expected_value } => {
            Finding::at(at, format!("expected {expected_value}, found {}", found()))
        }
        ValidationErrorKind::Enum { options } => {
            let names = match options.as_ref() {
                Value::Array(names) => {
                    let names: Vec<_> = names.iter().map(Value::to_string).collect();
                    names.join(", ")
                }
                other => other.to_string(),
            };
            Finding::at(at, format!("expected one of {names}"))
        }
        ValidationErrorKind::MinLength { limit: 1 } => {
            Finding::at(at, "expected a non-empty string")
        }
        // Without the instance: an untrusted body may be long, and so may the names in it.
        _ => {
            const MAX_LENGTH: usize = 300;
            let mut message = error.masked().to_string();
            if let Some((end, _)) = message.char_indices().nth(MAX_LENGTH) {
                message.replace_range(end.., "…");
            }
            Finding::at(at, message)
        }
    }
}

/// The type that a schema gives a required field, in words.
fn expected_at(schema: &Value, required: &str, field: &str) -> String {
    let property = required
        .strip_suffix("/required")
        .and_then(|parent| schema.pointer(parent))
        .and_then(|s| s.get("properties")?.get(field));
    if let Some(value) = property.and_then(|p| p.get("const")) {
        return value.to_string();
    }
    match property.and_then(|p| p.get("type")) {
        Some(Value::String(one)) => with_article(one),
        Some(Value::Array(many)) => any_of(many.iter().filter_map(Value::as_str).map(with_article)),
        _ => "a value".to_owned(),
    }
}

fn any_of(names: impl Iterator<Item = String>) -> String {
    names.collect::<Vec<_>>().join(" or ")
}

/// A clause when a missing field is there under the name that another provider gives it; else nothing.
fn foreign_name(
    catalog: &Catalog,
    provider: &Provider,
    missing: &str,
    body: Node<'_, '_>,
) -> String {
    let mut roles = provider.envelope.roles();
    let Some((role, _)) = roles.find(|(_, pointer)| *pointer == missing) else {
        return String::new();
    };
    let mut name = None;
    let mut owners = Vec::new();
    for other in catalog.providers().filter(|p| p.name != provider.name) {
        let theirs = other.envelope.roles().find(|(r, _)| *r == role);
        if let Some((_, pointer)) = theirs
            && pointer != missing
            && body.at_pointer(pointer).is_some()
            && name.is_none_or(|n| n == pointer)
        {
            name = Some(pointer);
            owners.push(other.name.as_str());
        }
    }
    let Some(name) = name else {
        return String::new();
    };
    let name = name.trim_start_matches('/').replace('/', ".");
    let owners = some_of(&owners);
    format!("; `{name}` is there, the {role} field of {owners}")
}

/// The type of a value with its article.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(n) if n.is_i64() || n.is_u64() => "an integer",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn with_article(name: &str) -> String {
    match name {
        "null" => name.to_owned(),
        "array" | "object" | "integer" => format!("an {name}"),
        _ => format!("a {name}"),
    }
}

/// Fields that the documented sample does not have. A sample holds every documented field; what is
/// illustrative, `null` or inside an array documents nothing and is skipped.
fn unknown_fields(
    provider: &Provider,
    spec: &EventSpec,
    compiled: &Compiled,
    channel: Option<&str>,
    json: &Value,
) -> Vec<Finding> {
    // A channel that is not documented has the sample without one.
    let channel = spec.channels.iter().find(|c| Some(c.as_str()) == channel);
    let mut samples = compiled.samples.iter();
    let Some((_, sample)) = samples.find(|(of, _)| of.as_ref() == channel) else {
        return Vec::new();
    };
    let skip = (spec.payload == Payload::Illustrative)
        .then_some(provider.envelope.data.as_deref())
        .flatten();
    let mut notes = Vec::new();
    compare(sample, json, None, skip, &mut notes);
    notes
}

fn compare(
    sample: &Value,
    json: &Value,
    path: Option<&Path<'_>>,
    skip: Option<&str>,
    notes: &mut Vec<Finding>,
) {
    let (Value::Object(known), Value::Object(given)) = (sample, json) else {
        return;
    };
    if skip.is_some_and(|skip| skip == path.map(Path::pointer).unwrap_or_default()) {
        return;
    }
    // The fields of a delivery mostly come in the sample's order: looking there first saves a hash.
    let mut in_order = known.iter();
    for (key, value) in given {
        if notes.len() == MAX_FINDINGS {
            return;
        }
        let here = Path { parent: path, step: Step::Key(key) };
        let next = in_order.next().filter(|(name, _)| *name == key);
        match next.map(|(_, value)| value).or_else(|| known.get(key)) {
            Some(documented) => compare(documented, value, Some(&here), skip, notes),
            None => {
                let what = "not in the provider's document";
                notes.push(Finding::at(&here.pointer(), what));
            }
        }
    }
}

/// A schema ready to use, with its text for looking up what it expected.
#[derive(Debug)]
struct Compiled {
    validator: Validator,
    /// Of a user's schema; the built-in ones need none.
    budget: Option<Budget>,
    text: Value,
    /// The event's samples, by channel.
    samples: Vec<(Option<String>, Value)>,
}

/// By the provider's name and the event's.
type Cache = RwLock<HashMap<String, HashMap<String, Arc<Compiled>>>>;

/// The compiled schema of an event, kept once it was needed: to compile one costs more than to use it a thousand
/// times.
fn compiled(
    catalog: &Catalog,
    provider: &Provider,
    event: &EventSpec,
) -> Result<Arc<Compiled>, String> {
    static CACHE: OnceLock<Cache> = OnceLock::new();
    let cache = CACHE.get_or_init(Cache::default);
    if let Ok(map) = cache.read()
        && let Some(found) = map.get(&provider.name).and_then(|m| m.get(&event.name))
    {
        return Ok(Arc::clone(found));
    }
    let text = parsed(&catalog.schema(provider, event)).map_err(|e| e.to_string())?;
    let is_built_in = !catalog.is_of_user(&provider.name);
    let budget = (!is_built_in).then(|| Budget::new(&text)).transpose()?;
    let validator = validator(&text)?;
    let channels = event.channels.iter().map(Some).chain([None]);
    let samples = channels.filter_map(|channel| {
        let sample = catalog.sample(provider, event, channel.map(String::as_str))?;
        Some((channel.cloned(), parsed_sample(&sample)?))
    });
    let fresh = Arc::new(Compiled { validator, budget, text, samples: samples.collect() });
    if let Ok(mut map) = cache.write() {
        let events = map.entry(provider.name.clone()).or_default();
        events.insert(event.name.clone(), Arc::clone(&fresh));
    }
    Ok(fresh)
}

fn validator(schema: &Value) -> Result<Validator, String> {
    // An engine whose time grows with the length of the text alone.
    let patterns = PatternOptions::regex().size_limit(MAX_PATTERN).dfa_size_limit(MAX_PATTERN);
    let options = jsonschema::draft202012::options().with_pattern_options(patterns);
    options.build(schema).map_err(|e| e.to_string())
}

/// A JSON Schema for bodies that belong to no event, such as those of responses. It makes bounded work.
#[derive(Debug)]
pub struct BodySchema {
    validator: Validator,
    budget: Budget,
    text: Value,
}

impl BodySchema {
    /// # Errors
    /// Why the schema cannot be used.
    pub fn new(text: Value) -> Result<Self, String> {
        Ok(Self { budget: Budget::new(&text)?, validator: validator(&text)?, text })
    }

    /// The violations of a body. What a schema cannot be asked about, such as a lone surrogate, is none.
    ///
    /// # Errors
    /// Why the body cannot be checked.
    pub fn violations(&self, body: &[u8]) -> Result<Vec<Finding>, String> {
        let document = parse_body(body).map_err(|why| format!("it is not JSON: {why}"))?;
        let mut unfaithful = Vec::new();
        let json = document.root().to_value(&mut unfaithful);
        if self.budget.is_exceeded_by(&json) {
            return Err("the schema makes too many checks of it".to_owned());
        }
        Ok(violations(&self.validator, &self.text, &|_| String::new(), &json, &unfaithful))
    }
}

/// A sample as a value; a form as an object of strings.
fn parsed_sample(sample: &Sample<'_>) -> Option<Value> {
    if !sample.provider.envelope.form {
        return parsed(sample.body).ok();
    }
    let fields = form_urlencoded::parse(sample.body).collect();
    parsed(form_text(&Content::Form(fields))?.as_bytes()).ok()
}

pub(crate) fn parsed(file: &[u8]) -> Result<Value, SyntaxError> {
    let document = parse_body(file)?;
    Ok(document.root().to_value(&mut Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::delivery::{Delivery, Headers};
    use bytes::Bytes;

    #[test]
    fn every_sample_satisfies_its_schema_and_has_no_unknown_field() {
        let catalog = Catalog::builtin();
        for provider in catalog.providers() {
            for sample in catalog.samples(provider) {
                let delivery = Delivery::post("/", Bytes::copy_from_slice(sample.body));
                let document = (!provider.envelope.form).then(|| parse_body(sample.body).unwrap());
                let content = Content::new(&delivery, &delivery.body, document.as_ref());
                let event = Event { name: Some(sample.event.name.clone()), ..Event::default() };
                let found = validate(catalog, provider, &event, &content);
                assert_eq!(
                    (found.verdict, found.errors, found.notes),
                    (Validity::Valid, vec![], vec![]),
                    "{} {}",
                    provider.name,
                    sample.event.name
                );
            }
        }
    }

    #[test]
    fn what_the_schema_cannot_be_asked_about_is_noted_and_no_error() {
        let catalog = Catalog::builtin();
        let provider = catalog.provider("chatzuri").unwrap();
        let deep = format!("{}1{}", "[".repeat(130), "]".repeat(130));
        for (value, path, what) in [
            (r#""\ud83d""#, "/agentId", "a lone surrogate"),
            ("1e400", "/more", "a number that is too large for a double"),
            (&deep, "/more", "nested deeper than 128 levels"),
        ] {
            let agent = if path == "/agentId" { value } else { r#""a""# };
            let body = format!(
                r#"{{"eventType":"lead.submit","agentId":{agent},"payload":{{"conversationId":"c","customerName":"n","customerEmail":"e@x.y","customerPhone":"+1"}},"more":{value}}}"#
            );
            let document = parse_body(body.as_bytes()).unwrap();
            let content = Content::Json(document.root());
            let event = Event::read(provider, &Headers::default(), &content);
            let found = validate(catalog, provider, &event, &content);
            let note = found.notes.iter().find(|note| note.message.starts_with("not judged"));
            let note = note.unwrap();
            assert_eq!(found.verdict, Validity::Valid, "{found:?}");
            assert!(note.path.starts_with(path), "{note:?}");
            assert!(note.message.contains(what), "{note:?}");
        }
    }
}
