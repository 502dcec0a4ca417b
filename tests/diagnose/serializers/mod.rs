//! The serializers compared with the real ones: Node.js and Python live, the others as recorded by
//! `tests/diagnose/serializers/record`; and the JSON parser compared with `JSON.parse`.

pub mod ask;
mod generate;
mod recordings;

use std::process::Command;

use crate::support::programs;
use ask::{Answer, ask};
use cz_hook::diagnose::runtimes::{Runtime, Serializer, all, write};
use cz_hook::webhook::payload::json::parse;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRunner};
use recordings::{Recorded, documents, folder, kept};

/// Far more than any of these documents needs.
const LIMIT: usize = 1 << 26;

fn of(stacks: &[Runtime]) -> Vec<&'static Serializer> {
    all().iter().filter(|one| stacks.contains(&one.runtime)).collect()
}

/// The name of the input in a runtime's formulas.
fn input(stack: Runtime) -> &'static str {
    if stack == Runtime::PHP { "$x" } else { "x" }
}

fn formula(one: &Serializer) -> String {
    one.formula(input(one.runtime))
}

/// The cases in which our output differs from a runtime's. Long texts are compared by their digests.
#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn compare(&mut self, one: &Serializer, text: &str, theirs: Option<&str>) {
        let document = parse(text).unwrap_or_else(|why| panic!("{text}: {why}"));
        let ours = write(one, document.root(), LIMIT).map(|bytes| kept(&bytes));
        if ours.as_deref() != theirs {
            let show = |text: Option<&str>| text.unwrap_or("(refused)").to_owned();
            self.0.push(format!(
                "{}\n  of     {text}\n  ours   {}\n  theirs {}\n",
                formula(one),
                show(ours.as_deref()),
                show(theirs)
            ));
        }
    }

    #[track_caller]
    fn none(self) {
        let shown: String = self.0.iter().take(12).cloned().collect();
        assert!(self.0.is_empty(), "{} differences:\n{shown}", self.0.len());
    }
}

/// Compares every second document, from `first` on.
fn match_the_recorded_runtimes(first: usize) {
    let documents = documents();
    let mut found = Differences::default();
    for (name, recorded) in Recorded::all() {
        assert_eq!(
            recorded.answers.len(),
            documents.len(),
            "{name} was recorded on other documents: run tests/diagnose/serializers/record"
        );
        for (place, wanted) in recorded.formulas.iter().enumerate() {
            let one = all()
                .iter()
                .find(|one| formula(one) == *wanted)
                .unwrap_or_else(|| panic!("{name}: no serialiser {wanted}"));
            for (at, text) in documents.iter().enumerate().skip(first).step_by(2) {
                found.compare(one, text, recorded.text(at, place));
            }
        }
    }
    found.none();
}

#[test]
fn serializers_match_the_recorded_runtimes_1_of_2() {
    match_the_recorded_runtimes(0);
}

#[test]
fn serializers_match_the_recorded_runtimes_2_of_2() {
    match_the_recorded_runtimes(1);
}

/// Compares with the output of a runtime of this machine.
fn live(mut command: Command, serialisers: &[&Serializer], documents: &[String]) {
    command.current_dir(folder());
    let formulas: Vec<_> = serialisers.iter().map(|one| formula(one)).collect();
    let (_, answers) = ask(command, &formulas, documents);
    let mut found = Differences::default();
    for (text, answers) in documents.iter().zip(answers) {
        for (one, answer) in serialisers.iter().zip(answers) {
            match answer {
                Answer::Printed(bytes) => found.compare(one, text, Some(&kept(&bytes))),
                Answer::Refused => found.compare(one, text, None),
                Answer::Elsewhere => {}
            }
        }
    }
    found.none();
}

#[test]
fn serializers_match_node() {
    if programs::has("node", "it is asked what it prints") {
        let mut node = Command::new("node");
        node.arg("node.mjs");
        live(node, &of(&[Runtime::NODE]), &live_documents());
    }
}

#[test]
fn serializers_match_python() {
    if !programs::has("python3", "it is asked what it prints") {
        return;
    }
    // What `str` escapes depends on the Unicode version: with another one, only the committed documents are compared.
    let (repr, dumps): (Vec<_>, Vec<_>) =
        of(&[Runtime::PYTHON]).into_iter().partition(|one| formula(one).starts_with("str("));
    assert!(!repr.is_empty() && !dumps.is_empty());
    live(python(), &dumps, &live_documents());
    let mut settled = live_documents();
    if !is_unicode_14() {
        settled = documents();
        settled.retain(|document| document.len() < 4000);
    }
    live(python(), &repr, &settled);
}

fn python() -> Command {
    let mut python = Command::new("python3");
    python.arg("python.py");
    python
}

/// Whether this Python has the Unicode version of the serializers.
fn is_unicode_14() -> bool {
    let version = Command::new("python3")
        .args(["-c", "import unicodedata; print(unicodedata.unidata_version)"])
        .output()
        .unwrap();
    version.stdout.starts_with(b"14.")
}

