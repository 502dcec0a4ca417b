//! The request that curl makes of its options: which headers it adds by itself, where, and when it lets
//! them be.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::webhook::delivery::{Delivery, Headers};

use super::super::shown::shown;
use super::super::url::Url;
use super::super::{CaptureError, sendable};
use super::data::{Files, Sources};
use super::habits;
use super::options::{Data, Given, Opt, RUN_IT};

/// Builds the request.
///
/// # Errors
/// When a part is missing, cannot be read, or is none that a request can have.
pub(super) fn build(
    given: Vec<Given>,
    input: Option<Vec<u8>>,
    file: &mut Files<'_>,
    room: &mut usize,
) -> Result<Delivery, CaptureError> {
    let mut parts = Parts::default();
    let mut sources = Sources { input, file, room };
    for Given { option, value } in given {
        parts.take(option, value, &mut sources)?;
    }
    let delivery = parts.delivery()?;
    sendable::check(&delivery).map_err(copy_again)?;
    Ok(delivery)
}

fn copy_again(why: String) -> CaptureError {
    CaptureError::curl(why, "correct it, or copy the command again")
}

#[derive(Default)]
struct Parts {
    url: Option<Vec<u8>>,
    method: Option<Vec<u8>>,
    target: Option<Vec<u8>>,
    data: Option<Vec<u8>>,
    /// Those of `-H`; one without a value is not sent, and neither is curl's own of that name.
    headers: Vec<(String, Option<Vec<u8>>)>,
    authorization: Option<Vec<u8>>,
    agent: Option<Vec<u8>>,
    referer: Option<Vec<u8>>,
    cookie: Option<Vec<u8>>,
    is_get: bool,
    is_head: bool,
    is_json: bool,
    /// `--globoff`
    are_braces_text: bool,
    /// `--path-as-is`
    are_dots_text: bool,
}

impl Parts {
    fn take(
        &mut self,
        option: Opt,
        value: Vec<u8>,
        sources: &mut Sources<'_, '_>,
    ) -> Result<(), CaptureError> {
        match option {
            Opt::Header => self.take_header(&value)?,
            Opt::Data(kind) => {
                self.is_json |= kind == Data::Json;
                sources.add(&mut self.data, kind, &value)?;
            }
            Opt::Url if self.url.is_some() => {
                return Err(CaptureError::curl(
                    format!("it has a second URL, {}", shown(&value)),
                    "leave one request in it; an option's value with spaces needs quotes",
                ));
            }
            Opt::Url => self.url = Some(value),
            Opt::Method => self.method = Some(value),
            Opt::Target => self.target = Some(value),
            Opt::User => self.authorization = Some(basic(value)),
            Opt::Bearer => self.authorization = Some([b"Bearer ", &value[..]].concat()),
            Opt::Agent => self.agent = Some(value),
            Opt::Referer => {
                let own = value.strip_suffix(b";auto").unwrap_or(&value);
                self.referer = Some(own.to_vec());
            }
            Opt::Cookie if !value.contains(&b'=') => {
                let what = format!("the cookies of the file {} are not read", shown(&value));
                return Err(CaptureError::curl(what, RUN_IT));
            }
            Opt::Cookie => {
                let before = self
                    .cookie
                    .take()
                    .map(|before| [&before[..], b";"].concat());
                self.cookie = Some([before.unwrap_or_default(), value].concat());
            }
            Opt::Get => self.is_get = true,
            Opt::Head => self.is_head = true,
            Opt::GlobOff => self.are_braces_text = true,
            Opt::PathAsIs => self.are_dots_text = true,
            Opt::Nothing | Opt::Ignored | Opt::Refused(_) => {}
        }
        Ok(())
    }

    /// `Name: value`, `Name;` for an empty value, `Name:` for none. Anything else curl does not send.
    fn take_header(&mut self, line: &[u8]) -> Result<(), CaptureError> {
        if line.starts_with(b"@") {
            let what = format!("the headers of the file {} are not read", shown(line));
            return Err(CaptureError::curl(what, "write them into the command"));
        }
        let is_mark = |mark: u8| move |b: &u8| *b == mark;
        let colon = line.iter().position(is_mark(b':'));
        let (at, is_empty) = match (colon, line.iter().position(is_mark(b';'))) {
            (Some(at), _) => (at, false),
            (None, Some(at)) => (at, true),
            (None, None) => return Ok(()),
        };
        let name = line.get(..at).unwrap_or_default();
        let value = line.get(at + 1..).unwrap_or_default().trim_ascii();
        if name.is_empty() || (is_empty && !value.is_empty()) {
            return Ok(());
        }
        let name = text(name.to_vec(), "header name")?;
        let value = (is_empty || !value.is_empty()).then(|| value.to_vec());
        self.headers.push((name, value));
        Ok(())
    }

