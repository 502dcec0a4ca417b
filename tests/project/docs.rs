//! Every command of docs/, and every session of the README, is run, with its placeholders replaced, and prints what the
//! page shows. The scripts of the README and the recipes of CI and of archives have tests of their own (ci_recipes.rs,
//! archives.rs).

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use crate::support::faulty::FaultyEndpoint;
use crate::support::listening::{Listening, interrupt};
use crate::support::{BODY, SECRET, hook, root, signature, signed_request, write_program};

/// The placeholders in commands, and their values; `@endpoint` is the URL of a correct endpoint.
const PLACEHOLDERS: &[(&str, &str)] = &[
    ("http://localhost:3000/webhook", "@endpoint"),
    ("URL", "@endpoint"),
    ("S", SECRET),
    ("OLD", "the-secret-before"),
    ("NEW", SECRET),
    // A port that another test may have.
    ("8080", "0"),
    // How fast this machine is decides nothing.
    ("p99>500ms", "p99>1h"),
    ("late>10%", "late>100%"),
];

/// Files that exist when a command runs. One with a word in the first field is for commands with that word.
const FILES: &[(&str, &str, &str)] = &[
    ("", "body.json", BODY),
    ("", "captured.json", BODY),
    (
        "x-chatbase-signature",
        "body.json",
        r#"{"eventType":"leads.submit","chatbotId":"c","payload":{"customerEmail":"e@x.com","customerName":"N"}}"#,
    ),
    // The body of the published example of a mismatch.
    (
        "d7a0ef1da41734815321c3ec18e3ccdd72184e59",
        "body.json",
        r#"{"agentId":"a","payload":{"customerName":"Zoë","url":"https://x.y/z","n":1.0}}"#,
    ),
];

/// Programs that a command runs and that do not exist, or that must not run.
const PROGRAMS: &[(&str, &str)] =
    &[("my-tunnel", "echo https://abc.tunnel.example; sleep 1000"), ("xdg-open", "true")];

/// Commands that are not run, by their beginning, with the reason. Each has to occur.
const NOT_RUN: &[(&str, &str)] = &[
    ("cargo install", "it builds the tool again; the workflows do"),
    (
        "cz-hook listen --secret S --tunnel cloudflared",
        "it needs the internet; listen_tunnel.rs has a client that does not",
    ),
    ("dpkg -i", "it installs into the system; packages/installers.rs installs into a folder"),
    ("rpm -i", "it installs into the system; packages/installers.rs installs into a folder"),
    ("pip install", "it needs the wheel; packages/installers.rs installs it"),
    ("pipx run", "it needs the wheel; packages/installers.rs installs it"),
    ("npm install", "it needs the packages; packages/installers.rs installs them"),
    ("npx cz-hook", "it needs the packages; packages/installers.rs installs them"),
    ("docker build", "it needs a container engine; packages.rs runs what is in the image"),
    ("docker run", "it needs a container engine"),
];

/// A command with the output that the page shows.
struct Step {
    place: String,
    command: String,
    output: Option<String>,
}

/// The fenced block after a mark of a page.
pub fn recipe(page: &str, mark: &str) -> String {
    let (_, behind) = page.split_once(&format!("<!-- recipe: {mark} -->")).expect("the mark");
    let (_, fenced) = behind.split_once("```").expect("a block");
    let (_, text) = fenced.split_once('\n').expect("lines");
    text.split_once("\n```").expect("the end").0.to_owned() + "\n"
}

fn pages() -> Vec<(String, String)> {
    let root = root();
    let mut paths = vec![root.join("README.md")];
    for entry in std::fs::read_dir(root.join("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "md") {
            paths.push(path);
        }
    }
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

fn steps() -> Vec<Step> {
    let mut steps = Vec::new();
    for (page, text) in pages() {
        let mut before = "";
        let mut lines = text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            let Some(language) = line.strip_prefix("```") else {
                before = line;
                continue;
            };
            let block: Vec<_> =
                lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
            let place = |at: usize| format!("{page}, line {}", number + 2 + at);
            match language {
                _ if before.starts_with("<!-- recipe:") => {}
                // They run one after the other: see ci_recipes.rs.
                "sh" if page == "README.md" => {}
                "sh" => script(&block, place, &mut steps),
                "console" => session(&block, place, &mut steps),
                "toml" | "yaml" | "json" => {}
                other => panic!("{}: a block of `{other}` is neither run nor known", place(0)),
            }
        }
    }
    steps
}

