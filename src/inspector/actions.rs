//! What the inspector asks of the commands: all that needs settings, secrets or the network. No secret comes back.

use serde::Deserialize;
use serde_json::Value;

use super::failure::Failure;
use crate::diagnose::Diagnosis;
use crate::webhook::record::{DeliveryRecord, Rejected};

pub(crate) trait Actions: Send + Sync {
    /// What the page needs to know first.
    fn session(&self) -> Value;

    /// Why a signature is not valid, if that is found.
    fn diagnose(&self, record: &DeliveryRecord) -> Option<Diagnosis>;

    /// The command line that sends a delivery again.
    fn replay_command(&self, id: u64) -> String;

    /// When the provider of a delivery tries again, if its document says so, and that document.
    fn schedule(&self, record: &DeliveryRecord) -> Option<Value>;

    /// The samples of a provider.
    fn samples(&self, provider: &str) -> Result<Value, Failure>;

    /// Writes deliveries in a format, without private values if asked.
    fn exporter(&self, format: &str, redact: bool) -> Result<Box<dyn Exporter + '_>, Failure>;

    /// One delivery as a page that contains everything it needs.
    fn page(&self, record: &DeliveryRecord, redact: bool) -> Result<Vec<u8>, Failure>;

    /// Sends a delivery again.
    fn replay(&self, record: DeliveryRecord, request: ReplayRequest) -> Result<Value, Failure>;

    /// Sends a sample.
    fn send(&self, request: SendRequest) -> Result<Value, Failure>;

    /// What is wrong with a body.
    fn validate(&self, request: ValidateRequest) -> Result<Value, Failure>;

    /// Tests an endpoint and hands each line to `write`, which says whether anyone still reads them.
    fn test(
        &self,
        request: TestRequest,
        write: &(dyn Fn(Vec<u8>) -> bool + Sync),
    ) -> Result<(), Failure>;

    /// How the listener responds; `None` without a listener.
    fn behaviour(&self) -> Option<Value>;

    /// Changes how the listener responds.
    fn set_behaviour(&self, request: Value) -> Result<Value, Failure>;

    /// The requests that the listener rejected after the one of this number, with their numbers, and the number of the
    /// last one.
    fn rejected(&self, after: u64) -> (Vec<(u64, Rejected)>, u64);
}

/// Writes deliveries one after the other.
pub(crate) trait Exporter {
    fn entry(&mut self, record: &DeliveryRecord) -> Result<Vec<u8>, Failure>;
    fn end(&mut self) -> Result<Vec<u8>, Failure>;
    /// The name of the file, without its ending, and the ending.
    fn extension(&self) -> &'static str;
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplayRequest {
    pub id: u64,
    pub endpoint: String,
    #[serde(default)]
    pub edit: Option<Edit>,
    /// The name of the profile whose secret signs.
    #[serde(default)]
    pub resign: Option<String>,
    #[serde(default)]
    pub dry_run: bool,
}

/// What is changed of a request.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    #[serde(default)]
    pub method: Option<String>,
    #[serde(default)]
    pub target: Option<String>,
    #[serde(default)]
    pub headers: Option<Vec<(String, EditedValue)>>,
    #[serde(default)]
    pub body_base64: Option<String>,
}

/// The value of a header: text, or bytes that are not UTF-8.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a header's value is text or base64")]
pub(crate) enum EditedValue {
    Text(String),
    Bytes { base64: String },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendRequest {
    pub endpoint: String,
    pub provider: String,
    #[serde(default)]
    pub event: Option<String>,
    #[serde(default)]
    pub channel: Option<String>,
    /// The body in place of the sample.
    #[serde(default)]
    pub body: Option<String>,
    #[serde(default)]
    pub set: Vec<(String, Value)>,
    #[serde(default)]
    pub tamper: Option<String>,
    /// The name of the profile whose secret signs.
    #[serde(default)]
    pub profile: Option<String>,
    #[serde(default)]
    pub dry_run: bool,
}

/// A channel may be named, too; the body says which one counts.
#[derive(Debug, Deserialize)]
pub(crate) struct ValidateRequest {
    pub provider: String,
    #[serde(default)]
    pub event: Option<String>,
    pub body: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TestRequest {
    pub endpoint: String,
    #[serde(default)]
    pub profile: Option<String>,
    #[serde(default)]
    pub provider: Option<String>,
    /// The cases; all if none is named.
    #[serde(default)]
    pub only: Option<Vec<String>>,
}
