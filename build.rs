//! Generates Rust code with what identifies the deliveries of each built-in provider, so that the binary does not parse
//! more than sixty descriptions at each start. A test compares the code with the descriptions. Packs the files of each
//! provider, the vectors of the self-test, and the page of the inspector.

#![allow(clippy::expect_used, reason = "a build without its fixtures must fail")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use miniz_oxide::deflate::{compress_to_vec, compress_to_vec_zlib};
use toml::{Table, Value};

fn main() {
    println!("cargo::rerun-if-changed=fixtures");
    println!("cargo::rerun-if-changed=tests/vectors");
    // A file that is added to the page is embedded without another change.
    println!("cargo::rerun-if-changed=src/inspector/assets");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let out = PathBuf::from(env::var("OUT_DIR").expect("set by cargo"));
    let fixtures = root.join("fixtures");
    let first = fs::read_to_string(fixtures.join("first.txt")).expect("fixtures/first.txt");
    let mut providers = BTreeMap::new();
    for folder in fs::read_dir(&fixtures).expect("fixtures/") {
        let path = folder.expect("a folder").path().join("provider.toml");
        if let Ok(text) = fs::read_to_string(&path) {
            let table: Table =
                text.parse().unwrap_or_else(|why| panic!("{}: {why}", path.display()));
            let name = text_of(&table, "name").to_owned();
            let rank = first.lines().position(|line| line == name).unwrap_or(usize::MAX);
            providers.insert((rank, name), table);
        }
    }
    let all: Vec<_> = providers.values().map(fingerprint).collect();
    let code = format!("vec![{}]", all.join(","));
    write(&out.join("fingerprints.rs"), code);
    let names: Vec<&str> = providers.keys().map(|(_, name)| name.as_str()).collect();
    for name in &names {
        // The description is needed without the samples, which take longer to unpack.
        for (suffix, is_description) in [("toml.packed", true), ("packed", false)] {
            let is_wanted = |file: &str| (file == "provider.toml") == is_description;
            let all = files(&fixtures.join(name), is_wanted);
            write(&out.join(format!("{name}.{suffix}")), pack(&read(&all)));
        }
    }
    let all = names.iter().map(|name| {
        let bytes = |suffix: &str| {
            format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}.{suffix}\"))")
        };
        format!("BuiltIn::new({name:?}, {}, {})", bytes("toml.packed"), bytes("packed"))
    });
    let code = all.collect::<Vec<_>>().join(",\n");
    write(&out.join("built_in.rs"), format!("static ALL: [BuiltIn; {}] = [{code}];", names.len()));
    let vectors = root.join("tests/vectors");
    let is_json = |file: &str| file.ends_with(".json");
    let vectors = [files(&vectors, is_json), files(&vectors.join("providers"), is_json)].concat();
    write(&out.join("vectors.packed"), pack(&read(&vectors)));
    write(&out.join("page.packed"), pack(&page(&root.join("src/inspector/assets"))));
}

fn write(path: &Path, contents: impl AsRef<[u8]>) {
    fs::write(path, contents).expect("the build's folder");
}

/// The files of a folder, by name.
fn files(folder: &Path, is_wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path());
    let mut paths: Vec<_> =
        paths.filter(|path| path.is_file() && is_wanted(&name_of(path))).collect();
    paths.sort();
    paths
}

fn name_of(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}

/// The name and contents of a file.
type File = (String, Vec<u8>);

fn read(paths: &[PathBuf]) -> Vec<File> {
    let read = |path: &PathBuf| {
        let contents = fs::read(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        (name_of(path), contents)
    };
    paths.iter().map(read).collect()
}

/// Level of compression.
const BEST: u8 = 10;

/// The names and contents of files, compressed. Each has its length before it.
fn pack(files: &[File]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, contents) in files {
        for part in [name.as_bytes(), contents] {
            let length = u32::try_from(part.len()).expect("a small file");
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(part);
        }
    }
    compress_to_vec(&bytes, BEST)
}

