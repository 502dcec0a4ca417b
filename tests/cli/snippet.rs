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

/// An example without the marks around its generated parts.
fn file(path: &str) -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    let path = format!("{root}/examples/receivers/{path}");
    let text = std::fs::read_to_string(path).expect("an example");
    let is_mark = |line: &&str| line.trim_start_matches(['/', '#', ' ']).starts_with("cz-hook: ");
    text.split_inclusive('\n').filter(|line| !is_mark(line)).collect()
}

#[test]
fn every_snippet_is_the_file_that_is_tested() {
    for (name, path) in FILES {
        let ran = hook(["snippet", name]).run().exits(0);
        assert_eq!(ran.out(), file(path), "{name}");
        assert!(ran.stderr.is_empty(), "{name}: {}", ran.stderr);
        let folder = path.split('/').next().expect("a folder");
        let head: String = ran.out().lines().take(9).collect();
        for word in ["A webhook endpoint", "CZ_HOOK_SECRET", "400", "405", "413"] {
            assert!(head.contains(word), "{name}: {word}");
        }
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
        let run = line["run"].as_str().expect("a command");
        assert!(file(path).contains(run), "{name}: its head has the command");
        assert_eq!((&line["provider"], &line["variant"]), (&"chatzuri".into(), &"scheme".into()));
        assert!(line["refuses"].is_null());
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

#[test]
fn an_alias_gets_the_command_of_its_runtime() {
    for (alias, command) in
        [("deno", "deno serve"), ("bun", "bun worker.mjs"), ("workers", "wrangler")]
    {
        let line = hook(["snippet", alias, "--json"]).run().exits(0).json().remove(0);
        assert!(line["run"].as_str().is_some_and(|run| run.contains(command)), "{alias}: {line}");
        assert!(line["text"].as_str().is_some_and(|text| text.contains(command)), "{alias}");
    }
}

#[test]
fn what_has_no_snippet_is_a_usage_error_that_says_what_to_do() {
    for (args, message, hint) in [
        (&["axum", "--provider", "discord"][..], "cannot verify Ed25519", "another language"),
        (&["java", "--provider", "mailgun"], "no JSON parser", "another language"),
        (&["flask", "--provider", "synthflow"], "drops names with `_`", "fastapi"),
        (&["go", "--provider", "stripe", "--library"], "no library for `stripe`", "omit --library"),
        (&["flask", "--provider", "zoom", "--library"], "no library for `zoom`", "slack"),
        (&["go", "--provider", "strype"], "no provider `strype`", "stripe"),
        (&["go", "--require-signature", "v9"], "no signature `v9`", "leave out"),
        (
            &["go", "--provider", "hubspot", "--require-signature", "v9"],
            "no signature `v9`",
            "v3, v2, v1",
        ),
    ] {
        let ran = hook(["snippet"]).args(args).run().exits(2);
        assert!(ran.stdout.is_empty(), "{args:?}");
        assert!(
            ran.stderr.contains(message) && ran.stderr.contains(hint),
            "{args:?}: {}",
            ran.stderr
        );
    }
    let listed = hook(["snippet", "--provider", "discord", "--json"]).run().exits(0).json();
    let refused: Vec<_> = listed.iter().filter(|line| !line["refuses"].is_null()).collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(refused[0]["name"], "axum");
}

/// Texts of a provider of the user never leave their literals and comments.
#[test]
fn texts_of_a_custom_provider_are_quoted() {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = dir.path().join("providers/evil");
    std::fs::create_dir_all(&folder).expect("a folder");
    let toml = r#"
name = "evil"
title = "Evil"
document = "none"
[signature]
header = "x-signature"
algorithm = "hmac-sha256"
encoding = "hex"
prefix = "'\"\\${1}#{2}@name@"
signs = [{ text = "a'\"\u0007é😀$x" }, "body"]
[envelope]
keys = ["type"]
event = "/type"
[[event]]
name = "e"
summary = "s"
payload = "documented"
"#;
    std::fs::write(folder.join("provider.toml"), toml).expect("a file");
    std::fs::write(folder.join("e.json"), r#"{"type":"e"}"#).expect("a file");
    let config = dir.path().join("cz-hook.toml");
    std::fs::write(&config, "providers = 'providers'\n").expect("a file");
    for (stack, literal) in [
        ("express", r"'\u{27}\u{22}\u{5c}${1}#{2}@name@'"),
        ("flask", r#""\U00000027\U00000022\U0000005c${1}#{2}@name@""#),
        ("php", r#""\u{27}\u{22}\u{5c}\u{24}{1}\u{23}{2}@name@""#),
        ("rack", r#""\u{27}\u{22}\u{5c}\u{24}{1}\u{23}{2}@name@""#),
        ("go", r#""\U00000027\U00000022\U0000005c${1}#{2}@name@""#),
        ("axum", r#""\u{27}\u{22}\u{5c}${1}#{2}@name@""#),
        ("java", r#""\047\042\134${1}#{2}@name@""#),
    ] {
        let ran = hook(["snippet", stack, "--provider", "evil", "--config"]).arg(&config);
        let ran = ran.within(dir.path()).run().exits(0);
        assert!(ran.out().contains(literal), "{stack}: {}", ran.out());
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
