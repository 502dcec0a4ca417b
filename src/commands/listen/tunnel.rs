//! `listen --tunnel`: starts the tunnel client, waits for its URL, reports its end, and stops it.

use crate::commands::shared::runtime::Interrupts;
use crate::error::Error;
use crate::escape;
use crate::output::console::Console;
use crate::tunnel::{Tunnel, TunnelError, URL_TIMEOUT};
use crate::webhook::signature::Secret;

/// A tunnel to this listener.
#[derive(Debug)]
pub(super) struct OpenTunnel {
    /// Its public URL, without a slash at the end.
    pub(super) url: String,
    tunnel: Tunnel,
}

/// Starts the client, which gets none of the `secrets`, and waits for its URL.
///
/// # Errors
/// When there is no tunnel, or the run is interrupted.
pub(super) async fn open(
    client: &str,
    port: u16,
    secrets: &[Secret],
    interrupts: &mut Interrupts,
    deadline: impl Future<Output = ()>,
) -> Result<OpenTunnel, Error> {
    let explain = |error: TunnelError| error.explain(|text| escape::clipped(text.as_bytes(), 200));
    let mut tunnel = Tunnel::start(client, port, secrets).map_err(explain)?;
    let url = tokio::select! {
        url = tunnel.url(URL_TIMEOUT) => url,
        () = interrupts.next() => {
            tunnel.stop().await;
            return Err(Error::interrupted("interrupted before the tunnel was open"));
        }
        () = deadline => {
            tunnel.stop().await;
            return Err(Error::io(
                "the time was up before the tunnel client printed a public URL",
                "give --timeout more time, or run the client by hand to see what it needs",
            ));
        }
    };
    match url {
        Ok(url) => Ok(OpenTunnel { url, tunnel }),
        Err(error) => {
            tunnel.stop().await;
            Err(explain(error))
        }
    }
}

/// Waits until the tunnel ends, and reports how; without a tunnel it waits for ever.
pub(super) async fn ended(tunnel: Option<&mut OpenTunnel>, console: &Console) {
    let Some(open) = tunnel else {
        return std::future::pending().await;
    };
    let ended = open.tunnel.ended().await;
    let last_lines: String = ended
        .last_lines
        .iter()
        .map(|line| format!("\n  {}", escape::clipped(line.as_bytes(), 200)))
        .collect();
    let message = escape::clipped(ended.message().as_bytes(), 200);
    console.error(&Error::io(
        format!("{message}: nothing can reach the listener any more{last_lines}"),
        "see the output of the client, and start again when the tunnel is available",
    ));
}

impl OpenTunnel {
    /// Stops the client and everything it started.
    pub(super) async fn close(self) {
        self.tunnel.stop().await;
    }
}
