//! A file that is found by searching takes effect only when the user trusts it, as it is.

use std::fs;

use super::{Project, cloned, signature};
use crate::support::endpoint::Endpoint;
use crate::support::listening::Listening;
use crate::support::{BODY, Hook, SECRET, SIGNATURE, SIGNED, programs};

/// The only line on standard error.
#[track_caller]
fn only_line(stderr: &str) -> &str {
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    stderr.trim_end()
}

#[test]
fn a_found_file_sends_nothing_anywhere() {
    let endpoint = Endpoint::accepting();
    let url = endpoint.url("/theirs");
    let body = BODY.replace("sarah@acme.com", "forged@acme.com");
    for text in [
        format!("fixtures = 'samples'\n[profile.default]\nurl = '{url}'\n"),
        format!("default_profile = 'x'\nfixtures = 'samples'\n[profile.x]\nurl = '{url}'\n"),
        format!(
            "[profile.default]\nurl = '{url}'\nfixtures = 'samples'\nheaders = {{ X-A = 'b' }}\n"
        ),
        format!("[profile.default]\nurl = '{url}'\nsecret_env = 'AWS_SECRET_ACCESS_KEY'\n"),
        format!("[profile.default]\nurl = '{url}'\nproviders = 'providers'\nprovider = 'acme'\n"),
    ] {
        let place = cloned(&text);
        place.write("project/samples/lead.submit.json", &body);
        let capture = place.write("project/recorded.http", crate::support::signed_request());
        for args in [
            &["send", "lead.submit"][..],
            &["send", "lead.submit", "--retry", "--max-attempts", "1"],
            &["send", "--all", "-q"],
            &["replay", capture.to_str().unwrap()],
            &["replay", capture.to_str().unwrap(), "--resign", "-q"],
        ] {
            for profile in [&[][..], &["--profile", "default"], &["--profile", "x"]] {
                let ran = place.run([]).args(args).args(profile);
                let ran = ran.env("CZ_HOOK_SECRET", SECRET).env("AWS_SECRET_ACCESS_KEY", "aws");
                let ran = ran.run().exits(2);
                assert!(ran.stderr.contains("error: "), "{}", ran.stderr);
            }
        }
        let ran = place.run(["send", "lead.submit"]).env("CZ_HOOK_SECRET", SECRET).run().exits(2);
        assert!(ran.stderr.contains("run `cz-hook trust`"), "{}", ran.stderr);
    }
    let place = cloned(&format!("[profile.default]\nforward_to = '{url}'\nsecret = 'theirs'\n"));
    let listen = place.run(["listen", "--port", "0", "--count", "1", "--json", "-q"]);
    let listening = Listening::of(listen.args(["--secret", SECRET]));
    listening.post(&[SIGNED], BODY.as_bytes());
    let (code, _, said) = listening.end();
    assert_eq!(code, Some(0), "{said}");
    let ran = place.run(["listen", "--port", "0", "--forward-invalid"]).run().exits(2);
    assert!(ran.stderr.contains("`cz-hook trust` to use its forward_to"), "{}", ran.stderr);
    assert!(endpoint.was_untouched());
}

