//! Opens an address in the user's browser.

use std::process::{Command, Stdio};

use crate::config::SECRET_VARIABLES;
use crate::error;
use crate::output::console::Console;

/// The program that opens an address, and its arguments before it.
const OPENER: (&str, &[&str]) = if cfg!(target_os = "macos") {
    ("open", &[])
} else if cfg!(windows) {
    ("rundll32", &["url.dll,FileProtocolHandler"])
} else {
    ("xdg-open", &[])
};

/// Opens `url`. That it cannot be opened is no reason to end: the address is printed, too.
pub(super) fn open(url: &str, console: &Console) {
    let (program, arguments) = OPENER;
    let mut command = Command::new(program);
    command.args(arguments).arg(url);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for name in SECRET_VARIABLES {
        command.env_remove(name);
    }
    match command.spawn() {
        Ok(mut child) => drop(std::thread::spawn(move || child.wait())),
        Err(why) => console.warn(
            &format!("cannot open a browser: {program}: {}", error::reason(&why)),
            "open the address of the inspector yourself",
        ),
    }
}
