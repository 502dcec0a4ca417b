//! The items of a command of HTTPie: headers, parameters and fields, and the body that the fields are written as.

use std::collections::HashSet;

use crate::capture::error::excerpt;
use crate::capture::exported::{ExportedRequest, minified};
use crate::capture::files::FileReader;
use crate::capture::pasted;
use crate::capture::url::form_encoded;
use crate::webhook::payload::json::{Kind, parse};
use crate::webhook::payload::stringify::string as json_string;
use crate::webhook::record::Loss;

/// What the words after the URL say.
#[derive(Default)]
pub(super) struct Items {
    /// One without a value is not sent, and neither is HTTPie's own of that name.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    pub query: Vec<(Vec<u8>, Vec<u8>)>,
    /// Names and values of the body; a value is JSON or text.
    pub fields: Vec<(Vec<u8>, Field)>,
    pub file: Option<Vec<u8>>,
}

pub(super) enum Field {
    Text(Vec<u8>),
    Json(Vec<u8>),
}

impl Items {
    pub(super) fn has_data(&self) -> bool {
        !self.fields.is_empty()
    }

    pub(super) fn names(&self, name: &str) -> bool {
        self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    pub(super) fn add(
        &mut self,
        text: &[u8],
        files: &mut FileReader<'_, '_>,
    ) -> Result<(), String> {
        const SEPARATORS: &[&[u8]] =
            &[b":=@", b":=", b"==@", b"==", b"=@", b":@", b"@", b"=", b":", b";"];
        // A backslash before a separator makes it text.
        let mut name = Vec::new();
        let mut at = 0;
        let separator = loop {
            let rest = text.get(at..).unwrap_or_default();
            if let [b'\\', byte @ (b'=' | b':' | b'@' | b';'), ..] = rest {
                name.push(*byte);
                at += 2;
                continue;
            }
            let found = SEPARATORS.iter().find(|separator| rest.starts_with(separator));
            match (found, rest.first()) {
                (Some(found), _) => break *found,
                (None, Some(byte)) => name.push(*byte),
                (None, None) => return Err(format!("`{}` is no item", excerpt(text))),
            }
            at += 1;
        };
        let value = unescaped(text.get(at + separator.len()..).unwrap_or_default());
        let mut content = |name: &[u8]| files.read(name).map_err(String::from);
        match separator {
            b":" | b";" | b":@" => {
                let name = String::from_utf8(name)
                    .map_err(|_| "the name of a header is not UTF-8".to_owned())?;
                let value = match separator {
                    b":@" => Some(content(&value)?.trim_ascii_end().to_vec()),
                    b";" if !value.is_empty() => {
                        return Err(format!("`{}` is no item", excerpt(text)));
                    }
                    b";" => Some(Vec::new()),
                    _ => Some(value.trim_ascii().to_vec()).filter(|value| !value.is_empty()),
                };
                self.headers.push((name, value));
            }
            b"==" => self.query.push((name, value)),
            b"==@" => self.query.push((name, content(&value)?)),
            b"=" => self.fields.push((name, Field::Text(value))),
            b"=@" => self.fields.push((name, Field::Text(content(&value)?))),
            b":=" => self.fields.push((name, Field::Json(value))),
            b":=@" => self.fields.push((name, Field::Json(content(&value)?))),
            _ if name.is_empty() => self.file = Some(content(&value)?),
            _ => {
                return Err(format!(
                    "`{}` uploads a file, with a new boundary each time",
                    excerpt(text)
                ));
            }
        }
        Ok(())
    }
}

/// A value without the backslashes before separators.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let next = text.get(at + 1).filter(|next| *byte == b'\\' && b"=:@;".contains(next));
        out.push(*next.unwrap_or(byte));
        at += if next.is_some() { 2 } else { 1 };
    }
    out
}

pub(super) fn form(fields: &[(Vec<u8>, Field)]) -> Result<Vec<u8>, String> {
    let pair = |(name, value): &(Vec<u8>, Field)| match value {
        Field::Text(value) => Ok([form_encoded(name), form_encoded(value)].join(&b'=')),
        Field::Json(_) => Err("a form holds JSON".to_owned()),
    };
    Ok(fields.iter().map(pair).collect::<Result<Vec<_>, _>>()?.join(&b'&'))
}

/// The object that HTTPie makes of fields, as Python writes JSON; xh writes it without spaces.
pub(super) fn json(
    fields: &[(Vec<u8>, Field)],
    is_xh: bool,
    request: &mut ExportedRequest,
) -> Result<Vec<u8>, String> {
    let mut members = Vec::new();
    let mut seen = HashSet::new();
    for (name, value) in fields {
        if name.contains(&b'[') || !seen.insert(name) {
            return Err(format!("the field `{}` is nested or repeated", excerpt(name)));
        }
        let mut text = Vec::new();
        json_string(name, &mut text);
        text.extend_from_slice(if is_xh { b":" } else { b": " });
        match value {
            Field::Text(value) => json_string(value, &mut text),
            Field::Json(json) => {
                let document = std::str::from_utf8(json).ok().and_then(|json| parse(json).ok());
                let document =
                    document.ok_or_else(|| format!("`{}` is not JSON", excerpt(json)))?;
                let root = document.root();
                // Other values are parsed and written again.
                let is_kept = matches!(root.kind(), Kind::Null | Kind::Bool)
                    || (root.kind() == Kind::Number
                        && root.raw().bytes().all(|b| b.is_ascii_digit() || b == b'-'));
                if !is_kept {
                    request.lose(Loss::BodyReserialized);
                }
                let compact = minified(root.raw());
                let written = if is_xh { compact } else { pasted::spaced(&compact) };
                text.extend_from_slice(written.as_bytes());
            }
        }
        members.push(String::from_utf8_lossy(&text).into_owned());
    }
    let text = format!("{{{}}}", members.join(if is_xh { "," } else { ", " }));
    Ok(match is_xh {
        true => text.into_bytes(),
        false => ascii(&text).into_bytes(),
    })
}

/// Other characters than those of ASCII as `\uXXXX`, as Python writes them.
fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_ascii() {
            true => out.push(c),
            false => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out
}
