//! Requests per second and processor time, in rounds that follow one another closely: what else the
//! machine does falls on all of a round's servers.

use std::rc::Rc;
use std::time::Duration;

use crate::Outcome;
use crate::load::{CONNECTIONS, Deliveries, drive};
use crate::server::{Kind, Server};

const KINDS: [Kind; 3] = [Kind::Bare, Kind::Json, Kind::Quiet];
const ROUNDS: usize = 8;
const WARM_UP: Duration = Duration::from_millis(300);
const ROUND: Duration = Duration::from_millis(1200);
const DISTINCT: usize = 20_000;

/// One server in one round.
#[derive(Clone, Copy, Default)]
struct Sample {
    per_second: f64,
    cpu_per_thousand: f64,
}

/// Measures and prints.
pub async fn measure() -> Outcome<()> {
    let deliveries = Rc::new(Deliveries::new(DISTINCT)?);
    let mut servers = Vec::new();
    for kind in KINDS {
        let server = Server::start(kind)?;
        drive(server.address, &deliveries, WARM_UP).await?;
        servers.push(server);
    }
    println!(
        "Throughput, {CONNECTIONS} kept-alive connections: requests/s (CPU ms per 1000 requests)"
    );
    print!("{:<8}", "round");
    KINDS.iter().for_each(|kind| print!("{kind:>24}"));
    println!();
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let mut samples = [Sample::default(); KINDS.len()];
        // Each comes first, second and last equally often.
        for place in 0..KINDS.len() {
            let which = (round + place) % KINDS.len();
            if let (Some(server), Some(sample)) = (servers.get(which), samples.get_mut(which)) {
                *sample = one(server, &deliveries).await?;
            }
        }
        print!("{:<8}", round + 1);
        for sample in samples {
            let cpu = format!("({:.1})", sample.cpu_per_thousand);
            print!("{:>15.0}{cpu:>9}", sample.per_second);
        }
        println!();
        rounds.push(samples);
    }
    println!("\nAgainst bare hyper of the same round: median (min to max)");
    for (which, kind) in KINDS.iter().enumerate().skip(1) {
        let ratios = |of: fn(&Sample) -> f64| {
            spread(
                rounds
                    .iter()
                    .filter_map(|round| Some(of(round.get(which)?) / of(round.first()?))),
            )
        };
        let speed = ratios(|s| s.per_second);
        let cpu = ratios(|s| s.cpu_per_thousand);
        println!("  {kind:<16} requests/s {speed}   CPU per request {cpu}");
    }
    println!();
    Ok(())
}

async fn one(server: &Server, deliveries: &Rc<Deliveries>) -> Outcome<Sample> {
    let before = server.cpu()?;
    let (accepted, took) = drive(server.address, deliveries, ROUND).await?;
    let cpu = server.cpu()? - before;
    Ok(Sample {
        per_second: f64::from(accepted) / took.as_secs_f64(),
        cpu_per_thousand: cpu.as_secs_f64() * 1e6 / f64::from(accepted),
    })
}

fn spread(values: impl Iterator<Item = f64>) -> String {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    let at = |n: usize| values.get(n).copied().unwrap_or(f64::NAN);
    let last = values.len().saturating_sub(1);
    let median = f64::midpoint(at(last / 2), at(last.div_ceil(2)));
    format!("{median:.2}x ({:.2} to {:.2})", at(0), at(last))
}
