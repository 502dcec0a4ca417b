//! `listen --tunnel`: the client's life beside the listener's.

use crate::error::Error;
use crate::escape;
use crate::output::console::Console;
use crate::tunnel::{Tunnel, TunnelError, URL_TIMEOUT};
use crate::webhook::signature::secret::Secret;

use super::interrupts::Interrupts;

/// A tunnel that leads here.
#[derive(Debug)]
pub struct OpenTunnel {
    /// Its public URL, without a slash at the end.
    pub url: String,
    tunnel: Tunnel,
}

/// Starts a client that sees none of the secrets, and waits for its URL.
///
/// # Errors
/// When there is no tunnel, or somebody interrupts.
pub async fn open(
    client: &str,
    port: u16,
    secrets: &[Secret],
    interrupts: &mut Interrupts,
    time_is_up: impl Future<Output = ()>,
) -> Result<OpenTunnel, Error> {
    let explain = |why: TunnelError| why.explain(|text| escape::clipped(text.as_bytes(), 200));
    let mut tunnel = Tunnel::start(client, port, secrets).map_err(explain)?;
    let url = tokio::select! {
        url = tunnel.url(URL_TIMEOUT) => url,
        () = interrupts.next() => {
            tunnel.stop().await;
            return Err(Error::interrupted("interrupted before the tunnel was there"));
        }
        () = time_is_up => {
            tunnel.stop().await;
            return Err(Error::io(
                "the time was up before the tunnel client said a public URL",
                "give --timeout more time, or run the client by hand to see what it needs",
            ));
        }
    };
    match url {
        Ok(url) => Ok(OpenTunnel { url, tunnel }),
        Err(why) => {
            tunnel.stop().await;
            Err(explain(why))
        }
    }
}

/// Waits until the tunnel ends, which is the listener's end, too, and says how; for ever without one.
pub async fn ended(tunnel: Option<&mut OpenTunnel>, console: &Console) {
    let Some(open) = tunnel else {
        return std::future::pending().await;
    };
    let ended = open.tunnel.ended().await;
    let said: String = ended
        .last_lines
        .iter()
        .map(|line| format!("\n  {}", escape::clipped(line.as_bytes(), 200)))
        .collect();
    let what = escape::clipped(ended.message().as_bytes(), 200);
    console.error(&Error::io(
        format!("{what}: nothing can reach the listener any more{said}"),
        "see what the client says; start again when the tunnel can be had",
    ));
}

impl OpenTunnel {
    /// Ends the client and everything it started.
    pub async fn close(self) {
        self.tunnel.stop().await;
    }
}
