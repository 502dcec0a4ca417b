//! `cz-hook listen --tunnel` with a script as the tunnel client: the public URL, and the end of either.

use std::path::{Path, PathBuf};

use crate::support::listening::{Listening, status};
use crate::support::{BODY, SECRET, hook, write_program};

/// A client that prints its URL, writes its process ID to a file, and then runs `then`.
fn client(dir: &Path, then: &str) -> PathBuf {
    let path = dir.join("client");
    let script = format!(
        "echo $$ > '{0}/pid'\nenv > '{0}/env'\necho 'see https://docs.example.com/help'\n\
         echo \"forwarding https://abc.tunnel.example -> http://127.0.0.1:$1\"\n{then}",
        dir.display()
    );
    write_program(&path, &script);
    path
}

fn is_alive(dir: &Path) -> bool {
    let pid = std::fs::read_to_string(dir.join("pid")).unwrap();
    let pid = rustix::process::Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    rustix::process::test_kill_process(pid).is_ok()
}

#[test]
fn the_public_url_is_printed_and_the_client_ends_with_the_listener() {
    let dir = tempfile::tempdir().unwrap();
    let client = format!("{} {{port}}", client(dir.path(), "sleep 1000").display());
    let listen = hook(["listen", "--port", "0", "--json", "--path", "/hook", "--tunnel", &client]);
    let listening = Listening::of(listen.env("CZ_HOOK_SECRET", SECRET));
    let ready = listening.json();
    assert_eq!(ready["public_url"], "https://abc.tunnel.example/hook");
    assert!(is_alive(dir.path()));
    let environment = std::fs::read_to_string(dir.path().join("env")).unwrap();
    assert!(!environment.contains(SECRET), "the client was given the secret");
    listening.interrupt();
    let (code, _, stderr) = listening.end();
    assert_eq!(code, Some(130));
    assert!(
        stderr.contains("reached from the internet at https://abc.tunnel.example/hook"),
        "{stderr}"
    );
    assert!(!is_alive(dir.path()), "the client is left behind");
}

#[test]
fn the_listener_ends_when_the_tunnel_ends() {
    let dir = tempfile::tempdir().unwrap();
    let go = dir.path().join("go");
    let then = format!(
        "while [ ! -e '{}' ]; do sleep 0.05; done; echo 'quota used up' >&2; exit 7",
        go.display()
    );
    let client = format!("{} {{port}}", client(dir.path(), &then).display());
    let listening = Listening::start(["--quiet", "--tunnel", &client]);
    assert_eq!(status(&listening.post(&[], BODY.as_bytes())), 200);
    std::fs::write(go, "").unwrap();
    let (code, _, stderr) = listening.end();
    assert_eq!(code, Some(3));
    assert!(stderr.contains("nothing can reach the listener any more"), "{stderr}");
    assert!(stderr.contains("quota used up"), "{stderr}");
}

#[test]
fn an_unknown_client_is_an_error_before_listening() {
    let dir = tempfile::tempdir().unwrap();
    let failing = dir.path().join("failing");
    write_program(&failing, "printf '\\033[31mlog in first\\n' >&2\nexit 1");
    let failing = format!("{} {{port}}", failing.display());
    for (client, code, said) in [
        ("no-such-client --port {port}", 3, "check that it is installed"),
        ("client-without-a-port", 2, "{port}"),
        (&*failing, 3, "log in first"),
    ] {
        let ran = hook(["listen", "--port", "0", "--tunnel", client]).run().exits(code);
        assert!(ran.stderr.contains(said), "{client}: {}", ran.stderr);
        assert!(
            !ran.stderr.contains('\u{1b}') && !ran.stderr.contains("listening on"),
            "{}",
            ran.stderr
        );
    }
}
