//! Colour on a terminal, none in a pipe, and the options that change that.

use crate::support::{BODY, Hook, SECRET, SIGNATURE, hook};

fn verify(args: &[&str]) -> Hook {
    hook(["verify", "--secret", SECRET, "--signature", SIGNATURE].iter().chain(args)).stdin(BODY)
}

fn is_colored(hook: Hook) -> bool {
    hook.run().exits(0).out().contains('\u{1b}')
}

#[test]
fn a_pipe_gets_no_colour_unless_forced() {
    assert!(!is_colored(verify(&[])));
    assert!(is_colored(verify(&["--color", "always"])));
    assert!(is_colored(verify(&[]).env("CLICOLOR_FORCE", "1")));
    assert!(!is_colored(verify(&[]).env("CLICOLOR_FORCE", "0")));
    assert!(!is_colored(verify(&[]).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1")));
    assert!(!is_colored(verify(&["--color", "never"]).env("CLICOLOR_FORCE", "1")));
    assert!(is_colored(verify(&["--color", "always"]).env("NO_COLOR", "1")));
}

/// `script` runs a command on a pseudo-terminal.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_colour() {
    if !crate::support::programs::has("script", "to make a terminal") {
        return;
    }
    let line = |extra: &str| {
        let command = format!(
            "printf %s '{BODY}' | {extra} '{}' verify --secret {SECRET} --signature {SIGNATURE}",
            env!("CARGO_BIN_EXE_cz-hook")
        );
        let output = hook::<&str>([])
            .command_of("script")
            .args(["-qec", &command, "/dev/null"])
            .env("TERM", "xterm")
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(line("").contains("\u{1b}[32mvalid"), "{:?}", line(""));
    assert!(!line("NO_COLOR=1").contains('\u{1b}'));
    assert!(!line("TERM=dumb").contains('\u{1b}'));
}