/// Some providers send a token instead of a signature, and some hand the secret over in a handshake.
#[test]
fn a_found_file_does_not_choose_to_send_the_secret() {
    let endpoint = Endpoint::accepting();
    let url = endpoint.url("/hook");
    for (provider, args) in [
        ("gitlab", &["sign", "push"][..]),
        ("gitlab", &["send", "push", "--url", &url]),
        ("gitlab", &["send", "--all", "--url", &url]),
        ("gitlab", &["test", "--url", &url]),
        ("gitlab", &["replay", "in.http", "--resign", "--url", &url]),
        ("asana", &["send", "--handshake", "--url", &url]),
    ] {
        let place = cloned(&format!("[profile.default]\nprovider = '{provider}'\n"));
        place.write("project/in.http", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}");
        let ran = place.run([]).args(args).args(["--secret", SECRET, "-q"]).run().exits(2);
        assert!(ran.stderr.contains("is not trusted, and it chooses"), "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(&format!("--provider {provider}")), "{}", ran.stderr);
        assert!(endpoint.was_untouched(), "{args:?}");
    }
    let place = cloned("[profile.default]\nprovider = 'gitlab'\n");
    let sign = |args: &[&str]| place.run(["sign", "push", "--secret", SECRET]).args(args).run();
    sign(&["--provider", "gitlab"]).exits(0);
    place.run(["events", "show", "push"]).run().exits(0);
    place.run(["trust"]).run().exits(0);
    sign(&[]).exits(0);
    // With a signature, the file may choose.
    let place = cloned("[profile.default]\nprovider = 'github'\n");
    let ran = place.run(["sign", "push", "--secret", SECRET, "-q"]).run().exits(0);
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_found_file_decides_no_verdict() {
    let place = cloned("[profile.default]\nsecret = 'theirs'\n");
    let theirs = signature("theirs");
    let verify =
        |signature: &str| place.run(["verify", "--signature", signature]).stdin(BODY.as_bytes());
    let ran = verify(&theirs).run().exits(2);
    assert!(ran.stderr.contains("no secret to verify with"), "{}", ran.stderr);
    assert!(ran.stderr.contains("then run `cz-hook trust` to use its secret"), "{}", ran.stderr);
    let expect = ["listen", "--port", "0", "--expect", "lead.submit", "--timeout", "1s"];
    let ran = place.run(expect).run().exits(2);
    assert!(ran.stderr.contains("then run `cz-hook trust` to use its secret"), "{}", ran.stderr);
    verify(&theirs).args(["--secret", SECRET]).run().exits(1);
    verify(SIGNATURE).args(["--secret", SECRET]).run().exits(0);
    // Not even as an explanation.
    let ran = verify(&theirs).args(["--secret", SECRET]).run();
    assert!(!ran.out().contains("profile"), "{}", ran.out());
}

#[test]
fn what_is_ignored_is_said_in_one_line_also_when_quiet() {
    let place = cloned(
        "default_profile = 'a'\nfixtures = 'f'\nproviders = '/etc'\n[profile.a]\nurl = 'http://h/'\n\
         forward_to = 'http://h/'\n[profile.a.headers]\nX-A = 'hunter2'\n\
         [profile.b]\nsecret_file = '/etc/hostname'\n\
         public_url = 'http://h/'\nverify_token = 'hunter3'\nsettings = { a = 'hunter4' }\n[profile.c]\nsecret_command = 'touch ran'\n",
    );
    let path = place.path("project/cz-hook.toml");
    let expected = format!(
        "note: {} is not trusted, so its default_profile, fixtures, forward_to, headers, providers, \
         public_url, secret_command, secret_file, settings, url and verify_token are ignored: read it, then run `cz-hook trust`",
        path.display()
    );
    for args in [
        &["events"][..],
        &["sign", "lead.submit", "--secret", SECRET],
        &["verify", "--signature", SIGNATURE, "--secret", SECRET],
        &["inspect"],
        &["config"],
        &["listen", "--port", "0", "--timeout", "1ms", "--secret", SECRET, "--json"],
    ] {
        let ran = place.run([]).args(args).arg("-q").stdin(BODY.as_bytes()).run();
        let notes: Vec<_> = ran.stderr.lines().filter(|l| !l.starts_with("listening on")).collect();
        assert_eq!(notes, [&expected], "{args:?}");
    }
    assert!(!place.path("project/ran").exists());
    // Nothing is said where nothing is ignored.
    place.run(["snippet", "-q"]).run().exits(0);
    for text in ["", "# nothing\n", "[profile.a]\n", "[profile.default]\nprovider = 'chatbase'\n"] {
        place.write("project/cz-hook.toml", text);
        assert_eq!(place.run(["events", "-q"]).run().exits(0).stderr, "", "{text}");
    }
    let ran = cloned("[profile.default]\nurl = 'http://h/'\n").run(["events", "-q"]).run();
    assert!(ran.stderr.contains("so its url is ignored"), "{}", ran.stderr);
    // It concerns nobody who reads no file.
    let place = cloned("[profile.default]\nurl = 'http://h/'\n");
    assert_eq!(place.run(["events", "-q", "--no-config"]).run().exits(0).stderr, "");
    let named = place.run(["events", "-q"]).args(["--config", "cz-hook.toml"]);
    assert_eq!(named.run().exits(0).stderr, "");
    let named = place.run(["events", "-q"]).env("CZ_HOOK_CONFIG", "cz-hook.toml");
    assert_eq!(named.run().exits(0).stderr, "");
}

#[test]
fn a_found_file_chooses_among_built_in_providers_only() {
    let place = cloned(
        "[profile.default]\nprovider = 'chatbase'\n[profile.g]\nprovider = 'chatzuri-guide'\n",
    );
    let sign = |args: &[&str]| {
        let ran = place.run(["sign", "--json", "--secret", SECRET]).args(args).run().exits(0);
        ran.json()[0]["provider"].clone()
    };
    assert_eq!(sign(&["leads.submit"]), "chatbase");
    assert_eq!(sign(&["lead.submit", "--profile", "g"]), "chatzuri-guide");
    // The user's own file has a custom provider, which a file that is not trusted cannot choose.
    let acme = super::custom_providers::ACME;
    place.write("home/.config/cz-hook/providers/acme/provider.toml", acme);
    place.write(
        "home/.config/cz-hook/providers/acme/order.paid.json",
        "{\"kind\": \"order.paid\", \"shop\": \"s\", \"order\": {\"id\": 1}}",
    );
    place.own("providers = 'providers'\n");
    place.write("project/cz-hook.toml", "[profile.default]\nprovider = 'acme'\n");
    let ran = place.run(["sign", "order.paid", "--secret", "s"]).run().exits(2);
    assert!(ran.stderr.contains("there is no provider `acme`"), "{}", ran.stderr);
    place.run(["sign", "order.paid", "--secret", "s", "--provider", "acme"]).run().exits(0);
    place.run(["trust"]).run().exits(0);
    place.run(["sign", "order.paid", "--secret", "s"]).run().exits(0);
}

#[test]
fn a_found_file_selects_no_profile_of_the_user() {
    let endpoint = Endpoint::accepting();
    let place =
        cloned("default_profile = 'production'\n[profile.production]\nprovider = 'chatzuri'\n");
    place.own(&format!(
        "[profile.production]\nurl = '{}'\nsecret = '{SECRET}'\n[profile.default]\nprovider = 'chatbase'\n",
        endpoint.url("/production")
    ));
    let ran = place.run(["send", "leads.submit"]).run().exits(2);
    assert!(ran.stderr.contains("default_profile is ignored"), "{}", ran.stderr);
    assert!(endpoint.was_untouched());
    // The user may.
    place.run(["send", "lead.submit", "--profile", "production"]).run().exits(0);
    assert_eq!(endpoint.only().target, "/production");
}

#[test]
fn a_profile_that_needs_trust_cannot_be_named() {
    let place =
        cloned("[profile.staging]\nurl = 'http://h/'\n[profile.plain]\nprovider = 'chatbase'\n");
    for hook in [
        place.run(["events", "--profile", "staging"]),
        place.run(["events"]).env("CZ_HOOK_PROFILE", "staging"),
    ] {
        let ran = hook.run().exits(2);
        assert!(ran.stderr.contains("the profile `staging` cannot be used"), "{}", ran.stderr);
        assert!(ran.stderr.contains("then run `cz-hook trust`"), "{}", ran.stderr);
    }
    place.run(["events", "--profile", "plain"]).run().exits(0);
    // What is there is shown without trust.
    let ran = place.run(["config", "--profile", "staging"]).run().exits(0);
    assert!(ran.out().contains("project, not trusted"), "{}", ran.out());
    assert!(!ran.out().contains("http://h/"), "{}", ran.out());
    place.run(["trust", "-q"]).run().exits(0);
    let ran = place.run(["config", "--profile", "staging", "--json"]).run().exits(0);
    let file = ran.json().into_iter().find(|line| line["state"] == "project").unwrap();
    assert_eq!(file["trusted"], true);
    assert!(ran.out().contains("http://h/"), "{}", ran.out());
}

#[test]
fn trust_is_for_a_path_and_its_contents() {
    let place = cloned("[profile.default]\nsecret = 'a'\n");
    let sign = || place.run(["sign", "lead.submit", "--print", "value"]);
    sign().run().exits(2);
    let ran = place.run(["trust"]).run().exits(0);
    assert!(ran.out().starts_with("trusted ") && ran.stderr.contains("secret"), "{}", ran.stderr);
    assert_eq!(sign().run().exits(0).out(), signature("a"));
    // An edited file asks again, and the old contents do not.
    place.write("project/cz-hook.toml", "[profile.default]\nsecret = 'b'\n");
    let ran = sign().run().exits(2);
    assert!(ran.stderr.contains("has changed since it was trusted"), "{}", ran.stderr);
    place.write("project/cz-hook.toml", "[profile.default]\nsecret = 'a'\n");
    sign().run().exits(0);
    // Another path with these contents is another file, whether it is a copy or a link.
    place.write("other/.git/x", "");
    let other = |dir: &str| sign().within(place.path(dir));
    fs::copy(place.path("project/cz-hook.toml"), place.path("other/cz-hook.toml")).unwrap();
    other("other").run().exits(2);
    #[cfg(unix)]
    {
        fs::remove_file(place.path("other/cz-hook.toml")).unwrap();
        std::os::unix::fs::symlink(
            place.path("project/cz-hook.toml"),
            place.path("other/cz-hook.toml"),
        )
        .unwrap();
        let ran = other("other").run().exits(2);
        assert!(ran.stderr.contains("links to a file outside of its folder"), "{}", ran.stderr);
        // A folder that is reached by a link is the same folder.
        std::os::unix::fs::symlink(place.path("project"), place.path("link")).unwrap();
        other("link").run().exits(0);
        place.run(["trust", "--revoke"]).arg(place.path("link/cz-hook.toml")).run().exits(0);
        sign().run().exits(2);
    }
}

#[test]
fn trusted_files_are_listed_and_revoked() {
    let place = cloned("[profile.default]\nsecret = 'a'\n");
    let list = || place.run(["trust", "--list", "-q"]).run().exits(0).out().to_owned();
    assert_eq!(list(), "");
    place.run(["trust", "--revoke"]).run().exits(2);
    assert!(!place.path("home/.config/cz-hook/trusted.json").exists());
    place.run(["trust"]).run().exits(0);
    place.write("project/sub/cz-hook.toml", "");
    place.run(["trust", "sub"]).run().exits(0);
    place.run(["trust", "sub/cz-hook.toml"]).run().exits(0);
    let path = place.path("project/cz-hook.toml");
    let line = |path: &std::path::Path, state: &str| {
        let listed = list();
        let found = listed.lines().find(|line| line.starts_with(path.to_str().unwrap()));
        assert!(found.is_some_and(|line| line.ends_with(state)), "{state}: {listed}");
    };
    line(&path, "  trusted");
    assert_eq!(list().lines().count(), 3);
    place.write("project/cz-hook.toml", "[profile.default]\nsecret = 'b'\n");
    line(&path, "  changed");
    fs::remove_file(&path).unwrap();
    line(&path, "  missing");
    place.run(["trust", "--revoke"]).arg(&path).run().exits(0);
    place.run(["trust", "--revoke", "sub"]).run().exits(0);
    assert_eq!(list(), "");
    for (args, said) in [
        (&["trust"][..], "no cz-hook.toml"),
        (&["trust", "nothing"], "--config"),
        (&["trust", "nothing/cz-hook.toml"], "cannot read"),
        (&["trust", "--list", "--revoke"], "cannot be used with"),
        (&["trust", "--config", "cz-hook.toml"], "needs no trust"),
    ] {
        let ran = place.run([]).args(args).run();
        assert!(ran.code == Some(2) || ran.code == Some(3), "{args:?}");
        assert!(ran.stderr.contains(said), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn init_trusts_what_it_writes() {
    let place = Project::new();
    place.run(["init"]).run().exits(0);
    let listed = place.run(["trust", "--list"]).run().exits(0);
    assert!(listed.out().contains("project/cz-hook.toml"), "{}", listed.out());
    let path = place.path("project/cz-hook.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{text}\n[profile.default]\nsecret = 's'\n")).unwrap();
    let ran = place.run(["sign", "lead.submit"]).run().exits(2);
    assert!(ran.stderr.contains("has changed since it was trusted"), "{}", ran.stderr);
    place.run(["trust"]).run().exits(0);
    place.run(["sign", "lead.submit"]).run().exits(0);
    // The user's own file needs none.
    let own = place.run(["init", "--dir"]).arg(place.path("home/.config/cz-hook")).run().exits(0);
    assert!(!own.stderr.contains("trust"), "{}", own.stderr);
    assert_eq!(place.run(["trust", "--list"]).run().exits(0).out().lines().count(), 2);
}

#[test]
fn check_needs_no_trust_and_reads_no_secret() {
    let place = cloned(
        "providers = 'providers'\nfixtures = 'samples'\n[profile.default]\nsecret_file = '../home/key'\n\
         url = 'http://h/'\n[profile.cmd]\nsecret_command = 'touch ran'\n[profile.env]\nsecret_env = 'THEIRS'\n",
    );
    place.write("home/key", "not-to-be-read");
    fs::create_dir_all(place.path("project/providers")).unwrap();
    place.write("project/samples/mine.json", BODY);
    for profile in ["default", "cmd", "env"] {
        let ran = place.run(["config", "--check", "--profile", profile]).env("THEIRS", "x").run();
        let ran = ran.exits(0);
        assert!(ran.stderr.contains("1 fixture and 0 secrets"), "{}", ran.stderr);
        assert!(ran.stderr.contains("not trusted"), "{}", ran.stderr);
    }
    assert!(!place.path("project/ran").exists());
    let check = |text: &str| {
        place.write("project/cz-hook.toml", text);
        place.run(["config", "--check"]).run().exits(2).stderr
    };
    assert!(check("[profile.default]\nurl = 'nowhere'\n").contains("http://"));
    assert!(check("fixtures = '../home'\n").contains("outside of its project"));
    assert!(check("providers = '/'\n").contains("outside of its project"));
}

/// A file that the project's configuration names may be a link to any file of the user.
#[cfg(unix)]
#[test]
fn what_a_trusted_project_names_is_inside_of_it() {
    use std::os::unix::fs::symlink;
    let place = Project::new();
    place.write("home/key", "private");
    place.write("home/samples/x.json", BODY);
    place.write("project/own/key", "inside");
    symlink(place.path("home/key"), place.path("project/own/link")).unwrap();
    symlink(place.path("home"), place.path("project/folder")).unwrap();
    fs::create_dir(place.path("project/linked")).unwrap();
    symlink(place.path("home/samples/x.json"), place.path("project/linked/x.json")).unwrap();
    symlink(place.path("project/own/key"), place.path("project/good")).unwrap();
    let absolute = place.path("home/key");
    for text in [
        "secret_file = '../home/key'".to_owned(),
        "secret_file = 'own/link'".to_owned(),
        "secret_file = 'folder/key'".to_owned(),
        "secret_file = ['own/key', 'own/../../home/key']".to_owned(),
        format!("secret_file = '{}'", absolute.display()),
        "secret = 's'\nfixtures = 'folder/samples'".to_owned(),
        "secret = 's'\nfixtures = 'linked'".to_owned(),
    ] {
        place.trusted(format!("[profile.default]\n{text}\n"));
        let ran = place.run(["verify", "--signature", "x"]).stdin(BODY.as_bytes()).run();
        let ran = match text.contains("fixtures") {
            true => place.run(["sign", "lead.submit"]).run(),
            false => ran,
        };
        let ran = ran.exits(2);
        assert!(ran.stderr.contains("outside of its project"), "{text}: {}", ran.stderr);
        assert!(!ran.stderr.contains("private"), "{}", ran.stderr);
        // The user's word counts: a file that is named.
        let named = place.run(["sign", "lead.submit", "--config", "cz-hook.toml"]);
        named.run().exits(0);
    }
    for text in ["secret_file = 'own/key'", "secret_file = 'good'"] {
        place.trusted(format!("[profile.default]\n{text}\n"));
        let ran = place.run(["sign", "lead.submit", "--print", "value"]).run().exits(0);
        assert_eq!(ran.out(), signature("inside"));
    }
    // Nor is it tried to explain a signature.
    place.trusted("[profile.default]\nsecret = 's'\n[profile.other]\nsecret_file = 'own/link'\n");
    let signed = signature("private");
    let ran = place.run(["verify", "--signature", &signed]).stdin(BODY.as_bytes()).run().exits(1);
    assert!(!ran.out().contains("profile \"other\""), "{}", ran.out());
}

/// Whose contents are not the project's, no message may repeat.
#[cfg(unix)]
#[test]
fn a_link_to_another_file_shows_nothing_of_it() {
    let place = Project::new();
    let private = place.write("home/credentials", "aws_secret = 'hunter2'\n[hunter3]\n");
    std::os::unix::fs::symlink(private, place.path("project/cz-hook.toml")).unwrap();
    for args in [&["events"][..], &["config"], &["config", "--check"], &["config", "--json"]] {
        let ran = place.run([]).args(args).run();
        let said = format!("{}{}", ran.out(), ran.stderr);
        assert!(said.contains("links to a file outside of its folder"), "{args:?}: {said}");
        assert!(!said.contains("hunter") && !said.contains("aws"), "{args:?}: {said}");
    }
    // Inside of the folder, a link is a file like another.
    fs::remove_file(place.path("project/cz-hook.toml")).unwrap();
    let real = place.write("project/config/real.toml", "[profile.default]\nsecret = 'a'\n");
    std::os::unix::fs::symlink(real, place.path("project/cz-hook.toml")).unwrap();
    place.run(["trust"]).run().exits(0);
    place.run(["sign", "lead.submit"]).run().exits(0);
}

#[test]
fn a_list_that_cannot_be_used_trusts_nothing() {
    let place = Project::with("[profile.default]\nsecret = 'a'\n");
    let list = place.path("home/.config/cz-hook/trusted.json");
    let good = fs::read(&list).unwrap();
    let sign = || place.run(["sign", "lead.submit", "-q"]);
    sign().run().exits(0);
    let unusable = |said: &str| {
        let ran = sign().run().exits(2);
        let first = ran.stderr.lines().next().unwrap();
        assert!(first.contains("is not trusted, because ") && first.contains(said), "{first}");
        for args in [&["trust"][..], &["trust", "--list"], &["trust", "--revoke"]] {
            let ran = place.run([]).args(args).run();
            assert!(ran.code == Some(2) || ran.code == Some(3), "{args:?}: {}", ran.stderr);
            assert!(ran.stderr.contains(said), "{args:?}: {}", ran.stderr);
        }
    };
    for text in [&b"{"[..], b"", b"[]", b"{\"a\": 1}", b"\xff", &[b' '; (1 << 20) + 1]] {
        fs::write(&list, text).unwrap();
        unusable(if text.len() > 1000 { "longer" } else { "is damaged" });
        // Nothing was lost.
        assert_eq!(fs::read(&list).unwrap(), text);
    }
    fs::remove_file(&list).unwrap();
    fs::create_dir(&list).unwrap();
    unusable("cannot be read");
    fs::remove_dir(&list).unwrap();
    fs::write(&list, &good).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |mode| fs::set_permissions(&list, fs::Permissions::from_mode(mode)).unwrap();
        for writable in [0o666, 0o620, 0o602] {
            mode(writable);
            unusable("can be written by other users");
        }
        mode(0o600);
    }
    sign().run().exits(0);
    // A file is used anyway when it is named.
    fs::write(&list, "{").unwrap();
    sign().args(["--config", "cz-hook.toml"]).run().exits(0);
}

#[cfg(unix)]
#[test]
fn the_list_is_private_and_changes_of_many_processes_are_kept() {
    use std::os::unix::fs::PermissionsExt;
    let place = Project::new();
    fs::remove_dir_all(place.path("home/.config")).unwrap();
    let children: Vec<_> = (0..12)
        .map(|n| {
            place.write(&format!("project/{n}/cz-hook.toml"), "[profile.default]\nsecret = 's'\n");
            place.run(["trust", "-q"]).arg(n.to_string()).command().spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    let listed = place.run(["trust", "--list"]).run().exits(0);
    assert_eq!(listed.out().matches("  trusted").count(), 12, "{}", listed.out());
    let mode = |name: &str| fs::metadata(place.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("home/.config/cz-hook"), 0o700);
    assert_eq!(mode("home/.config/cz-hook/trusted.json"), 0o600);
    // No file is left behind.
    let names = fs::read_dir(place.path("home/.config/cz-hook")).unwrap();
    assert_eq!(names.count(), 2);
}

#[cfg(unix)]
#[test]
fn a_list_that_is_a_link_stays_one() {
    let place = Project::with("[profile.default]\nsecret = 'a'\n");
    let list = place.path("home/.config/cz-hook/trusted.json");
    let dotfiles = place.path("home/dotfiles.json");
    fs::rename(&list, &dotfiles).unwrap();
    std::os::unix::fs::symlink(&dotfiles, &list).unwrap();
    place.run(["sign", "lead.submit"]).run().exits(0);
    place.trusted("[profile.default]\nsecret = 'b'\n");
    place.run(["sign", "lead.submit"]).run().exits(0);
    assert!(fs::symlink_metadata(&list).unwrap().is_symlink());
}

/// Without a home, or with one that is a folder of the project, nothing of the project is the user's own.
#[test]
fn the_users_own_configuration_is_never_in_the_project() {
    let place = Project::new();
    let own = "[profile.default]\nsecret = 'theirs'\n";
    place.write("project/.config/cz-hook/cz-hook.toml", own);
    place.write("project/cz-hook/cz-hook.toml", own);
    place.write("project/cz-hook.toml", "[profile.default]\nsecret = 's'\n");
    for (home, xdg) in [(".", ""), (".", "."), (".config/..", "cz-hook"), ("./", ".config")] {
        let run = |hook: Hook| hook.env("HOME", home).env("XDG_CONFIG_HOME", xdg).run();
        let ran = run(place.run(["sign", "lead.submit"])).exits(2);
        assert!(ran.stderr.contains("is not trusted"), "{}", ran.stderr);
        let ran = run(place.run(["trust"])).exits(2);
        assert!(ran.stderr.contains("set HOME or XDG_CONFIG_HOME"), "{}", ran.stderr);
        run(place.run(["trust", "--list"])).exits(2);
        run(place.run(["sign", "lead.submit", "--config", "cz-hook.toml"])).exits(0);
    }
    // A folder that cannot be written to.
    let ran = place.run(["trust"]).env("XDG_CONFIG_HOME", "/dev/null").run().exits(3);
    assert!(ran.stderr.contains("cannot be written"), "{}", ran.stderr);
    fs::remove_file(place.path("project/cz-hook.toml")).unwrap();
    let ran = place.run(["init"]).env("HOME", ".").env("XDG_CONFIG_HOME", "").run().exits(0);
    assert!(ran.stderr.contains("it is not trusted yet"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn a_path_with_control_characters_is_shown_escaped() {
    let place = Project::new();
    place.write("project/a\u{1b}[2J\nb/cz-hook.toml", "[profile.default]\nsecret = 's'\n");
    let folder = place.path("project/a\u{1b}[2J\nb");
    let within = |args: &[&str]| {
        let ran = place.run([]).args(args).within(&folder).run();
        let said = format!("{}{}", ran.out(), ran.stderr);
        assert!(!said.contains('\u{1b}'), "{args:?}: {said:?}");
        ran
    };
    let ran = within(&["events", "-q"]).exits(0);
    assert!(only_line(&ran.stderr).contains("\\u{1b}[2J\\nb"), "{}", ran.stderr);
    within(&["trust"]).exits(0);
    within(&["sign", "lead.submit"]).exits(0);
    assert_eq!(within(&["trust", "--list"]).exits(0).out().lines().count(), 2);
    within(&["trust", "--revoke"]).exits(0);
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_write_is_trusted_only_as_it_is() {
    use std::os::unix::fs::PermissionsExt;
    let place = cloned("[profile.default]\nsecret = 's'\n");
    let path = place.path("project/cz-hook.toml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    let ran = place.run(["trust", "-q"]).run().exits(0);
    assert!(only_line(&ran.stderr).contains("other users can write"), "{}", ran.stderr);
    place.run(["sign", "lead.submit"]).run().exits(0);
    place.write("project/cz-hook.toml", "[profile.default]\nsecret = 'theirs'\n");
    place.run(["sign", "lead.submit"]).run().exits(2);
    // The user's own file may run a command.
    place.own("[profile.default]\nsecret = 'own'\n");
    let own = place.path("home/.config/cz-hook/cz-hook.toml");
    fs::set_permissions(&own, fs::Permissions::from_mode(0o666)).unwrap();
    let ran = place.run(["sign", "lead.submit"]).run().exits(2);
    assert!(ran.stderr.contains("chmod go-w"), "{}", ran.stderr);
    fs::remove_file(&own).unwrap();
    // Only root can give a file to another user.
    if !rustix::process::geteuid().is_root() {
        programs::skip("not root, to give a file to another user");
        return;
    }
    std::os::unix::fs::chown(&path, Some(12345), None).unwrap();
    for args in [&["events"][..], &["trust"]] {
        let ran = place.run([]).args(args).run().exits(2);
        assert!(ran.stderr.contains("belongs to another user"), "{}", ran.stderr);
    }
    let list = place.path("home/.config/cz-hook/trusted.json");
    std::os::unix::fs::chown(&path, Some(0), None).unwrap();
    place.own("");
    std::os::unix::fs::chown(&own, Some(12345), None).unwrap();
    let ran = place.run(["events"]).run().exits(2);
    assert!(ran.stderr.contains("belongs to another user"), "{}", ran.stderr);
    fs::remove_file(&own).unwrap();
    std::os::unix::fs::chown(list, Some(12345), None).unwrap();
    let ran = place.run(["events"]).run().exits(0);
    assert!(ran.stderr.contains("can be written by other users"), "{}", ran.stderr);
}
