//! Sends signed deliveries on keep-alive connections, one request at a time on each.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use cz_hook::webhook::delivery::Headers;
use cz_hook::webhook::provider::catalog::Catalog;
use cz_hook::webhook::signature;
use cz_hook::webhook::signature::Secret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Outcome;

/// The secret of the sender and the listener.
pub const SECRET: &str = "benchmark";

/// Requests that are prepared in advance, so that their creation is not measured. All bodies are different, and there
/// are more of them than the listener remembers, so it never detects a duplicate.
pub struct Deliveries {
    requests: Vec<Vec<u8>>,
    next: AtomicUsize,
}

impl Deliveries {
    pub fn new(count: usize) -> Outcome<Self> {
        let catalog = Catalog::builtin();
        let provider = catalog.provider("chatzuri").ok_or("no such provider")?;
        let scheme = provider.scheme().ok_or("it does not sign")?;
        let secret = Secret::new(SECRET.as_bytes().to_vec(), "the benchmark");
        let request = |n: usize| -> Outcome<Vec<u8>> {
            let body = format!(
                r#"{{"eventType":"lead.submit","agentId":"agent_abc123","payload":{{"conversationId":"conv_{n:08}","customerEmail":"sarah@acme.com","customerName":"Sarah","customerPhone":"+254712345678"}}}}"#
            );
            let signature =
                signature::signature(scheme, &secret, &Headers::default(), body.as_bytes())
                    .map_err(|why| why.to_string())?;
            Ok(format!(
                "POST /webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: benchmark\r\nAccept: */*\r\n\
                 Content-Type: application/json\r\nContent-Length: {}\r\n{}: {signature}\r\n\r\n{body}",
                body.len(),
                scheme.header().unwrap_or_default(),
            )
            .into_bytes())
        };
        Ok(Self {
            requests: (0..count).map(request).collect::<Outcome<_>>()?,
            next: AtomicUsize::new(0),
        })
    }

    /// The next request. The first one follows the last one.
    pub fn next(&self) -> &[u8] {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        self.requests.get(n % self.requests.len()).map_or(&[], Vec::as_slice)
    }
}

/// One kept-alive connection.
pub struct Connection {
    stream: TcpStream,
    buffer: [u8; 2048],
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: [0; 2048] })
    }

    /// The stream of the connection, which stays open.
    pub fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Sends a request and reads the response to its end. A status other than 200 is an error.
    pub async fn deliver(&mut self, request: &[u8]) -> Outcome<()> {
        self.stream.write_all(request).await?;
        let mut filled = 0;
        loop {
            let room = self.buffer.get_mut(filled..).unwrap_or_default();
            let read = self.stream.read(room).await?;
            if read == 0 {
                return Err("the connection ended in the middle of a response".into());
            }
            filled += read;
            let answer = self.buffer.get(..filled).unwrap_or_default();
            match length(answer)? {
                Some(whole) if whole == filled => return Ok(()),
                Some(whole) if whole < filled => return Err("more than one response".into()),
                _ => {}
            }
        }
    }
}

/// The total length of a response, once its head is complete.
fn length(answer: &[u8]) -> Outcome<Option<usize>> {
    let mut slots = [httparse::EMPTY_HEADER; 16];
    let mut response = httparse::Response::new(&mut slots);
    let httparse::Status::Complete(head) = response.parse(answer)? else {
        return Ok(None);
    };
    if response.code != Some(200) {
        return Err(format!("not accepted: {}", String::from_utf8_lossy(answer)).into());
    }
    let body = response
        .headers
        .iter()
        .find(|h| h.name.eq_ignore_ascii_case("content-length"))
        .ok_or("a response without a length")?;
    let body: usize = std::str::from_utf8(body.value)?.parse()?;
    Ok(Some(head + body))
}
