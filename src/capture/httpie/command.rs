//! The command line of HTTPie and xh, as far as it names every part of the request.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::items::{Items, form, json};
use crate::capture::error::excerpt;
use crate::capture::exported::ExportedRequest;
use crate::capture::files::FileReader;
use crate::capture::script;
use crate::capture::url::form_encoded;
use crate::webhook::delivery::Headers;
use crate::webhook::record::Loss;

pub(super) fn is_command(text: &[u8]) -> bool {
    let mut lines = text.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    let Some(first) = lines.find(|line| !line.is_empty() && !line.starts_with(b"#")) else {
        return false;
    };
    let first = first.strip_prefix(b"$ ").unwrap_or(first).trim_ascii_start();
    let mut words = first.split(|b| matches!(b, b' ' | b'\t')).filter(|word| !word.is_empty());
    let program = words.next().unwrap_or_default();
    let pipes_in = || {
        matches!(program, b"printf" | b"echo" | b"cat")
            && text
                .split(|b| *b == b'|')
                .skip(1)
                .any(|stage| is_line_of_command(after_line_ends(stage)))
    };
    is_line_of_command(first)
        || pipes_in()
        || (script::is_script(text)
            && text.split(|b| *b == b'\n').any(|line| is_line_of_command(line.trim_ascii_start())))
}

/// A stage of a pipe without blanks and continued lines before it.
fn after_line_ends(stage: &[u8]) -> &[u8] {
    let length = stage.iter().take_while(|b| b.is_ascii_whitespace() || **b == b'\\').count();
    stage.get(length..).unwrap_or_default()
}

/// Whether a line is a command, and no prose about HTTP.
fn is_line_of_command(line: &[u8]) -> bool {
    let mut words = line.split(|b| matches!(b, b' ' | b'\t')).filter(|word| !word.is_empty());
    if !words.next().is_some_and(is_program) {
        return false;
    }
    words.take(12).any(|word| {
        let word = word.strip_prefix(b"'").or_else(|| word.strip_prefix(b"\"")).unwrap_or(word);
        METHODS.iter().any(|method| word == method.as_bytes())
            || word.starts_with(b":")
                && word.get(1).is_some_and(|b| b.is_ascii_digit() || *b == b'/')
            || [&b"http://"[..], b"https://", b"localhost", b"127.0.0.1", b"$"]
                .iter()
                .any(|p| word.starts_with(p))
    })
}

pub(super) fn is_program(word: &[u8]) -> bool {
    let name = word.rsplit(|b| *b == b'/').next().unwrap_or_default();
    matches!(name, b"http" | b"https" | b"xh" | b"xhs")
}

const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// Options without a value, and those whose value changes nothing about the request.
const FLAGS: &[&str] = &[
    "verbose",
    "headers",
    "meta",
    "body",
    "follow",
    "all",
    "quiet",
    "offline",
    "ignore-stdin",
    "check-status",
    "download",
    "continue",
    "stream",
    "chunked",
    "unsorted",
    "sorted",
    "debug",
    "traceback",
    "path-as-is",
    "ignore-netrc",
    "no-verify",
    "pretty-print",
];
const FLAGS_SHORT: &[u8] = b"vhmbFqIdcS46";
const IGNORED: &[&str] = &[
    "print",
    "pretty",
    "style",
    "format-options",
    "response-charset",
    "response-mime",
    "output",
    "verify",
    "ssl",
    "ciphers",
    "cert",
    "cert-key",
    "cert-key-pass",
    "timeout",
    "max-redirects",
    "max-headers",
    "proxy",
    "history-print",
    "resolve",
    "interface",
    "http-version",
];
const IGNORED_SHORT: &[u8] = b"pPso";

#[derive(Default)]
pub(super) struct Arguments {
    is_https: bool,
    is_xh: bool,
    is_form: bool,
    /// Whether `--json` says that the body is JSON.
    is_json: bool,
    raw: Option<Vec<u8>>,
    auth: Option<Vec<u8>>,
    is_bearer: bool,
    scheme: Option<String>,
    ignores_input: bool,
    positional: Vec<Vec<u8>>,
}

