//! What commands read: every read has a limit, an input that does not come is reported, and a capture reads no files.

use std::fs;
use std::path::Path;

use crate::support::{BODY, Hook, Ran, SECRET, SIGNATURE, hook};

/// A folder that holds a capture of this curl command, and files that it may name; next to it, a file that it must not
/// read.
fn capture(options: &str) -> tempfile::TempDir {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("captures");
    fs::create_dir_all(folder.join("sub")).unwrap();
    fs::write(parent.path().join("private"), "hunter2hunter2").unwrap();
    fs::write(folder.join("payload.json"), BODY).unwrap();
    fs::write(folder.join("headers"), "X-A: 1\r\n@private\nX-B: 2\n").unwrap();
    fs::write(folder.join("r.curl"), format!("curl http://h/hook {options}\n")).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("../private", folder.join("out")).unwrap();
        std::os::unix::fs::symlink("payload.json", folder.join("in")).unwrap();
        let fifo = std::process::Command::new("mkfifo").arg(folder.join("pipe")).status();
        assert!(fifo.unwrap().success());
    }
    parent
}

fn inspect(folder: &Path, more: &[&str]) -> Ran {
    let file = folder.join("captures/r.curl");
    let args = ["inspect", file.to_str().unwrap(), "--as", "ndjson"];
    hook(args.iter().chain(more)).run()
}

/// Options of curl that name this file and send its content.
fn sending(name: &str) -> [String; 5] {
    ["-d @", "--data-binary @", "--data-ascii=@", "--json @", "--data-urlencode n@"]
        .map(|option| format!("{option}{name}"))
}

#[test]
fn no_file_that_a_capture_names_is_read() {
    let other =
        ["-H @NAME", "-F f=@NAME", "-F 'f=<NAME'", "-T NAME", "-K NAME", "-KNAME", "-b NAME"];
    let other = other.into_iter().chain(["--url-query n@NAME", "--variable n@NAME"]);
    let other: Vec<_> = other.collect();
    for name in ["payload.json", "../private", "/etc/passwd", "/dev/zero", "pipe", "missing"] {
        let other = other.iter().map(|option| option.replace("NAME", name));
        for options in sending(name).into_iter().chain(other) {
            let folder = capture(&options);
            let ran = inspect(folder.path(), &[]);
            assert_eq!(ran.code, Some(2), "{options}: {}", ran.stderr);
            assert!(
                ran.stdout.is_empty() && ran.stderr.contains(name),
                "{options}: {}",
                ran.stderr
            );
            assert!(!ran.stderr.contains("hunter2"), "{options}: {}", ran.stderr);
        }
    }
}

/// The message shows a name that an untrusted peer chose.
#[test]
fn the_name_of_a_file_is_escaped() {
    let folder = capture(r"-d @$'a\x1b[2J\nb'");
    for more in [&[][..], &["--allow-files"]] {
        let ran = inspect(folder.path(), more);
        assert!(ran.stderr.contains(r"a\u{1b}[2J\nb"), "{}", ran.stderr);
    }
}

