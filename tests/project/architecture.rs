//! The architecture, checked on the source: layers, import cycles, purity, and names.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{files, root};

/// The module layers from top to bottom. A module uses modules of lower layers, and of its own where [`SIDEWAYS`] says so.
const LAYERS: [&[&str]; 4] = [
    &["cli"],
    &["commands"],
    &[
        "capture",
        "config",
        "conformance",
        "diagnose",
        "http",
        "inspector",
        "load",
        "output",
        "server",
        "shell",
        "snippets",
        "tunnel",
    ],
    &["webhook"],
];

/// What a module of the third layer may use of that layer.
const SIDEWAYS: [(&str, &[&str]); 9] = [
    ("capture", &["shell"]),
    ("config", &["http", "shell"]),
    ("conformance", &["diagnose", "http"]),
    ("http", &["shell"]),
    ("inspector", &["capture", "diagnose", "output"]),
    ("load", &["http"]),
    ("output", &["capture", "conformance", "diagnose", "http", "load", "shell", "tunnel"]),
    ("server", &["capture", "diagnose", "http"]),
    ("tunnel", &["shell"]),
];

/// Helpers that any module may use, and that use nothing but each other.
const LEAVES: [&str; 9] =
    ["error", "escape", "json_line", "lock", "mask", "read_limited", "replace", "uuid", "waiting"];

/// The crates that only some modules use: those that open connections, and the command line's.
const CONFINED: [(&str, &[&str]); 8] = [
    ("clap", &["cli", "lib"]),
    ("clap_complete", &["cli"]),
    ("hyper", &["http", "inspector", "server"]),
    ("hyper_util", &["http", "inspector", "server"]),
    ("reqwest", &["http"]),
    ("rustls", &["http"]),
    ("rustls_platform_verifier", &["http"]),
    ("tokio_rustls", &["http"]),
];

/// What the pure modules must not use.
const IMPURE: [&str; 20] = [
    "std::fs",
    "std::io",
    "std::env",
    "std::process",
    "std::thread",
    "TcpStream",
    "UdpSocket",
    "tokio",
    "hyper",
    "reqwest",
    "rustls",
    "clap",
    "colored",
    "println!",
    "eprintln!",
    "print!",
    "dbg!",
    "::now(",
    "SystemTime",
    "Instant",
];

/// Words and phrases that this project does not use for what they once meant here. Identifiers count by their words.
const RETIRED: [&str; 35] = [
    "anew",
    "anybody",
    "anybody s guess",
    "audience",
    "contradiction",
    "desk",
    "examination",
    "examiner",
    "hall",
    "held against",
    "house",
    "in force",
    "landmark",
    "landmarks",
    "ledger",
    "misread",
    "patience",
    "room",
    "rooms",
    "scribe",
    "shelf",
    "skimmer",
    "somebody",
    "spoil",
    "spoiled",
    "spoils",
    "spoilt",
    "stopper",
    "stranger",
    "strangers",
    "tally",
    "turned away",
    "who says so",
    "whoever",
    "whom",
];

/// Public names that contain a retired phrase and stay.
const PUBLIC: [&str; 2] = ["no_room", "turned_away"];

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    files(folder, &["rs"])
}

