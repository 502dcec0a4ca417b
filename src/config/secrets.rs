//! Where secrets come from: flags, else the environment, else the profile. A profile's secret is read only
//! when it is needed, and only its origin is ever shown.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::error::{Error, Note, reason};
use crate::escape;
use crate::read_limited::{self, MAX_SETTING};
use crate::webhook::signature::Secret;

use super::file::{CommandLine, ConfigFile, OneOrMany, Profile, SecretText, printable};

/// The variable that holds the secret when no flag names one.
pub const VARIABLE: &str = "CZ_HOOK_SECRET";
/// The variable that holds the verify token when no flag gives one.
pub const VERIFY_TOKEN: &str = "CZ_HOOK_VERIFY_TOKEN";
/// The timeout of `secret_command` when the profile sets none: long enough to type a passphrase.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(30);

/// The secrets that a command line names.
#[derive(Clone, Default)]
pub struct SecretOptions {
    /// The values of `--secret`.
    pub values: Vec<OsString>,
    /// The paths of `--secret-file`.
    pub files: Vec<PathBuf>,
}

impl SecretOptions {
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.files.is_empty()
    }
}

impl fmt::Debug for SecretOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretOptions")
            .field("values", &format_args!("{} redacted", self.values.len()))
            .field("files", &self.files)
            .finish()
    }
}

/// The value of `--verify-token`.
#[derive(Clone)]
pub struct VerifyToken(pub OsString);

impl fmt::Debug for VerifyToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifyToken([redacted])")
    }
}

/// Reads secrets, and collects what the user should know about them.
#[derive(Debug, Default)]
pub struct SecretReader {
    pub notes: Vec<Note>,
}

impl SecretReader {
    /// The secrets of the command line, or else that of the environment.
    pub fn given(&mut self, options: &SecretOptions) -> Result<Vec<Secret>, Error> {
        let mut secrets = Vec::new();
        for (i, value) in options.values.iter().enumerate() {
            let origin = match options.values.len() {
                1 => "--secret".to_owned(),
                _ => format!("--secret number {}", i + 1),
            };
            secrets.push(self.checked(bytes_of(value), origin)?);
        }
        for path in &options.files {
            secrets.push(self.in_file(path, read_limited::name(path))?);
        }
        if secrets.is_empty()
            && let Some(value) = std::env::var_os(VARIABLE)
        {
            secrets.push(self.checked(bytes_of(&value), VARIABLE.to_owned())?);
        }
        Ok(secrets)
    }

    /// The secrets of a profile, in their order, but at most `max` of them.
    pub fn of_profile(
        &mut self,
        profile: &Profile,
        file: &ConfigFile,
        name: &str,
        max: usize,
    ) -> Result<Vec<Secret>, Error> {
        let profile_name = profile_name(name);
        if let Some(list) = &profile.secret {
            self.warn_if_readable(file, &profile_name);
            let checked = |value: &Zeroizing<String>| {
                self.checked(value.as_bytes().to_vec(), literal_origin(&profile_name, file))
            };
            return list.0.iter().take(max).map(checked).collect();
        }
        if let Some(names) = &profile.secret_env {
            return self.in_variables(names, &profile_name, max);
        }
        if let Some(paths) = &profile.secret_file {
            let read = |path| {
                let path = file.folder().join(path);
                self.in_file(&file.inside(&path)?, file_origin(&profile_name, &path))
            };
            return paths.0.iter().take(max).map(read).collect();
        }
        let Some(line) = &profile.secret_command else {
            return Ok(Vec::new());
        };
        let origin = format!("{profile_name} (secret_command)");
        let timeout = profile.secret_command_timeout.unwrap_or(COMMAND_TIMEOUT);
        let mut bytes = run_command(line, file.folder(), timeout, &origin)?;
        strip_line_end(&mut bytes);
        Ok(vec![self.checked(bytes, origin)?])
    }

    /// The verify token of the command line, else that of the environment, else that of a profile.
    pub fn verify_token(
        &mut self,
        flag: Option<&VerifyToken>,
        profile: Option<(&SecretText, &ConfigFile, &str)>,
    ) -> Result<Option<Secret>, Error> {
        let variable = || Some((std::env::var_os(VERIFY_TOKEN)?, VERIFY_TOKEN));
        let given = flag.map(|value| (value.0.clone(), "--verify-token")).or_else(variable);
        let (bytes, origin) = match (given, profile) {
            (Some((value, origin)), _) => (bytes_of(&value), origin.to_owned()),
            (None, Some((value, file, name))) => {
                let profile_name = profile_name(name);
                self.warn_if_readable(file, &profile_name);
                (value.0.as_bytes().to_vec(), literal_origin(&profile_name, file))
            }
            (None, None) => return Ok(None),
        };
        if bytes.is_empty() {
            return Err(Error::usage(
                format!("the verify token from {origin} is empty"),
                "give the text that you entered at the provider, or leave it out",
            ));
        }
        Ok(Some(Secret::new(bytes, origin)))
    }

