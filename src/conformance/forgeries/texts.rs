//! Texts in the place of a signature: those of values that are not set, patterns that match any signature, and the
//! secret itself.

use super::super::case::Forgery;
use super::super::request_builder::{Request, RequestBuilder};
use super::Candidate;
use super::keys::{LIKELIEST, UNSET};
use crate::webhook::signature::scheme::{Algorithm, TimestampSource};

/// At most this many headers are left out, one at a time.
const MAX_HEADERS: usize = 5;

/// The texts of values that are not set, with what the scheme writes around a signature, and the likeliest without it.
/// Then deliveries without one of the other headers of the provider, and with a time that is none.
pub fn unset(builder: &RequestBuilder) -> Vec<Candidate> {
    let has_layout = builder.signing().is_some_and(|(scheme, _)| !scheme.write(b"").is_empty());
    let texts = UNSET.into_iter().enumerate().filter(|(_, text)| !text.is_empty());
    let forms = |(number, text): (usize, &'static str)| {
        let has_bare = has_layout && number < LIKELIEST;
        let bare = has_bare.then(|| written(text.to_owned(), true));
        std::iter::once(written(text.to_owned(), false)).chain(bare)
    };
    texts.flat_map(forms).chain(without_headers(builder)).chain(times(builder)).collect()
}

/// Wrongly signed deliveries without one of the headers that the provider adds.
fn without_headers(builder: &RequestBuilder) -> Vec<Candidate> {
    /// Headers that other forgeries change, or that every request has.
    const COMMON: [&str; 8] = [
        "host",
        "user-agent",
        "accept",
        "content-type",
        "content-length",
        "content-encoding",
        "connection",
        "transfer-encoding",
    ];
    let Ok(request) = builder.forged(Forgery::Secret, builder.sample_body(0)) else {
        return Vec::new();
    };
    let own = builder.signing().and_then(|(scheme, _)| scheme.header());
    let names = request.delivery.headers.iter().map(|(name, _)| name.to_ascii_lowercase());
    let is_other = |name: &String| {
        !COMMON.contains(&name.as_str())
            && Some(name.as_str()) != own
            && builder.extra().get(name).is_none()
    };
    let candidate = |name: String| {
        let what = format!("a wrong signature and no header {name}");
        Candidate::new(what, Forgery::Secret, move |builder| {
            let mut request = builder.forged(Forgery::Secret, builder.sample_body(0))?;
            request.delivery.headers.remove(&name);
            Ok(request)
        })
    };
    names.filter(is_other).take(MAX_HEADERS).map(candidate).collect()
}

/// Wrongly signed deliveries with a time that cannot be read.
fn times(builder: &RequestBuilder) -> Vec<Candidate> {
    let rule = builder.signing().and_then(|(scheme, _)| scheme.timestamp.as_ref());
    let Some(source) = rule.map(|rule| rule.source.clone()) else {
        return Vec::new();
    };
    let candidate = |text: &'static str| {
        let source = source.clone();
        let what = format!("a wrong signature and the time `{text}`");
        Candidate::new(what, Forgery::Secret, move |builder| {
            let mut request = builder.forged(Forgery::Secret, builder.sample_body(0))?;
            let delivery = &mut request.delivery;
            match &source {
                TimestampSource::Header(name) => delivery.headers.set(name, text),
                TimestampSource::Item(name) => {
                    let own = builder.signing().and_then(|(scheme, _)| scheme.header());
                    let own = own.ok_or("the signature is in the body")?;
                    let value = delivery.headers.get(own).map(String::from_utf8_lossy);
                    let value = value.ok_or("there is no signature")?.into_owned();
                    let (before, rest) = value
                        .split_once(&format!("{name}="))
                        .ok_or("the time is not written so")?;
                    let digits = |c: char| c.is_ascii_digit();
                    let rest = rest.trim_start_matches(digits);
                    delivery.headers.set(own, format!("{before}{name}={text}{rest}"));
                }
                TimestampSource::Body(_) => return Err("the time is in the body".to_owned()),
            }
            Ok(request)
        })
    };
    ["", "NaN", "-1", "99999999999999999999"].map(candidate).into()
}

/// Patterns of regular expressions, SQL and file names, and texts that loose comparisons find equal to others.
pub fn patterns(builder: &RequestBuilder) -> Vec<Candidate> {
    const FIXED: [&str; 15] = [
        ".*",
        ".+",
        "^",
        "[0-9a-f]+",
        "[A-Za-z0-9+/=]+",
        "(?s).*",
        "%",
        "*",
        "' OR '1'='1",
        "' OR 1=1 -- ",
        "{\"$ne\":null}",
        "{\"$gt\":\"\"}",
        "[]",
        "0e0",
        "\0",
    ];
    let length = builder.signing().map_or(40, |(scheme, _)| {
        scheme.format.encoding.encode(&vec![0; (*scheme.algorithm.lengths().start()).min(64)]).len()
    });
    let repeated = ["_", "?", "0"].map(|one| one.repeat(length));
    let classes = [format!("[0-9a-f]{{{length}}}"), format!(".{{{length}}}")];
    let fixed = FIXED.map(str::to_owned).into_iter();
    fixed.chain(repeated).chain(classes).map(|text| written(text, false)).collect()
}

/// The secret in the place of the signature. Only on this machine: elsewhere it would be in the logs of proxies.
pub fn secret(builder: &RequestBuilder) -> Result<Vec<Candidate>, String> {
    let (scheme, _) = builder.signing().ok_or("the provider does not sign")?;
    if scheme.algorithm == Algorithm::Token {
        return Err("the secret is what the provider sends".to_owned());
    }
    if scheme.algorithm.has_public_key() {
        return Err("the endpoint has a public key, which is no secret".to_owned());
    }
    if !builder.endpoint().is_loopback() {
        return Err("the secret is sent only to an endpoint on this machine".to_owned());
    }
    let with = |is_bare: bool, is_shown: bool| {
        move |builder: &RequestBuilder| {
            let (_, secret) = builder.signing().ok_or("the provider does not sign")?;
            let text = match is_shown {
                true => "SECRET",
                false => std::str::from_utf8(secret.expose())
                    .ok()
                    .filter(|text| !text.contains(char::is_control))
                    .ok_or("the secret cannot be in a header")?,
            };
            text_placed(builder, text, is_bare)
        }
    };
    let candidate = |is_bare| {
        let candidate = Candidate::new("the secret itself", Forgery::Secret, with(is_bare, false));
        Candidate { shown: Some(Box::new(with(is_bare, true))), ..candidate }
    };
    let has_prefix = !scheme.write(b"").is_empty();
    Ok(std::iter::once(true).chain(has_prefix.then_some(false)).map(candidate).collect())
}

pub fn written(text: String, is_bare: bool) -> Candidate {
    let what = format!("the signature `{}`", text.escape_default());
    Candidate::new(what, Forgery::Secret, move |builder| text_placed(builder, &text, is_bare))
}

/// A delivery with a text as its signature, without the other parts of a signature when it is bare.
fn text_placed(builder: &RequestBuilder, text: &str, is_bare: bool) -> Result<Request, String> {
    let signing = builder.sign(builder.sample_body(0))?;
    let body = signing.request().body.clone();
    let right = signing.signature().map_err(|why| why.to_string())?;
    let value = if is_bare { text.to_owned() } else { signing.write_text(text) };
    match value == signing.write(&right) {
        true => Err("this is the correct signature".to_owned()),
        false => builder.placed(&signing, body, &[value]),
    }
}
