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
        let sink = Arc::new(LineSink {
            finder,
            found,
            last: Arc::clone(&last),
        });
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The first URL in a client's whole output.
    fn found(output: &str) -> Option<String> {
        found_by(&UrlFinder::default(), output)
    }

    fn found_by(finder: &UrlFinder, output: &str) -> Option<String> {
        let mut lines = output.lines();
        lines.find_map(|line| finder.find(&strip_ansi(line)))
    }

    fn found_by_ssh(host: &str, output: &str) -> Option<String> {
        let ssh_host = Some(host.to_owned());
        found_by(&UrlFinder { ssh_host }, output)
    }

    #[test]
    fn cloudflared_draws_a_box() {
        let output = "\
2026-04-26T08:30:10Z INF Thank you for trying Cloudflare Tunnel. Doing so, without a Cloudflare account, is a quick way to experiment and try it out. However, be aware that these account-less Tunnels have no uptime guarantee, are subject to the Cloudflare Online Services Terms of Use (https://www.cloudflare.com/website-terms/), and Cloudflare reserves the right to investigate your use of Tunnels for violations of such terms. If you intend to use Tunnels in production you should use a pre-created named tunnel by following: https://developers.cloudflare.com/cloudflare-one/connections/connect-apps
2026-04-26T08:30:10Z INF Requesting new quick Tunnel on trycloudflare.com...
2026-04-26T08:30:14Z INF +--------------------------------------------------------------------------------------------+
2026-04-26T08:30:14Z INF |  Your quick Tunnel has been created! Visit it at (it may take some time to be reachable):  |
2026-04-26T08:30:14Z INF |  https://four-dashed-word-url.trycloudflare.com                                            |
2026-04-26T08:30:14Z INF +--------------------------------------------------------------------------------------------+
2026-04-26T08:30:14Z INF Settings: map[ha-connections:1 no-autoupdate:true protocol:quic url:http://127.0.0.1:8080]";
        assert_eq!(
            found(output).as_deref(),
            Some("https://four-dashed-word-url.trycloudflare.com")
        );
        let failed = "failed to request quick Tunnel: Post \"https://api.trycloudflare.com/tunnel\": dial tcp: lookup api.trycloudflare.com on 127.0.0.11:53: no such host";
        assert_eq!(found(failed), None);
    }

    #[test]
    fn ngrok_logs_a_key() {
        let output = "\
t=2026-04-26T08:30:10+0000 lvl=info msg=\"no configuration paths supplied\"
t=2026-04-26T08:30:10+0000 lvl=info msg=\"starting web service\" obj=web addr=127.0.0.1:4040 allow_hosts=[]
t=2026-04-26T08:30:10+0000 lvl=info msg=\"client session established\" obj=tunnels.session
t=2026-04-26T08:30:10+0000 lvl=info msg=\"started tunnel\" obj=tunnels name=command_line addr=http://backend:8501 url=https://zookeeper-pronto-ship.ngrok-free.dev";
        assert_eq!(
            found(output).as_deref(),
            Some("https://zookeeper-pronto-ship.ngrok-free.dev")
        );
        let own_domain =
            "msg=\"started tunnel\" addr=http://localhost:80 url=https://api.example.com";
        assert_eq!(
            found(own_domain).as_deref(),
            Some("https://api.example.com")
        );
        let refused = "\
ERROR:  authentication failed: Usage of ngrok requires a verified account and authtoken.
ERROR:  Sign up for an account: https://dashboard.ngrok.com/signup
ERROR:  Install your authtoken: https://dashboard.ngrok.com/get-started/your-authtoken
ERROR:  https://ngrok.com/docs/errors/err_ngrok_4018
Web Interface                 http://127.0.0.1:4040
t=2026-04-26 msg=\"started tunnel\" addr=//localhost:4444 url=tcp://0.tcp.jp.ngrok.io:10936";
        assert_eq!(found(refused), None);
        let drawn =
            "Forwarding                    https://f5291e35.ngrok.io -> http://localhost:3001";
        assert_eq!(found(drawn).as_deref(), Some("https://f5291e35.ngrok.io"));
    }

    #[test]
    fn bore_prints_where_it_listens() {
        let output = "\
\u{1b}[2m2026-04-26T08:30:14.123456Z\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m \u{1b}[2mbore_cli::client\u{1b}[0m\u{1b}[2m:\u{1b}[0m connected to server \u{1b}[3mremote_port\u{1b}[0m\u{1b}[2m=\u{1b}[0m12345
\u{1b}[2m2026-04-26T08:30:14.123466Z\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m \u{1b}[2mbore_cli::client\u{1b}[0m\u{1b}[2m:\u{1b}[0m listening at bore.pub:12345";
        assert_eq!(found(output).as_deref(), Some("http://bore.pub:12345"));
        let own = "2026 INFO bore_cli::client: listening at 127.0.0.1:9735";
        assert_eq!(found(own).as_deref(), Some("http://127.0.0.1:9735"));
        for nowhere in ["nowhere", ":9735", "a@b:9735", "bore.pub:9735/x", "é:9735"] {
            let line = format!("INFO bore_cli::client: listening at {nowhere}");
            assert_eq!(found(&line), None, "{line}");
        }
    }

    #[test]
    fn ssh_prints_only_the_port() {
        let output = "\
Warning: Permanently added 'tunnel.example.com' (ED25519) to the list of known hosts.\r
Allocated port 43210 for remote forward to 127.0.0.1:8080\r";
        assert_eq!(
            found_by_ssh("tunnel.example.com", output).as_deref(),
            Some("http://tunnel.example.com:43210")
        );
        assert_eq!(found(output), None);
    }

    #[test]
    fn services_over_ssh_greet_first() {
        let output = "\
===============================================================================
Welcome to localhost.run!

Follow your favourite reverse tunnel at [https://twitter.com/localhost_run].

To set up and manage custom domains go to https://admin.localhost.run/

More details on custom domains (and how to enable subdomains of your custom
domain) at https://localhost.run/docs/custom-domains

If you get a permission denied error check the faq for how to connect with a key or
create a free tunnel without a key at [http://localhost:3000/docs/faq#generating-an-ssh-key].

To explore using localhost.run visit https://localhost.run.
===============================================================================

authenticated as anonymous user
8beaa541ba3dc2.lhr.life tunneled with tls termination, https://8beaa541ba3dc2.lhr.life
create an account and add your key for a longer lasting domain name. see https://localhost.run/docs/forever-free/ for more information.";
        assert_eq!(
            found_by_ssh("localhost.run", output).as_deref(),
            Some("https://8beaa541ba3dc2.lhr.life")
        );
        let serveo = "\
\u{1b}[32mForwarding HTTP traffic from \u{1b}[0mhttps://59614f9c88d865c5-35-153-157-12.serveousercontent.com\u{1b}[0m
Press g to start a GUI session and ctrl-c to quit.";
        assert_eq!(
            found_by_ssh("serveo.net", serveo).as_deref(),
            Some("https://59614f9c88d865c5-35-153-157-12.serveousercontent.com")
        );
    }

    #[test]
    fn other_clients() {
        for (line, url) in [
            (
                "your url is: https://funny-cat-123.loca.lt",
                "https://funny-cat-123.loca.lt",
            ),
            (
                "https://machine.tail1234.ts.net/",
                "https://machine.tail1234.ts.net",
            ),
            (
                "Forwarding https://smee.io/AbC123 to http://127.0.0.1:3000/",
                "https://smee.io/AbC123",
            ),
            (
                "\u{1b}]8;;https://x.example\u{7}https://x.example\u{1b}]8;;\u{1b}\\ is up",
                "https://x.example",
            ),
            (
                "https://a-ip-1-2-3-4.tunnelmole.net ⟶ http://localhost:3000",
                "https://a-ip-1-2-3-4.tunnelmole.net",
            ),
            ("ready (https://t.example:8443).", "https://t.example:8443"),
        ] {
            assert_eq!(found(line).as_deref(), Some(url), "{line}");
        }
    }

    #[test]
    fn other_urls_are_skipped() {
        for line in [
            "",
            "http",
            "https://",
            "see http://docs.example.com",
            "http://127.0.0.1:8080 http://localhost:8080/ http://[::1]:8080 http://0.0.0.0:1",
            "http://app.localhost:3000",
            "https://user:password@t.example",
            "https://:8080",
            "read https://t.example/manual, or https://t.example/?q=1, or https://t.example/#top",
            "Allocated port 99999 for remote forward to x",
            "httpserver started",
            "http://\u{202e}evil",
        ] {
            assert_eq!(found(line), None, "{line}");
        }
    }
}
