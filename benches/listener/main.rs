//! Measures the memory of the listener and of a minimal hyper handler with thousands of slow connections:
//! `cargo bench --bench listener`. It prints the results and has no pass or fail. It needs Linux, because it reads
//! `/proc`. `benches/compare` uses the minimal handlers of this binary.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints its results")]

#[cfg(target_os = "linux")]
mod bare;
#[cfg(target_os = "linux")]
mod load;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(target_os = "linux")]
mod server;
#[cfg(target_os = "linux")]
mod tiny;

/// A result, or the first reason why a measurement failed.
#[cfg(target_os = "linux")]
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

#[cfg(target_os = "linux")]
fn main() -> Outcome<()> {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let has = |word: &str| args.iter().any(|a| a == word);
    if has(bare::ARGUMENT) {
        return bare::serve();
    }
    if has(tiny::ARGUMENT) {
        return tiny::serve();
    }
    if !has("--bench") {
        println!("not measured: run it with `cargo bench --bench listener`");
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(memory::measure())
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("not measured: this benchmark reads /proc, which only Linux has");
}
