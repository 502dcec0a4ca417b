//! A tunnel client: its command line, known by name or a template, and the ways it fails.

use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use crate::error::Error;
use crate::shell::{self, ShellError, Token};
use crate::webhook::suggest::nearest;

use super::output::UrlFinder;

/// The placeholder for the port in a template.
const PORT: &str = "{port}";
/// The programs that are known by name.
pub const CLIENTS: [&str; 4] = ["cloudflared", "ngrok", "bore", "ssh"];
/// Options of ssh that take a value, the value being the next word.
const SSH_VALUES: &str = "BbcDEeFIiJLlmOoPpQRSWw";

/// A command line, and how to find the URL in its output.
#[derive(Debug, PartialEq, Eq)]
pub struct Client {
    pub program: String,
    pub args: Vec<String>,
    pub finder: UrlFinder,
}

impl Client {
    /// The client that `spec` names, for `port` on this machine. Every error is a [`TunnelError::Spec`].
    pub fn new(spec: &str, port: u16) -> Result<Self, TunnelError> {
        // Not `localhost`, which may be of another address family than the listener.
        let local = format!("127.0.0.1:{port}");
        let (name, server) = match spec.split_once(':') {
            _ if spec.contains(PORT) => return template(spec, port),
            Some((name, server)) => (name, Some(server)),
            None => (spec, None),
        };
        if let Some(server) = server.filter(|p| !is_server(p)) {
            return Err(TunnelError::Spec(
                format!("`{server}` is not a host"),
                "write it as bore:HOST, ssh:USER@HOST or ssh:USER@HOST:PORT",
            ));
        }
        let url = format!("http://{local}");
        match (name, server) {
            ("cloudflared", None) => {
                Ok(client(name, &["tunnel", "--no-autoupdate", "--url", &url]))
            }
            ("ngrok", None) => {
                Ok(client(name, &["http", &local, "--log", "stdout", "--log-format", "logfmt"]))
            }
            ("bore", server) => {
                let (port, to) = (port.to_string(), server.unwrap_or("bore.pub"));
                let args = ["local", &port, "--local-host", "127.0.0.1", "--to", to];
                Ok(client(name, &args))
            }
            ("ssh", Some(server)) => Ok(ssh(server, &local)),
            ("ssh", None) => {
                Err(TunnelError::Spec("ssh needs a host".to_owned(), "write it as ssh:USER@HOST"))
            }
            _ => Err(unknown(spec, name)),
        }
    }
}

fn client(program: &str, args: &[&str]) -> Client {
    Client {
        program: program.to_owned(),
        args: args.iter().map(|&arg| arg.to_owned()).collect(),
        finder: UrlFinder::default(),
    }
}

/// `ssh -R` on a port that the server chooses, on all of its addresses if it lets clients choose that.
fn ssh(server: &str, local: &str) -> Client {
    let forward = format!("*:0:{local}");
    let mut args = vec!["-N", "-R", &forward];
    for option in [
        "ExitOnForwardFailure=yes",
        // There is no terminal for questions.
        "BatchMode=yes",
        "ServerAliveInterval=30",
    ] {
        args.extend(["-o", option]);
    }
    let is_port = |text: &str| text.parse::<u16>().is_ok();
    let destination = match server.rsplit_once(':') {
        Some((host, port)) if is_port(port) => {
            args.extend(["-p", port]);
            host
        }
        _ => server,
    };
    args.extend(["--", destination]);
    Client { finder: UrlFinder { ssh_host: Some(host(destination)) }, ..client("ssh", &args) }
}

fn template(spec: &str, port: u16) -> Result<Client, TunnelError> {
    let port = port.to_string();
    let mut words = words(spec)?.into_iter().map(|w| w.replace(PORT, &port));
    let program = words.next().unwrap_or_default();
    let args: Vec<String> = words.collect();
    let is_ssh = Path::new(&program).file_stem().is_some_and(|s| s == "ssh");
    let ssh_host = ssh_destination(&args).filter(|_| is_ssh).map(host);
    Ok(Client { program, args, finder: UrlFinder { ssh_host } })
}

