//! Measures how long a diagnosis takes and how many candidates it tries: `cargo bench --bench diagnose`.
//! It prints the results and has no pass or fail. With `-- --random N` it diagnoses N random deliveries that nothing
//! explains, and counts those that are explained: there must be none.
#![allow(clippy::print_stdout, reason = "a benchmark prints its results")]

use std::time::{Duration, Instant};

use bytes::Bytes;
use cz_hook::diagnose::runtimes::{self, Runtime};
use cz_hook::diagnose::{Diagnosis, DiagnosisInput, Effort};
use cz_hook::webhook::delivery::Delivery;
use cz_hook::webhook::payload::json;
use cz_hook::webhook::provider::catalog::Catalog;
use cz_hook::webhook::signature::Secret;
use cz_hook::webhook::signature::signature;

const PROVIDER: &str = "chatzuri";
const HEADER: &str = "x-chatzuri-signature";

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    if !std::env::args().any(|arg| arg == "--bench") {
        println!("not measured: run it with `cargo bench --bench diagnose`");
        return Ok(());
    }
    let mut args = std::env::args().skip_while(|arg| arg != "--random").skip(1);
    if let Some(count) = args.next() {
        return random(count.parse()?);
    }
    let none = "0".repeat(40);
    for size in [200, 4 << 10, 64 << 10, 1 << 20] {
        measure("nothing, brief", &typical(size), &none, Effort::Brief)?;
    }
    for (name, body) in hostile() {
        measure(name, &body, &none, Effort::Brief)?;
    }
    for size in [200, 4 << 10, 1 << 20] {
        let body = typical(size);
        for runtime in [Runtime::NODE, Runtime::JACKSON] {
            let name = format!("found, {}", runtime.name());
            measure(&name, &body, &signed(&body, runtime)?, Effort::Brief)?;
        }
    }
    if std::env::args().any(|arg| arg == "--once") {
        return Ok(());
    }
    measure("nothing, deep", &typical(200), &none, Effort::Deep)?;
    measure("nothing, deep", &typical(4 << 10), &none, Effort::Deep)
}

/// Diagnoses until the time is up, once with `--once` (to count instructions), and prints the fastest and the median
/// time.
fn measure(name: &str, body: &str, value: &str, effort: Effort) -> Outcome<()> {
    let mut delivery = Delivery::post("/", Bytes::copy_from_slice(body.as_bytes()));
    delivery.headers.push(HEADER, value.as_bytes());
    let catalog = Catalog::builtin();
    let secrets = [secret()];
    let ask = || -> Diagnosis {
        DiagnosisInput {
            delivery: &delivery,
            provider: catalog.provider(PROVIDER),
            catalog,
            secrets: &secrets,
            others: &[],
            context: &Default::default(),
            effort,
        }
        .diagnose()
    };
    let diagnosis = ask();
    let mut times = Vec::new();
    let begun = Instant::now();
    let is_once = std::env::args().any(|arg| arg == "--once");
    while times.is_empty() || !is_once && begun.elapsed() < Duration::from_millis(800) {
        let one = Instant::now();
        std::hint::black_box(ask());
        times.push(one.elapsed());
    }
    times.sort();
    let milliseconds = |at: usize| times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e3);
    println!(
        "{name:<22} {:>8} bytes: {:>9.2} ms at best, {:>9.2} median, {:>8} tried{}{}",
        body.len(),
        milliseconds(0),
        milliseconds(times.len() / 2),
        diagnosis.tried,
        if diagnosis.is_complete { "" } else { ", not all" },
        if diagnosis.proof.is_some() { ", found" } else { "" },
    );
    Ok(())
}

/// Random numbers (SplitMix64), the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// A text of `least` to `most` characters from `among`.
    fn text(&mut self, among: &[char], least: u64, most: u64) -> String {
        let length = least + self.below(most - least + 1);
        (0..length).filter_map(|_| among.get(self.below(among.len() as u64) as usize)).collect()
    }

    fn value(&mut self, depth: u64, out: &mut String) {
        let names: Vec<char> = ('a'..='z').chain(['_']).collect();
        let letters: Vec<char> = (' '..='~').chain("éß€😀".chars()).collect();
        match self.below(if depth == 0 { 5 } else { 7 }) {
            0 => out.push_str("null"),
            1 => out.push_str(if self.below(2) == 0 { "true" } else { "false" }),
            2 => out.push_str(&(self.next() >> self.below(64)).to_string()),
            3 => out.push_str(&format!("{:?}", f64::from(self.next() as u32) / 1000.0)),
            4 => {
                let text = self.text(&letters, 0, 20);
                out.push_str(&serde_json::Value::from(text).to_string());
            }
            kind => {
                let (open, close) = if kind == 5 { ('{', '}') } else { ('[', ']') };
                out.push(open);
                for index in 0..self.below(5) {
                    if index > 0 {
                        out.push_str(if self.below(2) == 0 { "," } else { ", " });
                    }
                    if kind == 5 {
                        out.push_str(&format!("\"{}\":", self.text(&names, 1, 8)));
                    }
                    self.value(depth - 1, out);
                }
                out.push(close);
            }
        }
    }

    fn body(&mut self) -> Vec<u8> {
        let mut text = String::new();
        match self.below(8) {
            0 => (0..self.below(200)).map(|_| self.next() as u8).collect(),
            1 => {
                let letters: Vec<char> = ('a'..='z').chain("+%20&=".chars()).collect();
                format!("a={}", self.text(&letters, 0, 80)).into_bytes()
            }
            2 => self.text(&(' '..='~').collect::<Vec<_>>(), 0, 120).into_bytes(),
            _ => {
                self.value(3, &mut text);
                text.into_bytes()
            }
        }
    }
}

