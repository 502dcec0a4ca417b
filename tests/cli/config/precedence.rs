//! Precedence: flags, environment, profile, project file, user file, defaults.

use super::{Project, custom_providers, signature};
use crate::support::Hook;

#[test]
fn flags_override_environment_profile_and_defaults_in_this_order() {
    let place = Project::with(
        "[profile.default]\nsecret = 'of-default'\n[profile.other]\nsecret_env = 'OTHER'\n\
         [profile.none]\nurl = 'http://h/'\n",
    );
    let sign = || place.run(["sign", "lead.submit", "--print", "value"]).env("OTHER", "of-other");
    let signs = |hook: Hook, secret: &str| {
        assert_eq!(hook.run().exits(0).out(), signature(secret), "{secret}");
    };
    signs(sign(), "of-default");
    signs(sign().env("CZ_HOOK_PROFILE", "other"), "of-other");
    signs(sign().env("CZ_HOOK_PROFILE", "none").arg("--profile").arg("other"), "of-other");
    let env = || sign().env("CZ_HOOK_SECRET", "of-env");
    signs(env(), "of-env");
    signs(env().arg("--profile").arg("other"), "of-env");
    let ran = env().arg("--profile").arg("other").run().exits(0);
    assert!(ran.stderr.contains("CZ_HOOK_SECRET takes precedence over"), "{}", ran.stderr);
    assert!(!env().run().exits(0).stderr.contains("takes precedence"));
    signs(env().arg("--secret").arg("of-flag"), "of-flag");
    let none = sign().arg("--profile=none").run().exits(2);
    assert!(none.stderr.contains("no secret to sign with"), "{}", none.stderr);
}

#[test]
fn a_flag_for_another_setting_keeps_the_secret_of_the_profile() {
    let place = Project::with("providers = 'providers'\n[profile.default]\nsecret_env = 'UNSET'\n");
    custom_providers::unsigned(&place);
    place.run(["sign", "lead.submit", "--secret", "s"]).run().exits(0);
    let ran = place.run(["sign", "lead.submit"]).run().exits(2);
    assert!(ran.stderr.contains("UNSET"), "{}", ran.stderr);
    // None is required where nothing is signed.
    place.run(["sign", "order.paid", "--provider", "acme", "--print", "request"]).run().exits(0);
}

#[test]
fn the_default_profile_is_default_profile_or_the_one_named_default() {
    let text = "[profile.default]\nsecret = 'a'\n[profile.b]\nsecret = 'b'\n";
    let place = Project::with(text);
    let sign = |place: &Project| {
        let ran = place.run(["sign", "lead.submit", "--print", "value"]).run();
        ran.exits(0).out().to_owned()
    };
    assert_eq!(sign(&place), signature("a"));
    place.trusted(format!("default_profile = 'b'\n{text}"));
    assert_eq!(sign(&place), signature("b"));
    place.trusted(format!("default_profile = 'c'\n{text}"));
    let ran = place.run(["sign", "lead.submit"]).run().exits(2);
    assert!(ran.stderr.contains("default_profile in"), "{}", ran.stderr);
    place.trusted("[profile.b]\nsecret = 'b'\n");
    place.run(["sign", "lead.submit"]).run().exits(2);
}

#[test]
fn the_user_file_adds_what_the_project_file_does_not_set() {
    let place = Project::with("[profile.default]\nurl = 'http://project/'\n");
    place.own(
        "[profile.default]\nurl = 'http://own/'\nsecret = 'own'\n[profile.mine]\nsecret = 'mine'\n",
    );
    let ran = place.run(["sign", "lead.submit", "--print", "value"]).run();
    assert_eq!(ran.exits(0).out(), signature("own"));
    let ran = place.run(["sign", "lead.submit", "--print", "value", "--profile", "mine"]);
    assert_eq!(ran.run().exits(0).out(), signature("mine"));
    let lines = place.run(["config", "--json"]).run().exits(0).json();
    let of = |name: &str| lines.iter().find(|l| l["name"] == name).unwrap();
    assert_eq!(of("url")["value"], "http://project/");
    assert!(of("url")["file"].as_str().unwrap().ends_with("project/cz-hook.toml"));
    assert!(of("secret")["file"].as_str().unwrap().contains("home"));
}

#[test]
fn without_a_file_no_profile_is_required() {
    let place = Project::with("[profile.a]\nsecret = 'a'\n");
    let sign = ["sign", "lead.submit", "--secret", "s", "--no-config"];
    place.run(sign).env("CZ_HOOK_PROFILE", "a").run().exits(0);
    let ran = place.run(sign).arg("--profile").arg("a").run().exits(2);
    assert!(ran.stderr.contains("--no-config"), "{}", ran.stderr);
}