/// The words of a template. No shell runs it, so what needs a shell is an error.
fn words(spec: &str) -> Result<Vec<String>, TunnelError> {
    const QUOTE_IT: &str = "no shell runs it: quote the character, or use sh -c '…'";
    let invalid = |why: String, hint| TunnelError::Spec(format!("`{spec}`: {why}"), hint);
    let mut tokens = shell::split(spec.as_bytes()).map_err(|why| {
        let hint = match why {
            ShellError::NeedsShell { .. } => QUOTE_IT,
            _ => "write it as 'prog --port {port}', with quotes as in a shell",
        };
        invalid(why.to_string(), hint)
    })?;
    tokens.pop_if(|token| *token == Token::End);
    let words = tokens.into_iter().map(|token| match token {
        Token::Word(word) => String::from_utf8(word)
            .map_err(|_| invalid("a word of it is not UTF-8".to_owned(), "write it as text")),
        Token::Pipe => Err(invalid("`|` needs a real shell".to_owned(), QUOTE_IT)),
        Token::End => Err(invalid("it is more than one command".to_owned(), QUOTE_IT)),
    });
    words.collect()
}

/// The first word of an ssh command line that is neither an option nor an option's value.
fn ssh_destination(args: &[String]) -> Option<&str> {
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        match arg.strip_prefix('-') {
            None => return Some(arg),
            Some("-") => return args.next(),
            // `-NR` takes a value, `-R80:x:1` brought its own.
            Some(letters)
                if letters.find(|c| SSH_VALUES.contains(c)) == letters.len().checked_sub(1) =>
            {
                args.next();
            }
            Some(_) => {}
        }
    }
    None
}

/// The host of `[ssh://][USER@]HOST`.
fn host(destination: &str) -> String {
    let bare = destination.strip_prefix("ssh://").unwrap_or(destination);
    bare.rsplit('@').next().unwrap_or(bare).to_owned()
}

/// Whether a word can name a server; one that starts with a hyphen would be an option.
fn is_server(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@.:_-".contains(c);
    !text.is_empty() && !text.starts_with('-') && text.chars().all(plain)
}

fn unknown(spec: &str, name: &str) -> TunnelError {
    let hint = match nearest(name, ["cloudflared", "ngrok", "bore", "ssh"]) {
        Some("cloudflared") => "did you mean `cloudflared`?",
        Some("ngrok") => "did you mean `ngrok`?",
        Some("bore") => "did you mean `bore`?",
        _ => {
            "choose cloudflared, ngrok, bore or ssh:USER@HOST, or give a template: 'prog --port {port}'"
        }
    };
    TunnelError::Spec(
        format!("`{spec}` is neither a known client nor a template: it has no {PORT}"),
        hint,
    )
}

/// A client that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Its program's name.
    pub program: String,
    /// Its exit status; `None` when the system does not say.
    pub status: Option<ExitStatus>,
    /// The last lines of its output, oldest first, without escape sequences. Untrusted.
    pub last_lines: Vec<String>,
}

impl Ended {
    /// What happened, without the client's output.
    pub fn message(&self) -> String {
        let program = &self.program;
        match self.status {
            Some(status) => format!("the tunnel client {program} ended: {status}"),
            None => format!("the tunnel client {program} ended"),
        }
    }
}

/// Why there is no tunnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TunnelError {
    /// The client cannot be run as specified: what is wrong, and what to do.
    Spec(String, &'static str),
    /// The program cannot be started: its name and the system's reason.
    Start(String, String),
    /// It ended before it printed its URL.
    Ended(Ended),
    /// It printed no URL in time: its name, the timeout, its last lines as in [`Ended`].
    NoUrl(String, Duration, Vec<String>),
}

impl TunnelError {
    /// The last lines of the client's output, oldest first. Untrusted.
    pub fn last_lines(&self) -> &[String] {
        match self {
            Self::Ended(Ended { last_lines, .. }) | Self::NoUrl(_, _, last_lines) => last_lines,
            Self::Spec(..) | Self::Start(..) => &[],
        }
    }

