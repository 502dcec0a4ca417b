//! `cz-hook.toml`: what goes before what, where it is looked for, where secrets come from and that they
//! stay there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use support::endpoint::Endpoint;
use support::{Hook, SECRET, SIGNATURE, hook};
use tempfile::TempDir;

/// A project in a folder of its own, and a home beside it.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("home/.config/cz-hook")).unwrap();
        fs::create_dir_all(dir.path().join("project/.git")).unwrap();
        Self { dir }
    }

    /// A place whose project has this file.
    fn with(project: &str) -> Self {
        let place = Self::new();
        place.write("project/cz-hook.toml", project);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        // The system's own temporary folder may be a link.
        self.dir.path().canonicalize().unwrap().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn own(&self, text: &str) {
        self.write("home/.config/cz-hook/cz-hook.toml", text);
    }

    fn run<const N: usize>(&self, args: [&str; N]) -> Hook {
        let home = self.path("home");
        hook(args)
            .env("XDG_CONFIG_HOME", home.join(".config"))
            .env("HOME", home)
            .within(self.path("project"))
    }
}

/// The value that `sign --print value` gives under a secret.
fn signature(secret: &str) -> String {
    let ran = hook([
        "sign",
        "lead.submit",
        "--print",
        "value",
        "--secret",
        secret,
    ]);
    ran.run().exits(0).out().to_owned()
}

#[test]
fn flags_go_over_the_environment_over_the_profile_over_defaults() {
    let place = Place::with(
        "[profile.default]\nsecret = 'of-default'\n[profile.other]\nsecret_env = 'OTHER'\n\
         [profile.none]\nurl = 'http://h/'\n",
    );
    let sign = || {
        place
            .run(["sign", "lead.submit", "--print", "value"])
            .env("OTHER", "of-other")
    };
    let signs = |hook: Hook, secret: &str| {
        assert_eq!(hook.run().exits(0).out(), signature(secret), "{secret}");
    };
    signs(sign(), "of-default");
    signs(sign().env("CZ_HOOK_PROFILE", "other"), "of-other");
    signs(
        sign()
            .env("CZ_HOOK_PROFILE", "none")
            .arg("--profile")
            .arg("other"),
        "of-other",
    );
    let env = || sign().env("CZ_HOOK_SECRET", "of-env");
    signs(env(), "of-env");
    signs(env().arg("--profile").arg("other"), "of-env");
    let ran = env().arg("--profile").arg("other").run().exits(0);
    assert!(
        ran.stderr.contains("CZ_HOOK_SECRET goes over"),
        "{}",
        ran.stderr
    );
    assert!(!env().run().exits(0).stderr.contains("goes over"));
    signs(env().arg("--secret").arg("of-flag"), "of-flag");
    let none = sign().arg("--profile=none").run().exits(2);
    assert!(
        none.stderr.contains("no secret to sign with"),
        "{}",
        none.stderr
    );
}

#[test]
fn a_flag_leaves_the_profiles_secret_alone() {
    let place = Place::with("[profile.default]\nsecret_env = 'UNSET'\n");
    place
        .run(["sign", "lead.submit", "--secret", "s"])
        .run()
        .exits(0);
    let ran = place.run(["sign", "lead.submit"]).run().exits(2);
    assert!(ran.stderr.contains("UNSET"), "{}", ran.stderr);
    // Nor is one asked for where nothing is signed.
    place
        .run([
            "sign",
            "newMessage",
            "--provider",
            "oneroute",
            "--print",
            "request",
        ])
        .run()
        .exits(0);
}

#[test]
fn the_profile_is_default_profile_or_the_one_called_default() {
    let text = "[profile.default]\nsecret = 'a'\n[profile.b]\nsecret = 'b'\n";
    let place = Place::with(text);
    let sign = |place: &Place| {
        let ran = place.run(["sign", "lead.submit", "--print", "value"]).run();
        ran.exits(0).out().to_owned()
    };
    assert_eq!(sign(&place), signature("a"));
    place.write(
        "project/cz-hook.toml",
        format!("default_profile = 'b'\n{text}"),
    );
    assert_eq!(sign(&place), signature("b"));
    place.write(
        "project/cz-hook.toml",
        format!("default_profile = 'c'\n{text}"),
    );
    let ran = place.run(["sign", "lead.submit"]).run().exits(2);
    assert!(ran.stderr.contains("default_profile in"), "{}", ran.stderr);
    place.write("project/cz-hook.toml", "[profile.b]\nsecret = 'b'\n");
    place.run(["sign", "lead.submit"]).run().exits(2);
}