/// Every code point as a string, for what depends on the Unicode version.
#[test]
fn every_character_is_written_as_python_does() {
    if !programs::has("python3", "it is asked what it prints") {
        return;
    }
    let is_same = is_unicode_14();
    let documents: Vec<_> = ('\u{20}'..=char::MAX)
        .filter(|c| !matches!(c, '"' | '\\'))
        // With another Unicode version, only long-established characters are compared.
        .filter(|c| is_same || *c < '\u{370}')
        .collect::<Vec<_>>()
        .chunks(if is_same { 500 } else { 1 })
        .map(|chunk| format!("[\"{}\"]", chunk.iter().collect::<String>()))
        .collect();
    let mut serialisers = of(&[Runtime::PYTHON]);
    // Only this option affects single characters.
    serialisers.retain(|one| {
        let formula = formula(one);
        ["str(json.loads(x))", "json.dumps(json.loads(x))"].contains(&formula.as_str())
            || formula == "json.dumps(json.loads(x), ensure_ascii=False)"
    });
    assert_eq!(serialisers.len(), 3);
    live(python(), &serialisers, &documents);
}

#[test]
fn every_serializer_is_compared_with_a_runtime() {
    let recorded: Vec<_> =
        Recorded::all().into_iter().flat_map(|(_, recorded)| recorded.formulas).collect();
    let live = [Runtime::NODE, Runtime::PYTHON];
    let others: Vec<_> = all()
        .iter()
        .filter(|one| !live.contains(&one.runtime) && !recorded.contains(&formula(one)))
        .map(formula)
        .collect();
    // Programs and versions that were not available, by their documentation, and mere white space.
    let is_newer = |formula: &String| {
        let reasoned = [
            "new Gson",
            ").to_s",
            ").toString()",
            "DefaultPrettyPrinter",
            "indented(",
            "spaced(",
            "lines(",
        ];
        formula.ends_with("(since JDK 19)")
            || reasoned.iter().any(|part| formula.contains(part))
            || formula == "JSON.pretty_generate(JSON.parse(x))"
            || recorded.contains(&format!("{formula} (before Go 1.22)"))
    };
    assert!(others.iter().all(is_newer), "{others:#?}");
}

/// The parser accepts what `JSON.parse` accepts; also for documents with one error.
#[test]
fn the_parser_accepts_what_node_accepts() {
    if !programs::has("node", "it is asked what it parses") {
        return;
    }
    let mut documents = Vec::new();
    let mut runner = TestRunner::new(Config::default());
    while documents.len() < 4000 {
        let document = generate::document().new_tree(&mut runner).unwrap().current();
        let broken = generate::broken(document.clone()).new_tree(&mut runner).unwrap().current();
        documents.extend([document, broken]);
    }
    let deep = |open: &str, close: &str| open.repeat(100_000) + "1" + &close.repeat(100_000);
    documents.extend([deep("[", "]"), deep("{\"a\":", "}"), "[".repeat(100_000)]);
    for text in [
        "",
        " ",
        "\u{feff}1",
        "1\u{feff}",
        "\u{a0}1",
        "\u{b}1",
        "\u{c}1",
        "\u{2028}1",
        "1\0",
        "\"\u{7f}\"",
    ] {
        documents.push(text.to_owned());
    }
    let mut node = Command::new("node");
    node.arg("node.mjs").current_dir(folder());
    let (_, answers) = ask(node, &["(JSON.parse(x), '1')".to_owned()], &documents);
    let mut taken = 0;
    for (text, answers) in documents.iter().zip(answers) {
        let is_json = answers[0] != Answer::Refused;
        taken += usize::from(is_json);
        let ours = parse(text).map(|_| ());
        assert_eq!(ours.is_ok(), is_json, "{text:?}: {ours:?}");
    }
    assert!((2000..3990).contains(&taken), "{taken} of {}", documents.len());
}

/// The committed documents, and new ones in every run.
fn live_documents() -> Vec<String> {
    let mut runner = TestRunner::new(Config::default());
    let mut all = documents();
    let many = all.len() + 300;
    while all.len() < many {
        all.push(generate::document().new_tree(&mut runner).unwrap().current());
    }
    all
}

/// Run by `tests/diagnose/serializers/record`: records the output of `RECORD_COMMAND` for the runtimes in
/// `RECORD_STACKS` under the name `RECORD`.
#[test]
#[ignore = "writes what tests/diagnose/serializers/record asks for"]
fn record() {
    let variable = |name| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let stacks = variable("RECORD_STACKS");
    let serialisers: Vec<_> = all()
        .iter()
        .filter(|one| stacks.split(' ').any(|name| one.runtime.name() == name))
        .collect();
    let formulas: Vec<_> = serialisers.iter().map(|one| formula(one)).collect();
    let mut command = Command::new("sh");
    command.args(["-c", &variable("RECORD_COMMAND")]).current_dir(folder());
    let (runtime, answers) = ask(command, &formulas, &documents());
    Recorded::of(runtime, &formulas, &answers).write(&variable("RECORD"));
}
