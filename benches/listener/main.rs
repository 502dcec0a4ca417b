//! The least handlers that can be written on hyper and on tiny_http, which `benches/compare` puts beside
//! the listener, and what thousands of slow connections cost the listener and the first of them.
//!
//! `cargo bench --bench listener` measures the memory. It prints what it finds and judges nothing. Linux
//! only, as it reads `/proc`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what a benchmark is for"
)]

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

/// The first reason why a measurement could not be made.
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
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(memory::measure())
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("not measured: this benchmark reads /proc, which only Linux has");
}