/// The commands of a script; a command may have several lines.
fn script(block: &[&str], place: impl Fn(usize) -> String, steps: &mut Vec<Step>) {
    let mut command = String::new();
    for (at, line) in block.iter().enumerate() {
        command.push_str(line);
        command.push('\n');
        if is_whole(&command) {
            steps.push(Step {
                place: place(at),
                command: std::mem::take(&mut command).trim().to_owned(),
                output: None,
            });
        }
    }
    assert!(command.is_empty(), "{}: not a whole command: {command}", place(0));
}

fn is_whole(command: &str) -> bool {
    let parsed = Command::new("bash").args(["-n", "-c", command]).output().unwrap();
    parsed.status.success()
}

/// The commands of a session and what they print.
fn session(block: &[&str], place: impl Fn(usize) -> String, steps: &mut Vec<Step>) {
    for (at, line) in block.iter().enumerate() {
        match line.strip_prefix("$ ") {
            Some(command) => steps.push(Step {
                place: place(at),
                command: command.to_owned(),
                output: Some(String::new()),
            }),
            None => {
                let output = steps.last_mut().and_then(|step| step.output.as_mut());
                let output = output.expect("a session begins with a command");
                output.push_str(line);
                output.push('\n');
            }
        }
    }
}

/// Where commands run: endpoints that are up, and a journal with seven deliveries.
struct World {
    /// Kept alive with the rest.
    _listener: Mutex<Listening>,
    listener: String,
    endpoint: FaultyEndpoint,
    dir: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let journal = dir.path().join("deliveries.db");
        let recorder =
            Listening::start(["--secret", SECRET, "--record", journal.to_str().unwrap()]);
        for event in [&["message.received", "--all"][..], &["lead.submit"]] {
            let send = [&["send", "--secret", SECRET, "--url", &recorder.url], event].concat();
            hook(send).run().exits(0);
        }
        recorder.interrupt();
        recorder.end();
        std::fs::write(dir.path().join("request.http"), signed_request()).unwrap();
        let listener = Listening::start(["--secret", SECRET, "--quiet"]);
        Self {
            listener: listener.url.clone(),
            _listener: Mutex::new(listener),
            endpoint: FaultyEndpoint::correct(),
            dir,
        }
    }

    /// The endpoint for a command: the test of endpoints wants a correct one, the others one that knows every
    /// provider.
    fn url(&self, command: &str) -> String {
        match command.contains("cz-hook test") {
            true => self.endpoint.url(),
            false => format!("{}/webhook", self.listener.trim_end_matches('/')),
        }
    }

    /// A folder with every file that `command` may read.
    fn folder(&self, command: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in ["deliveries.db", "request.http"] {
            std::fs::copy(self.dir.path().join(file), dir.path().join(file)).unwrap();
        }
        for (word, file, contents) in FILES {
            if command.contains(word) {
                std::fs::write(dir.path().join(file), contents).unwrap();
            }
        }
        let bin = dir.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        for (name, script) in PROGRAMS {
            let path = bin.join(name);
            write_program(&path, script);
        }
        dir
    }

    fn bash(&self, script: &str, dir: &Path) -> Command {
        let mut search = dir.join("bin").into_os_string();
        for folder in [
            PathBuf::from(env!("CARGO_BIN_EXE_cz-hook")).parent().unwrap().into(),
            std::env::var_os("PATH").unwrap(),
        ] {
            search.push(":");
            search.push(folder);
        }
        let mut command = hook(["-eo", "pipefail", "-c", script]).within(dir).command_of("bash");
        let body = std::fs::read(dir.join("body.json")).unwrap();
        command.env("PATH", search).env("SIG", signature(&body));
        // The user's own configuration, where `trust` and `init` write.
        command.env("XDG_CONFIG_HOME", dir.join("config"));
        command
    }
}

