//! A file for Locust.

use super::Export;
use crate::error::Error;
use crate::load::condition::{Counted, Metric};

const SCRIPT: &str = include_str!("locust.py");

/// The file.
pub(crate) fn script(export: &Export<'_>) -> Result<String, Error> {
    for condition in &export.conditions {
        let is_unknown = matches!(
            condition.metric(),
            Metric::Count(Counted::Late | Counted::Dropped)
                | Metric::Share(Counted::Late | Counted::Dropped)
        );
        if is_unknown {
            return Err(Error::usage(
                format!("Locust does not know {condition}: its users wait for their responses"),
                "leave it out, or use --export k6",
            ));
        }
    }
    let data = export.data("Locust")?;
    // A string of JSON is also one of Python.
    let literal = serde_json::Value::String(data).to_string();
    Ok(SCRIPT.replace("\"@PLAN@\"", &literal))
}
