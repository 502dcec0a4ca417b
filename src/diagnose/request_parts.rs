//! What a signer may have taken for the method, the URL, the path, the form or the time of a request.

use std::sync::Arc;

use jiff::Timestamp;

use crate::webhook::signature::request::SignedRequest;
use crate::webhook::signature::scheme::Part;

use super::cause::{COMMON, Cause, RARE};
use super::form;

const URL: &str = "request.url";

/// The longest form that is written in other ways, in bytes.
const MAX_FORM: usize = 32 << 10;

/// The longest URL that is changed, in bytes.
const MAX_URL: usize = 4096;

/// Bytes that are signed in addition to the body, with their name in formulas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// Shared: a form may be long, and is a part of hundreds of recipes.
    pub bytes: Arc<[u8]>,
    pub formula: String,
}

/// Other values of a signed part, each with how it differs, the likeliest first.
pub fn alternatives(
    part: &Part,
    own: &Fixed,
    is_time: bool,
    request: &SignedRequest<'_>,
) -> Vec<(Vec<u8>, Vec<Cause>)> {
    let mut all = match part {
        Part::Url => urls(own, request),
        Part::Path => paths(own, request),
        Part::Method => methods(own),
        Part::FormSorted => forms(&request.delivery.body),
        _ if is_time => times(own),
        _ => Vec::new(),
    };
    all.retain(|(bytes, _)| **bytes != *own.bytes);
    all
}

type Alternative = (Vec<u8>, Vec<Cause>);

fn methods(own: &Fixed) -> Vec<Alternative> {
    let lower = own.bytes.to_ascii_lowercase();
    let all = [&b"POST"[..], b"GET", b"PUT", b"PATCH", b"post", b"Post", b"get", &lower, b""];
    all.iter()
        .map(|method| {
            let says = match method.is_empty() {
                true => "an empty text".to_owned(),
                false => format!("`{}`", String::from_utf8_lossy(method)),
            };
            (method.to_vec(), vec![Cause::with("request.method", says)])
        })
        .collect()
}

fn text(own: &Fixed) -> Option<&str> {
    std::str::from_utf8(&own.bytes).ok().filter(|text| text.len() <= MAX_URL)
}

fn paths(own: &Fixed, request: &SignedRequest<'_>) -> Vec<Alternative> {
    let Some(path) = text(own) else {
        return Vec::new();
    };
    let target = &request.delivery.target;
    let query = target.find('?').and_then(|at| target.get(at..)).unwrap_or_default();
    let cause = |says: &str| vec![Cause::with("request.path", says)];
    let slash = match path.ends_with('/') {
        true => "without the slash at its end",
        false => "with a slash at its end",
    };
    let mut all = vec![
        (slashed(path), cause(slash)),
        (format!("{path}{query}"), cause("with its query")),
        (target.split('?').next().unwrap_or_default().to_owned(), cause("as it was received")),
        (target.clone(), cause("with the query, as they were received")),
        (decoded(path), cause("decoded from URL encoding")),
        (path.trim_start_matches('/').to_owned(), cause("without the slash at its start")),
        (String::new(), cause("as an empty text")),
        ("/".to_owned(), cause("as `/`")),
    ];
    for (at, _) in path.match_indices('/').skip(1).take(4) {
        let rest = path.get(at..).unwrap_or_default().to_owned();
        all.push((rest, cause("without its first segments")));
    }
    all.into_iter().map(|(path, causes)| (path.into_bytes(), causes)).collect()
}

/// With a slash at the end, or without it.
fn slashed(path: &str) -> String {
    match path.strip_suffix('/') {
        Some(bare) => bare.to_owned(),
        None => format!("{path}/"),
    }
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// A URL in pieces, which together are the URL.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Url {
    /// Such as `https://`.
    scheme: String,
    host: String,
    /// Such as `:443`, or nothing.
    port: String,
    path: String,
    /// Such as `?a=1`, or nothing.
    query: String,
}

impl Url {
    fn parse(text: &str) -> Option<Self> {
        let at = text.find("://")? + 3;
        let (scheme, rest) = text.split_at_checked(at)?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(end)?;
        let (path, query) = rest.split_at_checked(rest.find('?').unwrap_or(rest.len()))?;
        let port = authority
            .rfind(':')
            .filter(|at| !authority.get(*at..).is_some_and(|p| p.contains(']')));
        let (host, port) = authority.split_at_checked(port.unwrap_or(authority.len()))?;
        let [scheme, host, port, path, query] =
            [scheme, host, port, path, query].map(str::to_owned);
        Some(Self { scheme, host, port, path, query })
    }

    fn write(&self) -> String {
        let Self { scheme, host, port, path, query } = self;
        format!("{scheme}{host}{port}{path}{query}")
    }

