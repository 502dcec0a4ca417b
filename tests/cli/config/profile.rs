//! The settings of a profile are used, and `config` shows them.

use super::Project;
use crate::support::endpoint::Endpoint;
use crate::support::listening::Listening;
use crate::support::{BODY, SECRET, hook};

#[test]
fn config_shows_effective_settings_and_searched_files() {
    let place = Project::with("[profile.staging]\nurl = 'http://s/'\nforward_to = 'http://f/'\n");
    let ran = place.run(["config"]).env("CZ_HOOK_PROFILE", "staging").run().exits(0);
    let out = ran.out();
    for part in
        ["staging", "CZ_HOOK_PROFILE", "http://s/", "http://f/", "default", "project", "absent"]
    {
        assert!(out.contains(part), "{part}: {out}");
    }
    let lines = place.run(["config", "--json", "--profile", "staging"]).run().exits(0).json();
    let url = lines.iter().find(|l| l["name"] == "url").unwrap();
    assert_eq!((&url["from"], &url["profile"]), (&"profile".into(), &"staging".into()));
    let profile = lines.iter().find(|l| l["name"] == "profile").unwrap();
    assert_eq!((&profile["from"], &profile["by"]), (&"flag".into(), &"--profile".into()));
    let provider = lines.iter().find(|l| l["name"] == "provider").unwrap();
    assert_eq!(provider["from"], "default");
    let states: Vec<_> =
        lines.iter().filter(|l| l["type"] == "file").map(|l| l["state"].clone()).collect();
    assert_eq!(states, ["project", "absent"]);
    hook(["config", "--check"]).run().exits(0);
}

#[test]
fn the_profile_sets_url_and_headers() {
    let endpoint = Endpoint::accepting();
    let place = Project::with(&format!(
        "[profile.default]\nurl = '{}'\nsecret = '{SECRET}'\nprovider = 'chatbase'\n\
         [profile.default.headers]\nX-A = 'profile'\nX-B = 'profile'\n",
        endpoint.url("/")
    ));
    place.run(["send", "leads.submit", "-H", "x-a: flag"]).run().exits(0);
    let received = endpoint.seen();
    let request = received.last().unwrap();
    assert_eq!(request.header("x-a"), Some("flag"));
    assert_eq!(request.header("x-b"), Some("profile"));
    assert!(request.header("x-chatbase-signature").is_some());
    // Replayed byte for byte: nothing is added.
    let http = place.run(["sign", "leads.submit", "--print", "request"]).run().exits(0);
    let file = place.write("project/request.http", &http.stdout);
    place.run(["replay"]).arg(&file).run().exits(0);
    let received = endpoint.seen();
    assert_eq!(received.last().unwrap().header("x-b"), None);
    // The provider of the profile is used for verifying, and `auto` still detects one.
    place.run(["verify"]).arg(&file).run().exits(0);
    place.run(["verify", "--provider", "auto"]).arg(&file).run().exits(0);
    place.run(["verify", "--provider", "chatzuri"]).arg(&file).run().exits(1);
    let ran = place.run(["sign", "leads.submit", "--print", "request"]).run().exits(0);
    assert!(String::from_utf8_lossy(&ran.stdout).contains("127.0.0.1"));
}

#[test]
fn the_profile_sets_where_deliveries_are_forwarded() {
    let endpoint = Endpoint::accepting();
    let place = Project::with(&format!(
        "[profile.default]\nforward_to = '{}'\nsecret = '{SECRET}'\n[profile.none]\n",
        endpoint.url("/hook")
    ));
    let args = ["listen", "--port", "0", "--count", "1", "--forward-invalid"];
    let listening = Listening::of(place.run(args));
    listening.post(&[("x-chatzuri-signature", "0000")], BODY.as_bytes());
    let (code, _, said) = listening.end();
    assert_eq!(code, Some(0), "{said}");
    // The setting may come from an untrusted file, so it is printed.
    assert!(said.contains("forward_to"), "{said}");
    assert_eq!(endpoint.only().target, "/hook");
    let ran = place.run(args).arg("--profile").arg("none").run().exits(2);
    assert!(ran.stderr.contains("--forward-to"), "{}", ran.stderr);
}

#[test]
fn effective_settings_are_shown_without_passwords_and_checked() {
    let place = Project::with(
        "[profile.default]\nurl = 'http://u:hunter2@h/'\n\
         forward_to = ['lead.submit=http://u:hunter3@h/', 'http://h/?to=a@b']\n",
    );
    for args in [&["config"][..], &["config", "--json"], &["config", "--check"]] {
        let ran = place.run([]).args(args).run();
        let said = format!("{}{}", ran.out(), ran.stderr);
        assert!(said.contains("http://…@h/"), "{said}");
        assert!(said.contains("http://h/?to=a@b"), "{said}");
        assert!(!said.contains("hunter"), "{said}");
    }
    for (text, said) in [
        ("url = 'localhost'", "http://"),
        ("url = 'http://u:p@h/'", "password"),
        ("forward_to = 'localhost'", "http://"),
        ("forward_to = 'lead.sumbit=http://h/'", "`forward_to` in"),
        ("forward_to = ['http://a/', 'http://b/']", "given twice for every event"),
    ] {
        place.trusted(format!("[profile.default]\n{text}\n"));
        let ran = place.run(["config", "--check"]).run().exits(2);
        assert!(ran.stderr.contains(said), "{text}: {}", ran.stderr);
        place.run(["config"]).run().exits(0);
    }
}
