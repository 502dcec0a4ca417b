//! A secret that a password manager's command prints. The command is the user's, but it is not waited
//! for without end, and what it prints is never repeated.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::error::{Error, reason};

use super::bounded;
use super::secrets::LONGEST;
use super::shape::CommandLine;

/// How long a command may take when the profile does not say: long enough to type a passphrase.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the command prints. It runs in `folder`; what it says on standard error is passed through.
///
/// # Errors
/// When it cannot be run, fails, takes longer than `patience` or prints more than a secret can be.
pub fn run(
    line: &CommandLine,
    folder: &Path,
    patience: Option<Duration>,
    origin: &str,
) -> Result<Vec<u8>, Error> {
    let patience = patience.unwrap_or(PATIENCE);
    let until = Instant::now() + patience;
    // In this process's own group: it may ask for a passphrase on the terminal, and Ctrl-C ends both.
    let mut child = command(line)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|why| {
            Error::io(
                format!("{origin} cannot be run: {}", reason(&why)),
                "is the program installed, and on the PATH?",
            )
        })?;
    let ended = output(&mut child, until).and_then(|bytes| Ok((bytes, wait(&mut child, until)?)));
    // Ended already, or not wanted any more.
    let _ = child.kill();
    let _ = child.wait();
    match ended {
        Ok((bytes, status)) if status.success() => Ok(bytes),
        Ok((_, status)) => Err(Error::io(
            format!("{origin} failed: {status}"),
            "run the command by itself to see why",
        )),
        Err(Broken::Late) => Err(Error::io(
            format!("{origin} has not ended after {patience:?}"),
            "does it wait for something? secret_command_timeout = \"2m\" gives it longer",
        )),
        Err(Broken::Long) => Err(Error::io(
            format!("{origin} printed more than 1 MiB"),
            "is this the right command? It has to print the secret and nothing else",
        )),
        Err(Broken::Unreadable(why)) => Err(Error::io(
            format!("the output of {origin} cannot be read: {why}"),
            "run the command by itself to see why",
        )),
    }
}

enum Broken {
    Late,
    Long,
    Unreadable(String),
}

fn command(line: &CommandLine) -> Command {
    match line {
        CommandLine::Program(words) => {
            let mut words = words.iter();
            let mut command = Command::new(words.next().map_or("", String::as_str));
            command.args(words);
            command
        }
        CommandLine::Shell(line) => {
            let (shell, flag) = match cfg!(windows) {
                true => ("cmd", "/C"),
                false => ("sh", "-c"),
            };
            let mut command = Command::new(shell);
            command.args([flag, line]);
            command
        }
    }
}

/// Reads in a thread of its own: whoever inherited the pipe may keep it open.
fn output(child: &mut Child, until: Instant) -> Result<Vec<u8>, Broken> {
    let pipe = child.stdout.take();
    let pipe = pipe.ok_or_else(|| Broken::Unreadable("there is no pipe".to_owned()))?;
    let (sender, receiver) = channel();
    let reading = move || {
        let _ = sender.send(bounded::all(pipe, LONGEST));
    };
    std::thread::Builder::new()
        .spawn(reading)
        .map_err(|why| Broken::Unreadable(reason(&why)))?;
    let left = until.saturating_duration_since(Instant::now());
    match receiver.recv_timeout(left) {
        Ok(Ok(Some(bytes))) => Ok(bytes),
        Ok(Ok(None)) => Err(Broken::Long),
        Ok(Err(why)) => Err(Broken::Unreadable(reason(&why))),
        Err(RecvTimeoutError::Timeout) => Err(Broken::Late),
        Err(RecvTimeoutError::Disconnected) => Err(Broken::Unreadable("it broke off".to_owned())),
    }
}

fn wait(child: &mut Child, until: Instant) -> Result<ExitStatus, Broken> {
    const LOOK: Duration = Duration::from_millis(5);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if Instant::now() >= until => return Err(Broken::Late),
            Ok(None) => std::thread::sleep(LOOK),
            Err(why) => return Err(Broken::Unreadable(reason(&why))),
        }
    }
}
