//! `cz-hook doctor`: what is installed and configured on this machine, and whether cz-hook works here. Nothing is sent
//! unless a URL is given.

mod self_test;

use std::env;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;

use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;

use crate::config::listing::{self, Setting, Source};
use crate::config::{ConfigOptions, Settings, UntrustedFile};
use crate::error::{self, Error, Exit};
use crate::http::{Client, Endpoint, Transport, check_certificates};
use crate::json_line;
use crate::output::console::Console;
use crate::output::table::{self, Cell};
use crate::tunnel;

use super::shared::runtime;

#[derive(Debug)]
pub struct DoctorOptions {
    /// The endpoint whose clock is compared with that of this machine.
    pub url: Option<String>,
    /// The port that should be free.
    pub port: u16,
    pub transport: Transport,
    pub json: bool,
}

/// One thing that was checked. It is a line of `doctor --json`.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename = "check")]
struct Check {
    name: &'static str,
    status: Status,
    /// What was found. It may quote names of files and peers: escape it.
    found: String,
    /// What to do; empty when there is nothing to do.
    hint: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    /// It works, and something is probably a mistake.
    Warn,
    Fail,
    /// It was not checked.
    Skip,
}

pub fn run(
    options: &DoctorOptions,
    config: &ConfigOptions,
    console: &Console,
) -> Result<Exit, Error> {
    let mut checks = vec![version()];
    checks.extend(configuration(config));
    checks.push(clock(options)?);
    checks.push(port(options.port));
    checks.push(certificates(&options.transport));
    checks.push(tunnel_clients());
    checks.push(terminal(console));
    checks.push(self_test());
    match options.json {
        true => {
            let lines: Vec<u8> = checks.iter().flat_map(json_line::line).collect();
            console.print(&lines)?;
        }
        false => console.print(text(&checks, console).as_bytes())?,
    }
    Ok(match checks.iter().any(|check| check.status == Status::Fail) {
        true => Exit::Failure,
        false => Exit::Success,
    })
}

impl Check {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, status: Status::Ok, found: found.into(), hint: String::new() }
    }

    fn warn(name: &'static str, found: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { name, status: Status::Warn, found: found.into(), hint: hint.into() }
    }

    fn fail(name: &'static str, found: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { status: Status::Fail, ..Self::warn(name, found, hint) }
    }

    fn skip(name: &'static str, found: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { status: Status::Skip, ..Self::warn(name, found, hint) }
    }
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }
}

fn text(checks: &[Check], console: &Console) -> String {
    let rows = checks.iter().map(|check| {
        let word = check.status.word();
        let painted = match check.status {
            Status::Ok => console.out.success(word),
            Status::Warn => console.out.warn(word),
            Status::Fail => console.out.error(word),
            Status::Skip => console.out.dim(word),
        };
        let found = match check.hint.is_empty() {
            true => check.found.clone(),
            false => format!("{} ({})", check.found, check.hint),
        };
        [Cell::painted(word, painted), Cell::from(check.name), Cell::from(found)]
    });
    table::text(["STATUS", "CHECK", "FOUND"], &rows.collect::<Vec<_>>(), console.out)
}

/// The version, and whether the command `cz-hook` is this file.
fn version() -> Check {
    const NAME: &str = "version";
    let version = env!("CARGO_PKG_VERSION");
    let Ok(own) = env::current_exe() else {
        return Check::warn(NAME, version, "the system does not say which file this program is");
    };
    let found = format!("{version}, {}", own.display());
    match find_program("cz-hook") {
        None => Check::warn(NAME, found, "its folder is not in PATH"),
        Some(first) if first.canonicalize().ok() != own.canonicalize().ok() => {
            let hint = format!("the shell runs {} instead", first.display());
            Check::warn(NAME, found, hint)
        }
        Some(_) => Check::ok(NAME, found),
    }
}

/// The file of this name in the folders of PATH that a shell would run.
fn find_program(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders).map(|folder| folder.join(&file)).find(|path| path.is_file())
}

/// Which files count and why, the profile, and where the secret comes from.
fn configuration(config: &ConfigOptions) -> Vec<Check> {
    const NAME: &str = "configuration";
    let settings = match Settings::load_as(config, UntrustedFile::Show) {
        Ok(settings) => settings,
        Err(error) => return vec![Check::fail(NAME, error.message, error.hint)],
    };
    let mut checks = Vec::new();
    for file in listing::files(&settings) {
        let path = &file.path;
        let why = match file.state {
            "named" => "named by you",
            "project" => "found in this folder or above it",
            "user" => "your own",
            _ => continue,
        };
        checks.push(match file.trusted {
            Some(false) => Check::warn(
                NAME,
                format!("{path}: {why}, not trusted: only its built-in provider is used"),
                "read it, then run `cz-hook trust`",
            ),
            _ => Check::ok(NAME, format!("{path}: {why}, all of it is used")),
        });
    }
    if checks.is_empty() {
        checks.push(Check::ok(NAME, "no cz-hook.toml"));
    }
    for error in &settings.unusable {
        checks.push(Check::warn(NAME, error.message.as_str(), error.hint.as_str()));
    }
    let all = listing::settings(&settings);
    let setting = |name: &str| all.iter().find(|setting| setting.name == name);
    if let Some(Setting { value: Some(value), source, .. }) = setting("profile") {
        checks.push(Check::ok("profile", format!("{value}, from {}", source.text())));
    }
    checks.extend(setting("secret").map(|one| secret("secret", one)));
    let token = setting("verify_token").filter(|one| one.value.is_some());
    checks.extend(token.map(|one| secret("verify token", one)));
    checks
}

