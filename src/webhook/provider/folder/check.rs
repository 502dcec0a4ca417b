//! What a description's types alone do not say: names that can be shown, pointers that are some, and a
//! signature that covers what is looked at.

use http::{HeaderName, HeaderValue};

use crate::escape::is_dangerous;

use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::signature::scheme::{Part, Scheme};

/// Looks a description over, and lowers the case of its signature's header: `(what, hint)` of what is wrong.
pub fn check(provider: &mut Provider, folder: &str) -> Result<(), (String, String)> {
    let name = &provider.name;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name == "auto" || !name.chars().all(is_plain) {
        return Err((
            "`name` is no name for a provider".to_owned(),
            "use letters, digits, `-`, `_` and `.`".to_owned(),
        ));
    }
    if name != folder {
        return Err((
            format!("`name` is `{name}`, and the folder has another name"),
            "give both the same name".to_owned(),
        ));
    }
    if Catalog::is_built_in(name) {
        return Err((
            format!("`{name}` is a built-in provider, which cannot be replaced"),
            "give the folder and `name` another name".to_owned(),
        ));
    }
    for (role, pointer) in provider.envelope.roles() {
        if !pointer.starts_with('/') {
            return Err((
                format!("`{role}` in [envelope] is no JSON Pointer"),
                "it starts with a slash, such as /eventType or /message/id".to_owned(),
            ));
        }
    }
    if provider.envelope.keys.is_empty() || provider.events.is_empty() {
        return Err((
            "a provider needs at least one key in its envelope and one event".to_owned(),
            "a body is recognised by `keys`, and every [[event]] needs its name".to_owned(),
        ));
    }
    for event in &provider.events {
        if event
            .channels
            .iter()
            .chain([&event.name])
            .any(|n| n.contains(is_dangerous))
        {
            return Err((
                "the name of an event or a channel holds a control character".to_owned(),
                "names are shown on terminals and become names of files: use plain text".to_owned(),
            ));
        }
    }
    match &mut provider.signature {
        Some(scheme) => check_headers(scheme).and_then(|()| check_signed(scheme)),
        None => Ok(()),
    }
}

fn check_headers(scheme: &mut Scheme) -> Result<(), (String, String)> {
    if HeaderValue::from_str(&scheme.prefix).is_err() {
        return Err((
            "`prefix` in [signature] holds a character that no header can".to_owned(),
            "it is what stands before the MAC, such as sha256=".to_owned(),
        ));
    }
    scheme.header.make_ascii_lowercase();
    let signed = scheme.signs.iter().filter_map(|part| match part {
        Part::Header(name) => Some(name),
        Part::Body | Part::Text(_) => None,
    });
    let stamped = scheme.timestamp.iter().map(|rule| &rule.header);
    for name in signed.chain(stamped).chain([&scheme.header]) {
        if HeaderName::from_bytes(name.as_bytes()).is_err() {
            return Err((
                "a header in [signature] is no header name".to_owned(),
                "letters, digits and hyphens, such as x-acme-signature".to_owned(),
            ));
        }
    }
    Ok(())
}

/// A signature that does not cover the body, or the time that is looked at, would be right for anybody's.
fn check_signed(scheme: &Scheme) -> Result<(), (String, String)> {
    if !scheme.signs.contains(&Part::Body) {
        return Err((
            "`signs` in [signature] is without the body, so that any body would be valid"
                .to_owned(),
            "add \"body\" to it, or leave `signs` out where nothing else is signed".to_owned(),
        ));
    }
    let is_signed = |header: &String| {
        let mut parts = scheme.signs.iter();
        parts.any(|part| matches!(part, Part::Header(name) if name.eq_ignore_ascii_case(header)))
    };
    match &scheme.timestamp {
        Some(rule) if !is_signed(&rule.header) => Err((
            format!(
                "`timestamp` in [signature] names {}, which `signs` does not: anybody could change it",
                rule.header
            ),
            "put { header = \"…\" } with its name into `signs`, or leave `timestamp` out"
                .to_owned(),
        )),
        _ => Ok(()),
    }
}
