//! One question to the endpoint: a request goes out as it is, and what comes back is an answer or the
//! reason why there is none.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::task::{JoinError, JoinSet};

use crate::error::Error;
use crate::http::{
    Endpoint, RawClient, Response as Answer, SendError, SendErrorKind as Kind, Transport,
};
use crate::lock::lock;
use crate::webhook::provider::Response;
use crate::webhook::{retry, wire};

use super::case::Change;
use super::expect::LIMITED;
use super::leak::{self, Leak};
use super::make::Maker;
use super::outcome::Request;

/// The most that is read of an answer's body, in bytes.
const MOST_OF_ANSWER: usize = 64 << 10;
/// A body in chunks has chunks of this many bytes: more than one of them shows that they are put together
/// again.
const CHUNK: usize = 64;
/// So many guesses are asked at once.
const GUESSES: usize = 4;
/// How often a request is sent again that an endpoint puts off with a 429.
const AGAIN: usize = 2;
/// How long is waited when a 429 does not say.
const PUT_OFF: Duration = Duration::from_secs(1);
/// A 429 that asks for more than this is an answer like any other.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// All waiting for the sake of 429s, in a run.
const ALL_WAITS: Duration = Duration::from_secs(20);
/// What is waited for the answers to forged deliveries once one of them has hung.
const AFTER_HANGING: Duration = Duration::from_secs(2);

/// Asks an endpoint. Copies ask the same one.
#[derive(Clone, Debug)]
pub struct Asker {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    exact: RawClient,
    endpoint: Endpoint,
    maker: Maker,
    response: Response,
    /// How much waiting is left.
    waits: Mutex<Duration>,
    /// Whether a forged delivery got no answer in time.
    hung: AtomicBool,
}

/// Why there is no answer.
#[derive(Clone, Debug)]
pub struct Silence {
    /// Which way.
    pub kind: Kind,
    /// In words.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl From<SendError> for Silence {
    fn from(none: SendError) -> Self {
        Self {
            kind: none.kind,
            message: none.error.message,
            hint: none.error.hint,
        }
    }
}

/// A question that was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What came back, the secret struck out.
    pub answer: Result<Answer, Silence>,
    /// What it gives away.
    pub leak: Option<Leak>,
    /// How long it took.
    pub duration: Duration,
}

impl Asked {
    /// Whether it was answered 2xx.
    pub fn is_accepted(&self) -> bool {
        matches!(&self.answer, Ok(answer) if answer.status / 100 == 2)
    }

    /// The status, if there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.answer.as_ref().ok().map(|answer| answer.status)
    }
}

