//! The signed parts of a request: the bytes of every part of a scheme, for signing and verifying.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;

use url::form_urlencoded;

use super::format::Malformed;
use super::mac::Hash;
use super::scheme::{BodyHash, Part, Scheme};
use crate::webhook::delivery::Delivery;
use crate::webhook::payload::json::{Document, Kind, Node, parse_body};

/// What a signature depends on besides the request and the secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignatureContext {
    /// The URL that the provider sends to. Without a path or a query, it has those of the request.
    pub public_url: Option<String>,
    /// Whether the URL may be taken from the headers that a proxy adds.
    pub trust_forwarded: bool,
    /// The user's settings, by name.
    pub settings: BTreeMap<String, String>,
    /// The name of the one signature that counts.
    pub required: Option<String>,
}

/// A request whose parts are looked up.
pub(crate) struct SignedRequest<'r> {
    pub delivery: &'r Delivery,
    pub context: &'r SignatureContext,
    /// Parsed when a field is looked up.
    json: OnceCell<Option<Document<'r>>>,
}

impl<'r> SignedRequest<'r> {
    pub fn new(delivery: &'r Delivery, context: &'r SignatureContext) -> Self {
        Self { delivery, context, json: OnceCell::new() }
    }

    /// The text of a field of the body; `None` where it is missing or null.
    pub fn field(&self, pointer: &str) -> Option<Cow<'_, [u8]>> {
        let document = self.json.get_or_init(|| parse_body(&self.delivery.body).ok());
        text_of(document.as_ref()?.root().at_pointer(pointer)?)
    }

    /// The bytes that a scheme signs, in order. `item` finds the text of an item next to the signature.
    ///
    /// # Errors
    /// When a signed part is missing.
    pub fn signed<'a>(
        &'a self,
        scheme: &'a Scheme,
        key: &'a [u8],
        item: impl Fn(&str) -> Option<&'a [u8]>,
    ) -> Result<Vec<Cow<'a, [u8]>>, Malformed> {
        scheme.signs.iter().map(|part| self.part(part, key, &item)).collect()
    }

    /// The bytes of one part.
    ///
    /// # Errors
    /// When it is missing.
    pub fn part<'a>(
        &'a self,
        part: &'a Part,
        key: &'a [u8],
        item: impl Fn(&str) -> Option<&'a [u8]>,
    ) -> Result<Cow<'a, [u8]>, Malformed> {
        let delivery = self.delivery;
        Ok(match part {
            Part::Body => Cow::Borrowed(&delivery.body[..]),
            Part::Text(text) => Cow::Borrowed(text.as_bytes()),
            Part::Secret => Cow::Borrowed(key),
            Part::Method => Cow::Borrowed(delivery.method.as_bytes()),
            Part::Header(name) => match delivery.headers.get(name) {
                Some(value) => Cow::Borrowed(value),
                None => return Err(Malformed::Needs(format!("`{name}` header"))),
            },
            Part::Item(name) => match item(name) {
                Some(text) => Cow::Borrowed(text),
                None => return Err(Malformed::Needs(format!("item `{name}`"))),
            },
            Part::Field(pointer) => self.field(pointer).unwrap_or_default(),
            Part::Setting(name) => match self.context.settings.get(name) {
                Some(value) => Cow::Borrowed(value.as_bytes()),
                None => return Err(Malformed::Setting(name.clone())),
            },
            Part::Hash(BodyHash::Crc32) => crc32(&delivery.body).to_string().into_bytes().into(),
            Part::Hash(BodyHash::Sha256) => sha256_hex(&delivery.body).into_bytes().into(),
            Part::Url => self.url().ok_or(Malformed::Url)?.into_bytes().into(),
            Part::Path => self.path().into_bytes().into(),
            Part::FormSorted => self.form_sorted()?.into(),
        })
    }

    /// The URL that the provider has sent to, if it is known.
    fn url(&self) -> Option<String> {
        let target = &self.delivery.target;
        if let Some(public) = &self.context.public_url {
            let (public, _) = public.split_once('#').unwrap_or((public, ""));
            let (base, query) = split_query(public);
            let host = base.find("://").map_or(0, |at| at + 3);
            let has_path = base.get(host..)?.trim_end_matches('/').contains('/');
            let (path, own_query) = split_query(target);
            let base = match has_path {
                true => base.to_owned(),
                // The request line may hold a whole URL.
                false => format!("{}{}", base.trim_end_matches('/'), path_of(path)),
            };
            if query.is_empty() {
                return Some(base + own_query);
            }
            // It belongs to this request alone, so that the URL at the provider does not have it.
            return Some(match body_hash(own_query) {
                Some(hash) if body_hash(query).is_none() => {
                    format!("{base}{query}&{BODY_HASH}={hash}")
                }
                _ => base + query,
            });
        }
        if !self.context.trust_forwarded {
            return None;
        }
        let header = |name: &str| {
            let value = std::str::from_utf8(self.delivery.headers.get(name)?).ok()?;
            Some(value.split(',').next().unwrap_or_default().trim().to_owned())
        };
        let host = header("x-forwarded-host").or_else(|| header("host"))?;
        let scheme = header("x-forwarded-proto")?;
        Some(format!("{scheme}://{host}{}", path_of(target)))
    }

    fn path(&self) -> String {
        let url = self.url();
        let text = url.as_deref().unwrap_or(&self.delivery.target);
        path_of(split_query(text).0).to_owned()
    }

    /// The fields of a form, sorted. If the body is not a form, the query of the URL must contain its hash.
    fn form_sorted(&self) -> Result<Vec<u8>, Malformed> {
        let body = &self.delivery.body;
        if is_form(self.delivery) {
            let mut fields: Vec<_> = form_urlencoded::parse(body).collect();
            fields.sort_unstable();
            fields.dedup();
            let texts = fields.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
            return Ok(texts.collect::<Vec<_>>().concat());
        }
        let url = self.url().unwrap_or_else(|| self.delivery.target.clone());
        match body_hash(split_query(&url).1) {
            Some(hash) if hash.eq_ignore_ascii_case(&sha256_hex(body)) => Ok(Vec::new()),
            _ => Err(Malformed::Needs(format!("form, or a `{BODY_HASH}` of the body in the URL"))),
        }
    }
}

