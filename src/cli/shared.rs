//! Groups of arguments that several commands have, and the parsers of values, with errors that say what was expected.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use crate::capture::journal::Keep;
use crate::commands::listen::FixedResponse;
use crate::commands::send::ExpectedStatus;
use crate::commands::verify::JudgedAt;
use crate::commands::{ContextOptions, InputOptions, SampleOptions, SigningOptions};
use crate::config::{SecretOptions, VerifyToken};
use crate::diagnose::Effort;
use crate::http::Transport;
use crate::output::reports::{FORMATS, Format};
use crate::webhook::payload::set::Assignment;

pub use crate::config::file::{duration, header};

/// The body that `sign` and `send` work on: a provider's sample, changed or not, or a file's bytes.
#[derive(Debug, Args)]
pub struct SampleArgs {
    /// The event, such as lead.submit; `cz-hook events` lists them
    pub event: Option<String>,
    /// The provider whose samples and signature to use [default: chatzuri]
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,
    /// The channel, for events that have several
    #[arg(long)]
    pub channel: Option<String>,
    /// Change a field of the sample: PATH=VALUE, or PATH:=JSON; repeatable
    #[arg(long, value_name = "PATH=VALUE", value_parser = assignment)]
    pub set: Vec<Assignment>,
    /// Let --set add fields that the sample does not have
    #[arg(long, requires = "set")]
    pub add: bool,
    /// Use the bytes of this file (`-`: standard input) as the body, unchanged
    #[arg(long, value_name = "FILE", conflicts_with_all = ["set", "add"])]
    pub body: Option<PathBuf>,
    /// Use this text as the body, unchanged; `@FILE` and `@-` are like --body
    #[arg(short, long, value_name = "TEXT|@FILE", value_hint = clap::ValueHint::Other, allow_hyphen_values = true, conflicts_with_all = ["body", "set", "add"])]
    pub data: Option<OsString>,
    /// The maximum size of that file: 65536, 512KiB, 1GiB
    #[arg(long, value_name = "SIZE", default_value = "256MiB", value_parser = input_size, requires = "body")]
    pub max_input: usize,
}

impl SampleArgs {
    pub(crate) fn options(self) -> SampleOptions {
        let (mut body, mut data) = (self.body, None);
        if let Some(text) = self.data {
            match text.to_str().and_then(|text| text.strip_prefix('@')) {
                Some(file) => body = Some(file.into()),
                None => data = Some(text.into_encoded_bytes()),
            }
        }
        SampleOptions {
            event: self.event,
            provider: self.provider,
            channel: self.channel,
            body,
            data,
            max_input: self.max_input,
            set: self.set,
            add: self.add,
        }
    }
}

/// How to read a capture.
#[derive(Clone, Copy, Debug, Args)]
pub struct InputArgs {
    /// Read the files that a curl command names, if they are in the capture's own folder
    #[arg(long)]
    pub allow_files: bool,
    /// The maximum size of a body, of a capture, or of a line of NDJSON: 65536, 512KiB, 1GiB
    #[arg(long, value_name = "SIZE", default_value = "256MiB", value_parser = input_size)]
    pub max_input: usize,
}

impl InputArgs {
    pub(crate) fn options(self) -> InputOptions {
        InputOptions { max: self.max_input, allow_files: self.allow_files }
    }
}

/// One secret, for commands that sign.
#[derive(Debug, Args)]
pub struct SecretArg {
    /// The signing secret. CZ_HOOK_SECRET or a file is safer: other users can see a command line
    #[arg(long, value_name = "SECRET", value_hint = clap::ValueHint::Other, allow_hyphen_values = true, conflicts_with = "secret_file")]
    pub secret: Option<OsString>,
    /// Read the signing secret from a file, without its final newline
    #[arg(long, value_name = "PATH")]
    pub secret_file: Option<PathBuf>,
}

impl SecretArg {
    pub(crate) fn options(self) -> SecretOptions {
        SecretOptions {
            values: Vec::from_iter(self.secret),
            files: Vec::from_iter(self.secret_file),
        }
    }
}

/// Any number of secrets, for commands that verify.
#[derive(Debug, Args)]
pub struct SecretsArg {
    /// A signing secret; repeatable, for key rotation. CZ_HOOK_SECRET or a file is safer
    #[arg(long, value_name = "SECRET", value_hint = clap::ValueHint::Other, allow_hyphen_values = true)]
    pub secret: Vec<OsString>,
    /// Read a signing secret from a file, without its final newline; repeatable
    #[arg(long, value_name = "PATH")]
    pub secret_file: Vec<PathBuf>,
}