    fn checked(&mut self, bytes: Vec<u8>, origin: String) -> Result<Secret, Error> {
        if bytes.is_empty() {
            return Err(Error::usage(
                format!("the secret from {origin} is empty"),
                "check that the variable it comes from is set; anyone can sign with an empty secret",
            ));
        }
        if bytes.ends_with(b"\n") {
            self.notes.push(Note::Warning {
                message: format!("the secret from {origin} ends with a newline, which is part of the key"),
                hint: "most secrets have none: check how it was read (`echo` adds one, `printf %s` does not)"
                    .to_owned(),
            });
        }
        Ok(Secret::new(bytes, origin))
    }

    fn in_file(&mut self, path: &Path, origin: String) -> Result<Secret, Error> {
        // A pipe is as good as a file here: `--secret-file <(…)`.
        let name = read_limited::name(path);
        let mut bytes = read_limited::setting(path, &format!("the secret in {name}"))?;
        if strip_line_end(&mut bytes) {
            let text = format!("the final newline of {name} is not part of the secret");
            self.notes.push(Note::Info(text));
        }
        self.checked(bytes, origin)
    }

    fn in_variables(
        &mut self,
        names: &OneOrMany,
        profile_name: &str,
        max: usize,
    ) -> Result<Vec<Secret>, Error> {
        let mut secrets = Vec::new();
        let mut unset = Vec::new();
        for name in &names.0 {
            let printed = escape::line(name.as_bytes());
            match variable(name) {
                Some(value) if secrets.len() < max => {
                    let origin = format!("{profile_name} (env {printed})");
                    secrets.push(self.checked(bytes_of(&value), origin)?);
                }
                Some(_) => {}
                None => unset.push(printed),
            }
        }
        if secrets.is_empty() {
            return Err(Error::usage(
                format!(
                    "{profile_name} takes its secret from {}, which is not set",
                    unset.join(" or ")
                ),
                "set the variable, or give --secret or --secret-file",
            ));
        }
        if max > 1 && !unset.is_empty() {
            self.notes.push(Note::Info(format!(
                "{profile_name}: {} is not set and is ignored",
                unset.join(" and ")
            )));
        }
        Ok(secrets)
    }

    fn warn_if_readable(&mut self, file: &ConfigFile, profile_name: &str) {
        if file.is_readable_by_others {
            let path = printable(&file.path);
            self.notes.push(Note::Warning {
                message: format!(
                    "the secret of {profile_name} is in {path}, which other users can read"
                ),
                hint: format!(
                    "chmod 600 {path}, or use secret_env, secret_file or secret_command instead"
                ),
            });
        }
    }
}

/// Every secret of the environment and of every profile that can be read without running a command.
pub fn all(files: &[ConfigFile]) -> Vec<Secret> {
    let mut known = Vec::new();
    if let Some(value) = std::env::var_os(VARIABLE) {
        known.push(Secret::new(bytes_of(&value), VARIABLE));
    }
    for file in files {
        for (name, profile) in &file.contents.profiles {
            let profile_name = profile_name(name);
            let values = profile.secret.iter().flat_map(|list| &list.0);
            let literal = |value: &Zeroizing<String>| {
                Secret::new(value.as_bytes().to_vec(), literal_origin(&profile_name, file))
            };
            known.extend(values.map(literal));
            let names = profile.secret_env.iter().flat_map(|names| &names.0);
            known.extend(names.filter_map(|name| {
                let origin = format!("{profile_name} (env {})", escape::line(name.as_bytes()));
                Some(Secret::new(bytes_of(&variable(name)?), origin))
            }));
            let paths = profile.secret_file.iter().flat_map(|paths| &paths.0);
            known.extend(paths.filter_map(|path| {
                let path = file.folder().join(path);
                // A pipe could block: the user did not ask for this file.
                let mut bytes =
                    read_limited::file(&file.inside(&path).ok()?, MAX_SETTING).ok()??;
                strip_line_end(&mut bytes);
                Some(Secret::new(bytes, file_origin(&profile_name, &path)))
            }));
        }
    }
    known.retain(|secret| !secret.expose().is_empty());
    known
}

/// A variable's value; `None` for a name that no variable can have.
pub fn variable(name: &str) -> Option<OsString> {
    match name.is_empty() || name.contains(['=', '\0']) {
        true => None,
        false => std::env::var_os(name),
    }
}

