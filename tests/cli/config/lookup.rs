//! Where `cz-hook.toml` is searched for, and how `config init` creates it.

use std::fs;
use std::path::Path;

use super::{Project, signature};
use crate::support::programs;

#[test]
fn the_file_is_searched_upward_to_the_root_of_the_repository() {
    let place = Project::new();
    place.write("cz-hook.toml", "[profile.default]\nsecret = 'above the repository'\n");
    place.write("project/a/b/c.txt", "");
    let deep =
        || place.run(["sign", "lead.submit", "--print", "value"]).within(place.path("project/a/b"));
    deep().run().exits(2);
    place.trusted("[profile.default]\nsecret = 'root'\n");
    assert_eq!(deep().run().exits(0).out(), signature("root"));
    place.write("project/a/cz-hook.toml", "[profile.default]\nsecret = 'nearer'\n");
    deep().run().exits(2);
    place.run(["trust"]).within(place.path("project/a/b")).run().exits(0);
    assert_eq!(deep().run().exits(0).out(), signature("nearer"));
    deep().arg("--no-config").run().exits(2);
}

#[test]
fn the_search_upward_ends_at_home() {
    let place = Project::new();
    place.write("cz-hook.toml", "[profile.default]\nsecret = 'above home'\n");
    place.write("home/work/x.txt", "");
    let run = || place.run(["sign", "lead.submit"]).within(place.path("home/work"));
    run().run().exits(2);
    place.write("home/cz-hook.toml", "[profile.default]\nsecret = 'in home'\n");
    place.run(["trust"]).within(place.path("home/work")).run().exits(0);
    run().run().exits(0);
}

#[test]
fn a_named_file_is_the_only_one_and_its_paths_are_relative_to_it() {
    let place = Project::with("[profile.default]\nsecret = 'project'\n");
    place.own("[profile.default]\nurl = 'http://own/'\n");
    place.write("ci/secret", "from-file\n");
    let ci = place.write("ci/ci.toml", "[profile.default]\nsecret_file = 'secret'\n");
    let sign = || place.run(["sign", "lead.submit", "--print", "value"]);
    let ran = sign().arg("--config").arg(&ci).run().exits(0);
    assert_eq!(ran.out(), signature("from-file"));
    let ran = sign().env("CZ_HOOK_CONFIG", &ci).run().exits(0);
    assert_eq!(ran.out(), signature("from-file"));
    let ran = place.run(["send", "lead.submit"]).env("CZ_HOOK_CONFIG", &ci).run().exits(2);
    assert!(ran.stderr.contains("--url"), "{}", ran.stderr);
    sign().arg("--config").arg(place.path("nothing")).run().exits(3);
    sign().env("CZ_HOOK_CONFIG", "").run().exits(2);
    sign().arg("--config").arg(&ci).arg("--no-config").run().exits(2);
}

#[test]
fn init_never_overwrites_a_file() {
    let place = Project::new();
    place.run(["init"]).run().exits(0);
    let path = place.path("project/cz-hook.toml");
    let written = fs::read(&path).unwrap();
    place.run(["config", "--check"]).run().exits(0);
    let ran = place.run(["init"]).run().exits(2);
    assert!(ran.stderr.contains("already exists"), "{}", ran.stderr);
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
fn of_many_concurrent_inits_one_writes() {
    let place = Project::new();
    let children: Vec<_> = (0..8)
        .map(|_| {
            let mut command = place.run(["init", "-q"]).command();
            command.stderr(std::process::Stdio::null()).spawn().unwrap()
        })
        .collect();
    let codes: Vec<_> =
        children.into_iter().map(|mut child| child.wait().unwrap().code()).collect();
    assert_eq!(codes.iter().filter(|code| **code == Some(0)).count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == Some(2)).count(), 7, "{codes:?}");
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_is_an_error() {
    let place = Project::new();
    let link = place.path("project/cz-hook.toml");
    std::os::unix::fs::symlink(Path::new("nowhere"), &link).unwrap();
    place.run(["events"]).run().exits(3);
    fs::remove_file(&link).unwrap();
    // Reading a pipe would block.
    let made = std::process::Command::new("mkfifo").arg(&link).status();
    if made.is_ok_and(|status| status.success()) {
        place.run(["events"]).run().exits(2);
    } else {
        programs::skip("mkfifo is not there (to make a pipe)");
    }
}