    /// The error that ends a run. `escape` escapes what the client printed.
    pub fn explain(&self, escape: impl Fn(&str) -> String) -> Error {
        let (message, hint) = match self {
            Self::Spec(message, hint) => {
                return Error::usage(format!("--tunnel: {}", escape(message)), *hint);
            }
            Self::Start(program, reason) => (
                format!("cannot start {}: {reason}", escape(program)),
                "check that it is installed and on the PATH",
            ),
            Self::Ended(ended) => (
                format!("{}, before it printed a public URL", escape(&ended.message())),
                "run it by hand to see what it needs, such as an account, a network or another version",
            ),
            Self::NoUrl(program, timeout, _) => (
                format!("{} printed no public URL within {timeout:?}", escape(program)),
                "check that its output contains one; a client with a terminal interface has to log to standard output",
            ),
        };
        let lines = self.last_lines().iter();
        let output: String = lines.map(|line| format!("\n  {}", escape(line))).collect();
        Error::io(message + &output, hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(spec: &str) -> String {
        let client = Client::new(spec, 8080).unwrap();
        format!("{} {}", client.program, client.args.join(" "))
    }

    #[test]
    fn clients_by_name() {
        for (spec, command) in [
            ("cloudflared", "cloudflared tunnel --no-autoupdate --url http://127.0.0.1:8080"),
            ("ngrok", "ngrok http 127.0.0.1:8080 --log stdout --log-format logfmt"),
            ("bore", "bore local 8080 --local-host 127.0.0.1 --to bore.pub"),
            ("bore:10.0.0.1", "bore local 8080 --local-host 127.0.0.1 --to 10.0.0.1"),
            (
                "ssh:me@example.com",
                "ssh -N -R *:0:127.0.0.1:8080 -o ExitOnForwardFailure=yes -o BatchMode=yes -o ServerAliveInterval=30 -- me@example.com",
            ),
        ] {
            assert_eq!(line(spec), command);
        }
        assert!(line("ssh:me@example.com:2222").ends_with(" -p 2222 -- me@example.com"));
        let client = Client::new("ssh:me@example.com:2222", 1).unwrap();
        assert_eq!(client.finder.ssh_host.as_deref(), Some("example.com"));
    }

    #[test]
    fn templates_are_split_and_then_filled_in() {
        let client = Client::new("'my prog' --to=h:{port} {port}x '{port} b' '' 'a | $b'", 80);
        let client = client.unwrap();
        assert_eq!(client.program, "my prog");
        assert_eq!(client.args, ["--to=h:80", "80x", "80 b", "", "a | $b"]);
        assert_eq!(client.finder, UrlFinder::default());
    }

    #[test]
    fn the_host_of_an_ssh_template_is_found() {
        for (spec, host) in [
            ("ssh -R 80:localhost:{port} nokey@localhost.run", "localhost.run"),
            ("/usr/bin/ssh -NTR 0:localhost:{port} -p 22 -oBatchMode=yes h", "h"),
            ("ssh -R0:localhost:{port} -N -- ssh://me@h", "h"),
        ] {
            let client = Client::new(spec, 80).unwrap();
            assert_eq!(client.finder.ssh_host.as_deref(), Some(host), "{spec}");
        }
        let none = Client::new("autossh -R 0:localhost:{port}", 80).unwrap();
        assert_eq!(none.finder.ssh_host, None);
    }

    #[test]
    fn what_cannot_be_run_is_explained() {
        for (spec, said) in [
            ("", "neither a known client"),
            ("cloudflare", "did you mean `cloudflared`"),
            ("ngrok:host", "neither a known client"),
            ("prog --port 80", "no {port}"),
            ("ssh", "ssh:USER@HOST"),
            ("ssh:-oProxyCommand=x", "not a host"),
            ("bore:", "not a host"),
            ("bore:a b", "not a host"),
            ("prog '{port}", "not closed"),
            ("prog {port} | tee log", "sh -c"),
            ("prog {port}\nprog {port}", "more than one command"),
            ("prog {port} $'\\xff'", "not UTF-8"),
            ("ssh -i $HOME/.ssh/k -R 0:localhost:{port} h", "sh -c"),
            ("ssh -i ~/.ssh/k -R 0:localhost:{port} h", "sh -c"),
            ("prog {port} \"$(id)\"", "sh -c"),
            ("prog `id` {port}", "sh -c"),
            ("prog {a,b} {port}", "sh -c"),
            ("prog {port} > log", "sh -c"),
            ("prog {port} &", "sh -c"),
        ] {
            let error = Client::new(spec, 80).unwrap_err().explain(str::to_owned);
            let text = format!("{} {}", error.message, error.hint);
            assert!(text.contains(said), "{spec}: {text}");
        }
    }
}
