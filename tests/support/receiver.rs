//! Starts the example endpoints of `examples/receivers/`, and other handlers, on their runtimes. `tests/receivers/setup` installs those.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::listening::{exchange, request};
use super::sockets::free_port;
use super::{SECRET, programs, root};

/// The folders of `examples/receivers/`.
pub const NAMES: [&str; 12] = [
    "node-express",
    "node-fastify",
    "nextjs",
    "fetch-handler",
    "python-flask",
    "python-fastapi",
    "python-django",
    "php",
    "ruby-rack",
    "go",
    "rust-axum",
    "java",
];

/// A start may include compiling.
const START: Duration = Duration::from_secs(90);

/// A running endpoint; its whole process group is killed when dropped.
pub struct Receiver {
    pub name: &'static str,
    pub port: u16,
    path: &'static str,
    child: Child,
    log: File,
}

impl Receiver {
    /// Starts the endpoint of this folder; none, which is printed, without its runtime.
    pub fn start(name: &'static str) -> Option<Self> {
        Self::found(name, "/webhook", |name, port| start_of(name, port, None))
    }

    /// Starts another file on the stack of this folder, with other settings than the default secret; none, which is
    /// printed, without its runtime. It does not wait: see [`starts`](Self::starts).
    pub fn of_file(
        name: &'static str,
        file: &Path,
        secret: &str,
        settings: &[(&str, &str)],
    ) -> Option<Self> {
        let port = free_port();
        match start_of(name, port, Some(file)) {
            Ok(words) => Some(Self::spawn(name, "/webhook", port, &words, Some(secret), settings)),
            Err(missing) => {
                skip(name, &missing);
                None
            }
        }
    }

    /// The sample handler of the default provider's document, under `express4` or `express5`: the endpoint
    /// with known flaws. `npm ci` in tests/vendor_sample installs what it runs on.
    pub fn vendor_sample(express: &'static str) -> Option<Self> {
        Self::found(express, "/chatzuri", |express, _| {
            let here = root().join("tests/vendor_sample");
            needs("node", &["--version"])?;
            needs_file(&here.join("node_modules"), "npm ci in tests/vendor_sample")?;
            Ok(words("node", [here.join("server.mjs"), express.into()]))
        })
    }

    /// The handler of this name in tests/handlers/server.mjs.
    pub fn node_handler(name: &'static str) -> Option<Self> {
        Self::found(name, "/webhook", |name, _| {
            needs("node", &["--version"])?;
            Ok(words("node", [root().join("tests/handlers/server.mjs"), name.into()]))
        })
    }

    /// The handler of this name in tests/handlers/server.py.
    pub fn python_handler(name: &'static str) -> Option<Self> {
        Self::found(name, "/webhook", |name, _| {
            needs("python3", &["--version"])?;
            Ok(words("python3", [root().join("tests/handlers/server.py"), name.into()]))
        })
    }

    fn found(name: &'static str, path: &'static str, how: How) -> Option<Self> {
        let mut log = String::new();
        // Another program may take the port before the endpoint does.
        for _ in 0..3 {
            let port = free_port();
            match how(name, port) {
                Err(missing) => {
                    skip(name, &missing);
                    return None;
                }
                Ok(words) => {
                    let mut receiver = Self::spawn(name, path, port, &words, Some(SECRET), &[]);
                    if receiver.is_ready() {
                        return Some(receiver);
                    }
                    log = receiver.log();
                }
            }
        }
        panic!("{name} does not start: {log}");
    }

    /// Starts the endpoint with this secret, or none, and does not wait for it.
    pub fn without_waiting(name: &'static str, secret: Option<&str>) -> Option<Self> {
        let port = free_port();
        match start_of(name, port, None) {
            Ok(words) => Some(Self::spawn(name, "/webhook", port, &words, secret, &[])),
            Err(missing) => {
                skip(name, &missing);
                None
            }
        }
    }

