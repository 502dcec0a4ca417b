//! Whom a listener tells what happens, and in what form.

use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;

use crate::webhook::record::{DeliveryRecord, Rejected};

use super::budget::Lease;
use super::expect::Expectations;
use super::recording::Recording;
use super::scribe::{Scribe, Written};
use super::stop::ShutdownHandle;

/// Whom a listener tells what happens.
#[derive(Debug)]
pub struct Audience {
    /// Everything that happens; `None` when nobody wants to know.
    pub notices: Option<mpsc::Sender<Notice>>,
    /// Puts deliveries into words; `None` leaves all of that to who is told.
    pub scribe: Option<Scribe>,
    /// What is recorded; `None` records nothing.
    pub recorder: Option<mpsc::Sender<Recording>>,
    /// Stops the listener, and is stopped by it.
    pub shutdown: ShutdownHandle,
    /// What is waited for; shared, so that it can be read at the end.
    pub expectations: Arc<Mutex<Expectations>>,
}

impl Audience {
    /// An audience that is told what happens, and no more.
    pub fn new(notices: mpsc::Sender<Notice>, shutdown: ShutdownHandle) -> Self {
        Self {
            notices: Some(notices),
            scribe: None,
            recorder: None,
            shutdown,
            expectations: Arc::default(),
        }
    }
}

/// Something to report. A delivery holds its share of the memory budget until it is dropped.
#[derive(Debug)]
pub enum Notice {
    /// A delivery was received and answered.
    Delivery(Box<DeliveryRecord>, Lease),
    /// The same, in words.
    Written(Written),
    /// A request was turned away.
    Rejected(Rejected),
}
