//! Tunnel clients as child processes, with shell scripts standing in for them: found, drained, watched,
//! and ended with everything that they started.
//!
//! Of the real ones, `cloudflared` and `ngrok` need the internet or an account. The others are checked by hand
//! on loopback; each time `cz-hook send` to the URL that is printed must arrive, the end of the server must be
//! noticed, and Ctrl-C must leave no client behind:
//!
//! - `bore server --bind-addr 127.0.0.1`, then `cz-hook listen --tunnel bore:127.0.0.1`;
//! - an `sshd` that listens on 127.0.0.1 and knows a key, then `cz-hook listen --tunnel
//!   'ssh -p PORT -i KEY -N -R 0:127.0.0.1:{port} USER@127.0.0.1'`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use cz_hook::error::Exit;
use cz_hook::tunnel::{Tunnel, TunnelError, URL_TIMEOUT};
use cz_hook::webhook::signature::Secret;
use rustix::process::{Pid, getpgid, test_kill_process};
use tempfile::TempDir;

const PORT: u16 = 8080;
/// Longer than any test waits.
const LONG: &str = "sleep 1000";

/// A shell script as the tunnel client, in a folder with a space in its name.
struct StandIn {
    folder: TempDir,
}

impl StandIn {
    /// The script runs in its folder, with the port as `$1`.
    fn new(script: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("a b").tempdir().unwrap();
        let head = format!("cd '{}'\n", folder.path().display());
        std::fs::write(folder.path().join("client"), head + script).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn spec(&self) -> String {
        format!("sh '{}' {{port}}", self.path("client").display())
    }

    fn start(&self) -> Tunnel {
        Tunnel::start(&self.spec(), PORT, &[]).unwrap()
    }

    /// The process whose ID the script wrote into this file.
    async fn process(&self, name: &str) -> Pid {
        let path = self.path(name);
        eventually(|| std::fs::read_to_string(&path).is_ok_and(|text| text.ends_with('\n'))).await;
        let text = std::fs::read_to_string(&path).unwrap();
        Pid::from_raw(text.trim().parse().unwrap()).unwrap()
    }
}

/// Waits until a condition holds; only a broken program makes it wait for long.
async fn eventually(holds: impl Fn() -> bool) {
    let waited = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let timeout = crate::support::listening::TIMEOUT;
    tokio::time::timeout(timeout, waited).await.expect("in time");
}

/// Whether a process has ended. A zombie has.
fn has_ended(process: Pid) -> bool {
    let status = format!("/proc/{}/status", process.as_raw_nonzero());
    let is_zombie = |status: String| status.contains("\nState:\tZ");
    test_kill_process(process).is_err()
        || (Path::new("/proc/self").exists()
            && std::fs::read_to_string(status).map_or(true, is_zombie))
}

#[tokio::test]
async fn the_url_is_found_on_either_stream() {
    for stream in ["", ">&2"] {
        let client = StandIn::new(&format!(
            "echo 'docs: https://docs.example.com/start'; echo \"from http://127.0.0.1:$1\"
             printf '\\033[32mhttps://t%s.example\\033[0m\\n' $1 {stream}; {LONG}"
        ));
        let mut tunnel = client.start();
        assert_eq!(tunnel.url(URL_TIMEOUT).await.unwrap(), "https://t8080.example");
        // A second call returns the same.
        assert_eq!(tunnel.url(URL_TIMEOUT).await.unwrap(), "https://t8080.example");
        tunnel.stop().await;
    }
}

#[tokio::test]
async fn the_output_of_a_client_that_ends_early_is_quoted() {
    let client = StandIn::new(
        "i=0; while [ $i -lt 30 ]; do echo line $i; i=$((i+1)); done
         echo 'ERROR: no account' >&2; exit 7",
    );
    let error = client.start().url(URL_TIMEOUT).await.unwrap_err();
    let lines = error.last_lines();
    assert!(lines.len() <= 10, "{lines:?}");
    assert!(lines.iter().any(|line| line == "line 29"), "{lines:?}");
    assert!(lines.iter().any(|line| line == "ERROR: no account"));
    let told = error.explain(|text| text.replace("ERROR", "(clean)"));
    assert_eq!(told.exit(), Exit::Io);
    assert!(told.message.contains("sh ended: exit status: 7, before it printed a public URL"));
    assert!(told.message.contains("\n  (clean): no account"), "{}", told.message);
}

#[tokio::test]
async fn waiting_for_a_url_times_out() {
    let client = StandIn::new(&format!("echo warming up; echo $$ > pid; {LONG}"));
    let mut tunnel = client.start();
    client.process("pid").await;
    let error = tunnel.url(Duration::from_millis(50)).await.unwrap_err();
    assert!(matches!(&error, TunnelError::NoUrl(..)), "{error:?}");
    tunnel.stop().await;
}

#[tokio::test]
async fn output_is_drained_and_not_kept() {
    let client = StandIn::new(&format!(
        "echo 'url: https://t.example'
         head -c 3000000 /dev/zero | tr '\\0' x
         yes | head -c 3000000
         yes | head -c 3000000 >&2
         echo $$ > pid; {LONG}"
    ));
    let mut tunnel = client.start();
    assert_eq!(tunnel.url(URL_TIMEOUT).await.unwrap(), "https://t.example");
    client.process("pid").await;
    tunnel.stop().await;
}

#[tokio::test]
async fn the_end_of_a_client_is_reported_with_its_last_output() {
    let client = StandIn::new(
        "echo https://t.example; until [ -e go ]; do sleep 0.01; done
         echo \"$(printf '\\033[31m')lost the server\"; exit 3",
    );
    let mut tunnel = client.start();
    tunnel.url(URL_TIMEOUT).await.unwrap();
    let early = tokio::time::timeout(Duration::from_millis(20), tunnel.ended()).await;
    assert!(early.is_err(), "it is still running");
    std::fs::write(client.path("go"), "").unwrap();
    let ended = tunnel.ended().await;
    assert_eq!(ended.status.unwrap().code(), Some(3));
    assert_eq!(ended.last_lines.last().unwrap(), "lost the server");
    assert_eq!(tunnel.ended().await, ended);
    tunnel.stop().await;
}

#[tokio::test]
async fn a_remaining_grandchild_does_not_delay_the_end() {
    let client = StandIn::new(&format!("{LONG} & echo $! > child; exit 0"));
    let error = client.start().url(URL_TIMEOUT).await.unwrap_err();
    assert!(matches!(error, TunnelError::Ended(_)));
    let child = client.process("child").await;
    eventually(|| has_ended(child)).await;
}

#[tokio::test]
async fn the_whole_process_group_is_ended() {
    let client = StandIn::new(&format!(
        "{LONG} & echo $! > child; echo $$ > pid; echo https://t.example; wait"
    ));
    let mut tunnel = client.start();
    tunnel.url(URL_TIMEOUT).await.unwrap();
    let (leader, child) = (client.process("pid").await, client.process("child").await);
    // A Ctrl-C on the terminal goes to the foreground group.
    assert_eq!(getpgid(Some(child)).unwrap(), leader);
    assert_ne!(getpgid(None).unwrap(), leader);
    tunnel.stop().await;
    assert!(has_ended(leader));
    // It closes its output a moment before it ends.
    eventually(|| has_ended(child)).await;
}

#[tokio::test]
async fn a_client_that_ignores_the_signal_is_killed() {
    let client = StandIn::new(
        "trap '' TERM; sh -c 'trap \"\" TERM; echo $$ > child; while :; do sleep 1; done' &
         echo $$ > pid; while :; do sleep 1; done",
    );
    let tunnel = client.start();
    let (leader, child) = (client.process("pid").await, client.process("child").await);
    tunnel.stop().await;
    assert!(has_ended(leader));
    eventually(|| has_ended(child)).await;
}

#[tokio::test]
async fn a_client_gets_time_to_end() {
    let client = StandIn::new(
        "trap 'sleep 0.1; echo gone > bye; exit' TERM
         echo $$ > pid; while :; do sleep 0.01; done",
    );
    let tunnel = client.start();
    client.process("pid").await;
    tunnel.stop().await;
    assert_eq!(std::fs::read_to_string(client.path("bye")).unwrap(), "gone\n");
}

#[tokio::test]
async fn dropping_a_tunnel_kills_its_process_group() {
    let client = StandIn::new(&format!("{LONG} & echo $! > child; echo $$ > pid; wait"));
    let tunnel = client.start();
    let (leader, child) = (client.process("pid").await, client.process("child").await);
    drop(tunnel);
    eventually(|| has_ended(leader) && has_ended(child)).await;
}

#[tokio::test]
async fn a_client_gets_only_what_it_needs_of_the_environment() {
    if std::env::var_os("CZ_HOOK_SECRET").is_none() {
        let again = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "tunnel_client::a_client_gets_only_what_it_needs_of_the_environment"])
            .env("CZ_HOOK_SECRET", "s3cret")
            .env("NGROK_API_KEY", "hunter2")
            .env("NGROK_REGION", "eu")
            .env("GITHUB_TOKEN", "hunter22")
            .output()
            .unwrap();
        assert!(again.status.success(), "{again:?}");
        return;
    }
    let client = StandIn::new(&format!(
        "a=${{CZ_HOOK_SECRET-none}} b=${{NGROK_API_KEY-none}} c=${{GITHUB_TOKEN-none}}; \
         echo \"url: https://$a.$b.$c.$NGROK_REGION\"; {LONG}"
    ));
    let secret = Secret::new(b"hunter2".to_vec(), "profile \"default\" (env NGROK_API_KEY)");
    let mut tunnel = Tunnel::start(&client.spec(), PORT, &[secret]).unwrap();
    let url = tunnel.url(URL_TIMEOUT).await.unwrap();
    assert_eq!(url, "https://none.none.none.eu");
    tunnel.stop().await;
}

#[tokio::test]
async fn a_client_that_cannot_start_is_explained() {
    let error = Tunnel::start("no-such-tunnel-client {port}", PORT, &[]).unwrap_err();
    let told = error.explain(str::to_owned);
    assert_eq!(told.exit(), Exit::Io);
    assert_eq!(told.message, "cannot start no-such-tunnel-client: No such file or directory");
    let error = Tunnel::start("no-such-tunnel-client", PORT, &[]).unwrap_err();
    assert_eq!(error.explain(str::to_owned).exit(), Exit::Usage);
}
