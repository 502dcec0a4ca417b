//! The output of a tunnel client: read until the end, so that the client never blocks on a full pipe. Only the public
//! URL and the last few lines are kept; URLs of documentation, dashboards and this machine are skipped.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Uri;
use http::uri::Authority;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::lock::lock;

/// Both streams of one client.
#[derive(Debug)]
pub struct OutputTail {
    url: watch::Receiver<Option<String>>,
    /// Shared with the readers.
    last: LastLines,
    readers: Vec<JoinHandle<()>>,
}

type LastLines = Arc<Mutex<VecDeque<String>>>;

impl OutputTail {
    pub fn read(
        finder: UrlFinder,
        stdout: Option<impl AsyncRead + Unpin + Send + 'static>,
        stderr: Option<impl AsyncRead + Unpin + Send + 'static>,
    ) -> Self {
        let (found, url) = watch::channel(None);
        let last = LastLines::default();
        let sink = Arc::new(LineSink { finder, found, last: Arc::clone(&last) });
        let mut readers = Vec::new();
        readers.extend(stdout.map(|s| tokio::spawn(drain(s, Arc::clone(&sink)))));
        readers.extend(stderr.map(|s| tokio::spawn(drain(s, Arc::clone(&sink)))));
        Self { url, last, readers }
    }

    /// Waits for the URL; for ever when the output ends without one.
    pub async fn url(&mut self) -> String {
        if let Ok(url) = self.url.wait_for(Option::is_some).await
            && let Some(url) = &*url
        {
            return url.clone();
        }
        std::future::pending().await
    }

    pub fn last_lines(&self) -> Vec<String> {
        lock(&self.last).iter().cloned().collect()
    }

    /// The last lines of a client that has ended.
    pub async fn rest(&mut self) -> Vec<String> {
        // Processes that it left behind may hold the pipes open.
        const REST: Duration = Duration::from_millis(500);
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

struct LineSink {
    finder: UrlFinder,
    found: watch::Sender<Option<String>>,
    last: LastLines,
}

impl LineSink {
    fn line(&self, bytes: &[u8]) {
        const MAX_LINES: usize = 10;
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
    /// How much of a line is kept, in bytes.
    const MAX_LINE: usize = 4096;
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

/// First labels of the vendors' own hosts.
const VENDORS: &str =
    "admin api app blog dash dashboard developer developers doc docs help status support www";

/// Text right before a URL that is certainly the tunnel's.
const ANNOUNCED: [&str; 5] = ["url=", "url:", "url is:", "forwarding", "traffic from"];

/// Finds the URL of one tunnel, line by line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UrlFinder {
    /// The host that `ssh -R` allocates a port on; the client prints only the port.
    pub ssh_host: Option<String>,
}

impl UrlFinder {
    /// The public URL that a line names, if it names one. The line has no escape sequences: [`strip_ansi`].
    pub fn find(&self, line: &str) -> Option<String> {
        self.allocated(line)
            .or_else(|| bore(line))
            .or_else(|| urls(line).find_map(|(before, url)| self.public(before, url)))
    }

    /// `Allocated port 43210 for remote forward to 127.0.0.1:8080`
    fn allocated(&self, line: &str) -> Option<String> {
        let (_, rest) = line.split_once("Allocated port ")?;
        let (port, _) = rest.split_once(" for remote forward")?;
        let port: u16 = port.parse().ok()?;
        Some(format!("http://{}:{port}", self.ssh_host.as_ref()?))
    }

    /// The URL, unless it is not the tunnel's.
    fn public(&self, before: &str, url: &str) -> Option<String> {
        let uri: Uri = url.parse().ok()?;
        let authority = uri.authority()?.as_str();
        let host = uri.host()?.to_ascii_lowercase();
        // A log also names the address that requests are forwarded to.
        if host.is_empty()
            || authority.contains('@')
            || is_local(&host)
            || before.ends_with("addr=")
        {
            return None;
        }
        let before = before.trim_end().to_ascii_lowercase();
        let is_announced = ANNOUNCED.iter().any(|words| before.ends_with(words));
        let label = host.split('.').next().unwrap_or_default();
        let is_vendors = VENDORS.split(' ').any(|vendor| vendor == label)
            || self.ssh_host.as_deref() == Some(&*host);
        // A tunnel is a whole host; a URL with a path is documentation.
        let has_path = uri.path().len() > 1 || uri.query().is_some() || url.contains('#');
        let is_its_own = is_announced || !(is_vendors || has_path);
        is_its_own.then(|| url.trim_end_matches('/').to_owned())
    }
}

/// `… INFO bore_cli::client: listening at bore.pub:12345`. The server may be this machine.
fn bore(line: &str) -> Option<String> {
    let (_, place) = line.split_once("bore_cli::client: listening at ")?;
    let authority: Authority = place.trim().parse().ok()?;
    let is_place = !authority.host().is_empty() && !authority.as_str().contains('@');
    (is_place && authority.port_u16().is_some()).then(|| format!("http://{authority}"))
}

/// The URLs of a line, each with the text before it.
fn urls(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.match_indices("http").filter_map(|(at, _)| {
        let (before, rest) = line.split_at_checked(at)?;
        if !rest.starts_with("http://") && !rest.starts_with("https://") {
            return None;
        }
        let ends = |c: char| !c.is_ascii_graphic() || "\"'`<>|()[]{}\\,;".contains(c);
        let url = rest.split(ends).next().unwrap_or_default();
        Some((before, url.trim_end_matches(['.', ':', '!', '?', '*'])))
    })
}

/// Whether a host is this machine.
fn is_local(host: &str) -> bool {
    let ip = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost"
        || host.ends_with(".localhost")
        || ip.is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified())
}
