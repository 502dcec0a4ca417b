//! `cz-hook snippet`: it prints the tested files, and explains unknown names.

use std::process::Command;

use crate::support::hook;

const FILES: [(&str, &str); 12] = [
    ("express", "node-express/server.mjs"),
    ("fastify", "node-fastify/server.mjs"),
    ("nextjs", "nextjs/route.js"),
    ("fetch", "fetch-handler/worker.mjs"),
    ("flask", "python-flask/app.py"),
    ("fastapi", "python-fastapi/app.py"),
    ("django", "python-django/app.py"),
    ("php", "php/webhook.php"),
    ("rack", "ruby-rack/config.ru"),
    ("go", "go/main.go"),
    ("axum", "rust-axum/main.rs"),
    ("java", "java/Webhook.java"),
];

fn file(path: &str) -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    std::fs::read_to_string(format!("{root}/examples/receivers/{path}")).expect("an example")
}

#[test]
fn every_snippet_is_the_file_that_is_tested() {
    for (name, path) in FILES {
        let ran = hook(["snippet", name]).run().exits(0);
        assert_eq!(ran.out(), file(path), "{name}");
        assert!(ran.stderr.is_empty(), "{name}: {}", ran.stderr);
        let folder = path.split('/').next().expect("a folder");
        let by_folder = hook(["snippet", folder]).run().exits(0);
        assert_eq!(by_folder.stdout, ran.stdout, "{folder}");
    }
}

#[test]
fn aliases_and_capitals_are_accepted() {
    for (alias, path) in [
        ("node", "node-express/server.mjs"),
        ("python", "python-flask/app.py"),
        ("Golang", "go/main.go"),
        ("RUBY", "ruby-rack/config.ru"),
        ("cloudflare", "fetch-handler/worker.mjs"),
    ] {
        let ran = hook(["snippet", alias]).run().exits(0);
        assert_eq!(ran.out(), file(path), "{alias}");
    }
}

#[test]
fn the_list_has_every_folder_with_how_it_is_run() {
    let ran = hook(["snippet"]).run().exits(0);
    let names: Vec<_> =
        ran.out().lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(names, FILES.map(|(name, _)| name));
    let lines = hook(["snippet", "--json"]).run().exits(0).json();
    assert_eq!(lines.len(), FILES.len());
    for (line, (name, path)) in lines.iter().zip(FILES) {
        assert_eq!(line["type"], "snippet");
        assert_eq!(line["name"], name);
        assert!(line["run"].as_str().is_some_and(|run| !run.is_empty()));
        assert!(line.get("text").is_none(), "the list has no files in it");
        let whole = hook(["snippet", name, "--json"]).run().exits(0).json();
        assert_eq!(whole[0]["text"], file(path));
        assert_eq!(whole[0]["file"], line["file"]);
    }
}

#[test]
fn an_unknown_name_is_a_usage_error_with_the_nearest_name() {
    let ran = hook(["snippet", "flsk"]).run().exits(2);
    assert!(ran.stderr.contains("did you mean `flask`?"), "{}", ran.stderr);
    assert!(ran.stdout.is_empty());
    for hostile in ["../../Cargo.toml", "", "\u{1b}[31m"] {
        let ran = hook(["snippet", hostile]).run().exits(2);
        assert!(ran.stdout.is_empty(), "{hostile:?}");
    }
}

/// Cargo does not publish folders with a manifest of their own; the build of the published package would then fail.
#[test]
fn every_file_is_in_the_published_package() {
    let output = Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let list = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for (_, path) in FILES {
        let path = format!("examples/receivers/{path}");
        assert!(list.lines().any(|line| line == path), "{path}: {list}");
    }
}
