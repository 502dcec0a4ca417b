//! The output of a tunnel client: read until the end, so that the client never blocks on a full pipe. Only the
//! first URL and the last few lines are kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::lock::lock;

use super::url_finder::UrlFinder;

/// How many lines are kept.
const MAX_LINES: usize = 10;
/// How much of a line is kept, in bytes.
const MAX_LINE: usize = 4096;
/// How long to read on once the client has ended: processes that it left behind may hold the pipes open.
const REST: Duration = Duration::from_millis(500);

/// Both streams of one client.
#[derive(Debug)]
pub struct OutputTail {
    url: watch::Receiver<Option<String>>,
    last: LastLines,
    readers: Vec<JoinHandle<()>>,
}

/// The last lines, shared with the readers.
type LastLines = Arc<Mutex<VecDeque<String>>>;

impl OutputTail {
    /// Starts to read.
    pub fn read(
        finder: UrlFinder,
        stdout: Option<impl AsyncRead + Unpin + Send + 'static>,
        stderr: Option<impl AsyncRead + Unpin + Send + 'static>,
    ) -> Self {
        let (found, url) = watch::channel(None);
        let last = LastLines::default();
        let sink = LineSink {
            finder,
            found,
            last: Arc::clone(&last),
        };
        let sink = Arc::new(sink);
        let mut readers = Vec::new();
        readers.extend(stdout.map(|s| tokio::spawn(drain(s, Arc::clone(&sink)))));
        readers.extend(stderr.map(|s| tokio::spawn(drain(s, Arc::clone(&sink)))));
        Self { url, last, readers }
    }

    /// Waits for the URL; for ever when the output ends without one.
    pub async fn url(&mut self) -> String {
        let found = self.url.wait_for(Option::is_some).await;
        let url = found.ok().and_then(|url| url.clone());
        match url {
            Some(url) => url,
            None => std::future::pending().await,
        }
    }

    /// The last lines so far.
    pub fn last_lines(&self) -> Vec<String> {
        lock(&self.last).iter().cloned().collect()
    }

    /// The last lines of a client that has ended.
    pub async fn rest(&mut self) -> Vec<String> {
        // On timeout, the lines so far are used.
        let _ = tokio::time::timeout(REST, self.closed()).await;
        self.last_lines()
    }

    /// Waits until no process holds the output open. Cancel-safe.
    pub async fn closed(&mut self) {
        while let Some(reader) = self.readers.last_mut() {
            // A reader that panicked has ended, too.
            let _ = reader.await;
            self.readers.pop();
        }
    }
}

impl Drop for OutputTail {
    fn drop(&mut self) {
        for reader in &self.readers {
            reader.abort();
        }
    }
}

/// What the readers have found.
struct LineSink {
    finder: UrlFinder,
    found: watch::Sender<Option<String>>,
    last: LastLines,
}

impl LineSink {
    fn line(&self, bytes: &[u8]) {
        let text = strip_ansi(&String::from_utf8_lossy(bytes));
        let text = text.trim_end();
        if text.is_empty() {
            return;
        }
        self.found.send_if_modified(|found| {
            if found.is_none() {
                *found = self.finder.find(text);
            }
            found.is_some()
        });
        let mut last = lock(&self.last);
        if last.len() == MAX_LINES {
            last.pop_front();
        }
        last.push_back(text.to_owned());
    }
}

async fn drain(mut stream: impl AsyncRead + Unpin, sink: Arc<LineSink>) {
    let mut line = Vec::new();
    let mut chunk = [0; 4096];
    // An error is the end, too: the client has ended.
    while let Ok(n @ 1..) = stream.read(&mut chunk).await {
        for &byte in chunk.get(..n).unwrap_or_default() {
            match byte {
                // A carriage return redraws the line, as progress bars do.
                b'\n' | b'\r' => {
                    sink.line(&line);
                    line.clear();
                }
                byte if line.len() < MAX_LINE => line.push(byte),
                _ => {}
            }
        }
    }
    sink.line(&line);
}

/// A line without terminal escape sequences.
pub fn strip_ansi(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            out.push(c);
            continue;
        }
        match chars.next() {
            // A control sequence ends at its first byte from @ to ~.
            Some('[') => {
                chars.find(|c| matches!(c, '@'..='~'));
            }
            // An operating system command, such as a link, ends at BEL or ESC \.
            Some(']') => {
                let end = chars.find(|c| matches!(c, '\u{7}' | '\u{1b}'));
                if end == Some('\u{1b}') {
                    chars.next();
                }
            }
            _ => {}
        }
    }
    out
}
