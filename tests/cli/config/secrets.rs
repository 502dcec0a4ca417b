//! Where secrets come from, and that no output contains one.

use std::fs;

use super::{Project, cloned, custom_providers, signature};
use crate::support::{BODY, SECRET, SIGNATURE, hook};

#[test]
fn no_output_ever_holds_a_secret() {
    const VALUE: &str = "hunter2-the-secret";
    let place = Project::with(&format!(
        "[profile.default]\nsecret = '{VALUE}'\n[profile.default.headers]\nAuthorization = '{VALUE}'\n\
         [profile.env]\nsecret_env = ['A', 'B']\n[profile.file]\nsecret_file = 's'\n"
    ));
    place.write("project/s", VALUE);
    for args in [
        &["config"][..],
        &["config", "--json"],
        &["config", "--check"],
        &["config", "--check", "--verbose", "--profile", "env"],
        &["config", "--json", "--profile", "env"],
        &["config", "--check", "--json", "--profile", "file"],
        &["sign", "lead.submit", "--verbose"],
        &["sign", "lead.submit", "--json", "--profile", "file"],
        &["events", "--profile", "hunter"],
    ] {
        let mut hook = place.run([]).env("A", VALUE);
        for arg in args {
            hook = hook.arg(arg);
        }
        let ran = hook.run();
        assert!(ran.code.is_some_and(|code| code == 0 || code == 2));
        let said = format!("{}{}", ran.out(), ran.stderr);
        assert!(!said.contains(VALUE), "{args:?}: {said}");
    }
    let ran = place.run(["config", "--profile", "env"]).env("A", VALUE).run().exits(0);
    assert!(ran.out().contains("(set, from env A), (not set: env B)"), "{}", ran.out());
}

#[test]
fn secrets_are_rotated_with_a_list() {
    let place = Project::with("[profile.default]\nsecret_env = ['NEW', 'OLD']\n");
    let verify = |env: &[(&str, &str)]| {
        let mut hook = place.run(["verify", "--signature", SIGNATURE]).stdin(BODY);
        for (name, value) in env {
            hook = hook.env(name, value);
        }
        hook.run()
    };
    verify(&[("NEW", "x"), ("OLD", SECRET)]).exits(0);
    let ran = verify(&[("OLD", SECRET)]).exits(0);
    assert!(ran.stderr.contains("NEW is not set"), "{}", ran.stderr);
    verify(&[("NEW", "x")]).exits(1);
    verify(&[("NEW", ""), ("OLD", SECRET)]).exits(2);
    verify(&[]).exits(2);
    let signed = place.run(["sign", "lead.submit", "--print", "value"]);
    let signed = signed.env("NEW", "x").env("OLD", SECRET).run().exits(0);
    assert_eq!(signed.out(), signature("x"));
    // A listener that should verify signatures does not start without a secret.
    place.run(["listen", "--port", "0"]).run().exits(2);
}

#[cfg(unix)]
#[test]
fn a_secret_file_that_others_can_read_causes_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let place = Project::with("[profile.default]\nsecret = 's'\n");
    let mode = |mode: u32| {
        let path = place.path("project/cz-hook.toml");
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        place.run(["sign", "lead.submit"]).run().exits(0).stderr
    };
    assert!(mode(0o644).contains("chmod 600"));
    assert!(mode(0o640).contains("chmod 600"));
    assert_eq!(mode(0o600), "");
    // No warning when it is not used.
    mode(0o644);
    let ran = place.run(["sign", "lead.submit", "--secret", "x"]).run().exits(0);
    assert_eq!(ran.stderr, "");
}

