//! A contract: a file with the deliveries that its author sends to an endpoint, and the response to each. Every entry
//! becomes a case of a run. Nothing here reads files or signs: the caller does both.

mod expectation;
mod latency;
mod read;
mod tree;

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::webhook::delivery::Delivery;
use crate::webhook::payload::set::Assignment;
use crate::webhook::signature::tamper::Tamper;

use super::case::{Case, Step};

pub use expectation::Expectation;
pub use latency::Share;
pub use read::ContractError;

/// The JSON Schema of contracts, for editors.
pub const SCHEMA: &str = include_str!("../../../docs/schema/contract.schema.json");

/// The category of the cases of a contract.
pub const CATEGORY: &str = "contract";

/// A contract as it was read.
#[derive(Debug)]
pub struct Contract {
    /// The provider whose deliveries are sent, if the contract names one.
    pub provider: Option<String>,
    /// The cases in the order of the file.
    pub cases: Vec<ContractCase>,
}

/// What is sent, and what is expected.
#[derive(Clone, Debug)]
pub struct ContractCase {
    pub name: String,
    /// The line of its name.
    pub line: usize,
    pub title: Option<String>,
    pub delivery: DeliverySpec,
    /// How many deliveries are sent, one after the other.
    pub repeat: usize,
    pub expect: Expectation,
}

/// Which delivery is sent.
#[derive(Clone, Debug, Default)]
pub struct DeliverySpec {
    /// The line of its description.
    pub line: usize,
    pub event: Option<String>,
    pub channel: Option<String>,
    /// The bytes of the body, if it is not a sample, and what reports call them.
    pub own_body: Option<(String, Vec<u8>)>,
    pub set: Vec<Assignment>,
    /// Whether `set` may add fields that the sample does not have.
    pub add: bool,
    pub method: Option<String>,
    pub headers: Vec<(String, Vec<u8>)>,
    pub tamper: Option<Tamper>,
    /// Whether the same request is sent once before, and only the second response counts.
    pub duplicate: bool,
}

/// Makes a delivery of a case. Each has its own time, id and signature. The error says, in a clause, why it cannot.
type MakeDelivery = dyn Fn() -> Result<Delivery, String> + Send + Sync;

/// A case of a contract with what sends it.
#[derive(Clone)]
pub struct ContractStep {
    pub case: ContractCase,
    /// Where it is written.
    pub source: Source,
    make: Arc<MakeDelivery>,
}

/// A line of a file that the user wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// The path of the file, as it was given.
    pub path: String,
    pub line: usize,
}

impl ContractStep {
    pub fn new(
        case: ContractCase,
        path: String,
        make: impl Fn() -> Result<Delivery, String> + Send + Sync + 'static,
    ) -> Self {
        Self { source: Source { path, line: case.line }, case, make: Arc::new(make) }
    }

    /// A new delivery.
    pub fn delivery(&self) -> Result<Delivery, String> {
        (self.make)()
    }
}

impl ContractCase {
    /// The case of a run, by its number among those of the contract.
    pub fn case(&self, number: usize) -> Case {
        Case {
            id: format!("{CATEGORY}/{}", self.name).into(),
            title: self.title.clone().unwrap_or_else(|| self.to_string()).into(),
            ..Case::new(
                "contract/",
                "",
                Step::Contract(number),
                "The contract says what the endpoint responds.",
                "Change the endpoint, or correct the contract if the endpoint is right.",
            )
            .exclusive()
        }
    }
}

impl fmt::Debug for ContractStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContractStep").field("case", &self.case).finish_non_exhaustive()
    }
}

impl fmt::Display for ContractCase {
    /// What is sent and what is expected, in a clause.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { delivery, expect, repeat, .. } = self;
        match (&delivery.own_body, &delivery.event) {
            (Some((name, _)), _) => write!(f, "{name}")?,
            (None, event) => write!(f, "{}", event.as_deref().unwrap_or_default())?,
        }
        if let Some(channel) = &delivery.channel {
            write!(f, " on {channel}")?;
        }
        if let Some(tamper) = delivery.tamper {
            write!(f, " that {}", tamper.clause())?;
        }
        if delivery.duplicate {
            write!(f, ", sent again,")?;
        }
        write!(f, " gets {expect}")?;
        match repeat {
            1 => Ok(()),
            times => write!(f, ", {times} times"),
        }
    }
}
