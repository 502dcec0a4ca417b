//! The faulty endpoints of the tests: without a flaw they pass every case, and each flaw fails only its own cases.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::time::Duration;

use crate::support::BODY;
use crate::support::endpoint_cases::{Target, delivery};
use crate::support::faulty::FaultyEndpoint;
use crate::support::faulty::flaw::Flaw;
use crate::support::listening::{exchange, status};

fn mistakes(wrong: &FaultyEndpoint) -> Vec<(&'static str, String)> {
    let place = Target { port: wrong.port(), path: "/webhook" };
    place.mistakes()
}

#[test]
fn without_a_flaw_it_is_correct() {
    let found = mistakes(&FaultyEndpoint::correct());
    assert!(found.is_empty(), "{found:#?}");
}

/// Every flaw, with the cases that it fails: those about it, and no others.
#[test]
fn every_flaw_fails_only_its_own_cases() {
    // These are slow, and have tests of their own.
    let is_slow = |flaw: &&Flaw| matches!(flaw, Flaw::HangsOnEmptyBody | Flaw::Slow(_));
    let flaws: Vec<_> = Flaw::ALL.iter().filter(|f| !is_slow(f)).collect();
    let next = Mutex::new(flaws.iter().enumerate());
    let found = Mutex::new(vec![String::new(); flaws.len()]);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                loop {
                    let Some((i, &&flaw)) = next.lock().unwrap().next() else {
                        return;
                    };
                    let mut names: Vec<_> = mistakes(&FaultyEndpoint::with(flaw))
                        .into_iter()
                        .map(|(name, _)| name)
                        .collect();
                    names.dedup();
                    found.lock().unwrap()[i] = format!("{flaw:?}: {}", names.join(" | "));
                }
            });
        }
    });
    insta::assert_snapshot!(found.into_inner().unwrap().join("\n"));
}

#[test]
fn a_hanging_endpoint_ignores_an_empty_body_and_serves_others() {
    let wrong = FaultyEndpoint::with(Flaw::HangsOnEmptyBody);
    let mut stream = TcpStream::connect(("127.0.0.1", wrong.port())).unwrap();
    stream.write_all(&delivery("").bytes("/webhook")).unwrap();
    let short = Some(Duration::from_millis(300));
    stream.set_read_timeout(short).unwrap();
    let error = stream.read(&mut [0; 1]).expect_err("no answer and no end");
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
    let answer = exchange(wrong.port(), &delivery(BODY).bytes("/webhook"));
    assert_eq!(status(&answer), 200);
}

#[test]
fn a_slow_endpoint_responds_correctly() {
    let wrong = FaultyEndpoint::with(Flaw::Slow(Duration::from_millis(1)));
    let found = mistakes(&wrong);
    assert!(found.is_empty(), "{found:#?}");
}