/// The command with values for its placeholders, which are whole words.
pub fn filled(command: &str, endpoint: &str) -> String {
    let is_end = |c: Option<char>| c.is_none_or(|c| c.is_whitespace() || "'\")(=".contains(c));
    let mut out = command.to_owned();
    for (word, value) in PLACEHOLDERS {
        let value = value.replace("@endpoint", endpoint);
        let mut from = 0;
        while let Some(at) = out[from..].find(word).map(|at| at + from) {
            let (before, behind) = (&out[..at], &out[at + word.len()..]);
            if is_end(before.chars().next_back()) && is_end(behind.chars().next()) {
                out = format!("{before}{value}{behind}");
                from = at + value.len();
            } else {
                from = at + word.len();
            }
        }
    }
    out
}

/// The error of a step, if there is one.
fn run(step: &Step, world: &World) -> Result<(), String> {
    let url = world.url(&step.command);
    let dir = world.folder(&step.command);
    let command = filled(&step.command, &url);
    let goes_on = command.starts_with("cz-hook listen") && !command.contains("--expect");
    let goes_on = goes_on || command.starts_with("cz-hook ui");
    let (code, printed) = match goes_on {
        true if command.starts_with("cz-hook ui") => show(&command, dir.path(), world),
        true => listen(&command, dir.path(), world),
        false => {
            let both = format!("{{ {command}\n}} 2>&1");
            let output = world.bash(&both, dir.path()).output().unwrap();
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            (output.status.code(), text)
        }
    };
    match &step.output {
        Some(expected) => {
            compare(expected, &printed.replace(&url, "http://localhost:3000/webhook"))
        }
        None if code == Some(0) || (goes_on && code == Some(130)) => Ok(()),
        None => Err(format!("it exits with {code:?}: {command}\n{printed}")),
    }
}

/// Starts a listener, sends one delivery, and interrupts it.
fn listen(command: &str, dir: &Path, world: &World) -> (Option<i32>, String) {
    // Bash starts background processes with interrupts ignored, but not one that replaces bash by `exec`.
    let port = if command.contains("--port ") { "" } else { " --port 0" };
    // It is interrupted long before; a missing report is a failure instead of an endless wait.
    let command = command.split(" #").next().unwrap();
    let script = format!("exec {command} {port} --timeout 60s 2>&1");
    let mut child = world.bash(&script, dir).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut printed = String::new();
    while lines.read_line(&mut printed).unwrap() > 0 {
        let Some(url) = printed.lines().find_map(|line| line.strip_prefix("listening on ")) else {
            continue;
        };
        if command.contains("--tunnel") && !printed.contains("tunnel.example") {
            continue;
        }
        // Its response depends on the command.
        hook(["send", "lead.submit", "--secret", SECRET, "--url", url.trim()]).run();
        // The report comes after the response.
        let is_report = |line: &str| line.trim_start_matches("--> ").starts_with('#');
        while !printed.lines().any(is_report) {
            assert!(lines.read_line(&mut printed).unwrap() > 0, "{printed}");
        }
        interrupt(&child);
        lines.read_to_string(&mut printed).unwrap();
    }
    (child.wait().unwrap().code(), printed)
}

/// Starts the inspector, and interrupts it when it is ready.
fn show(command: &str, dir: &Path, world: &World) -> (Option<i32>, String) {
    let command = command.split(" #").next().unwrap();
    let script = format!("exec {command} 2>&1");
    let mut child = world.bash(&script, dir).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut printed = String::new();
    while lines.read_line(&mut printed).unwrap() > 0 {
        if printed.contains("inspector: ") {
            interrupt(&child);
        }
    }
    (child.wait().unwrap().code(), printed)
}

