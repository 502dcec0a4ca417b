//! A delivery that is recorded before it is acknowledged: what was answered with 200 is on the disk.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::webhook::record::{DeliveryRecord, RejectReason};

use super::hall::Hall;

/// A delivery that is to be recorded before it is acknowledged.
#[derive(Debug)]
pub struct Recording {
    /// The delivery.
    pub received: Arc<DeliveryRecord>,
    /// To be told its number in the journal once it is durably on the disk, or why it is not.
    pub done: oneshot::Sender<Result<Recorded, RecordFault>>,
}

/// A delivery as the journal numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its number.
    pub id: u64,
    /// The number of the earlier delivery with the same body.
    pub duplicate_of: Option<u64>,
}

/// Why a delivery was not recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordFault {
    /// The disk is full.
    Full,
    /// Anything else, in words.
    Failed(String),
}

/// Waits until the delivery is durably on the disk, when it is to be recorded at all.
pub async fn record(
    hall: &Hall,
    received: DeliveryRecord,
) -> Result<DeliveryRecord, (DeliveryRecord, RejectReason, String)> {
    let Some(recorder) = &hall.recorder else {
        return Ok(received);
    };
    let (done, outcome) = oneshot::channel();
    let received = Arc::new(received);
    let recording = Recording {
        received: Arc::clone(&received),
        done,
    };
    let gone = || RecordFault::Failed("the recorder has stopped".to_owned());
    let outcome = match recorder.send(recording).await {
        Ok(()) => outcome.await.unwrap_or_else(|_| Err(gone())),
        Err(_) => Err(gone()),
    };
    // The recorder has let go of it by now.
    let mut received = Arc::unwrap_or_clone(received);
    match outcome {
        Ok(recorded) => {
            received.id = recorded.id;
            received.duplicate_of = recorded.duplicate_of;
            Ok(received)
        }
        Err(RecordFault::Full) => {
            let why = "the disk is full: the delivery is not recorded, so it is not accepted";
            Err((received, RejectReason::NoRoom, why.to_owned()))
        }
        Err(RecordFault::Failed(why)) => Err((
            received,
            RejectReason::NotRecorded,
            format!("the delivery is not recorded, so it is not accepted: {why}"),
        )),
    }
}
