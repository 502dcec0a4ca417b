//! A script for k6, and the manifests with which the k6 operator runs it.

use serde_json::{Map, Value, json};

use super::Export;
use crate::error::Error;
use crate::load::condition::{Condition, Counted, Metric, Operator};
use crate::load::engine::Pace;
use crate::load::schedule::Schedule;

const SCRIPT: &str = include_str!("k6.js");

/// The script.
pub(crate) fn script(export: &Export<'_>) -> Result<String, Error> {
    for condition in &export.conditions {
        if matches!(condition.metric(), Metric::Share(Counted::Late | Counted::Dropped)) {
            return Err(Error::usage(
                format!("k6 has no share for {condition}"),
                "give a number of requests, such as dropped>0",
            ));
        }
    }
    let data = export.data("k6")?;
    let options = json!({
        "scenarios": { "load": scenario(export) },
        "thresholds": thresholds(&export.conditions),
        "summaryTrendStats": ["min", "avg", "med", "p(90)", "p(95)", "p(99)", "p(99.9)", "max"],
    });
    // The plan last: it may hold bodies of others.
    Ok(SCRIPT.replace("'@OPTIONS@'", &options.to_string()).replace("'@PLAN@'", &data))
}

fn scenario(export: &Export<'_>) -> Value {
    match export.pace {
        Pace::Open { schedule, max_in_flight } => open(schedule, *max_in_flight),
        Pace::Closed { concurrency, duration } => {
            // Its iterations are numbered across all instances; those of a constant number of users are not.
            let seconds = duration.map_or(7 * 24 * 3600, |time| time.as_secs().max(1));
            json!({
                "executor": "shared-iterations",
                "vus": concurrency,
                "iterations": export.count.unwrap_or(1_000_000_000).max(*concurrency as u64),
                "maxDuration": format!("{seconds}s"),
            })
        }
    }
}

fn open(schedule: &Schedule, max_in_flight: usize) -> Value {
    let parts: Vec<_> = schedule.parts().collect();
    // k6 has whole rates only.
    let is_whole = parts.iter().all(|(_, from, to)| from.fract() == 0.0 && to.fract() == 0.0);
    let (factor, unit) = if is_whole { (1.0, "1s") } else { (1000.0, "1000s") };
    let rate = |rate: f64| (rate * factor).round() as u64;
    let time = |time: std::time::Duration| format!("{}ms", time.as_millis());
    let vus = max_in_flight.min(32);
    match &parts[..] {
        [(length, from, to)] if from == to => json!({
            "executor": "constant-arrival-rate",
            "rate": rate(*from),
            "timeUnit": unit,
            "duration": time(*length),
            "preAllocatedVUs": vus,
            "maxVUs": max_in_flight,
        }),
        parts => {
            let mut stages = Vec::new();
            let mut last = parts.first().map_or(0.0, |(_, from, _)| *from);
            for (length, from, to) in parts {
                if *from != last {
                    stages.push(json!({ "target": rate(*from), "duration": "0s" }));
                }
                stages.push(json!({ "target": rate(*to), "duration": time(*length) }));
                last = *to;
            }
            json!({
                "executor": "ramping-arrival-rate",
                "startRate": parts.first().map_or(0, |(_, from, _)| rate(*from)),
                "timeUnit": unit,
                "stages": stages,
                "preAllocatedVUs": vus,
                "maxVUs": max_in_flight,
            })
        }
    }
}

/// The thresholds: what must hold, which is the opposite of a condition that fails the run.
fn thresholds(conditions: &[Condition]) -> Value {
    let mut all = Map::new();
    for condition in conditions {
        let value = condition.value();
        let millis = value / 1e3;
        let (metric, statistic, value) = match condition.metric() {
            Metric::Quantile(quantile) => {
                let percent = (quantile * 1e6).round() / 1e4;
                ("http_req_duration", format!("p({percent})"), millis)
            }
            Metric::Mean => ("http_req_duration", "avg".to_owned(), millis),
            Metric::Max => ("http_req_duration", "max".to_owned(), millis),
            Metric::Rate => ("http_reqs", "rate".to_owned(), value),
            Metric::Count(counted) => (count_of(counted), "count".to_owned(), value),
            Metric::Share(counted) => (share_of(counted), "rate".to_owned(), value / 100.0),
        };
        let operator = match condition.operator() {
            Operator::More => "<=",
            Operator::AtLeast => "<",
            Operator::Less => ">=",
            Operator::AtMost => ">",
        };
        let threshold = json!(format!("{statistic}{operator}{value}"));
        if let Value::Array(list) = all.entry(metric).or_insert_with(|| json!([])) {
            list.push(threshold);
        }
    }
    Value::Object(all)
}

fn count_of(counted: Counted) -> &'static str {
    match counted {
        Counted::Unexpected => "unexpected",
        Counted::Unanswered => "unanswered",
        // k6 drops what it cannot start in time.
        Counted::Late | Counted::Dropped => "dropped_iterations",
        Counted::Sent => "http_reqs",
    }
}

fn share_of(counted: Counted) -> &'static str {
    match counted {
        Counted::Unanswered => "unanswered_share",
        _ => "unexpected_share",
    }
}

/// The script in a config map, and the test run of the k6 operator.
pub(crate) fn manifests(export: &Export<'_>) -> Result<String, Error> {
    let script = script(export)?;
    let indented: String = script.lines().map(|line| format!("    {line}\n")).collect();
    let indented = indented.replace("    \n", "\n");
    Ok(format!(
        "\
# kubectl create secret generic cz-hook --from-literal=secret=…
# kubectl apply -f FILE
apiVersion: v1
kind: ConfigMap
metadata:
  name: cz-hook-load
data:
  load.js: |
{indented}---
apiVersion: k6.io/v1alpha1
kind: TestRun
metadata:
  name: cz-hook-load
spec:
  parallelism: 2
  script:
    configMap:
      name: cz-hook-load
      file: load.js
  runner:
    env:
      - name: CZ_HOOK_SECRET
        valueFrom:
          secretKeyRef:
            name: cz-hook
            key: secret
"
    ))
}