impl SecretsArg {
    pub(crate) fn options(self) -> SecretOptions {
        SecretOptions { values: self.secret, files: self.secret_file }
    }
}

/// The verify token of handshakes.
#[derive(Debug, Args)]
pub struct VerifyTokenArg {
    /// The verify token of the provider's handshake, such as Meta's [env: CZ_HOOK_VERIFY_TOKEN]
    #[arg(long, value_name = "TOKEN", value_hint = clap::ValueHint::Other, allow_hyphen_values = true, value_parser = verify_token)]
    pub verify_token: Option<VerifyToken>,
}

/// What signatures depend on besides requests and secrets.
#[derive(Debug, Args)]
#[command(next_help_heading = "Signature")]
pub struct ContextArgs {
    /// The URL that the provider sends to, for providers that sign it [default: the profile's]
    #[arg(long, value_name = "URL", value_parser = public_url, value_hint = clap::ValueHint::Url)]
    pub public_url: Option<String>,
    /// A value that the provider signs in addition to the request, such as webhook_id=ID; repeatable
    #[arg(long = "setting", value_name = "NAME=VALUE", value_parser = setting)]
    pub settings: Vec<(String, String)>,
    /// The name of the required signature, for providers that have several
    #[arg(long, value_name = "NAME")]
    pub require_signature: Option<String>,
}

impl ContextArgs {
    pub(crate) fn options(self) -> ContextOptions {
        ContextOptions {
            public_url: self.public_url,
            trust_forwarded: false,
            settings: self.settings,
            required: self.require_signature,
        }
    }
}

/// The same, for commands that verify.
#[derive(Debug, Args)]
pub struct VerifyContextArgs {
    #[command(flatten)]
    pub context: ContextArgs,
    /// Take the signed URL from the X-Forwarded-Proto and X-Forwarded-Host headers; anyone can set them
    #[arg(long, conflicts_with = "public_url", help_heading = "Signature")]
    pub trust_forwarded: bool,
}

impl VerifyContextArgs {
    pub(crate) fn options(self) -> ContextOptions {
        ContextOptions { trust_forwarded: self.trust_forwarded, ..self.context.options() }
    }
}

/// How to sign.
#[derive(Debug, Args)]
pub struct SigningArgs {
    #[command(flatten)]
    pub context: ContextArgs,
    /// The time of signing, 2026-01-31T12:00:00Z or seconds since 1970 [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment, help_heading = "Signature")]
    pub timestamp: Option<Timestamp>,
    /// The id of the delivery, for providers that sign one [default: a random one]
    #[arg(long, value_name = "ID", help_heading = "Signature")]
    pub webhook_id: Option<String>,
}

impl SigningArgs {
    pub(crate) fn options(self) -> SigningOptions {
        SigningOptions {
            context: self.context.options(),
            timestamp: self.timestamp,
            id: self.webhook_id,
        }
    }
}

/// How to connect, for commands that send.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub struct TransportArgs {
    /// Do not check the endpoint's certificate
    #[arg(long, conflicts_with = "cacert")]
    pub insecure: bool,
    /// Trust the certificates in this PEM file instead of the system's
    #[arg(long, value_name = "FILE")]
    pub cacert: Option<PathBuf>,
}

impl TransportArgs {
    pub(crate) fn transport(self, timeout: Duration) -> Transport {
        Transport { timeout, insecure: self.insecure, cacert: self.cacert }
    }
}

/// Whether, and how far, to search for the cause of an invalid signature.
#[derive(Clone, Copy, Debug, Default, Args)]
#[command(next_help_heading = "Diagnosis")]
pub struct ExplainArgs {
    /// How far to search for the cause of an invalid signature
    #[arg(long, value_name = "EFFORT", value_enum, default_value_t = Explain::Brief)]
    pub explain: Explain,
    /// Do not search for the cause of an invalid signature
    #[arg(long, conflicts_with = "explain")]
    pub no_explain: bool,
}

/// How far to search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Explain {
    /// The most likely causes, about 50 ms
    #[default]
    Brief,
    /// Every combination of up to four causes
    Deep,
}

impl ExplainArgs {
    /// The effort; `None` for no search.
    pub fn effort(&self) -> Option<Effort> {
        match (self.no_explain, self.explain) {
            (true, _) => None,
            (false, Explain::Brief) => Some(Effort::Brief),
            (false, Explain::Deep) => Some(Effort::Deep),
        }
    }
}

