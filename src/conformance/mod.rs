//! Tests of a webhook endpoint: the cases are data that say what is sent and which response passes, and one
//! runner sends them.

mod case;
mod case_result;
mod cases;
mod client;
mod contract;
mod exchange;
mod expect;
mod findings;
mod forge;
mod forgeries;
mod framework;
mod handshake;
mod leak;
mod matrix;
mod matrix_run;
mod pairwise;
mod preflight;
mod request_builder;
mod results;
mod runner;
mod sample_body;
mod serializer_probe;
mod steps;
#[cfg(test)]
mod testing;
mod variation;

pub use case::{Case, Severity, matches_any, unmatched};
pub use case_result::{CaseResult, Stopped, StoppedBy};
pub use cases::list;
pub use contract::{
    Contract, ContractCase, ContractError, ContractStep, SCHEMA as CONTRACT_SCHEMA, Source,
};
pub use expect::Outcome;
pub use findings::Finding;
pub use framework::{Framework, FrameworkTopic, known_page};
pub use handshake::{HandshakeProbe, HandshakeSender};
pub use leak::redact;
pub use request_builder::{Request, RequestBuilder};
pub use results::{Plan, Run, Summary};
pub use runner::Runner;
pub use steps::Latency;