/// The lines of a file with their numbers, without comments and without the unit tests at its end.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(i, line)| (i + 1, line))
        .take_while(|(_, line)| *line != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Whether a file holds unit tests alone.
fn is_tests(path: &Path) -> bool {
    path.components().any(|c| c.as_os_str() == "tests" || c.as_os_str() == "tests.rs")
        && path.starts_with("src")
}

/// The module path of a source file: `["server", "head"]` for `src/server/head.rs`.
fn module(path: &Path) -> Vec<String> {
    let inner = path.strip_prefix("src").expect("in src").with_extension("");
    let mut names: Vec<String> =
        inner.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    if names.last().is_some_and(|name| name == "mod" || name == "lib") {
        names.pop();
    }
    names
}

/// The words of a line in lower case; identifiers are split.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in line.chars() {
        if !c.is_ascii_alphabetic() || (was_lower && c.is_ascii_uppercase()) {
            words.push(String::new());
        }
        if c.is_ascii_alphabetic() {
            words.last_mut().expect("a word").push(c.to_ascii_lowercase());
        }
        was_lower = c.is_ascii_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[track_caller]
fn assert_none(found: &[String], why: &str) {
    assert!(found.is_empty(), "{why}:\n{}", found.join("\n"));
}

#[test]
fn webhook_and_diagnose_are_pure() {
    let mut found = Vec::new();
    for (path, text) in sources("src/webhook").into_iter().chain(sources("src/diagnose")) {
        if is_tests(&path) {
            continue;
        }
        for (number, line) in code(&text) {
            for word in IMPURE.iter().filter(|word| line.contains(**word)) {
                found.push(format!("{}:{number}: {word}", path.display()));
            }
        }
    }
    assert_none(&found, "files, network, clock, printing or command line in a pure module");
}

#[test]
fn modules_use_lower_layers_only() {
    let layer = |name: &str| LAYERS.iter().position(|layer| layer.contains(&name));
    let mut found = Vec::new();
    for (path, text) in sources("src") {
        let module = module(&path);
        let Some(from) = module.first().filter(|_| !is_tests(&path)) else {
            continue;
        };
        let is_leaf = LEAVES.contains(&from.as_str());
        assert!(is_leaf || layer(from).is_some() || from == "main", "{from} has no layer");
        for (number, line) in code(&text) {
            for rest in line.split("crate::").skip(1) {
                let to: String =
                    rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let is_allowed = to == *from
                    || LEAVES.contains(&to.as_str())
                    || match (layer(from), layer(&to)) {
                        (Some(2), Some(2)) => {
                            SIDEWAYS.iter().any(|(name, may)| name == from && may.contains(&&*to))
                        }
                        (Some(from), Some(to)) => from < to,
                        // A macro, or an item of the crate's root.
                        (_, None) => true,
                        (None, Some(_)) => !is_leaf,
                    };
                if !is_allowed {
                    found.push(format!("{}:{number}: {from} uses {to}", path.display()));
                }
            }
        }
    }
    assert_none(&found, "a module uses one of a higher layer, or one of its own layer");
}

#[test]
fn only_their_modules_use_confined_crates() {
    let mut found = Vec::new();
    for (path, text) in sources("src") {
        let module = module(&path);
        for (number, line) in code(&text) {
            let module = module.first().map_or("lib", String::as_str);
            for (name, users) in CONFINED {
                let is_used = line.contains(&format!("{name}::"));
                if is_used && !users.contains(&module) {
                    found.push(format!("{}:{number}: {name}", path.display()));
                }
            }
        }
    }
    assert_none(&found, "a crate outside of its modules");
}

/// The imports of a file: whether each is a re-export, and its path.
fn imports(text: &str) -> Vec<(bool, Vec<String>)> {
    let mut found = Vec::new();
    let mut statement = String::new();
    for (_, line) in code(text) {
        let line = line.trim();
        if statement.is_empty()
            && !line.starts_with("use ")
            && !(line.starts_with("pub") && line.contains(" use "))
        {
            continue;
        }
        statement.push_str(line);
        statement.push(' ');
        if line.ends_with(';') {
            let is_public = statement.starts_with("pub");
            let (_, tree) = statement.split_once("use ").expect("an import");
            let mut paths = Vec::new();
            expand("", tree.trim_end().trim_end_matches(';'), &mut paths);
            found.extend(paths.into_iter().map(|path| {
                (is_public, path.split("::").map(|name| name.trim().to_owned()).collect())
            }));
            statement.clear();
        }
    }
    found
}

/// The paths of an import tree such as `a::{b, c::{d, e}}`.
fn expand(prefix: &str, tree: &str, out: &mut Vec<String>) {
    let tree = tree.trim();
    let Some((head, rest)) = tree.split_once('{') else {
        let name = tree.split(" as ").next().expect("a path");
        if !name.is_empty() {
            out.push(format!("{prefix}{name}").trim_end_matches("::self").to_owned());
        }
        return;
    };
    let inner = rest.trim_end().strip_suffix('}').expect("closed");
    let (mut depth, mut start) = (0, 0);
    for (i, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(&format!("{prefix}{head}"), &inner[start..i], out);
                start = i + 1;
            }
            _ => {}
        }
    }
}

/// The modules of the crate, with the paths that each imports and those that it re-exports.
#[derive(Default)]
struct Modules {
    imports: BTreeMap<Vec<String>, Vec<Vec<String>>>,
    re_exports: BTreeMap<Vec<String>, Vec<Vec<String>>>,
}

