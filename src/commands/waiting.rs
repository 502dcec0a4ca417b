//! Notices that have come and are not written yet, and whether they are too many for a long search.

use std::collections::VecDeque;

use crate::server::Notice;

/// How many notices, and how many bytes of bodies, may wait for an explanation: what waits in the queue
/// itself would hold up answers, and bodies take from what the listener may hold.
const CROWD: usize = 256;
const CROWD_BYTES: usize = 4 << 20;

/// Notices that have come and are not written yet.
#[derive(Debug, Default)]
pub struct Waiting {
    notices: VecDeque<Notice>,
    bytes: usize,
}

impl Waiting {
    pub fn push(&mut self, notice: Notice) {
        self.bytes += length(&notice);
        self.notices.push_back(notice);
    }

    pub fn pop(&mut self) -> Option<Notice> {
        let notice = self.notices.pop_front()?;
        self.bytes = self.bytes.saturating_sub(length(&notice));
        Some(notice)
    }

    pub fn is_crowded(&self) -> bool {
        self.notices.len() > CROWD || self.bytes > CROWD_BYTES
    }
}

fn length(notice: &Notice) -> usize {
    match notice {
        Notice::Delivery(received, _) => received.delivery.body.len(),
        Notice::Written(written) => written.words.len(),
        Notice::Rejected(_) => 0,
    }
}
