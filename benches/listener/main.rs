//! What checking, validating and reporting cost on top of answering: the release listener beside a bare
//! hyper handler, both as processes of their own, under the same load.
//!
//! `cargo bench --bench listener` measures both parts, `-- throughput` or `-- memory` one of them. It
//! prints what it finds and judges nothing: machines differ, so only the ratios of neighbouring rounds
//! say something. Linux only, as it reads `/proc`.
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
mod throughput;

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
    if !has("--bench") {
        println!("not measured: run it with `cargo bench --bench listener`");
        return Ok(());
    }
    let all = !has("throughput") && !has("memory");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        if all || has("throughput") {
            throughput::measure().await?;
        }
        if all || has("memory") {
            memory::measure().await?;
        }
        Ok(())
    })
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("not measured: this benchmark reads /proc, which only Linux has");
}
