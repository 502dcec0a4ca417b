//! What a tunnel client says: read for ever, so that it never blocks on a full pipe, and kept only as the
//! first URL and the last few lines.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::lock::lock;

use super::find_url::Finder;
use super::plain;

/// How many lines are kept.
const KEPT: usize = 10;
/// How much of a line is kept, in bytes.
const LONGEST: usize = 4096;
/// How long the rest of the output may take once the client has ended. Whoever it left behind may hold the
/// pipes open for ever.
const REST: Duration = Duration::from_millis(500);

/// Both streams of one client.
#[derive(Debug)]
pub struct Output {
    url: watch::Receiver<Option<String>>,
    last: Last,
    readers: Vec<JoinHandle<()>>,
}

/// The last lines, shared with the readers.
type Last = Arc<Mutex<VecDeque<String>>>;

impl Output {
    /// Starts to read.
    pub fn read(
        finder: Finder,
        stdout: Option<impl AsyncRead + Unpin + Send + 'static>,
        stderr: Option<impl AsyncRead + Unpin + Send + 'static>,
    ) -> Self {
        let (found, url) = watch::channel(None);
        let last = Last::default();
        let notes = Notes {
            finder,
            found,
            last: Arc::clone(&last),
        };
        let notes = Arc::new(notes);
        let mut readers = Vec::new();
        readers.extend(stdout.map(|s| tokio::spawn(drain(s, Arc::clone(&notes)))));
        readers.extend(stderr.map(|s| tokio::spawn(drain(s, Arc::clone(&notes)))));
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
        // In time or not: what there is, is taken.
        let _ = tokio::time::timeout(REST, self.closed()).await;
        self.last_lines()
    }

    /// Waits until nobody holds the output open any more. May be dropped and called again.
    pub async fn closed(&mut self) {
        while let Some(reader) = self.readers.last_mut() {
            // A reader that panicked has said what it could.
            let _ = reader.await;
            self.readers.pop();
        }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        for reader in &self.readers {
            reader.abort();
        }
    }
}

/// Where the readers leave what they find.
struct Notes {
    finder: Finder,
    found: watch::Sender<Option<String>>,
    last: Last,
}

impl Notes {
    fn line(&self, bytes: &[u8]) {
        let text = plain(&String::from_utf8_lossy(bytes));
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
        if last.len() == KEPT {
            last.pop_front();
        }
        last.push_back(text.to_owned());
    }
}

async fn drain(mut stream: impl AsyncRead + Unpin, notes: Arc<Notes>) {
    let mut line = Vec::new();
    let mut chunk = [0; 4096];
    // An error is the end, too: the client is gone.
    while let Ok(n @ 1..) = stream.read(&mut chunk).await {
        for &byte in chunk.get(..n).unwrap_or_default() {
            match byte {
                // A carriage return alone redraws the line: progress, as it were.
                b'\n' | b'\r' => {
                    notes.line(&line);
                    line.clear();
                }
                byte if line.len() < LONGEST => line.push(byte),
                _ => {}
            }
        }
    }
    notes.line(&line);
}
