//! curl's options, as far as they say something about the request or are known to say nothing about it.
//! Any other is an error: an option that is silently ignored would make another request.

use super::super::shown::shown;
use super::CaptureError;

/// What an option is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opt {
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
    GlobOff,
    PathAsIs,
    /// Nothing that reaches the server's application.
    Nothing,
    /// The same, with a value.
    Ignored,
    /// It cannot be followed; why.
    Refused(&'static str),
}

/// How data becomes the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Data {
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

/// An option as it was given.
#[derive(Debug)]
pub(super) struct Given {
    pub option: Opt,
    /// Empty for an option without one.
    pub value: Vec<u8>,
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
    (b'F', "form", Opt::Refused("curl makes a multipart form's boundary anew each time")),
    (b' ', "form-string", Opt::Refused("curl makes a multipart form's boundary anew each time")),
    (b'T', "upload-file", Opt::Refused("an upload is no webhook delivery")),
    (b'K', "config", Opt::Refused("its file holds more options")),
    (b':', "next", Opt::Refused("it begins another request")),
];

/// Flags that change how curl connects, what it prints or what it does with the answer.
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
        if let Some((_, _, option)) = KNOWN.iter().find(|(_, known, _)| is(known)) {
            return Some(*option);
        }
        let nothing = NOTHING.iter().any(is).then_some(Self::Nothing);
        nothing.or_else(|| IGNORED.iter().any(is).then_some(Self::Ignored))
    }

    fn short(letter: u8) -> Option<Self> {
        if letter == b' ' {
            return None;
        }
        if let Some((_, _, option)) = KNOWN.iter().find(|(short, _, _)| *short == letter) {
            return Some(*option);
        }
        let nothing = NOTHING_SHORT.contains(&letter).then_some(Self::Nothing);
        nothing.or_else(|| IGNORED_SHORT.contains(&letter).then_some(Self::Ignored))
    }

    fn takes_value(self) -> bool {
        !matches!(
            self,
            Self::Get
                | Self::Head
                | Self::GlobOff
                | Self::PathAsIs
                | Self::Nothing
                | Self::Refused(_)
        )
    }
}

/// Reads the words behind `curl`. Like curl, it takes what is no option as a URL.
///
/// # Errors
/// For an option that is not known or cannot be followed, and for a missing value.
pub(super) fn parse(words: &[Vec<u8>]) -> Result<Vec<Given>, CaptureError> {
    let mut given = Vec::new();
    let mut words = words.iter();
    let mut are_options = true;
    while let Some(word) = words.next() {
        match word.as_slice() {
            b"--" if are_options => are_options = false,
            [b'-', b'-', long @ ..] if are_options => {
                let (name, attached) = match long.iter().position(|b| *b == b'=') {
                    Some(at) => (long.get(..at), long.get(at + 1..)),
                    None => (Some(long), None),
                };
                let option = known(Opt::long(name.unwrap_or_default()), word)?;
                given.push(valued(option, word, attached, &mut words)?);
            }
            [b'-', letters @ ..] if are_options && !letters.is_empty() => {
                let mut letters = letters;
                while let [letter, rest @ ..] = letters {
                    let option = known(Opt::short(*letter), &[b'-', *letter])?;
                    letters = if option.takes_value() { &[] } else { rest };
                    let attached = (!rest.is_empty()).then_some(rest);
                    given.push(valued(option, word, attached, &mut words)?);
                }
            }
            url => given.push(Given {
                option: Opt::Url,
                value: url.to_vec(),
            }),
        }
    }
    Ok(given)
}

fn known(option: Option<Opt>, word: &[u8]) -> Result<Opt, CaptureError> {
    match option {
        Some(Opt::Refused(why)) => Err(CaptureError::curl(
            format!("{} cannot be followed: {why}", shown(word)),
            RUN_IT,
        )),
        Some(option) => Ok(option),
        None => Err(CaptureError::curl(
            format!("the option {} is not known", shown(word)),
            "leave it out if it changes nothing about the request",
        )),
    }
}

/// What to do about a command whose request only curl can make.
pub(super) const RUN_IT: &str =
    "run the command against cz-hook listen --json and read what that prints";

fn valued<'w>(
    option: Opt,
    word: &[u8],
    attached: Option<&[u8]>,
    words: &mut impl Iterator<Item = &'w Vec<u8>>,
) -> Result<Given, CaptureError> {
    let value = match attached {
        _ if !option.takes_value() => Vec::new(),
        Some(attached) => attached.to_vec(),
        None => words.next().cloned().ok_or_else(|| {
            let what = format!("the option {} has no value", shown(word));
            CaptureError::curl(what, "copy the whole command")
        })?,
    };
    Ok(Given { option, value })
}
