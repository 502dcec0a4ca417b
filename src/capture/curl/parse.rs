//! The request that curl makes of a command's words: its options, the body that it joins from them, and the headers
//! that it adds by itself.

use std::fmt::Display;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::capture::error::{CaptureError, excerpt};
use crate::capture::files::{FileError, FileReader};
use crate::capture::http::validate_head;
use crate::capture::url::{self, Url};
use crate::webhook::delivery::{Delivery, Headers};

use super::write::globs;

/// What an option is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opt {
    Header,
    Data(Data),
    Method,
    Url,
    User,
    Bearer,
    Agent,
    Referer,
    Cookie,
    Get,
    Head,
    Target,
    Form,
    GlobOff,
    PathAsIs,
    /// Nothing that reaches the server's application.
    Nothing,
    /// The same, with a value.
    Ignored,
    /// It cannot be followed; why.
    Refused(&'static str),
    /// Its value is the name of a file, or holds one, and is not read; why.
    NamesFile(&'static str),
}

/// How data becomes the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Data {
    /// `-d`: a file loses its line ends.
    Ascii,
    /// `--data-raw`: never a file.
    Raw,
    /// `--data-binary`: a file as it is.
    Binary,
    /// `--data-urlencode`
    UrlEncode,
    /// `--json`
    Json,
}

/// The options that say something. A space stands for no short form.
#[rustfmt::skip]
const KNOWN: &[(u8, &str, Opt)] = &[
    (b'H', "header", Opt::Header),
    (b'd', "data", Opt::Data(Data::Ascii)),
    (b' ', "data-ascii", Opt::Data(Data::Ascii)),
    (b' ', "data-raw", Opt::Data(Data::Raw)),
    (b' ', "data-binary", Opt::Data(Data::Binary)),
    (b' ', "data-urlencode", Opt::Data(Data::UrlEncode)),
    (b' ', "json", Opt::Data(Data::Json)),
    (b'X', "request", Opt::Method),
    (b' ', "url", Opt::Url),
    (b'u', "user", Opt::User),
    (b' ', "oauth2-bearer", Opt::Bearer),
    (b'A', "user-agent", Opt::Agent),
    (b'e', "referer", Opt::Referer),
    (b'b', "cookie", Opt::Cookie),
    (b'G', "get", Opt::Get),
    (b'I', "head", Opt::Head),
    (b' ', "request-target", Opt::Target),
    (b'g', "globoff", Opt::GlobOff),
    (b' ', "path-as-is", Opt::PathAsIs),
    (b'F', "form", Opt::Form),
    (b' ', "form-string", Opt::Refused(NEW_BOUNDARY)),
    (b'T', "upload-file", Opt::NamesFile("an upload is no webhook delivery")),
    (b'K', "config", Opt::NamesFile("the file holds more options")),
    (b' ', "netrc-file", Opt::NamesFile("the file holds passwords")),
    (b'n', "netrc", Opt::Refused("it reads passwords from a file")),
    (b' ', "netrc-optional", Opt::Refused("it reads passwords from a file")),
    (b' ', "etag-compare", Opt::NamesFile("the file holds a header")),
    (b' ', "etag-save", Opt::NamesFile("curl writes it")),
    (b' ', "variable", Opt::NamesFile("a variable may be a file or of the environment")),
    (b' ', "url-query", Opt::NamesFile("write the query into the URL")),
    (b':', "next", Opt::Refused("it begins another request")),
];

const NEW_BOUNDARY: &str = "curl chooses a new boundary for a multipart form each time";

/// Flags that change how curl connects, what it prints or what it does with the response.
#[rustfmt::skip]
const NOTHING: &[&str] = &[
    "anyauth", "basic", "ca-native", "cert-status", "compressed", "compressed-ssh", "create-dirs",
    "disable", "doh-insecure", "fail", "fail-early", "fail-with-body", "http0.9", "http1.0",
    "http1.1", "http2", "http2-prior-knowledge", "http3", "http3-only", "ignore-content-length",
    "include", "insecure", "ipv4", "ipv6", "junk-session-cookies", "location", "location-trusted",
    "parallel", "parallel-immediate", "post301", "post302", "post303", "progress-bar",
    "progress-meter", "proxy-insecure", "raw", "remote-header-name", "remote-name", "remote-time",
    "remove-on-error", "retry-all-errors", "retry-connrefused", "show-error", "show-headers",
    "silent", "ssl", "ssl-no-revoke", "ssl-reqd", "sslv2", "sslv3", "styled-output",
    "suppress-connect-headers", "tcp-fastopen", "tcp-nodelay", "tlsv1", "tlsv1.0", "tlsv1.1",
    "tlsv1.2", "tlsv1.3", "trace-ids", "trace-time", "verbose", "xattr", "no-alpn", "no-buffer",
    "no-keepalive", "no-location", "no-progress-meter", "no-sessionid", "no-silent", "no-verbose",
];
const NOTHING_SHORT: &[u8] = b"#012346iJjkLNOqRSsvZfa";

