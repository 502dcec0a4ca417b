//! Curl commands pasted into real shells: the request that arrives is the captured one.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::support::listening::TIMEOUT;
use crate::support::programs;
use crate::support::sockets::read_request;

/// A shell whose `curl` connects every request to one socket.
struct Shell {
    program: &'static str,
    home: tempfile::TempDir,
    listener: TcpListener,
}

impl Shell {
    fn new(program: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let home = tempfile::tempdir().unwrap();
        let address = listener.local_addr().unwrap();
        let config = format!("connect-to = \"::{address}\"\nnoproxy = \"*\"\nsilent\nshow-error\n");
        std::fs::write(home.path().join(".curlrc"), config).unwrap();
        Self { program, home, listener }
    }

    /// Runs a script and returns the one request that it sent, as it was on the wire.
    fn run(&self, script: &[u8]) -> Vec<u8> {
        let path = self.home.path().join("script");
        std::fs::write(&path, script).unwrap();
        let mut command = Command::new(self.program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().to_ascii_uppercase().ends_with("_PROXY") {
                command.env_remove(name);
            }
        }
        let child = command
            .arg(&path)
            .env("HOME", self.home.path())
            .env("CURL_HOME", self.home.path())
            .current_dir(self.home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        self.listener.set_nonblocking(true).unwrap();
        let start = std::time::Instant::now();
        let mut child = child;
        let stream = loop {
            if let Ok((stream, _)) = self.listener.accept() {
                break stream;
            }
            let is_over = child.try_wait().unwrap().is_some_and(|status| !status.success());
            if is_over || start.elapsed() > TIMEOUT {
                let mut said = String::new();
                drop(child.kill());
                child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
                panic!("nothing was received: {said}\n{}", text(script));
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        let request = answer(stream);
        let ended = child.wait_with_output().unwrap();
        assert!(ended.status.success(), "{}\n{}", text(&ended.stderr), text(script));
        request
    }
}

/// The one request that arrived, with nothing after it.
fn only(bytes: Vec<u8>) -> Delivery {
    let (mut all, left_over) = http::read_all(bytes.into()).unwrap();
    assert_eq!((all.len(), left_over), (1, 0));
    all.remove(0)
}

/// Reads one request to its end, responds, and returns its bytes.
fn answer(mut stream: TcpStream) -> Vec<u8> {
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    let mut bytes = read_request(&mut stream);
    stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").unwrap();
    // Bytes after the request would be an error, too.
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    stream.read_to_end(&mut bytes).unwrap();
    bytes
}

/// The only changes that curl may make: one Host header, first and with that name, and the length of a body, last.
fn as_curl_can(delivery: &Delivery) -> Delivery {
    let mut sent = delivery.clone();
    let host = sent.headers.get("host").map(<[u8]>::to_vec);
    sent.headers.remove("host");
    let host = host.into_iter().map(|host| ("Host".to_owned(), host));
    let rest = sent.headers.iter().map(|(n, v)| (n.to_owned(), v.to_owned()));
    let mut headers: Headers = host.chain(rest).collect();
    if headers.get("transfer-encoding").is_none() && !sent.body.is_empty() {
        headers.remove("content-length");
        headers.push("Content-Length", sent.body.len().to_string());
    }
    sent.headers = headers;
    sent
}

fn sends_the_same(program: &'static str, cases: u32) {
    let shell = Shell::new(program);
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    TestRunner::new(config)
        .run(&delivery(), |delivery| {
            let command = curl::exact(&delivery);
            let seen = only(shell.run(&command));
            prop_assert_eq!(seen, as_curl_can(&delivery), "{}", text(&command));
            Ok(())
        })
        .unwrap();
}

fn curl_is_there() -> bool {
    programs::has("curl", "to paste commands for it into a shell")
}

#[test]
fn a_pasted_command_sends_the_same_bytes() {
    if curl_is_there() {
        sends_the_same("sh", 60);
    }
}

#[test]
fn a_pasted_command_sends_the_same_bytes_from_other_shells() {
    if !curl_is_there() {
        return;
    }
    for program in ["dash", "bash", "zsh", "fish"] {
        if programs::is_there(program, "to paste commands into") {
            sends_the_same(program, 25);
        }
    }
}

#[test]
fn a_long_body_needs_no_argument() {
    if !curl_is_there() {
        return;
    }
    let mut delivery = Delivery::post("/", vec![b'%'; 300 << 10].into());
    delivery.headers.push("Host", "localhost");
    delivery.headers.push("Content-Length", (300 << 10).to_string());
    let seen = only(Shell::new("sh").run(&curl::exact(&delivery)));
    assert_eq!(seen, delivery);
}

/// Commands written by people and browsers: the parsed request is the one that curl sends.
#[test]
fn a_parsed_curl_command_is_what_curl_sends() {
    if !curl_is_there() || !programs::has("bash", "for the quotes that browsers write") {
        return;
    }
    let shell = Shell::new("bash");
    std::fs::write(shell.home.path().join("f"), b"a\r\nb c\n").unwrap();
    std::fs::write(shell.home.path().join("g"), b"\r\n\0\xff\n").unwrap();
    for command in [
        "curl 'http://h/a?b' -H 'accept: */*' -H 'content-type: text/plain' --data-raw $'it\\'s \\u0021\\n\\xe9 \\101\\t' --compressed --insecure",
        "curl http://h:8080/x -d a=b -d @f --data-ascii c",
        "curl http://h -d '' -H 'Host: other' -H 'X-Empty;' -H 'Y: ' -H nothing -H ': x'",
        "curl http://h --data-binary @g -H Content-Type:",
        "curl h/p --data-urlencode 'a b=c d&é~' --data-urlencode '=x' --data-urlencode 'y z' --data-urlencode n@f",
        "curl http://h --json '{\"a\":' --json '1}' -H 'X: 1'",
        "curl http://h/?q --json @f -H 'Accept: x' -X PUT",
        "curl -sSLkv -XPATCH http://h/a/../b/./c/..?x/../y#z -uuser:pass -Aagent -eref -b c=d -b e=f",
        "curl -G 'http://h/?a=b' -d c=d -d e#f -A ''",
        "curl -G http://h -d c=d",
        "curl -I http://h/x",
        "curl --globoff 'http://h/{a}[1]?x=[]' --path-as-is",
        "curl --path-as-is http://h/a/../b",
        "curl 'http://us%20er:p%40@h/' --max-time 5 -o /dev/null",
        "curl http://h -u user:pass -H 'Authorization: x' -b a=b -H 'Cookie: y' -A a -H 'User-Agent: z'",
        "curl http://h --oauth2-bearer t0ken --request-target '/é?#'",
        "printf '{\"\\141\":1}\\n%%\\000\\377' | curl http://h --data-binary @- | cat",
        "printf '\\061\\n\\062' | \\\r\n curl \"http://h\" \\\n  -d @- # done\r\n",
        "curl \"http://h/\\$x\" -d \"a\\\"b\\\\c\\d $ \\`\"",
        "curl http://h/?a=b\\&c -d {} -d a\\ b",
    ] {
        let mut file = |path: &std::path::Path, _: usize| {
            std::fs::read(shell.home.path().join(path)).map_err(|e| e.to_string())
        };
        let read = curl::read(command.as_bytes(), &mut file);
        let script = command.replace("\\\r\n", "\\\n").replace("\r\n", "\n");
        let read = read.unwrap_or_else(|error| panic!("{command}: {error}"));
        let expected = &read[0].delivery;
        let mut seen = only(shell.run(script.as_bytes()));
        let is_curls = |(name, value): (&str, &[u8])| match name {
            "User-Agent" => value.starts_with(b"curl/"),
            "Accept" => value == b"*/*",
            "Content-Length" | "Accept-Encoding" => true,
            _ => false,
        };
        let kept = seen.headers.iter().filter(|header| !is_curls(*header));
        seen.headers = kept.map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        assert_eq!(&seen, expected, "{command}");
    }
}