    /// Every single change, with its cause.
    fn changes(&self, request: &SignedRequest<'_>) -> Vec<(Self, Cause)> {
        let delivery = request.delivery;
        let mut all: Vec<(Self, Cause)> = Vec::new();
        let mut add = |one: Self, says: &str, weight: usize| {
            if one != *self {
                all.push((one, Cause::with(URL, says).weighing(weight)));
            }
        };
        let of = |scheme: &str| Self { scheme: scheme.to_owned(), ..self.clone() };
        add(of("http://"), "with `http` instead of `https`", COMMON);
        add(of("https://"), "with `https` instead of `http`", COMMON);
        let path = |path: String| Self { path, ..self.clone() };
        let says = if self.path.ends_with('/') {
            "without the slash at the end of its path"
        } else {
            "with a slash at the end of its path"
        };
        add(path(slashed(&self.path)), says, COMMON);
        let port = |port: &str| Self { port: port.to_owned(), ..self.clone() };
        add(port(""), "without its port", COMMON);
        for (number, says) in [
            (":443", "with the port 443"),
            (":80", "with the port 80"),
            (":8080", "with the port 8080"),
            (":3000", "with the port 3000"),
            (":8000", "with the port 8000"),
            (":5000", "with the port 5000"),
        ] {
            let is_default = number == ":443" && self.scheme == "https://"
                || number == ":80" && self.scheme == "http://";
            add(port(number), says, if is_default { COMMON } else { RARE });
        }
        let query = |query: String| Self { query, ..self.clone() };
        add(query(String::new()), "without its query", COMMON);
        if self.query.is_empty() {
            add(query("?".to_owned()), "with a question mark at its end", RARE);
        }
        let pairs = self.query.trim_start_matches('?');
        if pairs.contains('&') {
            let mut sorted: Vec<_> = pairs.split('&').collect();
            sorted.sort_unstable();
            add(query(format!("?{}", sorted.join("&"))), "with its query sorted", COMMON);
            sorted.reverse();
            add(query(format!("?{}", sorted.join("&"))), "with its query sorted backwards", RARE);
            let reversed: Vec<_> = pairs.rsplit('&').collect();
            add(query(format!("?{}", reversed.join("&"))), "with its query in another order", RARE);
        }
        for dialect in form::DIALECTS.iter().take(6) {
            let rewritten = form::rewritten(pairs.as_bytes(), dialect)
                .and_then(|text| String::from_utf8(text).ok());
            if let Some(text) = rewritten {
                add(query(format!("?{text}")), "with its query encoded in another way", RARE);
            }
        }
        add(query(decoded(&self.query)), "with its query decoded", RARE);
        add(path(decoded(&self.path)), "with its path decoded", RARE);
        // What the request itself says of where it was sent.
        let target = &delivery.target;
        let (seen, own_query) = target
            .split_at_checked(target.find('?').unwrap_or(target.len()))
            .unwrap_or((target, ""));
        if seen.starts_with('/') {
            add(path(seen.to_owned()), "with the path as it was received", COMMON);
            add(query(own_query.to_owned()), "with the query as it was received", COMMON);
        }
        for (at, _) in self.path.match_indices('/').skip(1).take(3) {
            let rest = self.path.get(at..).unwrap_or_default().to_owned();
            add(path(rest), "without the first segments of its path", RARE);
        }
        for name in ["host", "x-forwarded-host", "x-original-host"] {
            let value =
                delivery.headers.get(name).and_then(|value| std::str::from_utf8(value).ok());
            if let Some(authority) = value.filter(|value| value.len() <= 255) {
                let (host, port) = authority
                    .split_at_checked(authority.rfind(':').unwrap_or(authority.len()))
                    .unwrap_or((authority, ""));
                let one = Self { host: host.to_owned(), port: port.to_owned(), ..self.clone() };
                add(one, &format!("with the host of the header `{name}`"), COMMON);
            }
        }
        let host = |host: String| Self { host, ..self.clone() };
        match self.host.strip_prefix("www.") {
            Some(bare) => add(host(bare.to_owned()), "without `www.`", RARE),
            None => add(host(format!("www.{}", self.host)), "with `www.`", RARE),
        }
        add(host(self.host.to_ascii_lowercase()), "with its host in lowercase", RARE);
        for local in ["localhost", "127.0.0.1"] {
            add(host(local.to_owned()), &format!("with the host `{local}`"), RARE);
        }
        all
    }
}

/// The most changes that are combined with each other.
const MAX_PAIRED: usize = 16;

fn urls(own: &Fixed, request: &SignedRequest<'_>) -> Vec<Alternative> {
    let Some(url) = text(own).and_then(Url::parse) else {
        return Vec::new();
    };
    let changes = url.changes(request);
    let mut all: Vec<(String, Vec<Cause>)> =
        changes.iter().map(|(url, cause)| (url.write(), vec![cause.clone()])).collect();
    let Url { scheme, host, port, path, query } = &url;
    let cause = |says: &str| vec![Cause::with(URL, says)];
    all.extend([
        (format!("{path}{query}"), cause("without its host: the path and the query alone")),
        (path.clone(), cause("without host and query: the path alone")),
        (format!("{host}{port}{path}{query}"), cause("without its scheme")),
        (format!("{scheme}{host}{port}"), cause("without path and query")),
        (request.delivery.target.clone(), cause("as it is in the request line")),
        (String::new(), cause("as an empty text")),
    ]);
    for (one, first) in changes.iter().take(MAX_PAIRED) {
        let both = one.changes(request).into_iter().take(MAX_PAIRED);
        all.extend(both.map(|(url, second)| (url.write(), vec![first.clone(), second])));
    }
    all.into_iter().map(|(url, causes)| (url.into_bytes(), causes)).collect()
}