fn profile_name(name: &str) -> String {
    format!("profile \"{}\"", escape::line(name.as_bytes()))
}

fn literal_origin(profile_name: &str, file: &ConfigFile) -> String {
    format!("{profile_name} (written in {})", printable(&file.path))
}

fn file_origin(profile_name: &str, path: &Path) -> String {
    format!("{profile_name} (file {})", printable(path))
}

/// Removes one line end; returns whether there was one.
fn strip_line_end(bytes: &mut Vec<u8>) -> bool {
    let has_line_end = bytes.pop_if(|b| *b == b'\n').is_some();
    if has_line_end {
        bytes.pop_if(|b| *b == b'\r');
    }
    has_line_end
}

#[cfg(unix)]
fn bytes_of(value: &OsStr) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    value.as_bytes().to_vec()
}

#[cfg(not(unix))]
fn bytes_of(value: &OsStr) -> Vec<u8> {
    value.to_string_lossy().into_owned().into_bytes()
}

/// The output of a command, run in `folder`. Its standard error is passed through, its output is never
/// repeated in an error.
fn run_command(
    line: &CommandLine,
    folder: &Path,
    timeout: Duration,
    origin: &str,
) -> Result<Vec<u8>, Error> {
    let deadline = Instant::now() + timeout;
    // In this process's group: it may ask for a passphrase on the terminal, and Ctrl-C ends both.
    let mut child = command(line)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|why| {
            Error::io(
                format!("{origin} cannot be run: {}", reason(&why)),
                "check that the program is installed and on the PATH",
            )
        })?;
    let result =
        output(&mut child, deadline).and_then(|bytes| Ok((bytes, wait(&mut child, deadline)?)));
    // It has ended, or is no longer needed.
    let _ = child.kill();
    let _ = child.wait();
    match result {
        Ok((bytes, status)) if status.success() => Ok(bytes),
        Ok((_, status)) => Err(Error::io(
            format!("{origin} failed: {status}"),
            "run the command by itself to see why",
        )),
        Err(CommandFailure::TimedOut) => Err(Error::io(
            format!("{origin} has not ended after {timeout:?}"),
            "it may be waiting for input; secret_command_timeout = \"2m\" allows more time",
        )),
        Err(CommandFailure::TooLong) => Err(Error::io(
            format!("{origin} printed more than 1 MiB"),
            "check the command: it has to print the secret and nothing else",
        )),
        Err(CommandFailure::Unreadable(why)) => Err(Error::io(
            format!("the output of {origin} cannot be read: {why}"),
            "run the command by itself to see why",
        )),
    }
}

enum CommandFailure {
    TimedOut,
    TooLong,
    Unreadable(String),
}

fn command(line: &CommandLine) -> Command {
    let shell = if cfg!(windows) { ["cmd", "/C"] } else { ["sh", "-c"] };
    let words: Vec<&str> = match line {
        CommandLine::Program(words) => words.iter().map(String::as_str).collect(),
        CommandLine::Shell(line) => shell.into_iter().chain([line.as_str()]).collect(),
    };
    let (program, args) = words.split_first().unwrap_or((&"", &[]));
    let mut command = Command::new(program);
    command.args(args);
    command
}

/// Reads on a thread of its own: a process that inherited the pipe may keep it open.
fn output(child: &mut Child, deadline: Instant) -> Result<Vec<u8>, CommandFailure> {
    let unreadable = |why: &str| CommandFailure::Unreadable(why.to_owned());
    let pipe = child.stdout.take();
    let pipe = pipe.ok_or_else(|| unreadable("there is no pipe"))?;
    let (sender, receiver) = channel();
    let read = move || {
        let _ = sender.send(read_limited::all(pipe, MAX_SETTING));
    };
    std::thread::Builder::new().spawn(read).map_err(|why| unreadable(&reason(&why)))?;
    match receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        Ok(Ok(Some(bytes))) => Ok(bytes),
        Ok(Ok(None)) => Err(CommandFailure::TooLong),
        Ok(Err(why)) => Err(unreadable(&reason(&why))),
        Err(RecvTimeoutError::Timeout) => Err(CommandFailure::TimedOut),
        Err(RecvTimeoutError::Disconnected) => Err(unreadable("the pipe was closed")),
    }
}

fn wait(child: &mut Child, deadline: Instant) -> Result<ExitStatus, CommandFailure> {
    const POLL: Duration = Duration::from_millis(5);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if Instant::now() >= deadline => return Err(CommandFailure::TimedOut),
            Ok(None) => std::thread::sleep(POLL),
            Err(why) => return Err(CommandFailure::Unreadable(reason(&why))),
        }
    }
}
