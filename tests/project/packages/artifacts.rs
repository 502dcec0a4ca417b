//! The artifacts of a release: the binary, the image, the Debian package.

use std::process::{Command, Output};

use super::{package, said};
use crate::support::{hook, programs, root};

#[cfg(target_os = "linux")]
fn run(script: &str, args: &[&str]) -> Output {
    hook(args).command_of(root().join(script).to_str().unwrap()).output().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn only_the_c_library_is_linked() {
    if !programs::has("readelf", "to see what is linked") {
        return;
    }
    let output = run("packaging/linked", &[env!("CARGO_BIN_EXE_cz-hook")]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("libc.so.6"));
    // A shell is linked with a library for line editing.
    let output = run("packaging/linked", &["/bin/bash"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("libtinfo"), "{}", said(&output));
}

/// The binary runs with nothing but the file system of the image.
#[cfg(target_os = "linux")]
#[test]
fn the_image_runs() {
    let dir = tempfile::tempdir().unwrap();
    let image = dir.path().join("image");
    // Root may change the root folder, as in a container; others need a user namespace.
    let mut alone = match rustix::process::geteuid().is_root() {
        true => vec!["chroot"],
        false => vec!["unshare", "-r", "chroot"],
    };
    let probe = Command::new(alone[0]).args(&alone[1..]).args(["/", "true"]).output();
    if !probe.is_ok_and(|o| o.status.success()) {
        programs::skip("neither root nor name spaces of users, to see the image alone");
        return;
    }
    if !programs::has("readelf", "to see what is linked") {
        return;
    }
    // Stripped, as a release is.
    let binary = dir.path().join("cz-hook");
    let stripped = hook(["-o", binary.to_str().unwrap(), env!("CARGO_BIN_EXE_cz-hook")])
        .command_of("strip")
        .output()
        .unwrap();
    assert!(stripped.status.success(), "{}", said(&stripped));
    let output = run("packaging/image", &[binary.to_str().unwrap(), image.to_str().unwrap()]);
    assert!(output.status.success(), "{}", said(&output));
    alone.extend([image.to_str().unwrap(), "/usr/bin/cz-hook", "demo", "--quiet"]);
    let output = hook(&alone[1..]).command_of(alone[0]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn every_file_of_the_debian_package_exists() {
    let package = package();
    let assets = package["metadata"]["deb"]["assets"].as_array().unwrap();
    let mut found = 0;
    for asset in assets {
        let source = asset[0].as_str().unwrap();
        if source.starts_with("target/") {
            continue;
        }
        let (folder, pattern) = source.rsplit_once('/').unwrap_or(("", source));
        let (start, end) = pattern.split_once('*').unwrap_or((pattern, ""));
        let is_one = |name: &str| match pattern.contains('*') {
            true => name.starts_with(start) && name.ends_with(end),
            false => name == pattern,
        };
        let files = std::fs::read_dir(root().join(folder)).unwrap();
        let names = files.map(|f| f.unwrap().file_name().into_string().unwrap());
        let count = names.filter(|name| is_one(name)).count();
        assert!(count > 0, "{source} is no file");
        found += count;
    }
    assert!(found > 30, "{found}");
}