impl Asker {
    /// An asker of `endpoint` with deliveries of `maker`.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(
        endpoint: Endpoint,
        transport: &Transport,
        maker: Maker,
        response: Response,
    ) -> Result<Self, Error> {
        Ok(Self {
            inner: Arc::new(Inner {
                exact: RawClient::new(&endpoint, transport, MOST_OF_ANSWER)?,
                endpoint,
                maker,
                response,
                waits: Mutex::new(ALL_WAITS),
                hung: AtomicBool::new(false),
            }),
        })
    }

    /// What makes the requests.
    pub fn maker(&self) -> &Maker {
        &self.inner.maker
    }

    /// The answer that the provider's document asks for.
    pub fn response(&self) -> &Response {
        &self.inner.response
    }

    /// The first of these that is accepted, and how often it was asked. A few are asked at once: each is a
    /// guess, and there are many.
    pub async fn first_accepted<T>(
        &self,
        questions: impl IntoIterator<Item = (T, Request)>,
    ) -> (Option<T>, usize) {
        let mut questions = questions.into_iter().peekable();
        let mut sent = 0;
        while questions.peek().is_some() {
            let (names, requests): (Vec<T>, Vec<Request>) =
                questions.by_ref().take(GUESSES).unzip();
            sent += requests.len();
            let mut asking = JoinSet::new();
            for (place, request) in requests.into_iter().enumerate() {
                let asker = self.clone();
                asking.spawn(async move { (place, asker.ask(&request).await.is_accepted()) });
            }
            let asked = asking.join_all().await;
            let accepted = asked.into_iter().filter(|(_, is_accepted)| *is_accepted);
            if let Some((first, _)) = accepted.min() {
                return (names.into_iter().nth(first), sent);
            }
        }
        (None, sent)
    }

    /// How long an answer may take.
    pub fn patience(&self) -> Duration {
        self.inner.exact.timeout()
    }

    /// Sends a request and waits for the answer. An endpoint that limits how often it is asked may do so:
    /// it is asked again when it says.
    pub async fn ask(&self, request: &Request) -> Asked {
        let patience = self.patience();
        let mut asked = self.ask_once(request, patience).await;
        for _ in 0..AGAIN {
            let Some(wait) = put_off(&asked).filter(|wait| self.may_wait(*wait)) else {
                break;
            };
            tokio::time::sleep(wait).await;
            asked = self.ask_once(request, patience).await;
        }
        asked
    }

    /// Sends a forged delivery. Endpoints that hang on one hang on all: the first has all the time there is,
    /// and the others need not.
    pub async fn ask_forged(&self, request: &Request) -> Asked {
        let hung = &self.inner.hung;
        if !hung.load(Ordering::Relaxed) {
            let asked = self.ask(request).await;
            if matches!(&asked.answer, Err(silence) if silence.kind == Kind::TimedOut) {
                hung.store(true, Ordering::Relaxed);
            }
            return asked;
        }
        let patience = self.patience().min(AFTER_HANGING);
        self.ask_once(request, patience).await
    }

    fn may_wait(&self, wait: Duration) -> bool {
        let mut left = lock(&self.inner.waits);
        let rest = left.checked_sub(wait);
        *left = rest.unwrap_or(*left);
        rest.is_some()
    }

    /// Sends a request once and waits so long for the answer.
    pub async fn ask_once(&self, request: &Request, patience: Duration) -> Asked {
        let Inner {
            exact, endpoint, ..
        } = &*self.inner;
        let exact = exact.within(patience);
        let started = Instant::now();
        let bytes = wire::write(&request.delivery, CHUNK).into();
        let answer = exact.exchange(endpoint, &request.delivery, bytes).await;
        let mut answer = answer.map_err(Silence::from);
        // What follows is our own time.
        let duration = started.elapsed();
        let leak = match &mut answer {
            Ok(answer) => leak::find(self.maker(), request, answer),
            Err(_) => None,
        };
        Asked {
            answer,
            leak,
            duration,
        }
    }

    /// Sends the first `length` bytes of a request, and closes the connection.
    pub async fn break_off(&self, request: &Request, length: usize) -> Result<(), Silence> {
        let Inner {
            exact, endpoint, ..
        } = &*self.inner;
        let bytes = wire::write(&request.delivery, CHUNK);
        let part = bytes.get(..length).unwrap_or(&bytes);
        let sent = exact.send_partial(endpoint, part).await;
        sent.map_err(Silence::from)
    }

    /// Whether a genuine delivery is answered at all, and within `patience` if that is given.
    pub async fn is_serving(&self, patience: Option<Duration>) -> bool {
        let Ok(request) = self.maker().request(Change::Sample(0)) else {
            return false;
        };
        let asked = self.ask(&request);
        match patience {
            None => asked.await.answer.is_ok(),
            Some(patience) => {
                let asked = tokio::time::timeout(patience, asked).await;
                asked.is_ok_and(|asked| asked.answer.is_ok())
            }
        }
    }
}

/// What a task gave. One that panicked takes the run with it: a case that was never asked must not look as if
/// it had been left out.
pub fn joined<T>(ended: Result<T, JoinError>) -> T {
    ended.unwrap_or_else(|why| std::panic::resume_unwind(why.into_panic()))
}

/// How long an answer asks to be left alone, if it does, and within reason.
fn put_off(asked: &Asked) -> Option<Duration> {
    let answer = asked.answer.as_ref().ok()?;
    if answer.status != LIMITED {
        return None;
    }
    let after = answer.headers.get("retry-after");
    let wait = after.and_then(|value| retry::retry_after(value, Timestamp::now()));
    let wait = wait.unwrap_or(PUT_OFF);
    (wait <= LONGEST_WAIT).then_some(wait)
}