impl Arguments {
    pub(super) fn parse(words: &[Vec<u8>]) -> Result<Self, String> {
        let mut words = words.iter();
        let program = words.next().map(Vec::as_slice).unwrap_or_default();
        let name = program.rsplit(|b| *b == b'/').next().unwrap_or_default();
        let mut all = Self {
            is_https: matches!(name, b"https" | b"xhs"),
            is_xh: name.starts_with(b"xh"),
            ..Self::default()
        };
        let mut are_options = true;
        while let Some(word) = words.next() {
            match word.as_slice() {
                b"--" if are_options => are_options = false,
                [b'-', b'-', long @ ..] if are_options => {
                    let mut parts = long.splitn(2, |b| *b == b'=');
                    let name =
                        String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
                    let attached = parts.next().map(<[u8]>::to_vec);
                    let mut value = || {
                        let value = attached.clone().or_else(|| words.next().cloned());
                        value.ok_or_else(|| format!("the option {} has no value", excerpt(word)))
                    };
                    all.option(&name, &mut value)?;
                }
                [b'-', letters @ ..] if are_options && !letters.is_empty() => {
                    let mut letters = letters;
                    while let [letter, rest @ ..] = letters {
                        letters = rest;
                        let name = match letter {
                            b'f' => "form",
                            b'j' => "json",
                            b'a' => "auth",
                            b'A' => "auth-type",
                            b'I' => "ignore-stdin",
                            b'x' => "compress",
                            letter if FLAGS_SHORT.contains(letter) => continue,
                            letter if IGNORED_SHORT.contains(letter) => "print",
                            letter => return Err(unknown(&[b'-', *letter])),
                        };
                        let attached = (!rest.is_empty()).then(|| rest.to_vec());
                        let mut took = false;
                        let mut value = || {
                            took = true;
                            let value = attached.clone().or_else(|| words.next().cloned());
                            value.ok_or_else(|| {
                                format!("the option -{} has no value", char::from(*letter))
                            })
                        };
                        all.option(name, &mut value)?;
                        if took {
                            letters = &[];
                        }
                    }
                }
                other => all.positional.push(other.to_vec()),
            }
        }
        Ok(all)
    }

    fn option(
        &mut self,
        name: &str,
        value: &mut dyn FnMut() -> Result<Vec<u8>, String>,
    ) -> Result<(), String> {
        match name {
            "form" => self.is_form = true,
            "json" => self.is_json = true,
            "raw" => self.raw = Some(value()?),
            "auth" => self.auth = Some(value()?),
            "bearer" => {
                self.auth = Some(value()?);
                self.is_bearer = true;
            }
            "auth-type" => match value()?.as_slice() {
                b"basic" => {}
                b"bearer" => self.is_bearer = true,
                other => return Err(format!("the authentication {} is not known", excerpt(other))),
            },
            "default-scheme" => self.scheme = Some(String::from_utf8_lossy(&value()?).into_owned()),
            "ignore-stdin" => self.ignores_input = true,
            "multipart" => return Err("--multipart chooses a new boundary each time".to_owned()),
            "compress" => return Err("--compress changes the bytes of the body".to_owned()),
            name if FLAGS.contains(&name) => {}
            name if IGNORED.contains(&name) => drop(value()?),
            name => return Err(unknown(format!("--{name}").as_bytes())),
        }
        Ok(())
    }

