//! One tunnel client as a child process: started, watched, ended with everything that it started.

use std::ffi::OsStr;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

use crate::error::reason;
use crate::webhook::signature::secret::Secret;

use super::error::{Ended, TunnelError};
use super::group::Group;
use super::output::Output;
use super::presets::Client;

/// How long a client may take to say its URL.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How long a client may take to end when it is asked to.
const GRACE: Duration = Duration::from_secs(3);
/// How often is looked whether its children have ended.
const LOOK: Duration = Duration::from_millis(20);
/// How this tool's own variables begin: they are none of the client's business.
const OWN_VARIABLES: &str = "CZ_HOOK";

/// A running tunnel client. Dropped, it is killed; [`Tunnel::stop`] lets it say goodbye.
#[derive(Debug)]
pub struct Tunnel {
    program: String,
    child: Child,
    /// The client and whatever it started, until all of it has ended.
    group: Option<Group>,
    output: Output,
}

impl Tunnel {
    /// Starts the client that `spec` asks for, to lead to `port` on this machine: `cloudflared`, `ngrok`,
    /// `bore`, `bore:SERVER`, `ssh:USER@HOST[:PORT]`, or a command with `{port}` in it. It gets no variable
    /// that holds one of these secrets: a client talks to a stranger's server.
    ///
    /// The client is no part of the terminal's foreground group: a Ctrl-C ends it through whoever holds
    /// this, not before.
    ///
    /// # Errors
    /// When `spec` asks for nothing that can be run, or the program cannot be started.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn start(spec: &str, port: u16, secrets: &[Secret]) -> Result<Self, TunnelError> {
        let Client {
            program,
            args,
            finder,
        } = Client::new(spec, port)?;
        let mut command = Command::new(&program);
        command
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let is_secret = |value: &OsStr| {
            let value = value.as_encoded_bytes();
            secrets.iter().any(|secret| secret.expose() == value)
        };
        for (name, value) in std::env::vars_os() {
            if is_own(&name) || is_secret(&value) {
                command.env_remove(name);
            }
        }
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command
            .spawn()
            .map_err(|why| TunnelError::Start(program.clone(), reason(&why)))?;
        let output = Output::read(finder, child.stdout.take(), child.stderr.take());
        Ok(Self {
            program,
            group: Group::led_by(&child),
            child,
            output,
        })
    }

    /// Waits until the client says its public URL: scheme, host, and no slash at the end.
    ///
    /// # Errors
    /// When it ends first, or says none within `patience`.
    pub async fn url(&mut self, patience: Duration) -> Result<String, TunnelError> {
        tokio::select! {
            biased;
            url = self.output.url() => return Ok(url),
            _ = self.child.wait() => {}
            () = tokio::time::sleep(patience) => {
                let last = self.output.last_lines();
                return Err(TunnelError::Silent(self.program.clone(), patience, last));
            }
        }
        Err(TunnelError::Ended(self.ended().await))
    }

    /// Waits until the client has ended, for whatever reason. May be dropped and called again.
    pub async fn ended(&mut self) -> Ended {
        let status = self.child.wait().await.ok();
        // First whoever it left behind: they may hold its output open.
        self.end().await;
        let last_lines = self.output.rest().await;
        Ended {
            program: self.program.clone(),
            status,
            last_lines,
        }
    }

    /// Ends the client and everything it started: asked first, killed after a moment.
    pub async fn stop(mut self) {
        self.end().await;
    }

    async fn end(&mut self) {
        let Some(group) = &self.group else {
            // Nothing more than the client itself can be ended; it may have ended already.
            let _ = self.child.start_kill();
            let _ = self.child.wait().await;
            return;
        };
        group.terminate();
        let gone = async {
            // An unknown status is an end as well.
            let _ = self.child.wait().await;
            // Its children are somebody else's to bury and may stay in the group as dead for a while; those
            // that have let go of the output as well are as good as gone.
            let closed = self.output.closed();
            let buried = async {
                while group.is_alive() {
                    tokio::time::sleep(LOOK).await;
                }
            };
            tokio::select! {
                () = closed => {}
                () = buried => {}
            }
        };
        let _ = tokio::time::timeout(GRACE, gone).await;
        group.kill();
        let _ = self.child.wait().await;
        // From here on its number may be another's.
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

fn is_own(name: &OsStr) -> bool {
    name.to_string_lossy().starts_with(OWN_VARIABLES)
}
