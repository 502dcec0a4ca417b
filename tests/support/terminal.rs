//! Runs the built binary with a terminal as its output.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::Hook;
use super::listening::TIMEOUT;

/// The columns of the terminal.
pub const COLUMNS: u16 = 100;

/// The exit code of a run, and everything that the terminal got.
pub fn run(hook: &Hook) -> (Option<i32>, String) {
    run_in(hook, COLUMNS)
}

/// The same in a terminal of so many columns.
pub fn run_in(hook: &Hook, columns: u16) -> (Option<i32>, String) {
    let (mut controller, terminal) = open(columns);
    let mut command = hook.command();
    command.stdout(Stdio::from(terminal.try_clone().unwrap())).stderr(Stdio::from(terminal));
    let mut child = command.env("TERM", "xterm").spawn().unwrap();
    // Its copies of the terminal: reading ends when the child has closed the last one.
    drop(command);
    let (mut shown, mut buffer) = (Vec::new(), [0; 4096]);
    // At the end, Linux reports an error.
    while let Ok(count @ 1..) = controller.read(&mut buffer) {
        shown.extend_from_slice(&buffer[..count]);
    }
    let code = child.wait().unwrap().code();
    (code, String::from_utf8_lossy(&shown).replace("\r\n", "\n"))
}

/// A terminal of so many columns: the side that sees what is shown and types, and that of the program.
fn open(columns: u16) -> (File, File) {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap();
    let name = std::ffi::OsStr::from_bytes(name.as_bytes()).to_owned();
    let terminal = OpenOptions::new().read(true).write(true).open(name).unwrap();
    let size = Winsize { ws_row: 50, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&terminal, size).unwrap();
    (File::from(controller), terminal)
}

/// A running program whose input and error output are a terminal.
pub struct Session {
    child: Child,
    controller: File,
    shown: Receiver<Vec<u8>>,
}

/// Starts it. What it prints on standard output is a pipe of the child.
pub fn start(hook: &Hook) -> Session {
    let (controller, terminal) = open(COLUMNS);
    let mut command = hook.command();
    command.stdin(Stdio::from(terminal.try_clone().unwrap())).stderr(Stdio::from(terminal));
    let child = command.stdout(Stdio::piped()).env("TERM", "xterm").spawn().unwrap();
    drop(command);
    let mut reader = controller.try_clone().unwrap();
    let (sender, shown) = channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            if sender.send(buffer[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    Session { child, controller, shown }
}

impl Session {
    /// Reads until the terminal shows this; all that it showed.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) -> String {
        let deadline = Instant::now() + TIMEOUT;
        let mut shown = String::new();
        while !shown.contains(text) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.shown.recv_timeout(left) {
                Ok(bytes) => shown.push_str(&String::from_utf8_lossy(&bytes)),
                Err(why) => panic!("the terminal does not show {text:?} ({why}): {shown}"),
            }
        }
        shown
    }

    pub fn type_line(&mut self, line: &str) {
        std::io::Write::write_all(&mut self.controller, format!("{line}\n").as_bytes()).unwrap();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
