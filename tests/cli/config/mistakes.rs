//! Errors in `cz-hook.toml` name the line, and its text is escaped before a terminal shows it.

use std::fs;

use super::{Project, cloned};
use crate::support::BODY;

#[test]
fn an_unknown_profile_suggests_the_nearest_name() {
    let place = Project::with("[profile.staging]\nurl = 'http://h/'\n");
    for hook in [
        place.run(["events", "--profile", "stagign"]),
        place.run(["events"]).env("CZ_HOOK_PROFILE", "stagign"),
    ] {
        let ran = hook.run().exits(2);
        assert!(ran.stderr.contains("did you mean `staging`?"), "{}", ran.stderr);
    }
    let ran = Project::new().run(["events", "--profile", "x"]).run().exits(2);
    assert!(ran.stderr.contains("no cz-hook.toml was found"), "{}", ran.stderr);
    let ran = place.run(["events"]).env("CZ_HOOK_PROFILE", "").run().exits(2);
    assert!(ran.stderr.contains("CZ_HOOK_PROFILE"), "{}", ran.stderr);
}

#[test]
fn an_unknown_key_is_an_error_with_its_line() {
    for (text, expected) in [
        (
            "[profile.default]\nurl = 'x'\nprovidr = 'hunter2'\n",
            ["line 3", "did you mean `provider`?"],
        ),
        ("url = 'hunter2'\n", ["line 1", "[profile.default]"]),
        ("[profile.default]\nsecret = 4711\n", ["line 2", "string in quotes"]),
        (
            "[profile.default]\nsecret = 'hunter2'\nsecret_env = 'A'\n",
            ["line 1", "secret and secret_env"],
        ),
        ("[profile.default]\nheaders = 'hunter2'\n", ["line 2", "expected"]),
        ("[profile.default]\nsecret = \"hunter2\n", ["line 2", ""]),
        ("[profile.default]\nprovider = 'chatbse'\n", ["did you mean `chatbase`?", "cz-hook.toml"]),
        ("[profile.default]\n\"\\u001b[31m\" = 1\n", ["line 2", "\\u{1b}"]),
    ] {
        let place = Project::with(text);
        let ran = place.run(["sign", "lead.submit", "--secret", "s"]).run().exits(2);
        for part in expected {
            assert!(ran.stderr.contains(part), "{text}: {}", ran.stderr);
        }
        for value in ["hunter2", "4711", "\u{1b}["] {
            assert!(!ran.stderr.contains(value), "{text}: {}", ran.stderr);
        }
    }
    let place = Project::new();
    place.trusted(b"\xff\xfe");
    place.run(["events"]).run().exits(2);
    place.trusted(vec![b'#'; (1 << 20) + 1]);
    place.run(["events"]).run().exits(2);
    fs::remove_file(place.path("project/cz-hook.toml")).unwrap();
    fs::create_dir(place.path("project/cz-hook.toml")).unwrap();
    place.run(["events"]).run().exits(2);
    place.run(["events", "--no-config"]).run().exits(0);
}

/// A file that was found by searching is untrusted: its text is escaped before a terminal shows it.
#[test]
fn an_untrusted_file_cannot_write_to_the_terminal() {
    const EVIL: &str = "\\u001b[2Jx\\u0007\\u202e";
    let profile = |text: &str| format!("[profile.default]\n{text}\n");
    let files = [
        format!("default_profile = \"{EVIL}\""),
        format!("default_profile = \"{EVIL}\"\n[profile.\"{EVIL}\"]\nsecret_env = 'NOT_SET'"),
        format!("fixtures = \"{EVIL}\""),
        format!("providers = \"{EVIL}\""),
        format!("\"{EVIL}\" = 1"),
        profile(&format!("provider = \"{EVIL}\"")),
        profile(&format!("url = \"{EVIL}\"")),
        profile(&format!("url = \"http://{EVIL}\"")),
        profile(&format!("secret_env = \"{EVIL}\"")),
        profile(&format!("secret_file = \"{EVIL}\"")),
        profile(&format!("secret_command = \"{EVIL}\"")),
        profile(&format!("secret_command_timeout = \"{EVIL}\"")),
        profile(&format!("forward_to = \"{EVIL}\"")),
        profile(&format!("forward_to = \"{EVIL}=http://h/\"")),
        profile(&format!("headers = {{ \"{EVIL}\" = 'x' }}")),
        profile(&format!("headers = {{ X-A = \"{EVIL}\" }}")),
        profile(&format!("\"{EVIL}\" = 1")),
        format!("[profile.default]\n[profile.\"{EVIL}\"]\nsecret_env = \"{EVIL}\""),
        profile(&format!("providers = 'own'\nfixtures = 'fixtures'\nurl = \"{EVIL}\"")),
    ];
    let trusted = files.iter().filter(|file| !file.contains("secret_command ="));
    let places = trusted.map(|file| (file, Project::with(file)));
    for (file, place) in files.iter().map(|file| (file, cloned(file))).chain(places) {
        place.write("project/fixtures/\u{1b}[2J.json", "no JSON");
        place.write("project/own/\u{1b}[2J/provider.toml", "no TOML");
        for args in [
            &["verify", "--signature", "x"][..],
            &["send", "lead.submit"],
            &["sign", "lead.submit"],
            &["listen", "--port", "0", "--timeout", "10ms"],
            &["config"],
            &["config", "--check"],
            &["config", "--json"],
            &["events"],
            &["events", "show", "nothing"],
        ] {
            let ran = place.run([]).args(args).stdin(BODY).run();
            let said = format!("{}{}", ran.out(), ran.stderr);
            let is_evil = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
            assert!(!said.contains(is_evil), "{file}\n{args:?}: {said:?}");
        }
    }
}

/// Only a command that prints a request needs a URL.
#[test]
fn an_invalid_url_in_a_profile_does_not_affect_sign() {
    let place = Project::with("[profile.default]\nurl = 'localhost'\nsecret = 's'\n");
    for args in [&["--json"][..], &["--print", "value"], &[]] {
        let sign = place.run(["sign", "lead.submit"]).args(args);
        sign.run().exits(0);
    }
    let curl = place.run(["sign", "lead.submit", "--print", "curl"]);
    curl.run().exits(2);
}