impl Modules {
    fn read() -> Self {
        let mut modules = Self::default();
        let all: Vec<_> = sources("src")
            .into_iter()
            .filter(|(path, _)| !is_tests(path) && !path.ends_with("main.rs"))
            .map(|(path, text)| (path.ends_with("mod.rs"), module(&path), text))
            .collect();
        for (_, name, _) in &all {
            modules.imports.insert(name.clone(), Vec::new());
        }
        for (is_mod, name, text) in all {
            for (is_public, path) in imports(&text) {
                let Some(path) = modules.absolute(&name, path) else {
                    continue;
                };
                if is_public {
                    modules.re_exports.entry(name.clone()).or_default().push(path.clone());
                }
                // What a mod.rs re-exports, its users import from where it is defined.
                if !(is_public && is_mod) {
                    modules.imports.get_mut(&name).expect("a module").push(path);
                }
            }
        }
        modules
    }

    /// A path from the crate's root; nothing for other crates.
    fn absolute(&self, from: &[String], path: Vec<String>) -> Option<Vec<String>> {
        let mut base = from.to_vec();
        let mut rest = &path[..];
        match rest.first().map(String::as_str) {
            Some("crate") => base.clear(),
            Some("self") => {}
            Some("super") => {
                while rest.get(1).is_some_and(|name| name == "super") {
                    base.pop();
                    rest = &rest[1..];
                }
                base.pop();
            }
            Some(name) => {
                base.push(name.to_owned());
                if !self.imports.contains_key(&base) {
                    return None;
                }
            }
            None => return None,
        }
        base.extend_from_slice(&rest[1..]);
        Some(base)
    }

    /// The module that defines what a path names.
    fn defining(&self, path: &[String]) -> Vec<String> {
        let length = (0..=path.len()).rev().find(|n| self.imports.contains_key(&path[..*n]));
        let (module, rest) = path.split_at(length.expect("the crate's root"));
        let re_exported = |exported: &&Vec<String>| exported.last() == rest.first();
        let exports = self.re_exports.get(module).into_iter().flatten();
        match exports.filter(|e| e.as_slice() != path).find(re_exported) {
            Some(exported) => self.defining(exported),
            None => module.to_vec(),
        }
    }

    /// For each module, the modules that it imports from.
    fn graph(&self) -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
        let targets = |from: &Vec<String>, paths: &Vec<Vec<String>>| {
            let mut to: BTreeSet<_> = paths.iter().map(|path| self.defining(path)).collect();
            to.remove(from);
            to
        };
        self.imports.iter().map(|(from, paths)| (from.clone(), targets(from, paths))).collect()
    }
}

/// The shortest way along the imports from a module back to itself.
fn cycle(
    graph: &BTreeMap<Vec<String>, BTreeSet<Vec<String>>>,
    start: &Vec<String>,
) -> Option<Vec<String>> {
    let mut ways = BTreeMap::from([(start.clone(), vec![start.join("::")])]);
    let mut queue = VecDeque::from([start.clone()]);
    while let Some(module) = queue.pop_front() {
        for next in &graph[&module] {
            let mut way = ways[&module].clone();
            way.push(next.join("::"));
            if next == start {
                return Some(way);
            }
            if !ways.contains_key(next) {
                ways.insert(next.clone(), way);
                queue.push_back(next.clone());
            }
        }
    }
    None
}

#[test]
fn no_files_import_each_other_in_a_cycle() {
    let graph = Modules::read().graph();
    assert!(graph.len() > 100 && graph.values().flatten().count() > 300);
    let mut found = BTreeMap::new();
    for start in graph.keys() {
        if let Some(way) = cycle(&graph, start) {
            let members: BTreeSet<_> = way.iter().cloned().collect();
            found.entry(members).or_insert(way.join(" → "));
        }
    }
    let found: Vec<_> = found.into_values().collect();
    assert_none(&found, "import cycles");
}

#[test]
fn imports_are_parsed() {
    let text = "use crate::a::{self, b::{C, D as E}};\nuse std::fs;\npub(crate) use super::F;\nlet use_of = 1;\n";
    let found: Vec<_> =
        imports(text).into_iter().map(|(public, path)| (public, path.join("::"))).collect();
    let expected = [
        (false, "crate::a"),
        (false, "crate::a::b::C"),
        (false, "crate::a::b::D"),
        (false, "std::fs"),
        (true, "super::F"),
    ];
    assert_eq!(found, expected.map(|(public, path)| (public, path.to_owned())));
}

