//! An endpoint on tiny_http, which shares no code with the tool.

use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tiny_http::{Header, Response, Server};

/// A request as the endpoint saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Its response.
#[derive(Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    pub fn accepted() -> Self {
        Self::new(200, r#"{"status":"accepted"}"#)
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A running endpoint; it stops when dropped.
pub struct Endpoint {
    server: Arc<Server>,
    seen: Arc<Mutex<Vec<Seen>>>,
    thread: Option<JoinHandle<()>>,
}

impl Endpoint {
    pub fn start(reply: impl Fn(&Seen) -> Reply + Send + 'static) -> Self {
        let server = Arc::new(Server::http("127.0.0.1:0").expect("a free port"));
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let thread = std::thread::spawn({
            let (server, seen) = (Arc::clone(&server), Arc::clone(&seen));
            move || {
                for mut request in server.incoming_requests() {
                    let mut body = Vec::new();
                    request.as_reader().read_to_end(&mut body).expect("a body");
                    let one = Seen {
                        method: request.method().to_string(),
                        target: request.url().to_owned(),
                        headers: request
                            .headers()
                            .iter()
                            .map(|h| (h.field.to_string(), h.value.to_string()))
                            .collect(),
                        body,
                    };
                    let reply = reply(&one);
                    seen.lock().unwrap().push(one);
                    let mut response =
                        Response::from_data(reply.body).with_status_code(reply.status);
                    for (name, value) in reply.headers {
                        let header = Header::from_bytes(name, value).expect("a header");
                        response.add_header(header);
                    }
                    // The client may have closed the connection.
                    let _ = request.respond(response);
                }
            }
        });
        Self { server, seen, thread: Some(thread) }
    }

    pub fn accepting() -> Self {
        Self::start(|_| Reply::accepted())
    }

    pub fn url(&self, target: &str) -> String {
        format!("http://{}{target}", self.server.server_addr())
    }

    /// Every request so far; the test fails when there is none.
    pub fn seen(&self) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap().clone();
        assert!(!seen.is_empty(), "nothing was sent to the endpoint");
        seen
    }

    /// The only request.
    pub fn only(&self) -> Seen {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "one request was expected");
        seen.into_iter().next().expect("one")
    }

    pub fn was_untouched(&self) -> bool {
        self.seen.lock().unwrap().is_empty()
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
