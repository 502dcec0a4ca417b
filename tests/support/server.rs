//! A server on sockets, with a thread for each connection: it can respond with anything, respond nothing, and crash.

use std::io::{BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::http::{Answer, Head, Trouble};
use super::listening::TIMEOUT;

/// A request that was read to its end.
pub struct Asked {
    pub head: Head,
    pub body: Vec<u8>,
    /// How many connections are open, this one among them.
    pub at_once: usize,
}

/// The response to a request.
pub enum Said {
    Answer(Answer),
    /// The connection is closed without a response.
    Nothing,
    /// No response; the connection stays open until the peer closes it.
    Silence,
    /// No response, and no more connections are accepted, as after a crash.
    Death,
}

impl From<Answer> for Said {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

/// Decides the response; a function of the request is enough.
pub trait Handler: Send + Sync + 'static {
    fn say(&self, asked: &Asked) -> Said;

    /// The response that does not depend on the body: to another method, or too early.
    fn before_the_body(&self, _head: &Head) -> Option<Answer> {
        None
    }

    /// Whether a truncated request crashes it.
    fn dies_of_cut_off(&self) -> bool {
        false
    }

    /// Sees every response before it is sent: whether it is the last one.
    fn is_last(&self, _answer: &Answer) -> bool {
        false
    }
}

impl<F: Fn(&Asked) -> Said + Send + Sync + 'static> Handler for F {
    fn say(&self, asked: &Asked) -> Said {
        self(asked)
    }
}

/// A running server; it stops when dropped.
pub struct Server {
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

/// What its connections share.
struct Shared {
    handler: Box<dyn Handler>,
    address: SocketAddr,
    stopped: AtomicBool,
    open: AtomicUsize,
}

impl Server {
    pub fn start(handler: impl Handler) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let shared = Arc::new(Shared {
            handler: Box::new(handler),
            address: listener.local_addr().expect("an address"),
            stopped: AtomicBool::new(false),
            open: AtomicUsize::new(0),
        });
        let accepting = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                for stream in listener.incoming() {
                    if shared.stopped.load(Ordering::SeqCst) {
                        break;
                    }
                    let Ok(stream) = stream else { continue };
                    let serving = Arc::clone(&shared);
                    let thread = std::thread::spawn(move || serving.serve(stream));
                    if shared.handler.dies_of_cut_off() {
                        // A client that closes its connection does not wait: the next one must not be served before
                        // that is noticed.
                        let _ = thread.join();
                    }
                }
            }
        });
        Self { shared, accepting: Some(accepting) }
    }

    /// A server with the responses of this function.
    pub fn saying(say: impl Fn(&Asked) -> Said + Send + Sync + 'static) -> Self {
        Self::start(say)
    }

    pub fn url(&self) -> String {
        format!("http://{}/webhook", self.shared.address)
    }

    pub fn port(&self) -> u16 {
        self.shared.address.port()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop();
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

impl Shared {
    /// Accepts no more connections.
    fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for one.
        let _ = TcpStream::connect(self.address);
    }

    fn serve(&self, stream: TcpStream) {
        let at_once = self.open.fetch_add(1, Ordering::SeqCst) + 1;
        self.converse(&stream, at_once);
        self.open.fetch_sub(1, Ordering::SeqCst);
        linger(&stream);
    }

    fn converse(&self, mut stream: &TcpStream, at_once: usize) {
        let _ = stream.set_read_timeout(Some(TIMEOUT));
        let _ = stream.set_write_timeout(Some(TIMEOUT));
        let mut has_body = true;
        let said = match self.request(stream, at_once, &mut has_body) {
            Ok(said) => said,
            Err(Trouble::Status(status)) => Answer::new(status, "{}").into(),
            Err(Trouble::CutOff) if self.handler.dies_of_cut_off() => Said::Death,
            Err(Trouble::CutOff | Trouble::Nothing | Trouble::Late) => Said::Nothing,
        };
        match said {
            Said::Answer(answer) => {
                // Before the response, so that a client that has it cannot connect any more.
                if self.handler.is_last(&answer) {
                    self.stop();
                }
                let _ = stream.write_all(&answer.bytes(has_body));
            }
            Said::Nothing => {}
            Said::Silence => self.hang(stream),
            Said::Death => self.stop(),
        }
    }

    /// Reads a request; returns the response, and whether the request wants its body.
    fn request(
        &self,
        mut stream: &TcpStream,
        at_once: usize,
        has_body: &mut bool,
    ) -> Result<Said, Trouble> {
        let mut reader = BufReader::new(stream);
        let head = Head::read(&mut reader)?;
        *has_body = head.method != "HEAD";
        if let Some(answer) = self.handler.before_the_body(&head) {
            return Ok(answer.into());
        }
        let body = head.body(&mut reader, &mut stream)?;
        Ok(self.handler.say(&Asked { head, body, at_once }))
    }

    /// Waits until the peer closes the connection.
    fn hang(&self, mut stream: &TcpStream) {
        let _ = stream.set_read_timeout(Some(Duration::from_millis(100)));
        while !self.stopped.load(Ordering::SeqCst) {
            match stream.read(&mut [0; 1024]) {
                Ok(0) => return,
                Err(e) if !matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return;
                }
                _ => {}
            }
        }
    }
}

/// Lets the peer read the response before the connection closes: unread bytes of the request would reset it.
fn linger(mut stream: &TcpStream) {
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
    let mut rest = [0; 64 << 10];
    for _ in 0..1024 {
        match stream.read(&mut rest) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
}