/// The headers that a description names, in lower case: the value of a `header` and the names in `headers`, anywhere.
fn headers_of(value: &toml::Value) -> Vec<String> {
    use toml::Value::{Array, String as Text, Table};
    let of_field = |(key, value): (&String, &toml::Value)| match (key.as_str(), value) {
        ("header", Text(name)) => vec![name.to_ascii_lowercase()],
        ("headers", Table(all)) => all.keys().map(|name| name.to_ascii_lowercase()).collect(),
        ("headers", Array(all)) => {
            all.iter().filter_map(toml::Value::as_str).map(str::to_ascii_lowercase).collect()
        }
        _ => headers_of(value),
    };
    match value {
        Table(fields) => fields.iter().flat_map(of_field).collect(),
        Array(all) => all.iter().flat_map(headers_of).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn no_provider_is_named_in_the_source() {
    let fixtures = fs::read_dir(root().join("fixtures")).expect("fixtures");
    let folders = fixtures.map(|entry| entry.expect("an entry")).filter(|e| e.path().is_dir());
    let names: Vec<String> =
        folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert!(names.len() >= 60, "{names:?}");
    let mut headers = BTreeSet::<String>::new();
    for (_, text) in files("fixtures", &["toml"]) {
        let table: toml::Table = text.parse().expect("TOML");
        headers.extend(headers_of(&toml::Value::Table(table)));
    }
    assert!(headers.contains("stripe-signature") && headers.contains("svix-id"), "{headers:?}");
    // Those of standards, which many vendors use.
    for standard in ["authorization", "webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.remove(standard);
    }
    let has_header = |line: &str| {
        let quoted = line.split('"').skip(1).step_by(2);
        quoted.map(str::to_ascii_lowercase).any(|text| headers.contains(&text))
    };
    assert!(has_header("find(\"Stripe-Signature\")") && !has_header("find(\"x-signature-of\")"));
    // Some names are words, and may stand in any text but not alone in quotes.
    let first = fs::read_to_string(root().join("fixtures/first.txt")).expect("the first ones");
    let is_named = |line: &str, name: &String| {
        line.contains(&format!("\"{name}\""))
            || (line.contains(name.as_str())
                && (name.contains('-') || first.lines().any(|one| one == name)))
    };
    let mut found = Vec::new();
    for (path, text) in sources("src") {
        // Help texts have examples, and one provider is the default.
        if path.starts_with("src/cli") || is_tests(&path) {
            continue;
        }
        for (number, line) in code(&text) {
            let is_default = line.contains("const DEFAULT_PROVIDER");
            // A report has the name of the system that reads it.
            let is_format = line.contains("Format { name: ");
            let is_named = names.iter().any(|name| is_named(line, name)) || has_header(line);
            if !is_default && !is_format && is_named {
                found.push(format!("{}:{number}: {}", path.display(), line.trim()));
            }
        }
    }
    assert_none(&found, "the name of a provider, or of its header, in src/");
}

#[test]
fn every_file_is_documented_and_has_one_concept() {
    let mut found = Vec::new();
    for (path, text) in sources("src").into_iter().chain(sources("tests")) {
        if !text.starts_with("//!") {
            found.push(format!("{} does not say what it is for", path.display()));
        }
        let lines = code(&text).count();
        if lines > 600 {
            found.push(format!("{} has {lines} lines of code", path.display()));
        }
        if path.with_extension("").is_dir() {
            found.push(format!("{}: a module with a folder is a mod.rs in it", path.display()));
        }
    }
    assert_none(&found, "files");
}

#[test]
fn no_retired_word_is_used() {
    let phrases: Vec<Vec<&str>> =
        RETIRED.iter().map(|phrase| phrase.split(' ').collect()).collect();
    let texts = [
        files("src", &["rs"]),
        files("tests", &["rs", "snap"]),
        files("docs", &["md", "json"]),
        files("README.md", &["md"]),
        files("CONTRIBUTING.md", &["md"]),
    ];
    let mut found = Vec::new();
    for (path, text) in texts.into_iter().flatten() {
        if path.ends_with("architecture.rs") {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let line = PUBLIC.iter().fold(line.to_owned(), |line, name| line.replace(name, ""));
            let words = words(&line);
            for phrase in &phrases {
                if words.windows(phrase.len()).any(|window| window == phrase.as_slice()) {
                    found.push(format!("{}:{}: {}", path.display(), number + 1, phrase.join(" ")));
                }
            }
        }
    }
    assert_none(&found, "retired words; see the vocabulary in CONTRIBUTING.md");
}