    fn delivery(mut self) -> Result<Delivery, CaptureError> {
        let url = self.url()?;
        if let Some(user) = &url.user {
            self.authorization
                .get_or_insert_with(|| basic(user.clone()));
        }
        let mut target = match self.target.take() {
            Some(target) => text(target, "request target")?,
            None if self.are_dots_text => url.target.clone(),
            None => without_dots(&url),
        };
        let mut body = self.data.take();
        let method = match (&self.method, self.is_head, &body) {
            (Some(method), _, _) => text(method.clone(), "request method")?,
            (None, true, _) => "HEAD".to_owned(),
            (None, false, Some(_)) if !self.is_get => "POST".to_owned(),
            _ => "GET".to_owned(),
        };
        if let Some(query) = body.take_if(|_| self.is_get) {
            target.push(if target.contains('?') { '&' } else { '?' });
            let query = text(query, "query")?;
            target.push_str(query.split('#').next().unwrap_or_default());
        }
        Ok(Delivery {
            method,
            target,
            headers: self.headers(&url, body.is_some()),
            body: body.unwrap_or_default().into(),
            received_at: None,
            peer: None,
        })
    }

    fn url(&self) -> Result<Url, CaptureError> {
        let missing = || CaptureError::curl("there is no URL in it", "copy the whole command");
        let url = text(self.url.clone().ok_or_else(missing)?, "URL")?;
        let parsed = Url::parse(&url)
            .map_err(|why| copy_again(format!("its URL {}: {why}", shown(url.as_bytes()))))?;
        if !self.are_braces_text && habits::globs(&parsed.target) {
            return Err(CaptureError::curl(
                "curl makes several URLs of one with brackets or braces in it",
                "add --globoff if they are meant as they stand",
            ));
        }
        Ok(parsed)
    }

    /// curl's own first, then those given, then what the data needs.
    fn headers(self, url: &Url, has_body: bool) -> Headers {
        let given = &self.headers;
        let is_given = |name: &str| given.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
        let own = [
            ("Host", Some(url.host.clone().into_bytes())),
            ("Authorization", self.authorization),
            // An empty one is not sent.
            ("User-Agent", self.agent.filter(|v| !v.is_empty())),
            ("Referer", self.referer.filter(|v| !v.is_empty())),
            ("Cookie", self.cookie),
        ];
        const FORM: &str = "application/x-www-form-urlencoded";
        const JSON: &str = "application/json";
        let last = [
            ("Content-Type", self.is_json.then_some(JSON)),
            ("Accept", self.is_json.then_some(JSON)),
            ("Content-Type", (has_body && !self.is_json).then_some(FORM)),
        ];
        let own = own.into_iter().filter(|(name, _)| !is_given(name));
        // White space around a value is no part of it: nobody who receives it would see any.
        let own =
            own.filter_map(|(name, value)| Some((name.to_owned(), value?.trim_ascii().to_vec())));
        let last = last.into_iter().filter(|(name, _)| !is_given(name));
        let last = last.filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
        let given = given.iter();
        let given = given.filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
        own.chain(given).chain(last).collect()
    }
}

fn basic(mut user: Vec<u8>) -> Vec<u8> {
    if !user.contains(&b':') {
        user.push(b':');
    }
    format!("Basic {}", STANDARD.encode(user)).into_bytes()
}

/// The target without the `.` and `..` in its path, which curl takes out.
fn without_dots(url: &Url) -> String {
    let (path, query) = url.path_and_query();
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        if segment == ".." {
            kept.pop();
        }
        match segment {
            // At the end they leave a directory.
            "." | ".." if segments.peek().is_none() => kept.push(""),
            "." | ".." => {}
            other => kept.push(other),
        }
    }
    let path = kept.join("/");
    match query {
        Some(query) => format!("/{path}?{query}"),
        None => format!("/{path}"),
    }
}

fn text(bytes: Vec<u8>, what: &str) -> Result<String, CaptureError> {
    String::from_utf8(bytes).map_err(|error| {
        let bytes = shown(error.as_bytes());
        copy_again(format!("the {what} {bytes} is not UTF-8"))
    })
}
