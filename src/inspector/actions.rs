//! What the inspector asks of the commands: all that needs settings, secrets or the network. No secret comes back.

use serde_json::Value;

use crate::diagnose::Diagnosis;
use crate::webhook::record::DeliveryRecord;

pub(crate) trait Actions: Send + Sync {
    /// What the page needs to know first.
    fn session(&self) -> Value;

    /// Why a signature is not valid, if that is found.
    fn diagnose(&self, record: &DeliveryRecord) -> Option<Diagnosis>;

    /// The command line that sends a delivery again.
    fn replay_command(&self, id: u64) -> String;
}