/// The files of the page as browsers get them: its own modules as one script, and each file compressed.
fn page(folder: &Path) -> Vec<File> {
    let (modules, others): (Vec<_>, Vec<_>) =
        read(&files(folder, |_| true)).into_iter().partition(|(name, _)| name.ends_with(".mjs"));
    let modules = modules.into_iter().map(|(name, contents)| {
        let name = name.trim_end_matches(".mjs").to_owned();
        (name, without_comments(std::str::from_utf8(&contents).expect("UTF-8")))
    });
    let script = join(&modules.collect());
    let vendored = read(&files(&folder.join("vendor"), |_| true));
    let vendored =
        vendored.into_iter().map(|(name, contents)| (format!("vendor/{name}"), contents));
    let served =
        others.into_iter().chain([("main.mjs".to_owned(), script.into_bytes())]).chain(vendored);
    served.map(|(name, contents)| (name, compress_to_vec_zlib(&contents, BEST))).collect()
}

/// Joins modules, by name, to one script that does what `main` does: forty requests take a browser longer than one.
fn join(modules: &BTreeMap<String, String>) -> String {
    let mut script = Script {
        modules,
        added: Vec::new(),
        begun: Vec::new(),
        imports: String::new(),
        blocks: String::new(),
    };
    script.add("main");
    let unused: Vec<_> = modules.keys().filter(|name| !script.added.contains(name)).collect();
    assert!(unused.is_empty(), "no module imports {unused:?}");
    script.imports + &script.blocks
}

/// Modules that become one script. Each is a block of its own, and what it exports the properties of an object. A test
/// of the page checks that each import and each export is a line of a form that is read here.
struct Script<'m> {
    modules: &'m BTreeMap<String, String>,
    added: Vec<&'m String>,
    /// The modules whose imports are being added.
    begun: Vec<&'m String>,
    /// The imports of vendored modules, which stay files of their own.
    imports: String,
    blocks: String,
}

impl Script<'_> {
    /// Adds a module after those that it imports.
    fn add(&mut self, name: &str) {
        let (name, module) =
            self.modules.get_key_value(name).unwrap_or_else(|| panic!("no module {name}"));
        if self.added.contains(&name) {
            return;
        }
        assert!(!self.begun.contains(&name), "these import each other: {:?}, {name}", self.begun);
        self.begun.push(name);
        let (mut code, mut exports) = (String::new(), Vec::new());
        for line in module.lines() {
            if let Some(import) = line.strip_prefix("import ") {
                let (names, path) = import.split_once(" from \"./").expect("a module's path");
                if path.starts_with("vendor/") {
                    self.imports.extend([line, "\n"]);
                } else {
                    let from = path.trim_end_matches(".mjs\";");
                    self.add(from);
                    code += &format!("const {names} = ${from};\n");
                }
            } else if let Some(exported) = line.strip_prefix("export ") {
                exports.push(exported_names(exported));
                code.extend([exported, "\n"]);
            } else if !line.is_empty() {
                code.extend([line, "\n"]);
            }
        }
        let exports = exports.join(", ");
        self.blocks += &format!(
            "// {name}.mjs\nconst ${name} = {{}};\n{{\n{code}Object.assign(${name}, {{ {exports} }});\n}}\n"
        );
        self.begun.pop();
        self.added.push(name);
    }
}

/// `f` of `async function f() {`, and `a, b` of `const { a, b } = c;`.
fn exported_names(declaration: &str) -> &str {
    let (_, names) = declaration.trim_start_matches("async ").split_once(' ').expect("a name");
    match names.strip_prefix("{ ") {
        Some(names) => names.split(" }").next().unwrap_or_default(),
        None => names.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default(),
    }
}