#[test]
fn an_unknown_profile_names_the_nearest() {
    let place = Place::with("[profile.staging]\nurl = 'http://h/'\n");
    for hook in [
        place.run(["events", "--profile", "stagign"]),
        place.run(["events"]).env("CZ_HOOK_PROFILE", "stagign"),
    ] {
        let ran = hook.run().exits(2);
        assert!(
            ran.stderr.contains("did you mean `staging`?"),
            "{}",
            ran.stderr
        );
    }
    let ran = Place::new()
        .run(["events", "--profile", "x"])
        .run()
        .exits(2);
    assert!(
        ran.stderr.contains("no cz-hook.toml was found"),
        "{}",
        ran.stderr
    );
    let ran = place
        .run(["events"])
        .env("CZ_HOOK_PROFILE", "")
        .run()
        .exits(2);
    assert!(ran.stderr.contains("CZ_HOOK_PROFILE"), "{}", ran.stderr);
}

#[test]
fn the_file_is_found_upward_as_far_as_the_repository_goes() {
    let place = Place::new();
    place.write(
        "cz-hook.toml",
        "[profile.default]\nsecret = 'above the repository'\n",
    );
    place.write("project/a/b/c.txt", "");
    let deep = || {
        place
            .run(["sign", "lead.submit", "--print", "value"])
            .within(place.path("project/a/b"))
    };
    deep().run().exits(2);
    place.write(
        "project/cz-hook.toml",
        "[profile.default]\nsecret = 'root'\n",
    );
    assert_eq!(deep().run().exits(0).out(), signature("root"));
    place.write(
        "project/a/cz-hook.toml",
        "[profile.default]\nsecret = 'nearer'\n",
    );
    assert_eq!(deep().run().exits(0).out(), signature("nearer"));
    deep().arg("--no-config").run().exits(2);
}

#[test]
fn the_walk_upward_ends_at_home() {
    let place = Place::new();
    place.write("cz-hook.toml", "[profile.default]\nsecret = 'above home'\n");
    place.write("home/work/x.txt", "");
    let run = || {
        place
            .run(["sign", "lead.submit"])
            .within(place.path("home/work"))
    };
    run().run().exits(2);
    place.write(
        "home/cz-hook.toml",
        "[profile.default]\nsecret = 'in home'\n",
    );
    run().run().exits(0);
}

#[test]
fn ones_own_file_adds_what_the_projects_does_not_say() {
    let place = Place::with("[profile.default]\nurl = 'http://project/'\n");
    place.own(
        "[profile.default]\nurl = 'http://own/'\nsecret = 'own'\n[profile.mine]\nsecret = 'mine'\n",
    );
    let ran = place.run(["sign", "lead.submit", "--print", "value"]).run();
    assert_eq!(ran.exits(0).out(), signature("own"));
    let ran = place.run([
        "sign",
        "lead.submit",
        "--print",
        "value",
        "--profile",
        "mine",
    ]);
    assert_eq!(ran.run().exits(0).out(), signature("mine"));
    let lines = place.run(["config", "--json"]).run().exits(0).json();
    let of = |name: &str| lines.iter().find(|l| l["name"] == name).unwrap();
    assert_eq!(of("url")["value"], "http://project/");
    assert!(
        of("url")["file"]
            .as_str()
            .unwrap()
            .ends_with("project/cz-hook.toml")
    );
    assert!(of("secret")["file"].as_str().unwrap().contains("home"));
}

#[test]
fn a_named_file_is_the_only_one_and_starts_its_own_paths() {
    let place = Place::with("[profile.default]\nsecret = 'project'\n");
    place.own("[profile.default]\nurl = 'http://own/'\n");
    place.write("ci/secret", "from-file\n");
    let ci = place.write("ci/ci.toml", "[profile.default]\nsecret_file = 'secret'\n");
    let sign = || place.run(["sign", "lead.submit", "--print", "value"]);
    let ran = sign().arg("--config").arg(&ci).run().exits(0);
    assert_eq!(ran.out(), signature("from-file"));
    let ran = sign().env("CZ_HOOK_CONFIG", &ci).run().exits(0);
    assert_eq!(ran.out(), signature("from-file"));
    let ran = place
        .run(["send", "lead.submit"])
        .env("CZ_HOOK_CONFIG", &ci)
        .run()
        .exits(2);
    assert!(ran.stderr.contains("--url"), "{}", ran.stderr);
    sign()
        .arg("--config")
        .arg(place.path("nothing"))
        .run()
        .exits(3);
    sign().env("CZ_HOOK_CONFIG", "").run().exits(2);
    sign()
        .arg("--config")
        .arg(&ci)
        .arg("--no-config")
        .run()
        .exits(2);
}

