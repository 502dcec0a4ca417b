//! Measures how long a diagnosis takes and how many candidates it tries: `cargo bench --bench diagnose`.
//! It prints the results and has no pass or fail.
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