fn forms(body: &[u8]) -> Vec<Alternative> {
    if body.len() > MAX_FORM {
        return Vec::new();
    }
    let cause = |says: &str, weight| vec![Cause::with("request.form", says).weighing(weight)];
    let mut all = vec![
        (Vec::new(), cause("as an empty text", COMMON)),
        (body.to_vec(), cause("as it was sent, not as its sorted fields", COMMON)),
    ];
    let pairs: Vec<_> = url::form_urlencoded::parse(body).take(512).collect();
    let join = |pairs: &[(std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)],
                between: [&str; 2]| {
        let texts = pairs.iter().map(|(name, value)| format!("{name}{}{value}", between[0]));
        texts.collect::<Vec<_>>().join(between[1]).into_bytes()
    };
    let mut sorted = pairs.clone();
    sorted.sort();
    let mut folded = pairs.clone();
    folded.sort_by_cached_key(|(name, _)| name.to_lowercase());
    let values = pairs.iter().map(|(_, value)| value.as_bytes()).collect::<Vec<_>>().concat();
    all.extend([
        (
            join(&pairs, ["", ""]),
            cause("with its fields in the order in which they were sent", COMMON),
        ),
        (join(&folded, ["", ""]), cause("with its fields sorted regardless of case", COMMON)),
        (join(&sorted, ["", ""]), cause("with its fields sorted, repeated ones kept", RARE)),
        (join(&sorted, ["=", "&"]), cause("with `=` and `&` between its fields", COMMON)),
        (join(&sorted, ["=", ""]), cause("with `=` between names and values", RARE)),
        (values, cause("without the names of its fields", RARE)),
    ]);
    for dialect in form::DIALECTS.iter().filter(|dialect| dialect.is_sorted()) {
        let rewritten = form::rewritten(body, dialect).unwrap_or_default();
        all.push((rewritten, cause("sorted and encoded again", RARE)));
    }
    // Values whose fields are empty are left out, or their white space.
    let mut filled = sorted.clone();
    filled.retain(|(_, value)| !value.is_empty());
    all.push((join(&filled, ["", ""]), cause("without its empty fields", COMMON)));
    let trimmed: Vec<_> =
        sorted.iter().map(|(name, value)| (name.clone(), value.trim().to_owned().into())).collect();
    all.push((join(&trimmed, ["", ""]), cause("with its values trimmed", RARE)));
    all
}

/// Other ways to write a time.
fn times(own: &Fixed) -> Vec<Alternative> {
    let Some(text) = text(own).map(str::trim).filter(|text| text.len() <= 40) else {
        return Vec::new();
    };
    let cause = |says: &str| vec![Cause::with("request.time", says)];
    let mut all = vec![(String::new(), cause("an empty text"))];
    let whole = text.split('.').next().unwrap_or_default();
    let is_number = !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit());
    if is_number {
        all.extend([
            (whole.to_owned(), cause("whole seconds")),
            (
                format!("{text}.0"),
                cause("a number with `.0` at its end, as a floating-point number is written"),
            ),
            (format!("{whole}000"), cause("milliseconds")),
            (format!("{whole}000.0"), cause("milliseconds with `.0` at their end")),
            (format!("{whole}000000"), cause("microseconds")),
            (format!("{whole}000000000"), cause("nanoseconds")),
        ]);
        if let Some(seconds) =
            whole.get(..whole.len().saturating_sub(3)).filter(|text| text.len() >= 9)
        {
            all.push((seconds.to_owned(), cause("seconds, but the request has milliseconds")));
            let fraction = whole.get(whole.len() - 3..).unwrap_or_default();
            all.push((format!("{seconds}.{fraction}"), cause("seconds with a fraction")));
        }
        if let Some(at) =
            whole.parse::<i64>().ok().and_then(|seconds| Timestamp::from_second(seconds).ok())
        {
            let says = "a date and a time, as text";
            all.push((format!("{at:.0}"), cause(says)));
            all.push((format!("{at:.3}"), cause(says)));
            let offset = format!("{at:.0}").replace('Z', "+00:00");
            all.push((offset, cause(says)));
        }
    } else if let Ok(at) = text.parse::<Timestamp>() {
        all.push((at.as_second().to_string(), cause("seconds")));
        all.push((at.as_millisecond().to_string(), cause("milliseconds")));
        all.push((format!("{at:.0}"), cause("a date and a time without a fraction")));
        all.push((format!("{at:.3}"), cause("a date and a time with milliseconds")));
    }
    all.into_iter().map(|(text, causes)| (text.into_bytes(), causes)).collect()
}