#[cfg(unix)]
#[test]
fn a_secret_command_runs_when_a_secret_is_needed() {
    let place = Project::new();
    let sign = |command: &str| {
        place.own(&format!(
            "[profile.default]\nsecret_command_timeout = '2s'\nsecret_command = {command}\n"
        ));
        place.run(["sign", "lead.submit", "--print", "value"]).run()
    };
    assert_eq!(sign("['printf', 'a b']").exits(0).out(), signature("a b"));
    assert_eq!(sign("'printf \"a\\\\n\"; echo said >&2'").exits(0).out(), signature("a"));
    assert!(sign("'printf a; echo said >&2'").exits(0).stderr.contains("said"));
    // It runs in the folder of its file.
    place.write("home/.config/cz-hook/secret", "in the folder");
    assert_eq!(sign("['cat', 'secret']").exits(0).out(), signature("in the folder"));
    for (command, code, said) in [
        ("'printf hunter2; exit 3'", 3, "exit status: 3"),
        ("'printf hunter2; kill -9 $$'", 3, "signal"),
        ("'printf hunter2; exec sleep 60'", 3, "has not ended"),
        ("'printf hunter2; exec 1>&-; exec sleep 60'", 3, "has not ended"),
        ("'while :; do printf hunter2hunter2hunter2; done'", 3, "more than 1 MiB"),
        ("'exit 0'", 2, "is empty"),
        ("['no-such-program-there-is', 'hunter2']", 3, "cannot be run"),
    ] {
        let ran = sign(command).exits(code);
        assert!(ran.stderr.contains(said), "{command}: {}", ran.stderr);
        assert!(ran.stderr.contains("profile \"default\""), "{}", ran.stderr);
        assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    }
    // Bytes are bytes.
    let file = place.write("key", b"\xff\x00\x01");
    let under = hook(["sign", "lead.submit", "--print", "value", "--secret-file"]);
    let under = under.arg(file).run().exits(0);
    assert_eq!(sign("'printf \"\\\\377\\\\000\\\\001\"'").exits(0).out(), under.out());
}

#[cfg(unix)]
#[test]
fn a_secret_command_does_not_run_when_no_secret_is_needed() {
    let place = Project::new();
    place.own(
        "[profile.default]\nsecret_command = 'touch ran; echo s'\nurl = 'http://127.0.0.1:1/'\n",
    );
    let ran = place.path("home/.config/cz-hook/ran");
    place.run(["config"]).run().exits(0);
    place.run(["events"]).run().exits(0);
    place.run(["sign", "lead.submit", "--secret", "x"]).run().exits(0);
    custom_providers::unsigned(&place);
    place.trusted("providers = 'providers'\n");
    place.run(["send", "order.paid", "--provider", "acme", "--dry-run"]).run().exits(0);
    place.run(["inspect"]).stdin("{}").run().exits(0);
    assert!(!ran.exists());
    place.run(["config", "--check"]).run().exits(0);
    assert!(ran.exists());
}

#[cfg(unix)]
#[test]
fn a_project_file_runs_a_command_only_when_it_is_trusted() {
    let place = cloned("[profile.default]\nsecret_command = 'touch ran; echo s'\n");
    let ran = place.run(["sign", "lead.submit"]).run().exits(2);
    assert!(ran.stderr.contains("cz-hook trust"), "{}", ran.stderr);
    // The user file may contain what the project file may not.
    place.own("[profile.default]\nsecret = 's'\n");
    place.run(["sign", "lead.submit"]).run().exits(0);
    assert!(!place.path("project/ran").exists());
    // A file that is named on the command line is trusted.
    place.run(["sign", "lead.submit", "--config", "cz-hook.toml"]).run().exits(0);
    fs::remove_file(place.path("project/ran")).unwrap();
    place.run(["trust"]).run().exits(0);
    assert!(!place.path("project/ran").exists());
    place.run(["sign", "lead.submit"]).run().exits(0);
    assert!(place.path("project/ran").exists());
}

#[test]
fn secrets_are_listed_by_name_without_running_commands() {
    let place = Project::new();
    place.write("s", "from file\n");
    let file = place.write(
        "all.toml",
        "[profile.a]\nsecret = ['one', 'two']\n[profile.b]\nsecret_env = ['PATH', 'CZ_HOOK_NOT_SET']\n\
         [profile.c]\nsecret_file = ['s', 'nothing', '.']\n[profile.d]\nsecret_command = 'touch ran; echo s'\n",
    );
    let options = cz_hook::config::ConfigOptions { file: Some(file), ..Default::default() };
    let settings = cz_hook::config::Settings::load(&options).unwrap();
    let known = cz_hook::config::other_secrets(&settings);
    let known: Vec<_> = known
        .iter()
        .map(|secret| (secret.expose(), secret.origin()))
        .filter(|(_, origin)| origin.starts_with("profile"))
        .collect();
    let path = std::env::var("PATH").unwrap();
    let expected: [(&[u8], &str); 4] = [
        (b"one", "profile \"a\" (written in "),
        (b"two", "profile \"a\" (written in "),
        (path.as_bytes(), "profile \"b\" (env PATH)"),
        (b"from file", "profile \"c\" (file "),
    ];
    assert_eq!(known.len(), expected.len());
    for ((bytes, origin), (expected, named)) in known.iter().zip(expected) {
        assert_eq!(*bytes, expected);
        assert!(origin.starts_with(named), "{origin}");
    }
    assert!(!place.path("ran").exists());
}