#[test]
fn every_command_that_reads_captures_refuses_their_files() {
    let folder = capture("-d @payload.json");
    let file = folder.path().join("captures/r.curl");
    for args in [
        &["inspect"][..],
        &["verify", "--secret", SECRET, "--provider", "chatzuri"],
        &["replay", "--url", "http://127.0.0.1:1/"],
        &["events", "validate", "--provider", "chatzuri"],
    ] {
        let ran = hook(args).arg(&file).run();
        assert_eq!(ran.code, Some(2), "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("payload.json, which is not read"), "{}", ran.stderr);
        assert!(ran.stderr.contains("--allow-files"), "{}", ran.stderr);
        let ran = hook(args).arg("--allow-files").arg("--quiet").arg(&file).run();
        assert!(ran.code != Some(2), "{args:?}: {}", ran.stderr);
        let said = "read payload.json, which the capture names\n";
        assert!(ran.stderr.contains(said), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn allowed_files_are_those_in_the_captures_own_folder() {
    for name in ["payload.json", "sub/../payload.json", "in"] {
        for options in sending(name) {
            let folder = capture(&options);
            let ran = inspect(folder.path(), &["--allow-files"]).exits(0);
            assert!(ran.stderr.contains(&format!("read {name}, which")), "{}", ran.stderr);
        }
    }
    for name in
        ["../private", "out", "/etc/passwd", "/dev/zero", "pipe", "sub", "../captures/../private"]
    {
        let folder = capture(&format!("-d @{name}"));
        let ran = inspect(folder.path(), &["--allow-files"]).exits(2);
        assert!(ran.stdout.is_empty() && ran.stderr.contains(name), "{}", ran.stderr);
        assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    }
    let folder = capture("-d @missing");
    inspect(folder.path(), &["--allow-files"]).exits(3);
    // A file of headers names no other file.
    let folder = capture("-H @headers");
    let ran = inspect(folder.path(), &["--allow-files"]).exits(0);
    assert!(ran.out().contains(r#"["X-A","1"],["X-B","2"]]"#), "{}", ran.out());
}

/// The folder of a stream is the working directory.
#[test]
fn a_capture_from_a_pipe_names_files_of_the_working_directory() {
    let folder = capture("");
    let run = |from: &str, name: &str| {
        let command = format!("curl h -d @{name} -d @{name}");
        let args = ["inspect", "-", "--as", "body", "--allow-files"];
        hook(args).stdin(command).within(folder.path().join(from)).run()
    };
    let ran = run("captures", "payload.json").exits(0);
    assert_eq!(ran.out(), format!("{BODY}&{BODY}"));
    assert_eq!(ran.stderr.matches("which the capture names").count(), 1, "{}", ran.stderr);
    run("captures", "../private").exits(2);
}

/// Every command line that reads a body or a capture from FILE.
fn readers(file: &str) -> Vec<Hook> {
    let secret = ["--secret", SECRET, "--provider", "chatzuri"];
    let url = ["--url", "http://127.0.0.1:1/"];
    let lines: [Vec<&str>; 6] = [
        [&["verify", file, "--signature", SIGNATURE][..], &secret].concat(),
        vec!["inspect", file],
        [&["replay", file][..], &url].concat(),
        vec!["events", "validate", file],
        [&["send", "--body", file][..], &secret, &url].concat(),
        [&["sign", "--body", file][..], &secret].concat(),
    ];
    lines.into_iter().map(hook).collect()
}

#[test]
fn a_longer_input_than_allowed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("body");
    fs::write(&path, vec![b'x'; 2001]).unwrap();
    let endless = if cfg!(unix) { "/dev/zero" } else { path.to_str().unwrap() };
    for file in [path.to_str().unwrap(), endless, "-"] {
        for hook in readers(file) {
            let ran = hook.arg("--max-input").arg("2kB").stdin(vec![b'x'; 2001]).run().exits(3);
            assert!(ran.stderr.contains("is longer than 2000 bytes"), "{}", ran.stderr);
            assert!(ran.stderr.contains("--max-input SIZE reads more"), "{}", ran.stderr);
        }
    }
    let path = path.to_str().unwrap();
    let against =
        hook(["verify", "-", "--against", path, "--max-input", "2000", "--secret", SECRET]);
    let ran = against.stdin(BODY).run().exits(3);
    assert!(ran.stderr.contains("is longer than 2000 bytes"), "{}", ran.stderr);
    let sign = ["sign", "--body", path, "--max-input", "2001", "--secret", SECRET];
    hook(sign).run().exits(0);
    for size in ["0", "", "-1", "1TiB", "x"] {
        hook(["inspect", path, "--max-input", size]).run().exits(2);
    }
}

#[cfg(unix)]
#[test]
fn endless_settings_are_refused() {
    for args in [
        ["sign", "lead.submit", "--secret-file", "/dev/zero"],
        ["sign", "lead.submit", "--config", "/dev/zero"],
    ] {
        let ran = hook(args).run().exits(2);
        assert!(ran.stderr.contains("longer than 1 MiB"), "{}", ran.stderr);
    }
    let args = ["send", "lead.submit", "--url", "https://127.0.0.1:1", "--secret", SECRET];
    let ran = hook(args).arg("--cacert").arg("/dev/zero").run().exits(2);
    assert!(ran.stderr.contains("longer than 1 MiB"), "{}", ran.stderr);
    // A secret may come from standard input, which is read once.
    let endless = vec![b'x'; (1 << 20) + 1];
    let ran = hook(["sign", "lead.submit", "--secret-file", "-"]).stdin(endless).run().exits(2);
    assert!(ran.stderr.contains("the secret in standard input is longer"), "{}", ran.stderr);
    let twice = hook(["sign", "--body", "-", "--secret-file", "-"]).stdin("a").run().exits(2);
    assert!(twice.stderr.contains("named twice"), "{}", twice.stderr);
}

/// The lines of a log are limited, the log is not.
#[test]
fn a_log_may_be_longer_than_its_lines() {
    let line = |body: &str| {
        format!(
            r#"{{"type":"delivery","method":"POST","target":"/","headers":[],"body":"{body}"}}"#
        ) + "\n"
    };
    let log = line("a").repeat(1000) + &line(&"b".repeat(2000)) + &line("c");
    for (max, code) in [("3000", 0), ("1000", 3)] {
        let args = ["inspect", "-", "--json", "--max-input", max];
        let ran = hook(args).stdin(log.as_str()).run().exits(code);
        match code {
            0 => assert_eq!(ran.json().len(), 1002),
            _ => {
                let message = "line 1001 of standard input is longer than 1000 bytes";
                assert!(ran.stderr.contains(message), "{}", ran.stderr);
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn an_input_that_does_not_come_is_reported() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::Stdio;

    let folder = capture("");
    let pipe = folder.path().join("captures/pipe");
    let pipe = pipe.to_str().unwrap();
    let secret_file = hook(["sign", "lead.submit", "--secret-file", pipe]);
    let hooks = readers(pipe).into_iter().chain([secret_file]);
    // All of them wait at the same time.
    let children = hooks.map(|hook| hook.command().stderr(Stdio::piped()).spawn().unwrap());
    for mut child in children.collect::<Vec<_>>() {
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let said = format!("note: waiting for {pipe}: nothing has been written to it yet\n");
        assert_eq!(line, said);
    }
    let piped = hook(["sign", "--body", "-", "--secret", SECRET])
        .command()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = piped.unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "note: waiting for standard input: nothing has been written to it yet\n");
    child.stdin.take().unwrap().write_all(BODY.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains(SIGNATURE));
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for (path, said) in [(folder.path(), "Is a directory"), (&*socket, "it is a socket")] {
        for hook in readers(path.to_str().unwrap()) {
            let ran = hook.run().exits(3);
            assert!(ran.stderr.contains(said), "{}", ran.stderr);
        }
    }
}