/// The parameter of the URL with the SHA-256 of a body that is not a form, for schemes that sign the fields of forms.
const BODY_HASH: &str = "bodySHA256";

/// Gives a request that is to be signed the parameter that its schemes need in the URL, unless it has it.
pub(crate) fn add_body_hash(schemes: &[Scheme], delivery: &mut Delivery) {
    let is_needed = schemes.iter().any(|scheme| scheme.signs.contains(&Part::FormSorted));
    let (_, query) = split_query(&delivery.target);
    if is_needed && !is_form(delivery) && body_hash(query).is_none() {
        let separator = if query.is_empty() { '?' } else { '&' };
        let hash = sha256_hex(&delivery.body);
        delivery.target.push_str(&format!("{separator}{BODY_HASH}={hash}"));
    }
}

/// The hash of the body that a query has.
fn body_hash(query: &str) -> Option<Cow<'_, str>> {
    let mut fields = form_urlencoded::parse(query.trim_start_matches('?').as_bytes());
    fields.find(|(name, _)| name.eq_ignore_ascii_case(BODY_HASH)).map(|(_, hash)| hash)
}

/// Whether a body is a form: by its content type, or, without a content type, because it is not JSON.
pub(crate) fn is_form(delivery: &Delivery) -> bool {
    match delivery.headers.get("content-type") {
        Some(kind) => {
            let kind = kind.split(|byte| *byte == b';').next().unwrap_or_default();
            kind.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
        }
        None => !matches!(delivery.body.trim_ascii_start().first(), None | Some(b'{' | b'[')),
    }
}

/// The text of a value as it is signed: the content of a string, any other value as written.
fn text_of<'t>(node: Node<'_, 't>) -> Option<Cow<'t, [u8]>> {
    match node.kind() {
        Kind::Null => None,
        Kind::String => node.string(),
        _ => Some(Cow::Borrowed(node.raw().as_bytes())),
    }
}

/// A URL or target before its query, and the query with its question mark.
fn split_query(text: &str) -> (&str, &str) {
    text.split_at(text.find('?').unwrap_or(text.len()))
}

/// The path of a target, which may be a whole URL.
fn path_of(target: &str) -> &str {
    match target.split_once("://") {
        Some((_, rest)) if !target.starts_with('/') => {
            rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
        }
        _ => target,
    }
}

fn sha256_hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Hash::Sha256.digest(&[bytes]))
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_is_the_public_one_with_what_it_lacks() {
        for (public, target, expected) in [
            ("https://h", "/a?b=1", "https://h/a?b=1"),
            ("https://h/", "/a?b=1", "https://h/a?b=1"),
            ("https://h/x", "/a?b=1", "https://h/x?b=1"),
            ("https://h/x/", "/", "https://h/x/"),
            ("https://h/x?y=2#f", "/a?b=1", "https://h/x?y=2"),
            ("https://h:1", "http://i/a", "https://h:1/a"),
            ("https://h/x?y=2", "/a?b=1&bodySHA256=0f", "https://h/x?y=2&bodySHA256=0f"),
            ("https://h/x?bodySHA256=1", "/a?bodySHA256=0f", "https://h/x?bodySHA256=1"),
            ("https://h/x", "/a?bodySHA256=0f", "https://h/x?bodySHA256=0f"),
        ] {
            let delivery = Delivery::post(target, bytes::Bytes::new());
            let public_url = Some(public.to_owned());
            let context = SignatureContext { public_url, ..SignatureContext::default() };
            let request = SignedRequest::new(&delivery, &context);
            assert_eq!(request.url().as_deref(), Some(expected), "{public} {target}");
        }
    }

    #[test]
    fn a_crc_is_that_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }
}
