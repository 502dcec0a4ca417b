//! Deliveries in words: written where they are taken in, so that their memory is given back by who took it.
//! To give it back from the one thread that reports cost as much as all its writing.

use crate::webhook::record::DeliveryRecord;
use crate::webhook::signature::verify::Verdict;

use super::audience::Notice;
use super::budget::Lease;
use super::hall::Hall;

/// Puts a delivery into words; `None` leaves this one to who is told.
pub type Scribe = fn(&DeliveryRecord) -> Option<Vec<u8>>;

/// A delivery in words.
#[derive(Debug)]
pub struct Written {
    /// Its number.
    pub id: u64,
    /// The number of the earlier delivery with the same body.
    pub duplicate_of: Option<u64>,
    /// The verdict on its signature.
    pub verdict: Verdict,
    /// The words.
    pub words: Vec<u8>,
    /// The memory that they take.
    pub lease: Lease,
}

/// The delivery in words, where they are wanted and soon written: who is told writes the others.
pub fn in_words(hall: &Hall, received: &DeliveryRecord, lease: &mut Lease) -> Option<Vec<u8>> {
    const LONGEST: usize = 16 << 10;
    let scribe = hall.scribe?;
    if received.delivery.body.len() > LONGEST {
        return None;
    }
    let words = scribe(received)?;
    lease.grow(words.len()).then_some(words)
}

/// What is told of a delivery, and what is left of it then: the caller gives that back, outside of any lock.
pub fn notice(
    received: Box<DeliveryRecord>,
    words: Option<Vec<u8>>,
    lease: Lease,
) -> (Notice, Option<Box<DeliveryRecord>>) {
    let Some(words) = words else {
        return (Notice::Delivery(received, lease), None);
    };
    let Some(verdict) = received.verdict() else {
        return (Notice::Delivery(received, lease), None);
    };
    let written = Written {
        id: received.id,
        duplicate_of: received.duplicate_of,
        verdict,
        words,
        lease,
    };
    (Notice::Written(written), Some(received))
}