/// Compares the output with the page: `…` stands for the rest of a line or, alone, for all further lines. Times and
/// ports are not compared.
fn compare(expected: &str, printed: &str) -> Result<(), String> {
    let (expected, printed) = (steady(expected), steady(printed));
    let mut lines = printed.lines();
    for line in expected.lines() {
        if line.trim() == "…" {
            return Ok(());
        }
        let found = lines.next().unwrap_or("(nothing more)");
        let is_same = match line.strip_suffix('…') {
            Some(start) => found.starts_with(start),
            None => found.trim_end() == line.trim_end(),
        };
        if !is_same {
            return Err(format!("the page: {line}\nthe tool: {found}\n\nall of it:\n{printed}"));
        }
    }
    match lines.next() {
        Some(more) => Err(format!("the page ends, and the tool goes on with: {more}")),
        None => Ok(()),
    }
}

/// The text without what differs between runs: times of day, durations, ports, and temporary folders.
fn steady(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let words: Vec<String> = line
            .split(' ')
            .map(|word| {
                let is_time =
                    word.len() > 5 && word.chars().all(|c| c.is_ascii_digit() || ":.".contains(c));
                let is_number =
                    !word.is_empty() && word.chars().all(|c| c.is_ascii_digit() || c == '.');
                if is_time && word.contains(':') {
                    return "TIME".to_owned();
                }
                if is_number && word.contains('.') {
                    return "N".to_owned();
                }
                match word.split_once("127.0.0.1:") {
                    Some((before, port)) => {
                        format!(
                            "{before}127.0.0.1:PORT{}",
                            port.trim_start_matches(|c: char| c.is_ascii_digit())
                        )
                    }
                    None => word.to_owned(),
                }
            })
            .collect();
        out.push_str(&words.join(" "));
        out.push('\n');
    }
    out
}

#[test]
fn every_documented_command_does_what_the_page_says() {
    let world = World::new();
    let steps = steps();
    assert!(steps.len() > 30, "{}", steps.len());
    let mut unused: Vec<_> = NOT_RUN.iter().map(|(start, _)| *start).collect();
    let mut todo = Vec::new();
    for step in &steps {
        match NOT_RUN.iter().find(|(start, _)| step.command.starts_with(start)) {
            Some((start, _)) => unused.retain(|one| one != start),
            None => todo.push(step),
        }
    }
    assert!(unused.is_empty(), "in no document any more: {unused:?}");
    let next = Mutex::new(todo.into_iter());
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(step) = next.lock().unwrap().next() else {
                        return;
                    };
                    if let Err(why) = run(step, &world) {
                        let failure = format!("{}: {}\n{why}", step.place, step.command);
                        failures.lock().unwrap().push(failure);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn placeholders_are_replaced_as_whole_words() {
    let url = "http://127.0.0.1:1/";
    for (command, expected) in [
        ("x --url URL --secret S", "x --url http://127.0.0.1:1/ --secret test_secret"),
        ("x --secret S)", "x --secret test_secret)"),
        ("x -H 'S: SURL' $SIG", "x -H 'S: SURL' $SIG"),
        ("x http://localhost:3000/webhook", "x http://127.0.0.1:1/"),
    ] {
        assert_eq!(filled(command, url), expected);
    }
}

#[test]
fn a_page_that_differs_from_the_output_is_detected() {
    assert!(compare("a\n  b  2.1 ms\n", "a\n  b  0.3 ms\n").is_ok());
    assert!(compare("a …\n…\n", "a b\nc\nd\n").is_ok());
    assert!(compare("a\n", "b\n").is_err());
    assert!(compare("a\nb\n", "a\n").is_err());
    assert!(compare("a\n", "a\nb\n").is_err());
}

/// Links between the documents have existing targets.
#[test]
fn every_link_leads_to_a_file() {
    let root = root();
    let mut count = 0;
    let contributing = std::fs::read_to_string(root.join("CONTRIBUTING.md")).unwrap();
    let all = pages().into_iter();
    for (page, text) in all.chain([("CONTRIBUTING.md".to_owned(), contributing)]) {
        let folder = root.join(&page).parent().unwrap().to_owned();
        for rest in text.split("](").skip(1) {
            let target = rest.split([')', ' ']).next().unwrap();
            let file = target.split('#').next().unwrap();
            if file.is_empty() || target.starts_with("http") {
                continue;
            }
            count += 1;
            assert!(folder.join(file).exists(), "{page} links to {target}");
        }
    }
    assert!(count > 20, "{count}");
}