#[test]
fn what_is_not_known_is_an_error_with_its_line() {
    for (text, expected) in [
        (
            "[profile.default]\nurl = 'x'\nprovidr = 'hunter2'\n",
            ["line 3", "did you mean `provider`?"],
        ),
        ("url = 'hunter2'\n", ["line 1", "[profile.default]"]),
        (
            "[profile.default]\nsecret = 4711\n",
            ["line 2", "text in quotes"],
        ),
        (
            "[profile.default]\nsecret = 'hunter2'\nsecret_env = 'A'\n",
            ["line 1", "secret and secret_env"],
        ),
        (
            "[profile.default]\nheaders = 'hunter2'\n",
            ["line 2", "expected"],
        ),
        ("[profile.default]\nsecret = \"hunter2\n", ["line 2", ""]),
        (
            "[profile.default]\nprovider = 'chatbse'\n",
            ["did you mean `chatbase`?", "cz-hook.toml"],
        ),
        (
            "[profile.default]\n\"\\u001b[31m\" = 1\n",
            ["line 2", "\\u{1b}"],
        ),
    ] {
        let place = Place::with(text);
        let ran = place
            .run(["sign", "lead.submit", "--secret", "s"])
            .run()
            .exits(2);
        for part in expected {
            assert!(ran.stderr.contains(part), "{text}: {}", ran.stderr);
        }
        for value in ["hunter2", "4711", "\u{1b}["] {
            assert!(!ran.stderr.contains(value), "{text}: {}", ran.stderr);
        }
    }
    let place = Place::new();
    place.write("project/cz-hook.toml", b"\xff\xfe");
    place.run(["events"]).run().exits(2);
    place.write("project/cz-hook.toml", vec![b'#'; (1 << 20) + 1]);
    place.run(["events"]).run().exits(2);
    fs::remove_file(place.path("project/cz-hook.toml")).unwrap();
    fs::create_dir(place.path("project/cz-hook.toml")).unwrap();
    place.run(["events"]).run().exits(2);
    place.run(["events", "--no-config"]).run().exits(0);
}