/// `400` or `4xx`.
pub fn expected_status(text: &str) -> Result<ExpectedStatus, String> {
    let status = match text.to_ascii_lowercase().strip_suffix("xx") {
        Some(class) => class.parse().map(ExpectedStatus::Class),
        None => text.parse().map(ExpectedStatus::Exactly),
    };
    match status {
        Ok(ok @ (ExpectedStatus::Class(1..=5) | ExpectedStatus::Exactly(100..=599))) => Ok(ok),
        _ => Err("expected a status from 100 to 599, or a class such as 4xx".to_owned()),
    }
}

/// `65536`, `64KiB`, `1MiB`, `2GB`; at most 1 GiB.
pub fn size(text: &str) -> Result<usize, String> {
    let bytes = bytes(text).filter(|bytes| (1..=1 << 30).contains(bytes));
    bytes.ok_or_else(|| "expected a size from 1 to 1GiB, such as 65536, 512KiB or 1MiB".to_owned())
}

/// The same without a maximum.
pub fn input_size(text: &str) -> Result<usize, String> {
    let bytes = bytes(text).filter(|bytes| *bytes > 0);
    bytes.ok_or_else(|| "expected a size, such as 65536, 512KiB or 1GiB".to_owned())
}

fn bytes(text: &str) -> Option<usize> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "kb" => 1_000,
        "m" | "mib" => 1 << 20,
        "mb" => 1_000_000,
        "g" | "gib" => 1 << 30,
        "gb" => 1_000_000_000,
        _ => return None,
    };
    digits.parse::<usize>().ok()?.checked_mul(factor)
}

/// How many deliveries to keep, for how long, or both: `10000`, `7d`, `7d,10000`.
pub fn keep(text: &str) -> Result<Keep, String> {
    let invalid = || {
        "expected how many to keep (10000), for how long (90s, 30m, 12h, 7d or 4w), or both (7d,10000)"
            .to_owned()
    };
    let mut keep = Keep::default();
    for part in text.split(',') {
        let digits = part.trim_end_matches(|c: char| !c.is_ascii_digit());
        let number: u64 = digits.parse().map_err(|_| invalid())?;
        let seconds = match part.get(digits.len()..).unwrap_or_default() {
            "" => None,
            "s" => Some(1),
            "m" => Some(60),
            "h" => Some(60 * 60),
            "d" => Some(24 * 60 * 60),
            "w" => Some(7 * 24 * 60 * 60),
            _ => return Err(invalid()),
        };
        if digits.starts_with('+') {
            return Err(invalid());
        }
        if number == 0 {
            return Err("that would keep nothing; give a number from 1 up".to_owned());
        }
        let is_new = match seconds {
            None => keep.count.replace(number).is_none(),
            Some(seconds) => {
                /// Longer than any clock has run.
                const MAX: u64 = 1000 * 366 * 24 * 60 * 60;
                let age = number.checked_mul(seconds).filter(|age| *age <= MAX);
                let age = age.ok_or("that is longer than a thousand years")?;
                keep.age.replace(Duration::from_secs(age)).is_none()
            }
        };
        if !is_new {
            return Err(invalid());
        }
    }
    Ok(keep)
}

/// A number from 1 up.
pub fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err("expected a number greater than zero".to_owned()),
    }
}

/// `max` (without pauses), `original`, or a factor: `10x`.
pub fn speed(text: &str) -> Result<f64, String> {
    let factor = match text {
        "max" => return Ok(f64::INFINITY),
        "original" => Some(1.0),
        _ => text.strip_suffix('x').and_then(|n| n.parse().ok()),
    };
    factor
        .filter(|n: &f64| n.is_finite() && *n > 0.0)
        .ok_or_else(|| "expected max, original, or a factor such as 10x".to_owned())
}

/// A time (RFC 3339), or a duration before now: `10m`.
pub fn since(text: &str) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse() {
        return Ok(at);
    }
    match duration(text) {
        Ok(ago) => Ok(Timestamp::now().checked_sub(ago).unwrap_or(Timestamp::MIN)),
        Err(_) => Err(
            "expected a time such as 2026-01-31T12:00:00Z, or a duration before now such as 10m"
                .to_owned(),
        ),
    }
}

/// A time: RFC 3339, or seconds since 1970.
pub fn moment(text: &str) -> Result<Timestamp, String> {
    let seconds = text.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    let invalid = "expected a time such as 2026-01-31T12:00:00Z, or seconds since 1970";
    seconds.or_else(|| text.parse().ok()).ok_or_else(|| invalid.to_owned())
}

