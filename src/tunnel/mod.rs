//! A tunnel from the internet to this machine, through an installed client: providers reject localhost URLs.
//!
//! [`Tunnel::start`] runs the client, [`Tunnel::url`] waits for the public URL in its output, [`Tunnel::ended`]
//! watches it, [`Tunnel::stop`] ends it and everything it started.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

use crate::error::reason;
use crate::webhook::signature::Secret;

mod client;
mod environment;
mod output;

pub use client::{CLIENTS, Ended, TunnelError};
pub use output::{UrlFinder, strip_ansi};

use client::Client;
use output::OutputTail;

/// How long a client may take to print its URL.
pub const URL_TIMEOUT: Duration = Duration::from_secs(30);

/// A running tunnel client. Dropping kills it; [`Tunnel::stop`] lets it end by itself.
#[derive(Debug)]
pub struct Tunnel {
    program: String,
    child: Child,
    /// The client and the processes it started, until all have ended.
    group: Option<ProcessGroup>,
    output: OutputTail,
}

impl Tunnel {
    /// Starts the client that `spec` names, for `port` on this machine: `cloudflared`, `ngrok`, `bore`,
    /// `bore:SERVER`, `ssh:USER@HOST[:PORT]`, or a command with `{port}` in it. It gets the variables that it needs and no
    /// others, and none that contains one of the secrets, because it talks to a third party's server.
    ///
    /// The client is not in the terminal's foreground process group: Ctrl-C ends it only through its owner.
    ///
    /// # Errors
    /// When `spec` is not a client, or the program cannot be started.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn start(spec: &str, port: u16, secrets: &[Secret]) -> Result<Self, TunnelError> {
        let Client { program, args, finder } = Client::new(spec, port)?;
        let mut command = Command::new(&program);
        command
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .env_clear()
            .envs(environment::allowed(std::env::vars_os(), secrets));
        #[cfg(unix)]
        command.process_group(0);
        let mut child =
            command.spawn().map_err(|why| TunnelError::Start(program.clone(), reason(&why)))?;
        let output = OutputTail::read(finder, child.stdout.take(), child.stderr.take());
        Ok(Self { program, group: ProcessGroup::led_by(&child), child, output })
    }

    /// Waits until the client prints its public URL: scheme, host, and no slash at the end.
    ///
    /// # Errors
    /// When it ends first, or prints none within `timeout`.
    pub async fn url(&mut self, timeout: Duration) -> Result<String, TunnelError> {
        tokio::select! {
            biased;
            url = self.output.url() => return Ok(url),
            _ = self.child.wait() => {}
            () = tokio::time::sleep(timeout) => {
                let last = self.output.last_lines();
                return Err(TunnelError::NoUrl(self.program.clone(), timeout, last));
            }
        }
        Err(TunnelError::Ended(self.ended().await))
    }

    /// Waits until the client has ended, for whatever reason. Cancel-safe.
    pub async fn ended(&mut self) -> Ended {
        let status = self.child.wait().await.ok();
        // First the processes it left behind: they may hold its output open.
        self.end().await;
        let last_lines = self.output.rest().await;
        Ended { program: self.program.clone(), status, last_lines }
    }

    /// Ends the client and everything it started; kills what has not ended after a moment.
    pub async fn stop(mut self) {
        self.end().await;
    }

    async fn end(&mut self) {
        let Some(group) = &self.group else {
            // Only the client itself can be ended; it may have ended already.
            let _ = self.child.start_kill();
            let _ = self.child.wait().await;
            return;
        };
        group.terminate();
        let ended = async {
            // An unknown status is an end as well.
            let _ = self.child.wait().await;
            // Its children are reaped by another process and may stay in the group as zombies for a while; a
            // closed output means that they have ended, too.
            let closed = self.output.closed();
            let group_ended = async {
                while group.is_alive() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            tokio::select! {
                () = closed => {}
                () = group_ended => {}
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(3), ended).await;
        group.kill();
        let _ = self.child.wait().await;
        // From here on, another group may get its id.
        self.group = None;
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        if let Some(group) = &self.group {
            group.kill();
        }
    }
}

/// The process group of a client: a wrapper that is ended must not leave the program it wraps behind. Only on
/// Unix.
#[derive(Debug)]
struct ProcessGroup {
    #[cfg(unix)]
    leader: rustix::process::Pid,
}

#[cfg(unix)]
impl ProcessGroup {
    /// The group that a child leads; `None` when it has ended.
    fn led_by(child: &Child) -> Option<Self> {
        let id = i32::try_from(child.id()?).ok()?;
        rustix::process::Pid::from_raw(id).map(|leader| Self { leader })
    }

    fn terminate(&self) {
        self.signal(rustix::process::Signal::TERM);
    }

    fn kill(&self) {
        self.signal(rustix::process::Signal::KILL);
    }

    fn is_alive(&self) -> bool {
        rustix::process::test_kill_process_group(self.leader).is_ok()
    }

    fn signal(&self, signal: rustix::process::Signal) {
        // It may be gone already, which is as good.
        let _ = rustix::process::kill_process_group(self.leader, signal);
    }
}

#[cfg(not(unix))]
impl ProcessGroup {
    fn led_by(_child: &Child) -> Option<Self> {
        None
    }

    fn terminate(&self) {}

    fn kill(&self) {}

    fn is_alive(&self) -> bool {
        false
    }
}
