//! An endpoint that is right in all respects but one: it shows that a check can fail, and that no other
//! check fails with it. HTTP is spoken by hand, so that anything can be done wrong.

pub mod flaw;
mod http;
mod judge;

use std::io::{BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::listening::PATIENCE;
use flaw::Flaw;
use http::{Answer, Head, Trouble};
use judge::Judge;

/// A running endpoint under the secret of the vectors; it stops when dropped.
pub struct Wrong {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

/// What its connections share.
struct Shared {
    judge: Judge,
    flaw: Option<Flaw>,
    address: SocketAddr,
    stopped: AtomicBool,
    refused: AtomicU32,
    open: AtomicUsize,
}

impl Wrong {
    /// An endpoint that is right in all respects.
    pub fn right() -> Self {
        Self::start(None)
    }

    /// An endpoint with this flaw.
    pub fn with(flaw: Flaw) -> Self {
        Self::start(Some(flaw))
    }

    fn start(flaw: Option<Flaw>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            judge: Judge::new(flaw),
            flaw,
            address,
            stopped: AtomicBool::new(false),
            refused: AtomicU32::new(0),
            open: AtomicUsize::new(0),
        });
        let accepting = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                for stream in listener.incoming() {
                    if shared.stopped.load(Ordering::SeqCst) {
                        break;
                    }
                    if let Ok(stream) = stream {
                        let shared = Arc::clone(&shared);
                        std::thread::spawn(move || shared.serve(stream));
                    }
                }
            }
        });
        Self {
            address,
            shared,
            accepting: Some(accepting),
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}/webhook", self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

impl Drop for Wrong {
    fn drop(&mut self) {
        self.shared.stop();
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

impl Shared {
    /// Takes no more connections.
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
        let _ = stream.set_read_timeout(Some(PATIENCE));
        let _ = stream.set_write_timeout(Some(PATIENCE));
        let mut reader = BufReader::new(stream);
        let (answer, has_body) = match self.request(&mut reader, stream, at_once) {
            Ok(Some(answered)) => answered,
            Ok(None) => return,
            Err(Trouble::Status(status)) => (Answer::new(status, "{}"), true),
            Err(Trouble::CutOff) => {
                if self.judge.is(Flaw::DiesOnCutOff) {
                    self.stop();
                }
                return;
            }
            Err(Trouble::Nothing | Trouble::Late) => return,
        };
        // Before the answer, so that who has it meets nobody any more.
        if (400..500).contains(&answer.status) {
            let refused = self.refused.fetch_add(1, Ordering::SeqCst) + 1;
            if matches!(self.flaw, Some(Flaw::DiesAfterBad(most)) if refused >= most) {
                self.stop();
            }
        }
        let _ = stream.write_all(&answer.bytes(has_body));
    }

    /// Reads a request; the answer and whether its body is wanted, or nothing when there is to be none.
    fn request(
        &self,
        reader: &mut BufReader<&TcpStream>,
        mut stream: &TcpStream,
        at_once: usize,
    ) -> Result<Option<(Answer, bool)>, Trouble> {
        let head = Head::read(reader)?;
        if let Some(answer) = self.judge.before_the_body(&head) {
            return Ok(Some((answer, head.method != "HEAD")));
        }
        let body = head.body(reader, &mut stream)?;
        if self.judge.is(Flaw::FailsInParallel) {
            if at_once > 8 {
                return Ok(Some((Answer::new(503, "{}"), true)));
            }
            // Long enough that those who come at once are here at once.
            std::thread::sleep(Duration::from_millis(100));
        }
        if self.judge.is(Flaw::HangsOnEmptyBody) && body.is_empty() {
            self.hang(stream);
            return Ok(None);
        }
        if self.judge.dies_of(&head, &body) {
            self.stop();
            return Ok(None);
        }
        Ok(Some((self.judge.answer(&head, &body), true)))
    }

    /// Says nothing until the other side goes away.
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

/// Lets the other side read its answer before the connection goes: what it has sent and nobody read would
/// reset it.
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
