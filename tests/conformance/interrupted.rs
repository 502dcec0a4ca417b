//! An interrupted run reports its results so far.

use std::io::Read;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::support::listening::interrupt;
use crate::support::server::{Said, Server};
use crate::{handler, test};

#[test]
fn an_interrupted_run_reports_its_results_so_far() {
    let asked = Arc::<AtomicUsize>::default();
    let counter = Arc::clone(&asked);
    // It responds to the first few requests, and then to no more.
    let endpoint = Server::saying(handler(move |_| {
        let is_late = counter.fetch_add(1, Ordering::Relaxed) > 6;
        is_late.then_some(Said::Silence)
    }));
    let mut child = test(&endpoint, &["--json", "--timeout", "60s", "--concurrency", "1"])
        .command()
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    while asked.load(Ordering::Relaxed) < 8 {
        std::thread::sleep(Duration::from_millis(5));
    }
    interrupt(&child);
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let last: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!(last["stopped"]["by"], "interrupt");
    assert_ne!(last["verdict"], "passed", "it was not seen to the end");
    assert!(last["passed"].as_u64().unwrap() >= 5, "{last}");
    assert!(last["skipped"].as_u64().unwrap() > 10, "{last}");
}