fn secret(name: &'static str, setting: &Setting) -> Check {
    let Some(value) = &setting.value else {
        return Check::ok(
            name,
            "none is set: `verify` and `test` need one, and `listen` does not check signatures",
        );
    };
    let found = match &setting.source {
        Source::Environment(_) => value.clone(),
        source => format!("{value}, {}", source.text()),
    };
    match value.contains("not set") {
        true => Check::warn(name, found, "set the variable"),
        false => Check::ok(name, found),
    }
}

/// Compares the clock with the `Date` of a response. Schemes that sign a time reject deliveries that are minutes old.
fn clock(options: &DoctorOptions) -> Result<Check, Error> {
    const NAME: &str = "clock";
    /// A `Date` has whole seconds, and the response takes time.
    const MAX_SKEW: i64 = 5;
    /// What most providers' libraries accept.
    const TOLERANCE: i64 = 300;
    let Some(url) = &options.url else {
        return Ok(Check::skip(NAME, "not compared", "give --url to compare it with a server's"));
    };
    let endpoint = Endpoint::parse(url)?;
    let mut delivery = endpoint.request(Bytes::new());
    delivery.method = "GET".to_owned();
    let response = runtime::sending(|runtime| {
        let client = Client::new(&endpoint, &options.transport, false)?;
        Ok::<_, Error>(runtime.block_on(client.send(&endpoint, &delivery))?)
    });
    let response = match response {
        Ok(response) => response,
        Err(error) => return Ok(Check::fail(NAME, error.message, error.hint)),
    };
    let now = Timestamp::now().as_second();
    let host = endpoint.host();
    let date = response.headers.get("date").and_then(|value| std::str::from_utf8(value).ok());
    let date = date.and_then(|text| httpdate::parse_http_date(text).ok());
    let date = date.and_then(|date| Timestamp::try_from(date).ok());
    let Some(date) = date else {
        return Ok(Check::warn(
            NAME,
            format!("{host} sends no Date"),
            "give the URL of another server",
        ));
    };
    let skew = now.saturating_sub(date.as_second());
    let seconds = skew.unsigned_abs();
    let found = match skew {
        0 => format!("the same second as {host}"),
        1.. => format!("{seconds} s ahead of {host}"),
        _ => format!("{seconds} s behind {host}"),
    };
    Ok(match skew.abs() {
        0..=MAX_SKEW => Check::ok(NAME, found),
        ..=TOLERANCE => Check::warn(NAME, found, "set the clock of the one that is wrong"),
        _ => Check::fail(NAME, found, "signatures that contain a time are `stale`: set the clock"),
    })
}

/// Whether `listen` could use the port.
fn port(port: u16) -> Check {
    const NAME: &str = "port";
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(listener) => {
            let port = listener.local_addr().map_or(port, |address| address.port());
            Check::ok(NAME, format!("{port} is free on 127.0.0.1"))
        }
        Err(why) if why.kind() == io::ErrorKind::AddrInUse => {
            Check::warn(NAME, format!("{port} is in use"), "use `listen --port 0` or another port")
        }
        Err(why) => {
            let found = format!("cannot listen on {port}: {}", error::reason(&why));
            Check::warn(NAME, found, "choose another port")
        }
    }
}

/// Whether the certificates for HTTPS can be read.
fn certificates(transport: &Transport) -> Check {
    const NAME: &str = "certificates";
    let found = match (&transport.cacert, env::var_os("SSL_CERT_FILE"), env::var_os("SSL_CERT_DIR"))
    {
        (Some(path), ..) => format!("those of {}", path.display()),
        (_, Some(path), _) => format!("those of SSL_CERT_FILE, {}", PathBuf::from(path).display()),
        (_, _, Some(path)) => format!("those of SSL_CERT_DIR, {}", PathBuf::from(path).display()),
        _ => "those of the system".to_owned(),
    };
    match check_certificates(transport) {
        Ok(()) => Check::ok(NAME, found),
        Err(error) => Check::fail(NAME, format!("{found}: {}", error.message), error.hint),
    }
}

/// Which programs `listen --tunnel` knows by name and finds.
fn tunnel_clients() -> Check {
    const NAME: &str = "tunnel clients";
    let (found, absent): (Vec<&str>, Vec<&str>) =
        tunnel::CLIENTS.iter().partition(|name| find_program(name).is_some());
    match found.is_empty() {
        true => Check::ok(NAME, format!("none of {}", absent.join(", "))),
        false => Check::ok(NAME, found.join(", ")),
    }
}

fn terminal(console: &Console) -> Check {
    const NAME: &str = "terminal";
    let color = if console.out.is_on() { "colour" } else { "no colour" };
    let Some(columns) = console.columns() else {
        return Check::ok(NAME, format!("standard output is not a terminal, {color}"));
    };
    let found = format!("{columns} columns, {color}");
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| {
        env::var(name).ok().filter(|value| !value.is_empty()).map(|value| (*name, value))
    });
    match locale {
        Some((name, value)) if cfg!(unix) && !is_utf8(&value) => Check::warn(
            NAME,
            format!("{found}, {name}={value}"),
            "use a UTF-8 locale, or characters that are not ASCII may be shown wrongly",
        ),
        _ => Check::ok(NAME, found),
    }
}

fn is_utf8(locale: &str) -> bool {
    let locale = locale.to_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

fn self_test() -> Check {
    const NAME: &str = "self-test";
    match self_test::run() {
        Ok(passed) => Check::ok(
            NAME,
            format!(
                "signed {}, verified {} and explained {}, in {} ms",
                passed.signed,
                passed.verified,
                passed.explained,
                passed.duration.as_millis()
            ),
        ),
        Err(why) => {
            Check::fail(NAME, why, "this is a bug, or the file is damaged: install it again")
        }
    }
}
