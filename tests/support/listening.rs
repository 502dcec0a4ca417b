//! The built binary as a listener, and raw sockets to talk to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Hook, hook};

/// How long a test waits for an event; only a broken program makes it wait that long.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// Repeats a run with longer and longer timeouts until everything that must happen before the timeout has happened.
/// How long that takes depends on the machine.
pub fn in_time<T>(run: impl FnMut(&'static str) -> Option<T>) -> T {
    let times = ["1s", "4s", "16s", "64s"];
    times.into_iter().find_map(run).expect("64 s are enough")
}

/// A running program that says on standard error when it is ready; it is killed when dropped.
pub struct Started {
    child: Child,
    stderr: Option<JoinHandle<String>>,
}

impl Started {
    /// Starts it and waits for a line with this prefix; also the rest of that line.
    pub fn until(mut command: Command, prefix: &str) -> (Self, String) {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
        let mut said = String::new();
        let found = loop {
            let mut line = String::new();
            let n = stderr.read_line(&mut line).expect("standard error");
            assert!(n > 0, "it ended before it was ready: {said}");
            said.push_str(&line);
            if let Some(rest) = line.strip_prefix(prefix) {
                break rest.trim().to_owned();
            }
        };
        let rest = std::thread::spawn(move || {
            let mut rest = String::new();
            stderr.read_to_string(&mut rest).expect("standard error");
            said + &rest
        });
        (Self { child, stderr: Some(rest) }, found)
    }

    /// Interrupts it as Ctrl-C does.
    #[cfg(unix)]
    pub fn interrupt(&self) {
        interrupt(&self.child);
    }

    /// Waits for its end: exit code, all of standard error.
    pub fn end(mut self) -> (Option<i32>, String) {
        let deadline = Instant::now() + TIMEOUT;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a status") {
                break status;
            }
            assert!(Instant::now() < deadline, "the program does not end");
            std::thread::sleep(Duration::from_millis(5));
        };
        let stderr = self.stderr.take().expect("once").join().expect("stderr");
        (status.code(), stderr)
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A running listener; it is killed when dropped.
pub struct Listening {
    program: Started,
    /// Kept open: closed input must not matter, but is another test.
    _stdin: Option<ChildStdin>,
    pub url: String,
    pub port: u16,
    lines: Receiver<String>,
}

impl Listening {
    /// Starts `cz-hook listen --port 0 ARGS…` and waits until it is ready.
    pub fn start<const N: usize>(args: [&str; N]) -> Self {
        let mut all = vec!["listen", "--port", "0"];
        all.extend(args);
        Self::of(hook(all))
    }

    /// Starts any command line that ends up listening.
    pub fn of(hook: Hook) -> Self {
        Self::spawn(hook.command())
    }

    /// The same in a process with a limit on its descriptors.
    #[cfg(unix)]
    pub fn with_descriptors(most: u32, hook: &Hook) -> Self {
        let plain = hook.command();
        let mut limited = Command::new("sh");
        let script = format!(r#"ulimit -n {most}; exec "$0" "$@""#);
        limited.args(["-c", &script]);
        limited.arg(plain.get_program()).args(plain.get_args());
        for (name, value) in plain.get_envs() {
            match value {
                Some(value) => limited.env(name, value),
                None => limited.env_remove(name),
            };
        }
        Self::spawn(limited)
    }

    pub fn spawn(command: Command) -> Self {
        let (mut program, url) = Started::until(command, "listening on ");
        let (sender, lines) = channel();
        let stdout = BufReader::new(program.child.stdout.take().expect("piped"));
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let port = url
            .trim_start_matches("http://")
            .split('/')
            .next()
            .and_then(|host| host.rsplit(':').next())
            .and_then(|port| port.parse().ok())
            .expect("a port");
        Self { _stdin: program.child.stdin.take(), program, url, port, lines }
    }

    pub fn pid(&self) -> u32 {
        self.program.child.id()
    }

    /// The next line of standard output.
    #[track_caller]
    pub fn line(&self) -> String {
        self.lines.recv_timeout(TIMEOUT).expect("a line of output")
    }

    /// The next line of standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.line()).expect("a line of JSON")
    }

    /// The next line of JSON of this type; others are skipped.
    #[track_caller]
    pub fn json_of(&self, kind: &str) -> Value {
        loop {
            let value = self.json();
            if value["type"] == kind {
                return value;
            }
        }
    }

    /// A connection with timeouts for reading and writing.
    pub fn connect(&self) -> TcpStream {
        self.try_connect().expect("a connection")
    }

    /// The same with a listener that may have ended.
    pub fn try_connect(&self) -> Option<TcpStream> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(TIMEOUT)).expect("a time-out");
        stream.set_write_timeout(Some(TIMEOUT)).expect("a time-out");
        Some(stream)
    }

    /// Sends bytes on a new connection and reads to its end. The bytes should ask to close the connection.
    pub fn exchange(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        // A listener may respond and close before it has read everything.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Posts a body and returns the whole response.
    pub fn post(&self, headers: &[(&str, &str)], body: &[u8]) -> String {
        self.exchange(&request("POST", "/", headers, body))
    }

    /// Interrupts it as Ctrl-C does.
    #[cfg(unix)]
    pub fn interrupt(&self) {
        self.program.interrupt();
    }

    /// Waits until it takes no more connections. The pauses keep a listener that has no processor time from getting a
    /// full queue of them: the next connection would then wait for a second.
    pub fn wait_until_closed(&self) {
        while TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Kills it.
    pub fn kill(&mut self) {
        self.program.child.kill().expect("it can be killed");
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.program.child.try_wait().expect("a status").is_some()
    }

    /// Waits for its end: exit code, the remaining output, all of standard error.
    pub fn end(self) -> (Option<i32>, Vec<String>, String) {
        let (code, stderr) = self.program.end();
        (code, self.lines.iter().collect(), stderr)
    }
}

/// Interrupts a process as Ctrl-C does.
#[cfg(unix)]
pub fn interrupt(child: &Child) {
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("a signal");
}

/// Sends bytes to a port of this machine, reading at the same time: a server may respond and close before it has read
/// everything. Returns nothing without a response or a server.
pub fn exchange(port: u16, bytes: &[u8]) -> String {
    String::from_utf8_lossy(&exchange_bytes(port, bytes)).into_owned()
}

/// The same with the response as it was on the wire.
pub fn exchange_bytes(port: u16, bytes: &[u8]) -> Vec<u8> {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else {
        return Vec::new();
    };
    stream.set_read_timeout(Some(TIMEOUT)).expect("a time-out");
    let mut writer = stream.try_clone().expect("a second handle");
    let mut answer = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(move || drop(writer.write_all(bytes)));
        let _ = stream.read_to_end(&mut answer);
        // Ends the writer, too, when the server does not read.
        let _ = stream.shutdown(Shutdown::Both);
    });
    answer
}

/// A request that closes its connection; Content-Length is added.
pub fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut out = format!(
        "{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        out.push_str(&format!("{name}: {value}\r\n"));
    }
    out.push_str("\r\n");
    [out.as_bytes(), body].concat()
}

/// The status of a response.
pub fn status(response: &str) -> u16 {
    response
        .split(' ')
        .nth(1)
        .and_then(|s| s.parse().ok())
        .unwrap_or_else(|| panic!("no status in {response:?}"))
}