#[test]
fn no_output_ever_holds_a_secret() {
    const VALUE: &str = "hunter2-the-secret";
    let place = Place::with(&format!(
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
    let ran = place
        .run(["config", "--profile", "env"])
        .env("A", VALUE)
        .run()
        .exits(0);
    assert!(
        ran.out().contains("(set, from env A), (not set: env B)"),
        "{}",
        ran.out()
    );
}

#[test]
fn config_says_what_is_in_force_and_where_it_was_looked_for() {
    let place = Place::with("[profile.staging]\nurl = 'http://s/'\nforward_to = 'http://f/'\n");
    let ran = place
        .run(["config"])
        .env("CZ_HOOK_PROFILE", "staging")
        .run()
        .exits(0);
    let out = ran.out();
    for part in [
        "staging",
        "CZ_HOOK_PROFILE",
        "http://s/",
        "http://f/",
        "default",
        "project",
        "absent",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let lines = place
        .run(["config", "--json", "--profile", "staging"])
        .run()
        .exits(0)
        .json();
    let url = lines.iter().find(|l| l["name"] == "url").unwrap();
    assert_eq!(
        (&url["from"], &url["profile"]),
        (&"profile".into(), &"staging".into())
    );
    let profile = lines.iter().find(|l| l["name"] == "profile").unwrap();
    assert_eq!(
        (&profile["from"], &profile["by"]),
        (&"flag".into(), &"--profile".into())
    );
    let provider = lines.iter().find(|l| l["name"] == "provider").unwrap();
    assert_eq!(provider["from"], "default");
    let states: Vec<_> = lines
        .iter()
        .filter(|l| l["type"] == "file")
        .map(|l| l["state"].clone())
        .collect();
    assert_eq!(states, ["project", "absent"]);
    hook(["config", "--check"]).run().exits(0);
}

#[test]
fn secrets_are_rotated_with_a_list() {
    let place = Place::with("[profile.default]\nsecret_env = ['NEW', 'OLD']\n");
    let verify = |env: &[(&str, &str)]| {
        let mut hook = place
            .run(["verify", "--signature", SIGNATURE])
            .stdin(support::BODY);
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
    // A listener that was to check does not start unchecked.
    place.run(["listen", "--port", "0"]).run().exits(2);
}

#[cfg(unix)]
#[test]
fn a_secret_that_others_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::with("[profile.default]\nsecret = 's'\n");
    let mode = |mode: u32| {
        let path = place.path("project/cz-hook.toml");
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        place.run(["sign", "lead.submit"]).run().exits(0).stderr
    };
    assert!(mode(0o644).contains("chmod 600"));
    assert!(mode(0o640).contains("chmod 600"));
    assert_eq!(mode(0o600), "");
    // Nothing to warn of when it is not used.
    mode(0o644);
    let ran = place
        .run(["sign", "lead.submit", "--secret", "x"])
        .run()
        .exits(0);
    assert_eq!(ran.stderr, "");
}

#[cfg(unix)]
#[test]
fn a_command_gives_the_secret_when_one_is_needed() {
    let place = Place::new();
    let sign = |command: &str| {
        place.own(&format!(
            "[profile.default]\nsecret_command_timeout = '2s'\nsecret_command = {command}\n"
        ));
        place.run(["sign", "lead.submit", "--print", "value"]).run()
    };
    assert_eq!(sign("['printf', 'a b']").exits(0).out(), signature("a b"));
    assert_eq!(
        sign("'printf \"a\\\\n\"; echo said >&2'").exits(0).out(),
        signature("a")
    );
    assert!(
        sign("'printf a; echo said >&2'")
            .exits(0)
            .stderr
            .contains("said")
    );
    // It runs in the folder of its file, whatever that is.
    place.write("home/.config/cz-hook/secret", "in the folder");
    assert_eq!(
        sign("['cat', 'secret']").exits(0).out(),
        signature("in the folder")
    );
    for (command, code, said) in [
        ("'printf hunter2; exit 3'", 3, "exit status: 3"),
        ("'printf hunter2; kill -9 $$'", 3, "signal"),
        ("'printf hunter2; exec sleep 60'", 3, "has not ended"),
        (
            "'printf hunter2; exec 1>&-; exec sleep 60'",
            3,
            "has not ended",
        ),
        (
            "'while :; do printf hunter2hunter2hunter2; done'",
            3,
            "more than 1 MiB",
        ),
        ("'exit 0'", 2, "is empty"),
        (
            "['no-such-program-there-is', 'hunter2']",
            3,
            "cannot be run",
        ),
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
    assert_eq!(
        sign("'printf \"\\\\377\\\\000\\\\001\"'").exits(0).out(),
        under.out()
    );
}

#[cfg(unix)]
#[test]
fn a_command_is_not_run_when_nothing_needs_it() {
    let place = Place::new();
    place.own(
        "[profile.default]\nsecret_command = 'touch ran; echo s'\nurl = 'http://127.0.0.1:1/'\n",
    );
    let ran = place.path("home/.config/cz-hook/ran");
    place.run(["config"]).run().exits(0);
    place.run(["events"]).run().exits(0);
    place
        .run(["sign", "lead.submit", "--secret", "x"])
        .run()
        .exits(0);
    place
        .run(["send", "newMessage", "--provider", "oneroute", "--dry-run"])
        .run()
        .exits(0);
    place.run(["inspect"]).stdin("{}").run().exits(0);
    assert!(!ran.exists());
    place.run(["config", "--check"]).run().exits(0);
    assert!(ran.exists());
}

#[cfg(unix)]
#[test]
fn a_strangers_file_runs_nothing_and_reads_nothing_outside() {
    let place = Place::with("[profile.default]\nsecret_command = 'touch ran; echo s'\n");
    let ran = place.run(["sign", "lead.submit"]).run().exits(2);
    assert!(
        ran.stderr.contains("not run") && ran.stderr.contains("--config"),
        "{}",
        ran.stderr
    );
    assert!(!place.path("project/ran").exists());
    // Ones own file may say what the project's may not.
    place.own("[profile.default]\nsecret = 's'\n");
    place.run(["sign", "lead.submit"]).run().exits(0);
    assert!(!place.path("project/ran").exists());
    // Named, it is trusted.
    place
        .run(["sign", "lead.submit", "--config", "cz-hook.toml"])
        .run()
        .exits(0);
    assert!(place.path("project/ran").exists());

    place.write(
        "home/private/token.json",
        "{\"eventType\":\"x\",\"agentId\":\"y\",\"payload\":1}",
    );
    let list = |text: &str| {
        place.write("project/cz-hook.toml", text);
        place.run(["events"]).run()
    };
    for text in [
        "fixtures = '../home/private'",
        "providers = '../home/private'",
        "fixtures = 'link'",
        "fixtures = 'own'",
    ] {
        let link = place.path("project/link");
        let _ = std::os::unix::fs::symlink(place.path("home/private"), link);
        fs::create_dir_all(place.path("project/own")).unwrap();
        let file = place.path("project/own/token.json");
        let _ = std::os::unix::fs::symlink(place.path("home/private/token.json"), file);
        let ran = list(text).exits(2);
        assert!(
            ran.stderr.contains("outside of its project"),
            "{text}: {}",
            ran.stderr
        );
    }
    place
        .run(["events", "--config", "cz-hook.toml"])
        .run()
        .exits(0);
}

#[test]
fn the_profile_says_where_to_send_and_what_to_add() {
    let endpoint = Endpoint::accepting();
    let place = Place::with(&format!(
        "[profile.default]\nurl = '{}'\nsecret = '{SECRET}'\nprovider = 'chatbase'\n\
         [profile.default.headers]\nX-A = 'profile'\nX-B = 'profile'\n",
        endpoint.url("/")
    ));
    place
        .run(["send", "leads.submit", "-H", "x-a: flag"])
        .run()
        .exits(0);
    let received = endpoint.seen();
    let request = received.last().unwrap();
    assert_eq!(request.header("x-a"), Some("flag"));
    assert_eq!(request.header("x-b"), Some("profile"));
    assert!(request.header("x-chatbase-signature").is_some());
    // Replayed byte for byte: nothing is added.
    let http = place
        .run(["sign", "leads.submit", "--print", "request"])
        .run()
        .exits(0);
    let file = place.write("project/request.http", &http.stdout);
    place.run(["replay"]).arg(&file).run().exits(0);
    let received = endpoint.seen();
    assert_eq!(received.last().unwrap().header("x-b"), None);
    // What the profile expects is what is verified, and `auto` still recognises.
    place.run(["verify"]).arg(&file).run().exits(0);
    place
        .run(["verify", "--provider", "auto"])
        .arg(&file)
        .run()
        .exits(0);
    place
        .run(["verify", "--provider", "chatzuri"])
        .arg(&file)
        .run()
        .exits(1);
    let ran = place
        .run(["sign", "leads.submit", "--print", "request"])
        .run()
        .exits(0);
    assert!(String::from_utf8_lossy(&ran.stdout).contains("127.0.0.1"));
}

#[test]
fn an_own_fixture_is_a_sample_like_any_other() {
    let place = Place::with("fixtures = 'samples'\n[profile.default]\nsecret = 's'\n");
    let body = |name: &str| {
        format!(
            "{{\"eventType\": \"lead.submit\", \"agentId\": \"a\", \"payload\": {{\"customerName\": \"{name}\"}}}}"
        )
    };
    place.write("project/samples/lead.submit.vip.json", body("Vip"));
    place.write(
        "project/samples/message.received.telegram.json",
        body("Telegram"),
    );
    place.write("project/samples/README.md", "nothing to send");
    place.write(
        "project/samples/theirs.json",
        "{\"eventType\": \"leads.submit\", \"chatbotId\": \"c\", \"payload\": {}}",
    );
    let request = |args: &[&str]| {
        let mut hook = place.run(["sign", "--print", "request"]);
        for arg in args {
            hook = hook.arg(arg);
        }
        hook.run()
    };
    let sent = |args: &[&str]| String::from_utf8(request(args).exits(0).stdout).unwrap();
    assert!(sent(&["lead.submit.vip"]).ends_with(
        r#"{"eventType":"lead.submit","agentId":"a","payload":{"customerName":"Vip"}}"#
    ));
    assert!(sent(&["lead.submit", "--channel", "vip"]).contains("Vip"));
    assert!(sent(&["lead.submit.vip", "--set", "payload.customerName=Zoë"]).contains("Zoë"));
    assert!(sent(&["message.received", "--channel", "telegram"]).contains("Telegram"));
    assert!(!sent(&["lead.submit"]).contains("Vip"));
    // It brings its provider along, unless another is named.
    let theirs = place
        .run(["sign", "theirs", "--json"])
        .run()
        .exits(0)
        .json();
    assert_eq!(theirs[0]["event"], "leads.submit");
    let ran = request(&["theirs", "--provider", "chatzuri"]).exits(2);
    assert!(ran.stderr.contains("--provider"), "{}", ran.stderr);
    let ran = request(&["lead.submit.vpi"]).exits(2);
    assert!(
        ran.stderr.contains("did you mean `lead.submit.vip`"),
        "{}",
        ran.stderr
    );

    let ran = place.run(["events", "list"]).run().exits(0);
    assert!(
        ran.out()
            .lines()
            .any(|l| l.contains("lead.submit.vip") && l.contains("own")),
        "{}",
        ran.out()
    );
    let lines = place
        .run(["events", "list", "--json"])
        .run()
        .exits(0)
        .json();
    assert!(
        lines
            .iter()
            .any(|l| l["event"] == "theirs" && l["payload"] == "own")
    );
    let ran = place
        .run(["events", "show", "lead.submit.vip", "--json"])
        .run()
        .exits(0);
    assert_eq!(ran.json()[0]["payload"]["customerName"], "Vip");
    let all = place
        .run(["send", "--all", "--dry-run", "--url", "http://h/"])
        .run()
        .exits(0);
    let all = String::from_utf8_lossy(&all.stdout).into_owned();
    assert!(all.contains("Vip") && all.contains("Telegram"));
    assert_eq!(all.matches("POST /").count(), 8, "{all}");
    let some = place
        .run([
            "send",
            "lead.submit",
            "--all",
            "--dry-run",
            "--url",
            "http://h/",
        ])
        .run()
        .exits(0);
    let some = String::from_utf8_lossy(&some.stdout).into_owned();
    assert_eq!(some.matches("POST /").count(), 3, "{some}");

    for (name, text, said) in [
        ("broken.json", "{", "not JSON"),
        ("nobody.json", "{}", "recognised"),
        ("x.schema.json", "{}", "schema"),
    ] {
        let path = place.write(&format!("project/samples/{name}"), text);
        let ran = request(&["lead.submit.vip"]).exits(2);
        assert!(
            ran.stderr.contains(said) && ran.stderr.contains(name),
            "{}",
            ran.stderr
        );
        fs::remove_file(path).unwrap();
    }
    place.write("project/cz-hook.toml", "fixtures = 'nowhere'\n");
    place.run(["events"]).run().exits(2);
}

#[test]
fn the_profile_says_where_deliveries_are_passed_on_to() {
    let endpoint = Endpoint::accepting();
    let place = Place::with(&format!(
        "[profile.default]\nforward_to = '{}'\nsecret = '{SECRET}'\n[profile.none]\n",
        endpoint.url("/hook")
    ));
    let args = ["listen", "--port", "0", "--count", "1", "--forward-invalid"];
    let listening = support::listening::Listening::of(place.run(args));
    listening.post(
        &[("x-chatzuri-signature", "0000")],
        support::BODY.as_bytes(),
    );
    let (code, _, said) = listening.end();
    assert_eq!(code, Some(0), "{said}");
    // It is somebody's file that says so, perhaps: it is told.
    assert!(said.contains("forward_to"), "{said}");
    assert_eq!(endpoint.only().target, "/hook");
    let ran = place.run(args).arg("--profile").arg("none").run().exits(2);
    assert!(ran.stderr.contains("--forward-to"), "{}", ran.stderr);
}

#[test]
fn every_secret_is_known_by_name_without_running_anything() {
    let place = Place::new();
    place.write("s", "from file\n");
    let file = place.write(
        "all.toml",
        "[profile.a]\nsecret = ['one', 'two']\n[profile.b]\nsecret_env = ['PATH', 'CZ_HOOK_NOT_SET']\n\
         [profile.c]\nsecret_file = ['s', 'nothing', '.']\n[profile.d]\nsecret_command = 'touch ran; echo s'\n",
    );
    let shared = cz_hook::cli::Shared {
        config: Some(file),
        ..Default::default()
    };
    let settings = cz_hook::config::Settings::load(&shared).unwrap();
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

const ACME: &str = r#"
name = "acme"
title = "Acme"
document = "Acme's page"

[signature]
header = "X-Acme-Signature"
algorithm = "hmac-sha256"
encoding = "base64"

[envelope]
keys = ["kind", "order"]
event = "/kind"
agent = "/shop"
data = "/order"

[[event]]
name = "order.paid"
summary = "an order was paid"
payload = "documented"
"#;

fn acme(place: &Place) {
    place.write("project/providers/acme/provider.toml", ACME);
    place.write(
        "project/providers/acme/order.paid.json",
        "{\"kind\": \"order.paid\", \"shop\": \"s\", \"order\": {\"id\": 1}}",
    );
}

#[test]
fn an_own_provider_works_wherever_the_built_in_ones_do() {
    let place = Place::with(&format!(
        "providers = 'providers'\n[profile.default]\nsecret = '{SECRET}'\n"
    ));
    acme(&place);
    let signed = place.run([
        "sign",
        "order.paid",
        "--provider",
        "acme",
        "--print",
        "request",
    ]);
    let signed = signed.run().exits(0);
    assert!(String::from_utf8_lossy(&signed.stdout).contains("x-acme-signature: "));
    let request = place.write("project/request.http", &signed.stdout);
    let verified = place.run(["verify", "--json"]).arg(&request).run().exits(0);
    assert_eq!(verified.json()[0]["provider"], "acme");
    place
        .run(["verify", "--secret", "other"])
        .arg(&request)
        .run()
        .exits(1);
    let listed = place
        .run(["inspect", "--json"])
        .arg(&request)
        .run()
        .exits(0)
        .json();
    assert_eq!(
        (&listed[0]["provider"], &listed[0]["event"]),
        (&"acme".into(), &"order.paid".into())
    );
    let validated = place
        .run(["events", "validate", "--json"])
        .arg(&request)
        .run()
        .exits(0);
    assert_eq!(validated.json()[0]["provider"], "acme");
    let bad = place
        .run(["events", "validate"])
        .stdin("{\"kind\": \"order.paid\"}")
        .run();
    assert_eq!(bad.code, Some(1), "{}", bad.stderr);
    let ran = place
        .run(["events", "list", "--provider", "acme"])
        .run()
        .exits(0);
    assert!(ran.out().contains("order.paid"));
    let schema = place
        .run([
            "events",
            "schema",
            "order.paid",
            "--provider",
            "acme",
            "--json",
        ])
        .run();
    assert_eq!(
        schema.exits(0).json()[0]["required"],
        serde_json::json!(["kind", "order"])
    );
    let ran = place.run(["sign", "order.paid"]).run().exits(2);
    assert!(ran.stderr.contains("--provider acme"), "{}", ran.stderr);
    // The built-in ones are still there, and elsewhere nobody knows acme.
    place.run(["sign", "lead.submit"]).run().exits(0);
    hook(["sign", "order.paid", "--provider", "acme", "--secret", "s"])
        .run()
        .exits(2);

    let listen = place.run(["listen", "--port", "0", "--json", "--count", "1"]);
    let listening = support::listening::Listening::of(listen);
    let bytes = fs::read(&request).unwrap();
    listening.exchange(&[&bytes[..]].concat());
    let line = listening.json_of("delivery");
    assert_eq!(
        (&line["provider"], &line["signature"]["verdict"]),
        (&"acme".into(), &"valid".into())
    );
}

#[test]
fn what_is_wrong_with_an_own_provider_is_named_with_file_line_and_key() {
    let place = Place::with("providers = 'providers'\n");
    let said = |file: &str, text: &str| {
        acme(&place);
        let path = place.write(&format!("project/providers/{file}"), text);
        let ran = place.run(["events"]).run().exits(2);
        fs::remove_file(path).unwrap();
        ran.stderr
    };
    let changed = |from: &str, to: &str| said("acme/provider.toml", &ACME.replacen(from, to, 1));
    for (said, expected) in [
        (
            changed("encoding", "encodin"),
            ["provider.toml: line 9", "did you mean `encoding`?"],
        ),
        (
            changed("hmac-sha256", "hmac-sha265"),
            ["line 8", "hmac-sha256"],
        ),
        (
            changed("\"acme\"", "\"acne\""),
            ["acme/provider.toml", "another name"],
        ),
        (
            said("acme/order.payed.json", "{}"),
            ["order.payed.json", "order.paid"],
        ),
        (
            said("acme/order.paid.schema.json", "{\n  \"type\": object\n}"),
            ["acme/order.paid.schema.json: line 2", "not JSON"],
        ),
        (
            changed(
                "[envelope]",
                "signs = [{ header = \"x-time\" }]\n[envelope]",
            ),
            ["acme/provider.toml", "without the body"],
        ),
        (
            said(
                "chatbase/provider.toml",
                &ACME.replacen("acme", "chatbase", 1),
            ),
            ["chatbase/provider.toml", "built-in"],
        ),
    ] {
        let said = said.replace('\\', "/");
        for part in expected {
            assert!(said.contains(part), "{said}");
        }
    }
    fs::remove_dir_all(place.path("project/providers")).unwrap();
    acme(&place);
    place.run(["config", "--check"]).run().exits(0);
    place.write(
        "project/providers/acme/order.paid.json",
        "{\"kind\": \"order.paid\"}",
    );
    let ran = place.run(["config", "--check"]).run().exits(2);
    assert!(ran.stderr.contains("order.paid"), "{}", ran.stderr);
    fs::remove_dir_all(place.path("project/providers")).unwrap();
    fs::create_dir_all(place.path("project/providers/empty")).unwrap();
    let ran = place.run(["events"]).run().exits(2);
    assert!(ran.stderr.contains("provider.toml"), "{}", ran.stderr);
}

#[test]
fn init_writes_a_file_once_and_never_over_another() {
    let place = Place::new();
    place.run(["init"]).run().exits(0);
    let path = place.path("project/cz-hook.toml");
    let written = fs::read(&path).unwrap();
    place.run(["config", "--check"]).run().exits(0);
    let ran = place.run(["init"]).run().exits(2);
    assert!(ran.stderr.contains("there already"), "{}", ran.stderr);
    assert_eq!(fs::read(&path).unwrap(), written);
    fs::write(&path, "").unwrap();
    place.run(["init"]).run().exits(2);
    assert_eq!(fs::read(&path).unwrap(), b"");
    place.run(["init", "--dir", "nowhere"]).run().exits(2);
    #[cfg(unix)]
    {
        let target = place.path("elsewhere");
        fs::create_dir(place.path("project/d")).unwrap();
        std::os::unix::fs::symlink(&target, place.path("project/d/cz-hook.toml")).unwrap();
        place.run(["init", "--dir", "d"]).run().exits(2);
        assert!(!target.exists());
    }
}

#[test]
fn of_many_at_once_one_writes() {
    let place = Place::new();
    let children: Vec<_> = (0..8)
        .map(|_| {
            let mut command = place.run(["init", "-q"]).command();
            command.stderr(std::process::Stdio::null()).spawn().unwrap()
        })
        .collect();
    let codes: Vec<_> = children
        .into_iter()
        .map(|mut child| child.wait().unwrap().code())
        .collect();
    assert_eq!(
        codes.iter().filter(|code| **code == Some(0)).count(),
        1,
        "{codes:?}"
    );
    assert_eq!(
        codes.iter().filter(|code| **code == Some(2)).count(),
        7,
        "{codes:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_is_there_and_cannot_be_read_is_not_passed_over() {
    let place = Place::new();
    let link = place.path("project/cz-hook.toml");
    std::os::unix::fs::symlink(Path::new("nowhere"), &link).unwrap();
    place.run(["events"]).run().exits(3);
    fs::remove_file(&link).unwrap();
    // A pipe would be waited for.
    let made = std::process::Command::new("mkfifo").arg(&link).status();
    if made.is_ok_and(|status| status.success()) {
        place.run(["events"]).run().exits(2);
    } else {
        support::tools::skip("mkfifo is not there (to make a pipe)");
    }
}

/// A file that is merely found may be anybody's: nothing it says reaches a terminal as a command.
#[test]
fn a_strangers_file_cannot_write_to_the_terminal() {
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
        profile(&format!(
            "providers = 'own'\nfixtures = 'fixtures'\nurl = \"{EVIL}\""
        )),
    ];
    for file in files {
        let place = Place::with(&file);
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
            let ran = place.run([]).args(args).stdin(support::BODY).run();
            let said = format!("{}{}", ran.out(), ran.stderr);
            let is_evil = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
            assert!(!said.contains(is_evil), "{file}\n{args:?}: {said:?}");
        }
    }
}

#[test]
fn names_of_an_own_providers_events_are_plain() {
    let place = Place::with("providers = 'providers'\n");
    let evil = ACME.replace("name = \"order.paid\"", "name = \"order\\u001b[2J\"");
    assert_ne!(evil, ACME);
    place.write("project/providers/acme/provider.toml", evil);
    let ran = place.run(["events"]).run().exits(2);
    assert!(ran.stderr.contains("control character"), "{}", ran.stderr);
}

#[test]
fn what_is_in_force_is_shown_without_passwords_and_checked_as_it_is_used() {
    let place = Place::with(
        "[profile.default]\nurl = 'http://u:hunter2@h/'\n\
         forward_to = ['lead.submit=http://u:hunter3@h/', 'http://h/?to=a@b']\n",
    );
    for args in [
        &["config"][..],
        &["config", "--json"],
        &["config", "--check"],
    ] {
        let ran = place.run([]).args(args).run();
        let said = format!("{}{}", ran.out(), ran.stderr);
        assert!(said.contains("http://…@h/"), "{said}");
        assert!(said.contains("http://h/?to=a@b"), "{said}");
        assert!(!said.contains("hunter"), "{said}");
    }
    for (text, said) in [
        ("url = 'localhost:3000'", "http://"),
        ("url = 'http://u:p@h/'", "password"),
        ("forward_to = 'localhost:3000'", "http://"),
        ("forward_to = 'lead.sumbit=http://h/'", "`forward_to` in"),
        (
            "forward_to = ['http://a/', 'http://b/']",
            "given twice for every event",
        ),
    ] {
        place.write(
            "project/cz-hook.toml",
            format!("[profile.default]\n{text}\n"),
        );
        let ran = place.run(["config", "--check"]).run().exits(2);
        assert!(ran.stderr.contains(said), "{text}: {}", ran.stderr);
        place.run(["config"]).run().exits(0);
    }
}

#[test]
fn without_a_file_no_profile_is_looked_for() {
    let place = Place::with("[profile.a]\nsecret = 'a'\n");
    let sign = ["sign", "lead.submit", "--secret", "s", "--no-config"];
    place.run(sign).env("CZ_HOOK_PROFILE", "a").run().exits(0);
    let ran = place.run(sign).arg("--profile").arg("a").run().exits(2);
    assert!(ran.stderr.contains("--no-config"), "{}", ran.stderr);
}

/// Only a command that prints a request needs to know where it goes.
#[test]
fn a_profiles_wrong_url_is_nothing_to_a_signature() {
    let place = Place::with("[profile.default]\nurl = 'localhost:3000'\nsecret = 's'\n");
    for args in [&["--json"][..], &["--print", "value"], &[]] {
        let sign = place.run(["sign", "lead.submit"]).args(args);
        sign.run().exits(0);
    }
    let curl = place.run(["sign", "lead.submit", "--print", "curl"]);
    curl.run().exits(2);
}
