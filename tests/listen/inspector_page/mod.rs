//! The inspector's page in Chromium: without a mouse, for screen readers, with hostile deliveries, and over a connection
//! that is cut. `npm ci` in tests/inspector_page installs the programs; the scripts there are the tests.

mod hostile;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::inspector::{Page, listening};
use crate::support::listening::{Listening, request};
use crate::support::{BODY, SECRET, SIGNED, programs, root, signature};
use serde_json::{Value, json};

fn folder() -> PathBuf {
    root().join("tests/inspector_page")
}

fn chromium() -> Option<&'static str> {
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| {
        Command::new(name)
            .arg("--version")
            .stderr(Stdio::null())
            .output()
            .is_ok_and(|o| o.status.success())
    })
}

fn path_of(program: &str) -> PathBuf {
    let paths = std::env::var_os("PATH").expect("PATH");
    std::env::split_paths(&paths).map(|p| p.join(program)).find(|p| p.is_file()).expect("found")
}

/// Whether Node and what `npm ci` installs are there.
fn has_node() -> bool {
    if !programs::has("node", "it runs the tests of the page") {
        return false;
    }
    let is_installed = folder().join("node_modules/playwright-core").is_dir();
    if !is_installed {
        programs::skip("tests/inspector_page has no node_modules: run `npm ci` there");
    }
    is_installed
}

/// Runs a script of tests/inspector_page with Chromium; it ends with 0 when all holds.
#[track_caller]
fn run_in_browser(script: &str, page: &Page, mut setup: Value) {
    let Some(chromium) = chromium() else {
        return programs::skip("chromium is not there (it shows the page)");
    };
    if !has_node() {
        return;
    }
    setup["ui"] = format!("http://{}/#{}", page.host(), page.token).into();
    setup["chromium"] = path_of(chromium).to_str().expect("UTF-8").into();
    run_node(&[script, &setup.to_string()]);
}

#[track_caller]
fn run_node(args: &[&str]) {
    let ran = Command::new("node").args(args).current_dir(folder()).output().expect("node runs");
    let said = String::from_utf8_lossy(&ran.stdout) + String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{} failed:\n{said}", args.first().expect("a script"));
}

fn send(listening: &Listening, headers: &[(&str, &str)], body: &[u8]) {
    listening.exchange(&request("POST", "/in", headers, body));
}

/// A delivery whose signature was made with a newline that the body does not have.
fn send_without_newline(listening: &Listening, body: &str) {
    let signed = signature(format!("{body}\n").as_bytes());
    send(listening, &[("X-Chatzuri-Signature", &signed)], body.as_bytes());
}

/// Twelve deliveries: 1 and 2 are fine, 3 is signed with a newline and violates its schema, the rest is fine but the 9th.
fn sample_run() -> (Listening, Page, Value) {
    let (listening, page) = listening(["--secret", SECRET]);
    let broken = r#"{"eventType":"lead.submit","chatbotId":"x"}"#;
    let known = BODY.replace("Sarah", "Tom");
    for id in 1..=12 {
        match id {
            3 => send_without_newline(&listening, broken),
            9 => {
                send(&listening, &[("X-Chatzuri-Signature", &signature(b"other"))], BODY.as_bytes())
            }
            5 => {
                let signed = signature(known.as_bytes());
                send(&listening, &[("X-Chatzuri-Signature", &signed)], known.as_bytes());
            }
            _ => send(&listening, &[SIGNED], BODY.as_bytes()),
        }
    }
    listening.exchange(&request("GET", "/in", &[], b""));
    let setup = json!({
        "count": 12, "invalid": 3, "other": 5, "newestInvalid": 9, "firstFailure": 3, "invalidCount": 2,
        "lastByte": broken.len() - 1, "listener": listening.url,
    });
    (listening, page, setup)
}

#[test]
fn the_files_are_safe_and_as_published() {
    if has_node() {
        run_node(&["assets.mjs"]);
    }
}

#[test]
fn the_types_hold() {
    if has_node() {
        run_node(&["node_modules/typescript/bin/tsc", "--project", "."]);
    }
}

/// Every third screen.
#[track_caller]
fn axe_finds_nothing(part: usize) {
    let (_listening, page, mut setup) = sample_run();
    (setup["part"], setup["parts"]) = (part.into(), 3.into());
    run_in_browser("accessibility.mjs", &page, setup);
}

#[test]
fn axe_finds_nothing_on_any_screen_1_of_3() {
    axe_finds_nothing(0);
}

#[test]
fn axe_finds_nothing_on_any_screen_2_of_3() {
    axe_finds_nothing(1);
}

#[test]
fn axe_finds_nothing_on_any_screen_3_of_3() {
    axe_finds_nothing(2);
}

#[test]
fn ten_tasks_are_done_by_keyboard_alone() {
    let (_listening, page, setup) = sample_run();
    run_in_browser("keyboard.mjs", &page, setup);
}

#[track_caller]
fn cut_the_stream(part: &str) {
    let (listening, page) = listening([]);
    let setup = json!({ "listener": listening.url, "part": part });
    run_in_browser("reconnects.mjs", &page, setup);
}

#[test]
fn no_delivery_is_lost_or_doubled_when_the_stream_is_cut_fifty_times_1_of_2() {
    cut_the_stream("everyDelivery");
}

#[test]
fn no_delivery_is_lost_or_doubled_when_the_stream_is_cut_fifty_times_2_of_2() {
    cut_the_stream("everyDelivery");
}

#[test]
fn the_list_stays_where_it_is_read_when_the_stream_is_cut() {
    cut_the_stream("place");
}

#[test]
fn a_list_with_a_filter_misses_no_delivery_when_the_stream_is_cut() {
    cut_the_stream("filtered");
}
