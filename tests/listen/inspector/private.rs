//! The journal of an inspector without `--record`, the address that opens the page, and that nothing of it is there
//! without `--ui`.

use std::path::Path;

use super::{deliver, listening, of};
use crate::support::listening::Listening;
use crate::support::{SECRET, hook};

/// What is left of inspectors in a folder for temporary files.
fn leftovers(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().flatten();
    names.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[cfg(unix)]
#[test]
fn nothing_is_left_of_a_private_journal() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let start = || {
        let args = ["listen", "--port", "0", "--ui", "--json", "--secret", SECRET];
        of(hook(args).env("TMPDIR", folder.path()))
    };
    let (mut listening, page) = start();
    deliver(&listening);
    assert_eq!(page.get("/api/v1/deliveries").json()["total"], 1);
    // Its files have no names any more, also after a kill.
    assert_eq!(leftovers(folder.path()), [""; 0]);
    listening.kill();
    assert_eq!(leftovers(folder.path()), [""; 0]);
    // One that was killed before that is removed by the next one, and nothing else is.
    let abandoned = folder.path().join("cz-hook-ui-abc");
    std::fs::create_dir(&abandoned).unwrap();
    std::fs::write(abandoned.join("lock"), "").unwrap();
    std::fs::write(abandoned.join("journal.db"), "private").unwrap();
    let held = folder.path().join("cz-hook-ui-held");
    std::fs::create_dir(&held).unwrap();
    let lock = std::fs::File::create_new(held.join("lock")).unwrap();
    lock.lock().unwrap();
    std::fs::write(folder.path().join("other"), "").unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::write(elsewhere.path().join("lock"), "").unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("cz-hook-ui-link")).unwrap();
    let (_listening, page) = start();
    page.get("/api/v1/session").is(200);
    let mut left = leftovers(folder.path());
    left.sort();
    assert_eq!(left, ["cz-hook-ui-held", "cz-hook-ui-link", "other"]);
    assert!(elsewhere.path().join("lock").exists());
    drop(lock);
    // A recording that is named is kept, and only its owner can read it.
    let kept = folder.path().join("kept.db");
    let (listening, _page) = listening_with(&kept);
    deliver(&listening);
    let mode = std::fs::metadata(&kept).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}

#[cfg(unix)]
fn listening_with(path: &Path) -> (Listening, super::Page) {
    listening(["--record", path.to_str().unwrap()])
}

#[cfg(target_os = "linux")]
#[test]
fn without_ui_no_thread_is_started_and_no_journal_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let names = |pid: u32| {
        let mut names: Vec<String> = std::fs::read_dir(format!("/proc/{pid}/task"))
            .unwrap()
            .flatten()
            .filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok())
            .collect();
        names.sort();
        names
    };
    let listening = Listening::of(hook(["listen", "--port", "0"]).env("TMPDIR", folder.path()));
    deliver(&listening);
    let threads = names(listening.pid());
    assert!(!threads.iter().any(|name| name.starts_with("inspector")), "{threads:?}");
    let open = std::fs::read_dir(format!("/proc/{}/fd", listening.pid())).unwrap().flatten();
    let open: Vec<_> = open.filter_map(|fd| std::fs::read_link(fd.path()).ok()).collect();
    assert!(!open.iter().any(|path| path.to_string_lossy().contains("journal")), "{open:?}");
    assert_eq!(leftovers(folder.path()), [""; 0]);
    let (with, _page) = of(hook(["listen", "--port", "0", "--ui", "--json"]));
    // A thread gets its name when it begins.
    while !names(with.pid()).iter().any(|name| name.starts_with("inspector")) {
        std::thread::yield_now();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn open_gives_the_browser_an_address_that_is_valid_once() {
    let folder = tempfile::tempdir().unwrap();
    let seen = folder.path().join("seen");
    let script = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$@\" \"[$CZ_HOOK_SECRET]\" > {}.part\nmv {0}.part {0}\n",
        seen.display()
    );
    crate::support::write_program(&folder.path().join("xdg-open"), &script);
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let args = ["listen", "--port", "0", "--ui", "--json", "--open"];
    let (_listening, page) = of(hook(args).env("PATH", path).env("CZ_HOOK_SECRET", SECRET));
    while !seen.exists() {
        std::thread::yield_now();
    }
    let given = std::fs::read_to_string(&seen).unwrap();
    let (url, secret) = given.trim().split_once('\n').unwrap();
    assert_eq!(secret, "[]");
    // Other users see the arguments of a program: they get no token from them.
    assert!(!url.contains(&page.token), "{url}");
    let target = url.strip_prefix(&format!("http://{}", page.host())).unwrap();
    let host = page.host();
    let opened = page.raw("GET", target, &[("Host", &host)], b"").is(303);
    assert_eq!(opened.header("location"), Some(&*format!("/#{}", page.token)));
    page.raw("GET", target, &[("Host", &host)], b"").is(404);
}

#[test]
fn options_of_the_page_need_ui() {
    for args in [["--open", "--json"], ["--ui-port", "1"]] {
        let ran = hook(["listen", "--port", "0", "--timeout", "1ms"]).args(args).run();
        assert_eq!(ran.code, Some(2), "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("--ui"), "{}", ran.stderr);
    }
    let (_listening, page) = listening([]);
    let taken = page.port.to_string();
    let ran = hook(["listen", "--port", "0", "--ui", "--ui-port", &taken]).run();
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(ran.stderr.contains("another --ui-port"), "{}", ran.stderr);
}
