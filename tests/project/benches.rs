//! `benches/compare` measures what it says: the memory of a program, and not that of the script that starts it. No time
//! is checked.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{programs, root};

#[test]
fn the_peak_of_a_short_program_is_its_own() {
    if !programs::has("cc", "to compile benches/measure.c")
        || !programs::has("python3", "to start it")
    {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let measure = dir.path().join("measure");
    let compiled = Command::new("cc")
        .args(["-Wall", "-Wextra", "-Werror", "-O2", "-o"])
        .args([&measure, &root().join("benches/measure.c")])
        .output()
        .unwrap();
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    // A large process starts a small and a large program.
    let script = "import subprocess, sys\n\
                  ballast = bytearray(300 << 20)\n\
                  measure, result = sys.argv[1:]\n\
                  for command, code in (['true'], 0), (['false'], 1), ([sys.executable, '-c', 'b = bytearray(100 << 20)'], 0):\n\
                  \x20   assert subprocess.call([measure, result, *command]) == code, command\n\
                  \x20   print(int(open(result).read().split()[2]) // 1024)\n";
    let result = dir.path().join("result");
    let output =
        Command::new("python3").args(["-c", script]).args([&measure, &result]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let peaks: Vec<u32> = said.lines().map(|line| line.parse().unwrap()).collect();
    assert!(
        matches!(peaks[..], [small, other, large] if small < 20 && other < 20 && (100..200).contains(&large)),
        "{said}"
    );
}

/// Runs `benches/compare` with the binary under test in the place of a release build.
fn compare(target: &Path, more: &[&str]) -> String {
    let output = Command::new(root().join("benches/compare"))
        .args(["--as-built", "--rounds", "1"])
        .args(more)
        .arg("start")
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_can_be_compared_with_an_earlier_one() {
    if !programs::has("cc", "to compile benches/measure.c")
        || !programs::has("python3", "to run benches/compare")
    {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("release")).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_cz-hook"), dir.path().join("release/cz-hook"))
        .unwrap();
    let first = compare(dir.path(), &["--json"]);
    let lines: Vec<Value> = first.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["type"], "machine");
    let measured: Vec<_> = lines.iter().filter(|line| line["type"] == "measurement").collect();
    assert!(measured.len() >= 9, "{first}");
    for line in &measured {
        let value = |key: &str| line[key].as_f64().unwrap();
        assert!(value("low") <= value("median") && value("median") <= value("high"), "{line}");
        let is_reference = line["name"] == "cz-hook verify --provider";
        assert_eq!(line.get("ratio").is_none(), is_reference, "{line}");
    }
    let earlier = dir.path().join("earlier.json");
    std::fs::write(&earlier, &first).unwrap();
    let text = compare(dir.path(), &["--against", earlier.to_str().unwrap()]);
    let (_, table) = text.split_once("## Against").expect("a table");
    let rows = table.lines().filter(|line| line.starts_with("| start: ")).count();
    assert_eq!(rows, measured.len(), "{text}");
}