/// A script without `/** … */` and lines that are comments. A test of the page checks that no
/// other text of a script looks like that.
fn without_comments(script: &str) -> String {
    let mut code = String::new();
    let mut parts = script.split("/**");
    code.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (_, rest) = part.split_once("*/").expect("the end of a comment");
        code.push_str(rest);
    }
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    let lines = code.split('\n').map(|line| Some(line).filter(is_code).unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

fn fingerprint(provider: &Table) -> String {
    let envelope = table_of(provider, "envelope");
    let signatures: Vec<_> = match provider.get("signature") {
        Some(Value::Array(all)) => {
            all.iter().filter_map(Value::as_table).filter_map(mark).collect()
        }
        Some(Value::Table(one)) => mark(one).into_iter().collect(),
        _ => Vec::new(),
    };
    let values = envelope.get("values").and_then(Value::as_table).cloned().unwrap_or_default();
    let values = values.iter().map(|(pointer, text)| {
        format!("({}, {})", borrowed(pointer), borrowed(text.as_str().expect("a text")))
    });
    let events = list_of(provider, "event").iter().filter_map(Value::as_table);
    format!(
        "Fingerprint {{ name: {}, signatures: vec![{}], headers: vec![{}], keys: vec![{}], values: vec![{}], \
         root: Root::{}, is_form: {}, event: {}, events: vec![{}], has_handshakes: {} }}",
        borrowed(text_of(provider, "name")),
        signatures.join(","),
        texts(envelope, "headers"),
        texts(envelope, "keys"),
        values.collect::<Vec<_>>().join(","),
        match envelope.get("root").and_then(Value::as_str) {
            Some("array") => "Array",
            _ => "Object",
        },
        envelope.get("form").and_then(Value::as_bool).unwrap_or_default(),
        event(&envelope["event"]),
        events.map(|event| borrowed(text_of(event, "name"))).collect::<Vec<_>>().join(","),
        provider.contains_key("handshake"),
    )
}

/// `None` for a signature in the body.
fn mark(signature: &Table) -> Option<String> {
    let header = signature.get("header")?.as_str()?.to_ascii_lowercase();
    let layout = match signature.get("items").and_then(Value::as_table) {
        Some(items) => {
            let byte = |key| text_of(items, key).as_bytes()[0];
            format!(
                "Layout::Items(ItemList {{ separator: {}, assign: {}, signature: {} }})",
                byte("separator"),
                byte("assign"),
                owned(text_of(items, "signature"))
            )
        }
        None => {
            let prefix = signature.get("prefix").and_then(Value::as_str).unwrap_or_default();
            format!("Layout::Prefix({})", owned(prefix))
        }
    };
    let encoding = match signature.get("encoding").and_then(Value::as_str) {
        Some("hex") => "Hex",
        Some("base64") => "Base64",
        Some("base64url") => "Base64Url",
        _ => "Text",
    };
    let algorithm: String = text_of(signature, "algorithm")
        .split('-')
        .map(|word| word[..1].to_ascii_uppercase() + &word[1..])
        .collect();
    Some(format!(
        "SignatureMark {{ header: {}, algorithm: Algorithm::{algorithm}, \
         format: SignatureFormat {{ encoding: Encoding::{encoding}, layout: {layout} }} }}",
        borrowed(&header)
    ))
}

fn event(event: &Value) -> String {
    let Some(table) = event.as_table() else {
        let pointer = owned(event.as_str().expect("a pointer"));
        return format!("EventSource::Pointer {{ pointer: {pointer}, action: None }}");
    };
    let text = |key| table.get(key).and_then(Value::as_str);
    let action = match text("action") {
        Some(action) => format!("Some({})", owned(action)),
        None => "None".to_owned(),
    };
    if let Some(pointer) = text("pointer") {
        format!("EventSource::Pointer {{ pointer: {}, action: {action} }}", owned(pointer))
    } else if let Some(header) = text("header") {
        format!("EventSource::Header {{ header: {}, action: {action} }}", owned(header))
    } else if let Some(form) = text("form") {
        format!("EventSource::Form({})", owned(form))
    } else {
        let pointer = owned(text("first_key").expect("a source of the event"));
        let except = list_of(table, "except").iter().filter_map(Value::as_str).map(owned);
        let except = except.collect::<Vec<_>>().join(",");
        format!("EventSource::FirstKey {{ pointer: {pointer}, except: vec![{except}] }}")
    }
}

fn borrowed(text: &str) -> String {
    format!("Text::Borrowed({text:?})")
}

fn owned(text: &str) -> String {
    format!("{text:?}.to_owned()")
}

fn texts(table: &Table, key: &str) -> String {
    let all = list_of(table, key).iter().filter_map(Value::as_str).map(borrowed);
    all.collect::<Vec<_>>().join(",")
}

fn text_of<'t>(table: &'t Table, key: &str) -> &'t str {
    table.get(key).and_then(Value::as_str).unwrap_or_else(|| panic!("no text `{key}` in {table:?}"))
}

fn table_of<'t>(table: &'t Table, key: &str) -> &'t Table {
    table.get(key).and_then(Value::as_table).unwrap_or_else(|| panic!("no table `{key}`"))
}

fn list_of<'t>(table: &'t Table, key: &str) -> &'t [Value] {
    table.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