/// The same with a value.
#[rustfmt::skip]
const IGNORED: &[&str] = &[
    "abstract-unix-socket", "alt-svc", "cacert", "capath", "cert", "cert-type", "ciphers",
    "connect-timeout", "connect-to", "cookie-jar", "crlfile", "curves", "dns-interface",
    "dns-ipv4-addr", "dns-ipv6-addr", "dns-servers", "doh-url", "dump-header", "expect100-timeout",
    "happy-eyeballs-timeout-ms", "hsts", "interface", "keepalive-time", "key", "key-type",
    "limit-rate", "local-port", "max-filesize", "max-redirs", "max-time", "noproxy", "output",
    "output-dir", "parallel-max", "pass", "pinnedpubkey", "preproxy", "proto", "proto-redir",
    "proxy", "proxy-user", "rate", "resolve", "retry", "retry-delay", "retry-max-time", "socks4",
    "socks4a", "socks5", "socks5-hostname", "speed-limit", "speed-time", "stderr", "tls-max",
    "tls13-ciphers", "trace", "trace-ascii", "unix-socket", "write-out",
];
const IGNORED_SHORT: &[u8] = b"cDEmowxUyY";

impl Opt {
    fn long(name: &[u8]) -> Option<Self> {
        let is = |known: &&str| known.as_bytes() == name;
        let known = KNOWN.iter().find(|(_, known, _)| is(known));
        Self::find(known, NOTHING.iter().any(is), IGNORED.iter().any(is))
    }

    fn short(letter: u8) -> Option<Self> {
        let known = KNOWN.iter().find(|(short, _, _)| *short == letter && letter != b' ');
        Self::find(known, NOTHING_SHORT.contains(&letter), IGNORED_SHORT.contains(&letter))
    }

    fn find(known: Option<&(u8, &str, Self)>, is_nothing: bool, is_ignored: bool) -> Option<Self> {
        let known = known.map(|(_, _, option)| *option);
        let nothing = is_nothing.then_some(Self::Nothing);
        known.or(nothing).or(is_ignored.then_some(Self::Ignored))
    }

    fn takes_value(self) -> bool {
        use Opt::{Get, GlobOff, Head, Nothing, PathAsIs, Refused};
        !matches!(self, Get | Head | GlobOff | PathAsIs | Nothing | Refused(_))
    }
}

/// The request that the words after `curl` make. Like curl, it takes what is no option as a URL.
///
/// # Errors
/// For an option that is not known or cannot be followed, and when a part is missing, cannot be read, or is none that a
/// request can have.
pub(super) fn request(
    words: &[Vec<u8>],
    sources: &mut Sources<'_, '_, '_>,
) -> Result<Delivery, CaptureError> {
    let mut given = Vec::new();
    let mut words = words.iter();
    let mut are_options = true;
    while let Some(word) = words.next() {
        match word.as_slice() {
            b"--" if are_options => are_options = false,
            [b'-', b'-', long @ ..] if are_options => {
                let mut parts = long.splitn(2, |b| *b == b'=');
                let option = known(Opt::long(parts.next().unwrap_or_default()), word)?;
                given.push((option, value(option, word, parts.next(), &mut words)?));
            }
            [b'-', letters @ ..] if are_options && !letters.is_empty() => {
                let mut letters = letters;
                while let [letter, rest @ ..] = letters {
                    let option = known(Opt::short(*letter), &[b'-', *letter])?;
                    letters = if option.takes_value() { &[] } else { rest };
                    let attached = (!rest.is_empty()).then_some(rest);
                    given.push((option, value(option, word, attached, &mut words)?));
                }
            }
            url => given.push((Opt::Url, url.to_vec())),
        }
    }
    let mut parts = Parts::default();
    for (option, value) in given {
        parts.take(option, value, sources)?;
    }
    let delivery = parts.delivery()?;
    validate_head(&delivery).map_err(copy_again)?;
    Ok(delivery)
}

fn known(option: Option<Opt>, word: &[u8]) -> Result<Opt, CaptureError> {
    let word = excerpt(word);
    match option {
        Some(Opt::Refused(why)) => Err(unfollowed(&word, why)),
        Some(option) => Ok(option),
        None => Err(unreadable(
            format!("the option {word} is not known"),
            "leave it out if it changes nothing about the request",
        )),
    }
}