    fn spawn(
        name: &'static str,
        path: &'static str,
        port: u16,
        words: &[OsString],
        secret: Option<&str>,
        settings: &[(&str, &str)],
    ) -> Self {
        // Standard input ends with the test, however the test ends: then the watcher kills the group.
        const WATCHED: &str = r#"exec 3<&0
            (cat <&3 >/dev/null; kill -KILL 0) &
            exec 3<&- </dev/null "$@""#;
        let log = tempfile::tempfile().expect("a log");
        let both = || Stdio::from(log.try_clone().expect("a log"));
        let mut command = Command::new("sh");
        command
            .args(["-c", WATCHED, "sh"])
            .args(words)
            .current_dir(root())
            .env("PORT", port.to_string())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env_remove("NODE_OPTIONS")
            .env_remove("CZ_HOOK_SECRET")
            .envs(settings.iter().copied())
            .stdin(Stdio::piped())
            .stdout(both())
            .stderr(both())
            .process_group(0);
        if let Some(secret) = secret {
            command.env("CZ_HOOK_SECRET", secret);
            // The sample of a vendor has a name of its own.
            command.env("SECRET_KEY", secret);
        }
        Self { name, port, path, child: command.spawn().expect("sh starts"), log }
    }

    /// Waits until it responds; false when it ended instead.
    fn is_ready(&mut self) -> bool {
        let deadline = Instant::now() + START;
        let probe = request("GET", self.path, &[], b"");
        while Instant::now() < deadline {
            if self.ended() {
                return false;
            }
            if self.exchange(&probe).starts_with("HTTP/1.") {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("{} never answered: {}", self.name, self.log());
    }

    /// Whether the program has ended.
    pub fn ended(&mut self) -> bool {
        self.child.try_wait().expect("a status").is_some()
    }

    /// Waits until it responds (true) or ends (false).
    pub fn starts(&mut self) -> bool {
        self.is_ready()
    }

    /// The URL of the webhook.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}{}", self.port, self.path)
    }

    /// The path of the webhook.
    pub fn path(&self) -> &str {
        self.path
    }

    /// What it has printed.
    pub fn log(&self) -> String {
        use std::os::unix::fs::FileExt;
        let mut text = vec![0; 1 << 20];
        let n = self.log.read_at(&mut text, 0).expect("a log");
        text.truncate(n);
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Sends bytes on a new connection and reads to its end. The bytes should ask to close the connection. Returns
    /// nothing when it was closed without a response.
    pub fn exchange(&self, bytes: &[u8]) -> String {
        exchange(self.port, bytes)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let group = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        let _ = self.child.wait();
    }
}

fn skip(name: &str, missing: &str) {
    programs::skip(&format!("the endpoint {name}: {missing}"));
}

/// The command line that starts an endpoint on a port, or what is missing.
type How = fn(&'static str, u16) -> Result<Vec<OsString>, String>;

/// How each endpoint is started. All read PORT and CZ_HOOK_SECRET from the environment, but for those whose
/// server takes the port as an argument.
fn start_of(name: &'static str, port: u16, given: Option<&Path>) -> Result<Vec<OsString>, String> {
    let example = |file: &str| match given {
        Some(given) => given.to_owned(),
        None => root().join("examples/receivers").join(name).join(file),
    };
    let address = format!("127.0.0.1:{port}");
    match name {
        "node-express" | "node-fastify" => {
            needs("node", &["--version"])?;
            let modules = installed(&format!("{name}/node_modules"))?;
            let server = example("server.mjs");
            match given {
                Some(_) => Ok(words("node", [server])),
                None => Ok(words("node", [beside(&modules, &server)])),
            }
        }
        "nextjs" | "fetch-handler" => {
            needs("node", &["--version"])?;
            let adapter = root().join("tests/receivers/fetch-adapter.mjs");
            let handler = match name {
                // Node treats a .js file as a module only when configured to, as Next.js does.
                "nextjs" if given.is_none() => copy(&example("route.js"), "nextjs/route.mjs"),
                _ => example("worker.mjs"),
            };
            Ok(words("node", [adapter, handler]))
        }
        "python-flask" | "python-fastapi" | "python-django" => {
            let python = installed("python/bin/python")?;
            installed("python/installed")?;
            Ok(words(python, [example("app.py")]))
        }
        "php" => {
            needs("php", &["--version"])?;
            Ok(words("php", [example("webhook.php")]))
        }
        "ruby-rack" => {
            needs("puma", &["--version"])?;
            needs("ruby", &["-e", "require 'rack'"])?;
            let bind = PathBuf::from(format!("tcp://{address}"));
            Ok(words("puma", ["-b".into(), bind, example("config.ru")]))
        }
        "go" => {
            needs("go", &["version"])?;
            installed("go/webhook")?;
            let to = match given {
                Some(file) => file.with_extension("bin"),
                None => root().join("target/receivers/go/webhook"),
            };
            let mut go = Command::new("go");
            go.env("GOCACHE", root().join("target/receivers/go-cache"));
            go.args(["build", "-o"]).arg(&to).arg(example("main.go"));
            build(&mut go);
            Ok(words(to, []))
        }
        "rust-axum" => {
            installed("rust-axum/debug/receiver-axum")?;
            let to = root().join("target/receivers/rust-axum");
            let mut cargo = Command::new(env!("CARGO"));
            cargo.args(["build", "--quiet", "--locked"]);
            let manifest = root().join("tests/receivers/rust-axum/Cargo.toml");
            cargo.arg("--manifest-path").arg(manifest);
            cargo.arg("--target-dir").arg(&to);
            build(&mut cargo);
            Ok(words(to.join("debug/receiver-axum"), []))
        }
        "java" => {
            needs("javac", &["--version"])?;
            Ok(words("java", [example("Webhook.java")]))
        }
        _ => panic!("nobody knows how {name} is started"),
    }
}

fn words(program: impl Into<OsString>, args: impl IntoIterator<Item = PathBuf>) -> Vec<OsString> {
    let args = args.into_iter().map(OsString::from);
    std::iter::once(program.into()).chain(args).collect()
}

/// A file of target/receivers/, which the setup makes.
fn installed(file: &str) -> Result<PathBuf, String> {
    let path = root().join("target/receivers").join(file);
    needs_file(&path, "tests/receivers/setup").map(|()| path)
}

fn needs_file(path: &Path, setup: &str) -> Result<(), String> {
    match path.exists() {
        true => Ok(()),
        false => Err(format!("{} is not there; run {setup}", path.display())),
    }
}

fn needs(program: &str, args: &[&str]) -> Result<(), String> {
    let runs =
        Command::new(program).args(args).output().is_ok_and(|output| output.status.success());
    match runs {
        true => Ok(()),
        false => Err(format!(
            "`{program} {}` does not run; tests/receivers/setup installs it",
            args.join(" ")
        )),
    }
}

/// One build at a time: tests run in parallel.
static BUILDING: Mutex<()> = Mutex::new(());

/// Builds again, in case the source has changed since the setup.
fn build(command: &mut Command) {
    let _one = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
    let output = command.output().expect("a compiler");
    assert!(
        output.status.success(),
        "{} (tests/receivers/setup may mend it)",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A copy of a module's file next to the folder with the modules that it imports.
fn beside(modules: &Path, file: &Path) -> PathBuf {
    let folder = modules.parent().and_then(Path::file_name).expect("a name");
    let name = file.file_name().expect("a name");
    let to = Path::new(folder).join(name);
    copy(file, to.to_str().expect("UTF-8"))
}

/// A copy under target/receivers/, made atomically.
fn copy(file: &Path, to: &str) -> PathBuf {
    let to = root().join("target/receivers").join(to);
    let folder = to.parent().expect("a folder");
    std::fs::create_dir_all(folder).expect("a folder");
    let mut part = tempfile::NamedTempFile::new_in(folder).expect("a file");
    let text = std::fs::read(file).expect("an example");
    part.write_all(&text).expect("a copy");
    part.persist(&to).expect("a copy");
    to
}
