//! The committed completion scripts match this build and complete existing names.

use std::process::Command;

use crate::support::{hook, programs, root};

const FILES: [(&str, &str); 5] = [
    ("bash", "cz-hook.bash"),
    ("zsh", "_cz-hook"),
    ("fish", "cz-hook.fish"),
    ("powershell", "_cz-hook.ps1"),
    ("elvish", "cz-hook.elv"),
];

#[test]
fn the_committed_scripts_are_up_to_date() {
    for (shell, file) in FILES {
        let path = root().join("completions").join(file);
        let fresh = hook(["completions", shell]).run().exits(0);
        if std::env::var_os("UPDATE_COMPLETIONS").is_some() {
            std::fs::write(&path, &fresh.stdout).unwrap();
        }
        let committed = std::fs::read(&path).unwrap_or_default();
        assert!(
            committed == fresh.stdout,
            "completions/{file} is stale: run UPDATE_COMPLETIONS=1 cargo test --test cli completions"
        );
    }
}

#[test]
fn names_are_completed() {
    for (shell, _) in FILES {
        let script = hook(["completions", shell]).run().exits(0);
        for name in ["lead.submit", "leads.submit", "newMessage", "chatzuri-guide", "telegram"] {
            assert!(script.out().contains(name), "{name} in {shell}");
        }
    }
}

/// Completes as bash does: the words so far in, the candidates out.
#[test]
fn bash_offers_events_providers_and_channels() {
    if !programs::has("bash", "to complete in") {
        return;
    }
    for (words, expected) in [
        ("cz-hook send lead", "lead.submit leads.submit"),
        ("cz-hook send --provider chatz", "chatzuri chatzuri-guide chatzuri-legacy"),
        ("cz-hook send --channel te", "telegram"),
        ("cz-hook listen --provider au", "auto"),
        ("cz-hook events show newM", "newMessage"),
        ("cz-hook snippet fl", "flask"),
        ("cz-hook test --only refuse/missing-p", "refuse/missing-prefix"),
        ("cz-hook listen --tunnel cl", "cloudflared"),
        ("cz-hook test --report ju", "junit="),
        ("cz-hook listen --count Cargo.t", "Cargo.t"),
        ("cz-hook send --body Cargo.t", "Cargo.toml"),
    ] {
        let script = format!(
            "source <('{}' completions bash); COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1)); \
             _cz__hook cz-hook \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; echo ${{COMPREPLY[*]}}",
            env!("CARGO_BIN_EXE_cz-hook")
        );
        let output = Command::new("bash").args(["-c", &script]).output().unwrap();
        let mut offered: Vec<_> =
            std::str::from_utf8(&output.stdout).unwrap().split_whitespace().collect();
        offered.sort_unstable();
        assert_eq!(offered.join(" "), expected, "{words}");
    }
}

#[test]
fn fish_offers_events_providers_and_channels() {
    if !programs::has("fish", "to complete in") {
        return;
    }
    for (line, expected) in [
        ("cz-hook send lead", "lead.submit leads.submit"),
        ("cz-hook send --provider chatb", "chatbase"),
        ("cz-hook send lead.submit --channel te", "telegram"),
        ("cz-hook listen --provider au", "auto"),
        ("cz-hook events show newM", "newMessage"),
        ("cz-hook completions fi", "fish"),
    ] {
        let binary = env!("CARGO_BIN_EXE_cz-hook");
        let script =
            format!("'{binary}' completions fish | source; complete -C '{line}' | cut -f1");
        let output = Command::new("fish").args(["--no-config", "-c", &script]).output().unwrap();
        let offered: Vec<_> =
            std::str::from_utf8(&output.stdout).unwrap().split_whitespace().collect();
        assert_eq!(offered.join(" "), expected, "{line}");
    }
}