/// A time, `now`, or `received`: that of the capture.
pub fn judged_at(text: &str) -> Result<JudgedAt, String> {
    match text {
        "received" => Ok(JudgedAt::Received),
        "now" => Ok(JudgedAt::Time(Timestamp::now())),
        _ => moment(text).map(JudgedAt::Time).map_err(|why| format!("{why}, `now` or `received`")),
    }
}

/// `NAME=VALUE`.
pub fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE, such as webhook_id=8PT597110X687430L".to_owned()),
    }
}

/// The text of a URL, which may be signed: it stays as it is.
pub fn public_url(text: &str) -> Result<String, String> {
    let is_url = text.starts_with("https://") || text.starts_with("http://");
    match is_url && url::Url::parse(text).is_ok() {
        true => Ok(text.to_owned()),
        false => Err("expected a URL such as https://example.com/webhook".to_owned()),
    }
}

/// A number from 1 up.
pub fn factor(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(factor) if factor.is_finite() && factor >= 1.0 => Ok(factor),
        _ => Err("expected a number of at least 1, such as 2 or 1.5".to_owned()),
    }
}

/// A share from 0 to 1.
pub fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("expected a number from 0 to 1, such as 0.2".to_owned()),
    }
}

/// Any text.
pub fn verify_token(text: &str) -> Result<VerifyToken, String> {
    Ok(VerifyToken(text.into()))
}

/// `503`, or a status and a body: `429:slow down`.
pub fn fixed_response(text: &str) -> Result<FixedResponse, String> {
    let (status, body) = text.split_once(':').unwrap_or((text, ""));
    match status.parse() {
        Ok(status) if (200..=599).contains(&status) => {
            Ok(FixedResponse { status, body: body.to_owned().into() })
        }
        _ => Err("expected a status from 200 to 599, optionally `:` and a body".to_owned()),
    }
}

/// `KIND=FILE`.
pub fn report(text: &str) -> Result<(Format, PathBuf), String> {
    let (name, file) = text.split_once('=').unwrap_or_default();
    match Format::named(name).filter(|_| !file.is_empty()) {
        Some(format) => Ok((format, PathBuf::from(file))),
        None => Err(format!(
            "expected KIND=FILE, where KIND is one of: {}",
            FORMATS.map(|format| format.name).join(", ")
        )),
    }
}

/// A path on the listener: it starts with a slash and has no query.
pub fn path(text: &str) -> Result<String, String> {
    if text.starts_with('/') && !text.contains(['?', '#', ' ']) {
        return Ok(text.to_owned());
    }
    Err("expected a path that starts with `/`, without a query".to_owned())
}

/// `PATH=VALUE` or `PATH:=JSON`.
pub fn assignment(text: &str) -> Result<Assignment, String> {
    Assignment::parse(text).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_units_and_bounds() {
        assert_eq!(share("0.2"), Ok(0.2));
        for text in ["", "-0.1", "1.01", "NaN", "half"] {
            assert!(share(text).is_err(), "{text}");
        }
        for (text, bytes) in [("1MiB", 1 << 20), ("65536", 65_536), ("512k", 512 << 10)] {
            assert_eq!(size(text), Ok(bytes));
        }
        for text in ["", "0", "2GiB", "1TiB", "-1", "99999999999999999999", "MiB"] {
            assert!(size(text).is_err(), "{text}");
        }
        assert_eq!(input_size("2GiB"), Ok(2 << 30));
        for text in ["", "0", "0MiB", "1TiB", "-1", "18446744073709551615k"] {
            assert!(input_size(text).is_err(), "{text}");
        }
        let kept = |age: Option<u64>, count| Keep { age: age.map(Duration::from_secs), count };
        for (text, expected) in [
            ("10000", kept(None, Some(10_000))),
            ("90s", kept(Some(90), None)),
            ("7d", kept(Some(7 * 86_400), None)),
            ("4w,1", kept(Some(28 * 86_400), Some(1))),
            ("1,2h", kept(Some(7200), Some(1))),
        ] {
            assert_eq!(keep(text), Ok(expected));
        }
        for text in [
            "",
            "0",
            "0d",
            "-1",
            "+1",
            "-7d",
            "7x",
            "d",
            "7 d",
            "7D",
            "1.5d",
            "7d,7d",
            "1,1",
            "1,",
            ",",
            "7d10",
            "all",
            "99999999999999999999",
            "18446744073709551615w",
            "400000d",
        ] {
            assert!(keep(text).is_err(), "{text}");
        }
        assert_eq!(factor("1.5"), Ok(1.5));
        for text in ["", "0", "0.9", "-2", "inf", "NaN", "1e999", "two"] {
            assert!(factor(text).is_err(), "{text}");
        }
    }
}