/// Diagnoses random deliveries, each signed with a secret that is not known or with random bytes, on all processors.
fn random(count: u64) -> Outcome<()> {
    let threads = std::thread::available_parallelism()?.get() as u64;
    let begun = Instant::now();
    let found: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(move || explained(thread, threads, count)))
            .collect();
        all.into_iter().flat_map(|one| one.join().unwrap_or_default()).collect()
    });
    let seconds = begun.elapsed().as_secs();
    println!("{count} random deliveries in {seconds} s: {} explained", found.len());
    found.iter().for_each(|one| println!("{one}"));
    Ok(())
}

/// What is explained of every `step`th delivery, from the first of this thread.
fn explained(first: u64, step: u64, count: u64) -> Vec<String> {
    let catalog = Catalog::builtin();
    let printable: Vec<char> = (' '..='~').collect();
    let providers = [PROVIDER, "chatbase", "oneroute", "stripe", "standard-webhooks", "github"];
    let mut found = Vec::new();
    for number in (first..count).step_by(step as usize) {
        let mut random = Random(number);
        let name = providers.get(number as usize % providers.len()).copied().unwrap_or(PROVIDER);
        let provider = catalog.provider(name);
        let Some(scheme) = provider.and_then(|provider| provider.scheme()) else { continue };
        let body = random.body();
        let key = random.text(&printable, 12, 40);
        let mut delivery = Delivery::post("/", Bytes::from(body.clone()));
        delivery.headers.push("x-timestamp", b"1700000000");
        let other = Secret::new(random.text(&printable, 16, 40).into_bytes(), "another");
        let value = match random.below(2) {
            0 => signature(scheme, &other, &delivery.headers, &body).ok(),
            _ => None,
        };
        let hex: Vec<char> = "0123456789abcdef".chars().collect();
        let value = value.unwrap_or_else(|| random.text(&hex, 20, 64));
        delivery.headers.push(scheme.header().unwrap_or(HEADER), value.as_bytes());
        let diagnosis = DiagnosisInput {
            delivery: &delivery,
            provider,
            catalog,
            secrets: &[Secret::new(key.into_bytes(), "--secret")],
            others: &[],
            context: &Default::default(),
            effort: Effort::Brief,
        }
        .diagnose();
        if let Some(proof) = diagnosis.proof {
            let body = String::from_utf8_lossy(&body).into_owned();
            found.push(format!(
                "{number}, {name}: {} of {body:?}, {value}",
                proof.explanation.formula
            ));
        }
    }
    found
}

fn secret() -> Secret {
    Secret::new(b"it's a secret".to_vec(), "--secret")
}

/// The signature of what the last of a runtime's serializers writes.
fn signed(body: &str, runtime: Runtime) -> Outcome<String> {
    let document = json::parse(body)?;
    let last = runtimes::all().iter().rfind(|one| one.runtime == runtime);
    let written = last.and_then(|one| runtimes::write(one, document.root(), 16 << 20));
    let provider = Catalog::builtin().provider(PROVIDER);
    let scheme = provider.and_then(|provider| provider.scheme());
    let (Some(written), Some(scheme)) = (written, scheme) else {
        return Err("there is nothing to sign".into());
    };
    let headers = Delivery::post("/", Bytes::new()).headers;
    let signed = signature(scheme, &secret(), &headers, &written);
    signed.map_err(|_| "the scheme signs more than the body".into())
}

/// An envelope of about this size, with every kind of JSON value.
fn typical(size: usize) -> String {
    let mut items = String::new();
    let mut id = 1;
    while items.len() + 120 < size {
        let comma = if items.is_empty() { "" } else { ", " };
        items.push_str(&format!(
            "{comma}{{\"id\": {id}, \"name\": \"Zoë <é> {id}\", \"url\": \"https:\\/\\/x.y/z?a=1&b=2\", \
             \"price\": {}.{:02}, \"score\": {:?}, \"on\": true, \"none\": null, \"tags\": [\"a\", \"b\"]}}",
            id % 97,
            id % 100,
            1.0 / f64::from(id),
        ));
        id += 1;
    }
    format!(
        "{{\"eventType\": \"lead.submit\", \"agentId\": \"a/1\", \"payload\": {{\"items\": [{items}], \"n\": 1.0}}}}"
    )
}

/// Bodies that are designed to take long.
fn hostile() -> Vec<(&'static str, String)> {
    const SIZE: usize = 1 << 20;
    let list = |item: &str| format!("[{}1]", item.repeat(SIZE / item.len()));
    let keys = |step: usize| -> String {
        let keys: Vec<_> = (0..90_000).map(|i| format!("\"{}\":1", i * step % 90_000)).collect();
        format!("{{{}}}", keys.join(","))
    };
    vec![
        ("1 MiB of [", "[".repeat(SIZE)),
        ("nested", "[".repeat(SIZE / 2) + &"]".repeat(SIZE / 2)),
        ("deep 4 KiB", "[".repeat(2 << 10) + &"]".repeat(2 << 10)),
        ("90k keys", keys(7919)),
        ("doubles", list("1.2345678901234567e300,")),
        ("doubles 4 KiB", format!("[{}1]", "3.4567e-211,".repeat(340))),
        ("exponents", list("1e22,")),
        ("escapes", format!("[\"{}\"]", "\\u00e9".repeat(SIZE / 6))),
        ("8 MiB", format!("[\"{}\"]", "é".repeat(4 * SIZE - 8))),
    ]
}