    pub(super) fn request(
        self,
        input: Option<Vec<u8>>,
        files: &mut FileReader<'_, '_>,
    ) -> Result<ExportedRequest, String> {
        let mut positional = self.positional.iter().map(Vec::as_slice);
        let mut method = None;
        let mut url = positional.next().ok_or("it has no URL")?;
        if self.positional.len() > 1
            && url.iter().all(u8::is_ascii_alphabetic)
            && url != b"localhost"
        {
            method = Some(String::from_utf8_lossy(url).to_ascii_uppercase());
            url = positional.next().unwrap_or_default();
        }
        let mut items = Items::default();
        for text in positional {
            items.add(text, files)?;
        }
        let input = input.filter(|_| !self.ignores_input);
        let sources = [self.raw.is_some(), input.is_some(), items.has_data(), items.file.is_some()];
        if sources.iter().filter(|is| **is).count() > 1 {
            return Err("its body comes from more than one place".to_owned());
        }
        let has_body = sources.contains(&true);
        let mut request = ExportedRequest {
            method: Some(
                method.unwrap_or_else(|| if has_body { "POST" } else { "GET" }.to_owned()),
            ),
            url: Some(self.url(url, &items.query)?),
            ..ExportedRequest::default()
        };
        let is_file = items.file.is_some();
        let fields = std::mem::take(&mut items.fields);
        request.body = match (self.raw, input, items.file.take()) {
            (Some(raw), _, _) => raw,
            (None, Some(input), _) => input,
            (None, None, Some(file)) => file,
            (None, None, None) if self.is_form => form(&fields)?,
            (None, None, None) if fields.is_empty() => Vec::new(),
            (None, None, None) => json(&fields, self.is_xh, &mut request)?,
        };
        let mut own = Headers::default();
        if self.is_form {
            own.push("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
        } else if has_body && !is_file || self.is_json {
            own.push("Accept", "application/json, */*;q=0.5");
            own.push("Content-Type", "application/json");
        } else if is_file && !items.names("content-type") {
            // It is chosen by the name of the file.
            request.lose(Loss::Headers);
        }
        if let Some(auth) = self.auth {
            let value = match self.is_bearer {
                true => [b"Bearer ", &auth[..]].concat(),
                false => format!("Basic {}", STANDARD.encode(auth)).into_bytes(),
            };
            own.push("Authorization", value);
        }
        for (name, value) in own.iter().filter(|(name, _)| !items.names(name)) {
            request.header(name, value);
        }
        for (name, value) in items.headers {
            if let Some(value) = value {
                request.header(&name, &value);
            }
        }
        if request.headers.get("host") == Some(script::UNKNOWN_HOST.as_bytes())
            || request.url.as_deref().is_some_and(|url| url.contains(script::UNKNOWN_HOST))
        {
            let url = request.url.take().unwrap_or_default();
            let target = url.split_once(script::UNKNOWN_HOST).map(|(_, target)| target.to_owned());
            request.url = target.filter(|target| target.starts_with('/'));
        }
        Ok(request)
    }

    /// `:3000/x` and `/x` are on this machine, and the scheme may be missing.
    fn url(&self, text: &[u8], query: &[(Vec<u8>, Vec<u8>)]) -> Result<String, String> {
        let text = std::str::from_utf8(text).map_err(|_| "its URL is not UTF-8")?;
        let scheme = match &self.scheme {
            Some(scheme) => scheme,
            None if self.is_https => "https",
            None => "http",
        };
        let text = text.strip_prefix("://").unwrap_or(text);
        let mut url = match text.strip_prefix(':') {
            Some(rest) if rest.starts_with('/') || rest.is_empty() => {
                format!("{scheme}://localhost{rest}")
            }
            Some(rest) => format!("{scheme}://localhost:{rest}"),
            None if text.starts_with('/') => format!("{scheme}://localhost{text}"),
            None if text.contains("://") => text.to_owned(),
            None => format!("{scheme}://{text}"),
        };
        let mut separator = if url.contains('?') { '&' } else { '?' };
        for (name, value) in query {
            let pair = [form_encoded(name), form_encoded(value)].join(&b'=');
            url.push(std::mem::replace(&mut separator, '&'));
            url.push_str(&String::from_utf8_lossy(&pair));
        }
        Ok(url)
    }
}

fn unknown(option: &[u8]) -> String {
    format!("the option {} is not known", excerpt(option))
}
