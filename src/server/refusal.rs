//! Responses that hyper does not write, to connections that it does not serve, or no longer serves; and the close after
//! a response, which lets the peer read it.

use std::io;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::time;

use crate::webhook::record::RejectReason;

use super::head::Head;
use super::memory_limit::MemoryLimit;
use super::preread::read_head;
use super::response::Response;
use super::rules::is_health_check;

/// How long a connection stays open after its last response.
pub(super) const LINGER: Duration = Duration::from_secs(1);
/// How long a new connection that is refused may take for its head: its sender should have sent it already.
const HEAD_TIME: Duration = Duration::from_millis(500);
/// How much is read of a connection after its last response.
const MAX_DRAINED: usize = 16 << 20;

/// Refuses a new connection, all of whose requests are rejected except a health check. Returns the status of the
/// response, and whether a request was rejected by it.
pub(super) async fn refuse(
    stream: &TcpStream,
    health_path: Option<&str>,
    memory: &MemoryLimit,
) -> (Option<u16>, bool) {
    let mut bytes = Vec::new();
    let reading = read_head(stream, &mut bytes, memory.permit());
    let _ = time::timeout(HEAD_TIME, reading).await;
    let head = Head::parse(&bytes).map(|(head, _)| head);
    let is_healthy = head.as_ref().is_some_and(|head| is_health_check(head, health_path));
    let response = match is_healthy {
        true => Response::healthy(),
        false => Response::to_rejected(RejectReason::Busy),
    };
    let has_body = head.is_none_or(|head| head.method != "HEAD");
    let status = write(stream, &response, has_body).await;
    (status, !bytes.is_empty() && !is_healthy)
}

/// Writes a response and ends the sending side of the connection; the status, if the peer can get it.
pub(super) async fn write(stream: &TcpStream, response: &Response, has_body: bool) -> Option<u16> {
    let bytes = response.to_wire(has_body);
    let writing = async {
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            stream.writable().await?;
            match stream.try_write(rest) {
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    };
    let written = time::timeout(LINGER, writing).await;
    matches!(written, Ok(Ok(()))).then(|| response.status.as_u16())
}

/// Reads until the peer closes the connection, at most for this time, and keeps nothing: closing a connection with
/// unread bytes would reset it, and the peer could lose the response.
pub(super) async fn drain(stream: &TcpStream, linger: Duration) {
    let _ = SockRef::from(stream).shutdown(std::net::Shutdown::Write);
    let draining = async {
        let mut buffer = vec![0; 16 << 10];
        let mut seen = 0;
        while seen < MAX_DRAINED && stream.readable().await.is_ok() {
            match stream.try_read(&mut buffer) {
                Ok(0) => return,
                Ok(count) => seen += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
        }
    };
    let _ = time::timeout(linger, draining).await;
}
