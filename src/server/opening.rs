//! A connection before the HTTP library sees it. The library's buffers are only made for a request that
//! is there: thousands of senders that stop in the middle of a small one must not cost many bytes each.

use std::io;
use std::time::Instant;

use tokio::net::TcpStream;
use tokio::time;

use crate::webhook::record::RejectReason;

use super::desk::refusal;
use super::head::{self, Head, MAX_HEAD};
use super::options::Options;
use super::registry::{Doing, Slot};

/// The longest request whose body is waited for here; the library's own buffers are no smaller.
const SMALL: usize = 8 << 10;
/// How much is asked for at first.
const STEP: usize = 1 << 10;

/// How a connection begins.
#[derive(Debug)]
pub enum Opening {
    /// With these bytes, which are for the library to judge; and when the first head was complete, if it
    /// is.
    Bytes(Vec<u8>, Option<Instant>),
    /// Not at all; with what there is to say about it, if anything.
    Over(Option<(RejectReason, &'static str)>),
}

/// Reads a connection's first request: its head, and its body where that is small. What is too long, cut
/// off or no request is the library's to answer, and so is a body that does not come in time.
pub async fn open(stream: &TcpStream, options: &Options, slot: &Slot) -> Opening {
    let mut bytes = Vec::new();
    let in_time = time::timeout(options.read_timeout, read_head(stream, &mut bytes)).await;
    match in_time {
        Ok(_) | Err(_) if bytes.is_empty() => return Opening::Over(None),
        Err(_) => {
            let late = "the head did not come in time";
            return Opening::Over(Some((RejectReason::TimedOut, late)));
        }
        // An error shows again as the connection's end.
        Ok(Ok(false) | Err(_)) => return Opening::Bytes(bytes, None),
        Ok(Ok(true)) => {}
    }
    let complete = Instant::now();
    if let Some(whole) = length(&bytes, options) {
        slot.set(Doing::Reading);
        let rest = read_rest(stream, &mut bytes, whole, slot);
        // Late or not, the library takes it from here.
        let _ = time::timeout(options.read_timeout, rest).await;
    }
    Opening::Bytes(bytes, Some(complete))
}

/// Reads until there is a whole head. False when it will be none: the library knows what to say.
async fn read_head(stream: &TcpStream, bytes: &mut Vec<u8>) -> io::Result<bool> {
    loop {
        let before = bytes.len();
        if read(stream, bytes).await? == 0 {
            return Ok(false);
        }
        if before == 0 {
            bytes.drain(..head::blank(bytes));
            // Like the library, look for nonsense at once and then no more before the head's end.
            if head::is_nonsense(bytes) {
                return Ok(false);
            }
        }
        if head::end(bytes, before.saturating_sub(3)).is_some() {
            return Ok(true);
        }
        if bytes.len() >= MAX_HEAD {
            return Ok(false);
        }
    }
}

async fn read_rest(
    stream: &TcpStream,
    bytes: &mut Vec<u8>,
    whole: usize,
    slot: &Slot,
) -> io::Result<()> {
    while bytes.len() < whole && read(stream, bytes).await? > 0 {
        slot.set(Doing::Reading); // it gets on
    }
    Ok(())
}

/// Reads what is there, waiting for it if need be; 0 at the end.
async fn read(stream: &TcpStream, bytes: &mut Vec<u8>) -> io::Result<usize> {
    loop {
        stream.readable().await?;
        if bytes.len() == bytes.capacity() {
            bytes.reserve(STEP);
        }
        match stream.try_read_buf(bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            read => return read,
        }
    }
}

/// How long the request is whose head is there: `None` when its body is not to be waited for, be it
/// that there is none, that it is long or of unknown length, that the sender waits to be asked for it,
/// or that it will be refused unread.
fn length(bytes: &[u8], options: &Options) -> Option<usize> {
    let (head, body_at) = Head::parse(bytes)?;
    let body = head.plain_length()?;
    let whole = body_at.checked_add(body)?;
    let is_to_come = bytes.len() < whole && whole <= SMALL;
    let is_wanted = body <= options.max_body && refusal(&head, options).is_none();
    (is_to_come && is_wanted).then_some(whole)
}
