//! Measures the memory of thousands of slow connections, and whether the listener still responds to other
//! connections.

use std::time::{Duration, Instant};

use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::Outcome;
use crate::load::{Connection, Deliveries};
use crate::server::{Kind, Server};

const SLOW: usize = 5000;

/// How far a slow sender gets.
#[derive(Clone, Copy)]
enum Stage {
    HalfHead,
    HalfBody,
    /// It sends one delivery and keeps the connection open.
    Idle,
}

/// Measures and prints.
pub async fn measure() -> Outcome<()> {
    if !make_room() {
        println!("Memory: not measured, the hard limit on descriptors is below {}", needed());
        return Ok(());
    }
    println!("Memory with {SLOW} slow connections, in MiB");
    println!(
        "{:<32}{:>16}{:>8}{:>8}{:>8}{:>8}{:>8}{:>14}",
        "", "", "before", "open", "peak", "after", "held", "others wait"
    );
    for (name, stage) in [
        ("half a head each", Stage::HalfHead),
        ("half a body of 1 KiB each", Stage::HalfBody),
        ("idle after one delivery each", Stage::Idle),
    ] {
        for kind in [Kind::Bare, Kind::Json] {
            print!("{name:<32}{kind:>16}");
            scenario(kind, stage).await?;
        }
    }
    Ok(())
}

async fn scenario(kind: Kind, stage: Stage) -> Outcome<()> {
    let deliveries = Deliveries::new(SLOW + 2)?;
    let server = Server::start(kind)?;
    // The memory of the first delivery does not count for the slow connections.
    deliver(&server, &deliveries).await?;
    let (before, _) = server.memory()?;

    let mut slow = Vec::with_capacity(SLOW);
    for _ in 0..SLOW {
        slow.push(open(&server, stage, &deliveries).await?);
    }
    settle(&server, |descriptors| descriptors >= SLOW).await?;
    let started = Instant::now();
    deliver(&server, &deliveries).await?;
    let wait = started.elapsed();
    let (open, _) = server.memory()?;
    // A connection without data to read received no response and is not closed.
    let held = slow
        .iter()
        .filter(|stream| {
            let nothing = stream.try_read(&mut [0]).err().map(|e| e.kind());
            nothing == Some(std::io::ErrorKind::WouldBlock)
        })
        .count();

    drop(slow);
    settle(&server, |descriptors| descriptors < SLOW / 10).await?;
    let (after, peak) = server.memory()?;
    for kib in [before, open, peak, after] {
        print!("{:>8.1}", kib as f64 / 1024.0);
    }
    println!("{held:>8}{:>11.2} ms", wait.as_secs_f64() * 1e3);
    Ok(())
}

async fn deliver(server: &Server, deliveries: &Deliveries) -> Outcome<()> {
    let mut connection = Connection::open(server.address).await?;
    connection.deliver(deliveries.next()).await
}

async fn open(server: &Server, stage: Stage, deliveries: &Deliveries) -> Outcome<TcpStream> {
    let start: &[u8] = match stage {
        Stage::HalfHead => b"POST /webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: slow\r\nContent-Ty",
        Stage::HalfBody => {
            b"POST /webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: slow\r\nContent-Type: application/json\r\n\
              Content-Length: 1024\r\n\r\n"
        }
        Stage::Idle => {
            let mut connection = Connection::open(server.address).await?;
            connection.deliver(deliveries.next()).await?;
            return Ok(connection.into_stream());
        }
    };
    let mut stream = TcpStream::connect(server.address).await?;
    stream.write_all(start).await?;
    if matches!(stage, Stage::HalfBody) {
        stream.write_all(&[b' '; 512]).await?;
    }
    Ok(stream)
}

/// Waits until the number of open descriptors of the server is as expected, and a moment longer.
async fn settle(server: &Server, is_so: impl Fn(usize) -> bool) -> Outcome<()> {
    const TIMEOUT: Duration = Duration::from_secs(5);
    const MOMENT: Duration = Duration::from_millis(500);
    let started = Instant::now();
    while !is_so(server.descriptors()?) && started.elapsed() < TIMEOUT {
        sleep(MOMENT / 10).await;
    }
    sleep(MOMENT).await;
    Ok(())
}

fn needed() -> u64 {
    SLOW as u64 + 100
}

/// Raises the descriptor limit as far as needed. The bare handler inherits it.
fn make_room() -> bool {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|now| now >= needed()) {
        return true;
    }
    limit.current = Some(needed());
    setrlimit(Resource::Nofile, limit).is_ok()
}