fn unfollowed(option: &str, why: &str) -> CaptureError {
    unreadable(format!("{option} cannot be followed: {why}"), RUN_IT)
}

/// The error of an option whose file is never read.
fn unread_file(option: &str, value: &[u8], why: &str) -> CaptureError {
    let what = format!("{option} names a file, {}, which is not read: {why}", excerpt(value));
    CaptureError { is_refused: true, ..unreadable(what, RUN_IT) }
}

/// What to do about a command whose request only curl can make.
pub(super) const COPY_WHOLE: &str = "copy the whole command";

pub(super) fn unreadable(why: impl Display, hint: &'static str) -> CaptureError {
    CaptureError::new(format!("the curl command cannot be read: {why}"), hint)
}

const RUN_IT: &str = "run the command against cz-hook listen --json and read what that prints";

/// An option's value: what is attached to it, or the next word; nothing for an option that takes none.
fn value<'w>(
    option: Opt,
    word: &[u8],
    attached: Option<&[u8]>,
    words: &mut impl Iterator<Item = &'w Vec<u8>>,
) -> Result<Vec<u8>, CaptureError> {
    if !option.takes_value() {
        return Ok(Vec::new());
    }
    let value =
        attached.map(<[u8]>::to_vec).or_else(|| words.next().cloned()).ok_or_else(|| {
            unreadable(format!("the option {} has no value", excerpt(word)), COPY_WHOLE)
        })?;
    match option {
        Opt::NamesFile(why) => Err(unread_file(&excerpt(word), &value, why)),
        _ => Ok(value),
    }
}

fn copy_again(why: String) -> CaptureError {
    unreadable(why, "correct it, or copy the command again")
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
        sources: &mut Sources<'_, '_, '_>,
    ) -> Result<(), CaptureError> {
        match option {
            Opt::Header => match value.strip_prefix(b"@") {
                // A header of each line.
                Some(name) => {
                    let lines = sources.read(name)?;
                    let mut lines = lines.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
                    lines.try_for_each(|line| self.take_header(line))?;
                }
                None => self.take_header(&value)?,
            },
            Opt::Data(kind) => {
                self.is_json |= kind == Data::Json;
                sources.add(&mut self.data, kind, &value)?;
            }
            Opt::Url if self.url.is_some() => {
                return Err(unreadable(
                    format!("it has a second URL, {}", excerpt(&value)),
                    "leave one request in it; an option's value with spaces needs quotes",
                ));
            }
            Opt::Url if value.starts_with(b"@") => {
                return Err(unread_file("--url", &value, "the file holds URLs"));
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
                return Err(unread_file("-b", &value, "curl writes cookies into it"));
            }
            Opt::Cookie => {
                let cookies = self.cookie.take().into_iter().chain([value]);
                self.cookie = Some(cookies.collect::<Vec<_>>().join(&b';'));
            }
            Opt::Get => self.is_get = true,
            Opt::Head => self.is_head = true,
            Opt::GlobOff => self.are_braces_text = true,
            Opt::PathAsIs => self.are_dots_text = true,
            Opt::Form => {
                let names_file = value.windows(2).any(|pair| matches!(pair, b"=@" | b"=<"));
                return Err(match names_file {
                    true => unread_file("-F", &value, NEW_BOUNDARY),
                    false => unfollowed("-F", NEW_BOUNDARY),
                });
            }
            Opt::Nothing | Opt::Ignored | Opt::Refused(_) | Opt::NamesFile(_) => {}
        }
        Ok(())
    }

    /// `Name: value`, `Name;` for an empty value, `Name:` for none. Anything else curl does not send.
    fn take_header(&mut self, line: &[u8]) -> Result<(), CaptureError> {
        let find = |mark: u8| line.iter().position(|b| *b == mark);
        let Some((at, is_empty)) =
            find(b':').map(|at| (at, false)).or_else(|| Some((find(b';')?, true)))
        else {
            return Ok(());
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
            self.authorization.get_or_insert_with(|| basic(user.clone()));
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
        let url =
            self.url.clone().ok_or_else(|| unreadable("there is no URL in it", COPY_WHOLE))?;
        let url = text(url, "URL")?;
        let parsed = Url::parse(&url)
            .map_err(|why| copy_again(format!("its URL {}: {why}", excerpt(url.as_bytes()))))?;
        if !self.are_braces_text && globs(&parsed.target) {
            return Err(unreadable(
                "curl makes several URLs of one with brackets or braces in it",
                "add --globoff if they are meant as they stand",
            ));
        }
        Ok(parsed)
    }

    /// curl's own first, then those given, then what the data needs.
    fn headers(self, url: &Url, has_body: bool) -> Headers {
        let given = self.headers;
        let is_given = |name: &str| given.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
        let added = |(name, value): (&str, Option<Vec<u8>>)| {
            let value = value.filter(|_| !is_given(name))?;
            // White space around a value is no part of it: no receiver sees it.
            Some((name.to_owned(), value.trim_ascii().to_vec()))
        };
        let own = [
            ("Host", Some(url.host.clone().into_bytes())),
            ("Authorization", self.authorization),
            // An empty one is not sent.
            ("User-Agent", self.agent.filter(|v| !v.is_empty())),
            ("Referer", self.referer.filter(|v| !v.is_empty())),
            ("Cookie", self.cookie),
        ];
        let form = &b"application/x-www-form-urlencoded"[..];
        let json = self.is_json.then(|| b"application/json".to_vec());
        let last = [
            ("Content-Type", json.clone().or_else(|| has_body.then(|| form.to_vec()))),
            ("Accept", json),
        ];
        let own = own.into_iter().filter_map(added);
        let last = last.into_iter().filter_map(added);
        let sent = given.iter().filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
        own.chain(sent).chain(last).collect()
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
    let query = query.map_or(String::new(), |query| format!("?{query}"));
    format!("/{}{query}", kept.join("/"))
}

fn text(bytes: Vec<u8>, what: &str) -> Result<String, CaptureError> {
    String::from_utf8(bytes).map_err(|error| {
        copy_again(format!("the {what} {} is not UTF-8", excerpt(error.as_bytes())))
    })
}

/// Where data may come from, apart from the command itself.
pub(super) struct Sources<'s, 'r, 'f> {
    /// What is piped into curl, if that is known.
    pub(super) input: Option<Vec<u8>>,
    pub(super) files: &'s mut FileReader<'r, 'f>,
    /// Whether `-d` dropped line ends of a file.
    pub(super) has_dropped_line_ends: bool,
}

impl Sources<'_, '_, '_> {
    /// Adds what one data option gives.
    fn add(
        &mut self,
        body: &mut Option<Vec<u8>>,
        kind: Data,
        value: &[u8],
    ) -> Result<(), CaptureError> {
        let part = self.part(kind, value)?;
        let body = body.get_or_insert_default();
        if !body.is_empty() && kind != Data::Json {
            body.push(b'&');
        }
        body.extend_from_slice(&part);
        Ok(())
    }

    fn part(&mut self, kind: Data, value: &[u8]) -> Result<Vec<u8>, CaptureError> {
        match (kind, value.strip_prefix(b"@")) {
            (Data::Ascii, Some(name)) => {
                let mut content = self.read(name)?;
                let whole = content.len();
                content.retain(|b| !matches!(b, b'\r' | b'\n' | 0));
                self.has_dropped_line_ends |= content.len() < whole;
                Ok(content)
            }
            (Data::Binary | Data::Json, Some(name)) => self.read(name),
            (Data::UrlEncode, _) => self.url_encoded(value),
            _ => Ok(value.to_vec()),
        }
    }

    /// `content`, `=content`, `name=content`, `@file` or `name@file`; the name is sent as it is.
    fn url_encoded(&mut self, value: &[u8]) -> Result<Vec<u8>, CaptureError> {
        let find = |mark: u8| value.iter().position(|b| *b == mark);
        let Some(at) = find(b'=').or_else(|| find(b'@')) else {
            return Ok(url::form_encoded(value));
        };
        let (name, rest) = value.split_at_checked(at).unwrap_or((value, &[]));
        let content = match rest {
            [b'@', file @ ..] => self.read(file)?,
            _ => rest.get(1..).unwrap_or_default().to_vec(),
        };
        let mut part = name.to_vec();
        if !name.is_empty() {
            part.push(b'=');
        }
        part.extend_from_slice(&url::form_encoded(&content));
        Ok(part)
    }

    fn read(&mut self, name: &[u8]) -> Result<Vec<u8>, CaptureError> {
        if name == b"-" {
            return self.input.take().ok_or_else(|| {
                unreadable(
                    "the body comes from standard input, which is not in the capture",
                    "write the body into the command with --data-raw",
                )
            });
        }
        self.files.read(name).map_err(|why| match why {
            FileError::Unread(why) => unreadable(why, "check the path"),
            FileError::TooLong => unreadable(
                "the files that it names are longer than the limit",
                "--max-input SIZE reads more, or give the body's file itself, with --format body",
            ),
        })
    }
}
